"""Which addresses are due, when and on which host: a table that several threads and processes claim from."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import func, select, update

from healthnews.crawl.frontier_database import count_anew, lock_for_many, open_database
from healthnews.crawl.frontier_history import FrontierHistory
from healthnews.crawl.frontier_hosts import FrontierHosts
from healthnews.crawl.frontier_links import add_links, merge_links
from healthnews.crawl.frontier_records import Claim, Finished, HostCount, Link
from healthnews.crawl.frontier_sitemaps import FrontierSitemaps
from healthnews.crawl.frontier_statements import Selection, Statements, claim_of, finished_values
from healthnews.crawl.frontier_tables import (
    ADDRESSES,
    BECOMES_DUE,
    BEYOND_DEPTH,
    DONE,
    DUE,
    GONE,
    HOSTS,
    LEASED,
    POSTPONED,
    URLS,
    chunks,
    host_authority,
)

LEASE_SECONDS = 7200.0
"""Longer than the longest visit, whose redirects wait for their hosts: a lease is not renewed, and what it covers is nobody else's."""
_ADDED_BETWEEN_COUNTS = 5_000
_CONTENTION_SECONDS = 0.002
_SHARE_ASLEEP = 7
_CLOCKS_DIFFER = timedelta(hours=24)


class Frontier:
    """Addresses and hosts in one database; safe for several threads, and for several processes that each open it.

    Several methods can be told to look at some addresses alone: at most `max_depth` deep, on `hosts` (`host[:port]`),
    on these and `besides` at some canonical URLs elsewhere, or among `only`, canonical URLs, some thousands at most.

    Attributes:
        hosts: Which hosts are followed, and when each may be asked again.
        history: What came of the visits that were made.
        sitemaps: Which addresses are sitemaps of sites on other hosts.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._statements = Statements(engine.dialect)
        self.hosts = FrontierHosts(engine)
        self.history = FrontierHistory(engine)
        self.sitemaps = FrontierSitemaps(engine)
        self._added = 0

    @classmethod
    def open(cls, place: Path | str, space: str = "healthnews", *, is_shared: bool = False) -> Self:
        """The frontier in an SQLite file, or in a PostgreSQL database by URL; made when it is missing.

        Args:
            place: The file, or the URL.
            space: Schema of PostgreSQL; one frontier for each.
            is_shared: Others may be at work in it: tables of another version are theirs, and stay.

        Raises:
            UsageError: As for `open_database`.
        """
        return cls(open_database(place, space, is_shared=is_shared))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._engine.dispose()

    def add(self, links: Iterable[Link], now: datetime, force: bool = False) -> int:
        """Put addresses in; how many of them were new.

        A known address keeps its state; its depth becomes the smaller one, and the priority is added to its own, or raised to `at_least`.

        Args:
            links: What was found; an address may occur more than once.
            now: When.
            force: Known addresses become due now, those that are gone included; one that is leased is being fetched anyway.
        """
        merged, added = merge_links(links), 0
        with self._engine.begin() as connection:
            lock_for_many(connection)
            for urls in chunks(list(merged)):
                added += add_links(connection, [merged[url] for url in urls], now.timestamp())
                if force:
                    _make_due(connection, urls, now)
            self._added += added
            if self._added >= _ADDED_BETWEEN_COUNTS:
                count_anew(connection)
                self._added = 0
        return added

    def make_due(self, urls: Sequence[str], now: datetime) -> None:
        """Make known addresses due now, those that are gone included; one that is leased is being fetched anyway."""
        with self._engine.begin() as connection:
            lock_for_many(connection)
            for chunk in chunks(urls):
                _make_due(connection, chunk, now)

    def heed_modified(self, modified: Mapping[str, datetime], now: datetime) -> int:
        """Make due what is said to have changed since it was last visited; how many addresses.

        Some sites say of every page that it changed just now. So a page is not asked sooner than after a seventh of its interval, which
        grows with each visit that finds it unchanged; nor is a moment in the future believed.
        """
        asleep = func.coalesce(URLS.interval_seconds / _SHARE_ASLEEP, 0.0)
        is_due = [URLS.visited_at < sa.bindparam("modified_at"), URLS.visited_at + asleep <= now.timestamp()]
        waiting = update(ADDRESSES).where(URLS.url == sa.bindparam("of_url"), URLS.state == DONE, URLS.is_listing.is_(False), *is_due)
        values = [{"of_url": url, "modified_at": moment.timestamp()} for url, moment in modified.items() if moment <= now + _CLOCKS_DIFFER]
        if not values:
            return 0
        with self._engine.begin() as connection:
            lock_for_many(connection)
            return connection.execute(waiting.values(state=DUE, due_at=now.timestamp()), values).rowcount

    def claim(
        self,
        now: datetime,
        *,
        max_depth: int | None = None,
        hosts: Collection[str] | None = None,
        only: Collection[str] | None = None,
        not_on: Collection[str] = (),
        lease_seconds: float = LEASE_SECONDS,
    ) -> Claim | None:
        """Lease the due address of highest priority, then smallest depth, then earliest found, on a host whose delay has passed.

        The host's next request is put off by its delay. A lease that ends without a word makes the address due again.
        """
        selection = Selection.of(max_depth, hosts, only, not_on)
        return next(iter(self.claim_run(now, selection, most=1, lease_seconds=lease_seconds)), None)

    def claim_run(self, now: datetime, selection: Selection, *, most: int, lease_seconds: float = LEASE_SECONDS) -> list[Claim]:
        """As `claim`; where the host of the address has no delay, up to `most` of its addresses in their order."""
        moment, statements = now.timestamp(), self._statements.claim(selection)
        values = {**selection.values(), "moment": moment}
        while True:
            with self._engine.begin() as connection:
                statements.overdue.run(connection, values)
                first = statements.locked.run(connection, values).one_or_none()
                if first is not None:
                    rows = [first]
                    if most > 1 and first.delay_seconds == 0:
                        rows = list(statements.of_host.run(connection, {**values, "of_host": first.host, "most": most})) or rows
                    leases = [{"of_id": row.id, "lease_ends_at": moment + lease_seconds} for row in rows]
                    self._statements.lease.run_each(connection, leases)
                    next_turn_at = moment + first.delay_seconds
                    self._statements.turn.run(connection, {"of_host": first.host, "turn_at": next_turn_at})
                    return [claim_of(row, first.failures, next_turn_at) for row in rows]
                if self._engine.dialect.name == "sqlite" or statements.first.run(connection, values).one_or_none() is None:
                    return []
            # All that is left is of hosts that others are claiming from at this moment; they may have more.
            time.sleep(_CONTENTION_SECONDS)

    def note(self, url: str, now: datetime) -> Claim:
        """What is known of an address that is never due by itself, a robots.txt; it is put in when it is new."""
        with self._engine.begin() as connection:
            lock_for_many(connection)
            add_links(connection, [Link(url, depth=0)], now.timestamp(), state=GONE)
            return claim_of(connection.execute(select(ADDRESSES).where(URLS.url == url)).one())

    def look_up(self, url: str) -> Claim | None:
        """What a claim of the address would hold, without leasing it; None when it is unknown."""
        with self._engine.begin() as connection:
            row = connection.execute(select(ADDRESSES).where(URLS.url == url)).one_or_none()
        return None if row is None else claim_of(row)

    def finish(self, url: str, *, fetched_at: datetime, outcome: str, due_at: datetime | None, **known: Any) -> None:
        """Record a visit that came to an end; the arguments are those of `Finished`."""
        self.finish_all([Finished(url=url, fetched_at=fetched_at, outcome=outcome, due_at=due_at, **known)])

    def finish_all(self, visits: Sequence[Finished]) -> None:
        """Record visits that came to an end."""
        with self._engine.begin() as connection:
            if len(visits) > 1:
                lock_for_many(connection)
            self._statements.finish.run_each(connection, [finished_values(visit) for visit in visits])

    def postpone(
        self, url: str, not_before: datetime, reason: str, host_until: datetime | None = None, refused: tuple[str, datetime] | None = None
    ) -> None:
        """Count a failed attempt of a claimed address and make it due later.

        Args:
            url: The address.
            not_before: When it is due again.
            reason: One word for the display.
            host_until: No address of its host is claimed earlier.
            refused: What `refusal_of` says of an error page that was archived, and when that was.
        """
        values: dict[str, Any] = {} if refused is None else {"refusal": refused[0], "refused_at": refused[1].timestamp()}
        values |= {"state": POSTPONED, "due_at": not_before.timestamp(), "outcome": reason}
        with self._engine.begin() as connection:
            # One whose lease has ended meanwhile is due; one that another has claimed and finished stays finished.
            claimed = update(ADDRESSES).where(URLS.url == url, URLS.state.in_((LEASED, DUE)))
            connection.execute(claimed.values(attempts=URLS.attempts + 1, **values))
            if host_until is not None:
                until = host_until.timestamp()
                is_later = (HOSTS.c.host == host_authority(url)) & (HOSTS.c.next_request_at < until)
                connection.execute(update(HOSTS).where(is_later).values(next_request_at=until))

    def release(self, *urls: str) -> None:
        """Give leases back as if they had never been claimed."""
        if urls:
            with self._engine.begin() as connection:
                if len(urls) > 1:
                    lock_for_many(connection)
                self._statements.release.run_each(connection, [{"of_url": url} for url in urls])

    def release_all(self) -> None:
        """Give back every lease: for a caller that knows that nobody else is at work, so that these are of a process that died."""
        with self._engine.begin() as connection:
            lock_for_many(connection)
            connection.execute(update(ADDRESSES).where(URLS.state == LEASED).values(state=DUE))

    def mark_listing(self, url: str, due_at: datetime) -> None:
        """Note that an address leads to others, and when it is due again; one that is not done stays as it is."""
        with self._engine.begin() as connection:
            connection.execute(update(ADDRESSES).where(URLS.url == url).values(is_listing=True))
            connection.execute(update(ADDRESSES).where(URLS.url == url, URLS.state == DONE).values(due_at=due_at.timestamp()))

    def unfinished(self, urls: Iterable[str]) -> list[str]:
        """Which of the addresses are known and wait for a visit that nobody makes at this moment, in their order."""
        wanted = list(urls)
        waiting: set[str] = set()
        with self._engine.begin() as connection:
            for chunk in chunks(wanted):
                is_waiting = select(URLS.url).where(URLS.url.in_(chunk), URLS.state.in_((DUE, POSTPONED)))
                waiting.update(connection.scalars(is_waiting))
        return [url for url in wanted if url in waiting]

    def refresh(self, now: datetime, hosts: Collection[str] | None = None) -> int:
        """Make every address that is done due now, or those of some hosts; how many."""
        done = update(ADDRESSES).where(URLS.state == DONE)
        if hosts is not None:
            done = done.where(URLS.host.in_(hosts))
        with self._engine.begin() as connection:
            lock_for_many(connection)
            return connection.execute(done.values(state=DUE, due_at=now.timestamp())).rowcount

    def next_due(
        self,
        now: datetime,
        *,
        max_depth: int | None = None,
        hosts: Collection[str] | None = None,
        only: Collection[str] | None = None,
        not_on: Collection[str] = (),
        besides: Collection[str] = (),
    ) -> datetime | None:
        """When an address can be claimed at the earliest, the delays of hosts included; None when none ever will."""
        selection = Selection.of(max_depth, hosts, only, not_on, besides)
        with self._engine.begin() as connection:
            rows = self._statements.waiting(selection).run(connection, selection.values()).all()
        moments = [row.next_request_at if row.is_due else max(row.due_at, row.next_request_at) for row in rows if row.is_due or row.due_at]
        return max(now, datetime.fromtimestamp(min(moments), UTC)) if moments else None

    def count_due(
        self,
        now: datetime,
        *,
        max_depth: int | None = None,
        hosts: Collection[str] | None = None,
        only: Collection[str] | None = None,
        besides: Collection[str] = (),
        most: int | None = None,
    ) -> int:
        """How many addresses are due now, whether or not their host's delay has passed; counted up to `most`."""
        selection = Selection.of(max_depth, hosts, only, besides=besides)
        is_overdue = URLS.state.in_(BECOMES_DUE) & (URLS.due_at <= now.timestamp())
        is_kept = [sa.or_(URLS.state == DUE, is_overdue), *selection.among(), *selection.on_hosts(URLS.host)]
        due = select(URLS.id).where(*is_kept).limit(most).subquery()
        with self._engine.begin() as connection:
            return connection.scalar(select(func.count()).select_from(due), selection.values()) or 0

    def counts(self, max_depth: int | None = None) -> list[HostCount]:
        """Addresses by host and state, sorted; what waits deeper than `max_depth`, where that is given, is `beyond_depth`."""
        is_left = URLS.state.in_((DUE, POSTPONED)) & (URLS.depth > max_depth) if max_depth is not None else sa.false()
        state = sa.case((is_left, BEYOND_DEPTH), else_=URLS.state).label("told_state")
        query = select(URLS.host, state, func.count()).group_by(URLS.host, sa.text("told_state"))
        with self._engine.begin() as connection:
            return sorted((HostCount(*row) for row in connection.execute(query)), key=lambda count: (count.host, count.state))

    def known(self) -> set[str]:
        """Every address, in whatever state."""
        with self._engine.begin() as connection:
            return set(connection.scalars(select(URLS.url)))


def _make_due(connection: sa.Connection, urls: Sequence[str], now: datetime) -> None:
    known = update(ADDRESSES).where(URLS.url.in_(urls), URLS.state != LEASED)
    connection.execute(known.values(state=DUE, due_at=now.timestamp(), attempts=0))
