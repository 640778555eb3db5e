"""WARC files that someone else made (wget, browsertrix, another archive): the pages in them, as answers of their servers."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeadersParser

from healthnews.crawl.fetch import redirect_target
from healthnews.crawl.responses import HttpResponse, is_page_type
from healthnews.crawl.urls import is_web_address, page_key
from healthnews.errors import PageError

REPEATED = "revisit"
"""Reason of a refusal: the page is said to be as another file has it."""
_UNREADABLE = "unreadable"
_OK = 200
_ROBOTS_PATH = "/robots.txt"
_WEB_BEGAN = 1990
_CLOCKS_DIFFER = timedelta(days=1)
_HTTP = StatusAndHeadersParser(("HTTP/",), verify=False)
_OF_SERVERS = ("response", "revisit")
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


@dataclass(frozen=True, slots=True)
class ForeignRefusal:
    """Why a record is no page.

    Attributes:
        url: The address it is about; None where it is the file as a whole.
    """

    url: str | None
    error: PageError


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


@dataclass(slots=True)
class _Seen:
    """What was met of an archive that has to be looked at again when all of it is known.

    Attributes:
        pages: Keys of the pages in it.
        others: Keys of what was passed over.
        redirects: Where an address leads, by address.
        repeats: By payload digest, answers that are said to be those of another record, still without a body.
        passed: How many answers of each media type are no pages.
    """

    pages: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    redirects: dict[str, str] = field(default_factory=dict)
    repeats: dict[str, list[HttpResponse]] = field(default_factory=dict)
    passed: Counter[str] = field(default_factory=Counter)


def read_answers(stream: BinaryIO, max_bytes: int) -> Iterator[ForeignAnswer | ForeignRefusal]:
    """Pages that were answered with 200, in the order of the file, then those that are said to repeat another record of it.

    Of every other answer there is a refusal that says why it is no page: its status, a redirect out of the file, a repeated record that
    is not in it, or that the record cannot be read. Pictures and scripts are passed over, and so is a repetition of a page under its
    own address. What is served without a media type is taken for a page, as in a crawl.

    Args:
        stream: The file, unpacked, from its beginning; it can go back there.
        max_bytes: A page that is larger as sent is refused.

    Raises:
        EOFError, OSError, ValueError: The file is damaged or cut off; what came before has been given.
    """
    seen, is_any = _Seen(), False
    unreadable: list[ForeignRefusal] = []  # told when more follows: the last record of a file that is cut off is that, and no more
    for record, url in _records(stream):
        yield from unreadable
        unreadable.clear()
        for item in _page_of(record, url, seen, max_bytes):
            is_any = True
            if isinstance(item, ForeignRefusal) and item.error.reason == _UNREADABLE:
                unreadable.append(item)
            else:
                yield item
    yield from unreadable
    stream.seek(0)
    if seen.repeats:
        for record, _ in _records(stream):
            yield from _repeats_of(record, seen, max_bytes)
    yield from _unresolved(seen)
    if not is_any and seen.passed:
        told = ", ".join(f"{count} {kind}" for kind, count in seen.passed.most_common(5))
        yield ForeignRefusal(None, PageError("empty", f"no page in it, but {told}"))


def _records(stream: BinaryIO) -> Iterator[tuple[Any, str]]:
    """Records with the addresses they are about."""
    upto = _UpToCut(stream)
    try:
        for record in ArchiveIterator(upto, no_record_parse=True):  # one that cannot be parsed would be the last
            record.http_headers = _http_headers(record)
            yield record, (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    except _DAMAGE as error:
        raise ValueError(f"no WARC record: {error}") from error
    if upto.is_cut:
        raise EOFError("the file is cut off")


def _http_headers(record: Any) -> Any:
    """Status line and headers of an answer; None without any."""
    if record.rec_type not in _OF_SERVERS or not record.length:
        return None
    try:
        return _HTTP.parse(record.raw_stream)
    except EOFError:
        return None


def _page_of(record: Any, url: str, seen: _Seen, max_bytes: int) -> Iterator[ForeignAnswer | ForeignRefusal]:
    """The page of a record, or why there is none; nothing for what is no page, or is decided when all records are known."""
    if not is_web_address(url):
        if not url and record.rec_type in _OF_SERVERS:
            yield ForeignRefusal(None, PageError(_UNREADABLE, "a record does not say of which address it is"))
        return
    try:
        head = _head(record, url)
    except (ValueError, OverflowError) as error:
        yield ForeignRefusal(url, PageError(_UNREADABLE, f"{url}: its record cannot be read: {error}"))
        return
    if head is not None:
        yield from _page_of_answer(record, head, seen, max_bytes)


def _page_of_answer(record: Any, head: HttpResponse, seen: _Seen, max_bytes: int) -> Iterator[ForeignAnswer | ForeignRefusal]:
    url = head.url
    if (target := redirect_target(head)) is not None:
        seen.redirects[url] = target
    elif head.media_type and not is_page_type(head.media_type):
        seen.passed[head.media_type] += 1
        seen.others.add(page_key(url))
    elif record.rec_type == "revisit":
        _note_repeat(record, head, seen)
    elif head.status != _OK:
        if urlsplit(url).path != _ROBOTS_PATH:
            yield ForeignRefusal(url, PageError(f"http_{head.status}", f"{url}: archived with status {head.status}, expected 200"))
    else:
        seen.pages.add(page_key(url))
        yield from _with_body(record, head, max_bytes)


def _with_body(record: Any, head: HttpResponse, max_bytes: int) -> Iterator[ForeignAnswer | ForeignRefusal]:
    """The answer with the record's body; EOFError where the file is cut off in it."""
    wire = record.raw_stream.read(max_bytes + 1)
    if len(wire) > max_bytes:
        detail = f"{head.url}: larger than {max_bytes:,} bytes, the most a page may have"
        yield ForeignRefusal(head.url, PageError("too_large", detail))
    elif not wire and not record.raw_stream.limit:
        yield ForeignRefusal(head.url, PageError("empty", f"{head.url}: archived without a body"))
    elif record.raw_stream.limit:
        raise EOFError("the file is cut off")
    else:
        yield ForeignAnswer(_without_chunks(replace(head, wire=wire)), head.url)


