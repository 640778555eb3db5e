"""Whether two stretches of text give different numbers: 2% and 2.5%, 3天 and 三天, 2024年 and 2025年."""

from __future__ import annotations

import re
from typing import Literal

_NUMERALS = "零〇一二三四五六七八九十百千万亿两半"
NUMBER_CHARACTERS = frozenset("0123456789.,%‰" + _NUMERALS)
_UNITS = (
    "个百分点|百分点|%|‰|万元|亿元|元|块|角|周年|个月|个季度|季度|月龄|月|年|个?工作日|个?星期|周岁|周|天|日|号|个?小时|时|点|分钟|秒|岁|倍|成|折|次|"
    "剂|针|毫克|微克|公斤|千克|克|斤|毫升|升|mg|kg|ml|cm|mm|g|l|片|粒|支|瓶|盒|袋|杯|碗|勺|滴|步|千米|公里|厘米|毫米|米|度|℃|级|类|种|项|名|人|条|"
    "档|等|份|家|位|期|层|代|胎|孕周|餐|顿|口|个"
)
UNIT_CHARACTERS = frozenset(_UNITS) - frozenset("|?")
_TELLING_UNITS = "天 周 月 年 季度 小时 分钟 秒 岁 元 角 万元 亿元 % ‰ 成 倍 折 mg g kg 克 微克 斤 ml 升 次 百分点 工作日"
_MEASURES = frozenset(_TELLING_UNITS.split())
"""Units that are parts of few other words: one put for another is no slip."""
_UNIT_NAMES = (
    "日/天 号/天 周年/年 个月/月 月龄/月 周岁/岁 块/元 个星期/周 星期/周 个小时/小时 个工作日/工作日 个季度/季度 "
    "公斤/kg 千克/kg 毫克/mg 毫升/ml 个百分点/百分点 公里/千米"
)
_SAME_UNITS = dict(pair.split("/") for pair in _UNIT_NAMES.split())
_QUANTITY = re.compile(
    r"(?P<of>百分之|第|周|星期|初)?"
    rf"(?P<number>[0-9]+(?:,[0-9]{{3}})*(?:\.[0-9]+)?[百千万亿]?|[{_NUMERALS}]+(?:点[{_NUMERALS}]+)?)(?P<unit>{_UNITS})?"
)
_MIXED = re.compile("[0-9][一二三四五六七八九两半]|[零〇一二三四五六七八九两十][0-9]")
_NO_DIGITS = re.compile(rf"[^0-9.{_NUMERALS}]")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}年(?:[01]?[0-9]月)?(?:[0-3]?[0-9][日号])?|[01]?[0-9]月[0-3]?[0-9][日号]|(?:19|20)[0-9]{2}[-./][01]?[0-9](?:[-./][0-3]?[0-9])?"
)
_ROUND = "00"
"""What a number ends in (5000) that was hardly made of a tenth of it by a slip."""

Quantity = tuple[float, str]


def compare_numbers(
    one: str, start: int, end: int, other: str, other_start: int, other_end: int
) -> tuple[Literal["number", "date"], bool] | None:
    """Whether `other[other_start:other_end]` for `one[start:end]` puts a number, or its unit, for another.

    None where it does not, or where one side has no number. Else what it is, and whether it is sure: a digit lost on the way or
    a character among the digits may be a slip.
    """
    here, there = one[start:end], other[other_start:other_end]
    has_number, other_has = (not NUMBER_CHARACTERS.isdisjoint(text) for text in (here, there))
    if not has_number and not other_has and not _follow_numbers(one, start, other, other_start):
        return None
    # A digit lost for a character, or a character for a digit, is a slip.
    if len(here) == len(there) == 1 and has_number != other_has:
        return None
    quantities, others = _quantities(one, start, end), _quantities(other, other_start, other_end)
    if not quantities or not others or _are_equal(quantities, others):
        return None
    numbers = one[slice(*widened(one, start, end))], other[slice(*widened(other, other_start, other_end))]
    # A unit alone may have been put there by a slip (67%, 67元).
    is_other_value = [value for value, _ in quantities] != [value for value, _ in others]
    is_clean = _QUANTITY.sub("", numbers[0]) == _QUANTITY.sub("", numbers[1])
    is_sure = is_other_value and len(quantities) == len(others) and not _may_be_slip(*numbers, is_clean)
    return "date" if _is_dated(one, start, end) and _is_dated(other, other_start, other_end) else "number", is_sure


