"""Commands that show what is there: contradictions, status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from healthnews.cli.failure_lines import MOST_EXAMPLES, failure_lines
from healthnews.cli.host_lines import host_lines
from healthnews.cli.judging import suppressed_sentence, tell_unreadable
from healthnews.cli.options import (
    Data,
    Json,
    Language,
    Quiet,
    ReleaseName,
    app,
    dataset_of,
    folder_of,
    open_output,
    settings_of,
)

if TYPE_CHECKING:
    from healthnews.pipeline.host_status import HostStatus
    from healthnews.pipeline.open_failures import OpenFailures


@app.command()
def contradictions(
    topic: Annotated[str | None, typer.Option("--topic", metavar="T", help="Only topics that contain this.")] = None,
    with_all: Annotated[
        bool, typer.Option("--all", help="Add possible contradictions, scope differences, and what people rejected or suppressed.")
    ] = False,
    lang: Language = "zh",
    release: ReleaseName = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Statements that cannot both be true, each with both sentences, the clash, its scope and its sources."""
    from healthnews.dataset.exports import contradiction_object
    from healthnews.pipeline.comparison import explain_row, reason_of_object

    output, dataset = open_output(as_json, quiet), dataset_of(data, release)
    rows = dataset.contradictions(topic, with_all=with_all)
    claims, titles = dataset.claims(), dataset.titles()
    found = [contradiction_object(row, claims, titles) | {"explanation": explain_row(row, claims, lang)} for row in rows]
    if output.as_json:
        output.objects(found)
    elif output.is_terminal:
        for number, one in enumerate(found, 1):
            output.contradiction(number, one, lang)
    else:
        header = ("contradiction_id", "status", "type", "score", "scope", "topic")
        sides = ("a_title", "a_sentence", "b_title", "b_sentence", "reason")
        output.table((*header, *sides), ([*(f[name] for name in header), *_sides(f), reason_of_object(f)] for f in found))
    for rule in dataset.suppressed(topic):
        output.note(suppressed_sentence(rule, is_shown=with_all))
    output.note(f"{len(found)} found." + ("" if with_all else " --all adds possible, rejected and suppressed ones and scope differences."))


def _sides(found: dict[str, Any]) -> list[str]:
    return [found[side][name] for side in ("a", "b") for name in ("title", "sentence")]


@app.command()
def status(data: Data = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """What the data folder holds: tables, archive, what is pending, quarantined or failed, which addresses a crawl has before it.

    Of what failed and was not read since, what can be done, by reason. Drift: hosts whose pages do not look as they did, with the
    figures; these pages are held back, and it says what to do.
    """
    from healthnews.pipeline.drift import alert_object
    from healthnews.pipeline.queries import read_status

    output, folder = open_output(as_json, quiet), folder_of(settings_of(data))
    found = read_status(folder)
    rows: list[tuple[str, Any]] = [
        ("data", str(folder.root)),
        ("release", found.release),
        ("released_at", found.released_at),
        ("unpublished_changes", found.is_unpublished),
        ("archived_pages", found.archived),
        ("archived_bytes", found.archived_bytes),
        ("pending", found.pending),
        ("last_capture_at", found.last_capture_at and found.last_capture_at.isoformat()),
        *((f"rows_{name}", count) for name, count in found.rows.items()),
        ("quarantined", len(found.quarantined)),
        *((f"failed_{stage}_{reason}", count) for (stage, reason), count in found.failures.items()),
        ("judgements", found.judgements),
        ("judgements_stale", found.stale_judgements),
        ("judgements_pending", found.pending_judgements),
        ("judgements_unreadable", len(found.unreadable_judgements)),
        ("held_back", sum(alert.held for alert in found.alerts)),
        *((f"drift_{alert.host}", alert.text) for alert in found.alerts if not as_json),
        *((f"frontier_{host}_{state}", count) for (host, state), count in found.frontier.items()),
        *([("frontier_error", found.frontier_error)] if found.frontier_error else ()),
    ]
    hosts = [_host_object(host) for host in found.hosts]
    if output.as_json:
        drift, failures = [alert_object(alert) for alert in found.alerts], [_open_object(one) for one in found.open_failures]
        output.objects([dict(rows) | {"hosts": hosts, "open_failures": failures, "drift": drift}])
    elif output.is_terminal:
        output.table(("what", "value"), rows)
        if hosts:
            output.say(("", *host_lines(found.hosts, output.width)))
        if found.open_failures:
            output.say(("", *failure_lines(found.open_failures)))
    else:
        shown = [(f"host_{host['host']}_{name}", _reasons(value)) for host in hosts for name, value in host.items() if name != "host"]
        shown += [(f"open_{one.reason}", f"{len(one.urls)}: {one.remedy}") for one in found.open_failures]
        output.table(("what", "value"), [*rows, *shown])
    tell_unreadable(output, found.unreadable_judgements, torn=found.torn_judgements)
    if found.frontier_error:
        output.note("Which addresses wait to be visited cannot be read: `healthnews doctor` says what to do.")
    if found.pending:
        output.note("Archived but not parsed: run `healthnews ingest` without sources to go on.")
    if not found.archived:
        output.note("Nothing is archived here yet: run `healthnews ingest SOURCE`.")


def _host_object(host: HostStatus) -> dict[str, Any]:
    """What came of the visits to a host, as JSON."""
    return {
        "host": host.host, "due": host.due, "beyond_depth": host.beyond_depth, "fetched": host.fetched, "unchanged": host.unchanged,
        "failed": dict(sorted(host.failed.items())), "quarantined": host.quarantined,
        "last_success_at": host.last_success_at and host.last_success_at.isoformat(),
    }  # fmt: skip


def _open_object(found: OpenFailures) -> dict[str, Any]:
    """What failed for a reason and was not read since, as JSON."""
    return {
        "reason": found.reason, "addresses": len(found.urls), "examples": found.urls[:MOST_EXAMPLES], "remedy": found.remedy,
    }  # fmt: skip


def _reasons(value: Any) -> Any:
    """Counts by reason on one line; anything else as it is."""
    return " ".join(f"{reason}={count}" for reason, count in value.items()) if isinstance(value, dict) else value
