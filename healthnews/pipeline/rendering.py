"""Rendering: pages whose answer is not in their HTML, archived once more as a browser shows them."""

from __future__ import annotations

from importlib.util import find_spec

from healthnews.crawl.archive import NOTE_TYPE, Archive, failure_note
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.browser import Browser, find_chromium
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


def render_pages(archive: Archive, store: Store, visitor: Visitor, user_agent: str, progress: Progress) -> int:
    """Archive as rendered what needs it and is not yet, where there is a browser; how many pages."""
    if not can_render():
        return 0
    wanted = _unrendered(archive, store)[:MOST_RENDERED]
    if not wanted:
        return 0
    rendered = 0
    with Browser(visitor.fetcher, visitor.robots.check, user_agent) as browser:
        for entry in wanted:
            try:
                archive.add_response(browser.render(archive.read_response(entry)), entry.asked)
            except PageError as error:
                note = failure_note(entry.asked, _STAGE, error.reason, error.detail)
                archive.add(entry.asked, note, NOTE_TYPE, utc_now(), "metadata")
            else:
                rendered += 1
            progress("render", rendered, len(wanted))
    archive.sync()
    return rendered


def _unrendered(archive: Archive, store: Store) -> list[ArchiveEntry]:
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
