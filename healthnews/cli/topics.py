"""The command that shows topics: all of them as a table, one of them whole, or as pages for a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from healthnews.cli.options import Data, Json, Quiet, ReleaseName, app, dataset_of, open_output
from healthnews.errors import UsageError

if TYPE_CHECKING:
    from healthnews.pipeline.queries import Dataset
    from healthnews.pipeline.questions import QuestionKey
    from healthnews.records import TopicRow
    from healthnews.terminal import Output


@app.command()
def topics(
    topic: Annotated[
        str | None, typer.Argument(metavar="TOPIC", help="Show this topic whole; a part of its name will do.", show_default=False)
    ] = None,
    named: Annotated[str | None, typer.Option("--topic", metavar="T", help="The same as TOPIC.")] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="PATH", help="Write a page for a browser: of TOPIC to this file, without TOPIC of every one to this folder."
        ),
    ] = None,
    release: ReleaseName = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Questions on which statements take sides, contested ones first: statements, independent sources and dates of each side.

    With a topic: its sides with their statements, sources, regions and months, what contradicts what, and which articles contradict
    themselves. Near-duplicate sentences are one statement, copies one source.
    """
    from healthnews.pipeline.questions import choose_questions, key_of, ordered_rows

    if topic is not None and named is not None and topic != named:
        raise UsageError(f"TOPIC is {topic!r} and --topic {named!r}; give one of them")
    wanted = topic if topic is not None else named
    output, dataset = open_output(as_json, quiet), dataset_of(data, release)
    rows = ordered_rows(dataset.rows("topics"))
    if html is not None:
        _write_topic_pages(output, dataset, rows, wanted, html)
        return
    keys = choose_questions(rows, wanted) if wanted is not None else None
    if keys is not None and len(keys) == 1:
        _print_topic(output, dataset, keys[0])
        return
    _print_topics(output, [row for row in rows if keys is None or key_of(row) in keys])
    if keys is not None:
        output.note(f"{wanted!r} names {len(keys)} questions; name one of them to see it whole.")


def _print_topics(output: Output, rows: Sequence[TopicRow]) -> None:
    from healthnews.dataset.exports import date_text
    from healthnews.pipeline.questions import key_of
    from healthnews.schema import to_plain

    if output.as_json:
        dates = ("first_published_at", "last_published_at")
        output.objects(to_plain(row) | {name: date_text(getattr(row, name)) for name in dates} for row in rows)
    elif output.is_terminal:
        short = ("topic", "side", "contested", "statements", "sources", "articles", "first", "last")
        output.table(short, ((key_of(row).title, *(_figures(row)[name] for name in _SHORT)) for row in rows))
    else:
        long = ("topic", "item", "side", *_LONG, "predicate")
        output.table(long, ((row.topic, row.item, row.side, *(_figures(row)[name] for name in _LONG), row.predicate) for row in rows))
    questions = {key_of(row): row.is_contested for row in rows}
    output.note(f"{len(questions)} topics, {sum(questions.values())} contested.")


_LONG = (
    "contested", "statements", "sources", "articles", "undated", "contradictions", "self_contradicting", "first_published_at",
    "last_published_at",
)  # fmt: skip
_SHORT = ("side", "contested", "statements", "sources", "articles", "first_published_at", "last_published_at")
"""What a terminal of 80 columns has room for."""


def _figures(row: TopicRow) -> dict[str, Any]:
    from healthnews.dataset.exports import date_text

    return {
        "side": row.side,
        "contested": "yes" if row.is_contested else "",
        "statements": row.statements,
        "sources": row.sources,
        "articles": row.articles,
        "undated": row.undated,
        "contradictions": row.contradictions,
        "self_contradicting": len(row.self_contradicting),
        "first_published_at": date_text(row.first_published_at),
        "last_published_at": date_text(row.last_published_at),
    }


def _print_topic(output: Output, dataset: Dataset, key: QuestionKey) -> None:
    from healthnews.explorer.text import topic_lines
    from healthnews.pipeline.explorer import Explorer, statement_rows
    from healthnews.schema import to_plain

    view = Explorer.of(dataset, [key]).view(key)
    if output.as_json:
        output.objects([to_plain(view)])
    elif output.is_terminal:
        output.say(topic_lines(view))
    else:
        output.table(*statement_rows(view))


def _write_topic_pages(output: Output, dataset: Dataset, rows: Sequence[TopicRow], wanted: str | None, path: Path) -> None:
    from healthnews.pipeline.explorer import INDEX, write_topic, write_topics
    from healthnews.pipeline.questions import one_question

    if wanted is None:
        written = [(key.title, str(file)) for key, file in write_topics(dataset, path)]
        index = path / INDEX
    else:
        key = one_question(rows, wanted)
        write_topic(dataset, key, path)
        written, index = [(key.title, str(path))], path
    output.table(("topic", "page"), written)
    output.note(f"Open {index} in a browser.")
