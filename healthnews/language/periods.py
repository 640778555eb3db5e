"""Periods of time that Chinese text says a rule holds in: 自2025年起, 2022年前, 2025年度, 现行, 曾."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from healthnews.language.patterns import compile_led

_DAY = r"(?P<year>20\d{2}|19\d{2})年(?:度)?(?:(?P<month>\d{1,2})月(?:份)?(?:(?P<day>\d{1,2})[日号])?)?"
_SINCE = re.compile(rf"(?:自|从)?{_DAY}(?:[^,。;\d]{{0,8}}?)(?:起(?!付|步|诉|因|效|初|点|码)|开始|以来|新增|首次|实施|施行|后(?!续|期))")
_BEFORE = re.compile(rf"{_DAY}(?:之前|以前(?!的(?!政策|规定|做法|标准))|前)")
_AT = re.compile(_DAY)
_PAST = compile_led(
    r"(?<!\d)(?:\d{1,2}|[几多]|十几|二十|三十|[一二三四五六七八九十]+多?)年前(?!后)|曾经|(?<!未)曾(?!有望)|以前(?!的(?!政策|规定|做法|标准))|过去(?=[,是曾]|的(?:政策|规定|做法|老?规矩|制度)|(?:一直|规定|需?要|必须|要求|不能|可以|只能|实行|都))|从前|此前|早前|旧政策|旧规|原政策|原先|原来(?!是|的?(?:量|剂量|用量|药|医院|单位))|原规定|改革前|调整前|"
    r"以往|往年|(?<![之以])之前(?=的?(?:政策|规定|是|可以|需))|老政策"
)
_MAY_BE_PAST = re.compile(r"[曾前旧往原过昔老]|以来")
_PRESENT = compile_led(r"当前|目前|现行|现在|如今|今年|现阶段|最新政策|新政|新规|现已")


class Period(NamedTuple):
    """When a statement is said to hold.

    Attributes:
        code: ISO interval (`2025-01-01/..`, `../2022-01-01`, `2025-01-01/2026-01-01`), `past` or `present`.
        is_start: The text says that it began then (自…起, …新增).
    """

    code: str
    is_start: bool


_MAY_BE_PERIOD = re.compile(r"[年曾前旧往原过昔老当目现如今最新]|以来")
"""One of these stands in every word for a time."""


def may_name_period(text: str) -> bool:
    """Whether a text may name a time."""
    return _MAY_BE_PERIOD.search(text) is not None


def find_period(text: str) -> Period | None:
    """The period that a clause or title names, the most telling one if there are several."""
    if "年" in text:
        match = _SINCE.search(text)
        if match:
            return Period(f"{_iso(match)}/..", True)
        match = _BEFORE.search(text)
        if match:
            return Period(f"../{_iso(match)}", False)
    if _MAY_BE_PAST.search(text) and _PAST.search(text):
        return Period("past", False)
    if "年" in text:
        match = _AT.search(text)
        if match:
            year = int(match["year"])
            end = _after_month(year, int(match["month"])) if match["month"] else f"{year + 1}-01-01"
            return Period(f"{_iso(match)}/{end}", False)
    return Period("present", False) if _PRESENT.search(text) else None


def _iso(match: re.Match[str]) -> str:
    return f"{match['year']}-{int(match['month'] or 1):02d}-{int(match['day'] or 1):02d}"


def _after_month(year: int, month: int) -> str:
    return f"{year + month // 12}-{month % 12 + 1:02d}-01"


def period_at(code: str | None, published: date | None) -> str | None:
    """The period of a statement, that of its page's day when it names none: what a page states, it states for its day."""
    if published is None or code not in (None, "present"):
        return code
    return f"{published.isoformat()}/{(published + timedelta(days=1)).isoformat()}"


def are_disjoint(a: str | None, b: str | None) -> bool:
    """Whether two period codes name times that cannot overlap; an unnamed period means now."""
    if a is None or b is None:
        return "past" in (a, b) or any(code is not None and code.startswith("../") for code in (a, b))
    if a == b:
        return False
    if "past" in (a, b):
        other = b if a == "past" else a
        return not other.startswith("../")
    if "present" in (a, b):
        other = b if a == "present" else a
        return other.startswith("../")
    a_start, a_end = a.split("/")
    b_start, b_end = b.split("/")
    return _ends_before(a_end, b_start) or _ends_before(b_end, a_start)


def _ends_before(end: str, start: str) -> bool:
    return end != ".." and start != ".." and end <= start
