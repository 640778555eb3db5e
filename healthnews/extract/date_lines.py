"""Dates that a page shows its readers: which lines name the article's own, and how far each can be trusted by its place and words."""

import re
from collections.abc import Iterator, Sequence, Set
from datetime import datetime
from typing import Literal, NamedTuple

from healthnews.extract.blocks import Block, Flat
from healthnews.extract.boilerplate import COMMENT_HEADING, link_density
from healthnews.extract.calendar_words import MONTHS
from healthnews.extract.dates import Dated, DateStyle, Reading, Refusal, has_date, read_dates

PUBLISHED_CUE = re.compile(
    r"(?:发[布表稿]|刊[发登]|上传|创建|添加|录入|成文|生成|发文|印发|公布|提问|编辑|出版|首发|"
    r"發[佈布表])\s{0,3}(?:时间|日期|時間|于|於|[:\uff1a])|"
    r"(?:^|[^\u4e00-\u9fff])(?:时\s{0,3}间|日\s{0,3}期|時間)\s{0,3}[:\uff1a]|"
    r"(?<!\w)(?:first published|published|posted|veröffentlicht|erschienen|publié|publicado|"
    r"date)(?: date)?(?:\s{0,2}:|\s(?:on|at|am)\b|\s|$)",
    re.I,
)
MODIFIED_CUE = re.compile(
    r"(?:更新|修[改订]|编辑)(?:时间|日期|于|[:\uff1a])|(?<!\w)(?:last |zuletzt |latest )?(?:updated|modified|reviewed|"
    r"revised|edited|aktualisiert|geändert|bearbeitet|actualizado|mis à jour)\b|"
    r"(?<!\w)stand:",
    re.I,
)
_ANY_CUE = re.compile(
    r"来源|來源|作者|记者|编辑|责编|浏览|点击|阅读|字号|字体|人气|访问|评论|供稿|文号|(?<!\w)(?:by|von|min read|"
    r"author|comments?|views|uhr)(?!\w)|[|·•]",
    re.I,
)
_NOT_PUBLISHED = re.compile(
    r"今天是|今日是|现在是|现在时间|当前时间|当前日期|北京时间|系统时间|服务器时间|有效期|截止|截至|注册时间|注册于|"
    r"注册日期|最后登录|上次登录|加入时间|会议时间|活动时间|报名|考试时间|面试时间|开始时间|结束时间|开庭|"
    r"成立于|成立时间|生于|出生|施行|生效|实施日期|失效|起至|执行时间|copyright|©|版权|\(c\)|all rights|备案|ICP|证号|"
    r"许可证|回复于|回复时间|最后回复|最后发表|joined|member since|"
    r"born|founded|expires?|deadline|event date|valid until|accessed",
    re.I,
)
_SENTENCE = re.compile(r"[。;!?\uff1b\uff01\uff1f]|[,\uff0c].{0,80}[,\uff0c]|[a-z]\. [A-Z]")
_DATE_CHARACTERS = re.compile(
    r"[\d\s〇零○一二三四五六七八九十年月日号时分秒:\uff1a./\-()\uff08\uff09\[\]【】|,T+Z]|星期[一二三四五六日天]|"
    r"周[一二三四五六日天]|[上下]午"
)
_LETTERS = re.compile(r"[^\W\d_]{3,10}")
_HINT = re.compile(r"[年月前昨今刚周\uff11\uff12]")
_FIGURES = re.compile(r"\d[-/]\d")
_LEAST_LINE, _MAX_LINE = 4, 200
_SHORT_LINE = 60
_NEAR_LINE = 100
_MAX_PIECE = 24
_MAX_SIGNATURE = 40
_SIGNED = re.compile(r"[年.\-/]\s?[\d一二三四五六七八九十]{1,3}\s?[月.\-/]\s?[\d一二三四五六七八九十廿]{1,3}\s?日?\s*$")
_LINKS = 0.4
_BEFORE_TITLE = 6
_MAX_HEAD = 40
_MAX_HEADING = 40
_COMMENTS = re.compile(r"[论言帖复句]|omment|epl|OMMENT|EPL")
_NEAR_BODY = 12
_TAIL = 14
_TAIL_INSIDE = 4
_NEAR_FIRST = 6
_INSIDE = 0.63
_CLEAR = 0.75
_MAX_SCAN = 600
_MAX_FOUND = 12


