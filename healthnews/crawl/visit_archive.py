"""What visits bring into the archive: answers, revisits of what was there, notes of refusals; and what earlier runs brought."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime
from pathlib import Path

from healthnews.crawl.archive import NOTE_TYPE, Archive, failure_note
from healthnews.crawl.archive_index import ArchiveEntry, Position
from healthnews.crawl.fetch import Visit, status_refusal
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Claim, Finished, refusal_of
from healthnews.crawl.responses import NOT_MODIFIED, HttpResponse
from healthnews.crawl.warc import body_digest
from healthnews.errors import PageError
from healthnews.records import utc_now

FETCHED = "fetched"
"""Outcome of a visit that brought a page, whether new or known."""


def outcome_of(answer: HttpResponse) -> str:
    """What the frontier remembers of an answer."""
    return FETCHED if 200 <= answer.status < 300 else f"http_{answer.status}"


def failed_visit(claim: Claim, refusal: PageError, now: datetime, due_at: datetime | None, entry: ArchiveEntry | None) -> Finished:
    """What the frontier is told of a visit that brought no page: the page is known as it was, it may be the same after an outage.

    Args:
        claim: What was asked for.
        refusal: Why.
        now: When.
        due_at: When it is asked for again.
        entry: The error page as archived; None without one.
    """
    known, known_at = refused_as(claim, refusal, entry) or (claim.refusal, claim.refused_at)
    return Finished(
        url=claim.url, fetched_at=claim.last_fetched_at or now, outcome=refusal.reason, due_at=due_at, etag=claim.etag,
        last_modified=claim.last_modified, sha256=claim.sha256, interval_seconds=claim.interval_seconds, visited_at=now,
        refusal=known, refused_at=known_at,
    )  # fmt: skip


def refused_as(claim: Claim, refusal: PageError, entry: ArchiveEntry | None) -> tuple[str, datetime] | None:
    """What an error page will be known by, and when it was first archived; None without one."""
    if entry is None:
        return None
    is_same = entry.record_type == "revisit" and claim.refused_at is not None
    return refusal_of(refusal.reason, entry.sha256), claim.refused_at if is_same and claim.refused_at else entry.fetched_at


class _Past:
    """What runs before this one archived of refusals and of robots.txt."""

    def __init__(self) -> None:
        self.notes: set[str] = set()
        self.robots: dict[str, tuple[ArchiveEntry, datetime]] = {}  # as archived, and when it was last asked for
        self.position: Position = {}

    def read_on(self, archive: Archive) -> None:
        """Take what the archive holds behind what was read before."""
        known, self.position = self.position, archive.position()
        for entry in archive.entries(known):
            self._take(entry)

    def _take(self, entry: ArchiveEntry) -> None:
        if entry.record_type == "metadata":
            self.notes.add(entry.sha256)
        elif entry.is_capture and entry.asked.endswith("/robots.txt"):
            told = self.robots.get(entry.asked) if entry.record_type == "revisit" else (entry, entry.fetched_at)
            if told is not None:
                self.robots[entry.asked] = (told[0], entry.fetched_at)


_PAST: dict[Path, _Past] = {}
"""Of the folder visited last, so that the next batch of this process need not read a large archive once more."""


def _past_of(archive: Archive) -> _Past:
    place = archive.folder.resolve()
    past = _PAST.pop(place, None)
    _PAST.clear()
    if past is None or not archive.goes_on_from(past.position):
        past = _Past()
    past.read_on(archive)
    _PAST[place] = past
    return past


class VisitArchive:
    """An archive that several threads add visits to, and the frontier that is told of what was added.

    Args:
        archive: Where answers go.
        frontier: Where it is said that they came.
        is_shared: Others, with archives of their own, visit from the same frontier.
    """

    def __init__(self, archive: Archive, frontier: Frontier, *, is_shared: bool) -> None:
        self._archive = archive
        self._frontier = frontier
        self._is_shared = is_shared
        self._lock = threading.Lock()
        self._past = _past_of(archive)
        self._noted: set[str] = set()  # not in `_past`, which knows what it has read from the archive and no more

    def add_visit(self, visit: Visit, known: Claim) -> ArchiveEntry | None:
        """Archive every answer of a visit; the entry of the last one when it answers what was asked, else None.

        An answer that brings what the address gave before, an error page included, is archived as a revisit.
        """
        if not visit.hops:
            return None
        *redirects, last = visit.hops
        with self._lock:
            for hop in redirects:
                self._archive.add_response(hop, visit.asked)
            if (earlier := _earlier(last, visit, known)) is not None:
                entry = self._archive.add_revisit(last, visit.asked, *earlier)
            else:
                entry = self._archive.add_response(last, visit.asked)
        return entry if entry.is_capture else None

    def add_note(self, url: str, refusal: PageError, attempts: int = 1) -> str:
        """Archive why there is no answer, unless the same is known already; digest of the note."""
        payload = failure_note(url, "fetch", refusal.reason, refusal.detail, attempts)
        sha256 = hashlib.sha256(payload).hexdigest()
        with self._lock:
            if sha256 not in self._past.notes and sha256 not in self._noted:
                self._archive.add(url, payload, NOTE_TYPE, utc_now(), "metadata")
                self._noted.add(sha256)
        return sha256

    def finish(self, *visits: Finished) -> None:
        """Record visits; where others share the frontier, when their records are on disk: nobody could tell which a loss of power took."""
        if self._is_shared:
            self.sync()
        self._frontier.finish_all(visits)

    def last_robots(self, address: str) -> tuple[Visit, datetime] | None:
        """The robots.txt at an address as an earlier run was told it, and when it last asked; None when none did."""
        entry, asked_at = self._past.robots.get(address, (None, None))
        if entry is None or asked_at is None:
            return None
        try:
            answer = self._archive.read_response(entry)
        except PageError:
            return None
        refusal = status_refusal(answer, is_conditional=False)
        return Visit(address, (answer,), refusal, is_transient=False, retry_after_seconds=None), asked_at

    def sync(self) -> None:
        """Flush to disk what was added."""
        with self._lock:
            self._archive.sync()


def _earlier(answer: HttpResponse, visit: Visit, known: Claim) -> tuple[str, datetime] | None:
    """Digest and moment of what was archived before and is said again by this answer: the page, or the same error page."""
    page = (known.sha256, known.last_fetched_at) if known.sha256 and known.last_fetched_at else None
    if answer.status == NOT_MODIFIED:
        return page if visit.refusal is None else None
    sha256 = body_digest(answer)
    if (outcome := outcome_of(answer)) == FETCHED:
        return page if sha256 == known.sha256 else None
    return (sha256, known.refused_at) if known.refused_at and known.refusal == refusal_of(outcome, sha256) else None
