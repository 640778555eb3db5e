"""Which blocks of a page are the body of its article."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from healthnews.extract.blocks import Block, Flat
from healthnews.extract.body_lines import ENDS_SENTENCE, drop_copies, drop_furniture, drop_post_heads
from healthnews.extract.boilerplate import (
    MAX_HEADING,
    ends_article,
    is_boilerplate_line,
    is_related_heading,
    link_density,
    mark_boilerplate,
)
from healthnews.extract.item_ends import find_resumption
from healthnews.extract.page import Page
from healthnews.extract.related import RelatedBlock
from healthnews.extract.teasers import find_teasers
from healthnews.language.normalise import text_key

_DESCEND_SHARE = 0.65
"""Share of its parent's text that a child must hold; .6 to .75 give the same on the development pages."""
_THREAD_SHARE = 0.85
"""The same for a thread, whose posts are elements beside each other."""
_THREAD_ADDRESS = re.compile(
    r"^\w+://[^/]*(?:bbs|forum|tieba|zhidao|wenda|\bask|\bclub\.)|/(?:bbs|forums?|threads?|topics?|questions?|ask|wenda|qa|faq|tieba)[/?]|viewthread|showtopic",
    re.I,
)
_THREAD_TYPES = ("QAPage", "DiscussionForumPosting")
_HEAD_CHARACTERS = 40_000
"""Where a page says what it is; looking through all of a long one costs as much as finding its title."""
_MAX_LINK_DENSITY = 0.5
_SHORT = 15
META_LINE = re.compile(
    r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}|来源|來源|作者|记者|编辑|发布|时间|日期|浏览|点击|阅读|字号|字体|分享|评论|打印|"
    r"\d\d:\d\d|文号|索引号",
    re.I,
)
"""A line about date, source or reading settings rather than text."""
_BYLINE = re.compile(
    r"^\W*(?:by\b|posted\b|published\b|updated\b|last (?:updated|modified)|written by|reading time|von\b|par\b|por\b)|"
    r"\bmin(?:ute)?s?[\s-]read\b|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b|"
    r"\b\d{1,2}\.? ?(?:de )?[a-zäçéû]{3,10}\.?,? (?:de )?(?:19|20)\d\d\b",
    re.I,
)
"""The same in the languages of Europe."""
_MAX_META = 120
_MAX_HEAD = 12
_NO_CONTAINER = frozenset(
    [
        "p",
        "li",
        "ul",
        "ol",
        "dl",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
        "dd",
        "dt",
        "thead",
        "caption",
        "address",
        "legend",
        "figcaption",
        "blockquote",
    ]
)
_MAX_BEFORE = 250
_LEAST_SENTENCE = 8
_LEAST_LATIN_SENTENCE = 40
_MAX_SENTENCE_LINKS = 0.3
_KEPT_SHARE = 0.4
"""Share of the text that must stand before a heading that ends the article."""


class Container(NamedTuple):
    """The element that holds the running text, as a half-open range of blocks, which blocks are furniture, and whether it holds posts."""

    start: int
    end: int
    marked: list[bool]
    is_thread: bool = False


def is_thread(page: Page) -> bool:
    """Whether a page shows a question with its answers or a forum's thread, by its address or by what it says of itself."""
    return bool(_THREAD_ADDRESS.search(page.url)) or any(page.text.find(name, 0, _HEAD_CHARACTERS) >= 0 for name in _THREAD_TYPES)


def find_container(flat: Flat, furniture: Sequence[bool], related_blocks: Sequence[RelatedBlock], *, is_thread: bool = False) -> Container:
    """The element where the page's running text is: from the root down, as long as one child holds most of the text.

    Related blocks count for nothing: twenty snippets can hold more text than the answer they stand under. The heading of one
    without links stays: where such a block ends is less certain, and at an article's end the heading cuts off all behind it.
    """
    marked = mark_boilerplate(flat, with_posts=True, with_links=False) if is_thread else list(furniture)
    for related in related_blocks:
        if related.end > related.start + 1:
            is_linked = any(block.link_characters for block in flat.blocks[related.start : related.end])
            start = related.start - is_linked
            marked[start : related.end] = [True] * (related.end - start)
    for start, end in find_teasers(flat, marked):
        marked[start:end] = [True] * (end - start)
    weights = [0.0]
    total = 0.0
    seen: set[str] = set()
    for block, is_marked in zip(flat.blocks, marked, strict=True):
        # What stands there a second time, for another size of screen, must not draw the container around both.
        if not is_marked and block.text not in seen:
            total += _weight(block)
            seen.add(block.text)
        weights.append(total)
    share = _THREAD_SHARE if is_thread else _DESCEND_SHARE
    return Container(*_descend(flat, weights, share), marked, is_thread)


