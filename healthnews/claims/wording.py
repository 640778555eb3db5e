"""What the codes of a claim are called, in Chinese and in English: types, modalities, quantities, parties, scopes."""

from __future__ import annotations

from typing import Literal

from healthnews.claims.figures import PREDICATE as FREE_FIGURE
from healthnews.claims.flows import PREDICATE as MONEY_FLOW
from healthnews.claims.free import PREDICATE as FREE_ACT
from healthnews.records import ClaimRow, Quantity

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
_Words = dict[str, tuple[str, str]]

TYPES: _Words = {
    "negation": ("一方肯定、一方否定", "one affirms, the other denies"),
    "antonym": ("说法相反", "they say the opposite"),
    "numeric": ("数值不同", "the numbers differ"),
    "modality": ("要求不同", "what is required differs"),
    "exclusivity": ("一方说只限于此,另一方说不止于此", "one says this only, the other says more"),
    "payer": ("同一笔缴费去向不同", "the same payment goes to different accounts"),
    "existential_universal": ("一方说部分如此,另一方说一律不然", "one says so of some, the other denies it of all"),
    "time": ("起始时间不同", "the beginnings differ"),
    "debunk": ("一方的说法被另一方辟谣", "one calls untrue what the other states"),
}
_LABELS: _Words = {
    "contradict": ("矛盾", "contradiction"),
    "scoped_difference": ("范围不同", "difference of scope"),
    "compatible": ("可以同真", "compatible"),
    "unrelated": ("无关", "unrelated"),
}
_MODALITIES: _Words = {
    "must": ("必须", "must"),
    "may": ("可以", "may"),
    "need_not": ("无需", "need not"),
    "forbidden": ("不可", "must not"),
}
_QUANTIFIERS: _Words = {"all": ("一律", "all"), "some": ("部分", "some"), "most": ("大多", "most"), "only": ("仅限", "only")}
_PARTIES: _Words = {
    "employer": ("单位缴费", "employer's payment"),
    "individual": ("个人缴费", "individual's payment"),
    "government": ("政府补贴", "government subsidy"),
    "personal_account": ("个人账户", "personal account"),
    "pooled_fund": ("统筹账户", "pooled fund"),
}
_BEARERS: _Words = {
    "employer": ("单位", "the employer"),
    "individual": ("个人", "the individual"),
    "government": ("财政", "the government"),
    "fund": ("医保基金", "the insurance fund"),
    "insurer": ("保险公司", "the insurer"),
    "hospital": ("医院", "the hospital"),
    "school": ("学校", "the school"),
    "third_party": ("第三方", "the third party"),
}
_FRAMES: _Words = {
    "asserted": ("陈述", "asserted"),
    "reported": ("转述", "reported"),
    "debunked": ("辟谣", "debunked"),
    "question": ("疑问", "question"),
    "hypothetical": ("假设", "hypothetical"),
    "past": ("过去", "past"),
}
_PREDICATES: _Words = {
    FREE_ACT: ("可否与须否", "what may, must or need not be done"),
    FREE_FIGURE: ("数值", "number"),
    MONEY_FLOW: ("缴费去向", "where contributions go"),
}
_MANNERS: _Words = {
    "excess": ("过量", "in excess"),
    "freely": ("自行", "at will"),
    "lasting": ("长期", "for long"),
    "together": ("同时", "together"),
    "fasting": ("空腹", "fasting"),
    "fed": ("饭后", "after a meal"),
    "asleep": ("睡前", "before sleep"),
    "directly": ("立即", "at once"),
    "early": ("过早", "too early"),
    "late": ("过晚", "too late"),
    "hard": ("剧烈", "hard"),
    "alone": ("单独", "alone or instead"),
    "raw": ("生食", "raw or spoiled"),
    "hot": ("热", "hot"),
    "cold": ("冷", "cold"),
    "little": ("少量", "in small amounts"),
    "again": ("重复", "again"),
    "cash": ("现金", "in cash"),
    "on_behalf": ("代办", "on behalf of another"),
}
_OTHERS: _Words = {
    "positive": ("正方词", "positive"),
    "negative": ("反方词", "negative"),
    "waived": ("豁免词", "waived"),
    "affirmed": ("肯定", "affirmed"),
    "negated": ("否定", "negated"),
    "clause": ("本分句", "clause"),
    "sentence": ("本句", "sentence"),
    "heading": ("小标题", "heading"),
    "title": ("标题", "title"),
    "concept": ("概念本身", "the concept"),
}
_FIELDS: _Words = {
    "words": ("原文词语", "words"),
    "topic": ("主题", "topic"),
    "predicate": ("概念", "concept"),
    "reading": ("读作", "read as"),
    "subject": ("主体", "subject"),
    "pole": ("用词", "pole"),
    "polarity": ("肯定否定", "polarity"),
    "modality": ("要求", "modality"),
    "quantifier": ("量词", "quantifier"),
    "hedge": ("推测", "hedged"),
    "quantity": ("数值", "quantity"),
    "frame": ("语气", "frame"),
    "payer": ("付款方", "payer"),
    "pool": ("进入账户", "account"),
    "manner": ("做法", "manner"),
    "published_at": ("发布", "published"),
    "anchored": ("主体见于", "subject found in"),
    "is_weak": ("由后果推知", "told indirectly"),
    "inherited": ("仅见于标题的范围", "scope from title"),
    "sentence": ("原句", "sentence"),
    "region": ("地区", "region"),
    "period": ("时间", "period"),
    "insurance": ("险种", "insurance"),
    "population": ("人群", "population"),
    "condition": ("条件", "condition"),
    "setting": ("就医情形", "setting"),
    "item": ("对象", "item"),
}
_SCOPE_VALUES: dict[str, str] = {
    "employee": "employee insurance",
    "resident": "resident insurance",
    "major_illness": "major-illness insurance",
    "maternity": "maternity insurance",
    "commercial": "commercial insurance",
    "work_injury": "work-injury insurance",
    "long_term_care": "long-term care insurance",
    "tertiary": "tertiary hospital",
    "secondary": "secondary hospital",
    "primary": "primary care",
    "remote": "elsewhere",
    "filed": "filed beforehand",
    "unfiled": "not filed",
    "allergic": "allergic people",
    "elderly": "elderly people",
    "pregnant": "pregnant women",
    "lactating": "nursing mothers",
    "flexible_employment": "flexibly employed",
}
"""English of scope values whose code does not say it all; the others read as their code."""
_UNITS: dict[str, tuple[str, str]] = {
    "%": ("%", "%"), "‰": ("‰", "‰"), "℃": ("℃", "℃"), "百分点": ("percentage point", "percentage points"),
    "元": ("yuan", "yuan"), "万元": ("× 10,000 yuan", "× 10,000 yuan"), "亿元": ("× 100 million yuan", "× 100 million yuan"),
    "年": ("year", "years"), "月": ("month", "months"), "月份": ("(month of the year)", "(month of the year)"),
    "周": ("week", "weeks"), "日": ("day", "days"), "工作日": ("working day", "working days"), "小时": ("hour", "hours"),
    "分钟": ("minute", "minutes"), "岁": ("year of age", "years of age"), "次": ("time", "times"), "剂": ("dose", "doses"),
    "倍": ("times as much", "times as much"), "成": ("tenth", "tenths"), "折": ("tenth of the price", "tenths of the price"),
    "杯": ("cup", "cups"), "片": ("tablet or slice", "tablets or slices"), "粒": ("pill", "pills"), "个": ("piece", "pieces"),
    "两": ("liang (50 g)", "liang (50 g)"), "斤": ("jin (500 g)", "jin (500 g)"), "步": ("step", "steps"), "千卡": ("kcal", "kcal"),
    "支": ("unit (支)", "units (支)"), "份": ("serving", "servings"), "勺": ("spoon", "spoons"), "米": ("m", "m"), "公里": ("km", "km"),
    "厘米": ("cm", "cm"), "毫米": ("mm", "mm"), "秒": ("second", "seconds"), "滴": ("drop", "drops"), "餐": ("meal", "meals"),
    "口": ("mouthful", "mouthfuls"), "包": ("packet", "packets"), "瓶": ("bottle", "bottles"), "碗": ("bowl", "bowls"),
    "公斤": ("kg", "kg"), "晚": ("night", "nights"),
}  # fmt: skip
_CLOSE_UNITS = ("%", "‰", "℃")
_RATES = ("年", "月", "周", "日", "天", "晚", "次", "公斤", "kg")
_CHINESE_UNITS = {"月": "个月", "日": "天"}
_CHINESE_RATES = {"日": "天", "kg": "公斤"}
_BOUNDS: dict[str, tuple[str, str]] = {
    "about": ("约", "about "),
    "at_least": ("不低于", "at least "),
    "at_most": ("不超过", "at most "),
    "more_than": ("超过", "more than "),
    "less_than": ("低于", "less than "),
}
_MAX_EXACT = 1e15
"""Beyond it a double no longer holds every whole number, so that more digits would be invented."""


