"""Two charts of a release as SVG: columns by month, stacked by host, and bars by name."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from markupsafe import Markup

from healthnews.explorer.printable import printable

WIDTH = 340
"""Drawn so narrow that the words can be read on a phone; on a desk the drawing is larger."""
_TOP, _BASE, _HEIGHT = 14, 136, 158
_CHAR_WIDTH = 6.4
"""Of a digit, at the size of the style sheet."""
_BAR_HEIGHT, _BAR_STEP = 14, 22
_LABEL_WIDTH = 56
_LABEL_CHARS, _NAME_SIZE = 11, 11
"""Of the name of a bar: so many characters of this width."""
_MAX_TICKS = 4
_SPARK_WIDTH, _SPARK_HEIGHT = 120, 28


def month_columns(months: Sequence[tuple[str, Sequence[int]]], names: Sequence[str], label: str) -> Markup:
    """Columns of so many months or years, each stacked of the counts of the names; nothing when there are none.

    Args:
        months: Name and a count for each name, oldest first, without a gap.
        names: What the parts of a column are, from the ground up; part n has the colour class `sn`.
        label: What the chart is called to who cannot see it.
    """
    peak = max((sum(counts) for _, counts in months), default=0)
    if not peak:
        return Markup("")
    ticks = round_ticks(peak)
    left = _CHAR_WIDTH * len(f"{ticks[-1]:,}") + 8
    slot = (WIDTH - left - 2) / len(months)
    step = max(1, ceil(_LABEL_WIDTH / slot))
    parts = [_grid(ticks, left)]
    for number, (month, counts) in enumerate(months):
        middle = left + slot * (number + 0.5)
        parts.append(_stack(middle, min(24.0, slot * 0.72), month, counts, names, ticks[-1]))
        if number % step == 0:
            half = len(month) * _CHAR_WIDTH / 2
            parts.append(_text(min(max(middle, half), WIDTH - half), _HEIGHT - 6, month, "middle"))
    return _drawing(_HEIGHT, label, parts)


def round_ticks(peak: int) -> list[int]:
    """From 0 to a round number that is no less than the peak, in few round steps."""
    step = 1
    while peak > step * _MAX_TICKS:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return list(range(0, peak + step, step)) if peak % step else list(range(0, peak + 1, step))


def _grid(ticks: Sequence[int], left: float) -> Markup:
    line = Markup('<line class="grid" x1="{:.1f}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
    parts = []
    for tick in ticks:
        y = _BASE - (_BASE - _TOP) * tick / ticks[-1]
        parts.append(line.format(left, WIDTH - 2, y, y) + _text(left - 5, y + 4, f"{tick:,}", "end"))
    return Markup("").join(parts)


def _stack(middle: float, width: float, month: str, counts: Sequence[int], names: Sequence[str], top_value: int) -> Markup:
    unit, top, rects = (_BASE - _TOP) / top_value, float(_BASE), []
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
    left, right = _LABEL_CHARS * _NAME_SIZE + 10, WIDTH - 8 - max(len(f"{count:,}") for _, count in rows) * _CHAR_WIDTH
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
