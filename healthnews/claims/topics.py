"""Topics: for every question of the field, the sides that statements take, and who stands on each, where and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from healthnews.claims.contradictions import ArticleSummary
from healthnews.claims.publishers import find_originals, publishers
from healthnews.claims.sides import FREE, is_contested, is_past, items_of, side_label
from healthnews.claims.statements import group_statements
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.records import ClaimRow, ContradictionRow, DuplicateRow, MonthCount, RegionCount, TopicRow

SHOWN_STATUS = frozenset({"flagged", "accepted"})
"""Contradictions that count: neither possible ones nor those that a judge refused."""
_ORIGIN_ORDER = {"body": 0, "snippet": 1, "title": 2}
_NOTHING = ArticleSummary()


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a side.

    Attributes:
        claims: The claims that make it, the best witness first: of a body, not of a copy, reliably dated, early.
        articles: Ids of the articles that make it, in the order of their claims.
        sources: Independent sources, sorted; empty text for articles without a host.
        contradictions: Other statements with which a flagged or accepted contradiction joins it.
    """

    claims: tuple[ClaimRow, ...]
    articles: tuple[str, ...]
    sources: tuple[str, ...]
    contradictions: int


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a question.

    Attributes:
        label: What it says: 是, 否, an amount, an account, a payer.
        statements: Those with the most independent sources first, then those that are contradicted most.
        row: The same in figures.
    """

    label: str
    statements: tuple[Statement, ...]
    row: TopicRow


@dataclass(frozen=True, slots=True)
class SelfContradiction:
    """An article that says two things which cannot both be true."""

    article_id: str
    contradiction_id: str
    a: ClaimRow
    b: ClaimRow


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its sides.

    Attributes:
        item: The thing it is asked of; empty for a question that names its own subject.
        sides: Those with the most independent sources first.
        contradictions: Flagged or accepted ones in which a statement of it takes part, of each pair of statements the surest, the
            surest first.
        self_contradictions: By article.
    """

    topic: str
    predicate: str
    item: str
    is_contested: bool
    sides: tuple[Side, ...]
    contradictions: tuple[ContradictionRow, ...]
    self_contradictions: tuple[SelfContradiction, ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What every question asks of the dataset."""

    articles: Mapping[str, ArticleSummary]
    originals: Mapping[str, str]
    clashes: Mapping[str, Sequence[ContradictionRow]]
    lexicon: Lexicon

    def article(self, article_id: str) -> ArticleSummary:
        return self.articles.get(article_id, _NOTHING)


def build_topics(
    claims: Iterable[ClaimRow],
    articles: Mapping[str, ArticleSummary],
    duplicates: Iterable[DuplicateRow] = (),
    contradictions: Iterable[ContradictionRow] = (),
) -> list[TopicRow]:
    """One row for each question and side, sorted by key; see `find_questions`."""
    questions = find_questions(claims, articles, duplicates, contradictions)
    rows = (side.row for question in questions for side in question.sides)
    return sorted(rows, key=lambda row: (row.topic, row.predicate, row.item, row.side))


def find_questions(
    claims: Iterable[ClaimRow],
    articles: Mapping[str, ArticleSummary],
    duplicates: Iterable[DuplicateRow] = (),
    contradictions: Iterable[ContradictionRow] = (),
    lexicon: Lexicon | None = None,
) -> list[Question]:
    """Questions with their sides: contested ones first, then by topic, predicate and item. The order of the claims does not matter.

    Free statements have no topic of their own, and what was so in the past is no side today: both are left out. A question that is
    asked of things (a drug, a food) is one for each thing.

    Args:
        claims: Claims of every article.
        articles: What is known of each article, by id.
        duplicates: Copies, of which those of kind exact and near count as one source.
        contradictions: Pairs of statements; flagged and accepted ones are looked at.
        lexicon: The lexicon of the claims; today's unless given.
    """
    lexicon = lexicon or load_lexicon()
    clashes: dict[str, list[ContradictionRow]] = defaultdict(list)
    for row in contradictions:
        if row.status in SHOWN_STATUS:
            for claim_id in {row.a_claim_id, row.b_claim_id}:
                clashes[claim_id].append(row)
    members: dict[tuple[str, str, str], list[ClaimRow]] = defaultdict(list)
    for claim in claims:
        if not claim.predicate.startswith(FREE) and not is_past(claim):
            for item in items_of(claim, lexicon):
                members[claim.topic, claim.predicate, item].append(claim)
    facts = _Facts(articles, find_originals(duplicates, articles), clashes, lexicon)
    questions = [_build_question(key, members[key], facts) for key in sorted(members)]
    return sorted(questions, key=lambda question: not question.is_contested)


def _build_question(key: tuple[str, str, str], claims: list[ClaimRow], facts: _Facts) -> Question:
    topic, predicate, item = key
    by_side: dict[str, list[ClaimRow]] = defaultdict(list)
    for claim in claims:
        by_side[side_label(claim, facts.lexicon)].append(claim)
    found = {row.contradiction_id: row for claim in claims for row in facts.clashes.get(claim.claim_id, ())}
    rows = sorted(found.values(), key=lambda row: (-row.score, row.contradiction_id))
    selves = _find_self_contradictions(rows, by_side)
    contested = is_contested(by_side, rows, asked_of_things=bool(item), lexicon=facts.lexicon)
    groups = {label: group_statements(members, facts.lexicon) for label, members in sorted(by_side.items())}
    distinct, partners = _distinct_pairs(rows, groups)
    sides = []
    for label in groups:
        statements = sorted((_build_statement(group, partners, facts) for group in groups[label]), key=_prominence)
        row = _count_side(TopicKey(*key, label, contested), statements, distinct, selves, facts)
        sides.append(Side(label, tuple(statements), row))
    return Question(
        topic=topic,
        predicate=predicate,
        item=item,
        is_contested=contested,
        sides=tuple(sorted(sides, key=lambda side: (-side.row.sources, -side.row.statements, side.label))),
        contradictions=tuple(distinct),
        self_contradictions=tuple(selves),
    )


def _distinct_pairs(
    rows: Iterable[ContradictionRow], groups: Mapping[str, Sequence[Sequence[ClaimRow]]]
) -> tuple[list[ContradictionRow], dict[str, set[str]]]:
    """One contradiction for each pair of statements, the first; and for each claim the statements that its own clashes with.

    A statement is named by its first claim. A claim that answers another question (a wider item) is a statement by itself.
    """
    names = {claim.claim_id: group[0].claim_id for members in groups.values() for group in members for claim in group}
    first: dict[tuple[str, str], ContradictionRow] = {}
    clashes: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        a, b = (names.get(claim_id, claim_id) for claim_id in (row.a_claim_id, row.b_claim_id))
        first.setdefault((min(a, b), max(a, b)), row)
        clashes[a].add(b)
        clashes[b].add(a)
    return list(first.values()), {claim_id: clashes[name] for claim_id, name in names.items() if name in clashes}


@dataclass(frozen=True, slots=True)
class TopicKey:
    """Which side of which question."""

    topic: str
    predicate: str
    item: str
    side: str
    is_contested: bool


def _find_self_contradictions(rows: Iterable[ContradictionRow], by_side: Mapping[str, Sequence[ClaimRow]]) -> list[SelfContradiction]:
    """Articles that make both statements of a contradiction, by article and contradiction.

    A contradiction names one witness of each statement; an article may make both and be the named witness of none.
    """
    side_by_claim = {claim.claim_id: (label, claim) for label, members in by_side.items() for claim in members}
    witnesses: dict[tuple[str, str], dict[str, ClaimRow]] = defaultdict(dict)
    for label, claim in sorted(side_by_claim.values(), key=lambda found: found[1].claim_id):
        witnesses[label, claim.statement_id].setdefault(claim.article_id, claim)
    found = []
    for row in rows:
        if row.a_claim_id in side_by_claim and row.b_claim_id in side_by_claim:
            (a_side, a), (b_side, b) = side_by_claim[row.a_claim_id], side_by_claim[row.b_claim_id]
            a_found, b_found = witnesses[a_side, a.statement_id], witnesses[b_side, b.statement_id]
            for article_id in a_found.keys() & b_found.keys():
                found.append(SelfContradiction(article_id, row.contradiction_id, a_found[article_id], b_found[article_id]))
    return sorted(found, key=lambda one: (one.article_id, one.contradiction_id))


def _count_side(
    key: TopicKey, statements: Sequence[Statement], rows: Iterable[ContradictionRow], selves: Iterable[SelfContradiction], facts: _Facts
) -> TopicRow:
    claims = [claim for statement in statements for claim in statement.claims]
    own = {claim.claim_id for claim in claims}
    article_ids = sorted({claim.article_id for claim in claims})
    found = [facts.article(article_id) for article_id in article_ids]
    dates = sorted(article.published_at for article in found if article.published_at and not article.has_weak_date) or sorted(
        article.published_at for article in found if article.published_at
    )
    return TopicRow(
        topic=key.topic,
        predicate=key.predicate,
        item=key.item,
        side=key.side,
        is_contested=key.is_contested,
        statements=len(statements),
        sources=len(publishers(article_ids, facts.articles, facts.originals)),
        articles=len(article_ids),
        undated=sum(article.published_at is None for article in found),
        weakly_dated=sum(article.published_at is not None and article.has_weak_date for article in found),
        contradictions=sum(row.a_claim_id in own or row.b_claim_id in own for row in rows),
        self_contradicting=tuple(sorted({one.article_id for one in selves if one.a.claim_id in own or one.b.claim_id in own})),
        regions=_count_regions(statements),
        months=_count_months(statements, facts),
        first_published_at=dates[0] if dates else None,
        last_published_at=dates[-1] if dates else None,
    )


def _build_statement(claims: Sequence[ClaimRow], partners: Mapping[str, set[str]], facts: _Facts) -> Statement:
    ordered = tuple(sorted(claims, key=lambda claim: _witness_rank(claim, facts)))
    article_ids = tuple(dict.fromkeys(claim.article_id for claim in ordered))
    return Statement(
        claims=ordered,
        articles=article_ids,
        sources=publishers(article_ids, facts.articles, facts.originals),
        contradictions=len(partners.get(claims[0].claim_id, ())),
    )


def _witness_rank(claim: ClaimRow, facts: _Facts) -> tuple[int, bool, bool, datetime, str, int, str]:
    article = facts.article(claim.article_id)
    is_copy = facts.originals.get(claim.article_id, claim.article_id) != claim.article_id
    is_unsure = article.published_at is None or article.has_weak_date
    return (
        _ORIGIN_ORDER[claim.origin],
        is_copy,
        is_unsure,
        article.published_at or datetime.max,
        claim.article_id,
        claim.cue_start,
        claim.claim_id,
    )


def _prominence(statement: Statement) -> tuple[int, int, int, str]:
    return -len(statement.sources), -statement.contradictions, -len(statement.articles), statement.claims[0].claim_id


def _count_regions(statements: Iterable[Statement]) -> tuple[RegionCount, ...]:
    """Statements and articles by region, the most statements first, those that name none last."""
    counts: dict[str, int] = defaultdict(int)
    articles: dict[str, set[str]] = defaultdict(set)
    for statement in statements:
        named: dict[str, set[str]] = defaultdict(set)
        for claim in statement.claims:
            for region in (claim.scope.region or "").split("+"):
                named[region].add(claim.article_id)
        for region, ids in named.items():
            counts[region] += 1
            articles[region] |= ids
    ordered = sorted(counts, key=lambda region: (not region, -counts[region], region))
    return tuple(RegionCount(region=region or None, statements=counts[region], articles=len(articles[region])) for region in ordered)


def _count_months(statements: Iterable[Statement], facts: _Facts) -> tuple[MonthCount, ...]:
    """Distinct statements by month of the articles that make them, those without any date last."""
    counts: dict[str, int] = defaultdict(int)
    weak: dict[str, int] = defaultdict(int)
    for statement in statements:
        months: dict[str, bool] = {}
        for article in map(facts.article, statement.articles):
            if article.published_at is not None:
                month = f"{article.published_at:%Y-%m}"
                months[month] = months.get(month, True) and article.has_weak_date
        for month, is_weak in (months or {"": False}).items():
            counts[month] += 1
            weak[month] += is_weak
    ordered = sorted(counts, key=lambda month: (not month, month))
    return tuple(MonthCount(month=month or None, statements=counts[month], weakly_dated=weak[month]) for month in ordered)
