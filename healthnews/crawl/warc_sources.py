"""WARC files that someone else made (wget, browsertrix, another archive): the pages in them, as answers of their servers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from healthnews.crawl.responses import HttpResponse, is_page_type
from healthnews.crawl.urls import is_web_address
from healthnews.errors import PageError

# What warcio raises for bytes that are no record, beside its own exception.
_DAMAGE = (ArchiveLoadFailed, AttributeError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class ForeignAnswer:
    """An answer with the address it is archived under."""

    response: HttpResponse
    asked: str

    @property
    def url(self) -> str:
        """The address that answered."""
        return self.response.url

    @property
    def content_type(self) -> str:
        """Media type as served."""
        return self.response.content_type

    @property
    def payload(self) -> bytes:
        """The body, its content encoding undone; PageError as for `HttpResponse.body`."""
        return self.response.content()


class _UpToCut:
    """A file as far as it can be unpacked: what came before the cut is worth reading."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.is_cut = False

    def read(self, size: int) -> bytes:
        try:
            return bytes(self._file.read1(size))
        except EOFError:
            self.is_cut = True
            return b""


def read_answers(stream: BinaryIO, max_bytes: int) -> Iterator[ForeignAnswer | PageError]:
    """Pages that were answered with 200, in the order of the file; pictures, scripts, redirects and revisits are passed over.

    Args:
        stream: The file, unpacked.
        max_bytes: A page that is larger as sent is refused.

    Raises:
        EOFError, OSError, ValueError: The file is damaged or cut off; what came before has been given.
    """
    upto = _UpToCut(stream)
    try:
        for record in ArchiveIterator(upto):
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            head = _head(record, url.strip("<>"))
            if head is None or not is_web_address(head.url) or not is_page_type(head.media_type):
                continue
            wire = record.raw_stream.read(max_bytes + 1)
            if len(wire) > max_bytes:
                yield PageError("too_large", f"{head.url}: larger than {max_bytes:,} bytes, the most a page may have")
            elif wire and record.raw_stream.limit == 0:
                yield ForeignAnswer(_without_chunks(replace(head, wire=wire)), head.url)
    except _DAMAGE as error:
        raise ValueError(f"no WARC record: {error}") from error
    if upto.is_cut:
        raise EOFError("the file is cut off")


def _head(record: Any, url: str) -> HttpResponse | None:
    """Status line and headers of a record, its body still to be read; None when it is no answer with 200."""
    if record.rec_type not in ("response", "resource"):
        return None
    moment = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date") or "")
    fetched_at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    if record.rec_type == "resource":
        return HttpResponse(url, 200, "OK", (("Content-Type", record.rec_headers.get_header("Content-Type") or ""),), b"", fetched_at)
    if record.http_headers is None or record.http_headers.get_statuscode() != "200":
        return None
    headers = tuple((name, value) for name, value in record.http_headers.headers)
    return HttpResponse(url, 200, "OK", headers, b"", fetched_at)


def _without_chunks(response: HttpResponse) -> HttpResponse:
    """The answer with its chunks put together; some tools keep the header and undo the chunks, which changes nothing."""
    if "chunked" not in (response.header("transfer-encoding") or "").lower():
        return response
    kept = tuple((name, value) for name, value in response.headers if name.lower() != "transfer-encoding")
    parts = iter(ChunkedDataReader(io.BytesIO(response.wire)).read, b"")
    return replace(response, headers=kept, wire=b"".join(parts))
