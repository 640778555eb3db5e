"""The steps of `find_duplicates` over partitions: each is a pure function of one part, and all of them together give the same rows.

sign → shuffle by key → stars → components → shuffle by component → copies; cards → shuffle by question, by frame → groups;
families of texts and of titles → joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from healthnews.duplicates.candidates import components, stars_of
from healthnews.duplicates.clusters import Group, renumbered
from healthnews.duplicates.copies import find_text_groups
from healthnews.duplicates.find import Duplicates, choose_families, frame_groups, make_rows, question_groups, with_titles
from healthnews.duplicates.keys import FRAME, HEAD_KEY, NONE, QUESTION, Keys, keys_of
from healthnews.duplicates.meaning import Meaning
from healthnews.duplicates.tables import (
    PART,
    TITLE,
    Detached,
    DuplicateTables,
    Source,
    card_table,
    cards_of,
    detached,
    documents_of,
    duplicate_tables,
    order_key,
    ordered,
    pack_groups,
    read_documents,
    unpack_groups,
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


class Resolved(NamedTuple):
    """What whole components of texts come to.

    Attributes:
        tables: Rows of copies and of variants.
        families: Templates, which titles may still add to, in the order of their members.
    """

    tables: DuplicateTables
    families: list[Detached]


class Joining(NamedTuple):
    """What becomes of a family of titles.

    Attributes:
        part: Part that makes its rows.
        family: Number of the family of texts there that it goes into; -1 for none.
        added: Its members that are in no family of texts.
        order: Its place among all families of titles.
    """

    part: int
    family: int
    added: list[int]
    order: int


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
        stars = stars_of(values)
        pairs = np.stack([numbers[(stars >> np.uint64(32)).astype(np.int64)], numbers[(stars & np.uint64(0xFFFFFFFF)).astype(np.int64)]], 1)
        if found:  # the beginnings
            with_stub = np.unique(values[kinds[is_kind][order] == _STUB])
            pairs = pairs[np.isin(values[(stars & np.uint64(0xFFFFFFFF)).astype(np.int64)], with_stub)]
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


def resolve_texts(table: pa.Table) -> Resolved:
    """Copies, variants and templates of documents, among which are all that any of them hangs together with."""
    documents, questions = ordered(documents_of(table), table[TITLE].to_pylist())
    found = find_text_groups(documents, questions)
    copies = [group for group in found.groups if group.kind != "template"]
    families = [detached(group, documents) for group in found.groups if group.kind == "template"]
    return Resolved(duplicate_tables(make_rows(documents, copies, found.variants)), families)


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


def resolve_frames(table: pa.Table) -> list[Detached]:
    """Families of titles, in the order of their members."""
    cards, questions = ordered(cards_of(table), table[TITLE].to_pylist())
    return [detached(group, cards) for group in frame_groups(cards, questions)]


# --- families -----------------------------------------------------------------------------------------------------


def members_of(families: Sequence[Detached]) -> list[list[Hashable]]:
    """Of each family what its members are ordered and known by."""
    return [[order_key(family.cards[member]) for member in family.group.members] for family in families]


def plan_joining(by_text: Sequence[Sequence[list[Hashable]]], by_title: Sequence[Sequence[list[Hashable]]]) -> list[list[Joining]]:
    """For each part of titles what becomes of each of its families.

    Args:
        by_text: For each part the members of its families of texts.
        by_title: For each part the members of its families of titles.
    """
    texts = sorted((members, part, place) for part, families in enumerate(by_text) for place, members in enumerate(families))
    titles = sorted((members, part, place) for part, families in enumerate(by_title) for place, members in enumerate(families))
    taken = {member for members, _, _ in texts for member in members}
    plan: dict[tuple[int, int], Joining] = {}
    chosen = choose_families([members for members, _, _ in texts], [members for members, _, _ in titles])
    for order, ((members, part, place), number) in enumerate(zip(titles, chosen, strict=True)):
        target, family = (order % len(by_text), -1) if number is None else texts[number][1:]
        plan[part, place] = Joining(target, family, [i for i, member in enumerate(members) if member not in taken], order)
    return [[plan[part, place] for place in range(len(families))] for part, families in enumerate(by_title)]


def send_titles(titles: Sequence[Detached], plan: Sequence[Joining]) -> pa.Table:
    """Families of titles with where they go."""
    columns = {
        PART: pa.array([joining.part for joining in plan], pa.int64()),
        "family": pa.array([joining.family for joining in plan], pa.int64()),
        "order": pa.array([joining.order for joining in plan], pa.int64()),
        "added": pa.array([joining.added for joining in plan], pa.list_(pa.int64())),
    }
    return pack_groups(titles, columns)


def resolve_families(resolved: Resolved, titles: pa.Table) -> DuplicateTables:
    """All rows of a part of texts, with what titles tell of its families, and of the families of titles that came to it."""
    titles = titles.sort_by("order")
    alone, joining = [], defaultdict[int, list[tuple[Detached, list[int]]]](list)
    sent = zip(unpack_groups(titles), titles["family"].to_pylist(), titles["added"].to_pylist(), strict=True)
    for found, number, added in sent:
        if number < 0:
            alone.append(found)
        else:
            joining[number].append((found, added))
    families = [_joined(family, joining[number]) if number in joining else family for number, family in enumerate(resolved.families)]
    made = [make_rows(family.cards, [family.group], ()) for family in (*families, *alone)]
    rows = Duplicates(
        [row for one in made for row in one.members],
        [row for one in made for row in one.clusters],
        [row for one in made for row in one.edges],
    )
    return DuplicateTables(*(pa.concat_tables(pair) for pair in zip(resolved.tables, duplicate_tables(rows), strict=True)))


def _joined(family: Detached, joining: Sequence[tuple[Detached, list[int]]]) -> Detached:
    """As `find.with_titles`; what each family of titles adds are places among its members."""
    cards = sorted({*family.cards, *(card for titles, _ in joining for card in titles.cards)}, key=order_key)
    numbers = {card.article_id: number for number, card in enumerate(cards)}
    others = [(_numbered(titles, numbers), added) for titles, added in joining]
    group = with_titles(_numbered(family, numbers), ((titles, {titles.members[place] for place in added}) for titles, added in others))
    return Detached(group, cards)


def _numbered(found: Detached, numbers: Mapping[str, int]) -> Group:
    return renumbered(found.group, {place: numbers[card.article_id] for place, card in enumerate(found.cards)})
