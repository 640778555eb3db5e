from __future__ import annotations

import random
from datetime import datetime

import pytest

from healthnews.claims import contradictions
from healthnews.claims.compare import Finding, compare_claims
from healthnews.claims.contradictions import ArticleSummary, find_contradictions
from healthnews.claims.extract import extract_claims
from healthnews.claims.topics import build_topics
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.records import ArticleRow, ClaimRow, ContradictionRow
from tests.claims_seeds import SEEDS, article_row, read_seeds

LEXICON = load_lexicon()


def claims_of(articles: list[ArticleRow]) -> list[ClaimRow]:
    return [claim for article in articles for claim in extract_claims(article, LEXICON)]


def summaries(articles: list[ArticleRow]) -> dict[str, ArticleSummary]:
    return {article.article_id: ArticleSummary(article.url, article.published_at) for article in articles}


def run(articles: list[ArticleRow]) -> list[ContradictionRow]:
    return find_contradictions(claims_of(articles), summaries(articles))


def page(number: int, body: str, host: str = "a.example") -> ArticleRow:
    return article_row(f"医保问答{number}", body=body, url=f"https://{host}/{number}")


def test_equal_sentences_in_many_articles_are_one_side() -> None:
    articles = [page(i, "账户余额到年末会清零。") for i in range(30)] + [page(99, "账户余额不会清零。")]
    assert [row.status for row in run(articles)] == ["flagged"]


def test_the_order_of_claims_does_not_matter() -> None:
    bodies = [
        "账户余额会清零。",
        "账户余额不会清零。",
        "账户余额可以结转。",
        "部分地区账户余额会清零。",
        "单位缴费进入统筹基金。",
        "单位缴费划入个人账户。",
        "住院起付线为300元。",
        "住院起付线为500元。",
    ]
    articles = [page(i, body) for i, body in enumerate(bodies)]
    claims = claims_of(articles)
    expected = find_contradictions(claims, summaries(articles))
    assert expected
    for seed in range(5):
        random.Random(seed).shuffle(claims)
        assert find_contradictions(claims, summaries(articles)) == expected


def test_rows_are_sorted_by_status_score_and_id() -> None:
    rows = run(
        [page(i, body) for i, body in enumerate(["账户余额会清零。", "账户余额不会清零。", "以前账户余额会清零。", "武汉账户余额会清零。"])]
    )
    order = {"flagged": 0, "possible": 1, "scope_difference": 2}
    assert rows == sorted(rows, key=lambda r: (order[r.status], -r.score, r.contradiction_id))
    assert {row.status for row in rows} >= {"flagged", "scope_difference"}


def test_comparisons_do_not_grow_with_the_square_of_the_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []

    def counted(a: ClaimRow, b: ClaimRow, lexicon: Lexicon) -> Finding | None:
        counts[-1] += 1
        return compare_claims(a, b, lexicon)

    monkeypatch.setattr(contradictions, "compare_claims", counted)
    for size in (200, 800):
        counts.append(0)
        run([page(i, f"第{i}号窗口说账户余额{'不' if i % 2 else ''}会清零,编号{i}。") for i in range(size)])
    assert 0 < counts[1] <= counts[0] * 1.1


def test_differences_of_scope_are_capped_for_each_block() -> None:
    cities = ["武汉", "长沙", "南京", "杭州", "合肥", "福州", "南昌", "济南", "郑州", "成都", "昆明", "西安"]
    rows = run([page(i, f"{city}职工医保住院起付线为{300 + i}元。") for i, city in enumerate(cities)])
    assert {row.status for row in rows} == {"scope_difference"}
    assert len(rows) == contradictions.MAX_BLOCK_SCOPE_DIFFERENCES


def test_topics_count_publishers_not_articles() -> None:
    day = datetime(2025, 4, 1)
    articles = [
        article_row("医保一", body="账户余额会清零。", url="https://a.example/1", published_at=day),
        article_row("医保二", body="账户余额年末清零。", url="https://a.example/2"),
        article_row("医保三", body="账户余额不会清零。", url="https://b.example/3"),
    ]
    rows = {row.side: row for row in build_topics(claims_of(articles), summaries(articles)) if row.predicate == "balance_cleared"}
    assert (rows["是"].statements, rows["是"].sources, rows["是"].first_published_at) == (2, 1, day)
    assert (rows["否"].statements, rows["否"].sources) == (1, 1)


def has(rows: list[ContradictionRow], *words: str) -> bool:
    halves = [(row.a_sentence, row.b_sentence) for row in rows]
    return any((words[0] in a and words[1] in b) or (words[0] in b and words[1] in a) for a, b in halves)


@pytest.mark.skipif(not SEEDS.exists(), reason="shared/seeds is not beside this checkout")
def test_the_seed_pages_show_their_known_contradictions_and_no_false_friends() -> None:
    rows = [row for row in run(read_seeds()) if row.status == "flagged"]
    assert has(rows, "部分地区存在", "均不会")
    assert has(rows, "年度清零", "均不会")
    assert has(rows, "进入统筹账户", "划入个人账户")
    assert has(rows, "退休前个人账户", "一次性划入")
    assert not has(rows, "说法不实", "均不会")
    assert not has(rows, "25年", "武汉")
    assert not has(rows, "2.5%", "个人2%")
    assert not any(
        "居民医保" in a and "职工医保" in b for row in rows for a, b in [(row.a_sentence, row.b_sentence), (row.b_sentence, row.a_sentence)]
    )
    assert len(rows) <= 60
