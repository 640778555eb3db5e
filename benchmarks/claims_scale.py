"""Seconds, pairs and memory of comparing the claims of many articles: twice the articles may take 2.3 times as long.

python benchmarks/claims_scale.py [--quick] [--json] [--sizes N,N,...] [--cache DIR] [--shared DIR]

The articles come from the generator of `../shared/benchmarks/duplicates`, with sentences mixed in that vary the lexicon's examples.
Every size is the beginning of the largest; claims are extracted once, and kept in the cache where one is given. The peers compare all
pairs of a concept, and all pairs of a block (concept and subject) without any cap, at sizes that they can afford.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import combinations, islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import pyarrow.parquet as pq

from benchmarks.report import Measure, print_measures
from benchmarks.statements import generate, mix
from healthnews.claims.blocking import Statement, blocks, distinct_statements
from healthnews.claims.compare import compare_claims
from healthnews.claims.contradictions import compare_all
from healthnews.claims.extract import extract_claims
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.pipeline.folder import rare_collection
from healthnews.records import ArticleRow, ClaimRow, stable_id
from healthnews.schema import from_table, to_table
from tests.claims_seeds import SHARED

MOST_DOUBLED, MOST_PAIRS_PER_CLAIM = 2.3, 20.0
SHARD = 500
"""Articles whose claims are one file."""
SEED = 1
_MOST_WAITING = 8
"""Batches of articles made ahead of their extraction."""
Figures = dict[str, Any]


# --- claims on disk -----------------------------------------------------------------------------------------------


def extract_all(count: int, where: Path, shared: Path) -> list[float]:
    """Write the claims of `count` articles, a file for each SHARD; CPU seconds of extraction for each file, 0 for one that was there."""
    where.mkdir(parents=True, exist_ok=True)
    names = [where / f"{number:05}.parquet" for number in range(0, count, SHARD)]
    if all(name.exists() for name in names):
        return [0.0 for _ in names]
    rows = generate(shared / "benchmarks" / "duplicates" / "generate.py", count, SEED)
    articles = mix(rows, load_lexicon(), SEED)
    seconds: list[float] = []
    waiting: deque[Future[float]] = deque()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name in names:
            waiting.append(pool.submit(_extract_shard, list(islice(articles, SHARD)), name))
            if len(waiting) > _MOST_WAITING:
                seconds.append(waiting.popleft().result())
    return [*seconds, *(future.result() for future in waiting)]


def _extract_shard(articles: list[ArticleRow], name: Path) -> float:
    lexicon = load_lexicon()
    begun = time.process_time()
    claims = [claim for article in articles for claim in extract_claims(article, lexicon)]
    seconds = time.process_time() - begun
    partial = name.with_suffix(".partial")
    pq.write_table(to_table(ClaimRow, claims), partial)
    partial.rename(name)
    return seconds


class Shards:
    """The claims of the first articles, a file in memory at a time; what reading them takes is counted apart."""

    def __init__(self, where: Path, articles: int) -> None:
        """Read as many files as the articles need."""
        self._names = sorted(where.glob("*.parquet"))[: articles // SHARD]
        self.seconds = 0.0

    def __iter__(self) -> Iterator[ClaimRow]:
        """Claims in order."""
        for name in self._names:
            begun = time.process_time()
            claims = from_table(ClaimRow, pq.read_table(name))
            self.seconds += time.process_time() - begun
            yield from claims


# --- measuring ----------------------------------------------------------------------------------------------------


def measure_once(where: Path, articles: int) -> None:
    """Compare the claims of the first articles in this process and print the figures as JSON."""
    lexicon = load_lexicon()
    claims = Shards(where, articles)
    with rare_collection():
        begun = time.process_time()
        found = compare_all(claims, {}, lexicon)
        seconds = time.process_time() - begun - claims.seconds
    figures = {
        "articles": articles,
        "claims": found.claims,
        "statements": found.statements,
        "compare_seconds": seconds,
        "pairs": found.compared,
        "pairs_left_out": found.not_compared,
        "rows": dict(Counter(row.status for row in found.rows)),
        "not_listed": found.not_listed,
        "blocks_cut": len(found.cuts),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "digest": stable_id("rows", *(row.contradiction_id for row in found.rows)),
    }
    print(json.dumps(figures))


def measure(where: Path, articles: int) -> Figures:
    """The figures of one size, measured in a process of its own, so that its peak of memory is its own."""
    command = [sys.executable, __file__, "--once", str(where), str(articles)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]))


def all_pairs_of_a_concept(claims: Iterable[ClaimRow], lexicon: Lexicon) -> int:
    """The plainest peer: every two statements of one concept."""
    by_concept: dict[str, list[Statement]] = defaultdict(list)
    for known in distinct_statements(claims).values():
        for statement in known:
            by_concept[statement.claim.predicate].append(statement)
    return sum(_compare_every(members, lexicon) for members in by_concept.values())


def all_pairs_of_a_block(claims: Iterable[ClaimRow], lexicon: Lexicon) -> int:
    """The peer with our blocks and without our caps."""
    every = [statement for known in distinct_statements(claims).values() for statement in known]
    return sum(_compare_every(block.members, lexicon) for block in blocks(every, lexicon))


def _compare_every(members: list[Statement], lexicon: Lexicon) -> int:
    for a, b in combinations(members, 2):
        compare_claims(a.claim, b.claim, lexicon)
    return len(members) * (len(members) - 1) // 2


def ours(claims: Iterable[ClaimRow], lexicon: Lexicon) -> int:
    """The same for us."""
    return compare_all(claims, {}, lexicon).compared


PEERS = {"all pairs of a concept": all_pairs_of_a_concept, "all pairs of a block": all_pairs_of_a_block}


def measure_peer(name: str, articles: int, where: Path, lexicon: Lexicon) -> Figures:
    """Seconds and pairs of a peer and of us over the claims of the first articles."""
    claims = list(islice(Shards(where, max(SHARD, articles)), _count_claims(where, articles)))
    figures: Figures = {"peer": name, "articles": articles, "claims": len(claims)}
    for who, run in (("theirs", PEERS[name]), ("ours", ours)):
        begun = time.process_time()
        figures[f"{who}_pairs"] = run(claims, lexicon)
        figures[f"{who}_seconds"] = time.process_time() - begun
    return figures


def _count_claims(where: Path, articles: int) -> int:
    """Claims of the first articles, which may be fewer than a file holds."""
    ids = [claim.article_id for claim in Shards(where, max(SHARD, articles))]
    first = dict.fromkeys(list(dict.fromkeys(ids))[:articles])
    return sum(article_id in first for article_id in ids)


# --- printing -----------------------------------------------------------------------------------------------------


def print_sizes(sizes: list[Figures]) -> None:
    """The table of sizes."""
    print(
        f"{'articles':>9} {'claims':>10} {'statements':>10} {'extract s':>9} {'compare s':>9} {'doubled':>8}"
        f" {'pairs':>10} {'a claim':>8} {'left out':>14} {'rows':>7} {'not listed':>10} {'peak MB':>8}"
    )
    for i, f in enumerate(sizes):
        grown = f"{doubling(sizes[i - 1], f):.2f}" if i else ""
        extracted = f"{f['extract_seconds']:.1f}" if f["extract_seconds"] else "cached"
        print(
            f"{f['articles']:9,} {f['claims']:10,} {f['statements']:10,} {extracted:>9} {f['compare_seconds']:9.1f} {grown:>8}"
            f" {f['pairs']:10,} {f['pairs'] / f['claims']:8.2f} {f['pairs_left_out']:14,} {sum(f['rows'].values()):7,}"
            f" {sum(f['not_listed'].values()):10,} {f['peak_mb']:8.0f}"
        )
    print(f"rows of the largest: {sizes[-1]['rows']}, not listed: {sizes[-1]['not_listed']}, digest {sizes[-1]['digest']}")


def print_peers(peers: list[Figures]) -> None:
    """The table of peers beside us."""
    print(f"{'peer':24} {'articles':>9} {'pairs':>12} {'a claim':>9} {'seconds':>8} | {'our pairs':>10} {'a claim':>8} {'seconds':>8}")
    for f in peers:
        print(
            f"{f['peer']:24} {f['articles']:9,} {f['theirs_pairs']:12,} {f['theirs_pairs'] / f['claims']:9.1f} {f['theirs_seconds']:8.1f} |"
            f" {f['ours_pairs']:10,} {f['ours_pairs'] / f['claims']:8.2f} {f['ours_seconds']:8.1f}"
        )


def doubling(small: Figures, large: Figures, name: str = "compare_seconds") -> float:
    """How many times a figure grows when the articles double."""
    return float((large[name] / max(small[name], 1e-9)) ** (1 / math.log2(large["articles"] / small["articles"])))


def to_measures(sizes: list[Figures], peers: list[Figures]) -> dict[str, Measure]:
    """What the targets speak of, beside the peers of the same run."""
    last, before = sizes[-1], sizes[-2]
    grown, pairs = doubling(before, last), last["pairs"] / last["claims"]
    by_peer: dict[str, list[Figures]] = defaultdict(list)
    for figures in peers:
        by_peer[figures["peer"]].append(figures)
    measures: dict[str, Measure] = {}
    for name, (small, large) in by_peer.items():
        theirs, their_pairs = doubling(small, large, "theirs_seconds"), large["theirs_pairs"] / large["claims"]
        label = f"{name}, {large['articles']:,}"
        key = name.upper().replace(" ", "_")
        measures |= {
            f"DOUBLED_{key}": Measure(grown, label, theirs, grown / theirs, f"<= {MOST_DOUBLED}", grown <= MOST_DOUBLED),
            f"PAIRS_A_CLAIM_{key}": Measure(
                pairs, label, their_pairs, pairs / their_pairs, f"<= {MOST_PAIRS_PER_CLAIM:g}", pairs <= MOST_PAIRS_PER_CLAIM
            ),
            f"SECONDS_{key}": Measure(
                large["ours_seconds"], label, large["theirs_seconds"], large["ours_seconds"] / large["theirs_seconds"], "", None
            ),
        }
    label = f"itself, {before['articles']:,}"
    measures["PEAK_MB"] = Measure(last["peak_mb"], label, before["peak_mb"], last["peak_mb"] / before["peak_mb"], "", None)
    return measures


def run(sizes: list[int], peer_sizes: dict[str, tuple[int, int]], where: Path, shared: Path) -> dict[str, Measure]:
    """Extract, compare and print; the measures."""
    lexicon = load_lexicon()
    seconds = extract_all(sizes[-1], where, shared)
    figures = [measure(where, size) | {"extract_seconds": sum(seconds[: size // SHARD])} for size in sizes]
    print_sizes(figures)
    peers = [measure_peer(name, size, where, lexicon) for name, small_and_large in peer_sizes.items() for size in small_and_large]
    print_peers(peers)
    return to_measures(figures, peers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, within 60 s")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--sizes", help=f"numbers of articles, rising, multiples of {SHARD}; two at least")
    parser.add_argument("--cache", type=Path, help="folder that keeps extracted claims for the next run")
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder with benchmarks/duplicates/generate.py")
    parser.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        measure_once(Path(options.once[0]), int(options.once[1]))
        return
    default = [2_000, 4_000] if options.quick else [25_000, 50_000, 100_000]
    sizes = [int(size) for size in options.sizes.split(",")] if options.sizes else default
    peer_sizes = {"all pairs of a concept": (50, 100), "all pairs of a block": (500, 1_000)}
    if not options.quick:
        peer_sizes = {"all pairs of a concept": (150, 300), "all pairs of a block": (2_000, 4_000)}
    with tempfile.TemporaryDirectory() as temporary:
        where = (options.cache or Path(temporary)) / f"{load_lexicon().version}-{sizes[-1]}"
        measures = run(sizes, peer_sizes, where, options.shared)
    print_measures(measures, as_json=options.json)


if __name__ == "__main__":
    main()
