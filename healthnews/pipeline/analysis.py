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
    if full:
        for name in ("analysed", "claims"):
            store.drop(name)
    articles = work.articles(store)
    claimed = _extract_new_claims(store, articles, load_lexicon(), batch_pages, progress)
    clusters, changed = _find_duplicates(store, articles, progress)
    found = _find_contradictions(store, articles, progress)
    return AnalysisSummary(
        changed=claimed > 0 or changed or found.changed,
        claimed=claimed,
        clusters=clusters,
        claims=found.claims,
        contradictions=found.by_status,
    )


def extract_new_claims(folder: DataFolder, *, batch_pages: int = BATCH_PAGES, progress: Progress = no_progress) -> int:
    """Claims of articles whose text or lexicon changed; how many articles were read. LockedError as for `analyze`."""
    with folder.locked(), rare_collection():
        store = Store(folder.tables)
        return _extract_new_claims(store, work.articles(store), load_lexicon(), batch_pages, progress)


def update_duplicates(folder: DataFolder, *, progress: Progress = no_progress) -> dict[str, int]:
    """The table of duplicates over all articles; clusters by kind. LockedError as for `analyze`."""
    with folder.locked(), rare_collection():
        store = Store(folder.tables)
        return _find_duplicates(store, work.articles(store), progress)[0]


def update_contradictions(folder: DataFolder, *, progress: Progress = no_progress) -> dict[str, int]:
    """The tables of contradictions and topics over all claims; contradictions by status. LockedError as for `analyze`."""
    with folder.locked(), rare_collection():
        store = Store(folder.tables)
        return _find_contradictions(store, work.articles(store), progress).by_status


def _find_duplicates(store: Store, articles: list[ArticleRow], progress: Progress) -> tuple[dict[str, int], bool]:
    """Clusters by kind, and whether they differ from before."""
    progress("duplicates", 0, None)
    rows = find_duplicates(articles)
    changed = work.replace(store, "duplicates", rows)
    return dict(sorted(Counter(kind for kind, _ in {(row.kind, row.cluster_id) for row in rows}).items())), changed


@dataclass(frozen=True, slots=True)
class _Found:
    by_status: dict[str, int]
    claims: int
    changed: bool


def _find_contradictions(store: Store, articles: list[ArticleRow], progress: Progress) -> _Found:
    progress("compare", 0, None)
    claims = work.current_claims(store)
    summaries = {a.article_id: ArticleSummary(url=a.url, published_at=a.published_at) for a in articles}
    contradictions = find_contradictions(claims, summaries)
    made: dict[str, Sequence[Any]] = {"contradictions": contradictions, "topics": build_topics(claims, summaries)}
    changed = [work.replace(store, name, rows) for name, rows in made.items()]
    return _Found(dict(sorted(Counter(row.status for row in contradictions).items())), len(claims), any(changed))


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
