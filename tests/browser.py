"""A real browser for tests of pages: the system's Chromium, driven by Playwright; nothing is downloaded, nothing but files is opened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DESK, PHONE = 1280, 390
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser, once for as many pages as a test has; the test is skipped where it or its driver is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the driver of Chromium is not installed (healthnews[browser])")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def open_page(browser: Any, path: Path, width: int, scheme: str = "light") -> Any:
    """A page as somebody sees it who has unfolded everything. It may run no script of its own; what measures it may."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    return page


def overflow(page: Any) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def axe_findings(page: Any) -> list[str]:
    """What axe finds, each as its rule and the first element in question."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is a development dependency").Axe()
    found = axe.run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    assert found["passes"], "axe looked"
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary']}" for one in found["violations"]]
