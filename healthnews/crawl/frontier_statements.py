"""Statements of the frontier that each visit needs, written once: SQLAlchemy takes longer to write them than SQLite to run them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, select, update

from healthnews.crawl.frontier_records import Claim, Finished
from healthnews.crawl.frontier_tables import (
    ADDRESSES,
    BECOMES_DUE,
    DONE,
    DUE,
    GONE,
    HOSTS,
    LEASED,
    RANK,
    URLS,
    due_addresses,
    host_authority,
)

_MAX_KEPT = 64
_VISITED = (
    "state", "due_at", "outcome", "visited_at", "last_fetched_at", "etag", "last_modified", "sha256", "interval_seconds",
    "refusal", "refused_at",
)  # fmt: skip


class Statement:
    """A statement in the words of one database, with values for what it leaves open."""

    def __init__(self, dialect: sa.Dialect, clause: sa.ClauseElement) -> None:
        compiled = clause.compile(dialect=dialect)
        self._text = str(compiled)
        self._fixed = dict(compiled.params)
        self._order: Sequence[str] | None = compiled.positiontup if getattr(compiled, "positional", False) else None  # type: ignore[attr-defined]

    def _values(self, given: Mapping[str, Any]) -> Any:
        values = {**self._fixed, **given}
        return values if self._order is None else tuple(values[name] for name in self._order)

    def run(self, connection: sa.Connection, given: Mapping[str, Any]) -> sa.CursorResult[Any]:
        """Run it once."""
        return connection.exec_driver_sql(self._text, self._values(given))

    def run_each(self, connection: sa.Connection, given: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each of several sets of values."""
        connection.exec_driver_sql(self._text, [self._values(values) for values in given])


@dataclass(frozen=True, slots=True)
class Selection:
    """Which addresses are looked at: at most so deep, on hosts and besides those some others, not on hosts, or among canonical URLs."""

    max_depth: int | None = None
    hosts: tuple[str, ...] | None = None
    only: tuple[str, ...] | None = None
    not_on: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        max_depth: int | None = None,
        hosts: Collection[str] | None = None,
        only: Collection[str] | None = None,
        not_on: Collection[str] = (),
        besides: Collection[str] = (),
    ) -> Selection:
        """The selection that these arguments mean."""
        return cls(
            max_depth, None if hosts is None else tuple(hosts), None if only is None else tuple(only), tuple(not_on),
            () if hosts is None else tuple(besides),
        )  # fmt: skip

    @property
    def form(self) -> tuple[Any, ...]:
        """What its statements depend on: which conditions it has, with how many values each."""
        lists = (self.hosts, self.only, self.not_on, self.besides, self._hosts_besides())
        sizes = (None if values is None else len(values) for values in lists)
        return (self.max_depth is not None, *sizes)

    def values(self) -> dict[str, Any]:
        """Values of its conditions."""
        lists = {
            "host": self.hosts or (), "only": self.only or (), "other": self.not_on, "url": self.besides, "at": self._hosts_besides(),
        }  # fmt: skip
        values = {f"{name}_{number}": value for name, several in lists.items() for number, value in enumerate(several)}
        return values | ({} if self.max_depth is None else {"max_depth": self.max_depth})

    def on_hosts(self, column: sa.ColumnElement[str]) -> list[sa.ColumnElement[bool]]:
        """Conditions on the host."""
        wanted: list[sa.ColumnElement[bool]] = []
        if self.hosts is not None:
            elsewhere = self._hosts_besides()
            wanted = [column.in_([*_open("host", len(self.hosts)), *(_open("at", len(elsewhere)) if elsewhere else ())])]
        return [*wanted, column.not_in(_open("other", len(self.not_on)))] if self.not_on else wanted

    def among(self) -> list[sa.ColumnElement[bool]]:
        """Conditions on the address."""
        kept = [] if self.max_depth is None else [URLS.depth <= bindparam("max_depth")]
        if elsewhere := self._hosts_besides():
            # The other hosts are named rather than those that are kept: they are few.
            kept.append(sa.or_(URLS.host.not_in(_open("at", len(elsewhere))), URLS.url.in_(_open("url", len(self.besides)))))
        return kept if self.only is None else [*kept, URLS.url.in_(_open("only", len(self.only)))]

    def _hosts_besides(self) -> tuple[str, ...]:
        """Hosts that are looked at for some addresses alone."""
        return _hosts_of(self.besides, self.hosts or ()) if self.besides else ()


@lru_cache(maxsize=16)  # each claim asks for it several times
def _hosts_of(urls: tuple[str, ...], but: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(host_authority, urls)).keys() - set(but))


def _open(name: str, count: int) -> list[sa.BindParameter[Any]]:
    # An empty list is one that nothing is in: a null equals nothing.
    return [bindparam(f"{name}_{number}") for number in range(count)] or [sa.null()]  # type: ignore[list-item]


@dataclass(frozen=True, slots=True)
class ClaimStatements:
    """What a claim of one form of selection runs.

    Attributes:
        overdue: Makes due what has become so.
        locked: The first address, locked; those that another is claiming are passed over.
        first: The first address, without a lock.
        of_host: Due addresses of a host in their order, locked.
    """

    overdue: Statement
    locked: Statement
    first: Statement
    of_host: Statement


