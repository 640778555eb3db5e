"""The data folder, its lock, and what long work reports while it runs."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from healthnews.dataset.work import layout
from healthnews.errors import LockedError, cannot_write
from healthnews.records import utc_now

BATCH_PAGES = 500
"""Pages between two checkpoints: a Delta append costs 20 ms for each of six tables, a batch of parsing about 2 s."""

Progress = Callable[[str, int, int | None], None]
"""Called with the stage, how much of it is done, and how much there is (None when not known)."""


def no_progress(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where everything lies: raw/ and judgements/ cannot be rebuilt, work/ and clean/ can."""

    root: Path

    @property
    def raw(self) -> Path:
        """WARC files."""
        return self.root / "raw"

    @property
    def tables(self) -> Path:
        """Delta tables. Those of a program with other columns lie elsewhere: these are then made anew from the archive."""
        return self.root / "work" / f"tables-{layout()}"

    @property
    def vectors(self) -> Path:
        """Vectors of questions, a folder for each embedding model."""
        return self.root / "work" / "vectors"

    @property
    def duplicate_index(self) -> Path:
        """By what articles may be duplicates of each other."""
        return self.root / "work" / "duplicate-index"

    @property
    def frontier(self) -> Path:
        """Which addresses are due: an SQLite database."""
        return self.root / "work" / "frontier.sqlite"

    @property
    def clean(self) -> Path:
        """Releases."""
        return self.root / "clean"

    @property
    def judgements(self) -> Path:
        """What people decided; written whether or not the folder is locked, for it has a lock of its own."""
        return self.root / "judgements"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for writing; LockedError when another run does, UsageError when nobody can write there."""
        path = self.root / "work" / "lock"
        holder = path.with_name("lock.holder")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            raise cannot_write(self.root, error) from error
        try:
            with FileLock(path, timeout=0):
                holder.write_text(f"process {os.getpid()} since {utc_now():%Y-%m-%d %H:%M:%S} UTC", encoding="utf-8")
                self._drop_outdated_tables()
                yield
        except Timeout:
            who = holder.read_text(encoding="utf-8") if holder.exists() else "another process"
            wait = "one process at a time writes to a data folder: wait for it to end, or choose another folder with --data"
            raise LockedError(f"{self.root} is in use by {who}; {wait}") from None

    def _drop_outdated_tables(self) -> None:
        for tables in (self.root / "work").glob("tables*"):
            if tables != self.tables:
                shutil.rmtree(tables, ignore_errors=True)


@contextmanager
def rare_collection() -> Iterator[None]:
    """Let the cycle collector run rarely: millions of rows are made, none of them in a cycle; it saves 8 % of 6,000 pages."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of at most `size` items, in order."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
