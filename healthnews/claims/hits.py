"""Concept words of a clause: where which pole of which concept is named."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from healthnews.language.concepts import Concept, Lexicon, Pole
from healthnews.language.negation import has_negator


class Hit(NamedTuple):
    """A concept's words in a clause, in clause offsets."""

    start: int
    end: int
    concept: Concept
    pole: Pole
    is_gap_negated: bool = False
    has_gap: bool = False


_Found = tuple[int, int, int, Pole, bool, bool]
"""Minus its length, start, end, pole, whether a gap of it holds a negator, whether it has gaps."""


def find_hits(clause: str, lexicon: Lexicon, around: Collection[str] | None = None) -> tuple[Hit, ...]:
    """Concept words of a text in order of place; of overlapping words of one concept the longest stays.

    Args:
        clause: The text, a sentence or a part of one.
        lexicon: The words known.
        around: The texts that it stands in, itself among them: a concept that finds no anchor in any of them is left out.
            None asks for no anchor.
    """
    found: dict[str, list[_Found]] = {}
    skipped: list[tuple[int, int]] = []
    barred: dict[str, bool] = {}
    for begin, stop, cues in lexicon.cues.matches(clause):
        for concept, pole, rest, others in cues:
            if not concept:
                skipped.append((begin, stop))
                continue
            if around is not None:
                if concept not in barred:
                    barred[concept] = _lacks_anchor(concept, around, lexicon)
                if barred[concept]:
                    continue
            if rest is None:
                found.setdefault(concept, []).append((begin - stop, begin, stop, pole, False, False))
            elif others[0] in clause and (len(others) == 1 or all(part in clause for part in others)):
                for match in rest.finditer(clause):
                    start, end = match.span()
                    found.setdefault(concept, []).append((start - end, start, end, pole, has_negator("".join(match.groups())), True))
    kept: list[Hit] = []
    for concept, words in found.items():
        for _, start, end, pole, gap_negated, has_gap in words if len(words) == 1 else _longest(words):
            if not (skipped and end - start <= MAX_HIDDEN_CHARS and _is_hidden(start, end, skipped)):
                kept.append(Hit(start, end, lexicon.concepts[concept], pole, gap_negated, has_gap))
    return tuple(sorted(kept, key=_by_place))


def _lacks_anchor(concept: str, around: Collection[str], lexicon: Lexicon) -> bool:
    return any(not any(pattern.search(words) for words in around) for pattern in lexicon.anchors.get(concept, ()))


MAX_HIDDEN_CHARS = 2
"""Only words this short are taken for parts of others (吃 of 吃力); a longer one is what it says."""


def _is_hidden(start: int, end: int, skipped: list[tuple[int, int]]) -> bool:
    """Whether a word lies inside a longer one in which no concept counts."""
    return any(first <= start and end <= last and last - first > end - start for first, last in skipped)


def _longest(words: list[_Found]) -> list[_Found]:
    """Of words of one concept that overlap, the longest."""
    kept: list[_Found] = []
    for word in sorted(words):
        if not any(other[1] < word[2] and word[1] < other[2] for other in kept):
            kept.append(word)
    return kept


def _by_place(hit: Hit) -> tuple[int, int, str]:
    return hit.start, hit.end, hit.concept.id
