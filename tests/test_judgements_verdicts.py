"""What judgements do to contradictions, as pure functions: statuses, staleness, precision and suppression."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.judgements import with_id
from healthnews.records import ContradictionRow, Judgement, stable_id
from healthnews.verdicts import MIN_DECIDED, Judged, apply_judgements, precision_by, wilson_interval
from tests.test_judgements import NOW, judgement

SENTENCES = ("第{}种药饭前吃。", "第{}种药饭后吃。")


def row(number: int = 0, *, scope: str = "", **values: Any) -> ContradictionRow:
    """The contradiction that `judgement(number)` is about; `scope` stands for another reading of its first sentence."""
    first, second = (sentence.format(number) for sentence in SENTENCES)
    sides = sorted([(stable_id("stm", number, "a", *([scope] if scope else [])), first), (stable_id("stm", number, "b"), second)])
    made: dict[str, Any] = {
        "contradiction_id": stable_id("con", sides[0][0], sides[1][0]),
        "type": "antonym",
        "rule": "antonym:meal_time",
        "score": 0.9,
        "scope": "same",
        "topic": "服药时间",
        "explanation": "",
        "a_claim_id": "",
        "b_claim_id": "",
        "a_statement_id": sides[0][0],
        "b_statement_id": sides[1][0],
        "a_sentence": sides[0][1],
        "b_sentence": sides[1][1],
        "status": "flagged",
    }
    return ContradictionRow(**(made | values))


def on(found: ContradictionRow, verdict: str = "accept", days: int = 0, **values: Any) -> Judgement:
    """A judgement on the row."""
    names = ("contradiction_id", "a_statement_id", "b_statement_id", "a_sentence", "b_sentence", "rule", "type", "topic")
    seen = {name: getattr(found, name) for name in names}
    return judgement(verdict=verdict, judged_at=NOW + timedelta(days=days), **(seen | values))


def statements(*rows: ContradictionRow) -> dict[str, str]:
    """Statements of the rows with their sentences, as the claims hold them."""
    made = {one.a_statement_id: one.a_sentence for one in rows}
    return made | {one.b_statement_id: one.b_sentence for one in rows}


def applied(rows: list[ContradictionRow], *judgements: Judgement) -> Judged:
    return apply_judgements(rows, judgements, statements(*rows))


def statuses(found: Judged) -> list[str]:
    return [one.status for one in found.contradictions]


@pytest.mark.parametrize("status", ["flagged", "possible", "scope_difference"])
@pytest.mark.parametrize(("verdict", "becomes"), [("accept", "accepted"), ("reject", "rejected"), ("unsure", None)])
def test_a_verdict_decides_the_status_and_unsure_leaves_it(status: str, verdict: str, becomes: str | None) -> None:
    found = applied([row(0, status=status), row(1)], on(row(0), verdict))
    assert statuses(found) == [becomes or status, "flagged"]
    (one,) = found.judgements
    assert (one.is_latest, one.stale, one.applies_to, one.engine_status) == (True, False, row(0).contradiction_id, status)


def test_of_a_pair_the_newest_judgement_counts_and_history_is_kept() -> None:
    judgements = [on(row(), "reject", days=2), on(row(), "accept", days=1), on(row(), "unsure", days=0)]
    found = applied([row()], *judgements)
    assert statuses(found) == ["rejected"]
    assert {(one.verdict, one.is_latest, one.applies_to is None) for one in found.judgements} == {
        ("reject", True, False),
        ("accept", False, True),
        ("unsure", False, True),
    }


def test_the_newest_may_take_a_verdict_back() -> None:
    assert statuses(applied([row()], on(row(), "reject"), on(row(), "unsure", days=1))) == ["flagged"]


def test_a_judgement_whose_statements_are_gone_is_stale_and_does_nothing() -> None:
    found = applied([row(1)], on(row(0), "reject"))
    assert statuses(found) == ["flagged"]
    (one,) = found.judgements
    assert (one.stale, one.applies_to, one.engine_status) == (True, None, None)


def test_a_pair_that_is_no_longer_found_though_its_statements_are_there_is_not_stale() -> None:
    found = apply_judgements([], [on(row())], statements(row()))
    assert [one.stale for one in found.judgements] == [False]
    assert [(one.not_found, one.decided) for one in precision_by("rule", [], found.judgements)] == [(1, 0)]


def test_another_scope_read_from_the_same_sentence_keeps_the_judgement() -> None:
    now = row(scope="elsewhere")
    assert now.contradiction_id != row().contradiction_id
    found = applied([now], on(row(), "reject"))
    assert statuses(found) == ["rejected"]
    assert [(one.stale, one.applies_to) for one in found.judgements] == [(False, now.contradiction_id)]


def test_full_width_marks_and_spaces_make_no_other_sentence() -> None:
    then, now = row(), row(scope="elsewhere")
    now = replace(now, a_sentence=now.a_sentence.replace("。", " \uff01"))
    assert statuses(applied([replace(then, b_sentence=then.b_sentence.replace("。", "\u3000"))], on(then, "reject"))) == ["rejected"]
    assert statuses(applied([now], on(then, "reject"))) == ["rejected"]


def test_a_judgement_does_not_spread_to_another_scope_while_its_own_statements_are_there() -> None:
    other = row(scope="elsewhere")
    found = applied([row(), other], on(row(), "reject"))
    assert statuses(found) == ["rejected", "flagged"]
    unpaired = apply_judgements([other], [on(row(), "reject")], statements(row(), other))
    assert statuses(unpaired) == ["flagged"]
    assert [one.stale for one in unpaired.judgements] == [False]


def test_a_judgement_of_the_very_statements_beats_a_newer_one_of_the_same_sentences() -> None:
    now = row(scope="elsewhere")
    found = applied([now], on(row(), "reject", days=5), on(now, "accept"))
    assert statuses(found) == ["accepted"]
    assert {one.verdict: (one.applies_to is not None, one.stale) for one in found.judgements} == {
        "reject": (False, False),
        "accept": (True, False),
    }
    assert [(one.accepted, one.rejected) for one in precision_by("rule", [now], found.judgements)] == [(1, 0)]


def test_of_two_readings_that_are_gone_the_newer_judgement_of_the_sentences_counts() -> None:
    now = row(scope="today")
    judgements = on(row(scope="x"), "reject"), on(row(scope="y"), "accept", days=1)
    assert statuses(applied([now], *judgements)) == ["accepted"]
    assert statuses(applied([now], *reversed(judgements))) == ["accepted"]


def test_ids_that_do_not_belong_to_their_sentences_decide_nothing() -> None:
    found = applied([row(0)], on(row(0), "reject", a_sentence="一句别的话。"))
    assert statuses(found) == ["flagged"]
    assert [one.stale for one in found.judgements] == [True]


def refuted(count: int = MIN_DECIDED, **values: Any) -> tuple[list[ContradictionRow], list[Judgement]]:
    rows = [row(number, **values) for number in range(count)]
    return rows, [on(one, "reject") for one in rows]


def test_a_rule_that_people_keep_refuting_is_suppressed_and_no_other() -> None:
    rows, judgements = refuted()
    open_ones = [row(100), row(101, rule="antonym:other"), row(102, status="possible"), row(103)]
    found = applied([*rows, *open_ones], *judgements, on(row(103), "unsure"))
    assert statuses(found) == ["rejected"] * 5 + ["suppressed", "flagged", "possible", "flagged"]
    (rule,) = precision_by("rule", found.contradictions, found.judgements)
    assert (rule.name, rule.accepted, rule.rejected, rule.unsure, rule.hidden) == ("antonym:meal_time", 0, 5, 1, 1)
    assert rule.is_suppressed
    assert rule.interval[1] == pytest.approx(0.434, abs=0.001)
    assert [(one.name, one.rejected) for one in precision_by("type", found.contradictions, found.judgements)] == [("antonym", 5)]
    assert [one.name for one in precision_by("all", found.contradictions, found.judgements)] == ["all"]


def test_four_refutations_or_one_confirmation_among_six_are_not_enough() -> None:
    rows, judgements = refuted(4)
    assert statuses(applied([*rows, row(100)], *judgements))[-1] == "flagged"
    rows, judgements = refuted(5)
    confirmed = row(50)
    assert statuses(applied([*rows, confirmed, row(100)], *judgements, on(confirmed)))[-1] == "flagged"


def test_accepting_what_was_suppressed_gives_the_rule_back() -> None:
    rows, judgements = refuted()
    later = [row(number) for number in range(50, 53)]
    found = applied([*rows, *later], *judgements, *(on(one) for one in later[:2]))
    assert statuses(found)[-3:] == ["accepted", "accepted", "flagged"]


@pytest.mark.parametrize("why", ["stale", "not_found", "not_flagged"])
def test_only_what_a_rule_flags_today_speaks_against_it(why: str) -> None:
    rows, judgements = refuted(status="possible" if why == "not_flagged" else "flagged")
    known = statements(*rows) if why == "not_found" else {}
    there = rows if why == "not_flagged" else []
    found = apply_judgements([*there, row(100)], judgements, known | statements(*there, row(100)))
    assert statuses(found)[-1] == "flagged"
    (rule,) = precision_by("rule", found.contradictions, found.judgements)
    assert (getattr(rule, why), rule.decided, rule.share) == (5, 0, None)


def test_a_rule_without_a_name_is_never_suppressed() -> None:
    rows, judgements = refuted(rule="")
    assert statuses(applied([*rows, row(100, rule="")], *judgements))[-1] == "flagged"


engine_statuses = st.sampled_from(["flagged", "possible", "scope_difference"])
rows_drawn = st.lists(
    st.builds(row, st.integers(0, 4), scope=st.sampled_from(["", "x"]), status=engine_statuses),
    max_size=8, unique_by=lambda one: one.contradiction_id,
)  # fmt: skip
judgements_drawn = st.lists(
    st.builds(
        lambda number, scope, verdict, day: on(row(number, scope=scope), verdict, day),
        st.integers(0, 5), st.sampled_from(["", "x", "y"]), st.sampled_from(["accept", "reject", "unsure"]), st.integers(0, 1000),
    ),
    max_size=12, unique_by=lambda one: one.judged_at,
)  # fmt: skip


@given(rows=rows_drawn, judgements=judgements_drawn, order=st.randoms(use_true_random=False))
def test_the_order_of_the_file_does_not_matter_and_nothing_is_dropped(
    rows: list[ContradictionRow], judgements: list[Judgement], order: Any
) -> None:
    found = applied(rows, *judgements)
    shuffled = judgements[:]
    order.shuffle(shuffled)
    assert applied(rows, *shuffled) == found
    assert [one.contradiction_id for one in found.contradictions] == [one.contradiction_id for one in rows]
    assert {one.judgement_id for one in found.judgements} == {one.judgement_id for one in judgements}
    for before, after in zip(rows, found.contradictions, strict=True):
        assert replace(after, status=before.status) == before
    by_id = {one.contradiction_id: one for one in found.contradictions}
    for one in found.judgements:
        assert not (one.stale and one.applies_to)
        assert one.is_latest or one.applies_to is None
        if one.applies_to and one.verdict != "unsure":
            assert by_id[one.applies_to].status == {"accept": "accepted", "reject": "rejected"}[one.verdict]


@given(rows=rows_drawn)
def test_without_judgements_everything_stays(rows: list[ContradictionRow]) -> None:
    assert applied(rows) == Judged(rows, [])


@given(total=st.integers(0, 5000), data=st.data())
def test_the_interval_holds_the_share_and_lies_within_0_and_1(total: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, total))
    low, high = wilson_interval(hits, total)
    assert 0 <= low <= high <= 1
    assert low - 1e-9 <= (hits / total if total else 0.5) <= high + 1e-9
    mirrored = wilson_interval(total - hits, total)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_the_interval_is_that_of_the_textbook() -> None:
    assert wilson_interval(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_a_judgement_of_the_file_is_not_changed_by_what_it_does() -> None:
    given_one = on(row(), "reject")
    (one,) = applied([row()], given_one).judgements
    assert with_id(given_one).judgement_id == one.judgement_id
    assert (one.reason, one.judged_by, one.judged_at, one.rule) == (None, "王", NOW, "antonym:meal_time")
