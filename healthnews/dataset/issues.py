"""What a gate finds: one record, and how it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

MAX_EXAMPLES = 5

Check = Literal["schema", "unique_key", "order", "foreign_key", "span", "date_range", "row_count", "fill_rate", "mix", "stale_judgements"]
DRIFT: frozenset[Check] = frozenset(("row_count", "fill_rate", "mix"))
"""Checks against the last release: a person who knows why may accept what they find. The others are about what is wrong in itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Something a gate found.

    Attributes:
        refuses: Whether the release is refused for it; else it is only reported.
        column: The column, or the columns of a key joined by a comma; None for the whole table.
        found: What was found, in words.
        expected: What a release must have, in words.
        rows: Rows that it is about; None where it is about the table as a whole.
        examples: Keys or values of a few of them.
        accepted: It would refuse the release, but somebody said that it is meant.
    """

    check: Check
    table: str
    column: str | None = None
    refuses: bool = True
    found: str
    expected: str
    rows: int | None = None
    examples: tuple[str, ...] = ()
    accepted: bool = False

    @property
    def text(self) -> str:
        """The issue as one line."""
        where = f"{self.table}.{self.column}" if self.column else self.table
        shown = f" ({', '.join(self.examples)}{', …' if (self.rows or 0) > len(self.examples) else ''})" if self.examples else ""
        return f"{self.check} {where}: {self.found}; expected {self.expected}{shown}"


def issue_objects(issues: Iterable[Issue]) -> list[dict[str, Any]]:
    """Issues as JSON."""
    return [asdict(issue) for issue in issues]


def refusing(issues: Iterable[Issue]) -> list[Issue]:
    """Issues for which a release is refused."""
    return [issue for issue in issues if issue.refuses and not issue.accepted]


def report_lines(issues: Sequence[Issue], previous: str | None) -> list[str]:
    """Why a release is refused, for people."""
    found = refusing(issues)
    kept = f"release {previous} stays the newest" if previous else "there is no release"
    lines = [f"the release is refused by {len(found)} check{'s' if len(found) > 1 else ''}; {kept}"]
    lines += [f"  {issue.text}" for issue in found]
    if all(issue.check in DRIFT for issue in found):
        lines.append('  If this is meant, say so once: healthnews publish --accept-drift "REASON"')
    return lines
