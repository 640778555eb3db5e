"""Work tables: the newest row of a key wins, and nothing is written for nothing."""

from pathlib import Path

from healthnews.dataset.store import Store
from healthnews.records import AliasRow


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


def test_many_small_appends_are_compacted_and_read_alike(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(70):
        store.append("aliases", AliasRow, [alias(f"k{number % 7}", str(number))])
    assert read(store) == [alias(f"k{number}", str(63 + number)) for number in range(7)]
    assert len(list((tmp_path / "aliases").glob("*.parquet"))) < 20
