"""Titles of answer pages as questions: when two ask the same, and what sets two apart."""

import re
import unicodedata

from healthnews.language.normalise import text_key
from healthnews.language.regions import find_regions
from healthnews.language.title_forms import to_shared_forms, with_arabic_years, without_decoration

# Behind `text_key` the marks are gone: 健康科普:X and X,一文读懂 have become 健康科普X and X一文读懂.
_OPENING = re.compile(r"^(?:转载|健康科普|科普|健康提醒|提醒|注意|关于|知识)(?=.{4})")
_CLOSING = re.compile(
    r"(?<=.{4})(?:一文(?:读懂|看懂|讲清|说清)|(?:最新|权威|专家|详细|(?<!新)政策)?解读|详解|的?说明|攻略|指南|附流程|图)$"
)
_CHOICE = re.compile(r"([\u4e00-\u9fff])(?<![时动])[不没]\1")
"""会不会清零 asks what 会清零吗 asks; there is no negator in it. 时不时 and 动不动 are no choice."""
_MA = ("么", "不")
_MA_ENDING = re.compile(r"(?<![什怎这那多])么$|(?<!么)不$")
"""能喝酒么, 能喝酒不."""
# What is left out or put in when the same is asked in other words; none of them names what is asked about.
_ASKING = re.compile(
    r"怎么办|怎么回事|怎么|有什么区别|何不同|可以|能够|什么意思|什么|哪些|哪个|哪家|哪里|多少|多久|为|吗|呢|能|会|要|需要|应该|应当|有|是|的|了|在|去|到|看|办理|处理|"
    r"还|好|更|比较|出现|发生|大概|大约|一般|通常|时|后|都|得|请|该|才|就|做|进行|情况|问题"
)
_ENDING = re.compile(r"(?:了|呢|啊|呀|吧|哦|嘛|的)+$")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|[一二三四五六七八九十百千万]+(?=[年月天次岁元级个])")
_NEGATOR = re.compile(r"不(?!仅|但|同|少|断|管|论|足)|没有?|无(?!论)|未|非|(?<![区差级性特类分个辨识告])别(?![的人处墅名])|禁止|取消")
INSURANCE = re.compile(r"职工|居民|新农合|农村|灵活就业|学生|新生儿|退休|生育|大病|工伤|商业|长护|惠民")
"""Words that name an insurance type or those whom one is for."""


def canonical_question(title: str) -> str:
    """What two titles share when they ask the same question in other words of asking.

    Interrogatives, polite openings, 【tags】 and names of the insurance types are brought to one form; years, numbers,
    places, negators and every other word stay, so that two titles of equal form differ in nothing that matters.
    General paraphrase is beyond a table of synonyms.
    """
    text = text_key(without_decoration(unicodedata.normalize("NFKC", title).strip()))
    while (shorter := _CLOSING.sub("", _OPENING.sub("", text))) != text:
        text = shorter
    text = to_shared_forms(with_arabic_years(_ENDING.sub("", text)))
    return _polar(_ENDING.sub("", text))


def _polar(text: str) -> str:
    """A yes-or-no question in one form: 会不会报销 and 会报销吗 are one."""
    if text.endswith(_MA):
        text = _MA_ENDING.sub("吗", text)
    chosen = _CHOICE.sub(r"\1", text) if "不" in text or "没" in text else text
    return chosen.removesuffix("吗") + "吗" if text.endswith("吗") or chosen != text else text


def core_of(question: str) -> str:
    """What a canonical question asks about, without its words of asking: equal for titles that differ in nothing else."""
    return _ASKING.sub("", question)


def distinguishing_words(title: str) -> tuple[tuple[str, ...], ...]:
    """The numbers, negators, places and insurance types of a title, each in order.

    Two titles that differ in any of them never ask the same, however alike the rest is.
    """
    folded = unicodedata.normalize("NFKC", title)
    places = tuple(hit.code for hit in find_regions(folded))
    return tuple(_NUMBER.findall(folded)), tuple(_NEGATOR.findall(folded)), places, tuple(INSURANCE.findall(folded))
