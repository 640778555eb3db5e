"""The figures of docs/extraction.md: one row an extractor, written between two marks by `benchmarks/extraction.py --write`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import Measure

PAGE = Path(__file__).parents[1] / "docs" / "extraction.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
Figure = Callable[[str, tuple[str, ...], str], float | None]
"""The figure of an extractor over some sets in a column; None where there is none."""
CHINESE = ("zh", "zh-meta")
COLUMNS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("title", CHINESE, "title="),
    ("date right", CHINESE, "date"),
    ("wrong", CHINESE, "wrong"),
    ("body F1", ("zh",), "F1"),
    ("< .5", ("zh",), "<.5"),
    ("characters F1", ("zh",), "charF1"),
    ("forum F1", ("zh-forum",), "F1"),
    ("aeb aebF1", ("aeb",), "aebF1"),
    ("wcxb F1", ("wcxb",), "F1"),
    ("trf-meta title", ("trf-meta",), "title="),
    ("trf-meta date", ("trf-meta",), "date"),
)


def figures_table(extractors: Sequence[str], figure: Figure, speeds: Mapping[str, float]) -> list[str]:
    """The table, as lines of Markdown."""
    heads = ["extractor", *(name for name, _, _ in COLUMNS), "pages a CPU second"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for extractor in extractors:
        cells = [_cell(figure(extractor, sets, column)) for _, sets, column in COLUMNS]
        lines.append(f"| {extractor} | {' | '.join(cells)} | {speeds[extractor]:.0f} |")
    return lines


def measures_table(measures: Mapping[str, Measure]) -> list[str]:
    """Targets and what was reached."""
    lines = ["| measure | ours | peer | theirs | target | |", "|---|---|---|---|---|---|"]
    for name, measure in measures.items():
        verdict = "" if measure.holds is None else "holds" if measure.holds else "missed"
        lines.append(
            f"| {name} | {measure.ours:.3f} | {measure.peer} | {measure.theirs:.3f} | {measure.target.replace('|', '')} | {verdict} |"
        )
    return lines


def write_figures(tables: Sequence[Sequence[str]]) -> None:
    """Put the tables between the marks of the page, with the day of the run.

    Raises:
        ValueError: The page lacks a mark.
    """
    text = PAGE.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} needs the lines {BEGIN} and {END}")
    body = "\n\n".join("\n".join(table) for table in tables)
    PAGE.write_text(f"{before}{BEGIN}\nRun of {datetime.now(UTC):%Y-%m-%d}.\n\n{body}\n{END}{after}", encoding="utf-8")


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".replace("0.", ".", 1) if value < 1 else f"{value:.2f}"
