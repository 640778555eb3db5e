"""Two claims of one concept: can both be true, and if not, in which way do they clash."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from healthnews.claims.confidence import confidence, evidence
from healthnews.claims.figures import PREDICATE as FREE_FIGURE
from healthnews.claims.flows import PREDICATE as MONEY_FLOW
from healthnews.claims.free import PREDICATE as FREE_ACT
from healthnews.claims.manner import narrows
from healthnews.claims.scope import ScopeRelation, bigrams, relate_scopes
from healthnews.language.concepts import Lexicon
from healthnews.language.quantities import are_disjoint, comparable_interval
from healthnews.records import ClaimRow

Label = Literal["contradict", "scoped_difference", "compatible"]

MIN_OBJECT_OVERLAP = 0.6
"""Share of the shorter free object's character pairs that both must have in common (seed pairs and own sentences)."""
MIN_LONGER_OVERLAP = 0.35
"""The same share of the longer object: beyond it the longer one says something more."""
MIN_OBJECT_PAIRS = 2
"""An object of two characters (使用, 参保) says too little to be like another that is not equal to it."""
MODAL_CLASHES = ({"must", "need_not"}, {"must", "forbidden"}, {"may", "forbidden"})
"""Modalities of one act that exclude each other."""
_FREE = frozenset({FREE_ACT, FREE_FIGURE})
_STRICT_OF_NUMBERS = ("period", "condition", "population")
"""Amounts differ by all of these as a rule."""
_STRICT = ("region", "item")
"""Named on one side only, these leave room for both to be true; an unnamed insurance or period does not."""


_DOUBTS = {"insurance": 0.05, "setting": 0.05, "population": 0.1, "condition": 0.1}
"""What a claim that alone names such a scope takes from the score: mostly the other speaks of all, and so of it too."""


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


def compare_claims(a: ClaimRow, b: ClaimRow, lexicon: Lexicon, *, is_sought: bool = False) -> Finding | None:
    """The relation of two claims; None when they do not speak of the same thing.

    `is_sought`: the engine itself put them together, out of many; the score is then lower than that of a pair somebody asks about.
    """
    if a.predicate != b.predicate or not _same_matter(a, b, lexicon):
        return None
    clash = _clash_type(a, b, lexicon)
    relation = relate_scopes(a.scope, b.scope, lexicon, a.published_at, b.published_at)
    if _is_open(a, lexicon) or _is_list(a, lexicon):
        relation = ScopeRelation({name: r for name, r in relation.dimensions.items() if name != "item"})
    if clash is None:
        return Finding("compatible", "", 0.0, relation)
    return _weigh(a, b, clash, relation, lexicon, is_sought)


def _is_open(claim: ClaimRow, lexicon: Lexicon) -> bool:
    concept = lexicon.concepts.get(claim.predicate)
    return claim.predicate in _FREE or (concept is not None and concept.is_open)


def _is_list(claim: ClaimRow, lexicon: Lexicon) -> bool:
    concept = lexicon.concepts.get(claim.predicate)
    return concept is not None and concept.kind == "members"


def _same_matter(a: ClaimRow, b: ClaimRow, lexicon: Lexicon) -> bool:
    """Whether two claims of one predicate have the same subject and, where the object is free, like objects."""
    if a.predicate == MONEY_FLOW:
        return True
    concept = lexicon.concepts.get(a.predicate)
    if concept is None or concept.is_open:
        return _same_open_matter(a, b, lexicon, is_known=concept is not None and concept.kind == "act")
    if concept.subject:
        return True
    if (a.scope.item is None) != (b.scope.item is None):
        return False
    if not a.subject:
        return False
    return _are_like_subjects(a.subject, b.subject, lexicon) or _covers(a, b, lexicon) or _covers(b, a, lexicon)


