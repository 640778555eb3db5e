"""Visits: a due address is claimed, robots.txt asked, the page fetched and archived, and the frontier told when to come again."""

from __future__ import annotations

import hashlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from healthnews.crawl.archive import NOTE_TYPE, Archive, ArchiveEntry, failure_note
from healthnews.crawl.fetch import Fetcher, Visit, status_refusal
from healthnews.crawl.frontier import Claim, Frontier, Link
from healthnews.crawl.responses import NOT_MODIFIED, HttpResponse
from healthnews.crawl.robots import Robots, robots_url
from healthnews.crawl.warc import body_digest
from healthnews.errors import PageError
from healthnews.records import utc_now

FETCHED = "fetched"
"""Outcome of a visit that brought a page, whether new or known."""
MAX_ATTEMPTS = 3
"""Failures that may pass are tried so often before they count as one."""
LONGEST_WAIT = timedelta(seconds=120)
"""A run waits so long for a host that asks for it; what is due later, a later run fetches."""
_FIRST_BACK_OFF_SECONDS = 2.0
_GONE = frozenset(("http_404", "http_410"))
_GONE_AGAIN = timedelta(days=30)
_TROUBLE_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run of visits keeps to.

    Attributes:
        revisit: After how long an article is looked at again.
        max_depth: Links followed from a start address; None for any number.
        hosts: Visit just these hosts.
        only: Visit just these canonical URLs.
    """

    revisit: timedelta
    max_depth: int | None = None
    hosts: Collection[str] | None = None
    only: Collection[str] | None = None
    concurrency: int = 4


@dataclass(slots=True)
class Visits:
    """What visits came to.

    Attributes:
        counts: new, unchanged, failed or postponed, and how many of each.
        met: Address asked and digest of everything that came of it, the notes of refusals included.
    """

    counts: Counter[str] = field(default_factory=Counter)
    met: set[tuple[str, str]] = field(default_factory=set)

    @property
    def visited(self) -> int:
        """Addresses asked for; one that a later attempt fetched counts each time."""
        return sum(self.counts.values())


class Visitor:
    """Visits due addresses on several threads, no host on two at once but where its delay is none.

    Every answer is archived before anything looks into it; a refusal is archived as a note. What was claimed and not finished
    when the process dies becomes due again when its lease ends.
    """

    def __init__(self, archive: Archive, frontier: Frontier, fetcher: Fetcher, robots: Robots, policy: Policy) -> None:
        self._archive = archive
        self._frontier = frontier
        self._fetcher = fetcher
        self._robots = robots
        self._policy = policy
        self._kept: dict[str, Any] = {"max_depth": policy.max_depth, "hosts": policy.hosts, "only": policy.only}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._noted: set[str] = set()
        self._told: dict[str, tuple[ArchiveEntry, datetime]] = {}  # robots.txt as archived, and when it was last asked for
        for entry in archive.entries():
            self._look_back(entry)
        self._introduced: set[str] = set()
        self._left = 0

    def _look_back(self, entry: ArchiveEntry) -> None:
        """Note what earlier runs archived of refusals and of robots.txt."""
        if entry.record_type == "metadata":
            self._noted.add(entry.sha256)
        elif entry.is_capture and entry.asked.endswith("/robots.txt"):
            told = self._told.get(entry.asked) if entry.record_type == "revisit" else (entry, entry.fetched_at)
            if told is not None:
                self._told[entry.asked] = (told[0], entry.fetched_at)

    def count_due(self) -> int:
        """How many addresses are due now."""
        return self._frontier.count_due(_now(), **self._kept)

    def visit_due(self, limit: int, tell: Callable[[int], None] = lambda done: None) -> Visits:
        """Visit what is due, at most `limit` addresses; returns when nothing becomes due within `LONGEST_WAIT`.

        Args:
            limit: Most addresses to ask for.
            tell: Called after each visit with how many are done.
        """
        visits = Visits()
        self._left = limit
        workers = max(1, min(self._policy.concurrency, limit))
        try:
            with ThreadPoolExecutor(workers, thread_name_prefix="visit") as pool:
                futures = [pool.submit(self._work, visits, tell) for _ in range(workers)]
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

    def _work(self, visits: Visits, tell: Callable[[int], None]) -> None:
        while not self._stop.is_set():
            with self._lock:
                if self._left <= 0:
                    return
                claim = self._frontier.claim(_now(), **self._kept)
                self._left -= claim is not None
            if claim is None:
                if not self._wait_for_next():
                    return
                continue
            outcome = self._visit_or_release(claim, visits)
            with self._lock:
                if outcome is None:
                    self._left += 1
                    continue
                visits.counts[outcome] += 1
                tell(visits.visited)

    def _wait_for_next(self) -> bool:
        """Sleep until something is due; False when nothing will be soon."""
        due = self._frontier.next_due(_now(), **self._kept)
        if due is None or due - _now() > LONGEST_WAIT:
            return False
        self._stop.wait(max(0.01, (due - _now()).total_seconds()))
        return True

    def _visit_or_release(self, claim: Claim, visits: Visits) -> str | None:
        """Outcome of a visit; None when the host was asked for its robots.txt instead, which is a request like any other."""
        try:
            if not self._introduce(claim.url):
                return self._visit(claim, visits)
        except BaseException:
            self._frontier.release(claim.url)
            raise
        self._frontier.release(claim.url)
        return None

    def _visit(self, claim: Claim, visits: Visits) -> str:
        visit = self._fetcher.fetch(
            claim.url, etag=claim.etag, last_modified=claim.last_modified, check=lambda url: self._check(url, is_claimed=url == claim.url)
        )
        entry = self._archive_visit(visit, claim)
        if visit.refusal is not None and visit.is_transient and claim.attempts + 1 < MAX_ATTEMPTS:
            self._postpone(claim, visit)
            return "postponed"
        with self._lock:
            visits.met.add((claim.url, entry.sha256 if entry else self._archive_note(visit)))
        return self._finish(claim, visit, entry)

    def _check(self, url: str, *, is_claimed: bool) -> None:
        """PageError when robots.txt forbids the address; where a redirect led to it, its host's turn is waited for."""
        self._introduce(url)
        self._robots.check(url)
        if not is_claimed:
            self._stop.wait(self._frontier.take_turn(urlsplit(url).netloc, _now()))

    def _introduce(self, url: str) -> bool:
        """Learn the robots.txt of a host not met before, archive it and keep to its delay; whether that took a request."""
        address = robots_url(url)
        with self._lock:
            if address in self._introduced:
                return False
        is_told = self._recall(address)
        rules = self._robots.rules_for(url)
        with self._lock:
            if address in self._introduced:
                return False
            self._introduced.add(address)
            if not is_told:
                self._archive_robots(rules.visit)
        if rules.delay_seconds is not None:
            self._frontier.raise_delay(urlsplit(url).netloc, rules.delay_seconds, _now())
        return bool(rules.visit.hops) and not is_told

    def _recall(self, address: str) -> bool:
        """Go by the robots.txt in the archive, if it was asked for within the last day."""
        entry, asked_at = self._told.get(address, (None, None))
        if entry is None or asked_at is None:
            return False
        try:
            answer = self._archive.read_response(entry)
        except PageError:
            return False
        visit = Visit(address, (answer,), status_refusal(answer, is_conditional=False), is_transient=False, retry_after_seconds=None)
        return self._robots.remember(visit, (_now() - asked_at).total_seconds())

    def _archive_robots(self, visit: Visit) -> None:
        """Archive robots.txt as a page of its own, so that what it forbade can be read there. The lock is held."""
        if not visit.hops:
            return
        now = utc_now()
        self._frontier.add([Link(visit.asked, depth=0)], now)
        known = self._frontier.look_up(visit.asked)
        if known is None:
            raise KeyError(visit.asked)
        for hop in visit.hops[:-1]:
            self._archive.add_response(hop, visit.asked)
        entry = self._archive_answer(visit.hops[-1], known)
        fetched_at = now if entry.record_type == "response" else known.last_fetched_at or now
        self._frontier.finish(visit.asked, fetched_at=fetched_at, outcome=_outcome_of(visit.hops[-1]), due_at=None, sha256=entry.sha256)

    def _archive_visit(self, visit: Visit, claim: Claim) -> ArchiveEntry | None:
        """Archive every answer of a visit; the entry of the last one when it is an answer to what was asked, else None."""
        if not visit.hops:
            return None
        *redirects, last = visit.hops
        with self._lock:
            for hop in redirects:
                self._archive.add_response(hop, visit.asked)
            entry = self._archive_answer(last, claim)
        return entry if entry.is_capture else None

    def _archive_answer(self, answer: HttpResponse, claim: Claim) -> ArchiveEntry:
        """Archive an answer, as a revisit when it brings what the address gave before, an error page included."""
        if claim.sha256 and claim.last_fetched_at:
            is_same = claim.outcome == _outcome_of(answer) and body_digest(answer) == claim.sha256
            if answer.status == NOT_MODIFIED or is_same:
                return self._archive.add_revisit(answer, claim.url, claim.sha256, claim.last_fetched_at)
        return self._archive.add_response(answer, claim.url)

    def _archive_note(self, visit: Visit) -> str:
        """Archive why there is no answer, unless the same is known already; digest of the note. The lock is held."""
        refusal = visit.refusal or PageError("no_answer", f"{visit.asked}: the server gave no answer")
        payload = failure_note(visit.asked, "fetch", refusal.reason, refusal.detail)
        sha256 = hashlib.sha256(payload).hexdigest()
        if sha256 not in self._noted:
            self._archive.add(visit.asked, payload, NOTE_TYPE, utc_now(), "metadata")
            self._noted.add(sha256)
        return sha256

    def _postpone(self, claim: Claim, visit: Visit) -> None:
        """Try again later: when the server says so, else after a growing, jittered while; a server's word holds for its host."""
        now, asked = _now(), visit.retry_after_seconds
        back_off = _FIRST_BACK_OFF_SECONDS * 2**claim.attempts * random.uniform(0.75, 1.25)
        not_before = now + timedelta(seconds=back_off if asked is None else asked)
        reason = visit.refusal.reason if visit.refusal else "unknown"
        self._frontier.postpone(claim.url, not_before, reason, host_until=None if asked is None else not_before)

    def _finish(self, claim: Claim, visit: Visit, entry: ArchiveEntry | None) -> str:
        """Tell the frontier what came of a visit, and when to come again."""
        now = utc_now()
        is_new = entry is None or entry.record_type == "response"
        kept: dict[str, Any] = {"fetched_at": now if is_new or claim.last_fetched_at is None else claim.last_fetched_at}
        kept["sha256"] = entry.sha256 if entry else None
        if visit.refusal is not None:
            reason = visit.refusal.reason
            again = _GONE_AGAIN if reason in _GONE else _TROUBLE_AGAIN if visit.is_transient else self._policy.revisit
            self._frontier.finish(claim.url, outcome=reason, due_at=now + again, **kept)
            return "failed"
        answer = visit.hops[-1]
        kept["etag"] = answer.header("etag") or (None if is_new else claim.etag)
        kept["last_modified"] = answer.header("last-modified") or (None if is_new else claim.last_modified)
        self._frontier.finish(claim.url, outcome=FETCHED, due_at=now + self._policy.revisit, **kept)
        return "new" if is_new else "unchanged"


def _outcome_of(answer: HttpResponse) -> str:
    """What the frontier remembers of an answer."""
    return FETCHED if 200 <= answer.status < 300 else f"http_{answer.status}"


def _now() -> datetime:
    """The present moment in full: a delay counted in whole seconds would come out too short."""
    return datetime.now(UTC)
