"""Two claims of one concept: can both be true, and if not, in which way do they clash."""

from __future__ import annotations

from typing import Literal, NamedTuple

from healthnews.claims.flows import PREDICATE as MONEY_FLOW
from healthnews.claims.free import PREDICATE as FREE_ACT
from healthnews.claims.scope import ScopeRelation, bigrams, relate_scopes
from healthnews.language.concepts import Lexicon
from healthnews.language.normalise import text_key
from healthnews.language.quantities import are_disjoint, comparable_interval
from healthnews.records import ClaimRow

Label = Literal["contradict", "scoped_difference", "compatible"]

FLAG_THRESHOLD = 0.6
"""From this score on a pair is flagged; below it is `possible` (tests of the seed pairs: precision before recall)."""
MIN_OBJECT_OVERLAP = 0.6
"""Share of the shorter free object's character pairs that both must have in common (seed pairs and own sentences)."""
MIN_LONGER_OVERLAP = 0.35
"""The same share of the longer object: beyond it the longer one says something more."""
MIN_SENTENCE_OVERLAP = 0.3
"""Free statements about no known thing are flagged only in sentences this much alike (53 pages of other fields: 3 false flags less)."""
MIN_OBJECT_PAIRS = 2
"""An object of two characters (使用, 参保) says too little to be like another that is not equal to it."""
_MODAL_CLASHES = ({"must", "need_not"}, {"must", "forbidden"}, {"may", "forbidden"})
_STRICT = ("region", "population", "setting", "condition", "item")
"""Named on one side only, these leave room for both to be true; an unnamed insurance or period does not."""


class Finding(NamedTuple):
    """How two claims stand to each other.

    Attributes:
        label: contradict | scoped_difference | compatible.
        type: Kind of clash; empty for compatible.
        score: 0 to 1.
        scope: How their scopes relate.
    """

    label: Label
    type: str
    score: float
    scope: ScopeRelation


def compare_claims(a: ClaimRow, b: ClaimRow, lexicon: Lexicon) -> Finding | None:
    """The relation of two claims; None when they do not speak of the same thing."""
    if a.predicate != b.predicate or not _same_matter(a, b, lexicon):
        return None
    clash = _clash_type(a, b, lexicon)
    relation = relate_scopes(a.scope, b.scope, lexicon)
    if _is_open(a, lexicon) or _is_list(a, lexicon):
        dimensions = {name: r for name, r in relation.dimensions.items() if name != "item"}
        relation = ScopeRelation(dimensions, relation.display)
    if clash is None:
        return Finding("compatible", "", 0.0, relation)
    return _weigh(a, b, clash, relation, lexicon)


def _is_open(claim: ClaimRow, lexicon: Lexicon) -> bool:
    concept = lexicon.concepts.get(claim.predicate)
    return claim.predicate == FREE_ACT or (concept is not None and concept.is_open)


def _is_list(claim: ClaimRow, lexicon: Lexicon) -> bool:
    concept = lexicon.concepts.get(claim.predicate)
    return concept is not None and concept.kind == "members"


def _same_matter(a: ClaimRow, b: ClaimRow, lexicon: Lexicon) -> bool:
    """Whether two claims of one predicate have the same subject and, where the object is free, like objects."""
    if a.predicate == MONEY_FLOW:
        return True
    if not _is_open(a, lexicon):
        concept = lexicon.concepts[a.predicate]
        if concept.subject:
            return True
        if (a.scope.item is None) != (b.scope.item is None):
            return False
        return _are_like_subjects(a.subject, b.subject) and bool(a.subject)
    return _are_like_subjects(a.subject, b.subject) and _are_like_objects(a, b)


def _are_like_subjects(a: str, b: str) -> bool:
    """Equal things, one list of things inside the other, or words that are mostly the same."""
    a_things, b_things = set(a.split("+")), set(b.split("+"))
    if a == b or a_things < b_things or b_things < a_things:
        return True
    a_pairs, b_pairs = bigrams(a), bigrams(b)
    return bool(a_pairs and b_pairs) and len(a_pairs & b_pairs) / min(len(a_pairs), len(b_pairs)) >= MIN_OBJECT_OVERLAP


def _are_like_objects(a: ClaimRow, b: ClaimRow) -> bool:
    """Free objects with most character pairs in common; without a known thing on either side nearly all of them."""
    if a.scope.item == b.scope.item:
        return bool(a.scope.item)
    a_pairs, b_pairs = bigrams(a.scope.item or ""), bigrams(b.scope.item or "")
    smaller, larger = sorted((len(a_pairs), len(b_pairs)))
    if smaller < MIN_OBJECT_PAIRS:
        return False
    shared = len(a_pairs & b_pairs)
    if not a.subject and not b.subject:
        return shared / larger >= MIN_OBJECT_OVERLAP
    return shared / smaller >= MIN_OBJECT_OVERLAP and shared / larger >= MIN_LONGER_OVERLAP


