"""Failures of what a run met, found by it or before."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.pipeline.archiving import Identity, identity_of
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import frontier_to_read
from healthnews.pipeline.open_failures import read_when_rendered
from healthnews.records import FailureRow, stable_id


def failures_of(store: Store, touched: set[Identity], met: AbstractSet[tuple[str, str]] = frozenset()) -> list[FailureRow]:
    """Recorded failures of what this run met, found now or earlier, by address.

    Args:
        store: The work tables.
        touched: Identities of what local sources hold.
        met: Address asked and digest of what was fetched.
    """
    columns = ("url", "content_type", "sha256")
    captures = store.column_tuples("captures", columns)
    captured = {(url, sha256) for url, media, sha256 in captures if identity_of(url, media, sha256) in touched} | met
    notes = {stable_id("f", sha256) for sha256 in (*(identity.sha256 for identity in touched), *(sha256 for _, sha256 in met))}
    captured -= read_when_rendered(store)
    failures: list[FailureRow] = work.read(store, "failures")
    return sorted((row for row in failures if row.failure_id in notes or (row.url, row.sha256) in captured), key=lambda row: row.url)


def start_failures(folder: DataFolder, starts: Sequence[str], since: datetime) -> list[FailureRow]:
    """Failures of those start addresses that were visited since then, by address, whether found then or before.

    What a server answered has a row of its own for each visit; of a refusal that was met before, only the frontier knows when.

    Args:
        folder: Where a crawl has been.
        starts: Canonical URLs.
        since: When it began.
    """
    if not starts:
        return []
    store = Store(folder.tables)
    visited = {
        (row.url, row.sha256) for name in ("captures", "revisits") for row in work.read(store, name)
        if row.fetched_at >= since and row.url in starts
    } - read_when_rendered(store)  # fmt: skip
    refused = _refusals(folder, starts, since)
    failures: list[FailureRow] = work.read(store, "failures")
    found = (row for row in failures if (row.url, row.sha256) in visited or (row.url, row.reason) in refused)
    newest = {(row.url, row.reason): row for row in sorted(found, key=lambda row: row.failed_at)}
    return sorted(newest.values(), key=lambda row: (row.url, row.reason))


def _refusals(folder: DataFolder, urls: Sequence[str], since: datetime) -> set[tuple[str, str]]:
    """Address and reason of what was refused since then, or has to wait."""
    with frontier_to_read(folder) as frontier:
        visits = [visit for url in urls if (visit := frontier.look_up(url)) is not None]
        waiting = {(url, "postponed") for url in frontier.unfinished(urls)}
    return waiting | {(v.url, v.outcome) for v in visits if v.outcome and v.visited_at and v.visited_at >= since}
