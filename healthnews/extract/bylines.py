"""Names that a page's lines tell its readers: author, source, editor, reviewer, each only where words name it as such."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from healthnews.extract.person_names import is_chinese_person, is_name, is_office, only_people, split_people

Role = Literal["author", "source", "editor", "reviewer"]
_GAP = r"\s{0,4}[:\uff1a]\s{0,4}[\[\u3010\u300a(\uff08]?\s{0,3}"
_NAME = r"(?P<name>[^\s:\uff1a|()\uff08\uff09\[\]【】\u300a\u300b,\uff0c。;\uff1b]{2,24})"
_PEOPLE = r"(?P<name>[^:\uff1a|()\uff08\uff09\[\]【】。;\uff1b]{2,60})"
_AUTHOR = re.compile(
    r"(?:(?<!责任)(?<!本文)(?<!通讯)作\s{0,3}者|撰\s{0,3}文|撰稿人?|执笔人?|主笔|发帖人|发布人|发布者|楼\s?主|提问者|"
    r"博\s?主|(?<![\u4e00-\u9fff])文)"
    + _GAP
    + _PEOPLE
    + r"|(?:^|[\s(\uff08【\[])(?:图\s?)?文\s{0,2}[/\uff0f|\uff5c丨]\s{0,2}"
    + _PEOPLE.replace("name", "slashed")
)
_SOURCE = re.compile(
    r"(?:来\s{0,4}源(?:于)?|來\s{0,4}源|稿源|出\s{0,2}处|转载自|转自)"
    + _GAP
    + _NAME
    + r"|^\s{0,3}(?:source|quelle)\s{0,2}:\s{0,2}(?P<other>[^|•·]{2,60})",
    re.I,
)
_EDITOR = re.compile(
    r"(?:责任编[辑缉輯]|责\s{0,3}编|責任編輯|编\s{0,3}辑|編\s{0,3}輯|值班编辑|本文编辑)\s{0,4}[:\uff1a/]\s{0,4}"
    + _NAME
    + r"|(?<!\w)edited by:?\s(?P<other>[^|•·,(]{3,50})",
    re.I,
)
_REVIEWER = re.compile(
    r"(?:医学审核|专业审核|审核(?:医生|医师|专家|人|者)?|审稿(?:专家|人)?|审阅(?:专家)?|审校(?:专家)?|指导专家|审定)"
    + _GAP
    + _NAME
    + r"|(?<!\w)(?:medically |clinically |scientifically |expert )?reviewed by:?\s(?P<other>[^|•·(]{3,60})|"
    r"(?<!\w)(?:medizinisch |fachlich )geprüft von:?\s(?P<german>[^|•·(]{3,60})",
    re.I,
)
_NEXT_LABEL = re.compile(
    r"\s{0,4}(?:来\s?源|作\s?者|编\s?辑|责\s?编|时\s?间|日\s?期|发布|发表|点击|浏览|阅读|字号|字体|审核|记者|校对|"
    r"摄影|图/|文/|更新|关键词|标签|分享|评论|人气|举报|选稿|订阅|收藏|投稿|纠错|打印|(?:19|20)\d\d[-年/.]|\d\d:\d\d).*$"
)
_REPORTER = re.compile(
    r"(?:(?:本报|本网|本刊|本台|新华社|中新社|[\u4e00-\u9fff]{2,6}[报网社])?(?:特约|见习|实习|首席|资深|全媒体|"
    r"融媒体)?(?:记\s?者|通讯员))\s{0,3}[:\uff1a]?\s{0,3}"
    r"(?P<names>[\u4e00-\u9fff·]{2,4}(?:[\s、/]{1,3}(?:通讯员\s?|记者\s?)?[\u4e00-\u9fff·]{2,4}){0,5})"
)
_REPORTER_END = re.compile(r"(?:发自|报道|摄影|[摄文图]$|从|在|从).*$")
_SIGNED = re.compile(
    r"[(\uff08]\s{0,2}(?:文/|"
    r"作者[:\uff1a]?\s?)?(?P<names>[\u4e00-\u9fff]{2,4}(?:[\s、]{1,3}[\u4e00-\u9fff]{2,4}){0,4})(?:\s{1,3}[\u4e00-\u9fff]{2,6}(?:报道|电|讯))?\s{0,2}[)\uff09]\s{0,2}$"
)
_WESTERN = re.compile(
    r"(?:^|[|•·⋅–—]\s|\d,?\s|uhr\s)(?:(?:written|posted|reported|published)\s)?(?:by|von|par|por|"
    r"di)\s{0,2}:?\s(?P<name>[^\W\d_a-z][^|•·⋅–—]{1,80})|"
    r"^(?:authors?|autor(?:in)?|written by|auteur|verfasser)\s{0,2}:\s{0,2}(?P<labelled>[^|•·⋅–—]{2,80})|"
    r"^(?:by|von):?\s(?P<handle>\S{3,30})$",
)
# The first letters of what is no name, also where a flattened element glued the name to them (ByJane Doe).
_SMALL_BY = re.compile(
    r"(?<!\w)(?:(?:By|Von|Par|Por|Di)(?:(?=[A-Z][a-z])|\b)|BY\b|VON\b|(?:Written|Posted|Reported|Published|Authors?|"
    r"Autor(?:in)?|Auteur|Verfasser|AUTHOR)\b)\s?"
)
# One cheap look at each line; most have no word of these.
_HINT = re.compile(r"[作撰执主楼博提文来來源出转稿责責编編审指、]|[\u4e00-\u9fff] [\u4e00-\u9fff]")
# Plain words are looked for in a fraction of the time that a pattern of them takes.
_WESTERN_HINTS = ("By", "by", "BY", "von", "Von", "VON", "uthor", "utor", "erfasser", "UTHOR", "par ", "Par ", "por ", "Por ", "di ", "Di ")
_MARKS = (":", "\uff1a", "/", "\uff0f", "|", "\uff5c", "丨", "By ", "by ", "von ")
_MAX_LINE = 160
_MAX_WESTERN = 120
_OPENING, _CLOSING = 90, 60
_OPENING_LINES = 4
_HAN_GAPS = re.compile(r"[\s、/]+")
_FIRST = re.compile(r"[\s、/,\uff0c)\uff09]")


class Named(NamedTuple):
    """Names in one role, and the line they stand in."""

    role: Role
    names: tuple[str, ...]
    text: str


def read_lines(lines: Iterable[str]) -> list[Named]:
    """What lines around title and body name, in order; long ones are running text and are not read."""
    found = []
    for line in lines:
        if 4 <= len(line) <= _MAX_LINE and _may_name(line):
            found += _labelled(line)
    return found


def _may_name(line: str) -> bool:
    if not line.isascii() and _HINT.search(line):
        return True
    if "By" in line or "by " in line or "BY" in line or "on " in line or "ON " in line or "utor" in line or "uthor" in line:
        return True
    return "ar " in line or "or " in line or "Di " in line or "ource" in line or "uelle" in line or "erfasser" in line or "UTHOR" in line


def _labelled(line: str) -> list[Named]:
    found: list[Named] = []
    if any(mark in line for mark in _MARKS):
        if not line.isascii() and (match := _AUTHOR.search(line)):
            found += _named("author", _people(match["name"] or match["slashed"]), line)
        lowered = line.lower()
        for role, pattern, cues in _SINGLE:
            if any(cue in lowered for cue in cues) and (match := pattern.search(line)):
                groups = match.groupdict()
                value = groups.get("name") or groups.get("other") or groups.get("german") or ""
                name = _NEXT_LABEL.sub("", value).strip(" /-·,:") if groups.get("name") else ", ".join(split_people(value)) or value.strip()
                found += _named(role, [name] if role == "source" or is_name(name) else [], line)
    if not found and len(line) <= _MAX_WESTERN:
        found += _named("author", only_people(line) or _western(line), line)
    return found


_SINGLE: tuple[tuple[Role, re.Pattern[str], tuple[str, ...]], ...] = (
    ("source", _SOURCE, ("源", "处", "自", "ource", "uelle")),
    ("editor", _EDITOR, ("编", "編", "ted by")),
    ("reviewer", _REVIEWER, ("审", "指导", "ewed by", "ft von")),
)
"""Roles of one name or office, with their patterns, and plain texts in lower case one of which is in every match."""


def _named(role: Role, names: Sequence[str], line: str) -> list[Named]:
    kept = tuple(name for name in names if 1 < len(name) <= 60)
    return [Named(role, kept, line)] if kept else []


def _people(text: str) -> list[str]:
    """Names behind a label, up to the next label; of Chinese ones those behind the first only while they look like names."""
    names = split_people(_NEXT_LABEL.sub("", text))
    people = [name for name in names if is_chinese_person(name)]
    if not names or (people and len(names[0]) > 4 and not is_chinese_person(names[0])):
        return people
    return [names[0], *(name for name in names[1:] if is_chinese_person(name) or name.isascii())]


def _western(line: str) -> list[str]:
    """The names of a line such as `By Jane Doe | 3 May 2024`."""
    if not any(hint in line for hint in _WESTERN_HINTS):
        return []
    plain = line if line[:1].isupper() else line[:1].upper() + line[1:]
    match = _WESTERN.search(_SMALL_BY.sub(lambda word: f"{word[0].lower()} ", plain, count=2))
    if not match:
        return []
    names = split_people(match["name"] or match["labelled"] or match["handle"])
    return [name for name in names if len(name.split()) <= 5]


def read_reporters(body: Sequence[str]) -> Named | None:
    """Reporters whom the body's first lines or its last one name: `(记者 张三)`, `本报记者张三 北京报道`, a name in brackets at the end."""
    closing = body[-1][-_CLOSING:]
    for text in (*(line[:_OPENING] for line in body[:_OPENING_LINES]), closing):
        if ("记" in text or "通讯员" in text) and (match := _REPORTER.search(text)):
            behind = text[match.start("names") : match.start("names") + 24]
            if names := _reporters(match["names"], behind):
                return Named("author", tuple(names), text)
    if match := _SIGNED.search(closing):
        names = [name for name in _HAN_GAPS.split(match["names"]) if is_chinese_person(name) and not is_office(name)]
        if names:
            return Named("author", tuple(names), match[0])
    return None


def _reporters(text: str, behind: str) -> list[str]:
    """Names of reporters; a run of characters without a space is cut where its verb begins (罗科苏盈发自北京)."""
    first = _FIRST.split(behind, maxsplit=1)[0]
    cut = _REPORTER_END.sub("", first)
    if len(cut) > 4 or (cut != first and len(cut) >= 2):
        return [cut] if is_chinese_person(cut) or 2 <= len(cut) <= 4 else []
    names = [name.removeprefix("通讯员").removeprefix("记者") for name in _HAN_GAPS.split(text)]
    return [name for name in dict.fromkeys(names) if is_chinese_person(name)]
