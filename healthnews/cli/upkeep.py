"""Commands that keep the dataset: analyze, lexicon, doctor, config."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

import typer

from healthnews.cli.finding_lines import finding_lines
from healthnews.cli.options import Data, Json, Quiet, Unused, app, engine_of, folder_of, open_output, settings_of
from healthnews.errors import GateError
from healthnews.settings import KNOWN, whole_number

_YES = {True: "yes", False: "no"}


@app.command()
def analyze(
    full: Annotated[bool, typer.Option("--full", help="Recompute everything instead of what is new.")] = False,
    engine: Annotated[
        Literal["threads", "dask"] | None,
        typer.Option("--engine", help="Where it is computed: in this process, or on Dask.", show_default="threads"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Of dask: tcp://host:8786; without one, a worker for each core here.",
            show_default="local",
        ),
    ] = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find duplicates, claims and contradictions for everything new."""
    from healthnews.pipeline.analysis import analyze as analyze_folder
    from healthnews.terminal_progress import ProgressDisplay

    output, settings = open_output(as_json, quiet), settings_of(data, engine=engine, scheduler=scheduler)
    with ProgressDisplay(output) as progress, engine_of(settings):
        summary = analyze_folder(
            folder_of(settings), full=full, batch_pages=whole_number(settings["ingest.batch_pages"]), progress=progress
        )
    counts: dict[str, Any] = {"changed": summary.changed, "articles_read": summary.claimed, "claims": summary.claims}
    counts |= {f"clusters_{kind}": count for kind, count in summary.clusters.items()}
    counts |= {f"contradictions_{status}": count for status, count in summary.contradictions.items()}
    if as_json or summary.not_compared or summary.not_listed:
        counts |= {"contradictions_not_listed": summary.not_listed, "pairs_not_compared": summary.not_compared}
    if output.as_json:
        output.objects([counts])
    else:
        output.table(("what", "count"), list(counts.items()))
    if summary.large_topics:
        named = "、".join(summary.large_topics[:3]) + ("…" if len(summary.large_topics) > 3 else "")
        output.note(f"{len(summary.large_topics)} topics have too many statements to compare all ({named}): those of nearest scope were.")
    if summary.changed:
        output.note("Next: healthnews publish")


@app.command()
def lexicon(
    action: Annotated[Literal["check"], typer.Argument(help="check: find entries that clash or never fire.")],
    data: Unused = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look after the lexicon: `check` finds entries that clash or never fire; exit code 4 when there are any."""
    from healthnews.claims.examples import check_examples
    from healthnews.language.concepts import check_lexicon, load_lexicon

    output = open_output(as_json, quiet)
    problems = [*check_lexicon(), *check_examples(load_lexicon())]
    output.table(("problem",), [(problem,) for problem in problems])
    output.note(f"{len(load_lexicon().concepts)} concepts, {len(problems)} problems; version {load_lexicon().version}.")
    raise typer.Exit(GateError.exit_code if problems else 0)


@app.command()
def doctor(data: Data = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """What is wrong on this machine and in the data folder, and how to mend it; exit code 4 when something is.

    Every record of the archive is read and its digest compared. Nothing is written.
    """
    from healthnews.pipeline.health import examine
    from healthnews.terminal_progress import ProgressDisplay

    output = open_output(as_json, quiet)
    with ProgressDisplay(output) as progress:
        findings = examine(folder_of(settings_of(data)), progress)
    if output.is_terminal:
        output.say(finding_lines(findings))
    else:
        rows = [(f.what, f.is_well if as_json else _YES[f.is_well], f.found, f.remedy) for f in findings]
        output.table(("what", "well", "found", "remedy"), rows)
    wrong = sum(not finding.is_well for finding in findings)
    output.note(f"{wrong} of {len(findings)} findings want something done." if wrong else "All is well.")
    raise typer.Exit(GateError.exit_code if wrong else 0)


@app.command()
def config(
    data_dictionary: Annotated[bool, typer.Option("--data-dictionary", help="Print the data dictionary as Markdown instead.")] = False,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Each setting with its value and where it came from: flag, HEALTHNEWS_* variable, healthnews.toml or default."""
    if data_dictionary:
        from healthnews.schema import data_dictionary as dictionary

        sys.stdout.write(dictionary())
        return
    settings = settings_of(data)
    rows = [(s.name, s.shown, s.origin, KNOWN[s.name].meaning) for s in settings.values()]
    open_output(as_json, quiet).table(("setting", "value", "from", "meaning"), rows)
