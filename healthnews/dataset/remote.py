"""Releases behind an http address: what there is, and files fetched whole, resuming, with their checksums verified."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Self
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError

from healthnews.dataset.files import file_sha256, sync_file, write_text
from healthnews.dataset.release import CHECKSUMS, TEXTS, move_in
from healthnews.dataset.versions import (
    LATEST,
    MANIFEST,
    PUBLISHED,
    VERSIONS,
    is_version,
    list_release,
    listed_versions,
    point_latest,
    published_versions,
    read_manifest,
)
from healthnews.errors import NetworkError, UsageError

MAX_INDEX_BYTES = 50_000_000
"""versions.json and manifests of a lifetime are smaller."""
_TIMEOUT_SECONDS = (10, 60)
_ATTEMPTS = 6
_CHUNK_BYTES = 1 << 20
_OF_TABLE = {"file", "rows", "bytes", "sha256"}
"""What a manifest says of each table."""

Told = Callable[[str, int, int], None]
"""Called with a file's path, the bytes of it that are there, and how many there will be."""


def is_address(place: str) -> bool:
    """Whether a place is an http address rather than a folder."""
    return place.startswith(("http://", "https://"))


class Remote:
    """The releases' folder of somebody, as a file host serves it."""

    def __init__(self, address: str, pause_seconds: float = 1.0) -> None:
        self.address = address.rstrip("/")
        self._pause_seconds = pause_seconds
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def versions(self) -> list[dict[str, Any]]:
        """Entries of versions.json, newest first."""
        entries = self._object(VERSIONS).get("versions")
        if not isinstance(entries, list) or not all(isinstance(entry, dict) and {"version", "status"} <= entry.keys() for entry in entries):
            raise UsageError(f"{self._url(VERSIONS)} is not what a folder of releases has there")
        return entries

    def manifest(self, release: str = LATEST) -> dict[str, Any]:
        """Manifest of a release; UsageError when there is none of that name."""
        published = [entry["version"] for entry in self.versions() if entry["status"] == PUBLISHED]
        version = (published[0] if published else None) if release == LATEST else release
        if version is None or version not in published:
            raise UsageError(f"no release {release!r} at {self.address}; there are {', '.join(published) or 'none'}")
        found = self._object(f"{version}/{MANIFEST}")
        tables = found.get("tables")
        is_whole = isinstance(tables, dict) and all(isinstance(t, dict) and t.keys() >= _OF_TABLE for t in tables.values())
        if not is_whole or not {"version", "created_at"} <= found.keys():
            raise UsageError(f"{self._url(f'{version}/{MANIFEST}')} is no manifest of a release")
        return found

    def _object(self, path: str) -> dict[str, Any]:
        text = self.text(path)
        try:
            found = json.loads(text)
        except ValueError as error:
            raise UsageError(f"{self._url(path)} is no JSON: {error}; the address must be that of a folder of releases") from error
        if not isinstance(found, dict):
            raise UsageError(f"{self._url(path)} is not what a folder of releases has there")
        return found

    def text(self, path: str) -> str:
        """A small file; NetworkError when it cannot be had."""
        try:
            with self._session.get(self._url(path), timeout=_TIMEOUT_SECONDS, stream=True) as answer:
                answer.raise_for_status()
                content = answer.raw.read(MAX_INDEX_BYTES + 1, decode_content=True)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise NetworkError(f"{self._url(path)} cannot be fetched: {error}") from error
        if len(content) > MAX_INDEX_BYTES:
            raise NetworkError(f"{self._url(path)} is larger than {MAX_INDEX_BYTES:,} bytes")
        return str(content, "utf-8", "replace")

    def _url(self, path: str) -> str:
        return f"{self.address}/{quote(path)}"

    def fetch(self, path: str, target: Path, sha256: str, size: int | None = None, told: Told | None = None) -> None:
        """Fetch a file, going on where an earlier call or a broken connection stopped.

        Args:
            path: Its path below the address.
            target: Where it is to lie; what is there of it so far lies beside it, with `.part` behind the name.
            sha256: What its bytes must give.
            size: How many bytes it has, where that is known.
            told: Told how far it has come.

        Raises:
            NetworkError: It cannot be fetched, or is another file than it should be.
        """
        if target.exists() and file_sha256(target) == sha256:
            return
        part = target.with_name(f"{target.name}.part")
        part.parent.mkdir(parents=True, exist_ok=True)
        problem, vain = None, 0
        while vain < _ATTEMPTS:
            if vain:
                time.sleep(self._pause_seconds * 2 ** (vain - 1))
            before = part.stat().st_size if part.exists() else 0
            problem = self._try_to_continue(path, part, size, told)
            if problem is None and file_sha256(part) == sha256:
                sync_file(part)
                part.replace(target)
                return
            if problem is None:
                problem = ValueError("its bytes do not give the checksum of the release")
                part.unlink()
            has_grown = part.exists() and part.stat().st_size > before
            vain = 0 if has_grown else vain + 1
        raise NetworkError(f"{self._url(path)} cannot be fetched: {problem}") from problem

    def _try_to_continue(self, path: str, part: Path, size: int | None, told: Told | None) -> Exception | None:
        """Fetch what is missing of a file; what kept it from being fetched to the end. NetworkError when no other attempt would help."""
        try:
            self._continue(path, part, size, told)
        except requests.HTTPError as error:
            if error.response.status_code in (401, 403, 404, 410):
                raise NetworkError(f"{self._url(path)} cannot be fetched: {error}") from error
            return error
        except (requests.RequestException, HTTPError, OSError) as error:
            return error
        return None

    def _continue(self, path: str, part: Path, size: int | None, told: Told | None) -> None:
        """Fetch what is missing of a file."""
        there = part.stat().st_size if part.exists() else 0
        if size is not None and there >= size:
            return
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
        with self._session.get(self._url(path), headers=headers, timeout=_TIMEOUT_SECONDS, stream=True) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                part.unlink()  # longer than the file is: not what it should be
            answer.raise_for_status()
            is_rest = answer.status_code == requests.codes.partial_content
            with part.open("ab" if is_rest else "wb") as file:
                while chunk := answer.raw.read1(_CHUNK_BYTES):  # what is there: of a broken connection nothing is lost
                    file.write(chunk)
                    if told is not None:
                        told(path, file.tell(), size or file.tell())


