"""From pairs to groups: copies without those that contradict each other, and families of one template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Pairs = NDArray[np.uint64]
"""Two indices in each number, the left one in its upper half."""
_COMPILED_FROM = 5_000
"""Pairs from which on importing the compiled form is worth while."""


def packed(left: NDArray[Any], right: NDArray[Any]) -> Pairs:
    """Pairs as one number each, ordered by the left one first."""
    pairs: Pairs = left.astype(np.uint64) << np.uint64(32) | right.astype(np.uint64)
    return pairs


def unpacked(pairs: Pairs) -> tuple[Indices, Indices]:
    """The opposite of `packed`."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def most_alike_first(left: Indices, right: Indices, similarities: NDArray[np.float64]) -> Indices:
    """The order in which pairs are joined."""
    return np.lexsort((right, left, -similarities))


def join_copies(left: Sequence[int], right: Sequence[int], apart: Mapping[int, set[int]]) -> tuple[list[list[int]], list[int]]:
    """Groups of what pairs join in their order, none of which holds two that are `apart`; and the pairs that joined them, by number.

    Joined the most alike first, what stands between two variants goes to the one it is more like.

    Source: Kruskal 1956, the shortest spanning tree.
    """
    group_of: dict[int, set[int]] = {}
    joining = []
    for pair, (one, other) in enumerate(zip(left, right, strict=True)):
        here, there = group_of.setdefault(one, {one}), group_of.setdefault(other, {other})
        if here is there:
            continue
        small, large = (here, there) if len(here) < len(there) else (there, here)
        if any(member in apart and not apart[member].isdisjoint(large) for member in small):
            continue
        joining.append(pair)
        large |= small
        for member in small:
            group_of[member] = large
    return _in_order(group_of.values()), joining


def _in_order(groups: Iterable[set[int]]) -> list[list[int]]:
    distinct = {id(group): group for group in groups if len(group) > 1}
    return sorted(sorted(group) for group in distinct.values())


def join_all(count: int, left: Indices, right: Indices) -> tuple[Indices, NDArray[np.bool_]]:
    """For each of `count` members the number of its group; and which pairs, in their order, were the ones to join them."""
    parents, is_joining = np.arange(count, dtype=np.int64), np.zeros(len(left), np.bool_)
    join = join_rows
    if len(left) >= _COMPILED_FROM:
        from healthnews.duplicates.kernels import join_rows as join
    join(left, right, parents, is_joining)
    return parents, is_joining


def join_rows(left: Indices, right: Indices, parents: Indices, is_joining: NDArray[np.bool_]) -> None:
    """Union of sets with path halving; afterwards each member's parent is the first of its group."""
    for pair in range(len(left)):
        one, other = left[pair], right[pair]
        while parents[one] != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        while parents[other] != other:
            parents[other] = parents[parents[other]]
            other = parents[other]
        if one != other:
            is_joining[pair] = True
            parents[max(one, other)] = min(one, other)
    for member in range(len(parents)):
        parents[member] = parents[parents[member]]
