"""Tags of related cards by their place: the short line that closes every card, or stands before its date, in one and the same element."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from healthnews.extract.anchored import Stretch, parse_tag_date
from healthnews.extract.blocks import Block, Flat
from healthnews.extract.boilerplate import is_boilerplate_line

_MAX_TAG = 10
_NO_TAG = re.compile(r"[\d,。;:!?、…\uff0c\uff1b\uff1a\uff01\uff1f]|详情|全文|更多|阅读|查看|点击|评论")
"""Digits and marks of sentences and numbers of readers are in no tag; a button is none."""
_DIGITS = re.compile(r"\d+")
_NO_DATE = "1000-00-00"
"""Stands for the date of a card without one: a line of tag and date ends an item even where the date is impossible."""


class _Place(NamedTuple):
    """Where a stretch stands in its card: the same for stretches of one role in all cards that one template wrote."""

    tags: tuple[str, ...]
    names: str
    part: int


class _Card(NamedTuple):
    """Stretches from a title to what closes the card, half-open; `date` is the bare date behind them."""

    start: int
    end: int
    date: str | None


def join_tags(flat: Flat, behind: Sequence[Block], stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches of a related block in which a card's tag and its date, or the tag alone, are one line `标签 日期` that ends the item.

    A tag is short and has no mark, and so has whatever stands in this place in the other cards; its text may occur only once.
    """
    places = _places(flat, behind, stretches)
    joined: list[Stretch] = []
    position = 0
    for card in _tagged(stretches, places, _cards(stretches, places)):
        tag = stretches[card.end - 1]
        joined += stretches[position : card.end - 1]
        joined.append(tag._replace(text=f"{tag.text} {card.date or _NO_DATE}", href=None))
        position = card.end + (card.date is not None)
    return [*joined, *stretches[position:]]


def _places(flat: Flat, behind: Sequence[Block], stretches: Sequence[Stretch]) -> list[_Place]:
    places: list[_Place] = []
    for index, stretch in enumerate(stretches):
        element, tags = behind[stretch.block].element, []
        names = _DIGITS.sub("", flat.elements[element].names).strip() if element >= 0 else ""
        while element >= 0:
            tags.append(flat.elements[element].tag)
            element = flat.elements[element].parent
        is_next = index > 0 and stretches[index - 1].block == stretch.block
        places.append(_Place(tuple(tags), names, places[-1].part + 1 if is_next else 0))
    return places


def _cards(stretches: Sequence[Stretch], places: Sequence[_Place]) -> list[_Card]:
    """Cards that end in a date, or where another link stands in the place of the first title."""
    cards: list[_Card] = []
    start = 0
    for index, stretch in enumerate(stretches):
        if dated := parse_tag_date(stretch.text):
            if dated[0] is None:
                cards.append(_Card(start, index, stretch.text))
            start = index + 1
        elif index > start and stretch.href and stretch.href != stretches[start].href and places[index] == places[0]:
            cards.append(_Card(start, index, None))
            start = index
    return [*cards, _Card(start, len(stretches), None)]


def _tagged(stretches: Sequence[Stretch], places: Sequence[_Place], cards: Sequence[_Card]) -> list[_Card]:
    """Cards whose last stretch is a tag: what stands in its place is short in all cards, or in all that have as many lines."""
    closed = [card for card in cards if card.end - 1 > card.start]
    groups: dict[tuple[_Place, int], list[bool]] = defaultdict(list)
    for card in closed:
        for lines in (0, _lines(stretches, card)):
            groups[places[card.end - 1], lines].append(_is_tag(stretches, card))
    return [
        card
        for card in closed
        if _is_tag(stretches, card)
        and not _repeats_title(stretches, places, card)
        and (_shares_line(stretches, card) or any(_agree(groups[places[card.end - 1], lines]) for lines in (0, _lines(stretches, card))))
    ]


def _agree(are_tags: Sequence[bool]) -> bool:
    return len(are_tags) > 1 and all(are_tags)


def _lines(stretches: Sequence[Stretch], card: _Card) -> int:
    return len({stretch.block for stretch in stretches[card.start : card.end]})


def _is_tag(stretches: Sequence[Stretch], card: _Card) -> bool:
    text = stretches[card.end - 1].text
    is_short = len(text) <= _MAX_TAG and not _NO_TAG.search(text) and not is_boilerplate_line(text)
    return is_short and parse_tag_date(f"{text} {_NO_DATE}") == (text, _NO_DATE)


def _repeats_title(stretches: Sequence[Stretch], places: Sequence[_Place], card: _Card) -> bool:
    """Whether the last stretch may be a title itself: it stands where the card's title does, right behind it or without a date after it."""
    title, last = card.start, card.end - 1
    is_alike = places[title]._replace(part=0) == places[last]._replace(part=0) and stretches[title].block != stretches[last].block
    is_link = [stretches[index].href is not None for index in (title, last)]
    return is_alike and is_link[0] == is_link[1] and (last - title < 2 or card.date is None)


def _shares_line(stretches: Sequence[Stretch], card: _Card) -> bool:
    """Whether tag and date share a line of their own behind title and snippet: then the card needs no other to agree with."""
    title, last = stretches[card.start], stretches[card.end - 1]
    is_line = card.date is not None and stretches[card.end].block == last.block != title.block
    return is_line and card.end - card.start > 2 and stretches[card.end - 2].block != last.block
