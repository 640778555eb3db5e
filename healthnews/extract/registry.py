"""Which parser reads a page: by media type, then as the settings say, then by host, else the generic one."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import cast
from urllib.parse import urlsplit

from healthnews.errors import HealthnewsError, ParseError
from healthnews.extract.ai_label import read_ai_metadata
from healthnews.extract.forwarding import find_forward
from healthnews.extract.keywords import keywords
from healthnews.extract.listing import NAME as LISTING
from healthnews.extract.listing import VERSION as LISTING_VERSION
from healthnews.extract.listing import Listing, find_listing, is_robots, robots_listing, text_listing
from healthnews.extract.page import Page
from healthnews.extract.pager import find_part
from healthnews.extract.parser import Parser, check_parser, version_of
from healthnews.extract.rendering import REASON as RENDERING
from healthnews.extract.rendering import needs_rendering
from healthnews.records import Article, RawPage

# Found by name, at run time: no import of the core points at a parser.
_PACKAGE = "healthnews.parsers"
PAGE_JSON = "application/vnd.healthnews.page+json"
"""Media type of one page JSON object."""
_BY_TYPE = MappingProxyType({PAGE_JSON: "page_json", "text/plain": "text_dump"})
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml", "application/xml", "text/xml", ""))
GENERIC = "generic"
"""Name of the parser that reads pages of every host."""
_MAX_NOTE = 60
"""Characters of a text that only says where its page forwards to: 页面正在跳转,如果没有跳转请点击这里."""
NO_ASSIGNMENTS: Mapping[str, str] = MappingProxyType({})
"""No site has its parser from the settings."""


@cache
def find_parsers() -> Mapping[str, Parser]:
    """Every parser module by its name, in alphabetical order; modules whose names begin with _ are none.

    Raises:
        HealthnewsError: A module cannot be imported or is no parser.
    """
    package = importlib.import_module(_PACKAGE)
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))
    return MappingProxyType({name: _import_parser(name) for name in names})


def _import_parser(name: str) -> Parser:
    try:
        parser = cast(Parser, importlib.import_module(f"{_PACKAGE}.{name}"))
    except (ImportError, SyntaxError) as error:
        raise HealthnewsError(f"parsers/{name}.py cannot be imported: {type(error).__name__}: {error}") from error
    check_parser(name, parser)
    return parser


@cache
def parsers_by_host() -> Mapping[str, str]:
    """Name of the site parser of each host.

    Raises:
        HealthnewsError: Two parsers claim a host.
    """
    hosts: dict[str, str] = {}
    for name, parser in find_parsers().items():
        for host in getattr(parser, "HOSTS", ()):
            if other := hosts.get(host):
                raise HealthnewsError(f"The parsers {other} and {name} both claim the host {host}; take it out of the HOSTS of one.")
            hosts[host] = name
    return MappingProxyType(hosts)


def assignable_parsers() -> list[str]:
    """Names of the parsers of HTML pages: those that the settings may give to a site."""
    return [name for name in find_parsers() if name not in _BY_TYPE.values()]


def parser_versions() -> dict[str, str]:
    """Version of every parser by name, for the manifest of a release; that of a changed site is the one for its pages of today."""
    return {name: parser.VERSION for name, parser in find_parsers().items()} | {LISTING: LISTING_VERSION}


def choose_parser(page: Page, assigned: Mapping[str, str] = NO_ASSIGNMENTS) -> str:
    """Name of the parser module for a page.

    Args:
        page: The page.
        assigned: Parser by host, or by host and port, where the settings name one: it goes before `HOSTS`.

    Raises:
        ParseError: `unknown_type`: no parser reads the media type.
    """
    if name := _BY_TYPE.get(page.content_type):
        return name
    if page.content_type not in _HTML_TYPES:
        raise ParseError(f"{page.url}: no parser reads {page.content_type!r}, expected HTML, plain text or page JSON.", "unknown_type")
    host = page.host
    if host is None:
        return GENERIC
    if assigned:
        served_by = urlsplit(page.address or "").netloc.rpartition("@")[2].lower()
        if name := assigned.get(served_by) or assigned.get(host):
            return name
    return parsers_by_host().get(host, GENERIC)


def parse_page(raw: RawPage | Page, assigned: Mapping[str, str] = NO_ASSIGNMENTS) -> Article:
    """The Article of an archived page.

    Args:
        raw: The page; decoded already where its charset is wanted too.
        assigned: As for `choose_parser`.

    Raises:
        PageError: The bytes are no text: `empty`, `binary`, `bad_encoding`, `truncated`.
        ParseError: The text is no article, or not what its parser must find.
    """
    return _parse(raw if isinstance(raw, Page) else Page(raw), assigned)


def _parse(page: Page, assigned: Mapping[str, str]) -> Article:
    name = choose_parser(page, assigned)
    if name == GENERIC and (found := find_listing(page)):
        raise ParseError(f"{page.url}: found a list of {len(found.links)} links, expected an article.")
    version, parse = version_of(find_parsers()[name], page)
    article = parse(page)
    # Which parser read it is a fact that no module has to be trusted with.
    is_html = page.content_type in _HTML_TYPES
    part = find_part(page) if is_html else None
    ai_label = article.ai_label or (read_ai_metadata(page.metadata) if is_html else None)
    words = keywords(article.title, article.body or "")
    return replace(article, parser=name, parser_version=version, part=part, ai_label=ai_label, keywords=words)


def read_page(raw: RawPage | Page, assigned: Mapping[str, str] = NO_ASSIGNMENTS) -> Article | Listing:
    """What a page of the web holds: an article, or addresses of others; of a page that only forwards, the one that it forwards to.

    A site's own parser is asked first: it knows its articles, however short.

    Args:
        raw: The page; decoded already where its charset is wanted too.
        assigned: As for `choose_parser`.

    Raises:
        PageError: As for `parse_page`.
    """
    if isinstance(raw, RawPage) and is_robots(raw.url):
        return robots_listing(raw)
    page = raw if isinstance(raw, Page) else Page(raw)
    if (addresses := text_listing(page)) is not None:
        return addresses
    try:
        article = _parse(page, assigned)
    except ParseError as error:
        if error.reason in ("not_an_article", "unknown_type") and (found := find_listing(page)):
            return found
        if error.reason == "not_an_article" and (target := find_forward(page)):
            return Listing((target,))
        if error.reason == "not_an_article" and needs_rendering(page):
            detail = f"{page.url}: hardly a word in its HTML, scripts bring them; expected an article in what the server sends."
            raise ParseError(detail, RENDERING) from error
        raise
    is_note = article.parser == GENERIC and len(article.body or "") <= _MAX_NOTE
    return Listing((target,)) if is_note and (target := find_forward(page)) else article
