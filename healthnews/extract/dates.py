"""Dates as pages write them: parsing, and which of a page's dates is the one of publication."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from healthnews.records import Precision

CHINA = timezone(timedelta(hours=8))
"""Asia/Shanghai has kept one offset since 1991; a fixed one needs no zone files."""
_ONE_DAY = timedelta(days=1)
_EARLIEST_YEAR = 1990
_FULL = re.compile(
    r"(?<![\d.])(?P<year>(?:19|20)\d\d)\s*(?:(?P<mark>[-/.年\uff0d—])\s*(?P<month>1[0-2]|0?[1-9])\s*(?:(?P=mark)|月|[-/.])\s*"
    r"(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)|(?P<month8>1[0-2]|0[1-9])(?P<day8>3[01]|[12]\d|0[1-9])(?!\d))"
)
_CLOCK = re.compile(
    r"\s*(?:日|号)?[\sT,\uff0c()\uff08\uff09星期周一二三四五六日天]{0,12}(?P<hour>[01]?\d|2[0-3])\s*(?:[:\uff1a]|时|点)\s*(?P<minute>[0-5]\d)(?!\d)"
    r"(?:\s*(?:[:\uff1a]|分)\s*(?:[0-5]\d(?:\.\d+)?)?)?\s*(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
_TWO_DIGIT = re.compile(
    r"(?<![\d.])(?P<year>[09]\d|[12]\d)(?P<mark>[-/年])(?P<month>1[0-2]|0?[1-9])(?:(?P=mark)|月)(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)"
)
_NO_YEAR = re.compile(r"(?<![\d.年-])(?P<month>1[0-2]|0?[1-9])月(?P<day>3[01]|[12]\d|0?[1-9])[日号]")
_AGO = re.compile(r"(?P<count>\d{1,3}|半)\s*个?\s*(?P<unit>秒|分[钟鐘]|小时|小時|天|日|周|星期|月|年)[之以]?前")
_YESTERDAY = {"刚刚": 0, "今天": 0, "昨天": 1, "前天": 2}
_AGO_DAYS = {"天": 1.0, "日": 1.0, "周": 7.0, "星期": 7.0, "月": 30.0, "年": 365.0}


class Dated(NamedTuple):
    """A date as read: China wall-clock time and how exact it is."""

    moment: datetime
    precision: Precision


def parse_date(text: str, fetched_at: datetime) -> Dated | None:
    """The first date of a text; None when there is none, or when it lies after `fetched_at` or before 1990.

    Understands ISO 8601, `2025年4月19日 08:30`, `2025/4/19`, `20250419`, `25-04-19`, `4月19日` (the last one before
    `fetched_at`), `2分钟前`, `半年前`, `昨天`. A time zone is turned into China's.

    Args:
        text: The text; only its first 400 characters are read.
        fetched_at: Moment of the capture, aware.
    """
    text = text[:400]
    now = fetched_at.astimezone(CHINA).replace(tzinfo=None)
    found = _full_date(text) or _short_date(text, now) or _relative_date(text, now)
    # A page made in another zone, or by a fast clock, may be a day ahead; more is an announcement's date.
    return found if found and found.moment <= now + _ONE_DAY and found.moment.year >= _EARLIEST_YEAR else None


def has_date(text: str) -> bool:
    """Whether a text names a full date."""
    return bool(_FULL.search(text))


def _full_date(text: str) -> Dated | None:
    for found in _FULL.finditer(text):
        month, day = found["month"] or found["month8"], found["day"] or found["day8"]
        if dated := _build(int(found["year"]), int(month), int(day), text[found.end() :]):
            return dated
    return None


def _build(year: int, month: int, day: int, rest: str) -> Dated | None:
    try:
        date = datetime(year, month, day)
    except ValueError:
        return None
    clock = _CLOCK.match(rest)
    if not clock:
        return Dated(date, "day")
    moment = date.replace(hour=int(clock["hour"]), minute=int(clock["minute"]))
    if zone := clock["zone"]:
        moment = (moment - _offset(zone)).replace(tzinfo=UTC).astimezone(CHINA).replace(tzinfo=None)
    return Dated(moment, "minute")


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta(0)
    digits = zone[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -size if zone[0] == "-" else size


def _short_date(text: str, now: datetime) -> Dated | None:
    if found := _TWO_DIGIT.search(text):
        century = 1900 if int(found["year"]) >= 90 else 2000
        return _build(century + int(found["year"]), int(found["month"]), int(found["day"]), text[found.end() :])
    if found := _NO_YEAR.search(text):
        dated = _build(now.year, int(found["month"]), int(found["day"]), text[found.end() - 1 :])
        if dated and dated.moment > now + _ONE_DAY:
            dated = _build(now.year - 1, int(found["month"]), int(found["day"]), text[found.end() - 1 :])
        return dated
    return None


def _relative_date(text: str, now: datetime) -> Dated | None:
    if found := _AGO.search(text):
        count = 0.5 if found["count"] == "半" else float(found["count"])
        if days := _AGO_DAYS.get(found["unit"]):
            return Dated(_midnight(now - timedelta(days=count * days)), "day")
        seconds = {"秒": 1, "分": 60, "小": 3600}[found["unit"][0]]
        return Dated((now - timedelta(seconds=count * seconds)).replace(second=0, microsecond=0), "minute")
    days_back = next((days for word, days in _YESTERDAY.items() if text.lstrip().startswith(word)), None)
    return None if days_back is None else Dated(_midnight(now - timedelta(days=days_back)), "day")


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
