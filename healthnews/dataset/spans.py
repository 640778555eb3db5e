"""Whether offsets are right: a claim's sentence stands where it says, a flag points into its text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from healthnews.dataset.checks import read_columns
from healthnews.dataset.issues import MAX_EXAMPLES, Issue

_ORIGINS = ("title", "snippet", "body")


class SpanCheck:
    """Offsets against texts, fed the articles of a release batch by batch, in the order in which they stand."""

    def __init__(self, folder: Path) -> None:
        owners = read_columns(folder, "claims", ["article_id"])["article_id"]
        ids = read_columns(folder, "articles", ["article_id"])["article_id"].combine_chunks()
        # Claims by the row of their article; one without an article is told as a missing reference.
        row = pc.fill_null(pc.index_in(owners, ids), -1).to_numpy()
        order = np.argsort(row, kind="stable")
        order = order[np.searchsorted(row[order], 0) :]
        self._rows = row[order]
        claims = read_columns(folder, "claims", ["origin", "start", "end", "sentence", "claim_id"])
        self._claims = claims.take(pa.array(order))
        self._first = 0
        self._wrong: dict[str, list[str]] = {"claims": [], "articles": []}

    def add(self, batch: pa.RecordBatch) -> None:
        """Check the claims and flags of the next articles."""
        start, end = np.searchsorted(self._rows, (self._first, self._first + batch.num_rows))
        rows = (self._rows[start:end] - self._first).tolist()
        claims = self._claims.slice(start, end - start)
        origins = claims["origin"].to_pylist()
        # Texts as a whole column: one by one they take three times as long.
        texts = {origin: batch[origin].to_pylist() for origin in set(origins)}
        columns = (claims[name].to_pylist() for name in ("start", "end", "sentence", "claim_id"))
        for row, origin, first, last, sentence, claim_id in zip(rows, origins, *columns, strict=True):
            text = texts[origin][row]
            is_right = text is not None and 0 <= first < last and text[first:last] == sentence
            if not is_right and not _is_excerpt(batch, row, origin):
                self._wrong["claims"].append(claim_id)
        self._add_flags(batch)
        self._first += batch.num_rows

    def _add_flags(self, batch: pa.RecordBatch) -> None:
        flags, owners = pc.list_flatten(batch["quality"]), pc.list_parent_indices(batch["quality"])
        if not len(flags):
            return
        origin = pc.index_in(pc.struct_field(flags, "origin"), pa.array(_ORIGINS))
        start, end = pc.struct_field(flags, "start"), pc.struct_field(flags, "end")
        length = pc.cast(pc.choose(origin, *(pc.utf8_length(batch[name].take(owners)) for name in _ORIGINS)), pa.int64())
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
                examples = tuple(sorted(set(wrong)))[:MAX_EXAMPLES]
                found = f"{len(wrong):,} {said}"
                yield Issue(check="span", table=table, column=column, rows=len(wrong), found=found, expected=expected, examples=examples)


def _is_excerpt(batch: pa.RecordBatch, row: int, origin: str) -> bool:
    """Whether the text was left out on purpose."""
    return origin == "body" and "excerpt" in batch.schema.names and batch["excerpt"][row].is_valid
