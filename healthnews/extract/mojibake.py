"""Text that an earlier hand decoded wrongly: whole pages of it, and passages in a page that is otherwise fine."""

import re
from collections.abc import Iterator

from healthnews.extract.plausible import MAX_BAD, plausibility
from healthnews.language.patterns import compile_led

_CJK_LEADS = b"\xe4\xe5\xe6\xe7\xe8\xe9"
_FIRST_CJK = re.compile(rb"\xe3[\x90-\xbf]")
# What cp1252 and Latin-1 make of the bytes 80 to BF, the continuation bytes of UTF-8.
_CONTINUATION = "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2026\u2030\u2039\u203a\u20ac\u2122"
_LATIN_PAIR = re.compile(f"[\u00c2-\u00ef][{_CONTINUATION}]{{1,2}}")
# Of these, what hardly any language writes: their share tells without a look at what stands beside them.
_ODD = re.compile(
    "[\u0080-\u009f\u00a4-\u00aa\u00ac\u00ae-\u00b6\u00b8-\u00ba\u00bc-\u00be\u0192\u02c6\u02dc\u2020\u2021\u2030\u20ac\u2122\u0152]"
)
_ODD_SHARE = 0.08
_LEAST = 20
"""Characters lost, pairs or 汉字 from which a page, not a passage, is spoilt."""
_SAMPLE = 200_000
_GBK_SAMPLE = 400
_GBK_PLAUSIBLE = 0.3
_GBK_RUNS = re.compile(r"[\u3400-\u9fff\ue000-\uf8ff]{4,}")
_GBK_SHARE = 0.6
# With the symbols that bytes of UTF-8 give as well, without the marks that cut sentences.
_GBK_PASSAGES = re.compile(r"[\u3400-\u9fff\ue000-\uf8ff\uffe0-\uffe6\u2030-\u2fff\u3012-\u33ff\ufffd]{6,}")

_LOST = r"\ufffd[\ufffd\u951f\u65a4\u62f7]*|(?:\u951f\u65a4\u62f7)+(?:\u951f\u65a4?)?|\u70eb{3,}|\u5c6f{3,}"
_LATIN_QUOTE = "\u00e2[\u0080\u20ac][\u0080-\u00bf\u0153\u02dc\u2013\u201c\u201d\u2122]"
_LATIN_HAN = f"(?:[\u00e3-\u00e9\u00ef][{_CONTINUATION}]{{2}})+"
_LATIN_LETTER = "\u00c3[\u0080-\u00a9\u00ab-\u00ba\u00bc-\u00bf\u0192\u2026\u2020\u2021]|\u00c2[\u00a2-\u00aa\u00ac-\u00ba\u00bc-\u00bf]"
# The byte order mark read as Latin-1, and as GBK, where it takes the first letter of the page with it.
_GBK_MARK_TAILS = "".join(bytes((0xBF, trail)).decode("gbk", "ignore") for trail in range(0x40, 0x7F))
_MARK_OF_ORDER = f"\u00ef\u00bb\u00bf|^\u9518(?=[\ufffd?])|^\u9518[{_GBK_MARK_TAILS}]"
_PASSAGE = compile_led(f"{_LOST}|{_LATIN_QUOTE}|{_LATIN_HAN}|{_LATIN_LETTER}|{_MARK_OF_ORDER}")
_PLAIN_MARKS = re.compile("[\u00a0\u00ab\u00b7\u00bb\u2013\u2014\u2018-\u201d\u2026]{2}")


def page_fault(text: str, beyond: str) -> str | None:
    """Why a page is mojibake from end to end, in a sentence; None when it is not.

    Three kinds: replacement characters saved as such, UTF-8 read as Latin-1, UTF-8 read as GBK.

    Args:
        text: The page.
        beyond: Its characters that are not ASCII, of the beginning at least.
    """
    cjk = _count_cjk(beyond)
    lost = beyond.count("\ufffd") + 3 * beyond.count("\u951f\u65a4\u62f7")
    if lost > _LEAST and lost > (cjk + lost) * MAX_BAD * 2:
        return f"{lost} characters were lost before the page was saved (U+FFFD or \u951f\u65a4\u62f7)."
    if cjk < len(beyond) / 2 and len(_ODD.findall(beyond)) > max(_LEAST, len(beyond) * _ODD_SHARE):
        pairs = len(_LATIN_PAIR.findall(text[:_SAMPLE]))
        if pairs > _LEAST and pairs > cjk:
            return f"{pairs} pairs such as \u00e5\u2026 show UTF-8 that was read as Latin-1 and saved again."
    if cjk > _LEAST and plausibility(beyond, _GBK_SAMPLE) < _GBK_PLAUSIBLE and _is_read_as_gbk(text):
        return "The Chinese characters are UTF-8 that was read as GBK and saved again."
    return None


