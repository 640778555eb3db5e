"""What a stretch that stands for another stretch amounts to: another number, date, place, insurance or polarity, or other words only."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from healthnews.duplicates import opposites
from healthnews.duplicates.alignment import align
from healthnews.duplicates.numbers import NUMBER_CHARACTERS, compare_numbers
from healthnews.duplicates.traits import DENYING, PASSAGE
from healthnews.language.negation import count_negators
from healthnews.language.regions import find_regions, may_name_region, relate_regions
from healthnews.language.titles import INSURANCE

DifferenceKind = Literal["polarity", "number", "date", "place", "insurance", "wording", "passage"]
STATEMENTS: frozenset[DifferenceKind] = frozenset(("polarity", "number", "date", "place", "insurance"))
"""Differences that make another statement: texts that differ in one are variants, never copies."""
AROUND = 8
"""Characters looked at on both sides of a stretch for the words that it stands in."""

_IN_WORDS = re.compile("[别莫非免无未停废取]")
"""Characters of negators that are parts of many other words as well (特别, 免费, 未来): what stands around them decides."""
_NEGATORS = re.compile(f"[{DENYING}]")
_DENIED = re.compile("不(?:再|曾|太|大|怎么)?|没有?|无|未|非|别|勿|莫|禁止|严禁|停止|拒绝|取消|废止|并非|并不|并未|难以")
_AFFIRMING = "会能经可需要应须该有是已用在被给再曾必得以当均都全将就仍还也才很太更最较极只以便法允许支持属于准予"
_SURELY_DENIED = re.compile(
    "不(?=[会能可是需要应该得须必宜准许用在予属符享参报支影建推提缴交转退补设限包含适存计纳入收取变减增再])|没(?=有)|无(?=[需须法权])"
    "|未(?=[参缴交报办激到达满能按及]|备案)|没有|禁止|严禁|停止|拒绝|取消|废止|并非|并不|并未|难以"
)
"""What denies what stands behind it: 不会, 没有, 未参保, 禁止. A single negator before anything else may have got there by a slip."""
_AREA = re.compile("[市县区](?=[的医社居参人职本内卫统]|$)")


class Verdict(NamedTuple):
    """What a difference amounts to.

    Attributes:
        is_sure: Whether no slip of the pen makes it: it stands however many slips are found beside it.
    """

    kind: DifferenceKind
    is_sure: bool = True


class Stretches(NamedTuple):
    """A stretch of one text and what stands for it in the other, half-open; folded texts."""

    one: str
    start: int
    end: int
    other: str
    other_start: int
    other_end: int

    @property
    def here(self) -> str:
        """The stretch of the first text."""
        return self.one[self.start : self.end]

    @property
    def there(self) -> str:
        """That of the other."""
        return self.other[self.other_start : self.other_end]


def judge(one: str, other: str, start: int, end: int, other_start: int, other_end: int) -> Verdict:
    """What it amounts to that `other[other_start:other_end]` stands for `one[start:end]`, both folded."""
    if max(end - start, other_end - other_start) >= PASSAGE:
        return Verdict("passage")
    left, other_left = max(0, start - AROUND), max(0, other_start - AROUND)
    window, other_window = one[left : end + AROUND], other[other_left : other_end + AROUND]
    return _judge(Stretches(window, start - left, end - left, other_window, other_start - other_left, other_end - other_left))


# Fillers of a template stand at many places of many texts.
@lru_cache(maxsize=1 << 15)
def _judge(stretches: Stretches) -> Verdict:
    if (number := compare_numbers(*stretches)) is not None:
        return Verdict(*number)
    here, there = stretches.here, stretches.there
    if here and there:
        if _name_others(stretches.one, stretches.other):
            return Verdict("insurance")
        if _name_other_places(stretches.one, stretches.other) or _are_areas(stretches):
            return Verdict("place")
        if (kind := opposites.find_opposites(*stretches) or opposites.find_within(here, there)) is not None:
            return Verdict(kind)
    return _polarity(stretches) or Verdict("wording")


@lru_cache(maxsize=1 << 14)
def kind_of_filling(here: str, there: str) -> DifferenceKind:
    """What two fillings of a template are, told by themselves alone: cheaply, for there are many."""
    if may_name_region(here) and may_name_region(there):
        return "place"
    if not NUMBER_CHARACTERS.isdisjoint(here) and not NUMBER_CHARACTERS.isdisjoint(there):
        return "number"
    return "insurance" if _name_others(here, there) else "wording"


def _name_others(one: str, other: str) -> bool:
    """Whether each side names an insurance that the other does not: a name that is only left out makes no other statement."""
    if INSURANCE.search(one) is None or INSURANCE.search(other) is None:
        return False
    names, others = set(INSURANCE.findall(one)), set(INSURANCE.findall(other))
    return bool(names - others) and bool(others - names)


def _name_other_places(one: str, other: str) -> bool:
    """Whether each side names a region that lies in none of the other's and holds none of them."""
    if not may_name_region(one) or not may_name_region(other):
        return False
    codes, others = ({hit.code for hit in find_regions(text)} for text in (one, other))
    return any(_is_elsewhere(code, others) for code in codes - others) and any(_is_elsewhere(code, codes) for code in others - codes)


