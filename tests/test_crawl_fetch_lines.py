"""Requests that share a connection."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from healthnews.crawl.guard import Guard
from healthnews.crawl.transport import Line, Transport
from tests.fetching import HEAD, make_fetcher, reason
from tests.tls import HOST, over_tls
from tests.web import LOOPBACK, RawServer, drips, sends


def test_requests_on_a_line_share_a_connection_and_one_that_was_closed_is_made_anew() -> None:
    answer = HEAD + b"Content-Length: 1\r\n\r\nx"

    def serve(connection: socket.socket) -> None:
        connection.sendall(answer)
        for _ in range(2):
            if not connection.recv(4096):
                return
            connection.sendall(answer)

    line = Line()
    with RawServer(serve) as server:
        asked = [make_fetcher().fetch(server.url(), line=line) for _ in range(7)]
        line.close()
        assert [reason(visit) for visit in asked] == [None] * 7
        assert server.connections == 3, "the server answers three times on each"


@pytest.mark.parametrize(
    "serve",
    [sends(HEAD + b"Connection: close\r\nContent-Length: 1\r\n\r\nx"), sends(HEAD + b"Content-Length: 9\r\n\r\nx"), sends(HEAD + b"\r\nx")],
    ids=["close", "short", "until the end"],
)
def test_what_a_server_closes_is_not_kept(serve: Callable[[socket.socket], None]) -> None:
    line = Line()
    with RawServer(serve) as server:
        first, second = (make_fetcher().fetch(server.url(), line=line) for _ in range(2))
        assert server.connections == 2
    assert (reason(first), first.hops and first.hops[0].wire) == (reason(second), second.hops and second.hops[0].wire)


def test_a_drip_on_a_kept_connection_is_cut_off_at_the_deadline() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 1\r\n\r\nx")
        connection.recv(4096)
        drips(HEAD + b"\r\n", b"x")(connection)

    line = Line()
    with RawServer(serve) as server:
        fetcher = make_fetcher(total_seconds=0.5)
        assert reason(fetcher.fetch(server.url(), line=line)) is None
        assert reason(fetcher.fetch(server.url(), line=line)) == "deadline"


def test_a_line_may_be_one_of_tls(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, port, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))])

    def serve(connection: socket.socket) -> None:
        for _ in range(2):
            connection.sendall(HEAD + b"Content-Length: 1\r\n\r\nx")
            connection.recv(4096)
        drips(HEAD + b"\r\n", b"x")(connection)

    fetcher, line = make_fetcher(total_seconds=1.0), Line()
    fetcher._transport = Transport(Guard(LOOPBACK), ca_file=str(certificate))
    with RawServer(over_tls(certificate, serve), reads_request=False) as server:
        asked = [reason(fetcher.fetch(f"https://{HOST}:{server.port}/{number}", line=line)) for number in range(3)]
        assert asked == [None, None, "deadline"]
        assert server.connections == 1


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nxxx",
        HEAD + b"Content-Length: 1\r\n\r\nxyz",
        HEAD + b"Content-Length: 1\r\n\r\nx" + HEAD + b"Content-Length: 5\r\n\r\nwrong",
        HEAD + b"Content-Length: 1\r\n\r\nx" + bytes(20_000),
    ],
    ids=["a body with a 304", "more than its length", "two answers", "much more"],
)
def test_what_a_server_says_too_much_is_not_taken_for_the_next_answer(first: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(first if server.connections == 1 else HEAD + b"Content-Length: 5\r\n\r\nright")
        connection.recv(4096)
        connection.sendall(HEAD + b"Content-Length: 5\r\n\r\nright")

    line = Line()
    with RawServer(serve) as server:
        make_fetcher().fetch(server.url("/1"), etag="1", line=line)
        second = make_fetcher().fetch(server.url("/2"), line=line)
        line.close()
    assert (reason(second), second.hops[-1].wire) == (None, b"right")


def test_an_answer_that_makes_no_sense_on_a_kept_connection_is_asked_for_on_a_new_one() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 1\r\n\r\nx")
        if connection.recv(4096):
            connection.sendall(b"left over from before\r\n\r\n")

    line = Line()
    with RawServer(serve) as server:
        asked = [reason(make_fetcher().fetch(server.url(), line=line)) for _ in range(2)]
        line.close()
        assert (asked, server.connections) == ([None, None], 2)
