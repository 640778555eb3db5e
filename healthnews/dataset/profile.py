"""Figures of a release by which the next one is judged: rows, how full its columns are, and what they are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from healthnews.dataset.checks import SCANNED_ROWS, parquet_path, read_columns
from healthnews.dataset.spans import SpanCheck
from healthnews.records import TABLES
from healthnews.schema import schema

MIXES = (
    ("articles", "record"), ("articles", "published_at_source"), ("captures", "outcome"), ("failures", "reason"), ("clusters", "kind"),
    ("claims", "polarity"), ("claims", "modality"), ("contradictions", "type"), ("contradictions", "status"),
)  # fmt: skip
"""Columns with few values, whose shares are kept; `articles.host` is beside them."""
HOSTS = "articles.host"
_MAX_VALUES = 500
"""Values of a mix that are kept, the most frequent."""
FILL_ROWS = 65_536
"""Rows of `articles` by which its fill rates are told, at least; of so many a share is right to half a point."""
_READ = ("article_id", "record", "host", "title", "snippet", "body", "excerpt", "quality")
"""Columns of every article: what spans point into, and what is counted."""
_LEAVES = {"sections": "sections.list.element.level", "evidence": "evidence.list.element.field"}
"""Of these columns the texts are not read: they are as long as the bodies."""


def profile_release(folder: Path, spans: SpanCheck) -> dict[str, Any]:
    """Figures of the Parquet files of a release; the span check is fed its articles on the way, so that texts are read once.

    Returns:
        `tables`: for each table `rows` and `fill`, the share of rows in which a column that may be empty has a value, of articles
        only those that are pages (`pages` of them were looked at); `mix`: for some columns the number of rows of each value.
    """
    hosts = Counter[str]()
    tables = {"articles": _scan_articles(folder, spans, hosts)}
    for name in TABLES:
        if name != "articles":
            tables[name] = _table_profile(folder, name)
    mix = {f"{table}.{column}": _mix(folder, table, column) for table, column in MIXES}
    return {"tables": tables, "mix": {HOSTS: dict(hosts.most_common(_MAX_VALUES)), **mix}}


def _scan_articles(folder: Path, spans: SpanCheck, hosts: Counter[str]) -> dict[str, Any]:
    """Read the articles once: their figures are returned, hosts counted, spans checked."""
    wanted = schema(TABLES["articles"])
    optional = [f.name for f in wanted if f.nullable or pa.types.is_list(f.type)]
    filled, rows, sampled = Counter[str](), 0, 0
    with pq.ParquetFile(parquet_path(folder, "articles"), pre_buffer=False) as file:  # else all of it is kept
        sample, rest = _sampled_groups(file)
        for groups, columns in ((sample, [_LEAVES.get(name, name) for name in (*_READ, *optional)]), (rest, _READ)):
            for batch in file.iter_batches(SCANNED_ROWS, row_groups=groups, columns=list(dict.fromkeys(columns))):
                spans.add(batch)
                rows += batch.num_rows
                for entry in pc.value_counts(pc.fill_null(batch["host"], "")):
                    hosts[entry["values"].as_py()] += entry["counts"].as_py()
                if groups is sample:
                    is_page = pc.equal(batch["record"], "page")
                    sampled += pc.sum(is_page).as_py() or 0
                    for name in optional:
                        filled[name] += pc.sum(pc.and_(_has_value(batch[name]), is_page)).as_py() or 0
    return {"rows": rows, "pages": sampled, "fill": {name: _share(filled[name], sampled) for name in optional}}


def _sampled_groups(file: pq.ParquetFile) -> tuple[list[int], list[int]]:
    """The row groups by which fill rates are told, and the others: ids are digests, so the first rows by key are a random choice."""
    sample: list[int] = []
    rows = 0
    while len(sample) < file.metadata.num_row_groups and rows < FILL_ROWS:
        rows += file.metadata.row_group(len(sample)).num_rows
        sample.append(len(sample))
    return sample, list(range(len(sample), file.metadata.num_row_groups))


def _has_value(column: pa.Array) -> pa.Array:
    """Which values are there and not empty."""
    if pa.types.is_list(column.type):
        return pc.fill_null(pc.greater(pc.list_value_length(column), 0), False)
    return pc.is_valid(column)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _table_profile(folder: Path, name: str) -> dict[str, Any]:
    """Rows, and fill rates as the file's own statistics have them: nothing is read."""
    with pq.ParquetFile(parquet_path(folder, name)) as file:
        found = file.metadata
        nulls: Counter[str] = Counter()
        for group in range(found.num_row_groups):
            for number in range(found.num_columns):
                column = found.row_group(group).column(number)
                if column.statistics is not None and column.statistics.has_null_count:
                    nulls[column.path_in_schema] += column.statistics.null_count
        optional = [f.name for f in schema(TABLES[name]) if f.nullable and not pa.types.is_nested(f.type)]
        rows = found.num_rows
    return {"rows": rows, "fill": {column: _share(rows - nulls[column], rows) for column in optional}}


def _mix(folder: Path, table: str, column: str) -> dict[str, int]:
    counts = pc.value_counts(read_columns(folder, table, [column])[column].combine_chunks())
    found = Counter({str(entry["values"].as_py() or ""): entry["counts"].as_py() for entry in counts})
    return dict(found.most_common(_MAX_VALUES))


def rows_of(profile: Mapping[str, Any]) -> dict[str, int]:
    """Rows by table."""
    return {name: table["rows"] for name, table in profile["tables"].items()}
