"""Which statements may clash: blocks of one matter, so that comparing grows with the claims and not with their square.

1. **Statements.** Equal sentences of equal scope and reading are one `Statement`, however many articles have it.
2. **Blocks.** Only statements of one concept and subject can clash, so only they meet. Where the object is free text, two objects that
   count as alike have most of their character pairs in common, and so share one of their rarest: a prefix filter.
   Source: Chaudhuri, Ganti and Kaushik 2006, "A Primitive Operator for Similarity Joins in Data Cleaning".
   Two statements that share several blocks meet in the smallest of them.
3. **Sides.** A side is what a statement says of the matter (yes or no, an amount, a modality, an account). Statements of one side
   cannot clash, nor those of some pairs of sides (必须 and 可以).
4. **Budget.** `healthnews.claims.candidates` bounds the pairs of a block, so that a concept in very many articles costs no more for
   each of its statements than a rare one.

Everything is sorted before it is cut: neither the order of the claims nor the batches they came in change anything.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from healthnews.claims.compare import (
    MIN_BARE_LIKENESS,
    MIN_LONGER_OVERLAP,
    MIN_MATTER_LIKENESS,
    MIN_OBJECT_OVERLAP,
    MODAL_CLASHES,
    wider_things,
)
from healthnews.claims.figures import PREDICATE as FREE_FIGURE
from healthnews.claims.free import PREDICATE as FREE_ACT
from healthnews.claims.scope import bigrams
from healthnews.language.concepts import Concept, Lexicon
from healthnews.records import ClaimRow, Quantity

MAX_SUBJECT_CHARS = 5
"""A subject known only by its words is blocked by the pairs of its last characters, where Chinese puts the head noun."""
MAX_OBJECT_KEYS = 8
"""Blocks that a free object enters at most: only objects of 12 characters and more could be alike and share none of their 8 rarest."""
_ORIGINS = {"body": 0, "snippet": 1, "title": 2}
_ANCHORS = {"clause": 0, "concept": 0, "sentence": 1, "heading": 2, "title": 2}
_PLACE = frozenset({"claim_id", "article_id", "statement_id", "sentence", "start", "end", "origin", "cue_start", "cue_end", "published_at"})
_reading_of = attrgetter(*(f.name for f in fields(ClaimRow) if f.name not in _PLACE))
"""All that a claim says, without the place where it says it."""

Side = tuple[object, ...]


# --- statements ---------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Statement:
    """A sentence with one reading and scope, in however many articles.

    Attributes:
        claim: The claim that is shown for it: the least by origin and id.
        claims: How many claims say the same.
        keys: Blocks that it is in, the smallest first.
    """

    claim: ClaimRow
    claims: int = 1
    keys: tuple[str, ...] = ()


def distinct_statements(claims: Iterable[ClaimRow]) -> dict[str, list[Statement]]:
    """Statements by statement id; the claims are read once, and only one of each statement is kept.

    A sentence that names no period holds for the day of its page: it is one statement for each year in which pages say it.
    """
    found: dict[str, list[Statement]] = {}
    for claim in claims:
        known = found.setdefault(claim.statement_id, [])
        reading = _reading_of(claim), _year_of(claim)
        for statement in known:
            if (_reading_of(statement.claim), _year_of(statement.claim)) == reading:
                statement.claims += 1
                if (_ORIGINS[claim.origin], claim.claim_id) < (_ORIGINS[statement.claim.origin], statement.claim.claim_id):
                    statement.claim = claim
                break
        else:
            known.append(Statement(claim))
    return found


def _year_of(claim: ClaimRow) -> int | None:
    if claim.published_at is None or claim.scope.period not in (None, "present"):
        return None
    return claim.published_at.year


def rank(statement: Statement) -> tuple[bool, int, int, int, str]:
    """Which statements speak first: plain before hedged, near their subject before far, said often before said once."""
    claim = statement.claim
    return claim.hedge, _ANCHORS.get(claim.anchored, 9), _ORIGINS[claim.origin], -statement.claims, claim.claim_id


# --- sides --------------------------------------------------------------------------------------------------------


def side_of(claim: ClaimRow, concept: Concept | None) -> Side:
    """What a claim says of its matter: claims of one side cannot clash."""
    if claim.quantity is not None:
        return claim.quantity, claim.payer
    if claim.predicate == FREE_ACT or (concept is not None and concept.kind == "act"):
        return (claim.modality,)
    if concept is None or concept.kind in ("members", "payer"):
        return claim.stance, claim.payer, claim.pool, claim.quantifier == "only"
    return claim.stance, claim.scope.period if claim.is_start and claim.stance > 0 else None


def may_clash(a: Side, b: Side) -> bool:
    """Whether two different sides of one concept can clash: must and may cannot, nor a beginning and a statement without one."""
    if len(a) == len(b) == 1:
        return {a[0], b[0]} in MODAL_CLASHES
    if len(a) == len(b) == 2 and isinstance(a[0], int) and isinstance(b[0], int):
        return a[0] != b[0] or None not in (a[1], b[1])
    return True


def _barred(sides: Sequence[Side]) -> frozenset[tuple[int, int]]:
    if any(isinstance(side[0], Quantity) for side in sides):
        return frozenset()
    return frozenset((i, j) for i, a in enumerate(sides) for j, b in enumerate(sides) if i != j and not may_clash(a, b))


# --- blocks -------------------------------------------------------------------------------------------------------


class Block:
    """Statements of one matter, the best first.

    Attributes:
        predicate: Their concept.
        key: What they have in common: a thing, a pair of characters of their object, or nothing but the concept.
        members: Statements by rank.
        sides: For each of them the number of its side.
        barred: Pairs of sides that cannot clash, both ways.
        classes: Keys that are classes of things (海鲜): what is in one clashes with what is said of the class, not with each other.
    """

    def __init__(
        self, predicate: str, key: str, members: Iterable[Statement], concept: Concept | None, classes: Collection[str] = ()
    ) -> None:
        """Rank the members and number their sides as they come."""
        self.predicate = predicate
        self.key = key
        self.classes = classes
        self.members = sorted(members, key=rank)
        numbers: dict[Side, int] = {}
        self.sides = [numbers.setdefault(side_of(member.claim, concept), len(numbers)) for member in self.members]
        self.barred = _barred(list(numbers))

    @property
    def may_clash(self) -> bool:
        """Whether it has two sides that can clash."""
        count = len(set(self.sides))
        return count * (count - 1) > len(self.barred)

    def meets(self, a: Statement, b: Statement) -> bool:
        """Whether two of its members are compared here: this is the smallest block that they share, and not as two things of a class."""
        if len(a.keys) == len(b.keys) == 1 and self.key not in self.classes:
            return True
        for key in a.keys:
            if key in b.keys and (key not in self.classes or key in _things_of(a.claim) or key in _things_of(b.claim)):
                return key == self.key
        return False


def blocks(statements: Iterable[Statement], lexicon: Lexicon) -> Iterator[Block]:
    """Blocks in which something can clash, by predicate and key; sets the keys of the statements."""
    by_predicate: dict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        by_predicate[statement.claim.predicate].append(statement)
    wider = frozenset(one for found in lexicon.within.values() for one in found)
    for predicate in sorted(by_predicate):
        concept = lexicon.concepts.get(predicate)
        classes = wider if concept is not None and not concept.subject and not concept.is_open else ()
        members = _by_rare_keys(by_predicate.pop(predicate), concept, lexicon)
        for key in sorted(members):
            block = Block(predicate, key, members.pop(key), concept, classes)
            if block.may_clash:
                yield block


def _by_rare_keys(group: list[Statement], concept: Concept | None, lexicon: Lexicon) -> dict[str, list[Statement]]:
    """Statements by each of their rarest keys; a key that only one side has leads to no pair and is left out."""
    counts: Counter[str] = Counter()
    first_side: dict[str, Side] = {}
    mixed: set[str] = set()
    for statement in group:
        side = side_of(statement.claim, concept)
        for key in _keys(statement.claim, concept, lexicon)[0]:
            counts[key] += 1
            if first_side.setdefault(key, side) != side:
                mixed.add(key)
    members: dict[str, list[Statement]] = defaultdict(list)
    for statement in group:
        keys, wanted = _keys(statement.claim, concept, lexicon)
        rarest = sorted(keys, key=lambda key: (counts[key], key))[:wanted]
        statement.keys = tuple(key for key in rarest if key in mixed)
        for key in statement.keys:
            members[key].append(statement)
    return members


def _keys(claim: ClaimRow, concept: Concept | None, lexicon: Lexicon) -> tuple[list[str], int]:
    """What a claim may have in common with one it clashes with, and how many of the rarest of that it needs to be found by.

    That is the things it is about and the classes they are in; the whole concept where that has a subject of its own; the end of a
    subject that is only words.
    """
    if claim.predicate in (FREE_ACT, FREE_FIGURE) or (concept is not None and concept.is_open):
        return _object_keys(claim)
    if concept is None:
        return [""], 1
    things = _things_of(claim) if concept.items or not concept.subject else []
    if concept.subject:
        keys = [*things, ""]
    elif things:
        keys = sorted({*things, *wider_things(claim.subject, lexicon)})
    else:
        keys = sorted(bigrams(claim.subject[-MAX_SUBJECT_CHARS:])) or [claim.subject]
    return keys, len(keys)


def _things_of(claim: ClaimRow) -> list[str]:
    return sorted(set(claim.scope.item.split("+"))) if claim.scope.item else []


def _object_keys(claim: ClaimRow) -> tuple[list[str], int]:
    """The character pairs of a free object, with each thing that the claim is about, and how many of the rarest lead to all alike.

    Objects that share a share s of n pairs share one of the n - ⌈s·n⌉ + 1 rarest of each.
    """
    item = claim.scope.item or ""
    pairs = sorted(bigrams(item)) or ([item] if item else [])
    things = sorted(set(claim.subject.split("+")))
    if claim.predicate == FREE_FIGURE:
        share = MIN_MATTER_LIKENESS if claim.subject else MIN_BARE_LIKENESS
    else:
        share = min(MIN_LONGER_OVERLAP, MIN_OBJECT_OVERLAP) if claim.subject else MIN_OBJECT_OVERLAP
    wanted = len(pairs) - math.ceil(share * len(pairs) - 1e-9) + 1
    return [f"{thing}|{pair}" for thing in things for pair in pairs], min(MAX_OBJECT_KEYS, wanted * len(things))
