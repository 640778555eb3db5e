"""The title of any page: headline elements checked against the document's title."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from healthnews.extract.blocks import Block, Flat, fold_text
from healthnews.extract.body_lines import ENDS_SENTENCE
from healthnews.extract.boilerplate import is_boilerplate_line, link_density
from healthnews.extract.content import META_LINE, Container
from healthnews.extract.dates import has_date
from healthnews.extract.page import Page
from healthnews.language.normalise import fold_spaces, text_key

_SEPARATORS = re.compile(
    r"\s*(?:[_|\uff5c»>«]|[-–—]{2,}|—|\s[-–·:]\s|"
    r"(?<=[\u3000-\u9fff\uff00-\uffef)”\"])[-–](?=[\u3000-\u9fffA-Za-z]))\s*"
)
_LABEL = re.compile(r"^(?:主题|标题|题目|帖子主题|文章标题|文章题目|re|回复)\s*[:\uff1a]\s*(?=\S)", re.I)
"""What forums and forms write before a title."""
_SITE_ENDING = re.compile(r"(?:网|网站|频道|论坛|社区|博客|空间|日报|晚报|早报|在线|门户|首页|客户端|百科|\.com|\.cn|\.net|\.org)$", re.I)
_CUT_SHORT = ("...", "…")
_LEAST_TITLE = 4
_MAX_TITLE = 150
_MAX_HEADLINE = 60
_MAX_TOLD = 1_000
"""Characters that are read of what the head says: a title of megabytes is an attack on whoever shows it."""
_MAX_LINES = 5
_SITE_NAME = 8
"""A document title of so few characters is a site's or a channel's name."""
_MAX_SITE_NAME = 12
_LEAST_SHARE = 0.6
"""Share of the document title's longest piece that a line must show to be the beginning of the title."""
_MOSTLY = 0.5
_CHROME_WEIGHT = 0.5
_HEADLINE_TAGS = frozenset(("h1", "h2", "h3"))
_WEIGHTS = {"h1": 1.5, "h2": 1.2, "h3": 1.1}
_HEADLINE_NAMES = re.compile(r"title|headline|biaoti|(?:^|[\s_-])(?:tit|bt|subject)(?:$|[\s_-])")
_SEARCHED_BLOCKS = 400
_BEHIND_START = 40
"""Lines behind the body's beginning in which its title is still looked for."""
_PROBE = 3
_LETTERS = re.compile(r"[^\W_]{2}")
_TRAIL = re.compile(r">|»|\uff1e|::")
_FIELD = re.compile(r"^\S{1,6}\s*[:\uff1a]\s*\S{1,8}$")
"""A line such as 积分:235, which tells one fact and is no headline."""
_ENDS_TITLE = ("?", "\uff1f", "!", "\uff01", "”", '"', "\u300d", ")", "\uff09")
_MAX_META = 120
_BEFORE_BODY = 8
_MAX_BETWEEN = 3
"""Lines, of name and date, between a headline that nothing marks as one and the body."""
_INTO_BODY = 6


@dataclass(frozen=True, slots=True)
class Title:
    """A page's title and where it was read.

    Attributes:
        text: The title on one line, without the site's name.
        index: The last block that shows it; None when no block does.
        source: Where its words come from.
    """

    text: str
    index: int | None
    source: Literal["headline", "title_element", "open_graph"]


class _Told(NamedTuple):
    """What the page's head says of its title: keys of the whole titles, of their pieces and of the site's name."""

    wholes: tuple[str, ...]
    pieces: frozenset[str]
    folded: str
    longest: int
    site: str


def find_title(page: Page, flat: Flat, container: Container) -> Title:
    """Title without the site's name.

    First the line that shows most of what the document's title says; else the line that stands where a headline stands;
    else the document's title.
    """
    named = page.head_title or page.dom.css_first("title")
    document = fold_text(named.text()[:_MAX_TOLD]) if named else ""
    social = page.metadata.get("og:title", "")[:_MAX_TOLD]
    site = text_key(page.metadata.get("og:site_name", ""))
    told = _read_told(document, social, site)
    early = flat.blocks[: min(_SEARCHED_BLOCKS, container.start + _BEHIND_START)]
    if told.wholes and (shown := _named_line(early, container.marked, told)):
        return shown
    words = _cut_label(cut_site_name(social or document, site))
    is_informative = len(words) > _SITE_NAME and text_key(words) != site
    headline = _only_headline(flat.blocks, container, is_informative=is_informative)
    if headline is None:
        headline = _headline_place(flat, container, words if is_informative else "")
    if headline is not None:
        return Title(_cut_label(flat.blocks[headline].text), headline, "headline")
    index = next((i for i, b in enumerate(flat.blocks[:_SEARCHED_BLOCKS]) if words in b.text), None) if is_informative else None
    return Title(words, index, "open_graph" if social else "title_element")