def widened(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch with the numbers that it cuts into."""
    while start > 0 and text[start - 1] in NUMBER_CHARACTERS:
        start -= 1
    while end < len(text) and text[end] in NUMBER_CHARACTERS:
        end += 1
    return start, end


def _follow_numbers(one: str, start: int, other: str, other_start: int) -> bool:
    return bool(start and other_start) and one[start - 1] in NUMBER_CHARACTERS and other[other_start - 1] in NUMBER_CHARACTERS


def _may_be_slip(number: str, other: str, is_clean: bool) -> bool:
    """Whether one number may be the other with digits lost; where nothing else differs beside them, no more than one.

    2 and 2.5 are two numbers, and so are 500 and 5000.
    """
    if _MIXED.search(number) or _MIXED.search(other):
        return True
    digits, others = (_NO_DIGITS.sub("", text) for text in (number, other))
    is_fraction_added = digits.partition(".")[0] == others.partition(".")[0] and ("." in digits) != ("." in others)
    if is_fraction_added or (is_clean and (digits.count(".") != others.count(".") or abs(len(digits) - len(others)) != 1)):
        return False
    short, long = sorted((digits.replace(".", ""), others.replace(".", "")), key=len)
    if is_clean and long == f"{short}0" and long.endswith(_ROUND):
        return False
    rest = iter(long)
    return len(short) < len(long) and all(digit in rest for digit in short)


def _quantities(text: str, start: int, end: int) -> list[Quantity]:
    """The numbers that a stretch holds or cuts into, with their units."""
    start, end = widened(text, start, end)
    found = []
    for match in _QUANTITY.finditer(text, max(0, start - 3)):
        if match.start("number") >= max(end, start + 1):
            break
        if match.end("number") < start or (match.end("number") == start and match.end() <= start):
            continue
        number, unit, of = match["number"], match["unit"] or "", match["of"] or ""
        if number in _NUMERALS and not unit and not of:
            continue
        if (value := _value(number)) is not None:
            found.append((value, "%" if of == "百分之" else _SAME_UNITS.get(unit, unit)))
    return found


def _are_equal(quantities: list[Quantity], others: list[Quantity]) -> bool:
    """Whether they are the same in order; a unit that was left out (a percent sign lost on the way) changes nothing."""
    return len(quantities) == len(others) and all(
        value == other and (unit == other_unit or not {unit, other_unit} <= _MEASURES)
        for (value, unit), (other, other_unit) in zip(quantities, others, strict=True)
    )


_DIGITS = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}


def _value(number: str) -> float | None:
    """A number in digits (1,200.5, 3万) or numerals (三十五, 二〇二五, 两万, 半); None for what is none (百千)."""
    if number[0] not in _NUMERALS:
        return float(number.rstrip("百千万亿").replace(",", "")) * _SCALES.get(number[-1], 1)
    whole, _, fraction = number.partition("点")
    if whole == "半":
        return 0.5
    value = _whole(whole.removesuffix("半"))
    if value is None:
        return None
    digits = "".join(str(_DIGITS[character]) for character in fraction if character in _DIGITS)
    return value + (0.5 if whole.endswith("半") else 0.0) + float(f"0.{digits or 0}")


def _whole(numerals: str) -> float | None:
    if len(numerals) > 1 and all(character in _DIGITS for character in numerals):
        return float("".join(str(_DIGITS[character]) for character in numerals))
    if not any(character in _DIGITS or character == "十" for character in numerals):
        return None
    total, section, digit = 0.0, 0.0, 0.0
    for character in numerals:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in "万亿":
            total, section, digit = (total + section + digit or 1.0) * _SCALES[character], 0.0, 0.0
        elif character in _SCALES:
            section, digit = section + (digit or 1.0) * _SCALES[character], 0.0
        else:
            return None
    return total + section + digit


def _is_dated(text: str, start: int, end: int) -> bool:
    """Whether a stretch holds a part of a date, or is one."""
    return any(found.start() <= end and found.end() >= start for found in _DATE.finditer(text))
