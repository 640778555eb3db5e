"""Links into the table of addresses: one that is new is due, and what is known becomes nearer or more wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import insert, select, update

from healthnews.crawl.frontier_records import Link
from healthnews.crawl.frontier_tables import ADDRESSES, DUE, URLS, ensure_hosts, host_authority

_MAX_PRIORITY = 2_000_000_000


def merge_links(links: Iterable[Link]) -> dict[str, Link]:
    """One link for each address: the smallest depth, all priorities together, the greatest `at_least`."""
    merged: dict[str, Link] = {}
    for link in links:
        merged[link.url] = _merged(merged[link.url], link) if link.url in merged else link
    return merged


def add_links(connection: sa.Connection, links: Sequence[Link], now: float, state: str = DUE) -> int:
    """Insert what is new in that state, update what a link changes, one link for each address; how many were new."""
    found = select(URLS.url, URLS.depth, URLS.priority).where(URLS.url.in_([link.url for link in links]))
    known = {row.url: Link(row.url, row.depth, row.priority) for row in connection.execute(found)}
    new = [link for link in links if link.url not in known]
    changed = [merged for link in links if link.url in known and _rank(merged := _merged(known[link.url], link)) != _rank(known[link.url])]
    if new:
        ensure_hosts(connection, [host_authority(link.url) for link in new])
        rows = [{"url": link.url, "host": host_authority(link.url), "depth": link.depth, "priority": _rank(link)[1]} for link in new]
        connection.execute(insert(ADDRESSES).values(state=state, due_at=now, attempts=0, is_listing=False), rows)
    if changed:
        merge = update(ADDRESSES).where(URLS.url == sa.bindparam("of_url"))
        merge = merge.values(depth=sa.bindparam("new_depth"), priority=sa.bindparam("new_priority"))
        values = [{"of_url": link.url, "new_depth": link.depth, "new_priority": _rank(link)[1]} for link in changed]
        connection.execute(merge, values)
    return len(new)


def _merged(known: Link, link: Link) -> Link:
    priority = min(known.priority + link.priority, _MAX_PRIORITY)
    return replace(known, depth=min(known.depth, link.depth), priority=priority, at_least=max(known.at_least, link.at_least))


def _rank(link: Link) -> tuple[int, int]:
    """Depth and priority that an address has by all that is known of it."""
    return link.depth, max(link.priority, link.at_least)
