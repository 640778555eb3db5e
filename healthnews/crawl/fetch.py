"""One address and the answers of its server: redirects followed one by one, bytes and time capped, every refusal told."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import quote, urldefrag, urljoin, urlsplit, urlunsplit

from healthnews.crawl.deadline import Deadline
from healthnews.crawl.failures import REQUEST_ERRORS, request_failure
from healthnews.crawl.guard import Guard
from healthnews.crawl.responses import ACCEPT_ENCODING, MAX_WIRE_BYTES, NOT_MODIFIED, REDIRECTS, HttpResponse, is_page_type
from healthnews.crawl.transport import Line, Transport
from healthnews.crawl.urls import is_web_address
from healthnews.errors import PageError, UsageError
from healthnews.records import utc_now

LONGEST_WAIT_SECONDS = 3600.0
"""A longer Retry-After is taken as this."""

_TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_TRANSIENT = frozenset({"timeout", "deadline", "connection", "incomplete", "dns_temporary", "robots_unreachable", "busy_host"}) | {
    f"http_{status}" for status in _TRANSIENT_STATUSES
}
_PACKED_TYPES = frozenset(("application/gzip", "application/x-gzip"))
_UNKNOWN_TYPE = "application/octet-stream"
_READ_BYTES = 1 << 16
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"<>\\^`{|}')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HEADER_NAME = re.compile(r"[!-9;-~]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost; `total_seconds` holds for all its redirects together, the other times for each step.

    How long the lookup of a name may hang is up to the system's resolver; the time counts all the same.
    """

    wire_bytes: int = MAX_WIRE_BYTES
    total_seconds: float = 60.0
    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Visit:
    """What one fetch came to.

    Attributes:
        hops: Every answer that was read to its end, redirects first; an answer whose body was refused or cut off is not among them.
        refusal: Why there is no usable answer; None when the last hop is it (a 2xx, or a 304 to a conditional request).
        is_transient: Whether trying later may help.
        retry_after_seconds: What the server asked for, at most LONGEST_WAIT_SECONDS.
    """

    asked: str
    hops: tuple[HttpResponse, ...]
    refusal: PageError | None
    is_transient: bool
    retry_after_seconds: float | None

    @property
    def answer(self) -> HttpResponse | None:
        """The usable answer; None when there is a refusal."""
        return None if self.refusal else self.hops[-1]


def is_wanted_type(url: str) -> Callable[[str], bool]:
    """Says of a media type whether an answer of that address is wanted: a page's, and a packed file's, which a sitemap may be."""
    packed = _PACKED_TYPES | {_UNKNOWN_TYPE} if urlsplit(url).path.lower().endswith(".gz") else _PACKED_TYPES
    return lambda media_type: is_page_type(media_type) or media_type in packed


