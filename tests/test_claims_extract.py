from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthnews.claims.extract import extract_claims
from healthnews.language.concepts import load_lexicon
from healthnews.records import ArticleRow, ClaimRow
from tests.claims_seeds import SEEDS, article_row, read_seeds

LEXICON = load_lexicon()
ALPHABET = (
    "医保个人账户余额不会清零报销可以,。;:()“”、\n 1234.%元年一二三单位缴费进入统筹若则后的是否均部分地区曾2025自起疫苗接种糖尿病吃西瓜"
)
TEXT = st.text(alphabet=ALPHABET, max_size=200)


def claims_of(body: str, title: str = "医保问答") -> list[ClaimRow]:
    return extract_claims(article_row(title, body=body), LEXICON)


def one(body: str, predicate: str, title: str = "医保问答") -> ClaimRow:
    found = [claim for claim in claims_of(body, title) if claim.predicate == predicate]
    assert len(found) == 1, found
    return found[0]


def spans_are_exact(article: ArticleRow, claims: list[ClaimRow]) -> None:
    for claim in claims:
        text = getattr(article, claim.origin)
        assert text[claim.start : claim.end] == claim.sentence
        assert claim.start <= claim.cue_start < claim.cue_end <= claim.end


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, TEXT, st.booleans())
def test_any_text_gives_exact_spans(title: str, body: str, snippet: str, is_page: bool) -> None:
    article = article_row(title, body=body if is_page else None, snippet=snippet)
    claims = extract_claims(article, LEXICON)
    spans_are_exact(article, claims)
    assert len({claim.claim_id for claim in claims}) == len(claims)
    assert claims == extract_claims(article, LEXICON)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=150))
def test_text_of_any_script_never_fails(text: str) -> None:
    article = article_row("医保", body=text)
    spans_are_exact(article, extract_claims(article, LEXICON))


def test_the_subject_is_inherited_from_heading_and_title() -> None:
    assert one("一、个人账户的钱\n到了年末全部清零。", "balance_cleared", "答疑").anchored == "heading"
    assert one("到了年末全部清零。", "balance_cleared", "个人账户余额").anchored == "title"
    assert not [c for c in claims_of("到了年末全部清零。", "库存管理") if c.predicate == "balance_cleared"]


def test_scope_is_inherited_clause_by_clause() -> None:
    claim = one("住院起付线为700元。", "deductible", "武汉居民医保待遇")
    assert (claim.scope.region, claim.scope.insurance, claim.scope.setting) == ("湖北省/武汉", "resident", "inpatient")
    own = one("长沙的住院起付线为650元。", "deductible", "武汉居民医保待遇")
    assert own.scope.region == "湖南省/长沙"


def test_a_title_that_asks_is_no_claim_and_one_that_tells_is() -> None:
    assert not extract_claims(article_row("孕妇能吃螃蟹吗", body=""), LEXICON)
    told = extract_claims(article_row("孕妇不能吃螃蟹", body=""), LEXICON)
    assert {(c.origin, c.stance) for c in told if c.predicate == "may_eat"} == {("title", -1)}


def test_a_page_with_a_body_ignores_its_snippet() -> None:
    claims = extract_claims(article_row("医保", body="账户余额不会清零。", snippet="账户余额会清零。"), LEXICON)
    assert {claim.origin for claim in claims} == {"body"}


def test_a_cut_snippet_loses_its_last_clause() -> None:
    claims = extract_claims(article_row("医保", snippet="账户余额不会清零,退休以后可以取现,但是年末会清零的"), LEXICON)
    assert [claim.stance for claim in claims if claim.predicate == "balance_cleared"] == [-1]


@pytest.mark.parametrize(
    "sentence",
    [
        "账户余额会清零吗?",
        "如果账户余额清零,应当去窗口查询。",
        "可以查询账户余额是否清零。",
        "有人说账户余额会清零。",
        "关于账户余额清零的问题,说明如下:",
    ],
)
def test_questions_suppositions_rumours_and_announcements_are_no_claims(sentence: str) -> None:
    assert not [claim for claim in claims_of(sentence) if claim.predicate == "balance_cleared"]


