from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime
from itertools import combinations, product

import pytest

from benchmarks.statements import StatementWriter
from healthnews.claims import candidates, contradictions
from healthnews.claims.compare import Finding, compare_claims
from healthnews.claims.confidence import FLAG_THRESHOLD
from healthnews.claims.contradictions import ArticleSummary, compare_all, find_contradictions
from healthnews.claims.extract import extract_claims
from healthnews.claims.topics import build_topics
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.language.normalise import half_width
from healthnews.records import ArticleRow, ClaimRow, ContradictionRow
from tests.claims_seeds import SEEDS, article_row, read_seeds

LEXICON = load_lexicon()
KINDS = {
    (c.kind, c.is_open, bool(c.subject), bool(c.items)): c for c in sorted(LEXICON.concepts.values(), key=lambda c: c.id) if c.examples
}


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

    def counted(a: ClaimRow, b: ClaimRow, lexicon: Lexicon, *, is_sought: bool) -> Finding | None:
        counts[-1] += 1
        return compare_claims(a, b, lexicon, is_sought=is_sought)

    monkeypatch.setattr(contradictions, "compare_claims", counted)
    for size in (200, 800):
        counts.append(0)
        run([page(i, f"第{i}号窗口说账户余额{'不' if i % 2 else ''}会清零,编号{i}。") for i in range(size)])
    assert 0 < counts[1] <= counts[0] * 1.1


def test_differences_of_scope_are_capped_for_each_block() -> None:
    cities = ["武汉", "长沙", "南京", "杭州", "合肥", "福州", "南昌", "济南", "郑州", "成都", "昆明", "西安"]
    rows = run([page(i, f"{city}职工医保住院起付线为{300 + i}元。") for i, city in enumerate(cities)])
    assert {row.status for row in rows} == {"scope_difference"}
    assert len(rows) == contradictions.MAX_BLOCK_ROWS["scope_difference"]


def test_what_is_not_listed_is_counted() -> None:
    cities = ["武汉", "长沙", "南京", "杭州", "合肥", "福州", "南昌", "济南", "郑州", "成都", "昆明", "西安"]
    found = compare_all(claims_of([page(i, f"{city}职工医保住院起付线为{300 + i}元。") for i, city in enumerate(cities)]), {})
    possible = len(cities) * (len(cities) - 1) // 2
    assert (found.claims, found.statements, found.compared, found.not_compared) == (12, 12, possible, 0)
    assert found.not_listed == {"scope_difference": possible - len(found.rows)}
    assert [(cut.predicate, cut.statements) for cut in found.cuts] == [("deductible", 12)]


def test_blocks_that_fit_the_budget_lose_no_pair() -> None:
    """Concepts of every kind, one of each, against all pairs of all their claims."""
    writer = StatementWriter(LEXICON, seed=3)
    claims = claims_of([page(i, "".join(writer.write_about(concept) for concept in KINDS.values())) for i in range(25)])
    found = compare_all(claims, {}, LEXICON)
    cut = {c.predicate for c in found.cuts if c.not_compared}
    rows = {(row.a_statement_id, row.b_statement_id): row.status for row in found.rows if row.status != "scope_difference"}
    expected: dict[tuple[str, str], str] = {}
    for a, b in combinations(claims, 2):
        if a.predicate != b.predicate or a.predicate in cut or half_width(a.sentence) == half_width(b.sentence):
            continue
        finding = compare_claims(a, b, LEXICON, is_sought=True)
        if finding is not None and finding.type and finding.label != "scoped_difference":
            is_flagged = finding.label == "contradict" and finding.score >= FLAG_THRESHOLD
            pair = (min(a.statement_id, b.statement_id), max(a.statement_id, b.statement_id))
            expected[pair] = "flagged" if is_flagged or expected.get(pair) == "flagged" else "possible"
    assert len(expected) > 100
    assert {pair: status for pair, status in rows.items() if pair in expected} == expected


def test_free_objects_meet_when_they_are_alike_and_not_only_when_they_are_equal() -> None:
    rows = run([page(1, "进园必须领取绿色通行证。"), page(2, "进园无需领取绿色通行证件。"), page(3, "进园无需领取雨伞。")])
    assert [(row.rule, "雨伞" in row.a_sentence + row.b_sentence) for row in rows] == [("modality:free_act", False)]


