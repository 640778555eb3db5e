"""What judgements do to contradictions: statuses, staleness, and the precision of each rule; pure functions over rows."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from healthnews.judgements import pair_of
from healthnews.language.normalise import text_key
from healthnews.records import ContradictionRow, Judgement, JudgementRow

MIN_DECIDED = 5
"""Accepted and rejected pairs before a rule can be suppressed; of five, all must have been rejected."""
SUPPRESSED_BELOW = 0.5
"""A rule is suppressed when even the upper end of its precision's 95 % interval lies below: more often wrong than right, not by chance."""

_DECIDED: Mapping[str, Literal["accepted", "rejected"]] = {"accept": "accepted", "reject": "rejected"}


@dataclass(frozen=True, slots=True)
class Judged:
    """Contradictions and judgements with what each does to the other.

    Attributes:
        contradictions: The rows in their order, with the status that people gave them.
        judgements: Every judgement, by key.
    """

    contradictions: list[ContradictionRow]
    judgements: list[JudgementRow]


@dataclass(frozen=True, slots=True)
class Precision:
    """How people judged what a rule, a type or all rules together flag; the newest judgement of each pair counts.

    Attributes:
        name: The rule or type.
        unsure: Flagged pairs of which the judge was not sure; they decide nothing.
        not_flagged: Judged pairs that the engine finds and does not flag: no part of the precision.
        not_found: Judged pairs whose statements are there and are no longer found: no part of it either.
        stale: Judged pairs that are gone.
        hidden: Flagged pairs that nobody judged and that are suppressed with the rule.
    """

    name: str
    accepted: int = 0
    rejected: int = 0
    unsure: int = 0
    not_flagged: int = 0
    not_found: int = 0
    stale: int = 0
    hidden: int = 0

    @property
    def decided(self) -> int:
        """Flagged pairs that were accepted or rejected."""
        return self.accepted + self.rejected

    @property
    def share(self) -> float | None:
        """Precision, 0 to 1; None before the first decision."""
        return self.accepted / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the precision."""
        return wilson_interval(self.accepted, self.decided)

    @property
    def is_suppressed(self) -> bool:
        """Whether people keep refuting it; of a rule, that hides what it flags."""
        return self.decided >= MIN_DECIDED and self.interval[1] < SUPPRESSED_BELOW


def wilson_interval(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % Wilson interval of a proportion, within 0 to 1. Source: Wilson 1927, as in Brown, Cai and DasGupta 2001, section 3.1.1."""
    if total == 0:
        return 0.0, 1.0
    share, extra = hits / total, z * z / total
    middle, half = share + extra / 2, z * math.sqrt(share * (1 - share) / total + extra / (4 * total))
    return max(0.0, (middle - half) / (1 + extra)), min(1.0, (middle + half) / (1 + extra))


def apply_judgements(contradictions: Iterable[ContradictionRow], judgements: Sequence[Judgement], statements: Mapping[str, str]) -> Judged:
    """Give contradictions the status that people decided, and suppress what a refuted rule flags.

    Of a pair's judgements the newest counts. It is that of the row with the same two statements; when one of them is gone, because
    a sentence is read in another scope than before, it is that of the rows with the same two sentences. What is neither is
    stale and does nothing. Accepted and rejected rows get that status, unsure leaves it.

    Args:
        contradictions: Rows with the engine's status: flagged, possible or scope_difference.
        judgements: In the order in which they were written.
        statements: Sentence of each statement of the dataset by id; those that judgements name are enough.
    """
    rows = list(contradictions)
    if not judgements:
        return Judged(rows, [])
    latest = _latest(judgements)
    candidates = _candidates(rows, latest, statements)
    deciding = _deciding(candidates, latest)
    judged = sorted((_judged_row(one, latest, candidates, deciding, statements) for one in judgements), key=lambda row: row.judgement_id)
    refuted = {one.name for one in precision_by("rule", rows, judged) if one.name and one.is_suppressed}
    return Judged([_with_status(row, deciding.get(row.contradiction_id), refuted) for row in rows], judged)


def precision_by(
    group: Literal["rule", "type", "all"], contradictions: Iterable[ContradictionRow], judgements: Iterable[JudgementRow]
) -> list[Precision]:
    """How people judged each rule or type, those with most decisions first; `all` gives one of everything.

    A pair counts for what finds it now, and for what had found it when it is not found any more.

    Args:
        group: What is told apart.
        contradictions: Rows as `apply_judgements` gives them, or as a release holds them.
        judgements: Likewise.
    """
    rows = {row.contradiction_id: row for row in contradictions}
    counts: dict[str, Counter[str]] = defaultdict(Counter)

    def name(row: ContradictionRow | JudgementRow) -> str:
        return "all" if group == "all" else str(getattr(row, group))

    for judgement in judgements:
        if judgement.is_latest and (counted := _counted(judgement)):
            counts[name(rows.get(judgement.applies_to or "", judgement))][counted] += 1
    for found in rows.values():
        if found.status == "suppressed":
            counts[name(found)]["hidden"] += 1
    made = [Precision(name=group_name, **counted) for group_name, counted in counts.items()]
    return sorted(made, key=lambda one: (-one.decided, one.name))


