"""Servers on loopback for tests: one with a table of routes, and one that does to a connection whatever a test wants."""

import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from types import TracebackType
from typing import Self

LOOPBACK = ("127.0.0.0/8", "::1")
PLAIN = (("Content-Type", "text/plain"),)


def free_port() -> int:
    """A port that nobody serves on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    moment: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Reply:
    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers=(("Location", location),))


Route = Reply | Callable[[Request], Reply]


def slowly(reply: Reply, seconds: float) -> Route:
    """Answers after a while."""

    def answer(_: Request) -> Reply:
        time.sleep(seconds)
        return reply

    return answer


def gaps(moments: Sequence[float]) -> list[float]:
    """Seconds from one moment to the next."""
    return [later - earlier for earlier, later in pairwise(moments)]


@dataclass
class Site:
    """An HTTP server of routes by path; what has no route is answered 404. It remembers every request."""

    routes: dict[str, Route] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> Self:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                request = Request(self.path, {name.lower(): value for name, value in self.headers.items()})
                site.requests.append(request)
                route = site.routes.get(self.path, Reply(b"nothing here", 404))
                reply = route(request) if callable(route) else route
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                if reply.status != 304:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                with suppress(OSError):  # the client may have seen enough
                    self.wfile.write(reply.body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}{path}"

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def moments(self, *paths: str) -> list[float]:
        """When it was asked, on the monotonic clock, in order; of some paths where any are named."""
        return sorted(request.moment for request in self.requests if not paths or request.path in paths)


@dataclass
class RawServer:
    """Reads the head of a request and hands the connection to `serve`; what `serve` raises for a closed connection is expected.

    Attributes:
        serve: Does to the connection what the test is about, for at most a few seconds: the client must end it.
        reads_request: False hands the connection over at once, as TLS needs it.
    """

    serve: Callable[[socket.socket], None]
    reads_request: bool = True
    connections: int = 0
    port: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(5)
            head = b""
            while self.reads_request and b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            self.serve(connection)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def sends(data: bytes) -> Callable[[socket.socket], None]:
    """Sends these bytes and closes."""
    return lambda connection: connection.sendall(data)


def drips(start: bytes, drop: bytes, seconds: float = 5.0) -> Callable[[socket.socket], None]:
    """Sends the start, then a drop every hundredth of a second, until the client goes away or the time is over."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(start)
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            connection.sendall(drop)
            time.sleep(0.01)

    return serve


def floods(start: bytes, piece: bytes, most_bytes: int = 50_000_000) -> Callable[[socket.socket], None]:
    """Sends the start, then the piece again and again, until the client goes away."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(most_bytes // len(piece)):
            connection.sendall(piece)

    return serve


def stalls(connection: socket.socket) -> None:
    """Says nothing until the client goes away."""
    while connection.recv(4096):
        pass


def resets(connection: socket.socket) -> None:
    """Closes with a reset instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
