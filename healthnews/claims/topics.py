"""Topics: for every question of the field, the sides that statements take and who stands on each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from healthnews.claims.contradictions import ArticleSummary
from healthnews.claims.explain import reading_of
from healthnews.claims.free import PREDICATE as FREE_ACT
from healthnews.records import ClaimRow, TopicRow

_POOLS = {"personal_account": "进入个人账户", "pooled_fund": "进入统筹账户"}


def build_topics(claims: Iterable[ClaimRow], articles: Mapping[str, ArticleSummary]) -> list[TopicRow]:
    """One row for each topic and side, sorted; free statements have no topic of their own and are left out.

    Sources are independent only across publishers: articles of one host count once, and all without a host once.
    """
    sides: dict[tuple[str, str, str], list[ClaimRow]] = defaultdict(list)
    for claim in claims:
        if claim.predicate != FREE_ACT and claim.frame != "past":
            sides[claim.topic, claim.predicate, side_of(claim)].append(claim)
    rows = []
    for (topic, predicate, side), members in sorted(sides.items()):
        found = [articles.get(article_id, ArticleSummary()) for article_id in sorted({c.article_id for c in members})]
        dates = sorted(summary.published_at for summary in found if summary.published_at is not None)
        rows.append(
            TopicRow(
                topic=topic,
                predicate=predicate,
                side=side,
                statements=len({c.statement_id for c in members}),
                sources=len({urlsplit(summary.url or "").hostname or "" for summary in found}),
                first_published_at=dates[0] if dates else None,
                last_published_at=dates[-1] if dates else None,
            )
        )
    return rows


def side_of(claim: ClaimRow) -> str:
    """The side a claim takes: 是, 否, a modality, an amount or the account that money goes to."""
    if claim.pool:
        return f"{reading_of(claim).split('→')[0]}{_POOLS[claim.pool]}"
    if claim.quantity is not None:
        return reading_of(claim)
    return "是" if claim.stance > 0 else "否"
