"""Figures that cannot hold: two in one sentence that exclude each other, and days that no calendar has."""

import calendar
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from healthnews.language.quantities import comparable_interval
from healthnews.records import Quantity

Span = tuple[int, int]

_N = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TOLERANCE = 0.1
"""Two names of one figure may differ by so much: half a year is 182.5 days and six months are 180."""
_ROUNDING = 1.0
"""Shares in percent add up to so much more than 100 where each is rounded."""
_STOP = r"[^,\uff0c。;\uff1b!\uff01?\uff1f\n\d]"

# fmt: off
_UNITS = {
    "%": "%", "\uff05": "%", "‰": "‰", "元": "元", "块": "元", "万元": "万元", "万": "万元", "亿元": "亿元", "亿": "亿元",
    "年": "年", "个月": "月", "月": "月", "周": "周", "个星期": "周", "天": "日", "日": "日", "个工作日": "工作日",
    "工作日": "工作日", "小时": "小时", "个小时": "小时",
    "分钟": "分钟", "岁": "岁", "周岁": "岁", "次": "次", "℃": "℃", "倍": "倍", "毫克": "mg", "克": "g", "公斤": "kg", "毫升": "ml",
}
# fmt: on
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_TIME = frozenset({"年", "月", "周", "日", "工作日", "小时", "分钟"})

_NAMELY = re.compile(
    rf"(?<![\d.\-~\u2013\u2014至到])(?P<a>{_N})(?P<au>{_UNIT})\s*[(\uff08,\uff0c]?\s*(?:也|亦)?即(?![可使将便时刻日])(?P<of>{_STOP}{{0,8}}?)"
    rf"(?P<b>{_N})(?P<bu>{_UNIT})(?![-~\u2013\u2014至到\d])"
)
_CHANGED = re.compile(r"(?:提高|提升|上[调浮涨升]|下[调浮降]|降低|减少|增加|增长|降|减|增|涨|多|少|高|低|优惠|超过?|差)(?:了|约|出)?$")
_UP = "提高|提升|上调|增加|上升|增长|上涨|延长|升高|扩大|涨|增|升"
_DOWN = "降低|下降|下调|减少|缩短|缩减|压缩|回落|下滑|下跌|降|减|跌"
_CHANGE = re.compile(
    rf"[从由](?:\d{{4}}年(?:度|底|初)?的?)?[^,\uff0c。;\uff1b\n\d从由]{{0,10}}(?P<a>{_N})(?P<au>{_UNIT})?(?:左右|以上|以下)?[^,\uff0c。;\uff1b\n\d]{{0,8}}?"
    rf"(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?:至|到|为|成)(?:了)?[^,\uff0c。;\uff1b\n\d]{{0,6}}(?P<b>{_N})(?P<bu>{_UNIT})"
)
_PAID = r"(?:可|能)?(?:报销|支付|补贴|补助|赔付|气温|温度|标准|比例|金额|限额)?(?:可)?(?:达|为|是|到)?(?:约)?"
_LIMITS = re.compile(
    rf"(?:最高(?P<aw>{_PAID})|不(?:超过|高于|多于)(?P<aw2>))\s*(?P<a>{_N})(?P<au>{_UNIT})[,\uff0c、]?\s*(?:而|但|和|且|并)?"
    rf"(?:最低(?P<bw>{_PAID})|不(?:低于|少于)(?P<bw2>))\s*(?P<b>{_N})(?P<bu>{_UNIT})"
)
_LIMITS_REVERSED = re.compile(
    rf"(?:最低(?P<bw>{_PAID})|不(?:低于|少于)(?P<bw2>))\s*(?P<b>{_N})(?P<bu>{_UNIT})[,\uff0c、]?\s*(?:而|但|和|且|并)?也?"
    rf"(?:最高(?P<aw>{_PAID})|不(?:超过|高于|多于)(?P<aw2>))\s*(?P<a>{_N})(?P<au>{_UNIT})"
)
# 140-90mmHg is a blood pressure, 11-2月 a winter, 22-6点 a night and 500-300年前 a time before ours: none of these units is here.
_RANGE_UNIT = "个月|天|周岁|岁|元|万元|个工作日|小时|分钟"
_RANGE_END_UNIT = f"{_RANGE_UNIT}|次|倍|公斤|斤"
_RANGE_END = re.compile(rf"[-~\u2013\u2014\uff5e至到]\s?(?P<b>[1-9]\d*(?:\.\d+)?)(?P<bu>{_RANGE_END_UNIT})(?![前\d])")
_RANGE_CUES = frozenset(unit[-1] for unit in _RANGE_END_UNIT.split("|"))
_RANGE_START = re.compile(
    rf"(?<![\d.,\-~\u2013\u2014/:\uff1a+A-Za-z年月从由降前])(?P<a>[1-9]\d{{0,6}}(?:\.\d{{1,3}})?)(?P<au>{_RANGE_UNIT}|%)?\s?\Z"
)
_RANGE_CHARACTERS = 16
_DAY = re.compile(r"月\s?(?P<day>\d{1,2})\s?[日号](?!\d)")
_DAY_START = re.compile(r"(?<!\d)(?:(?P<year>(?:19|20)\d\d)\s?年\s?)?(?P<month>\d{1,2})\s?\Z")
_DAY_CHARACTERS = 11
_ISO_DAY = re.compile(r"-(?P<month>\d\d)-(?P<day>\d\d)(?![\d\-])")
_ISO_YEAR = re.compile(r"(?<![\d\-/.])(?P<year>(?:19|20)\d\d)\Z")
_LUNAR = re.compile(r"农历|阴历|腊月|正月|旧历")
_LUNAR_CHARACTERS = 12
_ANY_LEAP_YEAR = "2024"
_PART = re.compile(
    r"(?<!\d)(?P<a>\d{1,9})(?P<au>名|例|位)[^,\uff0c。;\uff1b\n\d]{0,10}(?:中|里|当中)[,\uff0c]?(?:有|共有|就有|仅有|只有)(?P<b>\d{1,9})(?P=au)(?!以|次)"
)

