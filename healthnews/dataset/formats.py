"""The forms in which a release may hold its tables beside Parquet, each for the tools that read it best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from healthnews.dataset.checks import parquet_path
from healthnews.dataset.delimited import write_csv, write_excel_csv
from healthnews.dataset.files import file_sha256
from healthnews.dataset.json_lines import write_json_lines
from healthnews.dataset.sqlite_file import write_sqlite
from healthnews.dataset.workbook import write_workbook
from healthnews.errors import UsageError
from healthnews.records import TABLES

SAMPLE_ROWS = 1_000
_BATCH_ROWS = 8_192

Batches = Callable[[str], Iterator[pa.RecordBatch]]
"""Gives the rows of a table, some at a time."""
_MEDIA_TYPES = MappingProxyType(
    {
        ".csv": "text/csv",
        ".gz": "application/gzip",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".sqlite": "application/vnd.sqlite3",
    }
)


def _each_table(write: Callable[[Path, Iterator[pa.RecordBatch], str], None], pattern: str) -> Callable[[Path, Batches, datetime], None]:
    def write_all(folder: Path, batches: Batches, _created: datetime) -> None:
        for name in TABLES:
            path = folder / pattern.format(name)
            path.parent.mkdir(exist_ok=True)
            write(path, batches(name), name)

    return write_all


def _sample(folder: Path, batches: Batches, created: datetime) -> None:
    """The first rows by key: ids are digests, so they are a random choice, and the same one in each release while they live."""
    _each_table(write_csv, "sample/{}.csv")(folder, lambda name: _first(batches(name), SAMPLE_ROWS), created)


_WRITERS: Mapping[str, Callable[[Path, Batches, datetime], None]] = MappingProxyType(
    {
        "csv": _each_table(write_csv, "csv/{}.csv"),
        "excel.csv": _each_table(write_excel_csv, "excel/{}.excel.csv"),
        "jsonl.gz": _each_table(write_json_lines, "jsonl/{}.jsonl.gz"),
        "xlsx": lambda folder, batches, created: write_workbook(folder / "healthnews.xlsx", batches, created),
        "sqlite": lambda folder, batches, _created: write_sqlite(folder / "healthnews.sqlite", batches),
        "sample": _sample,
    }
)
FORMATS = tuple(_WRITERS)
"""Names of the forms."""
ALL = "all"


def parse_formats(text: str) -> tuple[str, ...]:
    """The forms that a comma-separated list names, in the order of `FORMATS`; `all` names each, nothing none.

    Raises:
        UsageError: There is no such form.
    """
    named = {name.strip() for name in text.split(",") if name.strip()} - {"parquet"}
    if unknown := sorted(named - {*FORMATS, ALL}):
        raise UsageError(f"no format {', '.join(unknown)}; there are {', '.join(FORMATS)}, and all (Parquet is always there)")
    return FORMATS if ALL in named else tuple(name for name in FORMATS if name in named)


def export_release(folder: Path, formats: Sequence[str], created: datetime) -> list[dict[str, Any]]:
    """Write the tables of a release in other forms beside its Parquet files.

    Args:
        folder: The release.
        formats: Some of `FORMATS`.
        created: Moment that a workbook says it was made, so that equal tables make equal bytes.

    Returns:
        An entry of the manifest for each file: path, format, table (null for a file of all), bytes, sha256, media_type.
    """
    entries = []
    for name in formats:
        before = set(folder.rglob("*"))
        _WRITERS[name](folder, partial(_batches, folder), created)
        made = sorted(path for path in set(folder.rglob("*")) - before if path.is_file())
        entries += [_entry(folder, name, path) for path in made]
    return entries


def _entry(folder: Path, name: str, path: Path) -> dict[str, Any]:
    table = path.name.split(".")[0]
    return {
        "path": path.relative_to(folder).as_posix(), "format": name, "table": table if table in TABLES else None,
        "bytes": path.stat().st_size, "sha256": file_sha256(path), "media_type": _MEDIA_TYPES[path.suffix],
    }  # fmt: skip


def _batches(folder: Path, table: str) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(parquet_path(folder, table)) as file:
        yield from file.iter_batches(_BATCH_ROWS)


def _first(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch.slice(0, rows)
        rows -= batch.num_rows
        if rows <= 0:
            return
