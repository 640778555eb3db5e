"""Which texts hang together: by a band that they share and by being alike, so that no chance meeting of two keys chains families."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.candidates import components, places_of_shared
from healthnews.duplicates.folded import FoldedTexts, Indices
from healthnews.duplicates.groups import Pairs, packed, unpacked
from healthnews.duplicates.sets import are_in, begins, distinct, firsts, without
from healthnews.duplicates.signatures import NO_BAND, Bands

LEAST_ALIKE = 0.6
"""Least similarity of two texts that hang together: that of copies which answer one question."""
MOST_CENTRES = 64
"""Texts of a bucket with which the others of it are compared. A bucket of more texts may hold some that never are: it stays whole."""


class Linked(NamedTuple):
    """What texts hang together by.

    Attributes:
        left, right: The pairs that are alike, the smaller number first, shape (pairs,).
        labels: For each text the first one that it must be looked at together with, shape (texts,): what is found among those of
            one label depends on no other text.
    """

    left: Indices
    right: Indices
    labels: Indices


class Compared:
    """Similarities of pairs of texts, each reckoned once.

    Args:
        texts: The texts.
    """

    def __init__(self, texts: FoldedTexts) -> None:
        self._texts = texts
        self._pairs: Pairs = np.zeros(0, np.uint64)
        self._similarities = np.zeros(0, np.float64)

    def similarities(self, pairs: Pairs) -> NDArray[np.float64]:
        """Jaccard similarity of each pair, packed as by `packed`."""
        fresh = without(distinct(pairs.copy()), self._pairs)
        if len(fresh):
            found = self._texts.jaccard(*unpacked(fresh))
            every, similarities = np.concatenate([self._pairs, fresh]), np.concatenate([self._similarities, found])
            order = np.argsort(every)
            self._pairs, self._similarities = every[order], similarities[order]
        return self._similarities[np.searchsorted(self._pairs, pairs)]


def link_alike(bands: Bands, compared: Compared) -> Linked:
    """Join texts that share a band and are alike.

    In each bucket the first text takes all that are alike to it, the first of the rest takes of the rest, and so on. So what
    joins two texts does not depend on what else the bucket holds, as long as that is not alike.

    Args:
        bands: Band keys, shape (texts, bands), less than 2**32 texts.
        compared: The similarities of the texts.
    """
    buckets, members = _entries(bands)
    left_over, rest = buckets, members
    found = [np.zeros(0, np.uint64)]
    for _ in range(MOST_CENTRES):
        if not len(rest):
            break
        is_centre = begins(left_over)
        pairs = packed(firsts(rest, is_centre), rest)[~is_centre]
        alike = compared.similarities(pairs) >= LEAST_ALIKE
        found.append(pairs[alike])
        kept = np.flatnonzero(~is_centre)[~alike]
        left_over, rest = left_over[kept], rest[kept]
    left, right = unpacked(distinct(np.concatenate(found)))
    whole = _whole_buckets(buckets, members, left_over)
    labels = components(len(bands), np.concatenate([left, whole[0]]), np.concatenate([right, whole[1]]))
    return Linked(left, right, labels)


def _entries(bands: Bands) -> tuple[Indices, Indices]:
    """Bucket and text for each band that a text shares, ordered by both; buckets are numbered through all bands."""
    found: list[tuple[Indices, Indices]] = []
    count = 0
    for band in range(bands.shape[1]):
        keys = np.ascontiguousarray(bands[:, band])
        members = places_of_shared(keys)
        members = members[keys[members] != NO_BAND]
        buckets = count + np.cumsum(begins(keys[members]))
        count = int(buckets[-1]) if len(buckets) else count
        found.append((buckets, members.astype(np.int64)))
    return np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found])


def _whole_buckets(buckets: Indices, members: Indices, left_over: Indices) -> tuple[Indices, Indices]:
    """Pairs that hold together all texts of the buckets of which some were left over."""
    if not len(left_over):
        return left_over, left_over
    inside = are_in(buckets, left_over)
    return firsts(members[inside], begins(buckets[inside])), members[inside]


def members_of(labels: Indices) -> Iterator[Indices]:
    """The members of each group of two or more, ascending."""
    order = np.argsort(labels, kind="stable")
    return (part for part in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(part) > 1)
