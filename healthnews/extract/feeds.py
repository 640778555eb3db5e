"""Sitemaps and feeds: XML files of addresses, read as their publishers write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from lxml import etree

from healthnews.extract.page import absolute_url

_ROOTS = frozenset(("urlset", "sitemapindex", "rss", "feed", "rdf"))
_PROLOG = re.compile(r"\s*+(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>)", re.IGNORECASE | re.DOTALL)
_ROOT = re.compile(r"\s*+<(?:[A-Za-z_][\w.-]*+:)?(?:urlset|sitemapindex|rss|feed|rdf)[\s/>]", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*+<\?xml\s[^>]*+>")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,32};)")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_ADDRESS_TAGS = frozenset(("loc", "link"))
_MODIFIED_TAGS = frozenset(("lastmod", "updated"))
_ENTRY_TAGS = frozenset(("url", "sitemap", "item", "entry"))
_WEB_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_MAX_BASE = 2000
"""Characters of an `xml:base` that is heeded: it is joined with every address below it."""
_CHINA = timezone(timedelta(hours=8))


class Entry(NamedTuple):
    """An address as written, what it is relative to where the file says so, and when its page is said to have changed."""

    href: str
    base: str | None = None
    modified: datetime | None = None


class XmlList(NamedTuple):
    """The addresses of a sitemap or feed in its order, the next page of a feed first; what is wrong with its XML.

    Of a sitemap index the addresses are those of sitemaps.
    """

    entries: list[Entry]
    fault: str | None
    is_index: bool = False


def read_xml_list(text: str, address: str) -> XmlList | None:
    """A sitemap, a sitemap index or a feed, whatever its namespace; None for anything else.

    Args:
        text: The file, decoded.
        address: Where it is from, for an `xml:base` that is relative.
    """
    if not _may_be_list(text):
        return None
    # Entities stay unread and the network untouched: a sitemap is a stranger's file.
    parser = etree.XMLParser(encoding="utf-8", recover=True, resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)
    # The text is decoded: the charset that its declaration names is no longer that of the bytes given here.
    markup = _escape_ampersands(_DECLARATION.sub("", text, count=1).lstrip())
    try:
        root = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None or (kind := _local_name(root)) not in _ROOTS:
        return None
    faults = [error for error in parser.error_log if error.level == etree.ErrorLevels.FATAL]
    bases = _Bases(text, root, address)
    entries = [*_next_pages(root, bases), *_entries(root, bases)]
    return XmlList(entries, faults[0].message if faults else None, is_index=kind == "sitemapindex")


class _Bases:
    """What the addresses of a list are relative to, where it says so: its root, the parent of an entry, the entry, the link itself.

    Of deeper trees the elements between are not asked: lists have none.
    """

    def __init__(self, text: str, root: Any, address: str) -> None:
        self._address = address
        self._is_said = "xml:base" in text
        self._root = self._joined(None, root) if self._is_said else None
        # Read once of each: an attribute may be as long as the file.
        self._parents: dict[Any, str | None] = {root: self._root}

    def within(self, element: Any) -> Callable[[Any], str | None]:
        """The base of each child of an element."""
        if not self._is_said:
            return lambda child: None
        parent = element.getparent()
        if parent is None:
            base = self._root
        else:
            if parent not in self._parents:
                self._parents[parent] = self._joined(self._root, parent)
            base = self._joined(self._parents[parent], element)
        return lambda child: self._joined(base, child)

    def _joined(self, base: str | None, holder: Any) -> str | None:
        said = holder.get(_XML_BASE)
        return absolute_url(base or self._address, said) or base if said and len(said) <= _MAX_BASE else base


def _may_be_list(text: str) -> bool:
    """Whether the text is declared as XML, or begins as a list does behind comments and the like."""
    if _DECLARATION.match(text):
        return True
    at = 0
    while found := _PROLOG.match(text, at):
        at = found.end()
    return _ROOT.match(text, at) is not None


def _escape_ampersands(text: str) -> str:
    """The markup with `&amp;` for each `&` that begins no entity, which is a letter of its own in CDATA alone."""
    if "&" not in text:
        return text
    parts, at = [], 0
    while at < len(text):
        start = text.find(_CDATA, at)
        start = len(text) if start < 0 else start
        end = text.find(_CDATA_END, start)
        end = len(text) if end < 0 else end
        parts += [_BARE_AMPERSAND.sub("&amp;", text[at:start]), text[start:end]]
        at = end
        if text.startswith(_CDATA_END, at):
            parts.append(_CDATA_END)
            at += len(_CDATA_END)
    return "".join(parts)


def _next_pages(root: Any, bases: _Bases) -> Iterator[Entry]:
    """The next page of a feed that has several. Source: RFC 5005 section 3."""
    channels = [root, *(child for child in root if _local_name(child) == "channel")]
    for channel in channels:
        base = bases.within(channel)
        for child in channel:
            if _local_name(child) == "link" and (child.get("rel") or "").strip().lower() == "next" and child.get("href"):
                yield Entry(child.get("href").strip(), base(child))


def _entries(root: Any, bases: _Bases) -> Iterator[Entry]:
    for element in root.iter():
        if _local_name(element) not in _ENTRY_TAGS:
            continue
        base = bases.within(element)
        moment = next((_moment(child.text or "") for child in element if _local_name(child) in _MODIFIED_TAGS), None)
        has_address = False
        for child in element:
            if _local_name(child) in _ADDRESS_TAGS and child.get("rel", "alternate") == "alternate":
                href = (child.get("href") or child.text or "").strip()
                has_address = has_address or bool(href)
                yield Entry(href, base(child), moment)
        if not has_address and (permanent := _permanent_link(element)):
            yield Entry(permanent, None, moment)


def _permanent_link(item: Any) -> str | None:
    """The address that an item's guid is. Source: RSS 2.0 specification, guid."""
    for child in item:
        text = (child.text or "").strip()
        if _local_name(child) == "guid" and child.get("isPermaLink", "true").strip().lower() != "false" and _WEB_ADDRESS.match(text):
            return text
    return None


def _moment(text: str) -> datetime | None:
    """The moment that a W3C date means, in UTC: a day alone begins it, and without a zone the clock is China's; None for anything else."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=_CHINA)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _local_name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""