def _read_told(document: str, social: str, site: str) -> _Told:
    keys = {text: text_key(text) for text in (document, social)}
    titles = [text for text in (document, social) if text and keys[text] != site]
    if len(titles) == 2 and (name := _rest(keys[document], keys[social])):
        # What the document's title has beside that of Open Graph is the site's name.
        site, titles = name, [social]
    wholes = tuple(key for text in titles if (key := keys[text]))
    pieces = {text_key(piece.rstrip(".…")) for text in titles for piece in _SEPARATORS.split(text)}
    # A title cut short is told as far as it goes.
    pieces |= {text_key(text.rstrip(".…")) for text in titles if text.endswith(_CUT_SHORT)}
    pieces = {piece for piece in pieces if len(piece) >= _LEAST_TITLE and piece != site}
    longest = max(map(len, pieces), default=0)
    return _Told(wholes, frozenset(pieces), "\n".join(titles).casefold(), longest, site)


def _rest(whole: str, part: str) -> str:
    """What stands before or behind a part of a text; empty where it is no beginning or end of it."""
    if len(part) < _LEAST_TITLE:
        return ""
    return whole[len(part) :] if whole.startswith(part) else whole.removesuffix(part) if whole.endswith(part) else ""


def _named_line(blocks: Sequence[Block], marked: Sequence[bool], told: _Told) -> Title | None:
    """The early line, or the lines that follow each other, that show most of what the document's title says."""
    best, best_weight = None, 0.0
    for index, block in _candidates(blocks, told):
        key = text_key(block.text)
        if len(key) < _LEAST_TITLE or key == told.site:
            continue
        text, last, shown = block.text, index, _shown_length(key, block, told)
        if not shown:
            continue
        if key not in told.pieces and any(whole.startswith(key) for whole in told.wholes):
            text, last = _with_continuation(blocks, index, told)
            shown = len(text_key(text))
        is_chrome = marked[index] or link_density(block) > _MOSTLY
        if shown < told.longest * _LEAST_SHARE or (is_chrome and shown <= _SITE_NAME):
            continue
        weight = shown * _WEIGHTS.get(block.tag, 1.0) * (_CHROME_WEIGHT if marked[index] and block.tag != "h1" else 1.0)
        if weight > best_weight:
            best, best_weight = Title(_cut_label(text), last, "headline"), weight
    return best


def _candidates(blocks: Sequence[Block], told: _Told) -> Iterator[tuple[int, Block]]:
    """Lines that may show the title, told by their first few letters: making a key of every line would cost more than all the rest."""
    pairs = {told.folded[i : i + 2] for i in range(len(told.folded) - 1)}
    for index, block in enumerate(blocks):
        text = block.text
        length = len(text)
        if not _LEAST_TITLE <= length <= _MAX_TITLE or (length <= _SITE_NAME and block.link_characters == length):
            continue
        if block.tag != "h1":
            # Marks before the title may not be in the document's title, or be others there.
            start = 0 if text[0].isalnum() else _first_letters(text)
            if text[start : start + 2].casefold() not in pairs or text[start : start + _PROBE].casefold() not in told.folded:
                continue
        yield index, block


def _first_letters(text: str) -> int:
    run = _LETTERS.search(text)
    return run.start() if run else len(text)


def _shown_length(key: str, block: Block, told: _Told) -> int:
    """How many characters of the document's title a line shows; 0 where it shows none, or other words before them."""
    if key in told.pieces or any(whole.startswith(key) for whole in told.wholes):
        return len(key)
    if block.tag == "h1" and any(key in whole for whole in told.wholes):
        return len(key)
    if block.tag not in _HEADLINE_TAGS:
        return 0
    # The document's title may be cut off where the headline goes on; an h1 may begin with a kicker.
    held = (piece for piece in told.pieces if len(piece) > _SITE_NAME and (piece in key if block.tag == "h1" else key.startswith(piece)))
    return max(map(len, held), default=0)


