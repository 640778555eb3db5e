"""Back-off: when an address that failed is asked for again, and how long its host is left alone."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.fetch import Visit
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Claim
from healthnews.crawl.frontier_tables import host_authority
from healthnews.crawl.robots import Robots
from healthnews.crawl.visit_archive import VisitArchive, failed_visit, refused_as
from healthnews.errors import PageError
from healthnews.records import utc_now

_FIRST_SECONDS = 2.0
_LEAST_SECONDS = 1.0
_GONE = frozenset(("http_404", "http_410"))
_BUSY = frozenset(("http_429", "http_503"))
_SILENT = frozenset(("connection", "timeout", "dns", "dns_temporary", "deadline"))
_GONE_AGAIN = timedelta(days=30)
_TROUBLE_AGAIN = timedelta(days=1)
_HOST_AGAIN = timedelta(hours=1)
"""A host whose robots.txt cannot be had is left alone for so long."""


class BackOff:
    """What visits that failed mean for their addresses and hosts; safe for several threads.

    Args:
        frontier: Is told when to come again.
        archive: Keeps what became of visits.
        robots: Knows what the robots.txt of a host came to.
        revisit: After how long a page is looked at again whose failure is no passing one.
    """

    def __init__(self, frontier: Frontier, archive: VisitArchive, robots: Robots, revisit: timedelta) -> None:
        self._frontier = frontier
        self._archive = archive
        self._robots = robots
        self._revisit = revisit

    def watch_host(self, claim: Claim, visit: Visit) -> None:
        """Count the requests to a host that bring no answer at all; a host that stays silent is left alone for a while."""
        if visit.hops:
            if claim.host_failures:
                self._frontier.hosts.forget_failures(host_authority(claim.url))
        elif visit.refusal is not None and visit.refusal.reason in _SILENT:
            self._frontier.hosts.count_failure(host_authority(claim.url), datetime.now(UTC))

    def postpone(self, claim: Claim, visit: Visit, refusal: PageError, entry: ArchiveEntry | None) -> None:
        """Try again later: when the server says so, else after a growing, jittered while; a server's word holds for its host."""
        not_before = self._not_before(claim, visit, refusal)
        is_host = refusal.reason == "robots_unreachable"
        host_until = not_before if is_host else None
        self._frontier.postpone(claim.url, not_before, refusal.reason, host_until, refused_as(claim, refusal, entry))
        self._leave_alone(claim, visit, refusal, not_before)

    def give_up(self, claim: Claim, visit: Visit, refusal: PageError, entry: ArchiveEntry | None) -> str:
        """Record a failure, and when to look again; `forbidden` where robots.txt kept it from being asked for at all, else `failed`."""
        now = utc_now()
        again = _GONE_AGAIN if refusal.reason in _GONE else _TROUBLE_AGAIN if visit.is_transient else self._revisit
        self._archive.finish(failed_visit(claim, refusal, now, now + again, entry))
        self._leave_alone(claim, visit, refusal, self._not_before(claim, visit, refusal))
        if refusal.reason == "robots_unreachable":
            self._frontier.hosts.put_off(host_authority(claim.url), now + _HOST_AGAIN)
        if refusal.reason == "robots" and not visit.hops:
            self._frontier.hosts.give_back_turn(claim, now)
            return "forbidden"
        return "failed"

    def _not_before(self, claim: Claim, visit: Visit, refusal: PageError) -> datetime:
        asked = self._asked_seconds(claim, visit, refusal)
        back_off = _FIRST_SECONDS * 2**claim.attempts * random.uniform(0.75, 1.25)
        return datetime.now(UTC) + timedelta(seconds=back_off if asked is None else max(asked, _LEAST_SECONDS))

    def _asked_seconds(self, claim: Claim, visit: Visit, refusal: PageError) -> float | None:
        """How long a server asks to be left alone, with the page or with its robots.txt; None where it does not."""
        is_host = refusal.reason == "robots_unreachable"
        return self._robots.rules_for(claim.url).visit.retry_after_seconds if is_host else visit.retry_after_seconds

    def _leave_alone(self, claim: Claim, visit: Visit, refusal: PageError, until: datetime) -> None:
        """Ask nothing of the host that answered, which a redirect may have led to, where it says that it is asked too much."""
        is_asked = self._asked_seconds(claim, visit, refusal) is not None
        if is_asked or (visit.hops and refusal.reason in _BUSY):
            answered = visit.hops[-1].url if visit.hops else claim.url
            self._frontier.hosts.put_off(host_authority(answered), until, is_asked=is_asked)
