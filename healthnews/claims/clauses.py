"""A sentence as clauses that each know their scope, frame and condition: what every claim reader starts from."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from healthnews.claims.cues import (
    asks,
    condition_of,
    find_debunked,
    is_announcement,
    is_doubted_title,
    is_question,
    is_rumour,
    quantifier_of,
    situation_of,
)
from healthnews.claims.hits import Hit, anchors_in, hits_of
from healthnews.claims.marks import NO_MARKS, Marks, inherit, read_clause_marks
from healthnews.language.concepts import FoundWords, Lexicon
from healthnews.language.regions import SOME_REGIONS
from healthnews.language.segment import Span, split_clauses
from healthnews.records import Origin

_PRONOUN = re.compile(r"^\s*(前者|后者)")
_MYTH_LABEL = re.compile(
    r"(?:常见)?(?:误区|误解|迷思|谣言|流言|传言|谎言|坑|错误(?:认知|观念|做法|说法|想法)?)(?:之?[一二三四五六七八九十\d]+)?\s*[:、.]?$"
)
"""A heading that only announces a mistaken belief: the sentence after it is one, what follows corrects it."""
_CONCESSION = re.compile(r"\s*(?:但|而)?(?:无论|不论|不管|即使|即便|哪怕|虽然|尽管)")
_LEAD_IN = re.compile(r"\s*(?:但|而|其中)?(?:对于?|在|若|如果|如|凡|属于|针对|经)")
_COLON = re.compile(r"\s*:")
_OTHERWISE = re.compile(r"\s*(?:否则|不然|要不然|要不|反之)")
OTHERWISE = "否则:"
"""Opens the condition of a clause that tells what follows when the clause before it is not met."""
MAX_LABEL_CHARS = 16
"""A clause this short before a colon is a run-in heading: it names what follows and states nothing."""
MAX_SETTING_CHARS = 12
"""门诊, 药店 and the like in a longer clause that is no lead-in belong to that clause alone."""
MAX_LEAD_IN_CHARS = 10
"""A clause this short that only says where (在一些地区,) lends its scope to the next one."""


@dataclass(frozen=True)
class Context:
    """What a sentence stands in.

    Attributes:
        article_id: The article.
        origin: Field that the text is.
        title: The article's title.
        title_marks: Its marks of scope.
        heading: Headings over the sentence, outermost first, joined by spaces.
        heading_marks: Their marks.
        published_at: When the article was published, if known.
        is_after_myth_label: The sentence follows right after a heading such as 误区一.
    """

    article_id: str
    origin: Origin
    title: str = ""
    title_marks: Marks = NO_MARKS
    heading: str = ""
    heading_marks: Marks = NO_MARKS
    published_at: datetime | None = None
    is_after_myth_label: bool = False

    @cached_property
    def marks(self) -> Marks:
        """What heading and title say of scope, the heading first."""
        return inherit(self.heading_marks, self.title_marks)

    @cached_property
    def situation(self) -> str | None:
        """The time or occasion that the title asks about."""
        return situation_of(self.title)


@dataclass(frozen=True)
class Clause:
    """One clause of a sentence; offsets point into the field.

    Attributes:
        start: Where it starts.
        text: Its words.
        own: Marks of scope in the clause itself.
        before: Marks that it inherits from the sentence before it.
        context: What the sentence stands in.
        hits: Words of concepts in it.
        frame: asserted | question | past | reported | label (a run-in heading).
        frame_end: Up to here (in the clause) the frame `hypothetical` holds; the rest is its consequence.
        condition: Condition that the sentence puts the clause under.
        is_mostly: A lead-in before it says that the sentence holds for most (多数情况下,).
        debunked: Spans of the clause that the sentence declares untrue, in clause offsets.
        narrowed: Its marks where a reader has taken some of them off.
    """

    start: int
    text: str
    own: Marks
    before: Marks
    context: Context
    hits: tuple[Hit, ...] = ()
    frame: str = "asserted"
    frame_end: int = 0
    condition: str | None = None
    is_mostly: bool = False
    debunked: tuple[Span, ...] = ()
    narrowed: Marks | None = None

    @cached_property
    def marks(self) -> Marks:
        """Its own marks with what sentence, heading and title add; past is past for the rest of the sentence."""
        if self.narrowed is not None:
            return self.narrowed
        marks = inherit(self.own, self.before, self.context.marks)
        if self.own.period is None and _is_past(self.before):
            marks = replace(marks, period=self.before.period)
        return marks

    def frame_at(self, position: int) -> str:
        """Frame of the words at a place of the clause."""
        if position < self.frame_end:
            return "hypothetical"
        if any(span.start <= position < span.end for span in self.debunked):
            return "debunked"
        return self.frame


@dataclass(frozen=True)
class SentenceView:
    """A sentence ready for the claim readers."""

    text: str
    start: int
    clauses: tuple[Clause, ...]
    context: Context


def is_myth_label(heading: str) -> bool:
    """Whether the innermost of some headings says only that a mistaken belief follows (误区一)."""
    return bool(heading) and _MYTH_LABEL.fullmatch(heading.rsplit(" ", 1)[-1]) is not None


class SentenceWords(NamedTuple):
    """The words of a sentence, and which of them name a concept that finds its anchors in the sentence, its headings or its title."""

    words: FoundWords
    hits: tuple[Hit, ...]


def find_sentence_words(sentence: str, context: Context, lexicon: Lexicon) -> SentenceWords:
    """Words of a sentence: the cheap half of viewing it, by which most prose is known to claim nothing."""
    words = lexicon.find_words(sentence)
    anchors = words.anchors | anchors_in(context.heading, lexicon) | anchors_in(context.title, lexicon)
    return SentenceWords(words, hits_of(sentence, words, lexicon, anchors))


def view_sentence(text: str, span: Span, context: Context, lexicon: Lexicon, found: SentenceWords | None = None) -> SentenceView:
    """Clauses of a sentence with scope inherited clause → sentence → heading → title; `found` are its words where they are known."""
    sentence = text[span.start : span.end]
    words, hits = found or find_sentence_words(sentence, context, lexicon)
    debunked = _find_debunked(text, span, context)
    asked = is_question(sentence) or is_announcement(sentence)
    rumour = is_doubted_title(text) if context.origin == "title" else is_rumour(sentence)
    clauses: list[Clause] = []
    before, condition, first, is_mostly = NO_MARKS, None, 0, False
    spans = split_clauses(text, span)
    places = [Span(part.start - span.start, part.end - span.start) for part in spans]
    marks = read_clause_marks(sentence, places, words, lexicon)
    for i, part in enumerate(spans):
        said = text[part.start : part.end]
        own = _resolve_pronoun(said, marks[i], context)
        own_condition, frame_end = _condition(
            said, own, text[spans[i - 1].start : spans[i - 1].end] if i else "", i == len(spans) - 1, lexicon
        )
        condition = own_condition or condition
        own_hits, first = _within(hits, first, *places[i])
        is_label = i == 0 and len(spans) > 1 and len(said.strip()) <= MAX_LABEL_CHARS and bool(_COLON.match(text, part.end))
        clauses.append(
            Clause(
                part.start,
                said,
                own,
                before,
                context,
                hits=own_hits,
                frame="label" if is_label else _frame(said, own, before, asked, rumour),
                frame_end=frame_end,
                condition=condition,
                is_mostly=is_mostly,
                debunked=tuple(Span(d.start - part.start, d.end - part.start) for d in debunked) if debunked else (),
            )
        )
        before = _carry(said, own, before)
        is_mostly = is_mostly or (len(said.strip()) <= MAX_LEAD_IN_CHARS and quantifier_of(said) == "most")
    return SentenceView(sentence, span.start, tuple(clauses), context)


def _condition(words: str, own: Marks, before: str, is_last: bool, lexicon: Lexicon) -> tuple[str | None, int]:
    """The condition that a clause states, and where its own consequence begins."""
    condition, frame_end = condition_of(words, is_last=is_last)
    if _OTHERWISE.match(words):
        condition = f"{OTHERWISE}{before.strip()}"
    elif "基础上" in words:
        condition = words.strip()
    if condition and _says_scope_only(condition, own, lexicon):
        return None, frame_end
    return condition, frame_end


def _within(hits: tuple[Hit, ...], first: int, start: int, end: int) -> tuple[tuple[Hit, ...], int]:
    """Hits of a sentence, from one on, that lie in the clause at `start`, in its offsets; and the first one after it."""
    own: list[Hit] = []
    while first < len(hits) and hits[first].start < end:
        hit = hits[first]
        if hit.start >= start and hit.end <= end:
            own.append(Hit(hit.start - start, hit.end - start, *hit[2:]))
        first += 1
    return tuple(own), first


def _find_debunked(text: str, span: Span, context: Context) -> list[Span]:
    """Spans that a sentence declares untrue, in offsets of the field; a title is one piece, for it may deny in its second sentence."""
    if context.origin == "title":
        return find_debunked(text)
    found = find_debunked(text[span.start : span.end], context.is_after_myth_label)
    return [Span(one.start + span.start, one.end + span.start) for one in found]


def _is_past(marks: Marks) -> bool:
    return marks.period is not None and marks.period.code == "past"


def _frame(words: str, own: Marks, before: Marks, asked: bool, rumour: bool) -> str:
    if asked or asks(words):
        return "question"
    if _is_past(own) or (own.period is None and _is_past(before)):
        return "past"
    return "reported" if rumour else "asserted"


def _carry(words: str, own: Marks, before: Marks) -> Marks:
    """Marks that the next clause of the sentence inherits from this one and those before it."""
    if own is NO_MARKS:
        return before
    if _CONCESSION.match(words):
        return replace(before, things={**before.things, **own.things})
    length = len(words.strip())
    if length > MAX_SETTING_CHARS and not _LEAD_IN.match(words):
        own = replace(own, facets={key: values for key, values in own.facets.items() if key[0] != "setting"})
    carried = inherit(own, before)
    is_lead_in = length <= MAX_LEAD_IN_CHARS
    if SOME_REGIONS in own.regions:
        carried = replace(carried, regions=own.regions if is_lead_in else own.regions - {SOME_REGIONS})
    if _is_past(own) and not is_lead_in:
        return replace(carried, period=None)
    return replace(carried, period=before.period) if own.period is None and _is_past(before) else carried


def _says_scope_only(condition: str, own: Marks, lexicon: Lexicon) -> bool:
    """如果是退休人员 and 有痛风的人 say for whom, which the scope already holds; 缴满年限并退休的 says more."""
    if not own.facets and "disease" not in own.things:
        return False
    known = [(word.start, word.end) for word in lexicon.scopes.find(condition)]
    known += [(word.start, word.end) for word in lexicon.things.find(condition) if word.payload.group == "disease"]
    rest = list(condition)
    for start, end in known:
        rest[start:end] = [""] * (end - start)
    return len(_SCOPE_FILLER.sub("", "".join(rest))) <= MAX_SCOPE_REST


_SCOPE_FILLER = re.compile(
    r"如果|假如|要是|若是?|一旦|当|属于?|对于?|是|有|得了?|患有?|为|的|了|人群?|者|病人|时候?|期间|情况下|来说|而言|您|你|孩子|的话|们|[,\s“”]"
)
MAX_SCOPE_REST = 2


def _resolve_pronoun(words: str, own: Marks, context: Context) -> Marks:
    """前者 and 后者 stand for the first and second insurance type that the title names."""
    match = _PRONOUN.match(words)
    key = ("insurance", "scheme")
    named = sorted(context.title_marks.facets.get(key, ()))
    if not match or len(named) != 2:
        return own
    first_is_resident = re.search(r"居民|城乡|农|乡镇", context.title)
    first_is_employee = re.search(r"职工", context.title)
    if not first_is_resident or not first_is_employee:
        return own
    resident_first = first_is_resident.start() < first_is_employee.start()
    value = "resident" if (match[1] == "前者") == resident_first else "employee"
    return replace(own, facets={**own.facets, key: frozenset({value})})
