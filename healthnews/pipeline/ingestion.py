"""Ingest and crawl: sources and addresses into the archive, the archive into work tables, then analysis and release of what changed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from healthnews.crawl.archive import Archive
from healthnews.crawl.sources import MAX_PAGE_BYTES
from healthnews.crawl.urls import canonical_url, is_web_address
from healthnews.dataset.parts import following_pages
from healthnews.dataset.release import Release
from healthnews.dataset.store import Store
from healthnews.disk import require_room
from healthnews.errors import UsageError
from healthnews.pipeline.analysis import AnalysisSummary, analyze_store
from healthnews.pipeline.archiving import archive_sources
from healthnews.pipeline.drift import Alert
from healthnews.pipeline.folder import BATCH_PAGES, DataFolder, Progress, no_progress, rare_collection
from healthnews.pipeline.frontiers import has_frontier, open_frontier
from healthnews.pipeline.layouts import folder_alerts
from healthnews.pipeline.parse_memory import forget
from healthnews.pipeline.parsing import parse_pending
from healthnews.pipeline.publication import publish_store, published_release
from healthnews.pipeline.run_failures import failures_of
from healthnews.pipeline.runs import begin_run
from healthnews.records import FailureRow

if TYPE_CHECKING:
    from healthnews.crawl.visit_policy import Visits
    from healthnews.pipeline.crawl_options import CrawlOptions
    from healthnews.pipeline.crawling import ParseSummary

# Imports of crawling stand inside the functions: requests, protego and SQLAlchemy take half a second, and a local file needs none of them.


@dataclass(slots=True)
class IngestSummary:
    """What one ingest or crawl did.

    Attributes:
        archived: Pages whose bytes were new.
        unchanged: Pages whose bytes the archive already held.
        parsed: Articles read from the archive, those left by a killed run included.
        listings: Pages read that only lead to others.
        discovered: Addresses found that were not known before.
        beyond_depth: Addresses that a crawl left out because they lie deeper than it was to go.
        waiting: Addresses that a crawl left because their hosts are to be left alone for longer.
        waiting_until: When the first of them can be asked for.
        failures: What of this run's sources cannot be used, whether found now or before.
        start_failures: Reasons why start addresses of a crawl could not be used.
        alerts: Hosts whose pages do not look as they did, when pages were read.
    """

    archived: int = 0
    unchanged: int = 0
    parsed: int = 0
    quarantined: int = 0
    listings: int = 0
    discovered: int = 0
    beyond_depth: int = 0
    waiting: int = 0
    waiting_until: datetime | None = None
    failures: list[FailureRow] = field(default_factory=list)
    start_failures: set[str] = field(default_factory=set)
    alerts: list[Alert] = field(default_factory=list)
    analysis: AnalysisSummary | None = None
    release: Release | None = None

    def add_visits(self, visits: Visits) -> None:
        """Count what was fetched."""
        self.archived += visits.counts["new"]
        self.unchanged += visits.counts["unchanged"]

    def add_parsed(self, parsed: ParseSummary) -> None:
        """Count what was read."""
        self.parsed += parsed.parsed
        self.quarantined += parsed.quarantined
        self.listings += parsed.listings
        self.discovered += parsed.discovered


def ingest(
    folder: DataFolder,
    sources: Sequence[str],
    *,
    options: CrawlOptions | None = None,
    stdin: BinaryIO | None = None,
    with_analysis: bool = True,
    with_release: bool = True,
    batch_pages: int = BATCH_PAGES,
    max_page_bytes: int = MAX_PAGE_BYTES,
    progress: Progress = no_progress,
) -> IngestSummary:
    """Archive the sources, parse what the archive holds unparsed, analyse what is new, publish what changed.

    Each step starts from what the one before it left on disk, so a killed run is continued by the next one,
    whatever its sources. The same bytes are archived once. Web addresses are fetched, politely; what they link to is not.

    Raises:
        LockedError: Another run holds the folder.
        UsageError: There are no sources, and no archive to go on with; an address is not of the web.
    """
    if not sources and not any(folder.raw.glob("*.warc.gz")):
        raise UsageError(f"no sources given, and nothing in {folder.raw} to go on with; name a file or folder")
    addresses = [source for source in sources if "://" in source]
    if wrong := [address for address in addresses if not is_web_address(address)]:
        raise UsageError(f"{wrong[0]!r} cannot be fetched; expected http://… or https://…")
    summary = IngestSummary()
    with folder.locked(), rare_collection(), Archive(folder.raw) as archive:
        store, met = Store(folder.tables), set[tuple[str, str]]()
        files = [source for source in sources if "://" not in source]
        archived = archive_sources(archive, folder, files, stdin or io.BytesIO(), max_page_bytes, progress)
        summary.archived, summary.unchanged = archived.new, archived.unchanged
        if addresses or has_frontier(folder):
            met = _visit_and_parse(archive, folder, store, addresses, options, summary, batch_pages, progress)
        else:
            outcomes = parse_pending(archive, store, batch_pages, progress)
            summary.parsed, summary.quarantined = outcomes["parsed"], outcomes["quarantined"]
        summary.failures = failures_of(store, archived.touched, met)
        finish_run(folder, store, summary, with_analysis, with_release, batch_pages, progress)
    return summary


def _visit_and_parse(
    archive: Archive,
    folder: DataFolder,
    store: Store,
    addresses: Sequence[str],
    options: CrawlOptions | None,
    summary: IngestSummary,
    batch_pages: int,
    progress: Progress,
) -> set[tuple[str, str]]:
    """Fetch the addresses, and parse what the archive holds unparsed; what was met of the addresses."""
    from healthnews.pipeline.crawl_options import crawl_options
    from healthnews.pipeline.crawling import parse_archived, visit_addresses

    met = set[tuple[str, str]]()
    with open_frontier(folder) as frontier:
        if addresses:
            summary.add_parsed(parse_archived(archive, store, frontier, batch_pages, progress))
            begin_run(archive)
        asked, wanted = set[str](), list(addresses)
        while wanted:
            visits = visit_addresses(archive, frontier, store, wanted, options or crawl_options(), progress)
            summary.add_visits(visits)
            met |= visits.met
            summary.add_parsed(parse_archived(archive, store, frontier, batch_pages, progress))
            asked |= {canonical_url(url) or url for url in wanted}
            # An article of several pages is read whole; each round asks for one page more of each, at most MAX_PARTS.
            wanted = following_pages(store, asked)
        if not addresses:
            summary.add_parsed(parse_archived(archive, store, frontier, batch_pages, progress))
    return met


def crawl(
    folder: DataFolder,
    options: CrawlOptions,
    *,
    with_analysis: bool = True,
    with_release: bool = True,
    batch_pages: int = BATCH_PAGES,
    progress: Progress = no_progress,
) -> IngestSummary:
    """One round: visit what is due and what that leads to, until nothing is due or the budget is spent; then as `ingest`.

    Raises:
        LockedError: Another run holds the folder.
        UsageError: Nothing is known to start from.
    """
    from healthnews.crawl.visit_policy import Visits
    from healthnews.pipeline.crawling import (
        FETCH_BATCH,
        count_beyond_depth,
        discover_addresses,
        open_visitor,
        parse_archived,
        visit_due,
        waiting_addresses,
    )
    from healthnews.pipeline.rendering import Rendering

    summary, met, left = IngestSummary(), set[tuple[str, str]](), options.budget
    with folder.locked(), rare_collection(), Archive(folder.raw) as archive, open_frontier(folder) as frontier:
        store = Store(folder.tables)
        # Parsed first: a killed run, or a deleted data/work, may have left pages that the frontier does not know of.
        summary.add_parsed(parse_archived(archive, store, frontier, batch_pages, progress))
        begin_run(archive)
        discover_addresses(archive, frontier, store, options)
        if not frontier.hosts.followed():
            raise UsageError("no site is known yet; begin with --start https://…, or name your sites in healthnews.toml ([[sites]])")
        visitor = open_visitor(archive, frontier, options)
        rendering = Rendering(archive, store, visitor, options.user_agent)
        while True:
            while left > 0:
                visits = visit_due(archive, visitor, min(FETCH_BATCH, left), progress, options.budget - left, options.budget)
                if not visits.counts:
                    break
                summary.add_visits(visits)
                met |= visits.met
                left -= visits.visited
                summary.add_parsed(parse_archived(archive, store, frontier, batch_pages, progress))
            if not rendering.render_pages(progress):
                break
            summary.add_parsed(parse_archived(archive, store, frontier, batch_pages, progress))
        if left > 0:
            unfinished = Visits()
            visitor.give_up(options.starts, unfinished)
            summary.waiting, summary.waiting_until = waiting_addresses(frontier, options)
            met |= unfinished.met
            summary.add_parsed(parse_archived(archive, store, frontier, batch_pages, progress))
        summary.beyond_depth = count_beyond_depth(frontier, options)
        summary.failures = failures_of(store, set(), met)
        summary.start_failures = {failure.reason for failure in summary.failures if failure.url in set(options.starts)}
        finish_run(folder, store, summary, with_analysis, with_release, batch_pages, progress)
    return summary


def finish_run(
    folder: DataFolder,
    store: Store,
    summary: IngestSummary,
    with_analysis: bool,
    with_release: bool,
    batch_pages: int,
    progress: Progress,
) -> None:
    """Analyse and publish, unless the newest release holds everything already."""
    forget()
    if summary.parsed or summary.quarantined:
        summary.alerts = folder_alerts(folder)
    summary.release = published_release(folder, store)
    if summary.release is not None:
        return
    require_room(folder.root)
    if with_analysis:
        summary.analysis = analyze_store(folder, store, full=False, batch_pages=batch_pages, progress=progress)
    if with_release:
        summary.release = publish_store(folder, store, progress)
