"""Statements: sentences of one side that differ only in wording are one statement; what differs in substance never merges."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, partial

from healthnews.claims.hits import find_hits
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.language.normalise import text_key
from healthnews.language.quantities import find_quantities
from healthnews.language.titles import distinguishing_words
from healthnews.records import ClaimRow

MIN_SIMILARITY = 0.8
"""Jaccard similarity over character 3-grams from which two sentences are one statement: a word or two of twenty may differ.

By the pairs of tests/test_claims_statements.py; on the seed pages no two sentences of one side lie between 0.6 and 1.
"""
MAX_POSTINGS = 64
"""Sentences kept for each rare 3-gram, the nearest in length: a thousand variants of one sentence then cost a thousand lookups."""
_NUMBER = re.compile(r"\d[\d.,:/~-]*[%‰]?|[〇零一二三四五六七八九十百千万亿两半]+")
_TURNING = re.compile(r"[上下增减高低前后内外升降早晚先再仅只必须需应禁全部]")
"""Characters that turn a sentence around where one takes another's place: 提高 and 降低, 之前 and 之后, 必须 and 可以."""


def group_statements(claims: Iterable[ClaimRow], lexicon: Lexicon | None = None) -> list[tuple[ClaimRow, ...]]:
    """Claims of one side as statements, whatever their order; in each and among them by the smallest claim id.

    A sentence is one statement of a side, however many claims it holds. Two sentences are one when their 3-grams are alike and
    nothing tells them apart: pole, polarity, stance, modality, quantifier, hedge, frame, quantity, scope, numbers, negators, places,
    things, and the lexicon's words are all equal. So 会清零 and 不会清零, or 2% and 2.5%, stay apart however alike the rest is.
    """
    lexicon = lexicon or load_lexicon()
    sentences = _by_sentence(claims)
    blocks: dict[object, list[str]] = defaultdict(list)
    for name, members in sentences.items():
        blocks[frozenset(_reading(claim, lexicon) for claim in members)].append(name)
    groups: list[tuple[ClaimRow, ...]] = []
    for block in blocks.values():
        for group in _alike(block, sentences, lexicon):
            merged = sorted((claim for name in group for claim in sentences[name]), key=lambda claim: claim.claim_id)
            groups.append(tuple(merged))
    return sorted(groups, key=lambda group: group[0].claim_id)


def _by_sentence(claims: Iterable[ClaimRow]) -> dict[str, list[ClaimRow]]:
    """Claims of equal sentences and scopes, with what else the same sentence of the same article says, by statement id."""
    rows = list(claims)
    roots = {claim.statement_id: claim.statement_id for claim in rows}
    places: dict[tuple[str, str, int], str] = {}
    for claim in rows:
        join(roots, claim.statement_id, places.setdefault((claim.article_id, claim.origin, claim.start), claim.statement_id))
    sentences: dict[str, list[ClaimRow]] = defaultdict(list)
    for claim in rows:
        sentences[find_root(roots, claim.statement_id)].append(claim)
    return sentences


def _reading(claim: ClaimRow, lexicon: Lexicon) -> tuple[object, ...]:
    """What the engine read in a claim, without words that are free text (a condition, an open object)."""
    concept = lexicon.concepts.get(claim.predicate)
    is_free = concept is None or concept.is_open
    scope = replace(claim.scope, condition=None, item=None if is_free else claim.scope.item)
    return (
        claim.predicate, claim.pole, claim.polarity, claim.stance, claim.modality, claim.quantifier, claim.hedge, claim.frame,
        claim.quantity, claim.payer, claim.pool, claim.is_start, scope,
    )  # fmt: skip


