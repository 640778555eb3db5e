"""Whether the tables of a release are right in themselves: schema, keys, references, spans, dates. Read from its Parquet files."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
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
    return pq.read_table(parquet_path(folder, table), columns=list(columns))


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
    """Every check of the tables in themselves but that of spans, which reads all texts: `check_spans`.

    Args:
        folder: Where the Parquet files lie.
        now: Present moment, UTC.
    """
    for name, record in TABLES.items():
        yield from _check_keys(folder, name, key_columns(record))
    for table, column, parent, key in REFERENCES:
        yield from _check_reference(folder, table, column, parent, key)
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


def _check_reference(folder: Path, table: str, column: str, parent: str, key: str) -> Iterator[Issue]:
    exempt = table == "contradictions"
    rows = read_columns(folder, table, [column, "status"] if exempt else [column])
    if exempt:
        rows = rows.filter(pc.invert(pc.is_in(rows["status"], pa.array(_JUDGED))))
    values = rows[column].drop_null()
    missing = values.filter(pc.invert(pc.is_in(values, read_columns(folder, parent, [key])[key].combine_chunks())))
    if len(missing):
        yield Issue(
            check="foreign_key", table=table, column=column, rows=len(missing),
            found=f"{len(missing):,} rows name what is not in {parent}", expected=f"a {key} of {parent}", examples=_examples(missing),
        )  # fmt: skip


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
    claims = read_columns(folder, "claims", ["claim_id", "sentence"])
    for side in ("a", "b"):
        rows = read_columns(folder, "contradictions", [f"{side}_claim_id", f"{side}_sentence"])
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


def _plain(value: pa.Scalar) -> Any:
    return value.as_py()


class SpanCheck:
    """Offsets against texts, fed the articles in batches: claims, and the places of quality flags."""

    COLUMNS = ("article_id", "title", "snippet", "body", "quality")

    def __init__(self, folder: Path) -> None:
        claims = read_columns(folder, "claims", ["article_id", "origin", "start", "end", "sentence", "claim_id"])
        self._claims = claims.sort_by("article_id").combine_chunks()
        self._wrong: dict[str, list[str]] = {"claims": [], "articles": []}

    def add(self, batch: pa.RecordBatch) -> None:
        """Check the claims and flags of a batch of articles, which stand in the order of their ids."""
        if not batch.num_rows:
            return
        ids = batch["article_id"].to_pylist()
        owners = self._claims["article_id"]
        first, last = bisect_left(owners, ids[0], key=_plain), bisect_right(owners, ids[-1], key=_plain)
        place = {article_id: row for row, article_id in enumerate(ids)}
        texts = {origin: batch[origin] for origin in ("title", "snippet", "body")}
        claims = self._claims.slice(first, last - first)
        read: tuple[Any, Any] = (None, None)
        for claim in zip(*(claims[name].to_pylist() for name in claims.column_names), strict=True):
            article_id, origin, start, end, sentence, claim_id = claim
            row = place.get(article_id)
            if row is None:  # told as a missing reference
                continue
            if read[0] != (row, origin):
                read = (row, origin), texts[origin][row].as_py()
            if not (read[1] is not None and 0 <= start < end and read[1][start:end] == sentence) and not self._is_excerpt(
                batch, row, origin
            ):
                self._wrong["claims"].append(claim_id)
        self._add_flags(batch)

    @staticmethod
    def _is_excerpt(batch: pa.RecordBatch, row: int, origin: str) -> bool:
        """Whether the text was left out on purpose."""
        return origin == "body" and "excerpt" in batch.schema.names and batch["excerpt"][row].is_valid

    def _add_flags(self, batch: pa.RecordBatch) -> None:
        flags, owners = pc.list_flatten(batch["quality"]), pc.list_parent_indices(batch["quality"])
        if not len(flags):
            return
        names = ("title", "snippet", "body")
        origin = pc.index_in(pc.struct_field(flags, "origin"), pa.array(names))
        start, end = pc.struct_field(flags, "start"), pc.struct_field(flags, "end")
        length = pc.cast(pc.choose(origin, *(pc.utf8_length(batch[name]).take(owners) for name in names)), pa.int64())
        inside = pc.and_(pc.and_(pc.greater_equal(start, 0), pc.less_equal(start, end)), pc.less_equal(end, length))
        # A text that is not there has no length: an excerpt keeps the places.
        wrong = owners.filter(pc.invert(pc.fill_null(inside, True)))
        self._wrong["articles"] += batch["article_id"].take(wrong).to_pylist()

    def issues(self) -> Iterable[Issue]:
        """What was found in all batches."""
        for table, column, said, expected in (
            ("claims", "sentence", "claims are not what stands at their place", "article[origin][start:end] == sentence"),
            ("articles", "quality", "flags point outside their text", "0 <= start <= end <= length"),
        ):
            if wrong := self._wrong[table]:
                examples = tuple(dict.fromkeys(wrong))[:MAX_EXAMPLES]
                found = f"{len(wrong):,} {said}"
                yield Issue(check="span", table=table, column=column, rows=len(wrong), found=found, expected=expected, examples=examples)
