"""Stars hang together what the pairs of every bucket would, in far fewer edges."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from healthnews.duplicates.candidates import components, star_edges
from healthnews.duplicates.sets import distinct, union, without
from healthnews.duplicates.signatures import NO_BAND

BANDS = arrays(np.uint64, st.tuples(st.integers(0, 30), st.integers(1, 4)), elements=st.integers(0, 6))


def bucket_pairs(bands: np.ndarray) -> list[tuple[int, int]]:
    return [
        (one, other)
        for one, other in combinations(range(len(bands)), 2)
        if any(a == b and a != NO_BAND for a, b in zip(bands[one], bands[other], strict=True))
    ]


@given(BANDS)
def test_stars_have_the_components_of_all_bucket_pairs(bands: np.ndarray) -> None:
    left, right = star_edges(bands)
    pairs = np.array(bucket_pairs(bands), np.int64).reshape(-1, 2)
    expected = components(len(bands), pairs[:, 0], pairs[:, 1])
    assert components(len(bands), left, right).tolist() == expected.tolist()
    assert set(zip(left.tolist(), right.tolist(), strict=True)) <= set(bucket_pairs(bands))


@given(BANDS)
def test_each_text_has_at_most_an_edge_a_band_from_the_first_of_its_bucket(bands: np.ndarray) -> None:
    left, right = star_edges(bands)
    edges = list(zip(left.tolist(), right.tolist(), strict=True))
    assert edges == sorted(set(edges))
    firsts = {(band, key): row for band in range(bands.shape[1]) for row, key in reversed(list(enumerate(bands[:, band].tolist())))}
    assert set(edges) == {
        (firsts[band, key], row)
        for row, keys in enumerate(bands.tolist())
        for band, key in enumerate(keys)
        if key != NO_BAND and firsts[band, key] != row
    }


def test_equal_texts_make_one_edge_each() -> None:
    bands = np.tile(np.arange(1, 21, dtype=np.uint64), (1000, 1))
    left, right = star_edges(bands)
    assert left.tolist() == [0] * 999
    assert right.tolist() == list(range(1, 1000))


_NUMBERS = arrays(np.uint64, st.integers(0, 40), elements=st.integers(0, 9) | st.integers(0, 2**64 - 1))


@given(_NUMBERS, _NUMBERS)
def test_sets_as_ascending_arrays_are_sets(one: np.ndarray, other: np.ndarray) -> None:
    first, second = set(one.tolist()), set(other.tolist())
    assert distinct(one.copy()).tolist() == sorted(first)
    assert union(one, other).tolist() == sorted(first | second)
    assert without(distinct(one), distinct(other)).tolist() == sorted(first - second)
