"""data/clean: immutable releases, built aside, judged by the gates, renamed when whole, `latest` pointed to them last."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from healthnews.dataset.batches import Rows
from healthnews.dataset.examination import ORDER, Examination, Quality
from healthnews.dataset.excerpts import write_excerpts
from healthnews.dataset.files import file_sha256, sync_file, sync_tree, write_json, write_text
from healthnews.dataset.formats import export_release
from healthnews.dataset.issues import Issue, issue_objects, refusing, report_lines
from healthnews.dataset.profile import rows_of
from healthnews.dataset.table_files import table_entry, write_table
from healthnews.dataset.versions import (
    ATTEMPT,
    BUILDING,
    FAILED,
    LATEST,
    MANIFEST,
    PUBLISHED,
    REFUSED,
    free_version,
    known_versions,
    list_attempt,
    newest_manifest,
    point_latest,
    settle,
)
from healthnews.errors import GateError, UsageError
from healthnews.records import TABLES

Text = Literal["full", "excerpt"]
ISSUES = "issues.json"
CHECKSUMS = "SHA256SUMS"
TEXTS = (
    MANIFEST, ISSUES, "README.md", "TERMS.md", "CHANGELOG.md", "CITATION.cff", "data-dictionary.md", "datapackage.json", "croissant.json",
    "dataset.jsonld", "index.html", "quality.html",
)  # fmt: skip
"""Files of a release that are small and describe it."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release on disk.

    Attributes:
        created: False when the newest release already held the same tables, and nothing was written.
    """

    version: str
    path: Path
    manifest: dict[str, Any]
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a release is made.

    Attributes:
        formats: Names of the forms beside Parquet, from `formats.FORMATS`.
        text: Whether whole texts are in it, or what may be shown of them beyond one's own desk.
        accept_drift: Why its figures may differ from those of the last release; None when nobody said so.
    """

    formats: tuple[str, ...] = ()
    text: Text = "full"
    accept_drift: str | None = None

    def are_met_by(self, manifest: Mapping[str, Any]) -> bool:
        """Whether a release was made so."""
        return manifest.get("text", "full") == self.text and set(self.formats) <= set(manifest.get("formats", ()))


class Describe(Protocol):
    """Writes what people and tools read of a release, or of an attempt that was refused, into its folder."""

    def __call__(self, folder: Path, manifest: Mapping[str, Any], issues: tuple[Issue, ...]) -> None:
        """Write it: `manifest` is that of the release to be, of a refused attempt without tables."""


def _describe_nothing(folder: Path, manifest: Mapping[str, Any], issues: tuple[Issue, ...]) -> None:
    """Leave the tables to speak for themselves."""


def table_path(clean: Path, table: str, release: str = LATEST) -> Path:
    """Path of a table's Parquet file; UsageError when table or release do not exist."""
    if table not in TABLES:
        raise UsageError(f"no table {table!r}; there are {', '.join(TABLES)}")
    path = clean / release / f"{table}.parquet"
    if not path.exists() and (path.parent / MANIFEST).exists():
        raise UsageError(f"{path} is not there; of this release only some tables were downloaded: `healthnews download` fetches the others")
    if not path.exists():
        known = known_versions(clean)
        hint = f"releases there: {', '.join(known)}" if known else "there is no release yet: run `healthnews ingest SOURCE`"
        raise UsageError(f"no release {release!r} in {clean}; {hint}")
    return path


Tables = Mapping[str, Rows]


def publish_release(
    clean: Path,
    tables: Tables,
    versions: Mapping[str, Any],
    inputs: Mapping[str, Any],
    now: datetime,
    options: Options | None = None,
    describe: Describe = _describe_nothing,
) -> Release:
    """Write a release of the tables unless the newest one holds the same bytes.

    Args:
        clean: The releases' folder.
        tables: Every table by name, its rows in the order of their key; each is asked for once, a reader is written as its batches come.
        versions: Versions of code, parsers and lexicon.
        inputs: What the tables were made from, for a quick check whether anything changed.
        now: Present moment, UTC; it names the release.
        options: How it is made.
        describe: Writes the pages and descriptions that stand beside the tables.

    Raises:
        GateError: A gate refused; the attempt is listed with its issues, without data, and the last release stays.
    """
    options = options or Options()
    clean.mkdir(parents=True, exist_ok=True)
    settle(clean)
    version = free_version(clean, now)
    building = clean / f"{BUILDING}{version}"
    building.mkdir()
    head = {"version": version, "created_at": now.isoformat(), "versions": dict(versions)}
    try:
        built = _build(building, tables, head | {"inputs": dict(inputs)}, now, options, describe)
    except GateError:
        raise
    except Exception as error:
        shutil.rmtree(building, ignore_errors=True)  # first: where the disk is full, the line below needs room
        with suppress(OSError):
            list_attempt(clean, version, now.isoformat(), FAILED, {}, error=f"{type(error).__name__}: {error}")
        raise
    if built.created:  # it is whole: what breaks from here on, the next run puts right
        _put_in_place(building, built)
    return built