def test_a_contradiction_within_one_place_and_year_is_found_in_a_block_of_thousands() -> None:
    """A million differences of place and year are around it."""
    cities = ["武汉市", "长沙市", "南京市", "杭州市", "合肥市", "福州市", "南昌市", "济南市", "郑州市", "成都市"]
    bodies = [
        f"{city}{2000 + year}年居民医保住院报销比例为{50 + number}%,编号{line}。"
        for number, city in enumerate(cities)
        for year in range(20)
        for line in range(8)
    ]
    odd = "济南市2007年居民医保住院报销比例为95%。"
    articles = [page(i, body) for i, body in enumerate([*bodies, odd])]
    found = compare_all(claims_of(articles), summaries(articles))
    flagged = [row for row in found.rows if row.status == "flagged"]
    assert found.not_compared > 1_000_000
    assert flagged
    assert all("95%" in row.a_sentence + row.b_sentence for row in flagged)
    assert all("济南市2007年" in row.a_sentence and "济南市2007年" in row.b_sentence for row in flagged)
    assert found.compared <= candidates.PAIRS_A_STATEMENT * found.statements


def test_a_general_statement_meets_particular_ones_of_a_large_block() -> None:
    cities = ["武汉市", "长沙市", "南京市", "杭州市", "合肥市", "福州市", "南昌市", "济南市", "郑州市", "成都市"]
    bodies = [f"{city}{2010 + year}年账户余额会清零,编号{line}。" for city in cities for year in range(10) for line in range(5)]
    bodies += [f"{city}{2010 + year}年账户余额可能不会清零,编号{line}。" for city in cities for year in range(10) for line in range(5)]
    articles = [page(i, body) for i, body in enumerate([*bodies, "全国账户余额一律不会清零。"])]
    found = compare_all(claims_of(articles), summaries(articles))
    assert found.not_compared > 0
    general = [row for row in found.rows if row.status == "flagged" and "全国" in row.a_sentence + row.b_sentence]
    assert {city for city in cities for row in general if city in row.a_sentence + row.b_sentence} == set(cities)


def test_ten_thousand_statements_on_each_side_give_a_bounded_number_of_rows() -> None:
    yes = claims_of([page(1, "账户余额会清零。")])[0]
    no = claims_of([page(2, "账户余额不会清零。")])[0]
    claims = [
        replace(claim, claim_id=f"clm_{name}{i}", statement_id=f"stm_{name}{i}", sentence=f"{claim.sentence}{i}")
        for name, claim in (("a", yes), ("b", no))
        for i in range(10_000)
    ]
    found = compare_all(claims, {})
    assert len(found.rows) == contradictions.MAX_BLOCK_ROWS["flagged"]
    assert found.compared == candidates.MAX_SPEAKERS**2
    assert found.not_compared == 10_000**2 - found.compared


def test_every_scope_is_listed_before_pairs_of_two_scopes_and_before_any_is_listed_twice() -> None:
    cities = ["武汉市", "长沙市", "南京市", "杭州市", "合肥市", "福州市", "南昌市", "济南市", "郑州市", "成都市"]
    places = [f"{city}{year}年{group}" for city in cities for year in range(2010, 2020) for group in ("", "退休人员")]
    bodies = [f"{place}账户余额{said}清零,编号{line}。" for place in places for said in ("会", "不会") for line in range(3)]
    found = compare_all(claims_of([page(i, body) for i, body in enumerate(bodies)]), {})
    flagged = [row for row in found.rows if row.status == "flagged"]
    assert len(flagged) == contradictions.MAX_BLOCK_ROWS["flagged"]
    assert found.not_listed["flagged"] > 0
    listed = {
        place for place in places for row in flagged if row.a_sentence.startswith(f"{place}账") and row.b_sentence.startswith(f"{place}账")
    }
    assert listed == set(places)


def test_a_wanted_pair_is_listed_whatever_is_cut() -> None:
    articles = [page(i, f"第{i}号窗口说账户余额{'不' if i % 2 else ''}会清零,编号{i}。") for i in range(200)]
    claims = claims_of(articles)
    shown = {(row.a_statement_id, row.b_statement_id) for row in find_contradictions(claims, {})}
    yes, no = ({c.statement_id for c in claims if c.predicate == "balance_cleared" and c.stance == stance} for stance in (1, -1))
    hidden = next(pair for pair in product(sorted(yes), sorted(no)) if tuple(sorted(pair)) not in shown)
    rows = compare_all(claims, {}, wanted=[hidden, ("stm_gone", hidden[1])]).rows
    assert {(row.a_statement_id, row.b_statement_id) for row in rows} == shown | {tuple(sorted(hidden))}


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
