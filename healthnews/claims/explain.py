"""Explanations in Chinese and in English: who says what, in which way it clashes or why not, and how the scopes stand."""

from __future__ import annotations

from collections.abc import Iterator

from healthnews.claims.compare import Finding
from healthnews.claims.confidence import FLAG_THRESHOLD
from healthnews.claims.figures import PREDICATE as FREE_FIGURE
from healthnews.claims.free import PREDICATE as FREE_ACT
from healthnews.claims.manner import FREE_MANNERS, narrows
from healthnews.claims.readings import SCOPE_DIMENSIONS, cue_of, has_free_object, is_act, is_list, reading_text, scope_value
from healthnews.claims.scope import ScopeRelation
from healthnews.claims.wording import LANGS, Lang, clash_name, field_name, manner_names, party_name, period_text, say, topic_name
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.language.normalise import half_width
from healthnews.language.quantities import comparable_interval
from healthnews.language.regions import SOME_REGIONS
from healthnews.language.segment import Span, split_clauses
from healthnews.records import ClaimRow

MAX_QUOTE_CHARS = 160
"""A longer sentence is quoted by the clauses around its cue (the longest of 404 claims of the seed pages has 146)."""
MAX_CUE_CHARS = 40
"""A cue is quoted up to here beside its reading; the quotation of the sentence holds all of it."""
_HEADS = {
    "clash": ("冲突", "clash"),
    "possible": ("可能冲突", "possible clash"),
    "scope": ("不算冲突", "no contradiction"),
    "none": ("不冲突", "no clash"),
}
_RELATIONS = {
    "disjoint": ("不同", "differs"),
    "contains": ("有重叠", "overlaps"),
    "some": ("仅部分", "some only"),
    "unknown": ("未必相同", "may differ"),
}


def explain(a: ClaimRow, b: ClaimRow, finding: Finding, lang: Lang = "zh", lexicon: Lexicon | None = None) -> str:
    """Why two claims clash, or why they do not: both sentences, the clash, the scopes.

    What stands in “” after 称 or says is verbatim: the sentence, or of a long one the clauses around the words that carry the claim,
    with … outside the marks.
    """
    return opening(quote_claim(a), quote_claim(b), lang) + explain_reason(a, b, finding, lang, lexicon)


def opening(a_quote: str, b_quote: str, lang: Lang) -> str:
    """The beginning of an explanation, up to the reason."""
    return say(lang, f"A 称{a_quote},B 称{b_quote};", f"A says {a_quote}, B says {b_quote}; ")


def without_opening(explanation: str, a_quote: str, b_quote: str) -> str:
    """An explanation without its quotations, where these are seen beside it; whole when it does not begin with them."""
    for lang in LANGS:
        explanation = explanation.removeprefix(opening(a_quote, b_quote, lang))
    return explanation


def explain_reason(a: ClaimRow, b: ClaimRow, finding: Finding, lang: Lang = "zh", lexicon: Lexicon | None = None) -> str:
    """The explanation without its quotations."""
    lexicon = lexicon or load_lexicon()
    kind = clash_name(finding.type, a, lang) if finding.type else _agreement(a, b, lang, lexicon)
    against = list(_hindrances(a, b, finding, lang)) if finding.type else []
    what = f"{_matter(a, b, lang, lexicon)}{say(lang, ',', ', ')}{kind}{_sides(a, b, finding, lang, lexicon)}"
    if against:
        what += say(lang, ",但", ", but ") + say(lang, "、", ", ").join(against)
    scope = scope_text(a, b, finding.scope, lang, lexicon)
    return say(lang, f"{_head(finding, lang)}:{what};范围:{scope}", f"{_head(finding, lang)}: {what}; scope: {scope}")


def explain_pair(a: ClaimRow, b: ClaimRow, finding: Finding | None, lang: Lang = "zh", lexicon: Lexicon | None = None) -> str:
    """Why a pair of claims did or did not clash, also where they cannot be compared (no finding)."""
    if finding is not None:
        return explain_reason(a, b, finding, lang, lexicon)
    lexicon = lexicon or load_lexicon()
    if a.predicate != b.predicate:
        return say(lang, "说的不是一件事", "they speak of different things") + _both(topic_name(a, lang), topic_name(b, lang), lang)
    left, right = ("、".join(_objects(claim, lang, lexicon)) or say(lang, "未说明", "not said") for claim in (a, b))
    what = say(lang, f"{a.topic},对象不同或不够相近", f"{topic_name(a, lang)}, said of different things")
    return what + _both(left, right, lang)


def quote_claim(claim: ClaimRow) -> str:
    """The quotation of a claim's sentence."""
    return quote(claim.sentence, claim.cue_start - claim.start, claim.cue_end - claim.start)


def quote(sentence: str, cue_start: int, cue_end: int) -> str:
    """A sentence in quotation marks, verbatim; of a long one the clauses around the cue, … outside the marks for what is left out."""
    span = quoted_span(sentence, cue_start, cue_end)
    before, after = ("…" if left_out else "" for left_out in (span.start > 0, span.end < len(sentence)))
    return f"{before}“{sentence[span.start : span.end]}”{after}"