class DateLine(NamedTuple):
    """A line that names a date of the article.

    Attributes:
        reading: The date, or why it is refused.
        role: What it is the date of.
        trust: How far it can be trusted, 0 to 1.
        text: The line's words around it, as shown.
        block: Index of its block.
    """

    reading: Reading
    role: Literal["published", "modified"]
    trust: float
    text: str
    block: int


class Places(NamedTuple):
    """Where an article stands among the blocks of its page.

    Attributes:
        title: Block of the title, if one shows it.
        body: Blocks of the body, in order.
        others: Blocks of related lists.
    """

    title: int | None
    body: Sequence[int]
    others: Set[int]


def head_range(places: Places) -> range:
    """Blocks around the title and before the body, where pages put date, source and people."""
    first = places.body[0]
    anchor = places.title if places.title is not None and places.title <= first else max(0, first - _NEAR_BODY)
    # Where the title is far above, what counts stands beside the body, the beginning beside the title is the site's.
    return range(max(0, anchor - _BEFORE_TITLE), min(first, anchor + _MAX_HEAD) + 1)


def tail_range(flat: Flat, places: Places) -> list[int]:
    """The last blocks of the body and those behind it, up to comments."""
    last = places.body[-1]
    inside = [i for i in places.body[-_TAIL_INSIDE:] if i > places.body[0]]
    behind = []
    for index in range(last + 1, min(len(flat.blocks), last + _TAIL)):
        text = flat.blocks[index].text
        if len(text) <= _MAX_HEADING and _COMMENTS.search(text) and COMMENT_HEADING.match(text):
            break
        behind.append(index)
    return inside + behind


def find_date_lines(flat: Flat, places: Places, style: DateStyle, fetched_at: datetime) -> list[DateLine]:
    """Lines that name the article's date, around title and body; elsewhere on the page only if there are none."""
    found = [line for index in head_range(places) if (line := _head_line(flat, index, places, style, fetched_at))]
    if not found and (split := _split_line(flat, places, style, fetched_at)):
        found.append(split)
    if not any(line.trust > _CLEAR for line in found):
        found += _lines_inside(flat, places, style, fetched_at)
    if not any(line.trust > _CLEAR for line in found):
        found += [line for index in tail_range(flat, places) if (line := _tail_line(flat, index, places, style, fetched_at))]
    if not any(line.reading.dated for line in found):
        found += _lines_elsewhere(flat, places, style, fetched_at)
    return found


def _may_be_dated(text: str) -> bool:
    """A cheap look that spares most lines the reading."""
    if not _LEAST_LINE <= len(text) <= _MAX_LINE:
        return False
    if "20" in text or "19" in text or _HINT.search(text):
        return True
    if ("-" in text or "/" in text) and _FIGURES.search(text):
        return True
    return " ago" in text or "vor " in text or "esterday" in text or "gestern" in text


def _head_line(flat: Flat, index: int, places: Places, style: DateStyle, fetched_at: datetime) -> DateLine | None:
    block = flat.blocks[index]
    if index in places.others or not _may_be_dated(block.text):
        return None
    read = _read_line(block.text, style, fetched_at)
    if read is None:
        return None
    reading, role, is_told, text = read
    first, title = places.body[0], places.title
    if title is None or title > first:
        trust = 0.68 if first - index <= 3 else 0.58
    elif index < title:
        trust = 0.6 if title - index <= 2 else 0.48
    else:
        trust = 0.8 - 0.005 * (index - title)
    if index == first and not is_told and ((len(block.text) > _SHORT_LINE and reading.start > 12) or _SENTENCE.search(block.text)):
        return None
    trust += _wording(block, reading, is_told=is_told)
    if _is_listed(flat.blocks, index) and not (title is not None and 0 <= index - title <= 3):
        trust -= 0.35
    return _line(reading, role, trust, text, index)


