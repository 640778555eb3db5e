"""Pages that are no article but lead to articles: home and list pages, sitemaps, feeds, robots.txt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from healthnews.errors import PageError, ParseError
from healthnews.extract.blocks import Block, Flat
from healthnews.extract.body_lines import ENDS_SENTENCE
from healthnews.extract.boilerplate import is_boilerplate_line, is_related_heading, mark_boilerplate
from healthnews.extract.feeds import read_xml_list
from healthnews.extract.page import Page, absolute_url
from healthnews.records import RawPage

NAME = "listing"
"""What the captures table says of a page read here, in the place of a parser."""
VERSION = "2026.11"

_MIN_ENTRIES = 5
_MIN_TITLE = 6
"""Shorter anchors are names of columns and buttons: 首页, 更多, 医保."""
_REACH = 3
"""Blocks behind a linked title that still belong to it: snippet, tag, date."""
_MAX_SNIPPET = 220
_MAX_FREE_TEXT = 100
"""Characters of running text that belong to no entry; a list page has an introduction at most."""
_MIN_ANSWER = 15
"""Characters of whole sentences over a related block that make the page an answer, however short."""
_HEADINGS = frozenset(("h1", "h2", "h3"))
_MAX_LINKS = 50_000
"""As many as the sitemap protocol allows in one file (sitemaps.org)."""
_NO_PAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|ico|pdf|docx?|xlsx?|pptx?|zip|rar|apk|exe|mp[34]|css|js)(?:[?#]|$)", re.IGNORECASE)
_SITEMAP_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_ADDRESS_LINE = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)
_TEXT_TYPES = frozenset(("text/plain", "application/gzip", "application/x-gzip", "application/octet-stream"))
_ROBOTS_PATH = "/robots.txt"


@dataclass(frozen=True, slots=True)
class Listing:
    """Addresses that a page leads to, absolute, each once, in the order of the page; those of other hosts too.

    Attributes:
        problem: What is wrong with the page though its addresses can be used: `bad_sitemap`, `cut_listing`.
        modified: When some of the addresses changed, as a sitemap (lastmod) or a feed (updated) says: good for asking again, and no
            date of publication.
        is_index: The addresses are those of sitemaps.
    """

    links: tuple[str, ...]
    problem: ParseError | None = None
    modified: Mapping[str, datetime] = field(default_factory=dict)
    is_index: bool = False


def find_listing(page: Page) -> Listing | None:
    """The page as a list of addresses; None when it is something else.

    An HTML page is one when it has several linked titles and hardly any text that does not stand right behind one of them;
    what a short answer recommends does not make it one. Its links are the next page, feeds, the titles, then every other link.
    """
    if (found := _xml_listing(page)) is not None:
        return found
    return _html_listing(page) if page.content_type in ("text/html", "application/xhtml+xml", "") else None


def text_listing(page: Page) -> Listing | None:
    """The page as a sitemap of plain text, a web address a line and nothing else (sitemaps.org); None when it is something else."""
    lines = page.text.split("\n") if page.content_type in _TEXT_TYPES else []
    if not any(map(str.strip, lines)) or not all(_ADDRESS_LINE.fullmatch(line) for line in lines if line.strip()):
        return None
    return _listing(page, map(str.strip, lines))


def is_robots(url: str) -> bool:
    """Whether it is the address of a site's robots.txt."""
    return url.startswith(("http://", "https://")) and urlsplit(url).path == _ROBOTS_PATH


def robots_listing(raw: RawPage) -> Listing:
    """The sitemaps that a robots.txt names; none when it is empty or no text: it is no page that could fail."""
    try:
        page = Page(raw)
    except PageError:
        return Listing(())
    return _listing(page, _SITEMAP_LINE.findall(page.text))


def _listing(page: Page, addresses: Iterable[str], problem: ParseError | None = None) -> Listing:
    absolute = (page.absolute(address) for address in dict.fromkeys(addresses))
    links = tuple(dict.fromkeys(address for address in absolute if address))
    if len(links) > _MAX_LINKS:
        problem = ParseError(f"{page.url}: {len(links):,} addresses, expected at most {_MAX_LINKS:,}: the rest is left out.", "cut_listing")
    return Listing(links[:_MAX_LINKS], problem)


