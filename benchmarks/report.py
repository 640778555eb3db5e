"""How every benchmark prints: a table for people, and with --json one object on the last line."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure beside its peer's.

    Attributes:
        ratio: What the target speaks of.
        holds: Whether the target is met; None when there is none.
    """

    ours: float
    peer: str
    theirs: float
    ratio: float
    target: str
    holds: bool | None


def arguments(description: str | None) -> argparse.Namespace:
    """The options every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, within 60 s")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    return parser.parse_args()


def print_measures(measures: dict[str, Measure], *, as_json: bool) -> None:
    """Print the table, and the object where it is wanted."""
    print(f"{'measure':38} {'ours':>12} {'peer':>26} {'theirs':>12} {'ratio':>8} {'target':>10}")
    for name, m in measures.items():
        verdict = "" if m.holds is None else ("  holds" if m.holds else "  MISSED")
        print(f"{name:38} {m.ours:12.3f} {m.peer:>26} {m.theirs:12.3f} {m.ratio:8.2f} {m.target:>10}{verdict}")
    if as_json:
        print(json.dumps({name: {f: getattr(m, f) for f in Measure.__slots__} for name, m in measures.items()}, ensure_ascii=False))
