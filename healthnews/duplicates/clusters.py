"""Rows of clusters: who stands for each and why, its durable id, its members and the evidence between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from healthnews.duplicates.differences import Difference
from healthnews.duplicates.documents import Described
from healthnews.duplicates.frames import shared_ends
from healthnews.records import ClusterKind, ClusterRow, DifferingSpan, DuplicateEdgeRow, DuplicateRow, Origin, stable_id

MAX_SPANS = 20
_MAX_WORDS = 60
_MAX_FILLERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two documents and what is between them, by their indices, the one that was seen first in front."""

    left: int
    right: int
    similarity: float
    rule: str
    differences: tuple[DifferingSpan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Documents that belong together, by their indices.

    Attributes:
        kind: What holds them together.
        basis: Whether texts or titles tell that they belong together.
        members: Ascending; the first is the one that was seen first.
        links: The pairs that hold them together.
        similarities: Of members to the representative, where it is not 1.
        reasons: Why each member is in it.
        fillers: Of a template, what each member fills in.
        frame: Of a template, what their titles share.
    """

    kind: ClusterKind
    members: Sequence[int]
    basis: Literal["text", "title"] = "text"
    links: Sequence[Link] = ()
    similarities: Mapping[int, float] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    fillers: Mapping[int, str] = field(default_factory=dict)
    frame: str | None = None


def representative_of(documents: Sequence[Described], members: Sequence[int]) -> tuple[int, str]:
    """The member that stands for a cluster, and why.

    A page before stubs, then the earliest dated, the most complete, the most recommended, the one that was seen first.
    """
    best = min(members, key=lambda index: _rank(documents[index], index))
    others = [documents[index] for index in members if index != best]
    return best, _why(documents[best], others)


def _rank(document: Described, index: int) -> tuple[bool, datetime, int, int, int]:
    return not document.is_page, document.published_at or datetime.max, -document.characters, -document.recommended, index


def _why(best: Described, others: Sequence[Described]) -> str:
    rivals = [other for other in others if other.is_page == best.is_page]
    if not rivals:
        return "the only one whose page is known"
    if best.published_at is not None and all(other.published_at is None or other.published_at > best.published_at for other in rivals):
        return "earliest dated"
    rivals = [other for other in rivals if other.published_at == best.published_at]
    if all(other.characters < best.characters for other in rivals):
        return "most complete"
    rivals = [other for other in rivals if other.characters == best.characters]
    return "most recommended" if all(other.recommended < best.recommended for other in rivals) else "first seen"


def cluster_id(group: Group, founder: Described) -> str:
    """A cluster's id: from its kind and the member that was seen first, so that it stays when members are added."""
    return stable_id("d", group.kind, founder.article_id, *(["title"] if group.kind == "template" and group.basis == "title" else []))


def rows_of(documents: Sequence[Described], group: Group) -> tuple[ClusterRow, list[DuplicateRow], list[DuplicateEdgeRow]]:
    """The rows of one cluster: itself, its members, its evidence."""
    key = cluster_id(group, documents[group.members[0]])
    best, why = representative_of(documents, group.members)
    representative = documents[best]
    members = [
        DuplicateRow(
            article_id=documents[index].article_id,
            url=documents[index].url,
            cluster_id=key,
            kind=group.kind,
            representative_id=representative.article_id,
            similarity=group.similarities.get(index, 1.0),
            reason=f"representative: {why}" if index == best else group.reasons.get(index, ""),
            filler=group.fillers.get(index),
        )
        for index in group.members
    ]
    cluster = ClusterRow(
        cluster_id=key,
        kind=group.kind,
        title=representative.title,
        representative_id=representative.article_id,
        representative_reason=why,
        members=len(members),
        sources=len({documents[index].publisher for index in group.members}),
        basis=group.basis,
        frame=group.frame,
        fillers=tuple(sorted(set(group.fillers.values())))[:_MAX_FILLERS],
    )
    return cluster, members, [edge_row(documents, group.kind, link, key) for link in group.links]


def edge_row(documents: Sequence[Described], kind: ClusterKind | None, link: Link, key: str | None = None) -> DuplicateEdgeRow:
    """The evidence for a pair; without a kind it is one of variants."""
    a, b = documents[link.left].article_id, documents[link.right].article_id
    return DuplicateEdgeRow(
        edge_id=stable_id("e", kind or "variant", a, b, key),
        kind=kind or "variant",
        cluster_id=key,
        a_article_id=a,
        b_article_id=b,
        similarity=link.similarity,
        rule=link.rule,
        differences=link.differences[:MAX_SPANS],
    )


def spans_of(one: str, other: str, differences: Sequence[Difference], origin: Origin = "body") -> tuple[DifferingSpan, ...]:
    """Differences with the words that stand there."""
    return tuple(
        DifferingSpan(
            kind=difference.kind,
            origin=origin,
            a_start=difference.start,
            a_end=difference.end,
            b_start=difference.other_start,
            b_end=difference.other_end,
            a_text=one[difference.start : difference.end][:_MAX_WORDS],
            b_text=other[difference.other_start : difference.other_end][:_MAX_WORDS],
        )
        for difference in differences
    )


def title_span(one: str, other: str) -> DifferingSpan:
    """What two titles ask about that the other does not: the stretch between what they share in front and behind."""
    head, tail = shared_ends(one, other)
    end, other_end = len(one) - tail, len(other) - tail
    return DifferingSpan(
        kind="question", origin="title", a_start=head, a_end=end, b_start=head, b_end=other_end,
        a_text=one[head:end][:_MAX_WORDS], b_text=other[head:other_end][:_MAX_WORDS],
    )  # fmt: skip