def _covers(wide: ClaimRow, narrow: ClaimRow, lexicon: Lexicon) -> bool:
    """Whether a claim that denies, or speaks of all, is about the class that the other's thing is in: 不能吃海鲜 / 可以吃螃蟹."""
    if wide.stance >= 0 and wide.quantifier != "all":
        return False
    classes = set(wide.subject.split("+"))
    return all(lexicon.within.get(thing, frozenset()) & classes for thing in narrow.subject.split("+"))


def wider_things(things: str, lexicon: Lexicon) -> list[str]:
    """Classes of which some of these things are members: a block of the class is to hold them as well."""
    return sorted({wider for thing in things.split("+") for wider in lexicon.within.get(thing, ())})


def _same_open_matter(a: ClaimRow, b: ClaimRow, lexicon: Lexicon, *, is_known: bool) -> bool:
    """Whether two free statements are about the same: no class of things in which they name different ones, and like objects.

    For an act that the lexicon knows, a thing in common is enough; words that nobody has classed must be alike.
    """
    a_things, b_things = set(a.subject.split("+")) - {""}, set(b.subject.split("+")) - {""}
    a_groups, b_groups = ({group for thing in things for group in lexicon.groups.get(thing, ())} for things in (a_things, b_things))
    shared = a_things & b_things
    for group in a_groups & b_groups:
        a_own, b_own = ({t for t in things if group in lexicon.groups.get(t, ())} for things in (a_things, b_things))
        if not (a_own <= b_own or b_own <= a_own):
            return False
    if a_things and b_things and not shared:
        return False
    if is_known and shared:
        return True
    if bool(a_things) != bool(b_things) and not is_known:
        return False
    return _are_like_matters(a, b, bool(shared)) if a.predicate == FREE_FIGURE else _are_like_objects(a, b)


MIN_MATTER_OVERLAP = 0.5
MIN_MATTER_LIKENESS = 0.3
MIN_BARE_LIKENESS = 0.5


def _are_like_matters(a: ClaimRow, b: ClaimRow, has_shared_thing: bool) -> bool:
    """Whether the words around two numbers say that they measure the same."""
    a_pairs, b_pairs = bigrams(a.scope.item or ""), bigrams(b.scope.item or "")
    shared, union = len(a_pairs & b_pairs), len(a_pairs | b_pairs)
    if not shared:
        return False
    likeness, overlap = shared / union, shared / min(len(a_pairs), len(b_pairs))
    return (likeness >= MIN_MATTER_LIKENESS and overlap >= MIN_MATTER_OVERLAP) if has_shared_thing else likeness >= MIN_BARE_LIKENESS


def _are_like_subjects(a: str, b: str, lexicon: Lexicon) -> bool:
    """Equal things, one list of things inside the other, or words that are mostly the same."""
    a_things, b_things = set(a.split("+")), set(b.split("+"))
    if a == b or a_things < b_things or b_things < a_things:
        return True
    if (a_things | b_things) & lexicon.groups.keys():
        return False
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
            and (a.payer == b.payer or None in (a.payer, b.payer))
            and are_disjoint(a.quantity, b.quantity)
            and not (None in (a.payer, b.payer) and a.predicate in lexicon.concepts and lexicon.concepts[a.predicate].has_payer)
        ):
            return "numeric"
        return "exclusivity" if _leaves_only(a, b) or _leaves_only(b, a) else None
    if _is_list(a, lexicon):
        return _list_clash(a, b)
    if lexicon.concepts.get(a.predicate) and lexicon.concepts[a.predicate].kind == "payer":
        return _payer_clash(a, b)
    if a.predicate == FREE_ACT or lexicon.concepts[a.predicate].kind == "act":
        if {a.modality, b.modality} in MODAL_CLASHES:
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


def _payer_clash(a: ClaimRow, b: ClaimRow) -> str | None:
    """One cost borne by two, or said to be and not to be borne by one."""
    if a.payer == b.payer:
        return "payer" if a.stance != b.stance else None
    return "payer" if a.stance > 0 and b.stance > 0 else None


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


