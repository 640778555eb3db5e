"""Where alike texts differ, and what their differences amount to: a slip of the pen, or another statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from healthnews.duplicates.alignment import MAX_EDITS, MIN_ANCHOR, Hunks, align, align_rows, edit_limits, history_of, look_over
from healthnews.duplicates.folded import FoldedTexts, Indices
from healthnews.duplicates.numbers import widened
from healthnews.duplicates.statements import STATEMENTS, DifferenceKind, Verdict, judge, kind_of_filling
from healthnews.duplicates.traits import PASSAGE, traits

COMPILED_FROM = 50
"""Pairs from which on importing the compiled form (half a second) is worth while."""
_FEW_EDITS = 150
"""Edits up to which the plain form follows few pairs: 10 ms each."""
_SLIPS_A_STATEMENT = 1
"""Slips from which on a digit or a negator lost is a slip too: text read by machine or disguised by a copyist."""
_MAX_PASSAGES = 12
"""Passages of each text that are looked for in the other one, where they may have been moved to."""
_LEAST_SHARED = 0.5
"""Share of the shorter passage's 3-grams that the longer one has too, where one is the other with changes."""
_ROWS_A_PAIR = 32


class Difference(NamedTuple):
    """A stretch in which two texts differ, half-open in code points of each text as it stands; either may be empty."""

    kind: DifferenceKind
    start: int
    end: int
    other_start: int
    other_end: int


def find_differences(one: str, other: str) -> list[Difference] | None:
    """Where two texts differ and what each difference amounts to, in order; None where they are too far apart to be aligned."""
    found = Differences(FoldedTexts([one, other]), np.zeros(1, np.int64), np.ones(1, np.int64))
    return found.all(0) if found.edits[0] >= 0 else None


