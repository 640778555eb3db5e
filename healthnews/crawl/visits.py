"""Visits: a due address is claimed, robots.txt asked, the page fetched and archived, and the frontier told when to come again."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.fetch import Fetcher, Visit, is_wanted_type
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Claim, Finished, Link
from healthnews.crawl.frontier_statements import Selection
from healthnews.crawl.robots import Robots, robots_url
from healthnews.crawl.transport import Line
from healthnews.crawl.visit_archive import FETCHED, VisitArchive, failed_visit, outcome_of
from healthnews.crawl.visit_policy import Policy, Visits
from healthnews.errors import PageError
from healthnews.records import utc_now

MAX_ATTEMPTS = 3
"""Failures that may pass are tried so often before they count as one."""
LONGEST_WAIT = timedelta(seconds=120)
"""A run waits so long for a host that asks for it; what is due later, a later run fetches."""
_FIRST_BACK_OFF_SECONDS = 2.0
_LEAST_BACK_OFF_SECONDS = 1.0
_GONE = frozenset(("http_404", "http_410"))
_BUSY = frozenset(("http_429", "http_503"))
_GONE_AGAIN = timedelta(days=30)
_TROUBLE_AGAIN = timedelta(days=1)
_RUN = 8
"""Pages that are claimed together of a host without delay."""
_RUN_SECONDS = 120.0
"""After that, what was claimed together is given back, well before its lease ends."""
_UNTROUBLED = frozenset(("new", "unchanged", "forbidden"))
_SILENT = frozenset(("connection", "timeout", "dns", "dns_temporary", "deadline"))
_HOST_AGAIN = timedelta(hours=1)
"""A host whose robots.txt cannot be had is left alone for so long."""


class _StoppedError(Exception):
    """The run is being ended while a thread waits for a host's turn."""


