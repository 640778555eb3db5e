"""From bytes to text: the charset cascade, and what makes a payload unusable."""

import codecs
import re
from dataclasses import dataclass

from healthnews.errors import PageError
from healthnews.extract.mojibake import page_fault
from healthnews.extract.plausible import MAX_BAD, beyond_ascii, plausibility

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
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "big5": "big5hkscs", "iso8859-1": "cp1252", "ascii": "utf-8"}
# Python has codecs that no page is in; some of them (idna) take quadratic time.
_PAGE_CHARSET = re.compile(
    r"utf-(?:8|16|32)(?:-[lb]e)?|gb18030|gb2312|gbk|hz|big5(?:hkscs)?|cp\d+|iso8859-\d+|ascii|shift_jis\w*|euc_\w+|johab|koi8-\w|tis-620|mac-\w+"
)
_LATIN_CHARSET = re.compile(r"cp125[0247]|iso8859-(?:[1-4]|9|1[03456])|mac-roman")
_MIN_SCORE = 0.05
_NUL_SHARE = 0.001
_UTF16_LEAST_NULS = 4
_UTF16_SAMPLE = 8192
_UTF16_MIN_SCORE = 0.2
_DECLARED_BONUS = 0.1
_MOJIBAKE_SAMPLE = 200_000
_WHOLE_SAMPLE = 16_384
_PIECES = 8
_PIECE_BYTES = 2048
_LEAST_BEYOND = 400
_MAX_CHANCE = 60
_HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uff60]")
# Bytes that are no part of a character in any charset that pages come in: there a sample can be cut.
_CUT = re.compile(rb"[>\n\r ]")
_ASCII_BYTES = bytes(range(128))
_HIGH_BYTES = bytes(range(128, 256))
_IS_HIGH = bytes(128) + b"\x01" * 128
_FEW_BAD = 2
_LATIN_PENALTY = 0.3
_SINGLE_RUN = 1.6
"""Bytes beyond ASCII that stand together, on average: 1.0 to 1.2 in Latin script, 2 to 12 in Chinese (development pages)."""
_HTML_END = re.compile(r"</(?:html|body)\b", re.IGNORECASE)
_HTML_END_BYTES = re.compile(rb"</(?:html|body)\b", re.IGNORECASE)
_TAIL = 2000
_OPEN_TAG_AT_END = re.compile(r"<[a-zA-Z/!?][^<>]*\Z")
_NOT_CLOSED = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))


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

    Cascade: byte order mark, UTF-16 shown by its NULs, strict UTF-8, then the best scored of declared, UTF-8 with faults, gb18030, big5
    and, for single letters among ASCII, cp1252.

    Raises:
        PageError: `empty`, `binary`, `truncated` (the text ends inside a character) or `bad_encoding` (nothing fits, or mojibake).
    """
    _refuse_unreadable(payload)
    declared = _declared_charsets(payload, content_type)
    decoded = _decode_marked(payload, declared) or _decode_utf8(payload, declared)
    if decoded is None or _is_chance(decoded):
        decoded = _decode_scored(payload, declared)
    if not decoded.text or decoded.text.isspace():
        raise PageError("empty", f"{len(payload)} bytes hold white space only.")
    if not decoded.text.isascii() and (fault := page_fault(decoded.text, _beyond_ascii(payload, decoded))):
        raise PageError("bad_encoding", fault)
    return decoded


def require_whole_html(html: str) -> None:
    """Refuse HTML that ends inside a tag, a comment or a script, as an interrupted download does.

    Raises:
        PageError: `truncated`.
    """
    if html.rfind("<") > html.rfind(">") and (tag := _OPEN_TAG_AT_END.search(html, html.rfind("<"))):
        raise PageError("truncated", f"The page ends inside a tag: {tag[0][:40]!r}.")
    # An author who forgot the end of a comment still wrote </body>; a cut page did not get that far.
    last = max((found.start() for found in _HTML_END.finditer(html, max(0, len(html) - _TAIL))), default=0)
    for opening, closing in _NOT_CLOSED:
        start = html.rfind(opening, last)
        if start >= 0 and html.find(closing, start) < 0 and not _HTML_END.search(html, start):
            raise PageError("truncated", f"The page ends inside {opening!r} opened at character {start}.")


def _refuse_unreadable(payload: bytes) -> None:
    if not payload or payload.isspace():
        raise PageError("empty", f"{len(payload)} bytes, none of them text.")
    for magic, kind in _MAGIC.items():
        if payload.startswith(magic):
            raise PageError("binary", f"The payload is {kind}, not text.")


def _charset_name(label: str) -> str | None:
    """Python's name of a declared charset, widened to what is really served under it; None when unknown or none of pages."""
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError, UnicodeError):
        return None
    return _SUPERSETS.get(name, name) if _PAGE_CHARSET.fullmatch(name) else None


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
    if 0 not in payload:
        return None
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
        scores[charset] = -1.0 if "\0" in text else plausibility(beyond_ascii(text))
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
            _refuse_cut(payload, "utf-8", error)
    return None


