"""Parsing: every archived record that has no row yet becomes rows of the work tables, and addresses for the frontier."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from healthnews.crawl.archive import Archive, ArchiveEntry
from healthnews.crawl.responses import HttpResponse
from healthnews.crawl.urls import canonical_url, host_of
from healthnews.dataset import work
from healthnews.dataset.catalogue import Catalogue, Changes, Seen
from healthnews.dataset.store import Store
from healthnews.dataset.work import WorkLinkRow
from healthnews.errors import PageError
from healthnews.extract.listing import NAME as LISTING
from healthnews.extract.listing import Listing, is_robots
from healthnews.extract.page import asks_not_to_be_indexed
from healthnews.extract.registry import parse_page, read_page
from healthnews.pipeline.archiving import Identity, identity_of
from healthnews.pipeline.folder import Progress, batches
from healthnews.records import Article, CaptureRow, FailureRow, Outcome, RawPage, stable_id


@dataclass(frozen=True, slots=True)
class FoundLinks:
    """Addresses that a page of the web leads to.

    Attributes:
        asked: Address under which the page was asked.
        is_listing: The page is no article: it is there to lead to others.
    """

    asked: str
    fetched_at: datetime
    urls: tuple[str, ...]
    is_listing: bool


def keep_no_links(found: Sequence[FoundLinks]) -> None:
    """Follow nothing."""


def parse_pending(
    archive: Archive, store: Store, batch_pages: int, progress: Progress, keep_links: Callable[[Sequence[FoundLinks]], None] = keep_no_links
) -> Counter[str]:
    """Parse every archived record that has no row yet, a checkpoint after each batch.

    Captures are appended last: a batch without them is done again, with the same ids and rows. Its links are handed to
    `keep_links` before, so that a kill can lose none.

    Returns:
        How many captures came to which outcome; `listing` and `robots` count the parsed ones that are no articles.
    """
    captured = {*store.column_tuples("captures", _PLACE), *store.column_tuples("revisits", _PLACE)}
    noted = {row[0] for row in store.column_tuples("failures", ("failure_id",))}
    pending = [e for e in archive.entries() if _is_pending(e, captured, noted)]
    outcomes: Counter[str] = Counter()
    if not pending:
        return outcomes
    catalogue = Catalogue(work.read(store, "sightings"), work.read(store, "article_aliases"))
    reader = _Reader(archive, catalogue, _earlier_captures(store, pending))
    done = 0
    for batch in batches(pending, batch_pages):
        reader.rows = _BatchRows()
        for entry in batch:
            reader.read_entry(entry)
            done += 1
            progress("parse", done, len(pending))
        keep_links(reader.rows.found)
        _append_batch(store, catalogue.take_changes(), reader.rows)
        outcomes.update(reader.rows.outcomes())
    return outcomes


_PLACE = ("warc_file", "warc_offset")


def _is_pending(entry: ArchiveEntry, captured: set[tuple[Any, ...]], noted: set[str]) -> bool:
    if entry.record_type == "metadata":
        return _note_id(entry) not in noted
    return entry.is_capture and entry.place not in captured


def _earlier_captures(store: Store, pending: Sequence[ArchiveEntry]) -> dict[tuple[str, str], CaptureRow]:
    """By address asked and digest, the captures that revisits may repeat; read only when there is a revisit."""
    if not any(entry.record_type == "revisit" for entry in pending):
        return {}
    captures: list[CaptureRow] = work.read(store, "captures")
    return {(row.url, row.sha256): row for row in captures}


@dataclass(slots=True)
class _BatchRows:
    """Rows of one batch of parsed records."""

    links: list[WorkLinkRow] = field(default_factory=list)
    captures: list[CaptureRow] = field(default_factory=list)
    revisits: list[CaptureRow] = field(default_factory=list)
    failures: list[FailureRow] = field(default_factory=list)
    found: list[FoundLinks] = field(default_factory=list)

    def outcomes(self) -> Iterator[str]:
        """Outcome of each capture; articles and lists apart."""
        for row in (*self.captures, *self.revisits):
            is_listing = row.outcome == "parsed" and row.parser == LISTING
            yield ("robots" if is_robots(row.url) else LISTING) if is_listing else row.outcome


def _append_batch(store: Store, changes: Changes, rows: _BatchRows) -> None:
    """Append a batch to every table, the captures last."""
    appended: dict[str, Sequence[Any]] = {
        "pages": list(changes.pages.values()),
        "sightings": list(changes.sightings.values()),
        "article_aliases": list(changes.aliases.values()),
        "related_links": rows.links,
        "failures": rows.failures,
        "revisits": rows.revisits,
        "captures": rows.captures,
    }
    for name, table_rows in appended.items():
        work.append(store, name, table_rows)


def _note_id(entry: ArchiveEntry) -> str:
    return stable_id("f", entry.sha256)


class _Reader:
    """Turns archived records into rows, one after the other in the order of archiving."""

    def __init__(self, archive: Archive, catalogue: Catalogue, earlier: dict[tuple[str, str], CaptureRow]) -> None:
        self._archive = archive
        self._catalogue = catalogue
        self._earlier = earlier
        self.rows = _BatchRows()

    def read_entry(self, entry: ArchiveEntry) -> None:
        """Add the rows of one record: a page's, or those of its failure."""
        if entry.record_type == "metadata":
            self.rows.failures.append(self._note_row(entry))
        elif entry.record_type == "revisit":
            self._read_revisit(entry)
        else:
            self._read_page(entry)

    def _read_page(self, entry: ArchiveEntry) -> None:
        response, content, noindex = self._content(entry)
        capture = replace(_capture_row(entry, response, content), noindex=noindex)
        self.rows.captures.append(capture)
        self._earlier[capture.url, capture.sha256] = capture
        if isinstance(content, PageError):
            self.rows.failures.append(_failure_row(entry, content, capture.outcome))
        elif isinstance(content, Listing):
            self.rows.found.append(FoundLinks(entry.asked, entry.fetched_at, content.links, is_listing=True))
            if content.problem is not None:
                self.rows.failures.append(_failure_row(entry, content.problem, capture.outcome))
        else:
            self._add_article(entry, capture, content)

    def _add_article(self, entry: ArchiveEntry, capture: CaptureRow, article: Article) -> None:
        self.rows.links += _add_to_catalogue(article, capture, self._catalogue)
        if (other := self._catalogue.take_collision()) is not None:
            self.rows.failures.append(_failure_row(entry, _collision(article, other), "quarantined"))
        if entry.status is not None and (urls := tuple(item.url for item in article.related if item.url)):
            self.rows.found.append(FoundLinks(entry.asked, entry.fetched_at, urls, is_listing=False))

    def _read_revisit(self, entry: ArchiveEntry) -> None:
        """A page found unchanged: what is known of it stands."""
        capture = _capture_row(entry, self._response(entry), None)
        if (earlier := self._earlier.get((capture.url, capture.sha256))) is not None:
            capture = replace(
                capture, canonical_url=earlier.canonical_url, content_type=earlier.content_type, parser=earlier.parser,
                noindex=earlier.noindex, etag=capture.etag or earlier.etag, last_modified=capture.last_modified or earlier.last_modified,
            )  # fmt: skip
        self.rows.revisits.append(capture)

    def _response(self, entry: ArchiveEntry) -> HttpResponse | None:
        try:
            return self._archive.read_response(entry)
        except PageError:
            return None

    def _content(self, entry: ArchiveEntry) -> tuple[HttpResponse | None, Article | Listing | PageError, bool]:
        """What a record holds, or why it holds nothing, and whether it says noindex; a parser's bug costs its page and no other."""
        response: HttpResponse | None = None
        noindex = False
        try:
            if entry.status is None:
                payload = self._archive.read(entry)
            else:
                response = self._archive.read_response(entry)
                if (refused := _status_error(entry)) is not None:
                    return response, refused, noindex
                payload = response.body()
            noindex = asks_not_to_be_indexed(payload, response.header("x-robots-tag") if response else None)
            raw = RawPage(url=entry.url, content_type=entry.content_type, payload=payload, fetched_at=entry.fetched_at)
            return response, parse_page(raw) if entry.status is None else read_page(raw), noindex
        except PageError as error:
            return response, error, noindex
        except Exception as error:
            return response, PageError("parser_error", f"{entry.url}: the parser failed with {type(error).__name__}: {error}"), noindex

    def _note_row(self, entry: ArchiveEntry) -> FailureRow:
        """The refusal that a note records."""
        failure_id = _note_id(entry)
        try:
            note = json.loads(self._archive.read(entry))
            return FailureRow(failure_id=failure_id, failed_at=entry.fetched_at, sha256=entry.sha256, **note)
        except PageError as error:
            return replace(_failure_row(entry, error, "quarantined"), failure_id=failure_id)


