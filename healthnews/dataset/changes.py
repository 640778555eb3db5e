"""What changed between two releases: a row for each row that was added, changed or deleted, with the columns that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from healthnews.dataset.batches import SCANNED_ROWS
from healthnews.dataset.checks import parquet_path, read_columns
from healthnews.dataset.files import file_sha256
from healthnews.records import TABLES
from healthnews.schema import key_columns

DELTA = "delta.parquet"
DELTA_SCHEMA = pa.schema(
    [
        pa.field("table", pa.string(), False, {"description": "Table that the row is of."}),
        pa.field("key", pa.string(), False, {"description": "Its key; the parts of a key of several columns are joined by ` | `."}),
        pa.field("change", pa.string(), False, {"description": "ADD | MOD | DEL"}),
        pa.field(
            "columns", pa.list_(pa.field("element", pa.string(), False)), False, {"description": "Columns that differ; of MOD alone."}
        ),
    ],
    metadata={"description": "What changed since the release before, one row for each row."},
)
KEY_SEPARATOR = " | "
Mask = npt.NDArray[np.bool_]


def compare_releases(old: Path, new: Path) -> pa.Table:
    """The difference of two releases as a table of `DELTA_SCHEMA`, ordered by table, change and key.

    Rows are held in memory some at a time; both releases have them in the order of their keys.

    Args:
        old: Folder of the one.
        new: Folder of the other. Columns that only one of them has are not compared.
    """
    parts = [part for name in TABLES for part in _compare_table(name, parquet_path(old, name), parquet_path(new, name))]
    return pa.concat_tables([DELTA_SCHEMA.empty_table(), *parts]).combine_chunks()


def write_delta(delta: pa.Table, path: Path) -> None:
    """Write a difference as a Parquet file."""
    pq.write_table(delta, path, compression="zstd")


def _compare_table(name: str, old: Path, new: Path) -> Iterator[pa.Table]:
    if not old.exists() or not new.exists() or file_sha256(old) == file_sha256(new):
        return
    old_keys, new_keys = _keys(old, name), _keys(new, name)
    place = pc.index_in(new_keys, old_keys)
    yield _rows(name, "ADD", new_keys.filter(pc.is_null(place)))
    yield from _modified(name, old, new, new_keys, place.to_numpy(zero_copy_only=False))
    yield _rows(name, "DEL", old_keys.filter(pc.invert(pc.is_in(old_keys, new_keys))))


def _keys(path: Path, name: str) -> pa.Array:
    table = read_columns(path.parent, name, key_columns(TABLES[name])).combine_chunks()
    parts = [pc.cast(table[column], pa.string()) for column in key_columns(TABLES[name])]
    joined = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, KEY_SEPARATOR)
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _rows(name: str, change: str, keys: pa.Array, columns: pa.Array | None = None) -> pa.Table:
    count = len(keys)
    listed = pa.array([[]] * count, DELTA_SCHEMA.field("columns").type) if columns is None else columns
    return pa.Table.from_arrays(
        [pa.array([name] * count, pa.string()), keys, pa.array([change] * count, pa.string()), listed], schema=DELTA_SCHEMA
    )


def _modified(name: str, old: Path, new: Path, keys: pa.Array, place: npt.NDArray[np.float64]) -> Iterator[pa.Table]:
    """Rows of both releases that differ; `place` is where a row of the new one stands in the old one, NaN where it does not."""
    with pq.ParquetFile(old) as old_file, pq.ParquetFile(new) as new_file:
        columns = _shared_columns(old_file.schema_arrow, new_file.schema_arrow, key_columns(TABLES[name]))
        window = _Window(old_file, columns)
        row = 0
        for batch in new_file.iter_batches(SCANNED_ROWS, columns=columns):
            found = place[row : row + batch.num_rows]
            known = np.flatnonzero(~np.isnan(found))
            if len(known):
                there = found[known].astype(np.int64)
                before = window.rows(int(there.min()), int(there.max()) + 1).take(pa.array(there - there.min()))
                after = pa.Table.from_batches([batch]).take(pa.array(known))
                yield _differing(name, keys.take(pa.array(known + row)), before, after)
            row += batch.num_rows


def _shared_columns(old: pa.Schema, new: pa.Schema, key: Sequence[str]) -> list[str]:
    return [f.name for f in new if f.name in old.names and old.field(f.name).type == f.type and f.name not in key]


class _Window:
    """Rows of a file that is read forward once."""

    def __init__(self, file: pq.ParquetFile, columns: Sequence[str]) -> None:
        self._batches = file.iter_batches(SCANNED_ROWS, columns=list(columns))
        self._held: list[pa.RecordBatch] = []
        self._first = 0

    def rows(self, start: int, end: int) -> pa.Table:
        """Rows from `start` to `end`; neither may lie before those of the last call."""
        while self._held and self._first + self._held[0].num_rows <= start:
            self._first += self._held.pop(0).num_rows
        while self._first + sum(batch.num_rows for batch in self._held) < end:
            batch = next(self._batches)
            if not self._held and self._first + batch.num_rows <= start:
                self._first += batch.num_rows
            else:
                self._held.append(batch)
        return pa.Table.from_batches(self._held).slice(start - self._first, end - start)


def _differing(name: str, keys: pa.Array, before: pa.Table, after: pa.Table) -> pa.Table:
    differs = [differing_rows(before[column].combine_chunks(), after[column].combine_chunks()) for column in after.column_names]
    matrix = np.array(differs).T if differs else np.zeros((len(keys), 0), dtype=bool)
    changed = np.flatnonzero(matrix.any(axis=1))
    patterns, which = np.unique(matrix[changed], axis=0, return_inverse=True)
    names = np.array(after.column_names)
    listed = pa.array([list(names[pattern]) for pattern in patterns], DELTA_SCHEMA.field("columns").type)
    return _rows(name, "MOD", keys.take(pa.array(changed)), listed.take(pa.array(which.reshape(-1))))


def differing_rows(before: pa.Array, after: pa.Array) -> Mask:
    """Which rows of two columns of one type and length differ; null equals null, and lists and structs are looked into."""
    if pa.types.is_list(after.type):
        return _differing_lists(before, after)
    there: Mask = pc.is_valid(before).to_numpy(zero_copy_only=False)
    differs: Mask = there != pc.is_valid(after).to_numpy(zero_copy_only=False)
    if pa.types.is_struct(after.type):
        for part in after.type:
            differs |= there & differing_rows(pc.struct_field(before, part.name), pc.struct_field(after, part.name))
        return differs
    differs |= pc.fill_null(pc.not_equal(before, after), False).to_numpy(zero_copy_only=False)
    return differs


def _differing_lists(before: pa.Array, after: pa.Array) -> Mask:
    lengths = [pc.fill_null(pc.list_value_length(lists), -1).to_numpy(zero_copy_only=False) for lists in (before, after)]
    differs: Mask = lengths[0] != lengths[1]
    same = np.flatnonzero(~differs & (lengths[0] > 0))
    if len(same):
        inner = [pc.list_flatten(lists.take(pa.array(same))) for lists in (before, after)]
        owners = np.repeat(same, lengths[0][same])
        differs[owners[differing_rows(*inner)]] = True
    return differs
