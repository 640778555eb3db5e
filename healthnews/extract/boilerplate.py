"""What on a page is not its article: navigation, related blocks, comments, share bars, by element, name and text."""

import re
from itertools import accumulate

from healthnews.extract.blocks import Block, Element, Flat
from healthnews.extract.furniture import (
    ARTICLE_NAMES,
    CHINESE_RELATED,
    COMMENT_HEADING,
    END_FIRST,
    END_STARTS,
    LINE,
    LINE_FIRST,
    LINE_PAIRS,
    NAMES,
    OTHER_RELATED,
    POST_NAMES,
    RELATED_STARTS,
    RELATED_TRIPLES,
    TAIL_HEADING,
    WHOLE_LINE,
)

__all__ = [
    "COMMENT_HEADING",
    "MAX_HEADING",
    "ends_article",
    "is_boilerplate_line",
    "is_related_heading",
    "link_density",
    "mark_boilerplate",
]

MAX_HEADING = 60
"""Longest line that can be the heading of a block that is no article."""
_TAGS = frozenset(("nav", "footer", "aside", "menu", "search", "dialog", "button", "figcaption"))
_NAME_BREAKS = str.maketrans(dict.fromkeys("-_0123456789:/.[]", " "))
_NOT_WORD = re.compile(r"[\s\W]*")
_FIRST_CHINESE = "\u2e80"
_MAX_LINE = 60
_DOMINANT_SHARE = 0.5


def is_boilerplate_line(text: str) -> bool:
    """Whether a short line is a page's furniture: pager, share bar, copyright, editor line."""
    if len(text) > _MAX_LINE:
        return False
    start = 0 if text[:1].isalnum() else _first_letter(text)
    if text[start : start + 1] not in LINE_FIRST and text[start : start + 2].lower() not in LINE_PAIRS:
        return "©" in text[:start]
    return bool(LINE.match(text, start) or WHOLE_LINE.match(text, start))


def is_related_heading(text: str) -> bool:
    """Whether a line opens a block of links to other articles."""
    if len(text) > MAX_HEADING:
        return False
    start = 0 if text[:1].isalnum() else _first_letter(text)
    pair = text[start : start + 2]
    if pair not in RELATED_STARTS:
        return False
    if pair[0] >= _FIRST_CHINESE:
        return bool(CHINESE_RELATED.match(text, start))
    return text[start : start + 3].lower() in RELATED_TRIPLES and bool(OTHER_RELATED.match(text, start))


def ends_article(text: str, *, with_posts: bool = False) -> bool:
    """Whether a line opens what stands behind an article: related links, comments (except `with_posts`), tags, a newsletter."""
    if len(text) > MAX_HEADING:
        return False
    if is_related_heading(text):
        return True
    start = 0 if text[:1].isalnum() else _first_letter(text)
    if text[start : start + 1] not in END_FIRST and text[start : start + 3].lower() not in END_STARTS:
        return False
    return bool((not with_posts and COMMENT_HEADING.match(text)) or TAIL_HEADING.match(text))


def _first_letter(text: str) -> int:
    """Index of the first letter or digit of a line that begins with neither, 0 for a copyright sign; pages set marks before headings."""
    if text[:1] == "©":
        return 0
    found = _NOT_WORD.match(text)
    return found.end() if found else 0


def link_density(block: Block) -> float:
    """Share of a block's characters that are links, 0 to 1."""
    return min(1.0, block.link_characters / max(1, len(block.text)))


def mark_boilerplate(flat: Flat, *, with_posts: bool = False, with_links: bool = True) -> list[bool]:
    """For each block, whether it lies in an element that is furniture by its tag, its names or because it is not shown.

    Names lie: elements of one name that hold most of the page's text are never furniture.

    Args:
        flat: The page.
        with_posts: Comments and replies are no furniture: on the page of a thread they are the content.
        with_links: Look at elements that hold nothing but links, too; reading what they are called costs more than all the rest.
    """
    weights = list(accumulate([len(block.text) - block.link_characters for block in flat.blocks], initial=0))
    total = weights[-1]
    marked = [False] * len(flat.blocks)
    limit = total * _DOMINANT_SHARE
    named: list[tuple[Element, str]] = []
    held: dict[str, int] = {}
    known: dict[str, bool] = {}
    reached = 0
    for element in flat.elements:
        start, end = element.start, element.end
        # What lies in an element that is furniture already need not be looked at.
        if start >= end or end <= reached:
            continue
        weight = weights[end] - weights[start]
        if weight >= limit or not (weight or with_links):
            continue
        names, is_hidden = element.marks
        if is_hidden or element.tag in _TAGS:
            marked[start:end] = [True] * (end - start)
            reached = end
            continue
        if len(names) < 2:
            continue
        if (is_named := known.get(names)) is None:
            known[names] = is_named = _is_named(names, with_posts=with_posts)
        if is_named:
            named.append((element, names))
            held[names] = held.get(names, 0) + weight
            reached = end
    for element, names in named:
        if held[names] < limit:
            marked[element.start : element.end] = [True] * (element.end - element.start)
    return marked


def _is_named(names: str, *, with_posts: bool) -> bool:
    """Whether one of the words in an element's class and id is a common word for furniture, and none is one for an article.

    Args:
        names: Class and id.
        with_posts: Comments and replies are none.
    """
    words = names.translate(_NAME_BREAKS).split()
    is_named = not (NAMES.isdisjoint(words) and (with_posts or POST_NAMES.isdisjoint(words)) and not names.startswith("bottom"))
    return is_named and not ARTICLE_NAMES.search(names)