def _is_read_as_gbk(text: str) -> bool:
    """Whether encoding the text's Chinese as GBK gives UTF-8: chance does not do that over dozens of characters."""
    runs = _GBK_RUNS.findall(text[:50_000])[:40]
    return bool(runs) and sum(map(_hides_utf8, runs)) > len(runs) * _GBK_SHARE


def _hides_utf8(run: str) -> bool:
    """Whether a run of 汉字 is UTF-8 read as GBK; it may start or end inside a character of the original: the outer bytes do not count."""
    hidden = _count_hidden(run)
    return hidden > 0 and hidden * 3 >= len(run) * 2 - 4


def _count_hidden(run: str) -> int:
    """Number of 汉字 that the bytes of a run give when they are read as UTF-8."""
    return _count_cjk(run.encode("gb18030", "ignore").decode("utf-8", "ignore"))


def _count_cjk(text: str) -> int:
    """Number of 汉字, U+3400 to U+9FFF; bytes are counted several times as fast as characters."""
    encoded = text.encode("utf-8", "surrogatepass")
    return len(encoded) - len(encoded.translate(None, _CJK_LEADS)) + len(_FIRST_CJK.findall(encoded))


def _gbk_signs() -> str:
    """What GBK makes of the first two bytes of a 汉字 in UTF-8: 384 rare characters, two or three of which stand in any spoilt line."""
    pairs = (bytes((lead, trail)) for lead in range(0xE4, 0xEA) for trail in range(0x80, 0xC0))
    return "".join(pair.decode("gbk", "ignore") for pair in pairs)


_GBK_SIGNS = frozenset(_gbk_signs())
_LEAST_GBK_SIGNS = 2


def _continuations() -> Iterator[str]:
    """The characters of `_CONTINUATION` one by one."""
    for first, last in re.findall(r"(.)(?:-(.))?", _CONTINUATION):
        yield from map(chr, range(ord(first), ord(last or first) + 1))


CUES = (
    "\ufffd",
    "\u951f\u65a4\u62f7",
    "\u70eb" * 3,
    "\u5c6f" * 3,
    "\u9518",
    # The first of them alone is a letter of half the languages of Europe.
    *(lead + behind for lead in "\u00c2\u00c3\u00e2\u00e3\u00e4\u00e5\u00e6\u00e7\u00e8\u00e9\u00ef" for behind in _continuations()),
    *_GBK_SIGNS,
)
"""Plain texts one of which stands in every passage of mojibake."""


def find_passages(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans of mojibake in a part of a text, in order: characters lost (U+FFFD, 锟斤拷), UTF-8 read as Latin-1 (å…¬, â€™) or as GBK."""
    spans = [match.span() for match in _PASSAGE.finditer(text, start, end) if _is_mojibake(match[0])]
    return iter(_joined(sorted([*spans, *_gbk_passages(text, start, end)])))


def _is_mojibake(found: str) -> bool:
    """Whether what looks like UTF-8 read as Latin-1 is it: é…» at the end of a quotation is not."""
    if not "\u00e3" <= found[0] <= "\u00e9" and found[0] != "\u00ef":
        return True
    if len(found) == 3 and _PLAIN_MARKS.fullmatch(found[1:]):
        return False
    raw = b"".join(_latin_byte(character) for character in found)
    return "\ufffd" not in raw.decode("utf-8", "replace")


def _latin_byte(character: str) -> bytes:
    return character.encode("latin-1") if character <= "\u00ff" else character.encode("cp1252", "replace")


def _gbk_passages(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Runs half of which is UTF-8 read as GBK: where bytes were lost on the way, the rest does not come back."""
    return [
        match.span()
        for match in _GBK_PASSAGES.finditer(text, start, end)
        if _count_signs(match[0]) >= _LEAST_GBK_SIGNS and _count_hidden(match[0]) * 3 >= len(match[0])
    ]


def _count_signs(run: str) -> int:
    return sum(character in _GBK_SIGNS for character in run)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch or overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
