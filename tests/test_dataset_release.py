"""Releases: whole or not there, and none for nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from healthnews.dataset import release
from healthnews.dataset.release import publish_release, read_manifest, table_path
from healthnews.errors import UsageError
from healthnews.records import TABLES, AliasRow
from healthnews.schema import schema, to_table

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def publish(clean: Path, *aliases: str, now: datetime = NOW) -> release.Release:
    tables = {name: schema(record).empty_table() for name, record in TABLES.items()}
    tables["article_aliases"] = to_table(AliasRow, [AliasRow(alias_id=a, article_id="x") for a in aliases])
    return publish_release(clean, tables, {"healthnews": "1"}, {}, now)


def test_every_table_is_written_with_the_explicit_described_schema(tmp_path: Path) -> None:
    publish(tmp_path)
    for name, record in TABLES.items():
        read = pq.read_schema(table_path(tmp_path, name))
        assert read.equals(schema(record), check_metadata=False), name
        assert all(field.metadata[b"description"] for field in read), name


def test_pandas_reads_the_newest_release(tmp_path: Path) -> None:
    publish(tmp_path, "a")
    publish(tmp_path, "a", "b", now=NOW + timedelta(days=1))
    assert list(pd.read_parquet(tmp_path / "latest" / "article_aliases.parquet")["alias_id"]) == ["a", "b"]


def test_equal_tables_make_no_new_release(tmp_path: Path) -> None:
    first = publish(tmp_path, "a")
    second = publish(tmp_path, "a", now=NOW + timedelta(days=1))
    assert (second.created, second.version) == (False, first.version)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([first.version, "latest", "versions.json"])


def test_the_manifest_gives_rows_bytes_and_digest_of_each_file(tmp_path: Path) -> None:
    published = publish(tmp_path, "a", "b")
    entry = published.manifest["tables"]["article_aliases"]
    assert entry["rows"] == 2
    assert entry["bytes"] == (published.path / entry["file"]).stat().st_size
    assert len(entry["sha256"]) == 64
    assert published.manifest["versions"] == {"healthnews": "1"}


@pytest.mark.parametrize("step", ["_write_table", "_write_json", "_list_version", "_point_latest", "_sync_folder"])
def test_a_run_that_dies_at_any_step_leaves_the_previous_release_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    before = publish(tmp_path, "a")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(release, step, die)
        with pytest.raises(KeyboardInterrupt):
            publish(tmp_path, "b", now=NOW + timedelta(days=1))
    assert read_manifest(tmp_path) == before.manifest
    assert table_path(tmp_path, "articles").exists()
    after = publish(tmp_path, "b", now=NOW + timedelta(days=2))
    assert read_manifest(tmp_path) == after.manifest
    assert not list(tmp_path.glob(".building*"))
    assert {p.name for p in tmp_path.iterdir()} <= {before.version, after.version, "latest", "versions.json"}


def test_two_releases_within_a_second_have_two_names(tmp_path: Path) -> None:
    assert publish(tmp_path, "a").version != publish(tmp_path, "b").version


def test_an_unknown_table_or_release_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no table 'nope'"):
        table_path(tmp_path, "nope")
    with pytest.raises(UsageError, match="healthnews ingest"):
        table_path(tmp_path, "articles")
    publish(tmp_path)
    with pytest.raises(UsageError, match="releases there: 2026"):
        table_path(tmp_path, "articles", "1999")
