"""The work tables of a data folder from which the pipeline makes the release of `release_data`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from benchmarks.release_data import read_tables
from healthnews.dataset.catalogue import SightingRow
from healthnews.dataset.work import AnalysedRow, WorkClaimRow, WorkLinkRow
from healthnews.records import ArticleRow, CaptureRow, ContradictionRow
from healthnews.schema import schema

_BATCH = "_batch"
_Make = Callable[[pa.RecordBatch], Mapping[str, Any]]


def _rows(batch: pa.RecordBatch) -> dict[str, Any]:
    return {name: batch[name] for name in batch.schema.names}


def _sightings(batch: pa.RecordBatch) -> dict[str, Any]:
    count = batch.num_rows
    empty = pa.array([[]] * count, schema(SightingRow).field("quality").type)
    return _rows(batch) | {"is_page": pa.repeat(True, count), "quality": empty, "snippet": pa.nulls(count, pa.string())}


_SOURCES: Mapping[str, tuple[type[Any], str, _Make]] = {
    "pages": (ArticleRow, "articles", _rows),
    "sightings": (SightingRow, "articles", _sightings),
    "captures": (CaptureRow, "captures", _rows),
    "claims": (WorkClaimRow, "claims", lambda batch: _rows(batch) | {"content_key": pa.repeat("k", batch.num_rows)}),
    "analysed": (AnalysedRow, "articles", lambda batch: _rows(batch) | {"content_key": pa.repeat("k", batch.num_rows)}),
    "related_links": (
        WorkLinkRow,
        "related_links",
        lambda batch: _rows(batch) | {"capture_id": pa.compute.replace_substring(batch["article_id"], "a_", "c_")},
    ),
    "contradictions": (ContradictionRow, "contradictions", _rows),
}
"""By work table: its record, the table that its rows are made of, and how."""


def write_store(tables: Path, folder: Path) -> None:
    """Write the work tables.

    Args:
        tables: Where `write_tables` put the tables of the release.
        folder: Where the work tables go.
    """
    for name, (record, source, make) in _SOURCES.items():
        wanted = schema(record).append(pa.field(_BATCH, pa.int64()))
        batches = _batches(tables, source, make, wanted)
        write_deltalake(str(folder / name), pa.RecordBatchReader.from_batches(wanted, batches), mode="append")


def _batches(tables: Path, source: str, make: _Make, wanted: pa.Schema) -> Iterator[pa.RecordBatch]:
    for batch in read_tables(tables, is_backwards=True)[source]:
        columns = {**make(batch), _BATCH: pa.repeat(0, batch.num_rows)}
        arrays = [columns[f.name] if f.name in columns else pa.nulls(batch.num_rows, f.type) for f in wanted]
        yield pa.RecordBatch.from_arrays([array.cast(f.type) for array, f in zip(arrays, wanted, strict=True)], schema=wanted)
