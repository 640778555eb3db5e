"""Near duplicates: answers that share most of their text, sorted into copies, variants and siblings of one template."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from healthnews.duplicates.batch import Batch
from healthnews.duplicates.candidates import components, star_edges
from healthnews.duplicates.columns import AnswerColumns
from healthnews.duplicates.edges import Answer, Edge, NearFindings
from healthnews.duplicates.groups import Indices
from healthnews.duplicates.judged import EQUAL, MAX_DIFFERENCES
from healthnews.duplicates.signatures import BANDS, Bands, sign

__all__ = ["EQUAL", "MAX_DIFFERENCES", "Answer", "Edge", "NearFindings", "find_near"]

_BATCH = 20_000
"""Answers whose texts are folded at once: 12 bytes a character."""
_SIGNED = 5_000
"""Answers read at once to be signed."""


def find_near(answers: Sequence[Answer], bands: Bands | None = None) -> NearFindings:
    """Copies, variants and template families among answers.

    Nothing but the indices depends on the order of the answers, and nothing about a component on the other ones.

    Args:
        answers: Titles and texts; read once to be signed and, where another shares a band, once more, by index and in slices:
            they need not be in memory.
        bands: Their signatures where they are known, shape (answers, bands).
    """
    if bands is None:
        bands = sign_answers(answers)
    found = NearFindings()
    with _no_collection():
        for members in _batches(components(len(answers), *star_edges(bands))):
            found.add(Batch(_answers_at(answers, members), members, bands[members]).find())
    found.sort()
    return found


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the search for cycles: there are none, and it would go through all that was found again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            # Makes old what was found: as new it would be gone through at once, 6 % of the whole time.
            gc.freeze()
            gc.unfreeze()
        if was_enabled:
            gc.enable()


def sign_answers(answers: Sequence[Answer]) -> Bands:
    """Signatures of the texts of answers, shape (answers, bands)."""
    bands = np.zeros((len(answers), BANDS), np.uint64)
    for start in range(0, len(answers), _SIGNED):
        bands[start : start + _SIGNED] = sign([answer.text for answer in answers[start : start + _SIGNED]])
    return bands


def _answers_at(answers: Sequence[Answer], indices: Indices) -> list[Answer]:
    return answers.take(indices) if isinstance(answers, AnswerColumns) else [answers[index] for index in indices.tolist()]


def _batches(labels: Indices) -> Iterator[Indices]:
    """Members of whole components of two or more, about _BATCH of them."""
    linked = np.flatnonzero(np.bincount(labels)[labels] > 1)
    order = linked[np.argsort(labels[linked], kind="stable")]
    ordered = labels[order]
    start = 0
    while start < len(order):
        stop = min(start + _BATCH, len(order))
        stop = int(np.searchsorted(ordered, ordered[stop - 1], side="right"))
        yield order[start:stop]
        start = stop