def _status_error(entry: ArchiveEntry) -> PageError | None:
    """Why an answer's status makes it no page; a site without robots.txt has nothing to complain of."""
    if entry.status is None or 200 <= entry.status < 300 or is_robots(entry.url):
        return None
    return PageError(f"http_{entry.status}", f"{entry.url}: the server answered with status {entry.status}, expected 200")


def _failure_row(entry: ArchiveEntry, error: PageError, outcome: str) -> FailureRow:
    stage = "fetch" if outcome == "failed" else "parse"
    return FailureRow(
        failure_id=stable_id("f", entry.asked, stage, error.reason, entry.sha256), url=entry.asked, stage=stage,
        reason=error.reason, detail=error.detail, failed_at=entry.fetched_at, sha256=entry.sha256,
    )  # fmt: skip


def _collision(article: Article, other: str) -> PageError:
    detail = (
        f"“{article.title}” takes the place of the page of the same title in {other}: without an address the title is all that tells"
        " pages apart; give both an address (page JSON lines) to keep both"
    )
    return PageError("title_collision", detail)


def _capture_row(entry: ArchiveEntry, response: HttpResponse | None, content: Article | Listing | PageError | None) -> CaptureRow:
    """The row of a fetch or a local page; `content` is None for a revisit."""
    address = content.url if isinstance(content, Article) else None
    return CaptureRow(
        capture_id=stable_id("c", entry.asked, entry.sha256, entry.warc_file, entry.offset),
        url=entry.asked,
        final_url=entry.url,
        canonical_url=canonical_url(address or entry.url),
        fetched_at=entry.fetched_at,
        status=entry.status,
        content_type=entry.content_type,
        etag=response.header("etag") if response else None,
        last_modified=response.header("last-modified") if response else None,
        sha256=entry.sha256,
        warc_file=entry.warc_file,
        warc_offset=entry.offset,
        outcome=_outcome(entry, content),
        parser=content.parser if isinstance(content, Article) else LISTING if isinstance(content, Listing) else None,
    )


def _outcome(entry: ArchiveEntry, content: Article | Listing | PageError | None) -> Outcome:
    if content is None:
        return "unchanged"
    if not isinstance(content, PageError):
        return "parsed"
    return "failed" if _status_error(entry) else "quarantined"


def _add_to_catalogue(article: Article, capture: CaptureRow, catalogue: Catalogue) -> Iterator[WorkLinkRow]:
    """Register a page and what it recommends; its related links are returned."""
    host = host_of(capture.canonical_url)
    asked = canonical_url(capture.url)
    moved_from = asked if asked != canonical_url(capture.final_url) else None
    seen = Seen(capture.capture_id, capture.fetched_at, capture.canonical_url, host, capture.url, moved_from)
    article_id = catalogue.add_page(article, seen)
    for item in article.related:
        target_url = canonical_url(item.url)
        seen = Seen(capture.capture_id, capture.fetched_at, target_url, host_of(target_url) or host, capture.url)
        yield WorkLinkRow(
            article_id=article_id, position=item.position, target_id=catalogue.add_stub(item, seen), title=item.title, url=item.url,
            snippet=item.snippet, tag=item.tag, published_at=item.published_at, capture_id=capture.capture_id,
        )  # fmt: skip


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
