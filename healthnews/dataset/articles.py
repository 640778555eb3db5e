"""The rows of `articles`: pages with what related blocks show of them, and stubs for what has no page yet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from healthnews.dataset.checks import whole
from healthnews.records import CHINA_ZONE, ArticleRow
from healthnews.schema import schema

STUB_CONFIDENCE = 0.3
"""A date beside a related link is often the date of a bulk import: the seeds show two dates for 84 articles."""
_RELATED_DATE = {
    "published_at_source": "related_block", "published_at_precision": "day", "published_at_zone": CHINA_ZONE,
    "published_at_confidence": STUB_CONFIDENCE,
}  # fmt: skip
"""What is said of a date that a related block shows beside an article."""
_FROM_BLOCKS = ("article_id", "snippet", "first_seen_at", "last_seen_at")
_EITHER = ("url", "canonical_url", "host")


def merge_articles(pages: pa.Table, sightings: pa.Table) -> pa.Table:
    """Rows of `articles`, by key.

    Args:
        pages: Newest version of pages, as rows of `articles`; one without a sighting is left out.
        sightings: When articles were seen, a row each.
    """
    place = pc.index_in(whole(sightings["article_id"]), whole(pages["article_id"]))
    found = pc.is_valid(place)
    seen, unseen = sightings.filter(found).combine_chunks(), sightings.filter(pc.invert(found)).combine_chunks()
    rows = pa.concat_tables([_page_rows(pages.take(place.drop_null()).combine_chunks(), seen), _stub_rows(unseen)])
    return rows.sort_by("article_id")


def seen_again(sightings: pa.Table, revisits: pa.Table) -> pa.Table:
    """Sightings with the last moment at which a page was found unchanged.

    Args:
        sightings: When articles were seen.
        revisits: `canonical_url` and `fetched_at` of captures that had not changed.
    """
    known = revisits.filter(pc.is_valid(revisits["canonical_url"]))
    last = known.group_by("canonical_url").aggregate([("fetched_at", "max")])
    again = last["fetched_at_max"].take(pc.index_in(sightings["canonical_url"], whole(last["canonical_url"])))
    number, seen = sightings.schema.get_field_index("last_seen_at"), sightings["last_seen_at"]
    later = pc.if_else(pc.fill_null(pc.greater(again, seen), False), again, seen)
    return sightings.set_column(number, sightings.schema.field(number), later)


def _page_rows(pages: pa.Table, seen: pa.Table) -> pa.Table:
    """Rows of pages; `seen` has the sighting of each."""
    columns: dict[str, Any] = {name: pages[name] for name in schema(ArticleRow).names}
    columns |= {name: seen[name] for name in _FROM_BLOCKS}
    columns |= {name: pc.if_else(_has_text(pages[name]), pages[name], seen[name]) for name in _EITHER}
    has_tags = pc.greater(pc.list_value_length(pages["tags"]), 0)
    columns["tags"] = pc.if_else(has_tags, pages["tags"], _tags(seen))
    dated_by_block = pc.and_(pc.is_null(pages["published_at"]), pc.is_valid(seen["published_at"]))
    for name, value in (_RELATED_DATE | {"published_at": seen["published_at"]}).items():
        columns[name] = pc.if_else(dated_by_block, value, pages[name])
    return _rows(columns, pages.num_rows)


def _stub_rows(seen: pa.Table) -> pa.Table:
    """Rows of what is known from related blocks alone."""
    is_dated = pc.is_valid(seen["published_at"])
    columns: dict[str, Any] = {name: seen[name] for name in (*_FROM_BLOCKS, *_EITHER, "title", "quality", "capture_id", "published_at")}
    columns |= {name: pc.if_else(is_dated, value, pa.scalar(None)) for name, value in _RELATED_DATE.items()}
    columns["published_at_source"] = pc.if_else(is_dated, _RELATED_DATE["published_at_source"], "not_in_page")
    columns["tags"] = _tags(seen)
    constants = {"record": "stub", "parser": "related_block", "parser_version": "1"}
    columns |= {name: pa.repeat(value, seen.num_rows) for name, value in constants.items()}
    return _rows(columns, seen.num_rows)


def _rows(columns: dict[str, Any], count: int) -> pa.Table:
    """Columns as a table of the record; of those not given every list is empty, everything else null."""
    wanted = schema(ArticleRow)
    arrays = []
    for field in wanted:
        if field.name in columns:
            arrays.append(columns[field.name])
        else:
            arrays.append(pa.array([[]] * count, field.type) if pa.types.is_list(field.type) else pa.nulls(count, field.type))
    return pa.Table.from_arrays(arrays, names=wanted.names).cast(wanted)


def _tags(seen: pa.Table) -> pa.Array:
    """The tag that a related block shows, as a list."""
    tags, has_tag = whole(seen["tag"]), _has_text(whole(seen["tag"]))
    offsets = pa.array(np.concatenate([[0], np.cumsum(has_tag.to_numpy(zero_copy_only=False))]), pa.int32())
    return pa.ListArray.from_arrays(offsets, tags.filter(has_tag), schema(ArticleRow).field("tags").type)


def _has_text(texts: Any) -> Any:
    return pc.fill_null(pc.greater(pc.binary_length(texts), 0), False)
