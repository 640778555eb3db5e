"""Publishers: which articles are independent of one another, once copies are merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from healthnews.claims.contradictions import ArticleSummary
from healthnews.claims.statements import find_root, join
from healthnews.records import DuplicateRow

COPY_KINDS = frozenset({"exact", "near"})
"""Kinds of duplicates that say one thing once; a same question has answers of its own."""
UNKNOWN = ""
"""The publisher of everything that has no host: all of it may be one."""
_VARIANTS = frozenset({"www", "m", "wap", "3g", "h5", "mobile"})


def publisher_of(article: ArticleSummary) -> str:
    """Host of an article without the labels that only name a form of the same site (www, m, wap); empty when unknown."""
    host = article.host or _host_of(article.url)
    labels = host.casefold().strip(".").split(".")
    while len(labels) > 2 and labels[0] in _VARIANTS:
        labels = labels[1:]
    return ".".join(labels)


def _host_of(url: str | None) -> str:
    try:
        return urlsplit(url or "").hostname or UNKNOWN
    except ValueError:  # an address of a page may be anything: http://[ is one
        return UNKNOWN


def find_originals(duplicates: Iterable[DuplicateRow], articles: Mapping[str, ArticleSummary]) -> dict[str, str]:
    """For each article in a cluster of copies, the article that stands for all of them; exact and near clusters that meet are one.

    Of several representatives the earliest dated one stands for all, a date of a related block counting least.
    """
    roots: dict[str, str] = {}
    stands: set[str] = set()
    for row in duplicates:
        if row.kind in COPY_KINDS:
            roots.setdefault(row.article_id, row.article_id)
            roots.setdefault(row.representative_id, row.representative_id)
            join(roots, row.article_id, row.representative_id)
            stands.add(row.representative_id)
    candidates: dict[str, list[str]] = defaultdict(list)
    for article_id in stands:
        candidates[find_root(roots, article_id)].append(article_id)
    best = {root: min(names, key=lambda name: _rank(name, articles)) for root, names in candidates.items()}
    return {article_id: best[find_root(roots, article_id)] for article_id in roots}


def _rank(article_id: str, articles: Mapping[str, ArticleSummary]) -> tuple[bool, datetime, str]:
    article = articles.get(article_id, ArticleSummary())
    return article.has_weak_date or article.published_at is None, article.published_at or datetime.max, article_id


def publishers(article_ids: Iterable[str], articles: Mapping[str, ArticleSummary], originals: Mapping[str, str]) -> tuple[str, ...]:
    """Independent sources of some articles: the publishers of what they are copies of, sorted, each once.

    A copy counts for the publisher it was copied from, also where only the copy is among the articles.
    """
    found = {originals.get(article_id, article_id) for article_id in article_ids}
    return tuple(sorted({publisher_of(articles.get(article_id, ArticleSummary())) for article_id in found}))
