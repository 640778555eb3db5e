"""Related links of any page: the links behind a heading such as 相关推荐 or 猜你喜欢."""

import re
from collections.abc import Iterable, Sequence
from itertools import dropwhile
from typing import NamedTuple

from healthnews.extract.anchored import Stretch, last_date, parse_tag_date, read_related, stretches_of
from healthnews.extract.blocks import Block, Element, Flat, fold_text
from healthnews.extract.boilerplate import RELATED_HEADING, is_boilerplate_line, link_density
from healthnews.extract.cards import join_tags
from healthnews.extract.dates import has_date
from healthnews.extract.page import Page
from healthnews.records import RelatedItem

_ABOUT_THIS = re.compile(r"相关|相關|猜你|推荐|推薦|延伸|可能.*(?:喜欢|感兴趣)|在看|关联|related|also|more on", re.I)
_OTHER_ARTICLES = re.compile(
    r"相关(?:推荐|阅读|文章|链接|新闻|报道)|相關(?:推薦|閱讀|文章|新聞)|推荐阅读|延伸阅读|"
    r"猜你喜欢|[为為][您你]推[荐薦]|related (?:articles|posts)",
    re.I,
)
"""Headings that stand over other articles alone; 相关知识 may head a section of the page's own."""
_DATE_MARKS = re.compile(r"[\d\s年月日:\uff1a./-]")
_LEAST_TITLE = 5
_MAX_TAG = 12
_MAX_HEADING = 40
_MAX_HEADINGS = 30
_MAX_ITEMS = 60
_MAX_BLOCKS = 400
_MAX_ENTRY = 8
_MAX_DEPTH = 16
"""Elements around a heading's first line in which a repeated form is looked for."""
_MAX_GAP = 4
"""Lines between two links of a list without dates: a snippet, a tag, a picture's caption."""


class RelatedBlock(NamedTuple):
    """A heading such as 相关推荐 and what stands behind it, as a half-open range of blocks."""

    heading: str
    start: int
    end: int


def find_related_blocks(flat: Flat) -> list[RelatedBlock]:
    """Every block of links to other articles, in order; nothing in them belongs to the page's own article."""
    headings = [i for i, block in enumerate(flat.blocks) if _is_heading(block)]
    return [RelatedBlock(flat.blocks[i].text, i + 1, _end_of_block(flat, i)) for i in headings[:_MAX_HEADINGS]]


def find_related(page: Page, flat: Flat, related_blocks: Sequence[RelatedBlock]) -> tuple[RelatedItem, ...]:
    """Items of the page's first related block that has any, in order; each address once. Rankings of the site are not related."""
    for block in related_blocks:
        if _ABOUT_THIS.search(block.heading):
            behind = flat.blocks[block.start : block.end]
            if items := _dated_items(page, flat, behind) or _linked_items(page, behind):
                return items
    return ()


def end_of_items(flat: Flat, blocks: Sequence[Block], heading: int, limit: int, *, max_entry: int = _MAX_ENTRY) -> int:
    """Index after the last item behind a heading: items that end in dates, that are links, or elements of one form; at most `limit`.

    Entries follow each other within a few lines (title, snippet, tag, date); where that chain breaks, something else begins.

    Args:
        flat: The page's elements.
        blocks: The page's blocks, or those of them that count.
        heading: Index of the heading among them.
        limit: Index where the items end at the latest.
        max_entry: Lines from one date to the next at most.
    """
    start = heading + 1
    behind = _to_next_heading(blocks[start:limit])
    limit = start + len(behind)
    dated_end = _end_of_chain((index for index, block in enumerate(behind) if _ends_item(block)), max_entry)
    linked = [index for index, block in enumerate(behind) if _is_link(block)]
    if not linked or linked[0] > _MAX_ENTRY:
        return _end_without_links(flat, blocks, heading, limit, max_entry)
    later = [index for index in linked if index >= dated_end]
    linked_end = max(_end_of_chain(linked, _MAX_GAP), _end_of_chain(later, _MAX_GAP, dated_end))
    titles = _first_links(blocks, [heading, *(start + index for index in linked if index < linked_end)])
    ends = [start + dated_end, start + linked_end]
    if len(titles) > 1:
        ends.append(_end_of_last_item(flat, blocks, titles, limit, is_dated=start + dated_end > titles[-1]))
    return max(ends)


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
    first, final = (_path(flat, behind[linked[i]]) for i in (0, -1)) if linked and linked[0] != linked[-1] else ([], [])
    around = first[: _common_depth(first, final)]
    titled = {stretch.href for stretch in rest if len(stretch.text) >= _LEAST_TITLE}
    kept = [
        stretch
        for stretch in rest
        if _path(flat, behind[stretch.block])[: len(around)] == around
        and not is_boilerplate_line(stretch.text)
        and not (stretch.href and len(stretch.text) < _LEAST_TITLE and stretch.href not in titled)
    ]
    return list(dropwhile(lambda stretch: (has_links and not stretch.href) or len(stretch.text) < _LEAST_TITLE, kept))


