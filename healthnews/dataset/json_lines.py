"""JSON lines, compressed: an object a row, nested as the table is."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from healthnews.dataset.exports import json_line


def write_json_lines(path: Path, batches: Iterator[pa.RecordBatch], _table: str) -> None:
    """Rows as JSON objects with every column, times in ISO form; equal rows give equal bytes."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as file,
    ):
        for batch in batches:
            file.writelines(f"{json_line(row)}\n" for row in batch.to_pylist())