def download_release(
    remote: Remote, clean: Path, release: str = LATEST, tables: Sequence[str] = (), told: Told | None = None
) -> tuple[str, Path]:
    """Fetch a release into a folder of releases, where everything that reads releases finds it.

    Args:
        remote: Where it is published.
        clean: The folder; it must hold no releases but those of this address.
        release: Its version.
        tables: The tables wanted; all of them when none are named. What describes the release comes along.
        told: Told how far each file has come.

    Returns:
        The version and its folder.

    Raises:
        UsageError: There is no such release or table, or the folder holds releases of its own.
        NetworkError: A file cannot be fetched, or is another than it should be.
    """
    manifest = remote.manifest(release)
    version = str(manifest["version"])
    if not is_version(version):
        raise UsageError(f"{remote.address} calls a release {version!r}, which is no name of one")
    if unknown := [name for name in tables if name not in manifest["tables"]]:
        raise UsageError(f"release {version} has no table {', '.join(unknown)}; it has {', '.join(manifest['tables'])}")
    is_listed = _is_listed(clean, manifest, remote.address)
    place = clean / version
    is_there = is_listed or place.exists()  # whole, but a killed download has not listed it
    aside = place if is_there else clean / f".download-{version}"
    sums = _checksums(remote.text(f"{version}/{CHECKSUMS}"))
    wanted = {table["file"]: table["bytes"] for name, table in manifest["tables"].items() if not tables or name in tables}
    if unsummed := [path for path in wanted if path not in sums]:
        raise UsageError(f"{CHECKSUMS} of release {version} does not name {', '.join(unsummed)}, which its manifest does")
    for path in [name for name in TEXTS if name in sums]:
        remote.fetch(f"{version}/{path}", aside / path, sums[path])
    for path, size in wanted.items():
        remote.fetch(f"{version}/{path}", aside / path, sums[path], size, told)
    write_text(aside / CHECKSUMS, "".join(f"{sums[path]}  {path}\n" for path in sums if (aside / path).exists()))
    if not is_there:
        move_in(aside, place)
    if not is_listed:
        list_release(clean, manifest, downloaded_from=remote.address)
    point_latest(clean, published_versions(clean)[0])
    return version, place


def _is_listed(clean: Path, manifest: Mapping[str, Any], address: str) -> bool:
    """Whether a release was downloaded before; UsageError when the folder holds others than those of the address."""
    version = str(manifest["version"])
    known = {entry["version"]: entry for entry in listed_versions(clean)}
    is_other = version not in known and (clean / version).exists() and read_manifest(clean, version) != manifest
    if is_other or any(entry.get("downloaded_from") != address for entry in known.values()):
        raise UsageError(f"{clean} holds releases of its own; choose another folder with --data")
    return version in known


def _checksums(text: str) -> dict[str, str]:
    """Digest by path; UsageError when a path leads elsewhere."""
    sums = {path: digest for digest, _, path in (line.partition("  ") for line in text.splitlines()) if path}
    for path in sums:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\\" in path:
            raise UsageError(f"{CHECKSUMS} names {path!r}, which lies outside the release")
    return sums


def read_remote(remote: Remote, table: str, release: str, folder: Path) -> Path:
    """One table of a release, fetched into a folder; its path is returned."""
    manifest = remote.manifest(release)
    if table not in manifest["tables"]:
        raise UsageError(f"no table {table!r}; there are {', '.join(manifest['tables'])}")
    entry = manifest["tables"][table]
    path = folder / f"{table}.parquet"
    remote.fetch(f"{manifest['version']}/{entry['file']}", path, entry["sha256"], entry["bytes"])
    return path
