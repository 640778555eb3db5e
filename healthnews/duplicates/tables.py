"""Documents and what is found among them as Arrow tables: what travels between the machines that share a search."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from healthnews.duplicates.documents import AnyDocument, Card, Described, Document
from healthnews.duplicates.find import Duplicates
from healthnews.records import ClusterRow, DuplicateEdgeRow, DuplicateRow
from healthnews.schema import to_table

PART = "part"
"""Column that says which part of the next step a row goes to."""
TITLE = "canonical_title"
"""Column with the canonical question of the title."""
Source = str | bytes
"""A partition of documents: the address of a Parquet file (as fsspec reads it: file://, s3://, memory://), or one as bytes."""
_DOCUMENT = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("text", pa.large_string(), nullable=False),
        pa.field("snippet", pa.string(), nullable=False),
        pa.field("publisher", pa.string(), nullable=False),
        pa.field("url", pa.string()),
        pa.field("published_at", pa.timestamp("us")),
        pa.field("first_seen_at", pa.timestamp("us"), nullable=False),
        pa.field("recommended", pa.int64(), nullable=False),
    ]
)
_CARD = pa.schema(
    [
        *(field for field in _DOCUMENT if field.name not in ("text", "snippet")),
        pa.field("is_page", pa.bool_(), nullable=False),
        pa.field("characters", pa.int64(), nullable=False),
        pa.field(TITLE, pa.string(), nullable=False),
    ]
)
_COMPONENTS = pa.schema([pa.field("article_id", pa.string(), nullable=False), pa.field("component", pa.string(), nullable=False)])


class DuplicateTables(NamedTuple):
    """What `find_duplicates` gives, as tables; those of a part of the work are in no order.

    Attributes:
        components: `article_id` and `component`.
    """

    members: pa.Table
    clusters: pa.Table
    edges: pa.Table
    components: pa.Table


def document_table(documents: Iterable[Document]) -> pa.Table:
    """Documents as a table, a column for each attribute; first_seen_at in UTC. A lone surrogate in a text is no UTF-8 and an error."""
    return _table([document._replace(first_seen_at=_naive(document.first_seen_at)) for document in documents], _DOCUMENT)


def write_documents(documents: Iterable[Document]) -> bytes:
    """Documents as the bytes of a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(document_table(documents), sink, compression="zstd")
    return sink.getvalue()


def read_documents(source: Source) -> pa.Table:
    """The table of documents at an address, or of the bytes of a file."""
    if isinstance(source, bytes):
        return pq.read_table(pa.BufferReader(source)).cast(_DOCUMENT)
    import fsspec

    with fsspec.open(source, "rb") as file:
        return pq.read_table(file).cast(_DOCUMENT)


def documents_of(table: pa.Table) -> list[Document]:
    """Its documents, in the order of its rows."""
    return [Document(*row) for row in zip(*(table[name].to_pylist() for name in Document._fields), strict=True)]


def card_table(documents: Sequence[Document], questions: Sequence[str]) -> pa.Table:
    """Documents without their texts, with their canonical questions."""
    return _table([card_of(document) for document in documents], pa.schema(list(_CARD)[:-1])).append_column(
        _CARD.field(TITLE), pa.array(questions, pa.string())
    )


def cards_of(table: pa.Table) -> list[Card]:
    """The cards of a table, in the order of its rows."""
    return [Card(*row) for row in zip(*(table[name].to_pylist() for name in Card._fields), strict=True)]


def card_of(document: Described) -> Card:
    """What is told of a document without its text."""
    return Card(**{name: getattr(document, name) for name in Card._fields})


def _table(rows: Sequence[Any], schema: pa.Schema) -> pa.Table:
    return pa.table([pa.array([getattr(row, field.name) for row in rows], field.type) for field in schema], schema=schema)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def ordered(documents: Sequence[AnyDocument], questions: Sequence[str]) -> tuple[list[AnyDocument], list[str]]:
    """Documents as `in_order` brings them, and their questions likewise."""
    order = sorted(range(len(documents)), key=lambda index: order_key(documents[index]))
    return [documents[index] for index in order], [questions[index] for index in order]


def order_key(document: Described) -> tuple[datetime, str]:
    """What documents are ordered by; no two have the same."""
    return document.first_seen_at, document.article_id


def with_part(table: pa.Table, targets: NDArray[np.int64]) -> pa.Table:
    """Rows with where they go; those of -1 go nowhere."""
    return table.append_column(PART, pa.array(targets)).filter(pa.array(targets >= 0))


def duplicate_tables(found: Duplicates) -> DuplicateTables:
    """Rows as tables."""
    named = sorted(found.components.items())
    components = pa.table([[article for article, _ in named], [component for _, component in named]], schema=_COMPONENTS)
    return DuplicateTables(
        to_table(DuplicateRow, found.members),
        to_table(ClusterRow, found.clusters),
        to_table(DuplicateEdgeRow, found.edges),
        components,
    )


def join_tables(found: Iterable[DuplicateTables]) -> DuplicateTables:
    """All rows together, in the order that `find_duplicates` gives them in."""
    empty = duplicate_tables(Duplicates([], [], []))
    members, clusters, edges, components = (pa.concat_tables(tables) for tables in zip(empty, *found, strict=True))
    return DuplicateTables(
        members.sort_by([("article_id", "ascending"), ("cluster_id", "ascending")]),
        clusters.sort_by("cluster_id"),
        edges.sort_by([("edge_id", "ascending"), ("cluster_id", "ascending")]),
        components.sort_by("article_id"),
    )
