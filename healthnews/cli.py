"""The command line: arguments, tables, exit codes; no logic."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Never

import typer
from typer.exceptions import TyperException

from healthnews.errors import GateError, HealthnewsError, PageError, UsageError
from healthnews.settings import KNOWN, Setting, read_settings, whole_number

if TYPE_CHECKING:
    from healthnews.pipeline.folder import DataFolder
    from healthnews.pipeline.ingestion import IngestSummary
    from healthnews.pipeline.queries import Dataset
    from healthnews.terminal import Output

# Imports of the pipeline stand inside the commands: --help must not wait for pandas, pyarrow and jieba.

PARTLY_DONE = 3
MOST_LISTED = 50
INTERRUPTED = 130

app = typer.Typer(
    name="healthnews",
    help="Chinese health and medical-insurance answer pages in; a clean dataset with duplicates marked and contradictions shown, out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done, 1 internal error, 2 usage, 3 partly done, 4 a quality gate refused, 5 network, 6 locked, 130 interrupted.",
)

Data = Annotated[str | None, typer.Option("--data", metavar="DIR", help="Data folder.", show_default="data")]
Json = Annotated[bool, typer.Option("--json", help="JSON lines on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")]
Unused = Annotated[str | None, typer.Option("--data", metavar="DIR", help="Data folder; this command reads and writes nothing there.")]
AlwaysJson = Annotated[bool, typer.Option("--json", help="JSON lines on stdout, as always with this command.")]
ReleaseName = Annotated[str | None, typer.Option("--release", metavar="V", help="Read this release instead of what is newest.")]


def _output(as_json: bool, quiet: bool) -> Output:
    from healthnews.terminal import Output

    return Output(as_json=as_json, quiet=quiet)


def _settings(data: str | None) -> dict[str, Setting]:
    return read_settings({"store.data": data})


def _folder(settings: dict[str, Setting]) -> DataFolder:
    from healthnews.pipeline.folder import DataFolder

    return DataFolder(Path(settings["store.data"].value))


def _dataset(data: str | None, release: str | None) -> Dataset:
    from healthnews.pipeline.queries import Dataset

    return Dataset(_folder(_settings(data)), release)


@app.command()
def ingest(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE...",
            help="Text dumps (.txt), HTML files, page JSON lines (.jsonl), folders of these, each also with .gz; - for standard input."
            " Without any: go on with what a killed run left.",
        ),
    ] = None,
    no_analyze: Annotated[bool, typer.Option("--no-analyze", help="Stop after the articles.")] = False,
    no_publish: Annotated[bool, typer.Option("--no-publish", help="Make no release.")] = False,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Archive pages, parse them, analyse what is new, and publish a release when anything changed.

    The same bytes are archived once: a second run over the same sources changes nothing.
    """
    from healthnews.pipeline.ingestion import ingest as ingest_sources
    from healthnews.terminal import ProgressDisplay

    output, settings = _output(as_json, quiet), _settings(data)
    if addresses := [s for s in sources or [] if "://" in s]:
        raise UsageError(f"{addresses[0]}: fetching addresses is not part of this version; save the page and ingest the file")
    with ProgressDisplay(output) as progress:
        summary = ingest_sources(
            _folder(settings),
            sources or [],
            stdin=sys.stdin.buffer if "-" in (sources or []) else None,
            with_analysis=not no_analyze,
            with_release=not no_publish,
            batch_pages=whole_number(settings["ingest.batch_pages"]),
            max_page_bytes=whole_number(settings["ingest.max_page_bytes"]),
            progress=progress,
        )
    _report_ingest(summary, output)
    reasons = [failure.reason for failure in summary.failures]
    raise typer.Exit(_exit_code(reasons, nothing_read=not (summary.archived or summary.unchanged)))


def _exit_code(reasons: Sequence[str], *, nothing_read: bool) -> int:
    """0 when nothing failed, 2 when every source is missing, else 3."""
    if not reasons:
        return 0
    return UsageError.exit_code if nothing_read and set(reasons) == {"missing"} else PARTLY_DONE


def _report_ingest(summary: IngestSummary, output: Output) -> None:
    """Say what was done, what could not be used and why, and what to look at next."""
    from healthnews.pipeline.extraction import with_address

    for failure in summary.failures[:MOST_LISTED]:
        output.problem(f"{failure.reason}: {with_address(failure.detail, failure.url)}")
    if (more := len(summary.failures) - MOST_LISTED) > 0:
        output.problem(f"… and {more} more; the failures table holds them all")
    release, analysis = summary.release, summary.analysis
    rows = {name: table["rows"] for name, table in release.manifest["tables"].items()} if release else {}
    counts: dict[str, Any] = {
        "archived": summary.archived,
        "unchanged": summary.unchanged,
        "parsed": summary.parsed,
        "quarantined": summary.quarantined,
        "failed": len(summary.failures),
        "articles": rows.get("articles"),
        "related_links": rows.get("related_links"),
        "claims": analysis.claims if analysis else rows.get("claims"),
        "contradictions_flagged": analysis.contradictions.get("flagged", 0) if analysis else None,
        "release": release.version if release else None,
        "new_release": bool(release and release.created),
    }
    if output.as_json:
        output.objects([counts])
    else:
        output.table(("what", "count"), [(name, value) for name, value in counts.items() if value is not None])
    if release and not release.created:
        output.note(f"Nothing changed; the newest release stays {release.version}.")
    elif release:
        output.note(f"Release {release.version} lies in {release.path}. Next: healthnews contradictions, healthnews duplicates")


