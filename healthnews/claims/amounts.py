"""Claims that give a number: each quantity of a sentence goes to the nearest amount concept that takes its unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from healthnews.claims.clauses import Clause, SentenceView
from healthnews.claims.drafts import Draft, manner_of, scope_of_hit
from healthnews.claims.flows import find_payers
from healthnews.claims.hits import Hit, find_hits
from healthnews.claims.marks import inherit, read_marks, things_of
from healthnews.claims.states import Anchored, find_anchor, is_silenced, subject_of
from healthnews.language.concepts import Concept, Lexicon
from healthnews.language.quantities import QuantityHit, find_quantities, interval_of_rate

_BRACKET_UNITS = frozenset({"元", "万元", "岁", "年"})
"""A number in one of these right before another is the bracket that the other holds for (3000元以上报销70%)."""
_RESTATED = re.compile(r"\s*(?:即|也就是|相当于|折合)")
_DENIED = re.compile(
    r"(?:不主张|不建议|不推荐|不赞成|并非|不是|不能|不要|不该|不应|没必要|无需|不必|不用|别)(?!超过|低于|高于|少于|多于)[^,。;]{0,14}$"
)
"""A number so denied (不主张37.5℃就用药) is not what the text gives."""
_THRESHOLD = re.compile(r"才|方可|方能|再(?=去|做|查|复|接|打|吃|喝|用|办)|就(?:可以|能|该|要|得|应|必须)|即可")
_ALLOWED_WITHIN = re.compile(r"的?[,\s]*(?:可以|可|能|允许|准予)")
"""Words that make the number of a condition the limit itself (停药满4周才能复查)."""
MAX_DISTANCE = 24
"""Characters between an amount's words and its number, by reading the seed pages."""
MAX_SHORT_ANSWER_CHARS = 30
"""Only in a sentence this short may the number's concept stand in heading or title (起付线 | 200元)."""
_OUTSIDE = ("heading", "title")
_Cue = tuple[int, int, Hit]
"""Where an amount's words stand in the field."""
_AnchoredCue = tuple[int, int, Hit, Anchored]


def read_amounts(view: SentenceView, lexicon: Lexicon) -> Iterator[Draft]:
    """Claims of amount concepts in a sentence."""
    cues: list[_Cue] = []
    quantities: list[tuple[Clause, QuantityHit, str, str | None]] = []
    for clause in view.clauses:
        found = find_quantities(clause.text)
        if not found:
            continue
        position, bracket = 0, None
        for hit in map(_as_interval, found) if _is_of_intervals(view) else found:
            quantities.append((clause, hit, clause.text[position : hit.start], bracket if position else None))
            bracket = clause.text[hit.start : hit.end] if hit.quantity.unit in _BRACKET_UNITS else None
            position = hit.end
    if not quantities:
        return
    for i, clause in enumerate(view.clauses):
        hits = [
            h for h in clause.hits if h.concept.kind == "amount" and not is_silenced(h, i, view, lexicon) and _has_item(h.concept, clause)
        ]
        cues += [(clause.start + h.start, clause.start + h.end, h) for h in hits]
    for clause, hit, local, bracket in quantities:
        if clause.frame == "label" or _RESTATED.match(local) or _DENIED.search(local):
            continue
        is_supposed = clause.frame_at(hit.start) == "hypothetical"
        if is_supposed and not _is_limit(view.text, clause.start - view.start + hit.end):
            continue
        chosen = _nearest(_anchored_cues(hit, clause, cues, view, lexicon), clause, hit, local) or _from_outside(view, clause, hit, lexicon)
        if chosen is None:
            continue
        cue, cue_start, anchored = chosen
        before = view.text[: clause.start - view.start + hit.start]
        condition = bracket or (None if is_supposed else clause.condition)
        yield _draft(cue, replace(clause, condition=condition), hit, (local, before), cue_start, anchored, lexicon)


def _has_item(concept: Concept, clause: Clause) -> bool:
    """Whether a concept that asks for things finds one: the age for a drug is none of a vaccine's."""
    return not concept.items or bool(concept.subject) or things_of(clause.marks, concept.items) is not None


def _is_limit(sentence: str, end: int) -> bool:
    """Whether a number in a condition, that ends here, is the limit which the sentence sets (停药满4周才能复查, 3个月以内的可以补缴)."""
    return bool(_THRESHOLD.search(sentence, end) or _ALLOWED_WITHIN.match(sentence, end))


