"""Releases: whole or not there, and none for nothing."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Never

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from healthnews.dataset import release
from healthnews.dataset.release import Options, Release, table_path
from healthnews.dataset.table_files import write_table
from healthnews.dataset.versions import listed_versions, read_manifest
from healthnews.errors import UsageError
from healthnews.records import TABLES
from healthnews.schema import schema
from tests import release_tables
from tests.release_tables import NOW, make_tables

LATER = NOW + timedelta(days=1)


def publish(clean: Path, count: int = 6, **more: Any) -> Release:
    return release_tables.publish(clean, make_tables(count), **more)


def names(clean: Path) -> list[str]:
    return sorted(path.name for path in clean.iterdir())


def test_every_table_is_written_with_the_explicit_described_schema(tmp_path: Path) -> None:
    publish(tmp_path)
    for name, record in TABLES.items():
        read = pq.read_schema(table_path(tmp_path, name))
        assert read.equals(schema(record), check_metadata=False), name
        assert all(field.metadata[b"description"] for field in read), name


def test_a_table_that_comes_in_batches_makes_the_same_release(tmp_path: Path) -> None:
    tables = make_tables()
    readers = {name: pa.RecordBatchReader.from_batches(table.schema, table.to_batches()) for name, table in tables.items()}
    first = release_tables.publish(tmp_path / "a", tables)
    second = release_tables.publish(tmp_path / "b", readers)
    assert first.manifest == second.manifest


def test_pandas_reads_the_newest_release(tmp_path: Path) -> None:
    publish(tmp_path, 2)
    publish(tmp_path, 3, now=LATER)
    assert list(pd.read_parquet(tmp_path / "latest" / "articles.parquet")["article_id"]) == ["a_00000", "a_00001", "a_00002"]


def test_equal_tables_make_no_new_release(tmp_path: Path) -> None:
    first = publish(tmp_path)
    second = publish(tmp_path, now=LATER)
    assert (second.created, second.version) == (False, first.version)
    assert names(tmp_path) == sorted([first.version, "latest", "versions.json"])


def test_another_form_of_equal_tables_is_a_release_of_its_own(tmp_path: Path) -> None:
    first = publish(tmp_path)
    second = publish(tmp_path, now=LATER, options=Options(formats=("csv",)))
    assert (second.created, second.manifest["content_sha256"]) == (True, first.manifest["content_sha256"])
    assert not publish(tmp_path, now=LATER).created, "fewer forms are asked than are there"


def test_the_manifest_gives_rows_bytes_and_digest_of_each_file(tmp_path: Path) -> None:
    published = publish(tmp_path, 4, options=Options(formats=("csv",)))
    entry = published.manifest["tables"]["articles"]
    assert entry["rows"] == 4
    files = [(e["file"], e) for e in published.manifest["tables"].values()] + [(e["path"], e) for e in published.manifest["files"]]
    assert len(files) == 2 * len(TABLES)
    for path, described in files:
        content = (published.path / path).read_bytes()
        assert (described["bytes"], described["sha256"]) == (len(content), hashlib.sha256(content).hexdigest()), path
    assert published.manifest["versions"] == {"healthnews": "1"}


def test_the_checksums_cover_every_file(tmp_path: Path) -> None:
    published = publish(tmp_path, options=Options(formats=("sample",)))
    lines = [line.split("  ") for line in (published.path / "SHA256SUMS").read_text().splitlines()]
    found = {path.relative_to(published.path).as_posix() for path in published.path.rglob("*") if path.is_file()}
    assert {path for _, path in lines} == found - {"SHA256SUMS"}
    assert all(hashlib.sha256((published.path / path).read_bytes()).hexdigest() == digest for digest, path in lines)


_STEPS: tuple[tuple[Any, str], ...] = ((os, "replace"), (os, "rename"), (os, "symlink"), (release, "write_table"))
"""What changes the disk in a way that a reader, or the next run, could see."""
_KILLED_TABLES = 2
"""Tables of which the writing is a step: behind the second one the next are like it."""


def _dies_at(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill this process at that step."""
    left, seen = [number], list[Any]()

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            seen.append(call)
            if call is not write_table or seen.count(call) <= _KILLED_TABLES:
                left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return step

    for module, name in _STEPS:
        monkeypatch.setattr(module, name, counted(getattr(module, name)))


