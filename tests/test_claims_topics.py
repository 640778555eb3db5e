"""Topics: sides of a question, independent sources, dates, regions, and articles that contradict themselves."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest

from healthnews.claims.contradictions import ArticleSummary, find_contradictions
from healthnews.claims.extract import extract_claims
from healthnews.claims.publishers import find_originals, publisher_of, publishers
from healthnews.claims.sides import side_label
from healthnews.claims.topics import Question, build_topics, find_questions
from healthnews.language.concepts import load_lexicon
from healthnews.records import ClaimRow, ContradictionRow, DuplicateRow, MonthCount, Quantity, RegionCount, Scope, TopicRow
from healthnews.schema import from_table, to_table
from tests.claims_seeds import article_row
from tests.test_claims_statements import said

CLEARED = "个人账户的余额到了年底会清零"
KEPT = "个人账户里没有用完的钱可以一直用下去"


def no(article_id: str, sentence: str = KEPT, **more: Any) -> ClaimRow:
    values: dict[str, Any] = {"stance": -1, "polarity": "negated"} | more
    return said(article_id, sentence, **values)


def at(host: str | None, day: str | None = None, **more: Any) -> ArticleSummary:
    return ArticleSummary(
        url=f"https://{host}/x" if host else None, host=host, published_at=datetime.fromisoformat(day) if day else None, **more
    )


def copy(article_id: str, representative_id: str, kind: Any = "exact") -> DuplicateRow:
    return DuplicateRow(
        article_id=article_id,
        cluster_id=f"{kind}-{representative_id}",
        kind=kind,
        representative_id=representative_id,
        similarity=1.0,
        reason="",
    )


def clash(a: ClaimRow, b: ClaimRow, status: Any = "flagged", score: float = 0.9) -> ContradictionRow:
    return ContradictionRow(
        contradiction_id=f"con_{a.claim_id}_{b.claim_id}", type="negation", score=score, scope="same", topic=a.topic, explanation="",
        a_claim_id=a.claim_id, b_claim_id=b.claim_id, a_statement_id=a.statement_id, b_statement_id=b.statement_id,
        a_sentence=a.sentence, b_sentence=b.sentence, status=status,
    )  # fmt: skip


def rows_of(claims: list[ClaimRow], articles: dict[str, ArticleSummary] | None = None, **more: Any) -> dict[str, TopicRow]:
    return {row.side: row for row in build_topics(claims, articles or {}, **more)}


def one_of(questions: list[Question]) -> Question:
    (question,) = questions
    return question


# --- sources


@pytest.mark.parametrize(
    ("article", "publisher"),
    [
        (at("www.a.example"), "a.example"),
        (at("m.a.example"), "a.example"),
        (at("M.WWW.A.Example."), "a.example"),
        (at("news.a.example"), "news.a.example"),
        (at("m.example"), "m.example"),
        (ArticleSummary(url="https://m.a.example:8443/x"), "a.example"),
        (ArticleSummary(url="http://[broken"), ""),
        (ArticleSummary(url="file:page.html"), ""),
        (ArticleSummary(), ""),
    ],
)
def test_a_publisher_is_its_site_in_whatever_form(article: ArticleSummary, publisher: str) -> None:
    assert publisher_of(article) == publisher


def test_articles_of_one_site_are_one_source() -> None:
    row = rows_of([said("a", CLEARED), said("b", f"{CLEARED}吗{KEPT}")], {"a": at("www.a.example"), "b": at("m.a.example")})["是"]
    assert (row.statements, row.articles, row.sources) == (2, 2, 1)


def test_pages_without_a_host_are_one_source_together() -> None:
    assert rows_of([said("a", CLEARED), said("b", CLEARED)], {"a": at(None), "b": at(None)})["是"].sources == 1


@pytest.mark.parametrize(("kind", "sources"), [("exact", 1), ("near", 1), ("same_question", 2), ("template", 2)])
def test_copies_on_other_sites_are_no_further_source(kind: str, sources: int) -> None:
    articles = {"a": at("a.example", "2025-01-01"), "b": at("b.example", "2025-01-02")}
    row = rows_of([said("a", CLEARED), said("b", CLEARED)], articles, duplicates=[copy("a", "a", kind), copy("b", "a", kind)])["是"]
    assert (row.sources, row.articles, row.statements) == (sources, 2, 1)


def test_a_copy_counts_for_the_site_it_was_copied_from_and_own_work_beside_it() -> None:
    articles = {"a": at("a.example"), "copy": at("b.example"), "own": at("b.example")}
    originals = find_originals([copy("a", "a"), copy("copy", "a")], articles)
    assert publishers(["copy"], articles, originals) == ("a.example",)
    assert publishers(["a", "copy", "own"], articles, originals) == ("a.example", "b.example")


def test_an_exact_and_a_near_cluster_that_meet_have_one_original_the_earliest_reliably_dated() -> None:
    articles = {
        "a": at("a.example", "2025-03-01"),
        "b": at("b.example", "2025-02-01"),
        "c": at("c.example", "2025-01-01", has_weak_date=True),
        "d": at("d.example"),
    }
    rows = [copy("a", "a"), copy("b", "a"), copy("b", "b", "near"), copy("c", "b", "near"), copy("c", "c", "near"), copy("d", "c", "near")]
    assert set(find_originals(rows, articles).values()) == {"b"}
    assert find_originals(rows[::-1], articles) == find_originals(rows, articles)


def test_a_copy_of_an_article_that_is_gone_is_still_a_source() -> None:
    assert rows_of([said("a", CLEARED)], {"a": at("a.example")}, duplicates=[copy("a", "gone")])["是"].sources == 1


# --- dates


def test_missing_dates_are_counted_and_weak_ones_give_way_to_others() -> None:
    articles = {
        "a": at("a.example", "2025-04-10"),
        "b": at("b.example", "2025-06-01"),
        "weak": at("c.example", "2025-01-01", has_weak_date=True),
        "none": at("d.example"),
    }
    row = rows_of([said(name, CLEARED) for name in articles], articles)["是"]
    assert (row.articles, row.undated, row.weakly_dated) == (4, 1, 1)
    assert (row.first_published_at, row.last_published_at) == (datetime(2025, 4, 10), datetime(2025, 6, 1))


def test_weak_dates_are_given_where_there_is_no_other() -> None:
    row = rows_of([said("a", CLEARED)], {"a": at("a.example", "2025-01-01", has_weak_date=True)})["是"]
    assert row.first_published_at == datetime(2025, 1, 1)
    assert row.months == (MonthCount(month="2025-01", statements=1, weakly_dated=1),)


def test_a_statement_counts_once_in_each_month_in_which_it_is_made() -> None:
    articles = {
        "a": at("a.example", "2025-04-10"), "b": at("b.example", "2025-04-20"), "c": at("c.example", "2025-06-01", has_weak_date=True),
        "d": at("d.example", "2025-06-02"), "e": at("e.example"), "f": at("f.example"),
    }  # fmt: skip
    claims = [said(name, CLEARED) for name in "abce"] + [said("d", f"另一种说法是{KEPT}"), said("f", "这一句话从来没有日期")]
    assert rows_of(claims, articles)["是"].months == (
        MonthCount(month="2025-04", statements=1),
        MonthCount(month="2025-06", statements=2, weakly_dated=1),
        MonthCount(month=None, statements=1),
    )


def test_an_article_nothing_is_known_of_is_undated_and_of_no_host() -> None:
    row = rows_of([said("a", CLEARED)])["是"]
    assert (row.undated, row.sources, row.first_published_at, row.months) == (1, 1, None, (MonthCount(month=None, statements=1),))


# --- sides


@pytest.mark.parametrize("past", [{"frame": "past"}, {"scope": Scope(period="past")}, {"scope": Scope(period="../2022-01-01")}], ids=str)
def test_what_was_so_in_the_past_is_no_side_today(past: dict[str, Any]) -> None:
    assert rows_of([said("a", CLEARED, **past), no("b")]).keys() == {"否"}


@pytest.mark.parametrize("predicate", ["free_act", "free_figure"])
def test_free_statements_have_no_topic(predicate: str) -> None:
    assert build_topics([said("a", CLEARED, predicate=predicate)], {}) == []


@pytest.mark.parametrize(
    ("claim", "side"),
    [
        (said("a", CLEARED), "是"),
        (no("a"), "否"),
        (said("a", CLEARED, predicate="deductible", stance=0, quantity=Quantity(low=500, high=500, unit="元")), "500元"),
        (said("a", CLEARED, predicate="money_flow", payer="employer", pool="pooled_fund"), "单位缴费进入统筹账户"),
        (said("a", CLEARED, predicate="money_flow", payer="government", pool="pooled_fund"), "政府补贴进入统筹账户"),
        (said("a", CLEARED, predicate="money_flow", payer=None, pool="personal_account"), "进入个人账户"),
        (said("a", CLEARED, predicate="contribution_rate", payer="individual", quantity=Quantity(low=2, high=2, unit="%")), "个人2%"),
        (said("a", CLEARED, predicate="gone_from_the_lexicon"), "是"),
    ],
)
def test_the_side_is_what_a_claim_answers(claim: ClaimRow, side: str) -> None:
    assert side_label(claim) == side


def test_a_question_about_things_is_one_for_each_thing() -> None:
    claims = [
        said("a", "可以吃西瓜", predicate="may_eat", topic="能不能吃", subject="西瓜", scope=Scope(item="西瓜")),
        no("b", "不能吃苹果", predicate="may_eat", topic="能不能吃", subject="苹果", scope=Scope(item="苹果")),
        no("c", "不能吃西瓜和苹果", predicate="may_eat", topic="能不能吃", subject="苹果+西瓜", scope=Scope(item="苹果+西瓜")),
    ]
    rows = build_topics(claims, {})
    assert [(row.item, row.side, row.statements, row.is_contested) for row in rows] == [
        ("苹果", "否", 2, False),
        ("西瓜", "否", 1, True),
        ("西瓜", "是", 1, True),
    ]


# --- contested


def test_yes_and_no_of_one_thing_is_contested_and_stands_first() -> None:
    claims = [said("z", CLEARED, topic="另一个主题", predicate="account_withdrawal"), said("a", CLEARED), no("b")]
    questions = find_questions(claims, {})
    assert [(question.topic, question.is_contested) for question in questions] == [("年底清零", True), ("另一个主题", False)]


@pytest.mark.parametrize(
    ("a", "b", "is_contested"),
    [
        (Scope(insurance="employee"), Scope(insurance="resident"), False),
        (Scope(insurance="employee"), Scope(), True),
        (Scope(region="湖北省/武汉"), Scope(region="湖南省/长沙"), False),
        (Scope(region="some_regions"), Scope(), True),
        (Scope(population="retired"), Scope(population="working"), False),
        (Scope(condition="断缴后"), Scope(), True),
    ],
)
def test_sides_that_cannot_meet_in_one_scope_do_not_oppose_each_other(a: Scope, b: Scope, is_contested: bool) -> None:
    assert one_of(find_questions([said("a", CLEARED, scope=a), no("b", scope=b)], {})).is_contested is is_contested


def test_other_things_do_not_oppose_each_other() -> None:
    open_claims = [
        said("a", "睡姿会影响长高", predicate="affects", topic="是否影响", subject="睡姿", scope=Scope(item="长高")),
        no("b", "喝水不影响长高", predicate="affects", topic="是否影响", subject="喝水", scope=Scope(item="长高")),
    ]
    assert not one_of(find_questions(open_claims, {})).is_contested


def test_amounts_oppose_each_other_only_where_a_contradiction_says_so() -> None:
    amounts = [
        said(name, f"起付线为{low}元", predicate="deductible", stance=0, quantity=Quantity(low=low, high=low, unit="元"))
        for name, low in (("a", 500), ("b", 700))
    ]
    few, many = amounts
    assert not one_of(find_questions(amounts, {})).is_contested
    assert one_of(find_questions(amounts, {}, contradictions=[clash(few, many)])).is_contested
    assert not one_of(find_questions(amounts, {}, contradictions=[clash(few, many, "possible")])).is_contested


def test_one_payer_in_two_accounts_is_contested_two_payers_are_not() -> None:
    def flow(name: str, payer: str, pool: str) -> ClaimRow:
        return said(name, f"{payer}{pool}", predicate="money_flow", topic="缴费去向", payer=payer, pool=pool)

    employer, individual = flow("a", "employer", "pooled_fund"), flow("b", "individual", "personal_account")
    assert not one_of(find_questions([employer, individual], {})).is_contested
    assert one_of(find_questions([employer, flow("c", "employer", "personal_account")], {})).is_contested


# --- contradictions


@pytest.mark.parametrize(
    ("status", "count"),
    [("flagged", 1), ("accepted", 1), ("possible", 0), ("rejected", 0), ("suppressed", 0), ("scope_difference", 0)],
)
def test_only_contradictions_that_stand_are_counted(status: str, count: int) -> None:
    yes, other = said("a", CLEARED), no("b")
    question = one_of(find_questions([yes, other], {}, contradictions=[clash(yes, other, status)]))
    assert len(question.contradictions) == count
    assert [side.row.contradictions for side in question.sides] == [count, count]


def test_pairs_of_near_duplicates_are_one_contradiction_between_two_statements() -> None:
    long = "按照这里的规定，职工医保个人账户里没有用完的钱到了年底会清零"
    yes = [said("a", long), said("b", f"{long}哦")]
    other = no("c")
    rows = [clash(yes[0], other, score=0.8), clash(yes[1], other, score=0.9)]
    question = one_of(find_questions([*yes, other], {}, contradictions=rows))
    assert [row.score for row in question.contradictions] == [0.9]
    assert {side.label: (side.row.statements, side.row.contradictions) for side in question.sides} == {"是": (1, 1), "否": (1, 1)}


def test_an_article_that_says_both_contradicts_itself_also_when_others_are_named_as_witnesses() -> None:
    yes, other = said("a", CLEARED), no("b", start=50)
    both = [said("c", CLEARED), no("c", start=50)]
    rows = build_topics([yes, other, *both], {}, contradictions=[clash(yes, other)])
    assert {row.side: row.self_contradicting for row in rows} == {"是": ("c",), "否": ("c",)}
    question = one_of(find_questions([yes, other, *both], {}, contradictions=[clash(yes, other)]))
    (one,) = question.self_contradictions
    assert (one.article_id, one.a, one.b) == ("c", *both)


def test_no_article_contradicts_itself_by_a_contradiction_between_two_articles_or_one_that_was_rejected() -> None:
    yes, other = said("a", CLEARED), no("b")
    assert not one_of(find_questions([yes, other], {}, contradictions=[clash(yes, other)])).self_contradictions
    both = said("c", CLEARED), no("c", start=50)
    assert not one_of(find_questions(both, {}, contradictions=[clash(*both, status="rejected")])).self_contradictions


def test_a_contradiction_whose_claim_is_gone_is_no_reason_to_stop() -> None:
    yes, other = said("a", CLEARED), no("b")
    question = one_of(find_questions([yes], {}, contradictions=[clash(yes, other)]))
    assert (question.is_contested, question.self_contradictions) == (False, ())


# --- regions


def test_regions_are_counted_one_by_one_and_the_unnamed_stand_last() -> None:
    claims = [
        said("a", CLEARED),
        said("b", f"武汉和长沙{CLEARED}", scope=Scope(region="湖北省/武汉+湖南省/长沙")),
        said("c", f"武汉{CLEARED}", scope=Scope(region="湖北省/武汉")),
        said("d", f"武汉{CLEARED}", scope=Scope(region="湖北省/武汉")),
    ]
    assert rows_of(claims)["是"].regions == (
        RegionCount(region="湖北省/武汉", statements=2, articles=3),
        RegionCount(region="湖南省/长沙", statements=1, articles=1),
        RegionCount(region=None, statements=1, articles=1),
    )


# --- the whole


def test_the_sentence_shown_is_that_of_an_original_with_a_reliable_date() -> None:
    articles = {
        "copy": at("a.example", "2025-01-01"), "weak": at("b.example", "2025-01-01", has_weak_date=True),
        "late": at("c.example", "2025-03-01"), "early": at("d.example", "2025-02-01"), "original": at("z.example"),
    }  # fmt: skip
    claims = [said(name, CLEARED) for name in articles] + [said("stub", CLEARED, origin="snippet")]
    question = one_of(find_questions(claims, articles, [copy("copy", "original"), copy("original", "original")]))
    (statement,) = question.sides[0].statements
    assert statement.articles == ("early", "late", "weak", "original", "copy", "stub")


def test_read_pages_give_the_same_rows_in_any_order_and_survive_arrow() -> None:
    lexicon = load_lexicon()
    bodies = {
        "a.example": "职工医保个人账户的余额年底不会清零。单位缴费进入统筹基金。",
        "b.example": "职工医保个人账户的余额年底会清零。\n职工医保个人账户余额不会清零。",
        "c.example": "职工医保个人账户的余额年底不会清零，大家可以放心。武汉职工医保住院起付线为500元。",
        "d.example": "武汉职工医保住院起付线为800元。单位缴费划入个人账户。",
    }
    pages = [article_row(f"医保问答{host}", body=body, url=f"https://{host}/1") for host, body in bodies.items()]
    articles = {page.article_id: ArticleSummary(url=page.url) for page in pages}
    claims = [claim for page in pages for claim in extract_claims(page, lexicon)]
    contradictions = find_contradictions(claims, articles)
    expected = build_topics(claims, articles, (), contradictions)
    cleared = {row.side: row for row in expected if row.predicate == "balance_cleared"}
    assert cleared["是"].is_contested
    assert cleared["是"].self_contradicting == cleared["否"].self_contradicting != ()
    assert from_table(TopicRow, to_table(TopicRow, expected)) == expected
    for seed in range(4):
        random.Random(seed).shuffle(claims)
        random.Random(seed).shuffle(contradictions)
        assert build_topics(claims, articles, (), contradictions) == expected
