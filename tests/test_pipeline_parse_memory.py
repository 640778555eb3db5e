"""What one batch keeps in mind for the next: it saves reading, and is never believed when archive or tables have changed."""

import shutil

import pytest

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.visit_archive import VisitArchive
from healthnews.errors import PageError
from healthnews.pipeline.crawling import discover, fetch_due, parse_new
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.queries import Dataset
from healthnews.records import utc_now
from tests.answer_site import listed_pages, options, path_of
from tests.web import Site

COUNT = 12
ALL = {f"/{n}.html" for n in range(COUNT)}


def fetch_and_parse(folder: DataFolder, site: Site, limit: int = 100) -> None:
    """As the ingest flow, every step by itself."""
    given = options(site.url("/"))
    parse_new(folder, given)
    discover(folder, given)
    is_done = False
    while not is_done:
        fetched, parsed = fetch_due(folder, given, limit), parse_new(folder, given)
        is_done = fetched.is_finished and not parsed.discovered


def articles(folder: DataFolder) -> set[str]:
    return {path_of(row.canonical_url) for row in Dataset(folder).rows("articles") if row.record == "page"}


def test_a_batch_reads_the_index_of_what_is_new_alone(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noting(line: str) -> ArchiveEntry:
        read.append(line)
        return from_line(line)

    from_line = ArchiveEntry.from_line
    with Site(listed_pages(COUNT)) as site:
        fetch_and_parse(folder, site)
        fetch_due(folder, options())
        with open_frontier(folder) as frontier:
            frontier.make_due([site.url("/3.html")], utc_now())
        records = sum(1 for _ in Archive.read_entries(folder.raw))
        monkeypatch.setattr(ArchiveEntry, "from_line", noting)
        assert fetch_due(folder, options()).unchanged == 1
        parse_new(folder, options())
    assert records > COUNT
    assert len(read) <= 5, "the last line of the file at each of two openings, and what is new by both"


def test_batches_of_one_page_come_to_the_same_as_one_of_all(folder: DataFolder) -> None:
    other = DataFolder(folder.root.with_name("other"))
    with Site(listed_pages(COUNT)) as site:
        fetch_and_parse(folder, site, limit=1)
        fetch_and_parse(other, site)
    assert articles(folder) == articles(other) == ALL


def test_a_record_that_is_put_back_is_parsed(folder: DataFolder) -> None:
    with Site(listed_pages(COUNT)) as site:
        fetch_and_parse(folder, site)
    (warc,), (index,) = folder.raw.glob("*.warc.gz"), folder.raw.glob("*.cdxj")
    whole = warc.read_bytes()
    lost = next(entry for entry in Archive.read_entries(folder.raw) if entry.url.endswith("/1.html"))
    warc.write_bytes(whole[: lost.offset] + bytes(lost.length) + whole[lost.offset + lost.length :])
    index.unlink()
    shutil.rmtree(folder.tables)
    parse_new(folder, options())
    assert articles(folder) == ALL - {"/1.html"}
    warc.write_bytes(whole)
    index.unlink()
    parse_new(folder, options())
    assert articles(folder) == ALL


def test_tables_that_are_gone_are_made_anew(folder: DataFolder) -> None:
    with Site(listed_pages(COUNT)) as site:
        fetch_and_parse(folder, site)
    shutil.rmtree(folder.tables / "captures")
    parse_new(folder, options())
    assert articles(folder) == ALL
    assert len(Dataset(folder).rows("captures")) == COUNT + 2, "their list, too, and robots.txt"


def test_what_an_archive_held_that_is_gone_is_not_remembered(folder: DataFolder) -> None:
    url, refusal = "https://a.example/1", PageError("timeout", "https://a.example/1: no answer")
    for _ in range(2):
        with Archive(folder.raw) as archive, open_frontier(folder) as frontier:
            visits = VisitArchive(archive, frontier, is_shared=False)
            visits.add_note(url, refusal)
            visits.add_note(url, refusal)
            assert [entry.url for entry in archive.entries()] == [url]
        shutil.rmtree(folder.raw)
