"""Judging: finding the contradiction that somebody means, recording the verdict, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import BinaryIO

from healthnews.errors import UsageError
from healthnews.judgements import VERDICTS, Imported, add_judgement, import_judgements
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.queries import Dataset
from healthnews.records import ContradictionRow, Judgement, JudgementRow, Verdict
from healthnews.verdicts import Precision, precision_by

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a judgement did.

    Attributes:
        judgement: As it was written.
        before: The contradiction as it stood.
        after: As it stands now; None when the tables are those of a release and have to be made anew first.
        earlier: Judgements of the same pair from before, the newest first.
        rule: How people judged the rule until now; None when the tables are those of a release.
        was_suppressed: Whether the rule was suppressed before.
    """

    judgement: Judgement
    before: ContradictionRow
    after: ContradictionRow | None
    earlier: list[JudgementRow]
    rule: Precision | None
    was_suppressed: bool


def judge(folder: DataFolder, given: str, verdict: Verdict, *, reason: str | None, judged_by: str) -> Outcome:
    """Record a verdict on a contradiction; it counts from now on, and in the next release.

    Args:
        folder: The data folder; nobody need wait for a run that holds it.
        given: Id of the contradiction, or the beginning of one.
        verdict: accept, reject or unsure.
        reason: Why, in words.
        judged_by: Who judges.

    Raises:
        LockedError: Another process holds the file of judgements for long.
        UsageError: There is no such contradiction, or the judgement cannot be written.
    """
    dataset = Dataset(folder)
    rows: list[ContradictionRow] = dataset.rows("contradictions")
    judged: list[JudgementRow] = dataset.rows("judgements")
    before, earlier = find_contradiction(rows, judged, given)
    if before is None:
        raise UsageError(f"{earlier[0].contradiction_id} is not found any more; `healthnews judge {given}` shows how it was judged")
    judgement = add_judgement(
        folder.judgements,
        Judgement(
            judgement_id="",
            contradiction_id=before.contradiction_id,
            a_statement_id=before.a_statement_id,
            b_statement_id=before.b_statement_id,
            a_sentence=before.a_sentence,
            b_sentence=before.b_sentence,
            verdict=verdict,
            reason=_printable(reason) or None if reason else None,
            judged_by=_printable(judged_by),
            judged_at=datetime.now(UTC),
            rule=before.rule or before.type,
            type=before.type,
            topic=before.topic,
        ),
    )
    was_suppressed = _rule(rows, judged, before.rule).is_suppressed
    now = Dataset(folder)
    if not now.is_unpublished:
        return Outcome(judgement, before, None, earlier, None, was_suppressed)
    after: list[ContradictionRow] = now.rows("contradictions")
    row = next((row for row in after if row.contradiction_id == before.contradiction_id), None)
    return Outcome(judgement, before, row, earlier, _rule(after, now.rows("judgements"), before.rule), was_suppressed)


def find_contradiction(
    contradictions: Sequence[ContradictionRow], judgements: Sequence[JudgementRow], given: str
) -> tuple[ContradictionRow | None, list[JudgementRow]]:
    """The contradiction that is meant, None when it is only remembered, and its judgements, the newest first.

    Args:
        contradictions: Where it is looked for.
        judgements: Where it is remembered.
        given: Its id, or the beginning of one that fits no other, with or without `con_`.

    Raises:
        UsageError: None or several are meant.
    """
    rows = {row.contradiction_id: row for row in contradictions}
    wanted = given if given.startswith("con_") else f"con_{given}"
    known = sorted({*rows, *(row.contradiction_id for row in judgements)})
    found = [wanted] if wanted in known else [key for key in known if key.startswith(wanted)]
    if not found or wanted == "con_":
        raise UsageError(f"no contradiction {given!r}; `healthnews contradictions --all` lists them with their ids")
    if len(found) > 1:
        named = ", ".join(found[:_MOST_NAMED]) + (" …" if len(found) > _MOST_NAMED else "")
        raise UsageError(f"{given!r} fits {len(found)} contradictions: {named}; give more of the id")
    row = rows.get(found[0])
    own = [one for one in judgements if found[0] in (one.contradiction_id, one.applies_to)]
    pairs = {(one.a_statement_id, one.b_statement_id) for one in own}
    own = [one for one in judgements if (one.a_statement_id, one.b_statement_id) in pairs]
    return row, sorted(own, key=lambda one: one.judged_at, reverse=True)


def check_verdict(given: str) -> Verdict:
    """The verdict of a word; UsageError with what may have been meant."""
    for verdict in VERDICTS:
        if given == verdict:
            return verdict  # type: ignore[return-value]
    meant = get_close_matches(given, VERDICTS, n=1)
    raise UsageError(f"unknown verdict {given!r}; expected {', '.join(VERDICTS)}" + (f"; did you mean {meant[0]}?" if meant else ""))


def take_in(folder: DataFolder, lines: BinaryIO) -> Imported:
    """Judgements of JSON lines into the folder's file; LockedError and UsageError as for `judge`."""
    return import_judgements(folder.judgements, lines, datetime.now(UTC))


def _rule(rows: Sequence[ContradictionRow], judgements: Sequence[JudgementRow], rule: str) -> Precision:
    return next((one for one in precision_by("rule", rows, judgements) if one.name == rule), Precision(rule))


def _printable(text: str) -> str:
    """What somebody typed; bytes of a terminal that are no characters become U+FFFD."""
    return _SURROGATE.sub("\ufffd", text).strip()
