"""One HTTP answer: its address, status, headers and bytes as they came over the wire; decoding its content under a cap."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from healthnews.errors import PageError

MAX_WIRE_BYTES = 10_000_000
"""More is not read of an answer, as sent."""
MAX_BODY_BYTES = 20_000_000
"""More is not decoded of an answer, its content encoding undone."""
REDIRECTS = frozenset((301, 302, 303, 307, 308))
"""Statuses that name another address."""
NOT_MODIFIED = 304
ACCEPT_ENCODING = "gzip, deflate"
"""What `HttpResponse.body` can undo."""
_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_RAW_DEFLATE = -15
_PIECE_BYTES = 4096
_GZIP_START = b"\x1f\x8b\x08"
# RFC 9110 section 8.3.1: type "/" subtype, both tokens.
_MEDIA_TYPE = re.compile(r"\s*([\w!#$%&'*+.^`|~-]+/[\w!#$%&'*+.^`|~-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer of a server, a redirect included.

    Attributes:
        url: The address it answers for.
        reason: Reason phrase of the status line.
        headers: As served, in their order; `Transfer-Encoding` is left out, because it is undone.
        wire: The body as sent, its content encoding (gzip) still on.
    """

    url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    wire: bytes
    fetched_at: datetime

    def header(self, name: str) -> str | None:
        """Value of the first header of that name, letter case aside."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def content_type(self) -> str:
        """`Content-Type` as served; empty when there is none."""
        return self.header("content-type") or ""

    @property
    def media_type(self) -> str:
        """Media type alone, in lower case; empty when none was served."""
        return media_type(self.content_type)

    def body(self, max_bytes: int = MAX_BODY_BYTES) -> bytes:
        """The body, its content encoding undone.

        Raises:
            PageError: `too_large`, or `bad_content_encoding` when the bytes are not what the header says.
        """
        payload = self.wire
        codings = [c.strip().lower() for c in (self.header("content-encoding") or "").split(",")]
        for coding in reversed([c for c in codings if c not in ("", "identity")]):
            if coding not in _WINDOW:
                raise PageError("bad_content_encoding", f"{self.url}: content encoding {coding!r}, expected {ACCEPT_ENCODING}")
            payload = _inflated(self.url, payload, coding, max_bytes)
        return payload

    def content(self, max_bytes: int = MAX_BODY_BYTES) -> bytes:
        """The body; where it is a gzip file itself, as a `sitemap.xml.gz` is, what lies in it.

        Raises:
            PageError: As for `body`.
        """
        payload = self.body(max_bytes)
        return _inflated(self.url, payload, "gzip", max_bytes) if payload.startswith(_GZIP_START) else payload


def media_type(content_type: str) -> str:
    """The media type of a Content-Type value, in lower case, without parameters; empty for none."""
    found = _MEDIA_TYPE.match(content_type)
    return found[1].lower() if found else ""


def is_page_type(media_type: str) -> bool:
    """Whether a media type may hold a page, a feed or a sitemap: text or XML."""
    return media_type.startswith("text/") or media_type in ("application/xhtml+xml", "application/xml") or media_type.endswith("+xml")


def _inflated(url: str, payload: bytes, coding: str, max_bytes: int) -> bytes:
    # Some servers send raw deflate data for “deflate” (RFC 9110 section 8.4.1.2 notes it).
    window = _RAW_DEFLATE if coding == "deflate" and not _is_zlib(payload) else _WINDOW[coding]
    parts: list[bytes] = []
    size = 0
    for part in _inflate(url, payload, window, max_bytes):
        size += len(part)
        if size > max_bytes:
            raise PageError("too_large", f"{url}: larger than {max_bytes:,} bytes when its {coding} encoding is undone")
        parts.append(part)
    return b"".join(parts)


def _is_zlib(payload: bytes) -> bool:
    return len(payload) >= 2 and payload[0] & 0x0F == 8 and (payload[0] << 8 | payload[1]) % 31 == 0


def _inflate(url: str, payload: bytes, window: int, max_bytes: int) -> Iterator[bytes]:
    """Decompressed parts, several gzip members one after the other included; never much more than `max_bytes` at once."""
    rest = memoryview(payload)
    while rest:
        inflate = zlib.decompressobj(wbits=window)
        while rest and not inflate.eof:
            # By small pieces: what lies behind a member is copied when it ends, and there may be half a million members.
            piece, rest = rest[:_PIECE_BYTES], rest[_PIECE_BYTES:]
            try:
                yield inflate.decompress(piece, max_bytes + 1)
            except zlib.error as error:
                raise PageError("bad_content_encoding", f"{url}: the content encoding cannot be undone: {error}") from error
            if inflate.unconsumed_tail:
                return  # more than `max_bytes` came of it
        if not inflate.eof:
            raise PageError("bad_content_encoding", f"{url}: the encoded body ends too early")
        rest = memoryview(payload)[len(payload) - len(rest) - len(inflate.unused_data) :]
