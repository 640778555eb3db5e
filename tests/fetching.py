"""A fetcher for servers on loopback, and what came of a visit."""

import socket
from collections.abc import Callable
from typing import Any

from healthnews.crawl.fetch import Fetcher, Limits, Visit
from healthnews.crawl.guard import Guard
from tests.web import LOOPBACK, RawServer

AGENT = "healthnews/0.1 (+https://example.org/contact)"
HTML = (("Content-Type", "text/html"),)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def make_fetcher(**limits: Any) -> Fetcher:
    return Fetcher(Guard(LOOPBACK), AGENT, Limits(**{"total_seconds": 20.0, "connect_seconds": 5.0, "read_seconds": 10.0, **limits}))


def reason(visit: Visit) -> str | None:
    return visit.refusal.reason if visit.refusal else None


def visit_raw(serve: Callable[[socket.socket], None], **limits: Any) -> Visit:
    fetcher = make_fetcher(**limits)
    with RawServer(serve) as server:
        return fetcher.fetch(server.url("/a"))
