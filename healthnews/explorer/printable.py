"""Texts of strangers made fit to print: no control characters, no spoofed direction, no endless line, no dangerous address."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from healthnews.language.normalise import fold_spaces
from healthnews.records import MonthCount

MAX_TITLE_CHARS = 80
MAX_SENTENCE_CHARS = 600
MAX_URL_CHARS = 2_000
_MAX_MARKS = 2
_UNPRINTED = frozenset({"Cc", "Cf", "Cs", "Co"})
"""Unicode categories of control, format (zero width, direction), surrogate and private-use characters."""


def printable(text: str, max_chars: int = MAX_SENTENCE_CHARS) -> str:
    """A text on one line, without characters that show nothing or change what stands beside them, cut with … when too long.

    Of combining marks at most two in a row stay: towers of them reach over other lines.
    """
    kept: list[str] = []
    marks = 0
    for character in " ".join(text[: 4 * max_chars].split()):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category not in _UNPRINTED and marks <= _MAX_MARKS:
            kept.append(character)
    words = fold_spaces("".join(kept))
    return words if len(words) <= max_chars and len(text) <= 4 * max_chars else f"{words[: max_chars - 1]}…"


def title_text(title: str) -> str:
    """A title fit to print; one that shows nothing is said to be none."""
    return printable(title, MAX_TITLE_CHARS) or "\uff08无标题\uff09"


def cut_at_cue(sentence: str, start: int, end: int) -> tuple[str, str, str]:
    """A sentence fit to print as what stands before, in and after its telling words.

    Args:
        sentence: The sentence, verbatim.
        start: Start of the words, counted from that of the sentence; words that lie outside of it are none.
        end: Their end, exclusive.
    """
    if not 0 <= start < end <= len(sentence):
        return printable(sentence), "", ""
    return tuple(_keeping_edges(part) for part in (sentence[:start], sentence[start:end], sentence[end:]))  # type: ignore[return-value]


def _keeping_edges(part: str) -> str:
    """Printable, but a space between Latin words at the edge of a part stays."""
    words = printable(part)
    before = " " if part[:1].isspace() and words else ""
    after = " " if part[-1:].isspace() and words else ""
    return f"{before}{words}{after}"


def link(url: str | None) -> str | None:
    """An address that may be linked: http or https with a host, no script, no data, no file; else None."""
    if url is None or len(url) > MAX_URL_CHARS or url != printable(url, MAX_URL_CHARS):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def day_text(date: str | None) -> str:
    """The day of a date as `date_text` of the dataset gives it; empty when there is none."""
    return printable(date or "", 40)[:10]


def month_label(count: MonthCount) -> str:
    """A month as printed; what has none is said to have none."""
    return printable(count.month, 10) if count.month else "无日期"
