"""Crawling: start addresses into the frontier, due pages into the archive, the archive into tables and new addresses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from healthnews.crawl.archive import Archive
from healthnews.crawl.fetch import Fetcher
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Link
from healthnews.crawl.frontier_tables import DUE, POSTPONED, host_authority
from healthnews.crawl.guard import Guard
from healthnews.crawl.robots import Robots
from healthnews.crawl.visit_policy import Policy, Visits
from healthnews.crawl.visits import MAX_ATTEMPTS, Visitor
from healthnews.dataset.store import Store
from healthnews.disk import require_room
from healthnews.errors import UsageError
from healthnews.pipeline.crawl_options import CrawlOptions, canonical_addresses
from healthnews.pipeline.folder import BATCH_PAGES, DataFolder, Progress, no_progress, rare_collection
from healthnews.pipeline.following import LIST_REVISIT, follow_links
from healthnews.pipeline.frontiers import is_shared, open_frontier
from healthnews.pipeline.parsing import parse_pending
from healthnews.pipeline.rendering import Rendering
from healthnews.pipeline.restoration import restore_fetched, restore_stubs, retry_unread
from healthnews.pipeline.rows import FoundLinks
from healthnews.pipeline.runs import begin_run
from healthnews.records import utc_now

FETCH_BATCH = 100
"""Pages between two looks at what they recommend, and of one fetching task: a task costs Prefect some 50 ms, a polite page a second."""
_ROBOTS_UNREACHABLE = "robots_unreachable"
_START_PRIORITY = 1_000_000


@dataclass(frozen=True, slots=True)
class FetchSummary:
    """What a batch of fetching came to.

    Attributes:
        visited: Addresses asked for.
        new: Pages whose content was new.
        unchanged: Pages that had not changed.
        is_finished: Nothing else is due now; parsing may find more.
    """

    visited: int = 0
    new: int = 0
    unchanged: int = 0
    failed: int = 0
    postponed: int = 0
    is_finished: bool = True


@dataclass(frozen=True, slots=True)
class ParseSummary:
    """What parsing came to.

    Attributes:
        parsed: Articles.
        listings: Pages that only lead to others.
        discovered: Addresses that were not known before.
    """

    parsed: int = 0
    quarantined: int = 0
    failed: int = 0
    listings: int = 0
    discovered: int = 0


def discover(folder: DataFolder, options: CrawlOptions, progress: Progress = no_progress) -> int:
    """Put start addresses and the sites of the settings into the frontier; how many addresses are due.

    Raises:
        LockedError: Another run holds the folder.
        UsageError: A site is named that nothing is known of.
    """
    progress("discover", 0, None)
    with folder.locked(), Archive(folder.raw) as archive, open_frontier(folder) as frontier:
        begin_run(archive)
        return discover_addresses(archive, frontier, Store(folder.tables), options)


def discover_addresses(archive: Archive, frontier: Frontier, store: Store, options: CrawlOptions) -> int:
    """As `discover`, for a caller that holds the lock and has parsed what the archive holds."""
    now = utc_now()
    restore_fetched(archive, frontier, store, timedelta(days=options.revisit_days))
    sites = [] if options.sites is None else [site.host for site in options.sites]
    if options.sites is not None and not is_shared():  # others may name sites of their own
        frontier.hosts.keep_settings_sites(sites)
    new = {host for host in sites if frontier.hosts.follow(host, options.delay_of(host), is_from_settings=True)}
    new |= {
        host for url in canonical_addresses(options.start) if frontier.hosts.follow(host := urlsplit(url).netloc, options.delay_of(host))
    }
    restore_stubs(frontier, store, new)
    frontier.add([link for site in options.sites or () for link in _start_links(site.start)], now)
    frontier.add(_start_links(options.start), now, force=True)
    if unknown := [host for host in options.hosts if host not in frontier.hosts.followed()]:
        raise UsageError(f"no site {unknown[0]!r} is known; start it with --start https://{unknown[0]}/ or name it in healthnews.toml")
    hosts = options.hosts or frontier.hosts.followed()
    abroad = frontier.sitemaps.of(hosts)
    if options.refresh:
        frontier.refresh(now, hosts)
        frontier.make_due(abroad, now)
    if options.retry:
        frontier.hosts.ask_again({*hosts, *map(host_authority, abroad)}, (_ROBOTS_UNREACHABLE,), now)
        retry_unread(archive, frontier, store, hosts, now)
    return frontier.count_due(now, max_depth=options.depth, hosts=hosts, besides=abroad)


def count_beyond_depth(frontier: Frontier, options: CrawlOptions) -> int:
    """How many addresses are due on the sites of a crawl and lie deeper than it goes."""
    now, hosts = utc_now(), options.hosts or frontier.hosts.followed()
    abroad = frontier.sitemaps.of(hosts)
    reached = frontier.count_due(now, max_depth=options.depth, hosts=hosts, besides=abroad)
    return frontier.count_due(now, hosts=hosts, besides=abroad) - reached


def waiting_addresses(frontier: Frontier, options: CrawlOptions) -> tuple[int, datetime | None]:
    """How many addresses of a crawl that came to its end wait for hosts that are to be left alone, and until when at the earliest."""
    hosts = options.hosts or frontier.hosts.followed()
    waiting = [row for row in frontier.counts(options.depth) if row.host in hosts and row.state in (DUE, POSTPONED)]
    abroad = frontier.unfinished(frontier.sitemaps.of(hosts))
    count = sum(row.addresses for row in waiting) + len(abroad)
    until = frontier.next_due(utc_now(), max_depth=options.depth, hosts=[row.host for row in waiting], besides=abroad) if count else None
    return count, until


def count_left(folder: DataFolder, options: CrawlOptions) -> dict[str, int]:
    """How many addresses a crawl that came to its end left: `waiting` for their hosts, and `beyond_depth`."""
    with open_frontier(folder) as frontier:
        return {"waiting": waiting_addresses(frontier, options)[0], "beyond_depth": count_beyond_depth(frontier, options)}


def _start_links(urls: Sequence[str]) -> list[Link]:
    return [Link(url, depth=0, at_least=_START_PRIORITY) for url in canonical_addresses(urls)]


def fetch_due(folder: DataFolder, options: CrawlOptions, limit: int = FETCH_BATCH, progress: Progress = no_progress) -> FetchSummary:
    """Visit what is due, at most `limit` addresses, and archive it.

    Raises:
        LockedError: Another run holds the folder.
        LowDiskError: There is too little room.
    """
    with (
        folder.locked(),
        Archive(folder.raw) as archive,
        open_frontier(folder) as frontier,
    ):
        visitor = open_visitor(archive, frontier, options)
        Rendering(archive, Store(folder.tables), visitor, options.user_agent).render_pages(progress)
        visits = visit_due(archive, visitor, limit, progress)
        if visits.visited < limit and not visits.is_cut_short:
            visitor.give_up(options.starts, visits)
        return _fetch_summary(visits, limit)


def parse_new(folder: DataFolder, options: CrawlOptions, progress: Progress = no_progress) -> ParseSummary:
    """Parse what was archived, and put the addresses it leads to into the frontier.

    Raises:
        LockedError: Another run holds the folder.
    """
    with folder.locked(), rare_collection(), Archive(folder.raw) as archive, open_frontier(folder) as frontier:
        return parse_archived(archive, Store(folder.tables), frontier, BATCH_PAGES, progress)


def open_visitor(archive: Archive, frontier: Frontier, options: CrawlOptions, only: Collection[str] | None = None) -> Visitor:
    """What visits the due addresses of the frontier; `only` restricts it to these canonical URLs."""
    policy = Policy(
        revisit=timedelta(days=options.revisit_days),
        list_revisit=LIST_REVISIT,
        delay_seconds=options.delay_seconds,
        max_depth=options.depth if only is None else None,
        hosts=options.hosts or None,
        only=only,
        concurrency=options.concurrency,
        is_shared=is_shared(),
    )
    if not is_shared():
        frontier.release_all()  # The folder is locked: a lease that is left belongs to a run that was killed.
    fetcher = Fetcher(Guard(options.allow_addresses), options.user_agent)
    return Visitor(archive, frontier, fetcher, Robots(fetcher, options.user_agent), policy)


def visit_due(archive: Archive, visitor: Visitor, limit: int, progress: Progress, done: int = 0, budget: int | None = None) -> Visits:
    """Visit due addresses as long as there is room on the disk.

    Args:
        archive: The archive, open.
        visitor: What visits, into that archive.
        limit: Most addresses to visit.
        progress: Told after each visit.
        done: How many were visited before by the same run.
        budget: How many it may visit in all, for the display; those before and these when it is not said.

    Raises:
        LowDiskError: There is too little room; what was visited is archived, and the frontier knows of it.
    """
    total = done + visitor.count_due(limit if budget is None else budget - done)
    progress("fetch", done, total)

    def tell(count: int) -> None:
        progress("fetch", done + count, max(total, done + count))
        require_room(archive.folder)

    require_room(archive.folder)
    return visitor.visit_due(limit, tell)


def visit_addresses(
    archive: Archive, frontier: Frontier, store: Store, addresses: Sequence[str], options: CrawlOptions, progress: Progress
) -> Visits:
    """Visit just these web addresses now, whenever they were due; what they lead to is not followed for their sake."""
    restore_fetched(archive, frontier, store, timedelta(days=options.revisit_days))
    wanted, followed = canonical_addresses(addresses), frontier.hosts.followed()
    for host in {urlsplit(url).netloc for url in wanted} - followed:
        frontier.hosts.set_delay(host, options.delay_of(host))
    frontier.add(_start_links(wanted), utc_now(), force=True)
    limit = len(wanted) * MAX_ATTEMPTS
    visitor = open_visitor(archive, frontier, options, only=frozenset(wanted))
    visits = visit_due(archive, visitor, limit, progress)
    visitor.give_up(wanted, visits)
    return visits


def _fetch_summary(visits: Visits, limit: int) -> FetchSummary:
    counts = visits.counts
    return FetchSummary(
        visited=visits.visited,
        new=counts["new"],
        unchanged=counts["unchanged"],
        failed=counts["failed"] + counts["forbidden"],
        postponed=counts["postponed"],
        is_finished=visits.visited < limit and not visits.is_cut_short,
    )


def parse_archived(archive: Archive, store: Store, frontier: Frontier, batch_pages: int, progress: Progress) -> ParseSummary:
    """As `parse_new`, for a caller that holds the lock and has archive and frontier open."""
    discovered = 0

    def keep_links(found: Sequence[FoundLinks]) -> None:
        nonlocal discovered
        discovered += sum(follow_links(frontier, links) for links in found)

    outcomes = parse_pending(archive, store, batch_pages, progress, keep_links)
    return ParseSummary(
        parsed=outcomes["parsed"],
        quarantined=outcomes["quarantined"],
        failed=outcomes["failed"],
        listings=outcomes["listing"],
        discovered=discovered,
    )
