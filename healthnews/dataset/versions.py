"""versions.json: every attempt to publish with what became of it, and `latest`, which names the newest release."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from healthnews.dataset.files import sync_file, write_json
from healthnews.errors import UsageError

LATEST = "latest"
MANIFEST = "manifest.json"
ATTEMPT = "index.json"
"""What an attempt that was refused leaves in the place of a manifest: no tool takes its folder for a release."""
VERSIONS = "versions.json"
PUBLISHED, REFUSED, FAILED, INTERRUPTED = "published", "refused", "failed", "interrupted"
BUILDING = ".building-"
_STAMP = "%Y%m%dT%H%M%SZ"
_VERSION = re.compile(r"\d{8}T\d{6}Z(-\d+)?")


def is_version(name: str) -> bool:
    """Whether a name can be that of a release."""
    return _VERSION.fullmatch(name) is not None


def releases_folder(place: Path) -> Path:
    """The folder of the releases: the place itself where its `versions.json` lies there, as in a download, else that of a data folder."""
    return place if (place / VERSIONS).exists() else place / "clean"


def listed_versions(clean: Path) -> list[dict[str, Any]]:
    """Entries of versions.json, the newest attempt first; UsageError when the file is damaged."""
    path = clean / VERSIONS
    if not path.exists():
        return []
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["versions"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is damaged: {error}; put back a copy, or move it and the releases beside it away") from error


def published_versions(clean: Path) -> list[str]:
    """Names of the releases, newest first."""
    return [entry["version"] for entry in listed_versions(clean) if entry["status"] == PUBLISHED]


def versions_with_whole_texts(clean: Path) -> list[str]:
    """Names of the releases that lie there with whole texts, newest first: they are for one's own analysis."""
    published = [entry for entry in listed_versions(clean) if entry["status"] == PUBLISHED]
    return [entry["version"] for entry in published if entry.get("text") != "excerpt" and (clean / entry["version"] / MANIFEST).exists()]


def read_manifest(clean: Path, version: str = LATEST) -> dict[str, Any] | None:
    """Manifest of a release; None when there is no such release, UsageError when the file is damaged."""
    path = clean / version / MANIFEST
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path} is damaged: {error}; put back a copy of it, or of the whole release") from error


def newest_manifest(clean: Path) -> dict[str, Any] | None:
    """Manifest of the newest published release; None when there is none."""
    published = published_versions(clean)
    return read_manifest(clean, published[0]) if published else None


def free_version(clean: Path, now: datetime) -> str:
    """A name that sorts by time; two attempts within a second get a number."""
    taken = {entry["version"] for entry in listed_versions(clean)}
    name = first = f"{now:{_STAMP}}"
    number = 1
    while name in taken or (clean / name).exists():
        number += 1
        name = f"{first}-{number}"
    return name


def list_attempt(clean: Path, version: str, created_at: str, status: str, rows: Mapping[str, int], **more: Any) -> None:
    """Add an attempt to versions.json as the newest; what is None is left out."""
    _write_versions(clean, [_entry(version, created_at, status, rows, more), *listed_versions(clean)])


def list_release(clean: Path, manifest: Mapping[str, Any], **more: Any) -> None:
    """Add a release made before or elsewhere to versions.json, where its name stands among the others; what is None is left out."""
    version = str(manifest["version"])
    rows = {name: table["rows"] for name, table in manifest["tables"].items()}
    entry = _entry(version, manifest["created_at"], PUBLISHED, rows, {"text": manifest.get("text")} | more)
    entries = [known for known in listed_versions(clean) if known["version"] != version]
    place = next((i for i, known in enumerate(entries) if _moment(known["version"]) < _moment(version)), len(entries))
    _write_versions(clean, [*entries[:place], entry, *entries[place:]])


def _entry(version: str, created_at: str, status: str, rows: Mapping[str, int], more: Mapping[str, Any]) -> dict[str, Any]:
    entry = {"version": version, "created_at": created_at, "status": status, "rows": dict(rows)}
    return entry | {name: value for name, value in more.items() if value is not None}


def _write_versions(clean: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    write_json(clean / VERSIONS, {"versions": list(entries)})
    sync_file(clean)


def _moment(version: str) -> tuple[str, int]:
    """What versions are ordered by: the second, and the number within it."""
    second, _, number = version.partition("-")
    return second, int(number or 1)


def settle(clean: Path) -> None:
    """Put right what a killed run or a lost index left: list what is whole, remove what is not, and point `latest` at the newest release.

    A folder gets the name of a version in one step, when all of it is there: with a manifest it is a release, whatever the index says. An
    attempt that never came so far is listed as interrupted.
    """
    status = {entry["version"]: entry["status"] for entry in listed_versions(clean)}
    for path in sorted(clean.iterdir()):
        version = path.name.removeprefix(BUILDING)
        is_attempt = is_version(version)
        is_unlisted = is_version(path.name) and status.get(version) not in (PUBLISHED, REFUSED)
        if is_unlisted and (manifest := read_manifest(clean, version)) is not None:
            list_release(clean, manifest, accepted_drift=manifest.get("accepted_drift"))
        elif is_unlisted or path.name.startswith((BUILDING, f".{VERSIONS}.")):
            if is_attempt and version not in status:
                list_attempt(clean, version, _created_at(version), INTERRUPTED, {})
            path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path)
    if published := published_versions(clean):
        point_latest(clean, published[0])


def _created_at(version: str) -> str:
    """The moment that names a version."""
    return f"{datetime.strptime(version[:16], _STAMP):%Y-%m-%dT%H:%M:%S}+00:00"


def point_latest(clean: Path, version: str) -> None:
    """Point `latest` at the release in one step: there is no moment without it."""
    if (clean / LATEST).is_symlink() and (clean / LATEST).readlink() == Path(version):
        return
    aside = clean / f"{BUILDING}latest-{os.getpid()}"
    aside.unlink(missing_ok=True)
    aside.symlink_to(version, target_is_directory=True)
    aside.replace(clean / LATEST)
    sync_file(clean)


def known_versions(clean: Path) -> Sequence[str]:
    """Names of the releases that lie there, oldest first."""
    return sorted(path.name for path in clean.glob("*/") if (path / MANIFEST).exists() and path.name != LATEST) if clean.exists() else []
