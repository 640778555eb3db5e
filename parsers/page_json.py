"""Page JSON: one object with url, title, text and optionally published_at, tags and related."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from healthnews.errors import ParseError
from healthnews.extract.anchored import find_disclaimer
from healthnews.extract.article import Dates, Parts, build_article
from healthnews.extract.dates import parse_date, read_told_date
from healthnews.extract.page import Page, absolute_url
from healthnews.extract.sections import Line
from healthnews.language.normalise import fold_spaces, strip_invisible
from healthnews.records import Article, RelatedItem

VERSION = "2026.11"
_DATE_CONFIDENCE = 0.9


def parse(page: Page) -> Article:
    """The Article of a page JSON object.

    Raises:
        ParseError: It is no JSON object, or a field is missing or of another kind than expected.
    """
    fields = _read_object(page)
    address = absolute_url(page.url, _text(page, fields, "url"))
    base = address or page.url
    lines = [line for raw in (_text(page, fields, "text") or "").splitlines() if (line := _fold(raw))]
    notice = find_disclaimer(lines)
    disclaimer = lines.pop(notice) if notice is not None else None
    parts = Parts(
        title=_fold(_text(page, fields, "title") or ""),
        lines=[Line(line) for line in lines],
        disclaimer=disclaimer,
        related=tuple(_related_item(page, base, item, position) for position, item in enumerate(_list(page, fields, "related"), 1)),
        tags=tuple(_fold(tag) for tag in _list(page, fields, "tags") if isinstance(tag, str) and _fold(tag)),
        dates=_dates(page, fields),
    )
    return build_article(address, parts, parser="page_json", version=VERSION)


def _fold(text: str) -> str:
    # JSON can escape half a surrogate pair, which no file can hold.
    return fold_spaces(strip_invisible(text.encode("utf-8", "replace").decode("utf-8")))


def _read_object(page: Page) -> Mapping[str, Any]:
    try:
        fields = json.loads(page.text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"{page.url}: expected one JSON object, found {type(error).__name__}: {str(error)[:100]}.", "bad_json") from error
    if not isinstance(fields, dict):
        raise ParseError(f"{page.url}: expected one JSON object, found {type(fields).__name__}.", "bad_json")
    return fields


def _text(page: Page, fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise ParseError(f"{page.url}: {name!r} is {type(value).__name__}, expected a string.", "bad_json")
    return value


def _list(page: Page, fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    if value is not None and not isinstance(value, list):
        raise ParseError(f"{page.url}: {name!r} is {type(value).__name__}, expected a list.", "bad_json")
    return value or []


def _dates(page: Page, fields: Mapping[str, Any]) -> Dates:
    text = _text(page, fields, "published_at") or ""
    found, refusal, _ = read_told_date(text, page.fetched_at)
    if found is None:
        return Dates(source=refusal if text and refusal else "not_in_page")
    return Dates.of(found, "meta", _DATE_CONFIDENCE, _fold(text))


def _related_item(page: Page, base: str, item: Any, position: int) -> RelatedItem:
    if not isinstance(item, dict):
        raise ParseError(f"{page.url}: related item {position} is {type(item).__name__}, expected an object.", "bad_json")
    title = _fold(_text(page, item, "title") or "")
    if not title:
        raise ParseError(f"{page.url}: related item {position} has no title.", "bad_json")
    dated = parse_date(_text(page, item, "published_at") or "", page.fetched_at)
    published_at: datetime | None = dated.moment if dated else None
    return RelatedItem(
        position=position,
        title=title,
        url=absolute_url(base, _text(page, item, "url")),
        snippet=_fold(_text(page, item, "snippet") or "") or None,
        tag=_fold(_text(page, item, "tag") or "") or None,
        published_at=published_at,
    )
