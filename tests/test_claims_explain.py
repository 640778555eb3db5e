"""Explanations: both quotations are verbatim, and each kind of clash is told in words that a reader checks at once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthnews.claims import wording
from healthnews.claims.compare import Finding
from healthnews.claims.explain import MAX_QUOTE_CHARS, explain, opening, quote, quote_claim, quoted_span, scope_text, without_opening
from healthnews.claims.pairs import Sentence, Verdict, compare_sentences
from healthnews.claims.readings import claim_fields, cue_of
from healthnews.claims.scope import ScopeRelation
from healthnews.claims.wording import LANGS, Lang, period_text, quantity_text
from healthnews.language import quantities
from healthnews.language.concepts import load_lexicon
from healthnews.records import ClaimRow, Quantity, Scope
from tests.claims_own_pairs import PAIRS

LEXICON = load_lexicon()
WIDE = str.maketrans({mark: chr(ord(mark) + 0xFEE0) for mark in ",;:!?()"})
HAN = re.compile(r"[\u4e00-\u9fff]")
PIECES = st.sampled_from(
    [
        *("职工医保", "账户余额", "年底", "会清零", "不", "一律", "部分地区", "可能", "起付线为300元", "报销比例70%", "孕妇", "可以吃"),
        *("螃蟹", "必须备案", "无需备案", "单位缴费", "进入统筹基金", "划入个人账户", "河北省", "2021年起", "以前", "“", "”的说法不实"),
        *(",", ";", "。", "\n", "\u3000", "\uff0c", "A 称", "“;冲突:", "\x1b[2J", "\u202e", "\ud800", "\x00", "9" * 400 + "元", "每天3片"),
    ]
)
ANY_TEXT = st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=30).map("".join), st.lists(PIECES | st.text(max_size=9)).map("".join))


def verdict(a: str, b: str, lang: Lang = "zh", **titles: str) -> Verdict:
    left, right = Sentence(text=a, source_title=titles.get("title_a")), Sentence(text=b, source_title=titles.get("title_b"))
    return compare_sentences(left, right, LEXICON, lang)


def deciding(a: str, b: str) -> tuple[ClaimRow, ClaimRow]:
    found = verdict(a, b).decided_by
    assert found is not None
    return found


def assert_verbatim(found: Verdict, a: str, b: str) -> None:
    """Every span is where it says, and the explanation quotes it as it is written."""
    for text, claims in ((a, found.a_claims), (b, found.b_claims)):
        for claim in claims:
            assert text[claim.start : claim.end] == claim.sentence
            assert text[claim.cue_start : claim.cue_end] == cue_of(claim) != ""
            shown = claim_fields(claim, found.lang, LEXICON)
            assert shown["words"] in text
            quoted = quote_claim(claim).removeprefix("…").removesuffix("…")
            assert quoted[1:-1] in text
            assert cue_of(claim) in quoted
    if found.decided_by is not None:
        quotes = [quote_claim(claim) for claim in found.decided_by]
        assert found.explanation.startswith(opening(quotes[0], quotes[1], found.lang))


@settings(max_examples=200)
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.sampled_from(LANGS))
def test_any_two_texts_are_compared_and_quoted_verbatim(a: str, b: str, title: str, lang: Lang) -> None:
    assert_verbatim(verdict(a, b, lang, title_a=title, title_b=title), a, b)


def test_own_pairs_are_quoted_verbatim_in_both_widths_and_languages() -> None:
    for _, a, b in PAIRS:
        for lang in LANGS:
            assert_verbatim(verdict(a, b, lang), a, b)
            assert_verbatim(verdict(a.translate(WIDE), b.translate(WIDE), lang), a.translate(WIDE), b.translate(WIDE))


@pytest.mark.parametrize(
    ("a", "b", "zh", "en"),
    [
        (
            "居民医保住院起付线为300元。", "居民医保住院起付线不低于450元。",
            "冲突:起付线,数值不同(A:300元;B:不低于450元);范围:相同(险种:居民医保,就医情形:住院)",
            "clash: deductible (起付线), the numbers differ (A: 300 yuan; B: at least 450 yuan); "
            "scope: same (insurance: resident insurance, setting: inpatient)",
        ),
        (
            "跨省住院必须备案。", "跨省住院无需备案。",
            "冲突:异地就医备案,要求不同(A:必须,“必须备案”;B:无需,“无需备案”);",
            "(A: must, “必须备案”; B: need not, “无需备案”);",
        ),
        (
            "单位缴费进入统筹基金。", "单位缴费按比例划入个人账户。",
            "同一笔缴费去向不同(A:单位缴费→统筹账户;B:单位缴费→个人账户)",
            "(A: employer's payment→pooled fund; B: employer's payment→personal account)",
        ),
        (
            "河北省职工医保账户余额年底清零。", "职工医保账户余额年底不会清零。",
            "范围:地区未必相同(A:河北省;B:未说明),其余相同(险种:职工医保)",
            "scope: region may differ (A: 河北省; B: not said), the rest is the same (insurance: employee insurance)",
        ),
        (
            "部分地区账户余额会清零。", "账户余额均不会清零。",
            "(A:部分是,“清零”;B:一律否,“不会清零”)", "(A: some: yes, “清零”; B: all: no, “不会清零”)",
        ),
        (
            "“账户余额清零”的说法不实。", "账户余额年末清零。",
            "(A:否(辟谣),“清零”;B:是,“清零”)", "(A: no (debunked), “清零”; B: yes, “清零”)",
        ),
        ("流鼻血时要仰头。", "流鼻血时头要前倾。", "(A:必须,“仰头”;B:必须,“前倾”)", "(A: must, “仰头”; B: must, “前倾”)"),
        ("自2021年起支持家庭共济。", "2024年新增家庭共济。", "(A:2021年起,", "(A: since 2021, "),
        ("个人账户只能支付门诊费用。", "个人账户可以支付住院费用。", "(A:仅限门诊,", "(A: only outpatient, "),
        ("九价HPV疫苗适用于9-45岁女性。", "九价HPV疫苗只适用于16-26岁女性。", "(A:9-45岁;B:只限16-26岁)", "B: only 16-26 years of age)"),
        ("账户余额可能会清零。", "账户余额不会清零。", "可能冲突:年底清零", "possible clash: balance cleared (年底清零)"),
        ("账户余额可能会清零。", "账户余额不会清零。", "但A语气不确定;", "but no certainty is claimed by A;"),
        ("以前账户余额会清零。", "账户余额不会清零。", "但A说的是过去;", "but A speaks of the past;"),
        ("门诊起付线为100元。", "住院起付线为500元。", "不算冲突:起付线", "no contradiction: deductible (起付线)"),
        ("账户余额会清零。", "个人账户余额年底会清零。", "不冲突:年底清零,说法一致", "no clash: balance cleared (年底清零), they agree"),
    ],
)  # fmt: skip
def test_the_difference_is_told_in_both_languages(a: str, b: str, zh: str, en: str) -> None:
    assert zh in verdict(a, b, "zh").explanation
    assert en in verdict(a, b, "en").explanation
    assert f"A 称“{a}”,B 称“{b}”;" in verdict(a, b, "zh").explanation
    assert f"A says “{a}”, B says “{b}”; " in verdict(a, b, "en").explanation


def test_english_has_no_chinese_but_topics_quotations_and_names() -> None:
    for _, a, b in PAIRS:
        found = verdict(a, b, "en")
        kept = {a, b}
        for claim in (*found.a_claims, *found.b_claims):
            named = (claim.subject, claim.scope.item, claim.scope.population, claim.scope.region)
            kept |= {part for words in named if words for part in re.split(r"[+/]", words)}
            kept |= {cue_of(claim), claim.topic, claim.scope.condition or ""}
        told = found.explanation
        for words in sorted(kept - {""}, key=len, reverse=True):
            told = told.replace(words, "")
        assert not HAN.search(told), found.explanation


def test_every_code_has_a_name_in_both_languages() -> None:
    for table in (
        wording.TYPES,
        wording._MODALITIES,
        wording._QUANTIFIERS,
        wording._FRAMES,
        wording._OTHERS,
        wording._FIELDS,
        wording._PARTIES,
    ):
        for chinese, english in table.values():
            assert HAN.search(chinese)
            assert english
            assert not HAN.search(english)
    assert not [value for value in LEXICON.labels if HAN.search(wording.scope_value_name(value))]
    assert not {unit for unit in quantities._UNITS.values() if unit not in wording._UNITS and HAN.search(unit)}
    assert {f"{name}" for name in Scope.__slots__} <= wording._FIELDS.keys()


@pytest.mark.parametrize(
    ("stance", "zh", "en"), [(1, "由单位承担", "paid by the employer"), (-1, "不由单位承担", "not paid by the employer")]
)
def test_who_bears_a_cost_is_told_where_no_account_is_spoken_of(stance: int, zh: str, en: str) -> None:
    a, b = deciding("账户余额会清零。", "账户余额不会清零。")
    bears = replace(a, payer="employer", stance=stance)
    finding = Finding("contradict", "payer", 0.9, ScopeRelation({}))
    assert f"承担费用的一方不同(A:{zh}," in explain(bears, replace(b, payer="third_party", stance=1), finding)
    assert f"who bears the cost differs (A: {en}, " in explain(bears, replace(b, payer="third_party", stance=1), finding, "en")


def test_what_is_denied_in_one_manner_only_says_so() -> None:
    a, b = deciding("跨省住院必须备案。", "跨省住院无需备案。")
    denied, allowed = replace(a, modality="forbidden", stance=-1, manner="lasting+little"), replace(b, modality="may", stance=1)
    finding = Finding("scoped_difference", "modality", 0.35, ScopeRelation({}))
    assert "但A只说长期的情形;" in explain(denied, allowed, finding)
    assert "but A is about doing it for long;" in explain(denied, allowed, finding, "en")
    assert "但" not in explain(replace(denied, manner="little"), allowed, finding)


def test_sentences_with_nothing_to_compare_are_told_by_what_they_are_about() -> None:
    found = verdict("流鼻血时不要仰头。", "居民医保住院起付线为300元。", "en")
    assert "nosebleed (流鼻血时的姿势)" in found.explanation
    assert "B is about deductible (起付线)" in found.explanation


def test_a_type_a_relation_or_a_dimension_without_a_name_stays_readable() -> None:
    a, b = deciding("账户余额会清零。", "账户余额不会清零。")
    finding = Finding("contradict", "unit_mix_up", 0.9, ScopeRelation({"time_zone": "unlike"}))  # type: ignore[dict-item]
    assert "unit mix up(" in explain(a, b, finding)
    assert "unit mix up (" in explain(a, b, finding, "en")
    assert "time zone unlike (A: not said; B: not said)" in explain(a, b, finding, "en")


@pytest.mark.parametrize(
    ("quantity", "zh", "en"),
    [
        (Quantity(low=18192, high=18192, unit="元"), "18192元", "18192 yuan"),
        (Quantity(low=1234567, high=1234567, unit="元"), "1234567元", "1234567 yuan"),
        (Quantity(low=3, high=6, unit="月", bound="range"), "3-6个月", "3-6 months"),
        (Quantity(low=1, high=1, unit="月"), "1个月", "1 month"),
        (Quantity(high=2.5, unit="%", bound="at_most"), "不超过2.5%", "at most 2.5%"),
        (Quantity(high=2.5, unit="%", bound="less_than"), "低于2.5%", "less than 2.5%"),
        (Quantity(low=3, unit="年", bound="more_than"), "超过3年", "more than 3 years"),
        (Quantity(low=3, unit="年", bound="at_least"), "不低于3年", "at least 3 years"),
        (Quantity(low=3, high=3, unit="片/日"), "每天3片", "3 tablets or slices per day"),
        (Quantity(low=6.1, high=6.1, unit="mmol/L"), "6.1mmol/L", "6.1 mmol/L"),
        (Quantity(low=2, high=2, unit="mg/kg"), "每公斤2mg", "2 mg per kg"),
        (Quantity(low=6, high=6, unit="月", bound="about"), "约6个月", "about 6 months"),
        (Quantity(low=30, high=30, unit="元增减"), "增减30元", "change of 30 yuan"),
        (Quantity(low=float("inf"), high=float("inf"), unit="元"), "inf元", "inf yuan"),
        (Quantity(unit="箱", bound="unheard_of"), "?箱", "? 箱"),
    ],
)
def test_a_quantity_is_told_with_unit_and_bound(quantity: Quantity, zh: str, en: str) -> None:
    assert (quantity_text(quantity, "zh"), quantity_text(quantity, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("2021-01-01/..", "2021年起", "since 2021"),
        ("2021-07-01/..", "2021年7月起", "since 2021-07"),
        ("2021-07-15/..", "2021年7月15日起", "since 2021-07-15"),
        ("../2022-01-01", "2022年以前", "before 2022"),
        ("2025-01-01/2026-01-01", "2025年", "2025"),
        ("2025-01-01/2025-02-01", "2025年1月", "2025-01"),
        ("2025-12-01/2026-01-01", "2025年12月", "2025-12"),
        ("past", "过去", "the past"),
        ("someday", "someday", "someday"),
    ],
)
def test_a_period_is_told_as_it_was_said(code: str, zh: str, en: str) -> None:
    assert (period_text(code, "zh"), period_text(code, "en")) == (zh, en)


def test_a_long_sentence_is_quoted_by_whole_clauses_around_its_cue() -> None:
    filler = "这一条讲的是办理时要带的材料和要走的步骤,"
    sentence = f"{filler * 9}账户余额到年末不会清零,{filler * 9}其余照旧。"
    start = sentence.index("不会清零")
    shown = quote(sentence, start, start + 4)
    assert shown.startswith("…“")
    assert shown.endswith("”…")
    assert shown[2:-2] in sentence
    assert "账户余额到年末不会清零" in shown
    assert MAX_QUOTE_CHARS // 2 < len(shown) <= MAX_QUOTE_CHARS + 4
    assert not shown[2:-2].startswith(",")


@given(st.text(alphabet="清零,。;“”a ", max_size=400), st.integers(-5, 500), st.integers(-5, 500))
def test_the_cue_always_stands_inside_the_quotation(sentence: str, cue_start: int, length: int) -> None:
    span = quoted_span(sentence, cue_start, cue_start + max(0, length))
    assert 0 <= span.start <= span.end <= len(sentence)
    for place in range(max(0, cue_start), min(len(sentence), cue_start + length)):
        assert span.start <= place < span.end


def test_an_explanation_loses_its_quotations_where_they_are_seen_already_and_only_then() -> None:
    a, b = deciding("账户余额“年底”会清零。", "账户余额不会清零。")
    for lang in LANGS:
        told = verdict(a.sentence, b.sentence, lang).explanation
        reason = without_opening(told, quote_claim(a), quote_claim(b))
        assert reason.startswith(("冲突:", "clash: "))
        assert without_opening(reason, quote_claim(a), quote_claim(b)) == reason


def test_scopes_that_are_the_same_say_what_they_share() -> None:
    a, b = deciding("河北省职工医保账户余额2025年会清零。", "河北省职工医保账户余额2025年不会清零。")
    assert scope_text(a, b, ScopeRelation({})) == "相同(地区:河北省,时间:2025年,险种:职工医保)"
    nowhere = replace(a, scope=Scope())
    assert scope_text(nowhere, nowhere, ScopeRelation({})) == "相同"
