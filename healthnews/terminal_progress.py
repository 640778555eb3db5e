"""How far a run has come: a bar for each stage on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import sys
import threading
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from healthnews.terminal import Output

_STAGES = {
    "prefect": "starting Prefect",
    "discover": "looking up addresses",
    "fetch": "fetching",
    "waiting": "waiting to try again",
    "render": "rendering",
    "archive": "archiving",
    "parse": "parsing",
    "fold": "setting pages aside",
    "claims": "reading claims",
    "duplicates": "finding duplicates",
    "compare": "comparing claims",
    "publish": "publishing",
    "verify": "verifying the archive",
}
LINE_EVERY_SECONDS = 60.0


class _CountColumn(MofNCompleteColumn):
    """How much is done of how much; nothing for a stage that cannot say."""

    def render(self, task: Task) -> Text:
        """Both numbers, or the first where only that is known."""
        if task.total is None:
            return Text(f"{int(task.completed):,}" if task.completed else "", "progress.download")
        return super().render(task)


class _RateColumn(ProgressColumn):
    """How much is done a second."""

    def render(self, task: Task) -> Text:
        """The rate as far as it is known."""
        return Text("" if task.speed is None else f"{task.speed:,.1f}/s", "dim")


class _Lines:
    """The stage that was told last, on stderr once a minute, whether or not it has told anything since."""

    def __init__(self) -> None:
        self._told: tuple[str, int, int | None] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write, name="progress", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()  # not waited for: a handler of signals calls this, too

    def tell(self, name: str, done: int, total: int | None) -> None:
        self._told = name, done, total

    def _write(self) -> None:
        while not self._ended.wait(LINE_EVERY_SECONDS):
            if self._told is not None:
                name, done, total = self._told
                count = "" if not done and total is None else f": {done:,}{'' if total is None else f' of {total:,}'}"
                sys.stderr.write(f"{name}{count}\n")
                sys.stderr.flush()


class ProgressDisplay:
    """Progress of the pipeline's stages on stderr: a bar on a terminal, a line a minute elsewhere, nothing with --quiet."""

    def __init__(self, output: Output) -> None:
        console = Console(file=sys.stderr, stderr=True)
        self._bar: Progress | None = None
        self._lines: _Lines | None = None
        if console.is_terminal and not output.quiet:
            counts = (BarColumn(), _CountColumn(), _RateColumn(), TimeRemainingColumn())
            self._bar = Progress(SpinnerColumn(), TextColumn("{task.description}"), *counts, console=console, transient=True)
        elif not output.quiet:
            self._lines = _Lines()
        self._tasks: dict[str, TaskID] = {}
        self.stage: str | None = None
        """The stage that was told last."""

    def __enter__(self) -> Self:
        for shown in (self._bar, self._lines):
            if shown is not None:
                shown.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the bar away and give the cursor back; a second time does nothing."""
        for shown in (self._bar, self._lines):
            if shown is not None:
                shown.stop()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Show that a stage has come so far."""
        self.stage = stage
        name = _STAGES.get(stage, stage)
        if self._lines is not None:
            self._lines.tell(name, done, total)
        elif self._bar is not None:
            if stage not in self._tasks:
                self._end_uncounted()
                self._tasks[stage] = self._bar.add_task(name, total=total)
            self._bar.update(self._tasks[stage], completed=done, total=total)

    def _end_uncounted(self) -> None:
        """Take away the stages that could not say how much there is: another has begun, so they are over."""
        if self._bar is None:
            return
        for task in [task for task in self._bar.tasks if task.total is None]:
            self._bar.remove_task(task.id)
            self._tasks = {stage: task_id for stage, task_id in self._tasks.items() if task_id != task.id}