def quoted_span(sentence: str, cue_start: int, cue_end: int) -> Span:
    """The part of a sentence that is quoted: whole clauses, with the cue inside, as many before and after as there is room for."""
    whole = Span(0, len(sentence))
    if len(sentence) <= MAX_QUOTE_CHARS:
        return whole
    clauses = split_clauses(half_width(sentence), whole) or [whole]
    held = [i for i, clause in enumerate(clauses) if clause.start < max(cue_end, cue_start + 1) and cue_start < clause.end] or [0]
    first, last = held[0], held[-1]
    while first > 0 and clauses[last].end - clauses[first - 1].start <= MAX_QUOTE_CHARS:
        first -= 1
    while last < len(clauses) - 1 and clauses[last + 1].end - clauses[first].start <= MAX_QUOTE_CHARS:
        last += 1
    start = 0 if first == 0 else min(clauses[first].start, max(cue_start, 0))
    end = whole.end if last == len(clauses) - 1 else max(clauses[last].end, min(cue_end, whole.end))
    return Span(start, end)


def _head(finding: Finding, lang: Lang) -> str:
    if finding.label == "scoped_difference":
        return say(lang, *_HEADS["scope"])
    if not finding.type:
        return say(lang, *_HEADS["none"])
    is_sure = finding.label == "contradict" and finding.score >= FLAG_THRESHOLD
    return say(lang, *_HEADS["clash" if is_sure else "possible"])


def _both(left: str, right: str, lang: Lang) -> str:
    return say(lang, f"(A:{left};B:{right})", f" (A: {left}; B: {right})")


def _sides(a: ClaimRow, b: ClaimRow, finding: Finding, lang: Lang, lexicon: Lexicon) -> str:
    """What each side says, with the words that say it."""
    left, right = (_side(claim, finding.type, lang, lexicon) for claim in (a, b))
    return _both(left, right, lang)


def _side(claim: ClaimRow, kind: str, lang: Lang, lexicon: Lexicon) -> str:
    begun = claim.scope.period if kind == "time" else None
    said = period_text(begun, lang) if begun else reading_text(claim, lang, lexicon)
    cue = cue_of(claim)
    if not cue.strip() or claim.quantity is not None or claim.pool:
        return said  # numbers and accounts say all
    cut = cue[:MAX_CUE_CHARS]
    return f"{said}{say(lang, ',', ', ')}“{cut}”{'…' if len(cue) > len(cut) else ''}"


def matter_of(claim: ClaimRow, lang: Lang, lexicon: Lexicon) -> str:
    """What a claim is about: its topic, and what that is asked of where the topic leaves it open."""
    named = "、".join(_objects(claim, lang, lexicon))
    return topic_name(claim, lang) + (say(lang, f"({named})", f" ({named})") if named else "")


def _matter(a: ClaimRow, b: ClaimRow, lang: Lang, lexicon: Lexicon) -> str:
    """The topic, and what both are asked of where the topic leaves that open."""
    of_b = _objects(b, lang, lexicon)
    shared = "、".join(one for one in _objects(a, lang, lexicon) if one in of_b)
    return topic_name(a, lang) + (say(lang, f"({shared})", f" ({shared})") if shared else "")


def _objects(claim: ClaimRow, lang: Lang, lexicon: Lexicon) -> list[str]:
    """Who pays, and the thing or act that a claim is about, each once."""
    if claim.pool:
        return []
    if claim.predicate in (FREE_ACT, FREE_FIGURE):
        return [claim.scope.item] if claim.scope.item else []
    found = [party_name(claim.payer, lang)] if claim.payer and claim.quantity is not None else []
    concept = lexicon.concepts.get(claim.predicate)
    if concept is None or not concept.subject:
        found += [part for part in claim.subject.split("+") if part]
    if claim.scope.item and not is_list(claim, lexicon):
        found += [claim.scope.item] if has_free_object(claim, lexicon) else claim.scope.item.split("+")
    return list(dict.fromkeys(found))


def _agreement(a: ClaimRow, b: ClaimRow, lang: Lang, lexicon: Lexicon) -> str:
    """Why two claims of one matter can both be true."""
    if a.pool or b.pool:
        is_same = (a.payer, a.pool) == (b.payer, b.pool)
        return say(lang, "说法一致", "they agree") if is_same else say(lang, "可以并存", "both can be")
    if a.quantity is not None and b.quantity is not None:
        if comparable_interval(a.quantity)[0] != comparable_interval(b.quantity)[0]:
            return say(lang, "单位不同,不能相比", "the units cannot be compared")
        return say(lang, "数值可以同时成立", "both numbers can hold")
    if a.quantity is not None or b.quantity is not None:
        return say(lang, "一方没有数值", "one gives no number")
    if is_act(a, lexicon) and is_act(b, lexicon):
        is_same = a.modality == b.modality
        return say(lang, "要求一致", "they require the same") if is_same else say(lang, "要求可以并存", "both can be required")
    if a.stance == b.stance:
        return say(lang, "说法一致", "they agree")
    return say(lang, "可以同真", "both can be true")


