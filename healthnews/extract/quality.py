"""What a reader should know about an article: flags with spans, the disclaimer, an AI-generation label."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Literal

from ahocorasick_rs import AhoCorasick, Implementation

from healthnews.extract import figures, injected, mojibake, residue
from healthnews.extract.ai_label import find_ai_label, read_ai_metadata
from healthnews.extract.cut import find_cut
from healthnews.extract.places import find_place_mismatch
from healthnews.records import Origin, QualityFlag

__all__ = ["find_ai_label", "find_flags", "is_disclaimer", "read_ai_metadata"]

Span = tuple[int, int]

_DISCLAIMER = re.compile(
    r"^(?:[(\uff08【\[*※]*)(?:温馨|友情|特别|重要|健康|风险)?(?:提示|提醒|声明|免责声明)[】\]]?\s*[:\uff1a]\s*.{0,160}"
    r"(?:不能代替|不能替代|不可替代|不作为|不构成|仅供参考|请遵医嘱|尽快就医|及时就医|以.{0,12}为准)"
    r"|^(?:以上|本文|文中|本站|本页)(?:内容|信息|资料|文章|所有).{0,60}(?:仅供参考|不能代替|不能替代|不作为|不构成)"
)
_DISCLAIMER_STARTS = frozenset("(\uff08【[*※温友特重健风提声免以本文")
_MAX_DISCLAIMER = 240
_FURNITURE_WORDS = (
    "版权所有", "未经授权", "未经许可", "转载请", "ICP备", "icp备", "公网安备", "上一篇", "下一篇", "返回首页", "返回顶部", "关注我们",
    "关注公众号", "点击关注", "点击下载", "扫码下载", "扫码关注", "不良信息举报", "网站地图", "友情链接", "广告合作", "Copyright",
    "ights reserved",
)  # fmt: skip
# Answers tell how to log in and what to scan: such words are furniture only where they are all of a line.
_WEAK_FURNITURE_WORDS = ("登录", "注册", "客户端", "扫码", "扫描", "点击查看", "分享到", "收藏")
_MAX_WEAK_LINE = 10
_FURNITURE_SHARE = 0.5
_MAX_FURNITURE_LINE = 200
MAX_SPANS = 100
"""Spans that one flag has in a title or a body: a text with more is spoilt, whatever the number."""
_READ_CHARACTERS = 200_000
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def is_disclaimer(line: str) -> bool:
    """Whether a line is a disclaimer (`提示:本内容不能代替…` and its like)."""
    return line[:1] in _DISCLAIMER_STARTS and len(line) <= _MAX_DISCLAIMER and bool(_DISCLAIMER.match(line))


def find_flags(title: str, body: str, *, truncated: bool = False, origin: Literal["body", "snippet"] = "body") -> tuple[QualityFlag, ...]:
    """Quality flags, those of the title first, in order of their place.

    Codes: `place_mismatch`, `prompt_residue`, `placeholder`, `impossible_figures`, `injected_text`, `mojibake`, `truncated`,
    `mostly_boilerplate`; what each span holds is told in docs/data-dictionary.md. A whole text is searched once for the plain words that
    tell what may be in it, and closely only for that.

    Args:
        title: The title.
        body: The body, a block a line, or a snippet.
        truncated: The parser found the page cut off: flagged at the end of the body where the text itself does not show it.
        origin: What `body` is; a snippet is always cut, which is no flag.
    """
    read = body[:_READ_CHARACTERS]
    found: list[tuple[Origin, int, int, str]] = []
    found += [("title", start, end, flag) for flag, (start, end) in _passages(title[:_READ_CHARACTERS], "")]
    found += [(origin, start, end, flag) for flag, (start, end) in _passages(read, title)]
    if mismatch := find_place_mismatch(title[:_READ_CHARACTERS], read):
        (asked, answered) = mismatch
        found += [("title", *asked, "place_mismatch"), (origin, *answered, "place_mismatch")]
    if origin == "body" and (cut := find_cut(body) or ((len(body), len(body)) if truncated else None)):
        found.append((origin, *cut, "truncated"))
    found.sort(key=lambda flag: (flag[0] != "title", *flag[1:]))
    return tuple(QualityFlag(flag=flag, origin=place, start=start, end=end) for place, start, end, flag in _without_parts(found))


def _without_parts(found: Sequence[tuple[Origin, int, int, str]]) -> Iterator[tuple[Origin, int, int, str]]:
    """Flags in order, without those that overlap one of the same kind before them, `MAX_SPANS` of each kind."""
    ends: dict[tuple[Origin, str], int] = {}
    counts: Counter[tuple[Origin, str]] = Counter()
    for place, start, end, flag in found:
        if start >= ends.get((place, flag), 0) and counts[place, flag] < MAX_SPANS:
            yield place, start, end, flag
            ends[place, flag] = end
            counts[place, flag] += 1


def _passages(text: str, title: str) -> Iterator[tuple[str, Span]]:
    """Flag and span of everything that the text alone shows."""
    yield from (("impossible_figures", span) for span in figures.find_impossible_figures(text))
    yield from (("injected_text", span) for span in injected.find_foreign(text))
    lines = _lines_to_read(text)
    for kind, (flag, find) in _FINDERS.items():
        if kind in lines and not (kind == "spam" and injected.is_about_spam(title)):
            yield from ((flag, span) for line in sorted(lines[kind]) for span in find(text, *line))
    if _is_mostly_furniture(text, lines):
        yield "mostly_boilerplate", (0, len(text))


_FINDERS: Mapping[str, tuple[str, Callable[[str, int, int], Iterator[Span]]]] = MappingProxyType(
    {
        **{kind: ("impossible_figures", find) for kind, find in figures.FINDERS.items()},
        "residue": ("prompt_residue", residue.find_residue),
        "placeholder": ("placeholder", residue.find_placeholders),
        "mojibake": ("mojibake", mojibake.find_passages),
        "spam": ("injected_text", injected.find_spam),
        "chain": ("injected_text", injected.find_chains),
        "order": ("injected_text", injected.find_orders),
        "contact": ("injected_text", injected.find_contacts),
    }
)
"""By kind, the flag and what finds its spans in a line."""
_CUES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        **figures.CUES,
        "residue": residue.RESIDUE_CUES,
        "placeholder": residue.PLACEHOLDER_CUES,
        "mojibake": mojibake.CUES,
        "spam": injected.SPAM_CUES,
        "chain": injected.CHAIN_CUES,
        "order": injected.ORDER_CUES,
        "contact": injected.CONTACT_CUES,
        "furniture": _FURNITURE_WORDS,
        "weak_furniture": _WEAK_FURNITURE_WORDS,
    }
)
"""By kind, plain words without one of which a line need not be read for it."""


@cache
def _automaton() -> tuple[AhoCorasick, list[str]]:
    """Every cue, and the kind of each. As a DFA it reads a body in 20 µs, half of what the default takes."""
    cues = [(cue, kind) for kind, words in _CUES.items() for cue in words]
    return AhoCorasick([cue for cue, _ in cues], implementation=Implementation.DFA), [kind for _, kind in cues]


def _lines_to_read(text: str) -> dict[str, set[Span]]:
    """By kind, the lines in which a cue of it stands."""
    automaton, kinds = _automaton()
    try:
        hits = automaton.find_matches_as_indexes(text, overlapping=True)
    except UnicodeEncodeError:  # half a surrogate pair from JSON
        hits = automaton.find_matches_as_indexes(_SURROGATE.sub("\ufffd", text), overlapping=True)
    lines: dict[str, set[Span]] = {}
    start = end = -1
    for cue, found_at, _ in hits:
        if not start <= found_at < end:
            start = text.rfind("\n", 0, found_at) + 1
            end = text.find("\n", found_at)
            end = len(text) if end < 0 else end
        lines.setdefault(kinds[cue], set()).add((start, end))
    return lines


def _is_mostly_furniture(text: str, lines: Mapping[str, set[Span]]) -> bool:
    """Whether over half of a text is short lines of page furniture; line breaks are not counted."""
    strong = {span for span in lines.get("furniture", ()) if span[1] - span[0] < _MAX_FURNITURE_LINE}
    weak = {span for span in lines.get("weak_furniture", ()) if span[1] - span[0] <= _MAX_WEAK_LINE}
    return sum(end - start for start, end in strong | weak) > (len(text) - text.count("\n")) * _FURNITURE_SHARE
