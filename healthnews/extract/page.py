"""One archived page as parsers see it: its text, its DOM with strict selectors, its addresses."""

import re
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from selectolax.lexbor import LexborHTMLParser, LexborNode

from healthnews.errors import ParseError
from healthnews.extract.blocks import Flat
from healthnews.extract.boilerplate import mark_boilerplate
from healthnews.extract.decode import Decoded, decode, require_whole_html
from healthnews.extract.flatten import flatten
from healthnews.extract.limits import require_cheap_tree
from healthnews.language.normalise import fold_spaces, strip_invisible
from healthnews.records import RawPage

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_PLAIN_ADDRESS = re.compile(
    r"(https?://[a-z0-9][a-z0-9.-]*[a-z0-9])(?:/(?!\.)[A-Za-z0-9_~%-]*(?:\.[A-Za-z0-9_~%-]+)*)+(?:\?[A-Za-z0-9/_.~%&=+-]+)?"
)
"""An address that is its own canonical spelling: lower-case host, no port, no dot segment, no empty query, no fragment."""
_PLAIN_PATH = re.compile(
    r"/(?!/)(?:(?!\.)[A-Za-z0-9_~%-]*(?:\.[A-Za-z0-9_~%-]+)*/)*(?!\.)[A-Za-z0-9_~%-]*(?:\.[A-Za-z0-9_~%-]+)*(?:\?[A-Za-z0-9/_.~%&=+-]+)?"
)
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml", ""))
_BASE_TAGS = ("<base", "<BASE", "<Base")
_DESCRIBING = "script[type*='ld+json'],time,[itemprop],a[rel~=tag],a[rel~=author],[class*=uthor],[class*=yline]"
_HEAD_BYTES = 200_000
_ROBOTS_META = re.compile(rb"<meta\b[^>]{0,300}\bname\s*=\s*[\"']?robots\b[^>]{0,300}>", re.IGNORECASE)
_NOINDEX = re.compile(rb"\b(?:noindex|none)\b", re.IGNORECASE)

_NOAI = re.compile(rb"\bnoai\b", re.IGNORECASE)
_RESERVATION_META = re.compile(
    rb"<meta\b(?=[^>]{0,300}\bname\s*=\s*[\"']?tdm-reservation\b)(?=[^>]{0,300}\bcontent\s*=\s*[\"']?1\b)", re.IGNORECASE
)


class Link(NamedTuple):
    """A link of a page: its absolute address without fragment, and its text on one line."""

    url: str
    text: str


