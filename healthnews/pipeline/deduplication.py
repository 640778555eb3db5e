"""The tables of duplicates: made anew for what is new and what it touches, the same as if all were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from healthnews.claims.contradictions import ArticleSummary
from healthnews.claims.publishers import publisher_of
from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.duplicates.documents import Document
from healthnews.duplicates.find import Duplicates, are_alike
from healthnews.duplicates.history import find_changes
from healthnews.duplicates.index import Affected, DuplicateIndex
from healthnews.duplicates.meaning import Meaning
from healthnews.engine import current_engine
from healthnews.pipeline.folder import DataFolder, Progress, no_progress
from healthnews.pipeline.partitioned import Wanted, find_on, keys_on
from healthnews.records import ArticleRow, DuplicateRow, utc_now
from healthnews.schema import from_table

_TABLES = ("duplicates", "clusters", "duplicate_edges")
_QUESTION = "same_question"


def refresh_duplicates(
    folder: DataFolder,
    store: Store,
    articles: Iterable[ArticleRow],
    meaning: Meaning | None = None,
    *,
    full: bool = False,
    progress: Progress = no_progress,
) -> tuple[dict[str, int], bool]:
    """Clusters by kind, and whether the tables differ from before; for a caller that holds the lock.

    Args:
        folder: The data folder.
        store: Its work tables.
        articles: All articles.
        meaning: A model that tells which questions are one in other words: with it all questions are grouped anew.
        full: Forget what was found before.
        progress: Told how many articles are new or changed.
    """
    documents = {document.article_id: document for document in documents_of(articles, recommendations(store))}
    index = DuplicateIndex(folder.duplicate_index, None if full else _marks(store, meaning))
    is_fresh = not len(index)
    changed, removed = index.find_changed(list(documents.values()))
    progress("duplicates", 0, None)
    is_changed = False
    if changed or removed or is_fresh:
        affected = index.update(changed, removed, keys_on(current_engine(), changed), partial(are_alike, documents))
        if meaning is not None:
            affected = replace(affected, questions=frozenset(documents))
        found = _find_among(affected, documents, meaning)
        is_changed = _replace_rows(store, affected, found, is_fresh=is_fresh)
        index.commit(_marks(store, meaning), found.components)
    kinds = Counter(work.table(store, "clusters")["kind"].to_pylist())
    return dict(sorted(kinds.items())), is_changed


def _marks(store: Store, meaning: Meaning | None) -> dict[str, str | None]:
    """What names the tables as they stand, and the model they were made with: an index of others tells nothing about them."""
    return {name: store.commit(name) for name in _TABLES} | {"meaning": None if meaning is None else meaning.mark}


def _find_among(affected: Affected, documents: Mapping[str, Document], meaning: Meaning | None) -> Duplicates:
    sets = (affected.texts, affected.questions, affected.frames)
    return find_on(current_engine(), Wanted(*([documents[key] for key in keys if key in documents] for keys in sets)), meaning)


def _replace_rows(store: Store, affected: Affected, found: Duplicates, *, is_fresh: bool) -> bool:
    """Put the rows of what is affected, found anew, beside those of all else; whether that changed a table."""
    members, edges, clusters = (work.table(store, name) for name in ("duplicates", "duplicate_edges", "clusters"))
    by_title = clusters.filter(pc.equal(clusters["basis"], "title"))["cluster_id"].combine_chunks()
    is_outdated_in = partial(_is_outdated, affected=affected, by_title=by_title, is_fresh=is_fresh)
    is_outdated = is_outdated_in(members, ("article_id",))
    outdated = members.filter(is_outdated)
    work.append(store, "cluster_changes", find_changes(from_table(DuplicateRow, outdated), found.members, utc_now()))
    kept = {
        "duplicates": members.filter(pc.invert(is_outdated)),
        "clusters": clusters.filter(pc.invert(pc.is_in(clusters["cluster_id"], outdated["cluster_id"].combine_chunks()))),
        "duplicate_edges": edges.filter(pc.invert(is_outdated_in(edges, ("a_article_id", "b_article_id")))),
    }
    new: dict[str, Sequence[Any]] = {"duplicates": found.members, "clusters": found.clusters, "duplicate_edges": found.edges}
    are_changed = [work.replace_with(store, name, kept[name], new[name]) for name in _TABLES]
    return any(are_changed)


def _is_outdated(table: pa.Table, columns: Sequence[str], affected: Affected, by_title: pa.Array, *, is_fresh: bool) -> pa.ChunkedArray:
    """For each row whether it is about an article whose rows of that kind are made anew."""
    if is_fresh:
        return pa.chunked_array([pa.array([True] * table.num_rows, pa.bool_())])
    is_question = pc.equal(table["kind"], _QUESTION)
    is_title = pc.is_in(table["cluster_id"], by_title)
    kinds = (
        (pc.invert(is_title), affected.texts),
        (is_question, affected.questions),
        (pc.and_not(is_title, is_question), affected.frames),
    )
    found = [pc.and_(is_kind, _is_of(table, columns, articles | affected.removed)) for is_kind, articles in kinds]
    return pc.or_(pc.or_(found[0], found[1]), found[2])


def _is_of(table: pa.Table, columns: Sequence[str], articles: Collection[str]) -> pa.ChunkedArray:
    wanted = pa.array(sorted(articles), pa.string())
    found = pc.is_in(table[columns[0]], wanted)
    for column in columns[1:]:
        found = pc.or_(found, pc.is_in(table[column], wanted))
    return found


def documents_of(articles: Iterable[ArticleRow], recommended: Mapping[str, int]) -> list[Document]:
    """What the search for duplicates needs to know of articles."""
    summaries = ((article, summaries_of([article])[article.article_id]) for article in articles)
    return [
        Document(
            article_id=article.article_id,
            title=article.title,
            text=article.body or "",
            snippet=article.snippet or "",
            publisher=publisher_of(summary),
            url=article.url,
            published_at=article.published_at,
            first_seen_at=article.first_seen_at,
            recommended=recommended.get(article.article_id, 0),
        )
        for article, summary in summaries
    ]


def recommendations(store: Store) -> dict[str, int]:
    """How many pages recommend each article."""
    links = work.release_table(store, "related_links").select(["article_id", "target_id"])
    return Counter(target for _, target in set(zip(*(column.to_pylist() for column in links.columns), strict=True)))


def summaries_of(articles: Iterable[ArticleRow]) -> dict[str, ArticleSummary]:
    """What contradictions and topics need to know of articles, by id."""
    return {
        a.article_id: ArticleSummary(
            url=a.url, published_at=a.published_at, host=a.host, has_weak_date=a.published_at_source == "related_block"
        )
        for a in articles
    }
