"""Near duplicates: answers that share most of their text, sorted into copies, variants and siblings of a template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np

from healthnews.duplicates.candidates import Indices, components, star_edges
from healthnews.duplicates.differences import Difference, Reading, find_differences, statements
from healthnews.duplicates.questions import Titles, relate
from healthnews.duplicates.signatures import Bands, sign
from healthnews.duplicates.similarity import THRESHOLD, ShingleSets
from healthnews.language.normalise import text_key
from healthnews.language.titles import canonical_question, core_of

_MAX_ALL_PAIRS = 64
"""Members of a component up to which all its pairs are compared; of a larger one, the stars and those whose titles ask about the same."""


@dataclass(frozen=True)
class Answer:
    """A title and the text under it, boilerplate taken off."""

    title: str
    text: str

    @cached_property
    def question(self) -> str:
        """The canonical question that the title asks."""
        return canonical_question(self.title)

    @cached_property
    def reading(self) -> Reading:
        """The text as it is compared."""
        return Reading(self.text)

    @cached_property
    def key(self) -> str:
        """The text without what does not count."""
        return text_key(self.text)


class Edge(NamedTuple):
    """Two answers that share most of their text, by their index, the smaller first.

    Attributes:
        kind: `copy`, `variant` (they say different things in the same words) or `sibling` (one template, two fillers).
        similarity: Jaccard similarity of their shingles.
        rule: Why it is of this kind.
        differences: For a variant, what differs; for a copy, nothing until asked.
        titles: How the titles stand to each other.
    """

    left: int
    right: int
    kind: str
    similarity: float
    rule: str
    titles: Titles
    differences: tuple[Difference, ...] = ()


@dataclass(slots=True)
class NearFindings:
    """What was found among answers, by their indices.

    Attributes:
        groups: Groups of copies, two or more in each, each group and their list in ascending order.
        edges: The pairs that were compared and share most of their text, in order.
        families: Siblings of one template with three fillers or more, as `groups`.
    """

    groups: list[list[int]] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    families: list[list[int]] = field(default_factory=list)


def find_near(answers: Sequence[Answer], bands: Bands | None = None) -> NearFindings:
    """Copies, variants and template families among answers.

    Args:
        answers: In an order that new answers are added to at the end; what is found depends on it in nothing but the indices.
        bands: Their signatures where they are known.
    """
    if bands is None:
        bands = sign([answer.text for answer in answers])
    left, right = star_edges(bands)
    labels = components(len(answers), left, right)
    left, right = _pairs(answers, labels, left, right)
    left, right, similarities = _alike(answers, left, right)
    edges = [_judge(answers, a, b, s) for a, b, s in zip(left.tolist(), right.tolist(), similarities.tolist(), strict=True)]
    return NearFindings(_join_copies(edges), edges, _families(answers, edges))


def _pairs(answers: Sequence[Answer], labels: np.ndarray, left: Indices, right: Indices) -> tuple[Indices, Indices]:
    """The pairs to compare: every star edge, all pairs of a small component, in a large one those that ask about the same."""
    found = [left.astype(np.uint64) << np.uint64(32) | right.astype(np.uint64)]
    for members in _members(labels):
        groups: list[list[int]] = [members]
        if len(members) > _MAX_ALL_PAIRS:
            by_core: dict[str, list[int]] = defaultdict(list)
            for member in members:
                by_core[core_of(answers[member].question)].append(member)
            groups = [group[:_MAX_ALL_PAIRS] for group in by_core.values()]
        pairs = [a << 32 | b for group in groups for a, b in combinations(group, 2)]
        found.append(np.array(pairs, np.uint64))
    edges = np.unique(np.concatenate(found))
    return (edges >> np.uint64(32)).astype(np.int64), (edges & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _members(labels: np.ndarray) -> Iterator[list[int]]:
    """The members of each component of two or more, ascending."""
    order = np.argsort(labels, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        if len(part) > 1:
            yield part.tolist()


def _alike(answers: Sequence[Answer], left: Indices, right: Indices) -> tuple[Indices, Indices, np.ndarray]:
    """The pairs whose texts are alike enough, with their similarity."""
    compared = np.unique(np.concatenate([left, right]))
    sets = ShingleSets([answers[index].text for index in compared.tolist()])
    similarities = sets.jaccard(np.searchsorted(compared, left), np.searchsorted(compared, right))
    alike = similarities >= THRESHOLD
    return left[alike], right[alike], similarities[alike]


def _judge(answers: Sequence[Answer], left: int, right: int, similarity: float) -> Edge:
    """What two alike answers are to each other."""
    one, other = answers[left], answers[right]
    titles = relate(one.question, other.question)
    if titles.relation in ("sibling", "other") and _fill_their_own(one, other, titles):
        return Edge(left, right, "sibling", similarity, "each title's words stand in its own answer alone", titles)
    if titles.relation == "sibling":
        return Edge(left, right, "sibling", similarity, "one frame of a title, another thing in it", titles)
    if one.key == other.key:
        return Edge(left, right, "copy", similarity, "equal text, marks and spaces aside", titles)
    differences = find_differences(one.reading, other.reading)
    if differences is not None and (told := statements(differences, one.text, other.text)):
        return Edge(left, right, "variant", similarity, " and ".join(sorted({one.kind for one in told})), titles, tuple(told))
    return Edge(left, right, "copy", similarity, "the same text with slips or passages of its own", titles)


def _fill_their_own(one: Answer, other: Answer, titles: Titles) -> bool:
    return (
        bool(titles.filler and titles.other_filler)
        and titles.filler in one.key
        and titles.filler not in other.key
        and titles.other_filler in other.key
        and titles.other_filler not in one.key
    )


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


_LEAST_FAMILY = 3


def _families(answers: Sequence[Answer], edges: Sequence[Edge]) -> list[list[int]]:
    """What sibling pairs hang together, where it asks about three things or more."""
    siblings = [edge for edge in edges if edge.kind == "sibling"]
    left = np.array([edge.left for edge in siblings], np.int64)
    right = np.array([edge.right for edge in siblings], np.int64)
    labels = components(len(answers), left, right)
    return [members for members in _members(labels) if len({answers[index].question for index in members}) >= _LEAST_FAMILY]
