"""Where two texts differ: the shortest edit script between them, as hunks."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.shingles import Codes

MAX_EDITS = 600
"""Characters that may be added and taken away together; texts further apart are not aligned. A sentence moved costs twice its length."""
_COMPILED_FROM = 400
"""Characters of both texts from which on the compiled form is used; it is made from the plain one."""
_MIN_ANCHOR = 3
"""Equal characters between two hunks that keep them apart; fewer are chance (的) and join them."""


class Hunk(NamedTuple):
    """A stretch of one text that stands for a stretch of the other, half-open, in characters that count; either may be empty."""

    start: int
    end: int
    other_start: int
    other_end: int


def align(one: Codes, other: Codes) -> list[Hunk] | None:
    """The hunks between two folded texts in order, none for equal ones; None where more than MAX_EDITS edits are needed.

    Source: Myers 1986, "An O(ND) Difference Algorithm and Its Variations", the greedy form.
    """
    forward, back = (find_path, walk_back) if len(one) + len(other) < _COMPILED_FROM else _compiled()
    found, rows, columns, head, history = forward(one, other, MAX_EDITS)
    return None if found < 0 else _join([Hunk(*edge) for edge in back(history, found, rows, columns, head).tolist()])


@cache
def _compiled() -> tuple[Any, Any]:
    from healthnews.duplicates.kernels import find_path_compiled, walk_back_compiled

    return find_path_compiled, walk_back_compiled


def _join(hunks: list[Hunk]) -> list[Hunk]:
    """Hunks with less than _MIN_ANCHOR equal characters between them become one."""
    joined: list[Hunk] = []
    for hunk in hunks:
        if joined and hunk.start - joined[-1].end < _MIN_ANCHOR:
            joined[-1] = joined[-1]._replace(end=hunk.end, other_end=hunk.other_end)
        else:
            joined.append(hunk)
    return joined


def find_path(one: Codes, other: Codes, limit: int) -> tuple[int, int, int, int, NDArray[np.int32]]:
    """Number of edits from one text to the other, -1 for more than `limit`, and what `walk_back` needs to tell them.

    That is: how many characters of each text lie between their common beginning and end, how long that beginning is, and
    how far the path had come before each edit.
    """
    head = 0
    while head < len(one) and head < len(other) and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < len(one) - head and tail < len(other) - head and one[len(one) - 1 - tail] == other[len(other) - 1 - tail]:
        tail += 1
    rows, columns = len(one) - head - tail, len(other) - head - tail
    most = min(limit, rows + columns)
    # reached[most + 1 + k]: how far down diagonal k the path of so many edits comes. To walk back, what was reached before the
    # edit number d is kept: d values, of the diagonals -(d - 1), -(d - 3) … d - 1.
    reached = np.zeros(2 * most + 3, np.int32)
    history = np.empty(most * (most + 1) // 2, np.int32)
    for edits in range(most + 1):
        begin = edits * (edits - 1) // 2
        for step in range(edits):
            history[begin + step] = reached[most + 1 + 2 * step - (edits - 1)]
        for diagonal in range(-edits, edits + 1, 2):
            here = most + 1 + diagonal
            place = 0
            if edits > 0:
                down = diagonal == -edits or (diagonal != edits and reached[here - 1] < reached[here + 1])
                place = reached[here + 1] if down else reached[here - 1] + 1
            while place < rows and place - diagonal < columns and one[head + place] == other[head + place - diagonal]:
                place += 1
            reached[here] = place
            if place >= rows and place - diagonal >= columns:
                return edits, rows, columns, head, history
    return -1, rows, columns, head, history


def walk_back(history: NDArray[np.int32], found: int, rows: int, columns: int, head: int) -> NDArray[np.int64]:
    """The edits as rows (start, end, start, end) of both texts, shape (hunks, 4); those without an equal character between them are one."""
    hunks = np.zeros((found + 1, 4), np.int64)
    first = found + 1
    place, other_place = rows, columns
    for edits in range(found, 0, -1):
        diagonal = place - other_place
        begin = edits * (edits - 1) // 2
        left, right = (diagonal + edits - 2) // 2, (diagonal + edits) // 2
        down = diagonal == -edits or (diagonal != edits and history[begin + left] < history[begin + right])
        start = history[begin + right] if down else history[begin + left]
        other_start = start - (diagonal + 1 if down else diagonal - 1)
        end, other_end = (start, other_start + 1) if down else (start + 1, other_start)
        if first <= found and hunks[first, 0] == head + end and hunks[first, 2] == head + other_end:
            hunks[first, 0], hunks[first, 2] = head + start, head + other_start
        else:
            first -= 1
            hunks[first, 0], hunks[first, 1], hunks[first, 2], hunks[first, 3] = (
                head + start,
                head + end,
                head + other_start,
                head + other_end,
            )
        place, other_place = start, other_start
    return hunks[first:]
