"""Tags that a site gave a page: its tag links and its meta keywords, normalised, without what every page of the site carries."""

import re
import unicodedata
from collections.abc import Iterable

from healthnews.extract.metadata import Metadata
from healthnews.language.normalise import fold_spaces, strip_invisible
from healthnews.records import MAX_EVIDENCE, Evidence

_SEPARATORS = re.compile(r"[,;|、/\n\t]")
_PREFIX = re.compile(r"^(?:#\s*|(?:相关)?(?:标签|關鍵[字詞]|关键[词字]|tags?|keywords?|schlagwörter)\s*:\s*)+", re.I)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LEAST, _MOST = 2, 20
"""Characters of a tag: longer ones are titles."""
_MAX_TAGS = 20
_MAX_KEYWORDS = 20
"""A list of more keywords than that is meant for search engines, not for this page."""
_MAX_TEXT = 2000


def find_tags(metadata: Metadata) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """Tags in the order of the page, each once, at most 20, with the evidence: links marked as tags first, then meta keywords.

    A keyword list that only names the site, or that has more than 20 entries, says nothing of the page and is left out.
    """
    linked = _normalised(metadata.tags, metadata)
    told: list[str] = []
    for text in metadata.keywords:
        entries = _split(text[:_MAX_TEXT])
        if len(entries) <= _MAX_KEYWORDS:
            told += _normalised(entries, metadata)
    tags = tuple({tag.casefold(): tag for tag in reversed([*linked, *told])}.values())[::-1][:_MAX_TAGS]
    evidence = [("microdata", linked), ("meta", told)]
    return tags, tuple(Evidence(field="tags", source=source, text=", ".join(found)[:MAX_EVIDENCE]) for source, found in evidence if found)


def _split(text: str) -> list[str]:
    """The entries of a keyword list; Chinese ones may be told apart by spaces alone."""
    folded = unicodedata.normalize("NFKC", text)
    entries = [entry for entry in _SEPARATORS.split(folded) if entry.strip()]
    return entries[0].split() if len(entries) == 1 and _HAN.search(folded) else entries


def _normalised(texts: Iterable[str], metadata: Metadata) -> list[str]:
    """Tags without marks and labels; none that names the site, and none of two that differ in case alone."""
    found: dict[str, str] = {}
    for text in texts:
        tag = fold_spaces(_PREFIX.sub("", fold_spaces(strip_invisible(unicodedata.normalize("NFKC", text[:_MAX_TEXT]))))).strip(
            " #,;:.、\"'"
        )
        key = tag.casefold()
        if _LEAST <= len(tag) <= _MOST and key not in metadata.site_names and not _is_site(key, metadata.title_tail):
            found.setdefault(key, tag)
    return list(found.values())


def _is_site(key: str, tail: str) -> bool:
    """Whether it is what the document's title says behind every headline of the site: its last part."""
    return len(key) > 2 and bool(tail) and tail.rstrip().endswith(key)
