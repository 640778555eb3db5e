"""Whether the tables of a release are right in themselves: schema, keys, references, spans, dates. Read from its Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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
_JUDGED = ("accepted", "rejected")
"""A contradiction that people judged may outlive its claims: the judgement keeps both sentences."""
EARLIEST = datetime(1990, 1, 1)
"""No page was on the web before."""
_CLOCK_SLACK = timedelta(days=1)
"""Pages print dates of their own time zone, and clocks differ."""
MAX_BAD_DATES = 0.01
"""Share of a column's dates that may lie outside the range: one page that says 2099 is no reason to publish nothing."""
_DATES = (
    ("articles", "published_at"), ("articles", "modified_at"), ("articles", "first_seen_at"), ("articles", "last_seen_at"),
    ("related_links", "published_at"), ("captures", "fetched_at"), ("failures", "failed_at"), ("claims", "published_at"),
)  # fmt: skip
SCANNED_ROWS = 16_384
"""Rows with bodies that are in memory at one time."""


def parquet_path(folder: Path, table: str) -> Path:
    """Parquet file of a table of a release."""
    return folder / f"{table}.parquet"


def read_columns(folder: Path, table: str, columns: Sequence[str]) -> pa.Table:
    """A few columns of a table of a release."""
    with pq.ParquetFile(parquet_path(folder, table)) as file:  # `read_table` imports and asks the dataset machinery first
        return file.read(columns=list(columns))


def check_batch(name: str, batch: pa.Table | pa.RecordBatch) -> list[Issue]:
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


def check_schemas(folder: Path) -> list[Issue]:
    """Whether the Parquet files of a release have the schemas of today."""
    return [issue for name in TABLES for issue in check_batch(name, pq.read_schema(parquet_path(folder, name)).empty_table())]


def check_release(folder: Path, now: datetime) -> Iterator[Issue]:
    """Every check of the tables in themselves but that of spans, which reads all texts: `SpanCheck`.

    Args:
        folder: Where the Parquet files lie.
        now: Present moment, UTC.
    """
    for name, record in TABLES.items():
        yield from _check_keys(folder, name, key_columns(record))
    yield from _check_references(folder)
    for table, column in _DATES:
        yield from _check_dates(folder, table, column, now)
    yield from _check_quotations(folder)
    yield from _check_judgements(folder)


def _check_keys(folder: Path, name: str, key: Sequence[str]) -> Iterator[Issue]:
    """Rows stand in the order of their key, and no key twice."""
    table = read_columns(folder, name, key).combine_chunks()
    if table.num_rows < 2:
        return
    ascending = np.zeros(table.num_rows - 1, dtype=bool)
    equal = np.ones(table.num_rows - 1, dtype=bool)
    for column in key:
        before, after = table[column].slice(0, table.num_rows - 1), table[column].slice(1)
        ascending |= equal & pc.greater(after, before).to_numpy()
        equal &= pc.equal(after, before).to_numpy()
    checks: tuple[tuple[Check, Any, str], ...] = (
        ("unique_key", np.flatnonzero(equal), "keys that another row has"),
        ("order", np.flatnonzero(~ascending & ~equal), "rows out of order"),
    )
    for check, found, said in checks:
        if len(found):
            examples = tuple(" | ".join(map(str, row.values())) for row in table.take(found[:MAX_EXAMPLES] + 1).to_pylist())
            yield Issue(
                check=check, table=name, column=", ".join(key), rows=len(found), found=f"{len(found):,} {said}",
                expected="each key once, in order", examples=examples,
            )  # fmt: skip


