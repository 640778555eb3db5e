"""What markup may cost: pages on which building a tree takes quadratic time or space are refused before it is built."""

import re
from collections.abc import Iterator

from healthnews.errors import ParseError

MAX_DEPTH = 2000
"""Deepest nesting accepted; browsers flatten at 512. HTML tree building takes quadratic time in it: 13 s at 100,000 (2 cores, 2025)."""
MAX_ELEMENTS = 250_000
"""Most elements accepted; an article has thousands at most, and so many take a second."""
MAX_CHOICES = 10_000
"""Most `option` elements accepted: lexbor takes 0.4 s for so many in one `select`, 40 s for ten times as many."""
MAX_ATTRIBUTES = 10_000
"""Most attributes of one element, which are compared with each other: 0.2 s for so many, 20 s for ten times as many."""
_MANY_TAGS = 2 * MAX_DEPTH
_MAX_REOPENED = 2_000_000
_LONG_TAG = 20_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_TAG_START = re.compile(r"<[a-zA-Z]")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_ATTRIBUTE = re.compile(r"[\s/][^\s/]")
# What HTML closes by itself, or never opens.
_NOT_NESTING = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd option tr td th".split()  # noqa: SIM905
)
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())  # noqa: SIM905
# Each of these is looked at again for every further one: options by their select, attributes of a second body by the first.
_COMPARED = frozenset(["option", "optgroup", "body", "html"])


def require_cheap_tree(url: str, html: str) -> None:
    """Refuse markup on which building the tree would take quadratic time or space.

    Raises:
        ParseError: `too_deep`: elements nested deep, formatting elements left open which every later block opens anew, very many
            elements, choices of a form, or attributes of one element.
    """
    _require_few_attributes(url, html)
    # Fewer tags than this cannot do harm, and counting them is all that an ordinary page costs.
    tags = html.count("<")
    if tags <= _MANY_TAGS or (elements := tags - html.count("</")) <= _MANY_TAGS:
        return
    _require_shallow(url, html, elements)


def _require_shallow(url: str, html: str, elements: int) -> None:
    open_of: dict[str, int] = {}
    depth = deepest = formatting = compared = ends = 0
    tags = _TAG.findall(html)
    for closing, name in tags:
        lowered = name.lower()
        ends += bool(closing)
        compared += lowered in _COMPARED
        if lowered in _NOT_NESTING:
            continue
        count = open_of.get(lowered, 0)
        # An end without a beginning closes nothing.
        if closing and not count:
            continue
        step = -1 if closing else 1
        open_of[lowered] = count + step
        depth += step
        deepest = max(deepest, depth)
        formatting += step if lowered in _FORMATTING else 0
    if deepest > MAX_DEPTH:
        raise ParseError(f"{url}: elements are nested {deepest} deep, expected at most {MAX_DEPTH}.", "too_deep")
    if formatting * elements > _MAX_REOPENED:
        raise ParseError(f"{url}: {formatting} formatting elements stay open over {elements} tags.", "too_deep")
    if len(tags) - ends > MAX_ELEMENTS:
        raise ParseError(f"{url}: found {len(tags) - ends} elements, expected at most {MAX_ELEMENTS}.", "too_deep")
    if compared > 2 * MAX_CHOICES:
        raise ParseError(f"{url}: found {compared} option, html and body tags, expected at most {2 * MAX_CHOICES}.", "too_deep")


def _require_few_attributes(url: str, html: str) -> None:
    for start, end in _long_stretches(html):
        tag = _TAG_START.search(html, start, end)
        if tag and end - tag.start() > _LONG_TAG:
            count = len(_ATTRIBUTE.findall(_QUOTED.sub("", html[tag.start() : end])))
            if count > MAX_ATTRIBUTES:
                raise ParseError(f"{url}: an element has {count} attributes, expected at most {MAX_ATTRIBUTES}.", "too_deep")


def _long_stretches(html: str) -> Iterator[tuple[int, int]]:
    """Half-open ranges of more than `_LONG_TAG` characters without an end of a tag, behind one and before the next."""
    start = 0
    while len(html) - start > _LONG_TAG:
        end = html.rfind(">", start, start + _LONG_TAG + 1)
        if end < 0:
            end = html.find(">", start + _LONG_TAG)
            end = len(html) if end < 0 else end
            yield start, end
        start = end + 1
