"""Concept words of a clause: where which pole of which concept is named."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from healthnews.language.concepts import Concept, FoundWords, Lexicon, Pole, pattern_of
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


def find_hits(text: str, lexicon: Lexicon) -> tuple[Hit, ...]:
    """Concept words of a text in order of place; of overlapping words of one concept the longest stays."""
    return hits_of(text, lexicon.find_words(text), lexicon)


@lru_cache(maxsize=512)
def anchors_in(text: str, lexicon: Lexicon) -> int:
    """Lists of anchors of which a heading or title holds a word, as bits; asked for once by each of its sentences."""
    return lexicon.find_words(text).anchors if text else 0


def hits_of(text: str, words: FoundWords, lexicon: Lexicon, anchors: int = -1) -> tuple[Hit, ...]:
    """As `find_hits`, of a text whose words have been found.

    Args:
        text: A sentence or a part of one.
        words: Its words.
        lexicon: The words known.
        anchors: Lists of anchors of which a word stands in the text or around it, as bits: a concept that lacks one is left out.
    """
    found: dict[str, list[_Found]] = {}
    skipped: list[tuple[int, int]] = []
    for begin, stop, meanings in words.cues:
        if meanings.gate and not meanings.gate & anchors:
            continue
        for needs, cues in meanings.cues:
            if needs & anchors != needs:
                continue
            for concept, pole, rest, others in cues:
                if not concept:
                    skipped.append((begin, stop))
                elif rest is None:
                    found.setdefault(concept, []).append((begin - stop, begin, stop, pole, False, False))
                elif others[0] in text and (len(others) == 1 or all(part in text for part in others)):
                    found.setdefault(concept, []).extend(_find_gapped(text, rest, pole))
    kept: list[Hit] = []
    for concept, places in found.items():
        for _, start, end, pole, gap_negated, has_gap in places if len(places) == 1 else _longest(places):
            if not (skipped and end - start <= MAX_HIDDEN_CHARS and _is_hidden(start, end, skipped)):
                kept.append(Hit(start, end, lexicon.concepts[concept], pole, gap_negated, has_gap))
    return tuple(sorted(kept, key=_by_place))


def _find_gapped(text: str, rest: str, pole: Pole) -> Iterator[_Found]:
    for match in pattern_of(rest).finditer(text):
        start, end = match.span()
        yield start - end, start, end, pole, has_negator("".join(match.groups())), True


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
