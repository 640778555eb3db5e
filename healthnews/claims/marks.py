"""Words of scope and things named in a piece of text, and how a claim inherits them from sentence, heading and title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from healthnews.language.concepts import NO_THING, FoundWords, Lexicon, Payload, ScopeWord, Thing, Word
from healthnews.language.periods import Period, find_period, may_name_period
from healthnews.language.regions import SOME_REGIONS, find_regions, may_name_region
from healthnews.language.segment import Span

_COMPARED = re.compile(r"(?:与|和|跟|同|较|比)[^,。;、]{2,16}?(?:有所不同|不同|相比|不一样|有区别|有所区别|有差异|无关)")
_OPERATION = re.compile(
    r"(?:做|行|进行|^|[,、。:]|的|如)([\u4e00-\u9fff]{2,9}?(?:手术|"
    r"[切矫根置移成造修消融栓]\w?[除正治换植形影补融塞]术))(?![前后中时期])"
)
_NOT_OPERATIONS = re.compile(
    r"^(?:住院|门诊|治疗性|必要|美容|整形|非必要|医疗|纯|该|此类|这类|这种|相关|普通|一般|大|小|外科|微创|急诊)+手术$|因|若|"
    r"如果|需要|可以|通常|能否"
)


PEOPLE_GROUPS = frozenset({"disease", "kin", "aid_group"})
"""Things that say whom a free statement is about rather than what."""


@dataclass(frozen=True)
class Marks:
    """What a piece of text says about scope.

    Attributes:
        facets: (dimension, facet) → values.
        regions: Region codes.
        period: The period named, if any.
        things: Class of things → canonical names.
    """

    facets: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    regions: frozenset[str] = frozenset()
    period: Period | None = None
    things: Mapping[str, frozenset[str]] = field(default_factory=dict)


NO_MARKS = Marks()
NO_DIMENSION = "none"
"""Dimension of words that hold a word of scope and do not mean it (生孩子 is of no child)."""


def read_marks(text: str, lexicon: Lexicon) -> Marks:
    """Marks of scope in a text; what is only compared with (与职工医保不同) is passed over."""
    return read_clause_marks(text, [Span(0, len(text))], lexicon.find_words(text), lexicon)[0]


def read_clause_marks(sentence: str, clauses: Iterable[Span], words: FoundWords, lexicon: Lexicon) -> list[Marks]:
    """Marks of each clause of a sentence whose words have been found."""
    has_region, has_period = may_name_region(sentence), may_name_period(sentence)
    marks: list[Marks] = []
    for start, end in clauses:
        text = sentence[start:end]
        scopes, things = _within(words.scopes, start, end), _within(words.things, start, end)
        compared = [match.span() for match in _COMPARED.finditer(text)] if _MAY_COMPARE.search(text) else ()
        if compared:
            text = _COMPARED.sub(lambda match: "▁" * (match.end() - match.start()), text)
            scopes, things = _outside(scopes, compared), _outside(things, compared)
        facets = _read_facets(scopes) if scopes else {}
        regions = frozenset(hit.code for hit in find_regions(text)) if has_region else NO_REGIONS
        period = find_period(text) if has_period else None
        named = _read_things(text, things, lexicon) if things or "术" in text else {}
        marks.append(Marks(facets, regions, period, named) if facets or regions or period or named else NO_MARKS)
    return marks


_MAY_COMPARE = re.compile("同|相比|区别|差异|不一样")
NO_REGIONS: frozenset[str] = frozenset()


def _read_facets(scopes: Iterable[Word[ScopeWord]]) -> dict[tuple[str, str], frozenset[str]]:
    """Values by dimension and facet; of words that overlap the first and longest counts."""
    facets: dict[tuple[str, str], set[str]] = {}
    reached = -1
    for word in scopes:
        if word.start < reached:
            continue
        reached = word.end
        if word.payload.dimension != NO_DIMENSION:
            facets.setdefault((word.payload.dimension, word.payload.facet), set()).add(word.payload.value)
    return {key: frozenset(found) for key, found in facets.items()}


def _outside(words: Iterable[Word[Payload]], spans: Sequence[tuple[int, int]]) -> list[Word[Payload]]:
    return [word for word in words if not any(word.start < end and start < word.end for start, end in spans)]


def _within(words: Iterable[Word[Payload]], start: int, end: int) -> list[Word[Payload]]:
    """Words of a text that lie in `text[start:end]`, in its offsets."""
    return [Word(word.start - start, word.end - start, word.payload) for word in words if start <= word.start and word.end <= end]


def _is_inside(word: Word[Thing], span: tuple[int, int]) -> bool:
    """Whether a word lies in a span that is longer than it."""
    return span[0] <= word.start and word.end <= span[1] and word.end - word.start < span[1] - span[0]


def _read_things(text: str, words: Iterable[Word[Thing]], lexicon: Lexicon) -> dict[str, frozenset[str]]:
    things: dict[str, set[str]] = {}
    reached: dict[str, int] = {}
    longest = hidden = (-1, -1)
    for word in words:
        # There is nothing in a skipped word, and no disease in a longer name: 乙肝疫苗 is for those without 乙肝.
        if _is_inside(word, hidden) or (word.payload.group == "disease" and _is_inside(word, longest)):
            continue
        if word.end > longest[1]:
            longest = (word.start, word.end)
        if word.payload == NO_THING:
            hidden = (word.start, word.end)
        elif word.start >= reached.get(word.payload.group, -1):
            reached[word.payload.group] = word.end
            things.setdefault(word.payload.group, set()).add(word.payload.name)
    if "术" in text:
        for match in _OPERATION.finditer(text):
            if not _NOT_OPERATIONS.search(match[1]) and not any(lexicon.things.find(match[1])):
                things.setdefault("operation", set()).add(match[1])
    return {group: frozenset(names) for group, names in things.items()}


def inherit(own: Marks, *outer: Marks) -> Marks:
    """Own marks, and for every dimension they leave open those of the nearest outer text that names one.

    部分地区 is never inherited: it belongs to the clause that says it.
    """
    if own is NO_MARKS and len(outer) == 1 and not (SOME_REGIONS in outer[0].regions or outer[0].period):
        return outer[0]
    facets = dict(own.facets)
    things = dict(own.things)
    regions, period = own.regions, own.period
    for i, marks in enumerate(outer):
        if marks is NO_MARKS:
            continue
        for key, values in marks.facets.items():
            facets.setdefault(key, values)
        for group, names in marks.things.items():
            things.setdefault(group, names)
        if not regions:
            regions = marks.regions - {SOME_REGIONS}
        if period is None and marks.period is not None and marks.period.code != "past":
            period = Period(marks.period.code, marks.period.is_start and i == 0)
    return Marks(facets, regions, period, things)


def near_things(own: Marks, before: Marks, groups: tuple[str, ...]) -> str | None:
    """As `things_of`, of what a clause names itself or else its sentence before it."""
    names = sorted({name for group in groups for name in own.things.get(group) or before.things.get(group, frozenset())})
    return "+".join(names) or None


def things_of(marks: Marks, groups: tuple[str, ...]) -> str | None:
    """Names of things of some classes, joined by +; None for none."""
    names = sorted({name for group in groups for name in marks.things.get(group, ())})
    return "+".join(names) or None


def dimension_of(marks: Marks, name: str) -> str | None:
    """Values of a scope dimension, sorted and joined by +; None for none."""
    if not marks.facets:
        return None
    return "+".join(sorted({value for (dimension, _), values in marks.facets.items() if dimension == name for value in values})) or None
