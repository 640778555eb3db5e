"""m.jiusongjiankang.com: answer pages `/health/news/<id>.html`.

The pages are known as text only, so the parser relies on the order of their parts and on what their texts say, on no class name.
"""

from collections.abc import Sequence, Set

from healthnews.errors import ParseError
from healthnews.extract.anchored import (
    DISCLAIMER,
    RELATED_HEADING,
    as_lines,
    find_disclaimer,
    parse_tag_date,
)
from healthnews.extract.article import Dates, Parts, build_article
from healthnews.extract.blocks import Block, Flat, fold_text
from healthnews.extract.dates import parse_date
from healthnews.extract.flatten import flatten
from healthnews.extract.item_ends import end_of_items
from healthnews.extract.page import Page
from healthnews.extract.related import read_items
from healthnews.language.normalise import text_key
from healthnews.records import Article, RelatedItem

VERSION = "2026.11"
HOSTS = ("m.jiusongjiankang.com", "www.jiusongjiankang.com", "jiusongjiankang.com")
_MAX_HEAD = 3
"""Lines under the title: the lead, a tag, a date."""
_VISIBLE = 0.8
_ENTRIES = frozenset(("article", "li"))


def parse(page: Page) -> Article:
    """The Article of an answer page.

    Raises:
        ParseError: Neither a disclaimer nor a related block is there, or no title, or no body.
    """
    flat = flatten(page.root, markers=True)
    blocks = [block for block in flat.blocks if not _is_chrome(flat, block)]
    heading = next((i for i, block in enumerate(blocks) if RELATED_HEADING.match(block.text)), len(blocks))
    title = _title_index(page, blocks, heading)
    related, related_end = _related(page, flat, blocks, heading, title)
    start = title + 1 if heading > title or related_end <= title else related_end
    own = [i for i in range(start, len(blocks)) if not heading <= i < related_end]
    found = find_disclaimer([blocks[i].text for i in own])
    notice = own[found] if found is not None else None
    if notice is None and heading == len(blocks):
        raise ParseError(f"{page.url}: found neither a line 提示:… nor 相关推荐, expected an answer page.")
    end = notice if notice is not None else heading if heading > title + 1 else len(blocks)
    lines = as_lines([blocks[i] for i in own if i < end], flat)
    dates, tags, head = _own_date(page, [line.text for line in lines[:_MAX_HEAD]], {item.tag for item in related})
    del lines[head]
    parts = Parts(
        title=blocks[title].text if blocks else "",
        lines=lines,
        disclaimer=blocks[notice].text if notice is not None else None,
        related=related,
        dates=dates,
        tags=tags,
    )
    return build_article(page.address, parts, parser="jiusongjiankang", version=VERSION)


def _is_chrome(flat: Flat, block: Block) -> bool:
    """Whether a block is the page's navigation or footer; the footer of an entry is none."""
    element, is_chrome = block.element, False
    while element >= 0:
        tag = flat.elements[element].tag
        if tag == "nav":
            return True
        is_chrome = tag == "footer" or (is_chrome and tag not in _ENTRIES)
        element = flat.elements[element].parent
    return is_chrome


def _title_index(page: Page, blocks: Sequence[Block], heading: int) -> int:
    """Index of the block with the title: the h1, else the block that the document's title begins with, else the first."""
    named = page.dom.css_first("title")
    document_title = text_key(fold_text(named.text())) if named else ""
    headlines = [i for i, block in enumerate(blocks) if block.tag == "h1"]
    matching = [i for i in headlines if document_title.startswith(text_key(blocks[i].text))]
    if matching or headlines:
        return (matching or headlines)[0]
    if document_title:
        for i, block in enumerate(blocks):
            key = text_key(block.text)
            if len(key) >= 4 and document_title.startswith(key):
                return i
    return 0 if heading > 0 else min(1, len(blocks) - 1)


def _own_date(page: Page, texts: Sequence[str], known_tags: Set[str | None]) -> tuple[Dates, tuple[str, ...], slice]:
    """Date and tag of the page itself from a line under its title or its lead, and which lines at the body's head these are.

    None of the seed pages has such a line; a line of this kind is no part of an answer wherever it appears. A line before
    a bare date is a tag only if a related item has the same: it may as well be the lead.
    """
    for index, text in enumerate(texts):
        if dated := parse_tag_date(text):
            tag, first = dated[0], index
            if tag is None and index and texts[index - 1] in known_tags:
                tag, first = texts[index - 1], index - 1
            found = parse_date(dated[1], page.fetched_at)
            dates = Dates.of(found, "visible_text", _VISIBLE, text) if found else Dates()
            return dates, (tag,) if tag else (), slice(first, index + 1)
    return Dates(), (), slice(0)


def _related(page: Page, flat: Flat, blocks: Sequence[Block], heading: int, title: int) -> tuple[tuple[RelatedItem, ...], int]:
    """Items of the related block, and the index of the first block behind it; it ends before title and disclaimer."""
    if heading == len(blocks):
        return (), heading
    stop = title if title > heading else len(blocks)
    stop = next((i for i in range(heading + 1, stop) if DISCLAIMER.match(blocks[i].text)), stop)
    end = end_of_items(flat, blocks, heading, stop, max_entry=len(blocks))
    return read_items(page, flat, blocks[heading + 1 : end]), end
