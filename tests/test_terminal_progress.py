"""How far a run has come is told on a terminal and in a log, and as much of it is told as is known."""

import io
import sys
import threading

import pytest

from healthnews import terminal_progress
from healthnews.pipeline import crawling
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import crawl
from healthnews.terminal import Output
from healthnews.terminal_progress import ProgressDisplay
from tests.answer_site import listed_pages, options
from tests.web import Site


class Log(io.StringIO):
    """A log that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.is_written = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        self.is_written.set()
        return written


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (("duplicates", 0, None), "finding duplicates\n"),
        (("verify", 1200, None), "verifying the archive: 1,200\n"),
        (("fetch", 0, 1000), "fetching: 0 of 1,000\n"),
    ],
)
def test_a_log_tells_what_a_run_is_at_though_the_stage_says_nothing_more(
    monkeypatch: pytest.MonkeyPatch, told: tuple[str, int, int | None], line: str
) -> None:
    log = Log()
    monkeypatch.setattr(sys, "stderr", log)
    monkeypatch.setattr(terminal_progress, "LINE_EVERY_SECONDS", 0.001)
    with ProgressDisplay(Output(as_json=False, quiet=False)) as display:
        display(*told)
        assert log.is_written.wait(30)
    assert log.getvalue().startswith(line)


def test_nothing_is_told_when_it_is_to_be_quiet_or_is_over_soon(capsys: pytest.CaptureFixture[str]) -> None:
    for is_quiet in (True, False):
        with ProgressDisplay(Output(as_json=False, quiet=is_quiet)) as display:
            display("fetch", 1, 2)
    assert capsys.readouterr().err == ""


def test_the_end_of_a_crawl_is_known_beyond_the_batch(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawling, "FETCH_BATCH", 3)
    told: list[tuple[int, int | None]] = []
    with Site(listed_pages(12)) as site:
        crawl(
            folder, options(site.url("/"), budget=10), with_analysis=False, with_release=False,
            progress=lambda stage, done, total: told.append((done, total)) if stage == "fetch" else None,
        )  # fmt: skip
    assert told[:2] == [(0, 1), (1, 1)], "of the start nothing more is known"
    assert {total for _, total in told[2:]} == {10}, "what is due, as far as the budget goes"
    assert told[-1] == (10, 10)
