"""What a page's markup says of its article, read once: JSON-LD, Open Graph, microdata, meta elements, time elements, bylines, tags."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborNode

from healthnews.extract.blocks import fold_text
from healthnews.extract.json_ld import ArticleNode, read_scripts
from healthnews.extract.meta_names import META_NAMES, Role, Source
from healthnews.extract.page import Page
from healthnews.extract.surroundings import Surroundings, ancestors
from healthnews.language.normalise import fold_spaces


class Told(NamedTuple):
    """A value as the markup says it.

    Attributes:
        text: The value as written.
        source: Where it stands; `label` is a meta element with a label of its own (Written by), `organisation` an author in JSON-LD
            that is no person.
        weight: How far it can be trusted by its place, 0 to 1.
    """

    text: str
    source: Source
    weight: float


class TimeElement(NamedTuple):
    """A `time` element: the words it shows, its machine-readable value if any, and whether its names say that it is the page's date."""

    shown: str
    value: str
    role: Literal["published", "modified"] | None


@dataclass(slots=True)
class Metadata:
    """Values by role, the most trusted first as far as their order tells; nothing of related blocks, comments and lists.

    Attributes:
        told: Values by role; several authors of one JSON-LD node are one value each.
        times: Time elements in document order.
        bylines: Texts of elements whose class says author or byline: weak evidence.
        tags: Anchor texts of tag links.
        keywords: The meta keywords, as written.
        site_names: What the page calls the site, in lower case: never an author.
        title_tail: What the document's title says besides the article's, in lower case: the site and its channels.
        software: First word of what made the page, in lower case.
        language: Language of the page, lower case; empty when not told.
        address: The page's address.
    """

    told: dict[Role, list[Told]] = field(default_factory=dict)
    times: list[TimeElement] = field(default_factory=list)
    bylines: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    site_names: set[str] = field(default_factory=set)
    title_tail: str = ""
    software: str = ""
    language: str = ""
    address: str | None = None

    def add(self, role: Role, text: str, source: Source, weight: float) -> None:
        """Note a value, unless it is empty or far too long for one."""
        if text and len(text) <= _MAX_VALUE:
            self.told.setdefault(role, []).append(Told(text, source, weight))


_MAX_VALUE = 300
_MAX_NODES = 400
_MAX_TIMES = 6
_MAX_TAGS = 40
_MAX_BYLINES = 12
_MAX_BYLINE = 160
_WRITTEN_BY = re.compile(r"^(?:written by|verfasst von|geschrieben von|author|autor|écrit par|escrito por|作者)$", re.I)
_ITEMS: Mapping[str, tuple[Role, float]] = {
    "datepublished": ("published", 0.92),
    "datecreated": ("published", 0.7),
    "datemodified": ("modified", 0.85),
    "author": ("author", 0.9),
    "creator": ("author", 0.85),
    "editor": ("editor", 0.85),
    "reviewedby": ("reviewer", 0.9),
    "headline": ("headline", 0.8),
}
_BYLINE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:authors?|byline|by-line|bylines)(?:[\s_-]{0,2}(?:name|names|link|text|url|list))?(?:$|[\s])|(?:^|\s)(?:vcard|entry-author-name)(?:$|\s)"
)
_NO_BYLINE_TAGS = frozenset(
    ("html", "body", "main", "article", "section", "img", "script", "style", "meta", "link", "svg", "ul", "ol", "form", "input", "figure")
)
_PUBLISHED_NAMES = re.compile(r"publish|posted|entry-date|pubdate|post-date|created|fabu|pubtime", re.I)
_MODIFIED_NAMES = re.compile(r"updated|modified|(?:^|[\s_-])mod(?:$|[\s_-])", re.I)
_ARTICLE_SCOPE = re.compile(r"(?:article|posting|report|webpage|creativework|recipe|question|review|howto|blog)\W{0,3}$", re.I)


def read_metadata(page: Page, title: str) -> Metadata:
    """All that the markup of a page says of its article; one pass over the DOM.

    Args:
        page: The page.
        title: Its title, by which JSON-LD of several articles is told apart.
    """
    found = Metadata(address=page.address, language=_language(page))
    scripts: list[str] = []
    elements: list[LexborNode] = []
    for node in page.described.elements:
        if node.tag == "script":
            scripts.append(node.text() or "")
        elif len(elements) < _MAX_NODES:
            elements.append(node)
    nodes = read_scripts(scripts, title, page.address)
    for article in nodes:
        _add_node(found, article)
    _add_meta(found, page.metadata)
    _add_site(found, page, title)
    _add_organisations(found, nodes)
    _add_elements(found, elements)
    return found


def _add_site(found: Metadata, page: Page, title: str) -> None:
    found.site_names |= {told.text.casefold() for told in found.told.get("publisher", ()) if len(told.text) > 1}
    named = page.head_title
    whole = fold_text(named.text())[:_MAX_VALUE] if named else ""
    found.title_tail = whole.replace(title, "", 1).casefold() if title and title in whole else ""
    found.software = page.metadata.get("generator", "").casefold().split(" ")[0]


