"""Claims from lexicon concepts: states with two poles, acts with a modality, and lists of uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

from healthnews.claims.clauses import Clause, SentenceView
from healthnews.claims.cues import OPPOSITE_MODALITY, find_modal
from healthnews.claims.drafts import Draft, manner_of
from healthnews.claims.marks import scope_of, things_of
from healthnews.claims.objects import named_object
from healthnews.language.concepts import Concept, Lexicon, Pole
from healthnews.language.negation import Polarity, has_negator, polarity_over
from healthnews.records import Scope

Anchored = Literal["clause", "sentence", "heading", "title", "concept"]
_ACT_NEGATED_AFTER = re.compile(r"(?:也)?(?:不是必须|不是必需|并非必须|没有必要|没必要|是多余)")
_NOMINAL_AFTER = re.compile(
    r"医疗|药(?!店|房)|项目|部分|费用|支出|比例|金额|范围(?!之?[内外])|政策|流程|材料|待遇|条件|方式|手续|规定|标准|额度|"
    r"渠道|记录|系统|失败|问题|功能|服务"
)
_COPULA = re.compile(r"属于?|纳入|在|列入|进入|不|无法|可|能|会|应|须|需|是|将")
_TRANSITIVE = re.compile(r"(?:享受|领取)$")
_CAUSE = re.compile(r"会?(?:导致|引发|引起|造成|使得|致使)")
_FILLER = re.compile(r"[\s“”\"‘’()、的了等这种些该此类人者]+")
MAX_OBJECT_CHARS = 14
"""Free objects are compared on so many characters: more is the next phrase."""


class Hit(NamedTuple):
    """A concept's words in a clause, in clause offsets."""

    start: int
    end: int
    concept: Concept
    pole: Pole
    is_gap_negated: bool = False
    has_gap: bool = False


def find_hits(clause: str, lexicon: Lexicon) -> list[Hit]:
    """Concept words of a clause; of overlapping words of one concept the longest stays."""
    found: set[tuple[str, int, int, Pole, bool, bool]] = set()
    for word in lexicon.cues.find(clause):
        cue = word.payload
        if cue.rest is None:
            found.add((cue.concept, word.start, word.end, cue.pole, False, False))
        else:
            found.update(
                (cue.concept, m.start(), m.end(), cue.pole, has_negator("".join(m.groups())), True) for m in cue.rest.finditer(clause)
            )
    kept: list[Hit] = []
    for concept, start, end, pole, gap_negated, has_gap in sorted(found, key=lambda f: (f[0], f[1] - f[2], f[1], f[3])):
        if not any(hit.concept.id == concept and hit.start < end and start < hit.end for hit in kept):
            kept.append(Hit(start, end, lexicon.concepts[concept], pole, gap_negated, has_gap))
    return sorted(kept, key=lambda hit: (hit.start, hit.end, hit.concept.id))


def find_anchor(concept: Concept, clause: Clause, view: SentenceView, lexicon: Lexicon) -> Anchored | None:
    """Where the concept finds its subject, nearest first; None when nowhere, and then it says nothing here."""
    pattern = lexicon.anchors.get(concept.id)
    if pattern is None:
        return "concept"
    if pattern.search(clause.text):
        return "clause"
    if pattern.search(view.text):
        return "sentence"
    if pattern.search(view.context.heading):
        return "heading"
    return "title" if pattern.search(view.context.title) else None


def read_states(view: SentenceView, lexicon: Lexicon) -> Iterator[Draft]:
    """Claims of every state, act and list concept in a sentence."""
    for i, clause in enumerate(view.clauses):
        for hit in find_hits(clause.text, lexicon):
            if hit.concept.kind == "amount" or _is_silenced(hit, i, view):
                continue
            anchored = find_anchor(hit.concept, clause, view, lexicon)
            if anchored is None:
                continue
            if hit.concept.kind == "members":
                draft = _read_members(hit, i, view, anchored)
            elif hit.concept.kind == "act":
                draft = _read_act(hit, _without_cue(clause, hit, lexicon), anchored)
            else:
                draft = _read_state(hit, _without_cue(clause, hit, lexicon), anchored)
            if draft is not None:
                yield draft


