"""Read-only questions about a data folder; nothing here writes, so nothing here needs the lock."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from healthnews.crawl.archive import Archive
from healthnews.dataset import work
from healthnews.dataset.release import table_path
from healthnews.dataset.store import Store
from healthnews.dataset.versions import LATEST, newest_manifest
from healthnews.errors import UsageError
from healthnews.judgements import Judgements, UnreadableLine, read_judgements
from healthnews.pipeline.drift import Alert
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import frontier_to_read, has_frontier
from healthnews.pipeline.host_status import HostStatus, host_statuses
from healthnews.pipeline.layouts import folder_alerts
from healthnews.pipeline.open_failures import OpenFailures, open_failures
from healthnews.pipeline.publication import CurrentTables, published_release
from healthnews.records import (
    TABLES,
    ArticleRow,
    CaptureRow,
    ClaimRow,
    ClusterChangeRow,
    ContradictionRow,
    DuplicateRow,
    FailureRow,
    JudgementRow,
)
from healthnews.schema import from_table
from healthnews.settings import read_settings, whole_number
from healthnews.verdicts import Precision, precision_by

_NO_TABLE = "no such table"


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

    def table(self, name: str) -> pa.Table:
        """A table, rows ordered by key; UsageError when there is no such release."""
        if self.is_unpublished:
            return self._current.table(name)
        return pq.read_table(table_path(self._folder.clean, name, self._release or LATEST))

    def rows(self, name: str) -> list[Any]:
        """Rows of a table, by key; UsageError when there is no such release."""
        return from_table(TABLES[name], self.table(name))

    @cached_property
    def judgements(self) -> Judgements:
        """The file of judgements as it stands, whatever release is read."""
        return read_judgements(self._folder.judgements)

    @cached_property
    def _current(self) -> CurrentTables:
        return CurrentTables(self._store, self.judgements)

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

    def cluster_changes(self) -> list[ClusterChangeRow]:
        """What became of clusters from one analysis to the next, the newest first; of the working tables, whatever release is read."""
        rows: list[ClusterChangeRow] = work.read(self._store, "cluster_changes")
        return sorted(rows, key=lambda row: (-row.changed_at.timestamp(), row.kind, row.cluster_id))

    def contradictions(self, topic: str | None = None, *, with_all: bool = False) -> list[ContradictionRow]:
        """Flagged contradictions, the surest first; `with_all` adds the possible ones and the scope differences."""
        rows: list[ContradictionRow] = self.rows("contradictions")
        wanted = (row for row in rows if (topic is None or topic in row.topic) and (with_all or row.status in ("flagged", "accepted")))
        return sorted(wanted, key=lambda row: (row.status, -row.score, row.contradiction_id))

    def suppressed(self, topic: str | None = None) -> list[Precision]:
        """The rules that people refuted and that hide something on the topic, with how they were judged."""
        table = self.table("contradictions")
        if "suppressed" not in table["status"].unique().to_pylist():
            return []
        rows = from_table(ContradictionRow, table)
        hidden = Counter(row.rule for row in rows if row.status == "suppressed" and (topic is None or topic in row.topic))
        rules = precision_by("rule", rows, self.rows("judgements"))
        return [replace(rule, hidden=hidden[rule.name]) for rule in rules if hidden[rule.name]]


def fetched_paths(folder: DataFolder) -> dict[str | None, set[str]]:
    """Paths of the pages archived, by scheme, host and port such as `https://a.example`; None stands for local files.

    Of what a server refused, the origin alone is told. The archive is asked: it stays when data/work is deleted.
    """
    paths: dict[str | None, set[str]] = {}
    for entry in Archive.read_entries(folder.raw):
        if entry.is_capture:
            found = paths.setdefault(None if entry.status is None else "://".join(urlsplit(entry.asked)[:2]), set())
            if entry.status is None or entry.status < 400:
                found.add(urlsplit(entry.asked).path)
    return paths


def frontier_counts(folder: DataFolder) -> tuple[dict[tuple[str, str], int], str | None]:
    """Addresses of the frontier by host and state, and why they cannot be read if so; nothing without a frontier.

    What waits deeper than `crawl.depth` of the settings has the state `beyond_depth`.
    """
    if not has_frontier(folder):
        return {}, None
    from sqlalchemy.exc import DatabaseError

    try:
        depth = whole_number(read_settings({})["crawl.depth"], least=0)
        with frontier_to_read(folder) as frontier:
            return {(row.host, row.state): row.addresses for row in frontier.counts(depth)}, None
    except DatabaseError as error:
        # A kill, or a full disk, may have come before its tables were made.
        return {}, None if _NO_TABLE in str(error.orig) else f"{folder.frontier}: {error.orig}"
    except UsageError as error:
        return {}, str(error)


@dataclass(frozen=True, slots=True)
class Status:
    """What a data folder holds.

    Attributes:
        rows: Rows of each published table as it stands; empty when there is none.
        archived: Archived pages; notes of refusals are not counted.
        pending: Archived pages that no run has parsed yet.
        quarantined: The newest captures of pages that cannot be read.
        failures: Addresses that ever failed, by stage and reason.
        open_failures: Those that were not read since, by reason.
        judgements: Judgements in their file.
        stale_judgements: Those of them that are about statements which are gone.
        pending_judgements: Those that came after the tables and wait for them to be made anew.
        unreadable_judgements: Lines of the file that are none.
        torn_judgements: Lines that kills cut off; they lie in a file of their own.
        alerts: Hosts whose newest pages do not look as those before.
        frontier: Addresses of the frontier by host and state (due, leased, postponed, done, gone or beyond_depth).
        frontier_error: Why the frontier cannot be read.
        hosts: What came of the visits to each host, by name.
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
    open_failures: list[OpenFailures]
    judgements: int
    stale_judgements: int
    pending_judgements: int
    unreadable_judgements: tuple[UnreadableLine, ...]
    torn_judgements: int
    alerts: list[Alert]
    frontier: dict[tuple[str, str], int]
    frontier_error: str | None
    hosts: list[HostStatus]