_EXCLUSIVE = (
    ("男(?:性|生|童|孩)?", "女(?:性|生|童|孩)?"),
    ("(?:城镇|城市)(?:居民|人口)?", "(?:农村|乡村)(?:居民|人口)?"),
    ("良性", "恶性"),
    ("阳性", "阴性"),
    ("职工医?保?", "居民医?保?"),
    ("公立(?:医院)?", "(?:民营|私立)(?:医院)?"),
    ("国产(?:药|药品)?", "进口(?:药|药品)?"),
    (
        "医保(?:基金)?(?:报销|支付|承担)|统筹(?:基金)?(?:报销|支付|承担)?|报销(?:比例)?",
        "个人(?:自付|负担|承担|支付)?(?:比例)?|自付(?:比例)?|自费(?:比例)?",
    ),
)
_SHARE = r"(?:患者|病例|者|人|人群|人员|人数|占比|比例|参保|费用|部分|则|约|为|占|了|达|到|的|支付|承担)*"
_PERCENT = r"(\d+(?:\.\d+)?)\s?[%\uff05]"
_NUMBER_BEFORE = re.compile(r"\d+(?:\.\d+)?(?=\s?\Z)")
_NUMBER_CHARACTERS = 9
_SHARE_CHARACTERS = 45
_RATE_CHARACTERS = 24
_MAX_WINDOWS = 50
_NO_RANGE = r"(?![-~\u2013\u2014至到以])"
_BREAK = r"[,\uff0c、]?\s*(?:而|其余|剩余)?"
_PAIRS = tuple(
    re.compile(rf"(?:{a}){_SHARE}{_PERCENT}{_NO_RANGE}{_BREAK}(?:{b}){_SHARE}{_PERCENT}{_NO_RANGE}")
    for first, second in _EXCLUSIVE
    for a, b in ((first, second), (second, first))
)
_REST = re.compile(
    rf"占(?:比|总数的?)?(?:为|约|了|达)*{_PERCENT}{_NO_RANGE}[^。;\uff1b\n]{{0,40}}?(?:其余|余下|剩余|剩下)(?:的)?{_STOP}{{0,8}}?{_PERCENT}{_NO_RANGE}"
)
_RATE = re.compile(
    r"(?:占比|占总(?:数|人数|体|人口)|报销比例|报销率|治愈率|存活率|生存率|有效率|患病率|死亡率|病死率|感染率|阳性率|参保率|合格率|知晓率)"
    r"(?:可|高|均|已)?(?:为|达|到|至|约|是|的|超过)*(?P<a>\d{3,4}(?:\.\d+)?)\s?[%\uff05]"
)


def _value(words: str) -> float:
    return float(words.replace(",", ""))


def _base(value: float, unit: str) -> tuple[str, float]:
    """Dimension, and the value in its base unit."""
    dimension, low, _ = comparable_interval(Quantity(low=value, high=value, unit=unit))
    return dimension, low


def _two(match: re.Match[str]) -> tuple[float, float, str] | None:
    """Both figures of a match in one unit, and the dimension; None where they are not of one dimension."""
    b_unit = _UNITS[match["bu"]]
    a_unit = _UNITS[match["au"]] if match["au"] else b_unit
    (a_dimension, a), (b_dimension, b) = _base(_value(match["a"]), a_unit), _base(_value(match["b"]), b_unit)
    if a_dimension != b_dimension or (a_unit in _TIME) != (b_unit in _TIME):
        return None
    return a, b, a_dimension


def _namely(text: str, start: int, end: int) -> Iterator[Span]:
    """1.4%,即3.4%. A share of a share is smaller than both (30%,即工资的1.8%), what is left of a whole makes it up (80%,即自付20%)."""
    for match in _NAMELY.finditer(text, start, end):
        if (two := _two(match)) is None or _CHANGED.search(text, max(0, match.start() - 4), match.start()):
            continue
        a, b, dimension = two
        if abs(a - b) <= _TOLERANCE * max(a, b) or (dimension == "比例" and (a + b == 100 or (b < a and match["of"]))):
            continue
        if dimension == "比例" or not match["of"]:
            yield match.span()


