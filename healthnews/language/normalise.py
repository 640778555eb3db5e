"""One normal form of Chinese text for keys and comparison; never for display."""

import re
import unicodedata

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\ue000-\uf8ff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# A mark between digits is part of the number: 2.5 is not 25 and 3-6 is not 36. Led by the mark, it is found in half the time.
_MARKS = re.compile(r"[^\w%‰+](?:[^\w%‰+]+|(?<!\d.)|(?!\d))", re.DOTALL)


def strip_invisible(text: str) -> str:
    """Text without zero-width, private-use and control characters (tab and line breaks stay)."""
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)


# One character for one, so that offsets stay. U+3002 has no half-width form that ends a sentence.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# Lone surrogates (from \ud800 in JSON) are in no word and cannot be encoded: what looks for words is spared them.
_HALF_WIDTH |= dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)


def half_width(text: str) -> str:
    """Text of the same length, full-width letters, digits and marks (U+FF01 to U+FF5E) in ASCII, lone surrogates as U+FFFD."""
    return text if text.isascii() else text.translate(_HALF_WIDTH)


def fold_spaces(text: str) -> str:
    """Text on one line: every run of white space becomes one space, none at the ends."""
    return " ".join(text.split())


def text_key(text: str) -> str:
    """What two texts share when they differ only in width, case, spaces and punctuation.

    Marks between two digits stay, so that 2.5% and 25%, 3-6 and 36 remain different; so do % and +.
    """
    folded = unicodedata.normalize("NFKC", strip_invisible(text)).casefold()
    return _MARKS.sub("", "".join(folded.split())).replace("_", "")