def _is_elsewhere(code: str, others: set[str]) -> bool:
    return all(relate_regions(code, other) == "disjoint" for other in others)


def _are_areas(stretches: Stretches) -> bool:
    """Whether both are the name of a county or city, in the gazetteer or not: 雷州市 and 廉江市."""
    if not 2 <= len(stretches.here) <= 3 or not 2 <= len(stretches.there) <= 3:
        return False
    return _AREA.match(stretches.one, stretches.end) is not None and _AREA.match(stretches.other, stretches.other_end) is not None


def _polarity(stretches: Stretches) -> Verdict | None:
    """Whether one side denies what the other says."""
    here, there = stretches.here, stretches.there
    if not (_NEGATORS.search(here) or _NEGATORS.search(there)) or count_negators(here) % 2 == count_negators(there) % 2:
        return None
    if _IN_WORDS.search(here + there) and count_negators(stretches.one) % 2 == count_negators(stretches.other) % 2:
        return None
    parts = list(_parts(stretches))
    if any(_is_denial(part) for part in parts):
        return Verdict("polarity")
    # In place of any other character a negator is a slip (患者, 不者), and in a longer stretch it belongs to what was added with it.
    is_put_in = any(not part.here or not part.there or not (_rest(part.here) or _rest(part.there)) for part in parts)
    is_word = all(len(part.here) + len(part.there) <= _NEGATOR for part in parts if _NEGATORS.search(part.here + part.there))
    return Verdict("polarity", False) if is_put_in and is_word else None


_NEGATOR = 4
"""Characters of a negator with the word that it stands for: 可以, 无法."""


def _parts(stretches: Stretches) -> list[Stretches]:
    """A difference by its least parts, and as a whole."""
    one, start, _, other, other_start, _ = stretches
    codes, other_codes = (np.frombuffer(text.encode("utf-32-le"), np.uint32) for text in (stretches.here, stretches.there))
    hunks = align(codes, other_codes, anchor=1)
    rows = [] if hunks is None else hunks.tolist()
    return [stretches, *(Stretches(one, a + start, b + start, other, c + other_start, d + other_start) for a, b, c, d in rows)]


def _is_denial(part: Stretches) -> bool:
    """Whether nothing but a negator is put in, or put for a word that affirms, before what can be denied."""
    if count_negators(part.here) % 2 == count_negators(part.there) % 2 or _rest(part.here) or _rest(part.there):
        return False
    is_here = _NEGATORS.search(part.here) is not None
    denied = _SURELY_DENIED.match(part.one, part.start) if is_here else _SURELY_DENIED.match(part.other, part.other_start)
    return denied is not None


def _rest(text: str) -> str:
    """What a stretch says beside denying or affirming."""
    return _DENIED.sub("", text).strip(_AFFIRMING)