def _is_chance(decoded: Decoded) -> bool:
    """Whether what is valid UTF-8 may be a few characters of a declared charset: 联通 in GBK is valid UTF-8, of no Chinese."""
    if decoded.evidence != "strict_utf8" or not decoded.declared or "utf-8" in decoded.declared or decoded.text.isascii():
        return False
    beyond = beyond_ascii(decoded.text[:_WHOLE_SAMPLE])
    return len(beyond) < _MAX_CHANCE and not _HAN.search(beyond)


def _refuse_cut(payload: bytes, charset: str, error: UnicodeDecodeError) -> None:
    """Refuse text that ends inside a character; behind the end of the document that is litter."""
    if not _HTML_END_BYTES.search(payload, max(0, len(payload) - _TAIL)):
        raise PageError("truncated", f"The {charset} text ends inside a character at byte {error.start}.") from error


def _decode_scored(payload: bytes, declared: tuple[str, ...]) -> Decoded:
    sample = _sample(payload, whole=any(charset.startswith("utf-") for charset in declared if charset != "utf-8"))
    scores = {
        charset: _score(sample, charset, declared) for charset in dict.fromkeys((*declared, "utf-8", "gb18030", "big5hkscs", "cp1252"))
    }
    best = max(scores, key=lambda charset: scores[charset])
    bonus = _DECLARED_BONUS if best in declared else 0.0
    if scores[best] < _MIN_SCORE + bonus:
        raise PageError("bad_encoding", f"No charset fits: {best} is the best with a plausibility of {scores[best]:.2f}.")
    decoded = Decoded(
        text=_decode_faulty(payload, best),
        charset=best,
        evidence="declared" if best in declared else "scored",
        declared=declared,
        score=min(scores[best], 1.0),
    )
    bad = decoded.text.count("\ufffd")
    if bad > _FEW_BAD and bad > len(beyond_ascii(decoded.text)) * MAX_BAD:
        raise PageError("bad_encoding", f"The text is {best} by the look of it, but {bad} characters of it are not.")
    return decoded


def _decode_faulty(payload: bytes, charset: str) -> str:
    """The text, faulty bytes as U+FFFD."""
    try:
        return payload.decode(charset)
    except UnicodeDecodeError as error:
        if error.reason == "incomplete multibyte sequence" and error.end == len(payload):
            _refuse_cut(payload, charset, error)
    return payload.decode(charset, "replace")


def _sample(payload: bytes, *, whole: bool) -> bytes:
    """What charsets are scored on: the payload if it is short, else pieces of it, evenly spread, cut between characters."""
    if whole or len(payload) <= _WHOLE_SAMPLE:
        return payload
    pieces = []
    for at in range(0, len(payload), len(payload) // _PIECES + 1):
        start = _CUT.search(payload, at, at + _PIECE_BYTES)
        piece = payload[start.end() if start else at : at + _PIECE_BYTES]
        pieces.append(piece[: max(piece.rfind(b">"), piece.rfind(b"\n"), piece.rfind(b" ")) + 1] or piece)
    sample = b"".join(pieces)
    return sample if len(sample) - len(sample.translate(None, _HIGH_BYTES)) >= _LEAST_BEYOND else payload


def _score(sample: bytes, charset: str, declared: tuple[str, ...]) -> float:
    score = plausibility(beyond_ascii(sample.decode(charset, "replace"))) + (_DECLARED_BONUS if charset in declared else 0.0)
    if _LATIN_CHARSET.fullmatch(charset):
        high = sample.translate(_IS_HIGH)
        runs = high.count(b"\x00\x01") + high.startswith(b"\x01")
        score -= _LATIN_PENALTY if high.count(1) > runs * _SINGLE_RUN else 0.0
    return score


def _beyond_ascii(payload: bytes, decoded: Decoded) -> str:
    """Characters beyond ASCII of the beginning of a text; of UTF-8 they are read off the bytes, three times as fast."""
    if decoded.charset == "utf-8":
        return payload[:_MOJIBAKE_SAMPLE].translate(None, _ASCII_BYTES).decode("utf-8", "replace")
    return beyond_ascii(decoded.text[:_MOJIBAKE_SAMPLE])
