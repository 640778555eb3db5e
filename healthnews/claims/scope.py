"""Scope algebra: how the scopes of two claims relate, dimension by dimension."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from healthnews.language.concepts import Lexicon
from healthnews.language.negation import has_negator
from healthnews.language.periods import are_disjoint as are_periods_disjoint
from healthnews.language.periods import period_at
from healthnews.language.quantities import are_disjoint, comparable_interval, find_quantities
from healthnews.language.regions import relate_regions
from healthnews.records import Scope

Relation = Literal["equal", "contains", "disjoint", "unknown", "some"]

MIN_CONDITION_OVERLAP = 0.34
"""Share of the shorter condition's character pairs that two conditions must have in common to be one (seed pages, by reading)."""

_CLOSED = re.compile(r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d")
_EMPTY_WORDS = re.compile(r"若|如果|如|的话|情况下|时|当|一旦|只要|只有|即使|即便|除非|的|了|在|已|您|参保人员?|医保|[“”\s]")


class ScopeRelation(NamedTuple):
    """How two scopes relate.

    Attributes:
        dimensions: Dimension → relation, only for those that are not plainly equal.
    """

    dimensions: dict[str, Relation]

    @property
    def is_disjoint(self) -> bool:
        """Whether the scopes cannot overlap."""
        return "disjoint" in self.dimensions.values()

    @property
    def code(self) -> str:
        """The relation as the contradictions table prints it: same | overlapping | unknown | different."""
        found = set(self.dimensions.values())
        if "disjoint" in found:
            return "different"
        if "unknown" in found:
            return "unknown"
        return "overlapping" if found else "same"


def relate_scopes(
    a: Scope, b: Scope, lexicon: Lexicon, a_published: datetime | None = None, b_published: datetime | None = None
) -> ScopeRelation:
    """Relation of two scopes in every dimension; a statement without a period is one of the day it was published on, if that is known."""
    found: dict[str, Relation] = {"region": relate_regions(a.region, b.region)}  # type: ignore[dict-item]
    found["period"] = _relate_periods(a.period, b.period, a_published, b_published)
    for name in ("insurance", "population", "setting"):
        found[name] = _relate_facets(getattr(a, name), getattr(b, name), lexicon)
    if found["population"] == "unknown" and _are_other_people(a.population, b.population, lexicon):
        found["population"] = "disjoint"
    found["condition"] = relate_conditions(a.condition, b.condition)
    found["item"] = _relate_items(a.item, b.item, lexicon)
    return ScopeRelation({name: relation for name, relation in found.items() if relation != "equal"})


def _relate_periods(a: str | None, b: str | None, a_published: datetime | None, b_published: datetime | None) -> Relation:
    a_at = period_at(a, a_published.date() if a_published else None) if b and "/" in b else a
    b_at = period_at(b, b_published.date() if b_published else None) if a and "/" in a else b
    if are_periods_disjoint(a_at, b_at):
        return "disjoint"
    if a == b or not (a or b):
        return "equal"
    # A year alone, against a page without a date: nobody knows whether it speaks of that year.
    if any(own and _CLOSED.fullmatch(own) and other is None for own, other in ((a_at, b_at), (b_at, a_at))):
        return "unknown"
    return "contains" if a and b else "equal"


def _relate_facets(a: str | None, b: str | None, lexicon: Lexicon) -> Relation:
    """Values of one facet exclude each other; a facet that one side alone names leaves the relation unknown.

    What goes without saying (成人, 目录内) counts only against another value of its facet, and what another value holds in itself
    not at all.
    """
    if a == b:
        return "equal"
    a_facets, b_facets = _by_facet(a, lexicon), _by_facet(b, lexicon)
    if any(not _share_value(a_facets[facet], b_facets[facet], lexicon) for facet in a_facets.keys() & b_facets.keys()):
        return "disjoint"
    _drop_defaults(a_facets, b_facets, lexicon)
    _drop_defaults(b_facets, a_facets, lexicon)
    if a_facets == b_facets:
        return "equal"
    return "contains" if a_facets.keys() == b_facets.keys() else "unknown"


def _are_other_people(a: str | None, b: str | None, lexicon: Lexicon) -> bool:
    """Whether both name a group and none in common: 孕妇 may be 成人, but what is said of each is said of the one, not the other."""
    a_facets, b_facets = _by_facet(a, lexicon), _by_facet(b, lexicon)
    return bool(a_facets and b_facets) and not a_facets.keys() & b_facets.keys()


def _by_facet(values: str | None, lexicon: Lexicon) -> dict[str, set[str]]:
    """Values of a dimension by facet; a name that is no value of the lexicon is a disease."""
    facets: dict[str, set[str]] = {}
    found = set(values.split("+")) if values else set()
    entailed = {value for one in found for value in lexicon.entails.get(one, ())}
    for value in found - entailed:
        facets.setdefault(lexicon.facets.get(value, "disease"), set()).add(value)
    return facets


def _share_value(a: set[str], b: set[str], lexicon: Lexicon) -> bool:
    """Whether two sets of values of one facet have one in common, or one that the other holds in itself (婴儿 are 儿童)."""
    nothing: frozenset[str] = frozenset()
    return bool(a & b) or any(x in lexicon.entails.get(y, nothing) or y in lexicon.entails.get(x, nothing) for x in a for y in b)


def _drop_defaults(facets: dict[str, set[str]], other: dict[str, set[str]], lexicon: Lexicon) -> None:
    for facet in facets.keys() - other.keys():
        if facets[facet] <= lexicon.defaults:
            del facets[facet]


def _relate_items(a: str | None, b: str | None, lexicon: Lexicon) -> Relation:
    if a == b:
        return "equal"
    if a is None or b is None:
        return "unknown"
    a_names, b_names = set(a.split("+")), set(b.split("+"))
    if a_names & b_names:
        return "contains"
    if any(lexicon.within.get(x, frozenset()) & b_names for x in a_names) or any(
        lexicon.within.get(y, frozenset()) & a_names for y in b_names
    ):
        return "contains"
    return "contains" if any(x in y or y in x for x in a_names for y in b_names) else "disjoint"


def relate_conditions(a: str | None, b: str | None) -> Relation:
    """Two conditions are equal when enough of their words are; one alone leaves the relation unknown."""
    if a is None and b is None:
        return "equal"
    if a is None or b is None:
        return "unknown"
    if has_negator(a) != has_negator(b) or _are_apart(a, b):
        return "disjoint"
    if _have_one_measure(a, b):
        return "contains"
    a_pairs, b_pairs = bigrams(_EMPTY_WORDS.sub("", a)), bigrams(_EMPTY_WORDS.sub("", b))
    if not a_pairs or not b_pairs:
        return "unknown"
    return "equal" if len(a_pairs & b_pairs) / min(len(a_pairs), len(b_pairs)) >= MIN_CONDITION_OVERLAP else "disjoint"


_BELOW = re.compile(r"未满|不满|不足|不到|低于|少于|小于|以下|以内|之内|未超过|不超过")
_ABOVE = re.compile(r"(?<=[时天周月年岁日])(?:之|以)?后|(?<![未不])满|(?<![未不])超过|以上|高于|大于|多于|达到|超出|逾")


def _have_one_measure(a: str, b: str) -> bool:
    """Whether two conditions bound the same measure (1岁以内 / 6个月以下): not apart, they overlap."""
    a_found, b_found = ({comparable_interval(hit.quantity)[0] for hit in find_quantities(text)} for text in (a, b))
    return bool(a_found & b_found)


def _are_apart(a: str, b: str) -> bool:
    """Whether two conditions put their numbers on two sides (未满4个月 / 满4个月), or ask for different ones."""
    for one, other in ((a, b), (b, a)):
        if _BELOW.search(one) and not _ABOVE.search(one) and _ABOVE.search(other) and not _BELOW.search(other):
            return True
    a_found, b_found = ([hit.quantity for hit in find_quantities(text)] for text in (a, b))
    return any(are_disjoint(x, y) for x in a_found for y in b_found) and not any(x == y for x in a_found for y in b_found)


@lru_cache(4096)
def bigrams(text: str) -> frozenset[str]:
    """Pairs of neighbouring characters."""
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))
