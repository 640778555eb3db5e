"""Commands that bring pages in: ingest, crawl, extract, reparse."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from healthnews.cli.interrupts import finishing_pages
from healthnews.cli.options import (
    PARTLY_DONE,
    AllowAddress,
    AlwaysJson,
    Budget,
    Data,
    Delay,
    Depth,
    Json,
    NoAnalyze,
    NoPublish,
    Quiet,
    Start,
    Unused,
    app,
    crawl_exit_code,
    engine_of,
    exit_code_of,
    folder_of,
    open_output,
    settings_of,
    tell_failures,
    tell_kind,
)
from healthnews.errors import PageError, UsageError
from healthnews.settings import whole_number

if TYPE_CHECKING:
    from healthnews.pipeline.crawl_options import CrawlOptions
    from healthnews.pipeline.ingestion import IngestSummary
    from healthnews.pipeline.reparse import ArticleChange, Reparsed
    from healthnews.terminal import Output


@app.command()
def ingest(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE...",
            help="Web addresses, text dumps (.txt), HTML files, page JSON lines (.jsonl), WARC and WACZ files, folders of these,"
            " each also with .gz;"
            " - for standard input. Without any: go on with what a killed run left.",
        ),
    ] = None,
    delay: Delay = None,
    allow_address: AllowAddress = None,
    no_analyze: NoAnalyze = False,
    no_publish: NoPublish = False,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Archive pages, parse them, analyse what is new, and publish a release when anything changed.

    The same bytes are archived once: a second run over the same sources changes nothing. Addresses are fetched politely:
    robots.txt, a delay between two requests to a host, an honest user agent; what a page links to is left to `crawl`.
    """
    from healthnews.pipeline.ingestion import ingest as ingest_sources
    from healthnews.terminal_progress import ProgressDisplay

    output, settings = open_output(as_json, quiet), settings_of(data)
    with ProgressDisplay(output) as progress, finishing_pages(progress), engine_of(settings):
        summary = ingest_sources(
            folder_of(settings),
            sources or [],
            options=_options_of_addresses(sources or [], delay, allow_address),
            stdin=sys.stdin.buffer if "-" in (sources or []) else None,
            with_analysis=not no_analyze,
            with_release=not no_publish,
            batch_pages=whole_number(settings["ingest.batch_pages"]),
            max_page_bytes=whole_number(settings["ingest.max_page_bytes"]),
            progress=progress,
        )
    report_ingest(summary, output)
    reasons = [failure.reason for failure in summary.failures]
    raise typer.Exit(exit_code_of(reasons, nothing_read=not (summary.archived or summary.unchanged)))


def _options_of_addresses(sources: list[str], delay: float | None, allow_addresses: list[str] | None) -> CrawlOptions | None:
    """How addresses are fetched; None when there are none: what it takes to fetch takes half a second to import."""
    if not any("://" in source for source in sources):
        return None
    from healthnews.pipeline.crawl_options import crawl_options

    return crawl_options(delay_seconds=delay, allow_addresses=allow_addresses or ())


