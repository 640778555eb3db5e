"""Near duplicates: answers that share most of their text, sorted into copies, variants and siblings of one template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.candidates import components, star_edges
from healthnews.duplicates.differences import Difference, Reading, find_differences, statements
from healthnews.duplicates.folded import THRESHOLD, FoldedTexts, Indices
from healthnews.duplicates.questions import Titles, relate
from healthnews.duplicates.signatures import Bands, sign
from healthnews.language.titles import canonical_question, core_of

PairKind = Literal["copy", "variant", "sibling"]
_MAX_ALL_PAIRS = 64
"""Members of a component up to which all its pairs are compared; of a larger one, the stars and those whose titles ask about the same."""
_BATCH = 20_000
"""Answers whose texts are folded at once: 8 bytes a character."""
_LEAST_FAMILY = 3
"""Things that a template must be filled with: two answers alike under two titles are no template yet."""


class Answer(NamedTuple):
    """A title and the text under it, boilerplate taken off."""

    title: str
    text: str


class Edge(NamedTuple):
    """Two answers that share most of their text, by their index, the smaller first.

    Attributes:
        kind: `copy`, `variant` (they say different things in the same words) or `sibling` (one template, two fillers).
        similarity: Jaccard similarity of their shingles.
        rule: Why it is of this kind.
        differences: For a variant, the differences that make it one.
    """

    left: int
    right: int
    kind: PairKind
    similarity: float
    rule: str
    differences: tuple[Difference, ...] = ()


@dataclass(slots=True)
class NearFindings:
    """What was found among answers, by their indices.

    Attributes:
        groups: Groups of copies, two or more in each; each group and their list ascend.
        variants: The pairs that say different things in the same words, in order.
        families: Siblings of one template, with three fillers or more; as `groups`.
    """

    groups: list[list[int]] = field(default_factory=list)
    variants: list[Edge] = field(default_factory=list)
    families: list[list[int]] = field(default_factory=list)


def find_near(answers: Sequence[Answer], bands: Bands | None = None) -> NearFindings:
    """Copies, variants and template families among answers.

    Nothing depends on the order of the answers but the indices; texts of one component are compared with each other alone.

    Args:
        answers: Titles and texts.
        bands: Their signatures where they are known.
    """
    if bands is None:
        bands = sign([answer.text for answer in answers])
    left, right = star_edges(bands)
    labels = components(len(answers), left, right)
    found = NearFindings()
    for members, inner_left, inner_right in _batches(labels, left, right):
        _Batch([answers[index] for index in members.tolist()], members).compare(inner_left, inner_right, labels[members], found)
    found.groups.sort()
    found.variants.sort()
    found.families.sort()
    return found


def _batches(labels: NDArray[np.int32], left: Indices, right: Indices) -> Iterator[tuple[Indices, Indices, Indices]]:
    """Members of whole components, ascending, about _BATCH of them; and the edges between them, by their place among these."""
    sizes = np.bincount(labels)
    linked = np.flatnonzero(sizes[labels] > 1)
    order = linked[np.argsort(labels[linked], kind="stable")]
    edge_order = np.argsort(labels[left], kind="stable")
    edge_labels = labels[left][edge_order]
    start = 0
    while start < len(order):
        stop = min(start + _BATCH, len(order))
        stop = int(np.searchsorted(labels[order], labels[order[stop - 1]], side="right"))
        first, last = labels[order[start]], labels[order[stop - 1]]
        edges = edge_order[np.searchsorted(edge_labels, first) : np.searchsorted(edge_labels, last, side="right")]
        members = np.sort(order[start:stop])
        yield members, np.searchsorted(members, left[edges]), np.searchsorted(members, right[edges])
        start = stop


class _Batch:
    """Answers of whole components, and what is read from them once."""

    def __init__(self, answers: Sequence[Answer], indices: Indices) -> None:
        self.answers = answers
        self.indices = indices.tolist()
        self.folded = FoldedTexts([answer.text for answer in answers])
        self.questions = [canonical_question(answer.title) for answer in answers]
        self.readings: dict[int, Reading] = {}

    def compare(self, left: Indices, right: Indices, labels: NDArray[np.int32], found: NearFindings) -> None:
        """Judge every pair worth it and add what comes of it."""
        left, right = self._pairs(left, right, labels)
        similarities = self.folded.jaccard(left, right)
        alike = similarities >= THRESHOLD
        pairs = zip(left[alike].tolist(), right[alike].tolist(), similarities[alike].tolist(), strict=True)
        edges = [self._judge(*pair) for pair in pairs]
        found.groups += [self._named(group) for group in _join_copies(edges)]
        found.families += [self._named(family) for family in self._families(edges)]
        found.variants += [
            edge._replace(left=self.indices[edge.left], right=self.indices[edge.right]) for edge in edges if edge.kind == "variant"
        ]

    def _named(self, members: Sequence[int]) -> list[int]:
        return [self.indices[member] for member in members]

    def _pairs(self, left: Indices, right: Indices, labels: NDArray[np.int32]) -> tuple[Indices, Indices]:
        """The pairs to compare: every star edge, all pairs of a small component, in a large one those that ask about the same."""
        found = [left.astype(np.uint64) << np.uint64(32) | right.astype(np.uint64)]
        for members in members_of(labels):
            groups: list[list[int]] = [members]
            if len(members) > _MAX_ALL_PAIRS:
                by_core: dict[str, list[int]] = defaultdict(list)
                for member in members:
                    by_core[core_of(self.questions[member])].append(member)
                groups = [group[:_MAX_ALL_PAIRS] for group in by_core.values()]
            found.append(np.array([a << 32 | b for group in groups for a, b in combinations(group, 2)], np.uint64))
        edges = np.unique(np.concatenate(found))
        return (edges >> np.uint64(32)).astype(np.int64), (edges & np.uint64(0xFFFFFFFF)).astype(np.int64)

    def _judge(self, left: int, right: int, similarity: float) -> Edge:
        """What two alike answers are to each other."""
        titles = relate(self.questions[left], self.questions[right])
        if titles.relation == "sibling":
            return Edge(left, right, "sibling", similarity, "one frame of a title, another thing in it")
        one, other = self._read(left), self._read(right)
        if titles.relation == "other" and _fill_their_own(one.shown, other.shown, titles):
            return Edge(left, right, "sibling", similarity, "each title's words stand in its own answer alone")
        if similarity == 1.0 and np.array_equal(one.codes, other.codes):
            return Edge(left, right, "copy", similarity, "equal text, marks and spaces aside")
        differences = find_differences(one, other)
        if differences is not None and (told := statements(differences, one.text, other.text)):
            return Edge(left, right, "variant", similarity, " and ".join(sorted({one.kind for one in told})), tuple(told))
        return Edge(left, right, "copy", similarity, "the same text with slips or passages of its own")

    def _read(self, index: int) -> Reading:
        reading = self.readings.get(index)
        if reading is None:
            reading = self.readings[index] = Reading(self.answers[index].text, self.folded, index)
        return reading

    def _families(self, edges: Sequence[Edge]) -> list[list[int]]:
        """What sibling pairs hang together, where it asks about three things or more."""
        siblings = [(edge.left, edge.right) for edge in edges if edge.kind == "sibling"]
        if not siblings:
            return []
        left, right = np.array(siblings, np.int64).T
        families = members_of(components(len(self.answers), left, right))
        return [family for family in families if len({self.questions[member] for member in family}) >= _LEAST_FAMILY]


def members_of(labels: NDArray[np.int32]) -> Iterator[list[int]]:
    """The members of each component of two or more, ascending."""
    order = np.argsort(labels, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        if len(part) > 1:
            yield part.tolist()


def _fill_their_own(one: str, other: str, titles: Titles) -> bool:
    filler, other_filler = titles.filler, titles.other_filler
    return bool(filler and other_filler) and filler in one and filler not in other and other_filler in other and other_filler not in one


def _join_copies(edges: Sequence[Edge]) -> list[list[int]]:
    """Groups over the copies, the most alike joined first, none of which holds two that are known to say different things."""
    apart: dict[int, set[int]] = defaultdict(set)
    for edge in edges:
        if edge.kind != "copy":
            apart[edge.left].add(edge.right)
            apart[edge.right].add(edge.left)
    group_of: dict[int, list[int]] = {}
    for edge in sorted((edge for edge in edges if edge.kind == "copy"), key=lambda e: (-e.similarity, e.left, e.right)):
        one = group_of.setdefault(edge.left, [edge.left])
        other = group_of.setdefault(edge.right, [edge.right])
        if one is other:
            continue
        small, large = sorted((one, other), key=len)
        if any(not apart[member].isdisjoint(large) for member in small if member in apart):
            continue
        large.extend(small)
        for member in small:
            group_of[member] = large
    groups = {id(group): group for group in group_of.values() if len(group) > 1}
    return sorted(sorted(group) for group in groups.values())
