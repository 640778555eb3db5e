"""What is to be said of a request that failed below HTTP: one reason and one sentence, equal for equal failures."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Sequence

import requests
import urllib3.exceptions

from healthnews.errors import PageError

REQUEST_ERRORS = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)
"""Whatever requests, urllib3 and http.client raise for what a server does."""

_ADDRESS = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError, UnicodeError)
_TIME = (TimeoutError, urllib3.exceptions.ReadTimeoutError)
_CLOSED = (ConnectionError, ssl.SSLEOFError)
_GARBAGE = (http.client.HTTPException, urllib3.exceptions.InvalidHeader)


def request_failure(url: str, error: BaseException, connect_seconds: float, read_seconds: float) -> PageError:
    """The refusal for an exception: bad_address, incomplete, timeout, tls, connection or bad_http.

    No address of memory, port of ours, or time passed stands in the sentence.
    """
    causes = list(_causes(error))
    if _find(causes, *_ADDRESS):
        return PageError("bad_address", f"{url}: cannot be asked, expected an http or https address of a host")
    if _find(causes, http.client.IncompleteRead):
        return PageError("incomplete", f"{url}: the body ends too early, expected what its length or last chunk promises")
    if _find(causes, urllib3.exceptions.ConnectTimeoutError) and not _find(causes, urllib3.exceptions.NewConnectionError):
        return PageError("timeout", f"{url}: no connection within {connect_seconds:g} seconds")
    if _find(causes, *_TIME):
        return PageError("timeout", f"{url}: nothing came for {read_seconds:g} seconds, expected an answer")
    # A connection that is closed where the next TLS record should begin says nothing about the certificate.
    if not _find(causes, *_CLOSED):
        if isinstance(failure := _find(causes, ssl.SSLError), ssl.SSLError):
            found = getattr(failure, "verify_message", "") or failure.reason or "no TLS"
            return PageError("tls", f"{url}: {found}, expected a TLS connection with a certificate of the host")
        if failure := _find(causes, *_GARBAGE):
            return PageError("bad_http", f"{url}: {str(failure)[:100]!r}, expected an HTTP answer")
    return PageError("connection", f"{url}: {_connection_trouble(causes)}, expected an answer")


def _connection_trouble(causes: Sequence[BaseException]) -> str:
    if _find(causes, ConnectionRefusedError):
        return "the connection was refused"
    if _find(causes, *_CLOSED):
        return "the connection was closed"
    reasons = (cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror)
    return f"no connection ({next(reasons, 'unknown cause')})"


def _find(causes: Sequence[BaseException], *kinds: type[BaseException]) -> BaseException | None:
    return next((cause for cause in causes if isinstance(cause, kinds)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that requests and urllib3 have wrapped in it."""
    yield error
    for cause in (*error.args, getattr(error, "reason", None), error.__cause__):
        if isinstance(cause, BaseException):
            yield from _causes(cause)