def _read_state(hit: Hit, clause: Clause, anchored: Anchored) -> Draft | None:
    concept = hit.concept
    polarity = _polarity_of(clause, hit)
    negated = polarity.negated != hit.is_gap_negated
    if not hit.has_gap and _is_nominal(clause.text, hit.start, hit.end):
        return None
    frame = clause.frame_at(hit.start)
    stance = (1 if hit.pole == "positive" else -1) * (-1 if negated else 1) * (-1 if frame == "debunked" else 1)
    other = _other_object(hit, clause)
    item = things_of(clause.marks, concept.items) if concept.items and not other else None
    if concept.is_open:
        item = free_object(clause.text, hit.start, hit.end)
        if item is None:
            return None
    modal = find_modal(clause.text, hit.start)
    return Draft(
        start=clause.start + polarity.start,
        end=clause.start + hit.end,
        subject=other or subject_of(concept, clause, hit.start),
        predicate=concept.id,
        topic=concept.topic,
        pole=hit.pole,
        is_negated=negated,
        stance=stance,
        frame=frame,
        scope=scope_of(
            clause.marks, item=item, condition=clause.condition or cause_before(clause.text, hit.start), insurance=concept.insurance
        ),
        modality=modal[0] if modal else None,
        is_start=clause.marks.period is not None and clause.marks.period.is_start,
        anchored=anchored,
        **manner_of(clause, weak=polarity.weak),  # type: ignore[arg-type]
    )


def _polarity_of(clause: Clause, hit: Hit) -> Polarity:
    """Polarity of a hit; what a text declares untrue is not denied once more by the words that declare it (不要误以为…)."""
    start = max((0, *(span.start for span in clause.debunked if span.start <= hit.start < span.end)))
    return polarity_over("▁" * start + clause.text[start:], hit.start, hit.end)


def _other_object(hit: Hit, clause: Clause) -> str | None:
    """What the clause says a concept of foods or drugs of, when the lexicon does not know it: nothing is then inherited from outside."""
    if hit.concept.subject or things_of(clause.own, hit.concept.items) or not {"food", "drug"} & set(hit.concept.items):
        return None
    return named_object(clause.text, hit.start, hit.end)


def _without_cue(clause: Clause, hit: Hit, lexicon: Lexicon) -> Clause:
    """The clause without the scope that only the cue's own words name: in 饭后服用 the meal is what is said, not where it holds."""
    inside = [word.payload for word in lexicon.scopes.find(clause.text, hit.start, hit.end)]
    implied = lexicon.implied[hit.concept.id]
    if not inside and not implied:
        return clause
    rest = f"{clause.text[: hit.start]}▁{clause.text[hit.end :]}"
    outside = {word.payload for word in lexicon.scopes.find(rest)}
    facets = dict(clause.marks.facets)
    for word in (set(inside) - outside) | implied:
        key = (word.dimension, word.facet)
        facets[key] = facets.get(key, frozenset()) - {word.value}
    return replace(clause, marks=replace(clause.marks, facets={key: values for key, values in facets.items() if values}))


def _is_silenced(hit: Hit, index: int, view: SentenceView) -> bool:
    if not hit.concept.never:
        return False
    words = "".join(clause.text for clause in view.clauses[:index]) + view.clauses[index].text[: hit.end]
    return any(word in words for word in hit.concept.never)


def _is_nominal(clause: str, start: int, end: int) -> bool:
    """Whether a cue only names a thing (报销比例, 自费项目) and states nothing of it; 享受 states it of its object (享受待遇)."""
    if _TRANSITIVE.search(clause, start, end):
        return False
    return bool(_NOMINAL_AFTER.match(clause, end)) and not _COPULA.search(clause[max(0, start - 8) : start])


