"""Lists of teasers: elements of one form beside each other, each a linked title with a snippet, that no heading announces."""

import re
from collections import defaultdict
from collections.abc import Sequence

from healthnews.extract.blocks import Block, Element, Flat
from healthnews.extract.boilerplate import link_density

_LEAST_CARDS = 3
_MAX_LINES = 8
_MAX_TEXT = 450
"""Characters of a card that are no link: a title's snippet, not a section of an article."""
_LEAST_TITLE = 8
_MOSTLY_LINK = 0.8
_BEFORE_TITLE = 3
"""Lines of a card in which its title stands: a picture's caption or a channel may come before it."""
_CARD_SHARE = 0.8
"""Share of the list's text that its cards hold."""
_DOMINANT_SHARE = 0.5
_MAX_DATE = 48
_DATE = re.compile(r"(?:19|20)\d\d|\d{1,2}[-/.月]\d{1,2}|前$|\bago\b")
_TAGS = frozenset(("li", "div", "article", "section", "td", "tr", "dl", "dd", "a"))


def find_teasers(flat: Flat, marked: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open ranges of blocks of the page's lists of teasers, without those that hold most of its text: an article may be one.

    Args:
        flat: The page.
        marked: For each block, whether it is furniture already.
    """
    cards: dict[int, list[Element]] = defaultdict(list)
    for element in flat.elements:
        if 1 < element.end - element.start <= _MAX_LINES and not marked[element.start] and element.tag in _TAGS and _is_card(flat, element):
            cards[element.parent].append(element)
    lists = [(flat.elements[parent], found) for parent, found in cards.items() if len(found) >= _LEAST_CARDS and parent >= 0]
    if not lists:
        return []
    total = sum(_free(block) for block, is_marked in zip(flat.blocks, marked, strict=True) if not is_marked)
    return [(holder.start, holder.end) for holder, found in lists if _is_list(flat, holder, found, total)]


def _is_card(flat: Flat, element: Element) -> bool:
    blocks = flat.blocks[element.start : element.end]
    if _free(blocks[0]) >= 2 * _LEAST_TITLE:
        return False
    for block in blocks[:_BEFORE_TITLE]:
        if block.link_characters and len(block.text) >= _LEAST_TITLE:
            return link_density(block) > _MOSTLY_LINK and sum(map(_free, blocks)) <= _MAX_TEXT
    return False


def _is_list(flat: Flat, holder: Element, cards: Sequence[Element], total: int) -> bool:
    text = sum(_free(block) for card in cards for block in flat.blocks[card.start : card.end])
    whole = sum(map(_free, flat.blocks[holder.start : holder.end]))
    if not text or text < whole * _CARD_SHARE or len({card.tag for card in cards}) > 1:
        return False
    return text < total * _DOMINANT_SHARE or 2 * sum(_is_dated(flat, card) for card in cards) > len(cards)


def _is_dated(flat: Flat, card: Element) -> bool:
    return any(_DATE.search(block.text) for block in flat.blocks[card.start : card.end] if len(block.text) <= _MAX_DATE)


def _free(block: Block) -> int:
    return len(block.text) - block.link_characters
