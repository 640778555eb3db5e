"""Commands about releases: publish, diff, validate, download, serve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from healthnews.cli.options import Data, Json, Quiet, ReleaseName, app, folder_of, open_output, settings_of, tell_kind
from healthnews.errors import GateError, UsageError

Formats = Annotated[
    str | None,
    typer.Option(
        "--formats",
        metavar="LIST",
        help="Forms beside Parquet, by comma: csv, excel.csv, jsonl.gz, xlsx, sqlite, sample; or all.",
        show_default="as the newest release, else parquet",
    ),
]
Text = Annotated[
    Literal["full", "excerpt"] | None,
    typer.Option(
        "--text",
        help="full: for your own analysis. excerpt: beginnings and evidence, for others.",
        show_default="as the newest release, else full",
    ),
]
AcceptDrift = Annotated[
    str | None,
    typer.Option("--accept-drift", metavar="REASON", help="Why the figures may differ from those of the last release; it is recorded."),
]


@app.command()
def publish(
    formats: Formats = None,
    text: Text = None,
    accept_drift: AcceptDrift = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a release of the tables as they stand; nothing is written when the newest release holds them already.

    Gates look at it first: schema, keys, references, spans, dates, and its figures against the last release. When they refuse, the last
    release stays, the attempt is listed with its issues, and the exit code is 4.
    """
    from healthnews.dataset.versions import newest_manifest
    from healthnews.pipeline.publication import publish as publish_folder
    from healthnews.pipeline.publication import publish_options
    from healthnews.terminal_progress import ProgressDisplay

    output, folder = open_output(as_json, quiet), folder_of(settings_of(data))
    options = publish_options(formats, text, accept_drift, newest_manifest(folder.clean))
    try:
        with ProgressDisplay(output) as progress:
            release = publish_folder(folder, options, progress=progress)
    except GateError as error:
        if output.as_json:
            output.objects(error.issues)
        raise
    if release is None:
        raise UsageError("there is nothing to publish; run `healthnews ingest SOURCE` first")
    tables, files = release.manifest["tables"], release.manifest.get("files", [])
    if output.as_json:
        shown = {"version": release.version, "created": release.created, "path": str(release.path), "tables": tables, "files": files}
        output.objects([shown])
    else:
        rows: list[tuple[Any, ...]] = [(name, t["rows"], t["bytes"]) for name, t in tables.items()]
        output.table(("table", "rows", "bytes"), [*rows, *((f["path"], None, f["bytes"]) for f in files)])
    done = "lies in" if release.created else "already holds these tables:"
    output.note(f"Release {release.version} {done} {release.path}")
    tell_kind(release, output)


@app.command()
def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="A release: its version, or latest.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    table: Annotated[str | None, typer.Option("--table", metavar="T", help="The rows of this table alone, with their columns.")] = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What changed from release A to release B, in words; with --json or --table row by row, as delta.parquet has it."""
    from healthnews.pipeline.describing import diff_releases
    from healthnews.records import TABLES

    if table is not None and table not in TABLES:
        raise UsageError(f"no table {table!r}; there are {', '.join(TABLES)}")
    output = open_output(as_json, quiet)
    delta, words = diff_releases(folder_of(settings_of(data)).clean, a, b)
    rows = (row for batch in delta.to_batches(max_chunksize=10_000) for row in batch.to_pylist() if table in (None, row["table"]))
    if output.as_json:
        output.objects(rows)
    elif table is not None:
        output.table(("change", "key", "columns"), ((row["change"], row["key"], ", ".join(row["columns"])) for row in rows))
    else:
        output.say(words.splitlines())


def _weight(issue: Mapping[str, Any]) -> str:
    """Whether a release is refused for an issue, in a word."""
    return "accepted" if issue["accepted"] else "yes" if issue["refuses"] else "no"


@app.command()
def validate(release: ReleaseName = None, data: Data = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """Run the gates alone, over the tables as they stand or over a release; exit code 4 when they would refuse."""
    from healthnews.pipeline.publication import validate as validate_folder

    output = open_output(as_json, quiet)
    version, issues = validate_folder(folder_of(settings_of(data)), release)
    if output.as_json:
        output.objects(issues)
    else:
        header = ("refuses", "check", "table", "column", "rows", "found", "expected")
        output.table(header, [[_weight(issue), *(issue[name] for name in header[1:])] for issue in issues])
    refusing = sum(issue["refuses"] and not issue["accepted"] for issue in issues)
    output.note(f"{version}: {refusing} checks refuse, {len(issues) - refusing} report something.")
    raise typer.Exit(GateError.exit_code if refusing else 0)


@app.command()
def download(
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of a folder of releases: where its versions.json lies.")],
    release: Annotated[str, typer.Option("--release", metavar="V", help="Its version.")] = "latest",
    tables: Annotated[str | None, typer.Option("--tables", metavar="T", help="Tables wanted, by comma.", show_default="all")] = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fetch a published release into the data folder; broken off, the same command goes on. Checksums are verified."""
    from healthnews.dataset.remote import Remote, download_release, is_address
    from healthnews.pipeline.describing import write_index
    from healthnews.terminal_progress import ProgressDisplay

    if not is_address(url):
        raise UsageError(f"{url} is no http address")
    output, folder = open_output(as_json, quiet), folder_of(settings_of(data))
    wanted = [name.strip() for name in (tables or "").split(",") if name.strip()]
    folder.clean.mkdir(parents=True, exist_ok=True)
    with ProgressDisplay(output) as progress, Remote(url) as remote, folder.locked():
        version, path = download_release(remote, folder.clean, release, wanted, progress)
        write_index(folder.clean)
    shown = {"version": version, "path": str(path), "tables": sorted(file.stem for file in path.glob("*.parquet"))}
    if output.as_json:
        output.objects([shown])
    else:
        output.table(("file", "bytes"), [(file.name, file.stat().st_size) for file in sorted(path.glob("*.parquet"))])
    output.note(f"Release {version} lies in {path}")


@app.command()
def serve(
    release: ReleaseName = None,
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535, help="Port on 127.0.0.1.")] = 8765,
    data: Data = None,
    quiet: Quiet = False,
) -> None:
    """Serve the releases on loopback until Ctrl-C: their pages, and their files with ranges, so that downloads can be resumed."""
    from healthnews.dataset.versions import versions_with_whole_texts
    from healthnews.pipeline.serving import HOST, serve_releases

    clean, output = folder_of(settings_of(data)).clean, open_output(False, quiet)
    if whole := versions_with_whole_texts(clean):
        named = ", ".join([*whole[:3], *["…"][: len(whole) > 3]])
        output.problem(
            f"Whole texts are in {len(whole)} of the releases served ({named}): they are for your own analysis only."
            " Others may have releases of excerpts: `healthnews publish --text excerpt`, in a folder of their own."
        )
    serve_releases(clean, release, port, lambda: output.note(f"http://{HOST}:{port}/ serves {clean}; Ctrl-C ends it."))
