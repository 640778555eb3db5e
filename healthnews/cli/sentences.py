"""The command that compares given sentences."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from healthnews.cli.options import Language, Quiet, Unused, app, open_output
from healthnews.errors import UsageError

if TYPE_CHECKING:
    from healthnews.claims.pairs import Sentence
    from healthnews.pipeline.comparison import Comparison
    from healthnews.terminal import Output


@app.command()
def compare(
    a: Annotated[str | None, typer.Argument(metavar="A", help="The first sentence.", show_default=False)] = None,
    b: Annotated[str | None, typer.Argument(metavar="B", help="The second.", show_default=False)] = None,
    pairs: Annotated[
        str | None,
        typer.Option(
            "--pairs",
            metavar="FILE",
            help='Instead: JSON lines {"id","a":{"text","source_title"?,"published_at"?},"b":{…}}; - for stdin.',
        ),
    ] = None,
    title_a: Annotated[str | None, typer.Option("--title-a", metavar="T", help="Title of the article that A is from.")] = None,
    title_b: Annotated[str | None, typer.Option("--title-b", metavar="T", help="Title of the article that B is from.")] = None,
    date_a: Annotated[str | None, typer.Option("--date-a", metavar="DAY", help="When A was published, such as 2025-04-19.")] = None,
    date_b: Annotated[str | None, typer.Option("--date-b", metavar="DAY", help="When B was published.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add the claims read in each sentence, and why each pair of them clashed or not.")
    ] = False,
    lang: Language = "zh",
    data: Unused = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines on stdout, as always with --pairs in a pipe.")] = False,
    quiet: Quiet = False,
) -> None:
    """Whether two sentences can both be true: contradict, scoped_difference, compatible or unrelated, and why.

    Give two sentences, or with --pairs a file of pairs. A title lends its sentence subject and scope, a date its time.
    """
    from healthnews.pipeline.comparison import compare_lines, compare_two, comparison_object

    output = open_output(as_json, quiet)
    if pairs is None:
        first, second = _sentence("A", a, title_a, date_a), _sentence("B", b, title_b, date_b)
        _show_comparison(compare_two(first, second, lang=lang), output, explain)
        return
    sides = {"A": a, "B": b, "--title-a": title_a, "--title-b": title_b, "--date-a": date_a, "--date-b": date_b}
    if given := [name for name, value in sides.items() if value is not None]:
        raise UsageError(f"{given[0]} and --pairs: give two sentences or a file of pairs; a line of the file holds titles and dates itself")
    source = sys.stdin.buffer if pairs == "-" else _open_file(Path(pairs))
    with source:
        found = compare_lines(source, lang=lang)
        if output.is_terminal:
            for comparison in found:
                _show_comparison(comparison, output, explain)
        else:
            output.objects(comparison_object(comparison, explain=explain) for comparison in found)


def _sentence(name: str, text: str | None, title: str | None, day: str | None) -> Sentence:
    """One side of `compare` as it was given."""
    from healthnews.claims.pairs import Sentence, wall_time

    if text is None:
        raise UsageError(f'sentence {name} is missing: healthnews compare "SENTENCE" "SENTENCE", or --pairs FILE')
    if not text.strip():
        raise UsageError(f"sentence {name} is empty")
    try:
        return Sentence(text=text, source_title=title, published_at=wall_time(day))
    except ValueError as error:
        raise UsageError(f"--date-{name.lower()} {day!r}: expected a date such as 2025-04-19") from error


def _show_comparison(comparison: Comparison, output: Output, explain: bool) -> None:
    """A verdict in the form asked for: drawn, as tables, or as one JSON object."""
    from healthnews.pipeline.comparison import claim_words, comparison_object, named_claims, pair_reasons

    if output.as_json:
        output.objects([comparison_object(comparison, explain=explain)])
    elif output.is_terminal:
        output.comparison(comparison, explain=explain)
    else:
        verdict = comparison.verdict
        output.table(("label", "score", "type", "explanation"), [(verdict.label, verdict.score, verdict.type, verdict.explanation)])
        if explain:
            claims = [{"claim": name} | claim_words(claim, verdict.lang) for name, claim in named_claims(verdict).items()]
            output.say([""])
            output.table(tuple(claims[0]) if claims else ("claim",), [tuple(claim.values()) for claim in claims])
            output.say([""])
            reasons = pair_reasons(verdict)
            output.table(("a", "b", "label", "score", "type", "why"), [(r.a, r.b, r.label, r.score, r.type, r.why) for r in reasons])


def _open_file(path: Path) -> Any:
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    return path.open("rb")
