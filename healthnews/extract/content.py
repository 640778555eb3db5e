"""Which blocks of a page are the body of its article."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from healthnews.extract.blocks import Block, Flat
from healthnews.extract.boilerplate import COMMENT_HEADING, RELATED_HEADING, is_boilerplate_line, link_density, mark_boilerplate
from healthnews.extract.related import RelatedBlock
from healthnews.language.normalise import text_key

_SENTENCE_MARKS = re.compile(r"[,。;!?、\uff0c\uff1b\uff01\uff1f]|[.,;!?] ")
ENDS_SENTENCE = re.compile(r"[。!?;:\uff01\uff1f\uff1b\uff1a.…”\"」』)\uff09]$")
_DESCEND_SHARE = 0.7
"""Share of its parent's text that a child must hold; .6 to .8 give the same on the development pages."""
_MAX_LINK_DENSITY = 0.5
_SHORT = 15
META_LINE = re.compile(
    r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}|来源|來源|作者|记者|编辑|发布|时间|日期|浏览|点击|阅读|字号|字体|分享|评论|打印|"
    r"\d\d:\d\d|文号|索引号",
    re.I,
)
"""A line about date, source or reading settings rather than text."""
_MAX_META = 120
_NO_CONTAINER = frozenset(
    ["p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "dd", "dt", "tr", "thead", "caption", "address", "legend", "figcaption"]
)


class Container(NamedTuple):
    """The element that holds the running text, as a half-open range of blocks, and which blocks are furniture."""

    start: int
    end: int
    marked: list[bool]


def find_container(flat: Flat, related_blocks: Sequence[RelatedBlock]) -> Container:
    """The element where the page's running text is: from the root down, as long as one child holds most of the text.

    Related blocks count for nothing: twenty snippets can hold more text than the answer they stand under. The heading of one
    without links stays: where such a block ends is less certain, and at an article's end the heading cuts off all behind it.
    """
    marked = mark_boilerplate(flat)
    for related in related_blocks:
        if related.end > related.start + 1:
            is_linked = any(block.link_characters for block in flat.blocks[related.start : related.end])
            start = related.start - is_linked
            marked[start : related.end] = [True] * (related.end - start)
    weights = [0.0]
    for block, furniture in zip(flat.blocks, marked, strict=True):
        weights.append(weights[-1] + (0.0 if furniture else _weight(block)))
    return Container(*_descend(flat, weights), marked)


def find_body(flat: Flat, container: Container, title: str, title_index: int | None) -> list[int]:
    """Indices of the body's blocks, in order.

    Of the container's blocks, without furniture, title, date line, link lists and what stands behind a related or comment heading.
    """
    indices = [i for i in range(container.start, container.end) if not container.marked[i]]
    indices = _cut_head(flat.blocks, indices, title, title_index)
    indices = _cut_tail(flat.blocks, indices)
    indices = [i for i in indices if not _heads_marked(flat.blocks, container, i)]
    return _drop_furniture(flat.blocks, indices)


def _weight(block: Block) -> float:
    """How much a block looks like running text: its characters, few of them links, with sentence marks."""
    if link_density(block) > _MAX_LINK_DENSITY:
        return 0.0
    own = len(block.text) - block.link_characters
    if block.text.isascii():
        own //= 3
    marks = len(_SENTENCE_MARKS.findall(block.text))
    return own * (1.0 if marks else 0.2) + 5.0 * marks


def _descend(flat: Flat, weights: Sequence[float]) -> tuple[int, int]:
    """Range of blocks of the deepest element that holds most of its parent's text, all the way down."""
    children: dict[int, list[int]] = {}
    for index, element in enumerate(flat.elements):
        children.setdefault(element.parent, []).append(index)
    start, end, current = 0, len(flat.blocks), -1
    while True:
        best, best_weight = -1, 0.0
        for child in children.get(current, ()):
            element = flat.elements[child]
            weight = weights[element.end] - weights[element.start]
            if weight > best_weight:
                best, best_weight = child, weight
        if best < 0 or best_weight < (weights[end] - weights[start]) * _DESCEND_SHARE or flat.elements[best].tag in _NO_CONTAINER:
            return start, end
        current = best
        start, end = flat.elements[best].start, flat.elements[best].end


def _cut_head(blocks: Sequence[Block], indices: list[int], title: str, title_index: int | None) -> list[int]:
    """Without the title, and the lines about date, source and reading settings behind it."""
    if title_index is not None and title_index in indices[: max(30, len(indices) // 2)]:
        indices = [i for i in indices if i > title_index]
    key = text_key(title)
    first = 0
    for position, index in enumerate(indices[:12]):
        text = blocks[index].text
        is_meta = len(text) <= _MAX_META and META_LINE.search(text) and not ENDS_SENTENCE.search(text)
        if is_meta or text_key(text) == key or is_boilerplate_line(text) or link_density(blocks[index]) > _MAX_LINK_DENSITY:
            first = position + 1
        elif len(text) > _SHORT:
            break
    return indices[first:]


def _cut_tail(blocks: Sequence[Block], indices: list[int]) -> list[int]:
    """Without what follows a related or comment heading, unless more text follows it than stands before it."""
    before = 0
    total = sum(len(blocks[i].text) - blocks[i].link_characters for i in indices)
    for position, index in enumerate(indices):
        text = blocks[index].text
        opens = len(text) <= 40 and (RELATED_HEADING.match(text) or COMMENT_HEADING.match(text))
        if opens and before > total * 0.4:
            return indices[:position]
        before += len(text) - blocks[index].link_characters
    return indices


def _heads_marked(blocks: Sequence[Block], container: Container, index: int) -> bool:
    return index + 1 < len(blocks) and container.marked[index + 1] and bool(RELATED_HEADING.match(blocks[index].text))


def _drop_furniture(blocks: Sequence[Block], indices: Sequence[int]) -> list[int]:
    kept = [i for i in indices if not _is_link_line(blocks[i]) and not is_boilerplate_line(blocks[i].text)]
    while kept and RELATED_HEADING.match(blocks[kept[-1]].text):
        kept.pop()
    return kept


def _is_link_line(block: Block) -> bool:
    return link_density(block) > _MAX_LINK_DENSITY and not (len(block.text) > 80 and _SENTENCE_MARKS.search(block.text))
