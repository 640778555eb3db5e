"""Dates as pages write them: Chinese, English and German forms, absolute ones and those that count from the capture."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal, NamedTuple

from healthnews.extract.calendar_words import CHINESE_DIGITS, HALF_DAYS, MONTHS, TEN_WORDS, WEEKDAYS
from healthnews.language.normalise import half_width
from healthnews.records import CHINA_ZONE, Precision

CHINA = timezone(timedelta(hours=8))
"""Asia/Shanghai has kept one offset since 1991; a fixed one needs no zone files."""
DateStyle = Literal["zh", "dmy", "mdy", "west"]
"""How a page writes dates: `zh` year first, in China's time; `dmy` and `mdy` tell 03/04/2024 apart; `west` cannot."""
Refusal = Literal["unreadable", "future", "ambiguous"]
_MAX_TEXT = 400
_EARLIEST_YEAR = 1990
_FIRST_DAY = timedelta(hours=14)
"""No place on earth is further ahead of UTC: a date without a zone may be so much ahead of the capture."""
_CLOCK_SKEW = timedelta(hours=1)
_MONTH, _DAY = r"1[0-2]|0?[1-9]", r"3[01]|[12]\d|0?[1-9]"
# Led by its figures it is found several times as fast as by the look at what stands before them.
_FULL = re.compile(
    rf"(?P<year>(?:19|20)\d\d)(?<![\d.]\d{{4}})\s*(?:(?P<mark>[-/.年\uff0d—])\s*(?P<month>{_MONTH})\s*(?:(?P=mark)|月|[-/.])\s*(?P<day>{_DAY})(?!\d)|"
    r"(?P<month8>1[0-2]|0[1-9])(?P<day8>3[01]|[12]\d|0[1-9])(?:(?!\d)|(?P<clock8>(?:[01]\d|2[0-3])[0-5]\d)(?:[0-5]\d)?(?!\d)))"
)
_CLOCK = re.compile(
    r"[\s日号T,()|·•/–-]{0,6}(?:(?:星期|周)[一二三四五六日天][\s)]{0,4})?(?:(?:at|um|@)\s{1,3})?(?P<half>[上下中]午|早上|凌晨|晚上|晚)?\s{0,3}"
    r"(?P<hour>[01]?\d|2[0-3])\s{0,3}(?:[:时時点點h]|\.(?=[0-5]\d\s{0,2}Uhr))\s{0,3}(?P<minute>[0-5]\d)(?!\d)"
    r"(?:\s{0,3}[:分]\s{0,3}(?:[0-5]\d(?:[.,]\d{1,9})?)?)?秒?(?:\s{0,2}(?P<meridiem>[ap])\.?m\b\.?)?"
    r"(?P<zone>\s?(?:Z\b|UTC|GMT)(?:[+-]\d\d?(?::?\d\d)?)?|\s?[+-]\d\d:?\d\d(?!\d)|[+-]\d\d(?!\d))?",
    re.I,
)
_WORD = r"[^\W\d_]{3,10}"
_DAY_NAMED = re.compile(
    rf"(?<!\d)(?P<day>{_DAY})(?:st|nd|rd|th|er|\.|º)?[\s-]{{0,3}}(?:(?:of|de)\s)?(?P<name>{_WORD})\.?[,\s-]{{0,3}}(?:del?\s)?(?P<year>(?:19|20)\d\d)(?!\d)",
    re.I,
)
_MONTH_NAMED = re.compile(
    rf"(?P<name>{_WORD})\.?[\s-]{{0,3}}(?P<day>{_DAY})(?!\d)(?:st|nd|rd|th)?\.?[,\s-]{{0,3}}"
    r"(?P<clock>\d\d:\d\d(?::\d\d)?\s(?:[A-Z]{2,5}\s)?)?(?P<year>(?:19|20)\d\d)(?!\d)",
    re.I,
)
_MONTH_HINT = re.compile(r"[A-Za-z]{2}[\s.,-]{0,3}\d|\d(?:st|nd|rd|th|\.|º)?[\s-]{0,3}(?:of |de )?[A-Za-zäéû]{3}")
_YEAR_LAST = re.compile(
    r"(?<![\d.])(?P<first>\d{1,2})(?P<mark>[./-])\s?(?P<second>\d{1,2})(?P=mark)\s?(?P<year>(?:19|20)\d\d|\d\d(?![\d.]))(?!\d)"
)
_SPLIT = re.compile(
    rf"\s*(?:(?P<day>{_DAY})[\s/|日]{{1,3}}(?P<year>20\d\d)\s?[-/.年]\s?(?P<month>{_MONTH})月?|(?P<month2>{_MONTH})\s?[-/.月]\s?(?P<day2>{_DAY})日?[\s|]{{1,3}}(?P<year2>20\d\d)年?|"
    rf"(?P<year3>20\d\d)\s?[-/.年]\s?(?P<month3>{_MONTH})月?[\s/|]{{1,3}}(?P<day3>{_DAY})日?|"
    rf"(?P<year4>20\d\d)年?[\s|]{{1,3}}(?P<month4>{_MONTH})\s?[-/.月]\s?(?P<day4>{_DAY})日?)(?P<rest>\s{{1,3}}\d\d:\d\d(?::\d\d)?)?\s*"
)
_HAN = re.compile(
    r"(?P<year>[一二][九〇零○O0][一二三四五六七八九〇零○O0]{2})\s?年\s?(?P<month>[一二三四五六七八九十元正]{1,2})\s?月\s?(?P<day>[一二三四五六七八九十廿卅]{1,3})\s?[日号]"
)
_TWO_DIGIT = re.compile(rf"(?<![\d./-])(?P<year>[09]\d|[12]\d)(?P<mark>[-/年])(?P<month>{_MONTH})(?:(?P=mark)|月)(?P<day>{_DAY})(?!\d)")
_NO_YEAR = re.compile(rf"(?<![\d.年-])(?P<month>{_MONTH})\s?月\s?(?P<day>{_DAY})\s?[日号]")
_NO_YEAR_CLOCK = re.compile(rf"(?<![\d./:-])(?P<month>{_MONTH})[-/](?P<day>{_DAY})(?=\s{{1,3}}\d{{1,2}}:\d\d)")
_AGO = re.compile(
    r"(?P<count>\d{1,3}|[半一二两三四五六七八九十])\s*[个個]?\s*(?P<unit>秒|分|小时|小時|天|日|周|星期|月|年)[钟鐘]?[之以]?前"
)
_AGO_WEST = re.compile(
    r"\b(?P<count>\d{1,3}|an?|one)\s(?P<unit>sec|min|hour|hr|day|week|month|year)[a-z]{0,4}\.?\sago\b|"
    r"\bvor\s(?P<zahl>\d{1,3}|eine[mr]?)\s(?P<einheit>sek|min|stund|tag|woche|monat|jahr)",
    re.I,
)
_WEEKDAY = re.compile(r"(?P<before>上)?(?:个)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])")
_NAMED_DAY = re.compile(r"\s*(?P<word>刚刚|刚才|今[天日]|昨[天日]|前天|just now|today|yesterday|heute|vorgestern|gestern)", re.I)
_NAMED_DAYS = {"昨": 1, "前": 2, "y": 1, "g": 1, "v": 2}
_EPOCH = re.compile(r"\s*(1\d{9})(?:\d{3})?\s*")
_DAYS = {"天": 1.0, "日": 1.0, "周": 7.0, "星期": 7.0, "月": 30.0, "年": 365.0}
_DAYS |= {"day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0, "tag": 1.0, "woche": 7.0, "monat": 30.0, "jahr": 365.0}
_SECONDS = {"秒": 1, "分": 60, "小时": 3600, "小時": 3600, "sec": 1, "sek": 1, "min": 60, "hour": 3600, "hr": 3600, "stund": 3600}


class Dated(NamedTuple):
    """A date as read.

    Attributes:
        moment: Wall-clock time, naive: in style `zh` China's, else as written.
        precision: How exact it is.
        zone: Offset that `moment` is in, as written (`+02:00`); `Asia/Shanghai` in style `zh`; None when none is written.
        is_complete: The year is written; else it was counted from the capture.
    """

    moment: datetime
    precision: Precision
    zone: str | None = None
    is_complete: bool = True


class Reading(NamedTuple):
    """A date, or why there is none; both None for a text without any. `start` is its place, in code points."""

    dated: Dated | None
    refusal: Refusal | None = None
    start: int = 0


def parse_date(text: str, fetched_at: datetime, style: DateStyle = "zh") -> Dated | None:
    """The first date of a text; None when there is none, or when it lies after `fetched_at` or before 1990.

    Understands ISO 8601, `2025年4月19日 08:30`, `2025/4/19`, `20250419`, `25-04-19`, `二〇二五年四月十九日`, `4月19日` (the last one
    before `fetched_at`), `2分钟前`, `半年前`, `昨天`, `上周五`; `April 19, 2025`, `19. April 2025`, `19.04.2025`, `2 hours ago`.

    Args:
        text: The text; only its first 400 characters are read.
        fetched_at: Moment of the capture, aware.
        style: How the page writes dates. In `zh` a written time zone is turned into China's.
    """
    return read_date(text, fetched_at, style).dated


def read_date(text: str, fetched_at: datetime, style: DateStyle = "zh") -> Reading:
    """As `parse_date`, with the reason where a text names a date that is none: ambiguous, after the capture, or before 1990."""
    refusal: Refusal | None = None
    for found in read_dates(text, fetched_at, style):
        if found.dated:
            return found
        refusal = refusal or found.refusal
    return Reading(None, refusal)


def read_dates(text: str, fetched_at: datetime, style: DateStyle) -> list[Reading]:
    """Every date of a text, and every one that is refused, with its place; those with a year first."""
    readings = []
    for start, found in _readings(half_width(text[:_MAX_TEXT]), fetched_at, style):
        refused = _refuse(found, fetched_at) if isinstance(found, Dated) else found
        readings.append(Reading(None if refused or not isinstance(found, Dated) else found, refused, start))
    return readings


def read_told_date(text: str, fetched_at: datetime, style: DateStyle = "zh") -> Reading:
    """As `read_date` for a value that is meant to be a date (of metadata): Unix seconds too, and what cannot be read is `unreadable`."""
    if stamp := _EPOCH.fullmatch(text[:_MAX_TEXT]):
        moment = datetime.fromtimestamp(int(stamp[1]), UTC)
        found = _with_zone(moment.replace(tzinfo=None, second=0), "minute", "Z", style)
        refused = _refuse(found, fetched_at)
        return Reading(None, refused) if refused else Reading(found)
    reading = read_date(text, fetched_at, style)
    return reading if reading.dated or reading.refusal else Reading(None, "unreadable")


def has_date(text: str) -> bool:
    """Whether a text names a full date, year first."""
    return bool(_FULL.search(text))


def names_date(text: str) -> bool:
    """Whether a text may name a date of any form that is written with its year."""
    if "20" not in text and "19" not in text:
        return "年" in text and bool(_HAN.search(text))
    return bool(_FULL.search(text) or _YEAR_LAST.search(text) or _DAY_NAMED.search(text) or _MONTH_NAMED.search(text))


def _refuse(dated: Dated, fetched_at: datetime) -> Refusal | None:
    if dated.moment.year < _EARLIEST_YEAR:
        return "unreadable"
    # Before that no zone makes a difference, and zones take longer than all else that is done for a date.
    if dated.moment.year < fetched_at.year - 1:
        return None
    if dated.zone is None or dated.precision == "day":
        latest = fetched_at.astimezone(UTC).replace(tzinfo=None) + _FIRST_DAY
    else:
        offset = CHINA if dated.zone == CHINA_ZONE else timezone(_offset(dated.zone))
        latest = fetched_at.astimezone(offset).replace(tzinfo=None) + _CLOCK_SKEW
    return "future" if dated.moment > latest else None


def _readings(text: str, fetched_at: datetime, style: DateStyle) -> Iterator[tuple[int, Dated | Refusal]]:
    """Dates of a text with their places: those with a year in their order, else one without or one that counts from the capture."""
    full: list[tuple[int, Dated | Refusal]] = []
    if "20" in text or "19" in text:
        full = [*_full_dates(text, style), *_named_dates(text, style), *_year_last_dates(text, style)]
    elif "年" in text:
        full = [*_han_dates(text, style)]
    elif style == "dmy" and "." in text:
        full = [*_year_last_dates(text, style)]
    yield from sorted(full, key=lambda pair: pair[0]) if len(full) > 1 else full
    if not full:
        now = fetched_at.astimezone(CHINA).replace(tzinfo=None)
        yield from _short_dates(text, now, style)
        yield from _relative_dates(text, now, style)


def _full_dates(text: str, style: DateStyle) -> Iterator[tuple[int, Dated | Refusal]]:
    for found in _FULL.finditer(text):
        month, day, clock = found["month"] or found["month8"], found["day"] or found["day8"], found["clock8"]
        rest = f" {clock[:2]}:{clock[2:]}" if clock else text[found.end() :]
        yield found.start(), _build(found["year"], month, day, rest, style)
    if split := _SPLIT.fullmatch(text):
        groups = split.groupdict()
        year, month, day = (
            next(groups[name + n] for n in ("", "2", "3", "4") if groups.get(name + n)) for name in ("year", "month", "day")
        )
        yield 0, _build(year, month, day, split["rest"] or "", style)


def _han_dates(text: str, style: DateStyle) -> Iterator[tuple[int, Dated | Refusal]]:
    if han := _HAN.search(text):
        year = "".join(str(CHINESE_DIGITS.get(digit, 0)) for digit in han["year"])
        yield han.start(), _build(year, _chinese_number(han["month"]), _chinese_number(han["day"]), text[han.end() :], style)


def _named_dates(text: str, style: DateStyle) -> Iterator[tuple[int, Dated | Refusal]]:
    if not _MONTH_HINT.search(text):
        return
    for pattern in (_DAY_NAMED, _MONTH_NAMED):
        for found in pattern.finditer(text):
            if month := MONTHS.get(found["name"].lower()):
                clock = found.groupdict().get("clock")
                yield found.start("name"), _build(found["year"], month, found["day"], clock or text[found.end() :], style)


def _year_last_dates(text: str, style: DateStyle) -> Iterator[tuple[int, Dated | Refusal]]:
    for found in _YEAR_LAST.finditer(text):
        first, second, year = int(found["first"]), int(found["second"]), found["year"]
        if len(year) == 2 and not (style == "dmy" and found["mark"] == "."):
            continue
        year = year if len(year) == 4 else f"20{year}"
        day_first = first > 12 or found["mark"] == "." or style == "dmy"
        if first <= 12 and second <= 12 and first != second and not day_first and style != "mdy":
            yield found.start(), "ambiguous"
        else:
            day, month = (first, second) if day_first and second <= 12 else (second, first)
            yield found.start(), _build(year, month, day, text[found.end() :], style)


def _short_dates(text: str, now: datetime, style: DateStyle) -> Iterator[tuple[int, Dated | Refusal]]:
    if style != "zh":
        return
    if found := _TWO_DIGIT.search(text):
        century = 1900 if int(found["year"]) >= 90 else 2000
        yield found.start(), _build(century + int(found["year"]), found["month"], found["day"], text[found.end() :], style)
    elif found := _NO_YEAR.search(text) or _NO_YEAR_CLOCK.search(text):
        for year in (now.year, now.year - 1):
            dated = _build(year, found["month"], found["day"], text[found.end() :], style)
            if isinstance(dated, Dated) and dated.moment <= now:
                yield found.start(), dated._replace(is_complete=False)
                return


def _build(year: int | str, month: int | str, day: int | str, rest: str, style: DateStyle) -> Dated | Refusal:
    try:
        date = datetime(int(year), int(month), int(day))
    except ValueError:
        return "unreadable"
    clock = _CLOCK.match(rest)
    if not clock:
        return Dated(date, "day", CHINA_ZONE if style == "zh" else None)
    hour = int(clock["hour"])
    if hour <= 12 and (half := clock["half"] or (clock["meridiem"] or "").lower()):
        hour = hour % 12 + HALF_DAYS[half] if hour < 12 or half != "中午" else 12
    return _with_zone(date.replace(hour=hour, minute=int(clock["minute"])), "minute", clock["zone"], style)


def _with_zone(moment: datetime, precision: Precision, zone: str | None, style: DateStyle) -> Dated:
    if not zone:
        return Dated(moment, precision, CHINA_ZONE if style == "zh" else None)
    offset = _offset(zone)
    if style == "zh":
        return Dated(moment - offset + timedelta(hours=8), precision, CHINA_ZONE)
    minutes = int(offset.total_seconds()) // 60
    return Dated(moment, precision, f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}")


@lru_cache(maxsize=256)
def _offset(zone: str) -> timedelta:
    """The offset of `Z`, `GMT`, `+08:00`, `UTC+8`; none when it is more than any place on earth has."""
    sign = -1 if "-" in zone else 1
    digits = "".join(character for character in zone if character.isdigit())
    hours, minutes = (int(digits or 0), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
    return sign * timedelta(hours=hours, minutes=minutes) if hours <= 14 and minutes < 60 else timedelta(0)


def _relative_dates(text: str, now: datetime, style: DateStyle) -> Iterator[tuple[int, Dated]]:
    zone = CHINA_ZONE if style == "zh" else "+08:00"
    if "前" in text and (found := _AGO.search(text)):
        yield found.start(), _ago(found["count"], found["unit"], now, zone)
    elif ("ago" in text or "or " in text) and (found := _AGO_WEST.search(text)):
        yield found.start(), _ago(found["count"] or found["zahl"], (found["unit"] or found["einheit"]).lower(), now, zone)
    elif found := _NAMED_DAY.match(text):
        date = _midnight(now) - timedelta(days=_NAMED_DAYS.get(found["word"][0].lower(), 0))
        if clock := _CLOCK.match(text[found.end() :]):
            yield 0, Dated(date.replace(hour=int(clock["hour"]), minute=int(clock["minute"])), "minute", zone, False)
        else:
            yield 0, Dated(date, "day", zone, False)
    elif ("周" in text or "期" in text or "拜" in text) and (found := _WEEKDAY.match(text.strip())):
        monday = _midnight(now) - timedelta(days=now.weekday() + (7 if found["before"] else 0))
        date = monday + timedelta(days=WEEKDAYS.index(found["day"].replace("天", "日")))
        yield 0, Dated(date if date <= now else date - timedelta(days=7), "day", zone, False)


def _ago(count: str, unit: str, now: datetime, zone: str) -> Dated:
    number = 0.5 if count == "半" else float(count) if count.isdecimal() else float(CHINESE_DIGITS.get(count, 1))
    if days := _DAYS.get(unit):
        return Dated(_midnight(now - timedelta(days=number * days)), "day", zone, False)
    return Dated((now - timedelta(seconds=number * _SECONDS[unit])).replace(second=0, microsecond=0), "minute", zone, False)


def _chinese_number(text: str) -> int:
    """A number up to 31 in Chinese figures; 0 for none."""
    head, ten, tail = text.partition("十")
    if not ten:
        return TEN_WORDS.get(text[0], 0) + CHINESE_DIGITS.get(text[1:], 0) if text[0] in TEN_WORDS else CHINESE_DIGITS.get(text, 0)
    return CHINESE_DIGITS.get(head, 1) * 10 + CHINESE_DIGITS.get(tail, 0)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
