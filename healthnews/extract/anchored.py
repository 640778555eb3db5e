"""Reading a page whose texts are known but whose markup is not: anchors are 提示:…, 相关推荐, and tag + date."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from math import inf
from typing import NamedTuple

from healthnews.extract.blocks import Block, Element, Flat, fold_text
from healthnews.extract.dates import parse_date
from healthnews.extract.quality import is_disclaimer
from healthnews.extract.sections import Line
from healthnews.records import RelatedItem

RELATED_HEADING = re.compile(r"^\W*+相关推荐\W*+$")
"""A line that opens the related block."""
DISCLAIMER = re.compile(r"^提示\s*[:\uff1a]\s*\S")
"""A line that is the site's disclaimer."""
_TAG_DATE = re.compile(r"^(?P<tag>[^\d,。;:!?\uff0c\uff1b\uff1a\uff01\uff1f]{0,12}?)[\s|·/-]*(?P<date>[12]\d{3}-\d{1,2}-\d{1,2})$")
_ANY_DATE = re.compile(r"[12]\d{3}-\d{1,2}-\d")
_REST_OF_DATE = re.compile(r"[\d\s-]*")
_MAX_TAG = 10
_RANKS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_ITEMS = frozenset(("li", "dd"))
_MAX_ITEM_DEPTH = 32
"""How many elements up a line's list item is looked for: further up a list is layout."""
_MAX_RUN = 41
"""Longest run of lines in which the item without snippet is searched for; two lines for each of the site's 20 items, and one."""
_SENTENCE_MARK = re.compile(r"[,。;:!?、\uff0c\uff1b\uff1a\uff01\uff1f]")


def find_disclaimer(texts: Sequence[str]) -> int | None:
    """Index of the disclaimer among the lines of an answer: the last line 提示:… that disclaims, else the very last line if it is one.

    A 提示:… in the middle of an answer is advice.
    """
    for index in range(len(texts) - 1, -1, -1):
        if DISCLAIMER.match(texts[index]) and is_disclaimer(texts[index]):
            return index
    return len(texts) - 1 if texts and DISCLAIMER.match(texts[-1]) else None


class Stretch(NamedTuple):
    """A piece of a related block: a line, or the part of a line that has a link or a span of its own.

    Attributes:
        text: Its text.
        href: The address it links to.
        block: Number of its line.
        tag: Name of the element the line stands in; empty where there are no elements.
        joins: Its line follows the one before without a blank line, in a text that has blank lines.
    """

    text: str
    href: str | None
    block: int
    tag: str = ""
    joins: bool = False


class _Entry(NamedTuple):
    """The stretches of one related item, and the tag and date as written that end it."""

    stretches: Sequence[Stretch]
    tag: str | None = None
    date: str | None = None


def stretches_of(blocks: Sequence[Block]) -> list[Stretch]:
    """Blocks cut into their parts; rows of tables into their cells' parts."""
    found: list[Stretch] = []
    for index, block in enumerate(blocks):
        for part in block.parts:
            if text := fold_text(part.text):
                found.append(Stretch(text, part.href, index, block.tag))
    return found


def read_related(
    stretches: Sequence[Stretch], absolute: Callable[[str | None], str | None], fetched_at: datetime
) -> tuple[tuple[RelatedItem, ...], bool]:
    """Items of a related block: title, snippet, tag and date, repeated; an item may lack all but its title.

    Args:
        stretches: What stands behind the block's heading, to the end of its last item.
        absolute: Makes a link's address absolute.
        fetched_at: Moment of the capture, aware; a date after it is none.

    Returns:
        The items in order, and whether the last one ends without a date.
    """
    entries, rest = _split_entries(stretches)
    entries = _split_off_tags(entries)
    if rest:
        entries.append(_without_cut_tag(rest, entries))
    whole = (part for entry in entries for part in _split_lines(entry) if part.stretches)
    return tuple(_item(position, entry, absolute, fetched_at) for position, entry in enumerate(whole, 1)), bool(rest)


def last_date(stretches: Sequence[Stretch]) -> int:
    """Index of the last stretch that ends a related item; -1 when none does."""
    return next((i for i in range(len(stretches) - 1, -1, -1) if parse_tag_date(stretches[i].text)), -1)


def may_end_item(text: str) -> bool:
    """Whether a date of the form that ends items stands anywhere in a text."""
    return bool(_ANY_DATE.search(text))


def parse_tag_date(text: str) -> tuple[str | None, str] | None:
    """Tag and date, as written, of a line `标签 YYYY-MM-DD`; None for any other line.

    The date may be impossible or lie ahead: such a line, too, ends an item and is no text.
    """
    found = _TAG_DATE.match(text) if len(text) < 40 else None
    return (found["tag"].strip() or None, found["date"]) if found else None


def _split_entries(stretches: Sequence[Stretch]) -> tuple[list[_Entry], list[Stretch]]:
    """Entries that end in a date, or where the next link begins; and what is left behind the last."""
    entries: list[_Entry] = []
    current: list[Stretch] = []
    for index, stretch in enumerate(stretches):
        if dated := parse_tag_date(stretch.text):
            entries.append(_Entry(current, *dated))
            current = []
            continue
        if current and _starts_item(stretch, current, stretches[index + 1 : index + 2]):
            entries.append(_Entry(current))
            current = []
        current.append(stretch)
    return entries, current


def _split_lines(entry: _Entry) -> list[_Entry]:
    """An entry without links cut into its items: what stands before one date may be several items, the earlier ones without a date.

    An item has a title and at most one line of snippet.
    """
    lines = [list(group) for _, group in groupby(entry.stretches, key=lambda stretch: stretch.block)]
    if len(lines) < 2 or any(stretch.href for stretch in entry.stretches):
        return [entry]
    groups = _group_lines(lines)
    items = [_Entry([stretch for line in group for stretch in line]) for group in groups]
    return [*items[:-1], items[-1]._replace(tag=entry.tag, date=entry.date)]