def retry_after_seconds(value: str, now: datetime) -> float | None:
    """Seconds from now that a Retry-After value means, 0 to LONGEST_WAIT_SECONDS; None when it is neither seconds nor an HTTP date."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), LONGEST_WAIT_SECONDS))
    try:
        moment = parsedate_to_datetime(value)
        # An HTTP date is always GMT; email leaves "-0000" without a zone.
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


class Fetcher:
    """Asks servers politely: through the guard, one connection a request, no cookies, nothing taken from the environment.

    It may be used from several threads at once. There is no requests.Session in it: that would keep cookies and read
    the body of a redirect without a cap.

    Raises:
        UsageError: The user agent cannot stand in a header.
    """

    def __init__(self, guard: Guard, user_agent: str, limits: Limits = Limits()) -> None:
        if not (user_agent.isascii() and user_agent.isprintable() and user_agent.strip() == user_agent != ""):
            raise UsageError(f"user agent {user_agent!r}: expected printable ASCII, such as healthnews/0.1 (+https://example.org/)")
        self._transport = Transport(guard)
        self._limits = limits
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,text/plain;q=0.8,*/*;q=0.1",
            "Accept-Language": "zh-CN,zh;q=0.9",
            "Accept-Encoding": ACCEPT_ENCODING,
            "Connection": "close",
        }

    def within(self, seconds: float) -> Self:
        """The same fetcher for requests that may take so many seconds at most, their redirects included."""
        fetcher = copy(self)
        fetcher._limits = replace(self._limits, total_seconds=min(seconds, self._limits.total_seconds))
        return fetcher

    def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        check: Callable[[str], None] = lambda url: None,
        accept: Callable[[str], bool] = is_page_type,
        is_cut: bool = False,
        line: Line | None = None,
    ) -> Visit:
        """Ask for an address and follow its redirects; whatever a server does becomes part of the visit, never an exception.

        Args:
            url: Where to begin.
            etag: Validator of the copy at hand, for `If-None-Match`; it is sent to the first address only.
            last_modified: The same for `If-Modified-Since`.
            check: Called with each address before it is asked, the first included; a PageError of it is the refusal.
            accept: Says of a served media type whether its body is wanted. An answer without a type is read.
            is_cut: Keep the first `wire_bytes` of a larger body instead of refusing it.
            line: Keeps the connection for the next fetch; without one each request has a connection of its own.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value.strip() for name, value in conditions.items() if value and value.strip()}
        hops: list[HttpResponse] = []
        try:
            for answer in self._answers(url, headers, check, accept, is_cut, line):
                hops.append(answer)
            refusal = status_refusal(hops[-1], is_conditional=bool(headers) and len(hops) == 1)
        except PageError as error:
            refusal = error
        wait = hops[-1].header("retry-after") if hops and refusal else None
        return Visit(
            asked=url,
            hops=tuple(hops),
            refusal=refusal,
            is_transient=refusal is not None and refusal.reason in _TRANSIENT,
            retry_after_seconds=None if wait is None else retry_after_seconds(wait, hops[-1].fetched_at),
        )

    def _answers(
        self,
        url: str,
        headers: dict[str, str],
        check: Callable[[str], None],
        accept: Callable[[str], bool],
        is_cut: bool,
        line: Line | None,
    ) -> Iterator[HttpResponse]:
        """Each answer until one is no redirect; PageError where the chain ends badly."""
        ends_at = time.monotonic() + self._limits.total_seconds
        seen: list[str] = []
        target: str | None = url
        while target is not None:
            if target in seen:
                raise PageError("redirect_loop", f"{url}: redirects lead back to {target}, expected an answer")
            if len(seen) > self._limits.redirects:
                raise PageError("too_many_redirects", f"{url}: redirected more than {self._limits.redirects} times, expected an answer")
            if not is_web_address(target):
                raise PageError("bad_address", f"{target[:200]!r} (from {url[:200]!r}) cannot be asked, expected an http or https address")
            began = time.monotonic()
            check(target)
            ends_at += time.monotonic() - began  # robots.txt, and waiting for a turn, are not this server's fault
            answer = self._ask(target, {} if seen else headers, ends_at, accept, is_cut, line)
            yield answer
            seen.append(target)
            target = redirect_target(answer)

    def _ask(
        self, url: str, headers: dict[str, str], ends_at: float, accept: Callable[[str], bool], is_cut: bool, line: Line | None
    ) -> HttpResponse:
        limits, sent = self._limits, {**self._headers, **headers}
        if line is not None:
            sent["Connection"] = "keep-alive"
        with Deadline(ends_at - time.monotonic()) as deadline:
            try:
                with self._transport.get(url, sent, limits.connect_seconds, limits.read_seconds, line) as raw:
                    answer = self._read(url, raw, accept, is_cut)
            except REQUEST_ERRORS as error:
                if not deadline.is_over:
                    raise request_failure(url, error, limits.connect_seconds, limits.read_seconds) from error
            except PageError:
                raise
            except Exception as error:  # a fault of ours costs this page, not the crawl
                raise PageError("internal_error", f"{url}: {type(error).__name__}: {error}; please report it") from error
            # A body without a length that the deadline has cut off looks whole.
            if deadline.is_over:
                raise PageError("deadline", f"{url}: no whole answer within {limits.total_seconds:g} seconds")
        return answer

    def _read(self, url: str, raw: http.client.HTTPResponse, accept: Callable[[str], bool], is_cut: bool) -> HttpResponse:
        """The answer with its body; an unwanted one is refused before the body is read."""
        _require_one_length(raw)
        headers = _clean_headers(raw.headers.items())
        answer = HttpResponse(url, raw.status, _clean(raw.reason or ""), headers, b"", utc_now())
        if 200 <= answer.status < 300 and answer.media_type and not accept(answer.media_type):
            raise PageError("unsupported_type", f"{url}: served as {answer.media_type[:100]}, expected a page (HTML, XML or text)")
        most = self._limits.wire_bytes
        too_large = PageError("too_large", f"{url}: larger than {most:,} bytes as sent")
        if not is_cut and raw.length is not None and raw.length > most:
            raise too_large
        parts: list[bytes] = []
        size = 0
        while size <= most and (part := raw.read(_READ_BYTES)):
            parts.append(part)
            size += len(part)
        if size > most and not is_cut:
            raise too_large
        if size <= most and raw.length:
            raise http.client.IncompleteRead(b"", raw.length)
        return replace(answer, wire=b"".join(parts)[:most])


def _require_one_length(raw: http.client.HTTPResponse) -> None:
    """HTTPException where the server says two lengths of one body; RFC 9110 section 8.6 allows the same one twice."""
    lengths = {length.strip() for value in raw.headers.get_all("content-length", ()) for length in value.split(",")}
    if len(lengths) > 1:
        raise http.client.HTTPException(f"Content-Length {' and '.join(sorted(lengths))}")


def redirect_target(answer: HttpResponse) -> str | None:
    """Absolute address a redirect leads to, without fragment; None when the answer is no redirect or names no place."""
    location = (answer.header("location") or "").strip()
    if answer.status not in REDIRECTS or not location:
        return None
    # Bytes beyond ASCII are escaped as they came: UTF-8 and GBK both reach the server as it meant them.
    escaped = quote(location.encode("latin-1"), safe=_PRINTABLE)
    try:
        parts = urlsplit(urldefrag(urljoin(answer.url, escaped)).url)
        # A stranger's user name and password are neither sent nor kept.
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        return escaped


def status_refusal(answer: HttpResponse, is_conditional: bool) -> PageError | None:
    """Why an answer's status makes it no usable one; None when it is usable."""
    if 200 <= answer.status < 300 or (answer.status == NOT_MODIFIED and is_conditional):
        return None
    status = f"{answer.status} {answer.reason[:80]}".strip()
    return PageError(f"http_{answer.status}", f"{answer.url}: answered {status}, expected 200")


def _clean_headers(items: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers as served, without those that would break a header block, and without the transfer encoding, which is undone."""
    return tuple((name, _clean(value)) for name, value in items if _HEADER_NAME.fullmatch(name) and name.lower() != "transfer-encoding")


def _clean(value: str) -> str:
    return _CONTROL.sub(" ", value).strip()
