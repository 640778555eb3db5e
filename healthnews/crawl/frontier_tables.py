"""The frontier's tables, and the conditions that statements on them share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy import insert, select

DEFAULT_DELAY_SECONDS = 2.0
"""Between two requests to a host that `follow` was not called for."""

DUE, LEASED, POSTPONED, DONE, GONE = "due", "leased", "postponed", "done", "gone"
BECOMES_DUE = (LEASED, POSTPONED, DONE)
BEYOND_DEPTH = "beyond_depth"
"""State that counts tell of what waits deeper than a crawl goes."""
_CHUNK = 500

METADATA = sa.MetaData()
HOSTS = sa.Table(
    "hosts",
    METADATA,
    sa.Column("host", sa.String, primary_key=True),  # authority as in the URL: host[:port]
    sa.Column("delay_seconds", sa.Double, nullable=False),  # by the settings
    sa.Column("robots_delay_seconds", sa.Double, nullable=False),  # by its robots.txt; the longer one holds
    sa.Column("next_request_at", sa.Double, nullable=False),
    sa.Column("asked_until", sa.Double, nullable=False),  # before which the host has said that it wants to be left alone
    sa.Column("is_followed", sa.Boolean, nullable=False),
    sa.Column("is_from_settings", sa.Boolean, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),  # requests in a row that brought no answer at all
)
# Moments are seconds since 1970 in UTC. `due_at` says when an address that is leased, postponed or done becomes due.
ADDRESSES = sa.Table(
    "addresses",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),  # order of discovery
    sa.Column("url", sa.String, nullable=False, unique=True),
    sa.Column("host", sa.String, nullable=False),
    sa.Column("depth", sa.Integer, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("due_at", sa.Double),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("is_listing", sa.Boolean, nullable=False),
    sa.Column("outcome", sa.String),
    sa.Column("visited_at", sa.Double),  # last, whatever came of it
    sa.Column("last_fetched_at", sa.Double),  # the content that is known
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("sha256", sa.String),
    sa.Column("refusal", sa.String),  # status and digest of the error page that was archived since
    sa.Column("refused_at", sa.Double),
    sa.Column("interval_seconds", sa.Double),  # between two visits, by how often it was found changed
)
# Sitemaps that lie on another host than the site whose robots.txt names them.
SITEMAPS = sa.Table(
    "sitemaps",
    METADATA,
    sa.Column("url", sa.String, primary_key=True),
    sa.Column("site", sa.String, primary_key=True),  # authority, as of `hosts`
)
URLS = ADDRESSES.c
HOST_DELAY = sa.case((HOSTS.c.robots_delay_seconds > HOSTS.c.delay_seconds, HOSTS.c.robots_delay_seconds), else_=HOSTS.c.delay_seconds)
RANK = (URLS.priority.desc(), URLS.depth, URLS.id)
sa.Index("addresses_by_rank", URLS.host, URLS.state, *RANK)
sa.Index("addresses_by_moment", URLS.host, URLS.state, URLS.due_at, URLS.depth)


def due_addresses(among: Sequence[sa.ColumnElement[bool]], is_of_few: bool) -> sa.Select[Any]:
    """Due addresses with the delay of their host; of each host just the first, which an index finds, unless they are of few named ones."""
    is_kept = [URLS.state == DUE, *among]
    columns = select(ADDRESSES, HOST_DELAY.label("delay_seconds"), HOSTS.c.failures)
    if is_of_few:
        return columns.join(HOSTS, HOSTS.c.host == URLS.host).where(*is_kept)
    first = select(URLS.id).where(URLS.host == HOSTS.c.host, *is_kept).order_by(*RANK).limit(1)
    # That it is due is said again outside: PostgreSQL asks it anew of a row that another has changed meanwhile.
    return columns.select_from(HOSTS).join(ADDRESSES, URLS.id == first.correlate(HOSTS).scalar_subquery()).where(URLS.state == DUE)


def ensure_hosts(connection: sa.Connection, hosts: Iterable[str], delay_seconds: float = DEFAULT_DELAY_SECONDS) -> None:
    """Make the rows of hosts that have none, with that delay between two requests."""
    wanted = set(hosts)
    known = set(connection.scalars(select(HOSTS.c.host).where(HOSTS.c.host.in_(wanted))))
    new = {
        "delay_seconds": delay_seconds, "robots_delay_seconds": 0.0, "next_request_at": 0.0, "asked_until": 0.0,
        "is_followed": False, "is_from_settings": False, "failures": 0,
    }  # fmt: skip
    if rows := [{"host": host, **new} for host in sorted(wanted - known)]:
        connection.execute(insert(HOSTS), rows)


def host_authority(url: str) -> str:
    """Host of a canonical URL, with its port where the URL names one."""
    return urlsplit(url).netloc


def chunks(urls: Sequence[str]) -> Iterator[Sequence[str]]:
    """Pieces that fit into one statement."""
    for start in range(0, len(urls), _CHUNK):
        yield urls[start : start + _CHUNK]
