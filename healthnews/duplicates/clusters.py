"""Exact duplicates and same questions: articles in, rows of `duplicates` out; nothing is ever removed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from healthnews.language.normalise import text_key
from healthnews.language.titles import canonical_question, distinguishing_words
from healthnews.records import ArticleRow, DuplicateRow, stable_id

MIN_EXACT_CHARACTERS = 50
"""A shorter body (可以报销。) answers many questions alike: equal bodies of that size say nothing about copying."""
_MIN_QUESTION_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class _Member:
    """What a cluster needs to know of an article."""

    article_id: str
    url: str | None
    title: str
    is_page: bool
    body_characters: int
    published_at: datetime | None


def find_duplicates(articles: Iterable[ArticleRow]) -> list[DuplicateRow]:
    """Clusters of copies among articles, ordered by kind, cluster and article.

    exact: pages of equal text, marks and spaces aside, whose titles differ in no number, negator, place or insurance type.
    same_question: articles, stubs too, whose titles are one canonical question; pages already in one exact cluster
    are listed there as well, since the kinds answer different questions.
    The result does not depend on the order of the articles.
    """
    exact: dict[str, list[_Member]] = defaultdict(list)
    questions: dict[str, list[_Member]] = defaultdict(list)
    for article in articles:
        member = _member(article)
        if (body := _exact_key(article)) is not None:
            exact[body].append(member)
        question = canonical_question(article.title)
        if len(question) >= _MIN_QUESTION_CHARACTERS:
            questions[question].append(member)
    rows = [row for key, members in exact.items() for row in _cluster("exact", key, members, _exact_reason)]
    rows += [row for key, members in questions.items() for row in _cluster("same_question", key, members, _question_reason)]
    return sorted(rows, key=lambda row: (row.kind, row.cluster_id, row.article_id))


def _member(article: ArticleRow) -> _Member:
    return _Member(
        article_id=article.article_id,
        url=article.url,
        title=article.title,
        is_page=article.record == "page",
        body_characters=len(article.body or ""),
        published_at=article.published_at,
    )


def _exact_key(article: ArticleRow) -> str | None:
    """Digest of the normalised body with what must be equal in the titles; None when there is too little text."""
    key = text_key(article.body) if article.body else ""
    if len(key) < MIN_EXACT_CHARACTERS:
        return None
    slots = repr(distinguishing_words(article.title))
    return hashlib.sha256(f"{key}\x1f{slots}".encode("utf-8", "surrogatepass")).hexdigest()


def _cluster(
    kind: Literal["exact", "same_question"], key: str, members: list[_Member], reason: Callable[[_Member, _Member], str]
) -> list[DuplicateRow]:
    """Rows of one cluster; none for an article alone."""
    if len(members) < 2:
        return []
    representative, why = _representative(members)
    return [
        DuplicateRow(
            article_id=member.article_id,
            url=member.url,
            cluster_id=stable_id("d", kind, key),
            kind=kind,
            representative_id=representative.article_id,
            similarity=1.0,
            reason=f"representative: {why}" if member is representative else reason(member, representative),
        )
        for member in members
    ]


def _representative(members: list[_Member]) -> tuple[_Member, str]:
    """The member that stands for a cluster, and why: a page before stubs, then the earliest dated, then the most complete."""
    best = min(members, key=lambda m: (not m.is_page, m.published_at or datetime.max, -m.body_characters, m.article_id))
    others = [m for m in members if m is not best]
    if best.is_page and not any(m.is_page for m in others):
        return best, "the only one whose page is known"
    if best.published_at is not None and all(m.published_at is None or m.published_at > best.published_at for m in others):
        return best, "earliest dated"
    if all(m.body_characters < best.body_characters for m in others):
        return best, "most complete"
    return best, "smallest id among equals"


def _exact_reason(member: _Member, representative: _Member) -> str:
    return "equal text, marks and spaces aside" + ("" if member.title == representative.title else "; other title")


def _question_reason(member: _Member, representative: _Member) -> str:
    return "same title" if member.title == representative.title else f"same question as “{representative.title}”"
