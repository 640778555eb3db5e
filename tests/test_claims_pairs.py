from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from healthnews.claims import pairs
from healthnews.claims.compare import Finding, compare_claims
from healthnews.claims.pairs import MAX_TEXT_CHARS, Sentence, Verdict, compare_sentences, wall_time
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.records import ClaimRow
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


def test_a_title_lends_subject_and_scope() -> None:
    a, b = "到了年末全部清零。", "不会清零。"
    left, right = (Sentence(text=text, source_title="职工医保个人账户余额") for text in (a, b))
    assert compare_sentences(left, right, LEXICON).label == "contradict"
    assert verdict(a, b).label != "contradict"


def test_dates_are_told_where_both_are_known_and_differ() -> None:
    a = Sentence(text="账户余额到年末清零。", published_at=datetime(2021, 5, 1))
    b = Sentence(text="账户余额不会清零。", published_at=datetime(2025, 4, 19))
    undated = compare_sentences(replace(a, published_at=None), b, LEXICON)
    assert "发布" not in undated.explanation
    assert compare_sentences(a, b, LEXICON).explanation == undated.explanation + ";发布:A 2021-05-01,B 2025-04-19"


def test_a_date_places_a_sentence_that_names_no_time() -> None:
    rule, later = Sentence(text="2019年居民医保个人缴费标准为250元。"), "居民医保个人缴费标准为400元。"
    dated = compare_sentences(rule, Sentence(text=later, published_at=datetime(2025, 4, 19)), LEXICON)
    assert dated.label == "scoped_difference"
    assert "时间不同(A:2019年;B:未说明,2025-04-19 发布)" in dated.explanation


def test_a_sentence_is_not_held_against_itself_whatever_was_read_in_it() -> None:
    text = "账户余额会清零,账户余额不会清零。"
    assert verdict(text, text).label != "contradict"
    assert verdict(text, "账户余额不会清零。").label == "contradict"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("2025-04-19", datetime(2025, 4, 19)),
        (date(2025, 4, 19), datetime(2025, 4, 19)),
        ("2025-04-18T20:00:00+00:00", datetime(2025, 4, 19, 4)),
        (datetime(2025, 4, 18, 20, tzinfo=UTC), datetime(2025, 4, 19, 4)),
        (datetime(2025, 4, 19, 4), datetime(2025, 4, 19, 4)),
        (None, None),
    ],
)
def test_a_date_is_wall_clock_time_in_china(given: date | str | None, told: datetime | None) -> None:
    assert wall_time(given) == told


@pytest.mark.parametrize("given", ["", "gestern", "9999-12-31T23:00:00-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_cannot_be_read_is_a_value_error(given: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        wall_time(given)


def test_a_verdict_is_printed_for_reading() -> None:
    found = verdict("账户余额到年末清零。", "账户余额不会清零。")
    assert str(found) == f"contradict(矛盾), negation(一方肯定、一方否定), {found.score:.2f}\n{found.explanation}"
    english = compare_sentences(Sentence(text="账户余额到年末清零。"), Sentence(text="账户余额不会清零。"), LEXICON, "en")
    assert str(english).startswith(f"contradict, negation, {found.score:.2f}\nA says “账户余额到年末清零。”")
    assert str(verdict("", "")).startswith("unrelated(无关), 0.00\n")


def test_the_verdict_names_the_claims_it_rests_on() -> None:
    found = verdict("缴费满25年。账户余额到年末清零。", "账户余额不会清零。")
    assert found.decided_by is not None
    assert [claim.sentence for claim in found.decided_by] == ["账户余额到年末清零。", "账户余额不会清零。"]
    assert verdict("流鼻血时不要仰头。", "广州医保窗口周末不办公。").decided_by is None


@pytest.mark.parametrize("unit", ["账户余额会清零。", "可以。", "医保", "x", "1年", "“", "不", "、账户\n", " ", "会清零不会清零"])
def test_an_enormous_text_is_read_up_to_a_limit_and_the_explanation_says_so(unit: str) -> None:
    text = unit * (MAX_TEXT_CHARS // len(unit) + 1)
    found = compare_sentences(Sentence(text=text, source_title=text), Sentence(text="账户余额不会清零。"), LEXICON)
    assert found.explanation.endswith(f";A 过长,只读了前 {MAX_TEXT_CHARS} 字")
    assert all(text[claim.start : claim.end] == claim.sentence for claim in found.a_claims)


def test_many_claims_are_compared_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [0]

    def counted(a: ClaimRow, b: ClaimRow, lexicon: Lexicon) -> Finding | None:
        counts[0] += 1
        return compare_claims(a, b, lexicon)

    monkeypatch.setattr(pairs, "compare_claims", counted)
    a, b = ("".join(f"第{i}号窗口说账户余额{'' if side else '不'}会清零。" for i in range(300)) for side in (0, 1))
    assert verdict(a, b).label == "contradict"
    assert 0 < counts[0] <= pairs.MAX_PAIRS
    counts[0] = 0
    assert verdict("账户余额会清零。" * 500, "账户余额不会清零。" * 500).label == "contradict"
    assert counts[0] == 1, "a claim made again in the same words is one claim"


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
