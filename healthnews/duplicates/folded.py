"""Many texts in the form they are compared in, and the exact similarity of pairs of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.shingles import Codes, codes_of, fold_table, fold_with_places, hash_folded

THRESHOLD = 0.7
"""Least similarity of near duplicates; on 3-grams it recalls .999 of reposts with up to 3 % of their characters changed."""
COMPILED_FROM = 2_000
"""Texts or pairs from which on compiling (2 s where nothing is cached) is worth while."""

Indices = NDArray[np.int64]


class FoldedTexts:
    """Texts without what does not count (marks, spaces, width, case), one behind the other: 8 bytes a character.

    Args:
        texts: As they stand; each of less than 2**31 characters.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        codes, offsets = codes_of(texts)
        if len(texts) < COMPILED_FROM:
            folded = [fold_with_places(codes[offsets[i] : offsets[i + 1]]) for i in range(len(texts))]
            self.codes: Codes = np.concatenate([one[0] for one in folded]) if folded else np.zeros(0, np.uint32)
            self.places = np.concatenate([one[1] for one in folded]).astype(np.int32) if folded else np.zeros(0, np.int32)
            self.ends = np.cumsum([len(one[0]) for one in folded], dtype=np.int64)
        else:
            from healthnews.duplicates.kernels import fold_texts

            self.codes, self.places = np.empty(len(codes), np.uint32), np.empty(len(codes), np.int32)
            self.ends = np.zeros(len(texts), np.int64)
            fold_texts(codes, offsets, fold_table(), self.codes, self.places, self.ends)
        self.starts = np.concatenate([np.zeros(1, np.int64), self.ends[:-1]])
        self._shown: dict[int, str] = {}
        self._hashes: NDArray[np.uint32] | None = None
        self._hash_ends = self.ends

    def __len__(self) -> int:
        return len(self.ends)

    def codes_of(self, text: int) -> Codes:
        """The characters that count of one text."""
        return self.codes[self.starts[text] : self.ends[text]]

    def shown(self, text: int) -> str:
        """The same as a text; kept."""
        shown = self._shown.get(text)
        if shown is None:
            shown = self._shown[text] = self.codes_of(text).tobytes().decode("utf-32-le", "replace")
        return shown

    def span(self, text: int, start: int, end: int) -> tuple[int, int]:
        """Where characters that count stand in the text as it was given, half-open; an empty span lies before the next one."""
        begin, stop = int(self.starts[text]), int(self.ends[text])
        if start < end:
            return int(self.places[begin + start]), int(self.places[begin + end - 1]) + 1
        if begin == stop:
            return 0, 0
        at = int(self.places[begin + start]) if begin + start < stop else int(self.places[stop - 1]) + 1
        return at, at

    def jaccard(self, left: Indices, right: Indices) -> NDArray[np.float64]:
        """Similarity over shingles of the texts `left[i]` and `right[i]`, 0 to 1, shape (pairs,); 0 for two without shingles.

        Shingles are compared by 32 bits of their hash: two texts of 1,000 share one by chance in one of 4,000 pairs.
        """
        starts, ends, hashes = self._sets()
        if len(left) < COMPILED_FROM:
            pairs = zip(left.tolist(), right.tolist(), strict=True)
            return np.array([jaccard_plain(hashes[starts[a] : ends[a]], hashes[starts[b] : ends[b]]) for a, b in pairs], np.float64)
        from healthnews.duplicates.kernels import jaccard

        found = np.empty(len(left), np.float64)
        jaccard(hashes, starts, ends, left, right, found)
        return found

    def _sets(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]]:
        """Where each text's distinct shingles begin and end, and these, ascending in each text."""
        if self._hashes is None:
            self._hashes, self._hash_ends = np.empty(len(self.codes), np.uint32), self.starts.copy()
            if len(self) < COMPILED_FROM:
                for text in range(len(self)):
                    one = shingle_set(self.codes_of(text))
                    self._hash_ends[text] += len(one)
                    self._hashes[self.starts[text] : self._hash_ends[text]] = one
            else:
                from healthnews.duplicates.kernels import shingle_sets

                shingle_sets(self.codes, self.starts, self.ends, self._hashes, self._hash_ends)
        return self.starts, self._hash_ends, self._hashes


def shingle_set(folded: Codes) -> NDArray[np.uint32]:
    """The distinct shingles of one folded text, ascending."""
    return np.unique((hash_folded(folded) >> np.uint64(32)).astype(np.uint32))


def jaccard_plain(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    """Shared shingles by all; 0 where both sets are empty."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    total = len(one) + len(other) - shared
    return shared / total if total else 0.0