def say(lang: Lang, chinese: str, english: str) -> str:
    """The one or the other."""
    return chinese if lang == "zh" else english


def readable(code: str) -> str:
    """A code as words: balance_cleared → balance cleared."""
    return code.replace("_", " ")


def _name(words: _Words, code: str, lang: Lang) -> str:
    """Name of a code; a code that has none yet reads as itself."""
    return say(lang, *words[code]) if code in words else readable(code)


def type_name(code: str, lang: Lang) -> str:
    """What kind of clash a type is."""
    return _name(TYPES, code, lang)


def clash_name(code: str, claim: ClaimRow, lang: Lang) -> str:
    """What kind of clash two claims have: the type, said of costs where no account is spoken of."""
    if code == "payer" and not claim.pool:
        return say(lang, "承担费用的一方不同", "who bears the cost differs")
    return type_name(code, lang)


def label_name(code: str, lang: Lang) -> str:
    """What a verdict's label means."""
    return _name(_LABELS, code, lang)


def modality_name(code: str, lang: Lang) -> str:
    """必须, 可以, 无需 or 不可."""
    return _name(_MODALITIES, code, lang)


def party_name(code: str, lang: Lang) -> str:
    """Who pays, or which account the money goes to."""
    return _name(_PARTIES, code, lang)