def _note_repeat(record: Any, head: HttpResponse, seen: _Seen) -> None:
    headers = record.rec_headers
    original = (headers.get_header("WARC-Refers-To-Target-URI") or head.url).strip("<>")
    if original != head.url or page_key(head.url) not in seen.pages:
        digest = headers.get_header("WARC-Payload-Digest") or ""
        seen.repeats.setdefault(digest, []).append(head)


def _repeats_of(record: Any, seen: _Seen, max_bytes: int) -> Iterator[ForeignAnswer | ForeignRefusal]:
    """The answers that repeat this record, with its body."""
    digest = record.rec_headers.get_header("WARC-Payload-Digest") or ""
    if record.rec_type not in ("response", "resource") or record.length is None or not digest or digest not in seen.repeats:
        return
    heads = seen.repeats.pop(digest)
    kind = replace(heads[0], headers=_headers_of(record)).media_type
    for item in _with_body(record, heads[0], max_bytes) if not kind or is_page_type(kind) else ():
        for head in heads:
            if isinstance(item, ForeignRefusal):
                yield replace(item, url=head.url)
            else:
                # What tells how to read the body stands with the body.
                seen.pages.add(page_key(head.url))
                yield ForeignAnswer(replace(item.response, url=head.url, headers=_headers_of(record), fetched_at=head.fetched_at), head.url)


def _unresolved(seen: _Seen) -> Iterator[ForeignRefusal]:
    """Redirects out of the file, and repetitions of what is not in it."""
    redirects = {page_key(url): page_key(target) for url, target in seen.redirects.items()}
    for url, named in seen.redirects.items():
        target, chain = page_key(named), {page_key(url)}
        while target in redirects and target not in chain:
            chain.add(target)
            target = redirects[target]
        if target not in seen.pages | seen.others and urlsplit(url).path != _ROBOTS_PATH:
            yield ForeignRefusal(url, PageError("redirect", f"{url}: redirected to {target[:500]}, which is no page of this file"))
    for head in (head for heads in seen.repeats.values() for head in heads):
        if page_key(head.url) not in seen.pages:
            detail = f"{head.url}: repeats a record that is not in this file; give the file that holds it, or visit the page"
            yield ForeignRefusal(head.url, PageError(REPEATED, detail))


def _head(record: Any, url: str) -> HttpResponse | None:
    """Status line and headers of a record, its body still to be read; None when it is no answer."""
    if record.rec_type not in ("response", "resource", "revisit"):
        return None
    fetched_at = _moment(record.rec_headers.get_header("WARC-Date") or "")
    if record.length is None:
        raise ValueError("without Content-Length")
    if record.rec_type == "resource" or record.http_headers is None:
        is_answer = record.rec_type in ("resource", "revisit")  # a revisit may come without the headers of its answer
        return HttpResponse(url, _OK, "OK", _headers_of(record), b"", fetched_at) if is_answer else None
    status = record.http_headers.get_statuscode()
    return HttpResponse(url, int(status) if status.isascii() and status.isdigit() else 0, "OK", _headers_of(record), b"", fetched_at)


def _moment(value: str) -> datetime:
    """What WARC-Date says, in whole seconds of UTC; ValueError or OverflowError where it says nothing that can be."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.year < _WEB_BEGAN:
        raise ValueError(f"WARC-Date {value[:50]!r}, expected a moment such as 2026-01-31T08:00:00Z")
    found = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    if found > datetime.now(UTC) + _CLOCKS_DIFFER:
        raise ValueError(f"WARC-Date {value[:50]!r} is yet to come")
    return found


def _headers_of(record: Any) -> tuple[tuple[str, str], ...]:
    if record.http_headers is None:
        return (("Content-Type", record.rec_headers.get_header("Content-Type") or ""),)
    return tuple((_as_served(name), _as_served(value)) for name, value in record.http_headers.headers)


def _as_served(text: str) -> str:
    """A header's bytes as Latin-1, which is how answers are kept; warcio reads UTF-8 where it can."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode().decode("latin-1")
    return text


def _without_chunks(response: HttpResponse) -> HttpResponse:
    """The answer with its chunks put together; some tools keep the header and undo the chunks, which changes nothing."""
    if "chunked" not in (response.header("transfer-encoding") or "").lower():
        return response
    kept = tuple((name, value) for name, value in response.headers if name.lower() != "transfer-encoding")
    parts = iter(ChunkedDataReader(io.BytesIO(response.wire)).read, b"")
    return replace(response, headers=kept, wire=b"".join(parts))