def _hindrances(a: ClaimRow, b: ClaimRow, finding: Finding, lang: Lang) -> Iterator[str]:
    """What keeps a clash from being a contradiction, in the order in which comparison heeds it."""
    if finding.label == "contradict":
        if finding.score < FLAG_THRESHOLD:
            sure = f"{finding.score:.2f} < {FLAG_THRESHOLD:.2f}"
            yield say(lang, f"把握不足({sure})", f"not sure enough ({sure})")
        return
    sides = (("A", a), ("B", b))
    past = [name for name, claim in sides if claim.frame == "past"]
    disjoint = [name for name, relation in finding.scope.dimensions.items() if relation == "disjoint" and not (past and name == "period")]
    yield from (say(lang, f"{field_name(name, lang)}不同", f"the {field_name(name, lang)} differs") for name in disjoint)
    yield from (say(lang, f"{name}说的是过去", f"{name} speaks of the past") for name in past)
    if disjoint or past:
        return
    manners = list(_narrowing_manners(a, b, finding))
    if manners:
        yield from (
            say(lang, f"{name}只说{manner_names(m, lang)}的情形", f"{name} is about doing it {manner_names(m, lang)}")
            for name, m in manners
        )
        return
    some = [name for name, claim in sides if claim.quantifier == "some" or SOME_REGIONS in (claim.scope.region or "").split("+")]
    if some:
        yield say(lang, f"{'、'.join(some)}只说部分情形", f"only some cases are meant by {' and '.join(some)}")
        return
    hedged = [name for name, claim in sides if claim.hedge]
    if finding.label == "compatible" and hedged:
        yield say(lang, f"{'、'.join(hedged)}语气不确定", f"no certainty is claimed by {' and '.join(hedged)}")
        return
    for dimension in (name for name, relation in finding.scope.dimensions.items() if relation == "unknown"):
        words = field_name(dimension, lang)
        silent = [name for name, claim in sides if getattr(claim.scope, dimension, None) is None]
        if silent:
            yield say(lang, f"{'、'.join(silent)}未说明{words}", f"the {words} is left open by {' and '.join(silent)}")
        else:
            yield say(lang, f"{words}未必相同", f"the {words} may differ")


def _narrowing_manners(a: ClaimRow, b: ClaimRow, finding: Finding) -> Iterator[tuple[str, str]]:
    """The manner in which alone one side denies an act that the other side allows, with that side's name."""
    if finding.label != "scoped_difference" or not (a.modality and b.modality) or finding.type not in ("modality", "debunk"):
        return
    (name, denied), (_, allowed) = sorted((("A", a), ("B", b)), key=lambda side: side[1].stance)
    own, other = (frozenset(claim.manner.split("+")) - {""} for claim in (denied, allowed))
    if narrows(own, other):
        yield name, "+".join(sorted(own - other - FREE_MANNERS))


def scope_text(a: ClaimRow, b: ClaimRow, relation: ScopeRelation, lang: Lang = "zh", lexicon: Lexicon | None = None) -> str:
    """How two scopes relate: 相同(险种:职工医保), or each dimension that differs with both values (A:河北省;B:未说明)."""
    lexicon = lexicon or load_lexicon()
    same, different = [], []
    for name in dict.fromkeys((*SCOPE_DIMENSIONS, *relation.dimensions)):
        left, right = (scope_value(claim, name, lang, lexicon) for claim in (a, b))
        named = field_name(name, lang)
        if name in relation.dimensions:
            code = relation.dimensions[name]
            how = say(lang, *_RELATIONS[code]) if code in _RELATIONS else f"{code}"
            both = _both(left or _unsaid(a, name, lang), right or _unsaid(b, name, lang), lang)
            different.append(f"{named}{say(lang, '', ' ')}{how}{both}")
        elif left != right and name != "item":
            same.append(named + _both(left or _unsaid(a, "", lang), right or _unsaid(b, "", lang), lang))
        elif left and name != "item":
            same.append(say(lang, f"{named}:{left}", f"{named}: {left}"))
    shared = say(lang, ",", ", ").join(same)
    if not different:
        return say(lang, "相同", "same") + (say(lang, f"({shared})", f" ({shared})") if same else "")
    if same:
        different.append(say(lang, f"其余相同({shared})", f"the rest is the same ({shared})"))
    return say(lang, ",", ", ").join(different)


def _unsaid(claim: ClaimRow, dimension: str, lang: Lang) -> str:
    """未说明; of a time the day of publication as well, which then stands for it."""
    day = claim.published_at.date().isoformat() if dimension == "period" and claim.published_at else ""
    return say(lang, "未说明", "not said") + (say(lang, f",{day} 发布", f", published {day}") if day else "")