def find_body(flat: Flat, container: Container, title: str, title_index: int | None) -> list[int]:
    """Indices of the body's blocks, in order.

    Of the container's blocks, without furniture, title, date line, link lists and what stands behind a related or comment heading.
    """
    start = _first_line(flat.blocks, container, title_index)
    indices = [i for i in range(start, container.end) if not container.marked[i]]
    indices = _cut_head(flat.blocks, indices, title, title_index)
    indices = _cut_tail(flat, indices, with_posts=container.is_thread)
    behind = [*container.marked[1:], False]
    indices = [i for i in indices if not (behind[i] and is_related_heading(flat.blocks[i].text))]
    kept = drop_copies(flat.blocks, drop_furniture(flat.blocks, indices))
    return drop_post_heads(flat.blocks, kept) if container.is_thread else kept


def _weight(block: Block) -> float:
    """How much a block looks like running text: its characters, few of them links, with sentence marks."""
    text = block.text
    own = len(text) - block.link_characters
    if own < len(text) * _MAX_LINK_DENSITY:
        return 0.0
    if len(text) < _LEAST_SENTENCE:
        return own * 0.2
    count = text.count
    if text.isascii():
        own //= 3
        marks = count(",") + count(". ") + count(";") + count("!") + count("?")
    else:
        marks = count("\uff0c") + count("。") + count("、") + count("\uff1b") + count("\uff01") + count("\uff1f") + count(",") + count(". ")
    return own * (1.0 if marks else 0.2) + 5.0 * marks


def _descend(flat: Flat, weights: Sequence[float], share: float) -> tuple[int, int]:
    """Range of blocks of the deepest element that holds most of its parent's text, all the way down."""
    start, end, current = 0, len(flat.blocks), -1
    held = weights[end] - weights[start]
    # Elements come in document order: those inside the present one follow it.
    for index, element in enumerate(flat.elements):
        if element.parent != current or element.tag in _NO_CONTAINER:
            continue
        weight = weights[element.end] - weights[element.start]
        if weight > held * share and weight > 0:
            start, end, current, held = element.start, element.end, index, weight
    return start, end


def _first_line(blocks: Sequence[Block], container: Container, title_index: int | None) -> int:
    """Index where the text begins: the first sentence behind the title, where it stands before the element with most of the text."""
    if title_index is None or not 0 < container.start - title_index <= _MAX_BEFORE:
        return container.start
    for index in range(title_index + 1, container.start):
        if not container.marked[index] and _is_sentence(blocks[index]):
            return index
    return container.start


def _is_sentence(block: Block) -> bool:
    text = block.text
    if len(text) < (_LEAST_LATIN_SENTENCE if text.isascii() else _LEAST_SENTENCE) or link_density(block) > _MAX_SENTENCE_LINKS:
        return False
    ends = ENDS_SENTENCE.search(text) or text.endswith((",", "\uff0c", "、"))
    return bool(ends) and not is_boilerplate_line(text)


def _cut_head(blocks: Sequence[Block], indices: list[int], title: str, title_index: int | None) -> list[int]:
    """Without the title, and the lines about date, source and reading settings behind it."""
    if title_index is not None and title_index in indices[: max(30, len(indices) // 2)]:
        indices = [i for i in indices if i > title_index]
    key = text_key(title)
    first = 0
    for position, index in enumerate(indices[:_MAX_HEAD]):
        text = blocks[index].text
        is_told = len(text) <= _MAX_META and not ENDS_SENTENCE.search(text) and (META_LINE.search(text) or _BYLINE.search(text))
        if is_told or _has_key(text, key) or is_boilerplate_line(text) or link_density(blocks[index]) > _MAX_LINK_DENSITY:
            first = position + 1
        elif len(text) > _SHORT:
            break
    return indices[first:]


def _has_key(text: str, key: str) -> bool:
    """Whether a line has this key; told of most by their first letter, which is that of their key."""
    head = text[:2]
    is_kept = "\u4e00" <= head[0] <= "\u9fff" or (head.isascii() and head.isalnum())
    return not (is_kept and head[0].lower() != key[:1]) and text_key(text) == key


def _cut_tail(flat: Flat, indices: list[int], *, with_posts: bool) -> list[int]:
    """Without what follows a heading that ends the article, unless more text follows it than stands before it.

    Where a box with such a heading interrupts the text, only the box is left out.
    """
    before = resumed = 0
    total: int | None = None
    kept: list[int] = []
    for index in indices:
        if index < resumed:
            continue
        block = flat.blocks[index]
        if len(block.text) <= MAX_HEADING and ends_article(block.text, with_posts=with_posts):
            if found := find_resumption(flat, index, indices[-1] + 1):
                resumed = found
                continue
            if total is None:
                total = sum(len(flat.blocks[i].text) - flat.blocks[i].link_characters for i in indices)
            if before > total * _KEPT_SHARE:
                break
        kept.append(index)
        before += len(block.text) - block.link_characters
    return kept
