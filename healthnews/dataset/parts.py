"""Articles of several pages: which page follows which, and the one article that they make."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from healthnews.dataset.store import Store
from healthnews.language.normalise import text_key
from healthnews.records import MAX_PARTS, ArticleRow, QualityFlag, Section

_PAGE_MARK = re.compile(r"(?:[\[(\uff08_-]?\s*(?:第\s*)?\d{1,2}\s*(?:/\s*\d{1,2})?\s*(?:[页頁]|[\])\uff09])|[_-]\d{1,2})\s*$")
TRUNCATED = "truncated"
MISSING_PART = "missing_part"
"""Flag of an article that goes on where a page is not there, and reason of the failure that names that page."""


@dataclass(frozen=True, slots=True)
class Page:
    """What tells whether a page goes on with another.

    Attributes:
        title: Its title.
        next_id: Id of the page that it names as the next.
        next_url: Canonical URL of that page.
    """

    article_id: str
    title: str
    next_id: str | None = None
    next_url: str | None = None


@dataclass(frozen=True, slots=True)
class Chains:
    """Which pages are one article.

    Attributes:
        parts: By the id of a first page, those of the pages behind it, in order.
        missing: By the id of a first page, the address of the next page, which is not there.
    """

    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def first_of(self) -> dict[str, str]:
        """By the id of a page behind the first, that of the first."""
        return {part: first for first, parts in self.parts.items() for part in parts}


def find_chains(pages: Iterable[Page]) -> Chains:
    """Pages put in order, whatever the order in which they came.

    A page goes on with the one that it names as the next when both have the same title, a page number aside: an article that
    a site numbers like a page stays an article. What would go round in a circle is cut, and so is what goes on too long.
    """
    by_id = {page.article_id: page for page in pages}
    following, missing = {}, {}
    for page in by_id.values():
        if page.next_id is None or page.next_url is None:
            continue
        found = by_id.get(page.next_id)
        if found is None:
            missing[page.article_id] = page.next_url
        elif found is not page and _is_same_title(page.title, found.title):
            following[page.article_id] = found.article_id
    behind = set(following.values())
    parts, absent = {}, {}
    for first in by_id.keys() - behind:
        chain = list(_walk(first, following))
        if len(chain) > 1:
            parts[first] = tuple(chain[1:])
        if (address := missing.get(chain[-1])) is not None and len(chain) < MAX_PARTS:
            absent[first] = address
    return Chains(_without_shared(parts), absent)


def _walk(first: str, following: Mapping[str, str]) -> Iterator[str]:
    seen: set[str] = set()
    page: str | None = first
    while page is not None and page not in seen and len(seen) < MAX_PARTS:
        seen.add(page)
        yield page
        page = following.get(page)


def _without_shared(parts: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Chains of which no two have a page: the first by id keeps what two pages name as their next."""
    taken: set[str] = set()
    own = {}
    for first in sorted(parts):
        kept = tuple(part for part in parts[first] if part not in taken)
        taken |= set(kept)
        if kept:
            own[first] = kept
    return own


def _is_same_title(first: str, other: str) -> bool:
    keys = [text_key(_PAGE_MARK.sub("", title)) or text_key(title) for title in (first, other)]
    return keys[0] == keys[1]


def following_pages(store: Store, asked: Collection[str]) -> list[str]:
    """Addresses that pages name as their next and that were not asked for, in order.

    Args:
        store: The work tables.
        asked: Canonical URLs of the pages, and of everything that was asked for.
    """
    named = store.column_tuples("parts", ("article_id", "capture_id", "next_url"))
    wanted = {(article_id, capture_id): next_url for article_id, capture_id, next_url in named if next_url and next_url not in asked}
    if not wanted:
        return []
    captures = store.column_tuples("captures", ("capture_id", "canonical_url", "url"))
    urls = {capture_id: {url, canonical_url} for capture_id, canonical_url, url in captures}
    return sorted({next_url for (_, capture_id), next_url in wanted.items() if urls.get(capture_id, set()) & set(asked)})


