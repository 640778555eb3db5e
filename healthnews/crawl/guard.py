"""Which addresses may be touched: what a host resolves to is checked, and the connection is made to just that."""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from healthnews.crawl.deadline import watch_socket
from healthnews.errors import PageError, UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Endpoint = tuple[socket.AddressFamily, tuple[Any, ...]]
"""Address family and numeric socket address, ready for `connect`."""

End = tuple[bool, str, int]
"""Where a connection leads: whether over TLS, to which host, to which port."""

_MUST_BE_NAMED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        # Where clouds hand credentials to their machines; 168.63.129.16 (Azure) looks like any public address.
        "169.254.169.254/32",
        "fd00:ec2::254/128",
        "fd20:ce::254/128",
        "100.100.100.200/32",
        "168.63.129.16/32",
    )
)
"""Opened only by an allowed network that lies inside each of these it touches, never by a wide one."""
_GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")
"""The only global unicast block. Source: IANA IPv6 address space registry."""
_SPECIAL = tuple(ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20"))
"""Special-purpose blocks that `is_global` of Python 3.11 lets pass. Source: IANA special-purpose address registries."""
_PLAIN_ADDRESS = re.compile(r"(https?)://([a-z0-9][a-z0-9.-]*)(?::([0-9]{1,5}))?(/[A-Za-z0-9/_.~?&=+,;:@!$'()*-]*)")
_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65_535
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Guard:
    """Lets through global addresses, and what the person who runs the crawl has allowed.

    Args:
        allowed: Networks in CIDR form, or single addresses, that may be touched although they are not global.

    Raises:
        UsageError: One of them is no network.
    """

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = [_network(text) for text in allowed]

    def check(self, host: str, port: int) -> list[Endpoint]:
        """Where a connection to the host may be made, in the order of the resolver.

        Whatever the spelling of the host (decimal, hexadecimal, short, full-width), the answer holds numeric addresses.

        Raises:
            PageError: `dns` or `dns_temporary` when it does not resolve; `blocked_address` when any of its addresses may not be touched.
        """
        endpoints = _resolve(host, port)
        faces = {face for _, (text, *_) in endpoints for face in _faces(ipaddress.ip_address(text.partition("%")[0]))}
        # Sorted, because resolvers turn their answers round and equal refusals must read equal.
        blocked = sorted(str(face) for face in faces if not self._is_allowed(face))
        if blocked:
            detail = f"{host!r} is {blocked[0]}, expected a public address; --allow-address {blocked[0]} opens it"
            raise PageError("blocked_address", detail)
        return endpoints

    def _is_allowed(self, address: Address) -> bool:
        named = [network for network in _MUST_BE_NAMED if address in network]
        if any(address in network and all(_is_inside(network, special) for special in named) for network in self._allowed):
            return True
        return not named and _is_global(address)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise UsageError(f"{text!r} is no network, expected an address or CIDR such as 10.0.0.0/8 or ::1") from error


def _is_inside(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner[0] in outer and inner[-1] in outer


def _is_global(address: Address) -> bool:
    if address.version == 6 and address not in _GLOBAL_IPV6:
        return False
    is_special = address.is_multicast or address.is_reserved or address.is_unspecified or any(address in network for network in _SPECIAL)
    return address.is_global and not is_special


def _faces(address: Address) -> list[Address]:
    """The addresses that a packet may end at: those of a tunnel and, where the outer one is a mere spelling, only the inner."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    if address.sixtofour is not None:
        return [address, address.sixtofour]
    if address.teredo is not None:
        return [address, *address.teredo]
    return [address]


def _resolve(host: str, port: int) -> list[Endpoint]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise PageError("dns_temporary", f"{host} cannot be resolved for now, expected an address") from error
        raise PageError("dns", f"{host!r} does not resolve, expected the name or address of a host") from error
    except (OSError, ValueError) as error:
        raise PageError("dns", f"{host!r} is no name of a host: {error}") from error
    return list(dict.fromkeys((family, tuple(address)) for family, _, _, _, address in found))


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


class _LastResponse(http.client.HTTPResponse):
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
    ) -> Iterator[HTTPResponse]:
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
            except ConnectionError:
                if kept is None:
                    raise
                # The server had closed it meanwhile: that says nothing of the page.
                connection.close()
                connection = self._connect(end, connect_seconds, is_kept=True)
                response = _ask(connection, target, headers, read_seconds)
            yield response
            if line is not None and connection.sock is not None and response._original_response.isclosed():
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
            connection.response_class = http.client.HTTPResponse
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
        if self._end != end:
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


def _ask(connection: _PinnedConnection, target: str, headers: Mapping[str, str], read_seconds: float) -> Any:
    connection.timeout = read_seconds
    if connection.sock is not None:
        connection.sock.settimeout(read_seconds)
    connection.request("GET", target, headers=headers, preload_content=False, decode_content=False)
    return connection.getresponse()


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
