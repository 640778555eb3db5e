from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.language.negation import has_negator, polarity_over


def is_negated(clause: str, predicate: str) -> bool:
    start = clause.index(predicate)
    return polarity_over(clause, start, start + len(predicate)).negated


@pytest.mark.parametrize(
    "clause",
    [
        "账户里的钱不会在年末清零",
        "这笔费用无法报销",
        "住院押金不予报销",
        "政策已明确取消年末清零的规定",
        "这里报销不了",
        "并非都能报销",
        "门诊费用一律不得报销",
    ],
)
def test_one_negator_turns_the_predicate_round(clause: str) -> None:
    predicate = "清零" if "清零" in clause else "报销"
    assert is_negated(clause, predicate)


@pytest.mark.parametrize("clause", ["这种费用不能不报销", "急诊费用并非不能报销", "没有不报销的道理", "医院不得不报销", "不是无法报销"])
def test_two_negators_cancel_out(clause: str) -> None:
    assert not is_negated(clause, "报销")


@pytest.mark.parametrize(
    "clause",
    [
        "不少地方可以报销",
        "不仅门诊可以报销",
        "无论在哪里都报销",
        "不同医院报销",
        "金额不足也可报销",
        "不管是谁都能报销",
        "不过可以报销",
        "是否报销",
    ],
)
def test_words_that_only_look_like_negators_do_not_count(clause: str) -> None:
    assert not is_negated(clause, "报销")


def test_a_negator_inside_a_reason_does_not_reach_the_predicate_twice() -> None:
    assert is_negated("余额不因当年没有花完而清零", "清零")


@pytest.mark.parametrize("clause", ["未登记的人员可以报销", "未激活会导致款项划入失败后仍报销", "不用排队就能报销", "无需登记即可报销"])
def test_the_negator_of_another_verb_does_not_reach(clause: str) -> None:
    assert not is_negated(clause, "报销")


def test_not_necessarily_is_weak() -> None:
    assert polarity_over("不一定能报销", 4, 6).weak


@given(st.text(alphabet="不未没无非能会可以报销因而的后就,", max_size=40), st.integers(0, 40), st.integers(0, 10))
def test_polarity_never_fails_and_starts_before_the_predicate(clause: str, start: int, length: int) -> None:
    start = min(start, len(clause))
    end = min(start + length, len(clause))
    assert 0 <= polarity_over(clause, start, end).start <= start
    has_negator(clause)


def test_a_predicate_that_opens_with_also_is_a_phrase_of_its_own() -> None:
    assert not is_negated("没登记也能报", "也能报")
    assert not is_negated("没登记仍可报", "仍可报")
