"""Politeness: before a request, the robots.txt of its host is known, archived and kept to, and the host's turn has come."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from healthnews.crawl.fetch import Visit
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Finished, Link
from healthnews.crawl.frontier_tables import host_authority
from healthnews.crawl.robots import Robots, robots_url
from healthnews.crawl.urls import canonical_url
from healthnews.crawl.visit_archive import FETCHED, VisitArchive, failed_visit
from healthnews.errors import PageError
from healthnews.records import utc_now

LONGEST_WAIT = timedelta(seconds=120)
"""A run waits so long for a host that asks for it; what is due later, a later run fetches."""


class StoppedError(Exception):
    """The run is being ended while a thread waits for a host's turn."""


class Politeness:
    """Robots rules and turns of the hosts that a run of visits meets; safe for several threads.

    Args:
        robots: The rules.
        frontier: Keeps the hosts' delays and turns.
        archive: Keeps each robots.txt, and tells what earlier runs were told.
        stop: Set when the run is being ended: nobody goes on waiting then.
        delay_seconds: Between two requests to a host that is met first as the place of a sitemap.
    """

    def __init__(self, robots: Robots, frontier: Frontier, archive: VisitArchive, stop: threading.Event, delay_seconds: float) -> None:
        self.robots = robots
        self._frontier = frontier
        self._archive = archive
        self._stop = stop
        self._delay_seconds = delay_seconds
        self._lock = threading.Lock()
        self._introduced: dict[str, Visit] = {}
        self._has_named = threading.Event()

    def take_named(self) -> bool:
        """Whether sitemaps on other hosts have come to be known since it was asked last."""
        with self._lock:
            has_named = self._has_named.is_set()
            self._has_named.clear()
        return has_named

    def take_turn(self, url: str, at_most: float = LONGEST_WAIT.total_seconds()) -> None:
        """Wait for the turn of a request that no claim stands for; one for the robots.txt of its origin has a turn of its own.

        Args:
            url: What is to be asked.
            at_most: Seconds that each turn may be away.

        Raises:
            PageError: robots.txt forbids it; `busy_host` where its turn is later.
            StoppedError: The run was ended meanwhile.
        """
        self._recall(url)
        if not self.robots.knows(url):
            self._wait_for_turn(url, at_most)
        self.introduce(url)
        self.robots.check(url)
        self._wait_for_turn(url, at_most)

    def _wait_for_turn(self, url: str, at_most: float = LONGEST_WAIT.total_seconds()) -> None:
        seconds = self._frontier.hosts.take_turn(host_authority(url), datetime.now(UTC), at_most)
        if seconds is None:
            raise PageError("busy_host", f"{url}: its host has to be left alone for more than {max(at_most, 0):.0f} seconds")
        self._stop.wait(seconds)
        if self._stop.is_set():
            raise StoppedError

    def introduce(self, url: str) -> bool:
        """Learn the robots.txt of a host, archive it and keep to its delay; whether that took a request just now."""
        self._recall(url)
        address = robots_url(url)
        rules = self.robots.rules_for(url, before_redirect=self._wait_for_turn)
        with self._lock:
            if self._introduced.get(address) is rules.visit:
                return False
            self._introduced[address] = rules.visit
            self._archive_robots(rules.visit)
        self._heed(url)
        # An address of a host whose robots.txt cannot be had is refused at once: the request was made for it.
        return bool(rules.visit.hops) and rules.refusal is None

    def _recall(self, url: str) -> None:
        """Keep to what an earlier run was told by the robots.txt of a host, where that still holds."""
        address = robots_url(url)
        if address not in self._introduced and (told := self._archive.last_robots(address)) is not None:
            earlier, asked_at = told
            if self.robots.remember(earlier, (datetime.now(UTC) - asked_at).total_seconds()):
                self._introduced[address] = earlier
                self._heed(url)

    def _heed(self, url: str) -> None:
        """Keep to the delay that robots.txt asks for, and remember the sitemaps that the one of a crawled site names on other hosts."""
        rules, host, now = self.robots.rules_for(url), host_authority(url), datetime.now(UTC)
        if rules.refusal is None:
            self._frontier.hosts.set_robots_delay(host, rules.delay_seconds or 0.0, now)
            self._name_sitemaps(host, [found for given in rules.sitemaps if (found := canonical_url(given))], now)

    def _name_sitemaps(self, host: str, urls: Sequence[str], now: datetime) -> None:
        abroad = [Link(url, depth=0) for url in urls if host_authority(url) != host]
        is_wanted = bool(abroad) and host in self._frontier.hosts.followed()
        if is_wanted and self._frontier.sitemaps.name([host], abroad, now, self._delay_seconds):
            self._has_named.set()

    def _archive_robots(self, visit: Visit) -> None:
        """Archive robots.txt as a page of its own, so that what it forbade can be read there."""
        if not visit.hops:
            return
        now = utc_now()
        known = self._frontier.note(visit.asked, now)
        entry = self._archive.add_visit(visit, known)
        if entry is None:
            return
        if visit.refusal is not None:
            self._archive.finish(failed_visit(known, visit.refusal, now, None, entry))
            return
        earlier = known.last_fetched_at if entry.record_type == "revisit" else None
        at, sha256 = earlier or entry.fetched_at, entry.sha256
        self._archive.finish(Finished(url=visit.asked, fetched_at=at, outcome=FETCHED, due_at=None, sha256=sha256, visited_at=now))