def test_a_debunked_statement_takes_the_other_side() -> None:
    claim = one("“账户余额年末清零”的说法是谣言。", "balance_cleared")
    assert (claim.frame, claim.stance) == ("debunked", -1)
    listed = one("误区:账户余额年末会清零。", "balance_cleared")
    assert (listed.frame, listed.stance) == ("debunked", -1)


@pytest.mark.parametrize(("opening", "stance"), [("可以。", 1), ("不可以,对胎儿有风险。", -1), ("不能。", -1)])
def test_a_bare_answer_answers_the_title(opening: str, stance: int) -> None:
    claims = extract_claims(article_row("孕妇能不能吃螃蟹", snippet=f"{opening}请听医生的意见。"), LEXICON)
    assert {claim.stance for claim in claims if claim.predicate == "may_eat"} == {stance}


def test_a_short_opening_number_answers_the_title() -> None:
    claims = extract_claims(article_row("居民医保住院报销比例是多少", snippet="65%以上 各地标准不同,以当地政策为准。"), LEXICON)
    assert [c.quantity and c.quantity.low for c in claims if c.predicate == "reimbursement_rate"] == [65]


def test_an_abolished_rule_is_negated() -> None:
    assert one("当地已经取消账户余额年末清零的规定。", "balance_cleared").stance == -1


def test_a_former_rule_is_past() -> None:
    assert one("有的城市曾规定账户余额年末清零。", "balance_cleared").frame == "past"


def test_a_number_takes_the_words_just_before_it_as_its_scope() -> None:
    claims = [c for c in claims_of("退休时累计缴费年限要求男性28年、女性23年。") if c.predicate == "contribution_years"]
    assert [(c.scope.population, c.quantity and c.quantity.low) for c in claims] == [("male", 28), ("female", 23)]


def test_the_new_value_of_a_change_is_the_value() -> None:
    claim = one("个人账户由缴费基数的2.8%调整为2.2%。", "account_credit_rate")
    assert claim.quantity is not None
    assert claim.quantity.high == 2.2


def test_money_flows_know_payer_and_account() -> None:
    claims = [c for c in claims_of("单位缴的部分进入统筹基金,个人缴的部分划入个人账户。") if c.predicate == "money_flow"]
    assert [(c.payer, c.pool) for c in claims] == [("employer", "pooled_fund"), ("individual", "personal_account")]


def test_equal_sentences_support_one_statement() -> None:
    first = extract_claims(article_row("医保一", body="账户余额不会清零。"), LEXICON)
    second = extract_claims(article_row("医保二", body="账户余额不会清零。"), LEXICON)
    assert first[0].statement_id == second[0].statement_id
    assert first[0].claim_id != second[0].claim_id


def test_a_condition_is_kept() -> None:
    claim = one("如果断缴超过三个月,医保待遇暂停期间不能报销。", "gap_keeps_benefit")
    assert claim.scope.condition is not None
    assert "断缴" in claim.scope.condition


@pytest.mark.skipif(not SEEDS.exists(), reason="shared/seeds is not beside this checkout")
def test_spans_on_the_seed_pages_are_exact() -> None:
    articles = read_seeds()
    assert len(articles) == 84
    for article in articles:
        spans_are_exact(article, extract_claims(article, LEXICON))


@pytest.mark.parametrize(
    ("sentence", "predicate", "title"),
    [
        ("短期外出的备案有效期为8个月。", "filing_validity", "医保问答"),
        ("流感疫苗的有效期约为8个月。", "vaccine_duration", "医保问答"),
        ("票据的有效期为8个月。", "claim_deadline", "医保问答"),
        ("备案的有效期为8个月。", "filing_validity", "住院费用怎么报销"),
    ],
)
def test_a_number_goes_to_the_concept_whose_subject_the_sentence_names(sentence: str, predicate: str, title: str) -> None:
    claim = one(sentence, predicate, title)
    assert claim.quantity is not None
    assert claim.quantity.high == 8
    assert not [other for other in claims_of(sentence, title) if other.quantity is not None and other.predicate != predicate]


def test_enjoying_a_benefit_is_a_statement_of_it() -> None:
    assert one("停缴一个月仍可享受待遇。", "gap_keeps_benefit").stance == 1
