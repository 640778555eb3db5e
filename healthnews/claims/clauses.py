"""A sentence as clauses that each know their scope, frame and condition: what every claim reader starts from."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from healthnews.claims.cues import asks, condition_of, find_debunked, is_announcement, is_doubted_title, is_question, is_rumour
from healthnews.claims.marks import NO_MARKS, Marks, inherit, read_marks
from healthnews.language.concepts import Lexicon
from healthnews.language.regions import SOME_REGIONS
from healthnews.language.segment import Span, split_clauses
from healthnews.records import Origin

_PRONOUN = re.compile(r"^\s*(前者|后者)")
_BARE_HEADING = re.compile(
    r"^(?:常见)?(?:误区|谣言|流言|传言|错误(?:认知|观念|做法|说法))[一二三四五六七八九十\d]+(?:\s*:|\s|$)|^(?:误区|"
    r"谣言)\s*:"
)
_CONCESSION = re.compile(r"\s*(?:但|而)?(?:无论|不论|不管|即使|即便|哪怕|虽然|尽管)")
_LEAD_IN = re.compile(r"\s*(?:但|而|其中)?(?:对于?|在|若|如果|如|凡|属于|针对|经)")
_COLON = re.compile(r"\s*:")
_RELATIVE = re.compile(r"基础上")
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
    """

    article_id: str
    origin: Origin
    title: str = ""
    title_marks: Marks = NO_MARKS
    heading: str = ""
    heading_marks: Marks = NO_MARKS


@dataclass(frozen=True)
class Clause:
    """One clause of a sentence; offsets point into the field.

    Attributes:
        start: Where it starts.
        text: Its words.
        own: Marks of scope in the clause itself.
        marks: The same with what sentence, heading and title add.
        frame: asserted | question | past | reported | label (a run-in heading).
        frame_end: Up to here (in the clause) the frame `hypothetical` holds; the rest is its consequence.
        condition: Condition that the sentence puts the clause under.
        debunked: Spans of the clause that the sentence declares untrue, in clause offsets.
    """

    start: int
    text: str
    own: Marks
    marks: Marks
    frame: str = "asserted"
    frame_end: int = 0
    condition: str | None = None
    debunked: tuple[Span, ...] = ()

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


def view_sentence(text: str, span: Span, context: Context, lexicon: Lexicon) -> SentenceView:
    """Clauses of a sentence with scope inherited clause → sentence → heading → title."""
    sentence = text[span.start : span.end]
    debunked = _find_debunked(text, span, context)
    asked = is_question(sentence) or is_announcement(sentence)
    rumour = is_doubted_title(text) if context.origin == "title" else is_rumour(sentence)
    clauses: list[Clause] = []
    before, condition = NO_MARKS, None
    spans = split_clauses(text, span)
    for i, part in enumerate(spans):
        words = text[part.start : part.end]
        own = _resolve_pronoun(words, read_marks(words, lexicon), context)
        marks = inherit(own, before, context.heading_marks, context.title_marks)
        is_label = i == 0 and len(spans) > 1 and len(words.strip()) <= MAX_LABEL_CHARS and bool(_COLON.match(text, part.end))
        own_condition, frame_end = condition_of(words, is_last=i == len(spans) - 1)
        if _RELATIVE.search(words):
            own_condition = words.strip()
        if own_condition and _says_scope_only(own_condition, own):
            own_condition = None
        shifted = tuple(Span(d.start - part.start, d.end - part.start) for d in debunked)
        clause = Clause(part.start, words, own, marks, frame_end=frame_end, condition=own_condition or condition, debunked=shifted)
        clauses.append(replace(clause, frame="label" if is_label else _frame(words, marks, asked, rumour)))
        condition = own_condition or condition
        before = _carry(words, own, before)
    return SentenceView(sentence, span.start, tuple(clauses), context)


def _find_debunked(text: str, span: Span, context: Context) -> list[Span]:
    """Spans that a sentence declares untrue, in offsets of the field; a title is one piece, for it may deny in its second sentence."""
    if context.origin == "title":
        return find_debunked(text)
    found = find_debunked(text[span.start : span.end], bool(_BARE_HEADING.match(context.heading)))
    return [Span(one.start + span.start, one.end + span.start) for one in found]


def _frame(words: str, marks: Marks, asked: bool, rumour: bool) -> str:
    if asked or asks(words):
        return "question"
    if marks.period is not None and marks.period.code == "past":
        return "past"
    return "reported" if rumour else "asserted"


def _carry(words: str, own: Marks, before: Marks) -> Marks:
    """Marks that the next clause of the sentence inherits from this one and those before it."""
    if _CONCESSION.match(words):
        return before
    if len(words.strip()) > MAX_SETTING_CHARS and not _LEAD_IN.match(words):
        own = replace(own, facets={key: values for key, values in own.facets.items() if key[0] != "setting"})
    carried = inherit(own, before)
    if SOME_REGIONS in own.regions:
        is_lead_in = len(words.strip()) <= MAX_LEAD_IN_CHARS
        carried = replace(carried, regions=own.regions if is_lead_in else own.regions - {SOME_REGIONS})
    if carried.period is not None and carried.period.code == "past":
        carried = replace(carried, period=None)
    return carried


def _says_scope_only(condition: str, own: Marks) -> bool:
    """如果是退休人员 says for whom, which the scope already holds."""
    return bool(own.facets) and len(condition) <= 16 and not re.search(r"又|再|重复|同时|断|停|未|超过|欠", condition)


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
