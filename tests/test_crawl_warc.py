"""HTTP answers go into the archive as they came, and come out of it the same."""

import contextlib
import gzip
import zlib
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import given
from hypothesis import strategies as st

from healthnews.crawl.archive import Archive
from healthnews.crawl.responses import HttpResponse, media_type
from healthnews.errors import PageError
from tests.conftest import SEEN_AT

PAGE = "<html><body><h1>医保账户</h1></body></html>".encode("gb18030")


def packed(content: bytes) -> bytes:
    """Content as gzip, the same at any second: the names of tests hold it, and every worker must know them by one name."""
    return gzip.compress(content, mtime=0)


def answer(wire: bytes = PAGE, *headers: tuple[str, str], status: int = 200, url: str = "http://a.example/1") -> HttpResponse:
    return HttpResponse(url=url, status=status, reason="OK", headers=headers, wire=wire, fetched_at=SEEN_AT)


def test_an_answer_comes_back_with_its_headers_and_bytes(tmp_path: Path) -> None:
    odd = (("Content-Type", "text/html; charset=gb2312"), ("X-Odd", "ä: ö"), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("X-Empty", ""))
    response = answer(PAGE + b"\r\n\r\nmore", *odd)
    with Archive(tmp_path) as archive:
        entry = archive.add_response(response, "http://a.example/old")
        archive.sync()
        assert archive.read_response(entry) == response
        assert archive.read(entry) == response.wire
    assert (entry.asked, entry.url, entry.status) == ("http://a.example/old", "http://a.example/1", 200)


def test_a_compressed_answer_is_kept_as_sent_and_read_decoded(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        plain = archive.add_response(answer(), "http://a.example/1")
        packed = archive.add_response(answer(gzip.compress(PAGE), ("content-encoding", "gzip")), "http://a.example/1")
        archive.sync()
        assert archive.read(packed) == PAGE
        assert archive.read_response(packed).wire != PAGE
    assert packed.sha256 == plain.sha256, "the digest is that of the decoded body"


def test_an_answer_that_cannot_be_decoded_is_archived_all_the_same(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        entry = archive.add_response(answer(b"no gzip", ("Content-Encoding", "gzip")), "http://a.example/1")
        archive.sync()
        assert archive.read_response(entry).wire == b"no gzip"
        with pytest.raises(PageError) as refused:
            archive.read(entry)
    assert refused.value.reason == "bad_content_encoding"


@pytest.mark.parametrize("status", [200, 304])
def test_a_revisit_carries_the_digest_of_what_it_repeats(tmp_path: Path, status: int) -> None:
    with Archive(tmp_path) as archive:
        first = archive.add_response(answer(), "http://a.example/1")
        again = archive.add_revisit(
            answer(PAGE if status == 200 else b"", ("ETag", '"x"'), status=status), "http://a.example/1", first.sha256, SEEN_AT
        )
        archive.sync()
        assert (again.record_type, again.sha256, again.status) == ("revisit", first.sha256, status)
        assert archive.read_response(again).header("etag") == '"x"'


def test_the_index_is_made_anew_from_the_records(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        first = archive.add_response(answer(PAGE, ("Content-Type", "text/html")), "http://a.example/old")
        archive.add_revisit(answer(b"", status=304), "http://a.example/1", first.sha256, SEEN_AT)
        archive.add("file:a.txt", b"x", "text/plain", SEEN_AT, "resource")
        before = list(archive.entries())
    next(tmp_path.glob("*.cdxj")).unlink()
    with Archive(tmp_path) as archive:
        assert list(archive.entries()) == before


def test_other_tools_read_the_answers_and_verify_their_digests(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        first = archive.add_response(answer(gzip.compress(PAGE), ("Content-Encoding", "gzip")), "http://a.example/1")
        archive.add_revisit(answer(b"", status=304), "http://a.example/1", first.sha256, SEEN_AT)
    with next(tmp_path.glob("*.warc.gz")).open("rb") as file:
        for record in ArchiveIterator(file, parse_http=False):
            assert record.verify_block_digest() or record.headers["WARC-Type"] == "warcinfo"
        file.seek(0)
        answers = [r for r in ArchiveIterator(file, parse_http=True) if r.headers["WARC-Type"] in ("response", "revisit")]
        assert [r.http_headers.status_code for r in answers] == [200, 304]


@pytest.mark.parametrize("url", ["http://a.example/\r\nWARC-Type: x", "http://a.example/" + "a" * 9_000])
def test_an_address_that_would_break_out_of_a_header_is_refused(tmp_path: Path, url: str) -> None:
    with Archive(tmp_path) as archive:
        with pytest.raises(ValueError, match="WARC header"):
            archive.add_response(answer(url=url), "http://a.example/1")
        with pytest.raises(ValueError, match="WARC header"):
            archive.add_response(answer(), url)
        assert list(archive.entries()) == []


@pytest.mark.parametrize(
    ("coding", "wire"),
    [
        ("gzip", packed(PAGE)),
        ("x-gzip", packed(PAGE[:9]) + packed(PAGE[9:])),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)[2:-4]),
        ("identity", PAGE),
        ("gzip, gzip", packed(packed(PAGE))),
    ],
)
def test_content_encodings_are_undone(coding: str, wire: bytes) -> None:
    assert answer(wire, ("Content-Encoding", coding)).body() == PAGE


@pytest.mark.parametrize(
    ("coding", "wire", "reason"),
    [
        ("gzip", packed(b"0" * 50_000), "too_large"),
        ("gzip", packed(PAGE)[:-12], "bad_content_encoding"),
        ("br", PAGE, "bad_content_encoding"),
    ],
)
def test_a_body_that_cannot_be_decoded_has_a_reason(coding: str, wire: bytes, reason: str) -> None:
    with pytest.raises(PageError) as refused:
        answer(wire, ("Content-Encoding", coding)).body(max_bytes=10_000)
    assert refused.value.reason == reason


@given(wire=st.binary(max_size=300), coding=st.sampled_from(["gzip", "deflate", "x-gzip"]))
def test_no_bytes_make_decoding_fail_in_another_way(wire: bytes, coding: str) -> None:
    with contextlib.suppress(PageError):
        assert isinstance(answer(wire, ("Content-Encoding", coding)).body(), bytes)


@pytest.mark.parametrize(("value", "expected"), [("Text/HTML; charset=x", "text/html"), ("", ""), ("html", ""), ("a/b\r\nc: d", "a/b")])
def test_a_media_type_stands_alone(value: str, expected: str) -> None:
    assert media_type(value) == expected
