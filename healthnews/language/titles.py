"""Titles of answer pages as questions: when two ask the same, and what sets two apart."""

import re
import unicodedata

from healthnews.language.normalise import text_key
from healthnews.language.patterns import compile_led
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
    (r"都有什么|都有哪些|包括哪些|有什么(?!区别|不同|差别|用|关系|影响)", "有哪些"),
    (r"(?:挂|看|去)(?:什么|哪个?|啥)科", "挂什么科"),
    (r"(?:去|到|在)?哪(?:个|家|些)?医院(?:比较|更|最)?好", "哪家医院好"),
    (r"[走用]医保(?!卡|码)", "用医保"),
    (r"有何不同|有什么不同|有啥区别|有何区别|有什么区别|有什么差别|的?区别是什么", "有什么区别"),
    (r"(?:大概|大约|一般|一共|总共)?(?:要|需要|需|得|花)*(?:多少钱|费用多少|什么价格|多大费用)", "多少钱"),
    (r"需要多久|要多久|需要多长时间|要多长时间|多长时间|多久时间", "多久"),
    (r"能不(?:能|可以)|可不可以|可否|能否", "能不能"),
    (r"是不是|是否", "是不是"),
    (r"城乡居民基本医疗保险|城乡居民医疗保险|城乡居民医保|居民基本医疗保险|居民医疗保险|城乡居民基本医保", "居民医保"),
    (r"城镇职工基本医疗保险|职工基本医疗保险|城镇职工医疗保险|城镇职工医保|职工医疗保险|职工基本医保", "职工医保"),
    (r"新型农村合作医疗保险?|农村合作医疗保险?", "新农合"),
    (r"基本医疗保险|医疗保险", "医保"),
)
_LED = tuple((compile_led(pattern), shared) for pattern, shared in _SYNONYMS)
# The characters that each begins with stand in front of it; most titles hold none of most.
_COMPILED = tuple((frozenset(pattern.pattern.removeprefix("(?=[").partition("]")[0]), pattern, shared) for pattern, shared in _LED)
_DECORATION = re.compile(r"^[【\[][^】\]]{1,8}[】\]]")
# Behind `text_key` the marks are gone: 健康科普:X and X,一文读懂 have become 健康科普X and X一文读懂.
_OPENING = re.compile(r"^(?:转载|健康科普|科普|健康提醒|提醒|注意|关于|知识)(?=.{4})")
_CLOSING = re.compile(r"(?<=.{4})(?:一文(?:读懂|看懂|讲清|说清)|(?:最新|权威|专家|详细|政策)?解读|详解|的?说明|攻略|指南|附流程|图)$")
_CHOICE = re.compile(r"([会要该用有])[不没]\1")
"""会不会清零 asks what 会清零吗 asks; there is no negator in it."""
_POLAR = re.compile(r"能不能|可不可以|能否|可否|可以|能够")
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
    text = unicodedata.normalize("NFKC", title).strip()
    text = text_key(_DECORATION.sub("", text))
    characters = set(text)
    for leads, pattern, shared in _COMPILED:
        if not leads.isdisjoint(characters) and pattern.search(text):
            text = pattern.sub(shared, text)
            characters = set(text)
    for _ in range(2):
        text = _CLOSING.sub("", _OPENING.sub("", text))
    return _polar(_ENDING.sub("", text))


def _polar(text: str) -> str:
    """A yes-or-no question in one form: 可以报销吗, 能不能报销 and 能报销吗 are one."""
    chosen = _CHOICE.sub(r"\1", text)
    is_polar = text.endswith("吗") or chosen != text or "能不能" in text or "可不可以" in text or "能否" in text
    return _POLAR.sub("能", chosen.removesuffix("吗")) + "吗" if is_polar else text


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
