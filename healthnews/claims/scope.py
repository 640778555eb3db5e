"""Scope algebra: how the scopes of two claims relate, dimension by dimension."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from healthnews.language.concepts import Lexicon
from healthnews.language.periods import are_disjoint as are_periods_disjoint
from healthnews.language.regions import display_region, relate_regions
from healthnews.records import Scope

Relation = Literal["equal", "contains", "disjoint", "unknown", "some"]

MIN_CONDITION_OVERLAP = 0.34
"""Share of the shorter condition's character pairs that two conditions must have in common to be one (seed pages, by reading)."""

_NAMES = {
    "region": "地区",
    "period": "时间",
    "insurance": "险种",
    "population": "人群",
    "condition": "条件",
    "setting": "就医情形",
    "item": "对象",
}
_EMPTY_WORDS = re.compile(r"若|如果|如|的话|情况下|时|当|一旦|只要|只有|即使|即便|除非|的|了|在|已|您|参保人员?|医保|[“”\s]")


class ScopeRelation(NamedTuple):
    """How two scopes relate.

    Attributes:
        dimensions: Dimension → relation, only for those that are not plainly equal.
        display: The same in Chinese.
    """

    dimensions: dict[str, Relation]
    display: str

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


def relate_scopes(a: Scope, b: Scope, lexicon: Lexicon) -> ScopeRelation:
    """Relation of two scopes in every dimension."""
    found: dict[str, Relation] = {"region": relate_regions(a.region, b.region)}  # type: ignore[dict-item]
    if are_periods_disjoint(a.period, b.period):
        found["period"] = "disjoint"
    elif a.period != b.period and a.period and b.period:
        found["period"] = "contains"
    for name in ("insurance", "population", "setting"):
        found[name] = _relate_facets(getattr(a, name), getattr(b, name), lexicon)
    found["condition"] = relate_conditions(a.condition, b.condition)
    found["item"] = _relate_items(a.item, b.item)
    dimensions: dict[str, Relation] = {name: relation for name, relation in found.items() if relation != "equal"}
    return ScopeRelation(dimensions, _display(dimensions, a, b, lexicon))


def _relate_facets(a: str | None, b: str | None, lexicon: Lexicon) -> Relation:
    """Values of one facet exclude each other; values of different facets do not meet."""
    if a == b:
        return "equal"
    if a is None or b is None:
        return "unknown"
    a_facets, b_facets = _by_facet(a, lexicon), _by_facet(b, lexicon)
    shared = a_facets.keys() & b_facets.keys()
    if any(not a_facets[facet] & b_facets[facet] for facet in shared):
        return "disjoint"
    return "contains" if a_facets.keys() == b_facets.keys() else "unknown"


def _by_facet(values: str, lexicon: Lexicon) -> dict[str, set[str]]:
    facets: dict[str, set[str]] = {}
    for value in values.split("+"):
        facets.setdefault(lexicon.facets.get(value, value), set()).add(value)
    return facets


def _relate_items(a: str | None, b: str | None) -> Relation:
    if a == b:
        return "equal"
    if a is None or b is None:
        return "unknown"
    a_names, b_names = set(a.split("+")), set(b.split("+"))
    if a_names & b_names:
        return "contains"
    return "contains" if any(x in y or y in x for x in a_names for y in b_names) else "disjoint"


def relate_conditions(a: str | None, b: str | None) -> Relation:
    """Two conditions are equal when enough of their words are; one alone leaves the relation unknown."""
    if a is None and b is None:
        return "equal"
    if a is None or b is None:
        return "unknown"
    a_pairs, b_pairs = bigrams(_EMPTY_WORDS.sub("", a)), bigrams(_EMPTY_WORDS.sub("", b))
    if not a_pairs or not b_pairs:
        return "unknown"
    return "equal" if len(a_pairs & b_pairs) / min(len(a_pairs), len(b_pairs)) >= MIN_CONDITION_OVERLAP else "disjoint"


def bigrams(text: str) -> frozenset[str]:
    """Pairs of neighbouring characters."""
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def _display(dimensions: dict[str, Relation], a: Scope, b: Scope, lexicon: Lexicon) -> str:
    if not dimensions:
        return "相同"
    parts = []
    for name in dimensions:
        left, right = (_display_value(name, getattr(scope, name), lexicon) for scope in (a, b))
        parts.append(f"{_NAMES[name]}({left} / {right})")
    return "、".join(parts)


def _display_value(dimension: str, value: str | None, lexicon: Lexicon) -> str:
    if value is None:
        return "未说明"
    if dimension == "region":
        return display_region(value)
    if dimension == "period":
        return {"past": "过去", "present": "现行"}.get(value, value)
    return "、".join(lexicon.labels.get(part, part) for part in value.split("+"))
