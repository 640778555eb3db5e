"""One WARC record (ISO 28500) as a gzip member: a local page, a note of ours, an HTTP answer, or a revisit of one."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Literal, cast
from uuid import uuid4

from fastwarc.warc import ArchiveIterator
from isal import isal_zlib
from warcio.warcwriter import WARCWriter

from healthnews.crawl.responses import NOT_MODIFIED, REDIRECTS, HttpResponse
from healthnews.crawl.urls import is_header_safe
from healthnews.errors import PageError

RecordType = Literal["resource", "metadata", "response", "revisit"]
_GZIP_LEVEL = 2
"""Of ISA-L: an eighth of the time of zlib's level 9, which warcio uses, and a sixth more room; beside level 4 a quarter and a tenth."""
_GZIP_BITS = 31
"""The largest window, in a gzip container."""
_DATE = "%Y-%m-%dT%H:%M:%SZ"
_SOFTWARE = b"software: healthnews\r\nformat: WARC File Format 1.0\r\n"
_PROFILE = "http://netpreserve.org/warc/1.0/revisit/"
# Fields of our own: the standard has none for the address that a redirect started from, nor for a digest of the decoded body.
_ASKED = "X-Healthnews-Asked"
_DIGEST = "X-Healthnews-Digest"
_DIGEST_PREFIX = "sha256:"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcRecord:
    """What a record says, whichever its type.

    Attributes:
        url: Address it is about: for an HTTP answer, the one that answered.
        asked: Address that was asked first; `url` where no redirect lies between.
        content_type: Media type of the content; for an HTTP answer as served, empty for a revisit.
        sha256: SHA-256 of the content, its content encoding undone; for a revisit, that of the earlier answer.
        status: HTTP status; None for what did not come over HTTP.
    """

    record_type: RecordType
    url: str
    asked: str
    fetched_at: datetime
    content_type: str
    sha256: str
    status: int | None = None

    @property
    def is_capture(self) -> bool:
        """Whether it is the end of a fetch or a local page: no note, and no redirect on the way."""
        return self.record_type != "metadata" and self.status not in REDIRECTS


def write_warcinfo(file: BinaryIO) -> None:
    """Write the record that a file begins with."""
    writer = WARCWriter(file, gzip=True)
    record = writer.create_warc_record(
        "urn:healthnews:warcinfo", "warcinfo", payload=io.BytesIO(_SOFTWARE), length=len(_SOFTWARE),
        warc_content_type="application/warc-fields",
    )  # fmt: skip
    writer.write_record(record)


def write_content(
    file: BinaryIO, url: str, payload: bytes, content_type: str, fetched_at: datetime, record_type: Literal["resource", "metadata"]
) -> WarcRecord:
    """Write a page that did not come over HTTP, or a note of ours.

    Raises:
        ValueError: The address cannot stand in a header.
    """
    _write(file, url, record_type, payload, {"WARC-Date": fetched_at.strftime(_DATE), "Content-Type": content_type})
    return _local_record(record_type, url, fetched_at, content_type, payload)


def _local_record(record_type: RecordType, url: str, fetched_at: datetime, content_type: str, payload: bytes) -> WarcRecord:
    sha256 = hashlib.sha256(payload).hexdigest()
    return WarcRecord(record_type=record_type, url=url, asked=url, fetched_at=fetched_at, content_type=content_type, sha256=sha256)


def write_response(file: BinaryIO, response: HttpResponse, asked: str) -> WarcRecord:
    """Write an HTTP answer, its headers and bytes as they came.

    Raises:
        ValueError: An address cannot stand in a header.
    """
    record = _http_record("response", response, asked, response.content_type, body_digest(response))
    headers = _http_fields(record) | {"WARC-Payload-Digest": _payload_digest(response.wire)}
    _write(file, response.url, "response", response.wire, headers, _http_head(response))
    return record


def write_revisit(file: BinaryIO, response: HttpResponse, asked: str, sha256: str, earlier_at: datetime) -> WarcRecord:
    """Write that an answer brought nothing new: a 304, or the same content once more; its headers are kept.

    Args:
        file: Where to.
        response: The answer.
        asked: The address asked first.
        sha256: Digest of the content that the server says, or shows, to be the same.
        earlier_at: When that content was fetched.

    Raises:
        ValueError: An address cannot stand in a header.
    """
    record = _http_record("revisit", response, asked, "", sha256)
    is_unasked = response.status == NOT_MODIFIED
    headers = _http_fields(record) | {
        "WARC-Profile": _PROFILE + ("server-not-modified" if is_unasked else "identical-payload-digest"),
        "WARC-Refers-To-Target-URI": response.url,
        "WARC-Refers-To-Date": earlier_at.strftime(_DATE),
    }
    if not is_unasked:
        headers["WARC-Payload-Digest"] = _payload_digest(response.wire)
    _write(file, response.url, "revisit", b"", headers, _http_head(response))
    return record


