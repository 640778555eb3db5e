"""Statements by month as a small SVG: one chart a side, drawn to one scale so that sides can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from healthnews.records import MonthCount

WIDTH, HEIGHT = 360, 132
MAX_BINS = 36
"""Bars that can be told apart on a phone; a longer time is drawn by year."""
_LEFT, _TOP, _BASE = 24, 16, 106
_UNDATED_WIDTH = 52
_LABEL_WIDTH = 50
_MAX_NUMBERED = 14
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Scale:
    """What charts of one page share.

    Attributes:
        bins: Months (YYYY-MM), or years (YYYY) when there are too many months, without a gap.
        peak: Most statements in one bin of one side.
        has_undated: Some side has statements without a date.
    """

    bins: tuple[str, ...]
    peak: int
    has_undated: bool


def find_scale(sides: Iterable[Sequence[MonthCount]]) -> Scale:
    """The scale on which the months of all sides can be drawn; months that are none are left out."""
    rows = [list(side) for side in sides]
    months = sorted({count.month for side in rows for count in side if count.month and _MONTH.fullmatch(count.month)})
    bins = _months_between(months[0], months[-1]) if months else []
    if len(bins) > MAX_BINS:
        years = sorted({month[:4] for month in months})
        bins = [f"{year:04}" for year in range(int(years[0]), int(years[-1]) + 1)]
        bins = bins if len(bins) <= MAX_BINS else years[-MAX_BINS:]
    peaks = [sum(found) for side in rows for found in _binned(side, bins).values()]
    return Scale(tuple(bins), max(peaks, default=0), any(count.month is None for side in rows for count in side))


def _months_between(first: str, last: str) -> list[str]:
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start, min(end, start + MAX_BINS) + 1)]


def _binned(months: Iterable[MonthCount], bins: Sequence[str]) -> dict[str | None, tuple[int, int]]:
    """Reliably and weakly dated statements by bin; a year adds up what was said in each of its months. None holds the undated."""
    width = len(bins[0]) if bins else 7
    found: dict[str | None, tuple[int, int]] = {}
    for count in months:
        name = count.month[:width] if count.month and _MONTH.fullmatch(count.month) else None
        if name in bins or (name is None and count.month is None):
            sure, weak = found.get(name, (0, 0))
            found[name] = sure + count.statements - count.weakly_dated, weak + count.weakly_dated
    return found


def month_chart(months: Sequence[MonthCount], scale: Scale, label: str) -> Markup:
    """The chart of one side; nothing when no side has any statement.

    Reliably dated statements are solid, those dated only by a related block pale, and those without a date stand apart.

    Args:
        months: The side's months.
        scale: Shared by all sides.
        label: What the chart is called to who cannot see it.
    """
    if not scale.peak:
        return Markup("")
    right = WIDTH - 4 - (_UNDATED_WIDTH if scale.has_undated else 0)
    slot = (right - _LEFT) / max(1, len(scale.bins))
    found = _binned(months, scale.bins)
    parts = [_axis(scale, right)]
    for number, name in enumerate(scale.bins):
        parts.append(_bar(_LEFT + slot * (number + 0.5), min(24.0, slot * 0.72), name, found.get(name, (0, 0)), scale))
    parts += _bin_labels(scale, slot)
    if scale.has_undated:
        centre = WIDTH - _UNDATED_WIDTH / 2
        parts.append(_bar(centre, 24.0, "无日期", found.get(None, (0, 0)), scale, kind="undated"))
        parts.append(_text(centre, HEIGHT - 8, "无日期"))
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, label, Markup("").join(parts)
    )


def _axis(scale: Scale, right: float) -> Markup:
    """Base line, a line at the peak, and what they count."""
    lines = Markup("").join(
        Markup('<line class="grid" x1="{}" x2="{:.1f}" y1="{}" y2="{}"/>').format(_LEFT, right, y, y) for y in (_TOP, _BASE)
    )
    numbers = Markup('<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>')
    return lines + numbers.format(_LEFT - 5, _TOP + 4, scale.peak) + numbers.format(_LEFT - 5, _BASE + 4, 0)


def _bar(centre: float, width: float, name: str, counts: tuple[int, int], scale: Scale, kind: str = "sure") -> Markup:
    """A bar of two parts with what it counts as its title; nothing for nothing."""
    sure, weak = counts
    if not sure + weak:
        return Markup("")
    unit = (_BASE - _TOP) / scale.peak
    told = f"{name}\uff1a{sure + weak} 条" + (f"\uff0c其中 {weak} 条的日期只见于相关推荐" if weak else "")
    rect = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
    left, low = centre - width / 2, _BASE - sure * unit
    parts = Markup("<title>{}</title>").format(told)
    parts += rect.format(kind, left, low, width, sure * unit) if sure else Markup("")
    parts += rect.format("weak", left, low - weak * unit, width, weak * unit) if weak else Markup("")
    if len(scale.bins) <= _MAX_NUMBERED:
        parts += _text(centre, low - weak * unit - 4, str(sure + weak), "value")
    return Markup("<g>{}</g>").format(parts)


def _bin_labels(scale: Scale, slot: float) -> list[Markup]:
    """Names of as many bins as there is room for, the first among them."""
    step = max(1, ceil(_LABEL_WIDTH / slot))
    return [_text(_LEFT + slot * (number + 0.5), HEIGHT - 8, scale.bins[number]) for number in range(0, len(scale.bins), step)]


def _text(x: float, y: float, words: str, kind: str = "tick") -> Markup:
    half = len(words) * 3.2
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>').format(
        kind, min(max(x, half), WIDTH - half), y, words
    )
