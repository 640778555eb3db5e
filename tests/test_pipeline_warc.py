"""WARC files that other tools made are a source like any other."""

import io
import zipfile
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from healthnews.crawl.archive import Archive
from healthnews.pipeline.crawl_options import crawl_options
from healthnews.pipeline.crawling import discover
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.ingestion import IngestSummary, ingest
from healthnews.pipeline.queries import Dataset
from tests.answer_site import article, path_of

HTML = (("Content-Type", "text/html; charset=utf-8"),)
DAY = "2025-03-04T05:06:07Z"
DATE = {"WARC-Date": DAY}


def add(
    writer: WARCWriter, path: str, body: bytes, headers: tuple[tuple[str, str], ...] = HTML, status: str = "200 OK", day: str = DAY
) -> None:
    http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
    url, said = f"http://a.example{path}", {"WARC-Date": day}
    writer.write_record(writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=http, warc_headers_dict=said))


def add_revisit(writer: WARCWriter, path: str, of: str, body: bytes, kind: str = "text/html") -> None:
    """That an address was answered with the body of another record, as deduplicating tools write it."""
    http = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
    url, original, digest = f"http://a.example{path}", f"http://a.example{of}", Digester("sha1")
    digest.update(body)
    said = {"WARC-Date": "2025-03-05T05:06:07Z"}
    writer.write_record(writer.create_revisit_record(url, str(digest), original, DAY, http_headers=http, warc_headers_dict=said))


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
    assert (first.archived, first.parsed) == (3, 3)
    assert [(path_of(failure.url), failure.reason) for failure in first.failures] == [("/gone.html", "http_404")]
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


def reasons(summary: IngestSummary) -> dict[str, str]:
    return {path_of(failure.url): failure.reason for failure in summary.failures}


