"""Topics for readers: everything a page of a question shows, and pages as files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from healthnews.claims.contradictions import ArticleSummary
from healthnews.claims.explain import quote_claim, without_opening
from healthnews.claims.publishers import find_originals, publishers
from healthnews.claims.sides import side_label
from healthnews.claims.topics import Question, SelfContradiction, Side, Statement, find_questions
from healthnews.dataset.exports import date_text
from healthnews.errors import UsageError
from healthnews.explorer.pages import IndexEntry, index_page, topic_page
from healthnews.explorer.views import (
    ContradictionView,
    RegionView,
    SelfContradictionView,
    SideView,
    StatementView,
    TopicView,
    Witness,
)
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.language.regions import display_region
from healthnews.pipeline.deduplication import summaries_of
from healthnews.pipeline.queries import Dataset
from healthnews.pipeline.questions import QuestionKey, key_of, ordered_rows
from healthnews.records import ArticleRow, ClaimRow, ContradictionRow, Scope, TopicRow

INDEX = "index.html"
_UNNAMED_REGION = "未注明地区"


@dataclass(frozen=True)
class Explorer:
    """The tables of a dataset as topic pages ask for them, read once."""

    release: str
    claims: dict[str, ClaimRow]
    articles: dict[str, ArticleRow]
    summaries: dict[str, ArticleSummary]
    originals: dict[str, str]
    rows: Sequence[TopicRow]
    questions: dict[QuestionKey, Question]
    lexicon: Lexicon

    @classmethod
    def of(cls, dataset: Dataset, keys: Iterable[QuestionKey]) -> Explorer:
        """Read what the pages of some questions need."""
        wanted = {(key.topic, key.predicate) for key in keys}
        lexicon = load_lexicon()
        claims = [claim for claim in dataset.rows("claims") if (claim.topic, claim.predicate) in wanted]
        articles = dataset.articles()
        summaries = summaries_of(articles.values())
        duplicates = dataset.rows("duplicates")
        questions = find_questions(claims, summaries, duplicates, dataset.contradictions(), lexicon)
        return cls(
            release=dataset.version,
            claims={claim.claim_id: claim for claim in claims},
            articles=articles,
            summaries=summaries,
            originals=find_originals(duplicates, summaries),
            rows=dataset.rows("topics"),
            questions={QuestionKey(q.topic, q.predicate, q.item): q for q in questions},
            lexicon=lexicon,
        )

    def view(self, key: QuestionKey) -> TopicView:
        """Everything that a page of the question shows; UsageError when the release has no such question."""
        if key not in self.questions:
            raise UsageError(f"release {self.release} holds no claims on {key.title!r}; run `healthnews analyze --full` and publish again")
        question = self.questions[key]
        related = dict.fromkeys(other.title for other in map(key_of, ordered_rows(self.rows)) if other.topic == key.topic and other != key)
        return TopicView(
            title=key.title,
            topic=key.topic,
            item=key.item,
            predicate=key.predicate,
            release=self.release,
            is_contested=question.is_contested,
            sides=tuple(self._side(side) for side in question.sides),
            contradictions=tuple(
                self._contradiction(row, self.claims[row.a_claim_id], self.claims[row.b_claim_id]) for row in self._whole(question)
            ),
            self_contradictions=self._self_contradictions(question),
            related=tuple(related),
        )

    def _side(self, side: Side) -> SideView:
        row = side.row
        article_ids = sorted({article_id for statement in side.statements for article_id in statement.articles})
        return SideView(
            side=side.label,
            statements=tuple(self._statement(statement) for statement in side.statements),
            sources=publishers(article_ids, self.summaries, self.originals),
            articles=row.articles,
            undated=row.undated,
            weakly_dated=row.weakly_dated,
            first_published_at=date_text(row.first_published_at),
            last_published_at=date_text(row.last_published_at),
            regions=tuple(
                RegionView(
                    region=count.region,
                    label=display_region(count.region) if count.region else _UNNAMED_REGION,
                    statements=count.statements,
                    articles=count.articles,
                )
                for count in row.regions
            ),
            months=row.months,
        )

    def _statement(self, statement: Statement) -> StatementView:
        first: dict[str, ClaimRow] = {}
        for claim in statement.claims:
            first.setdefault(claim.article_id, claim)
        return StatementView(
            statement_id=statement.claims[0].statement_id,
            sources=statement.sources,
            articles=len(statement.articles),
            contradictions=statement.contradictions,
            witnesses=tuple(self._witness(claim) for claim in first.values()),
        )

    def _witness(self, claim: ClaimRow) -> Witness:
        article = self.articles[claim.article_id]
        original = self.originals.get(claim.article_id, claim.article_id)
        return Witness(
            claim_id=claim.claim_id,
            article_id=claim.article_id,
            title=article.title,
            url=article.url,
            published_at=date_text(article.published_at, article.published_at_precision, article.published_at_zone),
            has_weak_date=article.published_at_source == "related_block",
            origin=claim.origin,
            sentence=claim.sentence,
            start=claim.start,
            end=claim.end,
            cue_start=claim.cue_start,
            cue_end=claim.cue_end,
            regions=display_region(claim.scope.region) if claim.scope.region else "",
            scope=describe_scope(claim.scope, self.lexicon),
            copy_of=original if original != claim.article_id else None,
        )

    def _whole(self, question: Question) -> list[ContradictionRow]:
        """Contradictions both of whose claims are there: one that was accepted may outlive a claim."""
        return [row for row in question.contradictions if {row.a_claim_id, row.b_claim_id} <= self.claims.keys()]

    def _contradiction(self, row: ContradictionRow, a: ClaimRow, b: ClaimRow) -> ContradictionView:
        return ContradictionView(
            contradiction_id=row.contradiction_id,
            type=row.type,
            status=row.status,
            score=row.score,
            scope=row.scope,
            explanation=row.explanation,
            reason=without_opening(row.explanation, *(quote_claim(self.claims[claim_id]) for claim_id in (row.a_claim_id, row.b_claim_id))),
            a_side=side_label(a, self.lexicon),
            b_side=side_label(b, self.lexicon),
            a=self._witness(a),
            b=self._witness(b),
        )

    def _self_contradictions(self, question: Question) -> tuple[SelfContradictionView, ...]:
        """Articles that contradict themselves, copies of one text shown once, by the one they are copied from where it is there."""
        rows = {row.contradiction_id: row for row in question.contradictions}
        by_article: dict[str, list[SelfContradiction]] = defaultdict(list)
        for one in question.self_contradictions:
            by_article[one.article_id].append(one)
        by_text: dict[str, list[str]] = defaultdict(list)
        for article_id in by_article:
            by_text[self.originals.get(article_id, article_id)].append(article_id)
        views = []
        for original, article_ids in sorted(by_text.items()):
            shown, *copies = sorted(article_ids, key=lambda article_id: (article_id != original, article_id))
            article = self.articles[shown]
            view = SelfContradictionView(
                article_id=shown,
                title=article.title,
                url=article.url,
                published_at=date_text(article.published_at, article.published_at_precision, article.published_at_zone),
                has_weak_date=article.published_at_source == "related_block",
                copies=tuple(copies),
                pairs=tuple(self._contradiction(rows[one.contradiction_id], one.a, one.b) for one in by_article[shown]),
            )
            views.append(view)
        return tuple(views)


def statement_rows(view: TopicView) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """The statements of a question as a table: its header, and a row for each article that makes one."""
    header = (
        "side", "statement_id", "sentence", "title", "url", "published_at", "has_weak_date", "region", "scope", "copy_of", "article_id",
        "articles", "sources", "contradictions",
    )  # fmt: skip
    rows = (
        (
            side.side, one.statement_id, by.sentence, by.title, by.url, by.published_at, by.has_weak_date, by.regions, by.scope, by.copy_of,
            by.article_id, one.articles, len(one.sources), one.contradictions,
        )
        for side in view.sides
        for one in side.statements
        for by in one.witnesses
    )  # fmt: skip
    return header, rows


def describe_scope(scope: Scope, lexicon: Lexicon) -> str:
    """Scope in words, beside the region: period, insurance, people, setting, condition; empty when nothing is said."""
    values = [scope.insurance, scope.population, scope.setting]
    words = [_period(scope.period)] if scope.period else []
    words += ["、".join(lexicon.labels.get(code, code) for code in value.split("+")) for value in values if value]
    words += [scope.condition] if scope.condition else []
    return " · ".join(words)


def _period(code: str) -> str:
    """A period code in words: 2025年, 2025-07-01起, 2022-01-01前."""
    start, _, end = code.partition("/")
    if not end:
        return {"past": "过去", "present": "现行"}.get(code, code)
    if end == "..":
        return f"{start}起"
    if start == "..":
        return f"{end}前"
    is_year = start.endswith("-01-01") and end.endswith("-01-01") and int(end[:4]) == int(start[:4]) + 1
    return f"{start[:4]}年" if is_year else f"{start}至{end}"


def write_topic(dataset: Dataset, key: QuestionKey, path: Path) -> None:
    """Write the page of one question, self-contained; UsageError when the file cannot be written."""
    with _writing(path):
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name a file for the page of one topic, or leave out the topic for a page of each")
        _write(path, topic_page(Explorer.of(dataset, [key]).view(key)))


def write_topics(dataset: Dataset, folder: Path) -> list[tuple[QuestionKey, Path]]:
    """Write a page of every question with more than one side, and an index of them; the questions and their files, in its order.

    Raises:
        UsageError: There is no such question, or the folder cannot be written to.
    """
    with _writing(folder):
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file; name a folder for the pages, or a topic for one page")
    rows: dict[QuestionKey, list[TopicRow]] = defaultdict(list)
    for row in ordered_rows(dataset.rows("topics")):
        rows[key_of(row)].append(row)
    keys = [key for key, sides in rows.items() if len(sides) > 1]
    if not keys:
        raise UsageError("no topic has more than one side; `healthnews topics` lists what there is")
    explorer = Explorer.of(dataset, keys)
    written = [(key, folder / key.file_name) for key in keys]
    entries = [IndexEntry(title=key.title, href=path.name, rows=tuple(rows[key])) for key, path in written]
    with _writing(folder):
        for key, path in written:
            _write(path, topic_page(explorer.view(key), index=INDEX))
        _write(folder / INDEX, index_page(entries, explorer.release))
    return written


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Whatever keeps a file from being written is the fault of the place that was named."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; choose another place for --html") from error


def _write(path: Path, text: str) -> None:
    """Write a file in one step: who looks sees the old page or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(text, encoding="utf-8", errors="replace")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
