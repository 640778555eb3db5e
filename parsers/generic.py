"""Any article page: title, body, dates, names and related links by structure and text alone."""

import re
from collections.abc import Sequence

from healthnews.errors import ParseError
from healthnews.extract.anchored import line_of
from healthnews.extract.article import Parts, build_article
from healthnews.extract.blocks import Block, Flat
from healthnews.extract.content import find_body, find_container
from healthnews.extract.headline import find_title
from healthnews.extract.names import find_names
from healthnews.extract.page import Page
from healthnews.extract.publication import find_dates
from healthnews.extract.quality import is_disclaimer
from healthnews.extract.related import find_related, find_related_blocks
from healthnews.language.normalise import fold_spaces
from healthnews.records import Article

VERSION = "2025.11"
_TAG_SEPARATORS = re.compile(r"[,;|、\uff0c\uff1b]")
_MAX_TAGS = 20
_MAX_TAG = 20
_MARGIN = 12


def parse(page: Page) -> Article:
    """The Article of an article page.

    Raises:
        ParseError: The page has no title or no running text.
    """
    flat = page.flat
    related_blocks = find_related_blocks(flat)
    container = find_container(flat, related_blocks)
    title, title_index = find_title(page, flat, container)
    body = find_body(flat, container, title, title_index)
    if not body:
        raise ParseError(f"{page.url}: found {len(flat.blocks)} lines of text, none of them a body.")
    disclaimer = next((i for i in body if is_disclaimer(flat.blocks[i].text)), None)
    margin = _margin(flat, title_index, body)
    parts = Parts(
        title=title,
        lines=[line_of(flat.blocks[i], flat) for i in body if i != disclaimer],
        disclaimer=flat.blocks[disclaimer].text if disclaimer is not None else _disclaimer_near(margin),
        related=find_related(page, flat, related_blocks),
        tags=_tags(page),
        dates=find_dates(page, flat, title_index, body, related_blocks),
        names=find_names([block.text for block in margin], page.metadata),
        notes=[block.text for block in margin],
    )
    return build_article(page.address, parts, parser="generic", version=VERSION)


def _margin(flat: Flat, title_index: int | None, body: Sequence[int]) -> Sequence[Block]:
    """Blocks around the body where a page names date, source and people."""
    first, last = body[0], body[-1]
    start = max(0, min(title_index if title_index is not None else first, first) - 3)
    inside = set(body[1:-3])
    near = [*range(max(start, first - 3 * _MARGIN), first + 1), *range(max(first + 1, last - 3), min(len(flat.blocks), last + _MARGIN))]
    return [flat.blocks[i] for i in near if i not in inside]


def _disclaimer_near(margin: Sequence[Block]) -> str | None:
    return next((block.text for block in margin if is_disclaimer(block.text)), None)


def _tags(page: Page) -> tuple[str, ...]:
    links = (node.text() for node in page.dom.css("a[rel~=tag]"))
    named = _TAG_SEPARATORS.split(page.metadata.get("keywords") or page.metadata.get("news_keywords") or "")
    tags = (tag for text in [*links, *named] if 1 < len(tag := fold_spaces(text)) <= _MAX_TAG)
    return tuple(dict.fromkeys(tags))[:_MAX_TAGS]