def test_what_is_no_page_of_a_warc_is_resolved_or_refused_with_its_reason(folder: DataFolder, tmp_path: Path) -> None:
    page, other = article("第0号问题").body, article("第1号问题").body
    with (tmp_path / "x.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        add_revisit(writer, "/early.html", "/0.html", page)
        add(writer, "/0.html", page)
        add_revisit(writer, "/0.html", "/0.html", page)
        add_revisit(writer, "/copy.html", "/0.html", page)
        add_revisit(writer, "/elsewhere.html", "/1.html", other)
        add_revisit(writer, "/a.png", "/b.png", b"picture", "image/png")
        add(writer, "/old.html", b"", (("Location", "/older.html"),), "301 Moved")
        add(writer, "/older.html", b"", (("Location", "http://a.example/0.html"),), "302 Found")
        add(writer, "/away.html", b"", (("Location", "http://b.example/"),), "302 Found")
        add(writer, "/round.html", b"", (("Location", "/round.html"),), "302 Found")
        add(writer, "/empty.html", b"")
        add(writer, "/broken.html", b"<p>sorry</p>", HTML, "500 Oops")
        add(writer, "/robots.txt", b"<p>none</p>", HTML, "404 Not Found")
    summary = take(folder, tmp_path / "x.warc.gz")
    assert reasons(summary) == {
        "/elsewhere.html": "revisit", "/away.html": "redirect", "/round.html": "redirect", "/empty.html": "empty",
        "/broken.html": "http_500",
    }  # fmt: skip
    captures = {path_of(row.url): row for row in Dataset(folder).rows("captures")}
    assert set(captures) == {"/0.html", "/early.html", "/copy.html"}
    assert len({row.sha256 for row in captures.values()}) == 1
    assert captures["/copy.html"].fetched_at.day == 5, "when it was answered so"


def write_one(path: Path, *, revisit: bool) -> Path:
    """A file with a page, or with the word that it had not changed."""
    body = article("第0号问题").body
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        if revisit:
            add_revisit(writer, "/0.html", "/0.html", body)
        else:
            add(writer, "/0.html", body)
    return path


def test_a_page_that_a_second_file_only_repeats_is_unchanged(folder: DataFolder, tmp_path: Path) -> None:
    first, second = write_one(tmp_path / "b.warc.gz", revisit=False), write_one(tmp_path / "a.warc.gz", revisit=True)
    assert reasons(take(folder, second)) == {"/0.html": "revisit"}
    together = ingest(DataFolder(tmp_path / "other"), [str(second), str(first)], with_analysis=False)
    assert (together.archived, together.unchanged, together.failures) == (1, 1, [])
    take(folder, first)
    assert take(folder, second).failures == []


def test_the_pages_of_a_wacz_become_articles(folder: DataFolder, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.wacz", "w") as packed:
        packed.writestr("datapackage.json", "{}")
        packed.write(write_foreign(tmp_path / "a.warc.gz"), "archive/data.warc.gz")
        packed.write(write_one(tmp_path / "b.warc.gz", revisit=True), "archive/more.warc.gz", zipfile.ZIP_DEFLATED)
    summary = take(folder, tmp_path / "x.wacz")
    assert (summary.archived, summary.parsed, summary.unchanged) == (3, 3, 1)
    assert reasons(summary) == {"/gone.html": "http_404"}


def test_a_wacz_that_is_none_is_told(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "x.wacz").write_bytes(b"PK nothing")
    with zipfile.ZipFile(tmp_path / "y.wacz", "w") as packed:
        packed.writestr("datapackage.json", "{}")
    summary = ingest(folder, [str(tmp_path / "x.wacz"), str(tmp_path / "y.wacz")], with_analysis=False)
    assert [failure.reason for failure in summary.failures] == ["unreadable", "empty"]


def test_the_frontier_knows_pages_of_other_tools_by_their_canonical_addresses(folder: DataFolder, tmp_path: Path) -> None:
    with (tmp_path / "x.warc.gz").open("wb") as file:
        add(WARCWriter(file, gzip=True), ":80/0.html?b=1&a=2", article("第0号问题").body)
    take(folder, tmp_path / "x.warc.gz")
    discover(folder, crawl_options(start=["http://b.example/"], with_sites=False))
    with open_frontier(folder) as frontier:
        assert frontier.known() == {"http://a.example/0.html?a=2&b=1", "http://b.example/"}


def put_in(path: Path, **served: bytes) -> None:
    """Replace words of an unpacked file by bytes that its writer would have escaped, of the same length."""
    content = path.read_bytes()
    for word, raw in served.items():
        assert len(word) == len(raw)
        content = content.replace(word.encode(), raw)
    path.write_bytes(content)


def test_redirects_are_resolved_as_a_crawl_resolves_them(folder: DataFolder, tmp_path: Path) -> None:
    with (tmp_path / "x.warc").open("wb") as file:
        writer = WARCWriter(file, gzip=False)
        add(writer, "/0.html", article("第0号问题").body)
        add(writer, "/%D2%BD%B1%A3.html", article("第1号问题").body)
        add(writer, "/%E5%8C%BB%E4%BF%9D.html", article("第2号问题").body)
        add(writer, "/a.png", b"\x89PNG", (("Content-Type", "image/png"),))
        for number, place in enumerate(("/0.html#top", "/_GBK.html", "/__UTF8.html", "HTTP://A.example:80/0.html", "/a.png")):
            add(writer, f"/old{number}.html", b"", (("Location", place),), "301 Moved")
        add(writer, "/nowhere.html", b"<p>x</p>", HTML, "302 Found")
    put_in(tmp_path / "x.warc", _GBK="医保".encode("gbk"), __UTF8="医保".encode())
    summary = take(folder, tmp_path / "x.warc")
    assert reasons(summary) == {"/nowhere.html": "http_302"}
    assert summary.parsed == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"WARC-Date: ", b"X-Warc-Date: "),
        (b"WARC-Date: 2025", b"WARC-Date: 0001"),
        (b"WARC-Date: 2025-03-04T05:06:07Z", b"WARC-Date: yesterday"),
        (b"WARC-Target-URI: ", b"X-Uri: "),
    ],
)
def test_a_record_that_cannot_be_read_costs_no_other(folder: DataFolder, tmp_path: Path, old: bytes, new: bytes) -> None:
    with (tmp_path / "x.warc").open("wb") as file:
        writer = WARCWriter(file, gzip=False)
        for number in range(3):
            add(writer, f"/{number}.html", article(f"第{number}号问题").body)
    before, middle, after = (tmp_path / "x.warc").read_bytes().split(b"WARC/1.0\r\n")[1:]
    (tmp_path / "x.warc").write_bytes(b"".join(b"WARC/1.0\r\n" + part for part in (before, middle.replace(old, new), after)))
    summary = take(folder, tmp_path / "x.warc")
    assert summary.parsed == 2
    (failure,) = summary.failures
    assert failure.reason == "unreadable"


def test_what_is_served_without_a_media_type_is_read_as_in_a_crawl(folder: DataFolder, tmp_path: Path) -> None:
    with (tmp_path / "x.warc").open("wb") as file:
        writer = WARCWriter(file, gzip=False)
        add(writer, "/0.html", article("第0号问题").body, (("Server", "x"),))
    assert take(folder, tmp_path / "x.warc").parsed == 1


def test_headers_that_are_not_ascii_are_kept_as_served(folder: DataFolder, tmp_path: Path) -> None:
    with (tmp_path / "x.warc").open("wb") as file:
        add(WARCWriter(file, gzip=False), "/0.html", article("第0号问题").body, (*HTML, ("X-Name", "__UTF8")))
    put_in(tmp_path / "x.warc", __UTF8="医保".encode())
    assert take(folder, tmp_path / "x.warc").parsed == 1
    archive = Archive(folder.raw, is_repaired=False)
    (entry,) = (entry for entry in archive.entries() if entry.record_type == "response")
    assert archive.read_response(entry).header("x-name") == "医保".encode().decode("latin-1")


def test_the_same_file_in_a_wacz_fails_no_address_twice(folder: DataFolder, tmp_path: Path) -> None:
    source = write_foreign(tmp_path / "x.warc.gz")
    with zipfile.ZipFile(tmp_path / "x.wacz", "w") as packed:
        packed.write(source, "archive/data.warc.gz")
    take(folder, source)
    take(folder, tmp_path / "x.wacz")
    assert [path_of(row.url) for row in Dataset(folder).rows("failures")] == ["/gone.html"]
