"""Publication: the work tables as a release, when they differ from the newest one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import version as installed_version
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from healthnews.dataset import work
from healthnews.dataset.batches import Rows
from healthnews.dataset.examination import ReleaseTables, examine_tables
from healthnews.dataset.formats import parse_formats
from healthnews.dataset.issues import issue_objects
from healthnews.dataset.release import ISSUES, Options, Release, publish_release, table_path
from healthnews.dataset.store import Store
from healthnews.dataset.versions import newest_manifest, read_manifest, settle
from healthnews.dataset.work import TopicsJudgedRow
from healthnews.errors import UsageError
from healthnews.extract.registry import parser_versions
from healthnews.judgements import Judgements, pair_of, read_judgements
from healthnews.language.concepts import lexicon_version
from healthnews.pipeline.describing import describe_release, write_index
from healthnews.pipeline.folder import DataFolder, Progress, no_progress
from healthnews.records import TABLES, ContradictionRow, JudgementRow, TopicRow, utc_now
from healthnews.schema import to_table
from healthnews.settings import DEFAULT, Setting, read_settings
from healthnews.verdicts import Judged, apply_judgements


def publish_options(
    formats: str | None = None, text: str | None = None, accept_drift: str | None = None, newest: Mapping[str, Any] | None = None
) -> Options:
    """How a release is made: as given, else as the settings say, else as the newest one was: whole texts never come back unasked.

    Args:
        formats: Forms beside Parquet, by comma.
        text: full or excerpt.
        accept_drift: Why the figures may differ from those of the last release.
        newest: Manifest of the newest release; None when there is none.

    Raises:
        UsageError: There is no such form, no such kind of text, or no reason is given.
    """
    settings = read_settings({"publish.formats": formats, "publish.text": text})
    for name, kept in (("formats", ",".join((newest or {}).get("formats", ()))), ("text", (newest or {}).get("text"))):
        if kept and settings[f"publish.{name}"].origin == DEFAULT:
            settings[f"publish.{name}"] = Setting(f"publish.{name}", kept, "the newest release")
    kind = settings["publish.text"]
    if kind.value not in ("full", "excerpt"):
        raise UsageError(f"publish.text = {kind.value!r} (from {kind.origin}): expected full or excerpt")
    if accept_drift is not None and not accept_drift.strip():
        raise UsageError("--accept-drift needs a reason: it stays with the release")
    return Options(
        formats=parse_formats(settings["publish.formats"].value),
        text="full" if kind.value == "full" else "excerpt",
        accept_drift=accept_drift,
    )


def publish(folder: DataFolder, options: Options | None = None, *, progress: Progress = no_progress) -> Release | None:
    """Make a release of the tables as they stand; None when nothing was ever met but missing paths.

    Args:
        folder: The data folder.
        options: How it is made; as the settings say when not given, else as the newest release was made.
        progress: Told how far it has come.

    Raises:
        LockedError: Another run holds the folder.
        GateError: A gate refused; the newest release stays.
    """
    with folder.locked():
        return publish_store(folder, Store(folder.tables), progress, options)


def published_release(folder: DataFolder, store: Store) -> Release | None:
    """The newest release if it holds the tables as they stand, made by today's code and lexicon; else None."""
    newest = newest_manifest(folder.clean)
    if newest is None or newest["versions"] != release_versions():
        return None
    if newest["inputs"] != _inputs(store, read_judgements(folder.judgements)):
        return None
    return Release(newest["version"], folder.clean / newest["version"], newest, created=False)


def publish_store(folder: DataFolder, store: Store, progress: Progress, options: Options | None = None) -> Release | None:
    """As `publish`, for a caller that holds the lock."""
    if not store.exists("captures") and store.column_tuples("failures", ("reason",)) <= {("missing",)}:
        return None  # a mistyped path alone is no dataset
    options = options or publish_options(newest=newest_manifest(folder.clean))
    if (published := published_release(folder, store)) is not None and options.are_met_by(published.manifest):
        settle(folder.clean)
        write_index(folder.clean)
        return published
    progress("publish", 0, None)
    current = CurrentTables(store, read_judgements(folder.judgements))
    current.write_topics()
    inputs = _inputs(store, current.judgements)
    try:
        return publish_release(folder.clean, current, release_versions(), inputs, utc_now(), options, describe_release)
    finally:
        write_index(folder.clean)