class Visitor:
    """Visits due addresses on several threads, of each host on one at a time.

    Where a redirect leads to another host, or another process visits the same, the host's delay alone keeps requests apart.
    Every answer is archived before anything looks into it; a refusal is archived as a note. What was claimed and not finished
    when the process dies becomes due again when its lease ends.

    Attributes:
        fetcher: What it asks with.
        robots: The rules it keeps to.
    """

    def __init__(self, archive: Archive, frontier: Frontier, fetcher: Fetcher, robots: Robots, policy: Policy) -> None:
        self._archive = VisitArchive(archive)
        self._frontier = frontier
        self.fetcher = fetcher
        self.robots = robots
        self._policy = policy
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._introduced: dict[str, Visit] = {}
        self._busy: set[str] = set()
        self._left = 0

    def _kept(self) -> dict[str, Any]:
        """Which addresses may be claimed."""
        if self._policy.only is not None:
            return {"only": self._policy.only}
        hosts = self._frontier.hosts.followed() if self._policy.hosts is None else self._policy.hosts
        return {"max_depth": self._policy.max_depth, "hosts": hosts}

    def count_due(self, most: int | None = None) -> int:
        """How many addresses are due now, counted up to `most`."""
        return self._frontier.count_due(_now(), **self._kept(), most=most)

    def visit_due(self, limit: int, tell: Callable[[int], None] = lambda done: None) -> Visits:
        """Visit what is due, at most `limit` addresses; returns when nothing becomes due within `LONGEST_WAIT`.

        Args:
            limit: Most addresses to ask for.
            tell: Called after each visit with how many are done.
        """
        visits, kept = Visits(), self._kept()
        self._left = limit
        workers = max(1, min(self._policy.concurrency, limit))
        try:
            with ThreadPoolExecutor(workers, thread_name_prefix="visit") as pool:
                futures = [pool.submit(self._work, kept, visits, tell) for _ in range(workers)]
                try:
                    wait(futures, return_when=FIRST_EXCEPTION)
                finally:
                    # After an interrupt or an error, a full disk say, the other threads end with the page they are at.
                    if not all(future.done() for future in futures):
                        self._stop.set()
                for future in futures:
                    future.result()
        finally:
            self._archive.sync()
        return visits

    def give_up(self, urls: Iterable[str], visits: Visits) -> None:
        """Record of addresses that were asked for by name that they have to wait for a later run."""
        for url in self._frontier.unfinished(urls):
            detail = f"{url}: its host has to be left alone for more than {LONGEST_WAIT.seconds} seconds; ask again later"
            visits.met.add((url, self._archive.add_note(url, PageError("postponed", detail))))
        self._archive.sync()

    def _work(self, kept: Mapping[str, Any], visits: Visits, tell: Callable[[int], None]) -> None:
        while not self._stop.is_set():
            with self._lock:
                if self._left <= 0:
                    return
                selection = Selection.of(kept.get("max_depth"), kept.get("hosts"), kept.get("only"), not_on=self._busy)
                claims = self._frontier.claim_run(_now(), selection, most=min(_RUN, self._left))
                if claims:
                    self._left -= len(claims)
                    self._busy.add(_host(claims[0].url))
            if not claims:
                if not self._wait_for_next(kept):
                    return
                continue
            try:
                self._visit_run(claims, visits, tell)
            except _StoppedError:
                return
            finally:
                with self._lock:
                    self._busy.discard(_host(claims[0].url))

    def _visit_run(self, claims: Sequence[Claim], visits: Visits, tell: Callable[[int], None]) -> None:
        """Visit addresses of one host, one after the other, until one of them meets trouble; what is left is given back."""
        waiting, finished = list(claims), list[Finished]()
        ends_at = time.monotonic() + _RUN_SECONDS
        line = Line() if len(claims) > 1 else None
        try:
            while waiting and not self._stop.is_set() and time.monotonic() < ends_at:
                outcome = self._visit_or_release(waiting[0], visits, finished, line)
                waiting.pop(0)
                with self._lock:
                    self._left += outcome in (None, "forbidden")
                    if outcome is not None:
                        visits.counts[outcome] += 1
                        tell(visits.visited)
                if outcome not in _UNTROUBLED or self.robots.rules_for(claims[0].url).delay_seconds:
                    break
        finally:
            if line is not None:
                line.close()
            if finished:
                self._tell_frontier(*finished)
            self._frontier.release(*(claim.url for claim in waiting))
            with self._lock:
                self._left += len(waiting)

    def _tell_frontier(self, *visits: Finished) -> None:
        """Record visits; where others share the frontier, when their records are on disk: nobody could tell which a loss of power took."""
        if self._policy.is_shared:
            self._archive.sync()
        self._frontier.finish_all(visits)

    def _wait_for_next(self, kept: Mapping[str, Any]) -> bool:
        """Sleep until something is due; False when nothing will be soon, or other threads see to it."""
        with self._lock:
            busy = frozenset(self._busy)
        due = self._frontier.next_due(_now(), not_on=busy, **kept)
        if due is None or due - _now() > LONGEST_WAIT:
            return False
        self._stop.wait(max(0.01, (due - _now()).total_seconds()))
        return True

    def _visit_or_release(self, claim: Claim, visits: Visits, finished: list[Finished], line: Line | None) -> str | None:
        """Outcome of a visit; None when the host was asked for its robots.txt instead, which is a request like any other."""
        if not self._introduce(claim.url):
            return self._visit(claim, visits, finished, line)
        self._frontier.release(claim.url)
        return None

    def _visit(self, claim: Claim, visits: Visits, finished: list[Finished], line: Line | None) -> str:
        visit = self.fetcher.fetch(
            claim.url, etag=claim.etag, last_modified=claim.last_modified, check=lambda url: self._check(url, claim),
            accept=is_wanted_type(claim.url), line=line,
        )  # fmt: skip
        self._watch_host(claim, visit)
        entry = self._archive.add_visit(visit, claim)
        if visit.refusal is None and entry is not None:
            self._remember(visits, claim.url, entry.sha256)
            finished.append(self._finished(claim, visit, entry))
            return "new" if entry.record_type == "response" else "unchanged"
        refusal = visit.refusal or PageError("no_answer", f"{claim.url}: the server gave no answer")
        if visit.is_transient and claim.attempts + 1 < MAX_ATTEMPTS:
            self._postpone(claim, visit, refusal)
            return "postponed"
        noted = self._archive.add_note(claim.url, refusal, claim.attempts + 1) if entry is None else entry.sha256
        self._remember(visits, claim.url, noted)
        return self._give_up(claim, visit, refusal, entry.sha256 if entry else None)

    def _watch_host(self, claim: Claim, visit: Visit) -> None:
        """Count the requests to a host that bring no answer at all; a host that stays silent is left alone for a while."""
        if visit.hops:
            if claim.host_failures:
                self._frontier.hosts.forget_failures(_host(claim.url))
        elif visit.refusal is not None and visit.refusal.reason in _SILENT:
            self._frontier.hosts.count_failure(_host(claim.url), _now())

    def _remember(self, visits: Visits, url: str, sha256: str) -> None:
        with self._lock:
            visits.met.add((url, sha256))

    def _check(self, url: str, claim: Claim) -> None:
        """PageError when the address may not be asked; where a redirect led to it, its host's turn is waited for."""
        if url == claim.url:
            self.robots.check(url)
            return
        self._require_same_site(url, claim)
        self.take_turn(url, LONGEST_WAIT.total_seconds())

    def take_turn(self, url: str, at_most: float) -> None:
        """Wait for the turn of a request that no claim stands for; one for the robots.txt of its origin has a turn of its own.

        Args:
            url: What is to be asked.
            at_most: Seconds that each turn may be away.

        Raises:
            PageError: robots.txt forbids it; `busy_host` where its turn is later.
        """
        self._recall_robots(url)
        if not self.robots.knows(url):
            self._wait_for_turn(url, at_most)
        self._introduce(url)
        self.robots.check(url)
        self._wait_for_turn(url, at_most)

    def _wait_for_turn(self, url: str, at_most: float) -> None:
        seconds = self._frontier.hosts.take_turn(_host(url), _now(), at_most)
        if seconds is None:
            raise PageError("busy_host", f"{url}: its host has to be left alone for more than {max(at_most, 0):.0f} seconds")
        self._stop.wait(seconds)
        if self._stop.is_set():
            raise _StoppedError

    def _require_same_site(self, url: str, claim: Claim) -> None:
        """PageError `other_site` where a crawl would be led off the sites it is for; a start address may move to its www. or from it."""
        host, asked_host = _host(url), _host(claim.url)
        if self._policy.only is not None or host in self._frontier.hosts.followed():
            return
        if claim.depth == 0 and host.removeprefix("www.") == asked_host.removeprefix("www."):
            self._frontier.hosts.follow(host, self._policy.delay_seconds)
            return
        raise PageError("other_site", f"{claim.url}: redirected to {url}, a site that is not crawled; --start names it")

    def _introduce(self, url: str) -> bool:
        """Learn the robots.txt of a host, archive it and keep to its delay; whether that took a request just now."""
        self._recall_robots(url)
        address = robots_url(url)
        rules = self.robots.rules_for(url)
        with self._lock:
            if self._introduced.get(address) is rules.visit:
                return False
            self._introduced[address] = rules.visit
            self._archive_robots(rules.visit)
        self._keep_delay(url)
        # An address of a host whose robots.txt cannot be had is refused at once: the request was made for it.
        return bool(rules.visit.hops) and rules.refusal is None

    def _recall_robots(self, url: str) -> None:
        """Keep to what an earlier run was told by the robots.txt of a host, where that still holds."""
        address = robots_url(url)
        if address not in self._introduced and (told := self._archive.last_robots(address)) is not None:
            earlier, asked_at = told
            if self.robots.remember(earlier, (_now() - asked_at).total_seconds()):
                self._introduced[address] = earlier
                self._keep_delay(url)

    def _keep_delay(self, url: str) -> None:
        rules = self.robots.rules_for(url)
        if rules.refusal is None:
            self._frontier.hosts.set_robots_delay(_host(url), rules.delay_seconds or 0.0, _now())

    def _archive_robots(self, visit: Visit) -> None:
        """Archive robots.txt as a page of its own, so that what it forbade can be read there."""
        if not visit.hops:
            return
        now = utc_now()
        self._frontier.add([Link(visit.asked, depth=0)], now)
        known = self._frontier.look_up(visit.asked)
        entry = self._archive.add_visit(visit, known) if known is not None else None
        if known is not None and entry is not None:
            fetched_at = now if entry.record_type == "response" else known.last_fetched_at or now
            outcome = outcome_of(visit.hops[-1])
            self._tell_frontier(Finished(url=visit.asked, fetched_at=fetched_at, outcome=outcome, due_at=None, sha256=entry.sha256))

    def _postpone(self, claim: Claim, visit: Visit, refusal: PageError) -> None:
        """Try again later: when the server says so, else after a growing, jittered while; a server's word holds for its host."""
        not_before = self._not_before(claim, visit, refusal)
        is_host = refusal.reason == "robots_unreachable"
        self._frontier.postpone(claim.url, not_before, refusal.reason, host_until=not_before if is_host else None)
        self._leave_alone(visit, refusal, not_before)

    def _not_before(self, claim: Claim, visit: Visit, refusal: PageError) -> datetime:
        is_host = refusal.reason == "robots_unreachable"
        asked = self.robots.rules_for(claim.url).visit.retry_after_seconds if is_host else visit.retry_after_seconds
        back_off = _FIRST_BACK_OFF_SECONDS * 2**claim.attempts * random.uniform(0.75, 1.25)
        return _now() + timedelta(seconds=back_off if asked is None else max(asked, _LEAST_BACK_OFF_SECONDS))

    def _leave_alone(self, visit: Visit, refusal: PageError, until: datetime) -> None:
        """Ask nothing of the host that answered, which a redirect may have led to, where it says that it is asked too much."""
        if visit.hops and (visit.retry_after_seconds is not None or refusal.reason in _BUSY):
            self._frontier.hosts.put_off(_host(visit.hops[-1].url), until)

    def _give_up(self, claim: Claim, visit: Visit, refusal: PageError, sha256: str | None) -> str:
        """Record a failure, and when to look again."""
        now = utc_now()
        again = _GONE_AGAIN if refusal.reason in _GONE else _TROUBLE_AGAIN if visit.is_transient else self._policy.revisit
        self._tell_frontier(failed_visit(claim, refusal, now, now + again, sha256))
        self._leave_alone(visit, refusal, self._not_before(claim, visit, refusal))
        if refusal.reason == "robots_unreachable":
            self._frontier.hosts.put_off(_host(claim.url), now + _HOST_AGAIN)
        if refusal.reason == "robots" and not visit.hops:
            self._frontier.hosts.give_back_turn(claim, now)
            return "forbidden"
        return "failed"

    def _finished(self, claim: Claim, visit: Visit, entry: ArchiveEntry) -> Finished:
        """What is known of a page now, and when to look again."""
        now, answer = utc_now(), visit.hops[-1]
        is_new = entry.record_type == "response"
        interval = self._policy.interval(claim, is_changed=is_new)
        is_own = answer.url == claim.url  # what the target of a redirect calls unchanged says nothing of the address that redirects
        return Finished(
            url=claim.url,
            fetched_at=now if is_new or claim.last_fetched_at is None else claim.last_fetched_at,
            outcome=FETCHED,
            due_at=now + (self._policy.list_revisit if claim.is_listing else interval),
            etag=(answer.header("etag") or (None if is_new else claim.etag)) if is_own else None,
            last_modified=(answer.header("last-modified") or (None if is_new else claim.last_modified)) if is_own else None,
            sha256=entry.sha256,
            interval_seconds=interval.total_seconds(),
        )


def _host(url: str) -> str:
    """Host and port of a canonical URL."""
    return urlsplit(url).netloc


def _now() -> datetime:
    """The present moment in full: a delay counted in whole seconds would come out too short."""
    return datetime.now(UTC)
