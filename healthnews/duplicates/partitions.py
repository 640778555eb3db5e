"""The steps of `find_duplicates` over partitions: each is a pure function of one part, and all of them together give the same rows.

sign → shuffle by key → stars → components → shuffle by component → groups; cards → shuffle by question, by frame → groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from healthnews.duplicates.candidates import components, stars_of
from healthnews.duplicates.copies import find_text_groups
from healthnews.duplicates.find import frame_groups, make_rows, named_components, question_groups
from healthnews.duplicates.groups import unpacked
from healthnews.duplicates.keys import FRAME, HEAD_KEY, NONE, QUESTION, Keys, keys_of
from healthnews.duplicates.meaning import Meaning
from healthnews.duplicates.sets import are_in, distinct
from healthnews.duplicates.tables import (
    TITLE,
    DuplicateTables,
    Source,
    card_table,
    cards_of,
    documents_of,
    duplicate_tables,
    ordered,
    read_documents,
    with_part,
)
from healthnews.language.titles import canonical_question

_BAND, _PAGE, _STUB = 0, 1, 2
"""Kinds of keys: a band of a text; the beginning of a page, of a stub."""
QUESTION_PART, FRAME_PART = "question_part", "frame_part"
_ROW_BITS = 32
"""A document's number is its partition's, shifted by so many bits, and its row in it."""

Numbers = NDArray[np.int64]


class Prepared(NamedTuple):
    """What is read of a partition of documents once.

    Attributes:
        links: `key`, `number` of the document, `kind`, and the part of each: documents with a key in common may be copies.
        cards: The documents without their texts, with their questions.
    """

    links: pa.Table
    cards: pa.Table


# --- what is alike ------------------------------------------------------------------------------------------------


def prepare(source: Source, partition: int, parts: int) -> Prepared:
    """Keys and cards of a partition.

    Args:
        source: Where its documents are.
        partition: Its number.
        parts: Parts that keys are spread over.
    """
    documents = documents_of(read_documents(source))
    questions = [canonical_question(document.title) for document in documents]
    keys = keys_of(documents, questions)
    cards = card_table(documents, questions)
    for column, name in ((QUESTION, QUESTION_PART), (FRAME, FRAME_PART)):
        targets = np.where(keys[:, column] == NONE, -1, (keys[:, column] % np.uint64(parts)).astype(np.int64))
        cards = cards.append_column(name, pa.array(targets))
    return Prepared(_links(keys, [document.is_page for document in documents], partition << _ROW_BITS, parts), cards)


def _links(keys: Keys, are_pages: Sequence[bool], first: int, parts: int) -> pa.Table:
    """The keys by which texts hang together: bands, and beginnings of pages and of stubs."""
    numbers = np.broadcast_to(first + np.arange(len(keys))[:, None], (len(keys), HEAD_KEY + 1))
    kinds = np.full(numbers.shape, _BAND, np.uint8)
    kinds[:, HEAD_KEY] = np.where(are_pages, _PAGE, _STUB)
    kept = keys[:, : HEAD_KEY + 1] != NONE
    values = keys[:, : HEAD_KEY + 1][kept]
    table = pa.table({"key": values, "number": numbers[kept], "kind": kinds[kept]})
    return with_part(table, (values % np.uint64(parts)).astype(np.int64))


def star_pairs(links: pa.Table) -> NDArray[np.int64]:
    """Pairs of documents by which all hang together that have one of these keys in common, shape (pairs, 2), each once.

    Pages are alike by their bands; by its beginning a page is joined to stubs alone.
    """
    found: list[NDArray[np.int64]] = []
    kinds = links["kind"].to_numpy()
    for is_kind in (kinds == _BAND, kinds != _BAND):
        numbers, values = links["number"].to_numpy()[is_kind], links["key"].to_numpy()[is_kind]
        order = np.lexsort((numbers, values))
        numbers, values = numbers[order], values[order]
        centres, members = unpacked(stars_of(values))
        pairs = np.stack([numbers[centres], numbers[members]], 1)
        if found:  # the beginnings
            pairs = pairs[are_in(values[members], distinct(values[kinds[is_kind][order] == _STUB]))]
        found.append(pairs)
    return np.unique(np.concatenate(found), axis=0)


def spread_components(pairs: Iterable[NDArray[np.int64]], rows: Sequence[int], parts: int) -> list[Numbers]:
    """For each partition the part that each of its documents goes to, with everything it hangs together with; -1 for one alone.

    Components are dealt out whole, so that parts hold about as many documents each.

    Args:
        pairs: As of `star_pairs`.
        rows: Documents in each partition.
        parts: How many parts there are.
    """
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(rows, dtype=np.int64)])
    every = np.concatenate([np.zeros((0, 2), np.int64), *pairs])
    every = starts[every >> _ROW_BITS] + (every & ((1 << _ROW_BITS) - 1))
    labels = np.unique(components(int(starts[-1]), every[:, 0], every[:, 1]), return_inverse=True)[1]
    sizes = np.bincount(labels) if len(labels) else np.zeros(0, np.int64)
    linked = np.where(sizes > 1, sizes, 0)
    part_of = np.minimum((np.cumsum(linked) - linked) * parts // max(1, int(linked.sum())), parts - 1)
    targets = np.where(sizes > 1, part_of, -1)[labels] if len(labels) else labels
    return [targets[start:end].astype(np.int64) for start, end in pairwise(starts.tolist())]


def take_linked(source: Source, prepared: Prepared, targets: Numbers) -> pa.Table:
    """The documents of a partition that hang together with another, with their questions and the parts they go to."""
    return with_part(read_documents(source).append_column(TITLE, prepared.cards[TITLE]), targets)


# --- what it comes to ---------------------------------------------------------------------------------------------


def resolve_texts(table: pa.Table) -> DuplicateTables:
    """Copies, variants and templates of documents, among which are all that any of them hangs together with."""
    documents, questions = ordered(documents_of(table), table[TITLE].to_pylist())
    found = find_text_groups(documents, questions)
    rows = make_rows(documents, found.groups, found.variants)
    return duplicate_tables(replace(rows, components=named_components(documents, found.components)))


def take_questions(prepared: Prepared) -> pa.Table:
    """Cards with a question that can be the same, with the parts where those of one question meet."""
    return with_part(prepared.cards, prepared.cards[QUESTION_PART].to_numpy())


def resolve_questions(table: pa.Table, meaning: Meaning | None = None) -> DuplicateTables:
    """Rows of same questions; a model must see the cards of all."""
    cards, questions = ordered(cards_of(table), table[TITLE].to_pylist())
    return duplicate_tables(make_rows(cards, question_groups(cards, questions, meaning), ()))


def take_frames(prepared: Prepared) -> pa.Table:
    """Cards whose title names a place in a frame, with the parts where those of one publisher and frame meet."""
    return with_part(prepared.cards, prepared.cards[FRAME_PART].to_numpy())


def resolve_frames(table: pa.Table) -> DuplicateTables:
    """Rows of templates by title."""
    cards, questions = ordered(cards_of(table), table[TITLE].to_pylist())
    return duplicate_tables(make_rows(cards, frame_groups(cards, questions), ()))
