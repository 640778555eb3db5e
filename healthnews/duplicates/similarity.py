"""Exact Jaccard similarity of pairs of texts over their shingles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.candidates import Indices
from healthnews.duplicates.shingles import Codes, codes_of, fold_table, shingle_hashes

THRESHOLD = 0.7
"""Least similarity of near duplicates; on 3-grams it recalls .999 of reposts with up to 3 % of their characters changed."""
_KERNEL_FROM = 2_000


class ShingleSets:
    """Distinct shingles of texts, each set ascending, one behind the other: 4 bytes a shingle.

    Hashes are cut to 32 bits: of two texts of 1,000 shingles each one shared by chance is expected in 4,000 pairs.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        codes, offsets = codes_of(texts)
        if len(texts) < _KERNEL_FROM:
            sets = [shingle_set(codes[offsets[i] : offsets[i + 1]]) for i in range(len(texts))]
            self.hashes = np.concatenate(sets) if sets else np.zeros(0, np.uint32)
            self.ends = np.cumsum([len(one) for one in sets], dtype=np.int64)
        else:
            from healthnews.duplicates.kernels import shingle_sets

            self.hashes = np.empty(len(codes), np.uint32)
            self.ends = np.zeros(len(texts), np.int64)
            shingle_sets(codes, offsets, fold_table(), self.hashes, self.ends)
            self.hashes = self.hashes[: self.ends[-1] if len(texts) else 0].copy()
        self.starts = np.concatenate([np.zeros(1, np.int64), self.ends[:-1]])

    def of(self, text: int) -> NDArray[np.uint32]:
        """The shingles of one text, shape (shingles,)."""
        return self.hashes[self.starts[text] : self.ends[text]]

    def jaccard(self, left: Indices, right: Indices) -> NDArray[np.float64]:
        """Similarity of the texts `left[i]` and `right[i]`, 0 to 1, shape (pairs,); 0 for two without shingles."""
        if len(left) < _KERNEL_FROM:
            return np.array([jaccard_plain(self.of(a), self.of(b)) for a, b in zip(left, right, strict=True)], np.float64)
        from healthnews.duplicates.kernels import jaccard

        found = np.empty(len(left), np.float64)
        jaccard(self.hashes, self.starts, self.ends, left, right, found)
        return found


def shingle_set(codes: Codes) -> NDArray[np.uint32]:
    """The distinct shingles of one text, ascending."""
    return np.unique((shingle_hashes(codes) >> np.uint64(32)).astype(np.uint32))


def jaccard_plain(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    """Shared shingles by all; 0 where both sets are empty."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    total = len(one) + len(other) - shared
    return shared / total if total else 0.0
