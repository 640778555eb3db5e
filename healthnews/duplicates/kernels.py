"""The compiled inner loops: plain forms of the same stand in `shingles`, `signatures` and `differences`, and tests hold them equal.

Imported only where there is much to do: importing numba takes half a second, compiling two, once per machine.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates import alignment, groups, questions
from healthnews.duplicates.shingles import MARK, SHINGLE, Codes, Hashes
from healthnews.duplicates.signatures import BAND_SEED, BANDS, BINS, DISTANCE, EMPTY, ROWS

_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32, _S42, _S21 = (np.uint64(bits) for bits in (27, 30, 31, 32, 42, 21))
_LOW = np.uint64(0xFFFFFFFF)
_SHINGLE_BITS = np.uint64((1 << 63) - 1)
_ONE, _ZERO = np.uint64(1), np.uint64(0)

Indices = NDArray[np.int64]
Places = NDArray[np.int32]
Set = NDArray[np.uint32]


_Function = TypeVar("_Function", bound=Callable[..., Any])


def _kernel(function: _Function) -> _Function:
    """Compiled once per machine; once per process where neither the package's folder nor a cache of the user's can be written."""
    try:
        return cast(_Function, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast(_Function, numba.njit(nogil=True)(function))


@numba.njit(inline="always")
def _mix(value: np.uint64) -> np.uint64:
    value ^= value >> _S30
    value *= _MIX_1
    value ^= value >> _S27
    value *= _MIX_2
    return value ^ (value >> _S31)


@numba.njit(inline="always")
def _fold(codes: Codes, start: int, end: int, table: Codes, out: Codes, places: Places) -> int:
    """The characters of one text that count, into `out`, their places into `places`; how many. A mark counts between two digits alone."""
    count, mark, marked = 0, np.uint32(0), 0
    for place in range(start, end):
        code = codes[place]
        folded = table[code] if code < 0x10000 else (code if 0x20000 <= code < 0x33480 else np.uint32(0))
        if folded == 0:
            continue
        if folded >= MARK:
            # A second mark in a row stands beside no digit, and neither does the first.
            is_behind_digit = mark == 0 and count > 0 and 48 <= out[count - 1] <= 57
            mark = folded & np.uint32(MARK - 1) if is_behind_digit else np.uint32(MARK)
            marked = place - start
            continue
        if 0 < mark < MARK and 48 <= folded <= 57:
            out[count], places[count] = mark, marked
            count += 1
        mark = np.uint32(0)
        out[count], places[count] = folded, place - start
        count += 1
    return count


@numba.njit(inline="always")
def _shingle(folded: Codes, place: int) -> np.uint64:
    return _mix((np.uint64(folded[place]) << _S42) | (np.uint64(folded[place + 1]) << _S21) | np.uint64(folded[place + 2]))


@numba.njit(inline="always")
def _put(bins: Hashes, key: np.uint64) -> None:
    """A shingle, three characters side by side, into its bin, without a branch that could be foretold no better than by chance."""
    value = _mix(key)
    bin_ = ((value >> _S32) * np.uint64(BINS)) >> _S32
    bins[bin_] = min(bins[bin_], value & _LOW)


@_kernel
def sign_texts(codes: Codes, offsets: Indices, table: Codes, out: Hashes) -> None:
    """`signatures.sign_plain` for each of many texts, into `out` of shape (texts, BANDS): folded, hashed and binned in one pass."""
    bins = np.empty(BINS, np.uint64)
    for text in range(len(offsets) - 1):
        bins[:] = EMPTY
        key, count = _ZERO, 0
        mark, last = np.uint32(0), np.uint32(0)
        for place in range(offsets[text], offsets[text + 1]):
            code = codes[place]
            folded = table[code] if code < 0x10000 else (code if 0x20000 <= code < 0x33480 else np.uint32(0))
            if folded == 0:
                continue
            if folded >= MARK:
                # As in `_fold`.
                mark = folded & np.uint32(MARK - 1) if mark == 0 and 48 <= last <= 57 else np.uint32(MARK)
                continue
            if mark != 0:
                if mark != MARK and 48 <= folded <= 57:
                    key = ((key << _S21) | np.uint64(mark)) & _SHINGLE_BITS
                    count += 1
                    if count >= SHINGLE:
                        _put(bins, key)
                mark = np.uint32(0)
            key = ((key << _S21) | np.uint64(folded)) & _SHINGLE_BITS
            count, last = count + 1, folded
            if count >= SHINGLE:
                _put(bins, key)
        if count >= SHINGLE:
            _borrow(bins)
            for band in range(BANDS):
                hashed = np.uint64(band + 1) * BAND_SEED
                for row in range(ROWS):
                    hashed = _mix(hashed ^ bins[band * ROWS + row])
                out[text, band] = hashed


@numba.njit()
def _borrow(bins: Hashes) -> None:
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


@_kernel
def fold_texts(codes: Codes, offsets: Indices, table: Codes, out: Codes, places: Places, ends: Indices) -> None:
    """The characters that count of each text and their places in it, one text behind the other; where each ends in `ends`."""
    filled = 0
    for text in range(len(offsets) - 1):
        filled += _fold(codes, offsets[text], offsets[text + 1], table, out[filled:], places[filled:])
        ends[text] = filled


@_kernel
def shingle_sets(folded: Codes, starts: Indices, ends: Indices, out: Set, set_ends: Indices) -> None:
    """The distinct shingles of each folded text, ascending, 32 bits of their hashes, from the text's own start in `out` to `set_ends`."""
    for text in range(len(starts)):
        begin, filled = starts[text], starts[text]
        for place in range(begin, ends[text] - SHINGLE + 1):
            out[filled] = np.uint32(_shingle(folded, place) >> _S32)
            filled += 1
        if filled > begin:
            _sort(out[begin:filled])
            last = begin
            for place in range(begin + 1, filled):
                if out[place] != out[last]:
                    last += 1
                    out[last] = out[place]
            filled = last + 1
        set_ends[text] = filled


@numba.njit()
def _sort(values: Set) -> None:
    """Radix sort by bytes from the lowest: 430 hashes in a sixth of the time that comparing them takes."""
    here, there = values, np.empty(len(values), np.uint32)
    counts = np.empty(257, np.int64)
    for shift in (0, 8, 16, 24):
        counts[:] = 0
        for value in here:
            counts[((value >> shift) & 255) + 1] += 1
        for place in range(1, 257):
            counts[place] += counts[place - 1]
        for value in here:
            digit = (value >> shift) & 255
            there[counts[digit]] = value
            counts[digit] += 1
        here, there = there, here


@_kernel
def jaccard(hashes: Set, starts: Indices, ends: Indices, left: Indices, right: Indices, out: NDArray[np.float64]) -> None:
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


def _with_compiled(function: _Function, *inner: Callable[..., Any]) -> _Function:
    """A plain function compiled as it is, with the plain functions that it calls; these may call those before them."""
    names = dict(function.__globals__)
    for one in inner:
        names[one.__name__] = numba.njit()(FunctionType(one.__code__, names, one.__name__))
    return _kernel(cast(_Function, FunctionType(function.__code__, names, function.__name__)))


align_rows = _with_compiled(alignment.align_rows, alignment.find_path, alignment.walk_back, alignment.join_hunks, alignment.align_into)
look_over = _with_compiled(alignment.look_over, alignment.traits_of, alignment.may_tell)
relate_rows = _with_compiled(questions.relate_rows, questions.relate_pair)
join_rows = _with_compiled(groups.join_rows)