def _is_of_intervals(view: SentenceView) -> bool:
    """Whether a sentence names an amount whose numbers are spans of years or months: there a rate tells one too."""
    return any(h.concept.kind == "amount" and {"年", "月"} & set(h.concept.units) for clause in view.clauses for h in clause.hits)


def _as_interval(hit: QuantityHit) -> QuantityHit:
    interval = interval_of_rate(hit.quantity)
    return hit._replace(quantity=interval) if interval else hit


def _takes(concept: Concept, unit: str) -> bool:
    return unit in concept.units or unit.partition("/")[0] in concept.units


def _anchored_cues(hit: QuantityHit, clause: Clause, cues: list[_Cue], view: SentenceView, lexicon: Lexicon) -> list[_AnchoredCue]:
    """The cues that take the unit and find their subject: 有效期 is a filing's where 备案 stands, a vaccine's where 接种 does."""
    return [
        (start, end, cue, anchored)
        for start, end, cue in cues
        if _takes(cue.concept, hit.quantity.unit) and (anchored := find_anchor(cue, clause, view, lexicon)) is not None
    ]


def _nearest(cues: list[_AnchoredCue], clause: Clause, hit: QuantityHit, local: str) -> tuple[Hit, int, Anchored] | None:
    """The last cue before the quantity in the sentence, else the first after it in the same clause.

    A cue whose subject stands in the sentence goes before one that finds it in heading or title only.
    """
    start, end = clause.start + hit.start, clause.start + hit.end
    before = [cue for cue in cues if cue[0] <= start + 2 and cue[1] <= end + 2 and start - cue[1] <= MAX_DISTANCE]
    is_part = local.lstrip().startswith("其中")
    stop = clause.start + len(clause.text) + (MAX_DISTANCE if is_part else 0)
    after = [cue for cue in cues if end <= cue[0] <= min(stop, end + MAX_DISTANCE)]
    if is_part and not after:
        return None
    if before and not is_part:
        cue_start, _, chosen, anchored = max(before, key=lambda cue: (cue[3] not in _OUTSIDE, cue[1], cue[1] - cue[0]))
        return chosen, cue_start, anchored
    if after:
        _, _, chosen, anchored = min(after, key=lambda cue: (cue[3] in _OUTSIDE, cue[0], -cue[1]))
        return chosen, start, anchored
    return None


def _from_outside(view: SentenceView, clause: Clause, hit: QuantityHit, lexicon: Lexicon) -> tuple[Hit, int, Anchored] | None:
    """The one amount concept of the heading, else of the title, for a short answer."""
    if len(view.text) > MAX_SHORT_ANSWER_CHARS:
        return None
    places: tuple[tuple[str, Anchored], ...] = ((view.context.heading, "heading"), (view.context.title, "title"))
    for words, anchored in places:
        fitting = {
            h.concept.id: h
            for h in find_hits(words, lexicon)
            if h.concept.kind == "amount"
            and _takes(h.concept, hit.quantity.unit)
            and find_anchor(h._replace(start=0), clause, view, lexicon)
        }
        if len(fitting) == 1:
            return next(iter(fitting.values())), view.start + hit.start, anchored
    return None


def _draft(
    cue: Hit, clause: Clause, hit: QuantityHit, around: tuple[str, str], cue_start: int, anchored: Anchored, lexicon: Lexicon
) -> Draft:
    """A claim whose scope heeds the words since the last number first: 男性30年、女性25年."""
    local, before = around
    concept = cue.concept
    marks = inherit(read_marks(local, lexicon), clause.marks)
    if concept.implies:
        marks = replace(marks, facets={key: values - concept.implies for key, values in marks.facets.items() if values - concept.implies})
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
        frame="asserted" if clause.frame_at(hit.start) == "hypothetical" else clause.frame_at(hit.start),
        scope=scope_of_hit(replace(clause, narrowed=marks), cue, lexicon, item=things_of(marks, concept.items), condition=clause.condition),
        quantity=hit.quantity,
        payer=payers[0] if len(payers) == 1 else None,
        anchored=anchored,
        **manner_of(clause),  # type: ignore[arg-type]
    )
