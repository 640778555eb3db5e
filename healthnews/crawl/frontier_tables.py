"""The frontier's two tables, and the conditions that statements on them share."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy import insert, select

DEFAULT_DELAY_SECONDS = 2.0
"""Between two requests to a host that `follow` was not called for."""

DUE, LEASED, POSTPONED, DONE, GONE = "due", "leased", "postponed", "done", "gone"
BECOMES_DUE = (LEASED, POSTPONED, DONE)

METADATA = sa.MetaData()
HOSTS = sa.Table(
    "hosts",
    METADATA,
    sa.Column("host", sa.String, primary_key=True),  # authority as in the URL: host[:port]
    sa.Column("delay_seconds", sa.Double, nullable=False),
    sa.Column("next_request_at", sa.Double, nullable=False),
    sa.Column("is_followed", sa.Boolean, nullable=False),
    sa.Column("is_from_settings", sa.Boolean, nullable=False),
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
    sa.Column("last_fetched_at", sa.Double),
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("sha256", sa.String),
)
URLS = ADDRESSES.c
RANK = (URLS.priority.desc(), URLS.depth, URLS.id)
sa.Index("addresses_by_rank", URLS.host, URLS.state, *RANK)
sa.Index("addresses_by_moment", URLS.host, URLS.state, URLS.due_at, URLS.depth)


def due_addresses(max_depth: int | None, only: Collection[str] | None) -> sa.Select[Any]:
    """Due addresses with the delay of their host; of each host just the first, which an index finds, unless `only` names few."""
    is_kept = [URLS.state == DUE, *among(max_depth, only)]
    columns = select(ADDRESSES, HOSTS.c.delay_seconds)
    if only is not None:
        return columns.join(HOSTS, HOSTS.c.host == URLS.host).where(*is_kept)
    first = select(URLS.id).where(URLS.host == HOSTS.c.host, *is_kept).order_by(*RANK).limit(1)
    # That it is due is said again outside: PostgreSQL asks it anew of a row that another has changed meanwhile.
    return columns.select_from(HOSTS).join(ADDRESSES, URLS.id == first.correlate(HOSTS).scalar_subquery()).where(URLS.state == DUE)


def among(max_depth: int | None, only: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    """Conditions on addresses: at most so deep, and among these URLs."""
    deep = [] if max_depth is None else [URLS.depth <= max_depth]
    return deep if only is None else [*deep, URLS.url.in_(only)]


def on_hosts(column: sa.ColumnElement[str], hosts: Collection[str] | None, not_on: Collection[str] = ()) -> list[sa.ColumnElement[bool]]:
    """Conditions that a column names one of the hosts, and none of others."""
    wanted: list[sa.ColumnElement[bool]] = [] if hosts is None else [column.in_(hosts)]
    return [*wanted, column.not_in(not_on)] if not_on else wanted


def ensure_hosts(connection: sa.Connection, hosts: Iterable[str]) -> None:
    """Make the rows of hosts that have none."""
    wanted = set(hosts)
    known = set(connection.scalars(select(HOSTS.c.host).where(HOSTS.c.host.in_(wanted))))
    rows = [
        {"host": host, "delay_seconds": DEFAULT_DELAY_SECONDS, "next_request_at": 0.0, "is_followed": False, "is_from_settings": False}
        for host in sorted(wanted - known)
    ]
    if rows:
        connection.execute(insert(HOSTS), rows)


def host_authority(url: str) -> str:
    """Host of a canonical URL, with its port where the URL names one."""
    return urlsplit(url).netloc
