"""A system Chromium that renders pages whose answer is not in their HTML; it has no network but ours.

Whatever a page asks for while it is rendered goes through the fetcher: guard, robots.txt and caps hold for it as for any request.
A page has so many seconds; Chromium is killed when they are over, for a script that never ends answers to nothing else.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from healthnews.crawl.fetch import Fetcher
from healthnews.crawl.responses import MAX_BODY_BYTES, HttpResponse
from healthnews.errors import PageError, UsageError

RENDERED = "X-Healthnews-Rendered"
"""Header of an archived answer that a browser has rendered, with the browser's name and version."""
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WANTED = frozenset(("document", "script", "xhr", "fetch", "stylesheet"))
_SHARED = frozenset(("script", "stylesheet"))
_MOST_KEPT, _KEPT_BYTES = 100, 1_000_000
_MOST_REQUESTS = 60
_PAGE_SECONDS = 60.0
"""A page's scripts, and what they ask for, have so long."""
_KILLED_AFTER_SECONDS = 5.0
"""So long after that, for Chromium to give up by itself."""
_DROPPED = frozenset(("content-encoding", "content-length", "transfer-encoding", "set-cookie", "content-security-policy", "connection"))
# What slips past the routes ends here: no name resolves, the proxy is none, and WebRTC, which knows no routes, may use nothing else.
# The policy has two spellings: one of the whole browser, one of its headless shell.
_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


def find_chromium() -> str | None:
    """Path of the system's browser; None when there is none."""
    return next((path for name in _PROGRAMS if (path := shutil.which(name))), None)


class Browser:
    """A browser for one thread, open while its block is.

    Args:
        fetcher: Fetches what pages ask for.
        check: Called with each address before it is asked and the seconds that are left for it; it waits for the turn of its host.
            A PageError of it refuses that address.
        user_agent: As the fetcher's.
        kept: Scripts and style sheets by address, which pages share: what is in it is not asked for, what is asked for is put in.

    Raises:
        UsageError: There is no Chromium, or Playwright is not installed.
    """

    def __init__(self, fetcher: Fetcher, check: Callable[[str, float], None], user_agent: str, kept: dict[str, HttpResponse]) -> None:
        self._fetcher = fetcher
        self._check = check
        self._kept = kept
        self._user_agent = user_agent
        path = find_chromium()
        if path is None:
            raise UsageError("no Chromium on this system, expected one of " + ", ".join(_PROGRAMS))
        self._path = path

    def __enter__(self) -> Self:
        try:
            from playwright.sync_api import sync_playwright
        except ModuleNotFoundError as error:
            raise UsageError("rendering needs Playwright; install it with: pip install 'healthnews[browser]'") from error
        self._driver = sync_playwright().start()
        try:
            self._launch()
        except BaseException:
            self._driver.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        from playwright.sync_api import Error

        with suppress(Error):
            self._chromium.close()
        self._driver.stop()

    def _launch(self) -> None:
        arguments = [*_ARGUMENTS, *(("--no-sandbox",) if os.geteuid() == 0 else ())]
        self._chromium = self._driver.chromium.launch(executable_path=self._path, args=arguments)
        processes = self._chromium.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        self._process_id = next(int(process["id"]) for process in processes if process["type"] == "browser")
        self._is_killed = False

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Kill Chromium when the block takes longer than a page may: some calls of Playwright wait for a page without end."""
        timer = threading.Timer(_PAGE_SECONDS + _KILLED_AFTER_SECONDS, self._kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _kill(self) -> None:
        self._is_killed = True
        with suppress(ProcessLookupError):
            os.kill(self._process_id, signal.SIGKILL)

    def render(self, answer: HttpResponse) -> HttpResponse:
        """The page as it stands when its scripts are done, under the moment of its fetch; the answer itself is not asked for again.

        Raises:
            PageError: `rendering` when the browser gives up, `too_large`.
        """
        from playwright.sync_api import Error

        try:
            if self._is_killed or not self._chromium.is_connected():
                self._launch()
            with self._watched():
                content = self._content(answer).encode("utf-8", "replace")
        except Error as error:
            raise PageError("rendering", f"{answer.url}: the browser gave up: {str(error).splitlines()[0]}") from error
        if len(content) > MAX_BODY_BYTES:
            raise PageError("too_large", f"{answer.url}: larger than {MAX_BODY_BYTES:,} bytes when rendered")
        headers = (("Content-Type", "text/html; charset=utf-8"), (RENDERED, f"Chromium {self._chromium.version}"))
        return replace(answer, headers=headers, wire=content)

    def _content(self, answer: HttpResponse) -> str:
        """HTML of the page when its scripts are done."""
        from playwright.sync_api import Error

        left, ends_at = _MOST_REQUESTS, time.monotonic() + _PAGE_SECONDS

        def serve(route: Any) -> None:
            nonlocal left
            left -= 1
            with suppress(Error):  # the page, or Chromium, is gone
                self._serve(route, answer, ends_at if left >= 0 else 0.0)

        context = self._chromium.new_context(user_agent=self._user_agent, service_workers="block", accept_downloads=False, locale="zh-CN")
        try:
            page = context.new_page()
            page.route("**/*", serve)
            page.goto(answer.url, wait_until="networkidle", timeout=_PAGE_SECONDS * 1000)
            return str(page.content())
        finally:
            with suppress(Error):
                context.close()

    def _serve(self, route: Any, answer: HttpResponse, ends_at: float) -> None:
        """Answer one request of the page; none is made for it after a moment of the monotonic clock."""
        seconds = ends_at - time.monotonic()
        request = route.request
        if request.url == answer.url and request.is_navigation_request():
            found: HttpResponse | None = answer
        elif seconds <= 0 or request.method != "GET" or request.resource_type not in _WANTED:
            found = None
        else:
            found = self._fetch(request.url, ends_at, is_shared=request.resource_type in _SHARED)
        try:
            body = found.body() if found is not None else None
        except PageError:
            body = None
        if found is None or body is None:
            route.abort()
            return
        headers = {name: value for name, value in found.headers if name.lower() not in _DROPPED}
        route.fulfill(status=found.status, headers=headers, body=body)

    def _fetch(self, url: str, ends_at: float, *, is_shared: bool) -> HttpResponse | None:
        """The answer of an address; None when there is none in time."""
        if (kept := self._kept.get(url)) is not None:
            return kept
        fetcher = self._fetcher.within(ends_at - time.monotonic())
        found = fetcher.fetch(url, check=lambda address: self._check(address, ends_at - time.monotonic()), accept=lambda _: True).answer
        if is_shared and found is not None and len(found.wire) <= _KEPT_BYTES and len(self._kept) < _MOST_KEPT:
            self._kept[url] = found
        return found
