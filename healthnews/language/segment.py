"""Chinese text cut into blocks, sentences and clauses, every piece by its place in the text and never by copy.

Marks are read in their half-width forms alone: callers fold with `normalise.half_width`, which moves no offset.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

_HAN = r"\u3400-\u9fff"
_MARKER = re.compile(
    r"[\s•·●◆■▪★☆➤→*]*"
    r"(?:(?:[-–—]\s+|第[一二三四五六七八九十]+[、,]\s*|\([一二三四五六七八九十\d]{1,3}\)[、.]?\s*|[①-⑳]\s*|"
    r"[一二三四五六七八九十]{1,3}、\s*"
    r"|\d{1,2}(?:、|\.(?!\d)|\))\s*)[\s•·●]*)?"
)
# A full stop counts only between 汉字, never in 2.5 or APP.exe.
_STOP = re.compile(rf"[。!?;…]+[”’」』】》)\"]*|(?<=[{_HAN}])\.(?=[{_HAN}\s]|$)")
_INLINE_MARKER = re.compile(
    rf"\s(?=(?:[一二三四五六七八九十]{{1,3}}、|\([一二三四五六七八九十]{{1,3}}\)|\d{{1,2}}(?:、|\.(?!\d))\s*[{_HAN}]|[①-⑳]))"
)
_LOST_BREAK = re.compile(rf"(?<=[{_HAN}A-Za-z)”])[ \t]+(?=[{_HAN}“A-Za-z])")
# A chunk that ends in one of these goes on after the space: bold words inside a sentence are flattened the same way.
_GOES_ON = re.compile(
    r"(?:[在为是于的和与或约达按从至到由将需可及即向对把被让给较超满]|包括|如下|主要|通常|一般|以及|还有|例如|属于|选择|"
    r"建议)$"
)
_CLAUSE_MARK = re.compile(r"(?<!\d),|,(?!\d{3}(?!\d))|[。!?;:…()]")

MAX_HEADING_CHARS = 20
"""A block or chunk without closing punctuation and no longer than this is read as a heading."""


class Span(NamedTuple):
    """A half-open range of Unicode code points."""

    start: int
    end: int


def split_blocks(text: str) -> list[Span]:
    """Lines that hold more than white space, in order."""
    spans: list[Span] = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            spans.append(Span(start, start + len(line)))
        start += len(line) + 1
    return spans


def split_sentences(text: str, block: Span | None = None, *, flattened: bool = False) -> list[Span]:
    """Sentences of a text or of one block of it, in order, without list numbers and white space at their ends.

    Args:
        text: The text that the offsets point into.
        block: The part to cut; by default all of it, line by line.
        flattened: Spaces may be lost line breaks: a short chunk that opens a sentence and is followed by a space is cut off.
    """
    spans: list[Span] = []
    for part in [block] if block is not None else split_blocks(text):
        position = part.start
        for cut in _cuts(text, part, flattened):
            _append_trimmed(text, position, cut, spans)
            position = cut
        _append_trimmed(text, position, part.end, spans)
    return spans


def _cuts(text: str, part: Span, flattened: bool) -> list[int]:
    """Positions inside a part where one sentence ends and the next begins."""
    cuts = {match.end() for match in _STOP.finditer(text, part.start, part.end)}
    if flattened:
        cuts.update(match.end() for match in _INLINE_MARKER.finditer(text, part.start, part.end))
        before = sorted(cuts)
        opened = part.start
        for match in _LOST_BREAK.finditer(text, part.start, part.end):
            at = bisect_right(before, match.start())
            opened = max(opened, before[at - 1] if at else part.start)
            marker = _MARKER.match(text, opened, match.start())
            chunk = text[marker.end() if marker else opened : match.start()].strip()
            if 2 <= len(chunk) <= MAX_HEADING_CHARS and not _GOES_ON.search(chunk) and not _LIST_OPENER.search(chunk):
                cuts.add(match.end())
                opened = match.end()
    return sorted(cut for cut in cuts if part.start < cut < part.end)


# Digits, an open bracket or a leading comma: bold words in a sentence, not a heading that lost its line break.
_LIST_OPENER = re.compile(r"^[,、)]|[“(][^”)]*$|\d")


def _append_trimmed(text: str, start: int, end: int, spans: list[Span]) -> None:
    marker = _MARKER.match(text, start, end)
    if marker:
        start = marker.end()
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append(Span(start, end))


def split_clauses(text: str, sentence: Span) -> list[Span]:
    """Clauses of a sentence: the parts between commas, colons and brackets; a comma inside 18,192 does not count."""
    clauses: list[Span] = []
    position = sentence.start
    for match in _CLAUSE_MARK.finditer(text, sentence.start, sentence.end):
        if text[position : match.start()].strip():
            clauses.append(Span(position, match.start()))
        position = match.end()
    if text[position : sentence.end].strip():
        clauses.append(Span(position, sentence.end))
    return clauses


def is_heading(text: str, sentence: Span) -> bool:
    """Whether a block reads as a heading: short, no closing punctuation, no comma."""
    words = text[sentence.start : sentence.end]
    return len(words) <= MAX_HEADING_CHARS and not re.search(r"[。!?;,]", words)


def is_finished(text: str, sentence: Span) -> bool:
    """Whether a sentence ends in closing punctuation: a cut snippet's last one often does not."""
    return text[sentence.end - 1] in "。!?;”)…"