def read_status(folder: DataFolder) -> Status:
    """Counts, last runs and what is wrong, without waiting for a run that is under way."""
    dataset = Dataset(folder)
    manifest = newest_manifest(folder.clean)
    frontier, frontier_error = frontier_counts(folder)
    store = Store(folder.tables)
    captures: list[CaptureRow] = work.read(store, "captures")
    revisits: list[CaptureRow] = work.read(store, "revisits")
    failures: list[FailureRow] = work.read(store, "failures")
    newest = {row.url: row for row in sorted(captures, key=lambda row: (row.warc_file, row.warc_offset))}
    failed = {(row.stage, row.reason, row.url) for row in failures}
    entries = list(Archive.read_entries(folder.raw))
    parsed = {(row.warc_file, row.warc_offset) for row in (*captures, *revisits)}
    published = {name: table["rows"] for name, table in manifest["tables"].items()} if manifest else {}
    rows = {name: dataset.table(name).num_rows for name in TABLES} if dataset.is_unpublished else published
    judgements = dataset.judgements
    applied: dict[str, JudgementRow] = {row.judgement_id: row for row in dataset.rows("judgements")} if rows else {}
    return Status(
        release=manifest["version"] if manifest else None,
        released_at=manifest["created_at"] if manifest else None,
        is_unpublished=dataset.is_unpublished,
        rows=rows,
        archived=sum(entry.is_capture for entry in entries),
        archived_bytes=sum(path.stat().st_size for path in folder.raw.glob("*.warc.gz")) if folder.raw.exists() else 0,
        pending=sum(entry.is_capture and entry.place not in parsed for entry in entries),
        last_capture_at=max((entry.fetched_at for entry in entries if entry.is_capture), default=None),
        quarantined=[row for row in newest.values() if row.outcome == "quarantined"],
        failures=dict(sorted(Counter((stage, reason) for stage, reason, _ in failed).items())),
        open_failures=open_failures([*captures, *revisits], failures),
        judgements=len(judgements.rows),
        stale_judgements=sum(row.stale for row in applied.values()),
        pending_judgements=sum(row.judgement_id not in applied for row in judgements.rows),
        unreadable_judgements=judgements.unreadable,
        torn_judgements=judgements.set_aside,
        alerts=folder_alerts(folder),
        frontier=frontier,
        frontier_error=frontier_error,
        hosts=host_statuses(store, frontier),
    )
