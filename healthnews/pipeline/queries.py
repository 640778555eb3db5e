"""Read-only questions about a data folder; nothing here writes, so nothing here needs the lock."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import pyarrow.parquet as pq

from healthnews.crawl.archive import Archive
from healthnews.dataset import work
from healthnews.dataset.release import LATEST, newest_manifest, table_path
from healthnews.dataset.store import Store
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.publication import published_release
from healthnews.records import TABLES, ArticleRow, CaptureRow, ClaimRow, ContradictionRow, DuplicateRow, FailureRow
from healthnews.schema import from_table


class Dataset:
    """The tables as they stand: of the release named, else of the newest release or of newer work not yet published."""

    def __init__(self, folder: DataFolder, release: str | None = None) -> None:
        self._folder = folder
        self._release = release
        self._store = Store(folder.tables)

    @cached_property
    def is_unpublished(self) -> bool:
        """Whether the tables are newer than the newest release."""
        has_work = any(work.commits(self._store).values())
        return self._release is None and has_work and published_release(self._folder, self._store) is None

    @property
    def version(self) -> str:
        """Version of the release that is read; `unpublished` when the tables are newer than any."""
        if self.is_unpublished:
            return "unpublished"
        newest = newest_manifest(self._folder.clean)
        return self._release or (newest["version"] if newest else "unpublished")

    def rows(self, name: str) -> list[Any]:
        """Rows of a table, by key; UsageError when there is no such release."""
        if self.is_unpublished:
            return from_table(TABLES[name], work.release_table(self._store, name))
        return from_table(TABLES[name], pq.read_table(table_path(self._folder.clean, name, self._release or LATEST)))

    def articles(self) -> dict[str, ArticleRow]:
        """Articles by id."""
        return {row.article_id: row for row in self.rows("articles")}

    def titles(self) -> dict[str, str]:
        """Titles by article id."""
        return {row.article_id: row.title for row in self.rows("articles")}

    def claims(self) -> dict[str, ClaimRow]:
        """Claims by id."""
        return {row.claim_id: row for row in self.rows("claims")}

    def duplicates(self, article_id: str | None = None) -> list[DuplicateRow]:
        """Rows of `duplicates`, those of one article's clusters when an id is given."""
        rows: list[DuplicateRow] = self.rows("duplicates")
        clusters = {row.cluster_id for row in rows if article_id in (None, row.article_id)}
        return sorted((row for row in rows if row.cluster_id in clusters), key=lambda row: (row.kind, row.cluster_id, row.article_id))

    def contradictions(self, topic: str | None = None, *, with_all: bool = False) -> list[ContradictionRow]:
        """Flagged contradictions, the surest first; `with_all` adds the possible ones and the scope differences."""
        rows: list[ContradictionRow] = self.rows("contradictions")
        wanted = (row for row in rows if (topic is None or topic in row.topic) and (with_all or row.status in ("flagged", "accepted")))
        return sorted(wanted, key=lambda row: (row.status, -row.score, row.contradiction_id))


def fetched_origins(folder: DataFolder) -> set[str | None]:
    """Scheme, host and port of everything captured, such as `https://a.example`; None stands for local files."""
    captures = Store(folder.tables).column_tuples("captures", ("url", "status"))
    return {"://".join(urlsplit(url)[:2]) if status is not None else None for url, status in captures}


@dataclass(frozen=True, slots=True)
class Status:
    """What a data folder holds.

    Attributes:
        rows: Rows of each published table as it stands; empty when there is none.
        archived: Archived pages; notes of refusals are not counted.
        pending: Archived pages that no run has parsed yet.
        failures: Failures by stage and reason.
    """

    release: str | None
    released_at: str | None
    is_unpublished: bool
    rows: dict[str, int]
    archived: int
    archived_bytes: int
    pending: int
    last_capture_at: datetime | None
    quarantined: list[CaptureRow]
    failures: dict[tuple[str, str], int]


def read_status(folder: DataFolder) -> Status:
    """Counts, last runs and what is wrong, without waiting for a run that is under way."""
    dataset = Dataset(folder)
    manifest = newest_manifest(folder.clean)
    store = Store(folder.tables)
    captures: list[CaptureRow] = work.read(store, "captures")
    failures: list[FailureRow] = work.read(store, "failures")
    entries = list(Archive.read_entries(folder.raw))
    parsed = {(row.warc_file, row.warc_offset) for row in (*captures, *work.read(store, "revisits"))}
    published = {name: table["rows"] for name, table in manifest["tables"].items()} if manifest else {}
    rows = {name: work.release_table(store, name).num_rows for name in TABLES} if dataset.is_unpublished else published
    return Status(
        release=manifest["version"] if manifest else None,
        released_at=manifest["created_at"] if manifest else None,
        is_unpublished=dataset.is_unpublished,
        rows=rows,
        archived=sum(entry.is_capture for entry in entries),
        archived_bytes=sum(path.stat().st_size for path in folder.raw.glob("*.warc.gz")) if folder.raw.exists() else 0,
        pending=sum(entry.is_capture and entry.place not in parsed for entry in entries),
        last_capture_at=max((entry.fetched_at for entry in entries if entry.is_capture), default=None),
        quarantined=[row for row in captures if row.outcome == "quarantined"],
        failures=dict(sorted(Counter((row.stage, row.reason) for row in failures).items())),
    )
