"""Which of the lines around an article are its text: no links that point elsewhere, no credits, no copies, no heads of posts."""

import re
from collections.abc import Sequence
from itertools import zip_longest

from healthnews.extract.blocks import Block
from healthnews.extract.boilerplate import is_boilerplate_line, is_related_heading

ENDS_SENTENCE = re.compile(r"[。!?;:\uff01\uff1f\uff1b\uff1a.…”\"」』)\uff09]$")
_MARKS = ("\uff0c", "。", "、", "\uff1b", "\uff01", "\uff1f", ",", ". ", ";", "!", "?")
_LEAST_LINKED_TEXT = 80
"""A longer line with sentence marks is text even where most of it links."""
_MAX_ENCLOSED = 2
_LEAST_ENCLOSING = 30
_TEXT_TAGS = frozenset(("h2", "h3", "h4", "h5", "h6", "p", "li"))
_POINTER = re.compile(
    r"^\W*(?:相关|推荐|延伸|参考|更多|点击|查看|read (?:more|also|next)|more\b|related|see also|also read|mehr|lesen|lire|leia|leggi)|"
    r"^(?:>>|»|→)",
    re.I,
)
"""Begins a line that points to another page."""
_MAX_CREDIT = 120
_CREDIT = re.compile(
    r"\b(?:photo|image|foto|bild|picture)s?(?: credits?)?\s*[:©]|\b(?:photo|image|foto)(?:graph)? (?:by|courtesy)\b|©|"
    r"getty images|shutterstock|\bap photo|\bafp\b|/reuters|\bimage \d+ of \d+",
    re.I,
)
_CREDIT_WORDS = ("photo", "image", "foto", "bild", "picture", "©", "getty", "shutterstock", "afp", "reuters")
"""One of these is in every line that the pattern finds."""
_LEAST_REPEAT = 20
_LEAST_LATIN_REPEAT = 40
"""Characters from which on a line that occurs once more is a copy that another screen size shows, not a refrain."""
_POST_DATE = re.compile(r"\b(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}|\b\d{1,2}:\d\d\b|\d{1,4}\s?(?:分钟|小时|天|个?月|年)前|[昨前]天")
_COUNTER = re.compile(r"[\d\s,.#+]+")
_MAX_POST_HEAD = 50
_MAX_NAME = 12


def drop_furniture(blocks: Sequence[Block], indices: Sequence[int]) -> list[int]:
    """Without lines that are links, except those that a text encloses, and without furniture."""
    kept: list[int] = []
    position = 0
    while position < len(indices):
        end = position
        while end < len(indices) and _is_link_line(blocks[indices[end]]):
            end += 1
        if end == position:
            text = blocks[indices[position]].text
            if not is_boilerplate_line(text) and not _is_credit(text):
                kept.append(indices[position])
            position += 1
            continue
        if _is_enclosed(blocks, indices, position, end):
            kept += [i for i in indices[position:end] if _belongs_to_text(blocks[i])]
        position = end
    while kept and is_related_heading(blocks[kept[-1]].text):
        kept.pop()
    return kept


def drop_copies(blocks: Sequence[Block], indices: Sequence[int]) -> list[int]:
    """Without long lines that stand there a second time: a page may hold its text once for each size of screen. Code repeats itself."""
    seen: set[str] = set()
    kept: list[int] = []
    for index in indices:
        text = blocks[index].text
        if len(text) >= _LEAST_REPEAT and blocks[index].tag != "pre" and (len(text) >= _LEAST_LATIN_REPEAT or not text.isascii()):
            if text in seen:
                continue
            seen.add(text)
        kept.append(index)
    return kept


def drop_post_heads(blocks: Sequence[Block], indices: Sequence[int]) -> list[int]:
    """Without the lines that stand over a post and tell who wrote it and when, and counters."""
    heads = {i for i in indices if _is_post_head(blocks[i].text)}
    kept: list[int] = []
    for index, following in zip_longest(indices, indices[1:]):
        text = blocks[index].text
        is_name = following in heads and len(text) <= _MAX_NAME and not ENDS_SENTENCE.search(text)
        if index not in heads and not is_name and not _COUNTER.fullmatch(text):
            kept.append(index)
    return kept


def _is_enclosed(blocks: Sequence[Block], indices: Sequence[int], position: int, end: int) -> bool:
    """Whether one or two lines of links stand between two lines of text, with nothing left out between them."""
    if position == 0 or end == len(indices) or end - position > _MAX_ENCLOSED:
        return False
    before, behind = indices[position - 1], indices[end]
    is_whole = behind - before == end - position + 1
    return is_whole and len(blocks[before].text) >= _LEAST_ENCLOSING and len(blocks[behind].text) >= _LEAST_ENCLOSING // 3


def _belongs_to_text(block: Block) -> bool:
    return block.tag in _TEXT_TAGS and not _POINTER.match(block.text) and not is_boilerplate_line(block.text)


def _is_credit(text: str) -> bool:
    """Whether a line names a picture's source."""
    if len(text) > _MAX_CREDIT or text.endswith((".", "。")):
        return False
    if "\u4e00" <= text[0] <= "\u9fff":
        return text.startswith("图片来源") or "©" in text
    lowered = text.lower()
    for word in _CREDIT_WORDS:
        if word in lowered:
            return bool(_CREDIT.search(lowered))
    return False


def _is_post_head(text: str) -> bool:
    return len(text) <= _MAX_POST_HEAD and bool(_POST_DATE.search(text)) and not ENDS_SENTENCE.search(text)


def _is_link_line(block: Block) -> bool:
    if 2 * block.link_characters <= len(block.text):
        return False
    return len(block.text) <= _LEAST_LINKED_TEXT or not any(mark in block.text for mark in _MARKS)
