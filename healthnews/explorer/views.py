"""What a topic page shows, as plain values: the pipeline fills it in, the page, the terminal and --json print it."""

from __future__ import annotations

from dataclasses import dataclass

from healthnews.records import MonthCount

MIN_TREND_MONTHS = 3
"""Months with a reliable date below which nothing is said of a trend: two dates of a bulk upload are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """An article that says a sentence.

    Attributes:
        sentence: Verbatim; `article[origin][start:end]`, in code points.
        cue_start: Start of the words that carry the claim, in the same field, as `start`.
        published_at: Its date as text; None when it has none.
        has_weak_date: The date was read beside a related link, not on the article's own page.
        scope: Where, when and for whom it is said, in words; empty when nothing is said of that.
        regions: The region alone, in words; empty when none is named.
        copy_of: Id of the article it is a copy of; None for an original.
    """

    claim_id: str
    article_id: str
    title: str
    url: str | None
    published_at: str | None
    has_weak_date: bool
    origin: str
    sentence: str
    start: int
    end: int
    cue_start: int
    cue_end: int
    regions: str
    scope: str
    copy_of: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """A statement and who makes it.

    Attributes:
        sources: Independent sources; an empty name stands for every page without a host.
        articles: Articles that make it, copies included.
        contradictions: Other statements with which a flagged or accepted contradiction joins it.
        witnesses: One for each article, the best first: its sentence is the one to show.
    """

    statement_id: str
    sources: tuple[str, ...]
    articles: int
    contradictions: int
    witnesses: tuple[Witness, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionView:
    """How much of a side is said of a region; `region` is None where none is named."""

    region: str | None
    label: str
    statements: int
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SideView:
    """One side of a question.

    Attributes:
        sources: Independent sources, sorted; an empty name stands for every page without a host.
        undated: Articles without a date.
        weakly_dated: Articles dated only by a related block.
    """

    side: str
    statements: tuple[StatementView, ...]
    sources: tuple[str, ...]
    articles: int
    undated: int
    weakly_dated: int
    first_published_at: str | None
    last_published_at: str | None
    regions: tuple[RegionView, ...]
    months: tuple[MonthCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionView:
    """A flagged or accepted contradiction with both sentences, and which side each stands on.

    Attributes:
        reason: The explanation without its quotations, for where both sentences stand beside it.
    """

    contradiction_id: str
    type: str
    status: str
    score: float
    scope: str
    explanation: str
    reason: str
    a_side: str
    b_side: str
    a: Witness
    b: Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfContradictionView:
    """An article that contradicts itself, with every pair of its sentences that does.

    Attributes:
        copies: Ids of other articles that are copies of one text with it and contradict themselves alike.
    """

    article_id: str
    title: str
    url: str | None
    published_at: str | None
    has_weak_date: bool
    copies: tuple[str, ...]
    pairs: tuple[ContradictionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicView:
    """A question: its sides, what contradicts what, and which articles contradict themselves.

    Attributes:
        title: The question in words, with the thing it is asked of.
        release: Version of the release that was read.
        related: Titles of the other questions of the same topic.
    """

    title: str
    topic: str
    item: str
    predicate: str
    release: str
    is_contested: bool
    sides: tuple[SideView, ...]
    contradictions: tuple[ContradictionView, ...]
    self_contradictions: tuple[SelfContradictionView, ...]
    related: tuple[str, ...]


def question_title(topic: str, item: str) -> str:
    """A question in words, with the thing it is asked of."""
    return f"{topic}\uff1a{item}" if item else topic


def has_trend(view: TopicView) -> bool:
    """Whether reliable dates reach over enough months to speak of a trend."""
    months = {count.month for side in view.sides for count in side.months if count.month and count.statements > count.weakly_dated}
    return len(months) >= MIN_TREND_MONTHS