def _end_of_block(flat: Flat, heading: int) -> int:
    """Index after the last entry behind a heading of the page; never beyond its headline."""
    limit = min(len(flat.blocks), heading + 1 + _MAX_BLOCKS)
    limit = next((i for i in range(heading + 1, limit) if flat.blocks[i].tag == "h1"), limit)
    return end_of_items(flat, flat.blocks, heading, limit)


def _end_of_chain(indices: Iterable[int], gap: int, start: int = 0) -> int:
    """Index after the last one that is reached from `start` by steps of at most `gap`."""
    end = start
    for index in indices:
        if index - end > gap:
            break
        end = index + 1
    return end


def _is_link(block: Block) -> bool:
    if not block.link_characters or len(block.text) < _LEAST_TITLE:
        return False
    if block.cells:
        return any(part.href is not None and len(part.text) >= _LEAST_TITLE for part in block.parts)
    return link_density(block) > 0.5 and not is_boilerplate_line(block.text)


def _first_links(blocks: Sequence[Block], indices: Sequence[int]) -> list[int]:
    """Of blocks that are links, those that do not repeat the address of the one before: a title is one, its picture or snippet none."""
    addresses = [next((part.href for part in blocks[index].parts if part.href), None) for index in indices]
    # Links that scripts follow have no address, and none repeats another.
    return [index for i, index in enumerate(indices) if not i or addresses[i] is None or addresses[i] != addresses[i - 1]]


def _end_of_last_item(flat: Flat, blocks: Sequence[Block], titles: Sequence[int], limit: int, *, is_dated: bool) -> int:
    """Index after the item whose title is the last of `titles`, of which the first is the heading."""
    *earlier, previous, last = titles
    path, other = _path(flat, blocks[last]), _path(flat, blocks[previous])
    depth = _common_depth(path, other)
    # Items in a row are elements of the same kind; a list and what follows it are not.
    is_alike = depth < len(path) and (
        not earlier or (depth < len(other) and flat.elements[path[depth]].tag == flat.elements[other[depth]].tag)
    )
    end = _end_of_element(flat, blocks, last, path[depth], limit) if is_alike else last + 1
    if end > last + 1 or is_dated or not earlier:
        return end
    return _end_of_lines(flat, blocks, previous, last, limit)


def _end_of_element(flat: Flat, blocks: Sequence[Block], index: int, element: int, limit: int) -> int:
    """Index after an element that holds the block `index`; only the index behind this block where the element is too long for an item."""
    end = index + 1
    while end < limit and element in _path(flat, blocks[end]):
        end += 1
        if end - index > _MAX_ENTRY:
            return index + 1
    return end


def _end_of_lines(flat: Flat, blocks: Sequence[Block], previous: int, last: int, limit: int) -> int:
    """Index after the lines behind the title `last` that correspond to those behind the title before it, where no element holds an item."""
    path = _path(flat, blocks[last])
    around = path[: _common_depth(path, _path(flat, blocks[previous]))]
    end = last + 1
    for line in blocks[previous + 1 : last]:
        if end == limit:
            break
        if parse_tag_date(line.text) and not parse_tag_date(blocks[end].text):
            continue
        if blocks[end].tag != line.tag or _path(flat, blocks[end])[: len(around)] != around or _is_heading(blocks[end]):
            break
        end += 1
    return end


