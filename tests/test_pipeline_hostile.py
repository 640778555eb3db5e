"""A crawl of a hostile server ends, says what was wrong with each page, and brings the others."""

import gzip
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from healthnews.crawl import visits
from healthnews.crawl.fetch import Fetcher, Limits
from healthnews.crawl.frontier_hosts import FrontierHosts
from healthnews.pipeline import crawling
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import crawl
from healthnews.pipeline.queries import Dataset, read_status
from tests.answer_site import article, options, pages, path_of
from tests.test_pipeline_discovery import listing
from tests.web import RawServer, Site, drips, floods, resets, sends, stalls

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
Serve = Callable[[socket.socket], None]


def redirects(location: str) -> Serve:
    return sends(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())


def answers(body: bytes) -> Serve:
    return sends(OK + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


HOSTILE: dict[str, tuple[Serve, set[str]]] = {
    "/bomb.html": (answers(b""), {"too_large"}),
    "/endless.html": (floods(OK + b"\r\n", b"x" * 100_000, 20_000_000), {"too_large"}),
    "/slow-head.html": (drips(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 3), {"deadline"}),
    "/slow-body.html": (drips(OK + b"\r\n", b"x", 3), {"deadline"}),
    "/silent.html": (stalls, {"timeout"}),
    "/loop.html": (redirects("/loop.html"), {"redirect_loop"}),
    "/metadata.html": (redirects("http://169.254.169.254/latest/"), {"other_site"}),
    "/private.html": (redirects("http://10.0.0.1/"), {"other_site"}),
    "/integer.html": (redirects("http://167772161/"), {"other_site"}),
    "/mapped.html": (redirects("http://[::ffff:10.0.0.1]/"), {"other_site"}),
    "/file.html": (redirects("file:///etc/passwd"), {"bad_address"}),
    "/short.html": (sends(OK + b"Content-Length: 500\r\n\r\nx"), {"incomplete"}),
    "/header.html": (sends(OK + b"X-A: " + b"x" * 1_000_000 + b"\r\n\r\n"), {"bad_http"}),
    "/headers.html": (sends(OK + b"X-A: b\r\n" * 100_000 + b"\r\n"), {"bad_http"}),
    "/chunks.html": (sends(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"), {"incomplete", "bad_http"}),
    "/reset.html": (resets, {"connection"}),
    "/binary.html": (answers(bytes(range(256)) * 50), {"binary", "bad_encoding"}),
    "/deep.html": (answers(b"<div>" * 50_000), {"too_deep", "truncated", "not_an_article"}),
}  # fmt: skip
BOMB = gzip.compress(bytes(30_000_000), 9)


class HostileServer(RawServer):
    """Does to each path what the table says; other paths are answered as a site would."""

    def __init__(self, routes: dict[str, Serve]) -> None:
        super().__init__(stalls)
        self.routes = routes

    def _handle(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(5)
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            path = head.split(b" ")[1].decode()
            self.routes.get(path, sends(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))(connection)


def test_each_trick_of_a_hostile_server_is_bounded_recorded_and_the_rest_is_done(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(total_seconds=1.0, read_seconds=0.5)
    monkeypatch.setattr(crawling, "Fetcher", partial(Fetcher, limits=limits))
    monkeypatch.setattr(visits, "MAX_ATTEMPTS", 1)
    monkeypatch.setattr(FrontierHosts, "count_failure", lambda *_: 0)  # that silent hosts are left alone is another test
    routes = {path: serve for path, (serve, _) in HOSTILE.items()}
    bomb = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
    routes["/bomb.html"] = sends(bomb + BOMB)
    good = [f"/{n}.html" for n in range(3)]
    routes |= {path: answers(article(f"第{path[1:-5]}号问题").body) for path in good}
    with HostileServer(routes) as server:
        summary = crawl(folder, options(*(server.url(path) for path in (*HOSTILE, *good))), with_analysis=False)
    reasons = {path_of(failure.url): failure.reason for failure in summary.failures}
    assert {path: reason for path, reason in reasons.items() if reason not in HOSTILE[path][1]} == {}
    assert set(reasons) == set(HOSTILE)
    parsed = {path_of(row.url) for row in Dataset(folder).rows("captures") if row.outcome == "parsed"}
    assert parsed - {"/robots.txt"} == set(good)


def test_a_page_of_ten_thousand_links_costs_no_more_than_the_budget(folder: DataFolder) -> None:
    with Site({"/": listing(*(f"/n{n}.html" for n in range(10_000)))}) as site:
        summary = crawl(folder, options(site.url("/"), budget=3), with_analysis=False)
        assert len(site.paths()) == 4, "robots.txt and the budget"
        assert read_status(folder).frontier[site.host, "due"] == 9_998
    assert summary.discovered == 10_000


def test_a_name_that_leads_elsewhere_the_second_time_reaches_nothing_there(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the answer that was checked is the one that is connected to; every later answer is checked anew."""
    lookups: list[str] = []
    resolve = socket.getaddrinfo

    def rebinding(host: str, *rest: Any, **named: Any) -> Any:
        if host != "rebinding.example":
            return resolve(host, *rest, **named)
        lookups.append("169.254.169.254" if len(lookups) % 2 else "127.0.0.1")
        return resolve(lookups[-1], *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with Site(pages(5)) as site:
        urls = [f"http://rebinding.example:{site.port}/{n}.html" for n in range(5)]
        summary = crawl(folder, options(*urls, delay_seconds=0.01), with_analysis=False)
        asked = [path for path in site.paths() if path != "/robots.txt"]
    refused = {path_of(failure.url) for failure in summary.failures if failure.reason == "blocked_address"}
    assert summary.start_failures == {"blocked_address"}
    assert len(asked) + len(refused) == 5
    assert set(asked).isdisjoint(refused)
    assert lookups.count("127.0.0.1") == len(site.requests), "one lookup for each connection: what is checked is what is used"
    assert lookups.count("169.254.169.254") == len(refused) >= 2


def test_a_robots_txt_of_50_megabytes_is_read_as_far_as_it_goes_and_heeded(folder: DataFolder) -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nUser-agent: *\nDisallow: /1.html\n")
        for _ in range(500):
            connection.sendall(b"Disallow: /none\n" * 6_250)
            sent += 100_000

    routes: dict[str, Serve] = {f"/{n}.html": answers(article(f"第{n}号问题").body) for n in range(3)}
    with HostileServer({**routes, "/robots.txt": flood}) as server:
        summary = crawl(folder, options(*(server.url(path) for path in routes)), with_analysis=False)
    assert {path_of(failure.url): failure.reason for failure in summary.failures} == {"/1.html": "robots"}
    assert summary.parsed == 2
    assert sent < 30_000_000, "no more was taken than 10 MB, and what lies in the buffers of the system"
