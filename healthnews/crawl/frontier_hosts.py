"""The hosts of a frontier: which are followed, when each may be asked again, and which are dead for now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import select, update

from healthnews.crawl.frontier_database import lock_for_many
from healthnews.crawl.frontier_records import Claim
from healthnews.crawl.frontier_tables import HOST_DELAY, HOSTS, URLS, ensure_hosts, host_authority

BREAK_AFTER = 5
"""So many requests in a row without an answer, and a host counts as dead for a while."""
_FIRST_BREAK_SECONDS = 3600.0
_LONGEST_BREAK_SECONDS = 86_400.0


class FrontierHosts:
    """Hosts of one database; safe for several threads and processes, as the frontier is."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def follow(self, host: str, delay_seconds: float, *, is_from_settings: bool = False) -> bool:
        """Mark a site whose pages are wanted, and set the delay between two requests to it; False when it was marked before."""
        self.set_delay(host, delay_seconds)
        with self._engine.begin() as connection:
            unmarked = update(HOSTS).where(HOSTS.c.host == host, HOSTS.c.is_followed.is_(False))
            return connection.execute(unmarked.values(is_followed=True, is_from_settings=is_from_settings)).rowcount > 0

    def keep_settings_sites(self, hosts: Collection[str]) -> None:
        """Follow no longer what the settings named once and do not name now; a site that a person started stays."""
        with self._engine.begin() as connection:
            dropped = update(HOSTS).where(HOSTS.c.is_from_settings, HOSTS.c.host.not_in(hosts))
            connection.execute(dropped.values(is_followed=False, is_from_settings=False))

    def followed(self) -> frozenset[str]:
        """Hosts whose pages are wanted."""
        with self._engine.begin() as connection:
            return frozenset(connection.scalars(select(HOSTS.c.host).where(HOSTS.c.is_followed)))

    def set_delay(self, host: str, delay_seconds: float) -> None:
        """Set the delay between two requests to a host, whether or not it is followed; its robots.txt may ask for more."""
        with self._engine.begin() as connection:
            lock_for_many(connection)
            ensure_hosts(connection, [host])
            connection.execute(update(HOSTS).where(HOSTS.c.host == host).values(delay_seconds=delay_seconds))

    def set_robots_delay(self, host: str, delay_seconds: float, now: datetime) -> None:
        """Note the delay that a host's robots.txt asks for: where it is the longer one it holds, from the last request, now, on."""
        with self._engine.begin() as connection:
            lock_for_many(connection)
            ensure_hosts(connection, [host])
            is_longer = (HOSTS.c.host == host) & (delay_seconds > HOST_DELAY)
            connection.execute(update(HOSTS).where(is_longer).values(next_request_at=now.timestamp() + delay_seconds))
            connection.execute(update(HOSTS).where(HOSTS.c.host == host).values(robots_delay_seconds=delay_seconds))

    def take_turn(self, host: str, now: datetime, at_most: float) -> float | None:
        """Put a request to a host in line, one that no claim stands for.

        Returns:
            Seconds until its turn; None, and no turn taken, when that is later than `at_most`.
        """
        with self._engine.begin() as connection:
            lock_for_many(connection)
            ensure_hosts(connection, [host])
            row = connection.execute(
                select(HOSTS.c.next_request_at, HOST_DELAY.label("delay_seconds")).where(HOSTS.c.host == host).with_for_update()
            ).one()
            turn = max(row.next_request_at, now.timestamp())
            if turn - now.timestamp() > at_most:
                return None
            connection.execute(update(HOSTS).where(HOSTS.c.host == host).values(next_request_at=turn + row.delay_seconds))
        return float(turn - now.timestamp())

    def put_off(self, host: str, until: datetime, *, is_asked: bool = False) -> None:
        """Claim nothing on a host before a moment; one that is left alone for longer stays so.

        Args:
            host: The host.
            until: The moment.
            is_asked: The host has said so itself.
        """
        moment = until.timestamp()
        of_host = HOSTS.c.host == host
        with self._engine.begin() as connection:
            connection.execute(update(HOSTS).where(of_host, HOSTS.c.next_request_at < moment).values(next_request_at=moment))
            if is_asked:
                connection.execute(update(HOSTS).where(of_host, HOSTS.c.asked_until < moment).values(asked_until=moment))

    def ask_again(self, hosts: Collection[str], reasons: Collection[str], now: datetime) -> None:
        """Leave hosts alone no longer that were silent, or of which some address came to one of these outcomes; their delay holds.

        A host that said itself when it wants to be asked again is left alone until then.
        """
        failed = select(URLS.id).where(URLS.host == HOSTS.c.host, URLS.outcome.in_(reasons)).correlate(HOSTS).exists()
        soon = now.timestamp() + HOST_DELAY
        is_put_off = [HOSTS.c.host.in_(hosts), HOSTS.c.next_request_at > soon, (HOSTS.c.failures > 0) | failed]
        with self._engine.begin() as connection:
            lock_for_many(connection)
            earliest = sa.case((HOSTS.c.asked_until > soon, HOSTS.c.asked_until), else_=soon)
            connection.execute(update(HOSTS).where(*is_put_off).values(next_request_at=earliest))

    def give_back_turn(self, claim: Claim, now: datetime) -> None:
        """Let another have the turn of a claim that no request was made for, unless something else was said of its host since."""
        is_as_claimed = (HOSTS.c.host == host_authority(claim.url)) & (HOSTS.c.next_request_at == claim.next_turn_at)
        with self._engine.begin() as connection:
            connection.execute(update(HOSTS).where(is_as_claimed).values(next_request_at=now.timestamp()))

    def count_failure(self, host: str, now: datetime) -> int:
        """Count a request to a host that brought no answer at all; how many it is in a row.

        From the `BREAK_AFTER`th on nothing is claimed on the host for an hour, then two, and so on up to a day: it is dead for now.
        """
        with self._engine.begin() as connection:
            row = connection.execute(select(HOSTS.c.failures, HOSTS.c.next_request_at).where(HOSTS.c.host == host).with_for_update()).one()
            failures, values = row.failures + 1, {"failures": row.failures + 1}
            if failures >= BREAK_AFTER:
                pause = min(_FIRST_BREAK_SECONDS * 2.0 ** min(failures - BREAK_AFTER, 16), _LONGEST_BREAK_SECONDS)
                values["next_request_at"] = max(row.next_request_at, now.timestamp() + pause)
            connection.execute(update(HOSTS).where(HOSTS.c.host == host).values(values))
        return int(failures)

    def forget_failures(self, host: str) -> None:
        """Note that a host has answered."""
        with self._engine.begin() as connection:
            connection.execute(update(HOSTS).where(HOSTS.c.host == host).values(failures=0))