def _xml_listing(page: Page) -> Listing | None:
    """A sitemap, a sitemap index or a feed; None for anything else."""
    found = read_xml_list(page.text, page.address or page.url)
    if found is None:
        return None
    problem = ParseError(f"{page.url}: not well-formed XML: {found.fault}.", "bad_sitemap") if found.fault is not None else None
    absolute = [page.absolute(entry.href if entry.base is None else absolute_url(entry.base, entry.href)) for entry in found.entries]
    moments = {url: entry.modified for url, entry in zip(absolute, found.entries, strict=True) if url and entry.modified is not None}
    return replace(_listing(page, (url for url in absolute if url), problem), modified=moments, is_index=found.is_index)


def _html_listing(page: Page) -> Listing | None:
    try:
        flat = page.flat
    except ParseError:
        return None
    # The quick tests first: a page with running text is no list, whatever else is on it.
    if _has_paragraph(flat, page.furniture) or _has_running_text(flat, page.furniture):
        return None
    titles = [i for i, block in enumerate(flat.blocks) if _is_linked_title(block)]
    if not titles:
        return None
    furniture = mark_boilerplate(flat)
    end = _end_of_answer(flat, furniture, set(titles))
    own = list(dict.fromkeys(href for i in titles if i < end and not furniture[i] for href in _title_addresses(flat.blocks[i])))
    if len(own) < _MIN_ENTRIES:
        return None
    following = _hrefs(page, "a[rel~=next], link[rel~=next], link[rel~=alternate][type$='+xml']")
    # The columns of the site come last: a home page may name nothing else.
    return _listing(page, [*following, *own, *_hrefs(page, "a")])


def _hrefs(page: Page, selector: str) -> list[str]:
    hrefs = (node.attributes.get("href") for node in page.dom.css(selector))
    return [href for href in hrefs if href and not _NO_PAGE.search(href)]


def _is_linked_title(block: Block) -> bool:
    # Most lines of links are words of a menu, too short for a title: their parts are never made.
    return 2 * block.link_characters > len(block.text) >= _MIN_TITLE and bool(_title_addresses(block))


def _title_addresses(block: Block) -> list[str]:
    """Addresses of the titles in a line; a list that is laid out by style alone is one line of many."""
    return [part.href for part in block.parts if part.href and len(part.text.strip()) >= _MIN_TITLE]


def _end_of_answer(flat: Flat, furniture: list[bool], titles: set[int]) -> int:
    """Index of the heading over what an answer recommends; the end of the page when no answer stands before such a heading."""
    free = 0
    for index, block in enumerate(flat.blocks):
        if free >= _MIN_ANSWER and is_related_heading(block.text):
            return index
        if index not in titles and not furniture[index] and block.tag not in _HEADINGS and ENDS_SENTENCE.search(block.text):
            free += len(block.text) - block.link_characters
    return len(flat.blocks)


def _has_paragraph(flat: Flat, furniture: list[bool]) -> bool:
    """Whether one line alone is running text as `_has_running_text` counts it, whatever stands around it; nearly every article has one."""
    return any(
        len(block.text) > _MAX_SNIPPET
        and 2 * block.link_characters <= len(block.text)
        and len(block.text) - block.link_characters > _MAX_FREE_TEXT
        and block.tag != "h1"
        and not furniture[index]
        for index, block in enumerate(flat.blocks)
    )


def _has_running_text(flat: Flat, furniture: list[bool]) -> bool:
    """Whether there is much text that is neither a link, nor furniture, nor the few lines behind a linked title."""
    free, reached = 0, -1
    for index, block in enumerate(flat.blocks):
        if _is_linked_title(block):
            reached = index + _REACH
        elif furniture[index] or is_boilerplate_line(block.text) or block.tag == "h1":
            continue
        elif index > reached or len(block.text) > _MAX_SNIPPET:
            free += len(block.text) - block.link_characters
            if free > _MAX_FREE_TEXT:
                return True
    return False
