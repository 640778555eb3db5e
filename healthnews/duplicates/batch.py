"""One batch of answers, whole components of them: which pairs are compared, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cache

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.candidates import components
from healthnews.duplicates.edges import Answer, Edge, NearFindings
from healthnews.duplicates.groups import Indices, Pairs, join_all, join_copies, most_alike_first, packed, unpacked
from healthnews.duplicates.judged import COPY, SIBLINGS, VARIANT, JudgedPairs, Texts
from healthnews.duplicates.linked import LEAST_ALIKE, Compared, link_alike, members_of
from healthnews.duplicates.sets import distinct, union, without
from healthnews.duplicates.signatures import Bands
from healthnews.language.titles import canonical_question

_MAX_ALL_PAIRS = 64
"""Members of a component up to which all its pairs are compared; of a larger one, the stars and those whose titles ask about the same."""
_HUBS = 4
"""Members of many that ask about the same with which each of them is compared."""
_LEAST_FAMILY = 3
"""Things that a template must be filled with: two answers alike under two titles are no template yet."""
_ROUNDS = 3
"""Times that the groups are looked over for members that contradict each other."""


class Batch:
    """Answers of whole components.

    They are numbered in the order of their texts: which pairs are compared, and which of two equally alike are joined first,
    is the same in whatever order they were given.

    Args:
        answers: Titles and texts.
        indices: The index of each by which it is called in what is found.
        bands: Their signatures.
    """

    def __init__(self, answers: Sequence[Answer], indices: Indices, bands: Bands) -> None:
        order = sorted(range(len(answers)), key=lambda member: (answers[member].text, answers[member].title, indices[member]))
        self._indices: list[int] = indices[order].tolist()
        self._questions = [canonical_question(answers[member].title) for member in order]
        self._texts = Texts([answers[member].text for member in order], self._questions, self._indices)
        self._compared = Compared(self._texts.folded)
        self._linked = link_alike(bands[order], self._compared)

    def find(self) -> NearFindings:
        """Everything that is found among them."""
        left, right = self._pairs()
        similarities = self._compared.similarities(packed(left, right))
        alike = similarities >= LEAST_ALIKE
        judged = JudgedPairs(self._texts, left[alike], right[alike], similarities[alike])
        found = NearFindings(components=[self._named(members.tolist()) for members in members_of(self._linked.labels)])
        self._add_copies(judged, found)
        self._add_families(judged, found)
        found.variants += _variants(judged)
        return found

    def _pairs(self) -> tuple[Indices, Indices]:
        """The pairs to compare: what is linked, all pairs of a small component, in a large one those that ask about the same."""
        left, right = self._linked.left, self._linked.right
        found = [packed(left, right)]
        for members in members_of(components(len(self._questions), left, right)):
            groups = [members]
            if len(members) > _MAX_ALL_PAIRS:
                cores = self._texts.related.cores[members]
                order = np.argsort(cores, kind="stable")
                parts = np.split(members[order], np.flatnonzero(np.diff(cores[order])) + 1)
                groups = [part[:_MAX_ALL_PAIRS] for part in parts if len(part) > 1]
                # The stars of a template may all have another question in the middle: copies under one title hang by the first few.
                large = [part for part in parts if len(part) > _MAX_ALL_PAIRS]
                found += [packed(np.repeat(part[:_HUBS], len(part)), np.tile(part, _HUBS)) for part in large]
            found += [packed(*group[_all_pairs(len(group))]) for group in groups]
        left, right = unpacked(union(*found))
        return left[left < right], right[left < right]

    def _add_copies(self, judged: JudgedPairs, found: NearFindings) -> None:
        """Join copies, then compare those in one group that were not compared yet, and join anew where some say different things."""
        copies = np.flatnonzero(judged.kinds == COPY)
        copies = copies[most_alike_first(judged.left[copies], judged.right[copies], judged.similarities[copies])]
        left, right = judged.left[copies].tolist(), judged.right[copies].tolist()
        apart = _Apart({*left, *right})
        apart.add(judged)
        compared = packed(judged.left, judged.right)
        for _ in range(_ROUNDS):
            groups, joining = join_copies(left, right, apart.members)
            again = self._compare_within(groups, compared)
            if not apart.add(again):
                break
            compared = np.concatenate([compared, packed(again.left, again.right)])
            found.variants += _variants(again)
        found.groups += [self._named(group) for group in groups]
        found.copies += map(judged.edge, copies[joining].tolist())

    def _compare_within(self, groups: Sequence[Sequence[int]], compared: Pairs) -> JudgedPairs:
        """The pairs within groups that are not among the `compared`, judged; of a large group, those of some of its texts."""
        some = [np.array(self._some_of(group)) for group in groups if len(group) > 2]
        pairs = np.concatenate([np.zeros(0, np.uint64), *(packed(*members[_all_pairs(len(members))]) for members in some)])
        left, right = unpacked(without(distinct(pairs), union(compared)))
        return JudgedPairs(self._texts, left, right, self._texts.folded.jaccard(left, right), least=0)

    def _some_of(self, group: Sequence[int]) -> Sequence[int]:
        if len(group) <= _MAX_ALL_PAIRS:
            return group
        distinct: dict[bytes, int] = {}
        for member in group:
            distinct.setdefault(self._texts.folded.codes_of(member).tobytes(), member)
        return list(distinct.values())[:_MAX_ALL_PAIRS]

    def _add_families(self, judged: JudgedPairs, found: NearFindings) -> None:
        """What sibling pairs hang together, where it asks about three things or more; other pairs of siblings are variants."""
        pairs = np.flatnonzero(judged.kinds == SIBLINGS)
        pairs = pairs[most_alike_first(judged.left[pairs], judged.right[pairs], judged.similarities[pairs])]
        families, is_joining = join_all(len(self._questions), judged.left[pairs], judged.right[pairs])
        is_family = np.zeros(len(families), np.bool_)
        for members in members_of(families):
            if len({self._questions[member] for member in members.tolist()}) >= _LEAST_FAMILY:
                found.families.append(self._named(members.tolist()))
                is_family[members] = True
        is_kept = is_family[judged.left[pairs]]
        found.siblings += judged.sibling_edges(pairs[is_kept & is_joining])
        found.variants += judged.sibling_edges(pairs[~is_kept])

    def _named(self, members: Sequence[int]) -> list[int]:
        return sorted(self._indices[member] for member in members)


def _variants(judged: JudgedPairs) -> list[Edge]:
    return [judged.edge(pair) for pair in np.flatnonzero(judged.kinds == VARIANT).tolist()]


class _Apart:
    """For each of some members those that it is known not to be a copy of."""

    def __init__(self, members: Set[int]) -> None:
        self._wanted = members
        self.members: dict[int, set[int]] = {}

    def add(self, judged: JudgedPairs) -> bool:
        """Add the pairs that are no copies; whether there are any."""
        pairs = (judged.kinds == SIBLINGS) | (judged.kinds == VARIANT)
        found = False
        for left, right in zip(judged.left[pairs].tolist(), judged.right[pairs].tolist(), strict=True):
            if left in self._wanted and right in self._wanted:
                self.members.setdefault(left, set()).add(right)
                self.members.setdefault(right, set()).add(left)
                found = True
        return found


@cache
def _all_pairs(count: int) -> NDArray[np.int64]:
    """Two rows of places, those of each pair of `count` members one above the other."""
    return np.array(np.triu_indices(count, 1))
