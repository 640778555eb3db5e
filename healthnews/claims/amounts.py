"""Claims that give a number: each quantity of a sentence goes to the nearest amount concept that takes its unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from healthnews.claims.clauses import Clause, SentenceView
from healthnews.claims.drafts import Draft, manner_of
from healthnews.claims.flows import find_payers
from healthnews.claims.marks import inherit, read_marks, scope_of, things_of
from healthnews.claims.states import Anchored, find_anchor, find_hits, subject_of
from healthnews.language.concepts import Concept, Lexicon
from healthnews.language.quantities import QuantityHit, find_quantities

_BRACKET_UNITS = frozenset({"元", "万元", "岁", "年"})
"""A number in one of these right before another is the bracket that the other holds for (3000元以上报销70%)."""
_RESTATED = re.compile(r"\s*(?:即|也就是|相当于|折合)")
MAX_DISTANCE = 24
"""Characters between an amount's words and its number, by reading the seed pages."""
MAX_SHORT_ANSWER_CHARS = 30
"""Only in a sentence this short may the number's concept stand in heading or title (起付线 | 200元)."""
_OUTSIDE = ("heading", "title")
_Cue = tuple[int, int, Concept]
"""Where an amount's words stand in the field."""
_AnchoredCue = tuple[int, int, Concept, Anchored]


def read_amounts(view: SentenceView, lexicon: Lexicon) -> Iterator[Draft]:
    """Claims of amount concepts in a sentence."""
    cues: list[_Cue] = []
    quantities: list[tuple[Clause, QuantityHit, str, str | None]] = []
    for clause in view.clauses:
        found = find_quantities(clause.text)
        position, bracket = 0, None
        for hit in found:
            quantities.append((clause, hit, clause.text[position : hit.start], bracket if position else None))
            bracket = clause.text[hit.start : hit.end] if hit.quantity.unit in _BRACKET_UNITS else None
            position = hit.end
    if not quantities:
        return
    for clause in view.clauses:
        hits = [h for h in find_hits(clause.text, lexicon) if h.concept.kind == "amount"]
        cues += [(clause.start + h.start, clause.start + h.end, h.concept) for h in hits]
    for clause, hit, local, bracket in quantities:
        if clause.frame == "label" or _RESTATED.match(local):
            continue
        chosen = _nearest(_anchored_cues(hit, clause, cues, view, lexicon), clause, hit, local) or _from_outside(view, clause, hit, lexicon)
        if chosen is None:
            continue
        concept, cue_start, anchored = chosen
        before = view.text[: clause.start - view.start + hit.start]
        yield _draft(concept, replace(clause, condition=bracket or clause.condition), hit, (local, before), cue_start, anchored, lexicon)


def _takes(concept: Concept, unit: str) -> bool:
    return unit in concept.units or unit.partition("/")[0] in concept.units


def _anchored_cues(hit: QuantityHit, clause: Clause, cues: list[_Cue], view: SentenceView, lexicon: Lexicon) -> list[_AnchoredCue]:
    """The cues that take the unit and find their subject: 有效期 is a filing's where 备案 stands, a vaccine's where 接种 does."""
    return [
        (start, end, concept, anchored)
        for start, end, concept in cues
        if _takes(concept, hit.quantity.unit) and (anchored := find_anchor(concept, clause, view, lexicon)) is not None
    ]


def _nearest(cues: list[_AnchoredCue], clause: Clause, hit: QuantityHit, local: str) -> tuple[Concept, int, Anchored] | None:
    """The last cue before the quantity in the sentence, else the first after it in the same clause.

    A cue whose subject stands in the sentence goes before one that finds it in heading or title only.
    """
    start, end = clause.start + hit.start, clause.start + hit.end
    before = [cue for cue in cues if cue[1] <= start + 2 and start - cue[1] <= MAX_DISTANCE]
    is_part = local.lstrip().startswith("其中")
    stop = clause.start + len(clause.text) + (MAX_DISTANCE if is_part else 0)
    after = [cue for cue in cues if end <= cue[0] <= min(stop, end + MAX_DISTANCE)]
    if before and not (is_part and after):
        cue_start, _, concept, anchored = max(before, key=lambda cue: (cue[3] not in _OUTSIDE, cue[1], cue[1] - cue[0]))
        return concept, cue_start, anchored
    if after:
        _, _, concept, anchored = min(after, key=lambda cue: (cue[3] in _OUTSIDE, cue[0], -cue[1]))
        return concept, start, anchored
    return None


def _from_outside(view: SentenceView, clause: Clause, hit: QuantityHit, lexicon: Lexicon) -> tuple[Concept, int, Anchored] | None:
    """The one amount concept of the heading, else of the title, for a short answer."""
    if len(view.text) > MAX_SHORT_ANSWER_CHARS:
        return None
    places: tuple[tuple[str, Anchored], ...] = ((view.context.heading, "heading"), (view.context.title, "title"))
    for words, anchored in places:
        fitting = {
            h.concept.id: h.concept
            for h in find_hits(words, lexicon)
            if h.concept.kind == "amount" and _takes(h.concept, hit.quantity.unit) and find_anchor(h.concept, clause, view, lexicon)
        }
        if len(fitting) == 1:
            return next(iter(fitting.values())), view.start + hit.start, anchored
    return None


def _draft(
    concept: Concept, clause: Clause, hit: QuantityHit, around: tuple[str, str], cue_start: int, anchored: Anchored, lexicon: Lexicon
) -> Draft:
    """A claim whose scope heeds the words since the last number first: 男性30年、女性25年."""
    local, before = around
    marks = inherit(read_marks(local, lexicon), clause.marks)
    payers = find_payers(local) or find_payers(before)
    start, end = clause.start + hit.start, clause.start + hit.end
    return Draft(
        start=min(cue_start, start),
        end=end,
        subject=subject_of(concept, clause, hit.start),
        predicate=concept.id,
        topic=concept.topic,
        pole="positive",
        is_negated=False,
        stance=0,
        frame=clause.frame_at(hit.start),
        scope=scope_of(marks, item=things_of(marks, concept.items), condition=clause.condition, insurance=concept.insurance),
        quantity=hit.quantity,
        payer=payers[0] if len(payers) == 1 else None,
        anchored=anchored,
        **manner_of(clause),  # type: ignore[arg-type]
    )
