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
    edges = distinct(np.concatenate(found)) if found else np.zeros(0, np.uint64)
    return (edges >> np.uint64(32)).astype(np.int64), (edges & np.uint64(0xFFFFFFFF)).astype(np.int64)


def distinct(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each value once, ascending; sorted in place (a third of the time that `np.unique` takes)."""
    values.sort()
    is_first = np.ones(len(values), np.bool_)
    is_first[1:] = values[1:] != values[:-1]
    return values[is_first]


def stars_of(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Edges of one band over the places of its keys, centre in the upper half of a number, member in the lower."""
    order = np.argsort(keys)
    ordered = keys[order]
    is_begin = np.ones(len(keys), np.bool_)
    is_begin[1:] = ordered[1:] != ordered[:-1]
    begins = np.flatnonzero(is_begin)
    sizes = np.diff(begins, append=len(keys))
    # Most keys are one text's alone.
    is_bucket = (sizes > 1) & (ordered[begins] != NO_BAND)
    begins, sizes = begins[is_bucket], sizes[is_bucket]
    bucket = np.repeat(np.arange(len(begins)), sizes)
    members = order[begins[bucket] + np.arange(len(bucket)) - np.repeat(np.cumsum(sizes) - sizes, sizes)]
    centres = np.minimum.reduceat(members, np.cumsum(sizes) - sizes)[bucket] if len(members) else members
    is_edge = centres != members
    edges: NDArray[np.uint64] = centres[is_edge].astype(np.uint64) << np.uint64(32) | members[is_edge].astype(np.uint64)
    return edges


def components(count: int, left: Indices, right: Indices) -> Indices:
    """For each of `count` texts the first text of its component, shape (count,); what no edge reaches is alone in its own."""
    return join_all(count, left, right)[0]
