"""Related links of any page: the links behind a heading such as 相关推荐 or 猜你喜欢."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from healthnews.extract.anchored import last_date, parse_tag_date, read_related, stretches_of
from healthnews.extract.blocks import Block, Flat, fold_text
from healthnews.extract.boilerplate import RELATED_HEADING, link_density
from healthnews.extract.page import Page
from healthnews.records import RelatedItem

_ABOUT_THIS = re.compile(r"相关|相關|猜你|推荐|推薦|延伸|可能.*(?:喜欢|感兴趣)|在看|关联|related|also|more on", re.I)
_LEAST_TITLE = 5
_MAX_HEADING = 40
_MAX_HEADINGS = 30
_MAX_ITEMS = 60
_MAX_BLOCKS = 400
_MAX_ENTRY = 8
_MAX_GAP = 4
"""Lines between two links of a list without dates: a snippet, a tag, a picture's caption."""


class RelatedBlock(NamedTuple):
    """A heading such as 相关推荐 and what stands behind it, as a half-open range of blocks."""

    heading: str
    start: int
    end: int


def find_related_blocks(flat: Flat) -> list[RelatedBlock]:
    """Every block of links to other articles, in order; nothing in them belongs to the page's own article."""
    headings = [i for i, block in enumerate(flat.blocks) if len(block.text) <= _MAX_HEADING and RELATED_HEADING.match(block.text)]
    return [RelatedBlock(flat.blocks[i].text, i + 1, _end_of_block(flat, i)) for i in headings[:_MAX_HEADINGS]]


def find_related(page: Page, flat: Flat, related_blocks: Sequence[RelatedBlock]) -> tuple[RelatedItem, ...]:
    """Items of the page's first related block that has any, in order; each address once. Rankings of the site are not related."""
    for block in related_blocks:
        if _ABOUT_THIS.search(block.heading):
            behind = flat.blocks[block.start : block.end]
            if items := _dated_items(page, behind) or _linked_items(page, behind):
                return items
    return ()


def _end_of_block(flat: Flat, heading: int) -> int:
    """Index after the last entry behind a heading: entries that end in dates, else links; never beyond a page's headline.

    Entries follow each other within a few lines (title, snippet, tag, date); where that chain breaks, something else begins.
    """
    limit = min(len(flat.blocks), heading + 1 + _MAX_BLOCKS)
    limit = next((i for i in range(heading + 1, limit) if flat.blocks[i].tag == "h1"), limit)
    behind = flat.blocks[heading + 1 : limit]
    dated = {stretch.block for stretch in stretches_of(behind) if parse_tag_date(stretch.text)}
    linked = [index for index, block in enumerate(behind) if _is_link(block)]
    dated_end = _end_of_chain(sorted(dated), _MAX_ENTRY)
    if not linked or linked[0] > _MAX_ENTRY:
        return heading + 1
    return heading + 1 + max(dated_end, _end_of_chain(linked, _MAX_GAP))


def _end_of_chain(indices: Sequence[int], gap: int) -> int:
    """Index after the last one that is reached from the beginning by steps of at most `gap`."""
    end = 0
    for index in indices:
        if index - end > gap:
            break
        end = index + 1
    return end


def _is_link(block: Block) -> bool:
    if block.cells:
        return any(part.href is not None and len(part.text) >= _LEAST_TITLE for part in block.parts)
    return link_density(block) > 0.5 and len(block.text) >= _LEAST_TITLE


def _dated_items(page: Page, behind: list[Block]) -> tuple[RelatedItem, ...]:
    stretches = stretches_of(behind)
    last = last_date(stretches)
    return read_related(stretches[: last + 1], page.absolute)[0] if last > 0 and stretches[0].href else ()


def _linked_items(page: Page, behind: list[Block]) -> tuple[RelatedItem, ...]:
    items: dict[str, RelatedItem] = {}
    for block in behind:
        if block.link_characters == 0 and len(block.text) < 20:
            if items and RELATED_HEADING.match(block.text):
                break
            continue
        for part in block.parts:
            title, url = fold_text(part.text), page.absolute(part.href)
            if url and len(title) >= _LEAST_TITLE and url not in items and len(items) < _MAX_ITEMS:
                items[url] = RelatedItem(position=len(items) + 1, title=title, url=url)
    return tuple(items.values())
