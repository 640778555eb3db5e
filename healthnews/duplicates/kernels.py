"""The compiled inner loops: plain forms of the same stand in `shingles`, `signatures` and `differences`, and tests hold them equal.

Imported only where there is much to do: importing numba takes half a second, compiling two, once per machine.
"""

from __future__ import annotations

import numba
import numpy as np

from healthnews.duplicates import alignment
from healthnews.duplicates.shingles import MARK, SHINGLE
from healthnews.duplicates.signatures import BAND_SEED, BANDS, BINS, DISTANCE, EMPTY, ROWS

_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32, _S42, _S21 = (np.uint64(bits) for bits in (27, 30, 31, 32, 42, 21))
_LOW = np.uint64(0xFFFFFFFF)
_ONE, _ZERO = np.uint64(1), np.uint64(0)


@numba.njit(inline="always")
def _mix(value):
    value ^= value >> _S30
    value *= _MIX_1
    value ^= value >> _S27
    value *= _MIX_2
    return value ^ (value >> _S31)


@numba.njit(inline="always")
def _fold(codes, place, start, end, table):
    """What a character counts as; 0 for nothing."""
    code = codes[place]
    if code >= 0x10000:
        return code if 0x20000 <= code < 0x33480 else np.uint32(0)
    folded = table[code]
    if folded < MARK:
        return folded
    if place == start or place + 1 == end or codes[place - 1] >= 0x10000 or codes[place + 1] >= 0x10000:
        return np.uint32(0)
    before, behind = table[codes[place - 1]], table[codes[place + 1]]
    if before < 48 or before > 57 or behind < 48 or behind > 57:
        return np.uint32(0)
    return folded & np.uint32(MARK - 1)


@numba.njit(cache=True, nogil=True)
def sign_texts(codes, offsets, table, out):
    """`signatures.sign_plain` for each of many texts, into `out` of shape (texts, BANDS)."""
    bins = np.empty(BINS, np.uint64)
    for text in range(len(offsets) - 1):
        bins[:] = EMPTY
        first, second, count = _ZERO, _ZERO, 0
        start, end = offsets[text], offsets[text + 1]
        for place in range(start, end):
            folded = _fold(codes, place, start, end, table)
            if folded == 0:
                continue
            third = np.uint64(folded)
            count += 1
            if count >= SHINGLE:
                value = _mix((first << _S42) | (second << _S21) | third)
                bin_ = ((value >> _S32) * np.uint64(BINS)) >> _S32
                if value & _LOW < bins[bin_]:
                    bins[bin_] = value & _LOW
            first, second = second, third
        if count >= SHINGLE:
            _borrow(bins)
            for band in range(BANDS):
                key = np.uint64(band + 1) * BAND_SEED
                for row in range(ROWS):
                    key = _mix(key ^ bins[band * ROWS + row])
                out[text, band] = key


@numba.njit
def _borrow(bins):
    """From right to left, twice around: the second time the first bins know what stands behind the last."""
    found, distance = EMPTY, _ZERO
    for place in range(2 * BINS - 1, -1, -1):
        here = place % BINS
        if bins[here] <= _LOW:
            found, distance = bins[here], _ZERO
        elif found != EMPTY:
            distance += _ONE
            if place < BINS:
                bins[here] = found + distance * np.uint64(DISTANCE)


@numba.njit(cache=True, nogil=True)
def shingle_sets(codes, offsets, table, out, ends):
    """The distinct shingles of each text in ascending order, their hashes cut to 32 bits, one text behind the other in `out`.

    `ends[text]` is where its set ends; a set begins where the one before ended.
    """
    filled = 0
    for text in range(len(offsets) - 1):
        first, second, count, begin = _ZERO, _ZERO, 0, filled
        start, end = offsets[text], offsets[text + 1]
        for place in range(start, end):
            folded = _fold(codes, place, start, end, table)
            if folded == 0:
                continue
            third = np.uint64(folded)
            count += 1
            if count >= SHINGLE:
                out[filled] = np.uint32(_mix((first << _S42) | (second << _S21) | third) >> _S32)
                filled += 1
            first, second = second, third
        if filled > begin:
            out[begin:filled] = np.sort(out[begin:filled])
            last = begin
            for place in range(begin + 1, filled):
                if out[place] != out[last]:
                    last += 1
                    out[last] = out[place]
            filled = last + 1
        ends[text] = filled


@numba.njit(cache=True, nogil=True)
def jaccard(hashes, starts, ends, left, right, out):
    """Similarity of pairs of sets that `shingle_sets` made: shared shingles by all; 0 where both are empty."""
    for pair in range(len(left)):
        a, a_end, b, b_end = starts[left[pair]], ends[left[pair]], starts[right[pair]], ends[right[pair]]
        total, shared = (a_end - a) + (b_end - b), 0
        while a < a_end and b < b_end:
            x, y = hashes[a], hashes[b]
            shared += x == y
            a += x <= y
            b += y <= x
        out[pair] = shared / (total - shared) if total else 0.0


find_path_compiled = numba.njit(cache=True, nogil=True)(alignment.find_path)
walk_back_compiled = numba.njit(cache=True, nogil=True)(alignment.walk_back)
