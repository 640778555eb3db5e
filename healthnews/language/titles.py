"""Titles of answer pages as questions: when two ask the same, and what sets two apart."""

import re
import unicodedata

from healthnews.language.normalise import text_key
from healthnews.language.regions import find_regions

# Left: ways to write it, longest first where one contains another; right: the one form they share.
# Only forms that never change what is asked: 能不能 and 能 do, 需要 and 可以 do not.
_SYNONYMS: tuple[tuple[str, str], ...] = (
    (r"请问|想问一下|问一下|想知道", ""),
    (r"为什么|为何|为啥", "为什么"),
    (r"怎么办理|如何办理|怎样办理", "怎么办理"),
    (r"怎么样才能|怎样才能|如何才能|怎样|如何|咋样|咋", "怎么"),
    (r"怎么回事儿?", "怎么回事"),
    (r"怎么办才好|怎么处理|怎么办", "怎么办"),
    (r"(?:是)?(?:什么意思|啥意思)|指的?是什么|指什么", "什么意思"),
    (r"有何不同|有什么不同|有啥区别|有何区别|有什么区别|有什么差别|的?区别是什么", "有什么区别"),
    (r"多少钱|费用多少|什么价格|多大费用", "多少钱"),
    (r"需要多久|要多久|需要多长时间|要多长时间|多长时间|多久时间", "多久"),
    (r"能不能|可不可以|可否|能否", "能不能"),
    (r"是不是|是否", "是不是"),
    (r"城乡居民基本医疗保险|城乡居民医疗保险|城乡居民医保|居民基本医疗保险|居民医疗保险|城乡居民基本医保", "居民医保"),
    (r"城镇职工基本医疗保险|职工基本医疗保险|城镇职工医疗保险|城镇职工医保|职工医疗保险|职工基本医保", "职工医保"),
    (r"新型农村合作医疗保险?|农村合作医疗保险?", "新农合"),
    (r"基本医疗保险|医疗保险", "医保"),
)
_COMPILED = tuple((re.compile(pattern), shared) for pattern, shared in _SYNONYMS)
_DECORATION = re.compile(r"^[【\[][^】\]]{1,8}[】\]]")
_ENDING = re.compile(r"(?:了|呢|啊|呀|吧|哦|嘛|的)+$")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|[一二三四五六七八九十百千万]+(?=[年月天次岁元级个])")
_NEGATOR = re.compile(r"不(?!仅|但|同|少|断|管|论|足)|没有?|无(?!论)|未|非|别|禁止|取消")
INSURANCE = re.compile(r"职工|居民|新农合|农村|灵活就业|学生|新生儿|退休|生育|大病|工伤|商业|长护|惠民")
"""Words that name an insurance type or those whom one is for."""


def canonical_question(title: str) -> str:
    """What two titles share when they ask the same question in other words of asking.

    Interrogatives, polite openings, 【tags】 and names of the insurance types are brought to one form; years, numbers,
    places, negators and every other word stay, so that two titles of equal form differ in nothing that matters.
    General paraphrase is beyond a table of synonyms.
    """
    text = unicodedata.normalize("NFKC", title).strip()
    text = text_key(_DECORATION.sub("", text))
    for pattern, shared in _COMPILED:
        text = pattern.sub(shared, text)
    return _ENDING.sub("", text)


def distinguishing_words(title: str) -> tuple[tuple[str, ...], ...]:
    """The numbers, negators, places and insurance types of a title, each in order.

    Two titles that differ in any of them never ask the same, however alike the rest is.
    """
    folded = unicodedata.normalize("NFKC", title)
    places = tuple(hit.code for hit in find_regions(folded))
    return tuple(_NUMBER.findall(folded)), tuple(_NEGATOR.findall(folded)), places, tuple(INSURANCE.findall(folded))