def told_of(release: Release) -> dict[str, Any]:
    """What a release tells of itself: `issues` that its gates reported, and `changes` since the one before, in words."""
    issues, changes = release.path / ISSUES, release.path / "CHANGELOG.md"
    return {
        "issues": json.loads(issues.read_text(encoding="utf-8"))["issues"] if issues.exists() else [],
        "changes": changes.read_text(encoding="utf-8") if changes.exists() else "",
    }


def validate(folder: DataFolder, release: str | None = None) -> tuple[str, list[dict[str, Any]]]:
    """What the gates make of the tables as they stand, or of a release, beside the release before it.

    Returns:
        The version looked at, `unpublished` for the tables as they stand, and the issues as JSON objects.

    Raises:
        UsageError: There is no such release, or nothing at all.
    """
    if release is not None:
        path = table_path(folder.clean, "articles", release).parent
        manifest = read_manifest(folder.clean, release) or {}
        previous = read_manifest(folder.clean, manifest["previous"]) if manifest.get("previous") else None
        reason = (manifest.get("accepted_drift") or {}).get("reason")
        return manifest["version"], issue_objects(examine_tables(ReleaseTables(path), previous, utc_now(), reason))
    store = Store(folder.tables)
    if not store.exists("captures"):
        raise UsageError("there is nothing to look at; run `healthnews ingest SOURCE` first")
    current = CurrentTables(store, read_judgements(folder.judgements))
    return "unpublished", issue_objects(examine_tables(current, newest_manifest(folder.clean), utc_now()))


def _inputs(store: Store, judgements: Judgements) -> dict[str, str | None]:
    """What names everything that the tables of a release are made from."""
    return work.commits(store) | {"judgements": judgements.digest}


class CurrentTables(Mapping[str, Rows]):
    """The tables of a release as they stand: the work tables, and what people judged, which no rebuild could give back.

    Each is read when it is asked for, its rows ordered by key.

    Args:
        store: The work tables.
        judgements: As read once: somebody may be judging at this moment.
    """

    def __init__(self, store: Store, judgements: Judgements) -> None:
        self.judgements = judgements
        self._store = store

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)

    def __getitem__(self, name: str) -> Rows:
        return work.article_rows(self._store) if name == "articles" else self.table(name)

    def table(self, name: str) -> pa.Table:
        """One table, in memory."""
        if name == "contradictions" and self.judgements.rows:
            return work.release_table(self._store, name, to_table(ContradictionRow, self.judged.contradictions))
        if name == "judgements":
            return work.release_table(self._store, name, to_table(JudgementRow, self.judged.judgements))
        if name == "topics" and not self._are_topics_current():
            return work.release_table(self._store, name, to_table(TopicRow, self._topics()))
        return work.release_table(self._store, name)

    def write_topics(self) -> None:
        """Count the topics anew when people have judged since they were made, for a caller that holds the lock."""
        from healthnews.pipeline.analysis import replace_topics

        if not self._are_topics_current():
            replace_topics(self._store, self._topics(), self.judgements)

    @cached_property
    def judged(self) -> Judged:
        """The contradictions with the judgements applied, and the judgements with what each does."""
        named = pa.array({statement for row in self.judgements.rows for statement in pair_of(row)}, pa.string())
        statements: dict[str, str] = {}
        if len(named):  # most folders have none, and the claims are the largest table
            claims = work.release_table(self._store, "claims").select(["statement_id", "sentence"])
            claims = claims.filter(pc.is_in(claims["statement_id"], named))
            statements = dict(zip(*(column.to_pylist() for column in claims.columns), strict=True))
        return apply_judgements(work.read(self._store, "contradictions"), self.judgements.rows, statements)

    def _are_topics_current(self) -> bool:
        counted: list[TopicsJudgedRow] = work.read(self._store, "topics_judged")
        return not counted or counted[0].digest == (self.judgements.digest or "")

    def _topics(self) -> list[TopicRow]:
        from healthnews.pipeline.analysis import count_topics

        return count_topics(self._store, self.judged.contradictions)


def release_versions() -> dict[str, Any]:
    """Versions of what makes a release: the code, each parser, the lexicon."""
    return {"healthnews": installed_version("healthnews"), "parsers": parser_versions(), "lexicon": lexicon_version()}
