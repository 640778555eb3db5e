"""Two charts of a release as SVG: columns by month, stacked by host, and bars by name."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from markupsafe import Markup

from healthnews.explorer.printable import printable

WIDTH = 400
"""Drawn so narrow that the words can be read on a phone; on a desk the drawing is larger."""
MAX_COLUMNS = 36
"""Columns that can be told apart on a phone; of more, the newest are drawn."""
_TOP, _BASE, _HEIGHT, _LEFT = 14, 130, 152, 34
_BAR_HEIGHT, _BAR_STEP = 14, 21
_LABEL_WIDTH = 52
_LABEL_CHARS = 12
_SPARK_WIDTH, _SPARK_HEIGHT = 120, 28


def month_columns(months: Sequence[tuple[str, Sequence[int]]], names: Sequence[str], label: str) -> Markup:
    """Columns of so many months, each stacked of the counts of the names; nothing when there are none.

    Args:
        months: Month (YYYY-MM) and a count for each name, oldest first, without a gap.
        names: What the parts of a column are, from the ground up; part n has the colour class `sn`.
        label: What the chart is called to who cannot see it.
    """
    shown = months[-MAX_COLUMNS:]
    peak = max((sum(counts) for _, counts in shown), default=0)
    if not peak:
        return Markup("")
    slot = (WIDTH - _LEFT - 4) / len(shown)
    step = max(1, ceil(_LABEL_WIDTH / slot))
    parts = [_grid(peak)]
    for number, (month, counts) in enumerate(shown):
        middle = _LEFT + slot * (number + 0.5)
        parts.append(_stack(middle, min(24.0, slot * 0.72), month, counts, names, peak))
        if number % step == 0:
            parts.append(_text(middle, _HEIGHT - 8, month, "middle"))
    return _drawing(_HEIGHT, label, parts)


def _grid(peak: int) -> Markup:
    lines = Markup("").join(
        Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, WIDTH - 4, y, y) for y in (_TOP, _BASE)
    )
    return lines + _text(_LEFT - 6, _TOP + 4, f"{peak:,}", "end") + _text(_LEFT - 6, _BASE + 4, "0", "end")


def _stack(middle: float, width: float, month: str, counts: Sequence[int], names: Sequence[str], peak: int) -> Markup:
    unit, top, rects = (_BASE - _TOP) / peak, float(_BASE), []
    for number, count in enumerate(counts):
        if count:
            top -= count * unit
            rects.append(
                Markup('<rect class="bar s{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                    number % 6, middle - width / 2, top, width, count * unit
                )
            )
    told = "\uff0c".join(f"{printable(name, 40)} {count:,}" for name, count in zip(names, counts, strict=True) if count)
    return Markup("<g><title>{}</title>{}</g>").format(f"{month}\uff1a{told}", Markup("").join(rects))


def name_bars(rows: Sequence[tuple[str, int]], label: str) -> Markup:
    """A bar for each name with its count, in the order given; nothing when there are none."""
    peak = max((count for _, count in rows), default=0)
    if not peak:
        return Markup("")
    left, right = 146, WIDTH - 46
    parts = []
    for number, (name, count) in enumerate(rows):
        y = number * _BAR_STEP + 6
        width = max(1.0, (right - left) * count / peak)
        parts.append(
            Markup('<g><title>{}</title><rect class="bar s0" x="{}" y="{}" width="{:.1f}" height="{}"/></g>').format(
                f"{printable(name, 80)}\uff1a{count:,}", left, y, width, _BAR_HEIGHT
            )
        )
        parts.append(_text(left - 8, y + 11, printable(name, _LABEL_CHARS), "end"))
        parts.append(_text(left + width + 6, y + 11, f"{count:,}", "start", "value"))
    return _drawing(len(rows) * _BAR_STEP + 6, label, parts)


def spark_line(values: Sequence[float], label: str) -> Markup:
    """A small line of how a figure went, oldest first, from nothing to its peak; nothing for fewer than two."""
    if len(values) < 2:
        return Markup("")
    peak = max(max(values), 1e-9)
    step = (_SPARK_WIDTH - 6) / (len(values) - 1)
    places = [(3 + step * number, _SPARK_HEIGHT - 3 - (_SPARK_HEIGHT - 6) * value / peak) for number, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    drawn = Markup('<polyline points="{}"/><circle cx="{:.1f}" cy="{:.1f}" r="2.5"/>').format(line, *places[-1])
    return Markup('<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _SPARK_WIDTH, _SPARK_HEIGHT, label, drawn
    )


def _text(x: float, y: float, words: str, anchor: str, kind: str = "tick") -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(kind, x, y, anchor, words)


def _drawing(height: int, label: str, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg class="chart wide" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, label, Markup("").join(parts)
    )
