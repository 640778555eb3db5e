"""What captures hold, as it was read before: the tables folded anew need no parser where theirs has not changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cached_property

from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.dataset import work
from healthnews.dataset.observations import PartRow
from healthnews.dataset.store import Store
from healthnews.dataset.work import WorkLinkRow
from healthnews.errors import PageError, ParseError
from healthnews.extract.listing import NAME as LISTING
from healthnews.extract.listing import Listing
from healthnews.records import Article, ArticleRow, CaptureRow, Content, FailureRow, PagePart, RelatedItem

OF_THE_FOLD = frozenset(("title_collision", "layout_changed"))
"""Reasons that come of other pages, so that each fold finds them anew."""


class StoredContents:
    """Captures of the work tables with their contents.

    Args:
        store: The work tables.
        is_wanted: Of which captures; all when not given.
    """

    def __init__(self, store: Store, is_wanted: Callable[[CaptureRow], bool] = lambda capture: True) -> None:
        self._store = store
        captures: list[CaptureRow] = work.read(store, "captures")
        self._captures = {(row.warc_file, row.warc_offset): row for row in captures if is_wanted(row)}

    def find(self, entry: ArchiveEntry) -> tuple[CaptureRow, Article | Listing | PageError] | None:
        """A capture and what it holds; None when it has to be read from the archive."""
        capture = self._captures.get(entry.place)
        if capture is None:
            return None
        failure = self._failures.get((capture.url, capture.sha256))
        error = PageError(failure.reason, failure.detail) if failure else None
        if capture.outcome != "parsed":
            return None if error is None else (capture, error)
        if capture.parser == LISTING:
            return capture, Listing((), ParseError(error.detail, error.reason) if error else None)
        article = self._article(capture.capture_id)
        return None if article is None else (capture, article)

    @cached_property
    def _pages(self) -> dict[str, ArticleRow]:
        rows: list[ArticleRow] = work.read(self._store, "pages", by=("capture_id",))
        return {row.capture_id: row for row in rows}

    @cached_property
    def _links(self) -> dict[str, list[WorkLinkRow]]:
        links: dict[str, list[WorkLinkRow]] = {}
        for row in work.read(self._store, "related_links"):
            links.setdefault(row.capture_id, []).append(row)
        return links

    @cached_property
    def _parts(self) -> dict[str, PartRow]:
        return {row.capture_id: row for row in work.read(self._store, "parts")}

    @cached_property
    def _failures(self) -> dict[tuple[str, str | None], FailureRow]:
        rows: list[FailureRow] = work.read(self._store, "failures")
        return {(row.url, row.sha256): row for row in rows if row.reason not in OF_THE_FOLD}

    def _article(self, capture_id: str) -> Article | None:
        row, part = self._pages.get(capture_id), self._parts.get(capture_id)
        if row is None:
            return None
        links = sorted(self._links.get(capture_id, ()), key=lambda link: link.position)
        items = {f.name for f in fields(RelatedItem)}
        return Article(
            **{f.name: getattr(row, f.name) for f in fields(Content)},
            related=tuple(RelatedItem(**{name: getattr(link, name) for name in items}) for link in links),
            part=PagePart(number=part.number, count=part.count, next_url=part.next_url) if part else None,
        )
