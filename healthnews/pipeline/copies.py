"""Clusters of duplicates as analysts read them: members beside what they differ in, template families, variants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from healthnews.errors import UsageError
from healthnews.pipeline.queries import Dataset
from healthnews.records import ArticleRow, ClusterRow, DifferingSpan, DuplicateEdgeRow, DuplicateRow
from healthnews.schema import to_plain

KINDS = ("exact", "near", "same_question", "template", "variant")
_AROUND = 12
"""Characters of the text shown on both sides of a difference."""
_MAX_SHOWN = 60
"""Characters shown of a difference itself."""


class Passage(NamedTuple):
    """A stretch of a text in which it differs from another: what stands before, the words, what stands behind."""

    before: str
    words: str
    behind: str


class ShownDifference(NamedTuple):
    """A difference of two articles, seen in both."""

    kind: str
    a: Passage
    b: Passage


@dataclass(frozen=True, slots=True)
class Evidence:
    """A pair of articles and what is between them."""

    edge: DuplicateEdgeRow
    a: ArticleRow
    b: ArticleRow
    differences: tuple[ShownDifference, ...]


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A cluster with its members, the representative first, and the evidence between them."""

    cluster: ClusterRow
    members: tuple[tuple[DuplicateRow, ArticleRow], ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class CopiesView:
    """What the command shows: clusters, the largest first, and variants, the most alike first."""

    clusters: list[ClusterView]
    variants: list[Evidence]


def read_copies(dataset: Dataset, *, article: str | None = None, kinds: Sequence[str] = KINDS) -> CopiesView:
    """Clusters and variants of the dataset.

    Args:
        dataset: A release, or what is newest.
        article: Only the clusters of this article, and the variants of it and of their members.
        kinds: Which kinds of clusters, and whether `variant`.

    Raises:
        UsageError: There is no such article.
    """
    articles = dataset.articles()
    if article is not None and article not in articles:
        raise UsageError(f"no article {article!r}; ids stand in the first column of the articles table")
    rows = [row for row in dataset.duplicates(article) if row.kind in kinds]
    members: dict[str, list[DuplicateRow]] = defaultdict(list)
    for row in rows:
        members[row.cluster_id].append(row)
    clusters = _without_retold([row for row in dataset.rows("clusters") if row.cluster_id in members], members)
    edges: list[DuplicateEdgeRow] = dataset.rows("duplicate_edges")
    evidence: dict[str, list[DuplicateEdgeRow]] = defaultdict(list)
    for edge in edges:
        if edge.cluster_id in members:
            evidence[edge.cluster_id].append(edge)
    shown = [_cluster_view(row, members[row.cluster_id], evidence[row.cluster_id], articles) for row in clusters]
    shown.sort(key=lambda view: (-view.cluster.members, KINDS.index(view.cluster.kind), view.cluster.cluster_id))
    near = {row.article_id for row in rows} | {article}
    variants = [edge for edge in edges if edge.kind == "variant" and (article is None or {edge.a_article_id, edge.b_article_id} & near)]
    variants.sort(key=lambda edge: (-edge.similarity, edge.edge_id))
    return CopiesView(shown, [_evidence(edge, articles) for edge in variants] if "variant" in kinds else [])


def _without_retold(clusters: Sequence[ClusterRow], members: Mapping[str, Sequence[DuplicateRow]]) -> list[ClusterRow]:
    """Clusters without the templates that titles tell of pages which their texts show to be one template."""
    family_of = {
        row.article_id: cluster.cluster_id
        for cluster in clusters
        if cluster.kind == "template" and cluster.basis != "title"
        for row in members[cluster.cluster_id]
    }

    def is_retold(cluster: ClusterRow) -> bool:
        families = {family_of.get(row.article_id) for row in members[cluster.cluster_id]}
        return cluster.kind == "template" and cluster.basis == "title" and len(families) == 1 and families != {None}

    return [cluster for cluster in clusters if not is_retold(cluster)]


def _cluster_view(
    cluster: ClusterRow, members: Iterable[DuplicateRow], edges: Iterable[DuplicateEdgeRow], articles: Mapping[str, ArticleRow]
) -> ClusterView:
    ordered = sorted(members, key=lambda row: (row.article_id != cluster.representative_id, -row.similarity, row.article_id))
    return ClusterView(
        cluster, tuple((row, articles[row.article_id]) for row in ordered), tuple(_evidence(edge, articles) for edge in edges)
    )


def _evidence(edge: DuplicateEdgeRow, articles: Mapping[str, ArticleRow]) -> Evidence:
    a, b = articles[edge.a_article_id], articles[edge.b_article_id]
    shown = tuple(
        ShownDifference(span.kind, _passage(a, span, span.a_start, span.a_end), _passage(b, span, span.b_start, span.b_end))
        for span in edge.differences
    )
    return Evidence(edge, a, b, shown)


def _passage(article: ArticleRow, span: DifferingSpan, start: int, end: int) -> Passage:
    text = (article.title if span.origin == "title" else article.body) or ""
    words = text[start:end]
    shown = words if len(words) <= _MAX_SHOWN else f"{words[: _MAX_SHOWN - 1]}…"
    return Passage(text[max(0, start - _AROUND) : start], shown, text[end : end + _AROUND])


def member_objects(view: CopiesView) -> Iterable[dict[str, Any]]:
    """A JSON object for each member of each cluster: its row, with the differences to the articles that it hangs by."""
    for cluster in view.clusters:
        differing: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for found in cluster.evidence:
            for one, other in ((found.edge.a_article_id, found.edge.b_article_id), (found.edge.b_article_id, found.edge.a_article_id)):
                differing[one].append({"article_id": other, "similarity": found.edge.similarity, "rule": found.edge.rule})
        for row, article in cluster.members:
            yield to_plain(row) | {"title": article.title, "pairs": differing[row.article_id]}
    for found in view.variants:
        yield to_plain(found.edge) | {"a_title": found.a.title, "b_title": found.b.title}
