"""Headings, sections and the lead of a body that is known line by line."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from healthnews.records import Section

_CHINESE_NUMBER = "[一二三四五六七八九十]{1,3}"
_FIRST_LEVEL = re.compile(rf"(?:{_CHINESE_NUMBER}\s*[、.\uff0e,\uff0c:\uff1a]|第{_CHINESE_NUMBER}(?:章|节|部分)[、:\uff1a\s]?)\s*")
# A point between digits is a decimal point: 2.5% starts no item. A space after it settles the doubt.
_STEP = (
    rf"(?:第{_CHINESE_NUMBER}[步条点种类]?|(?:步骤|方法|问题|情形){_CHINESE_NUMBER}|(?:步骤|方法|问题|情形)\d{{1,2}})\s*[、,\uff0c:\uff1a]"
)
_SECOND_LEVEL = re.compile(rf"(?:{_STEP}|[(\uff08]{_CHINESE_NUMBER}[)\uff09]|\d{{1,2}}\s*(?:[、)\uff09]|[.\uff0e](?!\d)))[、.\uff0e]?\s*")
_THIRD_LEVEL = re.compile(r"(?:[•·●▪◆■○◇※➤]|[(\uff08]\d{1,2}[)\uff09]|[①-⑳])\s*")
_MARKER_START = re.compile(r"[一二三四五六七八九十第步方问情(\uff08\d•·●▪◆■○◇※➤①-⑳]")
"""How a number or bullet begins, of whatever level."""
_LEVELS = ((1, _FIRST_LEVEL), (2, _SECOND_LEVEL), (3, _THIRD_LEVEL))
_MAX_NUMBERED = 32
_MAX_PLAIN = 12
"""Longest heading in characters, with a number and without; the seeds' longest are 14 and 4."""
_SENTENCE_END = re.compile(r"[。;\uff1b!\uff01…,\uff0c、.]$|。")
_ANY_MARK = re.compile(r"[^\w\s]|\d")
_COLON_END = re.compile(r"[:\uff1a]$")
_SPACED_COLON = re.compile(r"\s[:\uff1a]")
_LEAST_LEAD = 2


class Line(NamedTuple):
    """A line of a body.

    Attributes:
        text: Its text, with its number or bullet.
        heading_rank: 1 to 6 for `h1` to `h6`; 0 when the page does not mark it as a heading.
        bold: The whole line is bold.
        is_item: It stands in a list.
    """

    text: str
    heading_rank: int = 0
    bold: bool = False
    is_item: bool = False


def numbering(text: str) -> tuple[int, int]:
    """Level of a line's number or bullet (0 for none) and the length of that marker in characters."""
    if not _MARKER_START.match(text):
        return 0, 0
    for level, pattern in _LEVELS:
        if found := pattern.match(text):
            return level, found.end()
    return 0, 0


def build_sections(lines: Sequence[Line]) -> tuple[Section, ...]:
    """Sections in order; text before the first heading is a section of level 0 without one."""
    levels = heading_levels(lines)
    sections: list[Section] = []
    heading: str | None = None
    level = 0
    texts: list[str] = []
    for line, line_level in zip(lines, levels, strict=True):
        if not line_level:
            texts.append(line.text)
            continue
        if heading is not None or texts:
            sections.append(Section(heading=heading, level=level, text="\n".join(texts)))
        heading, level, texts = _without_number(line.text), line_level, []
    if heading is not None or texts:
        sections.append(Section(heading=heading, level=level, text="\n".join(texts)))
    return tuple(sections)


def heading_levels(lines: Sequence[Line]) -> list[int]:
    """For each line, its level as a heading, 0 for text.

    A numbered or bulleted line is a heading when it is short, ends no sentence and is followed by what it heads: a line
    without a number or one of a deeper level. A plain line is one when the page marks it so, or when it is a few
    characters without any mark, after the first numbered section.
    """
    markers = [numbering(line.text) for line in lines]
    ranks = sorted({line.heading_rank for line in lines if line.heading_rank})
    levels = [0] * len(lines)
    is_list = has_first_level = has_marked = False
    for index, (line, (marker, length)) in enumerate(zip(lines, markers, strict=True)):
        if index + 1 == len(lines):
            break
        following = markers[index + 1][0]
        if line.heading_rank and len(line.text) <= 2 * _MAX_NUMBERED:
            levels[index] = marker or min(ranks.index(line.heading_rank) + 1, 3)
        elif marker:
            # Items of one list follow each other directly; the last of them is no heading of the paragraph behind the list.
            continues_list = is_list and index > 0 and markers[index - 1][0] == marker and not levels[index - 1]
            heads = following == 0 or following > marker
            if heads and not continues_list and _is_heading_text(line.text[length:], _MAX_NUMBERED):
                levels[index] = marker
        elif line.bold and not line.is_item and index and _is_heading_text(line.text, _MAX_NUMBERED):
            # Bold lines are headings of one level: below those that are marked otherwise, if there are any.
            levels[index] = 2 if ranks or has_marked else 1
        elif has_first_level and len(line.text) <= _MAX_PLAIN and not line.is_item and not _ANY_MARK.search(line.text):
            levels[index] = 1
        is_list = bool(marker) and not levels[index]
        has_marked = has_marked or (bool(levels[index]) and not (line.bold and not marker))
        has_first_level = has_first_level or levels[index] == 1
    return levels


def find_lead(lines: Sequence[Line]) -> str | None:
    """The first line when it sums up the answer: a paragraph before any heading that something follows.

    A line that ends in a colon announces; a heading or a list item is no paragraph.
    """
    if len(lines) < 2:
        return None
    first = lines[0]
    if first.heading_rank or first.is_item or numbering(first.text)[0] or _COLON_END.search(first.text):
        return None
    return first.text if len(first.text) >= _LEAST_LEAD else None


def _without_number(text: str) -> str:
    rest = text[numbering(text)[1] :].strip()
    return _COLON_END.sub("", rest or text).strip()


def _is_heading_text(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and not _SENTENCE_END.search(text) and not _SPACED_COLON.search(text)
