"""How two titles stand to each other: one question, the same in other words, or two questions of one frame."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.shingles import Codes, codes_of
from healthnews.language.titles import core_of, distinguishing_words

LEAST_QUESTION = 4
"""Characters that a canonical question must have: 医保 asks nothing."""
TitleRelation = Literal["same", "reworded", "sibling", "other"]
SAME, REWORDED, SIBLING, OTHER = range(4)
_RELATIONS: tuple[TitleRelation, ...] = ("same", "reworded", "sibling", "other")

_words = lru_cache(100_000)(distinguishing_words)
_core = lru_cache(100_000)(core_of)
_FRAME_PERCENT = 40
"""Share of the longer title that two titles of one frame have in common; 住院怎么付钱 and 住院费用的支付 share 2 of 7 characters."""
_COMPILED_FROM = 5_000
"""Pairs from which on importing the compiled form is worth while."""

Indices = NDArray[np.int64]


class Titles(NamedTuple):
    """Two titles compared.

    Attributes:
        relation: `same`: one canonical question. `reworded`: they differ in words of asking alone. `sibling`: they share a
            frame and ask about different things. `other`: they have little in common.
        filler: What stands in the frame of the first; empty unless they are siblings or other.
        other_filler: What stands in that of the second.
    """

    relation: TitleRelation
    filler: str = ""
    other_filler: str = ""


def relate(one: str, other: str) -> Titles:
    """How two canonical questions (`language.titles.canonical_question`) stand to each other."""
    if one == other:
        return Titles("same")
    questions = Questions([one, other])
    relation, head, tail = relate_pair(*questions.codes_of(0), *questions.codes_of(1))
    if relation == REWORDED:
        return Titles("reworded")
    return Titles(_RELATIONS[relation], one[head : len(one) - tail], other[head : len(other) - tail])


class Questions:
    """Many canonical questions, ready to be related.

    Attributes:
        words: A number for the distinguishing words of each, equal for those that have the same; shape (questions,).
        cores: A number for what each asks about, equal for those that differ in words of asking alone; shape (questions,).
    """

    def __init__(self, questions: Sequence[str]) -> None:
        self._codes, self._offsets = codes_of(questions)
        self.words = _numbered([_words(question) for question in questions])
        self.cores = _numbered([_core(question) for question in questions])

    def codes_of(self, question: int) -> tuple[Codes, int, int]:
        """The characters of a question, and the numbers of its distinguishing words and its core."""
        codes = self._codes[self._offsets[question] : self._offsets[question + 1]]
        return codes, int(self.words[question]), int(self.cores[question])

    def relate(self, left: Indices, right: Indices) -> NDArray[np.int8]:
        """How the questions `left[i]` and `right[i]` stand to each other: SAME, REWORDED, SIBLING or OTHER; shape (pairs,)."""
        found = np.empty(len(left), np.int8)
        relate_all = relate_rows
        if len(left) >= _COMPILED_FROM:
            from healthnews.duplicates.kernels import relate_rows as relate_all
        relate_all(self._codes, self._offsets, self.words, self.cores, left, right, found)
        return found


def _numbered(keys: Sequence[Hashable]) -> Indices:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def relate_rows(
    codes: Codes, offsets: Indices, words: Indices, cores: Indices, left: Indices, right: Indices, out: NDArray[np.int8]
) -> None:
    """`relate_pair` for many pairs, their relation alone; `kernels` compiles it."""
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        one, other = codes[offsets[a] : offsets[a + 1]], codes[offsets[b] : offsets[b + 1]]
        out[pair] = relate_pair(one, words[a], cores[a], other, words[b], cores[b])[0]


def relate_pair(one: Codes, words: int, core: int, other: Codes, other_words: int, other_core: int) -> tuple[int, int, int]:
    """Relation of two questions, and how many characters their frame has before and behind what fills it."""
    shorter, longer = min(len(one), len(other)), max(len(one), len(other))
    head = 0
    while head < shorter and one[head] == other[head]:
        head += 1
    if head == longer:
        return SAME, head, 0
    tail = 0
    while tail < shorter - head and one[len(one) - 1 - tail] == other[len(other) - 1 - tail]:
        tail += 1
    if words == other_words and core == other_core:
        return REWORDED, head, tail
    # A single character (颈, 腰) is in every text; with its neighbours it is a word.
    if shorter - head - tail < 2:
        head, tail = max(0, head - 1), max(0, tail - 1)
    shares_frame = (head + tail) * 100 >= longer * _FRAME_PERCENT
    return SIBLING if words != other_words or shares_frame else OTHER, head, tail