class Differences:
    """Where the texts `left[i]` and `right[i]` differ, for many pairs at once.

    Attributes:
        edits: Characters added and taken away between them, -1 where they are too far apart to be aligned; shape (pairs,).
    """

    def __init__(self, folded: FoldedTexts, left: Indices, right: Indices) -> None:
        self._folded, self._left, self._right = folded, left, right
        self.edits = np.full(len(left), -1, np.int32)
        self._ends = np.zeros(len(left), np.int64)
        if len(left) >= COMPILED_FROM or not self._align_few():
            from healthnews.duplicates import kernels

            self._align(kernels.align_rows, kernels.look_over, MAX_EDITS)
        self._begins = np.concatenate([np.zeros(1, np.int64), self._ends])[:-1]

    def _align_few(self) -> bool:
        """Align with the plain form, which is slow where texts differ much; whether it came to an end everywhere."""
        self._align(align_rows, look_over, _FEW_EDITS)
        return bool((self.edits >= 0).all())

    def _align(self, rows: Callable[..., tuple[int, int]], looks: Callable[..., None], most: int) -> None:
        texts = self._folded.codes, self._folded.starts, self._folded.ends, self._left, self._right
        lengths = self._folded.ends - self._folded.starts
        limits = np.minimum(edit_limits(lengths[self._left] + lengths[self._right]), most)
        history = history_of(int(limits.max(initial=0)))
        self._hunks: Hunks = np.empty((_ROWS_A_PAIR * len(limits) + 1, 4), np.int32)
        pair = filled = 0
        while True:
            pair, filled = rows(*texts, limits, history, pair, filled, self._hunks, self.edits, self._ends)
            if pair == len(limits):
                break
            self._hunks = np.concatenate([self._hunks, np.empty((len(self._hunks) + int(limits[pair]), 4), np.int32)])
        self._hunks = self._hunks[:filled]
        self._is_telling, self._slips = np.zeros(filled, np.bool_), np.zeros(len(limits), np.int32)
        looks(*texts, self._hunks, self._ends, traits(), self._is_telling, self._slips)

    def statements(self, pair: int) -> list[Difference]:
        """The differences of a pair that make another statement, in order; none where slips abound, for then those are slips as well."""
        rows = slice(self._begins[pair], self._ends[pair])
        hunks, is_telling = self._hunks[rows], self._is_telling[rows]
        moved = [*self._moved(pair, hunks)]
        judged = [*moved, *((hunk, self._judge(pair, hunk)) for hunk in hunks[is_telling].tolist())]
        told = sorted((hunk, verdict) for hunk, verdict in judged if verdict.kind in STATEMENTS)
        slips = int(self._slips[pair]) + sum(_is_short(hunk) for hunk, verdict in judged if verdict.kind not in STATEMENTS)
        if slips >= _SLIPS_A_STATEMENT * len(told):
            told = [(hunk, verdict) for hunk, verdict in told if verdict.is_sure]
        return [self._difference(pair, hunk, verdict.kind) for hunk, verdict in told]

    def all(self, pair: int, most: int | None = None) -> list[Difference]:
        """All differences of a pair in order, or the first of them."""
        begin, end = int(self._begins[pair]), int(self._ends[pair])
        return [self._at(pair, row) for row in range(begin, end if most is None else min(end, begin + most))]

    def _at(self, pair: int, row: int) -> Difference:
        hunk: list[int] = self._hunks[row].tolist()
        return self._difference(pair, hunk, self._judge(pair, hunk).kind if self._is_telling[row] else _plain_kind(hunk))

    def distinct(self, pair: int, most: int) -> list[Difference]:
        """The first of each difference of a pair between the same words, in order, so many of them."""
        begin, end = int(self._begins[pair]), int(self._ends[pair])
        one, other = self._folded.codes_of(self._left[pair]), self._folded.codes_of(self._right[pair])
        seen: dict[tuple[bytes, bytes], int] = {}
        for row, (start, stop, other_start, other_stop) in enumerate(self._hunks[begin:end].tolist()):
            seen.setdefault((one[start:stop].tobytes(), other[other_start:other_stop].tobytes()), row)
            if len(seen) == most:
                break
        return [self._filling(pair, begin + row) for row in seen.values()]

    def _filling(self, pair: int, row: int) -> Difference:
        hunk: list[int] = self._hunks[row].tolist()
        kind: DifferenceKind = _plain_kind(hunk)
        if self._is_telling[row] and kind == "wording":
            one, other = self._folded.codes_of(self._left[pair]), self._folded.codes_of(self._right[pair])
            kind = kind_of_filling(*(codes.tobytes().decode("utf-32-le") for codes in (one[hunk[0] : hunk[1]], other[hunk[2] : hunk[3]])))
        return self._difference(pair, hunk, kind)

    def telling(self) -> Indices:
        """The pairs whose differences may make another statement."""
        passages = np.zeros((2, len(self.edits)), np.bool_)
        pairs = np.repeat(np.arange(len(self.edits)), self._ends - self._begins)
        is_passage = self._hunks[:, 1::2] - self._hunks[:, ::2] >= PASSAGE
        for side in range(2):
            passages[side, pairs[is_passage[:, side]]] = True
        found = passages[0] & passages[1]
        found[pairs[self._is_telling]] = True
        return np.flatnonzero(found)

    def _judge(self, pair: int, hunk: Sequence[int]) -> Verdict:
        return judge(self._folded.shown(self._left[pair]), self._folded.shown(self._right[pair]), *hunk)

    def _difference(self, pair: int, hunk: Sequence[int], kind: DifferenceKind) -> Difference:
        left, right = int(self._left[pair]), int(self._right[pair])
        start, end, other_start, other_end = hunk
        if kind in ("number", "date"):  # 2 and 2.5 differ, not nothing and .5
            start, end = widened(self._folded.shown(left), start, end)
            other_start, other_end = widened(self._folded.shown(right), other_start, other_end)
        return Difference(kind, *self._folded.span(left, start, end), *self._folded.span(right, other_start, other_end))

    def _moved(self, pair: int, hunks: Hunks) -> Iterator[tuple[list[int], Verdict]]:
        """What differs in passages that stand in both texts, put elsewhere or among other changes."""
        here = [(int(start), int(end)) for start, end in hunks[:, :2] if end - start >= PASSAGE][:_MAX_PASSAGES]
        there = [(int(start), int(end)) for start, end in hunks[:, 2:] if end - start >= PASSAGE][:_MAX_PASSAGES] if here else []
        if not there:
            return
        one, other = self._folded.shown(self._left[pair]), self._folded.shown(self._right[pair])
        codes, other_codes = self._folded.codes_of(self._left[pair]), self._folded.codes_of(self._right[pair])
        for start, end in here:
            for other_start, other_end in there:
                if not _are_alike(one[start:end], other[other_start:other_end]):
                    continue
                found = align(codes[start:end], other_codes[other_start:other_end])
                for hunk in (found if found is not None else np.zeros((0, 4), np.int32)).tolist():
                    row = [hunk[0] + start, hunk[1] + start, hunk[2] + other_start, hunk[3] + other_start]
                    yield row, judge(one, other, *row)


def _is_short(hunk: Sequence[int]) -> bool:
    return hunk[1] - hunk[0] <= 1 and hunk[3] - hunk[2] <= 1


def _plain_kind(hunk: Sequence[int]) -> DifferenceKind:
    return "passage" if max(hunk[1] - hunk[0], hunk[3] - hunk[2]) >= PASSAGE else "wording"


def _are_alike(one: str, other: str) -> bool:
    """Whether two passages are one with changes; equal ones need not be looked at."""
    if one == other:
        return False
    grams, other_grams = ({text[place : place + MIN_ANCHOR] for place in range(len(text) - MIN_ANCHOR + 1)} for text in (one, other))
    return len(grams & other_grams) >= _LEAST_SHARED * min(len(grams), len(other_grams))
