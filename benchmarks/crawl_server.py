"""A site for benchmarks/crawl.py: distinct pages of about 20 KB on many loopback addresses, from one process that does nothing else.

`python benchmarks/crawl_server.py` prints its port; it ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading

HOSTS = 50
PAGE_BYTES = 20_000
_CHARACTERS = "医保账户的钱由本人使用可以支付门诊费用也可以在定点药店买药余额查询很方便参保人员按时缴费享受待遇"
_ROBOTS = b"User-agent: *\nAllow: /\n"


def host(number: int) -> str:
    """A name of the site: every address of 127.0.0.0/8 is this machine."""
    return f"127.0.1.{number + 1}"


def addresses(port: int, pages: int) -> list[str]:
    """Addresses of the pages, the hosts in turn."""
    return [f"http://{host(number % HOSTS)}:{port}/health/news/{number}.html" for number in range(pages)]


def _bodies() -> list[bytes]:
    """Texts of which each page has one, and a number of its own before it."""
    draw = random.Random(7)
    paragraphs = ["".join(draw.choices(_CHARACTERS, k=100)) for _ in range(40)]
    return [("".join(f"<p>{text}</p>" for text in draw.choices(paragraphs, k=64))).encode()[:PAGE_BYTES] for _ in range(64)]


class _Site(asyncio.Protocol):
    bodies = _bodies()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            self.answer(head)

    def answer(self, head: bytes) -> None:
        path = head.split(b" ", 2)[1]
        if path == b"/robots.txt":
            kind, body = b"text/plain", _ROBOTS
        else:
            title = path.rpartition(b"/")[2]
            text = self.bodies[hash(path) % len(self.bodies)]
            kind, body = b"text/html; charset=utf-8", b"<html><head><title>%s</title></head><body>%s</body></html>" % (title, text)
        closes = b"connection: close" in head.lower()
        ending = b"Connection: close\r\n" if closes else b""
        self.transport.write(  # type: ignore[attr-defined]
            b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s" % (kind, len(body), ending, body)
        )
        if closes:
            self.transport.close()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Site, "0.0.0.0", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