def bearer_name(code: str, lang: Lang) -> str:
    """Who bears a cost."""
    return _name(_BEARERS, code, lang)


def quantifier_name(code: str, lang: Lang) -> str:
    """一律, 部分, 大多 or 仅限."""
    return _name(_QUANTIFIERS, code, lang)


def frame_name(code: str, lang: Lang) -> str:
    """How a claim is told: 陈述, 转述, 辟谣, 疑问, 假设 or 过去."""
    return _name(_FRAMES, code, lang)


def manner_names(codes: str, lang: Lang) -> str:
    """How an act is done: 长期, 过量, …; codes are joined by +."""
    return say(lang, "、", ", ").join(_name(_MANNERS, code, lang) for code in codes.split("+") if code)


def word_name(code: str, lang: Lang) -> str:
    """A pole, a polarity, or where a subject was found."""
    return _name(_OTHERS | _PARTIES, code, lang)


def scope_value_name(code: str) -> str:
    """English of a value of scope; a name that is no code stays as it is."""
    return _SCOPE_VALUES.get(code, readable(code))


def field_name(code: str, lang: Lang) -> str:
    """What a column of a claim or a dimension of scope is called."""
    return _name(_FIELDS, code, lang)


def topic_name(claim: ClaimRow, lang: Lang) -> str:
    """The question a claim answers; topics have Chinese names only, so English adds the concept's id as words."""
    if lang == "zh":
        return claim.topic
    return f"{_name(_PREDICATES, claim.predicate, lang)} ({claim.topic})"


def number_text(number: float) -> str:
    """A number with all the digits that were read: 18192, 2.5."""
    if abs(number) < _MAX_EXACT and number == int(number):
        return str(int(number))
    return f"{number:.10g}"


def quantity_text(quantity: Quantity, lang: Lang) -> str:
    """A quantity with unit and bound: 不超过500元, 每天3片, 约6个月."""
    unit, _, per = quantity.unit.rpartition("/")
    if not unit or per not in _RATES:  # mmol/L is one unit
        unit, per = quantity.unit, ""
    change = unit.endswith("增减")
    unit = unit.removesuffix("增减")
    ends = [number_text(end) for end in (quantity.low, quantity.high) if end is not None]
    number = "-".join(dict.fromkeys(ends)) or "?"
    bound = say(lang, *_BOUNDS.get(quantity.bound, ("", "")))
    if lang == "zh":
        rate = f"每{_CHINESE_RATES.get(per, per)}" if per else ""
        return f"{rate}{'增减' if change else ''}{bound}{number}{_CHINESE_UNITS.get(unit, unit)}"
    named = _UNITS.get(unit, (unit, unit))[number != "1"]
    space = "" if named in _CLOSE_UNITS else " "
    rate = f" per {_UNITS.get(per, (per, per))[0]}" if per else ""
    return f"{'change of ' if change else ''}{bound}{number}{space}{named}{rate}"


def period_text(code: str, lang: Lang) -> str:
    """A period: 2021年起, 2022年以前, 2025年, 2025年3月, 现行."""
    start, slash, end = code.partition("/")
    if not slash:
        return _name({"past": ("过去", "the past"), "present": ("现行", "now")}, code, lang)
    if end == "..":
        return say(lang, f"{_day_text(start, lang)}起", f"since {_day_text(start, lang)}")
    if start == "..":
        return say(lang, f"{_day_text(end, lang)}以前", f"before {_day_text(end, lang)}")
    is_january = start.endswith("-01-01") and end.endswith("-02-01")
    return _month_text(start, lang) if is_january else _day_text(start, lang)


def _day_text(day: str, lang: Lang) -> str:
    """A day of an ISO interval; the first of a month stands for the month, that of January for the year."""
    if not day.endswith("-01"):
        year, month, number = day.split("-")
        return say(lang, f"{year}年{month.lstrip('0')}月{number.lstrip('0')}日", day)
    return day[: -len("-01-01")] + say(lang, "年", "") if day.endswith("-01-01") else _month_text(day, lang)


def _month_text(day: str, lang: Lang) -> str:
    year, month, _ = day.split("-")
    return say(lang, f"{year}年{month.lstrip('0')}月", f"{year}-{month}")