def _check_references(folder: Path) -> Iterator[Issue]:
    """Every value that refers to a table is found there; those that refer to one table are looked up together."""
    for parent, key in dict.fromkeys((parent, key) for *_, parent, key in REFERENCES):
        children = [(table, column) for table, column, *place in REFERENCES if place == [parent, key]]
        values = [_referring(folder, table, column) for table, column in children]
        keys = read_columns(folder, parent, [key])[key].combine_chunks()
        joined = pa.chunked_array([chunk for column in values for chunk in column.chunks], pa.string())
        found, first = pc.is_in(joined, keys), 0
        for (table, column), named in zip(children, values, strict=True):
            missing = named.filter(pc.invert(found.slice(first, len(named))))
            first += len(named)
            if len(missing):
                yield Issue(
                    check="foreign_key", table=table, column=column, rows=len(missing),
                    found=f"{len(missing):,} rows name what is not in {parent}", expected=f"a {key} of {parent}",
                    examples=_examples(missing),
                )  # fmt: skip


def _referring(folder: Path, table: str, column: str) -> pa.ChunkedArray:
    """Values of a column that must be found elsewhere."""
    exempt = table == "contradictions"
    rows = read_columns(folder, table, [column, "status"] if exempt else [column])
    if exempt:
        rows = rows.filter(pc.invert(pc.is_in(rows["status"], pa.array(_JUDGED))))
    return rows[column].drop_null()


def _examples(values: pa.ChunkedArray) -> tuple[str, ...]:
    return tuple(map(str, values.slice(0, 10 * MAX_EXAMPLES).unique().to_pylist()[:MAX_EXAMPLES]))


def _check_dates(folder: Path, table: str, column: str, now: datetime) -> Iterator[Issue]:
    dates = read_columns(folder, table, [column])[column].drop_null()
    zone = dates.type.tz
    latest = now + _CLOCK_SLACK if zone else now.astimezone(UTC).replace(tzinfo=None) + _CLOCK_SLACK
    earliest = EARLIEST.replace(tzinfo=UTC) if zone else EARLIEST
    outside = dates.filter(
        pc.or_(pc.less(dates, pa.scalar(earliest, dates.type)), pc.greater(dates, pa.scalar(latest, dates.type)))
    )  # fmt: skip
    if len(outside):
        share = len(outside) / len(dates)
        yield Issue(
            check="date_range", table=table, column=column, rows=len(outside), refuses=share > MAX_BAD_DATES,
            found=f"{len(outside):,} of {len(dates):,} dates lie outside", expected=f"from {earliest:%Y} to {latest:%Y-%m-%d}",
            examples=tuple(f"{value:%Y-%m-%d}" for value in outside.slice(0, MAX_EXAMPLES).to_pylist()),
        )  # fmt: skip


def _check_quotations(folder: Path) -> Iterator[Issue]:
    """The sentences of a contradiction are those of its claims."""
    rows = read_columns(folder, "contradictions", ["a_claim_id", "a_sentence", "b_claim_id", "b_sentence"])
    named = pa.chunked_array([chunk for side in "ab" for chunk in rows[f"{side}_claim_id"].chunks], pa.string())
    claims = read_columns(folder, "claims", ["claim_id", "sentence"])
    claims = claims.filter(pc.is_in(claims["claim_id"], named.combine_chunks()))
    for side in "ab":
        place = pc.index_in(rows[f"{side}_claim_id"], claims["claim_id"].combine_chunks())
        known = rows.filter(pc.is_valid(place))
        sentences = claims["sentence"].take(place.drop_null()) if known.num_rows else known[f"{side}_sentence"]
        other = known.filter(pc.not_equal(known[f"{side}_sentence"], sentences))
        if other.num_rows:
            yield Issue(
                check="span", table="contradictions", column=f"{side}_sentence", rows=other.num_rows,
                found=f"{other.num_rows:,} are not the sentence of their claim", expected="the claim's sentence, verbatim",
                examples=_examples(other[f"{side}_claim_id"]),
            )  # fmt: skip


def _check_judgements(folder: Path) -> Iterator[Issue]:
    stale = pc.sum(read_columns(folder, "judgements", ["stale"])["stale"]).as_py() or 0
    if stale:
        yield Issue(
            check="stale_judgements", table="judgements", refuses=False, rows=stale,
            found=f"{stale:,} are about statements that are gone", expected="each to find its pair; a stale one blocks nothing",
        )  # fmt: skip
