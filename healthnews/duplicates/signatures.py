"""Signatures of texts: one-permutation MinHash over shingles, cut into bands; texts that share a band may be copies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.shingles import Codes, codes_of, fold, fold_table, hash_folded, mix

BANDS = 20
ROWS = 5
"""Rows of a band. Two texts of similarity s share a band with 1 - (1 - s^5)^20: .975 at .7, .9996 at .8; six lose 2 pairs in 10,000."""
BINS = BANDS * ROWS
NO_BAND = np.uint64(0)
"""Stands in every band of a text without shingles: it shares none with any."""
EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
DISTANCE = 1 << 32
"""Added to a borrowed minimum for each bin between: equal only where the same bins are empty."""
BAND_SEED = np.uint64(0x9E3779B97F4A7C15)
_KERNEL_FROM = 2_000
"""Texts from which on compiling the kernel (2 s where it is not cached) is worth while."""
_BATCH = 2_000
"""Texts read at once: what a processor's cache holds."""

Bands = NDArray[np.uint64]


def sign(texts: Sequence[str]) -> Bands:
    """Band keys of texts, shape (texts, BANDS); NO_BAND throughout for a text of less than three characters that count.

    The same for any number of texts at once: many are read by a compiled kernel, a few by the plain form it is tested against.
    """
    bands = np.zeros((len(texts), BANDS), np.uint64)
    for start in range(0, len(texts), _BATCH):
        codes, offsets = codes_of(texts[start : start + _BATCH])
        if len(texts) < _KERNEL_FROM:
            for row in range(len(offsets) - 1):
                bands[start + row] = sign_plain(codes[offsets[row] : offsets[row + 1]])
        else:
            from healthnews.duplicates.kernels import sign_texts

            sign_texts(codes, offsets, fold_table(), bands[start : start + _BATCH])
    return bands


def sign_plain(codes: Codes) -> Bands:
    """Band keys of one text, shape (BANDS,), said as plainly as it can be.

    Each shingle falls into one of BINS bins by the upper half of its hash; a bin keeps the least lower half; an empty bin
    borrows from the next one to the right that is not. A band is the hash of its five bins.

    Source: Li, Owen, Zhang 2012 (one permutation hashing); Shrivastava, Li 2014 (densification by rotation).
    """
    hashes = hash_folded(fold(codes))
    if not len(hashes):
        return np.zeros(BANDS, np.uint64)
    bins = np.full(BINS, EMPTY)
    places = ((hashes >> np.uint64(32)) * np.uint64(BINS)) >> np.uint64(32)
    np.minimum.at(bins, places.astype(np.int64), hashes & np.uint64(DISTANCE - 1))
    filled = np.flatnonzero(bins != EMPTY)
    for place in np.flatnonzero(bins == EMPTY):
        distance = int(np.min((filled - place) % BINS))
        bins[place] = bins[(place + distance) % BINS] + np.uint64(DISTANCE * distance)
    keys = np.arange(1, BANDS + 1, dtype=np.uint64) * BAND_SEED
    for row in range(ROWS):
        keys = mix(keys ^ bins[row::ROWS])
    return keys
