"""A crawl goes on, and loses nothing, after a kill, a loss of power, or of the work tables."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from healthnews.crawl.archive import Archive
from healthnews.pipeline.crawling import discover, fetch_due
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.ingestion import crawl, ingest
from healthnews.pipeline.queries import Dataset, read_status
from healthnews.records import utc_now
from tests.answer_site import article, listed_pages, options, pages, path_of
from tests.test_pipeline_ingest import digests
from tests.web import LOOPBACK, Reply, Request, Site, slowly

FORK_CRAWLS = """
import os, shlex, sys
from healthnews.cli import run
from healthnews.pipeline import crawling, ingestion

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os._exit(run(shlex.split(line)))
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


def test_a_page_that_is_restored_keeps_its_depth(folder: DataFolder) -> None:
    with Site(pages(2)) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        with open_frontier(folder) as frontier:
            known = frontier.look_up(site.url("/1.html"))
            assert known is not None
            assert known.last_fetched_at is not None
            earlier = known.last_fetched_at - timedelta(days=1)
            frontier.finish(known.url, fetched_at=earlier, outcome="fetched", due_at=utc_now() + timedelta(days=7))
        discover(folder, options(site.url("/0.html")))
    with open_frontier(folder) as frontier:
        restored = frontier.look_up(known.url)
    assert restored is not None
    assert (restored.last_fetched_at, restored.depth) == (known.last_fetched_at, 1)


def test_a_crawl_after_data_work_is_gone_fetches_nothing_as_new(folder: DataFolder) -> None:
    with Site(pages(5)) as site:
        start = site.url("/0.html")
        crawl(folder, options(start))
        before = digests(folder)
        shutil.rmtree(folder.root / "work")
        again = crawl(folder, options(start))
    assert (again.archived, again.unchanged) == (0, 1)
    assert digests(folder).keys() == before.keys()
    assert len([row for row in Dataset(folder).rows("captures") if row.outcome == "parsed"]) == 6


@pytest.mark.usefixtures("impatient")
def test_what_a_loss_of_power_took_from_the_archive_is_asked_for_again(folder: DataFolder) -> None:
    """The frontier may be ahead of the archive then: both are flushed to disk now and then, each for itself."""

    def versioned(reply: Reply) -> Callable[[Request], Reply]:
        return lambda request: (
            Reply(status=304) if request.headers.get("if-none-match") else replace(reply, headers=(*reply.headers, ("ETag", "1")))
        )

    with Site({path: versioned(reply) for path, reply in pages(5).items()}) as site:
        given = options(*(site.url(f"/{n}.html") for n in range(5)))
        discover(folder, given)
        fetch_due(folder, given)
        *_, lost, _ = Archive.read_entries(folder.raw)
        (warc,) = folder.raw.glob("*.warc.gz")
        os.truncate(warc, lost.offset + 100)
        site.requests.clear()
        crawl(folder, options(), with_analysis=False)
        assert len(site.paths()) == 2, "two records were lost, and no other page is asked for"
    known = Counter(path_of(row.url) for row in Dataset(folder).rows("captures") if row.outcome == "parsed")
    assert known == dict.fromkeys((*(f"/{n}.html" for n in range(5)), "/robots.txt"), 1)


def test_a_rebuild_from_the_archive_gives_the_same_bytes_and_the_crawl_goes_on(folder: DataFolder) -> None:
    with Site(pages(6)) as site:
        start = site.url("/0.html")
        crawl(folder, options(start, budget=4))
        crawl(folder, options(start, refresh=True, budget=2))
        site.routes["/0.html"] = article("第0号问题", "/1.html", text="第一页换了内容:备案以后在外地住院可以直接结算。")
        crawl(folder, options(start, budget=1))
        before = digests(folder)
        shutil.rmtree(folder.root / "work")
        ingest(folder, [])
        assert digests(folder) == before
        asked = len(site.requests)
        crawl(folder, options(start))
        again = site.paths()[asked:]
    assert {"/4.html", "/5.html"} <= set(again), "what was known and not fetched is fetched"
    assert {"/1.html", "/2.html", "/3.html"}.isdisjoint(again), "what was fetched is not due yet"


def test_a_crawl_killed_again_and_again_loses_nothing_and_archives_nothing_twice(folder: DataFolder) -> None:
    """The pages are small: many of them would fit into one buffer of a file that was not written out yet."""
    count = 24
    with Site({path: slowly(reply, 0.01) for path, reply in listed_pages(count).items()}) as site:  # time to be killed in
        command = ["crawl", "--start", site.url("/"), "--allow-address", LOOPBACK[0], "--delay", "0", "--no-analyze", "--quiet"]
        line = shlex.join([*command, "--data", str(folder.root)]) + "\n"
        with subprocess.Popen([sys.executable, "-c", FORK_CRAWLS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
            assert starter.stdin is not None
            assert starter.stdout is not None
            for after in (2, 9, 18):
                starter.stdin.write(line)
                starter.stdin.flush()
                child = int(starter.stdout.readline())
                deadline = time.monotonic() + 60
                while len(site.requests) < after + 2 and time.monotonic() < deadline:
                    time.sleep(0.002)
                os.kill(child, signal.SIGKILL)
                assert starter.stdout.readline() == "ended\n"
            starter.stdin.close()
        crawl(folder, options(site.url("/")), with_analysis=False)
        counted = Counter(path for path in site.paths() if path not in ("/robots.txt", "/"))
    known = Counter(path_of(row.url) for row in Dataset(folder).rows("articles") if row.record == "page")
    assert known == dict.fromkeys((f"/{n}.html" for n in range(count)), 1)
    assert max(counted.values()) <= 3, "at most the pages under way are asked for again"
    answers = Counter((entry.asked, entry.sha256) for entry in Archive.read_entries(folder.raw) if entry.record_type == "response")
    assert max(answers.values()) == 1, "each version is archived once"
    assert {url for url, _ in answers} >= {site.url(f"/{n}.html") for n in range(count)}
    assert read_status(folder).pending == 0
