"""Pairs of alike answers, judged: copies, variants, or siblings of one template."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.differences import Difference, Differences
from healthnews.duplicates.edges import Edge, PairKind
from healthnews.duplicates.folded import THRESHOLD, FoldedTexts
from healthnews.duplicates.groups import Indices
from healthnews.duplicates.questions import OTHER, SIBLING, Questions, relate

EQUAL = "equal text, marks and spaces aside"
"""The rule of copies that are exact ones."""
MAX_DIFFERENCES = 20
"""Differences that the edge of two copies names at most, the first of them."""
_MAX_FILLERS = 4
"""Different things filled in that the edge of two siblings names at most."""
_RULES = (
    "the same text with slips or passages of its own",
    EQUAL,
    "one frame of a title, another thing in it",
    "each title's words stand in its own answer alone",
)
_SLIPS, _SAME_TEXT, _FRAME, _FILLERS = range(4)
COPY, VARIANT, SIBLINGS, UNCLEAR = range(4)
"""What a pair is; UNCLEAR ones are too far apart to be aligned or to be anything, and joined by nothing."""
_KINDS: tuple[PairKind, ...] = ("copy", "variant", "sibling")


class Texts:
    """Titles and texts, what is read from them once, and the index by which each is called in an edge."""

    def __init__(self, texts: Sequence[str], questions: Sequence[str], indices: Sequence[int]) -> None:
        self.indices = indices
        self.folded = FoldedTexts(texts)
        self.questions = questions
        self.related = Questions(questions)


class JudgedPairs:
    """Pairs of answers and what they are to each other.

    Attributes:
        left, right: The answers, by number; shape (pairs,).
        similarities: Jaccard similarity of their shingles.
        kinds: COPY, VARIANT, SIBLINGS or UNCLEAR.

    Args:
        least: Similarity from which on the answers to two questions are compared; those to one are at any.
    """

    def __init__(self, texts: Texts, left: Indices, right: Indices, similarities: NDArray[np.float64], least: float = THRESHOLD) -> None:
        self.left, self.right, self.similarities = left, right, similarities
        self._texts = texts
        self.kinds = np.full(len(left), SIBLINGS, np.int8)
        self._rules = np.full(len(left), _FRAME, np.int8)
        relations = texts.related.relate(left, right)
        unlike = similarities < least
        for pair in np.flatnonzero((relations == OTHER) & ~unlike).tolist():
            if self._fill_their_own(pair):
                relations[pair], self._rules[pair] = SIBLING, _FILLERS
        self.kinds[unlike & (relations >= SIBLING)] = UNCLEAR
        by_text = np.flatnonzero((relations < SIBLING) | (relations == OTHER) & ~unlike)
        self._rows = dict(zip(by_text.tolist(), range(len(by_text)), strict=True))
        self._differences = Differences(texts.folded, left[by_text], right[by_text])
        self._told: dict[int, list[Difference]] = {}
        self._judge_texts(by_text)

    def _fill_their_own(self, pair: int) -> bool:
        """Whether what each title asks about stands in its own answer and not in the other one."""
        left, right = int(self.left[pair]), int(self.right[pair])
        titles = relate(self._texts.questions[left], self._texts.questions[right])
        if not titles.filler or not titles.other_filler:
            return False
        one, other = self._texts.folded.shown(left), self._texts.folded.shown(right)
        return titles.filler in one and titles.filler not in other and titles.other_filler in other and titles.other_filler not in one

    def _judge_texts(self, pairs: Indices) -> None:
        edits = self._differences.edits
        self.kinds[pairs] = np.where(edits < 0, UNCLEAR, COPY)
        self._rules[pairs] = np.where(edits == 0, _SAME_TEXT, _SLIPS)
        for row in self._differences.telling().tolist():
            if told := self._differences.statements(row):
                pair = int(pairs[row])
                self.kinds[pair], self._told[pair] = VARIANT, told

    def edge(self, pair: int) -> Edge:
        """A pair judged by its text as an edge: the differences that make variants of them, all there are of copies."""
        told = self._told.get(pair)
        differences = self._differences.all(self._rows[pair], MAX_DIFFERENCES) if told is None else told
        rule = " and ".join(sorted({one.kind for one in told})) if told else _RULES[self._rules[pair]]
        return self._edge(pair, rule, differences)

    def sibling_edges(self, pairs: Indices) -> list[Edge]:
        """Pairs of siblings as edges, with what is filled in differently."""
        differences = Differences(self._texts.folded, self.left[pairs], self.right[pairs])
        return [
            self._edge(pair, _RULES[self._rules[pair]], differences.distinct(row, _MAX_FILLERS)) for row, pair in enumerate(pairs.tolist())
        ]

    def _edge(self, pair: int, rule: str, differences: Sequence[Difference]) -> Edge:
        left, right = self._texts.indices[self.left[pair]], self._texts.indices[self.right[pair]]
        if left > right:
            left, right = right, left
            differences = [Difference(kind, c, d, a, b) for kind, a, b, c, d in differences]
        return Edge(left, right, _KINDS[self.kinds[pair]], float(self.similarities[pair]), rule, tuple(differences))
