"""Statements: near-duplicate sentences are one, and what differs in substance never merges, however alike it looks."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.claims import statements
from healthnews.claims.statements import MIN_SIMILARITY, group_similar, group_statements
from healthnews.language.normalise import text_key
from healthnews.records import ClaimRow, Quantity, Scope, stable_id


def said(article_id: str, sentence: str, *, start: int = 0, scope: Scope | None = None, **more: Any) -> ClaimRow:
    """A claim as the engine makes it, whatever it would have read in the sentence."""
    scope = scope or Scope()
    key = text_key(sentence)
    values: dict[str, Any] = {
        "claim_id": stable_id("clm", article_id, start, key, repr(sorted(more.items()))),
        "article_id": article_id,
        "statement_id": stable_id("stm", key, scope.region, scope.period, scope.insurance, scope.population, scope.setting),
        "sentence": sentence,
        "start": start,
        "end": start + len(sentence),
        "origin": "body",
        "cue_start": start,
        "cue_end": start + 2,
        "subject": "个人账户",
        "predicate": "balance_cleared",
        "topic": "年底清零",
        "pole": "positive",
        "polarity": "affirmed",
        "stance": 1,
        "scope": scope,
    }
    return ClaimRow(**(values | more))


def groups_of(*claims: ClaimRow) -> list[set[str]]:
    return [{claim.article_id for claim in group} for group in group_statements(claims)]


LONG = "按照我们这里的规定，职工医保个人账户里没有用完的钱到了每年年底都会统一清零，不能带到下一年"


@pytest.mark.parametrize(
    "other",
    [
        LONG.replace("，", ","),
        LONG.replace("我们这里", "我们这边"),
        LONG.replace("的钱", "的那些钱"),
        LONG + "哦",
        f"“{LONG}”",
    ],
)
def test_a_word_more_or_less_is_the_same_statement(other: str) -> None:
    assert groups_of(said("a", LONG), said("b", other)) == [{"a", "b"}]


def test_other_words_are_another_statement() -> None:
    assert len(groups_of(said("a", LONG), said("b", "年底一到，账户里的余额就会清零"))) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("会统一清零", "不会统一清零"),
        ("会统一清零", "未必会统一清零"),
        ("每年年底", "每年1月"),
        ("职工医保", "居民医保"),
        ("我们这里", "武汉这里"),
        ("没有用完的钱", "没有用完的2%"),
        ("带到下一年", "带到2025年"),
        ("统一清零", "统一结转"),
        ("的规定", "以前的规定"),
        ("的规定", "必须的规定"),
    ],
)
def test_a_difference_of_substance_keeps_sentences_apart_even_where_the_reading_is_the_same(one: str, other: str) -> None:
    assert one in LONG
    assert len(groups_of(said("a", LONG), said("b", LONG.replace(one, other)))) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2%", "2.5%"), ("3个月", "3年"), ("三个月", "六个月"), ("2024年", "2025年"), ("武汉", "长沙"), ("提高到", "降低到"),
        ("手术之前", "手术之后"), ("阿司匹林", "布洛芬"), ("不低于", "低于"), ("3-6", "36"), ("必须", "可以"), ("全部", "少量"),
    ],
)  # fmt: skip
def test_numbers_places_things_and_directions_never_merge(one: str, other: str) -> None:
    frame = "按照现在的规定，参保以后每个人在窗口和手机上都能随时查询到的这一项内容是{}，其余的内容没有任何变化，也没有别的说明可以参考"
    assert len(groups_of(said("a", frame.format(one)), said("b", frame.format(other)))) == 2
    assert len(groups_of(said("a", frame.format(one)), said("b", frame.format(one) + "呢"))) == 1


@pytest.mark.parametrize(
    "difference",
    [
        {"stance": -1}, {"polarity": "negated"}, {"pole": "negative"}, {"modality": "may"}, {"quantifier": "some"}, {"hedge": True},
        {"frame": "debunked"}, {"payer": "employer"}, {"pool": "pooled_fund"}, {"is_start": True},
        {"quantity": Quantity(low=2.0, high=2.0, unit="%")}, {"scope": Scope(region="湖北省/武汉")},
        {"scope": Scope(insurance="resident")}, {"scope": Scope(period="2025-01-01/..")}, {"scope": Scope(item="阿司匹林")},
    ],
    ids=str,
)  # fmt: skip
def test_sentences_that_were_read_differently_stay_apart(difference: dict[str, Any]) -> None:
    assert len(groups_of(said("a", LONG), said("b", LONG + "哦", **difference))) == 2


def test_a_condition_is_free_text_and_may_be_worded_otherwise() -> None:
    assert len(groups_of(said("a", LONG, scope=Scope(condition="断缴后")), said("b", LONG + "哦", scope=Scope(condition="断缴以后")))) == 1


def test_two_claims_of_one_sentence_are_one_statement() -> None:
    claims = [said("a", LONG, pole="negative"), said("a", LONG, scope=Scope(setting="inpatient"))]
    assert claims[0].statement_id != claims[1].statement_id
    assert len(group_statements(claims)) == 1


def test_the_order_of_claims_does_not_matter() -> None:
    claims = [said(f"a{i}", LONG.replace("规定", word)) for i, word in enumerate(("规定", "办法", "说法", "规矩", "规程"))]
    claims += [said("n", LONG.replace("都会", "都不会")), said("r", LONG, scope=Scope(region="湖北省/武汉"))]
    expected = group_statements(claims)
    for seed in range(8):
        shuffled = claims[:]
        random.Random(seed).shuffle(shuffled)
        assert group_statements(shuffled) == expected


words = st.lists(st.sampled_from("医保账户余额年底会清零结转用"), min_size=0, max_size=14).map("".join)


@given(st.lists(words, max_size=14), st.sampled_from([0.3, 0.5, 0.8, 1.0]), st.randoms())
def test_grouping_finds_exactly_the_pairs_that_are_alike(texts: list[str], threshold: float, chance: random.Random) -> None:
    expected = _by_comparing_all(texts, threshold)
    chance.shuffle(texts)
    assert {frozenset(group) for group in group_similar(texts, threshold)} == expected


def _by_comparing_all(texts: list[str], threshold: float) -> set[frozenset[str]]:
    groups = [{text} for text in sorted(set(texts))]
    for a in sorted(set(texts)):
        for b in sorted(set(texts)):
            x, y = ({t[i : i + 3] for i in range(max(1, len(t) - 2))} for t in (a, b))
            if len(x & y) / len(x | y) >= threshold - 1e-9:
                joined = [group for group in groups if a in group or b in group]
                groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    return {frozenset(group) for group in groups}


@given(st.lists(st.text(max_size=30), max_size=12))
def test_any_text_ends_up_in_one_group(texts: list[str]) -> None:
    claims = [said(f"a{i}", text) for i, text in enumerate(texts)]
    found = [claim.claim_id for group in group_statements(claims) for claim in group]
    assert sorted(found) == sorted(claim.claim_id for claim in claims)


def test_the_cost_grows_with_the_sentences_not_with_their_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []

    def counted(a: frozenset[str], b: frozenset[str]) -> float:
        counts[-1] += 1
        return len(a & b) / len(a | b)

    monkeypatch.setattr(statements, "_similarity", counted)
    names = [
        a + b for a in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉" for b in "春夏秋冬晨昏昼夜云雨雪霜风雷电雾虹霞露冰星月日山川江河湖海林"
    ]
    for size in (150, 600):
        counts.append(0)
        group_similar([f"{name}医院的窗口说个人账户里面的余额年底会清零" for name in names[:size]], MIN_SIMILARITY)
    assert counts[1] <= counts[0] * 6


def test_a_thousand_variants_of_one_sentence_are_still_one_group() -> None:
    letters = "甲乙丙丁戊己庚辛壬癸"
    texts = [LONG.replace("规定", a + b + c) for a in letters for b in letters for c in letters]
    assert len(group_similar(texts, 0.75)) == 1


def test_a_group_is_named_by_no_claim_of_chance() -> None:
    claims = [said("b", LONG), said("a", LONG)]
    (group,) = group_statements(claims)
    assert [claim.claim_id for claim in group] == sorted(claim.claim_id for claim in claims)
    assert replace(claims[0]) in group
