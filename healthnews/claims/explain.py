"""Explanations in Chinese: who says what, in which way it clashes, and where the scopes stand."""

from __future__ import annotations

from healthnews.claims.compare import Finding
from healthnews.language.quantities import display_quantity
from healthnews.records import ClaimRow

_TYPES = {
    "negation": "一方肯定、一方否定",
    "antonym": "说法相反",
    "numeric": "同一数值不同",
    "modality": "要求不同(必须/无需/可以/禁止)",
    "exclusivity": "“仅限”与另有其他",
    "payer": "同一笔缴费去向不同",
    "existential_universal": "“部分存在”与“一律没有”",
    "time": "起始时间不同",
    "debunk": "一方的说法被另一方辟谣",
}
_MODALITIES = {"must": "必须", "may": "可以", "need_not": "无需", "forbidden": "不可"}
_PARTIES = {
    "employer": "单位缴费",
    "individual": "个人缴费",
    "government": "政府补贴",
    "personal_account": "个人账户",
    "pooled_fund": "统筹账户",
}
MAX_QUOTE_CHARS = 60


def quote(sentence: str) -> str:
    """A sentence in quotation marks, shortened for reading."""
    words = " ".join(sentence.split())
    return f"“{words if len(words) <= MAX_QUOTE_CHARS else words[: MAX_QUOTE_CHARS - 1] + '…'}”"


def reading_of(claim: ClaimRow) -> str:
    """What the engine read in a claim, in a few words."""
    if claim.pool:
        return f"{_PARTIES.get(claim.payer or '', '')}→{_PARTIES[claim.pool]}{'(仅)' if claim.quantifier == 'only' else ''}"
    if claim.quantity is not None:
        return display_quantity(claim.quantity)
    if claim.modality and claim.predicate == "free_act":
        return f"{_MODALITIES[claim.modality]}{claim.scope.item or ''}"
    return "是" if claim.stance > 0 else "否"


def explain(a: ClaimRow, b: ClaimRow, finding: Finding) -> str:
    """Why two claims clash, or why they do not."""
    scope = finding.scope.display
    if finding.label == "scoped_difference":
        return f"A 称{quote(a.sentence)},B 称{quote(b.sentence)};{a.topic}:{reading_of(a)} / {reading_of(b)};范围不同:{scope}"
    kind = _TYPES.get(finding.type, finding.type or "不冲突")
    return f"A 称{quote(a.sentence)},B 称{quote(b.sentence)};冲突:{a.topic},{kind}({reading_of(a)} / {reading_of(b)});范围:{scope}"
