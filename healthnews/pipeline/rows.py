"""Rows of the work tables that an archived record becomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.responses import NOT_MODIFIED, HttpResponse
from healthnews.crawl.urls import canonical_url, host_of
from healthnews.dataset import work
from healthnews.dataset.catalogue import Catalogue, Changes, Seen
from healthnews.dataset.observations import ObservationRow, PartRow
from healthnews.dataset.store import Store
from healthnews.dataset.work import WorkLinkRow
from healthnews.errors import PageError
from healthnews.extract.listing import NAME as LISTING
from healthnews.extract.listing import Listing, is_robots
from healthnews.extract.quality import find_flags
from healthnews.records import Article, CaptureRow, FailureRow, Outcome, stable_id


@dataclass(frozen=True, slots=True)
class FoundLinks:
    """Addresses that a page of the web leads to.

    Attributes:
        asked: Address under which the page was asked.
        is_listing: The page is no article: it is there to lead to others.
        following: The next page of the same article.
        again: Which of the addresses the page recommended when it was read before.
        modified: When some of the addresses changed, as the page says.
        is_index: The addresses are those of sitemaps.
    """

    asked: str
    fetched_at: datetime
    urls: tuple[str, ...]
    is_listing: bool
    following: str | None = None
    again: frozenset[str] = frozenset()
    modified: Mapping[str, datetime] = field(default_factory=dict)
    is_index: bool = False


class Recommended:
    """What pages recommended when they were read before, for pages that are read again: their word counts once."""

    def __init__(self, store: Store, asked: Iterable[str]) -> None:
        """From the work tables, for the addresses that are about to be read."""
        pages = Counter(asked)
        earlier = dict(store.column_tuples("captures", ("capture_id", "url"), ("url", pages)))
        self._urls: dict[str, set[str]] = {url: set() for url, times in pages.items() if times > 1}
        if earlier:
            for capture_id, url in store.column_tuples("related_links", ("capture_id", "url"), ("capture_id", earlier)):
                if url:
                    self._urls.setdefault(earlier[capture_id], set()).add(url)

    def take(self, asked: str, urls: Sequence[str]) -> frozenset[str]:
        """Which of the addresses the page has recommended before; from now on it has all of them."""
        before = self._urls.get(asked)
        if before is None:
            return frozenset()
        again = frozenset(before.intersection(urls))
        before.update(urls)
        return again


@dataclass(slots=True)
class BatchRows:
    """Rows of one batch of parsed records."""

    links: list[WorkLinkRow] = field(default_factory=list)
    captures: list[CaptureRow] = field(default_factory=list)
    revisits: list[CaptureRow] = field(default_factory=list)
    failures: list[FailureRow] = field(default_factory=list)
    found: list[FoundLinks] = field(default_factory=list)
    observations: list[ObservationRow] = field(default_factory=list)
    parts: list[PartRow] = field(default_factory=list)

    def outcomes(self) -> Iterator[str]:
        """Outcome of each capture; articles and lists apart."""
        for row in (*self.captures, *self.revisits):
            is_listing = row.outcome == "parsed" and row.parser == LISTING
            yield ("robots" if is_robots(row.url) else LISTING) if is_listing else row.outcome


def append_batch(store: Store, changes: Changes, rows: BatchRows) -> None:
    """Append a batch to every table, the captures last."""
    appended: dict[str, Sequence[Any]] = {
        "pages": list(changes.pages.values()),
        "sightings": list(changes.sightings.values()),
        "article_aliases": list(changes.aliases.values()),
        "related_links": rows.links,
        "observations": rows.observations,
        "parts": rows.parts,
        "failures": rows.failures,
        "revisits": rows.revisits,
        "captures": rows.captures,
    }
    for name, table_rows in appended.items():
        work.append(store, name, table_rows)


def note_id(entry: ArchiveEntry) -> str:
    """Key of the failure that an archived note records."""
    return stable_id("f", entry.sha256)


def holds_robots(entry: ArchiveEntry) -> bool:
    """Whether it is the answer to a question for robots.txt, wherever redirects led that to."""
    return is_robots(entry.asked) or is_robots(entry.url)


def status_error(entry: ArchiveEntry) -> PageError | None:
    """Why an answer's status makes it no page; a site without robots.txt has nothing to complain of."""
    if entry.status is None or 200 <= entry.status < 300 or holds_robots(entry):
        return None
    return PageError(f"http_{entry.status}", f"{entry.url}: the server answered with status {entry.status}, expected 200")


def failure_row(entry: ArchiveEntry, error: PageError, outcome: str) -> FailureRow:
    """Why a record is of no use, or only of some."""
    stage = "fetch" if outcome == "failed" else "parse"
    return FailureRow(
        failure_id=stable_id("f", entry.asked, stage, error.reason, entry.sha256), url=entry.asked, stage=stage,
        reason=error.reason, detail=error.detail, failed_at=entry.fetched_at, sha256=entry.sha256,
    )  # fmt: skip


def collision(article: Article, other: str) -> PageError:
    """That a page without address took the place of the one in `other`, which has the same title."""
    detail = (
        f"“{article.title}” takes the place of the page of the same title in {other}: without an address the title is all that tells"
        " pages apart; give both an address (page JSON lines) to keep both"
    )
    return PageError("title_collision", detail)


def capture_row(entry: ArchiveEntry, response: HttpResponse | None, content: Article | Listing | PageError | None) -> CaptureRow:
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
        is_page = entry.status == NOT_MODIFIED or not status_error(entry)
        return "unchanged" if is_page else "failed"
    if not isinstance(content, PageError):
        return "parsed"
    return "failed" if status_error(entry) else "quarantined"


def add_to_catalogue(article: Article, capture: CaptureRow, catalogue: Catalogue) -> tuple[str, list[WorkLinkRow]]:
    """Register a page and what it recommends; its id and its related links are returned."""
    host = host_of(capture.canonical_url)
    asked = canonical_url(capture.url)
    moved_from = asked if asked != canonical_url(capture.final_url) else None
    seen = Seen(capture.capture_id, capture.fetched_at, capture.canonical_url, host, capture.url, moved_from)
    article_id, links = catalogue.add_page(article, seen), []
    for item in article.related:
        target_url = canonical_url(item.url)
        seen = Seen(capture.capture_id, capture.fetched_at, target_url, host_of(target_url) or host, capture.url)
        flags = find_flags(item.title, item.snippet or "", origin="snippet")
        link = WorkLinkRow(
            article_id=article_id, position=item.position, target_id=catalogue.add_stub(item, seen, flags), title=item.title, url=item.url,
            snippet=item.snippet, tag=item.tag, published_at=item.published_at, capture_id=capture.capture_id,
        )  # fmt: skip
        links.append(link)
    return article_id, links