def join_parts(articles: Sequence[ArticleRow], chains: Chains) -> list[ArticleRow]:
    """The articles, those of several pages as one row each."""
    by_id = {row.article_id: row for row in articles}
    joined = []
    behind = chains.first_of
    for row in articles:
        if row.article_id in behind:
            continue
        parts = [by_id[part] for part in chains.parts.get(row.article_id, ()) if part in by_id]
        whole = _join(row, parts) if parts else row
        joined.append(_flag_truncated(whole) if row.article_id in chains.missing else whole)
    return joined


def _join(first: ArticleRow, parts: Sequence[ArticleRow]) -> ArticleRow:
    bodies, sections, quality = [first.body or ""], list(first.sections), list(first.quality)
    length = len(bodies[0])
    for part in parts:
        body, cut = _own_text(first.body or "", part.body or "")
        if not body:
            continue
        start = length + 1
        # Where a page breaks off the next one goes on.
        quality = [flag for flag in quality if flag.flag != TRUNCATED]
        quality += _moved(part.quality, start - cut, start)
        _add_sections(sections, part.sections, cut_text=(part.body or "")[:cut])
        bodies.append(body)
        length = start + len(body)
    body = "\n".join(bodies)
    every = (first, *parts)
    return dataclasses.replace(
        first,
        body=body,
        body_sha256=hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
        sections=tuple(sections),
        tags=_united(row.tags for row in every),
        keywords=_united(row.keywords for row in every)[: max(len(row.keywords) for row in every)],
        quality=tuple(quality),
        disclaimer=_last(row.disclaimer for row in every),
        ai_label=next((row.ai_label for row in every if row.ai_label), None),
        editor=_last(row.editor for row in every),
        reviewer=_last(row.reviewer for row in every),
        first_seen_at=min(row.first_seen_at for row in every),
        last_seen_at=max(row.last_seen_at for row in every),
    )


def _own_text(first: str, text: str) -> tuple[str, int]:
    """What a page adds to the first, and how many characters before that it repeats: a summary stands on every page of some sites."""
    kept, cut = text.split("\n"), 0
    for line in first.split("\n"):
        if not kept or kept[0] != line:
            break
        cut += len(kept.pop(0)) + 1
    return "\n".join(kept), min(cut, len(text))


def _moved(flags: Iterable[QualityFlag], by: int, start: int) -> Iterator[QualityFlag]:
    """Flags of a page with their spans in the whole body; those of what it repeats, and of its title, the first page has."""
    for flag in flags:
        if flag.origin == "body" and flag.start + by >= start:
            yield dataclasses.replace(flag, start=flag.start + by, end=flag.end + by)


def _add_sections(sections: list[Section], more: Sequence[Section], cut_text: str) -> None:
    """Append the sections of a page; what stands before its first heading goes on with the last one."""
    repeated = set(cut_text.split("\n"))
    for number, section in enumerate(more):
        text = "\n".join(line for line in section.text.split("\n") if line not in repeated) if repeated else section.text
        if number == 0 and section.heading is None and sections:
            last = sections[-1]
            sections[-1] = dataclasses.replace(last, text="\n".join(filter(None, (last.text, text))))
        elif section.heading is None or section.heading not in repeated:
            sections.append(dataclasses.replace(section, text=text))


def _flag_truncated(row: ArticleRow) -> ArticleRow:
    """The article with a flag on its last line, behind which a page is missing."""
    body = row.body or ""
    flag = QualityFlag(flag=TRUNCATED, origin="body", start=body.rfind("\n") + 1, end=len(body))
    known = any(known.flag == TRUNCATED for known in row.quality)
    return row if known else dataclasses.replace(row, quality=(*row.quality, flag))


def _united(values: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for row in values for value in row))


def _last(values: Iterable[str | None]) -> str | None:
    return next((value for value in reversed(list(values)) if value), None)
