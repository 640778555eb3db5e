"""From pairs to groups: copies without those that contradict each other, and families of one template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from healthnews.duplicates.edges import Edge


def join_copies(edges: Iterable[Edge]) -> tuple[list[list[int]], list[Edge]]:
    """Groups over the copies, none of which holds two that are known to say different things, and the edges that joined them.

    The most alike are joined first, so that what stands between two variants goes to the one it is more like.
    """
    apart: dict[int, set[int]] = defaultdict(set)
    copies = []
    for edge in edges:
        if edge.kind == "copy":
            copies.append(edge)
        else:
            apart[edge.left].add(edge.right)
            apart[edge.right].add(edge.left)
    return _join(copies, apart)


def join_all(edges: Iterable[Edge]) -> tuple[list[list[int]], list[Edge]]:
    """Groups of whatever hangs together by edges, and the most alike of these that hold them together."""
    return _join(list(edges), {})


def _join(edges: list[Edge], apart: dict[int, set[int]]) -> tuple[list[list[int]], list[Edge]]:
    """Source: Kruskal 1956, the spanning tree of the nearest, which here never joins groups that hold a pair of `apart`."""
    group_of: dict[int, set[int]] = {}
    joining: list[Edge] = []
    for edge in sorted(edges, key=lambda e: (-e.similarity, e.left, e.right)):
        one = group_of.setdefault(edge.left, {edge.left})
        other = group_of.setdefault(edge.right, {edge.right})
        if one is other:
            continue
        small, large = (one, other) if len(one) < len(other) else (other, one)
        if any(member in apart and not apart[member].isdisjoint(large) for member in small):
            continue
        joining.append(edge)
        large |= small
        for member in small:
            group_of[member] = large
    return _in_order(group_of.values()), joining


def _in_order(groups: Iterable[set[int]]) -> list[list[int]]:
    distinct: Sequence[set[int]] = list({id(group): group for group in groups if len(group) > 1}.values())
    return sorted(sorted(group) for group in distinct)