def _with_continuation(blocks: Sequence[Block], index: int, told: _Told) -> tuple[str, int]:
    """The title from a block, with the lines behind it that the document's title goes on with."""
    text = blocks[index].text
    key = text_key(text)
    for following in range(index + 1, min(index + _MAX_LINES, len(blocks))):
        longer = f"{text} {blocks[following].text}" if text[-1].isascii() else text + blocks[following].text
        longer_key = text_key(longer)
        if key == longer_key or not any(whole.startswith(longer_key) for whole in told.wholes):
            return text, following - 1
        text, key = longer, longer_key
    return text, min(index + _MAX_LINES, len(blocks)) - 1


def _only_headline(blocks: Sequence[Block], container: Container, *, is_informative: bool) -> int | None:
    """The page's h1, if it has one: a logo that links, or one of several, is none."""
    found = [
        i
        for i, block in enumerate(blocks)
        if block.tag == "h1"
        and _LEAST_TITLE <= len(block.text) <= _MAX_TITLE
        and not container.marked[i]
        and (link_density(block) <= _MOSTLY or not is_informative)
    ]
    return found[0] if len(found) == 1 else None


def _headline_place(flat: Flat, container: Container, words: str) -> int | None:
    """The first short line around the body's beginning that is set or named as a headline, or stands before a date line.

    Args:
        flat: The page.
        container: Where its running text is.
        words: What the document's title says, if it says more than the site's name: then the line must share its characters. If it
            does not, the first short line of the body will do at last: a headline must be somewhere.
    """
    dated, plain = None, None
    for index in range(max(0, container.start - _BEFORE_BODY), min(container.start + _INTO_BODY, container.end)):
        block = flat.blocks[index]
        if container.marked[index] or not _looks_like_title(block) or (words and not _shares_words(block.text, words)):
            continue
        names = flat.elements[block.element].names if block.element >= 0 else ""
        if _HEADLINE_NAMES.search(names):
            return index
        if link_density(block) > _MOSTLY:
            continue
        if block.tag in _HEADLINE_TAGS or block.bold:
            return index
        if dated is None and any(map(_is_date_line, flat.blocks[index + 1 : index + 1 + _MAX_BETWEEN])):
            dated = index
        if plain is None and not words and index >= container.start - _MAX_BETWEEN:
            plain = index
    return dated if dated is not None else plain


def _is_date_line(block: Block) -> bool:
    return len(block.text) <= _MAX_META and bool(META_LINE.search(block.text)) and has_date(block.text)


def _shares_words(text: str, words: str) -> bool:
    """Whether half of a line's pairs of characters are in the document's title."""
    pairs = {text[i : i + 2] for i in range(len(text) - 1)}
    return 2 * sum(pair in words for pair in pairs) >= len(pairs)


def _looks_like_title(block: Block) -> bool:
    text = block.text
    if not _LEAST_TITLE < len(text) <= _MAX_HEADLINE or has_date(text) or _FIELD.match(text):
        return False
    if ENDS_SENTENCE.search(text) and not text.endswith(_ENDS_TITLE):
        return False
    return not (is_boilerplate_line(text) or _TRAIL.search(text))


def _cut_label(text: str) -> str:
    return _LABEL.sub("", text)


def cut_site_name(title: str, site: str = "") -> str:
    """A document's title without the names of site and channels: up to the first separator, unless a site's name stands there.

    Args:
        title: The document's title.
        site: Key of the site's name, where the page tells it.
    """
    pieces = [piece for piece in _SEPARATORS.split(title) if piece]
    if not pieces:
        return fold_spaces(title)
    first = pieces[0]
    if len(pieces) > 1 and (len(first) <= _LEAST_TITLE or text_key(first) == site or _is_site_name(first)):
        first = max(pieces[1:] if len(first) > _LEAST_TITLE else pieces, key=len)
    return fold_spaces(first)


def _is_site_name(piece: str) -> bool:
    return len(piece) <= _MAX_SITE_NAME and bool(_SITE_ENDING.search(piece))
