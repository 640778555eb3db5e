"""Selectors for a node of a page, the steadiest first: what a person would write who looked at the markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, islice

from selectolax.lexbor import LexborNode

from healthnews.extract.page import Page

_SAFE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,60}")
_NUMBERED = re.compile(r"(?P<stem>[A-Za-z][A-Za-z_-]{3,}?)[_-]?\d{2,}")
_MADE_BY_TOOL = re.compile(r"\d{3,}|[A-Za-z]*\d+[A-Za-z]+\d|^(?:css|sc|jsx|svelte)-|__[A-Za-z0-9]{5,}$|___")
"""Names that change with the page or with the next build of the site."""
_TELLING = frozenset(("h1", "article", "main", "time"))
_MAX_CLASSES = 4
_MAX_ANCESTORS = 6
_MAX_TRIED = 400
NTH = "nth-of-type"
NTH_CHILD = "nth-child"


def selectors_of(page: Page, node: LexborNode) -> Iterator[str]:
    """Selectors that match this node alone on its page; a path of element numbers, which breaks first, comes last."""
    for selector in islice(_candidates(node), _MAX_TRIED):
        if _is_only(page, selector, node):
            yield selector
    if (path := _path(page, node)) is not None:
        yield path


def names_of(node: LexborNode) -> list[str]:
    """Simple selectors that name a node by id, itemprop or class, and by its tag where that tells something."""
    tag = _tag(node)
    attributes = node.attributes
    named = list(_by_id(tag, attributes.get("id") or ""))
    if (prop := attributes.get("itemprop")) and _SAFE.fullmatch(prop):
        named.append(f'{tag}[itemprop="{prop}"]')
    classes = [name for name in (attributes.get("class") or "").split() if _SAFE.fullmatch(name) and not _MADE_BY_TOOL.search(name)]
    named += [f"{tag}.{name}" for name in classes[:_MAX_CLASSES]]
    named += [f"{tag}.{a}.{b}" for a, b in combinations(classes[:_MAX_CLASSES], 2)]
    if tag in _TELLING:
        named.append(tag)
    return named


def _by_id(tag: str, name: str) -> Iterator[str]:
    if _SAFE.fullmatch(name) and not _MADE_BY_TOOL.search(name):
        yield f"{tag}#{name}"
    elif numbered := _NUMBERED.fullmatch(name):
        yield f'{tag}[id^="{numbered["stem"]}"]'


def _candidates(node: LexborNode) -> Iterator[str]:
    own = names_of(node)
    yield from own
    for distance, ancestor in enumerate(_ancestors(node)):
        joint = " > " if distance == 0 else " "
        for outer in names_of(ancestor):
            for inner in (*own, _tag(node)):
                yield f"{outer}{joint}{inner}"


def _ancestors(node: LexborNode) -> Iterator[LexborNode]:
    parent = node.parent
    for _ in range(_MAX_ANCESTORS):
        if parent is None or parent.tag in ("body", "html", "-document", None):
            return
        yield parent
        parent = parent.parent


def _is_only(page: Page, selector: str, node: LexborNode) -> bool:
    found = page.dom.css(selector)
    return len(found) == 1 and found[0].mem_id == node.mem_id


def _path(page: Page, node: LexborNode) -> str | None:
    """The node by its number among its siblings, from the nearest ancestor that has a name of its own."""
    steps: list[str] = []
    current: LexborNode | None = node
    while current is not None and current.tag not in ("body", "html", None):
        steps.insert(0, step_to(current))
        parent = current.parent
        for name in names_of(parent) if parent is not None else ():
            if _is_only(page, selector := " > ".join((name, *steps)), node):
                return selector
        current = parent
    selector = " > ".join(("body", *steps))
    return selector if _is_only(page, selector, node) else None


def step_to(node: LexborNode) -> str:
    """A node by its number among its siblings of the same tag, from 1."""
    tag = _tag(node)
    number = 1
    before = node.prev
    while before is not None:
        number += before.tag == node.tag if tag != "*" else (before.tag or "-")[0] != "-"
        before = before.prev
    return f"{tag}:{NTH_CHILD if tag == '*' else NTH}({number})"


def _tag(node: LexborNode) -> str:
    """The tag as selectors can write it; `*` for one such as `o:p`."""
    return node.tag if node.tag and _SAFE.fullmatch(node.tag) else "*"
