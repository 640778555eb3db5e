"""Sets of numbers as ascending arrays: `numpy.unique`, and what is made of it, hashes whole numbers and takes ten times as long."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Each value once, ascending; sorted in place."""
    values.sort()
    is_first = np.ones(len(values), np.bool_)
    is_first[1:] = values[1:] != values[:-1]
    return values[is_first]


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
