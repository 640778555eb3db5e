"""Which texts are compared: those that share a band, as stars; the pairs of a bucket would be far too many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.groups import Indices, join_all
from healthnews.duplicates.signatures import NO_BAND, Bands


def star_edges(bands: Bands) -> tuple[Indices, Indices]:
    """An edge from the first text of each bucket to every other: each edge once, ordered; both arrays have shape (edges,).

    Texts of one bucket hang together by as many edges as it has members: 1.1 edges a text where the pairs are 500.

    Args:
        bands: Band keys, shape (texts, bands), less than 2**32 texts.
    """
    found = [stars_of(np.ascontiguousarray(bands[:, band])) for band in range(bands.shape[1])]
    edges = np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint64)
    return (edges >> np.uint64(32)).astype(np.int64), (edges & np.uint64(0xFFFFFFFF)).astype(np.int64)


def stars_of(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Edges of one band over the places of its keys, centre in the upper half of a number, member in the lower."""
    # Of equal keys the stable sort leaves the first text first: the centre does not depend on anything else.
    order = np.argsort(keys, kind="stable").astype(np.uint64)
    ordered = keys[order]
    follows = np.zeros(len(keys), bool)
    follows[1:] = (ordered[1:] == ordered[:-1]) & (ordered[1:] != NO_BAND)
    begins = np.maximum.accumulate(np.where(follows, 0, np.arange(len(keys))))
    return (order[begins[follows]] << np.uint64(32)) | order[follows]


def components(count: int, left: Indices, right: Indices) -> Indices:
    """For each of `count` texts the first text of its component, shape (count,); what no edge reaches is alone in its own."""
    return join_all(count, left, right)[0]
