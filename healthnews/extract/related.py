"""Related links of any page: the links behind a heading such as 相关推荐 or 猜你喜欢."""

from collections.abc import Sequence
from itertools import dropwhile
from typing import NamedTuple

from healthnews.extract.anchored import Stretch, last_date, may_end_item, read_related, stretches_of
from healthnews.extract.blocks import Block, Flat, fold_text
from healthnews.extract.boilerplate import is_boilerplate_line, is_related_heading
from healthnews.extract.cards import join_tags
from healthnews.extract.furniture import ABOUT_THIS, RELATED_STARTS
from healthnews.extract.item_ends import (
    LEAST_TITLE,
    MAX_ENTRY,
    MAX_LIST_HEADING,
    common_depth,
    end_of_entries,
    find_resumption,
    path_of,
)
from healthnews.extract.page import Page
from healthnews.records import RelatedItem

_MAX_HEADINGS = 30
_MAX_ITEMS = 60
_MAX_BLOCKS = 400


class RelatedBlock(NamedTuple):
    """A heading such as 相关推荐 and what stands behind it, as a half-open range of blocks."""

    heading: str
    start: int
    end: int


def find_related_blocks(flat: Flat) -> list[RelatedBlock]:
    """Every block of links to other articles, in order; nothing in them belongs to the page's own article."""
    blocks = flat.blocks
    headings = [
        index
        for index, block in enumerate(blocks)
        if len(text := block.text) <= MAX_LIST_HEADING
        and (text[:2] in RELATED_STARTS or not text[0].isalnum())
        and is_related_heading(text)
    ]
    if not headings:
        return []
    # A block ends before the page's headline, and before the next heading; names of tabs right behind a heading open no block.
    bounds = sorted({*headings, *(i for i, block in enumerate(blocks) if block.tag == "h1"), len(blocks)})
    return [RelatedBlock(blocks[i].text, i + 1, _end_of_block(flat, i, bounds)) for i in headings[:_MAX_HEADINGS]]


def find_related(page: Page, flat: Flat, related_blocks: Sequence[RelatedBlock]) -> tuple[RelatedItem, ...]:
    """Items of the page's first related block that has any, in order; each address once. Rankings of the site are not related."""
    for block in related_blocks:
        if ABOUT_THIS.search(block.heading):
            behind = flat.blocks[block.start : block.end]
            if items := _dated_items(page, flat, behind) or _linked_items(page, behind):
                return items
    return ()


def read_items(page: Page, flat: Flat, behind: Sequence[Block]) -> tuple[RelatedItem, ...]:
    """Items of a related block with title, snippet, tag and date as far as they have them; none where neither link nor date is there."""
    stretches = stretches_of(behind)
    last = last_date(stretches)
    if last < 0 and not any(stretch.href for stretch in stretches):
        return ()
    rest = _undated_rest(flat, behind, stretches[: last + 1], stretches[last + 1 :])
    whole = join_tags(flat, behind, [*stretches[: last + 1], *rest])
    return read_related(whole, page.absolute, page.fetched_at)[0]


def _undated_rest(flat: Flat, behind: Sequence[Block], dated: Sequence[Stretch], rest: Sequence[Stretch]) -> list[Stretch]:
    """What behind the last date is still an item: it begins with a title, in the element that holds the others.

    A number of readers, a button, or the links at a page's foot are none.
    """
    linked = [stretch.block for stretch in dated if stretch.href]
    has_links = bool(linked) or any(stretch.href for stretch in rest)
    first, final = (path_of(flat, behind[linked[i]]) for i in (0, -1)) if linked and linked[0] != linked[-1] else ([], [])
    around = first[: common_depth(first, final)]
    titled = {stretch.href for stretch in rest if len(stretch.text) >= LEAST_TITLE}
    kept = [
        stretch
        for stretch in rest
        if path_of(flat, behind[stretch.block])[: len(around)] == around
        and not is_boilerplate_line(stretch.text)
        and not (stretch.href and len(stretch.text) < LEAST_TITLE and stretch.href not in titled)
    ]
    return list(dropwhile(lambda stretch: (has_links and not stretch.href) or len(stretch.text) < LEAST_TITLE, kept))


def _end_of_block(flat: Flat, heading: int, bounds: Sequence[int]) -> int:
    """Index after the last entry behind a heading of the page; never beyond the next of the ascending `bounds`."""
    first = heading + 1
    while first in bounds and first < len(flat.blocks) and flat.blocks[first].tag != "h1":
        first += 1
    limit = min(heading + 1 + _MAX_BLOCKS, next(bound for bound in bounds if bound >= first))
    limit = find_resumption(flat, heading, limit) or limit
    return end_of_entries(flat, flat.blocks, heading, limit, MAX_ENTRY)


def _dated_items(page: Page, flat: Flat, behind: Sequence[Block]) -> tuple[RelatedItem, ...]:
    if not any("-" in block.text and may_end_item(block.text) for block in behind):
        return ()
    stretches = stretches_of(behind)
    begins = bool(stretches) and (stretches[0].href is not None or all(stretch.href is None for stretch in stretches))
    return read_items(page, flat, behind) if begins and last_date(stretches) > 0 else ()


def _linked_items(page: Page, behind: Sequence[Block]) -> tuple[RelatedItem, ...]:
    items: dict[str, RelatedItem] = {}
    for block in behind:
        for part in block.parts:
            if part.href is None or len(title := fold_text(part.text)) < LEAST_TITLE:
                continue
            target = page.target(part.href)
            if target and target not in items and not is_boilerplate_line(title):
                items[target] = RelatedItem(position=len(items) + 1, title=title, url=page.absolute(part.href))
                if len(items) == _MAX_ITEMS:
                    return tuple(items.values())
    return tuple(items.values())
