"""Where two texts differ: the shortest edit script between them, as hunks.

The inner loops stand here as plainly as they can; `kernels` compiles them as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.shingles import Codes
from healthnews.duplicates.traits import AREA, GRAMMAR, NAME, NEGATOR, NUMBER, OPPOSITE, PASSAGE, UNIT

MAX_EDITS = 2_000
"""Characters that may be added and taken away together; texts further apart are not aligned. A sentence moved costs twice its length."""
_MAX_STEPS = 100_000_000
"""Characters compared for a pair at most: of texts of 100,000 characters together 1,000 edits are followed."""
MIN_ANCHOR = 3
"""Equal characters between two hunks that keep them apart; fewer are chance (的) and join them."""

Hunks = NDArray[np.int32]
"""Rows (start, end, start, end) of one text and the other, half-open, in characters that count; either stretch may be empty."""
History = NDArray[np.int32]
Indices = NDArray[np.int64]


def align(one: Codes, other: Codes, anchor: int = MIN_ANCHOR) -> Hunks | None:
    """The hunks between two folded texts in order, shape (hunks, 4); None where too many edits lie between them.

    `anchor` is how many equal characters keep two hunks apart.
    """
    limit = int(edit_limits(np.array([len(one) + len(other)]))[0])
    hunks = np.empty((limit + 1, 4), np.int32)
    edits, count = align_into(one, other, limit, history_of(limit), hunks, anchor)
    return hunks[:count] if edits >= 0 else None


def edit_limits(characters: Indices) -> Indices:
    """How many edits are followed between two texts of so many characters together."""
    return np.minimum(np.minimum(MAX_EDITS, characters), _MAX_STEPS // (characters + 1))


def history_of(limit: int) -> History:
    """Room for the paths of up to so many edits."""
    return np.empty((limit + 1) * (limit + 2) // 2, np.int32)


def align_rows(
    codes: Codes, starts: Indices, ends: Indices, left: Indices, right: Indices, limits: Indices, history: History,
    first: int, filled: int, hunks: Hunks, edits: NDArray[np.int32], hunk_ends: Indices,
) -> tuple[int, int]:  # fmt: skip
    """Align pairs of texts from the pair `first` on, their hunks into `hunks` from row `filled` on.

    Returns the pair before which the room ran out, or their number; and the rows filled. `edits` becomes -1 for texts too far
    apart, `hunk_ends` the row behind the last of each pair.
    """
    for pair in range(first, len(left)):
        one, other = codes[starts[left[pair]] : ends[left[pair]]], codes[starts[right[pair]] : ends[right[pair]]]
        edits[pair], count = align_into(one, other, limits[pair], history, hunks[filled:], MIN_ANCHOR)
        if count < 0:
            return pair, filled
        filled += count
        hunk_ends[pair] = filled
    return len(left), filled


def align_into(one: Codes, other: Codes, limit: int, history: History, hunks: Hunks, anchor: int) -> tuple[int, int]:
    """Number of edits between two texts, -1 for more than `limit`, and of their hunks, now the first rows of `hunks`; -1 without room."""
    found, rows, columns, head = find_path(one, other, limit, history)
    if found >= len(hunks):
        return found, -1
    if found <= 0:
        return found, 0
    first = walk_back(history, found, rows, columns, head, hunks)
    count = join_hunks(hunks[first : found + 1], anchor)
    for hunk in range(count):
        for column in range(4):
            hunks[hunk, column] = hunks[first + hunk, column]
    return found, count


def find_path(one: Codes, other: Codes, limit: int, history: History) -> tuple[int, int, int, int]:
    """Number of edits from one text to the other, -1 for more than `limit`, and what `walk_back` needs to tell them.

    That is: how many characters of each text lie between their common beginning and end, how long that beginning is, and in
    `history` how far down each diagonal the paths of 0, 1, 2 … edits come: d + 1 values for d edits, of the diagonals -d, -d + 2 … d.

    Source: Myers 1986, "An O(ND) Difference Algorithm and Its Variations", the greedy form.
    """
    head = 0
    while head < len(one) and head < len(other) and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < len(one) - head and tail < len(other) - head and one[len(one) - 1 - tail] == other[len(other) - 1 - tail]:
        tail += 1
    rows, columns = len(one) - head - tail, len(other) - head - tail
    most = -1 if abs(rows - columns) > limit else min(limit, rows + columns)
    begin, before = 0, 0
    for edits in range(most + 1):
        for step in range(edits + 1):
            diagonal = 2 * step - edits
            place = 0
            if edits > 0:
                is_down = step == 0 or (step != edits and history[before + step - 1] < history[before + step])
                place = history[before + step] if is_down else history[before + step - 1] + 1
            while place < rows and place - diagonal < columns and one[head + place] == other[head + place - diagonal]:
                place += 1
            history[begin + step] = place
            if place >= rows and place - diagonal >= columns:
                return edits, rows, columns, head
        before, begin = begin, begin + edits + 1
    return -1, rows, columns, head


def walk_back(history: History, found: int, rows: int, columns: int, head: int, hunks: Hunks) -> int:
    """The edits as hunks, into `hunks` up to row `found`; the first row filled. Edits without an equal character between them are one."""
    first = found + 1
    place, other_place = rows, columns
    for edits in range(found, 0, -1):
        diagonal = place - other_place
        step, before = (diagonal + edits) // 2, edits * (edits - 1) // 2
        is_down = step == 0 or (step != edits and history[before + step - 1] < history[before + step])
        start = history[before + step] if is_down else history[before + step - 1]
        other_start = start - (diagonal + 1 if is_down else diagonal - 1)
        end, other_end = (start, other_start + 1) if is_down else (start + 1, other_start)
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
    return first


def join_hunks(hunks: Hunks, anchor: int) -> int:
    """Make one of hunks with less than `anchor` equal characters between them; how many are left, at the beginning."""
    last = -1
    for hunk in range(len(hunks)):
        if last >= 0 and hunks[hunk, 0] - hunks[last, 1] < anchor:
            hunks[last, 1], hunks[last, 3] = hunks[hunk, 1], hunks[hunk, 3]
        else:
            last += 1
            for column in range(4):
                hunks[last, column] = hunks[hunk, column]
    return last + 1


def look_over(
    codes: Codes, starts: Indices, ends: Indices, left: Indices, right: Indices, hunks: Hunks, hunk_ends: Indices,
    traits: NDArray[np.uint8], is_telling: NDArray[np.bool_], slips: NDArray[np.int32],
) -> None:  # fmt: skip
    """Mark the hunks that may be another statement, and count in each pair the slips among the others."""
    begin = 0
    for pair in range(len(left)):
        one, other = codes[starts[left[pair]] : ends[left[pair]]], codes[starts[right[pair]] : ends[right[pair]]]
        for hunk in range(begin, hunk_ends[pair]):
            start, end, other_start, other_end = hunks[hunk, 0], hunks[hunk, 1], hunks[hunk, 2], hunks[hunk, 3]
            is_telling[hunk] = may_tell(one, start, end, other, other_start, other_end, traits)
            if not is_telling[hunk] and end - start <= 1 and other_end - other_start <= 1:
                here, there = traits_of(one, start, end, traits), traits_of(other, other_start, other_end, traits)
                slips[pair] += not ((start == end or here & GRAMMAR) and (other_start == other_end or there & GRAMMAR))
        begin = hunk_ends[pair]


def may_tell(one: Codes, start: int, end: int, other: Codes, other_start: int, other_end: int, traits: NDArray[np.uint8]) -> bool:
    """Whether a stretch for a stretch may be another statement, by the traits of their characters alone."""
    if max(end - start, other_end - other_start) >= PASSAGE:
        return False
    here, there = traits_of(one, start, end, traits), traits_of(other, other_start, other_end, traits)
    before = traits_of(one, max(start - 1, 0), start, traits), traits_of(other, max(other_start - 1, 0), other_start, traits)
    behind = traits_of(one, end, min(end + 1, len(one)), traits), traits_of(other, other_end, min(other_end + 1, len(other)), traits)
    if (here | there) & NEGATOR:
        return True
    # A number stands for another only where each text has one, in the stretch or right beside it.
    has_numbers = (here | before[0] | behind[0]) & (there | before[1] | behind[1]) & NUMBER
    is_exchange = end - start == 1 and other_end - other_start == 1 and (here ^ there) & NUMBER
    if has_numbers and (here | there) & NUMBER and not is_exchange:
        return True
    if before[0] & before[1] & NUMBER and (here | there) & UNIT:
        return True
    if start == end or other_start == other_end:
        return False
    return bool(here & there & (NAME | OPPOSITE)) or bool(behind[0] & behind[1] & AREA)


def traits_of(codes: Codes, start: int, end: int, traits: NDArray[np.uint8]) -> int:
    """The traits of all characters of a stretch together."""
    found = 0
    for place in range(start, end):
        if codes[place] < len(traits):
            found |= traits[codes[place]]
    return found
