"""Articles of several pages: the address of the next page, which page this is and how many there are."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

from healthnews.extract.blocks import Block
from healthnews.extract.page import Page
from healthnews.records import MAX_PARTS, PagePart

_NEXT_WORDS = ("下一页", "下一頁", "下页", "后一页")
_PREVIOUS_WORDS = ("上一页", "上一頁", "上页", "前一页")
_MAX_WORD = 8
_AROUND_WORD = " []()<>«»《》【】›→\uff08\uff09"
_PAGE_KEYS = frozenset(("page", "p", "pn", "pg", "pageno", "page_no", "pagenum", "page_num", "pageindex", "pageid", "cpage", "currentpage"))
_MAX_PAGER = 200
"""Characters of a line that holds a pager; a longer one is text."""
_REL_NEXT = 'rel="next"'
_HEAD_CHARACTERS = 20_000
_MAX_TAG = 600
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"]{1,500})\"|'([^']{1,500})'|([^\s\"'>]{1,500}))", re.IGNORECASE)
_TOLD_COUNT = re.compile(r"共\s*(\d{1,2})\s*[页頁]|(?<![\d/.])(\d{1,2})\s*/\s*(\d{1,2})(?![\d/.])")
# 123_2.html, 123-2.shtml: the number ends the last segment.
_SUFFIX = re.compile(r"(?P<stem>.*[^/_-])[_-](?P<number>\d{1,2})(?P<end>(?:\.[A-Za-z]{2,6})?/?)")
# 123/2.html, 123/page/2/, 123/p2: it is a segment of its own.
_SEGMENT = re.compile(r"(?P<stem>.*?[^/])/(?:page/|page|p)?(?P<number>\d{1,2})(?P<end>(?:\.[A-Za-z]{2,6})?/?)")
_EXTENSION = re.compile(r"\.[A-Za-z]{2,6}$")


def find_part(page: Page) -> PagePart | None:
    """Which page of an article this is; None for an article of one page.

    The next page is of the same host, its address differs by a page number alone, and a link says that it is the next:
    rel=next, 下一页, or the bare number. What leads to another article (下一篇) never does.

    Raises:
        ParseError: As for `Page.flat`.
    """
    address = page.address
    if address is None or (number := _number_of(address)) > MAX_PARTS or not _may_go_on(page, number):
        return None
    blocks = page.flat.blocks
    for url, index in _next_links(page, blocks, number):
        if number < MAX_PARTS and is_next_address(address, url):
            return PagePart(number=max(1, _number_of(url) - 1), count=_told_count(blocks, index), next_url=url)
    back = _find_word(blocks, _PREVIOUS_WORDS) if number > 1 else None
    return None if back is None else PagePart(number=number, count=_told_count(blocks, back), next_url=None)


def is_next_address(address: str, other: str) -> bool:
    """Whether an address is that of the page behind another one: the same but for a page number that is one higher."""
    here, there = urlsplit(address), urlsplit(other)
    if here.netloc.lower() != there.netloc.lower():
        return False
    if here.query != there.query:
        return here.path == there.path and _is_next_query(here.query, there.query)
    return any(_is_next_path(pattern, here.path, there.path) for pattern in (_SUFFIX, _SEGMENT))


def _is_next_query(here: str, there: str) -> bool:
    before, after = dict(parse_qsl(here, keep_blank_values=True)), dict(parse_qsl(there, keep_blank_values=True))
    changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    if len(changed) != 1 or changed[0].lower() not in _PAGE_KEYS or changed[0] not in after:
        return False
    first, second = before.get(changed[0], "1"), after[changed[0]]
    return _is_number(first) and _is_number(second) and int(second) == int(first) + 1


def _is_number(text: str) -> bool:
    return len(text) <= 2 and text.isascii() and text.isdigit() and int(text) <= MAX_PARTS


def _is_next_path(pattern: re.Pattern[str], here: str, there: str) -> bool:
    after = pattern.fullmatch(there)
    if after is None or int(after["number"]) > MAX_PARTS:
        return False
    before, number = pattern.fullmatch(here), int(after["number"])
    if before is not None and (before["stem"], before["end"]) == (after["stem"], after["end"]):
        return int(before["number"]) == number - 1
    # Behind the first page, which has no number, comes 2; where counting starts at nought, 1.
    bare = _EXTENSION.sub("", here.rstrip("/"))
    return number in (1, 2) and after["stem"] in (bare, here.rstrip("/")) and (not after["end"].strip("/") or here.endswith(after["end"]))


def _number_of(address: str) -> int:
    """The page number in an address; 1 where there is none, or where it may be that of an article."""
    parts = urlsplit(address)
    for key, value in parse_qsl(parts.query):
        if key.lower() in _PAGE_KEYS and value.isascii() and value.isdigit():
            return int(value[:4]) or 1
    found = _SUFFIX.fullmatch(parts.path) or _SEGMENT.fullmatch(parts.path)
    return (int(found["number"]) or 1) if found and int(found["number"]) <= MAX_PARTS else 1


def _may_go_on(page: Page, number: int) -> bool:
    """Whether it is worth making blocks of a page of which the parser made none."""
    return "flat" in page.__dict__ or number > 1 or any(word in page.text for word in (*_NEXT_WORDS, _REL_NEXT))


def _next_links(page: Page, blocks: Sequence[Block], number: int) -> Iterator[tuple[str, int]]:
    """Links that say that they lead to the next page, the surest first, each with its block."""
    head = page.text.find(_REL_NEXT, 0, _HEAD_CHARACTERS)
    if head >= 0 and (tag := _tag_around(page.text, head)) and (found := _HREF.search(tag)):
        yield from _absolute(page, html.unescape(next(filter(None, found.groups()))), len(blocks) - 1)
    # An article's own number may look like that of a page, behind which 2 comes all the same.
    following = str(number + 1)
    said = ("2", "第2页", following, f"第{following}页")
    numbered: list[tuple[str, int]] = []
    # The parts of a block are made on demand, so most are not asked for theirs.
    linked = [
        index
        for index, block in enumerate(blocks)
        if block.link_characters
        and ("2" in (line := block.text) or "页" in line or "頁" in line or (number > 1 and following in line))
        and len(line) <= _MAX_PAGER
    ]
    for index in reversed(linked):
        for part in blocks[index].parts:
            if part.href is None:
                continue
            text = part.text.strip(_AROUND_WORD)
            if text in said:
                numbered += _absolute(page, part.href, index)
            elif text.endswith(_NEXT_WORDS) and len(text) <= _MAX_WORD:
                yield from _absolute(page, part.href, index)
    yield from numbered


def _absolute(page: Page, href: str, index: int) -> list[tuple[str, int]]:
    url = page.absolute(href)
    return [(url, index)] if url else []


def _tag_around(text: str, place: int) -> str | None:
    """The tag in which a place lies."""
    start, end = text.rfind("<", max(0, place - _MAX_TAG), place), text.find(">", place, place + _MAX_TAG)
    return text[start:end] if start >= 0 and end >= 0 else None


def _find_word(blocks: Sequence[Block], words: tuple[str, ...]) -> int | None:
    """The last short block with one of the words."""
    return next((i for i in range(len(blocks) - 1, -1, -1) if len(blocks[i].text) <= _MAX_PAGER and _has(blocks[i].text, words)), None)


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _told_count(blocks: Sequence[Block], index: int) -> int | None:
    """How many pages there are, where a short block beside a link says so: 共3页, 1/3."""
    for block in blocks[max(0, index - 2) : index + 3]:
        if len(block.text) <= _MAX_PAGER:
            for found in _TOLD_COUNT.finditer(block.text):
                count = int(found[1] or found[3])
                if 2 <= count <= MAX_PARTS and (found[1] or int(found[2]) <= count):
                    return count
    return None
