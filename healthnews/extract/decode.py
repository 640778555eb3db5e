"""From bytes to text: the charset cascade, and what makes a payload unusable."""

import codecs
import re
from dataclasses import dataclass
from functools import cache

from healthnews.errors import PageError

_MAGIC = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF-": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "gzip data",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x7fELF": "a program",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
}
# UTF-32 first: its little-endian mark begins with UTF-16's.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_META_CHARSET = re.compile(rb"<(?:meta|\?xml)\b[^>]{0,300}?\b(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,20})", re.I)
_META_BYTES = 4096
_CHINESE_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "big5": "big5hkscs", "iso8859-1": "cp1252", "ascii": "utf-8"}

# About the 150 most frequent characters of each script: right decodings of Chinese hit them with 30-50 %, wrong ones with 1-8 %.
_FREQUENT = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着"
    "等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正"
    "心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老"
    "頭基資邊流路級少圖山統接知較將組見計別她手角期根論運農指幾區強放決西被做必戰先回則任取據處理世車這個國為來們時說產種後會發動過學經進著"
    "電裡實體機當點從業應開還關點內數問變條沒結題黨員設長醫療保險費病健康卡缴报销额账户職"
)
_SAMPLE = 1500
_MAX_BAD = 0.05
"""Share of undecodable characters among those that are not ASCII; a page cut by its server at many places stays far below."""
_MIN_SCORE = 0.05
_NUL_SHARE = 0.001
_UTF16_LEAST_NULS = 4
_UTF16_SAMPLE = 8192
_UTF16_MIN_SCORE = 0.2
_DECLARED_BONUS = 0.1
_LATIN_MOJIBAKE = re.compile(r"[\u00c2-\u00ef][\u0080-\u00bf\u0152-\u0178\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{1,2}")
_CJK = re.compile(r"[\u3400-\u9fff]+")
_ASCII = re.compile(r"[\x00-\x7f]+")
_MOJIBAKE_SAMPLE = 200_000
_OPEN_TAG_AT_END = re.compile(r"<[a-zA-Z/!?][^<>]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A payload as text, with the evidence for the choice of its charset.

    Attributes:
        text: The text, without a byte order mark.
        charset: Python's name of the charset.
        evidence: `bom`, `utf16_nuls`, `strict_utf8`, `declared` or `scored`.
        declared: Charsets that the header and the page named, in that order, as Python names them.
        score: Share of plausible characters among those beyond ASCII, 0 to 1; 1 where bytes left no choice.
    """

    text: str
    charset: str
    evidence: str
    declared: tuple[str, ...] = ()
    score: float = 1.0


def decode(payload: bytes, content_type: str = "") -> Decoded:
    """Text of a payload.

    Cascade: byte order mark, UTF-16 shown by its NULs, strict UTF-8, then the best scored of declared, UTF-8 with faults, gb18030 and big5.

    Raises:
        PageError: `empty`, `binary`, `truncated` (UTF-8 ends inside a character) or `bad_encoding` (nothing fits, or mojibake).
    """
    _refuse_unreadable(payload)
    declared = _declared_charsets(payload, content_type)
    decoded = _decode_marked(payload, declared) or _decode_utf8(payload, declared) or _decode_scored(payload, declared)
    if not decoded.text.strip():
        raise PageError("empty", f"{len(payload)} bytes hold white space only.")
    _refuse_mojibake(decoded)
    return decoded


def require_whole_html(html: str) -> None:
    """Refuse HTML that ends inside a tag, a comment or a script, as an interrupted download does.

    Raises:
        PageError: `truncated`.
    """
    if html.rfind("<") > html.rfind(">") and (tag := _OPEN_TAG_AT_END.search(html, html.rfind("<"))):
        raise PageError("truncated", f"The page ends inside a tag: {tag[0][:40]!r}.")
    for opening, closing in (("<!--", "-->"), ("<script", "</script"), ("<style", "</style")):
        start = html.rfind(opening)
        # An author who forgot the end still wrote </body>; a cut page did not get that far.
        if start >= 0 and html.find(closing, start) < 0 and "</body" not in html[start:] and "</html" not in html[start:]:
            raise PageError("truncated", f"The page ends inside {opening!r} opened at character {start}.")


def _refuse_unreadable(payload: bytes) -> None:
    if not payload.strip():
        raise PageError("empty", f"{len(payload)} bytes, none of them text.")
    for magic, kind in _MAGIC.items():
        if payload.startswith(magic):
            raise PageError("binary", f"The payload is {kind}, not text.")


def _charset_name(label: str) -> str | None:
    """Python's name of a declared charset, widened to what is really served under it; None when unknown or no text encoding."""
    try:
        codec = codecs.lookup(label)
        "".encode(codec.name)
    except (LookupError, ValueError, UnicodeError):
        return None
    return _CHINESE_SUPERSETS.get(codec.name, codec.name)


def _declared_charsets(payload: bytes, content_type: str) -> tuple[str, ...]:
    labels = [m[1] for m in [_HEADER_CHARSET.search(content_type)] if m]
    labels += [m[1].decode("ascii", "replace") for m in [_META_CHARSET.search(payload[:_META_BYTES])] if m]
    names = (_charset_name(label) for label in labels)
    return tuple(dict.fromkeys(name for name in names if name))


def _decode_marked(payload: bytes, declared: tuple[str, ...]) -> Decoded | None:
    """The text if a byte order mark or the NULs of UTF-16 tell the charset.

    Raises:
        PageError: `binary` when there are NULs that UTF-16 does not explain.
    """
    for mark, charset in _BOMS:
        if payload.startswith(mark) and charset != "utf-8":
            return Decoded(text=_decode_wide(payload[len(mark) :], charset), charset=charset, evidence="bom", declared=declared)
    if payload.startswith(codecs.BOM_UTF8):
        utf8 = _decode_utf8(payload[len(codecs.BOM_UTF8) :], declared)
        return utf8 and Decoded(text=utf8.text, charset="utf-8", evidence="bom", declared=declared)
    nuls = payload.count(0)
    if nuls <= len(payload) * _NUL_SHARE:
        return None
    if nuls >= _UTF16_LEAST_NULS and (order := _utf16_order(payload)):
        return Decoded(text=_decode_wide(payload, order), charset=order, evidence="utf16_nuls", declared=declared)
    raise PageError("binary", f"{nuls} of {len(payload)} bytes are NUL and UTF-16 does not explain them.")


def _utf16_order(payload: bytes) -> str | None:
    """The byte order in which a payload without a mark is plausible UTF-16, if there is one.

    The place of the NULs does not tell: 一 is U+4E00, half of it a NUL.
    """
    scores = {}
    for charset in ("utf-16-le", "utf-16-be"):
        text = payload[:_UTF16_SAMPLE].decode(charset, "ignore")
        scores[charset] = -1.0 if "\0" in text else _plausibility(text)
    best = max(scores, key=lambda charset: scores[charset])
    return best if scores[best] > _UTF16_MIN_SCORE else None


def _decode_wide(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset)
    except UnicodeDecodeError as error:
        if error.reason in ("truncated data", "unexpected end of data"):
            raise PageError("truncated", f"The {charset} text ends inside a character.") from error
        raise PageError("bad_encoding", f"The payload is marked as {charset}, but byte {error.start} is not: {error.reason}.") from error


def _decode_utf8(payload: bytes, declared: tuple[str, ...]) -> Decoded | None:
    try:
        return Decoded(text=payload.decode("utf-8"), charset="utf-8", evidence="strict_utf8", declared=declared)
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.end == len(payload):
            raise PageError("truncated", f"The UTF-8 text ends inside a character at byte {error.start}.") from error
    return None


def _decode_scored(payload: bytes, declared: tuple[str, ...]) -> Decoded:
    best: Decoded | None = None
    for charset in dict.fromkeys((*declared, "utf-8", "gb18030", "big5hkscs")):
        text = payload.decode(charset, "replace")
        score = _plausibility(text) + (_DECLARED_BONUS if charset in declared else 0.0)
        if best is None or score > best.score:
            evidence = "declared" if charset in declared else "scored"
            best = Decoded(text=text, charset=charset, evidence=evidence, declared=declared, score=min(score, 1.0))
    assert best is not None  # the tuple of charsets is never empty
    if best.score < _MIN_SCORE + (_DECLARED_BONUS if best.evidence == "declared" else 0.0):
        raise PageError("bad_encoding", f"No charset fits: {best.charset} is the best with a plausibility of {best.score:.2f}.")
    return best


@cache
def _character_score(character: str) -> float:
    if character in _FREQUENT or "\u3001" <= character <= "\u3011" or character in "\uff0c\uff1f\uff01\uff1a\uff1b\uff08\uff09":
        return 1.0
    if character == "\ufffd" or "\x80" <= character <= "\x9f" or "\ue000" <= character <= "\uf8ff":
        return -2.0
    if "\u00c0" <= character <= "\u024f" or "\u0370" <= character <= "\u052f":
        return 0.3
    return 0.1


def _plausibility(text: str) -> float:
    """Mean score of the characters beyond ASCII: near .4 for Chinese decoded rightly, below .15 otherwise."""
    beyond = _ASCII.sub("", text)
    if not beyond:
        return 0.5
    bad = text.count("\ufffd")
    if bad > len(beyond) * _MAX_BAD and bad > 2:
        return -1.0
    sample = beyond[:: max(1, len(beyond) // _SAMPLE)]
    return sum(map(_character_score, sample)) / len(sample)


def _refuse_mojibake(decoded: Decoded) -> None:
    """Refuse text that an earlier hand decoded wrongly, saved as valid text.

    Three kinds: replacement characters saved as such, UTF-8 read as Latin-1, UTF-8 read as GBK.
    """
    text = decoded.text
    beyond = _ASCII.sub("", text[:_MOJIBAKE_SAMPLE])
    cjk = len(beyond) - len(_CJK.sub("", beyond))
    lost = text.count("\ufffd") + 3 * text.count("锟斤拷")
    if lost > 20 and lost > (cjk + lost) * _MAX_BAD * 2:
        raise PageError("bad_encoding", f"{lost} characters were lost before the page was saved (U+FFFD or 锟斤拷).")
    latin = len(_LATIN_MOJIBAKE.findall(text[:_MOJIBAKE_SAMPLE])) if cjk < len(beyond) / 2 else 0
    if latin > 20 and latin > cjk:
        raise PageError("bad_encoding", f"{latin} pairs such as å… show UTF-8 that was read as Latin-1 and saved again.")
    if cjk > 20 and _read_as_gbk(text):
        raise PageError("bad_encoding", "The Chinese characters are UTF-8 that was read as GBK and saved again.")


def _read_as_gbk(text: str) -> bool:
    """Whether encoding the text's Chinese as GBK gives UTF-8: chance does not do that over dozens of characters."""
    runs = re.findall(r"[\u3400-\u9fff\ue000-\uf8ff]{4,}", text[:50_000])[:40]
    good = 0
    for run in runs:
        # A run may start or end inside a character of the original: the outer bytes do not count.
        repaired = run.encode("gb18030").decode("utf-8", "ignore")
        chinese = len(repaired) - len(_CJK.sub("", repaired))
        good += chinese > 0 and chinese * 3 >= len(run) * 2 - 4
    return bool(runs) and good > len(runs) * 0.6
