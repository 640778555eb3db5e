"""What the differences between two alike texts amount to: a slip of the pen, or another statement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from healthnews.duplicates.alignment import Hunk, align
from healthnews.duplicates.folded import FoldedTexts
from healthnews.language.negation import count_negators
from healthnews.language.regions import find_regions, may_name_region, relate_regions
from healthnews.language.titles import INSURANCE

DifferenceKind = Literal["polarity", "number", "date", "place", "insurance", "wording", "passage"]
STATEMENTS: frozenset[DifferenceKind] = frozenset(("polarity", "number", "date", "place", "insurance"))
"""Differences that make another statement: texts that differ in one are variants, never copies."""
_PASSAGE = 16
"""Characters from which on a stretch is a passage of its own, added or exchanged, and no longer a word put for a word."""
_WORD = 8
"""Characters of a word or two: a negator in a longer stretch belongs to what was added with it."""
_AROUND = 6
"""Characters looked at on both sides of a hunk for the word that it stands in."""
_SLIPS_A_STATEMENT = 2
"""Slips from which on one more, though in a digit or a negator, is a slip too: text read by machine or disguised by a copyist."""
_GRAMMAR = frozenset("的地得了着过也都还就又再才在和与及或并且而但则把被将所以为于之其这那个们您你我他她它吗呢吧啊")
"""Characters that an editor puts in and takes out; any other that is alone exchanged, lost or added is a slip."""
_NUMERALS = "零〇一二三四五六七八九十百千万亿两半"
_NUMBER = re.compile(rf"[0-9]+(?:\.[0-9]+)?[%‰]?|[{_NUMERALS}]+(?=[年月日天周岁元角次级个成倍小分%])|(?<=第)[{_NUMERALS}]+")
_IS_NUMBER = re.compile(rf"[0-9.%‰{_NUMERALS}成倍]*")
_DENIES = re.compile("[不没无未非别勿莫免禁]|取消|废|停|拒")
_AFFIRMS = re.compile("[会能可需要应须该有是已用在被给再曾必得以当均都全将就仍还也才]|支持|允许|属于")
_NUMBER_CHARACTERS = frozenset("0123456789.%‰" + _NUMERALS)
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}年(?:[01]?[0-9]月)?(?:[0-3]?[0-9][日号])?|[01]?[0-9]月[0-3]?[0-9][日号]|(?:19|20)[0-9]{2}[-./][01]?[0-9](?:[-./][0-3]?[0-9])?"
)
_OPPOSITE_WORDS = (
    "高/低 升/降 增/减 多/少 前/后 上/下 内/外 早/晚 左/右 冷/热 快/慢 大/小 长/短 轻/重 先/后 真/假 有/无 男/女 阴/阳 加/减 深/浅 进/出 "
    "增加/减少 提高/降低 升高/降低 上升/下降 上调/下调 以上/以下 以内/以外 饭前/饭后 空腹/饭后 必须/可以 "
    "必须/可选 应当/可以 允许/禁止 全部/部分 一律/部分 都/部分 恢复/停止 继续/停止 保留/清零 结转/清零 有效/作废 有效/无效 "
    "单位/个人 统筹/个人"
)
"""What stands for its opposite when one is put for the other. Negators are counted, these are looked up."""
_OPPOSITES = frozenset(frozenset(pair.split("/")) for pair in _OPPOSITE_WORDS.split())


class Difference(NamedTuple):
    """A stretch in which two texts differ, half-open in code points of each text as it stands; either may be empty."""

    kind: DifferenceKind
    start: int
    end: int
    other_start: int
    other_end: int


class Reading:
    """A text beside the form it is compared in.

    Attributes:
        text: As it was given.
        codes: The characters that count.
    """

    __slots__ = ("_folded", "_index", "_shown", "codes", "text")

    def __init__(self, text: str, folded: FoldedTexts, index: int) -> None:
        self.text = text
        self.codes = folded.codes_of(index)
        self._folded = folded
        self._index = index
        self._shown: str | None = None

    @property
    def shown(self) -> str:
        """The characters that count, as a text."""
        if self._shown is None:
            self._shown = self._folded.shown(self._index)
        return self._shown

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters that count stand in the text."""
        return self._folded.span(self._index, start, end)


def read(text: str) -> Reading:
    """One text, ready to be compared."""
    return Reading(text, FoldedTexts([text]), 0)


def find_differences(one: Reading, other: Reading) -> list[Difference] | None:
    """Where two texts differ and what each difference amounts to, in order; None where they are too far apart to be aligned."""
    hunks = align(one.codes, other.codes)
    if hunks is None:
        return None
    return [_difference(one, other, hunk) for hunk in hunks]


def _difference(one: Reading, other: Reading, hunk: Hunk) -> Difference:
    kind = _kind(one.shown, other.shown, hunk)
    if kind in ("number", "date"):  # 2 and 2.5 differ, not nothing and .5
        hunk = Hunk(*_widened(one.shown, *hunk[:2]), *_widened(other.shown, *hunk[2:]))
    return Difference(kind, *one.span(*hunk[:2]), *other.span(*hunk[2:]))


