"""Where a block of links to other articles ends: items that end in dates, that are links, or elements of one form."""

import re
from collections.abc import Callable, Iterable, Sequence

from healthnews.extract.anchored import parse_tag_date
from healthnews.extract.blocks import Block, Element, Flat, fold_text
from healthnews.extract.boilerplate import is_boilerplate_line, is_related_heading, link_density
from healthnews.extract.dates import has_date
from healthnews.extract.furniture import ABOUT_THIS, OTHER_ARTICLES

_DATE_MARKS = re.compile(r"[\d\s年月日:\uff1a./-]")
LEAST_TITLE = 5
_MAX_TAG = 12
MAX_LIST_HEADING = 40
MAX_ENTRY = 8
_MAX_DEPTH = 16
"""Elements around a heading's first line in which a repeated form is looked for."""
_LEAST_PARAGRAPH = 60
_MAX_GAP = 4
"""Lines between two links of a list without dates: a snippet, a tag, a picture's caption."""


def end_of_items(flat: Flat, blocks: Sequence[Block], heading: int, limit: int, *, max_entry: int = MAX_ENTRY) -> int:
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
    return end_of_entries(flat, blocks, heading, start + len(_to_next_heading(blocks[start:limit])), max_entry)


def end_of_entries(flat: Flat, blocks: Sequence[Block], heading: int, limit: int, max_entry: int) -> int:
    """What `end_of_items` gives, where no other heading is known to stand before `limit`."""
    start = heading + 1
    behind = blocks[start:limit]
    dated_end = _end_of_dated(behind, _ends_item, max_entry)
    linked = _linked_lines(behind, dated_end)
    if not linked or linked[0] > MAX_ENTRY:
        return _end_without_links(flat, blocks, heading, limit, max_entry)
    later = [index for index in linked if index >= dated_end]
    linked_end = max(_end_of_chain(linked, _MAX_GAP), _end_of_chain(later, _MAX_GAP, dated_end))
    titles = _first_links(blocks, [heading, *(start + index for index in linked if index < linked_end)])
    ends = [start + dated_end, start + linked_end]
    if len(titles) > 1:
        ends.append(_end_of_last_item(flat, blocks, titles, limit, is_dated=start + dated_end > titles[-1]))
    return max(ends)


def _linked_lines(behind: Sequence[Block], dated_end: int) -> list[int]:
    """Indices of the lines that are links, as far as they follow each other, or the dated items, within a few lines."""
    found: list[int] = []
    reach = max(MAX_ENTRY, dated_end + _MAX_GAP)
    for index, block in enumerate(behind):
        if index > reach:
            break
        if _is_link(block):
            found.append(index)
            reach = max(reach, index + 1 + _MAX_GAP)
    return found


def find_resumption(flat: Flat, heading: int, limit: int) -> int | None:
    """Index of the paragraph where a text goes on that a box with the heading at its top interrupts; None if the heading is in no such box.

    The paragraphs before and behind the box stand in one element, and the heading, with what it heads, in another one inside it.
    """
    before = next((i for i in range(heading - 1, max(-1, heading - MAX_ENTRY), -1) if _is_paragraph(flat.blocks[i])), None)
    if before is None:
        return None
    holder, tag = _holder(flat, before), flat.blocks[before].tag
    box = next((e for e in path_of(flat, flat.blocks[heading]) if flat.elements[e].parent == holder), None)
    if box is None or holder < 0 or not any(len(block.text) >= LEAST_TITLE for block in flat.blocks[heading + 1 : flat.elements[box].end]):
        return None
    for index in range(flat.elements[box].end, min(limit, flat.elements[box].end + MAX_ENTRY)):
        block = flat.blocks[index]
        if block.tag == tag and _is_paragraph(block) and _holder(flat, index) == holder:
            return index
    return None


def _is_paragraph(block: Block) -> bool:
    return len(block.text) >= _LEAST_PARAGRAPH and link_density(block) < 0.5


def _holder(flat: Flat, index: int) -> int:
    element = flat.blocks[index].element
    return flat.elements[element].parent if element >= 0 else -1


def _end_of_dated(behind: Sequence[Block], ends_item: Callable[[Block], bool], gap: int) -> int:
    """Index after the last of the lines that end items and follow each other by steps of at most `gap`."""
    end = 0
    for index, block in enumerate(behind):
        if index - end > gap:
            break
        if ends_item(block):
            end = index + 1
    return end


def _end_of_chain(indices: Iterable[int], gap: int, start: int = 0) -> int:
    """Index after the last one that is reached from `start` by steps of at most `gap`."""
    end = start
    for index in indices:
        if index - end > gap:
            break
        end = index + 1
    return end


def _is_link(block: Block) -> bool:
    if not block.link_characters or len(block.text) < LEAST_TITLE:
        return False
    if block.cells:
        return any(part.href is not None and len(part.text) >= LEAST_TITLE for part in block.parts)
    return 2 * block.link_characters > len(block.text) and not is_boilerplate_line(block.text)