def _http_record(record_type: RecordType, response: HttpResponse, asked: str, content_type: str, sha256: str) -> WarcRecord:
    return WarcRecord(
        record_type=record_type, url=response.url, asked=asked, fetched_at=response.fetched_at, content_type=content_type,
        sha256=sha256, status=response.status,
    )  # fmt: skip


def _http_head(response: HttpResponse) -> bytes:
    """Status line and headers as they were served: those that are not ASCII too."""
    lines = [f"HTTP/1.1 {response.status} {response.reason}", *(f"{name}: {value}" for name, value in response.headers)]
    return "\r\n".join((*lines, "\r\n")).encode("latin-1")


def _write(file: BinaryIO, url: str, record_type: RecordType, payload: bytes, fields: dict[str, str], http_head: bytes = b"") -> None:
    """Write a record with its own gzip member; warcio's writer takes as long again as the compression."""
    for value in (url, *fields.values()):
        if not is_header_safe(value):
            raise ValueError(f"{len(value)} characters that cannot stand in a WARC header: {value[:80]!r}")
    block = http_head + payload
    named = {
        "WARC-Type": record_type, "WARC-Record-ID": f"<urn:uuid:{uuid4()}>", "WARC-Target-URI": url,
        "Content-Type": "application/http; msgtype=response", **fields, "WARC-Block-Digest": _payload_digest(block),
        "Content-Length": str(len(block)),
    }  # fmt: skip
    head = "".join(("WARC/1.0\r\n", *(f"{name}: {value}\r\n" for name, value in named.items()), "\r\n")).encode()
    packing = isal_zlib.compressobj(_GZIP_LEVEL, isal_zlib.DEFLATED, wbits=_GZIP_BITS)
    file.write(packing.compress(b"".join((head, block, b"\r\n\r\n"))) + packing.flush())


def _http_fields(record: WarcRecord) -> dict[str, str]:
    fields = {"WARC-Date": record.fetched_at.strftime(_DATE), _DIGEST: _DIGEST_PREFIX + record.sha256}
    return fields | ({_ASKED: record.asked} if record.asked != record.url else {})


def _payload_digest(payload: bytes) -> str:
    """The digest that WARC tools verify: of the body as sent."""
    return "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()


def body_digest(response: HttpResponse) -> str:
    """SHA-256 of the decoded body; of the bytes as sent where they cannot be decoded."""
    try:
        return hashlib.sha256(response.body()).hexdigest()
    except PageError:
        return hashlib.sha256(response.wire).hexdigest()


def read_records(content: BinaryIO) -> Iterator[WarcRecord]:
    """What the records say, the warcinfo ones left out.

    Raises:
        OSError, ValueError, RuntimeError, KeyError: The bytes are damaged.
    """
    for record in ArchiveIterator(content, parse_http=False):
        headers = {name.lower(): value for name, value in record.headers.items()}
        if headers["warc-type"] != "warcinfo":
            yield _record_of(headers, record.reader.read())


def _record_of(headers: dict[str, str], block: bytes) -> WarcRecord:
    record_type = cast(RecordType, headers["warc-type"])
    url, fetched_at = headers["warc-target-uri"], datetime.strptime(headers["warc-date"], _DATE).replace(tzinfo=UTC)
    if record_type not in ("response", "revisit"):
        return _local_record(record_type, url, fetched_at, headers.get("content-type", "application/octet-stream"), block)
    response, asked = parse_http_block(url, block, fetched_at), headers.get(_ASKED.lower(), url)
    if record_type == "response":
        return _http_record("response", response, asked, response.content_type, body_digest(response))
    sha256 = headers.get(_DIGEST.lower(), "").removeprefix(_DIGEST_PREFIX)
    return _http_record("revisit", response, asked, "", sha256)


def read_block(content: BinaryIO) -> bytes:
    """The block of the one record in the bytes; of an HTTP answer, its head too.

    Raises:
        OSError, ValueError, RuntimeError: The bytes are damaged.
    """
    return b"".join(record.reader.read() for record in ArchiveIterator(content, parse_http=False))


def parse_http_block(url: str, block: bytes, fetched_at: datetime) -> HttpResponse:
    """The HTTP answer in a record's block.

    Raises:
        ValueError: It does not begin with a status line.
    """
    head, _, body = block.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    _, status, reason = (status_line + "  ").split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name, value.strip()) for name, _, value in pairs)
    return HttpResponse(url=url, status=int(status), reason=reason.strip(), headers=headers, wire=body, fetched_at=fetched_at)