def _split_line(flat: Flat, places: Places, style: DateStyle, fetched_at: datetime) -> DateLine | None:
    """A date that is laid out as several lines or spans of figures (13 over 2024-05), between title and body."""
    first = places.body[0]
    start = places.title + 1 if places.title is not None and places.title < first else max(0, first - _BEFORE_TITLE)
    pieces: list[str] = []
    for index in range(start, min(first, start + _BEFORE_TITLE)):
        block = flat.blocks[index]
        if len(block.text) <= _MAX_PIECE and _is_sole_date(block.text):
            pieces += [part.text.strip() for part in block.parts]
        elif pieces:
            break
    if not 2 <= len(pieces) <= 5:
        return None
    text = " ".join(pieces)
    reading = next(iter(read_dates(text, fetched_at, style)), None)
    return _line(reading, "published", 0.75, text, start) if reading and reading.dated and reading.dated.is_complete else None


def _lines_inside(flat: Flat, places: Places, style: DateStyle, fetched_at: datetime) -> list[DateLine]:
    """Date lines under the first words of the body, and the first one in it that says so: of a thread it is that of its first post."""
    first, last = places.body[0], places.body[-1]
    found: list[DateLine] = []
    for index in range(first + 1, last + 1):
        text = flat.blocks[index].text
        is_near = index <= first + _NEAR_FIRST
        if len(text) > (_NEAR_LINE if is_near else _SHORT_LINE) or index in places.others or not _may_be_dated(text):
            continue
        if not is_near and not ("20" in text and PUBLISHED_CUE.search(text)):
            continue
        read = _read_line(text, style, fetched_at)
        if read is None or not (read[2] or (is_near and (_is_sole_date(text) or _ANY_CUE.search(text)))):
            continue
        found.append(_line(read[0], read[1], _INSIDE + (0.1 if read[2] and is_near else 0.0), read[3], index))
        break
    return found


def _tail_line(flat: Flat, index: int, places: Places, style: DateStyle, fetched_at: datetime) -> DateLine | None:
    block = flat.blocks[index]
    if index in places.others or not _may_be_dated(block.text):
        return None
    read = _read_line(block.text, style, fetched_at)
    if read is None or _is_listed(flat.blocks, index):
        return None
    reading, role, is_told, text = read
    is_sole = _is_sole_date(block.text) or _is_signature(block.text)
    if not (is_told or is_sole or (_ANY_CUE.search(block.text) and len(block.text) <= _SHORT_LINE)) or _is_relative(reading):
        return None
    trust = (0.6 if is_told else 0.56 if is_sole else 0.5) - (0.0 if index <= places.body[-1] + 6 else 0.1)
    return _line(reading, role, trust, text, index)


def _lines_elsewhere(flat: Flat, places: Places, style: DateStyle, fetched_at: datetime) -> list[DateLine]:
    inside = set(places.body[1:])
    found = []
    for index, block in enumerate(flat.blocks[:_MAX_SCAN]):
        text = block.text
        if ("20" not in text and "19" not in text) or len(text) > _SHORT_LINE or index in inside or index in places.others:
            continue
        if not _may_be_dated(text) or (read := _read_line(text, style, fetched_at)) is None or _is_listed(flat.blocks, index):
            continue
        reading, role, is_told, words = read
        if is_told or _is_sole_date(text):
            found.append(_line(reading, role, 0.5 if is_told else 0.35, words, index))
        if len(found) >= _MAX_FOUND:
            break
    return found