def _group_lines(lines: Sequence[list[Stretch]]) -> list[Sequence[list[Stretch]]]:
    """Lines of each item: where its title's element recurs, else a line or paragraph each where these hold whole items, else by twos."""
    tags = {line[0].tag for line in lines}
    if len(tags) > 1:
        return _cut(lines, [line[0].tag == lines[0][0].tag for line in lines])
    if all(len(line) > 1 for line in lines):
        return [[line] for line in lines]
    if len(lines) > 2 and any(line[0].joins for line in lines[1:]):
        paragraphs = _cut(lines, [not line[0].joins for line in lines])
        if all(len(paragraph) <= 2 for paragraph in paragraphs):
            return paragraphs
    return _pair_lines(lines)


def _cut(lines: Sequence[list[Stretch]], starts: Sequence[bool]) -> list[Sequence[list[Stretch]]]:
    bounds = [0, *(i for i, is_start in enumerate(starts) if is_start and i), len(lines)]
    return [lines[bounds[i] : bounds[i + 1]] for i in range(len(bounds) - 1)]


def _pair_lines(lines: Sequence[list[Stretch]]) -> list[Sequence[list[Stretch]]]:
    """Lines by twos, title and snippet; of an odd number, one item has no snippet: the one that leaves the longest lines as snippets."""
    alone = len(lines)
    if len(lines) % 2:
        # On the seed pages no title is longer than 28 characters, no snippet shorter than 169.
        lengths = [len(line[0].text) for line in lines]
        places = range(0, len(lines), 2) if len(lines) <= _MAX_RUN else [len(lines) - 1]
        alone = max(places, key=lambda place: (sum(lengths[1:place:2]) + sum(lengths[place + 2 :: 2]), place))
    starts = [index % 2 == (index > alone) for index in range(len(lines))]
    return _cut(lines, starts)


def _starts_item(stretch: Stretch, current: Sequence[Stretch], following: Sequence[Stretch]) -> bool:
    """Whether a link begins the next item although the present one has no date: another address, and no tag before a date."""
    if not stretch.href or not current[0].href or stretch.href == current[0].href or stretch.block == current[0].block:
        return False
    return not (following and parse_tag_date(following[0].text) and len(stretch.text) <= _MAX_TAG)


def _split_off_tags(entries: Sequence[_Entry]) -> list[_Entry]:
    """Entries with their tags where these stand in an element of their own, before the date.

    A tag is short, has no sentence mark, and recurs; a title or snippet does not.
    """
    lasts = Counter(entry.stretches[-1].text for entry in entries if entry.tag is None and entry.date and len(entry.stretches) > 1)
    split: list[_Entry] = []
    for entry in entries:
        last = entry.stretches[-1].text if len(entry.stretches) > 1 else ""
        is_tag = 0 < len(last) <= _MAX_TAG and not _SENTENCE_MARK.search(last) and (lasts[last] > 1 or len(lasts) == 1)
        split.append(_Entry(entry.stretches[:-1], last, entry.date) if entry.tag is None and entry.date and is_tag else entry)
    return split


def _without_cut_tag(rest: Sequence[Stretch], entries: Sequence[_Entry]) -> _Entry:
    """What follows the last date as an item, without the beginning of its tag and date."""
    last = rest[-1].text
    tags = {entry.tag for entry in entries if entry.tag} if len(rest) > 1 else set()
    if last in tags:
        return _Entry(rest[:-1], last)
    if any(tag.startswith(last) or (last.startswith(tag) and _REST_OF_DATE.fullmatch(last, len(tag))) for tag in tags):
        return _Entry(rest[:-1])
    return _Entry(rest)


def _item(position: int, entry: _Entry, absolute: Callable[[str | None], str | None], fetched_at: datetime) -> RelatedItem:
    title, *others = entry.stretches
    href = title.href or next((other.href for other in others if other.href), None)
    snippet = ""
    for index, other in enumerate(others):
        # Parts of one line are joined as they stood; lines as the site flattens them.
        joint = " " if index and other.block != others[index - 1].block else ""
        snippet += joint + other.text
    dated = parse_date(entry.date, fetched_at) if entry.date else None
    return RelatedItem(
        position=position,
        title=title.text,
        url=absolute(href),
        snippet=snippet or None,
        tag=entry.tag,
        published_at=dated.moment if dated else None,
    )


def as_lines(blocks: Iterable[Block], flat: Flat) -> list[Line]:
    """Blocks as lines of a body, with what their markup tells of headings and lists."""
    depths: dict[int, float] = {-1: inf}
    lines = []
    for block in blocks:
        depth = inf
        if block.element >= 0:
            holder = flat.elements[block.element]
            # Lines of a text stand beside each other, so that the way up is gone once.
            depth = 0 if holder.tag in _ITEMS else 1 + _depth_in_item(flat.elements, holder.parent, depths)
        lines.append(Line(block.text, _RANKS.get(block.tag, 0), block.bold, bool(block.cells) or depth < _MAX_ITEM_DEPTH))
    return lines


def _depth_in_item(elements: Sequence[Element], element: int, depths: dict[int, float]) -> float:
    """How far up from an element its list item is; infinite where it stands in none.

    Args:
        elements: The page's elements.
        element: Index of one of them; -1 for none.
        depths: What is known, that of none at least; the answers for this one and for all around it are added.
    """
    path: list[int] = []
    while (depth := depths.get(element)) is None:
        path.append(element)
        element = elements[element].parent
    for inner in reversed(path):
        depths[inner] = depth = 0 if elements[inner].tag in _ITEMS else depth + 1
    return depth
