"""Crawling: start addresses into the frontier, due pages into the archive, the archive into tables and new addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from healthnews.crawl.archive import Archive
from healthnews.crawl.fetch import Fetcher
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Link
from healthnews.crawl.guard import Guard
from healthnews.crawl.robots import Robots
from healthnews.crawl.urls import canonical_url
from healthnews.crawl.visit_archive import FETCHED
from healthnews.crawl.visit_policy import Policy, Visits
from healthnews.crawl.visits import MAX_ATTEMPTS, Visitor
from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.errors import UsageError
from healthnews.extract.listing import NAME as LISTING
from healthnews.extract.listing import is_robots
from healthnews.pipeline.crawl_options import CrawlOptions, canonical_addresses
from healthnews.pipeline.folder import BATCH_PAGES, DataFolder, Progress, no_progress, rare_collection
from healthnews.pipeline.following import LIST_REVISIT, follow_links
from healthnews.pipeline.frontiers import is_shared, open_frontier
from healthnews.pipeline.parsing import parse_pending
from healthnews.pipeline.rendering import Rendering
from healthnews.pipeline.rows import FoundLinks
from healthnews.pipeline.runs import begin_run
from healthnews.records import CaptureRow, utc_now

FETCH_BATCH = 100
"""Pages between two looks at what they recommend, and of one fetching task: a task costs Prefect some 50 ms, a polite page a second."""
_START_PRIORITY = 1_000_000
_LOST_SINCE = timedelta(hours=1)
_LONGEST_FETCH = timedelta(minutes=10)
"""Between the moment that is archived with an answer and the one at which the frontier is told: redirects wait for their hosts."""


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
        return discover_addresses(frontier, Store(folder.tables), options)


def discover_addresses(frontier: Frontier, store: Store, options: CrawlOptions) -> int:
    """As `discover`, for a caller that holds the lock and has parsed what the archive holds."""
    now = utc_now()
    _restore_fetched(frontier, store, timedelta(days=options.revisit_days))
    sites = [] if options.sites is None else [site.host for site in options.sites]
    if options.sites is not None and not is_shared():  # others may name sites of their own
        frontier.hosts.keep_settings_sites(sites)
    new = {host for host in sites if frontier.hosts.follow(host, options.delay_of(host), is_from_settings=True)}
    new |= {
        host for url in canonical_addresses(options.start) if frontier.hosts.follow(host := urlsplit(url).netloc, options.delay_of(host))
    }
    _restore_stubs(frontier, store, new)
    frontier.add([link for site in options.sites or () for link in _start_links(site.start)], now)
    frontier.add(_start_links(options.start), now, force=True)
    if unknown := [host for host in options.hosts if host not in frontier.hosts.followed()]:
        raise UsageError(f"no site {unknown[0]!r} is known; start it with --start https://{unknown[0]}/ or name it in healthnews.toml")
    if options.refresh:
        frontier.refresh(now, options.hosts or frontier.hosts.followed())
    if options.retry:
        _retry_unread(frontier, store, options.hosts or frontier.hosts.followed(), now)
    return frontier.count_due(now, max_depth=options.depth, hosts=options.hosts or frontier.hosts.followed())


def _start_links(urls: Sequence[str]) -> list[Link]:
    return [Link(url, depth=0, at_least=_START_PRIORITY) for url in canonical_addresses(urls)]


def _restore_fetched(frontier: Frontier, store: Store, revisit: timedelta) -> None:
    """Tell the frontier of pages that were fetched and that it does not know of: it can be deleted like all of data/work.

    A run that was killed may have archived a page without saying so here: it must not be archived once more.
    A list page comes back without its validators: what it leads to must be read again.
    """
    fetched = _fetched_addresses(store)
    if not is_shared():
        _forget_lost(frontier, fetched)
    outdated = frontier.outdated(fetched)
    if not outdated:
        return
    answers: Iterator[CaptureRow] = (row for row in work.read(store, "captures") if row.status is not None)
    captures = [(url, row) for row in answers if (url := canonical_url(row.url) or "") in outdated]
    newest = dict(sorted(captures, key=lambda capture: capture[1].fetched_at))
    known = frontier.known()
    frontier.add([Link(url, depth=0) for url in newest if url not in known], utc_now())
    for url, row in newest.items():
        outcome = f"http_{row.status}" if row.outcome == "failed" else FETCHED
        if is_robots(url):
            frontier.finish(url, fetched_at=row.fetched_at, outcome=outcome, due_at=None, sha256=row.sha256)
        elif row.parser == LISTING:
            frontier.finish(url, fetched_at=row.fetched_at, outcome=outcome, due_at=row.fetched_at + LIST_REVISIT)
            frontier.mark_listing(url, row.fetched_at + LIST_REVISIT)
        else:
            frontier.finish(
                url, fetched_at=row.fetched_at, outcome=outcome, due_at=row.fetched_at + revisit, sha256=row.sha256,
                **({"etag": row.etag, "last_modified": row.last_modified} if row.final_url == row.url else {}),
            )  # fmt: skip


def _fetched_addresses(store: Store) -> dict[str, datetime]:
    """When each address that was answered over HTTP was last fetched, those of archives of other tools in canonical form."""
    newest: dict[str, datetime] = {}
    for url, status, fetched_at in store.column_tuples("captures", ("url", "status", "fetched_at")):
        if status is not None:
            newest[url] = max(fetched_at, newest.get(url, fetched_at))
    fetched: dict[str, datetime] = {}
    for given, fetched_at in newest.items():
        if (url := canonical_url(given)) is not None:
            fetched[url] = max(fetched_at, fetched.get(url, fetched_at))
    return fetched


def _forget_lost(frontier: Frontier, fetched: Mapping[str, datetime]) -> None:
    """Ask again for pages that the frontier counts as fetched and the archive has lost: a loss of power may take its newest records.

    Only those can be lost that came with or after the newest that are there.
    """
    newest = max(fetched.values(), default=datetime.fromtimestamp(0, UTC))
    counted = frontier.fetched_since(max(newest - _LOST_SINCE, datetime.fromtimestamp(0, UTC)), FETCHED)
    lost = [url for url, at in counted.items() if url not in fetched or fetched[url] < at - _LONGEST_FETCH]
    frontier.forget_visits(lost, utc_now())


def _retry_unread(frontier: Frontier, store: Store, hosts: Collection[str], now: datetime) -> None:
    """Make due now what failed when it was last visited, and pages whose newest capture could not be read."""
    captures = sorted(store.column_tuples("captures", ("warc_file", "warc_offset", "url", "outcome")))
    newest = {url: outcome for _, _, url, outcome in captures}
    quarantined = [url for url, outcome in newest.items() if outcome == "quarantined"]
    unread = [url for url in map(canonical_url, quarantined) if url and urlsplit(url).netloc in hosts]
    frontier.make_due(sorted({*unread, *frontier.unfetched(hosts, FETCHED)}), now)


def _restore_stubs(frontier: Frontier, store: Store, hosts: set[str]) -> None:
    """Put into the frontier what is known of newly followed sites from related blocks alone."""
    if hosts:
        urls = {row.canonical_url for row in work.articles(store) if row.record == "stub" and row.canonical_url}
        frontier.add([Link(url, depth=1) for url in sorted(urls) if urlsplit(url).netloc in hosts], utc_now())


def fetch_due(folder: DataFolder, options: CrawlOptions, limit: int = FETCH_BATCH, progress: Progress = no_progress) -> FetchSummary:
    """Visit what is due, at most `limit` addresses, and archive it.

    Raises:
        LockedError: Another run holds the folder.
    """
    with (
        folder.locked(),
        Archive(folder.raw) as archive,
        open_frontier(folder) as frontier,
    ):
        visitor = open_visitor(archive, frontier, options)
        Rendering(archive, Store(folder.tables), visitor, options.user_agent).render_pages(progress)
        visits = visit_due(visitor, limit, 0, progress)
        if visits.visited < limit:
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


def visit_due(visitor: Visitor, limit: int, done: int, progress: Progress) -> Visits:
    """Visit at most `limit` due addresses; `done` were visited before."""
    total = done + visitor.count_due(limit)
    progress("fetch", done, total)
    return visitor.visit_due(limit, lambda count: progress("fetch", done + count, max(total, done + count)))


def visit_addresses(
    archive: Archive, frontier: Frontier, store: Store, addresses: Sequence[str], options: CrawlOptions, progress: Progress
) -> Visits:
    """Visit just these web addresses now, whenever they were due; what they lead to is not followed for their sake."""
    _restore_fetched(frontier, store, timedelta(days=options.revisit_days))
    wanted, followed = canonical_addresses(addresses), frontier.hosts.followed()
    for host in {urlsplit(url).netloc for url in wanted} - followed:
        frontier.hosts.set_delay(host, options.delay_of(host))
    frontier.add(_start_links(wanted), utc_now(), force=True)
    limit = len(wanted) * MAX_ATTEMPTS
    visitor = open_visitor(archive, frontier, options, only=frozenset(wanted))
    visits = visit_due(visitor, limit, 0, progress)
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
        is_finished=visits.visited < limit,
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
