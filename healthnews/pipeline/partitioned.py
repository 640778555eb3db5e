"""The search for duplicates over partitions of documents, on whatever engine: the steps of `duplicates.partitions`, composed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from contextlib import ExitStack

import pyarrow as pa

from healthnews.duplicates.documents import Document
from healthnews.duplicates.find import Duplicates, find_duplicates
from healthnews.duplicates.partitions import (
    Prepared,
    Resolved,
    members_of,
    plan_joining,
    prepare,
    resolve_families,
    resolve_frames,
    resolve_questions,
    resolve_texts,
    send_titles,
    spread_components,
    star_pairs,
    take_frames,
    take_linked,
    take_questions,
)
from healthnews.duplicates.tables import PART, DuplicateTables, Source, join_tables, write_documents
from healthnews.engine import THREADS, Engine, Held
from healthnews.pipeline.folder import batches
from healthnews.records import ClusterRow, DuplicateEdgeRow, DuplicateRow
from healthnews.schema import from_table

PARTITION = 20_000
"""Documents of a partition: 27 MB of text of 450 characters each, 10 MB as it travels."""


def find_on(engine: Engine, documents: Sequence[Document]) -> Duplicates:
    """As `find_duplicates`: on an engine of this process just that, on any other by partitions."""
    if engine.kind == THREADS:
        return find_duplicates(documents)
    with ExitStack() as exchanged:
        sources = [exchanged.enter_context(engine.delivered(write_documents(batch))) for batch in batches(documents, PARTITION)]
        found = find_in_partitions(engine, sources)
    return Duplicates(
        from_table(DuplicateRow, found.members), from_table(ClusterRow, found.clusters), from_table(DuplicateEdgeRow, found.edges)
    )


def find_in_partitions(engine: Engine, sources: Sequence[Source], parts: int | None = None) -> DuplicateTables:
    """The rows of `find_duplicates` over all documents of the partitions, in its order.

    Neither how documents are dealt out to partitions nor the number of parts makes a difference.

    Args:
        engine: Where the steps run.
        sources: The partitions; no document may be in two.
        parts: Parts that each step is spread over; as many as there are partitions by default.
    """
    parts = parts or max(1, len(sources))
    if not sources:
        return join_tables(())
    held = engine.apply(_source, sources)
    prepared = engine.apply(prepare, held, range(len(sources)), [parts] * len(sources))
    resolved = _resolve_texts(engine, held, prepared, parts)
    every = [parts] * len(sources)
    questions = engine.apply(resolve_questions, engine.shuffle(engine.apply(take_questions, prepared, every), PART, parts))
    titles = engine.apply(resolve_frames, engine.shuffle(engine.apply(take_frames, prepared, every), PART, parts))
    plan = plan_joining(list(engine.fetch(engine.apply(_family_members, resolved))), list(engine.fetch(engine.apply(members_of, titles))))
    sent = engine.shuffle(engine.apply(send_titles, titles, plan), PART, parts)
    return join_tables([*engine.fetch(engine.apply(resolve_families, resolved, sent)), *engine.fetch(questions)])


def _resolve_texts(engine: Engine, sources: Sequence[Held], prepared: Sequence[Held], parts: int) -> list[Held]:
    keys = engine.shuffle(engine.apply(_keys, prepared), PART, parts)
    rows = list(engine.fetch(engine.apply(_rows, prepared)))
    targets = spread_components(engine.fetch(engine.apply(star_pairs, keys)), rows, parts)
    linked = engine.apply(take_linked, sources, prepared, targets)
    return engine.apply(resolve_texts, engine.shuffle(linked, PART, parts))


def _source(source: Source) -> Source:
    """Brings a partition that is bytes to the workers once."""
    return source


def _keys(prepared: Prepared) -> pa.Table:
    return prepared.keys


def _rows(prepared: Prepared) -> int:
    return int(prepared.cards.num_rows)


def _family_members(resolved: Resolved) -> list[list[Hashable]]:
    return members_of(resolved.families)
