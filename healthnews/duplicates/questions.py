"""How two titles stand to each other: one question, the same in other words, or two questions of one frame."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from healthnews.language.titles import core_of, distinguishing_words

LEAST_QUESTION = 4
"""Characters that a canonical question must have: 医保 asks nothing."""
TitleRelation = Literal["same", "reworded", "sibling", "other"]

_words = lru_cache(100_000)(distinguishing_words)
_core = lru_cache(100_000)(core_of)
_FRAME_SHARE = 0.4
"""Share of the longer title that two titles of one frame have in common; 住院怎么付钱 and 住院费用的支付 share 2 of 7 characters."""


class Titles(NamedTuple):
    """Two titles compared.

    Attributes:
        relation: `same`: one canonical question. `reworded`: they differ in words of asking alone. `sibling`: they share a
            frame and ask about different things. `other`: they have little in common.
        filler: What stands in the frame of the first; empty unless they are siblings or other.
        other_filler: What stands in that of the second.
    """

    relation: TitleRelation
    filler: str = ""
    other_filler: str = ""


def relate(one: str, other: str) -> Titles:
    """How two canonical questions (`language.titles.canonical_question`) stand to each other."""
    if one == other:
        return Titles("same")
    head, tail = shared_ends(one, other)
    filler, other_filler = one[head : len(one) - tail], other[head : len(other) - tail]
    is_distinct = _words(one) != _words(other)
    if not is_distinct and _core(one) == _core(other):
        return Titles("reworded")
    # A single character (颈, 腰) is in every text; with its neighbours it is a word.
    if min(len(filler), len(other_filler)) < 2:
        head, tail = max(0, head - 1), max(0, tail - 1)
        filler, other_filler = one[head : len(one) - tail], other[head : len(other) - tail]
    shares_frame = head + tail >= max(len(one), len(other)) * _FRAME_SHARE
    return Titles("sibling" if is_distinct or shares_frame else "other", filler, other_filler)


def shared_ends(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts share at their beginning, and how many of the rest at their end."""
    shorter = min(len(one), len(other))
    head = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    tail = next((i for i in range(shorter - head) if one[-1 - i] != other[-1 - i]), shorter - head)
    return head, tail