def _add_organisations(found: Metadata, nodes: Iterable[ArticleNode]) -> None:
    """Authors that JSON-LD does not call people: none that is the site or its publisher."""
    for node in nodes:
        for name in node.people.get("organisation", ()):
            if name.casefold() not in found.site_names and name.casefold().replace(" ", "") != site_label(found.address).casefold():
                found.add("author", name, "organisation", 0.5)


def _language(page: Page) -> str:
    attributes = page.root.attributes
    return (
        attributes.get("lang") or attributes.get("xml:lang") or page.metadata.get("content-language") or page.metadata.get("og:locale", "")
    ).lower()


def _add_node(found: Metadata, node: ArticleNode) -> None:
    trust = 1.0 if node.is_article else 0.85
    found.add("published", node.dates.get("published", ""), "json_ld", 0.95 * trust)
    found.add("published", node.dates.get("created", ""), "json_ld", 0.75 * trust)
    found.add("modified", node.dates.get("modified", ""), "json_ld", 0.95 * trust)
    roles: tuple[Role, ...] = ("author", "editor", "reviewer", "publisher", "source")
    for role in roles:
        for name in node.people.get(role, ()):
            found.add(role, name, "json_ld", 0.95 * trust)
    if node.is_article:
        found.add("headline", node.headline, "json_ld", 0.9)


def _add_meta(found: Metadata, metadata: Mapping[str, str]) -> None:
    for name, text in metadata.items():
        if not text:
            continue
        if known := META_NAMES.get(name):
            found.add(known[0], text, known[1], known[2])
        elif name.startswith("twitter:label") and _WRITTEN_BY.match(text):
            found.add("author", metadata.get(f"twitter:data{name[13:]}", ""), "label", 0.88)
    found.keywords = [metadata[name] for name in ("keywords", "news_keywords") if metadata.get(name)]


def _add_elements(found: Metadata, elements: Iterable[LexborNode]) -> None:
    around = Surroundings()
    has_author = any(told.source == "json_ld" for told in found.told.get("author", ()))
    for node in elements:
        tag, attributes = node.tag or "", node.attributes
        names, rel = attributes.get("class") or "", (attributes.get("rel") or "").split()
        item = (attributes.get("itemprop") or "").lower()
        if tag == "time":
            if len(found.times) < _MAX_TIMES and not around.are_foreign(node):
                found.times.append(_time_element(node, f"{names} {item}"))
        elif item and (known := _ITEMS.get(item)):
            if _is_own_item(node):
                for text in _item_texts(node):
                    found.add(known[0], text, "microdata", known[1])
        elif "tag" in rel:
            if len(found.tags) < _MAX_TAGS and not around.are_foreign(node):
                found.tags.append(fold_text(node.text())[:_MAX_VALUE])
        elif not has_author and tag not in _NO_BYLINE_TAGS and len(found.bylines) < _MAX_BYLINES:
            _add_byline(found, node, names, around, is_author="author" in rel)


def _add_byline(found: Metadata, node: LexborNode, names: str, around: Surroundings, *, is_author: bool) -> None:
    if not (is_author or (names and _BYLINE_CLASS.search(names.lower()))) or around.are_foreign(node):
        return
    text = fold_text(node.text(separator=" "))
    if not 1 < len(text) <= _MAX_BYLINE:
        return
    if is_author:
        found.add("author", text, "rel", 0.86)
    else:
        found.bylines.append(text)


def _time_element(node: LexborNode, names: str) -> TimeElement:
    attributes = node.attributes
    parent = node.parent
    around = f"{names} {(parent.attributes.get('class') or '') if parent is not None else ''}"
    role: Literal["published", "modified"] | None = None
    if _MODIFIED_NAMES.search(names) and "published" not in names and "entry-date" not in names:
        role = "modified"
    elif "pubdate" in attributes or _PUBLISHED_NAMES.search(around):
        role = "published"
    return TimeElement(fold_text(node.text())[:_MAX_VALUE], fold_spaces(attributes.get("datetime") or "")[:_MAX_VALUE], role)


def _is_own_item(node: LexborNode) -> bool:
    """Whether the item that a property belongs to is an article or a page, or is not told; a comment or a product is neither."""
    for parent in ancestors(node):
        attributes = parent.attributes
        if "itemscope" in attributes:
            kind = (attributes.get("itemtype") or "").split()
            return not kind or any(_ARTICLE_SCOPE.search(name) for name in kind)
    return True


def _item_texts(node: LexborNode) -> Iterator[str]:
    """The value of a property: its attribute, the names inside it, or its text."""
    attributes = node.attributes
    if value := attributes.get("content") or attributes.get("datetime"):
        yield fold_spaces(value)
        return
    named = node.css("[itemprop~=name]") if "itemscope" in attributes else []
    for inner in named[:5] or [node]:
        yield fold_spaces(inner.attributes.get("content") or "") or fold_text(inner.text(separator=" "))


def site_label(address: str | None) -> str:
    """The distinctive part of a host: `example` of `www.example.com.cn`; empty without one."""
    try:
        host = urlsplit(unquote(address or "")).hostname or ""
    except ValueError:
        return ""
    parts = [part for part in host.split(".") if part not in ("www", "m", "com", "cn", "org", "net", "gov", "edu", "co")]
    return max(parts[:-1] or parts or [""], key=len)
