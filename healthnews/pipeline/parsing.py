"""Parsing: every archived record that has no row yet becomes rows of the work tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from healthnews.crawl.archive import Archive, ArchiveEntry
from healthnews.crawl.urls import canonical_url, host_of
from healthnews.dataset import work
from healthnews.dataset.catalogue import Catalogue, Changes, Seen
from healthnews.dataset.store import Store
from healthnews.dataset.work import WorkLinkRow
from healthnews.errors import PageError
from healthnews.extract.registry import parse_page
from healthnews.pipeline.archiving import Identity, identity_of
from healthnews.pipeline.folder import Progress, batches
from healthnews.records import Article, CaptureRow, FailureRow, RawPage, stable_id


def parse_pending(archive: Archive, store: Store, batch_pages: int, progress: Progress) -> Counter[str]:
    """Parse every archived record that has no row yet, a checkpoint after each batch.

    Captures are appended last: a batch without them is done again, with the same ids and rows.

    Returns:
        How many captures came to which outcome.
    """
    captured = store.column_tuples("captures", ("warc_file", "warc_offset"))
    noted = {row[0] for row in store.column_tuples("failures", ("failure_id",))}
    pending = [e for e in archive.entries() if (e.place not in captured if e.record_type == "resource" else _note_id(e) not in noted)]
    outcomes: Counter[str] = Counter()
    if not pending:
        return outcomes
    catalogue = Catalogue(work.read(store, "sightings"), work.read(store, "article_aliases"))
    done = 0
    for batch in batches(pending, batch_pages):
        rows = _BatchRows()
        for entry in batch:
            _parse_entry(entry, archive, catalogue, rows)
            done += 1
            progress("parse", done, len(pending))
        _append_batch(store, catalogue.take_changes(), rows)
        outcomes.update(row.outcome for row in rows.captures)
    return outcomes


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


def _parse_entry(entry: ArchiveEntry, archive: Archive, catalogue: Catalogue, rows: _BatchRows) -> None:
    """Turn one archived record into rows: a page's, or those of its failure."""
    if entry.record_type != "resource":
        rows.failures.append(_note_row(entry, archive))
        return
    article = _parse_or_refuse(entry, archive)
    capture = _capture_row(entry, None if isinstance(article, PageError) else article)
    rows.captures.append(capture)
    if isinstance(article, PageError):
        rows.failures.append(_failure_row(entry, article))
        return
    rows.links += _add_to_catalogue(article, capture, catalogue)
    if (other := catalogue.take_collision()) is not None:
        rows.failures.append(_failure_row(entry, _collision(article, other)))


def _note_row(entry: ArchiveEntry, archive: Archive) -> FailureRow:
    """The refusal that a note records."""
    try:
        return FailureRow(failure_id=_note_id(entry), failed_at=entry.fetched_at, sha256=entry.sha256, **json.loads(archive.read(entry)))
    except PageError as error:
        return replace(_failure_row(entry, error), failure_id=_note_id(entry))


def _failure_row(entry: ArchiveEntry, error: PageError) -> FailureRow:
    return FailureRow(
        failure_id=stable_id("f", entry.url, "parse", error.reason, entry.sha256), url=entry.url, stage="parse",
        reason=error.reason, detail=error.detail, failed_at=entry.fetched_at, sha256=entry.sha256,
    )  # fmt: skip


def _collision(article: Article, other: str) -> PageError:
    detail = (
        f"“{article.title}” takes the place of the page of the same title in {other}: without an address the title is all that tells"
        " pages apart; give both an address (page JSON lines) to keep both"
    )
    return PageError("title_collision", detail)


def _parse_or_refuse(entry: ArchiveEntry, archive: Archive) -> Article | PageError:
    """The article of a page, or why there is none; a parser's bug costs its page and no other."""
    try:
        payload = archive.read(entry)
        return parse_page(RawPage(url=entry.url, content_type=entry.content_type, payload=payload, fetched_at=entry.fetched_at))
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
    article_id = catalogue.add_page(article, Seen(capture.capture_id, capture.fetched_at, capture.canonical_url, host, capture.url))
    for item in article.related:
        target_url = canonical_url(item.url)
        seen = Seen(capture.capture_id, capture.fetched_at, target_url, host_of(target_url) or host, capture.url)
        yield WorkLinkRow(
            article_id=article_id, position=item.position, target_id=catalogue.add_stub(item, seen), title=item.title, url=item.url,
            snippet=item.snippet, tag=item.tag, published_at=item.published_at, capture_id=capture.capture_id,
        )  # fmt: skip


def failures_of(store: Store, touched: set[Identity]) -> list[FailureRow]:
    """Recorded failures of what this run's sources hold, found now or earlier, by address."""
    columns = ("url", "content_type", "sha256")
    captures = store.column_tuples("captures", columns)
    captured = {(url, sha256) for url, media, sha256 in captures if identity_of(url, media, sha256) in touched}
    notes = {stable_id("f", identity.sha256) for identity in touched}
    failures: list[FailureRow] = work.read(store, "failures")
    return sorted((row for row in failures if row.failure_id in notes or (row.url, row.sha256) in captured), key=lambda row: row.url)
