"""Claims before they have keys: what the readers of concepts, amounts, money flows and free statements hand over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from healthnews.claims.clauses import Clause
from healthnews.claims.cues import is_hedged, quantifier_of
from healthnews.claims.hits import Hit
from healthnews.claims.marks import dimension_of
from healthnews.language.concepts import Lexicon
from healthnews.language.regions import join_codes
from healthnews.records import Quantity, Scope

ASSERTING = frozenset({"asserted", "debunked", "past"})
"""Frames in which an article says something itself."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A claim without keys; `start` and `end` are those of its cue in the field.

    `is_weak`: read from a consequence or a manner; `inherited`: dimensions of scope that only heading or title name.
    """

    start: int
    end: int
    subject: str
    predicate: str
    topic: str
    pole: str
    is_negated: bool
    stance: int
    frame: str
    scope: Scope
    modality: str | None = None
    quantifier: str | None = None
    hedge: bool = False
    quantity: Quantity | None = None
    payer: str | None = None
    pool: str | None = None
    is_start: bool = False
    is_weak: bool = False
    inherited: tuple[str, ...] = ()
    manner: frozenset[str] = frozenset()
    anchored: Literal["clause", "sentence", "heading", "title", "concept"] = "clause"


def manner_of(clause: Clause, *, weak: bool = False) -> dict[str, object]:
    """Quantifier, hedge and inherited scope of a clause, as keyword arguments of a draft."""
    return {
        "quantifier": quantifier_of(clause.text, weak=weak) or ("most" if clause.is_mostly else None),
        "hedge": is_hedged(clause.text) and not weak,
        "inherited": _inherited(clause),
    }


def _inherited(clause: Clause) -> tuple[str, ...]:
    """Dimensions of scope that neither the clause nor its sentence names, but heading or title does."""
    marks, situation = clause.marks, clause.context.situation
    if not marks.facets and not marks.things and not situation:
        return ()
    told = {dimension for dimension, _ in (*clause.own.facets, *clause.before.facets)}
    found = {dimension for dimension, _ in marks.facets}
    for place, dimensions in ((clause.own, told), (clause.before, told), (marks, found)):
        if "disease" in place.things:
            dimensions.add("population")
    occasion = {"condition"} if clause.condition is None and situation else set()
    return tuple(sorted((found - told) | occasion))


def scope_of(
    clause: Clause, diseases: Iterable[str] = (), *, item: str | None = None, condition: str | None = None, insurance: str | None = None
) -> Scope:
    """The scope record of a claim; values of a dimension are sorted and joined by +.

    Args:
        clause: Where it stands.
        diseases: Diseases that the claim is about without its concept asking for them: part of the population.
        item: The thing in question.
        condition: The condition as written.
        insurance: The type when nothing in the text names one.
    """
    marks = clause.marks
    population = [dimension_of(marks, "population"), *diseases]
    return Scope(
        region=join_codes(marks.regions),
        period=marks.period.code if marks.period else None,
        insurance=dimension_of(marks, "insurance") or insurance,
        population="+".join(sorted({value for values in population if values for value in values.split("+")})) or None,
        condition=condition,
        setting=dimension_of(marks, "setting"),
        item=item,
    )


def scope_of_hit(clause: Clause, hit: Hit, lexicon: Lexicon, *, item: str | None = None, condition: str | None = None) -> Scope:
    """The scope of a concept's claim: 西瓜 for 糖尿病 is not 西瓜 for 痛风, though the concept asks for foods alone."""
    return scope_of(clause, _diseases(clause, hit, lexicon), item=item, condition=condition, insurance=hit.concept.insurance)


def _diseases(clause: Clause, hit: Hit, lexicon: Lexicon) -> list[str]:
    if "disease" in hit.concept.items or not clause.marks.things.get("disease"):
        return []
    own = clause.own.things.get("disease", frozenset())
    if own:
        before = {word.payload.name for word in lexicon.things.find(clause.text, 0, hit.start) if word.payload.group == "disease"}
        found = own & before
    else:
        found = clause.marks.things["disease"]
    return sorted(found - lexicon.own_things[hit.concept.id])
