"""Parsing: every archived record that has no row yet becomes rows of the work tables, and addresses for the frontier."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.responses import HttpResponse
from healthnews.crawl.urls import canonical_url
from healthnews.dataset import work
from healthnews.dataset.catalogue import Catalogue
from healthnews.dataset.observations import ObservationRow, PartRow
from healthnews.dataset.store import Store
from healthnews.disk import require_room
from healthnews.engine import current_engine
from healthnews.errors import PageError
from healthnews.extract.listing import Listing
from healthnews.pipeline.contents import StoredContents
from healthnews.pipeline.folder import Progress, batches
from healthnews.pipeline.layouts import held_error, observe
from healthnews.pipeline.parse_memory import ParseMemory, RowsKnown, recall
from healthnews.pipeline.reading import Read, read_records
from healthnews.pipeline.rows import (
    BatchRows,
    FoundLinks,
    Recommended,
    add_to_catalogue,
    append_batch,
    capture_row,
    collision,
    failure_row,
    note_id,
)
from healthnews.pipeline.runs import Runs
from healthnews.pipeline.site_parsers import assigned_parsers
from healthnews.records import Article, CaptureRow, FailureRow


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

    Raises:
        LowDiskError: There is too little room for a batch.

    Returns:
        How many captures came to which outcome; `listing` and `robots` count the parsed ones that are no articles.
    """
    memory = recall(archive, store)
    pending, outcomes = memory.take_pending(archive), Counter[str]()
    if memory.accepted:
        memory.watch().look_at(memory.accepted)
        _hold_back(archive, store, memory, set(), batch_pages, progress)
    if pending:
        reader = _reader_of(archive, store, memory, [entry for entry, _ in pending], stored)
        for reads in batches(_told(reader.read(pending), progress, len(pending)), batch_pages):
            require_room(archive.folder, store.folder)
            observed = [read.observation for read in reads if read.observation is not None]
            memory.watch().add(observed)
            if _hold_back(archive, store, memory, {row.capture_id for row in observed}, batch_pages, progress):
                reader.catalogue = memory.catalogue()
            rows = reader.fold(reads, memory.watch().held())
            keep_links(rows.found)
            append_batch(store, reader.catalogue.take_changes(), rows)
            outcomes.update(rows.outcomes())
    memory.keep(pending)
    return outcomes


def _reader_of(
    archive: Archive, store: Store, memory: ParseMemory, entries: Sequence[ArchiveEntry], stored: StoredContents | None
) -> _Reader:
    recommended = Recommended(store, (entry.asked for entry in entries if _has_page(entry)))
    return _Reader(archive, memory.catalogue(), _earlier_captures(store, entries), stored, recommended)


def _told(reads: Iterable[_Read], progress: Progress, total: int) -> Iterator[_Read]:
    for done, read in enumerate(reads, 1):
        progress("parse", done, total)
        yield read


def _has_page(entry: ArchiveEntry) -> bool:
    """Neither a note nor a page found unchanged."""
    return entry.record_type not in ("metadata", "revisit")


def _hold_back(archive: Archive, store: Store, memory: ParseMemory, arriving: set[str], batch_pages: int, progress: Progress) -> bool:
    """Fold the tables anew when captures of earlier batches are now held back or let go; whether that was so.

    Done before the batch that shows it is appended: a run that is killed in between sees it again.
    """
    watch = memory.watch()
    held = watch.held()
    if is_other := bool((held ^ watch.held_before()) - arriving):
        _fold_anew(archive, store, held, batch_pages, progress)
        memory.outdate_catalogue()
    watch.settle(held)
    return is_other


def _fold_anew(archive: Archive, store: Store, held: AbstractSet[str], batch_pages: int, progress: Progress) -> None:
    """Make the tables of parsing anew from what they hold, without the held captures: what a page had led to goes with it."""
    aside = Store(store.folder.with_name("folding"))
    shutil.rmtree(aside.folder, ignore_errors=True)
    rows_known, runs = RowsKnown.of(store), Runs()
    known = [
        (e, runs.number)
        for e in archive.entries()
        if not runs.take(e) and (e.is_capture or e.record_type == "metadata") and not rows_known.lacks(e)
    ]
    reader = _Reader(archive, Catalogue((), ()), {}, StoredContents(store))
    for number, reads in enumerate(batches(reader.read(known), batch_pages)):
        rows = reader.fold(reads, held)
        append_batch(aside, reader.catalogue.take_changes(), rows)
        progress("fold", min((number + 1) * batch_pages, len(known)), len(known))
    store.replace_by(aside, work.ANALYSIS)


