"""Frames of titles: what template pages share, and what each fills in."""

from __future__ import annotations

from collections.abc import Sequence

from healthnews.language.regions import NATIONWIDE, SOME_REGIONS, find_regions

GAP = "…"
"""Stands in a frame where titles differ."""
_LEAST_FRAME = 4
"""Characters that a frame of titles must have: X怎么办 is no template."""


def place_frame(question: str) -> tuple[str, str] | None:
    """A title's frame with its places taken out, and the places; None where it names none, or nothing much beside them.

    Args:
        question: The title as `language.titles.canonical_question` writes it.
    """
    hits = [hit for hit in find_regions(question) if hit.code not in (NATIONWIDE, SOME_REGIONS)]
    if not hits:
        return None
    pieces, place, end = [], [], 0
    for hit in hits:
        pieces.append(question[end : hit.start])
        place.append(question[hit.start : hit.end])
        end = hit.end
    pieces.append(question[end:])
    return (GAP.join(pieces), "".join(place)) if sum(map(len, pieces)) >= _LEAST_FRAME else None


def shared_frame(questions: Sequence[str]) -> tuple[str | None, list[str]]:
    """What titles begin and end with, and what each has between; None and the whole titles where they share nothing.

    Args:
        questions: Titles as `language.titles.canonical_question` writes them.
    """
    if not questions:
        return None, []
    first = questions[0]
    head = min(shared_ends(first, other)[0] for other in questions)
    tail = min(shared_ends(first[head:][::-1], other[head:][::-1])[0] for other in questions)
    if not head + tail:
        return None, list(questions)
    return first[:head] + GAP + first[len(first) - tail :], [question[head : len(question) - tail] for question in questions]


def shared_ends(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts share at their beginning, and how many of the rest at their end."""
    shorter = min(len(one), len(other))
    head = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    tail = next((i for i in range(shorter - head) if one[-1 - i] != other[-1 - i]), shorter - head)
    return head, tail