def _end_without_links(flat: Flat, blocks: Sequence[Block], heading: int, limit: int, max_entry: int) -> int:
    """Index after items that are no links: they end in dates, or are elements of one form behind an unmistakable heading."""
    start, text = heading + 1, blocks[heading].text
    dated_end = _end_of_chain((index for index, block in enumerate(blocks[start:limit]) if _is_dated(block)), max_entry)
    # A single date behind a name such as 热点新闻 may be that of the page, whose channel has this name.
    if not _ABOUT_THIS.search(text) and sum(map(_is_dated, blocks[start : start + dated_end])) < 2:
        dated_end = 0
    repeated_end = _end_of_repeated(flat, blocks, heading, limit) if dated_end or _OTHER_ARTICLES.search(text) else start
    return max(start + dated_end, repeated_end)


def _ends_item(block: Block) -> bool:
    return any(parse_tag_date(fold_text(part.text)) for part in block.parts)


def _is_dated(block: Block) -> bool:
    """Whether a line ends an item: a date in any form, with no more than a tag beside it."""
    text = block.text
    is_short = len(text) <= _MAX_HEADING and has_date(text) and len(_DATE_MARKS.sub("", text)) <= _MAX_TAG
    return is_short or _ends_item(block)


def _end_of_repeated(flat: Flat, blocks: Sequence[Block], heading: int, limit: int) -> int:
    """Index after two or more elements of the same form, of a few lines each, directly behind a heading; else the index behind it."""
    start = heading + 1
    if start >= limit:
        return start
    path = _path(flat, blocks[start])
    outermost = _common_depth(path, _path(flat, blocks[heading]))
    for depth in range(outermost, min(len(path), outermost + _MAX_DEPTH)):
        end, count = start, 0
        while (size := _size_of_element(flat, blocks, end, depth, path, limit)) > 1:
            end, count = end + size, count + 1
        if count > 1:
            return end
    return start


def _size_of_element(flat: Flat, blocks: Sequence[Block], index: int, depth: int, path: Sequence[int], limit: int) -> int:
    """Number of lines of the element at this depth that begins at `index`, if it is like the one of `path`; else 0."""
    if index >= limit:
        return 0
    own = _path(flat, blocks[index])
    if own[:depth] != path[:depth] or len(own) <= depth or blocks[index].tag != flat.elements[path[-1]].tag:
        return 0
    if not _is_alike(flat.elements[own[depth]], flat.elements[path[depth]]):
        return 0
    size = 1
    while index + size < limit and own[depth] in _path(flat, blocks[index + size]):
        size += 1
        if size > _MAX_ENTRY:
            return 0
    return size


def _is_alike(one: Element, other: Element) -> bool:
    """Whether two elements have the same tag and share a class, or have none."""
    names, others = set(one.names.split()), set(other.names.split())
    return one.tag == other.tag and (bool(names & others) or not (names or others))


def _path(flat: Flat, block: Block) -> list[int]:
    """The elements that hold a block, outermost first."""
    path: list[int] = []
    element = block.element
    while element >= 0:
        path.append(element)
        element = flat.elements[element].parent
    return path[::-1]


def _common_depth(one: Sequence[int], other: Sequence[int]) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _to_next_heading(behind: Sequence[Block]) -> Sequence[Block]:
    """Blocks up to the heading of another list; names of tabs directly behind the heading open none."""
    first = next((i for i, block in enumerate(behind) if not _is_heading(block)), len(behind))
    return behind[: next((i for i in range(first, len(behind)) if _is_heading(behind[i])), len(behind))]


def _is_heading(block: Block) -> bool:
    return len(block.text) <= _MAX_HEADING and bool(RELATED_HEADING.match(block.text))


def _dated_items(page: Page, flat: Flat, behind: Sequence[Block]) -> tuple[RelatedItem, ...]:
    stretches = stretches_of(behind)
    begins = bool(stretches) and (stretches[0].href is not None or all(stretch.href is None for stretch in stretches))
    return read_items(page, flat, behind) if begins and last_date(stretches) > 0 else ()


def _linked_items(page: Page, behind: Sequence[Block]) -> tuple[RelatedItem, ...]:
    items: dict[str, RelatedItem] = {}
    for block in behind:
        for part in block.parts:
            title, url = fold_text(part.text), page.absolute(part.href)
            if url and len(title) >= _LEAST_TITLE and url not in items and len(items) < _MAX_ITEMS:
                items[url] = RelatedItem(position=len(items) + 1, title=title, url=url)
    return tuple(items.values())
