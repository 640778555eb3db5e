"""Duplicates are marked, explained, and never merge what differs in a number or a negator."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.duplicates.clusters import find_duplicates
from healthnews.language.normalise import text_key
from healthnews.language.titles import canonical_question
from healthnews.records import ArticleRow
from tests.conftest import SEEN_AT

ANSWER = "参保人在定点医院住院,先付起付线以内的部分,超过的部分按比例由基金支付,其余由本人承担,出院时一次结清,不用自己跑窗口。"


def article(key: str, title: str, body: str | None = None, published_at: datetime | None = None) -> ArticleRow:
    return ArticleRow(
        article_id=key, record="stub" if body is None else "page", title=title, body=body, published_at=published_at, parser="p",
        parser_version="1", capture_id="c", first_seen_at=SEEN_AT, last_seen_at=SEEN_AT,
    )  # fmt: skip


def clusters(kind: str, *articles: ArticleRow) -> list[set[str]]:
    found: dict[str, set[str]] = {}
    for row in find_duplicates(articles):
        if row.kind == kind:
            found.setdefault(row.cluster_id, set()).add(row.article_id)
    return list(found.values())


def test_equal_texts_apart_from_marks_and_spaces_are_exact_duplicates() -> None:
    again = ANSWER.replace(",", ", ").replace("。", ".")
    assert clusters("exact", article("a", "住院怎么付钱", ANSWER), article("b", "住院费用的支付", again)) == [{"a", "b"}]


@pytest.mark.parametrize(("old", "new"), [("先付", "不付"), ("按比例", "按80%比例"), ("一次结清", "3次结清")])
def test_a_changed_negator_or_number_keeps_two_texts_apart(old: str, new: str) -> None:
    assert clusters("exact", article("a", "甲", ANSWER), article("b", "乙", ANSWER.replace(old, new))) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024年起付线", "2025年起付线"),
        ("山东菏泽住院怎么付钱", "山东聊城住院怎么付钱"),
        ("职工医保住院怎么付钱", "居民医保住院怎么付钱"),
        ("住院要付钱吗", "住院不要付钱吗"),
    ],
)
def test_equal_texts_under_titles_that_differ_in_what_matters_stay_apart(one: str, other: str) -> None:
    assert clusters("exact", article("a", one, ANSWER), article("b", other, ANSWER)) == []


def test_short_answers_are_no_evidence_of_copying() -> None:
    assert clusters("exact", article("a", "甲能报销吗", "可以报销。"), article("b", "乙能报销吗", "可以报销。")) == []


def test_titles_that_ask_alike_are_the_same_question_stubs_too() -> None:
    found = clusters(
        "same_question", article("a", "怎样办理异地备案"), article("b", "如何办理异地备案?", ANSWER), article("c", "怎样取消异地备案")
    )
    assert found == [{"a", "b"}]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024年居民医保交多少钱", "2025年居民医保交多少钱"),
        ("医保断缴能报销吗", "医保断缴不能报销吗"),
        ("山东菏泽医保怎么查", "山东聊城医保怎么查"),
        ("职工医保怎么退费", "居民医保怎么退费"),
        ("血压2.5怎么办", "血压25怎么办"),
    ],
)
def test_titles_that_differ_in_what_matters_are_different_questions(one: str, other: str) -> None:
    assert canonical_question(one) != canonical_question(other)


def test_the_page_represents_and_the_reason_says_so() -> None:
    rows = find_duplicates([article("a", "怎样办理异地备案"), article("b", "如何办理异地备案?", ANSWER)])
    assert {row.representative_id for row in rows} == {"b"}
    assert "only one whose page is known" in next(row.reason for row in rows if row.article_id == "b")


def test_the_earliest_dated_represents() -> None:
    rows = find_duplicates([article("a", "甲", ANSWER), article("b", "甲", ANSWER, datetime(2025, 1, 1)), article("c", "甲", ANSWER)])
    assert {row.representative_id for row in rows} == {"b"}


@given(st.permutations(range(6)))
def test_the_order_of_articles_does_not_matter(order: list[int]) -> None:
    articles = [article(f"a{n}", f"{'怎样' if n % 2 else '如何'}办理第{n % 3}类备案", ANSWER if n < 4 else None) for n in range(6)]
    assert find_duplicates(articles[n] for n in order) == find_duplicates(articles)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("报销 2.5%!", "报销2.5%"),
        ("3-6 个月", "3-6个月"),
        ("3--6", "36"),
        ("第3-条\u3000第-6条", "第3条第6条"),
        ("(3)", "3"),
        ("A_b\u200b·C", "abc"),
        ("……", ""),
    ],
)
def test_a_text_key_keeps_one_mark_between_digits_and_no_other(text: str, key: str) -> None:
    assert text_key(text) == key


@given(st.text(max_size=80))
def test_a_text_key_is_its_own_key(text: str) -> None:
    key = text_key(text)
    assert text_key(key) == key