class Described(NamedTuple):
    """Elements that may say something of a page's article, in document order.

    Attributes:
        metas: Attributes of the `meta` elements that have content.
        elements: JSON-LD, and elements that may hold dates, names and tags; one that is so for several reasons comes several times.
    """

    metas: Sequence[Mapping[str, str | None]]
    elements: Sequence[LexborNode]


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
        # What is UTF-8 already need not be encoded again for lexbor, which is a fifth of its time.
        self._markup: str | bytes = raw.payload if self.decoded.evidence == "strict_utf8" else self.decoded.text

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
        require_cheap_tree(self.url, self.text)
        return LexborHTMLParser(self._markup)

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The document as BeautifulSoup over lxml, for parsers that need tree surgery; 40 times slower than `dom`."""
        require_whole_html(self.text)
        require_cheap_tree(self.url, self.text)
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

    @cached_property
    def furniture(self) -> list[bool]:
        """For each block of `flat` with text of its own whether it is furniture; what is nothing but links is not looked at."""
        return mark_boilerplate(self.flat, with_links=False)

    def one(self, selector: str, *, within: LexborNode | None = None) -> LexborNode:
        """The only node that matches, in the document or inside a node.

        Raises:
            ParseError: None or several match.
        """
        found = self._select(selector, within)
        if len(found) != 1:
            raise ParseError.of_selector(self.url, selector, _count(found), "exactly 1")
        return found[0]

    def maybe(self, selector: str, *, within: LexborNode | None = None) -> LexborNode | None:
        """The only node that matches, or None.

        Raises:
            ParseError: Several match.
        """
        found = self._select(selector, within)
        if len(found) > 1:
            raise ParseError.of_selector(self.url, selector, _count(found), "at most 1")
        return found[0] if found else None

    def all(self, selector: str, *, at_least: int = 0, within: LexborNode | None = None) -> list[LexborNode]:
        """Every node that matches, in document order.

        Raises:
            ParseError: Fewer than `at_least` match.
        """
        found = self._select(selector, within)
        if len(found) < at_least:
            raise ParseError.of_selector(self.url, selector, _count(found), f"at least {at_least}")
        return found

    def links(self, selector: str = "a[href]", *, at_least: int = 0, within: LexborNode | None = None) -> list[Link]:
        """Addresses and texts of the links that match, in document order; a link that leads to no web address is left out.

        Args:
            selector: Matches the link elements themselves.
            at_least: How many links with a web address there must be.
            within: Look inside this node only.

        Raises:
            ParseError: Fewer than `at_least` lead to a web address.
        """
        nodes = self._select(selector, within)
        targets = ((self.absolute(node.attributes.get("href")), node) for node in nodes)
        found = [Link(target, fold_spaces(strip_invisible(node.text()))) for target, node in targets if target is not None]
        if len(found) < at_least:
            raise ParseError.of_selector(self.url, selector, _count(found, "link"), f"at least {at_least}")
        return found

    def _select(self, selector: str, within: LexborNode | None) -> list[LexborNode]:
        found = self.dom.css(selector) if within is None else within.css(selector)
        # A node that two selectors of a list match comes twice.
        return list({node.mem_id: node for node in found}.values()) if "," in selector else found

    @cached_property
    def head_title(self) -> LexborNode | None:
        """The title element of the document's head."""
        head = self.dom.head
        return head.css_first("title") if head is not None else None

    @cached_property
    def described(self) -> Described:
        """What a page may say of its article in markup, found in one query: each goes over the whole tree, whatever it looks for."""
        metas: list[Mapping[str, str | None]] = []
        elements: list[LexborNode] = []
        last = None
        for node in self.dom.css(f"meta[content],{_DESCRIBING}"):
            # A node comes once for each selector that it matches, a meta element first for its content.
            if node.tag == "meta" and node.mem_id != last and "content" in (attributes := node.attributes):
                metas.append(attributes)
                last = node.mem_id
            else:
                elements.append(node)
        return Described(metas, elements)

    @cached_property
    def metadata(self) -> dict[str, str]:
        """Content of the `meta` elements by name, property or itemprop in lower case; the first of each that is not empty."""
        found: dict[str, str] = {}
        for attributes in self.described.metas:
            names = [name for key in ("name", "property", "itemprop", "http-equiv") if (name := attributes.get(key))]
            if names and (content := fold_spaces(strip_invisible(attributes.get("content") or ""))):
                for name in names:
                    found.setdefault(name.strip().lower(), content)
        return found

    @cached_property
    def canonical_url(self) -> str | None:
        """Address that the page itself names (canonical link, else og:url), absolute; None when it names none."""
        for node in self.dom.css("link[rel~=canonical][href]"):
            if found := absolute_url(self._base or self.url, node.attributes.get("href")):
                return found
        return absolute_url(self._base or self.url, self.metadata.get("og:url"))

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

    @cached_property
    def _base(self) -> str | None:
        """Address that the page says its relative links are relative to; None where it says nothing, as most do.

        The first base element with a web address counts, and is itself relative to the page's. Source: HTML standard, section 4.2.3.
        """
        # A query goes over the whole tree, and nearly no page has the element.
        if self.content_type not in _HTML_TYPES or not any(tag in self.text for tag in _BASE_TAGS):
            return None
        try:
            named = (absolute_url(self.url, node.attributes.get("href")) for node in self.dom.css("base[href]"))
            return next((address for address in named if address is not None), None)
        except ParseError:
            return None

    @cached_property
    def _origin(self) -> str:
        """Scheme and host of what links are relative to, in front of a path; empty where it is no plain address."""
        found = _PLAIN_ADDRESS.match(self._base or self.address or "")
        return found[1] if found else ""

    def absolute(self, href: str | None) -> str | None:
        """A link's absolute http(s) address without its fragment; None where there is none."""
        # Nine of ten links need no joining, and joining takes thirty times as long.
        if href and _PLAIN_PATH.fullmatch(href) and self._origin:
            return self._origin + href
        if href and _PLAIN_ADDRESS.fullmatch(href):
            return href
        found = absolute_url(self._base or self.address or self.url, href)
        return found.partition("#")[0] if found else None

    def target(self, href: str | None) -> str | None:
        """What tells a link from others: its absolute address, or its relative one in a saved page that does not say where it is from.

        None where the link leads to no page.
        """
        if (found := self.absolute(href)) or not href or self.address or _host(self.url):
            return found
        relative = href.strip().partition("#")[0]
        return relative if relative and not _SCHEME.match(relative) else None


def asks_not_to_be_indexed(payload: bytes, robots_header: str | None) -> bool:
    """Whether a page says noindex, in its X-Robots-Tag header or in a robots meta element.

    Looked for in the bytes: the words are ASCII in every charset that pages come in.
    """
    said = [(robots_header or "").encode("ascii", "replace"), *(found[0] for found in _ROBOTS_META.finditer(payload, 0, _HEAD_BYTES))]
    return any(_NOINDEX.search(words) for words in said)


def opts_out_of_training(payload: bytes, robots_header: str | None, reservation_header: str | None) -> bool:
    """Whether a page asks not to be used for training models: `noai` where robots are spoken to, or a reservation of rights.

    Source: TDM Reservation Protocol (W3C community group, 2024), sections 4 and 6; `noai` as DeviantArt introduced it in 2022.
    """
    if (reservation_header or "").strip() == "1":
        return True
    said = [(robots_header or "").encode("ascii", "replace"), *(found[0] for found in _ROBOTS_META.finditer(payload, 0, _HEAD_BYTES))]
    return any(_NOAI.search(words) for words in said) or _RESERVATION_META.search(payload, 0, _HEAD_BYTES) is not None


def _count(found: Sequence[object], noun: str = "node") -> str:
    return f"{len(found)} {noun}{'' if len(found) == 1 else 's'}"


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
