"""Saved text dumps of answer pages: title, lead, body, 提示:…, 相关推荐, then title, snippet and `标签 YYYY-MM-DD` repeated."""

from collections.abc import Sequence

from healthnews.errors import ParseError
from healthnews.extract.anchored import RELATED_HEADING, Stretch, find_disclaimer, read_related
from healthnews.extract.article import Parts, build_article
from healthnews.extract.page import Page
from healthnews.extract.sections import Line
from healthnews.language.normalise import fold_spaces, strip_invisible
from healthnews.records import Article

VERSION = "2026.11"
_MAX_TITLE = 200


def parse(page: Page) -> Article:
    """The Article of a text dump; a dump that ends inside its related block is flagged `truncated`.

    Raises:
        ParseError: The text has no title line followed by a body.
    """
    rows = [fold_spaces(strip_invisible(raw)) for raw in page.text.splitlines()]
    lines = [line for line in rows if line]
    if len(lines) < 2 or len(lines[0]) > _MAX_TITLE:
        raise ParseError(f"{page.url}: found {len(lines)} lines, expected a title of at most {_MAX_TITLE} characters and a body.")
    title, *content = lines
    heading = next((i for i, line in enumerate(content) if RELATED_HEADING.match(line)), len(content))
    body = content[:heading]
    notice = find_disclaimer(body)
    disclaimer = body.pop(notice) if notice is not None else None
    # The heading is the line number `heading` of the content, and the title stands before the content.
    stretches = _stretches(rows)[heading + 2 :]
    related, is_cut = read_related(stretches, lambda href: None, page.fetched_at)
    parts = Parts(
        title=title,
        lines=[Line(line) for line in body],
        disclaimer=disclaimer,
        related=related,
        truncated=is_cut,
    )
    return build_article(page.web_url, parts, parser="text_dump", version=VERSION)


def _stretches(rows: Sequence[str]) -> list[Stretch]:
    """The lines that have text; each knows whether a blank line stands before it."""
    return [Stretch(row, None, index, joins=index > 0 and rows[index - 1] != "") for index, row in enumerate(rows) if row]