def _earlier_captures(store: Store, pending: Sequence[ArchiveEntry]) -> dict[tuple[str, str], CaptureRow]:
    """By address asked and digest, the captures that revisits may repeat; read only when there is a revisit."""
    asked = {entry.asked for entry in pending if entry.record_type == "revisit"}
    if not asked:
        return {}
    captures: list[CaptureRow] = work.read_where(store, "captures", "url", asked)
    return {(row.url, row.sha256): row for row in captures}


@dataclass(frozen=True, slots=True)
class _Read:
    """A record as read; of a note or a revisit the entry alone."""

    entry: ArchiveEntry
    capture: CaptureRow | None = None
    content: Article | Listing | PageError | None = None
    observation: ObservationRow | None = None


class _Reader:
    """Turns archived records into rows, one after the other in the order of archiving."""

    def __init__(
        self,
        archive: Archive,
        catalogue: Catalogue,
        earlier: dict[tuple[str, str], CaptureRow],
        stored: StoredContents | None = None,
        recommended: Recommended | None = None,
    ) -> None:
        self.catalogue = catalogue
        self._archive = archive
        self._earlier = earlier
        self._stored = stored
        self._recommended = recommended
        self._assigned = assigned_parsers()
        self._rows = BatchRows()

    def read(self, pending: Sequence[tuple[ArchiveEntry, int]]) -> Iterator[_Read]:
        """Records with what they hold, given with the numbers of their runs."""
        known = [self._stored.find(entry) if self._stored is not None and _has_page(entry) else None for entry, _ in pending]
        unknown = [entry if found is None and _has_page(entry) else None for (entry, _), found in zip(pending, known, strict=True)]
        readings = read_records(self._archive, unknown, self._assigned, current_engine())
        for (entry, run), found, read in zip(pending, known, readings, strict=True):
            if read is not None:
                found = self._captured(entry, read)
            yield _Read(entry) if found is None else _Read(entry, *found, observe(*found, run, self._assigned))

    def _captured(self, entry: ArchiveEntry, read: Read) -> tuple[CaptureRow, Article | Listing | PageError]:
        content, noindex, charset, evidence, opts_out = read.reading
        capture = replace(capture_row(entry, read.response, content), noindex=noindex, training_opt_out=opts_out)
        return replace(capture, charset=charset, charset_evidence=evidence) if charset is not None else capture, content

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
            found = FoundLinks(
                entry.asked, entry.fetched_at, content.links, is_listing=True, modified=content.modified, is_index=content.is_index
            )
            self._rows.found.append(found)
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
            again = frozenset() if self._recommended is None else self._recommended.take(entry.asked, urls)
            self._rows.found.append(FoundLinks(entry.asked, entry.fetched_at, urls, is_listing=False, following=following, again=again))

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
        """A page found unchanged, or the same error page: what is known of it stands."""
        capture = capture_row(entry, self._response(entry), None)
        if (earlier := self._earlier.get((capture.url, capture.sha256))) is not None:
            capture = replace(
                capture, canonical_url=earlier.canonical_url, content_type=earlier.content_type, parser=earlier.parser,
                noindex=earlier.noindex, training_opt_out=earlier.training_opt_out,
                charset=earlier.charset, charset_evidence=earlier.charset_evidence,
                etag=capture.etag or earlier.etag, last_modified=capture.last_modified or earlier.last_modified,
            )  # fmt: skip
        self._rows.revisits.append(capture)

    def _response(self, entry: ArchiveEntry) -> HttpResponse | None:
        try:
            return self._archive.read_response(entry)
        except PageError:
            return None

    def _note_row(self, entry: ArchiveEntry) -> FailureRow:
        """The refusal that a note records."""
        failure_id = note_id(entry)
        try:
            note = json.loads(self._archive.read(entry))
            return FailureRow(failure_id=failure_id, failed_at=entry.fetched_at, sha256=entry.sha256, **note)
        except PageError as error:
            return replace(failure_row(entry, error, "quarantined"), failure_id=failure_id)