@app.command()
def crawl(
    site: Annotated[list[str] | None, typer.Option("--site", metavar="HOST", help="Visit only this site; repeatable.")] = None,
    start: Start = None,
    budget: Budget = None,
    depth: Depth = None,
    delay: Delay = None,
    allow_address: AllowAddress = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Look at every known page again.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Ask again for pages that failed, were quarantined or are lost.")] = False,
    no_analyze: Annotated[bool, typer.Option("--no-analyze", help="Publish without duplicates, claims and contradictions.")] = False,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Visit what is due on the sites you named: list pages, sitemaps, articles, and what their 相关推荐 blocks recommend.

    Ends by itself when nothing is due or the budget is spent; run again, it goes on. Sites come from --start and from
    [[sites]] in healthnews.toml; links to other sites are recorded and not followed.
    """
    from healthnews.pipeline.crawl_options import crawl_options
    from healthnews.pipeline.ingestion import crawl as crawl_sites
    from healthnews.terminal_progress import ProgressDisplay

    output, settings = open_output(as_json, quiet), settings_of(data)
    options = crawl_options(
        start=start or (), hosts=site or (), budget=budget, depth=depth, delay_seconds=delay, allow_addresses=allow_address or (),
        refresh=refresh, retry=retry,
    )  # fmt: skip
    with ProgressDisplay(output) as progress, finishing_pages(progress), engine_of(settings):
        summary = crawl_sites(
            folder_of(settings),
            options,
            with_analysis=not no_analyze,
            batch_pages=whole_number(settings["ingest.batch_pages"]),
            progress=progress,
        )
    report_ingest(summary, output)
    raise typer.Exit(crawl_exit_code(summary.start_failures, nothing_fetched=not (summary.archived or summary.unchanged)))


@app.command()
def reparse(
    host: Annotated[
        list[str] | None, typer.Option("--host", metavar="HOST", help="Read only the pages of this host again; repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing.")] = False,
    accept_layout: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-layout",
            metavar="HOST",
            help="The pages of this host that are held back are as they should be; repeatable. Alone, it reads nothing again.",
        ),
    ] = None,
    no_analyze: NoAnalyze = False,
    no_publish: NoPublish = False,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Rebuild the articles from the archive with today's parsers, and print what changed, field by field.

    Then analyses and publishes as `ingest` does. A killed run changes nothing, and is continued by the next. Pages of a host whose
    layout had changed come back when its parser reads them as before; exit code 3 when articles are refused that were not.
    """
    from healthnews.pipeline.reparse import reparse as reparse_folder
    from healthnews.terminal_progress import ProgressDisplay

    output, settings = open_output(as_json, quiet), settings_of(data)
    with ProgressDisplay(output) as progress, engine_of(settings):
        found = reparse_folder(
            folder_of(settings),
            hosts=host or (),
            accept=accept_layout or (),
            dry_run=dry_run,
            with_analysis=not no_analyze,
            with_release=not no_publish,
            batch_pages=whole_number(settings["ingest.batch_pages"]),
            progress=progress,
        )
    _report_reparsed(found, output, dry_run=dry_run)
    raise typer.Exit(PARTLY_DONE if found.count("quarantined") else 0)


def _report_reparsed(found: Reparsed, output: Output, *, dry_run: bool) -> None:
    """Every change of every article, then how many there were."""
    release = found.after.release
    summary: dict[str, Any] = {
        "unchanged": found.unchanged, "changed": found.count("changed"), "new": found.count("new"),
        "quarantined": found.count("quarantined"), **{f"changed_{name}": count for name, count in found.by_field.items()},
        "release": release.version if release else None, "new_release": bool(release and release.created),
    }  # fmt: skip
    if output.as_json:
        for change in found.changes:
            values = {one.name: dict(zip(("before", "after"), one.shortened(), strict=True)) for one in change.fields}
            named = {"article_id": change.article_id, "url": change.url, "title": change.title, "change": change.kind}
            output.objects([named | {"fields": values}])
        output.objects([{"summary": summary}])
    else:
        header = ("article_id", "url", "change", "field", "before", "after")
        output.table(header, (row for change in found.changes for row in _change_rows(change)))
        done = "would be " if dry_run else ""
        fields = "".join(f", {name} in {count}" for name, count in found.by_field.items())
        output.note(
            f"{found.unchanged} articles unchanged, {summary['changed']} {done}changed{fields}; {summary['new']} {done}new,"
            f" {summary['quarantined']} {done}quarantined."
        )
    for alert in found.after.alerts:
        output.problem(f"layout_changed: {alert.text}")
    if release and release.created:
        output.note(f"Release {release.version} lies in {release.path}.")
        tell_kind(release, output)


def _change_rows(change: ArticleChange) -> list[tuple[str | None, ...]]:
    if not change.fields:
        titles = ("", change.title) if change.kind == "new" else (change.title, "")
        return [(change.article_id, change.url, change.kind, "title", *titles)]
    return [(change.article_id, change.url, change.kind, one.name, *one.shortened()) for one in change.fields]


def report_ingest(summary: IngestSummary, output: Output) -> None:
    """Say what was done, what could not be used and why, and what to look at next."""
    # Of the pages of a changed layout their number is told, in one sentence for all.
    told = [failure for failure in summary.failures if failure.reason != "layout_changed"]
    tell_failures(output, [(failure.url, failure.reason, failure.detail) for failure in told])
    for alert in summary.alerts:
        output.problem(f"layout_changed: {alert.text}")
    release, analysis = summary.release, summary.analysis
    rows = {name: table["rows"] for name, table in release.manifest["tables"].items()} if release else {}
    counts: dict[str, Any] = {
        "archived": summary.archived,
        "unchanged": summary.unchanged,
        "parsed": summary.parsed,
        "listings": summary.listings or None,
        "discovered": summary.discovered or None,
        "beyond_depth": summary.beyond_depth or None,
        "waiting": summary.waiting or None,
        "quarantined": summary.quarantined,
        "failed": len(summary.failures),
        "articles": rows.get("articles"),
        "related_links": rows.get("related_links"),
        "claims": analysis.claims if analysis else rows.get("claims"),
        "contradictions_flagged": analysis.contradictions.get("flagged", 0) if analysis else None,
        "contradictions_accepted": analysis.contradictions.get("accepted") if analysis else None,
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
        following = " Next: healthnews contradictions, healthnews duplicates" if rows["articles"] else ""
        output.note(f"Release {release.version} lies in {release.path}.{following}")
        tell_kind(release, output)
    _tell_left(summary, output)


def _tell_left(summary: IngestSummary, output: Output) -> None:
    """Say which addresses a crawl left, and what brings them."""
    if summary.waiting and summary.waiting_until is not None:
        output.note(
            f"Waiting for hosts that are to be left alone: {summary.waiting} addresses, the first until"
            f" {summary.waiting_until:%Y-%m-%d %H:%M} UTC; `healthnews crawl` asks for them then."
        )
    if summary.beyond_depth:
        output.note(
            f"Left out because they lie more links from a start address than the crawl follows: {summary.beyond_depth} addresses;"
            " --depth N (setting crawl.depth) goes further."
        )


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

    output = open_output(True, quiet)
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
    raise typer.Exit(exit_code_of(reasons, nothing_read=printed == 0))
