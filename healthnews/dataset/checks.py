"""Whether the tables of a release are right in themselves: schema, keys, references, dates, quotations; fed their rows in batches."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from healthnews.dataset.issues import MAX_EXAMPLES, Check, Issue
from healthnews.records import TABLES
from healthnews.schema import key_columns, schema

REFERENCES: Sequence[tuple[str, str, str, str]] = (
    ("article_aliases", "article_id", "articles", "article_id"),
    ("related_links", "article_id", "articles", "article_id"),
    ("related_links", "target_id", "articles", "article_id"),
    ("articles", "capture_id", "captures", "capture_id"),
    ("duplicates", "article_id", "articles", "article_id"),
    ("duplicates", "representative_id", "articles", "article_id"),
    ("duplicates", "cluster_id", "clusters", "cluster_id"),
    ("clusters", "representative_id", "articles", "article_id"),
    ("duplicate_edges", "a_article_id", "articles", "article_id"),
    ("duplicate_edges", "b_article_id", "articles", "article_id"),
    ("duplicate_edges", "cluster_id", "clusters", "cluster_id"),
    ("claims", "article_id", "articles", "article_id"),
    ("contradictions", "a_claim_id", "claims", "claim_id"),
    ("contradictions", "b_claim_id", "claims", "claim_id"),
    ("judgements", "applies_to", "contradictions", "contradiction_id"),
)
"""Table and column, and the table and key that its values must be found in; null refers to nothing."""
EARLIEST = datetime(1990, 1, 1)
"""No page was on the web before."""
_CLOCK_SLACK = timedelta(days=1)
"""Pages print dates of their own time zone, and clocks differ."""
MAX_BAD_DATES = 0.01
"""Share of a column's dates that may lie outside the range: one page that says 2099 is no reason to publish nothing."""
MIN_BAD_DATES = 2
"""Of few dates one is more than that share, and no reason either."""
_DATES = {
    "articles": ("published_at", "modified_at", "first_seen_at", "last_seen_at"), "related_links": ("published_at",),
    "captures": ("fetched_at",), "failures": ("failed_at",), "claims": ("published_at",),
}  # fmt: skip


def parquet_path(folder: Path, table: str) -> Path:
    """Parquet file of a table of a release."""
    return folder / f"{table}.parquet"


def read_columns(folder: Path, table: str, columns: Sequence[str]) -> pa.Table:
    """A few columns of a table of a release."""
    with pq.ParquetFile(parquet_path(folder, table)) as file:  # `read_table` imports and asks the dataset machinery first
        return file.read(columns=list(columns))


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


def examples(values: pa.ChunkedArray) -> tuple[str, ...]:
    """A few different ones of some values."""
    return tuple(map(str, values.slice(0, 10 * MAX_EXAMPLES).unique().to_pylist()[:MAX_EXAMPLES]))


def missing_reference(table: str, column: str, missing: pa.ChunkedArray, parent: str, key: str) -> Issue:
    """That values of a column refer to what is not there."""
    return Issue(
        check="foreign_key", table=table, column=column, rows=len(missing), found=f"{len(missing):,} rows name what is not in {parent}",
        expected=f"a {key} of {parent}", examples=examples(missing),
    )  # fmt: skip


def check_batch(name: str, batch: pa.RecordBatch | pa.Table) -> list[Issue]:
    """Whether rows have the schema of their table, no value missing that must be there."""
    wanted = schema(TABLES[name])
    if not batch.schema.equals(wanted):
        differing = [f.name for f in wanted if f.name not in batch.schema.names or not batch.schema.field(f.name).equals(f)]
        more = [column for column in batch.schema.names if column not in wanted.names]
        named = ", ".join([*differing, *more]) or "the order of columns"
        return [Issue(check="schema", table=name, found=f"other columns: {named}", expected="those of the data dictionary")]
    nulls = {f.name: batch[f.name].null_count for f in wanted if not f.nullable}
    return [
        Issue(check="schema", table=name, column=column, rows=count, found=f"{count:,} rows without a value", expected="one in each row")
        for column, count in nulls.items()
        if count
    ]


