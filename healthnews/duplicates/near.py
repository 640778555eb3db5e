"""Near duplicates: answers that share most of their text, sorted into copies, variants and siblings of one template."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.candidates import components, star_edges
from healthnews.duplicates.differences import Reading, find_differences, statements
from healthnews.duplicates.edges import Answer, Edge, NearFindings, turned
from healthnews.duplicates.folded import THRESHOLD, FoldedTexts, Indices
from healthnews.duplicates.groups import join_all, join_copies
from healthnews.duplicates.questions import Titles, relate
from healthnews.duplicates.signatures import Bands, sign
from healthnews.language.titles import canonical_question, core_of

__all__ = ["EQUAL", "MAX_DIFFERENCES", "Answer", "Edge", "NearFindings", "find_near"]

EQUAL = "equal text, marks and spaces aside"
"""The rule of copies that are exact ones."""
MAX_DIFFERENCES = 20
"""Differences that the edge of two copies or siblings names at most, the first of them."""
_MAX_ALL_PAIRS = 64
"""Members of a component up to which all its pairs are compared; of a larger one, the stars and those whose titles ask about the same."""
_BATCH = 20_000
"""Answers whose texts are folded at once: 8 bytes a character."""
_LEAST_FAMILY = 3
"""Things that a template must be filled with: two answers alike under two titles are no template yet."""


def find_near(answers: Sequence[Answer], bands: Bands | None = None) -> NearFindings:
    """Copies, variants and template families among answers.

    Nothing but the indices depends on the order of the answers, and nothing about a component on the other ones.

    Args:
        answers: Titles and texts.
        bands: Their signatures where they are known, shape (answers, bands).
    """
    if bands is None:
        bands = sign([answer.text for answer in answers])
    found = NearFindings()
    for members in _batches(components(len(answers), *star_edges(bands))):
        _Batch([answers[index] for index in members.tolist()], members, bands[members]).compare(found)
    found.sort()
    return found


def _batches(labels: NDArray[np.int32]) -> Iterator[Indices]:
    """Members of whole components of two or more, about _BATCH of them."""
    linked = np.flatnonzero(np.bincount(labels)[labels] > 1)
    order = linked[np.argsort(labels[linked], kind="stable")]
    start = 0
    while start < len(order):
        stop = min(start + _BATCH, len(order))
        stop = int(np.searchsorted(labels[order], labels[order[stop - 1]], side="right"))
        yield order[start:stop]
        start = stop


class _Batch:
    """Answers of whole components, and what is read from them once.

    They are numbered by a digest of what they say: which pairs are compared, and which of two equally alike are joined first,
    is the same in whatever order they were given.
    """

    def __init__(self, answers: Sequence[Answer], indices: Indices, bands: Bands) -> None:
        order = sorted(range(len(answers)), key=lambda member: (_digest(answers[member]), indices[member]))
        self.answers = [answers[member] for member in order]
        self.indices: list[int] = indices[order].tolist()
        self.stars = star_edges(bands[order])
        self.folded = FoldedTexts([answer.text for answer in self.answers])
        self.questions = [canonical_question(answer.title) for answer in self.answers]
        self.readings: dict[int, Reading] = {}

    def compare(self, found: NearFindings) -> None:
        """Judge every pair worth it and add what comes of it."""
        left, right = self._pairs()
        similarities = self.folded.jaccard(left, right)
        alike = similarities >= THRESHOLD
        pairs = zip(left[alike].tolist(), right[alike].tolist(), similarities[alike].tolist(), strict=True)
        edges = [self._judge(*pair) for pair in pairs]
        groups, copies = join_copies(edges)
        families, siblings, strays = self._families(edges)
        found.groups += map(self._named, groups)
        found.families += map(self._named, families)
        found.variants += [self._named_edge(edge) for edge in edges if edge.kind == "variant"]
        found.variants += [self._named_edge(self._aligned(edge)) for edge in strays]
        found.copies += map(self._named_edge, copies)
        found.siblings += [self._named_edge(self._aligned(edge)) for edge in siblings]

    def _named(self, members: Sequence[int]) -> list[int]:
        return sorted(self.indices[member] for member in members)

    def _named_edge(self, edge: Edge) -> Edge:
        edge = edge._replace(left=self.indices[edge.left], right=self.indices[edge.right])
        return edge if edge.left < edge.right else turned(edge)

    def _pairs(self) -> tuple[Indices, Indices]:
        """The pairs to compare: every star edge, all pairs of a small component, in a large one those that ask about the same."""
        left, right = self.stars
        found = [left.astype(np.uint64) << np.uint64(32) | right.astype(np.uint64)]
        for members in _members(components(len(self.answers), left, right)):
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
            return Edge(left, right, "copy", similarity, EQUAL)
        differences = find_differences(one, other)
        if differences is None:
            return Edge(left, right, "copy", similarity, "passages shared, too much moved to be aligned")
        if told := statements(differences, one.text, other.text):
            return Edge(left, right, "variant", similarity, " and ".join(sorted({one.kind for one in told})), tuple(told))
        return Edge(
            left, right, "copy", similarity, "the same text with slips or passages of its own", tuple(differences[:MAX_DIFFERENCES])
        )

    def _read(self, index: int) -> Reading:
        reading = self.readings.get(index)
        if reading is None:
            reading = self.readings[index] = Reading(self.answers[index].text, self.folded, index)
        return reading

    def _families(self, edges: Sequence[Edge]) -> tuple[list[list[int]], list[Edge], list[Edge]]:
        """What sibling pairs hang together, where it asks about three things or more; the edges that hold it; and the pairs in none."""
        siblings = [edge for edge in edges if edge.kind == "sibling"]
        families, joining = join_all(siblings)
        families = [family for family in families if len({self.questions[member] for member in family}) >= _LEAST_FAMILY]
        kept = {member for family in families for member in family}
        return families, [edge for edge in joining if edge.left in kept], [edge for edge in siblings if edge.left not in kept]

    def _aligned(self, edge: Edge) -> Edge:
        """An edge with its differences."""
        differences = find_differences(self._read(edge.left), self._read(edge.right))
        return edge._replace(differences=tuple((differences or [])[:MAX_DIFFERENCES]))


def _digest(answer: Answer) -> bytes:
    return hashlib.blake2b(f"{answer.text}\x1f{answer.title}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _members(labels: NDArray[np.int32]) -> Iterator[list[int]]:
    """The members of each component of two or more, ascending."""
    order = np.argsort(labels, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        if len(part) > 1:
            yield part.tolist()


def _fill_their_own(one: str, other: str, titles: Titles) -> bool:
    filler, other_filler = titles.filler, titles.other_filler
    return bool(filler and other_filler) and filler in one and filler not in other and other_filler in other and other_filler not in one
