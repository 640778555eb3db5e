"""Ingest: sources into the archive, the archive into work tables, then analysis and release of what changed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from healthnews.crawl.archive import Archive
from healthnews.crawl.sources import MAX_PAGE_BYTES
from healthnews.dataset.release import Release
from healthnews.dataset.store import Store
from healthnews.errors import UsageError
from healthnews.pipeline.analysis import AnalysisSummary, analyze_store
from healthnews.pipeline.archiving import archive_sources
from healthnews.pipeline.folder import BATCH_PAGES, DataFolder, Progress, no_progress, rare_collection
from healthnews.pipeline.parsing import failures_of, parse_pending
from healthnews.pipeline.publication import publish_store, published_release
from healthnews.records import FailureRow


@dataclass(slots=True)
class IngestSummary:
    """What one ingest did.

    Attributes:
        archived: Pages whose bytes were new.
        unchanged: Pages whose bytes the archive already held.
        parsed: Pages read from the archive, those left by a killed run included.
        failures: What of this run's sources cannot be used, whether found now or before.
    """

    archived: int = 0
    unchanged: int = 0
    parsed: int = 0
    quarantined: int = 0
    failures: list[FailureRow] = field(default_factory=list)
    analysis: AnalysisSummary | None = None
    release: Release | None = None


def ingest(
    folder: DataFolder,
    sources: Sequence[str],
    *,
    stdin: BinaryIO | None = None,
    with_analysis: bool = True,
    with_release: bool = True,
    batch_pages: int = BATCH_PAGES,
    max_page_bytes: int = MAX_PAGE_BYTES,
    progress: Progress = no_progress,
) -> IngestSummary:
    """Archive the sources, parse what the archive holds unparsed, analyse what is new, publish what changed.

    Each step starts from what the one before it left on disk, so a killed run is continued by the next one,
    whatever its sources. The same bytes are archived once.

    Raises:
        LockedError: Another run holds the folder.
        UsageError: There are no sources, and no archive to go on with.
    """
    if not sources and not any(folder.raw.glob("*.warc.gz")):
        raise UsageError(f"no sources given, and nothing in {folder.raw} to go on with; name a file or folder")
    summary = IngestSummary()
    with folder.locked(), rare_collection(), Archive(folder.raw) as archive:
        store = Store(folder.tables)
        archived = archive_sources(archive, folder, sources, stdin or io.BytesIO(), max_page_bytes, progress)
        summary.archived, summary.unchanged = archived.new, archived.unchanged
        outcomes = parse_pending(archive, store, batch_pages, progress)
        summary.parsed, summary.quarantined = outcomes["parsed"], outcomes["quarantined"]
        summary.failures = failures_of(store, archived.touched)
        summary.release = published_release(folder, store)
        if summary.release is not None:
            return summary
        if with_analysis:
            summary.analysis = analyze_store(store, full=False, batch_pages=batch_pages, progress=progress)
        if with_release:
            summary.release = publish_store(folder, store, progress)
    return summary
