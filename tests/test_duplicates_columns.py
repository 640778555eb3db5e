"""Answers in Arrow columns are found as those in memory are."""

from __future__ import annotations

import pyarrow as pa
import pytest

from healthnews.duplicates.boilerplate import blank_boilerplate
from healthnews.duplicates.columns import AnswerColumns
from healthnews.duplicates.near import Answer, find_near
from tests.test_duplicates_near import BODY, TITLE, written

NOTICE = "提示:本内容不能代替面诊。"


def columns(answers: list[Answer], kind: pa.DataType, chunks: int) -> AnswerColumns:
    size = -(-len(answers) // chunks)
    parts = [answers[start : start + size] for start in range(0, len(answers), size)]
    titles, texts = (pa.chunked_array([pa.array([answer[field] for answer in part], kind) for part in parts]) for field in (0, 1))
    return AnswerColumns(titles, texts)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_they_are_read_by_index_and_slice_with_their_boilerplate_blanked(kind: pa.DataType) -> None:
    answers = [Answer(f"{number}号问题", f"{number}号答案:{BODY}{NOTICE * (number % 2)}") for number in range(10)]
    expected = [Answer(answer.title, blank_boilerplate(answer.text)) for answer in answers]
    held = columns(answers, kind, 3)
    assert [*held] == expected
    # Again, now that it is known where each answer stands in its text.
    assert (held[2:7], held[-1], [*held], len(held)) == (expected[2:7], expected[-1], expected, 10)
    with pytest.raises(IndexError):
        held[10]


def test_null_is_empty() -> None:
    held = AnswerColumns(pa.chunked_array([pa.array([None, "问"])]), pa.chunked_array([pa.array(["答", None])]))
    assert [*held] == [Answer("", "答"), Answer("问", "")]


def test_the_same_is_found_as_among_answers_in_memory() -> None:
    answers = [*written(60), Answer(TITLE, BODY), Answer(TITLE, BODY + NOTICE)]
    blanked = [Answer(answer.title, blank_boilerplate(answer.text)) for answer in answers]
    assert find_near(columns(answers, pa.string(), 4)) == find_near(blanked)
