"""Who stands behind a page: author, source, editor and medical reviewer, each only where the page names it as such."""

import re
from collections.abc import Iterable, Sequence

from healthnews.extract.article import Names
from healthnews.extract.blocks import Flat
from healthnews.extract.bylines import Named, read_lines, read_reporters
from healthnews.extract.date_lines import Places, head_range, tail_range
from healthnews.extract.meta_names import Role
from healthnews.extract.metadata import Metadata, Told, site_label
from healthnews.extract.person_names import has_han, is_chinese_person, is_name, is_office, split_people
from healthnews.records import MAX_EVIDENCE, Evidence

_MAX_NAMES = 300
_LOOSE_SOURCES = ("meta", "open_graph")
"""Where templates put the name of the site, of its builder or of the editor on duty."""
_MAX_LOOSE = 12
_BYLINE_LINES = 6
_MAX_BYLINE_WORDS = 5
_OTHER_LABEL = re.compile(r"编辑|責編|责编|来源|选稿|校对|审核|摄影|发布|创建|位置|总篇|简介|关注|管理|更新|(?<!作者)[:\uff1a]")
_NOBODY = re.compile(
    r"(?:网络|互联网|本站|网友|小编|编辑部?)?(?:佚名|不详|匿名|未知|转载|原创|整理|综合|来源|网络|互联网|本站|网友|小编|编辑|管理员|admin)"
)
_CODES = {"rel": "microdata", "label": "meta", "organisation": "json_ld"}


class _Taken:
    """What is found so far by column, each with its evidence."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.evidence: list[Evidence] = []

    def set(self, field: str, names: Sequence[str], source: str, text: str) -> None:
        """Note names for a column unless it has some."""
        value = ", ".join(dict.fromkeys(names))[:_MAX_NAMES]
        if value and field not in self.values:
            self.values[field] = value
            self.evidence.append(Evidence(field=field, source=source, text=text[:MAX_EVIDENCE]))


def find_page_names(metadata: Metadata, flat: Flat, title_index: int | None, body: Sequence[int]) -> Names:
    """Names of an article page, from the lines around its title and body, from its markup, and from the body's first and last line.

    Args:
        metadata: What the markup says.
        flat: The page's blocks.
        title_index: Block of the title, if one shows it.
        body: Blocks of the body in order, at least one.
    """
    places = Places(title_index, body, frozenset())
    first, last = body[0], body[-1]
    indices = [*head_range(places), *range(first + 1, min(first + _BYLINE_LINES, last)), *tail_range(flat, places)]
    lines = [flat.blocks[i].text for i in dict.fromkeys(indices)]
    return find_names(lines, metadata, [flat.blocks[i].text for i in (*body[:_BYLINE_LINES], last)])


def find_names(lines: Iterable[str], metadata: Metadata | None = None, body: Sequence[str] = ()) -> Names:
    """Names from the lines around a page's body, from its metadata, and from the first and last line of the body.

    Source and editor are never taken for the author, nor is the site. Several names are joined by a comma and a space.

    Args:
        lines: Lines near title and end of the body; long ones are running text and are not read.
        metadata: What the markup says; None where only the lines count.
        body: The body's lines, or its first and its last ones.
    """
    metadata = metadata or Metadata()
    taken = _Taken()
    shown = read_lines(lines)
    for named in shown:
        if named.role != "author":
            taken.set(named.role, named.names, "visible_text", named.text)
    roles: tuple[Role, ...] = ("source", "editor", "reviewer")
    for role in roles:
        for told in metadata.told.get(role, ()):
            if _is_plain(told.text):
                taken.set(role, [told.text], _CODES.get(told.source, told.source), told.text)
    _find_author(taken, [named for named in shown if named.role == "author"], metadata, body)
    values = taken.values
    return Names(
        author=values.get("author"),
        source=values.get("source"),
        editor=values.get("editor"),
        reviewer=values.get("reviewer"),
        evidence=tuple(taken.evidence),
    )


def _find_author(taken: _Taken, shown: Sequence[Named], metadata: Metadata, body: Sequence[str]) -> None:
    """The author: in Chinese what readers are told, then what the markup tells; else the markup first."""
    others = {taken.values[role] for role in ("source", "editor") if role in taken.values}
    chinese = [named for named in shown if has_han(named.text)]
    for named in chinese:
        names = [name for name in named.names if name not in others and not _is_nobody(name)]
        taken.set("author", names, "visible_text", named.text)
    told = _told_authors(metadata, others)
    for source, names, text in told:
        if source != "organisation":
            taken.set("author", names, _CODES.get(source, source), text)
    for named in shown:
        if named not in chinese:
            taken.set("author", [name for name in named.names if name not in others], "visible_text", named.text)
    for source, names, text in told:
        taken.set("author", names, _CODES.get(source, source), text)
    if body and "author" not in taken.values and (reporters := read_reporters(body)):
        taken.set("author", [name for name in reporters.names if name not in others], "visible_text", reporters.text)


def _told_authors(metadata: Metadata, others: set[str]) -> list[tuple[str, list[str], str]]:
    """Authors as the markup tells them, the most trusted source first: where, names, words."""
    by_source: dict[str, list[Told]] = {}
    for told in sorted(metadata.told.get("author", ()), key=lambda told: -told.weight):
        by_source.setdefault(told.source, []).append(told)
    found = []
    for source, told_here in by_source.items():
        is_loose = source in _LOOSE_SOURCES
        texts = [_without_site(told.text, metadata) if is_loose else told.text for told in told_here]
        names = [name for text in texts for name in split_people(text) if name not in others]
        names = [name for name in names if not (is_loose and (_is_site(name, metadata) or _is_template(name)))]
        if names and not all(map(_is_nobody, names)):
            found.append((source, names, ", ".join(told.text for told in told_here)))
    for text in metadata.bylines:
        if names := [name for name in _byline_names(text) if name not in others]:
            found.append(("visible_text", names, text))
    return found


def _byline_names(text: str) -> list[str]:
    """Names in an element whose class says byline: weak evidence, so a Chinese one must hold a person's name or little else."""
    names = split_people(text)
    if not has_han(text):
        return [name for name in names if len(name.split()) <= _MAX_BYLINE_WORDS]
    if _OTHER_LABEL.search(text):
        return []
    people = [name for name in names if is_chinese_person(name)]
    is_handle = len(names) == 1 and len(text) <= _MAX_LOOSE and not is_office(names[0])
    return people or (names if is_handle else [])


def _without_site(text: str, metadata: Metadata) -> str:
    """A name without the site's before it: `Example News - Jane Doe`."""
    head, mark, tail = text.partition(" - ")
    return tail if mark and _is_site(head, metadata) else text


def _is_site(name: str, metadata: Metadata) -> bool:
    """Whether it is the name of the site, of its host or of its software."""
    key = name.casefold()
    if key in metadata.site_names or key.replace(" ", "") == site_label(metadata.address).casefold():
        return True
    return len(key) > 1 and (key in metadata.title_tail or bool(metadata.software and metadata.software in key))


def _is_template(name: str) -> bool:
    return has_han(name) and (is_office(name) or len(name) > _MAX_LOOSE)


def _is_nobody(name: str) -> bool:
    return bool(_NOBODY.fullmatch(name))


def _is_plain(text: str) -> bool:
    return is_name(text) and "://" not in text
