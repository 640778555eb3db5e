"""Work tables: the newest row of a key wins, and nothing is written for nothing."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from healthnews.dataset.store import Store
from healthnews.records import AliasRow, Evidence, column


def alias(key: str, target: str) -> AliasRow:
    return AliasRow(alias_id=key, article_id=target)


def read(store: Store) -> list[AliasRow]:
    return store.read("aliases", AliasRow, ["alias_id"])


def test_the_newest_row_of_a_key_is_read_in_the_order_of_first_appearance(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("aliases", AliasRow, [alias("b", "1"), alias("a", "1")])
    store.append("aliases", AliasRow, [alias("c", "1"), alias("b", "2")])
    assert read(store) == [alias("b", "2"), alias("a", "1"), alias("c", "1")]


def test_a_batch_appended_twice_after_a_kill_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("aliases", AliasRow, [alias("a", "1")])
    store.append("aliases", AliasRow, [alias("a", "1")])
    assert read(store) == [alias("a", "1")]


def test_a_table_never_written_is_empty(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert read(store) == []
    assert store.commit("aliases") is None


def test_replacing_rows_by_equal_ones_makes_no_commit(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.replace("aliases", AliasRow, [alias("a", "1"), alias("b", "1")])
    assert not store.replace("aliases", AliasRow, [alias("a", "1"), alias("b", "1")])
    assert store.replace("aliases", AliasRow, [alias("b", "1")])
    assert read(store) == [alias("b", "1")]
    assert store.replace("aliases", AliasRow, [])
    assert read(store) == []


def test_many_small_appends_are_compacted_and_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("healthnews.dataset.store._COMPACT_AFTER_FILES", 8)
    store = Store(tmp_path)
    for number in range(14):
        store.append("aliases", AliasRow, [alias(f"k{number % 7}", str(number))])
    assert read(store) == [alias(f"k{number}", str(7 + number)) for number in range(7)]
    assert len(list((tmp_path / "aliases").glob("*.parquet"))) < 8


def test_a_table_is_read_in_ranges_of_its_keys_and_by_a_few_of_them(tmp_path: Path) -> None:
    store = Store(tmp_path / "tables")
    store.append("aliases", AliasRow, [alias(key, "old") for key in "gcaeb"])
    store.append("aliases", AliasRow, [alias(key, "new") for key in "dfcz"])
    ranges = [table.to_pylist() for table in store.read_ranges("aliases", AliasRow, ["alias_id"], ["a", "aa", "d"])]
    keys = [sorted((row["alias_id"], row["article_id"]) for row in rows) for rows in ranges]
    assert keys == [
        [("a", "old")], [], [("b", "old"), ("c", "new"), ("d", "new")], [("e", "old"), ("f", "new"), ("g", "old"), ("z", "new")],
    ]  # fmt: skip
    assert store.read_keys("aliases", AliasRow, ["alias_id"], pa.array(["c", "y"])).to_pylist() == [{"alias_id": "c", "article_id": "new"}]
    assert store.read_table("aliases", AliasRow, ["alias_id"], ["alias_id"]).column_names == ["alias_id"]
    assert [table.num_rows for table in store.read_ranges("none", AliasRow, ["alias_id"], ["a"])] == [0, 0]
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_tables_made_aside_take_the_place_of_the_old_ones_but_for_those_that_are_kept(tmp_path: Path) -> None:
    store, aside = Store(tmp_path / "tables"), Store(tmp_path / "aside")
    for name in ("aliases", "kept"):
        store.append(name, AliasRow, [alias("a", "old")])
    aside.append("aliases", AliasRow, [alias("a", "new")])
    store.replace_by(aside, ["kept", "never_made"])
    assert read(store) == [alias("a", "new")]
    assert store.read("kept", AliasRow, ["alias_id"]) == [alias("a", "old")]
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """A record as an older version had it."""

    key: str = column("Key.", key=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newer:
    """The same record with columns more."""

    key: str = column("Key.", key=True)
    zone: str | None = column("May be null.", default=None)
    evidence: tuple[Evidence, ...] = column("A list of records.", default=())
    count: int = column("Never null.", default=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stricter:
    """The same record with a column that has no default."""

    key: str = column("Key.", key=True)
    title: str = column("Never null.")


def test_rows_of_an_older_version_are_read_with_the_defaults_of_added_columns(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("t", Older, [Older(key="a"), Older(key="b")])
    assert store.read("t", Newer, ["key"]) == [Newer(key="a"), Newer(key="b")]
    newer = Newer(key="b", zone="+01:00", evidence=(Evidence(field="f", source="s", text="t"),), count=1)
    store.append("t", Newer, [newer])
    assert store.read("t", Newer, ["key"]) == [Newer(key="a"), newer]
    assert store.replace("t", Newer, [])
    assert store.read("t", Newer, ["key"]) == []


def test_an_added_column_without_a_default_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("t", Older, [Older(key="a")])
    with pytest.raises(ValueError, match="no 'title'"):
        store.read("t", Stricter, ["key"])
