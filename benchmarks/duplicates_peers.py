"""The libraries that duplicates are measured beside: signatures of texts, and datasketch from texts to verified pairs.

Each is given texts that are folded already (ours folds them itself) and makes its shingles, characters in threes, where it wants
them made. Of several ways to call a library the quickest counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from healthnews.duplicates.folded import THRESHOLD
from healthnews.duplicates.signatures import BANDS, BINS, ROWS

os.environ.setdefault("RAYON_NUM_THREADS", "1")

Ways = dict[str, Callable[[], object]]


def missing(*names: str) -> str:
    """The first of some packages that is not installed, or nothing."""
    return next((name for name in names if find_spec(name) is None), "")


def quickest(ways: Ways, texts: int, rounds: int) -> tuple[str, float]:
    """The quickest of several ways and the CPU microseconds that it takes a text, the best of so many rounds."""
    best: dict[str, float] = {}
    for name, way in ways.items():
        for _ in range(rounds):
            begun = time.process_time()
            way()
            best[name] = min(best.get(name, 1e9), (time.process_time() - begun) / texts * 1e6)
    return min(best.items(), key=lambda item: item[1])


def shingles(text: str) -> set[str]:
    """Its characters in threes."""
    return {text[place : place + 3] for place in range(len(text) - 2)}


def shingle_bytes(text: str) -> list[bytes]:
    """The same as most libraries want them."""
    return [shingle.encode("utf-8", "replace") for shingle in shingles(text)]


def datasketch_ways(texts: Sequence[str]) -> Ways:
    """Its numpy batch forms with xxhash."""
    return {
        "bulk": lambda: datasketch_signatures([shingle_bytes(text) for text in texts]),
        "update_batch": lambda: [_updated(shingle_bytes(text)) for text in texts],
    }


def datasketch_signatures(sets: Sequence[Sequence[bytes]]) -> list[Any]:
    """MinHashes of sets, by its quickest scheme."""
    import xxhash
    from datasketch import MinHash

    return MinHash.bulk(sets, num_perm=BINS, hashfunc=xxhash.xxh32_intdigest, **_scheme())  # type: ignore[no-any-return]


def _updated(one: Sequence[bytes]) -> Any:
    import xxhash
    from datasketch import MinHash

    signature = MinHash(BINS, hashfunc=xxhash.xxh32_intdigest, **_scheme())
    signature.update_batch(one)
    return signature


def _scheme() -> dict[str, Any]:
    """Permutations in 32 bits, several times as quick, are there from release 2 on."""
    import inspect

    from datasketch import MinHash

    return {"scheme": "affine32"} if "scheme" in inspect.signature(MinHash.__init__).parameters else {}


def rensa_ways(texts: Sequence[str]) -> Ways:
    """Its objects, and the matrices of its bulk forms."""
    from rensa import CMinHash, RMinHash

    def tokens() -> list[list[str]]:
        return [list(shingles(text)) for text in texts]

    ways: Ways = {
        "R-MinHash": lambda: RMinHash.digests_from_token_sets(tokens(), BINS, 42),
        "C-MinHash": lambda: CMinHash.digests_from_token_sets(tokens(), BINS, 42),
    }
    if hasattr(RMinHash, "digest_matrix_from_token_byte_sets"):
        ways |= {
            "matrix": lambda: RMinHash.digest_matrix_from_token_sets(tokens(), BINS, 42),
            "matrix of rho": lambda: RMinHash.digest_matrix_from_token_sets_rho(tokens(), BINS, 42),
            "matrix of bytes": lambda: RMinHash.digest_matrix_from_token_byte_sets(list(map(shingle_bytes, texts)), BINS, 42),
        }
    return ways


def gaoya_ways(texts: Sequence[str]) -> Ways:
    """It signs where it inserts; its own analyzer makes the shingles."""
    from gaoya.minhash import MinHashStringIndex

    def index() -> Any:
        return MinHashStringIndex(32, THRESHOLD, BANDS, ROWS, None, "char", False, (3, 3), "vec")

    def one_by_one() -> None:
        made = index()
        for number, text in enumerate(texts):
            made.insert_document(number, text)

    return {"insert": one_by_one, "bulk": lambda: index().par_bulk_insert_docs(list(range(len(texts))), list(texts))}


def daft_ways(texts: Sequence[str]) -> Ways:
    """Its minhash of words, where every character is one; the spaces between them are put in beforehand."""
    import daft
    from daft.functions import minhash

    spaced = [" ".join(text) for text in texts]

    def sign(hash_function: str) -> Any:
        column = minhash(daft.col("text"), num_hashes=BINS, ngram_size=3, hash_function=hash_function)
        return daft.from_pydict({"text": spaced}).select(column).collect()

    return {name: partial(sign, name) for name in ("murmurhash3", "xxhash")}


SIGNATURES: dict[str, tuple[Callable[[Sequence[str]], Ways], tuple[str, ...], float]] = {
    "datasketch": (datasketch_ways, ("datasketch", "xxhash"), 20),
    "rensa": (rensa_ways, ("rensa",), 10),
    "gaoya": (gaoya_ways, ("gaoya",), 10),
    "daft": (daft_ways, ("daft",), 10),
}
"""For each peer its ways, the packages they need, and how many times its time ours must go into it."""


def datasketch_pairs(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of alike texts: signed, inserted, queried, and verified by their sets, as its users do."""
    from datasketch import MinHashLSH

    index = MinHashLSH(num_perm=BINS, params=(BANDS, ROWS))
    signatures, sets = [], []
    for batch in _batches(texts):
        made = [shingle_bytes(text) for text in batch]
        signatures += datasketch_signatures(made)
        sets += [np.unique(np.fromiter(map(hash, one), np.int64, len(one))) for one in made]
    for number, signature in enumerate(signatures):
        index.insert(number, signature)
    found = []
    for number, signature in enumerate(signatures):
        others = (other for other in index.query(signature) if other > number)
        found += [(number, other) for other in others if _similarity(sets[number], sets[other]) >= THRESHOLD]
    return found


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + 2_000] for start in range(0, len(texts), 2_000))


def _similarity(one: Any, other: Any) -> float:
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared) if shared else 0.0
