"""What visits bring into the archive: answers, revisits of what was there, notes of refusals; and what earlier runs brought."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime

from healthnews.crawl.archive import NOTE_TYPE, Archive, failure_note
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.fetch import Visit, status_refusal
from healthnews.crawl.frontier_records import Claim, Finished
from healthnews.crawl.responses import NOT_MODIFIED, HttpResponse
from healthnews.crawl.warc import body_digest
from healthnews.errors import PageError
from healthnews.records import utc_now

FETCHED = "fetched"
"""Outcome of a visit that brought a page, whether new or known."""


def outcome_of(answer: HttpResponse) -> str:
    """What the frontier remembers of an answer."""
    return FETCHED if 200 <= answer.status < 300 else f"http_{answer.status}"


def failed_visit(claim: Claim, refusal: PageError, now: datetime, due_at: datetime, sha256: str | None) -> Finished:
    """What the frontier is told of a visit that brought no page.

    Args:
        claim: What was asked for.
        refusal: Why.
        now: When.
        due_at: When it is asked for again.
        sha256: Digest of the answer; None without one. A page is then known as it was: it may be the same after an outage.
    """
    if sha256 is not None or claim.last_fetched_at is None or _is_refused(claim):
        return Finished(url=claim.url, fetched_at=now, outcome=refusal.reason, due_at=due_at, sha256=sha256)
    return Finished(
        url=claim.url, fetched_at=claim.last_fetched_at, outcome=refusal.reason, due_at=due_at, etag=claim.etag,
        last_modified=claim.last_modified, sha256=claim.sha256, interval_seconds=claim.interval_seconds,
    )  # fmt: skip


def _is_refused(known: Claim) -> bool:
    """Whether the digest that is known is of an error page; where a later attempt has overwritten the outcome, it is taken for a page's."""
    return not known.attempts and (known.outcome or "").startswith("http_")


class VisitArchive:
    """An archive that several threads add visits to."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._noted: set[str] = set()
        self._robots: dict[str, tuple[ArchiveEntry, datetime]] = {}  # as archived, and when it was last asked for
        for entry in archive.entries():
            self._look_back(entry)

    def _look_back(self, entry: ArchiveEntry) -> None:
        """Note what earlier runs archived of refusals and of robots.txt."""
        if entry.record_type == "metadata":
            self._noted.add(entry.sha256)
        elif entry.is_capture and entry.asked.endswith("/robots.txt"):
            told = self._robots.get(entry.asked) if entry.record_type == "revisit" else (entry, entry.fetched_at)
            if told is not None:
                self._robots[entry.asked] = (told[0], entry.fetched_at)

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
            if known.sha256 and known.last_fetched_at and _is_known(last, visit, known):
                entry = self._archive.add_revisit(last, visit.asked, known.sha256, known.last_fetched_at)
            else:
                entry = self._archive.add_response(last, visit.asked)
        return entry if entry.is_capture else None

    def add_note(self, url: str, refusal: PageError, attempts: int = 1) -> str:
        """Archive why there is no answer, unless the same is known already; digest of the note."""
        payload = failure_note(url, "fetch", refusal.reason, refusal.detail, attempts)
        sha256 = hashlib.sha256(payload).hexdigest()
        with self._lock:
            if sha256 not in self._noted:
                self._archive.add(url, payload, NOTE_TYPE, utc_now(), "metadata")
                self._noted.add(sha256)
        return sha256

    def last_robots(self, address: str) -> tuple[Visit, datetime] | None:
        """The robots.txt at an address as an earlier run was told it, and when it last asked; None when none did."""
        entry, asked_at = self._robots.get(address, (None, None))
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


def _is_known(answer: HttpResponse, visit: Visit, known: Claim) -> bool:
    if answer.status == NOT_MODIFIED:
        return visit.refusal is None
    outcome = known.outcome if _is_refused(known) else FETCHED
    return outcome == outcome_of(answer) and body_digest(answer) == known.sha256
