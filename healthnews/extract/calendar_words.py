"""Names of months, weekdays, halves of the day and Chinese figures, as dates on pages use them."""

from collections.abc import Mapping
from types import MappingProxyType

_NAMES = (
    "january jan januar jänner jaenner janvier janv enero ene gennaio gen janeiro januari",
    "february feb februar februrary febr février fevrier févr fevr febrero febbraio fevereiro februari",
    "march mar märz maerz mrz mär mars marzo março maart",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août aout agosto ago augustus",
    "september sep sept septembre septiembre setiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro",
)
MONTHS: Mapping[str, int] = MappingProxyType({name: month for month, names in enumerate(_NAMES, 1) for name in names.split()})
"""Number of a month by its name in lower case: English, German, French, Spanish, Italian, Portuguese, Dutch."""
CHINESE_DIGITS: Mapping[str, int] = MappingProxyType(
    {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "两": 2, "十": 10, "元": 1, "正": 1}
)
"""Figures up to ten; every sign for nought is left out, so that the default of a look-up is 0."""
TEN_WORDS: Mapping[str, int] = MappingProxyType({"廿": 20, "卅": 30})
WEEKDAYS = "一二三四五六日"
"""From Monday on."""
HALF_DAYS: Mapping[str, int] = MappingProxyType(
    {"上午": 0, "早上": 0, "凌晨": 0, "中午": 12, "下午": 12, "晚上": 12, "晚": 12, "a": 0, "p": 12}
)
"""Hours that a half of the day adds to a clock of twelve."""
