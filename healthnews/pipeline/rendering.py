"""Rendering: pages whose answer is not in their HTML, archived once more as a browser shows them."""

from __future__ import annotations

from importlib.util import find_spec

from healthnews.crawl.archive import NOTE_TYPE, Archive, failure_note
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.browser import RENDERED, Browser, find_chromium
from healthnews.crawl.responses import HttpResponse
from healthnews.crawl.visits import Visitor
from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.errors import PageError
from healthnews.extract.rendering import REASON
from healthnews.pipeline.folder import Progress
from healthnews.records import CaptureRow, FailureRow, utc_now

MOST_RENDERED = 50
"""Pages a run renders at most; a page takes a second, and what is left the next run renders."""
_STAGE = "render"


def can_render() -> bool:
    """Whether Playwright and a Chromium are there."""
    return find_spec("playwright") is not None and find_chromium() is not None


class Rendering:
    """Rendering of one run: what is archived needs it once, however often the run looks.

    Args:
        archive: Where pages are read from, and kept as rendered.
        store: Tables that tell which pages need it.
        visitor: Asks for what pages ask for.
        user_agent: As the fetcher's.
    """

    def __init__(self, archive: Archive, store: Store, visitor: Visitor, user_agent: str) -> None:
        self._archive = archive
        self._store = store
        self._visitor = visitor
        self._user_agent = user_agent
        self._left = MOST_RENDERED
        self._kept: dict[str, HttpResponse] = {}

    def render_pages(self, progress: Progress) -> int:
        """Archive as rendered what needs it and is not yet, where there is a browser; how many pages."""
        if self._left <= 0 or not can_render():
            return 0
        wanted = self._unrendered()
        if not wanted:
            return 0
        self._left -= len(wanted)
        rendered = 0
        with Browser(self._visitor.fetcher, self._visitor.take_turn, self._user_agent, self._kept) as browser:
            for entry, answer in wanted:
                rendered += self._render(browser, entry, answer)
                progress("render", rendered, len(wanted))
        self._archive.sync()
        return rendered

    def _render(self, browser: Browser, entry: ArchiveEntry, answer: HttpResponse) -> bool:
        """Archive a page as rendered, or a note of why that failed; whether it was rendered."""
        try:
            self._archive.add_response(browser.render(answer), entry.asked)
        except PageError as error:
            note = failure_note(entry.asked, _STAGE, error.reason, error.detail)
            self._archive.add(entry.asked, note, NOTE_TYPE, utc_now(), "metadata")
            return False
        return True

    def _unrendered(self) -> list[tuple[ArchiveEntry, HttpResponse]]:
        """Pages to be rendered now with their answers; one that was rendered and has no text all the same is not rendered again."""
        found: list[tuple[ArchiveEntry, HttpResponse]] = []
        for entry in _needing(self._archive, self._store):
            try:
                answer = self._archive.read_response(entry)
            except PageError:
                continue  # a damaged record: parsing and `doctor` tell of it
            if answer.header(RENDERED) is None:
                found.append((entry, answer))
            if len(found) == self._left:
                break
        return found


def _needing(archive: Archive, store: Store) -> list[ArchiveEntry]:
    """Records of pages that need rendering, the newest of their address, in the order of archiving."""
    failures: list[FailureRow] = work.read(store, "failures")
    needing = {(row.url, row.sha256) for row in failures if row.reason == REASON}
    tried = {row.url: row.failed_at for row in failures if row.stage == _STAGE}
    if not needing:
        return []
    captures: list[CaptureRow] = work.read(store, "captures")
    newest = {row.url: row for row in sorted(captures, key=lambda row: (row.warc_file, row.warc_offset))}
    places = {
        (row.warc_file, row.warc_offset)
        for row in newest.values()
        if (row.url, row.sha256) in needing and not (row.url in tried and tried[row.url] >= row.fetched_at)
    }
    return [entry for entry in archive.entries() if entry.place in places]