@app.command()
def extract(
    sources: Annotated[list[str] | None, typer.Argument(metavar="SOURCE...", help="Files and folders as for ingest.")] = None,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", metavar="FILE", help='JSON lines {"id","path","url"}; paths are relative to the file.')
    ] = None,
    data: Unused = None,
    as_json: AlwaysJson = True,
    quiet: Quiet = False,
) -> None:
    """Parse only: print one JSON article per page, write nothing."""
    from healthnews.dataset.exports import article_object
    from healthnews.pipeline.extraction import extract_manifest, extract_sources

    output = _output(True, quiet)
    if bool(sources) == bool(manifest):
        raise UsageError("give either sources or --manifest FILE, and not both")
    reasons: list[str] = []
    printed = 0
    found = extract_manifest(manifest) if manifest else extract_sources(sources or [], sys.stdin.buffer)
    for page_id, result in found:
        if isinstance(result, PageError):
            reasons.append(result.reason)
            output.problem(f"{result.reason}: {result.detail}")
        else:
            printed += 1
            output.objects([({"id": page_id} if page_id is not None else {}) | article_object(result)])
    raise typer.Exit(_exit_code(reasons, nothing_read=printed == 0))


@app.command()
def analyze(
    full: Annotated[bool, typer.Option("--full", help="Recompute everything instead of what is new.")] = False,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find duplicates, claims and contradictions for everything new."""
    from healthnews.pipeline.analysis import analyze as analyze_folder
    from healthnews.terminal import ProgressDisplay

    output, settings = _output(as_json, quiet), _settings(data)
    with ProgressDisplay(output) as progress:
        summary = analyze_folder(_folder(settings), full=full, batch_pages=whole_number(settings["ingest.batch_pages"]), progress=progress)
    counts: dict[str, Any] = {"changed": summary.changed, "articles_read": summary.claimed, "claims": summary.claims}
    counts |= {f"clusters_{kind}": count for kind, count in summary.clusters.items()}
    counts |= {f"contradictions_{status}": count for status, count in summary.contradictions.items()}
    if output.as_json:
        output.objects([counts])
    else:
        output.table(("what", "count"), list(counts.items()))
    if summary.changed:
        output.note("Next: healthnews publish")


@app.command()
def duplicates(
    article: Annotated[str | None, typer.Option("--article", metavar="ID", help="Only the clusters of this article.")] = None,
    release: ReleaseName = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Clusters of copies: kind, representative, similarity and reason for each member."""
    from healthnews.schema import to_plain

    output, dataset = _output(as_json, quiet), _dataset(data, release)
    rows, titles = dataset.duplicates(article), dataset.titles()
    if article is not None and article not in titles:
        raise UsageError(f"no article {article!r}; ids stand in the first column of the articles table")
    if output.as_json:
        output.objects(to_plain(row) for row in rows)
        return
    header = ("cluster_id", "kind", "article_id", "title", "representative_id", "similarity", "reason")
    shown = ((r.cluster_id, r.kind, r.article_id, titles[r.article_id], r.representative_id, f"{r.similarity:.2f}", r.reason) for r in rows)
    output.table(header, shown)
    output.note(f"{len({row.cluster_id for row in rows})} clusters.")


@app.command()
def contradictions(
    topic: Annotated[str | None, typer.Option("--topic", metavar="T", help="Only topics that contain this.")] = None,
    with_all: Annotated[bool, typer.Option("--all", help="Add possible contradictions and scope differences.")] = False,
    release: ReleaseName = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Statements that cannot both be true, each with both sentences, the clash, its scope and its sources."""
    from healthnews.dataset.exports import contradiction_object

    output, dataset = _output(as_json, quiet), _dataset(data, release)
    rows = dataset.contradictions(topic, with_all=with_all)
    claims, titles = dataset.claims(), dataset.titles()
    found = [contradiction_object(row, claims, titles) for row in rows]
    if output.as_json:
        output.objects(found)
    elif output.is_terminal:
        for number, one in enumerate(found, 1):
            output.contradiction(number, one)
    else:
        header = ("contradiction_id", "status", "type", "score", "scope", "topic", "a_title", "a_sentence", "b_title", "b_sentence")
        output.table(header, ([*(f[name] for name in header[:6]), *_sides(f)] for f in found))
    output.note(f"{len(found)} found." + ("" if with_all else " --all adds possible ones and scope differences."))


def _sides(found: dict[str, Any]) -> list[str]:
    return [found[side][name] for side in ("a", "b") for name in ("title", "sentence")]


@app.command()
def topics(release: ReleaseName = None, data: Data = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """Questions on which statements take sides: statements, independent sources and dates of each side."""
    from healthnews.dataset.exports import date_text

    output, dataset = _output(as_json, quiet), _dataset(data, release)
    header = ("topic", "side", "statements", "sources", "first_published_at", "last_published_at", "predicate")
    rows = dataset.rows("topics")
    shown = (
        (r.topic, r.side, r.statements, r.sources, date_text(r.first_published_at), date_text(r.last_published_at), r.predicate)
        for r in rows
    )
    output.table(header, shown)
    output.note(f"{len({row.topic for row in rows})} topics.")


@app.command()
def lexicon(
    action: Annotated[Literal["check"], typer.Argument(help="check: find entries that clash or never fire.")],
    data: Unused = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look after the lexicon: `check` finds entries that clash or never fire; exit code 4 when there are any."""
    from healthnews.language.concepts import check_lexicon, load_lexicon

    output = _output(as_json, quiet)
    problems = check_lexicon()
    output.table(("problem",), [(problem,) for problem in problems])
    output.note(f"{len(load_lexicon().concepts)} concepts, {len(problems)} problems; version {load_lexicon().version}.")
    raise typer.Exit(GateError.exit_code if problems else 0)


@app.command()
def compare(
    pairs: Annotated[
        str,
        typer.Option(
            "--pairs", metavar="FILE", help='JSON lines {"id","a":{"text","source_title"?,"published_at"?},"b":{…}}; - for stdin.'
        ),
    ],
    explain: Annotated[bool, typer.Option("--explain", help="Add the claims that were read in each sentence.")] = False,
    data: Unused = None,
    as_json: AlwaysJson = True,
    quiet: Quiet = False,
) -> None:
    """Verdict for each pair of sentences: contradict, scoped_difference, compatible or unrelated."""
    from healthnews.pipeline.comparison import compare_pairs

    output = _output(True, quiet)
    source = sys.stdin.buffer if pairs == "-" else _open_file(Path(pairs))
    with source:
        output.objects(compare_pairs(source, explain=explain))


def _open_file(path: Path) -> Any:
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    return path.open("rb")


@app.command()
def publish(data: Data = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """Make a release of the tables as they stand; nothing is written when the newest release holds them already."""
    from healthnews.pipeline.publication import publish as publish_folder
    from healthnews.terminal import ProgressDisplay

    output = _output(as_json, quiet)
    with ProgressDisplay(output) as progress:
        release = publish_folder(_folder(_settings(data)), progress=progress)
    if release is None:
        raise UsageError("there is nothing to publish; run `healthnews ingest SOURCE` first")
    tables = release.manifest["tables"]
    if output.as_json:
        output.objects([{"version": release.version, "created": release.created, "path": str(release.path), "tables": tables}])
    else:
        output.table(("table", "rows", "bytes"), [(name, t["rows"], t["bytes"]) for name, t in tables.items()])
    done = "lies in" if release.created else "already holds these tables:"
    output.note(f"Release {release.version} {done} {release.path}")


@app.command()
def status(data: Data = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """What the data folder holds: tables, archive, what is pending, quarantined or failed."""
    from healthnews.pipeline.queries import read_status

    output, folder = _output(as_json, quiet), _folder(_settings(data))
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
    ]
    if output.as_json:
        output.objects([dict(rows)])
    else:
        output.table(("what", "value"), rows)
    if found.pending:
        output.note("Archived but not parsed: run `healthnews ingest` without sources to go on.")
    if not found.archived:
        output.note("Nothing is archived here yet: run `healthnews ingest SOURCE`.")


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
    settings = _settings(data)
    rows = [(s.name, s.value, s.origin, KNOWN[s.name].meaning) for s in settings.values()]
    _output(as_json, quiet).table(("setting", "value", "from", "meaning"), rows)


def main() -> Never:
    """Run the command line and leave with its exit code; every expected error is one sentence on stderr."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit code is returned."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Chinese letters is no reason to stop
    try:
        code = app(arguments, standalone_mode=False)
    except HealthnewsError as error:
        sys.stderr.write(f"healthnews: {error}\n")
        return error.exit_code
    except TyperException as error:
        show = getattr(error, "show", None)
        show() if show else sys.stderr.write(f"healthnews: {error}\n")
        return error.exit_code
    except (BrokenPipeError, SystemExit):
        # The reader (head, less) has gone, which Typer turns into SystemExit.
        code = 0
    except Exception as error:  # the CLI's boundary: an internal error is code 1, in one sentence
        if os.environ.get("HEALTHNEWS_DEBUG"):
            traceback.print_exc()
        sys.stderr.write(f"healthnews: internal error: {type(error).__name__}: {error} (HEALTHNEWS_DEBUG=1 shows where)\n")
        return 1
    if code == INTERRUPTED:
        sys.stderr.write("healthnews: interrupted; run the same command again to go on\n")
    return _flushed(code if isinstance(code, int) else 0)


def _flushed(code: int) -> int:
    """The exit code, once stdout is written out or its reader is gone; a second error at exit would only confuse."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
