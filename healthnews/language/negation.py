"""Polarity in Chinese: negators over a predicate, double negation, and the words that only look like negators."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from healthnews.language.patterns import compile_led

Strength = Literal["plain", "weak"]

_LOOKALIKES = (
    "不少于|不低于|不高于|不多于|不超过|不小于|不大于|不得超过|不得低于|不能超过|不能低于|不少|不仅|不但|不光|不只|"
    "不单|无论|不论|不管|不断|不同|不足|不过|"
    "不限|不满|不到|不适(?!合|宜|用)|不良|不明|不便|不久|不妨|不等(?!于)|不止|不一(?!定)|不符|不慎|不孕|不育|不稳定|"
    "不耐受|不规范|不完整|不错|不然|"
    "差不多|说不定|对不起|非常|非处方|非甾体|非定点|非婚|非营利|非从业|非必要|非急诊|除非|是否|能否|可否|未来|未成年|"
    "无偿|无忧|无糖|无创|无痛|无症状|无误|"
    "无缘无故|无业|没准|会不会|能不能|要不要|可不可以|是不是|有没有|该不该|好不好|需不需要|用不用|不知不觉|免疫|免费|"
    "避免不了|不懈|非典型|未满"
)
_DOUBLE = (
    "不能不|不得不|不会不|不可不|不应不|并非不|并不是不|不是不|没有不|无不|不无|不可能不|绝非不|不能说不|不是没有|"
    "并非没有|并非无|不会没有|不能没有|"
    "不是不能|并非不能|不是不可以|并非不可以|不是无法|并非无法|无法不"
)
_WEAK = "不一定|未必|不见得|不完全|并非所有|并非都|并非完全|不都是|不是所有|并不都|不是都|并非一定|不总是|不必然|并非每"
# These reach over 可, 能 and 会: 不属于可报销范围.
_WIDE = (
    "并非|并不是|不是|不属于|不代表|不意味着|不等于|谈不上|不存在|没有|取消|废止|废除|禁止|严禁|不允许|不支持|无法|"
    "不能够|不能|不可以|不可能|不可|不得|不予|"
    "不再|不会|不应该|不应当|不应|不宜|不该|不要|不建议|不推荐|不提倡|不适合|不适宜|难以|拒绝|无权|切勿|切忌|谨防|杜绝|"
    "停止|不给|不让|不利于|无助于|有碍|妨碍|排除|剔除|不主张|不赞成|不鼓励|反对|(?<![个特分区告类级辨识差送])别(?![的人处墅针名扭提致称])|(?<!阿)莫(?![名大非西])|甭|不在|无需|无须|不需要|不需|不用|不必|不包括|不包含|不含|绝不|决不|从不"
)
_NARROW = "尚未|从未|未能|未曾|并未|并不|并无|未|没|毫无|绝无|无|非|勿|不"
# The verb that cannot be done stands before its object: 领不到津贴, 享受不到待遇; 不到 before a number is a bound.
_UNABLE = r"(?<=[领拿受报买办用转缴交续保得取提退查进享赔])不(?:到|了|成|上|起|来)(?!\d|半|[一二三四五六七八九十])"
_MARK = compile_led(
    f"(?P<unable>{_UNABLE})|(?P<look>{_LOOKALIKES})|(?P<double>{_DOUBLE})|(?P<weak>{_WEAK})|(?P<wide>(?:并|绝|决)?(?:{_WIDE}))|(?P<narrow>{_NARROW})"
)

# 不因没用完而作废: the reason stands between the negator and its predicate and brings a negator of its own.
_REASON = compile_led(r"(?:因为?|由于|仅因|只因)[^,。;]{0,16}?而")
_HARD_STOP = compile_led(r"后|(?<=.)导致|但|就|则|才|仍|却|从而|时,?|的话|即可|便可|也[可能会]|[都均亦仍还]可|[,。;]")
_SOFT_STOP = compile_led(r"、|的(?!情况)|会|将|可|能|应|需|须|而|且|以免|或者(?=可|能)")
_AFTER = re.compile(
    r"(?:不了|不到|不成|不上|不得|不回|不起|不出|是?不行|是?不可以|是?不可能|是?不允许|是?不被允许|(?:是|属于)?违[法规]|"
    r"(?:将|就|则|会|也)?(?:无法|不能|不予|不会)再?(?:处理|办理|受理|进行|到账|成功|实现)|是?不正确|是?不对|没门|的?情况不存在)"
)

MAX_DOUBLE_REACH = 8
"""So far before another negator a strong one still turns it round (不能因为怕疼就不打, 无须忍着不洗)."""
MAX_REACH = 14
"""A negator reaches at most so many characters forward (by reading the four seed pages)."""


class Polarity(NamedTuple):
    """What the negators over a predicate make of it.

    Attributes:
        negated: Odd number of negators.
        weak: Negated in part only (不一定, 并非所有).
        start: Where the earliest of them starts, or where the predicate does.
    """

    negated: bool
    weak: bool
    start: int


def polarity_over(clause: str, start: int, end: int) -> Polarity:
    """Polarity of the predicate that stands at `clause[start:end]`.

    The nearest negator before it counts unless another verb phrase closes its reach; 不能不 and 并非不 cancel out.
    A predicate that opens with 也 or 仍 (没备案也能报) is a phrase of its own.
    """
    reach = "" if clause.startswith(("也", "仍"), start) else clause[:start]
    before = _REASON.sub(lambda match: "▁" * (match.end() - match.start()), reach)
    first = start
    negated = weak = False
    for mark in reversed(list(_MARK.finditer(before))):
        if mark.lastgroup == "look":
            continue
        gap = before[mark.end() : first]
        is_strong = mark.lastgroup in ("wide", "weak", "double", "unable")
        # 没有工作的妈妈不能领: before another negator a strong one reaches over no 的 either.
        stop = _HARD_STOP if is_strong and first == start else _STOPS
        reach_chars = MAX_REACH if first == start else MAX_DOUBLE_REACH if mark.lastgroup == "wide" else 1
        if len(gap.replace("▁", "")) > reach_chars or stop.search(gap):
            break
        first = mark.start()
        weak = weak or mark.lastgroup == "weak"
        if mark.lastgroup != "double":
            negated = not negated
    if _AFTER.match(clause, end):
        negated = not negated
    return Polarity(negated, weak, first)


_STOPS = compile_led(f"{_HARD_STOP.pattern}|{_SOFT_STOP.pattern}")


def count_negators(text: str) -> int:
    """How many words deny in a text: 不能不 counts two, 不少 none."""
    return sum({"look": 0, "double": 2}.get(match.lastgroup or "", 1) for match in _MARK.finditer(text))


def has_negator(text: str) -> bool:
    """Whether a text holds any true negator."""
    return any(mark.lastgroup != "look" for mark in _MARK.finditer(text))
