"""A fetch comes back with the answers or with a reason, whatever a server does, within its limits."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.crawl.fetch import LONGEST_WAIT_SECONDS, Fetcher, Limits, Visit, retry_after_seconds
from healthnews.crawl.guard import Guard
from healthnews.crawl.transport import Line
from healthnews.errors import PageError, UsageError
from tests.web import LOOPBACK, RawServer, Reply, Site, drips, floods, redirect, resets, sends, stalls

AGENT = "healthnews/0.1 (+https://example.org/contact)"
HTML = (("Content-Type", "text/html"),)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_fetcher(**limits: Any) -> Fetcher:
    return Fetcher(Guard(LOOPBACK), AGENT, Limits(**{"total_seconds": 20.0, "connect_seconds": 5.0, "read_seconds": 10.0, **limits}))


@pytest.fixture
def fetcher() -> Fetcher:
    return make_fetcher()


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as opened:
        yield opened


def reason(visit: Visit) -> str | None:
    return visit.refusal.reason if visit.refusal else None


def visit_raw(serve: Callable[[socket.socket], None], **limits: Any) -> Visit:
    fetcher = make_fetcher(**limits)
    with RawServer(serve) as server:
        return fetcher.fetch(server.url("/a"))


# --- what is asked


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


# --- what comes back


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


# --- statuses and conditions


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_transient_and_its_answer_kept(fetcher: Fetcher, site: Site, status: int) -> None:
    site.routes["/a"] = Reply(b"sorry", status)
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), visit.is_transient, visit.hops[0].wire, visit.answer) == (f"http_{status}", True, b"sorry", None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501, 505])
def test_a_status_that_stays_is_permanent(fetcher: Fetcher, site: Site, status: int) -> None:
    site.routes["/a"] = Reply(b"no", status, headers=(("Content-Type", "application/json"),))
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), visit.is_transient, visit.hops[0].status) == (f"http_{status}", False, status)


def test_a_refusal_names_address_and_status(fetcher: Fetcher, site: Site) -> None:
    visit = fetcher.fetch(site.url("/gone"))
    assert visit.refusal is not None
    assert visit.refusal.detail == f"{site.url('/gone')}: answered 404 Not Found, expected 200"


def test_an_unchanged_page_is_an_answer(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = lambda request: Reply(status=304) if request.headers.get("if-none-match") == '"1"' else Reply(b"x")
    visit = fetcher.fetch(site.url("/a"), etag='"1"', last_modified="Sun, 01 Mar 2026 00:00:00 GMT")
    assert visit.answer is not None
    assert (visit.answer.status, visit.answer.wire) == (304, b"")
    assert site.requests[0].headers["if-modified-since"] == "Sun, 01 Mar 2026 00:00:00 GMT"


def test_not_modified_is_no_answer_to_who_has_nothing(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(status=304)
    assert reason(fetcher.fetch(site.url("/a"))) == "http_304"


def test_conditions_go_to_the_first_address_only(fetcher: Fetcher, site: Site) -> None:
    site.routes |= {"/a": redirect("/b"), "/b": Reply(b"x")}
    assert fetcher.fetch(site.url("/a"), etag='"1"').refusal is None
    assert ["if-none-match" in request.headers for request in site.requests] == [True, False]


@pytest.mark.parametrize("etag", ["", "  ", " x", "\xa0x", "中文"])
def test_a_validator_that_cannot_be_sent_does_not_raise(fetcher: Fetcher, site: Site, etag: str) -> None:
    site.routes["/a"] = Reply(b"x")
    assert fetcher.fetch(site.url("/a"), etag=etag).asked == site.url("/a")


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("99999999999999", LONGEST_WAIT_SECONDS), ("-1", None), ("soon", None), ("", None)]
)
def test_the_wait_a_server_asks_for_is_told(fetcher: Fetcher, site: Site, value: str, seconds: float | None) -> None:
    site.routes["/a"] = Reply(b"later", 429, (("Retry-After", value),))
    assert fetcher.fetch(site.url("/a")).retry_after_seconds == seconds


def test_an_answer_that_is_used_asks_for_no_wait(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(b"x", headers=(*HTML, ("Retry-After", "7")))
    assert fetcher.fetch(site.url("/a")).retry_after_seconds is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        ("Sunday, 01-Mar-26 12:01:00 GMT", 60.0),
        ("Sun Mar  1 12:01:00 2026", 60.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2027 12:00:00 GMT", LONGEST_WAIT_SECONDS),
        ("１２", None),
        ("1.5", None),
        ("Sun, 99 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_a_wait_is_seconds_or_an_http_date(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOON) == seconds


@given(
    st.one_of(
        st.text(), st.integers().map(str), st.datetimes().map(lambda moment: format_datetime(moment.replace(tzinfo=UTC), usegmt=True))
    )
)
def test_no_wait_is_out_of_range(value: str) -> None:
    seconds = retry_after_seconds(value, NOON)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT_SECONDS


@given(st.integers(0, 3599))
def test_a_date_and_its_seconds_mean_the_same_wait(seconds: int) -> None:
    date = format_datetime(NOON + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_seconds(date, NOON) == retry_after_seconds(str(seconds), NOON) == seconds


# --- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_kept(fetcher: Fetcher, site: Site, status: int) -> None:
    site.routes |= {"/a": redirect("b?c#d", status), "/b?c": Reply(b"x")}
    visit = fetcher.fetch(site.url("/a"))
    assert [(hop.url, hop.status) for hop in visit.hops] == [(site.url("/a"), status), (site.url("/b?c"), 200)]
    assert visit.answer is visit.hops[-1]


def test_a_redirect_that_names_no_place_is_the_last_answer(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(b"x", 302)
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), len(visit.hops)) == ("http_302", 1)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/中".encode("gbk").decode("latin-1"), "/%D6%D0"),
        ("/中".encode().decode("latin-1"), "/%E4%B8%AD"),
        ("/a b", "/a%20b"),
        ("/%D6%D0", "/%D6%D0"),
    ],
)
def test_the_bytes_of_a_location_reach_the_server_as_it_meant_them(fetcher: Fetcher, site: Site, location: str, path: str) -> None:
    site.routes |= {"/a": redirect(location), path: Reply(b"x")}
    assert fetcher.fetch(site.url("/a")).refusal is None
    assert site.paths() == ["/a", path]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_redirects_that_lead_back_are_noticed(fetcher: Fetcher, site: Site, length: int) -> None:
    site.routes |= {f"/{number}": redirect(f"/{(number + 1) % length}") for number in range(length)}
    visit = fetcher.fetch(site.url("/0"))
    assert (reason(visit), visit.is_transient, len(visit.hops)) == ("redirect_loop", False, length)


def test_redirects_without_end_are_given_up(fetcher: Fetcher, site: Site) -> None:
    site.routes |= {f"/{number}": redirect(f"/{number + 1}") for number in range(30)}
    visit = fetcher.fetch(site.url("/0"))
    assert (reason(visit), len(visit.hops), len(site.requests)) == ("too_many_redirects", 6, 6)


def test_as_many_redirects_as_allowed_are_followed(fetcher: Fetcher, site: Site) -> None:
    site.routes |= {f"/{number}": redirect(f"/{number + 1}") for number in range(5)} | {"/5": Reply(b"x")}
    assert fetcher.fetch(site.url("/0")).refusal is None


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/", "file:///etc/passwd", "javascript:alert(1)", "http://[::1"])
def test_a_redirect_to_what_is_no_web_address_is_refused(fetcher: Fetcher, site: Site, location: str) -> None:
    site.routes["/a"] = redirect(location)
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), len(visit.hops)) == ("bad_address", 1)


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data/", "http://2852039166/", "https://[::ffff:10.0.0.1]/", "//10.0.0.1/"]
)
def test_a_redirect_to_an_address_that_may_not_be_touched_is_refused(fetcher: Fetcher, site: Site, target: str) -> None:
    site.routes["/a"] = redirect(target)
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), visit.is_transient, len(visit.hops)) == ("blocked_address", False, 1)


def test_every_address_is_checked_before_it_is_asked(fetcher: Fetcher, site: Site) -> None:
    site.routes |= {"/a": redirect("/b"), "/b": Reply(b"x")}
    seen: list[tuple[str, int]] = []
    fetcher.fetch(site.url("/a"), check=lambda url: seen.append((url, len(site.requests))))
    assert seen == [(site.url("/a"), 0), (site.url("/b"), 1)]


def test_what_the_check_refuses_is_not_asked(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = redirect("/private")

    def check(url: str) -> None:
        if "private" in url:
            raise PageError("robots", f"{url}: forbidden")

    visit = fetcher.fetch(site.url("/a"), check=check)
    assert (reason(visit), len(visit.hops), site.paths()) == ("robots", 1, ["/a"])


def test_the_body_of_a_redirect_is_capped_like_any_other() -> None:
    visit = visit_raw(floods(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n", b"x" * 10_000), wire_bytes=50_000)
    assert reason(visit) == "too_large"


# --- limits


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


# --- what goes wrong


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


# --- a line


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