def _clash_type(a: ClaimRow, b: ClaimRow, lexicon: Lexicon) -> str | None:
    if a.predicate == MONEY_FLOW:
        return _flow_clash(a, b)
    if a.quantity is not None or b.quantity is not None:
        if (
            a.quantity
            and b.quantity
            and a.payer == b.payer
            and are_disjoint(a.quantity, b.quantity)
            and not (lexicon.concepts[a.predicate].has_payer and a.payer is None)
        ):
            return "numeric"
        return "exclusivity" if _leaves_only(a, b) or _leaves_only(b, a) else None
    if _is_list(a, lexicon):
        return _list_clash(a, b)
    if a.predicate == FREE_ACT or lexicon.concepts[a.predicate].kind == "act":
        if {a.modality, b.modality} in _MODAL_CLASHES:
            return "debunk" if "debunked" in (a.frame, b.frame) else "modality"
        return None
    if a.stance * b.stance >= 0:
        return _start_clash(a, b)
    if "debunked" in (a.frame, b.frame):
        return "debunk"
    if {a.quantifier, b.quantifier} == {"some", "all"}:
        return "existential_universal"
    return "negation" if a.pole == b.pole else "antonym"


def _leaves_only(only: ClaimRow, other: ClaimRow) -> bool:
    """Whether one claim says 只 of a range that the other goes beyond (只适用于16-26岁 / 9-45岁)."""
    if only.quantifier != "only" or not only.quantity or not other.quantity or {only.quantity.bound, other.quantity.bound} != {"range"}:
        return False
    dimension, low, high = comparable_interval(only.quantity)
    other_dimension, other_low, other_high = comparable_interval(other.quantity)
    return dimension == other_dimension and (other_low < low or other_high > high)


def _flow_clash(a: ClaimRow, b: ClaimRow) -> str | None:
    """One payer's money in two accounts, or an account fed by one payer only and by another too."""
    if a.payer == b.payer and a.pool != b.pool:
        return "payer"
    if a.pool == b.pool and a.payer != b.payer and "only" in (a.quantifier, b.quantifier) and a.quantifier != b.quantifier:
        return "exclusivity"
    return None


def _list_clash(a: ClaimRow, b: ClaimRow) -> str | None:
    a_members, b_members = set((a.scope.item or "").split("+")), set((b.scope.item or "").split("+"))
    if a.stance != b.stance:
        return "negation" if a_members & b_members else None
    if a.stance < 0:
        return None
    for only, other, only_members, other_members in ((a, b, a_members, b_members), (b, a, b_members, a_members)):
        if only.quantifier == "only" and other.quantifier != "only" and other_members - only_members:
            return "exclusivity"
    return None


def _start_clash(a: ClaimRow, b: ClaimRow) -> str | None:
    """The same state said to begin at two different times."""
    starts = [claim.scope.period for claim in (a, b) if claim.is_start and claim.stance > 0]
    return "time" if len(starts) == 2 and starts[0] != starts[1] else None


def _weigh(a: ClaimRow, b: ClaimRow, clash: str, relation: ScopeRelation, lexicon: Lexicon) -> Finding:
    """Score a clash, or call it a difference of scope."""
    if relation.is_disjoint or "past" in (a.frame, b.frame):
        return Finding("scoped_difference", clash, 0.3, relation)
    universal = [claim for claim in (a, b) if claim.quantifier == "all" or claim.frame == "debunked"]
    some = [claim for claim in (a, b) if claim.quantifier == "some" or (relation.dimensions.get("region") == "some" and _says_some(claim))]
    if len(some) == 2 and clash != "numeric":
        return Finding("compatible", "", 0.1, relation)
    if some:
        if clash != "numeric" and any(claim not in some for claim in universal):
            return Finding("contradict", "existential_universal" if clash != "debunk" else clash, 0.75, relation)
        return Finding("scoped_difference", clash, 0.4, relation)
    narrow = [name for name in _STRICT if relation.dimensions.get(name) == "unknown"]
    if narrow and not (universal and clash != "numeric" and _is_general(universal[0], narrow)):
        return Finding("scoped_difference", clash, 0.45, relation)
    score = _score(a, b, clash, relation, lexicon)
    if a.hedge or b.hedge:
        return Finding("compatible", clash, min(score, 0.4), relation)
    return Finding("contradict", clash, score, relation)


def _says_some(claim: ClaimRow) -> bool:
    return "some_regions" in (claim.scope.region or "").split("+")


def _is_general(claim: ClaimRow, dimensions: list[str]) -> bool:
    """Whether the universal claim is the one that leaves these dimensions open."""
    return all(getattr(claim.scope, name) is None for name in dimensions)


def _are_like_sentences(a: str, b: str) -> bool:
    a_pairs, b_pairs = bigrams(text_key(a)), bigrams(text_key(b))
    return len(a_pairs & b_pairs) / max(1, len(a_pairs | b_pairs)) >= MIN_SENTENCE_OVERLAP


def _score(a: ClaimRow, b: ClaimRow, clash: str, relation: ScopeRelation, lexicon: Lexicon) -> float:
    score = 0.85
    for claim in (a, b):
        score -= {"clause": 0.0, "concept": 0.0, "sentence": 0.02, "heading": 0.05, "title": 0.05}[claim.anchored]
        score -= 0.1 if claim.quantifier == "most" and clash != "payer" else 0.0
        score += 0.05 if claim.quantifier == "all" or claim.frame == "debunked" else 0.0
    if _is_open(a, lexicon):
        score -= 0.15
        if not a.subject and not _are_like_sentences(a.sentence, b.sentence):
            score -= 0.2
    if relation.dimensions.get("insurance") == "unknown":
        score -= 0.05
    return round(max(0.05, min(score, 0.99)), 3)