def _put_in_place(building: Path, release: Release) -> None:
    """Give a release that was built its name, list it, and point `latest` to it."""
    move_in(building, release.path)
    found = release.manifest
    rows = rows_of(found["profile"])
    accepted = found["accepted_drift"]
    list_attempt(release.path.parent, release.version, found["created_at"], PUBLISHED, rows, text=found["text"], accepted_drift=accepted)
    point_latest(release.path.parent, release.version)


def _build(building: Path, tables: Tables, head: dict[str, Any], now: datetime, options: Options, describe: Describe) -> Release:
    """The release that was built aside, under the name that it is to have; the newest one if that holds the same."""
    clean, version = building.parent, str(head["version"])
    previous = newest_manifest(clean)
    examination = Examination(now)
    for name in ORDER:
        if issues := write_table(building, name, tables[name], examination):
            raise _refused(building, head, {}, tuple(issues), previous, describe)
    described = {name: table_entry(building, name) for name in TABLES}
    content = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
    if previous is not None and previous["content_sha256"] == content and options.are_met_by(previous):
        shutil.rmtree(building)
        return Release(previous["version"], clean / previous["version"], previous, created=False)
    quality = examination.quality(previous, options.accept_drift)
    del examination  # it holds columns of every table, and what describes the release needs the memory
    if refusing(quality.issues):
        raise _refused(building, head, quality.profile, quality.issues, previous, describe)
    if options.text == "excerpt":
        write_excerpts(building)
        described["articles"] = table_entry(building, "articles")
    manifest = head | {
        "content_sha256": content, "previous": previous and previous["version"], "text": options.text, "formats": list(options.formats),
        "tables": described, "files": export_release(building, options.formats, now), "accepted_drift": _accepted(quality, options),
        "profile": quality.profile,
    }  # fmt: skip
    describe(building, manifest, quality.issues)
    write_json(building / ISSUES, {"version": version, "issues": issue_objects(quality.issues)})
    write_json(building / MANIFEST, manifest)
    write_text(building / CHECKSUMS, "".join(_checksums(building)))
    return Release(version, clean / version, manifest, created=True)


def _accepted(quality: Quality, options: Options) -> dict[str, Any] | None:
    """What would have refused the release, and why it was let pass."""
    accepted = [issue.text for issue in quality.issues if issue.accepted]
    return {"reason": options.accept_drift, "issues": accepted} if accepted else None


def _refused(
    building: Path, head: Mapping[str, Any], profile: Mapping[str, Any], issues: tuple[Issue, ...],
    previous: Mapping[str, Any] | None, describe: Describe,
) -> GateError:  # fmt: skip
    """Publish the attempt, its issues and figures, never its data; the error that says why is returned."""
    for path in building.iterdir():
        path.unlink()
    clean, version = building.parent, str(head["version"])
    index = {**head, "status": REFUSED, "previous": previous and previous["version"], "profile": dict(profile)}
    write_json(building / ATTEMPT, index)
    write_json(building / ISSUES, {"version": version, "issues": issue_objects(issues)})
    describe(building, index, issues)
    move_in(building, clean / version)
    rows = rows_of(profile) if profile else {}
    list_attempt(clean, version, head["created_at"], REFUSED, rows, issues=[issue.text for issue in refusing(issues)])
    lines = report_lines(issues, previous["version"] if previous else None)
    return GateError("\n".join([*lines, f"  What was found, with the figures: {clean / version}"]), issue_objects(issues))


def move_in(building: Path, place: Path) -> None:
    """Make the folder a release in one step, once all of it is on the disk."""
    sync_tree(building)
    building.rename(place)
    sync_file(place.parent)


def _checksums(folder: Path) -> list[str]:
    """A line for each file, as `sha256sum --check` reads it."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [f"{file_sha256(folder / path)}  {path}\n" for path in paths]
