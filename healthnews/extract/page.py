"""One archived page as parsers see it: its text, its DOM with strict selectors, its addresses."""

import re
import warnings
from datetime import datetime
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from selectolax.lexbor import LexborHTMLParser, LexborNode

from healthnews.errors import ParseError
from healthnews.extract.blocks import Flat, flatten
from healthnews.extract.decode import Decoded, decode, require_whole_html
from healthnews.language.normalise import fold_spaces, strip_invisible
from healthnews.records import RawPage

MAX_DEPTH = 2000
"""Deepest nesting accepted; browsers flatten at 512. HTML tree building takes quadratic time in it: 13 s at 100,000 (2 cores, 2025)."""
_MANY_OPEN_TAGS = 2 * MAX_DEPTH
_MAX_REOPENED = 2_000_000
_HEAD_BYTES = 200_000
_ROBOTS_META = re.compile(rb"<meta\b[^>]{0,300}\bname\s*=\s*[\"']?robots\b[^>]{0,300}>", re.IGNORECASE)
_NOINDEX = re.compile(rb"\b(?:noindex|none)\b", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_NOT_NESTING = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "dt",
        "dd",
        "option",
        "tr",
        "td",
        "th",
    ]
)
_FORMATTING = frozenset(["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"])


class Page:
    """A decoded page.

    Attributes:
        url: Address as asked; `file:NAME` or `stdin:` for a local source.
        content_type: Media type in lower case, without parameters.
        decoded: Its text with the evidence for the charset.
        fetched_at: When it was archived; relative dates are counted from here.
    """

    def __init__(self, raw: RawPage) -> None:
        self.url = raw.url
        self.content_type = raw.content_type.partition(";")[0].strip().lower()
        self.fetched_at: datetime = raw.fetched_at
        self.decoded: Decoded = decode(raw.payload, raw.content_type)

    @property
    def text(self) -> str:
        """The decoded payload."""
        return self.decoded.text

    @cached_property
    def dom(self) -> LexborHTMLParser:
        """The document as selectolax (lexbor) sees it.

        Raises:
            ParseError: `truncated` or `too_deep`.
        """
        require_whole_html(self.text)
        _require_shallow(self.url, self.text)
        return LexborHTMLParser(self.text)

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The document as BeautifulSoup over lxml, for parsers that need tree surgery; 40 times slower than `dom`."""
        require_whole_html(self.text)
        _require_shallow(self.url, self.text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return BeautifulSoup(self.text, "lxml")

    @property
    def root(self) -> LexborNode:
        """The `html` element."""
        root = self.dom.root
        if root is None:
            raise ParseError(f"{self.url}: found no HTML element, expected a page.")
        return root

    @cached_property
    def flat(self) -> Flat:
        """The document as blocks, without list markers, made once: whether it is a list and what its article is are both read from it.

        Raises:
            ParseError: As for `root`.
        """
        return flatten(self.root)

    def one(self, selector: str) -> LexborNode:
        """The only node that matches.

        Raises:
            ParseError: None or several match.
        """
        found = self.dom.css(selector)
        if len(found) != 1:
            raise ParseError(f"{self.url}: {selector!r} matches {len(found)} nodes, expected exactly 1.")
        return found[0]

    def maybe(self, selector: str) -> LexborNode | None:
        """The only node that matches, or None.

        Raises:
            ParseError: Several match.
        """
        found = self.dom.css(selector)
        if len(found) > 1:
            raise ParseError(f"{self.url}: {selector!r} matches {len(found)} nodes, expected at most 1.")
        return found[0] if found else None

    def all(self, selector: str, *, at_least: int = 0) -> list[LexborNode]:
        """Every node that matches, in document order.

        Raises:
            ParseError: Fewer than `at_least` match.
        """
        found = self.dom.css(selector)
        if len(found) < at_least:
            raise ParseError(f"{self.url}: {selector!r} matches {len(found)} nodes, expected at least {at_least}.")
        return found

    @cached_property
    def metadata(self) -> dict[str, str]:
        """Content of the `meta` elements by name, property or itemprop in lower case; the first of each that is not empty."""
        found: dict[str, str] = {}
        for node in self.dom.css("meta[content]"):
            attributes = node.attributes
            content = fold_spaces(strip_invisible(attributes.get("content") or ""))
            for key in ("name", "property", "itemprop", "http-equiv"):
                if content and (name := attributes.get(key)):
                    found.setdefault(name.strip().lower(), content)
        return found

    @cached_property
    def canonical_url(self) -> str | None:
        """Address that the page itself names (canonical link, else og:url), absolute; None when it names none."""
        for node in self.dom.css("link[rel~=canonical][href]"):
            if found := absolute_url(self.url, node.attributes.get("href")):
                return found
        return absolute_url(self.url, self.metadata.get("og:url"))

    @property
    def web_url(self) -> str | None:
        """Where it was fetched; None for a local source."""
        return self.url if _host(self.url) else None

    @cached_property
    def address(self) -> str | None:
        """Address the content is known under: where it was fetched, for a local HTML file the one that it names."""
        return self.web_url or self.canonical_url

    @property
    def host(self) -> str | None:
        """Host of `address` in lower case."""
        return _host(self.address) if self.address else None

    def absolute(self, href: str | None) -> str | None:
        """A link's absolute http(s) address without its fragment; None where there is none."""
        found = absolute_url(self.address or self.url, href)
        return found.partition("#")[0] if found else None


def asks_not_to_be_indexed(payload: bytes, robots_header: str | None) -> bool:
    """Whether a page says noindex, in its X-Robots-Tag header or in a robots meta element.

    Looked for in the bytes: the words are ASCII in every charset that pages come in.
    """
    said = [(robots_header or "").encode("ascii", "replace"), *(found[0] for found in _ROBOTS_META.finditer(payload, 0, _HEAD_BYTES))]
    return any(_NOINDEX.search(words) for words in said)


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        return None


def absolute_url(base: str, href: str | None) -> str | None:
    """A link's absolute http(s) address; None where there is none, as for `javascript:` or a relative link of a local file."""
    if not href or href.startswith("#"):
        return None
    try:
        joined = urljoin(base if _host(base) else "", href.strip())
    except ValueError:
        return None
    return joined if _host(joined) else None


def _require_shallow(url: str, html: str) -> None:
    """Refuse markup on which building the tree would take quadratic time or space.

    Two kinds: deep nesting, and many formatting elements left open, each of which every later block opens anew.

    Raises:
        ParseError: `too_deep`.
    """
    # Fewer tags than this cannot do harm, and counting them is all that an ordinary page costs.
    opened = html.count("<") - html.count("</")
    if opened <= _MANY_OPEN_TAGS:
        return
    depth = deepest = formatting = 0
    for closing, name in _TAG.findall(html):
        lowered = name.lower()
        if lowered in _NOT_NESTING:
            continue
        step = -1 if closing else 1
        depth = max(0, depth + step)
        deepest = max(deepest, depth)
        formatting += step if lowered in _FORMATTING else 0
    if deepest > MAX_DEPTH:
        raise ParseError(f"{url}: elements are nested {deepest} deep, expected at most {MAX_DEPTH}.", "too_deep")
    if formatting * opened > _MAX_REOPENED:
        raise ParseError(f"{url}: {formatting} formatting elements stay open over {opened} tags.", "too_deep")
