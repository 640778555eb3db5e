"""A frontier in PostgreSQL: one of a data folder, and one that several crawlers share."""

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Finished, Link
from healthnews.errors import UsageError
from healthnews.pipeline.crawling import discover, fetch_due
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.ingestion import crawl, ingest
from healthnews.pipeline.queries import read_status
from healthnews.records import utc_now
from healthnews.settings import read_settings
from tests.answer_site import options, pages
from tests.web import Reply, Site


def test_the_frontier_may_be_in_postgresql_a_space_for_each_folder(
    folder: DataFolder, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTHNEWS_FRONTIER", postgres)
    with Site(pages(3)) as site:
        first = crawl(folder, options(site.url("/0.html")), with_analysis=False)
        again = crawl(folder, options(site.url("/0.html")), with_analysis=False)
        other = crawl(DataFolder(tmp_path / "other"), options(site.url("/0.html"), depth=0), with_analysis=False)
    assert (first.parsed, again.unchanged, other.parsed) == (3, 1, 1)
    assert read_status(folder).frontier == {(site.host, "done"): 3, (site.host, "gone"): 1}
    assert not folder.frontier.exists()


def test_several_crawlers_share_the_addresses_each_with_a_folder_of_its_own(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTHNEWS_FRONTIER", postgres)
    monkeypatch.setenv("HEALTHNEWS_FRONTIER_SPACE", f"desk_{os.getpid()}")
    folders = [DataFolder(tmp_path / name) for name in ("one", "two")]
    with Site(pages(12)) as first, Site(pages(12)) as second:
        urls = [site.url(f"/{n}.html") for site in (first, second) for n in range(12)]
        with open_frontier(folders[0]) as frontier:
            frontier.hosts.follow(first.host, 0.01)
            frontier.hosts.follow(second.host, 0.01)
            frontier.add([Link(url, depth=0) for url in urls], utc_now())
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda folder: fetch_due(folder, options(delay_seconds=0.01), 100), folders))
        asked = Counter(site.url(path) for site in (first, second) for path in site.paths() if path != "/robots.txt")
    assert asked == dict.fromkeys(urls, 1), "no address is given to two"
    assert sum(summary.new for summary in done) == len(urls)
    together = DataFolder(tmp_path / "together")
    sources = [str(path) for folder in folders for path in sorted(folder.raw.glob("*.warc.gz"))]
    assert ingest(together, sources, with_analysis=False).parsed == len(urls)


def test_crawlers_that_share_addresses_may_name_different_sites(tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHNEWS_FRONTIER", postgres)
    monkeypatch.setenv("HEALTHNEWS_FRONTIER_SPACE", f"sites_{os.getpid()}")
    monkeypatch.chdir(tmp_path)
    for host in ("a.example", "b.example"):
        (tmp_path / "healthnews.toml").write_text(f'[[sites]]\nhost = "{host}"\nstart = ["https://{host}/"]\n', encoding="utf-8")
        discover(DataFolder(tmp_path / host), options())
    with open_frontier(DataFolder(tmp_path / "a.example")) as frontier:
        assert frontier.hosts.followed() == {"a.example", "b.example"}


def test_a_shared_frontier_is_told_of_a_page_when_its_record_is_on_disk(
    folder: DataFolder, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTHNEWS_FRONTIER", postgres)
    monkeypatch.setenv("HEALTHNEWS_FRONTIER_SPACE", f"durable_{os.getpid()}")
    synced: dict[int, int] = {}
    told: list[bool] = []
    fsync, finish_all = os.fsync, Frontier.finish_all

    def noted_fsync(number: int) -> None:
        fsync(number)
        status = os.fstat(number)
        synced[status.st_ino] = status.st_size

    def checked_finish(frontier: Frontier, visits: Sequence[Finished]) -> None:
        files = [path.stat() for path in folder.raw.iterdir()]
        told.append(bool(files) and all(synced.get(file.st_ino) == file.st_size for file in files))
        finish_all(frontier, visits)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    with Site({**pages(2), "/1.html": Reply(b"gone", 410)}) as site:
        discover(folder, options(site.url("/0.html"), site.url("/1.html")))
        monkeypatch.setattr(Frontier, "finish_all", checked_finish)
        fetch_due(folder, options())
    assert told == [True] * 3, "robots.txt, the page and the one that is gone"


@pytest.mark.parametrize(("frontier", "space", "said"), [("", "desk", "PostgreSQL"), ("postgresql://a@b/c", "my desk", "desk_1")])
def test_a_shared_space_that_cannot_be_is_told(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, frontier: str, space: str, said: str
) -> None:
    if frontier:
        monkeypatch.setenv("HEALTHNEWS_FRONTIER", frontier)
    monkeypatch.setenv("HEALTHNEWS_FRONTIER_SPACE", space)
    with pytest.raises(UsageError, match=said):
        open_frontier(folder)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://a@b/c", "expected postgresql://"),
        ("nonsense", "expected postgresql://"),
        ("postgresql://crawl:secret@127.0.0.1:1/x", "can be reached"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed (healthnews[postgres])")
    monkeypatch.setenv("HEALTHNEWS_FRONTIER", url)
    with pytest.raises(UsageError, match=said) as refused:
        open_frontier(folder)
    assert "secret" not in str(refused.value)
    assert "secret" not in read_settings({})["store.frontier"].shown
