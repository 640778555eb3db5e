"""A system Chromium that renders pages whose answer is not in their HTML; it has no network but ours.

Whatever a page asks for while it is rendered goes through the fetcher: guard, robots.txt and caps hold for it as for any request.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
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
_MOST_REQUESTS = 60
_RENDER_MILLISECONDS = 30_000
_DROPPED = frozenset(("content-encoding", "content-length", "transfer-encoding", "set-cookie", "content-security-policy", "connection"))
# No name resolves: what slips past the routes ends there.
_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
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
        check: Called with each address before it is asked; a PageError of it refuses that address.
        user_agent: As the fetcher's.

    Raises:
        UsageError: There is no Chromium, or Playwright is not installed.
    """

    def __init__(self, fetcher: Fetcher, check: Callable[[str], None], user_agent: str) -> None:
        self._fetcher = fetcher
        self._check = check
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
        arguments = [*_ARGUMENTS, *(("--no-sandbox",) if os.geteuid() == 0 else ())]
        try:
            self._chromium = self._driver.chromium.launch(executable_path=self._path, args=arguments)
        except BaseException:
            self._driver.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._chromium.close()
        self._driver.stop()

    def render(self, answer: HttpResponse) -> HttpResponse:
        """The page as it stands when its scripts are done, under the moment of its fetch; the answer itself is not asked for again.

        Raises:
            PageError: `rendering` when the browser gives up, `too_large`.
        """
        from playwright.sync_api import Error

        left = _MOST_REQUESTS

        def serve(route: Any) -> None:
            nonlocal left
            left -= 1
            self._serve(route, answer, is_refused=left < 0)

        context = self._chromium.new_context(user_agent=self._user_agent, service_workers="block", accept_downloads=False, locale="zh-CN")
        try:
            page = context.new_page()
            page.route("**/*", serve)
            page.goto(answer.url, wait_until="networkidle", timeout=_RENDER_MILLISECONDS)
            content = page.content().encode("utf-8", "replace")
        except Error as error:
            raise PageError("rendering", f"{answer.url}: the browser gave up: {str(error).splitlines()[0]}") from error
        finally:
            context.close()
        if len(content) > MAX_BODY_BYTES:
            raise PageError("too_large", f"{answer.url}: larger than {MAX_BODY_BYTES:,} bytes when rendered")
        headers = (("Content-Type", "text/html; charset=utf-8"), (RENDERED, f"Chromium {self._chromium.version}"))
        return replace(answer, headers=headers, wire=content)

    def _serve(self, route: Any, answer: HttpResponse, *, is_refused: bool) -> None:
        """Answer one request of the page."""
        request = route.request
        if request.url == answer.url and request.is_navigation_request():
            found: HttpResponse | None = answer
        elif is_refused or request.method != "GET" or request.resource_type not in _WANTED:
            found = None
        else:
            found = self._fetcher.fetch(request.url, check=self._check, accept=lambda media_type: True).answer
        try:
            body = found.body() if found is not None else None
        except PageError:
            body = None
        if found is None or body is None:
            route.abort()
            return
        headers = {name: value for name, value in found.headers if name.lower() not in _DROPPED}
        route.fulfill(status=found.status, headers=headers, body=body)
