"""A release for others: of each text its beginning, in the place of the whole."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from healthnews.dataset.batches import SCANNED_ROWS
from healthnews.dataset.checks import parquet_path
from healthnews.records import MAX_EXCERPT, TABLES
from healthnews.schema import schema

_CUT = ("lead", "disclaimer")
"""A body of one block is its own lead, and of a page without blocks the disclaimer may be the rest of the page."""


def write_excerpts(folder: Path) -> None:
    """Write the articles of a release anew, with excerpts for bodies; what people read of its claims stands in their sentences.

    Body and the texts of sections go; headings, offsets and `body_sha256` stay, so that who has the page can find each place again.
    """
    path = parquet_path(folder, "articles")
    aside = path.with_suffix(".excerpts")
    wanted = schema(TABLES["articles"])
    with pq.ParquetFile(path) as file, pq.ParquetWriter(aside, wanted, compression="zstd") as writer:
        for batch in file.iter_batches(SCANNED_ROWS):
            writer.write_table(excerpt_articles(pa.Table.from_batches([batch]).cast(wanted)))
    aside.replace(path)


def excerpt_articles(articles: pa.Table) -> pa.Table:
    """Rows of `articles` without body and texts of sections, with `excerpt`; lead and disclaimer no longer than that."""
    beginning = pc.utf8_slice_codeunits(articles["body"], 0, MAX_EXCERPT)
    sections = pa.chunked_array([_headings(chunk) for chunk in articles["sections"].chunks], articles["sections"].type)
    columns = {"excerpt": beginning, "body": pa.nulls(articles.num_rows, pa.string()), "sections": sections}
    columns |= {name: pc.utf8_slice_codeunits(articles[name], 0, MAX_EXCERPT) for name in _CUT}
    for name, column in columns.items():
        place = articles.schema.get_field_index(name)
        articles = articles.set_column(place, articles.schema.field(place), column)
    return articles


def _headings(sections: pa.ListArray) -> pa.ListArray:
    """Sections with their headings and levels, and no text."""
    kind = sections.type.value_type
    flat = pc.list_flatten(sections)
    empty = pa.array([""] * len(flat), pa.string())
    parts = [empty if f.name == "text" else pc.struct_field(flat, f.name) for f in kind]
    lengths = pc.cumulative_sum(pc.cast(pc.list_value_length(sections), pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), lengths])
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(parts, fields=list(kind)), type=sections.type)
