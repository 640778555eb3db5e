"""Titles that ask the same have one canonical form; titles that only look so never have."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from healthnews.language.title_forms import FORMS, to_shared_forms
from healthnews.language.titles import canonical_question
from tests.title_pairs import BEYOND, DIFFERENT, SAME


@pytest.mark.parametrize(("one", "other"), SAME)
def test_titles_that_ask_the_same_in_other_words_of_asking_are_one_question(one: str, other: str) -> None:
    assert canonical_question(one) == canonical_question(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_titles_that_only_look_alike_are_two_questions(one: str, other: str) -> None:
    assert canonical_question(one) != canonical_question(other)


@pytest.mark.parametrize(("one", "other"), BEYOND)
def test_other_words_than_those_of_asking_are_beyond_a_table(one: str, other: str) -> None:
    assert canonical_question(one) != canonical_question(other)


WORDS = [*(form.needs for form in FORMS), *(form.shared for form in FORMS if "\\" not in form.shared), "头", "2025", "不", "2.5"]


@given(st.lists(st.sampled_from(WORDS), max_size=8).map("".join))
@example("城镇职工基本医疗保险需不需要备案")
def test_rules_are_found_by_what_they_need_just_as_if_each_were_tried(text: str) -> None:
    tried = text
    for _, pattern, shared in FORMS:
        tried = pattern.sub(shared, tried)
    assert to_shared_forms(text) == tried


@given(st.text(max_size=60))
def test_any_title_has_a_canonical_form(title: str) -> None:
    assert canonical_question(title) == canonical_question(f" {title} ")


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("[2025年]居民医保交多少钱", "2025年居民医保缴多少钱"),
        ("【健康问答】头晕该挂哪个科室?", "头晕挂什么科"),
        ("医保断缴怎么办?_某某健康网", "医保断缴怎么办"),
        ("血压2.5-3.5怎么办", "血压2.5-3.5怎么办"),
        ("一文读懂", "一文读懂"),
    ],
)
def test_the_form_reads_as_a_title_does(title: str, form: str) -> None:
    assert canonical_question(title) == form
