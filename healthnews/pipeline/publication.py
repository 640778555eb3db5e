"""Publication: the work tables as a release, when they differ from the newest one."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import Any

from healthnews.dataset import work
from healthnews.dataset.release import Release, newest_manifest, publish_release
from healthnews.dataset.store import Store
from healthnews.extract.registry import parser_versions
from healthnews.language.concepts import load_lexicon
from healthnews.pipeline.folder import DataFolder, Progress, no_progress
from healthnews.records import TABLES, utc_now


def publish(folder: DataFolder, *, progress: Progress = no_progress) -> Release | None:
    """Make a release of the tables as they stand; None when nothing was ever met but missing paths.

    Raises:
        LockedError: Another run holds the folder.
    """
    with folder.locked():
        return publish_store(folder, Store(folder.tables), progress)


def published_release(folder: DataFolder, store: Store) -> Release | None:
    """The newest release if it holds the tables as they stand, made by today's code and lexicon; else None."""
    newest = newest_manifest(folder.clean)
    if newest is None or newest["inputs"] != work.commits(store) or newest["versions"] != release_versions():
        return None
    return Release(newest["version"], folder.clean / newest["version"], newest, created=False)


def publish_store(folder: DataFolder, store: Store, progress: Progress) -> Release | None:
    """As `publish`, for a caller that holds the lock."""
    if not store.exists("captures") and store.column_tuples("failures", ("reason",)) <= {("missing",)}:
        return None  # a mistyped path alone is no dataset
    if (published := published_release(folder, store)) is not None:
        return published
    progress("publish", 0, None)
    tables = {name: work.release_table(store, name) for name in TABLES}
    return publish_release(folder.clean, tables, release_versions(), work.commits(store), utc_now())


def release_versions() -> dict[str, Any]:
    """Versions of what makes a release: the code, each parser, the lexicon."""
    return {"healthnews": installed_version("healthnews"), "parsers": parser_versions(), "lexicon": load_lexicon().version}
