"""What single characters tell: by these most differences are seen to be words for words, without a look at the words."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates import opposites
from healthnews.duplicates.numbers import NUMBER_CHARACTERS, UNIT_CHARACTERS
from healthnews.language.regions import region_names
from healthnews.language.titles import INSURANCE

PASSAGE = 16
"""Characters from which on a stretch is a passage of its own, added or exchanged, and no longer a word put for a word."""
NUMBER, NEGATOR, NAME, OPPOSITE, GRAMMAR, UNIT, AREA = (1 << bit for bit in range(7))
Traits = NDArray[np.uint8]

DENYING = "不没无未非别勿莫免禁停拒废取否"
_FUNCTION = "的地得了着过也都还就又再才在和与及或并且而但则把被将所以为于之其这那个们您你我他她它吗呢吧啊"
"""Characters that an editor puts in and takes out; any other that is alone exchanged, lost or added is a slip."""


@cache
def traits() -> Traits:
    """The traits of every character of the basic plane that counts, as bits; shape (65536,)."""
    table = np.zeros(1 << 16, np.uint8)
    for characters, trait in (
        (NUMBER_CHARACTERS, NUMBER),
        (DENYING, NEGATOR),
        ("".join(region_names()) + INSURANCE.pattern.replace("|", ""), NAME),
        (opposites.CHARACTERS, OPPOSITE),
        (_FUNCTION, GRAMMAR),
        (UNIT_CHARACTERS, UNIT),
        ("市县区", AREA),
    ):
        for character in set(characters):
            table[ord(character)] |= trait
    return table
