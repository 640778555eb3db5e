"""Crawling: start addresses into the frontier, due pages into the archive, the archive into tables and new addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version as installed_version
from urllib.parse import urlsplit

from healthnews.crawl.archive import Archive
from healthnews.crawl.fetch import Fetcher
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Link
from healthnews.crawl.guard import Guard
from healthnews.crawl.robots import Robots
from healthnews.crawl.urls import canonical_url
from healthnews.crawl.visit_archive import FETCHED
from healthnews.crawl.visits import MAX_ATTEMPTS, Policy, Visitor, Visits
from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.errors import UsageError
from healthnews.extract.listing import NAME as LISTING
from healthnews.extract.listing import is_robots
from healthnews.pipeline.folder import BATCH_PAGES, DataFolder, Progress, no_progress, rare_collection
from healthnews.pipeline.frontiers import is_shared, open_frontier
from healthnews.pipeline.parsing import parse_pending
from healthnews.pipeline.rendering import render_pages
from healthnews.pipeline.rows import FoundLinks
from healthnews.pipeline.runs import begin_run
from healthnews.records import CaptureRow, utc_now
from healthnews.settings import NO_CONTACT, Site, read_settings, read_sites, seconds, whole_number

FETCH_BATCH = 100
"""Pages between two looks at what they recommend, and of one fetching task: a task costs Prefect some 50 ms, a polite page a second."""
LIST_REVISIT = timedelta(hours=20)
"""A list page or a sitemap is due again so soon that a daily run always looks at it."""
_START_PRIORITY = 1_000_000
_LISTING_PRIORITY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """What a crawl keeps to.

    Attributes:
        start: Addresses to begin with; their hosts are crawled from now on.
        hosts: Visit only these sites; all that are known when empty.
        budget: Most pages to ask for.
        depth: Most links from a start address to a page.
        delay_seconds: Between two requests to one host; robots.txt may ask for more.
        allow_addresses: Networks that may be touched although they are not public.
        refresh: Look at every known page again.
        retry: Ask again for the pages that failed or were quarantined.
        sites: Those of the settings; None when these are left alone.
    """

    start: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    budget: int = 200
    depth: int = 5
    delay_seconds: float = 2.0
    allow_addresses: tuple[str, ...] = ()
    refresh: bool = False
    retry: bool = False
    user_agent: str = "healthnews"
    concurrency: int = 4
    revisit_days: int = 7
    sites: tuple[Site, ...] | None = ()

    def delay_of(self, host: str) -> float:
        """Seconds between two requests to a host: what its entry in the settings says, else what holds for all."""
        own = next((site.delay_seconds for site in self.sites or () if site.host == host), None)
        return self.delay_seconds if own is None else own

    @property
    def starts(self) -> list[str]:
        """Canonical addresses that a crawl begins with, those of the settings included."""
        return _canonical([*self.start, *(url for site in self.sites or () for url in site.start)])


def crawl_options(
    *,
    start: Sequence[str] = (),
    hosts: Sequence[str] = (),
    budget: int | None = None,
    depth: int | None = None,
    delay_seconds: float | None = None,
    allow_addresses: Sequence[str] = (),
    refresh: bool = False,
    retry: bool = False,
    with_sites: bool = True,
) -> CrawlOptions:
    """Options as given, what is not given from the settings; `with_sites` False leaves the sites of the settings alone.

    Raises:
        UsageError: A setting is no number, an address no web address, a network no network, a site none that could be visited.
    """
    flags = {"crawl.budget": budget, "crawl.depth": depth, "crawl.delay_seconds": delay_seconds}
    settings = read_settings({name: None if value is None else str(value) for name, value in flags.items()})
    if wrong := [url for url in start if canonical_url(url) is None]:
        raise UsageError(f"{wrong[0]!r} is no web address; expected http://… or https://…")
    Guard(allow_addresses)
    if hosts and (wrong := [url for url in start if urlsplit(canonical_url(url) or "").netloc not in {host.lower() for host in hosts}]):
        raise UsageError(f"{wrong[0]} is on none of the hosts that are to be visited ({', '.join(hosts)})")
    return CrawlOptions(
        start=tuple(start),
        hosts=tuple(host.lower() for host in hosts),
        budget=whole_number(settings["crawl.budget"]),
        depth=whole_number(settings["crawl.depth"], least=0),
        delay_seconds=seconds(settings["crawl.delay_seconds"]),
        allow_addresses=tuple(allow_addresses),
        refresh=refresh,
        retry=retry,
        user_agent=user_agent(settings["crawl.user_agent"].value, settings["crawl.contact"].value),
        concurrency=whole_number(settings["crawl.concurrency"]),
        revisit_days=whole_number(settings["crawl.revisit_days"]),
        sites=tuple(map(_canonical_site, read_sites())) if with_sites else None,
    )


def _canonical_site(site: Site) -> Site:
    """The site with its host as canonical URLs name it; UsageError when a start address is of another host, or of none."""
    hosts = {urlsplit(canonical_url(f"{scheme}://{site.host}/") or "").netloc for scheme in ("http", "https")}
    start = tuple(canonical_url(address) or "" for address in site.start)
    if wrong := [address for address, url in zip(site.start, start, strict=True) if not url or urlsplit(url).netloc not in hosts]:
        raise UsageError(
            f"healthnews.toml: the site {site.host} is to start at {wrong[0]!r}; expected http or https addresses of that host"
        )
    return replace(site, host=urlsplit(start[0]).netloc, start=start)


def user_agent(product: str, contact: str) -> str:
    """The user agent that says who asks, in the form of RFC 9110: product/version (contact)."""
    named = f"{product}/{installed_version('healthnews')}"
    return named if contact == NO_CONTACT else f"{named} (+{contact})"


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
    if options.sites is not None:
        frontier.keep_settings_sites(sites)
    new = {host for host in sites if frontier.follow(host, options.delay_of(host), is_from_settings=True)}
    new |= {host for url in _canonical(options.start) if frontier.follow(host := urlsplit(url).netloc, options.delay_of(host))}
    _restore_stubs(frontier, store, new)
    frontier.add([link for site in options.sites or () for link in _start_links(site.start)], now)
    frontier.add(_start_links(options.start), now, force=True)
    if unknown := [host for host in options.hosts if host not in frontier.followed()]:
        raise UsageError(f"no site {unknown[0]!r} is known; start it with --start https://{unknown[0]}/ or name it in healthnews.toml")
    if options.refresh:
        frontier.refresh(now, options.hosts or frontier.followed())
    if options.retry:
        _retry_unread(frontier, store, options.hosts or frontier.followed(), now)
    return frontier.count_due(now, max_depth=options.depth, hosts=options.hosts or frontier.followed())


def _canonical(urls: Sequence[str]) -> list[str]:
    return [url for url in map(canonical_url, urls) if url is not None]


def _start_links(urls: Sequence[str]) -> list[Link]:
    return [Link(url, depth=0, at_least=_START_PRIORITY) for url in _canonical(urls)]


def _restore_fetched(frontier: Frontier, store: Store, revisit: timedelta) -> None:
    """Tell the frontier of pages that were fetched and that it does not know of: it can be deleted like all of data/work.

    A run that was killed may have archived a page without saying so here: it must not be archived once more.
    A list page comes back without its validators: what it leads to must be read again.
    """
    fetched: dict[str, datetime] = {}
    for url, status, fetched_at in store.column_tuples("captures", ("url", "status", "fetched_at")):
        if status is not None:
            fetched[url] = max(fetched_at, fetched.get(url, fetched_at))
    outdated = frontier.outdated(fetched)
    if not outdated:
        return
    captures: list[CaptureRow] = [row for row in work.read(store, "captures") if row.url in outdated]
    newest = {row.url: row for row in sorted(captures, key=lambda row: row.fetched_at)}
    frontier.add([Link(url, depth=0) for url in newest], utc_now())
    for row in newest.values():
        outcome = f"http_{row.status}" if row.outcome == "failed" else FETCHED
        if is_robots(row.url):
            frontier.finish(row.url, fetched_at=row.fetched_at, outcome=outcome, due_at=None, sha256=row.sha256)
        elif row.parser == LISTING:
            frontier.finish(row.url, fetched_at=row.fetched_at, outcome=outcome, due_at=row.fetched_at + LIST_REVISIT)
            frontier.mark_listing(row.url, row.fetched_at + LIST_REVISIT)
        else:
            frontier.finish(
                row.url, fetched_at=row.fetched_at, outcome=outcome, due_at=row.fetched_at + revisit, etag=row.etag,
                last_modified=row.last_modified, sha256=row.sha256,
            )  # fmt: skip


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
        render_pages(archive, Store(folder.tables), visitor, options.user_agent, progress)
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
    wanted, followed = _canonical(addresses), frontier.followed()
    for host in {urlsplit(url).netloc for url in wanted} - followed:
        frontier.set_delay(host, options.delay_of(host))
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


@contextmanager
def following_unknown(folder: DataFolder) -> Iterator[Callable[[Sequence[FoundLinks]], None]]:
    """What puts into the frontier the addresses that it does not know: those that it knows keep their rank and their turn."""
    with open_frontier(folder) as frontier:
        known = frontier.known()

        def keep(found: Sequence[FoundLinks]) -> None:
            for links in found:
                unknown = tuple(url for url in links.urls if canonical_url(url) not in known)
                following = links.following if canonical_url(links.following) not in known else None
                if unknown or following:
                    asked = frontier.look_up(canonical_url(links.asked) or "")
                    is_listing = links.is_listing and asked is not None and not asked.is_listing
                    follow_links(frontier, replace(links, urls=unknown, following=following, is_listing=is_listing, modified={}))

        yield keep


def follow_links(frontier: Frontier, found: FoundLinks) -> int:
    """Put what a page leads to into the frontier where its site is crawled; how many addresses are new.

    The sitemaps that robots.txt names belong to the site as its start pages do. A page recommended by many rises, by each of them once.
    What a sitemap says has changed since it was last visited is due.
    """
    asked = canonical_url(found.asked)
    if asked is None:
        return 0
    known = frontier.look_up(asked)
    depth = 0 if known is None or is_robots(asked) else known.depth + 1
    followed = frontier.followed()
    wanted = [url for url in dict.fromkeys(map(canonical_url, found.urls)) if url and urlsplit(url).netloc in followed]
    if found.is_listing and not is_robots(asked):
        frontier.mark_listing(asked, found.fetched_at + LIST_REVISIT)
    again = set(map(canonical_url, found.again))
    if found.is_listing:
        links = [Link(url, depth=depth, at_least=_LISTING_PRIORITY) for url in wanted]
    else:
        links = [Link(url, depth=depth, priority=int(url not in again)) for url in wanted]
    if (following := canonical_url(found.following)) is not None and urlsplit(following).netloc in followed:
        # The next page of an article is no link further from the start, and wanted before other articles are.
        links.append(Link(following, depth=max(0, depth - 1), at_least=_LISTING_PRIORITY))
    listed = set(wanted)
    frontier.heed_modified({url: at for link, at in found.modified.items() if (url := canonical_url(link)) in listed}, utc_now())
    return frontier.add(links, utc_now())
