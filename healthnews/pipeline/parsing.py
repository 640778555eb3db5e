"""Parsing: every archived record that has no row yet becomes rows of the work tables, and addresses for the frontier."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from healthnews.crawl.archive import Archive, ArchiveEntry
from healthnews.crawl.responses import HttpResponse
from healthnews.crawl.urls import canonical_url
from healthnews.dataset import work
from healthnews.dataset.catalogue import Catalogue
from healthnews.dataset.observations import ObservationRow, PartRow
from healthnews.dataset.store import Store
from healthnews.errors import PageError
from healthnews.extract.decode import Decoded
from healthnews.extract.listing import Listing, is_robots
from healthnews.extract.page import Page, asks_not_to_be_indexed
from healthnews.extract.registry import parse_page, read_page
from healthnews.pipeline.archiving import Identity, identity_of
from healthnews.pipeline.contents import StoredContents
from healthnews.pipeline.folder import Progress, batches
from healthnews.pipeline.layouts import LayoutWatch, held_error, observe
from healthnews.pipeline.rows import (
    BatchRows,
    FoundLinks,
    add_to_catalogue,
    append_batch,
    capture_row,
    collision,
    failure_row,
    note_id,
    status_error,
)
from healthnews.pipeline.runs import Runs
from healthnews.pipeline.site_parsers import assigned_parsers
from healthnews.records import Article, CaptureRow, FailureRow, RawPage, stable_id


def keep_no_links(found: Sequence[FoundLinks]) -> None:
    """Follow nothing."""


def parse_pending(
    archive: Archive,
    store: Store,
    batch_pages: int,
    progress: Progress,
    keep_links: Callable[[Sequence[FoundLinks]], None] = keep_no_links,
    stored: StoredContents | None = None,
) -> Counter[str]:
    """Parse every archived record that has no row yet, a checkpoint after each batch.

    Captures are appended last: a batch without them is done again, with the same ids and rows. Its links are handed to
    `keep_links` before, so that a kill can lose none. Pages of a host whose layout has changed are held back.

    Args:
        archive: The archive, open.
        store: The work tables.
        batch_pages: Pages between two checkpoints.
        progress: Told of each page.
        keep_links: Gets what the pages lead to.
        stored: Contents that need no parser.

    Returns:
        How many captures came to which outcome; `listing` and `robots` count the parsed ones that are no articles.
    """
    pending, accepted = _pending_entries(archive, store)
    outcomes: Counter[str] = Counter()
    if not pending and not accepted:
        return outcomes
    watch = LayoutWatch(store, accepted)
    watch.look_at(accepted)
    _hold_back(archive, store, watch, set(), batch_pages, progress)
    if not pending:
        return outcomes
    reader = _Reader(archive, _catalogue_of(store), _earlier_captures(store, [entry for entry, _ in pending]), stored)
    done = 0
    for batch in batches(pending, batch_pages):
        reads = []
        for entry, run in batch:
            reads.append(reader.read(entry, run))
            done += 1
            progress("parse", done, len(pending))
        observed = [read.observation for read in reads if read.observation is not None]
        watch.add(observed)
        if _hold_back(archive, store, watch, {row.capture_id for row in observed}, batch_pages, progress):
            reader.catalogue = _catalogue_of(store)
        rows = reader.fold(reads, watch.held())
        keep_links(rows.found)
        append_batch(store, reader.catalogue.take_changes(), rows)
        outcomes.update(rows.outcomes())
    return outcomes


def _pending_entries(archive: Archive, store: Store) -> tuple[list[tuple[ArchiveEntry, int]], dict[str, list[int]]]:
    """Records that have no row yet with the numbers of their runs, and by host the runs before which its layout was accepted."""
    captured = {*store.column_tuples("captures", _PLACE), *store.column_tuples("revisits", _PLACE)}
    noted = {row[0] for row in store.column_tuples("failures", ("failure_id",))}
    runs = Runs()
    pending = [(e, runs.number) for e in archive.entries() if not runs.take(e) and _is_pending(e, captured, noted)]
    return pending, runs.accepted


def _catalogue_of(store: Store) -> Catalogue:
    return Catalogue(work.read(store, "sightings"), work.read(store, "article_aliases"))


def _hold_back(archive: Archive, store: Store, watch: LayoutWatch, arriving: set[str], batch_pages: int, progress: Progress) -> bool:
    """Fold the tables anew when captures of earlier batches are now held back or let go; whether that was so.

    Done before the batch that shows it is appended: a run that is killed in between sees it again.
    """
    held = watch.held()
    if is_other := bool((held ^ watch.held_before()) - arriving):
        _fold_anew(archive, store, held, batch_pages, progress)
    watch.settle(held)
    return is_other


def _fold_anew(archive: Archive, store: Store, held: AbstractSet[str], batch_pages: int, progress: Progress) -> None:
    """Make the tables of parsing anew from what they hold, without the held captures: what a page had led to goes with it."""
    aside = Store(store.folder.with_name("folding"))
    shutil.rmtree(aside.folder, ignore_errors=True)
    captured = {*store.column_tuples("captures", _PLACE), *store.column_tuples("revisits", _PLACE)}
    noted = {row[0] for row in store.column_tuples("failures", ("failure_id",))}
    runs = Runs()
    known = [
        (e, runs.number)
        for e in archive.entries()
        if not runs.take(e) and (e.is_capture or e.record_type == "metadata") and not _is_pending(e, captured, noted)
    ]
    reader = _Reader(archive, Catalogue((), ()), {}, StoredContents(store))
    for number, batch in enumerate(batches(known, batch_pages)):
        rows = reader.fold([reader.read(entry, run) for entry, run in batch], held)
        append_batch(aside, reader.catalogue.take_changes(), rows)
        progress("fold", min((number + 1) * batch_pages, len(known)), len(known))
    store.replace_by(aside, work.ANALYSIS)


_PLACE = ("warc_file", "warc_offset")


def _is_pending(entry: ArchiveEntry, captured: set[tuple[Any, ...]], noted: set[str]) -> bool:
    if entry.record_type == "metadata":
        return note_id(entry) not in noted
    return entry.is_capture and entry.place not in captured


def _earlier_captures(store: Store, pending: Sequence[ArchiveEntry]) -> dict[tuple[str, str], CaptureRow]:
    """By address asked and digest, the captures that revisits may repeat; read only when there is a revisit."""
    if not any(entry.record_type == "revisit" for entry in pending):
        return {}
    captures: list[CaptureRow] = work.read(store, "captures")
    return {(row.url, row.sha256): row for row in captures}


@dataclass(frozen=True, slots=True)
class _Read:
    """A record as read; of a note or a revisit the entry alone."""

    entry: ArchiveEntry
    capture: CaptureRow | None = None
    content: Article | Listing | PageError | None = None
    observation: ObservationRow | None = None


class _Content(NamedTuple):
    """What a record holds; whether it says noindex; its text and charset where it is a page with one."""

    response: HttpResponse | None
    content: Article | Listing | PageError
    noindex: bool
    decoded: Decoded | None = None


class _Reader:
    """Turns archived records into rows, one after the other in the order of archiving."""

    def __init__(
        self, archive: Archive, catalogue: Catalogue, earlier: dict[tuple[str, str], CaptureRow], stored: StoredContents | None = None
    ) -> None:
        self.catalogue = catalogue
        self._archive = archive
        self._earlier = earlier
        self._stored = stored
        self._assigned = assigned_parsers()
        self._rows = BatchRows()

    def read(self, entry: ArchiveEntry, run: int) -> _Read:
        """A record with what it holds."""
        if entry.record_type in ("metadata", "revisit"):
            return _Read(entry)
        found = self._stored.find(entry) if self._stored is not None else None
        if found is None:
            response, content, noindex, decoded = self._content(entry)
            capture = replace(capture_row(entry, response, content), noindex=noindex)
            if decoded is not None:
                capture = replace(capture, charset=decoded.charset, charset_evidence=decoded.evidence)
            found = capture, content
        capture, known = found
        return _Read(entry, capture, known, observe(capture, known, run, self._assigned))

    def fold(self, reads: Sequence[_Read], held: AbstractSet[str]) -> BatchRows:
        """The rows of records: a page's, or those of its failure; of the captures held back nothing else is kept."""
        self._rows = BatchRows()
        for read in reads:
            if read.entry.record_type == "metadata":
                self._rows.failures.append(self._note_row(read.entry))
            elif read.capture is None:
                self._read_revisit(read.entry)
            else:
                self._add_page(read.entry, read.capture, read.content, read.capture.capture_id in held)
                if read.observation is not None:
                    self._rows.observations.append(replace(read.observation, is_held=read.capture.capture_id in held))
        return self._rows

    def _add_page(self, entry: ArchiveEntry, capture: CaptureRow, content: Article | Listing | PageError | None, is_held: bool) -> None:
        if is_held:
            capture = replace(capture, outcome="quarantined")
        self._rows.captures.append(capture)
        self._earlier[capture.url, capture.sha256] = capture
        if isinstance(content, PageError):
            self._rows.failures.append(failure_row(entry, content, capture.outcome))
        elif isinstance(content, Listing):
            self._rows.found.append(FoundLinks(entry.asked, entry.fetched_at, content.links, is_listing=True))
            if content.problem is not None:
                self._rows.failures.append(failure_row(entry, content.problem, capture.outcome))
        elif content is not None:
            self._follow_article(entry, content)
            if is_held:
                self._rows.failures.append(failure_row(entry, held_error(capture.canonical_url or capture.url), capture.outcome))
            else:
                self._add_article(entry, capture, content)

    def _follow_article(self, entry: ArchiveEntry, article: Article) -> None:
        urls = tuple(item.url for item in article.related if item.url)
        following = article.part.next_url if article.part else None
        if entry.status is not None and (urls or following):
            self._rows.found.append(FoundLinks(entry.asked, entry.fetched_at, urls, is_listing=False, following=following))

    def _add_article(self, entry: ArchiveEntry, capture: CaptureRow, article: Article) -> None:
        article_id, links = add_to_catalogue(article, capture, self.catalogue)
        self._rows.links += links
        if (part := article.part) is not None:
            self._rows.parts.append(
                PartRow(
                    article_id=article_id, capture_id=capture.capture_id, number=part.number, count=part.count,
                    next_url=canonical_url(part.next_url),
                )
            )  # fmt: skip
        if (other := self.catalogue.take_collision()) is not None:
            self._rows.failures.append(failure_row(entry, collision(article, other), "quarantined"))

    def _read_revisit(self, entry: ArchiveEntry) -> None:
        """A page found unchanged: what is known of it stands."""
        capture = capture_row(entry, self._response(entry), None)
        if (earlier := self._earlier.get((capture.url, capture.sha256))) is not None:
            capture = replace(
                capture, canonical_url=earlier.canonical_url, content_type=earlier.content_type, parser=earlier.parser,
                noindex=earlier.noindex, charset=earlier.charset, charset_evidence=earlier.charset_evidence,
                etag=capture.etag or earlier.etag, last_modified=capture.last_modified or earlier.last_modified,
            )  # fmt: skip
        self._rows.revisits.append(capture)

    def _response(self, entry: ArchiveEntry) -> HttpResponse | None:
        try:
            return self._archive.read_response(entry)
        except PageError:
            return None

    def _content(self, entry: ArchiveEntry) -> _Content:
        """What a record holds, or why it holds nothing; a parser's bug costs its page and no other."""
        response: HttpResponse | None = None
        decoded: Decoded | None = None
        noindex = False
        try:
            if entry.status is None:
                payload = self._archive.read(entry)
            else:
                response = self._archive.read_response(entry)
                if (refused := status_error(entry)) is not None:
                    return _Content(response, refused, noindex)
                payload = response.body()
            noindex = asks_not_to_be_indexed(payload, response.header("x-robots-tag") if response else None)
            raw = RawPage(url=entry.url, content_type=entry.content_type, payload=payload, fetched_at=entry.fetched_at)
            if entry.status is not None and is_robots(raw.url):
                return _Content(response, read_page(raw), noindex)
            page = Page(raw)
            decoded = page.decoded
            read = parse_page if entry.status is None else read_page
            return _Content(response, read(page, self._assigned), noindex, decoded)
        except PageError as error:
            return _Content(response, error, noindex, decoded)
        except Exception as error:
            failed = PageError("parser_error", f"{entry.url}: the parser failed with {type(error).__name__}: {error}")
            return _Content(response, failed, noindex, decoded)

    def _note_row(self, entry: ArchiveEntry) -> FailureRow:
        """The refusal that a note records."""
        failure_id = note_id(entry)
        try:
            note = json.loads(self._archive.read(entry))
            return FailureRow(failure_id=failure_id, failed_at=entry.fetched_at, sha256=entry.sha256, **note)
        except PageError as error:
            return replace(failure_row(entry, error, "quarantined"), failure_id=failure_id)


def failures_of(store: Store, touched: set[Identity], met: AbstractSet[tuple[str, str]] = frozenset()) -> list[FailureRow]:
    """Recorded failures of what this run met, found now or earlier, by address.

    Args:
        store: The work tables.
        touched: Identities of what local sources hold.
        met: Address asked and digest of what was fetched.
    """
    columns = ("url", "content_type", "sha256")
    captures = store.column_tuples("captures", columns)
    captured = {(url, sha256) for url, media, sha256 in captures if identity_of(url, media, sha256) in touched} | met
    notes = {stable_id("f", sha256) for sha256 in (*(identity.sha256 for identity in touched), *(sha256 for _, sha256 in met))}
    failures: list[FailureRow] = work.read(store, "failures")
    return sorted((row for row in failures if row.failure_id in notes or (row.url, row.sha256) in captured), key=lambda row: row.url)
