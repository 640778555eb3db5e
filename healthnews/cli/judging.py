"""The command by which people judge: a verdict on a contradiction, its history, import, export and the precision of rules."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from healthnews.cli.options import MOST_LISTED, PARTLY_DONE, Data, Json, Quiet, app, dataset_of, folder_of, open_output
from healthnews.errors import UsageError
from healthnews.settings import SYSTEM_USER, Setting, read_settings

if TYPE_CHECKING:
    from healthnews.judgements import UnreadableLine
    from healthnews.pipeline.judging import Outcome
    from healthnews.pipeline.queries import Dataset
    from healthnews.records import JudgementRow
    from healthnews.terminal import Output
    from healthnews.verdicts import Precision

ACTIONS = ("import", "export", "stats")
_ID = re.compile(r"(con_)?[0-9a-f]{1,16}")


@app.command()
def judge(
    target: Annotated[
        str, typer.Argument(metavar="ID|import|export|stats", help="Id of a contradiction, or its beginning; or what to do.")
    ],
    given: Annotated[
        str | None, typer.Argument(metavar="[accept|reject|unsure|FILE]", help="The verdict; of import, the file, - for standard input.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; kept with the judgement.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who judges.", show_default="the user account")] = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge a contradiction: accept, reject or unsure; with the id alone, show how it was judged.

    `import FILE` adds JSON lines, `export` prints them, `stats` shows the precision of each rule.

    Judgements lie in data/judgements, are only added to, and hold for every rebuild; of a pair the newest counts. A rule that
    people keep refuting is suppressed: what it flags is hidden until `healthnews contradictions --all`.
    """
    output = open_output(as_json, quiet)
    settings = read_settings({"store.data": data, "judge.name": by})
    if target not in ACTIONS:
        _require_id(target)
        if given is None:
            _refuse(target, reason=reason, by=by)
            _show(dataset_of(data, None), target, output)
        else:
            _judge(settings, target, given, reason, output)
        return
    _refuse(target, reason=reason, by=by, **({} if target == "import" else {"FILE": given}))
    if target == "import":
        _import(settings, given, output)
    elif target == "export":
        _export(settings, output)
    else:
        _stats(settings, output)


def _require_id(target: str) -> None:
    if _ID.fullmatch(target):
        return
    meant = get_close_matches(target, ACTIONS, n=1)
    hint = f"did you mean `healthnews judge {meant[0]}`?" if meant else "`healthnews contradictions --all` lists the ids"
    raise UsageError(f"{target!r} is no id of a contradiction, such as con_14a02bc5ed08d414; {hint}")


def _refuse(target: str, **given: str | None) -> None:
    """Nothing that was typed is ignored in silence."""
    for name, value in given.items():
        if value is None:
            continue
        if name == "FILE":
            raise UsageError(f"`healthnews judge {target}` takes no {value!r}; it prints to standard output")
        raise UsageError(f"--{name} belongs to a verdict: healthnews judge ID accept|reject|unsure --{name} …")


def _judge(settings: dict[str, Setting], target: str, given: str, reason: str | None, output: Output) -> None:
    from healthnews.pipeline.judging import check_verdict
    from healthnews.pipeline.judging import judge as record

    folder = folder_of(settings)
    outcome = record(folder, target, check_verdict(given), reason=reason, judged_by=_name(settings["judge.name"]))
    judgement = outcome.judgement
    shown = {
        "contradiction_id": judgement.contradiction_id,
        "verdict": judgement.verdict,
        "status": outcome.after.status if outcome.after else None,
        "topic": judgement.topic,
        "rule": judgement.rule,
        "a_sentence": judgement.a_sentence,
        "b_sentence": judgement.b_sentence,
        "reason": judgement.reason,
        "judged_by": judgement.judged_by,
        "judged_at": judgement.judged_at.isoformat(),
        "judgement_id": judgement.judgement_id,
    }
    if output.as_json:
        output.objects([shown])
    else:
        output.table(("what", "value"), list(shown.items()))
    _tell_outcome(outcome, output)


def _tell_outcome(outcome: Outcome, output: Output) -> None:
    if outcome.earlier:
        last = outcome.earlier[0]
        output.note(f"Judged {last.verdict} by {last.judged_by} on {last.judged_at:%Y-%m-%d} before; the newest judgement counts.")
    rule = outcome.rule
    if rule is not None and rule.is_suppressed and not outcome.was_suppressed:
        output.note(suppressed_sentence(rule))
    elif rule is not None and outcome.was_suppressed and not rule.is_suppressed:
        output.note(f"The rule {rule.name} is no longer suppressed: {_figures(rule)}.")
    if outcome.after is None:
        output.note("Recorded. It shows once the work tables are made anew: healthnews ingest")
    else:
        output.note("It counts from now on, and is in no release yet: healthnews publish")


def _name(setting: Setting) -> str:
    """Who judges: as set, else the name of the user account."""
    if setting.value != SYSTEM_USER:
        return setting.value
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may run under a number that has no name
        return "unknown"


def _show(dataset: Dataset, target: str, output: Output) -> None:
    """The contradiction and how it was judged, the newest first."""
    from healthnews.dataset.exports import contradiction_object
    from healthnews.pipeline.judging import find_contradiction
    from healthnews.schema import to_plain

    row, judged = find_contradiction(dataset.rows("contradictions"), dataset.rows("judgements"), target)
    found = None if row is None else contradiction_object(row, dataset.claims(), dataset.titles())
    if output.as_json:
        output.objects([{"contradiction": found, "judgements": [to_plain(one) for one in judged]}])
        return
    if found and output.is_terminal:
        output.contradiction(1, found)
    elif output.is_terminal:
        output.say([_quoted(judged[0])])
    header = ("judged_at", "verdict", "judged_by", "reason", "is_latest", "stale")
    sentences = () if output.is_terminal else ("a_sentence", "b_sentence")
    if judged or sentences:
        values = ([getattr(one, name) for name in (*header[1:], *sentences)] for one in judged)
        output.table((*header, *sentences), ([f"{one.judged_at:%Y-%m-%d %H:%M:%S}", *row] for one, row in zip(judged, values, strict=True)))
    if row is None:
        output.note(f"{judged[0].contradiction_id} is not found any more; its judgements are kept.")
    else:
        output.note(f"{row.contradiction_id} is {row.status}" + ("." if judged else "; nobody has judged it yet."))


