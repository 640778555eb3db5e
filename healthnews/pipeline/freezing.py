"""Frozen pages: a page's own bytes in tests/pages/<host>/<name>.html, and in <name>.meta where and when they were served."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from healthnews.crawl.fetch import Fetcher
from healthnews.crawl.guard import Guard
from healthnews.crawl.robots import Robots
from healthnews.crawl.sources import SourceFailure, read_file
from healthnews.errors import PageError, UsageError, cannot_write
from healthnews.extract.page import Page
from healthnews.pipeline.crawl_options import CrawlOptions
from healthnews.records import RawPage

PAGES = Path("tests", "pages")
"""Where frozen pages lie in a source checkout."""
PARSERS = Path("parsers")
"""Where parser modules lie in it."""
_CHECKOUT_MARK = PARSERS / "generic.py"
_MAX_NAME = 60
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_ODD = re.compile(r"[^A-Za-z0-9]+")
_EXTENSION = re.compile(r"\.(?:s?html?|xhtml|php|aspx?|jsp|do)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FrozenPage:
    """A frozen page and the file that it lies in.

    Attributes:
        path: The file with its bytes; `.meta` and `.json` lie beside it.
        is_new: It was not there before.
    """

    path: Path
    raw: RawPage
    is_new: bool = False

    @property
    def meta(self) -> Path:
        """The file that tells address, media type and moment of the capture."""
        return self.path.with_suffix(".meta")


def folder_in_checkout(inside: Path, flag: str) -> Path:
    """A folder of the source checkout that the working directory is in.

    Raises:
        UsageError: It is in none: the folder has to be named.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / _CHECKOUT_MARK).is_file():
            # Shown and stored as people write it, where that is possible.
            return inside if folder == here else folder / inside
    raise UsageError(f"{here} is not in a source checkout of healthnews; go to one, or name the folder for {inside} with {flag} DIR")


def fetch_page(url: str, options: CrawlOptions) -> RawPage:
    """A page of the web, asked for as a crawl asks: robots.txt first, a delay between two requests, redirects followed.

    Raises:
        PageError: It could not be had; `reason` says why, as in the `failures` table.
        UsageError: The address is no web address.
    """
    if not url.startswith(("http://", "https://")) or not urlsplit(url).hostname:
        raise UsageError(f"{url!r} is no web address; expected http://… or https://…")
    fetcher = Fetcher(Guard(options.allow_addresses), options.user_agent)
    robots = Robots(fetcher, options.user_agent)

    def ask_robots(address: str) -> None:
        rules = robots.rules_for(address)
        rules.check(address)
        time.sleep(max(options.delay_of(urlsplit(address).netloc), rules.delay_seconds or 0.0))

    visit = fetcher.fetch(url, check=ask_robots)
    if visit.answer is None:
        raise visit.refusal or PageError("no_answer", f"{url}: the server gave no answer")
    answer = visit.answer
    content_type = answer.header("content-type") or "text/html"
    return RawPage(url=answer.url, content_type=content_type, payload=answer.body(), fetched_at=answer.fetched_at)


def read_local_page(path: Path, url: str | None) -> RawPage:
    """A page from a file, captured when the file was last written.

    Args:
        path: An HTML file, also with .gz.
        url: Its address; None to take the one that the page itself names.

    Raises:
        UsageError: There is no such file, or it is no HTML file, or nothing says where the page is from.
        PageError: The bytes are no text.
    """
    for item in read_file(path.name, path, BytesIO()):
        if isinstance(item, SourceFailure):
            raise UsageError(item.detail)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
        raw = RawPage(url=url or item.url, content_type=item.content_type, payload=item.payload, fetched_at=written)
        address = Page(raw).address
        if address is None:
            raise UsageError(f"{path}: the page does not say where it is from; give its address with --url")
        return replace(raw, url=address)
    raise UsageError(f"{path}: empty")


def freeze(raw: RawPage, folder: Path, name: str | None = None) -> FrozenPage:
    """Save a page with its bytes as they are; one that is there already with the same bytes is left as it is.

    Args:
        raw: The page, with a web address.
        folder: Folder of all frozen pages; the page's host is a folder in it.
        name: Name of the files; made of the address when None.

    Raises:
        UsageError: The name cannot be one, or other bytes lie under it, or nobody can write there.
        PageError: The bytes are no text.
    """
    name = name_of(raw.url) if name is None else name
    if not _NAME.fullmatch(name) or name.endswith((".html", ".meta", ".json")):
        raise UsageError(f"--name {name!r}: expected letters, digits, - and _, without an ending")
    page = Page(raw)
    if page.content_type not in ("text/html", "application/xhtml+xml", ""):
        raise PageError("unsupported_type", f"{raw.url}: served as {page.content_type}, expected an HTML page")
    path = folder / (urlsplit(raw.url).hostname or "") / f"{name}.html"
    if path.exists():
        if path.read_bytes() != raw.payload:
            raise UsageError(f"{path} holds another page; choose another --name, or delete it with its .meta and .json")
        return FrozenPage(path, read_frozen(path).raw if path.with_suffix(".meta").exists() else raw)
    meta = {"url": raw.url, "content_type": raw.content_type, "fetched_at": raw.fetched_at.isoformat()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".meta").write_text(json.dumps(meta, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        path.write_bytes(raw.payload)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return FrozenPage(path, raw, is_new=True)


def name_of(url: str) -> str:
    """A file name for an address: the last part of its path and its query, in letters and digits."""
    parts = urlsplit(url)
    last = _EXTENSION.sub("", parts.path.rstrip("/").rpartition("/")[2])
    words = _ODD.sub("-", f"{last}-{parts.query}" if parts.query else last).strip("-")
    return words[:_MAX_NAME].strip("-") or "page"


def read_frozen(path: Path) -> FrozenPage:
    """A frozen page as it was captured.

    Raises:
        UsageError: Its `.meta` file is missing or does not say what it must.
    """
    meta = path.with_suffix(".meta")
    try:
        told: dict[str, Any] = json.loads(meta.read_text(encoding="utf-8"))
        fetched_at = datetime.fromisoformat(told["fetched_at"])
        if fetched_at.tzinfo is None:
            raise ValueError("fetched_at has no time zone")
        raw = RawPage(url=told["url"], content_type=told["content_type"], payload=path.read_bytes(), fetched_at=fetched_at)
    except FileNotFoundError as error:
        raise UsageError(f"{error.filename}: no such file; `healthnews freeze` writes a page with its .meta") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f'{meta}: {error}; expected {{"url", "content_type", "fetched_at"}} as JSON, the moment with its zone') from error
    return FrozenPage(path, raw)


def frozen_pages(folder: Path, host: str | None = None) -> list[FrozenPage]:
    """The frozen pages of a folder, or of one host in it, in the order of their names."""
    return [read_frozen(path) for path in sorted((folder / host if host else folder).rglob("*.html"))]
