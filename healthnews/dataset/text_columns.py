"""Texts of whole columns as bytes: slices by code points, for offsets count characters and Arrow holds UTF-8; and their beginnings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
_WORD_BITS = 64
_LAST_CONTINUATION = -65
"""Of the bytes of UTF-8, read as signed numbers, those that go on with a character are the smallest: -128 to -65."""


class CodePoints:
    """Where the characters of a column of texts stand in its bytes.

    A bit for each byte says whether a character begins there; with the number of such bits before each word of 64, characters are
    counted and found without decoding a text. Source: rank and select, G. Jacobson, Space-efficient static trees and graphs, 1989.
    """

    def __init__(self, texts: pa.StringArray) -> None:
        self.bytes, self.offsets = text_bytes(texts)
        padding = (-len(self.bytes)) % _WORD_BITS + _WORD_BITS  # a word of zeros, so that the end of the last text has one too
        bits = np.packbits(self.bytes.view(np.int8) > _LAST_CONTINUATION, bitorder="little")
        self._words = np.pad(bits, (0, (len(self.bytes) + padding) // 8 - len(bits))).view("<u8")
        self._before = np.concatenate([[0], np.cumsum(np.bitwise_count(self._words), dtype=np.int64)])

    def count_before(self, places: Numbers) -> Numbers:
        """Characters that begin before each place, a number of bytes."""
        word, bit = np.divmod(places, _WORD_BITS)
        lower = (np.uint64(1) << bit.astype(np.uint64)) - np.uint64(1)
        counts: Numbers = self._before[word] + np.bitwise_count(self._words[word] & lower)
        return counts

    def place_of(self, numbers: Numbers) -> Numbers:
        """Byte at which each character begins, counted over all texts; each number must be that of one that is there."""
        word = np.searchsorted(self._before, numbers, side="right") - 1
        in_word = self._words[word].view(np.uint8).reshape(-1, 8)
        byte, left = _reach(np.bitwise_count(in_word), numbers - self._before[word])
        bits = np.unpackbits(in_word[np.arange(len(byte)), byte][:, None], axis=1, bitorder="little")
        places: Numbers = word * _WORD_BITS + byte * 8 + _reach(bits, left)[0]
        return places


def _reach(counts: npt.NDArray[np.uint8], numbers: Numbers) -> tuple[Numbers, Numbers]:
    """In each row, the first cell up to which more is counted than the number; and the number without what is counted before it."""
    until = np.cumsum(counts, axis=1, dtype=np.int64)
    cells = (until <= numbers[:, None]).sum(axis=1)
    return cells, numbers - np.where(cells > 0, until[np.arange(len(cells)), cells - 1], 0)


def text_bytes(texts: pa.StringArray) -> tuple[npt.NDArray[np.uint8], Numbers]:
    """UTF-8 of a column of texts end to end, and where each begins, with the end of the last; a null is empty."""
    _, places, content = texts.buffers()
    if content is None or not len(texts):
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    offsets = np.frombuffer(places, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    return np.frombuffer(content, np.uint8)[offsets[0] : offsets[-1]], offsets - offsets[0]


def first_bytes(texts: pa.StringArray) -> Words:
    """The first eight bytes of each text as a number; of two texts the greater never has the smaller one."""
    content, offsets = text_bytes(texts)
    windows = np.lib.stride_tricks.sliding_window_view(np.append(content, np.zeros(8, np.uint8)), 8)
    numbers = windows[offsets[:-1]].view(">u8").reshape(-1).astype(np.uint64)
    behind = np.uint64(8) * (8 - np.minimum(np.diff(offsets), 8)).astype(np.uint64)  # bits of the texts that follow
    own: Words = (numbers >> behind) << behind
    return own


def are_slices(texts: pa.StringArray, rows: Numbers, starts: Numbers, ends: Numbers, wanted: pa.StringArray) -> Mask:
    """Which of the wanted texts are `texts[row][start:end]`; no slice is one of no characters, or of a text that is null.

    Args:
        texts: The texts.
        rows: For each wanted text, the number of the one that it should stand in.
        starts: Its first code point there.
        ends: The one behind its last.
        wanted: What should stand there.
    """
    where = CodePoints(texts)
    first, last = where.count_before(where.offsets[rows]), where.count_before(where.offsets[rows + 1])
    lengths = pc.fill_null(pc.utf8_length(wanted), 0).to_numpy()
    right: Mask = (starts >= 0) & (starts < ends) & (ends <= last - first) & (lengths == ends - starts)
    inside = np.flatnonzero(right)
    if len(inside):
        begins = where.place_of(first[inside] + starts[inside])
        possible = wanted if len(inside) == len(wanted) else wanted.take(pa.array(inside))
        right[inside] = _are_at(where.bytes, begins, *text_bytes(possible))
    return right


def _are_at(content: npt.NDArray[np.uint8], begins: Numbers, wanted: npt.NDArray[np.uint8], offsets: Numbers) -> Mask:
    """Which of the wanted texts, none of them empty, stand at the bytes given."""
    places = np.repeat(begins - offsets[:-1], np.diff(offsets)) + np.arange(len(wanted))
    same = content[np.minimum(places, len(content) - 1)] == wanted
    right: Mask = np.ones(len(begins), dtype=bool) if same.all() else np.logical_and.reduceat(same, offsets[:-1])
    return right
