"""Requests over connections that go just where the guard has checked."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NewConnectionError
from urllib3.util.connection import is_connection_dropped
from urllib3.util.ssl_ import create_urllib3_context

from healthnews.crawl.deadline import watch_socket
from healthnews.crawl.guard import Guard

End = tuple[bool, str, int]
"""Where a connection leads: whether over TLS, to which host, to which port."""
_PLAIN_ADDRESS = re.compile(r"(https?)://([a-z0-9][a-z0-9.-]*)(?::([0-9]{1,5}))?(/[A-Za-z0-9/_.~?&=+,;:@!$'()*-]*)")
_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65_535
_INTERIM = range(102, 200)
_BODILESS = frozenset((http.client.NO_CONTENT, http.client.NOT_MODIFIED))


def _connect(connection: HTTPConnection, guard: Guard) -> socket.socket:
    """A socket connected to the first address of the host that answers."""
    failure: OSError = OSError("no address")
    # The name with its trailing dot, if it has one: what urllib3 itself resolves.
    for family, endpoint in guard.check(connection._dns_host, connection.port):
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in connection.socket_options or ():
                opened.setsockopt(*option)
            opened.settimeout(connection.timeout)
            watch_socket(opened)
            opened.connect(endpoint)
        except OSError as error:
            opened.close()
            failure = error
        else:
            return opened
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, "no connection in time") from failure
    raise NewConnectionError(connection, "no connection") from failure


class _Response(http.client.HTTPResponse):
    """Passes over whatever a server says before its answer (103 Early Hints); http.client passes over 100 alone."""

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        return version, http.client.CONTINUE if status in _INTERIM else status, reason


class _LastResponse(_Response):
    """Closes its connection whatever the server offers: each request is checked, watched and connected anew."""

    def begin(self) -> None:
        super().begin()
        self.will_close = True


class _PinnedConnection(HTTPConnection):
    response_class: type[http.client.HTTPResponse] = _LastResponse

    def __init__(self, *args: Any, guard: Guard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return _connect(self, self._guard)


class _PinnedTLSConnection(_PinnedConnection, HTTPSConnection):
    """Only the address is pinned: the certificate is checked against the host's name."""


class Transport:
    """Asks for addresses, each over a connection of its own or on a line; it may be used from several threads.

    Args:
        guard: Says which addresses may be touched.
        ca_file: Certificates that are trusted; certifi's by default. They are read once: that takes 30 ms, a connection 1.
    """

    def __init__(self, guard: Guard, ca_file: str = DEFAULT_CA_BUNDLE_PATH) -> None:
        self._guard = guard
        self._context = create_urllib3_context()
        self._context.load_verify_locations(ca_file)

    @contextmanager
    def get(
        self, url: str, headers: Mapping[str, str], connect_seconds: float, read_seconds: float, line: Line | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer of an address, its body still to be read; the connection is closed when the block is left, or kept on the line.

        Raises:
            PageError: What `Guard.check` raises.
            OSError, ValueError, http.client.HTTPException, urllib3.exceptions.HTTPError: There is no answer.
        """
        is_tls, host, port, target = _split(url)
        end = (is_tls, host, port)
        kept = None if line is None else line.take(end)
        connection = kept or self._connect(end, connect_seconds, is_kept=line is not None)
        try:
            try:
                response = _ask(connection, target, headers, read_seconds)
            except (ConnectionError, http.client.HTTPException):
                if kept is None:
                    raise
                # The server had closed it meanwhile, or said more than its last answer: that says nothing of the page.
                connection.close()
                connection = self._connect(end, connect_seconds, is_kept=True)
                response = _ask(connection, target, headers, read_seconds)
            yield response
            if line is not None and connection.sock is not None and _is_read(response):
                line.keep(end, connection)
                return
        except BaseException:
            connection.close()
            raise
        connection.close()

    def _connect(self, end: End, seconds: float, *, is_kept: bool) -> _PinnedConnection:
        is_tls, host, port = end
        connection: _PinnedConnection
        if is_tls:
            connection = _PinnedTLSConnection(host, port, timeout=seconds, ssl_context=self._context, guard=self._guard)
        else:
            connection = _PinnedConnection(host, port, timeout=seconds, guard=self._guard)
        if is_kept:
            connection.response_class = _Response
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection


class Line:
    """A connection that several requests to one host use, one after the other, where no delay lies between them."""

    def __init__(self) -> None:
        self._end: End | None = None
        self._connection: _PinnedConnection | None = None

    def take(self, end: End) -> _PinnedConnection | None:
        """The connection that was kept, under the deadline of the request at hand; None where it leads elsewhere."""
        connection, self._connection = self._connection, None
        if connection is None or connection.sock is None:
            return None
        if self._end != end or is_connection_dropped(connection):  # closed, or there are bytes that nobody asked for
            connection.close()
            return None
        watch_socket(connection.sock)
        return connection

    def keep(self, end: End, connection: _PinnedConnection) -> None:
        """Keep a connection for the next request."""
        self._end, self._connection = end, connection

    def close(self) -> None:
        """Close what is kept."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _ask(connection: _PinnedConnection, target: str, headers: Mapping[str, str], read_seconds: float) -> http.client.HTTPResponse:
    if connection.sock is not None:
        connection.sock.settimeout(read_seconds)
    # Those of http.client: urllib3 wraps the answer once more, which takes a tenth of the time of a page.
    http.client.HTTPConnection.request(connection, "GET", target, headers=dict(headers))
    return http.client.HTTPConnection.getresponse(connection)


def _is_read(response: http.client.HTTPResponse) -> bool:
    """Whether an answer was read to its end, as far as that can be told: some servers send a body with a 304."""
    says_body = response.headers.get("content-length", "0") != "0" or "transfer-encoding" in response.headers
    return response.isclosed() and not (response.status in _BODILESS and says_body)


def _split(url: str) -> tuple[bool, str, int, str]:
    """Whether an address is asked over TLS, its host, its port and what is asked for there.

    Most addresses are plain; what else there may be in one, international names and odd characters among it, requests knows.
    """
    found = _PLAIN_ADDRESS.fullmatch(url)
    if found is not None and "/." not in url and int(found[3] or 0) <= _LAST_PORT:
        scheme, host, port, target = found.groups()
        return scheme == "https", host, int(port or _PORTS[scheme]), target
    parts = urlsplit(requests.Request("GET", url).prepare().url or "")
    try:
        given_port = parts.port
    except ValueError as error:
        raise LocationParseError(url) from error
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme == "https", parts.hostname or "", given_port or _PORTS[parts.scheme], target
