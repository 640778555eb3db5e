"""How sure a clash of two claims is: what speaks for it and against it, weighed by what labelled pairs and pages showed.

The weights are fitted by `benchmarks/calibration.py` and lie in `calibration.toml`; docs/calibration.md shows how well they hold.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from healthnews.claims.scope import ScopeRelation, bigrams
from healthnews.language.normalise import text_key
from healthnews.records import ClaimRow

FLAG_THRESHOLD = 0.6
"""From this score on a pair is flagged; below it is `possible`. docs/calibration.md: precision and recall at other thresholds."""
_OUTSIDE = ("heading", "title")
_LOWEST, _HIGHEST = 0.05, 0.99


def evidence(a: ClaimRow, b: ClaimRow, clash: str, relation: ScopeRelation, *, is_open: bool, is_sought: bool = False) -> dict[str, float]:
    """What speaks for or against a clash, by name; the order of the two claims does not matter.

    Args:
        a: One claim.
        b: The other.
        clash: Type of the clash.
        relation: How their scopes relate.
        is_open: Their object is free text.
        is_sought: The engine itself put the two together, out of many; two that somebody asks about clash more often.
    """
    both = (a, b)
    a_pairs, b_pairs = bigrams(text_key(a.sentence)), bigrams(text_key(b.sentence))
    found = {
        f"type_{clash}": 1.0,
        "alike": len(a_pairs & b_pairs) / max(1, len(a_pairs | b_pairs)),
        "subject_outside": sum(claim.anchored in _OUTSIDE for claim in both),
        "subject_in_sentence": sum(claim.anchored == "sentence" for claim in both),
        "weak": sum(claim.is_weak for claim in both),
        "most": sum(claim.quantifier == "most" for claim in both),
        "all": sum(claim.quantifier == "all" for claim in both),
        "only": sum(claim.quantifier == "only" for claim in both),
        "open": float(is_open),
        "sought": float(is_sought),
        "thing_named": float(bool(a.scope.item and b.scope.item) and not is_open),
        "long": sum(min(len(claim.sentence), 120) for claim in both) / 200,
    }
    found |= {f"unsaid_{name}": 1.0 for name, how in relation.dimensions.items() if how == "unknown"}
    found |= {f"wider_{name}": 1.0 for name, how in relation.dimensions.items() if how == "contains"}
    return {name: float(value) for name, value in found.items() if value}


@cache
def weights() -> Mapping[str, float]:
    """The fitted weights, by name of the evidence; `base` always counts."""
    text = resources.files("healthnews.claims").joinpath("calibration.toml").read_text("utf-8")
    found: dict[str, float] = tomllib.loads(text)["weights"]
    return found


def confidence(found: Mapping[str, float]) -> float:
    """Probability that a clash with this evidence is one, 0.05 to 0.99. Source: logistic regression."""
    fitted = weights()
    total = fitted["base"] + sum(fitted.get(name, 0.0) * value for name, value in found.items())
    return round(max(_LOWEST, min(_HIGHEST, 1 / (1 + math.exp(-total)))), 3)
