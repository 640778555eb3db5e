"""Who stands behind a page: author, source, editor and medical reviewer, each only where the page names it as such."""

import re
from collections.abc import Iterable

from healthnews.extract.article import Names

_VALUE = r"\s*[:\uff1a]\s*(?P<name>[^\s:\uff1a|()\uff08\uff09\[\]【】,\uff0c。;\uff1b]{2,24})"
_AUTHOR = re.compile(r"(?:(?<!责任)(?<!本文)作\s*者|撰\s*文|撰稿|^\s*文)" + _VALUE)
_SOURCE = re.compile(r"(?:来\s*源|來\s*源|稿源|出处|转载自|文章来源|信息来源)" + _VALUE)
_EDITOR = re.compile(r"(?:责任编辑|责任编缉|责\s*编|編輯|编\s*辑)" + _VALUE)
_REVIEWER = re.compile(r"(?:医学审核|专业审核|审核(?:医生|专家|人|者)?|审稿(?:专家|人)?|审阅(?:专家)?|审校)" + _VALUE)
_NEXT_LABEL = re.compile(r"(?:来源|作者|编辑|责编|时间|日期|发布|发表|点击|浏览|阅读|字号|审核|记者|(?:19|20)\d\d[-年/.]).*$")
_MAX_LINE = 160


def find_names(lines: Iterable[str], metadata: dict[str, str]) -> Names:
    """Names from a page's lines around its body, and its author from its metadata.

    Source and editor are never taken for the author.

    Args:
        lines: Lines near title and end of the body; long ones are running text and are not read.
        metadata: Meta elements by lower-case name.
    """
    found: dict[str, str] = {}
    for line in lines:
        if len(line) > _MAX_LINE:
            continue
        for field, pattern in (("author", _AUTHOR), ("source", _SOURCE), ("editor", _EDITOR), ("reviewer", _REVIEWER)):
            if field not in found and (match := pattern.search(line)) and (name := _NEXT_LABEL.sub("", match["name"]).strip("/-·")):
                found[field] = name
    author = found.get("author") or _meta_author(metadata, found)
    return Names(author=author, source=found.get("source"), editor=found.get("editor"), reviewer=found.get("reviewer"))


def _meta_author(metadata: dict[str, str], found: dict[str, str]) -> str | None:
    """The meta author, unless it is an address, the site itself, or the one named as source or editor."""
    author = metadata.get("author") or metadata.get("article:author") or ""
    taken = {found.get("source"), found.get("editor"), metadata.get("og:site_name"), metadata.get("generator")}
    return author if 1 < len(author) <= 60 and "://" not in author and "@" not in author and author not in taken else None
