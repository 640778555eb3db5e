"""Numbers that no concept of the lexicon measures: kept with the words around them, and compared only with much the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from healthnews.claims.clauses import Clause, SentenceView
from healthnews.claims.drafts import ASSERTING, Draft, manner_of, scope_of
from healthnews.claims.marks import PEOPLE_GROUPS, things_of
from healthnews.language.quantities import QuantityHit, comparable_interval, find_quantities

PREDICATE = "free_figure"
TOPIC = "数值"
_ASKS = {
    "时长": re.compile(r"多久|多长时间|几(?:天|日|年|个?月|周|小时|分钟)|多少(?:天|年|个?月|周|小时|分钟)|什么时候|何时|期限|时间"),
    "钱": re.compile(r"多少|几(?:块|元)|费用|价格|标准|金额"),
    "比例": re.compile(r"多少|几成|比例"),
    "岁": re.compile(r"几岁|多大|多少岁|年龄"),
    "质量": re.compile(r"多少|几克|剂量|用量"),
    "容积": re.compile(r"多少|几毫升|用量"),
}
_ASKING = re.compile(
    r"是?多久|多长时间|几(?=[天日年个月周小岁次])|多少|什么时候|何时|怎么|如何|怎样|可以|能|吗|呢|是|为|的|要|需要?|有|[?\s]|一般|通常|到底|才"
)
_DIGITS = re.compile(r"[\d.,]+|[一二两三四五六七八九十百千半]+(?=[个年月日天周岁小分次])")
_BOUNDS = re.compile(
    r"大约|大概|左右|以[上下内]|至少|最多|最少|最高|最低|不?超过|不[少多低高]于|约|近|一般|通常|应该?|需要?|可以?|要|是|为|的|了|在|就|才|即可|达到?|满"
)
_MERE_ONES = frozenset({"一次", "一天", "一周", "一年", "一个月", "一片", "一杯", "1次", "一针", "一剂"})
"""Counts of one are mostly articles: 一次胸片, 一天吃几个."""
MAX_MATTER_CHARS = 40
MIN_MATTER_CHARS = 4
DIRECT_ANSWER_SENTENCES = 2


def read_figures(view: SentenceView, taken: frozenset[int]) -> Iterator[Draft]:
    """A claim for each number of a sentence that no concept took.

    Args:
        view: The sentence.
        taken: Ends, in the field, of the numbers that concepts took.
    """
    for i, clause in enumerate(view.clauses):
        for hit in find_quantities(clause.text):
            if clause.start + hit.end in taken or clause.frame == "label" or clause.frame_at(hit.start) not in ASSERTING:
                continue
            if clause.text[hit.start : hit.end] in _MERE_ONES:
                continue
            matter = _matter(view, i, hit)
            if len(matter) >= MIN_MATTER_CHARS:
                yield _draft(clause, hit, matter)


def _matter(view: SentenceView, index: int, hit: QuantityHit) -> str:
    """The words that say what the number measures: those around it, with the title's when the title asks for such a number."""
    clause = view.clauses[index]
    around = clause.text[: hit.start] + clause.text[hit.end :]
    if len(around) < MIN_MATTER_CHARS + 2 and index:
        around = view.clauses[index - 1].text + around
    words = _bare(around)
    title = view.context.title
    dimension = comparable_interval(hit.quantity)[0].partition("/")[0]
    asks = _ASKS.get(dimension)
    if title and asks is not None and asks.search(title):
        words = _bare(_ASKING.sub("", title)) + words
    return words[:MAX_MATTER_CHARS]


def _bare(text: str) -> str:
    return "".join(re.findall(r"[\u4e00-\u9fffA-Za-z]", _BOUNDS.sub("", _DIGITS.sub("", text))))


def _draft(clause: Clause, hit: QuantityHit, matter: str) -> Draft:
    groups = tuple(sorted(set(clause.marks.things) - PEOPLE_GROUPS))
    diseases = sorted(clause.marks.things.get("disease", ()))
    return Draft(
        start=clause.start + hit.start,
        end=clause.start + hit.end,
        subject=things_of(clause.marks, groups) or "",
        predicate=PREDICATE,
        topic=TOPIC,
        pole="positive",
        is_negated=False,
        stance=0,
        frame=clause.frame_at(hit.start),
        scope=scope_of(clause, diseases, item=matter, condition=clause.condition),
        quantity=hit.quantity,
        **manner_of(clause),  # type: ignore[arg-type]
    )
