"""Whatever a server does, a fetch that fails says why, and whether it may pass."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from healthnews.crawl.fetch import Fetcher
from healthnews.crawl.guard import Guard
from healthnews.crawl.transport import Transport
from tests.fetching import AGENT, HEAD, make_fetcher, reason, visit_raw
from tests.web import RawServer, Reply, Site, drips, resets, sends, stalls


def test_silence_is_a_timeout() -> None:
    visit = visit_raw(stalls, read_seconds=0.1)
    assert visit.refusal is not None
    assert (visit.refusal.reason, visit.is_transient) == ("timeout", True)
    assert "nothing came for 0.1 seconds" in visit.refusal.detail


def test_silence_in_the_middle_of_a_body_is_a_timeout() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 9\r\n\r\nx")
        stalls(connection)

    assert reason(visit_raw(serve, read_seconds=0.1)) == "timeout"


def test_a_host_that_does_not_take_the_connection_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:  # fill its queue: what comes after waits for ever
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        fetcher = make_fetcher(connect_seconds=0.2)
        visit = fetcher.fetch(f"http://127.0.0.1:{full.getsockname()[1]}/")
        for client in waiting:
            client.close()
    assert visit.refusal is not None
    assert (visit.refusal.reason, visit.is_transient) == ("timeout", True)
    assert "no connection within 0.2 seconds" in visit.refusal.detail


def test_a_closed_port_is_a_connection_failure(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    visit = fetcher.fetch(f"http://127.0.0.1:{port}/")
    assert visit.refusal is not None
    assert visit.refusal.detail == f"http://127.0.0.1:{port}/: the connection was refused, expected an answer"
    assert (visit.refusal.reason, visit.is_transient) == ("connection", True)


@pytest.mark.parametrize("serve", [resets, sends(b"")], ids=["reset", "closed"])
def test_a_connection_that_ends_before_an_answer_is_a_connection_failure(serve: Callable[[socket.socket], None]) -> None:
    visit = visit_raw(serve)
    assert (reason(visit), visit.is_transient) == ("connection", True)


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 100\r\n\r\nshort",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
    ],
    ids=["length", "chunk", "last chunk", "chunk size"],
)
def test_a_body_that_ends_too_early_is_incomplete(answer: bytes) -> None:
    visit = visit_raw(sends(answer))
    assert (reason(visit), visit.is_transient, visit.hops) == ("incomplete", True, ())


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x00\xff\xfe garbage \r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-A: a\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 " + b"a" * 100_000,
        HEAD + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nabcdefg",
    ],
    ids=["ssh", "garbage", "status", "low status", "many headers", "long header", "long status", "two lengths"],
)
def test_what_is_not_http_is_refused(answer: bytes) -> None:
    visit = visit_raw(sends(answer))
    assert (reason(visit), visit.is_transient, visit.hops) == ("bad_http", False, ())


def test_a_server_without_tls_is_told(fetcher: Fetcher) -> None:
    with RawServer(sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"), reads_request=False) as server:
        visit = fetcher.fetch(server.url().replace("http:", "https:"))
    assert (reason(visit), visit.is_transient) == ("tls", False)


@pytest.mark.parametrize(
    "url", ["", "a.example/x", "ftp://a.example/", "http://", "http://[::1", "http://a.example/\n", "http://127.0.0.1:99999/"]
)
def test_what_is_no_web_address_is_refused(fetcher: Fetcher, url: str) -> None:
    visit = fetcher.fetch(url)
    assert (reason(visit), visit.hops, visit.is_transient) == ("bad_address", (), False)


def test_a_blocked_address_stays_what_it_is(site: Site) -> None:
    assert reason(Fetcher(Guard(), AGENT).fetch(site.url())) == "blocked_address"
    assert site.requests == []


@pytest.mark.parametrize("errno", [socket.EAI_NONAME, socket.EAI_AGAIN])
def test_only_a_temporary_failure_of_names_is_transient(monkeypatch: pytest.MonkeyPatch, fetcher: Fetcher, errno: int) -> None:
    def getaddrinfo(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(errno, "no")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    visit = fetcher.fetch("http://a.example/")
    assert (reason(visit) or "").startswith("dns")
    assert visit.is_transient == (errno == socket.EAI_AGAIN)


@pytest.mark.parametrize(
    "serve",
    [resets, sends(b""), sends(b"garbage\r\n\r\n"), sends(HEAD + b"Content-Length: 9\r\n\r\nx"), drips(HEAD + b"\r\n", b"x"), stalls],
    ids=["reset", "closed", "garbage", "short", "drip", "silence"],
)
def test_equal_failures_read_equal(serve: Callable[[socket.socket], None]) -> None:
    fetcher = make_fetcher(total_seconds=0.2)
    with RawServer(serve) as server:
        details = {str(fetcher.fetch(server.url()).refusal) for _ in range(3)}
    assert len(details) == 1
    assert details.pop().startswith(server.url())


def test_several_threads_fetch_from_several_hosts_at_once(site: Site) -> None:
    site.routes |= {f"/{number}": Reply(str(number).encode()) for number in range(40)}
    fetcher = make_fetcher(total_seconds=1.0)
    with Site(dict(site.routes)) as other, RawServer(stalls) as slow:
        urls = [url for number in range(40) for url in (site.url(f"/{number}"), other.url(f"/{number}"))]
        with ThreadPoolExecutor(8) as pool:
            stuck = pool.submit(fetcher.fetch, slow.url())
            visits = list(pool.map(fetcher.fetch, urls))
            assert reason(stuck.result()) == "deadline"
    assert [visit.asked for visit in visits] == urls
    assert [visit.answer and visit.answer.wire.decode() for visit in visits] == [url.rsplit("/", 1)[1] for url in urls]


def test_a_fault_of_ours_costs_a_page_and_no_more(fetcher: Fetcher, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise NotImplementedError("odd")

    monkeypatch.setattr(Transport, "get", fail)
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), visit.is_transient) == ("internal_error", False)
    assert visit.refusal is not None
    assert "NotImplementedError: odd" in visit.refusal.detail
