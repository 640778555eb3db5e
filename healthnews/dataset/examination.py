"""The gates at work: every row of a release is looked at once, in the batch in which it is written; then what hangs together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from healthnews.dataset.batches import SCANNED_ROWS, Rows, row_groups
from healthnews.dataset.checks import DateCheck, KeyCheck, check_batch, parquet_path
from healthnews.dataset.gates import compare_profiles
from healthnews.dataset.issues import DRIFT, Issue
from healthnews.dataset.profile import Figures, kept_profile
from healthnews.dataset.references import KeptColumns, check_judgements, check_quotations, check_references
from healthnews.dataset.spans import SpanCheck
from healthnews.records import TABLES

ORDER = tuple(sorted(TABLES, key=lambda name: name != "claims"))
"""The tables in the order in which they are looked at: claims before the texts that they point into."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What the gates made of a release.

    Attributes:
        profile: Its figures, as `Figures.profile` gives them.
        issues: What was found, the ones that refuse it first.
    """

    profile: dict[str, Any]
    issues: tuple[Issue, ...]


class Examination:
    """Looks at a release batch by batch, tables in `ORDER`, rows in theirs.

    Args:
        now: Present moment, UTC.
    """

    def __init__(self, now: datetime) -> None:
        self._keys = {name: KeyCheck(name) for name in TABLES}
        self._dates = DateCheck(now)
        self._figures = Figures()
        self._kept = KeptColumns()

    @cached_property
    def _spans(self) -> SpanCheck:
        return SpanCheck(self._kept.table("claims"))

    def add(self, name: str, batch: pa.RecordBatch) -> list[Issue]:
        """Look at the next rows of a table; issues only where they are so wrong that nothing more can be said of them."""
        if issues := check_batch(name, batch):
            return issues
        if batch.num_rows:
            self._keys[name].add(batch)
            self._dates.add(name, batch)
            self._figures.add(name, batch)
            self._kept.add(name, batch)
            if name == "articles" and not self._keys[name].is_broken:  # texts are found by the order of ids
                self._spans.add(batch)
        return []

    def quality(self, previous: Mapping[str, Any] | None, accept_drift: str | None = None) -> Quality:
        """What to make of it, when every table was looked at.

        Args:
            previous: Manifest of the last release; None when this is the first.
            accept_drift: Why figures may differ from those of the last release; None when nobody said so.
        """
        profile = self._figures.profile()
        found = list(self._issues())
        if previous is not None:
            found += compare_profiles(profile, previous)
        if accept_drift:
            found = [dataclasses.replace(issue, accepted=issue.refuses) if issue.check in DRIFT else issue for issue in found]
        return Quality(kept_profile(profile), tuple(sorted(found, key=lambda issue: (not issue.refuses, issue.accepted))))

    def _issues(self) -> Iterator[Issue]:
        for check in self._keys.values():
            yield from check.issues()
        yield from check_references(self._kept)
        yield from self._dates.issues()
        yield from check_quotations(self._kept)
        yield from check_judgements(self._kept)
        if not self._keys["articles"].is_broken:
            yield from self._spans.issues()


def examine_tables(
    tables: Mapping[str, Rows], previous: Mapping[str, Any] | None, now: datetime, accept_drift: str | None = None
) -> tuple[Issue, ...]:
    """What the gates make of tables, or of a release.

    Args:
        tables: Every table by name, its rows in the order of their key; each is asked for once.
        previous: Manifest of the release before it; None when it is the first.
        now: Present moment, UTC.
        accept_drift: Why figures may differ from those of the last release; None when nobody said so.
    """
    examination = Examination(now)
    for name in ORDER:
        for group in row_groups(tables[name]):
            if issues := examination.add(name, group):
                return tuple(issues)
    return examination.quality(previous, accept_drift).issues


class ReleaseTables(Mapping[str, Rows]):
    """The tables of a release, each read when it is asked for, as its batches are.

    Args:
        folder: The release.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> Rows:
        file = pq.ParquetFile(parquet_path(self._folder, name), pre_buffer=False)  # else all of it is kept
        return pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches(SCANNED_ROWS))

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)
