"""No answer takes more bytes or time than it may."""

import socket
import time
from collections.abc import Callable

import pytest

from healthnews.crawl.fetch import Fetcher
from tests.fetching import HEAD, make_fetcher, reason, visit_raw
from tests.web import RawServer, Reply, Site, drips, floods, redirect, sends, stalls


def test_a_body_of_the_largest_size_is_read() -> None:
    visit = visit_raw(sends(HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000), wire_bytes=1000)
    assert visit.answer is not None
    assert len(visit.answer.wire) == 1000


def test_a_body_that_is_announced_too_large_is_not_read() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 1001\r\n\r\n")
        stalls(connection)

    visit = visit_raw(serve, wire_bytes=1000)
    assert visit.refusal is not None
    assert (visit.refusal.reason, visit.is_transient) == ("too_large", False)
    assert "larger than 1,000 bytes" in visit.refusal.detail


@pytest.mark.parametrize(
    "serve",
    [
        floods(HEAD + b"\r\n", b"x" * 10_000),
        floods(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"2710\r\n" + b"x" * 10_000 + b"\r\n"),
        floods(HEAD + b"Content-Encoding: gzip\r\n\r\n", b"\x1f\x8b" * 5_000),
    ],
    ids=["until closed", "chunked", "compressed"],
)
def test_a_body_without_end_is_cut_off(serve: Callable[[socket.socket], None]) -> None:
    assert reason(visit_raw(serve, wire_bytes=100_000)) == "too_large"


def test_the_beginning_of_a_body_that_is_too_large_can_be_kept() -> None:
    for length in (b"", b"Content-Length: 5000000\r\n"):
        fetcher = make_fetcher(wire_bytes=25_000)
        with RawServer(floods(HEAD + length + b"\r\n", b"x" * 10_000)) as server:
            visit = fetcher.fetch(server.url(), is_cut=True)
        assert visit.answer is not None
        assert visit.answer.wire == b"x" * 25_000


@pytest.mark.parametrize(
    "serve",
    [
        drips(b"", b"H"),
        drips(b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
        drips(b"HTTP/1.1 200 OK\r\n", b"X-A: a\r\n"),
        drips(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drips(HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
        drips(HEAD + b"\r\n", b"x"),
        drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        stalls,
    ],
    ids=["status", "header", "headers", "continue", "body", "endless body", "chunks", "chunk size", "silence"],
)
def test_a_server_that_drips_is_cut_off_at_the_deadline(serve: Callable[[socket.socket], None]) -> None:
    visit = visit_raw(serve, total_seconds=0.3)
    assert visit.refusal is not None
    assert (visit.refusal.reason, visit.is_transient) == ("deadline", True)
    assert "no whole answer within 0.3 seconds" in visit.refusal.detail
    assert visit.hops == ()


def test_a_server_that_stalls_in_tls_is_cut_off_at_the_deadline() -> None:
    fetcher = make_fetcher(total_seconds=0.3)
    with RawServer(stalls, reads_request=False) as server:
        visit = fetcher.fetch(server.url().replace("http:", "https:"))
    assert (reason(visit), visit.is_transient) == ("deadline", True)


def test_the_deadline_holds_for_all_redirects_together(site: Site) -> None:
    fetcher = make_fetcher(total_seconds=0.3)
    with RawServer(stalls) as slow:
        site.routes["/a"] = redirect(slow.url())
        visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), len(visit.hops)) == ("deadline", 1)


def test_time_that_the_check_took_is_not_the_servers(site: Site) -> None:
    site.routes["/a"] = Reply(b"x")
    fetcher = make_fetcher(total_seconds=1.0)
    visit = fetcher.fetch(site.url("/a"), check=lambda url: time.sleep(1.2))
    assert reason(visit) is None


def test_user_and_password_of_a_redirect_are_neither_sent_nor_kept(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = redirect(f"http://user:secret@{site.host}/b")
    site.routes["/b"] = Reply(b"x")
    visit = fetcher.fetch(site.url("/a"))
    assert [hop.url for hop in visit.hops] == [site.url("/a"), site.url("/b")]
    assert "authorization" not in site.requests[-1].headers


def test_a_deadline_that_has_passed_does_not_touch_the_next_fetch(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(b"x")
    hasty = make_fetcher(total_seconds=0.2)
    with RawServer(stalls) as slow:
        assert reason(hasty.fetch(slow.url())) == "deadline"
        assert reason(hasty.fetch(site.url("/a"))) is None
