"""What the archive has lost is told by doctor, and what doctor says brings it back."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.health import Finding, examine
from healthnews.pipeline.ingestion import crawl, ingest
from healthnews.pipeline.queries import Dataset
from tests.answer_site import article, options, pages, path_of
from tests.web import Reply, Request, Route, Site

PAGES = {f"/{n}.html" for n in range(4)}


def validated(reply: Reply) -> Route:
    """Says that nothing has changed to whoever asks so."""

    def answer(request: Request) -> Reply:
        is_known = request.headers.get("if-none-match") == '"1"'
        return Reply(status=304) if is_known else replace(reply, headers=(*reply.headers, ("ETag", '"1"')))

    return answer


def answers() -> dict[str, Route]:
    return {path: validated(reply) for path, reply in pages(4).items()}


def archive_findings(folder: DataFolder) -> list[Finding]:
    return [finding for finding in examine(folder) if finding.what == "archive"]


def told(folder: DataFolder) -> list[Finding]:
    return [finding for finding in archive_findings(folder) if not finding.is_well]


def damage(folder: DataFolder, path: str) -> ArchiveEntry:
    """Change a byte of the record of a page."""
    entry = next(entry for entry in Archive.read_entries(folder.raw) if path_of(entry.url) == path)
    warc = folder.raw / entry.warc_file
    content = bytearray(warc.read_bytes())
    content[entry.offset + entry.length // 2] ^= 0xFF
    warc.write_bytes(content)
    return entry


def drop_warc(folder: DataFolder) -> None:
    for warc in folder.raw.glob("*.warc.gz"):
        warc.unlink()


def drop_archive(folder: DataFolder) -> None:
    shutil.rmtree(folder.raw)


def drop_warc_and_work(folder: DataFolder) -> None:
    drop_warc(folder)
    shutil.rmtree(folder.root / "work")


def damage_page(folder: DataFolder) -> None:
    damage(folder, "/2.html")


def damage_page_and_drop_work(folder: DataFolder) -> None:
    damage(folder, "/2.html")
    shutil.rmtree(folder.root / "work")


def rebuilt_articles(folder: DataFolder) -> set[str]:
    """Paths of the articles that the archive alone gives."""
    shutil.rmtree(folder.root / "work")
    ingest(folder, [], with_analysis=False)
    return {path_of(row.canonical_url) for row in Dataset(folder).rows("articles") if row.record == "page"}


@pytest.mark.parametrize("lose", [drop_warc, drop_archive, drop_warc_and_work, damage_page, damage_page_and_drop_work])
def test_what_doctor_says_of_a_loss_brings_the_pages_back(folder: DataFolder, lose: Callable[[DataFolder], None]) -> None:
    with Site(answers()) as site:
        start = site.url("/0.html")
        crawl(folder, options(start), with_analysis=False)
        assert told(folder) == []
        lose(folder)
        (finding,) = told(folder)
        assert "healthnews crawl --retry" in finding.remedy
        needs_start = not (folder.root / "work").exists()
        crawl(folder, options(*([start] if needs_start else []), retry=True), with_analysis=False)
        assert told(folder) == []
        assert rebuilt_articles(folder) == PAGES
        assert told(folder) == []


def test_a_damaged_page_alone_is_asked_for_again(folder: DataFolder) -> None:
    with Site(answers()) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        damage(folder, "/2.html")
        site.requests.clear()
        crawl(folder, options(retry=True), with_analysis=False)
        assert site.paths() == ["/2.html"]


def test_a_lost_page_that_is_asked_for_by_its_address_is_archived_whole(folder: DataFolder) -> None:
    with Site(answers()) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        drop_warc(folder)
        ingest(folder, [site.url("/2.html")], with_analysis=False, options=options())
        kinds = {entry.record_type for entry in Archive.read_entries(folder.raw) if path_of(entry.url) == "/2.html"}
    assert kinds == {"response"}


def test_a_lost_local_page_is_ingested_again(folder: DataFolder, tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_bytes(article("\u7b2c0\u53f7\u95ee\u9898").body)
    ingest(folder, [str(page)], with_analysis=False)
    drop_warc(folder)
    (finding,) = told(folder)
    assert "ingest again" in finding.remedy
    assert ingest(folder, [str(page)], with_analysis=False).archived == 1
    assert told(folder) == []


def test_an_index_that_is_gone_is_told_and_made_anew(folder: DataFolder) -> None:
    with Site(answers()) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        (index,) = folder.raw.glob("*.cdxj")
        lines = index.read_bytes()
        index.unlink()
        (finding,) = told(folder)
        assert "index" in finding.found
        crawl(folder, options(), with_analysis=False)
    assert index.read_bytes().startswith(lines)
    assert told(folder) == []


def test_a_file_that_is_put_back_is_as_before(folder: DataFolder) -> None:
    with Site(answers()) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        (warc,) = folder.raw.glob("*.warc.gz")
        copy = warc.read_bytes()
        drop_warc(folder)
        crawl(folder, options(site.url("/0.html"), refresh=True), with_analysis=False)
        warc.write_bytes(copy)
    assert told(folder) == []
    assert len(list(folder.raw.glob("*.warc.gz"))) == 2, "nothing was written under its name"
    assert urlsplit(next(Archive.read_entries(folder.raw)).url).path == "/robots.txt"


def test_a_damaged_page_is_archived_whole_when_its_day_comes_after_data_work_is_made_anew(folder: DataFolder) -> None:
    with Site(answers()) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        damage_page_and_drop_work(folder)
        for _ in range(2):
            crawl(folder, options(site.url("/0.html"), refresh=True), with_analysis=False)
    kinds = [entry.record_type for entry in Archive.read_entries(folder.raw) if path_of(entry.url) == "/2.html"]
    assert kinds == ["response", "response", "revisit"]
    assert told(folder) == []


def test_a_line_that_an_index_lacks_is_told_and_what_is_said_of_it_brings_it_back(folder: DataFolder) -> None:
    with Site(answers()) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        (index,) = folder.raw.glob("*.cdxj")
        lines = index.read_bytes().splitlines(keepends=True)
        for kept in (lines[1:], lines[:2] + lines[3:]):
            index.write_bytes(b"".join(kept))
            (finding,) = told(folder)
            assert f"delete {index.name}" in finding.remedy
        index.unlink()
        crawl(folder, options(), with_analysis=False)
    assert told(folder) == []


def test_bytes_that_an_index_made_anew_stepped_over_are_fetched_again(folder: DataFolder) -> None:
    with Site(answers()) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        damage_page(folder)
        next(folder.raw.glob("*.cdxj")).unlink()
        crawl(folder, options(), with_analysis=False)
        (finding,) = told(folder)
        assert "delete data/work" in finding.remedy
        shutil.rmtree(folder.root / "work")
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        assert rebuilt_articles(folder) == PAGES


def test_what_a_retry_had_no_budget_for_is_asked_for_by_the_next_crawl(folder: DataFolder) -> None:
    with Site(answers()) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        damage(folder, "/1.html")
        damage(folder, "/2.html")
        crawl(folder, options(retry=True, budget=1), with_analysis=False)
        crawl(folder, options(), with_analysis=False)
        assert rebuilt_articles(folder) == PAGES


def test_a_page_that_came_back_and_cannot_be_read_is_archived_once(folder: DataFolder) -> None:
    """It was quarantined for its damage, and then for what it is."""
    with Site({**answers(), "/1.html": Reply(b"<html><body>x</body></html>")}) as site:
        crawl(folder, options(site.url("/0.html"), site.url("/1.html")), with_analysis=False)
        damage(folder, "/1.html")
        shutil.rmtree(folder.root / "work")
        crawl(folder, options(site.url("/0.html"), retry=True), with_analysis=False)
        again = [crawl(folder, options(refresh=True), with_analysis=False).archived for _ in range(2)]
    assert again == [0, 0]


def test_doctor_reads_the_archive_when_the_tables_are_broken(folder: DataFolder) -> None:
    with Site(answers()) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    for path in (folder.tables / "captures").glob("*.parquet"):
        path.write_bytes(b"broken")
    found = {finding.what: finding for finding in examine(folder)}
    assert not found["tables"].is_well
    assert "data/work" in found["tables"].remedy
    assert found["archive"].is_well


def test_an_archive_that_is_being_written_to_is_well(folder: DataFolder) -> None:
    with Site(answers()) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        (fresh,) = list(Archive.read_entries(folder.raw))[-1:]
    with Archive(folder.raw) as archive:
        archive.add("https://a.example/", b"text", "text/html", fresh.fetched_at, "resource")
        assert told(folder) == []
