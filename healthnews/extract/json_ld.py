"""JSON-LD of a page: read tolerantly, and reduced to the nodes that describe the page's own article."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from healthnews.language.normalise import fold_spaces, strip_invisible, text_key

_MAX_SCRIPT = 400_000
_MAX_SCRIPTS = 40
_MAX_NODES = 500
_MAX_DEPTH = 12
_MAX_VALUE = 2000
_MAX_VALUES = 20
_WRAPPING = re.compile(r"<!--|-->|//\s{0,5}<!\[CDATA\[|/\*\s{0,5}<!\[CDATA\[\s{0,5}\*/|<!\[CDATA\[|(?:/[/*]\s{0,5})?\]\]>(?:\s{0,5}\*/)?")
_TRAILING_COMMA = re.compile(r",(?=\s{0,200}[}\]])")
_LOOSE = re.compile(
    r"[\"'](datePublished|dateModified|dateCreated|pubDate|upDate)[\"']\s{0,9}:\s{0,9}[\"']([^\"']{4,40})[\"']"
    r"|[\"'](author)[\"']\s{0,9}:\s{0,9}(?:\[\s{0,9})?(?:\{[^{}]{0,200}?[\"']name[\"']\s{0,9}:\s{0,9})?[\"']([^\"']{2,60})[\"']"
)
_ARTICLE_TYPES = frozenset(
    [
        "report",
        "qapage",
        "question",
        "medicalwebpage",
        "creativework",
        "recipe",
        "howto",
        "review",
        "podcastepisode",
        "medicalcondition",
        "drug",
    ]
)
_PAGE_TYPES = frozenset(("webpage", "itempage", "aboutpage", "faqpage"))
_ROLES = {"editor": "editor", "reviewer": "reviewedBy", "publisher": "publisher", "source": "sourceOrganization"}
_DATE_KEYS = ("datePublished", "pubDate", "dateModified", "upDate")


class ArticleNode(NamedTuple):
    """What JSON-LD says of the page's article, as written.

    Attributes:
        is_article: The node is an article's; else only the page's, which a template may fill.
        dates: Published, modified and created, each absent where not said.
        people: Names by role: author (people), organisation (authors that are none, or of no type), editor, reviewer, publisher, source.
    """

    is_article: bool
    headline: str
    dates: Mapping[str, str]
    people: Mapping[str, tuple[str, ...]]
    keywords: str


def read_scripts(scripts: Iterable[str], title: str, address: str | None) -> list[ArticleNode]:
    """The nodes that describe the page's article, the best first: an article's before a page's, the one that names this page first.

    Scripts that are no JSON are searched for dates and author alone. Entries of lists, comments and related works are not read.

    Args:
        scripts: Contents of the page's JSON-LD script elements.
        title: What the page calls itself, to tell its article from others.
        address: The page's address, likewise.
    """
    nodes: list[dict[str, Any]] = []
    loose: list[ArticleNode] = []
    for script in [text[:_MAX_SCRIPT] for text in scripts][:_MAX_SCRIPTS]:
        parsed = parse_script(script)
        if parsed is None:
            loose += _read_loosely(script)
        else:
            nodes += _nodes(parsed)
    by_id = {name: node for node in nodes[:_MAX_NODES] if isinstance(name := node.get("@id"), str) and len(node) > 1}
    named = [node for node in nodes[:_MAX_NODES] if _rank(node) > 0]
    return [_read_node(node, by_id) for node in _own_nodes(named, title, address)] + loose


def parse_script(script: str) -> Any | None:
    """The JSON of a script element, freed of comment marks, CDATA and trailing commas; None when it is none. Never raises."""
    text = script.strip()
    parsed = _decode(text)
    return _decode(_mend(text)) if parsed is None else parsed


def _decode(text: str) -> Any | None:
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def _mend(text: str) -> str:
    """The text without comment marks, CDATA, trailing commas and HTML's escapes of quotes."""
    return _TRAILING_COMMA.sub("", _WRAPPING.sub("", html.unescape(text) if "&quot;" in text else text)).strip()


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Objects of a document that may describe the page: at the top, in `@graph`, or as main entity."""
    stack = [(value, 0)]
    seen = 0
    while stack and seen < _MAX_NODES:
        found, depth = stack.pop()
        seen += 1
        if isinstance(found, list):
            stack += [(inner, depth + 1) for inner in reversed(found[:_MAX_NODES]) if depth < _MAX_DEPTH]
        elif isinstance(found, dict):
            yield found
            inner_nodes = [found[key] for key in ("mainEntity", "mainEntityOfPage", "@graph") if isinstance(found.get(key), dict | list)]
            stack += [(inner, depth + 1) for inner in inner_nodes if depth < _MAX_DEPTH and not _is_list(found)]


def _is_list(node: Mapping[str, Any]) -> bool:
    return any("itemlist" in name or "collection" in name or name == "faqpage" for name in _types(node))


def _types(node: Mapping[str, Any]) -> list[str]:
    types = node.get("@type")
    return [name.rpartition("/")[2].lower() for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)]


def _rank(node: Mapping[str, Any]) -> int:
    """2 for an article, 1 for a page, 0 for anything else."""
    types = _types(node)
    if any(name.endswith(("article", "posting")) or name in _ARTICLE_TYPES for name in types):
        return 2
    # Baidu's form has no type, nor have hand-made ones: what is dated and is not said to be anything else is the page.
    is_untyped = not types and any(key in node for key in _DATE_KEYS)
    return 1 if is_untyped or any(name in _PAGE_TYPES for name in types) else 0


def _own_nodes(nodes: list[dict[str, Any]], title: str, address: str | None) -> list[dict[str, Any]]:
    """Nodes about this page, the best first; of several articles only the one that shares title or address with the page."""
    articles = [node for node in nodes if _rank(node) == 2]
    pages = [node for node in nodes if _rank(node) == 1]
    if len(articles) > 1:
        key, path = text_key(title), _path(address)
        own = [node for node in articles if _names_title(node, key)] or [node for node in articles if path and path in _paths(node)]
        is_one = len({text_key(_text(node.get("headline") or node.get("name"))) for node in articles} - {""}) <= 1
        articles = own or (articles if is_one else [])
    return [*articles, *pages]


def _names_title(node: Mapping[str, Any], key: str) -> bool:
    named = text_key(_text(node.get("headline") or node.get("name")))
    return len(named) > 3 and bool(key) and (named in key or key in named)


def _path(address: str | None) -> str:
    try:
        return urlsplit(address or "").path.rstrip("/").lower()
    except ValueError:
        return ""


def _paths(node: Mapping[str, Any]) -> list[str]:
    named = [node.get("url"), node.get("@id"), node.get("mainEntityOfPage")]
    flat = [value.get("@id") if isinstance(value, dict) else value for value in named]
    return [_path(value) for value in flat if isinstance(value, str)]


def _read_node(node: Mapping[str, Any], by_id: Mapping[str, dict[str, Any]]) -> ArticleNode:
    dates = {"published": ("datePublished", "pubDate"), "modified": ("dateModified", "upDate"), "created": ("dateCreated", "uploadDate")}
    keywords = node.get("keywords")
    return ArticleNode(
        is_article=_rank(node) == 2 or not _types(node),
        headline=_text(node.get("headline") or node.get("name") or node.get("title")),
        dates={role: text for role, keys in dates.items() if (text := next((t for key in keys if (t := _text(node.get(key)))), ""))},
        people=_roles(node, by_id),
        keywords=", ".join(map(_text, keywords[:_MAX_VALUES])) if isinstance(keywords, list) else _text(keywords),
    )


def _roles(node: Mapping[str, Any], by_id: Mapping[str, dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Names by role; authors that are no `Person` apart from those that are."""
    found = {role: names for role, key in _ROLES.items() if (names := _names(node.get(key), by_id))}
    authors = _resolved(node.get("author") or node.get("creator"), by_id)
    for role, is_person in (("author", True), ("organisation", False)):
        if names := _names([author for author in authors if _is_person(author) is is_person], by_id):
            found[role] = names
    return found


