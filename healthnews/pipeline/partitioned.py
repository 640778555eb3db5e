"""The search for duplicates over partitions of documents, on whatever engine: the steps of `duplicates.partitions`, composed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from healthnews.duplicates.documents import Document
from healthnews.duplicates.find import Duplicates, find_duplicates, find_in_frames, find_in_questions, find_in_texts
from healthnews.duplicates.keys import COLUMNS, Keys, keys_of
from healthnews.duplicates.meaning import Meaning
from healthnews.duplicates.partitions import (
    Prepared,
    prepare,
    resolve_frames,
    resolve_questions,
    resolve_texts,
    spread_components,
    star_pairs,
    take_frames,
    take_linked,
    take_questions,
)
from healthnews.duplicates.tables import PART, DuplicateTables, Source, documents_of, join_tables, read_documents, write_documents
from healthnews.engine import THREADS, Engine, Held
from healthnews.pipeline.folder import batches
from healthnews.records import ClusterRow, DuplicateEdgeRow, DuplicateRow
from healthnews.schema import from_table

TEXTS, QUESTIONS, FRAMES = WAYS = ("texts", "questions", "frames")
"""What duplicates are found by: copies, templates and variants; same questions; templates by title."""
PARTITION = 20_000
"""Documents of a partition: 27 MB of text of 450 characters each, 10 MB as it travels."""


class Wanted(NamedTuple):
    """The documents among which each is looked for; nothing about them depends on others."""

    texts: Sequence[Document]
    questions: Sequence[Document]
    frames: Sequence[Document]


def find_on(engine: Engine, wanted: Wanted, meaning: Meaning | None = None) -> Duplicates:
    """As `find_in_texts`, `find_in_questions` and `find_in_frames`, each of its documents, on an engine; a model runs in this process."""
    are_same = len({frozenset(one.article_id for one in documents) for documents in wanted}) == 1
    if engine.kind == THREADS:
        if are_same:
            return find_duplicates(wanted.texts, meaning)
        found = find_in_texts(wanted.texts).joined(find_in_questions(wanted.questions, meaning))
        return found.joined(find_in_frames(wanted.frames))
    if meaning is not None:
        found = find_in_questions(wanted.questions, meaning)
        return found.joined(_found_in(engine, wanted.texts, TEXTS)).joined(_found_in(engine, wanted.frames, FRAMES))
    if are_same:
        return _found_in(engine, wanted.texts, *WAYS)
    found = Duplicates([], [], [])
    for documents, way in zip(wanted, WAYS, strict=True):
        found = found.joined(_found_in(engine, documents, way))
    return found


def keys_on(engine: Engine, documents: Sequence[Document]) -> Keys:
    """As `keys_of`, on an engine."""
    if engine.kind == THREADS:
        return keys_of(documents)
    with _delivered(engine, documents) as sources:
        return np.concatenate([np.zeros((0, COLUMNS), np.uint64), *engine.fetch(engine.apply(_keys_at, sources))])


def _keys_at(source: Source) -> Keys:
    return keys_of(documents_of(read_documents(source)))


def _found_in(engine: Engine, documents: Sequence[Document], *ways: str) -> Duplicates:
    with _delivered(engine, documents) as sources:
        found = find_in_partitions(engine, sources, ways=ways)
    return Duplicates(
        from_table(DuplicateRow, found.members),
        from_table(ClusterRow, found.clusters),
        from_table(DuplicateEdgeRow, found.edges),
        dict(zip(*(column.to_pylist() for column in found.components.columns), strict=True)),
    )


@contextmanager
def _delivered(engine: Engine, documents: Sequence[Document]) -> Iterator[list[Source]]:
    """Documents where the workers can read them."""
    with ExitStack() as delivered:
        yield [delivered.enter_context(engine.delivered(write_documents(batch))) for batch in batches(documents, PARTITION)]


def find_in_partitions(
    engine: Engine,
    sources: Sequence[Source],
    parts: int | None = None,
    meaning: Meaning | None = None,
    *,
    ways: Collection[str] = WAYS,
) -> DuplicateTables:
    """The rows of `find_duplicates` over all documents of the partitions, in its order.

    Neither how documents are dealt out to partitions nor the number of parts makes a difference.

    Args:
        engine: Where the steps run.
        sources: The partitions; no document may be in two.
        parts: Parts that each step is spread over; as many as there are partitions by default.
        meaning: A model that tells which questions are one in other words: it sees the titles of all, in this process.
        ways: Of `WAYS`, what is looked for.
    """
    if not sources:
        return join_tables(())
    parts = parts or len(sources)
    held = engine.apply(_source, sources)
    prepared = engine.apply(prepare, held, range(len(sources)), [parts] * len(sources))
    found: list[DuplicateTables] = []
    if QUESTIONS in ways and meaning is not None:
        found.append(resolve_questions(pa.concat_tables(engine.fetch(engine.apply(take_questions, prepared))), meaning))
    held = _find_in_texts(engine, held, prepared, parts) if TEXTS in ways else []
    if QUESTIONS in ways and meaning is None:
        held += engine.apply(resolve_questions, engine.shuffle(engine.apply(take_questions, prepared), PART, parts))
    if FRAMES in ways:
        held += engine.apply(resolve_frames, engine.shuffle(engine.apply(take_frames, prepared), PART, parts))
    return join_tables([*found, *engine.fetch(held)])


def _find_in_texts(engine: Engine, sources: Sequence[Held], prepared: Sequence[Held], parts: int) -> list[Held]:
    links = engine.shuffle(engine.apply(_links, prepared), PART, parts)
    rows = list(engine.fetch(engine.apply(_rows, prepared)))
    targets = spread_components(engine.fetch(engine.apply(star_pairs, links)), rows, parts)
    linked = engine.shuffle(engine.apply(take_linked, sources, prepared, targets), PART, parts)
    return engine.apply(resolve_texts, linked)


def _source(source: Source) -> Source:
    """Brings a partition that is bytes to the workers once."""
    return source


def _links(prepared: Prepared) -> pa.Table:
    return prepared.links


def _rows(prepared: Prepared) -> int:
    return int(prepared.cards.num_rows)
