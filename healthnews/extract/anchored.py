"""Reading a page whose texts are known but whose markup is not: anchors are 提示:…, 相关推荐, and tag + date."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from healthnews.extract.blocks import Block, Flat, fold_text
from healthnews.extract.quality import is_disclaimer
from healthnews.extract.sections import Line
from healthnews.records import RelatedItem

RELATED_HEADING = re.compile(r"^[\s\W]*相关推荐[\s\W]*$")
"""A line that opens the related block."""
DISCLAIMER = re.compile(r"^提示\s*[:\uff1a]\s*\S")
"""A line that is the site's disclaimer."""
_TAG_DATE = re.compile(r"^(?P<tag>[^\d,。;:!?\uff0c\uff1b\uff1a\uff01\uff1f]{0,12}?)[\s|·/-]*(?P<date>(?:19|20)\d\d-\d{1,2}-\d{1,2})$")
_MAX_TAG = 10
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
    """A piece of a related block: a line, or the part of a line that has a link or a span of its own."""

    text: str
    href: str | None
    block: int


class _Entry(NamedTuple):
    """The stretches of one related item, and the tag and date that end it."""

    stretches: list[Stretch]
    tag: str | None
    date: datetime | None


def stretches_of(blocks: Sequence[Block]) -> list[Stretch]:
    """Blocks cut into their parts; rows of tables into their cells' parts."""
    found: list[Stretch] = []
    for index, block in enumerate(blocks):
        for part in block.parts:
            if text := fold_text(part.text):
                found.append(Stretch(text, part.href, index))
    return found


def read_related(
    stretches: Sequence[Stretch], absolute: Callable[[str | None], str | None], *, keep_rest: bool = False
) -> tuple[tuple[RelatedItem, ...], bool]:
    """Items of a related block: title, snippet, tag and date, repeated.

    Args:
        stretches: What stands behind the block's heading.
        absolute: Makes a link's address absolute.
        keep_rest: What follows the last date is an item that was cut off; else it is no item.

    Returns:
        The items in order, and whether the last one was cut off.
    """
    entries, rest = _split_entries(stretches)
    is_cut = keep_rest and bool(rest)
    entries = _split_off_tags(entries)
    if is_cut:
        entries.append(_Entry(_without_cut_tag(rest, entries), None, None))
    items = (_item(entry, absolute) for entry in entries if entry.stretches)
    return tuple(
        RelatedItem(position=position, title=title, url=url, snippet=snippet, tag=tag, published_at=date)
        for position, (title, url, snippet, tag, date) in enumerate(items, 1)
    ), is_cut


def last_date(stretches: Sequence[Stretch]) -> int:
    """Index of the last stretch that ends a related item; -1 when none does."""
    return next((i for i in range(len(stretches) - 1, -1, -1) if parse_tag_date(stretches[i].text)), -1)


def parse_tag_date(text: str) -> tuple[str | None, datetime] | None:
    """Tag and date of a line `标签 YYYY-MM-DD`; None for any other line."""
    found = _TAG_DATE.match(text) if len(text) < 40 else None
    if not found:
        return None
    try:
        return found["tag"].strip() or None, datetime.strptime(found["date"], "%Y-%m-%d")
    except ValueError:
        return None


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
            entries.append(_Entry(current, None, None))
            current = []
        current.append(stretch)
    return entries, current


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


def _without_cut_tag(rest: list[Stretch], entries: Sequence[_Entry]) -> list[Stretch]:
    """An unfinished item without the beginning of its tag and date."""
    tags = {entry.tag for entry in entries if entry.tag}
    if len(rest) > 1 and any(rest[-1].text.startswith(tag) or tag.startswith(rest[-1].text) for tag in tags):
        return rest[:-1]
    return rest


def _item(entry: _Entry, absolute: Callable[[str | None], str | None]) -> tuple[str, str | None, str | None, str | None, datetime | None]:
    title, *others = entry.stretches
    href = title.href or next((other.href for other in others if other.href), None)
    snippet = ""
    for index, other in enumerate(others):
        # Parts of one line are joined as they stood; lines as the site flattens them.
        joint = " " if index and other.block != others[index - 1].block else ""
        snippet += joint + other.text
    return title.text, absolute(href), snippet or None, entry.tag, entry.date


def line_of(block: Block, flat: Flat) -> Line:
    """A block as a line of the body, with what its markup tells of headings and lists."""
    rank = int(block.tag[1]) if len(block.tag) == 2 and block.tag[0] == "h" and block.tag[1].isdigit() else 0
    element, is_item = block.element, bool(block.cells)
    while element >= 0 and not is_item:
        is_item = flat.elements[element].tag in ("li", "dd")
        element = flat.elements[element].parent
    return Line(block.text, rank, block.bold, is_item)
