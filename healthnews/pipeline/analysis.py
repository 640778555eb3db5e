"""Analysis: duplicates over all articles, claims of what is new, contradictions over all claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import Any

from healthnews.claims.contradictions import ArticleSummary, find_contradictions
from healthnews.claims.extract import extract_claims
from healthnews.claims.topics import build_topics
from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.dataset.work import AnalysedRow, WorkClaimRow
from healthnews.duplicates.clusters import find_duplicates
from healthnews.errors import UsageError
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.pipeline.folder import BATCH_PAGES, DataFolder, Progress, batches, no_progress, rare_collection
from healthnews.records import ArticleRow, stable_id


@dataclass(frozen=True, slots=True)
class AnalysisSummary:
    """Rows of the analysis, and whether it had to be made.

    Attributes:
        changed: False when nothing was new since the last analysis.
        claimed: Articles whose claims were extracted now.
    """

    changed: bool
    claimed: int
    clusters: dict[str, int]
    claims: int
    contradictions: dict[str, int]


def analyze(folder: DataFolder, *, full: bool = False, batch_pages: int = BATCH_PAGES, progress: Progress = no_progress) -> AnalysisSummary:
    """Find duplicates, claims and contradictions; `full` forgets earlier analyses first.

    Raises:
        LockedError: Another run holds the folder.
        UsageError: There is nothing to analyse.
    """
    store = Store(folder.tables)
    if not store.exists("captures"):
        raise UsageError(f"there is nothing to analyse in {folder.root}; run `healthnews ingest SOURCE` first")
    with folder.locked(), rare_collection():
        return analyze_store(store, full=full, batch_pages=batch_pages, progress=progress)


def analyze_store(store: Store, *, full: bool, batch_pages: int, progress: Progress) -> AnalysisSummary:
    """As `analyze`, for a caller that holds the lock."""
    lexicon = load_lexicon()
    if full:
        for name in ("analysed", "claims"):
            store.drop(name)
    articles = work.articles(store)
    claimed = _extract_new_claims(store, articles, lexicon, batch_pages, progress)
    claims = work.current_claims(store)
    summaries = {a.article_id: ArticleSummary(url=a.url, published_at=a.published_at) for a in articles}
    progress("duplicates", 0, None)
    duplicates = find_duplicates(articles)
    progress("compare", 0, None)
    contradictions = find_contradictions(claims, summaries)
    topics = build_topics(claims, summaries)
    made: dict[str, Sequence[Any]] = {"duplicates": duplicates, "contradictions": contradictions, "topics": topics}
    changed = [work.replace(store, name, rows) for name, rows in made.items()]
    return AnalysisSummary(
        changed=claimed > 0 or any(changed),
        claimed=claimed,
        clusters=dict(sorted(Counter(kind for kind, _ in {(row.kind, row.cluster_id) for row in duplicates}).items())),
        claims=len(claims),
        contradictions=dict(sorted(Counter(row.status for row in contradictions).items())),
    )


def _content_key(article: ArticleRow, versions: str) -> str:
    """Digest of what claims are extracted from: the texts, and the versions of lexicon and code that read them."""
    return stable_id("k", article.title, article.body if article.body is not None else article.snippet, versions)


def _extract_new_claims(store: Store, articles: list[ArticleRow], lexicon: Lexicon, batch_pages: int, progress: Progress) -> int:
    """Extract the claims of articles whose text or whose lexicon changed, a checkpoint after each batch."""
    known = {row.article_id: row.content_key for row in work.read(store, "analysed")}
    versions = f"{lexicon.version} {installed_version('healthnews')}"
    new = [(a, key) for a in articles if known.get(a.article_id) != (key := _content_key(a, versions))]
    done = 0
    for batch in batches(new, batch_pages):
        claims: list[WorkClaimRow] = []
        for article, key in batch:
            claims += (WorkClaimRow.of(claim, key) for claim in extract_claims(article, lexicon))
            done += 1
            progress("claims", done, len(new))
        work.append(store, "claims", claims)
        work.append(store, "analysed", [AnalysedRow(article_id=a.article_id, content_key=key) for a, key in batch])
    return len(new)
