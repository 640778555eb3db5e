"""A fetch says who asks, and its answer is kept as it was served."""

import gzip
import socket

import pytest

from healthnews.crawl.fetch import Fetcher
from healthnews.crawl.guard import Guard
from healthnews.errors import UsageError
from tests.fetching import AGENT, HEAD, HTML, make_fetcher, reason, visit_raw
from tests.web import RawServer, Reply, Site, sends, stalls


def test_the_request_says_who_asks_and_what_is_understood(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a?b=1"] = Reply(b"x")
    assert fetcher.fetch(site.url("/a?b=1")).refusal is None
    headers = site.requests[0].headers
    assert headers["user-agent"] == AGENT
    assert headers["accept-encoding"] == "gzip, deflate"
    assert headers["accept-language"] == "zh-CN,zh;q=0.9"
    assert headers["accept"].startswith("text/html,")
    assert headers["connection"] == "close"
    assert "if-none-match" not in headers
    assert "if-modified-since" not in headers


@pytest.mark.parametrize("user_agent", ["", " healthnews", "健康/0.1", "healthnews\r\nX-A: b"])
def test_a_user_agent_that_cannot_stand_in_a_header_is_refused(user_agent: str) -> None:
    with pytest.raises(UsageError, match="printable ASCII"):
        Fetcher(Guard(), user_agent)


def test_cookies_are_not_kept(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(b"x", headers=(*HTML, ("Set-Cookie", "id=1; Path=/")))
    for _ in range(2):
        fetcher.fetch(site.url("/a"))
    assert len(site.requests) == 2
    assert not any("cookie" in request.headers for request in site.requests)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    site.routes["/a"] = Reply(b"x")
    fetcher = make_fetcher()
    assert fetcher.fetch(site.url("/a")).refusal is None


def test_each_request_has_its_own_connection() -> None:
    answer = sends(HEAD + b"Content-Length: 1\r\nConnection: keep-alive\r\n\r\nx")

    def serve(connection: socket.socket) -> None:
        answer(connection)
        stalls(connection)

    fetcher = make_fetcher()
    with RawServer(serve) as server:
        assert [reason(fetcher.fetch(server.url())) for _ in range(3)] == [None, None, None]
        assert server.connections == 3


def test_an_answer_is_kept_as_served(fetcher: Fetcher, site: Site) -> None:
    body = gzip.compress("正文".encode())
    served = (("Content-Type", "text/html; charset=gb2312"), ("Content-Encoding", "gzip"), ("X-Name", "caf\xe9 \xe4\xb8\xad"))
    site.routes["/a"] = Reply(body, headers=served)
    visit = fetcher.fetch(site.url("/a"))
    assert visit.answer is not None
    assert visit.hops == (visit.answer,)
    assert (visit.asked, visit.answer.url, visit.answer.status, visit.answer.reason) == (site.url("/a"), site.url("/a"), 200, "OK")
    assert visit.answer.wire == body
    assert visit.answer.body() == "正文".encode()
    names = [name for name, _ in visit.answer.headers]
    assert names == ["Server", "Date", "Content-Type", "Content-Encoding", "X-Name", "Content-Length"]
    assert visit.answer.header("x-name") == "caf\xe9 \xe4\xb8\xad"
    assert not visit.is_transient


def test_a_repeated_header_is_kept_twice(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(b"x", headers=(*HTML, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2, c")))
    answer = fetcher.fetch(site.url("/a")).answer
    assert answer is not None
    assert [value for name, value in answer.headers if name == "Set-Cookie"] == ["a=1", "b=2, c"]


def test_chunks_are_put_together_and_the_header_that_announced_them_goes() -> None:
    visit = visit_raw(sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"))
    assert visit.answer is not None
    assert visit.answer.wire == b"abcde"
    assert visit.answer.headers == (("Content-Type", "text/html"),)


def test_a_body_without_length_ends_with_the_connection() -> None:
    visit = visit_raw(sends(HEAD + b"\r\n" + b"x" * 100_000))
    assert visit.answer is not None
    assert visit.answer.wire == b"x" * 100_000


@pytest.mark.parametrize(
    "line", [b"X-A: a\x00b", b"X-A: a\rSet-B: c", b"X-A: a\r\n folded", b"X-A: \x01\x0b\x0c\x1f\x7f", b"X-\x00A: a", b": a", b"X A: a"]
)
def test_no_control_character_of_a_header_gets_through(line: bytes) -> None:
    visit = visit_raw(sends(b"HTTP/1.1 200 O\x00K\x0b!\r\nContent-Type: text/html\r\n" + line + b"\r\nContent-Length: 1\r\n\r\nx"))
    assert visit.hops
    for text in (visit.hops[-1].reason, *(part for header in visit.hops[-1].headers for part in header)):
        assert text.isprintable()
    assert all(name for name, _ in visit.hops[-1].headers)


@pytest.mark.parametrize(
    "served",
    ["text/html", "TEXT/HTML;charset=x", "application/xhtml+xml", "application/xml", "application/rss+xml", "text/plain", "nonsense"],
)
def test_a_page_type_is_read(fetcher: Fetcher, site: Site, served: str) -> None:
    site.routes["/a"] = Reply(b"x", headers=(("Content-Type", served),))
    assert fetcher.fetch(site.url("/a")).refusal is None


def test_an_answer_without_type_is_read(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(b"x", headers=())
    assert fetcher.fetch(site.url("/a")).refusal is None


@pytest.mark.parametrize("served", ["application/json", "image/png", "application/pdf", "application/octet-stream", "video/mp4"])
def test_another_type_is_refused_without_its_body(served: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {served}\r\nContent-Length: 9000000\r\n\r\n".encode()

    def serve(connection: socket.socket) -> None:
        connection.sendall(head)
        stalls(connection)

    visit = visit_raw(serve)
    assert visit.refusal is not None
    assert visit.refusal.reason == "unsupported_type"
    assert served in visit.refusal.detail
    assert (visit.hops, visit.is_transient) == ((), False)


def test_the_caller_says_which_types_it_wants(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(b"x", headers=(("Content-Type", "application/gzip"),))
    assert fetcher.fetch(site.url("/a"), accept=lambda media_type: media_type == "application/gzip").refusal is None