def _changes(text: str, start: int, end: int) -> Iterator[Span]:
    """从30%提高到20%. A time that is 提升 or 压缩 gets shorter."""
    for match in _CHANGE.finditer(text, start, end):
        if (two := _two(match)) is None:
            continue
        a, b, _ = two
        is_time = _UNITS[match["bu"]] in _TIME
        if is_time and match["up"] not in ("延长", None):
            continue
        if (match["up"] and b < a) or (match["down"] and b > a):
            yield match.span()


def _limits(text: str, start: int, end: int) -> Iterator[Span]:
    """最高5000元,最低8000元."""
    for pattern in (_LIMITS, _LIMITS_REVERSED):
        for match in pattern.finditer(text, start, end):
            two = _two(match)
            words = {match["aw"] or "", match["bw"] or ""} - {""}
            if two is not None and two[1] > two[0] and len(words) < 2:
                yield match.span()


def _ranges(text: str) -> Iterator[Span]:
    """6-3个月, 25岁至18岁."""
    if not any(cue in text for cue in _RANGE_CUES):
        return
    for match in _RANGE_END.finditer(text):
        low = _RANGE_START.search(text[max(0, match.start() - _RANGE_CHARACTERS) : match.start()])
        if low and low["au"] in (None, match["bu"]) and float(low["a"]) > float(match["b"]):
            yield match.start() - len(low[0]), match.end()


def _days(text: str) -> Iterator[Span]:
    """2月30日, 2025-02-30; 2月29日 of a year that has none."""
    for pattern, start_pattern in ((_DAY, _DAY_START), (_ISO_DAY, _ISO_YEAR)):
        for match in pattern.finditer(text):
            before = start_pattern.search(text[max(0, match.start() - _DAY_CHARACTERS) : match.start()])
            if before is None:
                continue
            parts = before.groupdict() | match.groupdict()
            start = match.start() - len(before[0])
            if not _is_day(parts["year"], parts["month"], parts["day"]) and not _LUNAR.search(
                text, max(0, start - _LUNAR_CHARACTERS), start
            ):
                yield start, match.end()


def _is_day(year: str | None, month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= calendar.monthrange(int(year or _ANY_LEAP_YEAR), int(month))[1]


def _parts(text: str, start: int, end: int) -> Iterator[Span]:
    """50名患者中有60名."""
    for match in _PART.finditer(text, start, end):
        if int(match["b"]) > int(match["a"]):
            yield match.span()


def _shares(text: str) -> Iterator[Span]:
    """男性占60%,女性占50%: shares of what excludes each other, or of the rest, are more than the whole; a rate is over 100 %."""
    recent: list[tuple[int, float]] = []
    windows = 0
    for at in _percent_signs(text):
        value = float(number[0]) if (number := _NUMBER_BEFORE.search(text[max(0, at - _NUMBER_CHARACTERS) : at])) else 0.0
        if value > 100 and (rate := _RATE.search(text, max(0, at - _RATE_CHARACTERS), at + 1)):
            yield rate.span()
        recent = [(place, share) for place, share in recent if at - place <= _SHARE_CHARACTERS]
        if windows < _MAX_WINDOWS and any(value + share > 100 + _ROUNDING for _, share in recent):
            windows += 1
            yield from _excessive(text, max(0, recent[0][0] - _SHARE_CHARACTERS), at + 2)
        recent.append((at, value))


def _percent_signs(text: str) -> Iterator[int]:
    text = text.replace("\uff05", "%")
    at = text.find("%")
    while at >= 0:
        yield at
        at = text.find("%", at + 1)


def _excessive(text: str, start: int, end: int) -> Iterator[Span]:
    for pattern in (*_PAIRS, _REST):
        for match in pattern.finditer(text, start, end):
            if float(match[1]) + float(match[2]) > 100 + _ROUNDING:
                yield match.span()


FINDERS: Mapping[str, Callable[[str, int, int], Iterator[Span]]] = MappingProxyType(
    {"namely": _namely, "changes": _changes, "limits": _limits, "parts": _parts}
)
"""What finds, in a part of a text, each kind of figures that exclude each other and that a word of `CUES` joins."""
CUES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "namely": [f"{unit}{mark}即" for unit in {name[-1] for name in _UNITS} for mark in ("", "(", "\uff08", ",", "\uff0c", " (", "也")],
        "changes": [f"{verb}{to}" for verb in f"{_UP}|{_DOWN}".split("|") for to in "至到为成"],
        "limits": ["最低", "不低于", "不少于"],
        "parts": [
            f"{inside}{mark}{has}" for inside in "中里" for mark in ("", ",", "\uff0c") for has in ("有", "共有", "就有", "仅有", "只有")
        ],
    }
)


def find_impossible_figures(text: str) -> Iterator[Span]:
    """Spans of what shows without a word: ranges that run backwards, days that no calendar has, shares of more than a whole."""
    yield from _ranges(text)
    yield from _days(text)
    yield from _shares(text)
