"""Slices by code points are those that Python makes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from healthnews.dataset.text_columns import are_slices, first_bytes

_TEXTS = st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=90)), min_size=1, max_size=6)


@given(_TEXTS, st.data())
def test_a_slice_is_that_of_python(texts: list[str | None], data: st.DataObject) -> None:
    places = st.tuples(st.integers(0, len(texts) - 1), st.integers(-1, 95), st.integers(-1, 95))
    asked = data.draw(st.lists(places, min_size=1, max_size=8))
    wanted, right = [], []
    for row, start, end in asked:
        text = texts[row]
        own = "" if text is None else text[max(start, 0) : max(end, 0)]
        given_text = own if data.draw(st.booleans()) else data.draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=3))
        wanted.append(given_text)
        right.append(text is not None and 0 <= start < end <= len(text) and text[start:end] == given_text)
    sliced = pa.array([None, "前", *texts, "后"], pa.string()).slice(2, len(texts))  # a column is often a part of another
    rows, starts, ends = (np.array(column, np.int64) for column in zip(*asked, strict=True))
    assert are_slices(sliced, rows, starts, ends, pa.array(wanted, pa.string())).tolist() == right


def test_a_long_text_is_searched_behind_its_first_words() -> None:
    text = "医a\U00020000" * 1000 + "末尾。"
    texts = pa.array(["", None, text])
    places = np.array([2998, 3000, 3001]), np.array([3001, 3003, 3004])
    wanted = pa.array([text[2998:3001], "末尾。", "尾。?"])
    assert are_slices(texts, np.array([2, 2, 2]), *places, wanted).tolist() == [True, True, False]


def test_first_bytes_are_in_the_order_of_the_texts() -> None:
    texts = sorted(["", "a", "a_0", "a_00000", "a_000000", "a_0000001", "a_0000002", "b", "\u533b", "\u533b\u4fdd\u91d1", "\U00020000"])
    numbers = first_bytes(pa.array(["before", *texts])[1:])
    assert (np.diff(numbers.astype(object)) >= 0).all()
    assert len(set(numbers.tolist())) == len(texts) - 2
