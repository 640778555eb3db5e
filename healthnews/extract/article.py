"""Putting an Article together from what a parser found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from healthnews.errors import ParseError
from healthnews.extract.dates import Dated
from healthnews.extract.quality import find_ai_label, find_flags
from healthnews.extract.sections import Line, build_sections, find_lead
from healthnews.language.normalise import text_key
from healthnews.records import MAX_EVIDENCE, Article, Evidence, Precision, RelatedItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """When a page says it was published and changed, wall-clock time of the zones named, with the evidence.

    `source` says where the date of publication was read, or why there is none; see `published_at_source` in records.
    """

    published_at: datetime | None = None
    source: str = "not_in_page"
    precision: Precision | None = None
    zone: str | None = None
    confidence: float | None = None
    modified_at: datetime | None = None
    modified_source: str | None = None
    modified_precision: Precision | None = None
    modified_zone: str | None = None
    modified_confidence: float | None = None
    evidence: tuple[Evidence, ...] = ()

    @classmethod
    def of(cls, found: Dated, source: str, confidence: float, text: str) -> "Dates":
        """A date of publication that stands where a parser knows it to be, with the words it was read from."""
        evidence = (Evidence(field="published_at", source=source, text=text[:MAX_EVIDENCE]),)
        return cls(
            published_at=found.moment, source=source, precision=found.precision, zone=found.zone, confidence=confidence, evidence=evidence
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Who stands behind a page; each is null unless the page names it as such."""

    author: str | None = None
    source: str | None = None
    editor: str | None = None
    reviewer: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a parser found on a page, before anything is derived from it.

    Attributes:
        title: Title on one line, without the site's name.
        lines: The body's lines in order, none of them empty.
        disclaimer: The disclaimer, if there is one.
        related: Entries of the related block.
        truncated: The page is cut off, what is there was kept.
        notes: Lines outside the body in which an AI-generation label may stand.
        evidence: Where title and tags were read; that of dates and names is with them.
    """

    title: str
    lines: Sequence[Line]
    disclaimer: str | None = None
    related: tuple[RelatedItem, ...] = ()
    tags: tuple[str, ...] = ()
    dates: Dates = Dates()
    names: Names = Names()
    truncated: bool = False
    notes: Sequence[str] = ()
    evidence: tuple[Evidence, ...] = ()


def build_article(address: str | None, parts: Parts, *, parser: str, version: str) -> Article:
    """The Article of a page's parts: body, lead, sections, flags and label are derived here, the same way for every parser.

    Args:
        address: Address the content is known under; None for a text dump.
        parts: What the parser found.
        parser: Name of the parser module.
        version: Its version.

    Raises:
        ParseError: There is no title or no body.
    """
    if not text_key(parts.title):
        raise ParseError(f"{address or 'The page'} has no title.")
    if not any(_says_something(line.text) for line in parts.lines):
        raise ParseError(f"{address or 'The page'} with the title {parts.title[:40]!r} has no body.")
    body = "\n".join(line.text for line in parts.lines)
    return Article(
        url=address,
        title=parts.title,
        lead=find_lead(parts.lines),
        body=body,
        sections=build_sections(parts.lines),
        published_at=parts.dates.published_at,
        published_at_source=parts.dates.source,
        published_at_precision=parts.dates.precision,
        published_at_zone=parts.dates.zone,
        published_at_confidence=parts.dates.confidence,
        modified_at=parts.dates.modified_at,
        modified_at_source=parts.dates.modified_source,
        modified_at_precision=parts.dates.modified_precision,
        modified_at_zone=parts.dates.modified_zone,
        modified_at_confidence=parts.dates.modified_confidence,
        author=parts.names.author,
        source=parts.names.source,
        editor=parts.names.editor,
        reviewer=parts.names.reviewer,
        tags=parts.tags,
        disclaimer=parts.disclaimer,
        ai_label=find_ai_label([*parts.notes, parts.disclaimer or "", *(line.text for line in parts.lines)]),
        parser=parser,
        parser_version=version,
        quality=find_flags(parts.title, body, truncated=parts.truncated),
        evidence=(*parts.evidence, *parts.dates.evidence, *parts.names.evidence),
        related=parts.related,
    )


def _says_something(text: str) -> bool:
    """Whether a line has a letter or a figure; most begin with one."""
    first = text[:1]
    return (first.isalnum() and (first.isascii() or "\u4e00" <= first <= "\u9fff")) or bool(text_key(text))
