"""Any article page: title, body, dates, names and related links by structure and text alone."""

from collections.abc import Sequence

from healthnews.errors import ParseError
from healthnews.extract.anchored import as_lines
from healthnews.extract.article import Parts, build_article
from healthnews.extract.blocks import Block, Flat
from healthnews.extract.content import find_body, find_container, is_thread
from healthnews.extract.headline import find_title
from healthnews.extract.metadata import read_metadata
from healthnews.extract.names import find_page_names
from healthnews.extract.page import Page
from healthnews.extract.publication import find_dates
from healthnews.extract.quality import is_disclaimer
from healthnews.extract.related import find_related, find_related_blocks
from healthnews.extract.tags import find_tags
from healthnews.records import MAX_EVIDENCE, Article, Evidence

VERSION = "2026.11"
_MARGIN = 12


def parse(page: Page) -> Article:
    """The Article of an article page.

    Raises:
        ParseError: The page has no title or no running text.
    """
    flat = page.flat
    related_blocks = find_related_blocks(flat)
    container = find_container(flat, page.furniture, related_blocks, is_thread=is_thread(page))
    title = find_title(page, flat, container)
    body = find_body(flat, container, title.text, title.index)
    if not body:
        raise ParseError(f"{page.url}: found {len(flat.blocks)} lines of text, none of them a body.")
    disclaimer = next((i for i in body if is_disclaimer(flat.blocks[i].text)), None)
    margin = _margin(flat, title.index, body)
    metadata = read_metadata(page, title.text)
    tags, tag_evidence = find_tags(metadata)
    parts = Parts(
        title=title.text,
        lines=as_lines([flat.blocks[i] for i in body if i != disclaimer], flat),
        disclaimer=flat.blocks[disclaimer].text if disclaimer is not None else _disclaimer_near(margin),
        related=find_related(page, flat, related_blocks),
        tags=tags,
        dates=find_dates(metadata, flat, title.index, body, related_blocks, page.fetched_at),
        names=find_page_names(metadata, flat, title.index, body),
        notes=[block.text for block in margin],
        evidence=(Evidence(field="title", source=title.source, text=title.text[:MAX_EVIDENCE]), *tag_evidence),
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
