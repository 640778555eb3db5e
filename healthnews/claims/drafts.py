"""Claims before they have keys: what the readers of concepts, amounts, money flows and free statements hand over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from healthnews.claims.clauses import Clause
from healthnews.claims.cues import is_hedged, quantifier_of
from healthnews.records import Quantity, Scope

ASSERTING = frozenset({"asserted", "debunked", "past"})
"""Frames in which an article says something itself."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A claim without keys; `start` and `end` are those of its cue in the field."""

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
    anchored: Literal["clause", "sentence", "heading", "title", "concept"] = "clause"


def manner_of(clause: Clause, *, weak: bool = False) -> dict[str, str | bool | None]:
    """Quantifier and hedge of a clause, as keyword arguments of a draft."""
    return {"quantifier": quantifier_of(clause.text, weak=weak), "hedge": is_hedged(clause.text) and not weak}
