"""Which texts are compared: those that share a band, as stars; the pairs of a bucket would be far too many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.groups import Indices, Pairs, join_all, packed, unpacked
from healthnews.duplicates.sets import begins, firsts, union
from healthnews.duplicates.signatures import NO_BAND, Bands


def star_edges(bands: Bands) -> tuple[Indices, Indices]:
    """An edge from the first text of each bucket to every other: each edge once, ordered; both arrays have shape (edges,).

    Texts of one bucket hang together by as many edges as it has members: 1.1 edges a text where the pairs are 500.

    Args:
        bands: Band keys, shape (texts, bands), less than 2**32 texts.
    """
    found = [stars_of(np.ascontiguousarray(bands[:, band])) for band in range(bands.shape[1])]
    edges = union(*found) if found else np.zeros(0, np.uint64)
    return unpacked(edges)


def stars_of(keys: NDArray[np.uint64]) -> Pairs:
    """Edges of one band over the places of its keys, from the centre to each member."""
    members = places_of_shared(keys)
    shared = keys[members]
    is_centre = begins(shared)
    is_edge = ~is_centre & (shared != NO_BAND)
    return packed(firsts(members, is_centre)[is_edge], members[is_edge])


def places_of_shared(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Places of the keys that are there more than once, and perhaps of a few more, ordered by key and place."""
    # Numbers are sorted several times as fast as the places of numbers are: each place stands in the lower bits of its key.
    lower = np.uint64((1 << len(keys).bit_length()) - 1)
    marked = np.sort((keys & ~lower) | np.arange(len(keys), dtype=np.uint64))
    is_same = np.zeros(len(keys) + 1, np.bool_)
    is_same[1:-1] = marked[1:] ^ marked[:-1] <= lower
    members: NDArray[np.uint64] = marked[is_same[1:] | is_same[:-1]] & lower
    upper = keys[members] & ~lower
    is_mixed = (upper[1:] == upper[:-1]) & (keys[members[1:]] != keys[members[:-1]])
    # Once in dozens of bands at a million texts two keys differ in the lower bits alone.
    return members[np.argsort(keys[members], kind="stable")] if is_mixed.any() else members


def components(count: int, left: Indices, right: Indices) -> Indices:
    """For each of `count` texts the first text of its component, shape (count,); what no edge reaches is alone in its own."""
    return join_all(count, left, right)[0]
