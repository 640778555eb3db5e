"""Visits: a due address is claimed, robots.txt asked, the page fetched and archived, and the frontier told when to come again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.back_off import BackOff
from healthnews.crawl.fetch import Fetcher, Visit, is_wanted_type
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Claim, Finished
from healthnews.crawl.frontier_statements import Selection
from healthnews.crawl.frontier_tables import host_authority
from healthnews.crawl.politeness import LONGEST_WAIT, Politeness, StoppedError
from healthnews.crawl.robots import Robots
from healthnews.crawl.transport import Line
from healthnews.crawl.visit_archive import FETCHED, VisitArchive
from healthnews.crawl.visit_policy import Policy, Visits
from healthnews.errors import PageError
from healthnews.records import utc_now

MAX_ATTEMPTS = 3
"""Failures that may pass are tried so often before they count as one."""
_RUN = 32
"""Pages that are claimed together of a host without delay."""
_RUN_SECONDS = 120.0
"""After that, what was claimed together is given back, well before its lease ends."""
_WORTH_PARSING_SECONDS = 1.0
"""Where threads would wait longer, what has come is read first: it costs less, and may lead to pages of other hosts."""
_UNTROUBLED = frozenset(("new", "unchanged", "forbidden"))


class Visitor:
    """Visits due addresses on several threads, of each host on one at a time.

    Where a redirect leads to another host, or another process visits the same, the host's delay alone keeps requests apart.
    Every answer is archived before anything looks into it; a refusal is archived as a note. What was claimed and not finished
    when the process dies becomes due again when its lease ends.

    Attributes:
        fetcher: What it asks with.
        politeness: What it keeps to before each request.
    """

    def __init__(self, archive: Archive, frontier: Frontier, fetcher: Fetcher, robots: Robots, policy: Policy) -> None:
        self._archive = VisitArchive(archive, frontier, is_shared=policy.is_shared)
        self._frontier = frontier
        self.fetcher = fetcher
        self._policy = policy
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._batch_ended = threading.Event()
        self.politeness = Politeness(robots, frontier, self._archive, self._stop, policy.delay_seconds)
        self._back_off = BackOff(frontier, self._archive, robots, policy.revisit)
        self._busy: set[str] = set()
        self._left = 0

    def _kept(self) -> dict[str, Any]:
        """Which addresses may be claimed."""
        if self._policy.only is not None:
            return {"only": self._policy.only}
        hosts = self._frontier.hosts.followed() if self._policy.hosts is None else self._policy.hosts
        return {"max_depth": self._policy.max_depth, "hosts": hosts, "besides": self._frontier.sitemaps.of(hosts)}

    def count_due(self, most: int | None = None) -> int:
        """How many addresses are due now, counted up to `most`."""
        return self._frontier.count_due(_now(), **self._kept(), most=most)

    def visit_due(self, limit: int, tell: Callable[[int], None] = lambda done: None) -> Visits:
        """Visit what is due, at most `limit` addresses; returns when nothing becomes due within `LONGEST_WAIT`.

        It returns earlier, with something new, when that has to be read to go on with its host, and other hosts have to be waited for.

        Args:
            limit: Most addresses to ask for.
            tell: Called after each visit with how many are done.
        """
        visits, kept = Visits(), self._kept()
        self._left = limit
        self._batch_ended.clear()
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
                        self._batch_ended.set()
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

    def _work(self, kept: dict[str, Any], visits: Visits, tell: Callable[[int], None]) -> None:
        while not self._batch_ended.is_set():
            with self._lock:
                if self._left <= 0:
                    return
                selection = Selection.of(not_on=self._busy, **kept)
                claims = self._frontier.claim_run(_now(), selection, most=min(_RUN, self._left))
                if claims:
                    self._left -= len(claims)
                    self._busy.add(host_authority(claims[0].url))
            if not claims:
                if not self._wait_for_next(kept, visits):
                    return
                continue
            try:
                self._visit_run(claims, visits, tell)
            except StoppedError:
                return
            finally:
                with self._lock:
                    self._busy.discard(host_authority(claims[0].url))

    def _visit_run(self, claims: Sequence[Claim], visits: Visits, tell: Callable[[int], None]) -> None:
        """Visit addresses of one host, one after the other, until one of them meets trouble; what is left is given back."""
        waiting, finished = list(claims), list[Finished]()
        ends_at = time.monotonic() + _RUN_SECONDS
        line = Line() if len(claims) > 1 else None
        try:
            while waiting and not self._batch_ended.is_set() and time.monotonic() < ends_at:
                outcome = self._visit_or_release(waiting[0], visits, finished, line)
                waiting.pop(0)
                with self._lock:
                    self._left += outcome in (None, "forbidden")
                    if outcome is not None:
                        visits.counts[outcome] += 1
                        tell(visits.visited)
                if outcome not in _UNTROUBLED or self.politeness.robots.rules_for(claims[0].url).delay_seconds:
                    break
        finally:
            if line is not None:
                line.close()
            if finished:
                self._archive.finish(*finished)
            self._frontier.release(*(claim.url for claim in waiting))
            with self._lock:
                self._left += len(waiting)

    def _wait_for_next(self, kept: dict[str, Any], visits: Visits) -> bool:
        """Sleep until something is due; False when nothing will be soon, other threads see to it, or what has come is to be read first."""
        if "hosts" in kept and self.politeness.take_named():
            kept["besides"] = self._frontier.sitemaps.of(kept["hosts"])
            return True
        with self._lock:
            busy = frozenset(self._busy)
        due = self._frontier.next_due(_now(), not_on=busy, **kept)
        if due is None or due - _now() > LONGEST_WAIT:
            return False
        seconds = (due - _now()).total_seconds()
        if seconds > _WORTH_PARSING_SECONDS and self._has_run_out(kept, visits, busy):
            visits.is_cut_short = True
            self._batch_ended.set()
            return False
        self._batch_ended.wait(max(0.01, seconds))
        return True

    def _has_run_out(self, kept: Mapping[str, Any], visits: Visits, busy: frozenset[str]) -> bool:
        """Whether a host of which something new has come has no address left to ask for: what it brought leads on."""
        if self._policy.only is not None:
            return False
        with self._lock:
            hosts = {host_authority(url) for url, _ in visits.met} - busy if visits.counts["new"] else frozenset[str]()
        wanted = hosts.intersection((*kept["hosts"], *map(host_authority, kept["besides"])))
        return any(not self._frontier.count_due(_now(), max_depth=kept["max_depth"], hosts=[host], most=1) for host in wanted)

    def _visit_or_release(self, claim: Claim, visits: Visits, finished: list[Finished], line: Line | None) -> str | None:
        """Outcome of a visit; None when the host was asked for its robots.txt instead, which is a request like any other."""
        if not self.politeness.introduce(claim.url):
            return self._visit(claim, visits, finished, line)
        self._frontier.release(claim.url)
        return None

    def _visit(self, claim: Claim, visits: Visits, finished: list[Finished], line: Line | None) -> str:
        visit = self.fetcher.fetch(
            claim.url, etag=claim.etag, last_modified=claim.last_modified, check=lambda url: self._check(url, claim),
            accept=is_wanted_type(claim.url), line=line,
        )  # fmt: skip
        self._back_off.watch_host(claim, visit)
        entry = self._archive.add_visit(visit, claim)
        if visit.refusal is None and entry is not None:
            self._remember(visits, claim.url, entry.sha256)
            finished.append(self._finished(claim, visit, entry))
            return "new" if entry.record_type == "response" else "unchanged"
        refusal = visit.refusal or PageError("no_answer", f"{claim.url}: the server gave no answer")
        if visit.is_transient and claim.attempts + 1 < MAX_ATTEMPTS:
            self._back_off.postpone(claim, visit, refusal, entry)
            return "postponed"
        noted = self._archive.add_note(claim.url, refusal, claim.attempts + 1) if entry is None else entry.sha256
        self._remember(visits, claim.url, noted)
        return self._back_off.give_up(claim, visit, refusal, entry)

    def _remember(self, visits: Visits, url: str, sha256: str) -> None:
        with self._lock:
            visits.met.add((url, sha256))

    def _check(self, url: str, claim: Claim) -> None:
        """PageError when the address may not be asked; where a redirect led to it, its host's turn is waited for."""
        if url == claim.url:
            self.politeness.robots.check(url)
            return
        self._require_same_site(url, claim)
        self.politeness.take_turn(url)

    def _require_same_site(self, url: str, claim: Claim) -> None:
        """PageError `other_site` where a crawl would be led off the sites it is for; a start address may move to its www. or from it."""
        host, asked_host = host_authority(url), host_authority(claim.url)
        followed = self._frontier.hosts.followed()
        if self._policy.only is not None or host == asked_host or host in followed:
            return
        if claim.depth == 0 and host.removeprefix("www.") == asked_host.removeprefix("www."):
            if asked_host in followed:
                self._frontier.hosts.follow(host, self._policy.delay_seconds)
            return
        raise PageError("other_site", f"{claim.url}: redirected to {url}, a site that is not crawled; --start names it")

    def _finished(self, claim: Claim, visit: Visit, entry: ArchiveEntry) -> Finished:
        """What is known of a page now, and when to look again."""
        now, answer = utc_now(), visit.hops[-1]
        is_new = entry.record_type == "response"
        interval = self._policy.interval(claim, is_changed=is_new)
        is_own = answer.url == claim.url  # what the target of a redirect calls unchanged says nothing of the address that redirects
        return Finished(
            url=claim.url,
            fetched_at=entry.fetched_at if is_new or claim.last_fetched_at is None else claim.last_fetched_at,
            outcome=FETCHED,
            due_at=now + (self._policy.list_revisit if claim.is_listing else interval),
            etag=(answer.header("etag") or (None if is_new else claim.etag)) if is_own else None,
            last_modified=(answer.header("last-modified") or (None if is_new else claim.last_modified)) if is_own else None,
            sha256=entry.sha256,
            interval_seconds=interval.total_seconds(),
            visited_at=now,
        )


def _now() -> datetime:
    """The present moment in full: a delay counted in whole seconds would come out too short."""
    return datetime.now(UTC)