def _first_links(blocks: Sequence[Block], indices: Sequence[int]) -> list[int]:
    """Of blocks that are links, those that do not repeat the address of the one before: a title is one, its picture or snippet none."""
    addresses = [blocks[index].address for index in indices]
    # Links that scripts follow have no address, and none repeats another.
    return [index for i, index in enumerate(indices) if not i or addresses[i] is None or addresses[i] != addresses[i - 1]]


def _end_of_last_item(flat: Flat, blocks: Sequence[Block], titles: Sequence[int], limit: int, *, is_dated: bool) -> int:
    """Index after the item whose title is the last of `titles`, of which the first is the heading."""
    *earlier, previous, last = titles
    path, other = path_of(flat, blocks[last]), path_of(flat, blocks[previous])
    depth = common_depth(path, other)
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
    while end < limit and element in path_of(flat, blocks[end]):
        end += 1
        if end - index > MAX_ENTRY:
            return index + 1
    return end


def _end_of_lines(flat: Flat, blocks: Sequence[Block], previous: int, last: int, limit: int) -> int:
    """Index after the lines behind the title `last` that correspond to those behind the title before it, where no element holds an item."""
    path = path_of(flat, blocks[last])
    around = path[: common_depth(path, path_of(flat, blocks[previous]))]
    end = last + 1
    for line in blocks[previous + 1 : last]:
        if end == limit:
            break
        if parse_tag_date(line.text) and not parse_tag_date(blocks[end].text):
            continue
        if blocks[end].tag != line.tag or path_of(flat, blocks[end])[: len(around)] != around or _is_heading(blocks[end]):
            break
        end += 1
    return end


def _end_without_links(flat: Flat, blocks: Sequence[Block], heading: int, limit: int, max_entry: int) -> int:
    """Index after items that are no links: they end in dates, or are elements of one form behind an unmistakable heading."""
    start, text = heading + 1, blocks[heading].text
    dated_end = _end_of_dated(blocks[start:limit], _is_dated, max_entry)
    # A single date behind a name such as 热点新闻 may be that of the page, whose channel has this name.
    if not ABOUT_THIS.search(text) and sum(map(_is_dated, blocks[start : start + dated_end])) < 2:
        dated_end = 0
    repeated_end = _end_of_repeated(flat, blocks, heading, limit) if dated_end or OTHER_ARTICLES.search(text) else start
    return max(start + dated_end, repeated_end)


def _ends_item(block: Block) -> bool:
    if "-" not in block.text:
        return False
    return any(parse_tag_date(fold_text(part.text)) for part in block.parts)


def _is_dated(block: Block) -> bool:
    """Whether a line ends an item: a date in any form, with no more than a tag beside it."""
    text = block.text
    is_short = len(text) <= MAX_LIST_HEADING and has_date(text) and len(_DATE_MARKS.sub("", text)) <= _MAX_TAG
    return is_short or _ends_item(block)


def _end_of_repeated(flat: Flat, blocks: Sequence[Block], heading: int, limit: int) -> int:
    """Index after two or more elements of the same form, of a few lines each, directly behind a heading; else the index behind it."""
    start = heading + 1
    if start >= limit:
        return start
    path = path_of(flat, blocks[start])
    outermost = common_depth(path, path_of(flat, blocks[heading]))
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
    own = path_of(flat, blocks[index])
    if own[:depth] != path[:depth] or len(own) <= depth or blocks[index].tag != flat.elements[path[-1]].tag:
        return 0
    if not _is_alike(flat.elements[own[depth]], flat.elements[path[depth]]):
        return 0
    size = 1
    while index + size < limit and own[depth] in path_of(flat, blocks[index + size]):
        size += 1
        if size > MAX_ENTRY:
            return 0
    return size


def _is_alike(one: Element, other: Element) -> bool:
    """Whether two elements have the same tag and share a class, or have none."""
    names, others = set(one.names.split()), set(other.names.split())
    return one.tag == other.tag and (bool(names & others) or not (names or others))


def path_of(flat: Flat, block: Block) -> list[int]:
    """The elements that hold a block, outermost first."""
    path: list[int] = []
    element = block.element
    while element >= 0:
        path.append(element)
        element = flat.elements[element].parent
    return path[::-1]


def common_depth(one: Sequence[int], other: Sequence[int]) -> int:
    """How many elements two paths share from the outermost on."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _to_next_heading(behind: Sequence[Block]) -> Sequence[Block]:
    """Blocks up to the heading of another list; names of tabs directly behind the heading open none."""
    first = next((i for i, block in enumerate(behind) if not _is_heading(block)), len(behind))
    return behind[: next((i for i in range(first, len(behind)) if _is_heading(behind[i])), len(behind))]


def _is_heading(block: Block) -> bool:
    return len(block.text) <= MAX_LIST_HEADING and is_related_heading(block.text)