def _import(settings: dict[str, Setting], given: str | None, output: Output) -> None:
    from healthnews.pipeline.judging import take_in

    if given is None:
        raise UsageError("name the file: healthnews judge import FILE; - for standard input")
    path = Path(given)
    if given != "-" and not path.is_file():
        raise UsageError(f"{given}: no such file")
    with sys.stdin.buffer if given == "-" else path.open("rb") as lines:
        done = take_in(folder_of(settings), lines)
    tell_unreadable(output, done.refused, given)
    counts = {"added": len(done.added), "known": done.known, "refused": len(done.refused)}
    if output.as_json:
        output.objects([counts])
    else:
        output.table(("what", "count"), list(counts.items()))
    if done.added:
        output.note("They count from now on, and are in no release yet: healthnews publish")
    if done.refused:
        raise typer.Exit(PARTLY_DONE if done.added or done.known else UsageError.exit_code)


def _export(settings: dict[str, Setting], output: Output) -> None:
    from healthnews.judgements import judgement_line, read_judgements

    judgements = read_judgements(folder_of(settings).judgements)
    for row in judgements.rows:
        sys.stdout.write(judgement_line(row).decode() + "\n")
    tell_unreadable(output, judgements.unreadable, torn=judgements.set_aside)
    output.note(f"{len(judgements.rows)} judgements.")
    if judgements.unreadable:
        raise typer.Exit(PARTLY_DONE)


def _stats(settings: dict[str, Setting], output: Output) -> None:
    """Precision by rule and type, what is suppressed, and what is stale."""
    from healthnews.pipeline.queries import Dataset
    from healthnews.verdicts import precision_by

    dataset = Dataset(folder_of(settings))
    rows, judged = dataset.rows("contradictions"), dataset.rows("judgements")
    header = (
        "by", "name", "precision", "low", "high", "accepted", "rejected", "unsure", "suppressed", "hidden", "not_flagged", "not_found",
        "stale",
    )  # fmt: skip
    output.table(header, [_counts(by, one, output) for by in ("rule", "type", "all") for one in precision_by(by, rows, judged)])
    for rule in dataset.suppressed():
        output.note(suppressed_sentence(rule))
    stale = [row for row in judged if row.stale and row.is_latest]
    for row in stale[:MOST_LISTED]:
        output.note(f"stale: {row.verdict} of {row.contradiction_id}: {_quoted(row)}")
    tell_judgements(dataset, output)


def _counts(by: str, one: Precision, output: Output) -> Sequence[Any]:
    """A line of the statistics; numbers in full for programs."""
    low, high = one.interval
    figures: list[Any] = [one.share, low, high]
    if not output.as_json:
        figures = ["" if figure is None else f"{figure:.2f}" for figure in figures]
    suppressed = one.is_suppressed if by == "rule" else None
    return (
        by, one.name, *figures, one.accepted, one.rejected, one.unsure, suppressed, one.hidden, one.not_flagged, one.not_found, one.stale,
    )  # fmt: skip


def suppressed_sentence(rule: Precision, *, is_shown: bool = False) -> str:
    """That a rule is suppressed, why, and how to see what it hides unless that is shown."""
    what = f"The rule {rule.name} is suppressed with {rule.hidden} contradictions that nobody judged: {_figures(rule)}"
    return f"{what}." if is_shown else f"{what}; `healthnews contradictions --all` shows them."


def _figures(rule: Precision) -> str:
    low, high = rule.interval
    share = "" if rule.share is None else f", precision {rule.share:.2f}"
    return f"people accepted {rule.accepted} of {rule.decided}{share}, between {low:.2f} and {high:.2f}"


def tell_judgements(dataset: Dataset, output: Output) -> None:
    """Say which lines of the file are no judgements, and how many judgements there are."""
    tell_unreadable(output, dataset.judgements.unreadable, torn=dataset.judgements.set_aside)
    judged: list[JudgementRow] = dataset.rows("judgements")
    stale = sum(row.stale for row in judged)
    output.note(f"{len(dataset.judgements.rows)} judgements" + (f", {stale} of them stale." if stale else "."))
    known = {row.judgement_id for row in judged}
    if waiting := sum(row.judgement_id not in known for row in dataset.judgements.rows):
        output.note(f"{waiting} of them show once the work tables are made anew: healthnews ingest")


def tell_unreadable(output: Output, lines: Sequence[UnreadableLine], file: str = "judgements.jsonl", *, torn: int = 0) -> None:
    """Say of each line that is no judgement why, and that others were cut off."""
    if torn:
        output.problem(f"judgements.torn holds {torn} line(s) that a kill cut off")
    for line in lines[:MOST_LISTED]:
        output.problem(f"{file} line {line.line}: {line.reason}")
    if (more := len(lines) - MOST_LISTED) > 0:
        output.problem(f"… and {more} more lines that are no judgements")


def _quoted(row: JudgementRow) -> str:
    from healthnews.language.normalise import fold_spaces, strip_invisible

    return " / ".join(f"“{fold_spaces(strip_invisible(text))}”" for text in (row.a_sentence, row.b_sentence))
