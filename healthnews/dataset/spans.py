"""Whether a claim's article is there and its sentence stands where it says in it, and whether flags point into their texts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from healthnews.dataset.checks import missing_reference, whole
from healthnews.dataset.issues import MAX_EXAMPLES, Issue
from healthnews.dataset.text_columns import are_slices, first_bytes

_ORIGINS = ("title", "snippet", "body")


class SpanCheck:
    """Offsets against texts: given the claims, it is fed the articles batch by batch, in the order of their ids.

    Args:
        claims: `claim_id`, `article_id`, `origin`, `start`, `end` and `sentence` of every claim, in any order.
    """

    def __init__(self, claims: pa.Table) -> None:
        self._claims = claims.combine_chunks()
        owners = whole(self._claims["article_id"])
        beginnings = first_bytes(owners)  # sorting the ids themselves takes five times as long
        order = np.argsort(beginnings, kind="stable")
        self._beginnings, self._order = beginnings[order], pa.array(order)
        self._owners = owners.take(self._order)
        self._is_found = np.zeros(len(owners), dtype=bool)
        self._wrong: dict[str, list[str]] = {"claims": [], "articles": []}

    def add(self, batch: pa.RecordBatch) -> None:
        """Check the claims and flags of the next articles."""
        ids = batch["article_id"]
        first, last = first_bytes(ids.take(pa.array([0, len(ids) - 1])))
        start, end = np.searchsorted(self._beginnings, first, "left"), np.searchsorted(self._beginnings, last, "right")
        row = pc.index_in(self._owners.slice(start, end - start), ids)
        found = pc.is_valid(row)
        self._is_found[start:end] |= found.to_numpy(zero_copy_only=False)
        claims = self._claims.take(self._order.slice(start, end - start).filter(found))
        self._add_claims(batch, claims.append_column("row", pc.cast(row.drop_null(), pa.int64())))
        self._add_flags(batch)

    def _add_claims(self, batch: pa.RecordBatch, claims: pa.Table) -> None:
        origins = claims["origin"].unique().to_pylist()
        for origin in origins:
            those = claims.filter(pc.equal(claims["origin"], origin)) if len(origins) > 1 else claims
            if origin in _ORIGINS:
                rows, starts, ends = (whole(those[name]).to_numpy() for name in ("row", "start", "end"))
                right = are_slices(batch[origin], rows, starts, ends, whole(those["sentence"]))
                those = those.filter(pa.array(~right))
                if origin == "body":  # a text that was left out on purpose
                    those = those.filter(pc.is_null(batch["excerpt"].take(whole(those["row"]))))
            self._wrong["claims"] += those["claim_id"].to_pylist()

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
        """What was found, when every article was looked at."""
        if not self._is_found.all():
            missing = pa.chunked_array([self._owners.filter(pa.array(~self._is_found))])
            yield missing_reference("claims", "article_id", missing, "articles", "article_id")
        for table, column, said, expected in (
            ("claims", "sentence", "claims are not what stands at their place", "article[origin][start:end] == sentence"),
            ("articles", "quality", "flags point outside their text", "0 <= start <= end <= length"),
        ):
            if wrong := self._wrong[table]:
                examples = tuple(sorted(set(wrong)))[:MAX_EXAMPLES]
                found = f"{len(wrong):,} {said}"
                yield Issue(check="span", table=table, column=column, rows=len(wrong), found=found, expected=expected, examples=examples)
