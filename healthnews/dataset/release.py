"""data/clean: immutable releases, built aside, renamed when whole, `latest` pointed to them last."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from healthnews.errors import UsageError
from healthnews.records import TABLES
from healthnews.schema import key_columns

LATEST = "latest"
MANIFEST = "manifest.json"
VERSIONS = "versions.json"
_BUILDING = ".building-"


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


def read_manifest(clean: Path, version: str = LATEST) -> dict[str, Any] | None:
    """Manifest of a release; None when there is no such release."""
    path = clean / version / MANIFEST
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def table_path(clean: Path, table: str, release: str = LATEST) -> Path:
    """Path of a table's Parquet file; UsageError when table or release do not exist."""
    if table not in TABLES:
        raise UsageError(f"no table {table!r}; there are {', '.join(TABLES)}")
    path = clean / release / f"{table}.parquet"
    if not path.exists():
        known = sorted(p.name for p in clean.glob("*/") if (p / MANIFEST).exists()) if clean.exists() else []
        hint = f"releases there: {', '.join(known)}" if known else "there is no release yet: run `healthnews ingest SOURCE`"
        raise UsageError(f"no release {release!r} in {clean}; {hint}")
    return path


def publish_release(
    clean: Path, tables: Mapping[str, pa.Table], versions: Mapping[str, Any], inputs: Mapping[str, Any], now: datetime
) -> Release:
    """Write a release of the tables unless the newest one holds the same bytes.

    Args:
        clean: The releases' folder.
        tables: Every table by name, in the order in which its rows are to stand.
        versions: Versions of code, parsers and lexicon.
        inputs: What the tables were made from, for a quick check whether anything changed.
        now: Present moment, UTC; it names the release.
    """
    clean.mkdir(parents=True, exist_ok=True)
    _clear_unfinished(clean)
    building = clean / f"{_BUILDING}{os.getpid()}"
    building.mkdir()
    described = {name: _write_table(building / f"{name}.parquet", name, tables[name]) for name in TABLES}
    content = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
    newest = newest_manifest(clean)
    if newest is not None and newest["content_sha256"] == content:
        shutil.rmtree(building)
        _point_latest(clean, newest["version"])
        return Release(newest["version"], clean / newest["version"], newest, created=False)
    version = _free_version(clean, now)
    manifest = {
        "version": version,
        "created_at": now.isoformat(),
        "content_sha256": content,
        "versions": dict(versions),
        "inputs": dict(inputs),
        "tables": described,
    }
    _write_json(building / MANIFEST, manifest)
    _sync_folder(building)
    building.rename(clean / version)
    _sync_folder(clean)
    _list_version(clean, manifest)
    _point_latest(clean, version)
    return Release(version, clean / version, manifest, created=True)


def _listed_versions(clean: Path) -> list[dict[str, Any]]:
    """Entries of versions.json, newest first."""
    path = clean / VERSIONS
    if not path.exists():
        return []
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["versions"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is damaged: {error}; put back a copy, or move it and the releases beside it away") from error


def newest_manifest(clean: Path) -> dict[str, Any] | None:
    """Manifest of the newest published release; None when there is none."""
    listed = _listed_versions(clean)
    return read_manifest(clean, listed[0]["version"]) if listed else None


def _clear_unfinished(clean: Path) -> None:
    """Remove what a killed run left: folders being built, and renamed ones that were never listed."""
    listed = {entry["version"] for entry in _listed_versions(clean)}
    for path in clean.iterdir():
        if path.name.startswith((_BUILDING, f".{VERSIONS}.")) or (
            path.name != LATEST and (path / MANIFEST).exists() and path.name not in listed
        ):
            path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path)


def _write_table(path: Path, name: str, table: pa.Table) -> dict[str, Any]:
    """Write one table with its explicit schema; its entry in the manifest is returned."""
    with path.open("wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    return {
        "file": path.name,
        "rows": table.num_rows,
        "bytes": path.stat().st_size,
        "sha256": _file_sha256(path),
        "key": list(key_columns(TABLES[name])),
        "schema_sha256": hashlib.sha256(table.schema.serialize().to_pybytes()).hexdigest(),
    }


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _free_version(clean: Path, now: datetime) -> str:
    """A name that sorts by time; two releases within a second get a number."""
    name = f"{now:%Y%m%dT%H%M%SZ}"
    number = 1
    while (clean / name).exists():
        number += 1
        name = f"{now:%Y%m%dT%H%M%SZ}-{number}"
    return name


def _list_version(clean: Path, manifest: Mapping[str, Any]) -> None:
    """Add the release to versions.json, newest first."""
    entry = {
        "version": manifest["version"],
        "created_at": manifest["created_at"],
        "status": "published",
        "rows": {name: table["rows"] for name, table in manifest["tables"].items()},
    }
    _write_json(clean / VERSIONS, {"versions": [entry, *_listed_versions(clean)]})


def _point_latest(clean: Path, version: str) -> None:
    """Point `latest` at the release in one step: there is no moment without it."""
    if (clean / LATEST).is_symlink() and (clean / LATEST).readlink() == Path(version):
        return
    aside = clean / f"{_BUILDING}latest-{os.getpid()}"
    aside.unlink(missing_ok=True)
    aside.symlink_to(version, target_is_directory=True)
    aside.replace(clean / LATEST)
    _sync_folder(clean)


def _write_json(path: Path, value: Any) -> None:
    """Write a file in one step: a reader sees the old one or the new one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
