"""Ingest: sources into the archive, the archive into work tables, then analysis and release of what changed."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from healthnews.crawl.archive import Archive, ArchiveEntry
from healthnews.crawl.sources import MAX_PAGE_BYTES, SourceFailure, SourceItem, list_files, read_file
from healthnews.crawl.urls import canonical_url, host_of, is_web_address
from healthnews.dataset import work
from healthnews.dataset.catalogue import Catalogue, Changes, Seen
from healthnews.dataset.release import Release
from healthnews.dataset.store import Store
from healthnews.dataset.work import WorkLinkRow
from healthnews.errors import PageError
from healthnews.extract.registry import parse_page
from healthnews.pipeline.analysis import AnalysisSummary, analyze_store
from healthnews.pipeline.folder import BATCH_PAGES, DataFolder, Progress, batches, no_progress
from healthnews.pipeline.publication import is_published, publish_store
from healthnews.records import Article, CaptureRow, FailureRow, RawPage, stable_id, utc_now

_FAILURE = "application/vnd.healthnews.failure+json"


@dataclass(slots=True)
class IngestSummary:
    """What one ingest did.

    Attributes:
        archived: Pages whose bytes were new.
        unchanged: Pages whose bytes the archive already held.
        parsed: Pages read from the archive, those left by a killed run included.
        failures: What of this run's sources cannot be used, whether found now or before.
    """

    archived: int = 0
    unchanged: int = 0
    parsed: int = 0
    quarantined: int = 0
    failures: list[FailureRow] = field(default_factory=list)
    analysis: AnalysisSummary | None = None
    release: Release | None = None


def ingest(
    folder: DataFolder,
    sources: Sequence[str],
    *,
    stdin: BinaryIO | None = None,
    with_analysis: bool = True,
    with_release: bool = True,
    batch_pages: int = BATCH_PAGES,
    max_page_bytes: int = MAX_PAGE_BYTES,
    progress: Progress = no_progress,
) -> IngestSummary:
    """Archive the sources, parse what the archive holds unparsed, analyse what is new, publish what changed.

    Each step starts from what the one before it left on disk, so a killed run is continued by the next one,
    whatever its sources. The same bytes are archived once.

    Raises:
        LockedError: Another run holds the folder.
    """
    summary = IngestSummary()
    with folder.locked(), Archive(folder.raw) as archive:
        store = Store(folder.tables)
        touched = _archive_sources(archive, sources, stdin or io.BytesIO(), max_page_bytes, batch_pages, summary, progress)
        _parse_pending(archive, store, batch_pages, summary, progress)
        summary.failures = _failures_of(store, touched)
        if is_published(folder, store):
            summary.release = publish_store(folder, store, progress)
            return summary
        if with_analysis:
            summary.analysis = analyze_store(store, full=False, batch_pages=batch_pages, progress=progress)
        if with_release:
            summary.release = publish_store(folder, store, progress)
    return summary


def _content_identity(url: str, sha256: str) -> tuple[str, str]:
    """What makes two captures the same: the bytes, and for web pages the address too."""
    return (url if is_web_address(url) else "", sha256)


def _archive_sources(
    archive: Archive, sources: Sequence[str], stdin: BinaryIO, max_bytes: int, batch_pages: int, summary: IngestSummary, progress: Progress
) -> set[tuple[str, str]]:
    """Append to the archive what it does not hold; the identities of all that the sources hold are returned."""
    known = {_content_identity(entry.url, entry.sha256) for entry in archive.entries()}
    touched: set[tuple[str, str]] = set()
    files = list_files(sources)
    for number, (name, path) in enumerate(files, 1):
        for item in read_file(name, path, stdin, max_bytes):
            url, payload, content_type, is_page = _record_of(item)
            identity = _content_identity(url, hashlib.sha256(payload).hexdigest())
            touched.add(identity)
            if identity in known:
                summary.unchanged += is_page
                continue
            known.add(identity)
            archive.add(url, payload, content_type, utc_now(), "resource" if is_page else "metadata")
            summary.archived += is_page
            if summary.archived % batch_pages == 0:
                archive.sync()
        progress("archive", number, len(files))
    archive.sync()
    return touched


def _record_of(item: SourceItem) -> tuple[str, bytes, str, bool]:
    """Address, bytes and media type to archive, and whether it is a page: a refusal is archived as a note."""
    if isinstance(item, SourceFailure):
        note = {"url": item.url, "stage": "archive", "reason": item.reason, "detail": item.detail}
        return item.url, json.dumps(note, ensure_ascii=False).encode(), _FAILURE, False
    return item.url, item.payload, item.content_type, True


def _parse_pending(archive: Archive, store: Store, batch_pages: int, summary: IngestSummary, progress: Progress) -> None:
    """Parse every archived record that has no row yet, a checkpoint after each batch.

    Captures are appended last: a batch without them is done again, with the same ids and rows.
    """
    captured = store.column_tuples("captures", ("warc_file", "warc_offset"))
    noted = {row[0] for row in store.column_tuples("failures", ("failure_id",))}
    pending = [e for e in archive.entries() if (e.place not in captured if e.record_type == "resource" else _note_id(e) not in noted)]
    if not pending:
        return
    catalogue = Catalogue(work.read(store, "sightings"), work.read(store, "article_aliases"))
    done = 0
    for batch in batches(pending, batch_pages):
        rows = _BatchRows()
        for entry in batch:
            _parse_entry(entry, archive.read(entry), catalogue, rows)
            done += 1
            progress("parse", done, len(pending))
        _append_batch(store, catalogue.take_changes(), rows)
        outcomes = Counter(row.outcome for row in rows.captures)
        summary.parsed += outcomes["parsed"]
        summary.quarantined += outcomes["quarantined"]


@dataclass(slots=True)
class _BatchRows:
    """Rows of one batch of parsed records."""

    links: list[WorkLinkRow] = field(default_factory=list)
    captures: list[CaptureRow] = field(default_factory=list)
    failures: list[FailureRow] = field(default_factory=list)


def _append_batch(store: Store, changes: Changes, rows: _BatchRows) -> None:
    """Append a batch to every table, the captures last."""
    appended: dict[str, Sequence[Any]] = {
        "pages": list(changes.pages.values()),
        "sightings": list(changes.sightings.values()),
        "article_aliases": list(changes.aliases.values()),
        "related_links": rows.links,
        "failures": rows.failures,
        "captures": rows.captures,
    }
    for name, table_rows in appended.items():
        work.append(store, name, table_rows)


def _note_id(entry: ArchiveEntry) -> str:
    return stable_id("f", entry.sha256)


def _parse_entry(entry: ArchiveEntry, payload: bytes, catalogue: Catalogue, rows: _BatchRows) -> None:
    """Turn one archived record into rows: a page's, or those of its failure."""
    if entry.record_type != "resource":
        rows.failures.append(FailureRow(failure_id=_note_id(entry), failed_at=entry.fetched_at, **json.loads(payload)))
        return
    article = _parse_or_refuse(entry, payload)
    if isinstance(article, PageError):
        rows.captures.append(_capture_row(entry, None))
        rows.failures.append(
            FailureRow(
                failure_id=stable_id("f", entry.url, "parse", article.reason, entry.sha256), url=entry.url, stage="parse",
                reason=article.reason, detail=article.detail, failed_at=entry.fetched_at,
            )
        )  # fmt: skip
        return
    capture = _capture_row(entry, article)
    rows.captures.append(capture)
    rows.links += _add_to_catalogue(article, capture, catalogue)