def statements(differences: Sequence[Difference], one: str, other: str) -> list[Difference]:
    """The differences of two texts that make another statement; none where slips abound, for then those are slips as well."""
    found = [difference for difference in differences if difference.kind in STATEMENTS]
    slips = sum(_is_slip(difference, one, other) for difference in differences) if found else 0
    return found if slips < _SLIPS_A_STATEMENT * len(found) else []


def _is_slip(difference: Difference, one: str, other: str) -> bool:
    here, there = one[difference.start : difference.end], other[difference.other_start : difference.other_end]
    return difference.kind == "wording" and len(here) <= 1 and len(there) <= 1 and not {here, there} & _GRAMMAR


def _kind(one: str, other: str, hunk: Hunk) -> DifferenceKind:
    here, there = one[hunk.start : hunk.end], other[hunk.other_start : hunk.other_end]
    if max(len(here), len(there)) >= _PASSAGE:
        return "passage"
    if (kind := _number_kind(one, other, hunk)) is not None:
        return kind
    window, other_window = _around(one, hunk.start, hunk.end), _around(other, hunk.other_start, hunk.other_end)
    if _name_others(INSURANCE.findall(window), INSURANCE.findall(other_window)):
        return "insurance"
    if _name_other_places(window, other_window):
        return "place"
    is_word = max(len(here), len(there)) <= _WORD
    is_denied = is_word and _denies(here, there) and count_negators(window) % 2 != count_negators(other_window) % 2
    return "polarity" if is_denied or _are_opposite(one, other, hunk) else "wording"


def _name_others(names: Sequence[str], others: Sequence[str]) -> bool:
    """Whether each side names something that the other does not: a name that is only left out makes no other statement."""
    return bool(set(names) - set(others)) and bool(set(others) - set(names))


def _name_other_places(one: str, other: str) -> bool:
    """Whether each side names a region that lies in none of the other's and holds none of them."""
    if not may_name_region(one) or not may_name_region(other):
        return False
    codes, others = ({hit.code for hit in find_regions(text)} for text in (one, other))
    return any(_is_elsewhere(code, others) for code in codes - others) and any(_is_elsewhere(code, codes) for code in others - codes)


def _is_elsewhere(code: str, others: set[str]) -> bool:
    return all(relate_regions(code, other) == "disjoint" for other in others)


def _denies(here: str, there: str) -> bool:
    """Whether a negator is put in, taken out, or put for a word that affirms: in place of any other character it is a slip."""
    if bool(_DENIES.search(here)) == bool(_DENIES.search(there)):
        return bool(_DENIES.search(here))
    return not _AFFIRMS.sub("", there if _DENIES.search(here) else here)


def _around(text: str, start: int, end: int) -> str:
    return text[max(0, start - _AROUND) : end + _AROUND]


def _number_kind(one: str, other: str, hunk: Hunk) -> DifferenceKind | None:
    """`number` or `date` where a hunk puts one number for another; None where either side has none."""
    if not _IS_NUMBER.fullmatch(one, hunk.start, hunk.end) or not _IS_NUMBER.fullmatch(other, hunk.other_start, hunk.other_end):
        return None
    span, other_span = _widened(one, hunk.start, hunk.end), _widened(other, hunk.other_start, hunk.other_end)
    numbers, others = _NUMBER.findall(one[span[0] : span[1] + 1]), _NUMBER.findall(other[other_span[0] : other_span[1] + 1])
    # A percent sign that was lost on the way changes no number; 2% and 2‰ are two.
    if not numbers or not others or numbers == others or [n.rstrip("%") for n in numbers] == [n.rstrip("%") for n in others]:
        return None
    return "date" if _is_dated(one, *span) and _is_dated(other, *other_span) else "number"


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch with the numbers that it cuts into."""
    while start > 0 and text[start - 1] in _NUMBER_CHARACTERS:
        start -= 1
    while end < len(text) and text[end] in _NUMBER_CHARACTERS:
        end += 1
    return start, end


def _is_dated(text: str, start: int, end: int) -> bool:
    """Whether a stretch holds a part of a date, or is one."""
    begin = max(0, start - _AROUND)
    return any(found.start() + begin < end and found.end() + begin > start for found in _DATE.finditer(text[begin : end + 4]))


def _are_opposite(one: str, other: str, hunk: Hunk) -> bool:
    """Whether a word stands where its opposite stands in the other text; shared characters (以上, 以下) are part of the words."""
    here, there = one[hunk.start : hunk.end], other[hunk.other_start : hunk.other_end]
    if not here or not there or len(here) > 4 or len(there) > 4:
        return False
    for left in range(2):
        for right in range(2):
            a = one[max(0, hunk.start - left) : hunk.end + right]
            b = other[max(0, hunk.other_start - left) : hunk.other_end + right]
            if frozenset((a, b)) in _OPPOSITES:
                return True
    return False