def _alike(block: Sequence[str], sentences: dict[str, list[ClaimRow]], lexicon: Lexicon) -> list[list[str]]:
    """Sentences of one reading, grouped by what else must be equal, then by similarity."""
    if len(block) == 1:
        return [list(block)]
    finer: dict[object, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in block:
        key = text_key(sentences[name][0].sentence)
        finer[telling_words(key, lexicon)][key].append(name)
    named = cache(partial(_named_concepts, lexicon=lexicon))
    return [
        [name for key in keys for name in by_key[key]]
        for by_key in finer.values()
        for keys in group_similar(by_key, MIN_SIMILARITY, lambda a, b: named(a) == named(b))
    ]


def telling_words(key: str, lexicon: Lexicon) -> tuple[object, ...]:
    """What must be equal in two sentences that are to be one statement: numbers, negators, places, things, scopes, turns.

    Args:
        key: The sentence as `text_key` gives it.
        lexicon: Whose things and words of scope are looked for.
    """
    return (
        tuple(_NUMBER.findall(key)),
        tuple(_TURNING.findall(key)),
        tuple(hit.quantity for hit in find_quantities(key)),
        distinguishing_words(key),
        frozenset(word.payload.name for word in lexicon.things.find(key)),
        frozenset(word.payload.value for word in lexicon.scopes.find(key)),
    )


def _named_concepts(key: str, lexicon: Lexicon) -> frozenset[tuple[str, str]]:
    """Concepts and poles whose words stand in a sentence: they must be equal as well, and cost most, so alike sentences alone are asked."""
    return frozenset((hit.concept.id, hit.pole) for hit in find_hits(key, lexicon))


def group_similar(texts: Iterable[str], threshold: float, may_join: Callable[[str, str], bool] = lambda a, b: True) -> list[list[str]]:
    """Distinct texts joined wherever the Jaccard similarity of their character 3-grams reaches the threshold.

    Args:
        texts: In any order, any of them more than once.
        threshold: 0 to 1.
        may_join: Asked of two texts that are alike, whether they may be one; of three texts it joins all or none with each other.

    Exact up to `MAX_POSTINGS`: a pair shares one of the few rarest 3-grams of each, or it cannot reach the threshold. The cost grows
    with the number of texts, not of pairs, and the result does not depend on their order.

    Source: prefix filtering, Bayardo, Ma and Srikant, Scaling up all pairs similarity search, WWW 2007.
    """
    grams = {text: _shingles(text) for text in set(texts)}
    ordered = sorted(grams, key=lambda text: (len(grams[text]), text))
    counts = Counter(gram for found in grams.values() for gram in found)
    postings: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=MAX_POSTINGS))
    roots = {text: text for text in ordered}
    for text in ordered:
        found = grams[text]
        least = math.ceil(threshold * len(found) - 1e-9)
        rarest = sorted(found, key=lambda gram: (counts[gram], gram))[: len(found) - least + 1]
        candidates = {other for gram in rarest for other in postings[gram] if len(grams[other]) >= least}
        for other in sorted(candidates):
            if find_root(roots, text) == find_root(roots, other) or _similarity(found, grams[other]) < threshold - 1e-9:
                continue
            if may_join(text, other):
                join(roots, text, other)
        for gram in rarest:
            postings[gram].append(text)
    groups: dict[str, list[str]] = defaultdict(list)
    for text in sorted(ordered):
        groups[find_root(roots, text)].append(text)
    return [groups[root] for root in sorted(groups)]


def _shingles(text: str) -> frozenset[str]:
    """Character 3-grams; a shorter text is its own."""
    return frozenset(text[i : i + 3] for i in range(max(1, len(text) - 2)))


def _similarity(a: frozenset[str], b: frozenset[str]) -> float:
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)


def find_root(roots: dict[str, str], name: str) -> str:
    """The name that stands for a set of joined names; the way there is shortened."""
    while roots[name] != name:
        roots[name] = roots[roots[name]]
        name = roots[name]
    return name


def join(roots: dict[str, str], a: str, b: str) -> None:
    """Make one set of two; the smaller name stands for it, so that the order of joining does not matter."""
    small, large = sorted((find_root(roots, a), find_root(roots, b)))
    roots[large] = small
