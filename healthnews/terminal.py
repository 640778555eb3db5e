"""How results look: rich tables and marked sentences on a terminal, TSV when piped, JSON lines when asked."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from healthnews.dataset.exports import json_line, tab_separated

_STAGES = {
    "prefect": "starting Prefect",
    "discover": "looking up addresses",
    "fetch": "fetching",
    "waiting": "waiting to try again",
    "archive": "archiving",
    "parse": "parsing",
    "claims": "reading claims",
    "duplicates": "finding duplicates",
    "compare": "comparing claims",
    "publish": "publishing",
}
_LINE_EVERY_SECONDS = 60.0
_SCOPES = {"same": "范围相同", "overlapping": "范围重叠", "unknown": "范围未注明", "different": "范围不同"}
_ORIGINS = {"body": "正文", "title": "标题", "snippet": "摘要"}
_STATUS_STYLE = {"flagged": "bold red", "accepted": "bold red", "possible": "yellow", "scope_difference": "blue"}


class Output:
    """Where a command prints: results to stdout in the form asked for, everything else to stderr."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.is_terminal = sys.stdout.isatty() and not as_json
        self._out = Console(file=sys.stdout, highlight=False)
        self._err = Console(file=sys.stderr, highlight=False, stderr=True)

    def note(self, message: str) -> None:
        """Tell something on stderr, unless --quiet."""
        if not self.quiet:
            self._err.print(escape(message), soft_wrap=True)

    def problem(self, message: str) -> None:
        """Tell what went wrong on stderr, whatever --quiet says."""
        self._err.print(Text(message), soft_wrap=True)

    def objects(self, values: Iterable[Mapping[str, Any]]) -> None:
        """Print JSON lines."""
        for value in values:
            sys.stdout.write(json_line(value) + "\n")

    def table(self, header: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
        """Print a table: JSON lines, a drawn table on a terminal, TSV when piped."""
        if self.as_json:
            self.objects(dict(zip(header, row, strict=True)) for row in rows)
        elif self.is_terminal:
            drawn = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
            for name in header:
                drawn.add_column(name, no_wrap=name.endswith("_id"), overflow="fold")  # an id that is cut off cannot be copied
            for row in rows:
                drawn.add_row(*("" if v is None else escape(str(v)) for v in row))
            self._out.print(drawn)
        else:
            for line in tab_separated(header, rows):
                sys.stdout.write(line + "\n")

    def say(self, lines: Iterable[str]) -> None:
        """Print lines of a report to stdout; those that begin with `# ` are headings."""
        for line in lines:
            if line.startswith("# "):
                self.heading(line.removeprefix("# "))
            else:
                self._out.print(Text(line), soft_wrap=True)

    def heading(self, text: str) -> None:
        """Print the heading of a part of a report."""
        self._out.print(Text(text, "bold"), soft_wrap=True)

    def contradiction(self, number: int, found: Mapping[str, Any]) -> None:
        """Draw one contradiction: both sentences with the clashing words marked, scope, source, explanation."""
        style = _STATUS_STYLE.get(found["status"], "bold")
        head = Text.assemble((found["topic"], style), f"  {found['type']}  ", (f"{found['score']:.2f}", "bold"))
        head.append(f"  {_SCOPES.get(found['scope'], found['scope'])}  {found['contradiction_id']}", "dim")
        # A grid keeps the hanging indent: Chinese has no spaces at which a long line could break otherwise.
        drawn = Table.grid(padding=(0, 1))
        drawn.add_column(justify="right", no_wrap=True)
        drawn.add_column(overflow="fold")
        drawn.add_row(Text(str(number), "dim"), head)
        for name, colour in (("a", "red"), ("b", "cyan")):
            side = found[name]
            drawn.add_row(Text(name.upper(), f"bold {colour}"), _marked(side, colour))
            drawn.add_row("", Text(f"{_ORIGINS[side['origin']]} · {side['title']} · {side['url'] or side['article_id']}", "dim"))
        drawn.add_row("", _reason(found["explanation"]))
        self._out.print(drawn)
        self._out.print()


def _reason(explanation: str) -> str:
    """The explanation after its two quotations, which stand above it in full already."""
    return explanation.rpartition("”;")[2]


def _marked(side: Mapping[str, Any], colour: str) -> Text:
    """The sentence on one line, the words that carry the claim underlined."""
    sentence = side["sentence"].replace("\n", " ")
    text = Text(sentence)
    start, end = side["cue_start"] - side["start"], side["cue_end"] - side["start"]
    text.stylize(f"bold underline {colour}", max(start, 0), min(end, len(sentence)))
    return text


class ProgressDisplay:
    """Progress of the pipeline's stages on stderr: a bar on a terminal, a line a minute elsewhere, nothing with --quiet."""

    def __init__(self, output: Output) -> None:
        self._quiet = output.quiet
        console = Console(file=sys.stderr, stderr=True)
        self._bar: Progress | None = None
        if console.is_terminal and not output.quiet:
            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=console, transient=True)
        self._tasks: dict[str, TaskID] = {}
        self._told_at = time.monotonic()
        self.stage: str | None = None
        """The stage that was told last."""

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the bar away and give the cursor back; a second time does nothing."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Show that a stage has come so far."""
        self.stage = stage
        name = _STAGES.get(stage, stage)
        if self._bar is not None:
            if stage not in self._tasks:
                self._end_uncounted()
                self._tasks[stage] = self._bar.add_task(name, total=total)
            self._bar.update(self._tasks[stage], completed=done, total=total)
        elif not self._quiet and time.monotonic() - self._told_at >= _LINE_EVERY_SECONDS:
            self._told_at = time.monotonic()
            sys.stderr.write(f"{name}: {done:,}{'' if total is None else f' of {total:,}'}\n")

    def _end_uncounted(self) -> None:
        """Take away the stages that could not say how much there is: another has begun, so they are over."""
        if self._bar is None:
            return
        for task in [task for task in self._bar.tasks if task.total is None]:
            self._bar.remove_task(task.id)
            self._tasks = {stage: task_id for stage, task_id in self._tasks.items() if task_id != task.id}
