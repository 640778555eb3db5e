from __future__ import annotations

import json

import pytest

from healthnews.claims.pairs import Sentence, Verdict, compare_sentences
from healthnews.language.concepts import load_lexicon
from tests.claims_own_pairs import PAIRS
from tests.claims_seeds import GOLD

LEXICON = load_lexicon()


def verdict(a: str, b: str) -> Verdict:
    return compare_sentences(Sentence(text=a), Sentence(text=b), LEXICON)


def test_own_pairs_over_the_field_are_told_apart() -> None:
    wrong = [(label, found, a, b) for label, a, b in PAIRS if (found := verdict(a, b).label) != label and "contradict" in (label, found)]
    assert not [case for case in wrong if case[1] == "contradict"]
    assert len(wrong) <= 3, wrong


def test_the_verdict_does_not_depend_on_the_order() -> None:
    for _, a, b in PAIRS:
        assert verdict(a, b).label == verdict(b, a).label
        assert verdict(a, b).score == verdict(b, a).score


def test_a_sentence_never_contradicts_itself() -> None:
    for _, a, b in PAIRS:
        assert verdict(a, a).label != "contradict"
        assert verdict(b, b).label != "contradict"


def test_an_explanation_names_both_sides_and_the_clash() -> None:
    found = verdict("账户余额到年末清零。", "账户余额不会清零。")
    assert found.label == "contradict"
    assert found.type == "negation"
    assert all(word in found.explanation for word in ("A 称", "B 称", "冲突", "范围"))


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        ("antonym", "账户余额到年末作废。", "账户余额可以结转。"),
        ("numeric", "居民医保住院起付线为300元。", "居民医保住院起付线为450元。"),
        ("modality", "跨省住院必须备案。", "跨省住院无需备案。"),
        ("payer", "单位缴费进入统筹基金。", "单位缴费按比例划入个人账户。"),
        ("exclusivity", "个人账户只能支付门诊费用。", "个人账户可以支付住院费用。"),
        ("existential_universal", "部分地区账户余额会清零。", "账户余额均不会清零。"),
        ("debunk", "“账户余额清零”的说法不实。", "账户余额年末清零。"),
        ("time", "自2021年起支持家庭共济。", "2024年新增家庭共济。"),
    ],
)
def test_every_kind_of_clash_is_named(kind: str, a: str, b: str) -> None:
    found = verdict(a, b)
    assert (found.label, found.type) == ("contradict", kind)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("武汉职工医保缴费满30年。", "长沙职工医保缴费满25年。"),
        ("部分地区账户余额会清零。", "账户余额不会清零。"),
        ("以前账户余额会清零。", "账户余额不会清零。"),
        ("居民医保没有个人账户。", "职工医保设有个人账户。"),
        ("门诊起付线为100元。", "住院起付线为500元。"),
    ],
)
def test_a_difference_of_scope_is_no_contradiction(a: str, b: str) -> None:
    assert verdict(a, b).label == "scoped_difference"


@pytest.mark.skipif(not GOLD.exists(), reason="shared/benchmarks is not beside this checkout")
def test_the_gold_pairs_keep_their_precision_and_recall() -> None:
    rows = [json.loads(line) for line in GOLD.read_text("utf-8").splitlines()]
    hits = flagged = expected = 0
    for row in rows:
        if row["ambiguous"]:
            continue
        a, b = (Sentence(text=row[side]["text"], source_title=row[side]["source_title"]) for side in "ab")
        says, is_one = compare_sentences(a, b, LEXICON).label == "contradict", row["label"] == "contradict"
        hits, flagged, expected = hits + (says and is_one), flagged + says, expected + is_one
    assert hits / flagged >= 0.9
    assert hits / expected >= 0.7
