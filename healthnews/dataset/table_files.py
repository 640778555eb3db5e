"""Parquet files of a release: written in batches, each looked at by the gates as it goes into its file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from healthnews.dataset.batches import Rows, row_groups
from healthnews.dataset.checks import parquet_path
from healthnews.dataset.examination import Examination
from healthnews.dataset.files import file_sha256
from healthnews.dataset.issues import Issue
from healthnews.records import TABLES
from healthnews.schema import key_columns, schema


def write_table(folder: Path, name: str, rows: Rows, examination: Examination) -> list[Issue]:
    """Write one table with its explicit schema, a row group at a time, and let the gates look at each.

    Returns:
        What is so wrong with its rows that it is not written to the end.

    Raises:
        RuntimeError: The file does not hold as many rows as were looked at.
    """
    path, written = parquet_path(folder, name), 0
    with path.open("wb") as file, pq.ParquetWriter(file, schema(TABLES[name]), compression="zstd") as writer:
        for group in row_groups(rows):
            if issues := examination.add(name, group):
                return issues
            writer.write_batch(group)
            written += group.num_rows
    if (found := pq.read_metadata(path).num_rows) != written:
        raise RuntimeError(f"{path} holds {found:,} rows; {written:,} were written")
    return []


def table_entry(folder: Path, name: str) -> dict[str, Any]:
    """Entry of a table in the manifest, read off its file."""
    path = parquet_path(folder, name)
    return {
        "file": path.name,
        "rows": pq.read_metadata(path).num_rows,
        "bytes": path.stat().st_size,
        "sha256": file_sha256(path),
        "key": list(key_columns(TABLES[name])),
        "schema_sha256": hashlib.sha256(schema(TABLES[name]).serialize().to_pybytes()).hexdigest(),
    }