class Statements:
    """The statements of one frontier."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self._dialect = dialect
        self._claims: dict[tuple[Any, ...], ClaimStatements] = {}
        self._waiting: dict[tuple[Any, ...], Statement] = {}
        leased = update(ADDRESSES).where(URLS.id == bindparam("of_id"))
        self.lease = Statement(dialect, leased.values(state=LEASED, due_at=bindparam("lease_ends_at")))
        is_leased = (URLS.url == bindparam("of_url")) & (URLS.state == LEASED)
        self.release = Statement(dialect, update(ADDRESSES).where(is_leased).values(state=DUE))
        turn = update(HOSTS).where(HOSTS.c.host == bindparam("of_host"))
        self.turn = Statement(dialect, turn.values(next_request_at=bindparam("turn_at")))
        visited: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _VISITED}
        self.finish = Statement(dialect, update(ADDRESSES).where(URLS.url == bindparam("of_url")).values(attempts=0, **visited))

    def claim(self, selection: Selection) -> ClaimStatements:
        """The statements of a claim."""
        found = self._claims.get(selection.form)
        if found is None:
            if len(self._claims) >= _MAX_KEPT:
                self._claims.clear()
            found = self._claims[selection.form] = self._write_claim(selection)
        return found

    def waiting(self, selection: Selection) -> Statement:
        """Of each host whether an address is due, and when the next of the others will be."""
        found = self._waiting.get(selection.form)
        if found is None:
            if len(self._waiting) >= _MAX_KEPT:
                self._waiting.clear()
            found = self._waiting[selection.form] = Statement(self._dialect, _write_waiting(selection))
        return found

    def _write_claim(self, selection: Selection) -> ClaimStatements:
        is_kept = [HOSTS.c.next_request_at <= bindparam("moment"), *selection.on_hosts(HOSTS.c.host)]
        ready = select(HOSTS.c.host).where(*is_kept).scalar_subquery()
        is_overdue = [URLS.host.in_(ready), URLS.state.in_(_words(BECOMES_DUE)), URLS.due_at <= bindparam("moment")]
        overdue = select(URLS.id).where(*is_overdue).with_for_update(skip_locked=True)
        among = selection.among()
        first = due_addresses(among, is_of_few=selection.only is not None).where(*is_kept).order_by(*RANK).limit(1)
        is_due = [URLS.host == bindparam("of_host"), URLS.state == DUE, *among]
        of_host = select(ADDRESSES).where(*is_due).order_by(*RANK).limit(bindparam("most", type_=sa.Integer))
        clauses = (
            update(ADDRESSES).where(URLS.id.in_(overdue)).values(state=DUE),
            first.with_for_update(skip_locked=True, of=[ADDRESSES, HOSTS]),
            first,
            of_host.with_for_update(skip_locked=True),
        )
        return ClaimStatements(*(Statement(self._dialect, clause) for clause in clauses))


def _write_waiting(selection: Selection) -> sa.Select[Any]:
    """Looked up host by host, each state by the index that has its moments in order: the hosts are few, the addresses many."""

    def of_host(what: sa.ColumnElement[Any], state: str) -> sa.ScalarSelect[Any]:
        found = select(what).where(URLS.host == HOSTS.c.host, URLS.state == state, *selection.among())
        return found.correlate(HOSTS).scalar_subquery()

    is_due = sa.exists().where(URLS.host == HOSTS.c.host, URLS.state == DUE, *selection.among()).correlate(HOSTS)
    moments = [of_host(sa.func.min(URLS.due_at), state) for state in BECOMES_DUE]
    rows = [select(HOSTS.c.next_request_at, is_due.label("is_due"), moment.label("due_at")) for moment in moments]
    return sa.union_all(*(row.where(*selection.on_hosts(HOSTS.c.host)) for row in rows))  # type: ignore[return-value]


def _words(states: Sequence[str]) -> list[sa.BindParameter[Any]]:
    """States one by one: a list as a whole would be written anew each time."""
    return [bindparam(None, state, unique=True) for state in states]


def finished_values(visit: Finished) -> dict[str, Any]:
    """What `Statements.finish` leaves open."""
    return {
        "of_url": visit.url, "new_state": GONE if visit.due_at is None else DONE, "new_due_at": visit.due_at and visit.due_at.timestamp(),
        "new_outcome": visit.outcome, "new_visited_at": (visit.visited_at or visit.fetched_at).timestamp(),
        "new_last_fetched_at": visit.fetched_at.timestamp(), "new_etag": visit.etag,
        "new_last_modified": visit.last_modified, "new_sha256": visit.sha256, "new_interval_seconds": visit.interval_seconds,
        "new_refusal": visit.refusal, "new_refused_at": visit.refused_at and visit.refused_at.timestamp(),
    }  # fmt: skip


def claim_of(row: sa.Row[Any], host_failures: int = 0, next_turn_at: float | None = None) -> Claim:
    """An address that a statement found, as its claim."""
    return Claim(
        url=row.url, depth=row.depth, attempts=row.attempts, outcome=row.outcome, is_listing=row.is_listing, etag=row.etag,
        last_fetched_at=_moment(row.last_fetched_at), last_modified=row.last_modified, sha256=row.sha256,
        interval_seconds=row.interval_seconds, host_failures=host_failures, visited_at=_moment(row.visited_at), next_turn_at=next_turn_at,
        refusal=row.refusal, refused_at=_moment(row.refused_at),
    )  # fmt: skip


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