class KeyCheck:
    """Rows of a table stand in the order of their key, and no key twice."""

    def __init__(self, name: str) -> None:
        self._name, self._key = name, key_columns(TABLES[name])
        self._last: pa.RecordBatch | None = None
        self._counts = Counter[str]()
        self._examples: dict[str, list[str]] = defaultdict(list)

    def add(self, batch: pa.RecordBatch) -> None:
        """Check the next rows; there is one at least."""
        rows = batch.select(list(self._key))
        joined = pa.Table.from_batches([rows] if self._last is None else [self._last, rows]).combine_chunks()
        self._last = rows.slice(rows.num_rows - 1)
        ascending = np.zeros(joined.num_rows - 1, dtype=bool)
        equal = np.ones(joined.num_rows - 1, dtype=bool)
        for column in self._key:
            before, after = joined[column].slice(0, joined.num_rows - 1), joined[column].slice(1)
            ascending |= equal & pc.greater(after, before).to_numpy()
            equal &= pc.equal(after, before).to_numpy()
        for check, found in (("unique_key", np.flatnonzero(equal)), ("order", np.flatnonzero(~ascending & ~equal))):
            if len(found):
                self._counts[check] += len(found)
                named = joined.take(pa.array(found[:MAX_EXAMPLES] + 1)).to_pylist()
                self._examples[check] += [" | ".join(map(str, row.values())) for row in named]

    def issues(self) -> Iterator[Issue]:
        """What was found in all batches."""
        checks: tuple[tuple[Check, str], ...] = (("unique_key", "keys that another row has"), ("order", "rows out of order"))
        for check, said in checks:
            if count := self._counts[check]:
                yield Issue(
                    check=check, table=self._name, column=", ".join(self._key), rows=count, found=f"{count:,} {said}",
                    expected="each key once, in order", examples=tuple(self._examples[check][:MAX_EXAMPLES]),
                )  # fmt: skip

    @property
    def is_broken(self) -> bool:
        """Whether a row stood where it must not."""
        return self._counts.total() > 0


class DateCheck:
    """Dates lie between the first page of the web and now.

    Args:
        now: Present moment, UTC.
    """

    def __init__(self, now: datetime) -> None:
        self._latest = now.astimezone(UTC) + _CLOCK_SLACK
        self._dates, self._outside = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        self._examples: dict[tuple[str, str], list[str]] = defaultdict(list)

    def add(self, name: str, batch: pa.RecordBatch) -> None:
        """Check the dates of some rows of a table."""
        for column in _DATES.get(name, ()):
            dates, place = batch[column], (name, column)
            self._dates[place] += len(dates) - dates.null_count
            zone = UTC if dates.type.tz else None
            earliest, latest = EARLIEST.replace(tzinfo=zone), self._latest.replace(tzinfo=zone)
            found = pc.min_max(dates)
            if found["min"].is_valid and not (earliest <= found["min"].as_py() and found["max"].as_py() <= latest):
                limits = [pa.scalar(limit, dates.type) for limit in (earliest, latest)]
                outside = dates.filter(pc.or_(pc.less(dates, limits[0]), pc.greater(dates, limits[1])))
                self._outside[place] += len(outside)
                self._examples[place] += [f"{value:%Y-%m-%d}" for value in outside.slice(0, MAX_EXAMPLES).to_pylist()]

    def issues(self) -> Iterator[Issue]:
        """What was found in all batches."""
        for (table, column), count in self._outside.items():
            dates = self._dates[table, column]
            refuses = count >= MIN_BAD_DATES and count / dates > MAX_BAD_DATES
            yield Issue(
                check="date_range", table=table, column=column, rows=count, refuses=refuses,
                found=f"{count:,} of {dates:,} dates lie outside", expected=f"from {EARLIEST:%Y} to {self._latest:%Y-%m-%d}",
                examples=tuple(self._examples[table, column][:MAX_EXAMPLES]),
            )  # fmt: skip
