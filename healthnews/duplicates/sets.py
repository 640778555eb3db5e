"""Sets of numbers as ascending arrays, and runs of equal ones.

`numpy.unique`, and what is made of it, hashes whole numbers and takes ten times as long.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Each value once, ascending; sorted in place."""
    values.sort()
    return values[begins(values)]


def begins(ordered: NDArray[Number]) -> NDArray[np.bool_]:
    """For each of some values, equal ones side by side, whether it is the first of its kind."""
    is_first = np.ones(len(ordered), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return is_first


def firsts(values: NDArray[Number], is_first: NDArray[np.bool_]) -> NDArray[Number]:
    """For each value that of the last place before it, or its own, that `is_first`: as of `begins`, the first of its kind."""
    return values[np.maximum.accumulate(np.where(is_first, np.arange(len(values)), 0))]


def union(*parts: NDArray[Number]) -> NDArray[Number]:
    """Values of any of some arrays of one type, each once, ascending; the arrays may be in any order."""
    return distinct(np.concatenate(parts))


def without(values: NDArray[Number], others: NDArray[Number]) -> NDArray[Number]:
    """The values that are none of the others, in their order; the others ascend."""
    return values[~are_in(values, others)]


def are_in(values: NDArray[Number], others: NDArray[Number]) -> NDArray[np.bool_]:
    """For each value whether it is one of the others, which ascend."""
    if not len(others):
        return np.zeros(len(values), np.bool_)
    found: NDArray[np.bool_] = others[np.minimum(np.searchsorted(others, values), len(others) - 1)] == values
    return found
