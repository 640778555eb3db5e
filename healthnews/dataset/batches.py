"""Rows of a table in batches of one size, however they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import pyarrow as pa

SCANNED_ROWS = 16_384
"""Rows with bodies that are in memory at one time."""
Rows: TypeAlias = pa.Table | pa.RecordBatchReader


def row_groups(rows: Rows) -> Iterator[pa.RecordBatch]:
    """The rows in batches of SCANNED_ROWS, so that equal tables make equal files; of no rows an empty one, which has their schema."""
    held: list[pa.RecordBatch] = []
    is_any = False
    for batch in rows.to_batches(max_chunksize=SCANNED_ROWS) if isinstance(rows, pa.Table) else rows:
        held.append(batch)
        while sum(part.num_rows for part in held) >= SCANNED_ROWS:
            together = pa.Table.from_batches(held)
            yield _one(together.slice(0, SCANNED_ROWS))
            held = together.slice(SCANNED_ROWS).to_batches()
            is_any = True
    if sum(part.num_rows for part in held):
        yield _one(pa.Table.from_batches(held))
    elif not is_any:
        yield pa.RecordBatch.from_pylist([], schema=rows.schema)


def _one(table: pa.Table) -> pa.RecordBatch:
    """Rows as one batch; they are not copied where they are one already."""
    return table.combine_chunks().to_batches()[0]
