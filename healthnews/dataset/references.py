"""Whether what rows say of each other holds: references are found, sentences are those of their claims, judgements find their pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from healthnews.dataset.checks import REFERENCES, examples, missing_reference, whole
from healthnews.dataset.issues import Issue
from healthnews.records import TABLES
from healthnews.schema import schema

_JUDGED = ("accepted", "rejected")
"""A contradiction that people judged may outlive its claims: the judgement keeps both sentences."""
_PAIR = ("a_claim_id", "b_claim_id")
_BY_SPANS = ("claims", "article_id")
"""A reference that the check of spans has followed already."""
_MORE = {
    "claims": ("claim_id", "article_id", "origin", "start", "end", "sentence"),
    "contradictions": (*_PAIR, "a_sentence", "b_sentence", "status"),
    "judgements": ("stale",),
}
"""Columns that are needed when all tables are known, beside keys that are referred to and what refers to them."""


def _kept_columns() -> dict[str, tuple[str, ...]]:
    kept = defaultdict[str, set[str]](set)
    for table, column, parent, key in REFERENCES:
        kept[table].add(column)
        kept[parent].add(key)
    for table, columns in _MORE.items():
        kept[table].update(columns)
    return {table: tuple(sorted(columns)) for table, columns in kept.items()}


class KeptColumns:
    """The columns by which rows of several tables hang together, gathered from their batches."""

    _NAMES = _kept_columns()

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str], list[pa.Array]] = defaultdict(list)

    def add(self, name: str, batch: pa.RecordBatch) -> None:
        """Keep what is needed of some rows."""
        for column in self._NAMES.get(name, ()):
            values = batch[column]
            # Copied: a slice would keep the memory of the whole batch, with its texts.
            self._parts[name, column].append(pa.concat_arrays([values, values.slice(0, 0)]))

    def table(self, name: str) -> pa.Table:
        """The columns kept of a table."""
        types = schema(TABLES[name])
        return pa.table({c: pa.chunked_array(self._parts[name, c], types.field(c).type) for c in self._NAMES[name]})


def check_references(columns: KeptColumns) -> Iterator[Issue]:
    """Every value that refers to a table is found there; those that refer to one table are looked up together."""
    for parent, key in dict.fromkeys((parent, key) for *_, parent, key in REFERENCES):
        children = [(table, column) for table, column, *place in REFERENCES if place == [parent, key] and (table, column) != _BY_SPANS]
        values = [_referring(columns.table(table), column) for table, column in children]
        keys = whole(columns.table(parent)[key])
        joined = pa.chunked_array([chunk for column in values for chunk in column.chunks], pa.string())
        found, first = pc.is_in(joined, keys), 0
        for (table, column), named in zip(children, values, strict=True):
            missing = named.filter(pc.invert(found.slice(first, len(named))))
            first += len(named)
            if len(missing):
                yield missing_reference(table, column, missing, parent, key)


def _referring(rows: pa.Table, column: str) -> pa.ChunkedArray:
    """Values of a column that must be found elsewhere."""
    if column in _PAIR:
        rows = rows.select([column, "status"]).filter(pc.invert(pc.is_in(rows["status"], pa.array(_JUDGED))))
    return rows[column].drop_null()


def check_quotations(columns: KeptColumns) -> Iterator[Issue]:
    """The sentences of a contradiction are those of its claims."""
    rows = columns.table("contradictions")
    named = pa.chunked_array([chunk for side in "ab" for chunk in rows[f"{side}_claim_id"].chunks], pa.string())
    claims = columns.table("claims").select(["claim_id", "sentence"])
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
                examples=examples(other[f"{side}_claim_id"]),
            )  # fmt: skip


def check_judgements(columns: KeptColumns) -> Iterator[Issue]:
    """Judgements whose statements are gone are told, and refuse nothing."""
    stale = pc.sum(columns.table("judgements")["stale"]).as_py() or 0
    if stale:
        yield Issue(
            check="stale_judgements", table="judgements", refuses=False, rows=stale,
            found=f"{stale:,} are about statements that are gone", expected="each to find its pair; a stale one blocks nothing",
        )  # fmt: skip
