"""WARC files that other tools made are a source like any other."""

import io
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import IngestSummary, ingest
from healthnews.pipeline.queries import Dataset
from tests.test_pipeline_crawl import article, path_of

HTML = (("Content-Type", "text/html; charset=utf-8"),)
DATE = {"WARC-Date": "2025-03-04T05:06:07Z"}


def add(writer: WARCWriter, path: str, body: bytes, headers: tuple[tuple[str, str], ...] = HTML, status: str = "200 OK") -> None:
    http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(
            f"http://a.example{path}", "response", payload=io.BytesIO(body), http_headers=http, warc_headers_dict=dict(DATE)
        )
    )


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def write_foreign(path: Path, *, is_packed: bool = True) -> Path:
    """What a browser's crawl leaves: pages, a picture, a redirect, a missing page, requests."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=is_packed)
        writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "another"}))
        add(writer, "/0.html", article("第0号问题", "/9.html").body)
        add(writer, "/1.html", chunked(article("第1号问题").body), (*HTML, ("Transfer-Encoding", "chunked")))
        add(writer, "/a.png", b"\x89PNG", (("Content-Type", "image/png"),))
        add(writer, "/old.html", b"", (("Location", "/0.html"),), "301 Moved")
        add(writer, "/gone.html", b"<p>nothing</p>", HTML, "404 Not Found")
        page = io.BytesIO(article("第2号问题").body)
        kind = DATE | {"Content-Type": "text/html"}
        writer.write_record(writer.create_warc_record("http://a.example/2.html", "resource", payload=page, warc_headers_dict=kind))
    return path


def take(folder: DataFolder, source: Path) -> IngestSummary:
    return ingest(folder, [str(source)], with_analysis=False)


@pytest.mark.parametrize(("name", "is_packed"), [("x.warc.gz", True), ("x.warc", False)])
def test_the_pages_of_a_warc_become_articles_once(folder: DataFolder, tmp_path: Path, name: str, is_packed: bool) -> None:
    source = write_foreign(tmp_path / name, is_packed=is_packed)
    first, again = take(folder, source), take(folder, source)
    assert (first.archived, first.parsed, first.failures) == (3, 3, [])
    assert (again.archived, again.unchanged) == (0, 3)
    captures = Dataset(folder).rows("captures")
    assert sorted(path_of(row.url) for row in captures) == ["/0.html", "/1.html", "/2.html"]
    assert {row.fetched_at.isoformat() for row in captures} == {"2025-03-04T05:06:07+00:00"}, "when its maker fetched it"
    pages = {path_of(row.canonical_url) for row in Dataset(folder).rows("articles") if row.record == "page"}
    assert pages == {"/0.html", "/1.html", "/2.html"}


def test_a_warc_that_is_cut_off_gives_the_pages_before_the_cut(folder: DataFolder, tmp_path: Path) -> None:
    whole = write_foreign(tmp_path / "x.warc.gz").read_bytes()
    (tmp_path / "x.warc.gz").write_bytes(whole[: len(whole) * 2 // 3])
    summary = take(folder, tmp_path / "x.warc.gz")
    assert summary.parsed >= 1
    assert [failure.reason for failure in summary.failures] == ["unreadable"]


@pytest.mark.parametrize("content", [b"", b"no warc at all", b"WARC/1.0\r\nWARC-Type: response\r\n\r\n"])
def test_a_file_without_pages_is_told(folder: DataFolder, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.warc").write_bytes(content)
    (failure,) = take(folder, tmp_path / "x.warc").failures
    assert failure.reason in ("empty", "unreadable")
    assert failure.detail.startswith("x.warc")


def test_an_archive_of_ours_is_a_source_too(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_foreign(tmp_path / "x.warc.gz"))
    (archived,) = folder.raw.glob("*.warc.gz")
    moved = tmp_path / "theirs.warc.gz"
    moved.write_bytes(archived.read_bytes())
    other = DataFolder(tmp_path / "other")
    assert take(other, moved).parsed == 3
