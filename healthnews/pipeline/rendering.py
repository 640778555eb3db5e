"""Rendering: pages whose answer is not in their HTML, archived once more as a browser shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec

from healthnews.crawl.archive import NOTE_TYPE, Archive, failure_note
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.browser import RENDERED, Browser, find_chromium
from healthnews.crawl.responses import HttpResponse
from healthnews.crawl.visits import Visitor
from healthnews.crawl.warc import body_digest
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
        self._tried: set[tuple[str, int]] = set()

    def render_pages(self, progress: Progress) -> int:
        """Archive as rendered what needs it and is not yet, or why that failed, where there is a browser; how many pages."""
        if self._left <= 0 or not can_render():
            return 0
        wanted = self._unrendered()
        if not wanted:
            return 0
        self._left -= len(wanted)
        with Browser(self._visitor.fetcher, self._visitor.politeness.take_turn, self._user_agent, self._kept) as browser:
            for done, (shell, answer) in enumerate(wanted, 1):
                self._render(browser, shell, answer)
                progress("render", done, len(wanted))
        self._archive.sync()
        return len(wanted)

    def _render(self, browser: Browser, shell: _Shell, answer: HttpResponse) -> None:
        """Archive a page as rendered, that it is the same as when it was rendered before, or a note of why it cannot be."""
        asked = shell.entry.asked
        self._tried.add(shell.entry.place)
        try:
            rendered = browser.render(answer)
            if shell.rendered is not None and body_digest(rendered) == shell.rendered.sha256:
                self._archive.add_revisit(rendered, asked, shell.rendered.sha256, shell.rendered.fetched_at)
            else:
                self._archive.add_response(rendered, asked)
        except PageError as error:
            # The moment makes it another note than that of an earlier try: equal notes are one failure, of the first.
            detail = f"{error.detail} (the page of {shell.fetched_at:%Y-%m-%d %H:%M:%S})"
            note = failure_note(asked, _STAGE, error.reason, detail)
            self._archive.add(asked, note, NOTE_TYPE, utc_now(), "metadata")

    def _unrendered(self) -> list[tuple[_Shell, HttpResponse]]:
        """Pages to be rendered now with their answers; one that was rendered and has no text all the same is not rendered again."""
        found: list[tuple[_Shell, HttpResponse]] = []
        for shell in _needing(self._archive, self._store):
            if shell.entry.place in self._tried:
                continue
            try:
                answer = self._archive.read_response(shell.entry)
            except PageError:
                continue  # a damaged record: parsing and `doctor` tell of it
            if answer.header(RENDERED) is None:
                found.append((shell, replace(answer, fetched_at=shell.fetched_at)))
            if len(found) == self._left:
                break
        return found


@dataclass(frozen=True, slots=True)
class _Shell:
    """A page that needs rendering.

    Attributes:
        entry: Its record.
        fetched_at: When it was last found to be so.
        rendered: What it gave when it was rendered before, and that could be read.
    """

    entry: ArchiveEntry
    fetched_at: datetime
    rendered: CaptureRow | None


def _needing(archive: Archive, store: Store) -> list[_Shell]:
    """Pages that need rendering, or need it again: the newest fetch of their address brought a shell. Those never rendered come first."""
    if (REASON,) not in store.column_tuples("failures", ("reason",)):
        return []
    failures: list[FailureRow] = work.read(store, "failures")
    needing = {(row.url, row.sha256) for row in failures if row.reason == REASON}
    tried = {row.url: row.failed_at for row in failures if row.stage == _STAGE}
    urls = {url for url, _ in needing}
    captures: list[CaptureRow] = sorted(work.read_where(store, "captures", "url", urls), key=_place)
    revisits: list[CaptureRow] = work.read_where(store, "revisits", "url", urls)
    newest_capture = {row.url: row for row in captures}
    shells = {(row.url, row.sha256): row for row in captures}
    wanted: dict[tuple[str, int], tuple[datetime, CaptureRow | None]] = {}
    for url, last in {row.url: row for row in sorted([*captures, *revisits], key=_place)}.items():
        shell, known = shells.get((url, last.sha256)), newest_capture[url]
        rendered = known if known.outcome == "parsed" else None
        # What has been read once is looked at after each visit; what could not be rendered, or stayed empty, when its shell has changed.
        since = last.fetched_at if rendered is not None else known.fetched_at
        is_shell = shell is not None and (url, last.sha256) in needing and (rendered is not None or known.sha256 == last.sha256)
        if shell is not None and is_shell and not (url in tried and tried[url] >= since):
            wanted[_place(shell)] = (last.fetched_at, rendered)
    found = [_Shell(entry, *wanted[entry.place]) for entry in archive.entries() if entry.place in wanted] if wanted else []
    return sorted(found, key=lambda shell: shell.rendered is not None)


def _place(row: CaptureRow) -> tuple[str, int]:
    return row.warc_file, row.warc_offset
