"""Which parser reads a page: by media type, then by host, else the generic one."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Protocol, cast

from healthnews.errors import ParseError
from healthnews.extract.keywords import keywords
from healthnews.extract.listing import NAME as LISTING
from healthnews.extract.listing import VERSION as LISTING_VERSION
from healthnews.extract.listing import Listing, find_listing, is_robots, robots_listing
from healthnews.extract.page import Page
from healthnews.records import Article, RawPage

# Found by name, at run time: no import of the core points at a parser.
_PACKAGE = "healthnews.parsers"
PAGE_JSON = "application/vnd.healthnews.page+json"
"""Media type of one page JSON object."""
_BY_TYPE = MappingProxyType({PAGE_JSON: "page_json", "text/plain": "text_dump"})
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml", "application/xml", "text/xml", ""))
_GENERIC = "generic"


class Parser(Protocol):
    """What a parser module offers; a site parser also has `HOSTS`, the hosts it reads, in lower case."""

    VERSION: str

    def parse(self, page: Page) -> Article:
        """The Article of a page."""


@cache
def find_parsers() -> Mapping[str, Parser]:
    """Every parser module by its name, in alphabetical order."""
    package = importlib.import_module(_PACKAGE)
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))
    return MappingProxyType({name: cast(Parser, importlib.import_module(f"{_PACKAGE}.{name}")) for name in names})


@cache
def _parsers_by_host() -> Mapping[str, str]:
    hosts: dict[str, str] = {}
    for name, parser in find_parsers().items():
        for host in getattr(parser, "HOSTS", ()):
            if other := hosts.get(host):
                raise ValueError(f"The parsers {other} and {name} both claim the host {host}.")
            hosts[host] = name
    return MappingProxyType(hosts)


def parser_versions() -> dict[str, str]:
    """Version of every parser by name, for the manifest of a release."""
    return {name: parser.VERSION for name, parser in find_parsers().items()} | {LISTING: LISTING_VERSION}


def choose_parser(page: Page) -> str:
    """Name of the parser module for a page.

    Raises:
        ParseError: `unknown_type`: no parser reads the media type.
    """
    if name := _BY_TYPE.get(page.content_type):
        return name
    if page.content_type not in _HTML_TYPES:
        raise ParseError(f"{page.url}: no parser reads {page.content_type!r}, expected HTML, plain text or page JSON.", "unknown_type")
    return _parsers_by_host().get(page.host or "", _GENERIC)


def parse_page(raw: RawPage) -> Article:
    """The Article of an archived page.

    Raises:
        PageError: The bytes are no text: `empty`, `binary`, `bad_encoding`, `truncated`.
        ParseError: The text is no article, or not what its parser must find.
    """
    return _parse(Page(raw))


def _parse(page: Page) -> Article:
    name = choose_parser(page)
    if name == _GENERIC and (found := find_listing(page)):
        raise ParseError(f"{page.url}: found a list of {len(found.links)} links, expected an article.")
    article = find_parsers()[name].parse(page)
    return replace(article, keywords=keywords(article.title, article.body or ""))


def read_page(raw: RawPage) -> Article | Listing:
    """What a page of the web holds: an article, or addresses of others.

    A site's own parser is asked first: it knows its articles, however short.

    Raises:
        PageError: As for `parse_page`.
    """
    if is_robots(raw.url):
        return robots_listing(raw)
    page = Page(raw)
    try:
        return _parse(page)
    except ParseError as error:
        if error.reason in ("not_an_article", "unknown_type") and (found := find_listing(page)):
            return found
        raise