def _killed(work: Callable[[], Any], number: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Do the work in a process that is killed at a step; False when it came to its end before that."""
    child = os.fork()
    if child == 0:
        try:
            _dies_at(number, monkeypatch)
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process that can be killed without starting Python anew")
def test_a_run_that_is_killed_at_any_step_leaves_the_previous_release_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at each step in turn; then the next run publishes, and of the killed one a whole release is left or its line."""
    before, tables, number = publish(tmp_path / "start", 2), make_tables(3), 0
    while True:
        clean = tmp_path / str(number)
        _copy(tmp_path / "start", clean)
        if not _killed(partial(release_tables.publish, clean, tables, now=LATER), number, monkeypatch):
            break
        visible = read_manifest(clean)
        assert visible is not None, number
        assert visible["version"] in (before.version, "20260302T080000Z"), number
        for entry in visible["tables"].values():
            assert hashlib.sha256((clean / "latest" / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], number
        after = release_tables.publish(clean, tables, now=LATER + timedelta(days=1))
        assert read_manifest(clean) == after.manifest
        assert set(names(clean)) == {before.version, after.version, "latest", "versions.json"}, number
        assert {entry["status"] for entry in listed_versions(clean)} <= {"published", "interrupted"}
        number += 1
    assert number > 5, "the steps were counted"


def _copy(source: Path, target: Path) -> None:
    """A copy of a releases' folder by hard links: releases are never written to."""
    for path in [source, *sorted(source.rglob("*"))]:
        place = target / path.relative_to(source)
        if path.is_symlink():
            place.symlink_to(path.readlink(), target_is_directory=True)
        elif path.is_dir():
            place.mkdir()
        elif not path.parent.is_symlink():
            place.hardlink_to(path)


def test_an_attempt_that_breaks_is_listed_with_its_error(tmp_path: Path) -> None:
    before = publish(tmp_path, 2)

    def breaks(*_: object) -> Never:
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        publish(tmp_path, 3, now=LATER, describe=breaks)
    failed, published = listed_versions(tmp_path)
    assert (failed["status"], failed["error"]) == ("failed", "OSError: No space left on device")
    assert published["status"] == "published"
    assert read_manifest(tmp_path) == before.manifest
    assert names(tmp_path) == sorted([before.version, "latest", "versions.json"])


def test_releases_outlive_the_loss_of_their_index(tmp_path: Path) -> None:
    first, second = publish(tmp_path, 2), publish(tmp_path, 3)
    listed = listed_versions(tmp_path)
    (tmp_path / "versions.json").unlink()
    (tmp_path / "20260301T080000Z-3").mkdir()
    third = publish(tmp_path, 4, now=LATER)
    assert [entry["version"] for entry in listed_versions(tmp_path) if entry["status"] == "published"] == [
        third.version,
        second.version,
        first.version,
    ]
    assert [entry for entry in listed_versions(tmp_path) if entry["version"] in (first.version, second.version)] == listed
    assert third.manifest["previous"] == second.version
    assert names(tmp_path) == sorted([first.version, second.version, third.version, "latest", "versions.json"])


def test_a_release_that_is_listed_is_not_listed_as_failed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, 2)

    def breaks(*_: object) -> Never:
        raise OSError("Read-only file system")

    with monkeypatch.context() as broken:
        broken.setattr(release, "point_latest", breaks)
        with pytest.raises(OSError, match="Read-only"):
            publish(tmp_path, 3, now=LATER)
    assert [entry["status"] for entry in listed_versions(tmp_path)] == ["published", "published"]
    assert not publish(tmp_path, 3, now=LATER + timedelta(days=1)).created
    assert (tmp_path / "latest").readlink().name == listed_versions(tmp_path)[0]["version"]


def test_a_damaged_manifest_is_named(tmp_path: Path) -> None:
    published = publish(tmp_path)
    (published.path / "manifest.json").write_text("")
    with pytest.raises(UsageError, match=r"manifest\.json is damaged"):
        publish(tmp_path, 3, now=LATER)
    assert table_path(tmp_path, "articles").exists()


def test_two_releases_within_a_second_have_two_names(tmp_path: Path) -> None:
    assert publish(tmp_path, 2).version != publish(tmp_path, 3).version


def test_an_unknown_table_or_release_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no table 'nope'"):
        table_path(tmp_path, "nope")
    with pytest.raises(UsageError, match="healthnews ingest"):
        table_path(tmp_path, "articles")
    publish(tmp_path)
    with pytest.raises(UsageError, match="releases there: 2026"):
        table_path(tmp_path, "articles", "1999")


def test_a_release_of_excerpts_holds_no_whole_text(tmp_path: Path) -> None:
    full = make_tables()
    published = release_tables.publish(tmp_path, full, options=Options(text="excerpt"))
    articles = pq.read_table(table_path(tmp_path, "articles"))
    assert articles.schema.equals(schema(TABLES["articles"]))
    assert articles["body"].null_count == articles.num_rows
    assert articles["excerpt"].to_pylist() == [body[:200] for body in full["articles"]["body"].to_pylist()]
    assert articles["body_sha256"].equals(full["articles"]["body_sha256"])
    assert [s[0] for s in articles["sections"].to_pylist()] == [{"heading": "一、余额", "level": 1, "text": ""}] * 6
    assert pq.read_table(table_path(tmp_path, "claims")).equals(full["claims"]), "evidence and its places stay"
    tail = full["articles"]["body"][0].as_py()[-60:]
    assert all(tail.encode() not in path.read_bytes() for path in published.path.rglob("*.json"))
    assert json.loads((tmp_path / "versions.json").read_text())["versions"][0]["text"] == "excerpt"


def test_in_an_excerpt_the_lead_of_a_body_of_one_block_is_cut(tmp_path: Path) -> None:
    body = "没有标点的一大段" * 200
    whole = release_tables.edit(make_tables(2), "articles", release_tables.replaced(lead=body, disclaimer=body))
    release_tables.publish(tmp_path, whole, options=Options(text="excerpt"))
    articles = pq.read_table(table_path(tmp_path, "articles"))
    assert articles["lead"].to_pylist() == articles["disclaimer"].to_pylist() == [body[:200]] * 2