def cause_before(clause: str, position: int) -> str | None:
    """What a clause names as the cause of what stands at a position (信息错误会导致…): a condition of it."""
    cause = _CAUSE.search(clause, 0, position)
    return clause[: cause.start()].strip() or None if cause else None


def subject_of(concept: Concept, clause: Clause, position: int) -> str:
    """What the claim is about: the concept's subject, or the things it is asked of, or for a free object the words before it."""
    if concept.subject:
        return concept.subject
    groups = concept.items or tuple(sorted(clause.marks.things))
    named = things_of(clause.marks, groups)
    if named:
        return named
    return _FILLER.sub("", clause.text[:position])[-MAX_OBJECT_CHARS:]


def _read_act(hit: Hit, clause: Clause, anchored: Anchored) -> Draft | None:
    """An act counts only with its modality: 需备案, 无需备案; the bare word says nothing."""
    concept = hit.concept
    frame = clause.frame_at(hit.start)
    modal = find_modal(clause.text, hit.start)
    start = hit.start
    if hit.pole == "negative":
        modality: str | None = "need_not"
    elif _ACT_NEGATED_AFTER.match(clause.text, hit.end):
        modality = "need_not"
    elif modal is not None:
        modality, start = modal
    else:
        return None
    if frame == "debunked":
        modality = OPPOSITE_MODALITY[str(modality)]
    negated = modality in ("need_not", "forbidden")
    return Draft(
        start=clause.start + start,
        end=clause.start + hit.end,
        subject=subject_of(concept, clause, hit.start),
        predicate=concept.id,
        topic=concept.topic,
        pole=hit.pole,
        is_negated=negated,
        stance=-1 if negated else 1,
        frame=frame,
        scope=scope_of(clause.marks, item=things_of(clause.marks, concept.items), condition=clause.condition, insurance=concept.insurance),
        modality=modality,
        anchored=anchored,
        **manner_of(clause),  # type: ignore[arg-type]
    )


def _read_members(hit: Hit, index: int, view: SentenceView, anchored: Anchored) -> Draft | None:
    """A list of uses after the verb, with the examples in the brackets that follow."""
    clause, concept = view.clauses[index], hit.concept
    words = clause.text[hit.end :]
    for later in view.clauses[index + 1 : index + 4]:
        if not re.match(r"\s*(?:包括|如|含|例如|比如|以及|、|的)", later.text):
            break
        words += later.text
    members = sorted(name for name, names in concept.members.items() if any(word in words for word in names))
    if not members:
        return None
    polarity = _polarity_of(clause, hit)
    negated = polarity.negated or hit.pole == "negative"
    frame = clause.frame_at(hit.start)
    return Draft(
        start=clause.start + polarity.start,
        end=clause.start + hit.end,
        subject=concept.subject,
        predicate=concept.id,
        topic=concept.topic,
        pole=hit.pole,
        is_negated=negated,
        stance=(-1 if negated else 1) * (-1 if frame == "debunked" else 1),
        frame=frame,
        scope=_without_setting(scope_of(clause.marks, item="+".join(members), condition=clause.condition, insurance=concept.insurance)),
        anchored=anchored,
        **manner_of(clause, weak=polarity.weak),  # type: ignore[arg-type]
    )


def _without_setting(scope: Scope) -> Scope:
    """The uses themselves name settings (门诊, 药店): here they are members, not scope."""
    return Scope(
        region=scope.region,
        period=scope.period,
        insurance=scope.insurance,
        population=scope.population,
        condition=scope.condition,
        item=scope.item,
    )


def free_object(clause: str, start: int, end: int) -> str | None:
    """The object of a predicate: what follows it in the clause, or else what stands before it; None when there is neither."""
    after = _FILLER.sub("", clause[end:])[:MAX_OBJECT_CHARS]
    if len(after) >= 2:
        return after
    before = _FILLER.sub("", clause[:start])[-MAX_OBJECT_CHARS:]
    return before if len(before) >= 2 else None
