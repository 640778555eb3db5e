"""Analysis: duplicates over all articles, claims of what is new, contradictions over all claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version

from healthnews.claims.contradictions import ArticleSummary, compare_all
from healthnews.claims.extract import extract_claims
from healthnews.claims.topics import build_topics
from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.dataset.work import AnalysedRow, TopicsJudgedRow, WorkClaimRow
from healthnews.engine import current_engine
from healthnews.errors import UsageError
from healthnews.judgements import Judgements, read_judgements
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.pipeline.deduplication import refresh_duplicates, summaries_of
from healthnews.pipeline.embedding import configured_meaning
from healthnews.pipeline.folder import BATCH_PAGES, DataFolder, Progress, batches, no_progress, rare_collection
from healthnews.records import ArticleRow, ClaimRow, ContradictionRow, DuplicateEdgeRow, DuplicateRow, TopicRow, stable_id
from healthnews.verdicts import apply_judgements


@dataclass(frozen=True, slots=True)
class AnalysisSummary:
    """Rows of the analysis, and whether it had to be made.

    Attributes:
        changed: False when nothing was new since the last analysis.
        claimed: Articles whose claims were extracted now.
        not_compared: Pairs left out because their topics are in too many articles: the nearest were compared.
        not_listed: Contradictions found beyond those that a topic lists, differences of scope not counted.
        large_topics: The topics whose pairs were left out, the largest first.
    """

    changed: bool
    claimed: int
    clusters: dict[str, int]
    claims: int
    contradictions: dict[str, int]
    not_compared: int = 0
    not_listed: int = 0
    large_topics: tuple[str, ...] = ()


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
        return analyze_store(folder, store, full=full, batch_pages=batch_pages, progress=progress)


def analyze_store(folder: DataFolder, store: Store, *, full: bool, batch_pages: int, progress: Progress) -> AnalysisSummary:
    """As `analyze`, for a caller that holds the lock."""
    if full:
        for name in ("analysed", "claims"):
            store.drop(name)
    meaning = configured_meaning(folder)
    articles = work.articles(store)
    claimed = _extract_new_claims(store, articles, load_lexicon(), batch_pages, progress)
    clusters, changed = refresh_duplicates(folder, store, articles, meaning, full=full, progress=progress)
    found = _find_contradictions(folder, store, articles, progress)
    return AnalysisSummary(
        changed=claimed > 0 or changed or found.changed,
        claimed=claimed,
        clusters=clusters,
        claims=found.claims,
        contradictions=found.by_status,
        not_compared=found.not_compared,
        not_listed=found.not_listed,
        large_topics=found.large_topics,
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
        return refresh_duplicates(folder, store, work.articles(store), configured_meaning(folder), progress=progress)[0]


def update_contradictions(folder: DataFolder, *, progress: Progress = no_progress) -> dict[str, int]:
    """The tables of contradictions and topics over all claims; contradictions by status. LockedError as for `analyze`."""
    with folder.locked(), rare_collection():
        store = Store(folder.tables)
        return _find_contradictions(folder, store, work.articles(store), progress).by_status


def statements_of_variants(edges: Iterable[DuplicateEdgeRow], claims: Iterable[ClaimRow]) -> set[tuple[str, str]]:
    """Pairs of statements, by id, that stand where two alike articles differ: these are compared whatever else is cut."""
    variants = [edge for edge in edges if edge.kind == "variant"]
    said: dict[str, list[ClaimRow]] = {article: [] for edge in variants for article in (edge.a_article_id, edge.b_article_id)}
    for claim in claims:
        if claim.origin == "body" and claim.article_id in said:
            said[claim.article_id].append(claim)
    found = set()
    for edge in variants:
        for span in edge.differences:
            if span.origin != "body":
                continue
            ours = [claim for claim in said[edge.a_article_id] if claim.start <= span.a_start and span.a_end <= claim.end]
            theirs = [claim for claim in said[edge.b_article_id] if claim.start <= span.b_start and span.b_end <= claim.end]
            found |= {tuple(sorted((a.statement_id, b.statement_id))) for a in ours for b in theirs if a.predicate == b.predicate}
    return {(a, b) for a, b in found if a != b}


@dataclass(frozen=True, slots=True)
class _Found:
    by_status: dict[str, int]
    claims: int
    changed: bool
    not_compared: int
    not_listed: int
    large_topics: tuple[str, ...]


def _find_contradictions(folder: DataFolder, store: Store, articles: list[ArticleRow], progress: Progress) -> _Found:
    """Contradictions as the engine finds them, for people judge at any time; counts and topics as judged until now."""
    progress("compare", 0, None)
    claims = work.current_claims(store)
    summaries = summaries_of(articles)
    judgements = read_judgements(folder.judgements)
    wanted = {(row.a_statement_id, row.b_statement_id) for row in judgements.rows}
    wanted |= statements_of_variants(work.read(store, "duplicate_edges"), claims)
    found = compare_all(claims, summaries, wanted=sorted(wanted))
    changed = work.replace(store, "contradictions", found.rows)
    judged = apply_judgements(found.rows, judgements.rows, {claim.statement_id: claim.sentence for claim in claims}).contradictions
    changed |= replace_topics(store, make_topics(claims, summaries, work.read(store, "duplicates"), judged), judgements)
    by_status: dict[str, int] = dict(sorted(Counter(row.status for row in judged).items()))
    not_listed = sum(count for status, count in found.not_listed.items() if status != "scope_difference")
    large_topics = tuple(dict.fromkeys(cut.topic for cut in found.cuts if cut.not_compared))
    return _Found(by_status, len(claims), changed, found.not_compared, not_listed, large_topics)


def make_topics(
    claims: Sequence[ClaimRow],
    summaries: Mapping[str, ArticleSummary],
    duplicates: Sequence[DuplicateRow],
    contradictions: Sequence[ContradictionRow],
) -> list[TopicRow]:
    """The topics of the claims: copies counted as one source, contradictions as people judged them."""
    return build_topics(claims, summaries, duplicates, contradictions)


def count_topics(store: Store, contradictions: Sequence[ContradictionRow]) -> list[TopicRow]:
    """The topics of the work tables, with contradictions as people judged them."""
    return make_topics(work.current_claims(store), summaries_of(work.articles(store)), work.read(store, "duplicates"), contradictions)


def replace_topics(store: Store, topics: Sequence[TopicRow], judgements: Judgements) -> bool:
    """Write the topics, and with which judgements they were counted; False when that is what was there."""
    changed = work.replace(store, "topics", topics)
    return work.replace(store, "topics_judged", [TopicsJudgedRow(digest=judgements.digest or "")]) or changed


def _content_key(article: ArticleRow, versions: str) -> str:
    """Digest of what claims are extracted from: the texts, their date, and the versions of lexicon and code that read them."""
    day = article.published_at.isoformat() if article.published_at else None
    return stable_id("k", article.title, article.body if article.body is not None else article.snippet, day, versions)


def _extract_new_claims(store: Store, articles: list[ArticleRow], lexicon: Lexicon, batch_pages: int, progress: Progress) -> int:
    """Extract the claims of articles whose text or whose lexicon changed, a checkpoint after each batch."""
    known = {row.article_id: row.content_key for row in work.read(store, "analysed")}
    versions = f"{lexicon.version} {installed_version('healthnews')}"
    new = [(a, key) for a in articles if known.get(a.article_id) != (key := _content_key(a, versions))]
    found = current_engine().map(_claims_of, (article for article, _ in new))
    done = 0
    for batch in batches(zip(new, found, strict=True), batch_pages):
        work.append(store, "claims", [WorkClaimRow.of(claim, key) for (_, key), claims in batch for claim in claims])
        work.append(store, "analysed", [AnalysedRow(article_id=a.article_id, content_key=key) for (a, key), _ in batch])
        done += len(batch)
        progress("claims", done, len(new))
    return len(new)


def _claims_of(article: ArticleRow) -> list[ClaimRow]:
    """The claims of an article, by the lexicon that is installed where this runs."""
    return list(extract_claims(article, load_lexicon()))
