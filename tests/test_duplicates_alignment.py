"""The edit script between two texts is right, and there is no shorter one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from healthnews.duplicates.alignment import MAX_EDITS, MIN_ANCHOR, align, edit_limits, find_path, history_of
from healthnews.duplicates.shingles import Codes, codes_of

SHORT = st.text("会不清年", max_size=14)


def codes(text: str) -> Codes:
    return codes_of([text])[0]


def distance(one: str, other: str) -> int:
    """Characters to add and take away, from the longest common subsequence."""
    longest = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            longest[i + 1][j + 1] = longest[i][j] + 1 if a == b else max(longest[i][j + 1], longest[i + 1][j])
    return len(one) + len(other) - 2 * longest[-1][-1]


def applied(one: str, other: str, hunks: list[list[int]]) -> str:
    pieces, place = [], 0
    for start, end, other_start, other_end in hunks:
        pieces += [one[place:start], other[other_start:other_end]]
        place = end
    return "".join([*pieces, one[place:]])


@given(SHORT, SHORT)
def test_the_least_hunks_turn_one_text_into_the_other_with_as_few_edits_as_can_be(one: str, other: str) -> None:
    hunks = align(codes(one), codes(other), anchor=1)
    assert hunks is not None
    assert applied(one, other, hunks.tolist()) == other
    assert int((hunks[:, 1::2] - hunks[:, ::2]).sum()) == distance(one, other)


@given(SHORT, SHORT)
def test_hunks_stand_apart_by_an_anchor(one: str, other: str) -> None:
    hunks = align(codes(one), codes(other))
    assert hunks is not None
    assert applied(one, other, hunks.tolist()) == other
    assert all(after[0] - before[1] >= MIN_ANCHOR for before, after in zip(hunks.tolist(), hunks.tolist()[1:], strict=False))


@given(SHORT, SHORT, st.integers(0, 30))
def test_more_edits_than_the_limit_are_not_followed(one: str, other: str, limit: int) -> None:
    found = find_path(codes(one), codes(other), limit, history_of(limit))[0]
    assert found == (distance(one, other) if distance(one, other) <= limit else -1)


def test_texts_too_far_apart_are_not_aligned() -> None:
    assert align(codes("医" * (MAX_EDITS + 1)), codes("")) is None
    assert align(codes("医" * MAX_EDITS), codes("")) is not None


def test_the_longer_two_texts_are_the_fewer_edits_are_followed() -> None:
    assert edit_limits(np.array([0, 3, 5_000, 10**6, 10**9])).tolist() == [0, 3, MAX_EDITS, 99, 0]
