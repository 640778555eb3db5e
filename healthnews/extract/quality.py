"""What a reader should know about an article: flags with spans, the disclaimer, an AI-generation label."""

import re
from collections.abc import Iterable, Sequence

from healthnews.records import QualityFlag

_DISCLAIMER = re.compile(
    r"^(?:[(\uff08【\[*※]*)(?:温馨|友情|特别|重要|健康|风险)?(?:提示|提醒|声明|免责声明)[】\]]?\s*[:\uff1a]\s*.{0,160}"
    r"(?:不能代替|不能替代|不可替代|不作为|不构成|仅供参考|请遵医嘱|尽快就医|及时就医|以.{0,12}为准)"
    r"|^(?:以上|本文|文中|本站|本页)(?:内容|信息|资料|文章|所有).{0,60}(?:仅供参考|不能代替|不能替代|不作为|不构成)"
)
_MAX_DISCLAIMER = 240
_AI_LABEL = re.compile(
    r"(?:本文|本篇|本页|以上|该|此)?(?:内容|文章|回答|图文|文本|信息)?(?:部分)?(?:内容)?\s*(?:由|为|系|经|使用|借助|通过|含)\s*"
    r"(?:AI|AIGC|人工智能|生成式人工智能|大模型|智能助手)[^。\n,;\uff0c\uff1b]{0,12}?(?:生成|合成|创作|撰写|整理)[^。\n]{0,24}",
    re.I,
)
_MAX_LABEL_LINE = 60
_RESIDUE = re.compile(
    r"(?:直接回答问题|分点展开论述|总结归纳|开头直接回答|核心观点提炼|关键亮点提炼)\s*[:\uff1a]|"
    r"(?<![A-Za-z])X{2,4}\s?(?:省|市|县|区|医院|医保|年|月|元)|某某(?:省|市|医院)|作为(?:一个|一名)?(?:AI|人工智能)(?:语言)?(?:模型|助手)"
)
_BOILERPLATE = re.compile(
    r"版权所有|未经授权|转载请|点击(?:查看|下载|关注)|"
    r"扫(?:码|描)|关注(?:我们|公众号)|登录|注册|客户端|ICP备|上一篇|下一篇|返回(?:首页|顶部)",
    re.I,
)
_BOILERPLATE_SHARE = 0.5


def is_disclaimer(line: str) -> bool:
    """Whether a line is a disclaimer (`提示:本内容不能代替…` and its like)."""
    return len(line) <= _MAX_DISCLAIMER and bool(_DISCLAIMER.match(line))


def find_ai_label(lines: Iterable[str]) -> str | None:
    """The first explicit AI-generation label, as written; only short lines are labels, a sentence in an article may be about AI."""
    for line in lines:
        if len(line) <= _MAX_LABEL_LINE and (found := _AI_LABEL.search(line)):
            return found[0].strip("()\uff08\uff09[]【】 ")
    return None


def find_flags(title: str, body: str, *, truncated: bool = False) -> tuple[QualityFlag, ...]:
    """Quality flags, those of the title first, in order of their place.

    `truncated` points at the end of the body, `prompt_residue` at each remnant of a prompt, `mostly_boilerplate` at the whole body.
    """
    flags = [QualityFlag(flag="prompt_residue", origin="title", start=m.start(), end=m.end()) for m in _RESIDUE.finditer(title)]
    flags += [QualityFlag(flag="prompt_residue", origin="body", start=m.start(), end=m.end()) for m in _RESIDUE.finditer(body)]
    if _is_mostly_boilerplate(body.split("\n")):
        flags.append(QualityFlag(flag="mostly_boilerplate", origin="body", start=0, end=len(body)))
    if truncated:
        flags.append(QualityFlag(flag="truncated", origin="body", start=len(body), end=len(body)))
    return tuple(flags)


def _is_mostly_boilerplate(lines: Sequence[str]) -> bool:
    total = sum(map(len, lines))
    return sum(len(line) for line in lines if len(line) < 200 and _BOILERPLATE.search(line)) > total * _BOILERPLATE_SHARE