def _parse_or_refuse(entry: ArchiveEntry, payload: bytes) -> Article | PageError:
    """The article of a page, or why there is none; a parser's bug costs its page and no other."""
    page = RawPage(url=entry.url, content_type=entry.content_type, payload=payload, fetched_at=entry.fetched_at)
    try:
        return parse_page(page)
    except PageError as error:
        return error
    except Exception as error:
        return PageError("parser_error", f"{entry.url}: the parser failed with {type(error).__name__}: {error}")


def _capture_row(entry: ArchiveEntry, article: Article | None) -> CaptureRow:
    return CaptureRow(
        capture_id=stable_id("c", entry.url, entry.fetched_at.isoformat(), entry.sha256),
        url=entry.url,
        final_url=entry.url,
        canonical_url=canonical_url(entry.url if article is None else article.url or entry.url),
        fetched_at=entry.fetched_at,
        status=None,
        content_type=entry.content_type,
        etag=None,
        sha256=entry.sha256,
        warc_file=entry.warc_file,
        warc_offset=entry.offset,
        outcome="quarantined" if article is None else "parsed",
        parser=None if article is None else article.parser,
    )


def _add_to_catalogue(article: Article, capture: CaptureRow, catalogue: Catalogue) -> Iterator[WorkLinkRow]:
    """Register a page and what it recommends; its related links are returned."""
    host = host_of(capture.canonical_url)
    article_id = catalogue.add_page(article, Seen(capture.capture_id, capture.fetched_at, capture.canonical_url, host))
    for item in article.related:
        target_url = canonical_url(item.url)
        seen = Seen(capture.capture_id, capture.fetched_at, target_url, host_of(target_url) or host)
        yield WorkLinkRow(
            article_id=article_id, position=item.position, target_id=catalogue.add_stub(item, seen), title=item.title, url=item.url,
            snippet=item.snippet, tag=item.tag, published_at=item.published_at, capture_id=capture.capture_id,
        )  # fmt: skip


def _failures_of(store: Store, touched: set[tuple[str, str]]) -> list[FailureRow]:
    """Recorded failures of what this run's sources hold, by address."""
    if not touched:
        return []
    notes = {stable_id("f", sha256) for _, sha256 in touched}
    bad = {
        (url, sha256)
        for url, sha256, outcome in store.column_tuples("captures", ("url", "sha256", "outcome"))
        if outcome == "quarantined" and _content_identity(url, sha256) in touched
    }
    failures = work.read(store, "failures")
    parse_ids = {stable_id("f", url, "parse", row.reason, sha256) for url, sha256 in bad for row in failures if row.url == url}
    return sorted((row for row in failures if row.failure_id in notes or row.failure_id in parse_ids), key=lambda row: row.url)
