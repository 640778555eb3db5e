"""The title of any page: headline elements checked against the document's title."""

import re
from collections.abc import Sequence

from healthnews.extract.blocks import Block, Flat, fold_text
from healthnews.extract.boilerplate import is_boilerplate_line, link_density
from healthnews.extract.content import ENDS_SENTENCE, META_LINE, Container
from healthnews.extract.dates import has_date
from healthnews.extract.page import Page
from healthnews.language.normalise import fold_spaces, text_key

_SEPARATORS = re.compile(
    r"\s*(?:[_|\uff5c»>«]|[-–—]{2,}|—|\s[-–·:]\s|"
    r"(?<=[\u3000-\u9fff\uff00-\uffef)”\"])[-–](?=[\u3000-\u9fffA-Za-z]))\s*"
)
_LEAST_TITLE = 4
_MAX_TITLE = 150
_MAX_HEADLINE = 60
_MAX_LINES = 5
_SITE_NAME = 8
"""A document title of so few characters is a site's or a channel's name."""
_HEADLINE_TAGS = frozenset(("h1", "h2", "h3"))
_SEARCHED_BLOCKS = 400
_TRAIL = re.compile(r">|»|\uff1e|::")


def find_title(page: Page, flat: Flat, container: Container) -> tuple[str, int | None]:
    """Title without the site's name, and the index of the last block that shows it, if one does.

    First a headline or an early line that the document's title names; else the line that stands where a headline stands;
    else the document's title.
    """
    named = page.dom.css_first("head title") or page.dom.css_first("title")
    document = fold_text(named.text()) if named else ""
    social = page.metadata.get("og:title", "")
    keys = [text_key(text) for text in (document, social) if text]
    headlines = [i for i, block in enumerate(flat.blocks) if block.tag == "h1" and _LEAST_TITLE <= len(block.text) <= _MAX_TITLE]
    found = next((i for i in headlines if _is_named(text_key(flat.blocks[i].text), keys)), None)
    if found is None:
        pieces = [text_key(piece) for text in (document, social) for piece in _SEPARATORS.split(text) if piece]
        found = _named_block(flat.blocks, [*keys, *pieces])
    if found is not None:
        return _with_continuation(flat.blocks, found, keys)
    if len(headlines) == 1 or (headlines and not keys):
        return flat.blocks[headlines[0]].text, headlines[0]
    told = cut_site_name(social or document)
    shown = _headline_place(flat.blocks, container, any_line=len(told) <= _SITE_NAME)
    if shown is not None:
        return flat.blocks[shown].text, shown
    return told, None


def _with_continuation(blocks: Sequence[Block], index: int, told: Sequence[str]) -> tuple[str, int]:
    """The title from a block, with the lines behind it that the document's title goes on with."""
    text = blocks[index].text
    for following in range(index + 1, min(index + _MAX_LINES, len(blocks))):
        longer = f"{text} {blocks[following].text}" if text[-1].isascii() else text + blocks[following].text
        if text_key(text) == text_key(longer) or not any(other.startswith(text_key(longer)) for other in told):
            return text, following - 1
        text = longer
    return text, min(index + _MAX_LINES, len(blocks)) - 1


def _headline_place(blocks: Sequence[Block], container: Container, *, any_line: bool) -> int | None:
    """The first short line around the body's beginning that is set as a headline or stands before a date line.

    With `any_line`, else the first short line of the body: the document's title tells nothing, and a headline must be somewhere.
    """
    plain = None
    for index in range(max(0, container.start - 8), min(container.start + 6, container.end)):
        block = blocks[index]
        if container.marked[index] or not _looks_like_title(block):
            continue
        before_meta = any(META_LINE.search(b.text) and has_date(b.text) and len(b.text) < 120 for b in blocks[index + 1 : index + 4])
        if before_meta or block.tag in _HEADLINE_TAGS or block.bold:
            return index
        if plain is None and any_line and index >= container.start:
            plain = index
    return plain


def _looks_like_title(block: Block) -> bool:
    if not _LEAST_TITLE < len(block.text) <= _MAX_HEADLINE or link_density(block) >= 0.5 or has_date(block.text):
        return False
    return not (is_boilerplate_line(block.text) or ENDS_SENTENCE.search(block.text) or _TRAIL.search(block.text))


def cut_site_name(title: str) -> str:
    """A document's title up to the first separator behind which the site's name or its channels stand."""
    pieces = [piece for piece in _SEPARATORS.split(title) if piece]
    if not pieces:
        return fold_spaces(title)
    first = pieces[0]
    if len(first) < _LEAST_TITLE + 1 and len(pieces) > 1:
        first = max(pieces, key=len)
    return fold_spaces(first)


def _is_named(key: str, told: Sequence[str]) -> bool:
    return len(key) >= _LEAST_TITLE and any(key in other or (len(other) > 8 and other in key) for other in told)


def _named_block(blocks: Sequence[Block], told: Sequence[str]) -> int | None:
    """The longest early block that the document's title begins with."""
    best, best_length = None, _LEAST_TITLE
    for index, block in enumerate(blocks[:_SEARCHED_BLOCKS]):
        if not _LEAST_TITLE < len(block.text) <= _MAX_TITLE:
            continue
        key = text_key(block.text)
        if len(key) > best_length and any(other.startswith(key) for other in told):
            best, best_length = index, len(key)
    return best
