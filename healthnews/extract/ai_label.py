"""Explicit labels that a text was made by a machine, mandatory in China since 2025-09-01; a sentence about AI is none.

Source: GB 45438-2025 (wording of visible labels, the AIGC element of metadata), Measures for Labelling AI-Generated Content (2025).
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_MAX_LINE = 90
_MAX_NAMED = 3
_AI = (
    r"(?:AI|AIGC|生成式AI|生成式人工智能|人工智能(?:\(AI\)|\uff08AI\uff09)?|AI\s?大模型|大(?:语言)?模型|"
    r"智能助手|AI\s?助手|AI\s?工具|人工智能工具)(?:技术)?"
)
_MADE = r"(?:自动|辅助|协助|参与|智能|算法|部分|机器人)*(?:生成|合成|创作|撰写|写作|整理|编写|制作)(?:合成)?"
_TEXT = r"(?:内容|文章|回答|答案|图文|文本|信息|正文|作品|摘要|资讯|稿件|文字|解读)"
_SUBJECT = rf"(?:(?:本|此|该|以上|以下|上述|部分|全部|文中|文章|页面|本页|本站)*(?:{_TEXT}|文|篇|页)*(?:中|的)?(?:部分)?{_TEXT}?)"
_VERB = r"(?:均|可能|疑似|系|由|为|是|经|使用了?|借助|通过|利用|含有?|包含|基于|采用|运用)*"
_LABEL = re.compile(
    rf"{_SUBJECT}\s*{_VERB}\s*{_AI}\s*{_MADE}(?:{_TEXT}|产生|的|而成|完成|并经?(?:人工|医生|专家|编辑)?(?:审核|校对|编辑|审校)|后(?:经)?(?:人工|医生|编辑)(?:审核|校对))*",
    re.IGNORECASE,
)
_ABOUT_TEXT = re.compile(_TEXT + "|[本此该]\\s?(?:文|篇|页)|以[上下]")
# What the standard asks for, besides the name of the machine.
_MANDATED = re.compile("生成|合成|辅助")
_TAIL = re.compile(
    r"仅供参考|供参考|请(?:您)?(?:仔细|谨慎|注意|自行)?(?:甄别|鉴别|辨别|核实|参考)|注意甄别|谨慎参考|谨慎使用|不代表|不构成|不作为|不能(?:代替|替代)|不可(?:代替|替代)|"
    r"如有(?:不适|侵权|错误|疑问)|请(?:以|遵|及时|尽快|咨询)|具体(?:请)?以|由.{1,12}(?:审核|提供)|(?:已)?经?(?:人工|医生|编辑|专家)(?:审核|校对)|仅作|内容仅|"
    r"不保证|无法保证|可能(?:存在|有|包含)|服务由|模型|以.{0,12}为准|风险"
)
_PREFIX = re.compile(
    r"^[\s(\[【\uff08〔*※#●•-]*(?:(?:温馨|特别|重要|风险)?(?:提示|提醒|声明|说明|注|备注|标识|免责声明|作者声明|创作声明|内容声明|平台声明)[】\]]?\s*[:\uff1a]?\s*)?"
)
_ENGLISH = re.compile(
    r"^[\s(\[]*(?:(?:this|the) (?:article|content|text|page|post|answer|summary) (?:was|is|has been) )?(?:partly |partially |fully )?"
    r"(?:AI[- ]generated(?: content| text| summary)?|(?:generated|written|created|produced) (?:by|with|using)(?: the help of)? "
    r"(?:an )?(?:AI|artificial intelligence|ChatGPT|a large language model)"
    r"(?: tools?)?)(?: and (?:reviewed|edited|checked) by [\w ]{2,40})?[\s.)\]]*$",
    re.IGNORECASE,
)
_SEGMENT = re.compile(r"[,\uff0c;\uff1b。|\uff5c!\uff01]")
_ENDS = "()\uff08\uff09[]【】〔〕 \u3000.。*"
_CUES = ("AI", "智能", "大模型", "语言模型", "artificial", "ChatGPT")
_META_NAMES = ("aigc", "ai-generated", "ai_generated", "ai-label", "ai-content", "generated-by-ai")
_META_LABEL = re.compile(r"[\"']?Label[\"']?\s*[:=]\s*[\"']?([123])\b", re.IGNORECASE)
_META_YES = re.compile(r"(?:true|yes|1|2|3|generated|ai[- ]generated)", re.IGNORECASE)
_MAX_META = 200


def find_ai_label(lines: Iterable[str]) -> str | None:
    """The first explicit AI-generation label, as written; only a whole line that says no more than that is one."""
    texts = list(lines)
    together = "\n".join(texts)
    cues = [cue for cue in _CUES if cue in together]
    named = [line for line in texts if any(cue in line for cue in cues)] if cues else []
    for line in named:
        # AI写作 may be a heading of an article about AI, which names it in many lines.
        if len(line) <= _MAX_LINE and (found := _read_label(line)) and (found.is_sure or len(named) <= _MAX_NAMED):
            return found.words
    return None


class _Label(NamedTuple):
    words: str
    is_sure: bool


def _read_label(line: str) -> _Label | None:
    if _ENGLISH.match(line):
        return _Label(line.strip(_ENDS), is_sure=True)
    prefix = _PREFIX.match(line)
    start = prefix.end() if prefix else 0
    first, *rest = [part for part in _SEGMENT.split(line[start:]) if part.strip(_ENDS)] or [""]
    words = first.strip(_ENDS)
    if not _LABEL.fullmatch(words) or any(not _TAIL.search(part) for part in rest):
        return None
    is_sure = bool(rest) or bool(_ABOUT_TEXT.search(words))
    return _Label(line.strip(_ENDS), is_sure) if is_sure or _MANDATED.search(words) else None


def read_ai_metadata(metadata: Mapping[str, str]) -> str | None:
    """The label in a page's metadata, as written (`AIGC: {"Label":"1",…}`), 200 characters at most; None when there is none or it says no.

    Args:
        metadata: Contents of the `meta` elements by name in lower case.
    """
    for name in _META_NAMES:
        if (content := metadata.get(name)) and (_META_LABEL.search(content) or _META_YES.fullmatch(content.strip())):
            return f"{'AIGC' if name == 'aigc' else name}: {content[:_MAX_META]}"
    return None