def _counted(judgement: JudgementRow) -> str | None:
    """What the newest judgement of a pair counts as; None when a newer one of the same sentences stands in its place."""
    if judgement.stale:
        return "stale"
    if judgement.applies_to is None:
        return None if judgement.engine_status else "not_found"
    if judgement.engine_status != "flagged":
        return "not_flagged"
    return _DECIDED.get(judgement.verdict, "unsure")


_Pair = tuple[str, str]


def _latest(judgements: Iterable[Judgement]) -> dict[_Pair, Judgement]:
    """The newest judgement of each pair, the oldest of them first; of two of one moment, the one written later."""
    return {pair_of(one): one for one in sorted(judgements, key=lambda one: one.judged_at)}


def _candidates(
    rows: Sequence[ContradictionRow], latest: Mapping[_Pair, Judgement], statements: Mapping[str, str]
) -> dict[_Pair, list[ContradictionRow]]:
    """Rows that the judgement of each pair is about: that of its statements, else those of its sentences."""
    by_statements = {(row.a_statement_id, row.b_statement_id): row for row in rows}
    by_sentences: dict[_Pair, list[ContradictionRow]] = defaultdict(list)
    if any(not _is_there(one, statements) for one in latest.values()):  # rare: a key of every sentence takes a while
        for row in rows:
            by_sentences[_sentences(row)].append(row)
    found = {}
    for pair, judgement in latest.items():
        own = by_statements.get(pair)
        if own is not None and _sentences(own) == _sentences(judgement):
            found[pair] = [own]
        elif _is_there(judgement, statements):
            found[pair] = []
        else:
            there = {statement for statement in pair if statement in statements}
            alike = by_sentences.get(_sentences(judgement), [])
            found[pair] = [row for row in alike if there <= {row.a_statement_id, row.b_statement_id}]
    return found


def _is_there(judgement: Judgement, statements: Mapping[str, str]) -> bool:
    """Whether the dataset has both statements, with the sentences that were judged."""
    sentences = judgement.a_sentence, judgement.b_sentence
    return all(
        statement in statements and text_key(statements[statement]) == text_key(sentence)
        for statement, sentence in zip(pair_of(judgement), sentences, strict=True)
    )


def _sentences(row: ContradictionRow | Judgement) -> _Pair:
    """Keys of both sentences; sorted, for the order of a pair follows its ids."""
    first, second = sorted((text_key(row.a_sentence), text_key(row.b_sentence)))
    return first, second


def _deciding(candidates: Mapping[_Pair, Sequence[ContradictionRow]], latest: Mapping[_Pair, Judgement]) -> dict[str, Judgement]:
    """The judgement of each row that has one: that of its own statements, else the newest of its sentences."""
    deciding: dict[str, Judgement] = {}
    for pair in [*(pair for pair in latest if _is_own(pair, candidates[pair])), *reversed(list(latest))]:
        for row in candidates[pair]:
            deciding.setdefault(row.contradiction_id, latest[pair])
    return deciding


def _is_own(pair: _Pair, rows: Sequence[ContradictionRow]) -> bool:
    return any((row.a_statement_id, row.b_statement_id) == pair for row in rows)


def _judged_row(
    judgement: Judgement,
    latest: Mapping[_Pair, Judgement],
    candidates: Mapping[_Pair, Sequence[ContradictionRow]],
    deciding: Mapping[str, Judgement],
    statements: Mapping[str, str],
) -> JudgementRow:
    pair = pair_of(judgement)
    rows = candidates[pair]
    decided = next((row.contradiction_id for row in rows if deciding[row.contradiction_id] is judgement), None)
    return JudgementRow(
        **{f.name: getattr(judgement, f.name) for f in fields(Judgement)},
        is_latest=latest[pair] is judgement,
        applies_to=decided,
        engine_status=rows[0].status if rows else None,
        stale=not rows and not _is_there(judgement, statements),
    )


def _with_status(row: ContradictionRow, judgement: Judgement | None, refuted: Collection[str]) -> ContradictionRow:
    """The row with the status that its judgement gives it; without one, suppressed when its rule is."""
    if judgement is not None:
        status = _DECIDED.get(judgement.verdict)
        return row if status is None else replace(row, status=status)
    return replace(row, status="suppressed") if row.status == "flagged" and row.rule in refuted else row
