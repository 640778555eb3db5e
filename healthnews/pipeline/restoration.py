"""What the frontier is told of pages that archive and tables know better, and the archive is asked for again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from healthnews.crawl.archive import DAMAGED, Archive
from healthnews.crawl.archive_losses import damaged_contents
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Finished, Link, refusal_of
from healthnews.crawl.urls import canonical_url, is_web_address, page_key
from healthnews.crawl.visit_archive import FETCHED
from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.extract.listing import NAME as LISTING
from healthnews.extract.listing import is_robots
from healthnews.pipeline.following import LIST_REVISIT
from healthnews.pipeline.frontiers import is_shared
from healthnews.pipeline.losses import archive_losses
from healthnews.records import CaptureRow, utc_now

_LOST_SINCE = timedelta(hours=1)
_NEWEST = ("warc_file", "warc_offset", "url", "outcome")
"""Columns of captures that sort in the order of archiving."""


def restore_fetched(archive: Archive, frontier: Frontier, store: Store, revisit: timedelta) -> None:
    """Tell the frontier of pages that were fetched and that it does not know of: it can be deleted like all of data/work.

    A run that was killed may have archived a page without saying so here: it must not be archived once more.
    A list page comes back without its validators: what it leads to must be read again. What the archive has lost, it is not known by.
    """
    _restore_outdated(frontier, store, revisit)
    frontier.history.forget_content([*archive_losses(archive.folder, store)[1], *_found_damaged(store)])


def _found_damaged(store: Store) -> set[str]:
    """Pages whose newest capture was found damaged when it was parsed: what is the same as that record is no less lost."""
    named = {url for (url,) in store.column_tuples("failures", ("url",), ("reason", [DAMAGED]))}
    if not named:
        return set()
    told = sorted(store.column_tuples("failures", ("failed_at", "url", "reason"), ("url", named)))
    reasons = {url: reason for _, url, reason in told}
    newest = {url: outcome for _, _, url, outcome in sorted(store.column_tuples("captures", _NEWEST, ("url", named)))}
    return {page_key(url) for url, outcome in newest.items() if outcome == "quarantined" and reasons[url] == DAMAGED}


def _restore_outdated(frontier: Frontier, store: Store, revisit: timedelta) -> None:
    fetched = _fetched_addresses(store)
    if not is_shared():
        _forget_lost(frontier, fetched)
    outdated = frontier.history.outdated(fetched)
    if not outdated:
        return
    answers: Iterator[CaptureRow] = (row for row in work.read(store, "captures") if row.status is not None)
    captures = [(url, row) for row in answers if (url := canonical_url(row.url) or "") in outdated]
    captures.sort(key=lambda capture: capture[1].fetched_at)
    newest, pages = dict(captures), {url: row for url, row in captures if not _is_error(row)}
    known = frontier.known()
    frontier.add([Link(url, depth=0) for url in newest if url not in known], utc_now())
    for url, row in newest.items():
        visit = _visit_of(url, row, pages.get(url), revisit)
        frontier.finish_all([visit])
        if _is_listing(url, pages.get(url, row)):
            frontier.mark_listing(url, row.fetched_at + LIST_REVISIT)


def _visit_of(url: str, newest: CaptureRow, page: CaptureRow | None, revisit: timedelta) -> Finished:
    """The last visit of an address as its newest capture tells it, and the page as it was when it last came."""
    is_failed, is_listing = _is_error(newest), _is_listing(url, page or newest)
    due_at = None if is_robots(url) else newest.fetched_at + (LIST_REVISIT if is_listing else revisit)
    known: dict[str, Any] = {}
    if page is not None and not is_listing:
        known["sha256"] = page.sha256
        known |= {"etag": page.etag, "last_modified": page.last_modified} if page.final_url == page.url else {}
    if is_failed and newest.sha256:
        known |= {"refusal": refusal_of(f"http_{newest.status}", newest.sha256), "refused_at": newest.fetched_at}
    return Finished(
        url=url, fetched_at=(page or newest).fetched_at, visited_at=newest.fetched_at, due_at=due_at,
        outcome=f"http_{newest.status}" if is_failed else FETCHED, **known,
    )  # fmt: skip


def _is_error(row: CaptureRow) -> bool:
    return row.status is None or not 200 <= row.status < 300


def _is_listing(url: str, row: CaptureRow) -> bool:
    return row.parser == LISTING and not is_robots(url)


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
    counted = frontier.history.fetched_since(max(newest - _LOST_SINCE, datetime.fromtimestamp(0, UTC)), FETCHED)
    lost = [url for url, at in counted.items() if url not in fetched or fetched[url] < at]
    frontier.history.forget(lost, utc_now())


def retry_unread(archive: Archive, frontier: Frontier, store: Store, hosts: Collection[str], now: datetime) -> None:
    """Make due now what failed when it was last visited, and pages whose newest capture could not be read.

    What the archive has lost is asked for as if it had never been visited: what is the same as a damaged record is no less lost. So the
    archive is read through for it.
    """
    newest = {url: outcome for _, _, url, outcome in sorted(store.column_tuples("captures", _NEWEST))}
    quarantined = {canonical_url(url) for url, outcome in newest.items() if outcome == "quarantined"}
    abroad = frontier.sitemaps.of(hosts)
    unread = [url for url in quarantined if url and (urlsplit(url).netloc in hosts or url in abroad)]
    unfetched = frontier.history.unfetched(hosts, FETCHED, besides=abroad)
    frontier.make_due(sorted({*unread, *unfetched}), now)
    _ask_for_lost(archive.folder, frontier, store, hosts, now)


def _ask_for_lost(raw: Path, frontier: Frontier, store: Store, hosts: Collection[str], now: datetime) -> None:
    damaged = damaged_contents(raw, lambda page: is_web_address(page) and urlsplit(page).netloc in hosts)
    pages = {page for page in (*archive_losses(raw, store)[1], *damaged) if urlsplit(page).netloc in hosts}
    visited = sorted(page for page in pages if not is_robots(page))  # a robots.txt is asked for when its host is
    unknown = set(visited) - frontier.known() if visited else ()
    frontier.add([Link(url, depth=0) for url in unknown], now)
    frontier.history.forget(visited, now)
    frontier.history.forget_content(filter(is_robots, pages))


def restore_stubs(frontier: Frontier, store: Store, hosts: set[str]) -> None:
    """Put into the frontier what is known of newly followed sites from related blocks alone."""
    if hosts:
        urls = {row.canonical_url for row in work.articles(store) if row.record == "stub" and row.canonical_url}
        frontier.add([Link(url, depth=1) for url in sorted(urls) if urlsplit(url).netloc in hosts], utc_now())
