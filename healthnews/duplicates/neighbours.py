"""Pairs of vectors that point the same way: exact up to a stated number of vectors, by cells beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.embeddings import Vectors

EXACT = 50_000
"""Vectors that are all compared with all: 16 CPU-seconds of matrix products at 512 dimensions (20,000: 2.5)."""
NEAREST = 100
"""Neighbours behind it in order that a vector has at most, the nearest: what bounds a template of a thousand near titles."""
_CELL = 500
"""Vectors that a cell has on average, were each in one."""
_CELLS_EACH = 3
"""Cells that a vector is in: the pairs missed are those that stand at the border of more than that."""
_ROWS = 512
_SLACK = 1e-4
"""Below the threshold, for the last digits of a product depend on how it was cut into blocks; callers compute the pair anew."""

Pairs = Iterator[tuple[int, int]]


def near_pairs(vectors: Vectors, threshold: float) -> Pairs:
    """Pairs (i < j) of rows whose cosine is about `threshold` or more; each once, up to `NEAREST` for each i (or each cell of it).

    Args:
        vectors: Rows of length 1, or of zeros, which are near to nothing.
        threshold: Cosine, above 0.

    Up to `EXACT` rows no pair is missed. Beyond, rows are compared within cells around every 500th of them, each row in the three
    cells that it is nearest to; a cell of more than `EXACT` keeps the nearest ones.

    Source: inverted file index, Sivic and Zisserman 2003, with chosen rows for centres and no training.
    """
    if len(vectors) <= EXACT:
        yield from _all_pairs(vectors, threshold, np.arange(len(vectors)))
        return
    seen: set[tuple[int, int]] = set()
    for cell in _cells(vectors):
        for pair in _all_pairs(vectors[cell], threshold, cell):
            if pair not in seen:
                seen.add(pair)
                yield pair


def cosines(vectors: Vectors, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """The cosine of each pair of rows of length 1 to four digits; the same whatever it is computed beside."""
    found = np.zeros(len(pairs))
    for start in range(0, len(pairs), _ROWS):
        one, other = vectors[pairs[start : start + _ROWS].T].astype(np.float64)
        found[start : start + _ROWS] = (one * other).sum(axis=1)
    return found.round(4)


def _all_pairs(vectors: Vectors, threshold: float, names: NDArray[np.int64]) -> Pairs:
    """Names ascend, so that pairs are in order."""
    for start in range(0, len(vectors), _ROWS):
        block = vectors[start : start + _ROWS]
        products = block @ vectors[start:].T
        products[np.tri(len(block), products.shape[1], dtype=bool)] = -1
        is_near = products >= threshold - _SLACK
        for row in np.flatnonzero(is_near.any(axis=1)):
            columns = np.flatnonzero(is_near[row])
            if len(columns) > NEAREST:
                columns = np.sort(columns[np.argsort(-products[row, columns], kind="stable")[:NEAREST]])
            for column in columns:
                yield int(names[start + row]), int(names[start + column])


def _cells(vectors: Vectors) -> Iterator[NDArray[np.int64]]:
    """Rows of each cell, ascending."""
    centres = vectors[::_CELL]
    nearest = np.empty((len(vectors), _CELLS_EACH), np.int64)
    closeness = np.empty((len(vectors), _CELLS_EACH), np.float32)
    for start in range(0, len(vectors), _ROWS):
        products = vectors[start : start + _ROWS] @ centres.T
        best = np.argpartition(-products, _CELLS_EACH - 1, axis=1)[:, :_CELLS_EACH]
        nearest[start : start + _ROWS] = best
        closeness[start : start + _ROWS] = np.take_along_axis(products, best, axis=1)
    rows = np.repeat(np.arange(len(vectors)), _CELLS_EACH)
    order = np.lexsort((rows, -closeness.ravel(), nearest.ravel()))
    bounds = np.searchsorted(nearest.ravel()[order], np.arange(len(centres) + 1))
    for first, last in pairwise(bounds):
        yield np.sort(rows[order[first : min(last, first + EXACT)]])
