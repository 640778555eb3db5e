"""Figures of a release by which the next one is judged: rows, how full its columns are, and what they are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from healthnews.records import TABLES
from healthnews.schema import schema

HOSTS = "articles.host"
MIXES = (
    HOSTS, "articles.record", "articles.published_at_source", "captures.outcome", "failures.reason", "clusters.kind", "claims.polarity",
    "claims.modality", "contradictions.type", "contradictions.status",
)  # fmt: skip
"""Columns with few values, whose shares are kept."""
MAX_VALUES = 500
"""Values of a mix that are kept, the most frequent."""


class Figures:
    """Figures of tables that come in batches."""

    def __init__(self) -> None:
        self._tables = {name: _Fill(name) for name in TABLES}
        self._mixes: dict[str, Counter[str]] = {mix: Counter() for mix in MIXES}

    def add(self, name: str, batch: pa.RecordBatch) -> None:
        """Count some rows of a table."""
        self._tables[name].add(batch)
        for mix, counts in self._mixes.items():
            table, column = mix.split(".")
            if table == name:
                for entry in pc.value_counts(batch[column]):
                    counts[entry["values"].as_py() or ""] += entry["counts"].as_py()

    def profile(self) -> dict[str, Any]:
        """What was counted.

        Returns:
            `tables`: for each table `rows` and `fill`, the share of rows in which a column that may be empty has a value, of articles
            only those that are pages (there are `pages`); `mix`: for some columns the number of rows of each value.
        """
        tables = {name: table.profile() for name, table in self._tables.items()}
        return {"tables": tables, "mix": {mix: dict(counts.most_common()) for mix, counts in self._mixes.items()}}


def kept_profile(profile: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a profile: of each mix the `MAX_VALUES` most frequent values. It is compared as a whole, for a rank is no loss."""
    return {**profile, "mix": {mix: dict(Counter(counts).most_common(MAX_VALUES)) for mix, counts in profile["mix"].items()}}


class _Fill:
    """Rows of a table, and the values that its columns have."""

    def __init__(self, name: str) -> None:
        self._of_pages = name == "articles"
        optional = [f for f in schema(TABLES[name]) if f.nullable or (self._of_pages and pa.types.is_list(f.type))]
        self._columns = [f.name for f in optional if self._of_pages or not pa.types.is_nested(f.type)]
        self._filled = Counter[str]()
        self._rows = self._pages = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._rows += batch.num_rows
        if not self._of_pages:
            self._filled.update({name: batch.num_rows - batch[name].null_count for name in self._columns})
            return
        is_page = pc.equal(batch["record"], "page")
        self._pages += pc.sum(is_page).as_py() or 0
        for name in self._columns:
            found = _has_value(batch[name])
            if name == "body":  # a body whose beginning is there was left out on purpose
                found = pc.or_(found, pc.is_valid(batch["excerpt"]))
            self._filled[name] += pc.sum(pc.and_(found, is_page)).as_py() or 0

    def profile(self) -> dict[str, Any]:
        whole = self._pages if self._of_pages else self._rows
        fill = {name: round(self._filled[name] / whole, 6) if whole else 0.0 for name in self._columns}
        return {"rows": self._rows, **({"pages": whole} if self._of_pages else {}), "fill": fill}


def _has_value(column: pa.Array) -> pa.Array:
    """Which values are there and not empty."""
    if pa.types.is_list(column.type):
        return pc.fill_null(pc.greater(pc.list_value_length(column), 0), False)
    return pc.is_valid(column)


def rows_of(profile: Mapping[str, Any]) -> dict[str, int]:
    """Rows by table."""
    return {name: table["rows"] for name, table in profile["tables"].items()}