def _resolved(value: Any, by_id: Mapping[str, dict[str, Any]]) -> list[Any]:
    """The items of a property, references followed."""
    items = (value if isinstance(value, list) else [value])[:_MAX_VALUES]
    return [
        by_id.get(item["@id"], item) if isinstance(item, dict) and not item.get("name") and isinstance(item.get("@id"), str) else item
        for item in items
    ]


def _is_person(item: Any) -> bool:
    return isinstance(item, dict) and "person" in _types(item)


def _names(value: Any, by_id: Mapping[str, dict[str, Any]]) -> tuple[str, ...]:
    """Names of the people or organisations that a property holds, directly, in a list, or by reference."""
    names = []
    for item in _resolved(value, by_id):
        named = item.get("name") or item.get("alternateName") if isinstance(item, dict) else item
        names += [_text(name) for name in (named if isinstance(named, list) else [named])[:_MAX_VALUES]]
    return tuple(dict.fromkeys(name for name in names if name))


def _text(value: Any) -> str:
    """A value as one line of text; empty for what is no text, figures (Unix seconds) excepted."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**14:
        return str(value)
    if not isinstance(value, str):
        return ""
    text = value[:_MAX_VALUE].encode("utf-8", "replace").decode("utf-8")
    return fold_spaces(strip_invisible(html.unescape(text) if "&" in text else text))


def _read_loosely(script: str) -> list[ArticleNode]:
    """Dates and author of a script that is no JSON; nothing of one that lists other pages."""
    if "ItemList" in script:
        return []
    roles = {
        "datePublished": "published",
        "pubDate": "published",
        "dateModified": "modified",
        "upDate": "modified",
        "dateCreated": "created",
    }
    dates: dict[str, str] = {}
    author = ""
    for key, value, _, name in _LOOSE.findall(script):
        if key:
            dates.setdefault(roles[key], fold_spaces(value))
        author = author or _text(name)
    return [ArticleNode(True, "", dates, {"organisation": (author,)} if author else {}, "")] if dates or author else []
