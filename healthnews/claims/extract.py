"""An article's claims: every sentence of title, body or snippet read in the light of its headings and title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from healthnews.claims.amounts import read_amounts
from healthnews.claims.answers import opens_text, read_answer
from healthnews.claims.clauses import Context, find_sentence_words, is_myth_label, view_sentence
from healthnews.claims.cues import find_modals, is_question_title
from healthnews.claims.drafts import ASSERTING, Draft
from healthnews.claims.figures import read_figures
from healthnews.claims.flows import may_tell_flow, read_flows
from healthnews.claims.free import PREDICATE as FREE_ACT
from healthnews.claims.free import read_free_acts
from healthnews.claims.marks import NO_MARKS, inherit, read_marks
from healthnews.claims.states import read_states
from healthnews.language.concepts import Lexicon
from healthnews.language.normalise import half_width, text_key
from healthnews.language.quantities import may_tell_quantity
from healthnews.language.segment import Span, is_finished, is_heading, split_blocks, split_clauses, split_sentences
from healthnews.records import ArticleRow, ClaimRow, Origin, stable_id

_TOP = re.compile(r"[一二三四五六七八九十]、|第.[、,]")
_SECOND = re.compile(r"\([一二三四五六七八九十]+\)|\d{1,2}[、.]|[①-⑳]")
_PREDICATES = re.compile(r"[不无没可能会须需应必禁有仅只]|是|属于")
_FRAGMENT_CHARS = 4
MAX_SENTENCE_CHARS = 400
"""A longer sentence is no sentence (a table, a script): it is passed over, so that no text can cost more than its length."""


def extract_claims(article: ArticleRow, lexicon: Lexicon) -> list[ClaimRow]:
    """Claims of an article in order of place, title first.

    A page that has a body ignores its snippet; a title that asks is no claim. For every claim
    `article[origin][start:end] == sentence`, in code points.
    """
    title = half_width(article.title)
    title_marks = read_marks(title, lexicon)
    claims: list[ClaimRow] = []
    counts: Counter[tuple[str, ...]] = Counter()
    if not is_question_title(title):
        context = Context(article.article_id, "title", title, title_marks, published_at=article.published_at)
        claims += read_claims(title, split_sentences(title), context, lexicon, article.title, counts)
    origin: Origin = "body" if article.body else "snippet"
    verbatim = article.body or article.snippet or ""
    text = half_width(verbatim)
    for spans, heading in sections_of(text, is_snippet=origin == "snippet"):
        heading_marks = read_marks(heading, lexicon) if heading else NO_MARKS
        context = Context(article.article_id, origin, title, title_marks, heading, heading_marks, article.published_at)
        claims += read_claims(text, spans, context, lexicon, verbatim, counts)
    return claims


def sections_of(text: str, *, is_snippet: bool = False) -> Iterator[tuple[list[Span], str]]:
    """Sentences in groups that stand under the same headings, with these headings joined, outermost first."""
    stack: dict[int, str] = {}
    group: list[Span] = []
    for block in split_blocks(text):
        previous = block.start
        sentences = split_sentences(text, block, flattened=is_snippet)
        for sentence in sentences:
            marker = text[previous : sentence.start].strip()
            previous = sentence.end
            if not _opens_section(text, block, sentence, is_snippet):
                group.append(sentence)
                continue
            if group:
                yield _finish(text, group, is_snippet=False), " ".join(stack[level] for level in sorted(stack))
            level = _level(marker, is_snippet)
            stack = {other: words for other, words in stack.items() if other < level}
            stack[level] = text[sentence.start : sentence.end]
            group = [sentence]
    if group:
        yield _finish(text, group, is_snippet=is_snippet), " ".join(stack[level] for level in sorted(stack))


def _opens_section(text: str, block: Span, sentence: Span, is_snippet: bool) -> bool:
    """Whether a sentence is a heading: in a body it fills its line, in a snippet it lost its line break."""
    if not is_heading(text, sentence) or is_finished(text, sentence):
        return False
    if is_snippet:
        return sentence.end < block.end
    return not text[sentence.end : block.end].strip()


def _level(marker: str, is_snippet: bool) -> int:
    if _TOP.match(marker):
        return 1
    if _SECOND.match(marker):
        return 2
    return 3 if marker or is_snippet else 1


def _finish(text: str, spans: list[Span], *, is_snippet: bool) -> list[Span]:
    """The same spans; a cut snippet loses the clause that was cut off."""
    if not is_snippet or not spans or is_finished(text, spans[-1]):
        return spans
    last = spans[-1]
    clauses = split_clauses(text, last)
    kept = Span(last.start, last.start + len(text[last.start : clauses[-2].end].rstrip())) if len(clauses) > 1 else None
    return spans[:-1] + ([kept] if kept and kept.end - kept.start >= _FRAGMENT_CHARS else [])


def read_claims(
    text: str,
    spans: Iterable[Span],
    context: Context,
    lexicon: Lexicon,
    verbatim: str | None = None,
    counts: Counter[tuple[str, ...]] | None = None,
) -> list[ClaimRow]:
    """Claims of some sentences of one field that share their headings.

    Args:
        text: The field in half-width marks.
        spans: Places of the sentences in it.
        context: What they stand in, in half-width marks.
        lexicon: The words known.
        verbatim: The field as it is written, of the same length: what the claims quote.
        counts: How often each claim was met in the article so far, for the ids.
    """
    verbatim = text if verbatim is None else verbatim
    counts = Counter() if counts is None else counts
    claims: list[ClaimRow] = []
    has_myth_label = is_myth_label(context.heading)
    for i, span in enumerate(spans):
        if has_myth_label:
            # The heading itself opens its group.
            context = replace(context, is_after_myth_label=i == 1)
        if span.end - span.start > MAX_SENTENCE_CHARS:
            continue
        said = text[span.start : span.end]
        found = find_sentence_words(said, context, lexicon)
        if not (found.hits or may_tell_quantity(said) or find_modals(said) or may_tell_flow(said) or opens_text(text, span)):
            # Most prose: nothing in it that any reader starts from.
            continue
        view = view_sentence(text, span, context, lexicon, found)
        amounts = list(read_amounts(view, lexicon))
        drafts = [
            *read_answer(text, span, context, lexicon),
            *read_states(view, lexicon),
            *amounts,
            *read_figures(view, frozenset(draft.end for draft in amounts)),
            *read_flows(view),
            *read_free_acts(view),
        ]
        if not drafts:
            continue
        sentence = verbatim[span.start : span.end]
        key = text_key(sentence)
        named = said == context.heading.rsplit(" ", 1)[-1] if context.heading else False
        for draft in sorted(
            (d for d in drafts if d.frame in ASSERTING and not (named and _is_bare(d, said))),
            key=lambda d: (d.start, d.end, d.predicate, d.subject),
        ):
            claims.append(_row(draft, sentence, key, span, context, counts))
    return claims


_NAMES = re.compile(
    r"(?:原因|方式|方法|流程|步骤|条件|问题|情况|区别|说明|规定|标准|规则|政策|影响|范围|材料|渠道|途径|措施|建议|类型|特点|关系)\s*:?$"
)


def _is_bare(draft: Draft, heading: str) -> bool:
    """Whether a heading only names a matter (重复参保, 家庭共济功能): to be a claim it must say something of its own subject."""
    return (
        bool(_NAMES.search(heading))
        or draft.predicate == FREE_ACT
        or draft.anchored not in ("clause", "concept")
        or not _PREDICATES.search(heading)
    )


def _row(draft: Draft, sentence: str, key: str, span: Span, context: Context, counts: Counter[tuple[str, ...]]) -> ClaimRow:
    identity = (context.article_id, context.origin, key, draft.predicate)
    counts[identity] += 1
    scope = draft.scope
    return ClaimRow(
        claim_id=stable_id("clm", *identity, counts[identity]),
        article_id=context.article_id,
        statement_id=stable_id("stm", key, scope.region, scope.period, scope.insurance, scope.population, scope.setting),
        sentence=sentence,
        start=span.start,
        end=span.end,
        origin=context.origin,
        cue_start=draft.start,
        cue_end=draft.end,
        subject=draft.subject,
        predicate=draft.predicate,
        topic=draft.topic,
        pole=draft.pole,
        polarity="negated" if draft.is_negated else "affirmed",
        stance=draft.stance,
        modality=draft.modality,
        quantifier=draft.quantifier,
        hedge=draft.hedge,
        quantity=draft.quantity,
        frame=draft.frame,
        scope=scope,
        payer=draft.payer,
        pool=draft.pool,
        anchored=draft.anchored,
        is_start=draft.is_start,
        is_weak=draft.is_weak,
        published_at=context.published_at,
        inherited="+".join(draft.inherited),
        manner="+".join(sorted(draft.manner)),
    )


def context_of_pair(article_id: str, title: str | None, lexicon: Lexicon, published_at: datetime | None = None) -> Context:
    """The context of a sentence given by itself, with at most its article's title and date."""
    marks = read_marks(title, lexicon) if title else NO_MARKS
    return Context(article_id, "body", title or "", inherit(marks), published_at=published_at)
