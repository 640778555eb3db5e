"""Answers that lie in Arrow columns, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.boilerplate import find_answer
from healthnews.duplicates.edges import Answer
from healthnews.duplicates.sets import distinct


class AnswerColumns(Sequence[Answer]):
    """Titles and texts of two Arrow columns as answers, boilerplate blanked; null is empty.

    Each is made anew whenever it is asked for, so that a million of them never are in memory as texts of Python.

    Args:
        titles: A chunked array of strings.
        texts: Another of the same length.
    """

    def __init__(self, titles: Any, texts: Any) -> None:
        self._titles, self._texts = titles, texts
        # Where each answer stands in its text, once it was looked for.
        self._places = np.full((len(texts), 2), -1, np.int32)

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> Answer: ...
    @overload
    def __getitem__(self, index: slice) -> list[Answer]: ...
    def __getitem__(self, index: int | slice) -> Answer | list[Answer]:
        """One answer, or those of a slice."""
        if isinstance(index, slice):
            return self.take(np.arange(*index.indices(len(self))))
        return self.take(np.array([range(len(self))[index]]))[0]

    def take(self, indices: NDArray[np.int64]) -> list[Answer]:
        """The answers of these indices, in their order."""
        titles, texts = _read(self._titles, indices), _read(self._texts, indices)
        return [Answer(title, text) for title, text in zip(titles, self._blanked(texts, indices), strict=True)]

    def _blanked(self, texts: Iterable[str], indices: NDArray[np.int64]) -> Iterable[str]:
        for text, index, (start, end) in zip(texts, indices.tolist(), self._places[indices].tolist(), strict=True):
            if start < 0:
                start, end = self._places[index] = find_answer(text)
            yield text if end - start == len(text) else " " * start + text[start:end] + " " * (len(text) - end)


def _read(column: Any, indices: NDArray[np.int64]) -> list[str]:
    """Values of a chunked array, chunk by chunk: taken at once, it would be joined to one array first."""
    ends = np.cumsum([len(chunk) for chunk in column.chunks])
    found = [""] * len(indices)
    chunks = np.searchsorted(ends, indices, side="right")
    for number in distinct(chunks.copy()).tolist():
        places = np.flatnonzero(chunks == number)
        begin = int(ends[number]) - len(column.chunks[number])
        for place, text in zip(places.tolist(), column.chunks[number].take(indices[places] - begin).to_pylist(), strict=True):
            found[place] = text or ""
    return found
