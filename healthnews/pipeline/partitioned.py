"""The search for duplicates over partitions of documents, on whatever engine: the steps of `duplicates.partitions`, composed."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from healthnews.duplicates.meaning import Meaning
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
from healthnews.duplicates.tables import PART, Detached, DuplicateTables, Source, join_tables
from healthnews.engine import Engine, Held


def find_in_partitions(
    engine: Engine, sources: Sequence[Source], parts: int | None = None, meaning: Meaning | None = None
) -> DuplicateTables:
    """The rows of `find_duplicates` over all documents of the partitions, in its order.

    Neither how documents are dealt out to partitions nor the number of parts makes a difference.

    Args:
        engine: Where the steps run.
        sources: The partitions; no document may be in two.
        parts: Parts that each step is spread over; as many as there are partitions by default.
        meaning: A model that tells which questions are one in other words: it sees the titles of all, in this process.
    """
    parts = parts or max(1, len(sources))
    if not sources:
        return join_tables(())
    held = engine.apply(_source, sources)
    prepared = engine.apply(prepare, held, range(len(sources)), [parts] * len(sources))
    resolved = _resolve_texts(engine, held, prepared, parts)
    every = [parts] * len(sources)
    questions = _resolve_questions(engine, prepared, parts, meaning)
    titles = engine.apply(resolve_frames, engine.shuffle(engine.apply(take_frames, prepared, every), PART, parts))
    plan = plan_joining(list(engine.fetch(engine.apply(_family_members, resolved))), list(engine.fetch(engine.apply(members_of, titles))))
    sent = engine.shuffle(engine.apply(send_titles, titles, plan), PART, parts)
    return join_tables([*engine.fetch(engine.apply(resolve_families, resolved, sent)), *engine.fetch(questions)])


def _resolve_questions(engine: Engine, prepared: Sequence[Held], parts: int, meaning: Meaning | None) -> list[Held]:
    if meaning is None:
        taken = engine.apply(take_questions, prepared, [parts] * len(prepared))
        return engine.apply(resolve_questions, engine.shuffle(taken, PART, parts))
    cards = pa.concat_tables(engine.fetch(engine.apply(take_questions, prepared, [1] * len(prepared))))
    return engine.apply(_as_it_is, [resolve_questions(cards, meaning)])


def _as_it_is(tables: DuplicateTables) -> DuplicateTables:
    return tables


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


def _family_members(resolved: Resolved) -> list[list[object]]:
    families: list[Detached] = resolved.families
    return members_of(families)  # type: ignore[return-value]
