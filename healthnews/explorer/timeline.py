"""Counts by month as columns that can be told apart: by month while they fit, by year beyond, dates far from all others left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Counts = tuple[str, Sequence[int]]
"""Name of a month (YYYY-MM) or year (YYYY), and a count for each part of its column."""

MAX_COLUMNS = 36
"""Columns that can be told apart on a phone."""
_FAR = 0.005
"""Share of all counts at either end that may be left out: a date misread as 1970 or 2099 would press what counts into one column."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a chart shows.

    Attributes:
        columns: Oldest first, without a gap, at most MAX_COLUMNS.
        is_yearly: Whether a column is a year.
        outside: How many counts lie before or after the columns.
    """

    columns: tuple[Counts, ...]
    is_yearly: bool
    outside: int


def timeline(months: Sequence[Counts]) -> Timeline:
    """The months as columns.

    Args:
        months: Oldest first, without a gap.
    """
    if len(months) <= MAX_COLUMNS:
        return Timeline(tuple(months), is_yearly=False, outside=0)
    columns = _without_ends(months)
    if is_yearly := len(columns) > MAX_COLUMNS:
        years = _years(months)
        columns = years if len(years) <= MAX_COLUMNS else _without_ends(years)[-MAX_COLUMNS:]
    return Timeline(tuple(columns), is_yearly=is_yearly, outside=_total(months) - _total(columns))


def _total(columns: Sequence[Counts]) -> int:
    return sum(sum(counts) for _, counts in columns)


def _without_ends(months: Sequence[Counts]) -> Sequence[Counts]:
    """The months without those at either end that together hold almost nothing."""
    spare = int(_total(months) * _FAR)
    first, last = 0, len(months)
    left = spare
    while first < last and (left := left - sum(months[first][1])) >= 0:
        first += 1
    left = spare
    while last > first and (left := left - sum(months[last - 1][1])) >= 0:
        last -= 1
    return months[first:last]


def _years(months: Sequence[Counts]) -> list[Counts]:
    years: dict[str, list[int]] = {}
    for month, counts in months:
        found = years.setdefault(month[:4], [0] * len(counts))
        years[month[:4]] = [before + count for before, count in zip(found, counts, strict=True)]
    return list(years.items())