def _line(reading: Reading, role: Literal["published", "modified"], trust: float, text: str, index: int) -> DateLine:
    dated = reading.dated
    if dated and not dated.is_complete:
        trust = min(trust, 0.5)
    return DateLine(reading, role, max(0.0, min(0.95, trust)), text, index)


def _read_line(text: str, style: DateStyle, fetched_at: datetime) -> tuple[Reading, Literal["published", "modified"], bool, str] | None:
    """The article's date in a line, what it is the date of, whether words say so, and the words."""
    readings = read_dates(text, fetched_at, style)
    if not readings:
        return None
    cues: list[tuple[re.Match[str], Literal["published", "modified"]]] = []
    if cue := PUBLISHED_CUE.search(text):
        cues.append((cue, "published"))
    if cue := MODIFIED_CUE.search(text):
        cues.append((cue, "modified"))
    for cue, role in cues:
        behind = text[cue.end() : cue.end() + _SHORT_LINE]
        reading = next(iter(read_dates(behind, fetched_at, style)), None)
        if reading and reading.start <= 16 and not _NOT_PUBLISHED.search(text[: cue.end() + reading.start]):
            return reading._replace(start=reading.start + cue.end()), role, True, text
    for reading in readings:
        if _is_excluded(text, reading):
            continue
        role = "modified" if MODIFIED_CUE.search(text[: reading.start]) else "published"
        return reading, role, False, text
    return None


def _is_excluded(text: str, reading: Reading) -> bool:
    """Whether the words say that it is another date, or a relative one that is no line of its own."""
    if _NOT_PUBLISHED.search(text[: reading.start + 12]):
        return True
    dated = reading.dated
    return bool(dated and not dated.is_complete and (len(text) > _SHORT_LINE or _SENTENCE.search(text)))


def _is_relative(reading: Reading) -> bool:
    return bool(reading.dated and not reading.dated.is_complete)


def _is_signature(text: str) -> bool:
    """Whether a line is the end of a notice: an office and the day, no sentence."""
    return len(text) <= _MAX_SIGNATURE and bool(_SIGNED.search(text)) and not _SENTENCE.search(text)


def _is_sole_date(text: str) -> bool:
    return len(text) <= _SHORT_LINE and len(_DATE_CHARACTERS.sub("", _LETTERS.sub(_without_month, text))) <= 2


def _without_month(word: re.Match[str]) -> str:
    return "" if word[0].lower() in MONTHS else word[0]


def _wording(block: Block, reading: Reading, *, is_told: bool) -> float:
    text = block.text
    trust = 0.15 if is_told else 0.05 if _ANY_CUE.search(text) else 0.0
    trust += 0.03 if reading.dated and reading.dated.precision == "minute" else 0.0
    trust += 0.05 if _is_sole_date(text) else 0.0
    if len(text) > _SHORT_LINE and not is_told and reading.start > 20 and _SENTENCE.search(text):
        trust -= 0.4
    return trust


def _is_listed(blocks: Sequence[Block], index: int) -> bool:
    """Whether a date stands in a list of links: its line or a neighbour is a link and a neighbouring line is dated too."""
    block = blocks[index]
    if link_density(block) > _LINKS and not _is_sole_date(block.text):
        return True
    around = [blocks[i] for i in range(max(0, index - 3), min(len(blocks), index + 4)) if i != index]
    is_linked = any(link_density(b) > _LINKS for b in around)
    return is_linked and any(len(b.text) < _MAX_LINE and has_date(b.text) for b in around)


def related_dates(flat: Flat, others: Set[int]) -> Iterator[str]:
    """Lines of related lists that name a date."""
    return (text for index in sorted(others) if index < len(flat.blocks) and has_date(text := flat.blocks[index].text[:_MAX_LINE]))


__all__ = ["DateLine", "Dated", "Places", "Refusal", "find_date_lines", "head_range", "related_dates", "tail_range"]
