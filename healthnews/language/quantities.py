"""Numbers with unit and bound in Chinese text: 18,192元, 3-6个月, 不低于50%, 由2.5%调整为2%, 七天."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from healthnews.language.patterns import compile_led
from healthnews.records import Quantity

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_HANZI = r"[一二两三四五六七八九十百千半]+"
# fmt: off
_UNITS = {
    "%": "%", "‰": "‰", "个百分点": "百分点", "万元": "万元", "亿元": "亿元", "元": "元", "块钱": "元", "年": "年", "周年": "年",
    "个月": "月", "月龄": "月", "月": "月份", "个工作日": "工作日", "工作日": "工作日", "天": "日", "日": "日", "个星期": "周",
    "星期": "周", "周": "周", "个小时": "小时", "小时": "小时", "分钟": "分钟", "周岁": "岁", "岁": "岁", "次": "次", "剂次": "剂",
    "剂": "剂", "针": "剂", "倍": "倍", "成": "成", "折": "折", "毫克": "mg", "mg": "mg", "公斤": "kg", "千克": "kg", "kg": "kg",
    "克": "g", "g": "g", "微克": "μg", "毫升": "ml", "ml": "ml", "mL": "ml", "升": "L", "杯": "杯", "片": "片", "粒": "片",
    "个": "个", "枚": "个", "颗": "个", "两": "两", "斤": "斤", "℃": "℃", "度": "℃", "摄氏度": "℃", "mmHg": "mmHg",
    "毫米汞柱": "mmHg", "mmol/L": "mmol/L", "步": "步", "千卡": "千卡", "大卡": "千卡", "支": "支", "份": "份", "倍以上": "倍",
    "勺": "勺", "米": "米", "公里": "公里", "厘米": "厘米", "cm": "厘米", "毫米": "毫米", "mm": "毫米", "国际单位": "IU",
    "IU": "IU", "iu": "IU", "个单位": "IU", "μmol/L": "μmol/L", "umol/L": "μmol/L", "微摩尔每升": "μmol/L", "微摩尔/升": "μmol/L",
    "微摩尔": "μmol/L", "毫摩尔每升": "mmol/L", "毫摩尔/升": "mmol/L", "毫摩尔": "mmol/L", "μg": "μg", "ug": "μg", "毫西弗": "mSv",
    "mSv": "mSv", "秒": "秒", "秒钟": "秒", "滴": "滴", "顿": "餐", "餐": "餐", "口": "口", "包": "包", "瓶": "瓶", "碗": "碗",
    "周龄": "周", "孕周": "周", "千米": "公里", "mg/dL": "mg/dL", "kg/m2": "kg/m2", "kg/m²": "kg/m2",
}
# fmt: on
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_RANGE = r"\s*(?:[-~—–]+|至|到)\s*"
_NUMBER = compile_led(
    rf"百分之(?P<percent>{_DIGITS}|{_HANZI}(?:点{_HANZI})?)|(?<![大上下前后])(?P<halfof>一半)(?!天|年|月|小时)"
    rf"|(?P<upper>{_DIGITS})/\d{{2,3}}\s*(?=mmHg|毫米汞柱)(?P<pressure>mmHg|毫米汞柱)"
    rf"|(?<!第)(?P<low>{_DIGITS})\s*(?P<lowunit>{_UNIT})?(?:{_RANGE}(?P<high>{_DIGITS}))?\s*(?P<unit>{_UNIT})?(?![\d])"
    rf"|(?<!第)(?P<hanzi>{_HANZI})(?:[至到](?P<hanzihigh>{_HANZI}))?(?P<hunit>年|个月|天|周|个星期|次|针|剂|个?小时|分钟|周?岁|倍|成|个?工作日|万?元|块钱|[毫微]?克|毫升|杯|碗|步|片|粒|(?<!一)个(?!月|小时|星期|工作日|人|方面|地|城|省|市|条件|部分|原因|问题|疗程|阶段|步骤|时|钟))"
    rf"(?P<half>半)?(?!性|级|左右手)"
)
_PER = re.compile(r"\s*[/每](?:人)?[·/每]?\s*(?P<per>年|月|日|天|次|周|公斤|kg)")
_PER_BEFORE = re.compile(
    r"(?:每人)?每(?:个)?(?P<per>年|月|日|天|次|周|晚)(?:应|可|要|需|限|的|吃|喝|服用|摄入|食用|不[宜要应]?超过|最多|至少|约|"
    r"只|缴纳?|划入|计入|[^\d,。;]{0,4})?$"
)
_PER_ONE = re.compile(r"(?<![\d一二两三四五六七八九十几半])一(?P<per>年|天|周)$")
_TIMES = re.compile(r"(?:\d+|[一二两三四五六七八九十]+)[次餐顿]")
_DATE = compile_led(
    r"(?:\d{4}|[‘’']?\d{2}(?=年\d{1,2}月))年(?:度|底|初|末)?(?:\d{1,2}月(?:\d{1,2}[日号])?)?|\d{1,2}月\d{1,2}[日号]|"
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}:\d{2}"
)
_AT_MOST = re.compile(
    r"(?:最高|最多|至多|不超过|不能超过|不得超过|不要超过|别超过|莫超过|勿超过|不应超过|不宜超过|不高于|不多于|不大于|(?:上限|极限|顶多|最高值)(?:是|为|在)?|封顶线?为?|限额?|"
    r"控制在|≤|<=)(?:可达?|报销|支付|为|不|可报销|可)*$"
)
_AT_LEAST = re.compile(r"(?:最低|最少|至少|不低于|不少于|不小于|不得低于|不得少于|起码|满|年满|累计满|缴满|达到?|到了|≥|>=)(?:为|要|需)*$")
_LESS = re.compile(r"(?:低于|少于|小于|不足|不满|不到|未满|<)$")
_MORE = re.compile(r"(?:超过|高于|大于|多于|超|>)$")
_ABOUT = re.compile(r"(?:大约|约为?|大概|近|将近|接近)$")
_AFTER = compile_led(r"\s*(?P<most>及?以内|之内|内|及?以下|封顶)|\s*(?P<least>及?以上|及?起|多)|\s*(?P<about>左右|上下)")
_CHANGE_FROM = re.compile(r"(?:由|从|自)[^,。;]{0,8}$")
_CHANGE_TO = re.compile(r"^[^,。;由从]{0,8}?(?:调整|提高|提升|上调|下调|降低|降|减|增加|变更|变|改|上升|下降|延长|缩短)(?:至|到|为|成)")
_DELTA = re.compile(r"(?:提高|提升|上调|下调|降低|下降|减少|增加|上升|上浮|降|减|增|优惠|下浮|高出|相差)(?:了|约)?$")
_HANZI_VALUE = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}

# fmt: off
_FACTORS = {
    "秒": ("时长", 1 / 86400), "分钟": ("时长", 1 / 1440), "小时": ("时长", 1 / 24), "日": ("时长", 1.0),
    "岁": ("时长", 365.0), "周": ("时长", 7.0), "月": ("时长", 30.0), "年": ("时长", 365.0),
    "元": ("钱", 1.0), "万元": ("钱", 1e4), "亿元": ("钱", 1e8), "%": ("比例", 1.0), "成": ("比例", 10.0), "‰": ("比例", 0.1),
    "mg": ("质量", 1e-3), "g": ("质量", 1.0), "kg": ("质量", 1e3), "μg": ("质量", 1e-6), "斤": ("质量", 500.0), "两": ("质量", 50.0),
    "ml": ("容积", 1.0), "L": ("容积", 1e3), "毫米": ("长度", 1e-3), "厘米": ("长度", 1e-2), "米": ("长度", 1.0), "公里": ("长度", 1e3),
}
# fmt: on


class QuantityHit(NamedTuple):
    """A quantity and its place in the text, bound words included."""

    start: int
    end: int
    quantity: Quantity


def hanzi_number(words: str) -> float | None:
    """Value of a Chinese numeral below ten thousand, 半 as one half; None for one that cannot be read."""
    if words == "半":
        return 0.5
    total = digit = 0
    for char in words:
        if char in _HANZI_VALUE:
            digit = _HANZI_VALUE[char]
        elif char in "十百千":
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        else:
            return None
    return float(total + digit)


_MONEY_BEFORE = re.compile(r"(?:报销?|封顶|限额|保额|免赔额?|起付|赔付?|支付|花费?|费用|补助|上限)[^,。;\d]{0,6}$")
"""Words after which 60万 is money."""


def _percent(words: str) -> float | None:
    if words[0].isdigit():
        return float(words.replace(",", ""))
    whole, _, part = words.partition("点")
    value = hanzi_number(whole)
    return value if value is None or not part else float(f"{value:g}.{''.join(str(_HANZI_VALUE.get(char, 0)) for char in part)}")


def may_tell_quantity(text: str) -> bool:
    """Whether a text holds a number in digits or words; without one it has no quantity."""
    return _ANY_NUMBER.search(text) is not None


@lru_cache(maxsize=128)
def find_quantities(text: str) -> tuple[QuantityHit, ...]:
    """Quantities in order; dates, clock times and the old value of a change (由2.5%调整为2%) are left out."""
    if not may_tell_quantity(text):
        return ()
    dates = [(match.start(), match.end()) for match in _DATE.finditer(text)]
    hits = []
    for match in _NUMBER.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in dates):
            continue
        hit = _read(text, match)
        if hit is not None:
            hits.append(hit)
    return tuple(hits)


_ANY_NUMBER = compile_led(rf"\d|百分之|一半|{_HANZI}(?:年|个|天|周|次|针|剂|小|岁|倍|成|工|万|元|分|块|毫|克|杯|片|粒|度|[至到])")


def _read(text: str, match: re.Match[str]) -> QuantityHit | None:
    if match["percent"] or match["halfof"]:
        low = high = _percent(match["percent"]) if match["percent"] else 50.0
        unit = "%"
    elif match["upper"]:
        low = high = float(match["upper"])
        unit = "mmHg"
    elif match["hanzi"]:
        if match["hanzi"] == "一" and _TIMES.match(text, match.end()):
            return None
        low = high = hanzi_number(match["hanzi"])
        if match["hanzihigh"]:
            high = hanzi_number(match["hanzihigh"])
        if match["half"] and low is not None:
            low = high = low + 0.5
        unit = _UNITS.get(match["hunit"], match["hunit"])
    else:
        unit = _UNITS.get(match["unit"] or match["lowunit"] or "", "")
        low = float(match["low"].replace(",", ""))
        high = float(match["high"].replace(",", "")) if match["high"] else low
        if match["lowunit"] and match["unit"] and not match["high"]:
            unit = _UNITS[match["lowunit"]]
    if (
        not unit
        and match["low"]
        and text.startswith("万", match.end())
        and _MONEY_BEFORE.search(text[max(0, match.start() - 10) : match.start()])
    ):
        unit = "万元"
    if low is None or high is None or not unit or high < low:
        return None
    before, after = text[max(0, match.start() - 14) : match.start()], text[match.end() :]
    if _CHANGE_FROM.search(before) and _CHANGE_TO.search(after):
        return None
    if _DELTA.search(before):
        unit = "百分点" if unit in ("%", "百分点") else f"{unit}增减"
    start, end = match.start(), match.end() + (unit == "万元" and text.startswith("万", match.end()) and not match["unit"])
    per = _PER.match(text, end)
    if per:
        end = per.end()
    per_before = None if per else _PER_BEFORE.search(before) or (_PER_ONE.search(before) if unit in ("次", "餐") else None)
    if per or per_before:
        unit = f"{unit}/{(per or per_before)['per'].replace('天', '日')}"  # type: ignore[index]
    return _bounded(text, start, end, low, high, unit, before)


def _bounded(text: str, start: int, end: int, low: float, high: float, unit: str, before: str) -> QuantityHit:
    """The interval that a number means once the words before and after it are read."""
    after = _AFTER.match(text, end)
    bound = "exact" if low == high else "range"
    ends: tuple[float | None, float | None] = (low, high)
    for pattern, name in ((_AT_MOST, "at_most"), (_AT_LEAST, "at_least"), (_LESS, "less_than"), (_MORE, "more_than"), (_ABOUT, "about")):
        words = pattern.search(before.rstrip())
        if words:
            bound = name
            start -= len(before) - words.start()
            break
    if after and bound in ("exact", "range", "about"):
        end = after.end()
        if after["about"]:
            bound = "about"
        elif low == high:
            bound = "at_most" if after["most"] else "at_least"
    if bound in ("at_most", "less_than"):
        ends = (None, high)
    elif bound in ("at_least", "more_than"):
        ends = (low, None)
    return QuantityHit(start, end, Quantity(low=ends[0], high=ends[1], unit=unit, bound=bound))


def comparable_interval(quantity: Quantity) -> tuple[str, float, float]:
    """Dimension and closed interval in its base unit; open ends become infinite, 约 widens by a tenth."""
    unit, _, per = quantity.unit.partition("/")
    dimension, factor = _FACTORS.get(unit, (unit, 1.0))
    low = float("-inf") if quantity.low is None else quantity.low * factor
    high = float("inf") if quantity.high is None else quantity.high * factor
    if quantity.bound == "about":
        low, high = low * 0.9, high * 1.1
    return (f"{dimension}/{per}" if per else dimension), low, high


def are_disjoint(a: Quantity, b: Quantity) -> bool:
    """Whether two quantities of one dimension cannot be equal; False for different dimensions.

    Two caps, two floors, or a cap and a range cannot clash as numbers unless both are exact limits: 最高500 and 最高300 do clash.
    """
    a_dimension, a_low, a_high = comparable_interval(a)
    b_dimension, b_low, b_high = comparable_interval(b)
    if not _are_comparable(a_dimension, b_dimension):
        return False
    for limits in (_CAPS, _FLOORS):
        if a.bound in limits and b.bound in limits:
            a_limit, b_limit = (a_high, b_high) if limits is _CAPS else (a_low, b_low)
            return abs(a_limit - b_limit) > LIMIT_TOLERANCE * max(abs(a_limit), abs(b_limit))
    # 少于5克 and 5克 are said of one limit: only what lies apart is disjoint.
    slack = 1e-9 * max(1.0, *(abs(x) for x in (a_low, a_high, b_low, b_high) if abs(x) != float("inf")))
    return a_high < b_low - slack or b_high < a_low - slack


_DAYS = {"日": 1.0, "周": 7.0, "月": 30.0, "年": 365.0}


def interval_of_rate(quantity: Quantity) -> Quantity | None:
    """The time between two of what happens so often (每年两次: half a year); None for what is no rate of that kind."""
    times, _, per = quantity.unit.partition("/")
    if times not in ("次", "剂") or per not in _DAYS or not quantity.low or not quantity.high:
        return None
    return Quantity(low=round(1 / quantity.high, 3), high=round(1 / quantity.low, 3), unit=per, bound=quantity.bound)


_CAPS = frozenset({"at_most", "less_than"})
_FLOORS = frozenset({"at_least", "more_than"})
LIMIT_TOLERANCE = 0.005
"""Two limits that differ by less are one, written differently (不超过5克, 少于5.02克)."""


def _are_comparable(a: str, b: str) -> bool:
    """Whether two dimensions are the same, or one leaves open per what (400IU, 每天400IU)."""
    a_base, _, a_per = a.partition("/")
    b_base, _, b_per = b.partition("/")
    return a_base == b_base and (a_per == b_per or not a_per or not b_per)


def display_quantity(quantity: Quantity) -> str:
    """A quantity as people write it, for explanations."""
    low = "" if quantity.low is None else f"{quantity.low:g}"
    high = "" if quantity.high is None else f"{quantity.high:g}"
    if quantity.low is None:
        return f"不超过{high}{quantity.unit}"
    if quantity.high is None:
        return f"不低于{low}{quantity.unit}"
    prefix = "约" if quantity.bound == "about" else ""
    return f"{prefix}{low}{quantity.unit}" if low == high else f"{prefix}{low}-{high}{quantity.unit}"