def _weigh(a: ClaimRow, b: ClaimRow, clash: str, relation: ScopeRelation, lexicon: Lexicon, is_sought: bool) -> Finding:
    """Score a clash, or call it a difference of scope."""
    if relation.is_disjoint or "past" in (a.frame, b.frame):
        return Finding("scoped_difference", clash, 0.3, relation)
    if clash in ("modality", "debunk") and a.modality and b.modality and _is_narrowed(a, b):
        return Finding("scoped_difference", clash, 0.35, relation)
    universal = [claim for claim in (a, b) if claim.quantifier == "all" or claim.frame == "debunked"]
    some = [claim for claim in (a, b) if claim.quantifier == "some" or (relation.dimensions.get("region") == "some" and _says_some(claim))]
    if len(some) == 2 and clash != "numeric":
        return Finding("compatible", "", 0.1, relation)
    if some:
        if clash != "numeric" and any(claim not in some for claim in universal):
            clash = clash if clash == "debunk" else "existential_universal"
            return Finding("contradict", clash, confidence(evidence_of(a, b, clash, relation, lexicon, is_sought=is_sought)), relation)
        return Finding("scoped_difference", clash, 0.4, relation)
    strict = (*_STRICT, *_STRICT_OF_NUMBERS) if clash == "numeric" or _is_list(a, lexicon) else _STRICT
    narrow = [name for name in strict if relation.dimensions.get(name) == "unknown" and not _is_only_inherited(name, a, b)]
    narrow += [name for name in _DOUBTS if relation.dimensions.get(name) == "unknown" and _is_exception(name, a, b)]
    if narrow and not (clash != "numeric" and any(_is_general(one, narrow) for one in universal)):
        return Finding("scoped_difference", clash, 0.45, relation)
    score = confidence(evidence_of(a, b, clash, relation, lexicon, is_sought=is_sought))
    if a.hedge or b.hedge:
        return Finding("compatible", clash, min(score, 0.4), relation)
    return Finding("contradict", clash, score, relation)


def evidence_of(
    a: ClaimRow, b: ClaimRow, clash: str, relation: ScopeRelation, lexicon: Lexicon, *, is_sought: bool = False
) -> dict[str, float]:
    """What speaks for and against a clash of two claims, by name: see `confidence.evidence`."""
    return evidence(a, b, clash, relation, is_open=_is_open(a, lexicon), is_sought=is_sought)


def _is_narrowed(a: ClaimRow, b: ClaimRow) -> bool:
    """Whether the side that denies an act denies it only in a manner, or with things, that the other does not speak of."""
    denied, allowed = (a, b) if a.stance < b.stance else (b, a)
    return narrows(frozenset(denied.manner.split("+")) - {""}, frozenset(allowed.manner.split("+")) - {""})


def _is_exception(dimension: str, a: ClaimRow, b: ClaimRow) -> bool:
    """Whether one claim holds for most (一般, 多数情况下) and the other for a case of its own: what holds for most leaves room for it."""
    return any(one.quantifier == "most" and getattr(one.scope, dimension) is None for one in (a, b))


def _is_only_inherited(dimension: str, a: ClaimRow, b: ClaimRow) -> bool:
    """Whether a group or a setting stands in heading or title alone: the page is about it, the sentence is not confined to it."""
    if dimension not in ("population", "setting"):
        return False
    return all(getattr(claim.scope, dimension) is None or dimension in claim.inherited.split("+") for claim in (a, b))


def _says_some(claim: ClaimRow) -> bool:
    return "some_regions" in (claim.scope.region or "").split("+")


def _is_general(claim: ClaimRow, dimensions: list[str]) -> bool:
    """Whether the universal claim is the one that leaves these dimensions open; 都 is no 无论: a condition it does not reach."""
    if "condition" in dimensions and not _UNCONDITIONAL.search(claim.sentence):
        return False
    return all(getattr(claim.scope, name) is None for name in dimensions)


_UNCONDITIONAL = re.compile(r"无论|不论|不管|任何|一律|一概|绝对|绝不|从来|凡是?|所有")
