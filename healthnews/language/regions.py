"""Chinese regions named in a text, from a guarded gazetteer: an ambiguous short name needs 市 or its province beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from healthnews.language.patterns import compile_led

SOME_REGIONS = "some_regions"
"""Code of 部分地区 and its like: somewhere, unnamed."""
NATIONWIDE = "中国"
"""Code of 全国: everywhere."""

_SUFFIXES = ("省", "市", "区", "县", "州", "盟", "地区", "自治区", "自治州", "特别行政区", "新区")
_SUFFIX = "(?:壮族|回族|维吾尔)?(?:自治区|自治州|特别行政区|新区|地区|[省市区县州盟])"
_SOME = compile_led(
    r"(?:(?<!大)部分|有些|某些|个别|一些|少数|有的|不少|多个|若干)(?:地区|城市|省份|省市|地方|省|统筹区|统筹地区|区域|市县)|"
    r"各地(?:规定|政策)?不一|因地(?:区)?而异"
)
_ALL = re.compile(r"全国(?!大部分|多数|医保|人大)(?:范围|各地|统一|所有)?")
# 广州路, 中山大学 and 上海牌 are no scope; 海南鸡饭 and 武汉肺炎 neither.
_NOT_A_PLACE = re.compile(
    r"(?:路|大道|街|大学|牌|鸡|菜|话|大街|产业|岛|白药|红药|八珍|四物|烤鸭|火腿|腐乳|肺炎|医学院|医科大|湾|海峡|银行|腔|贴|后(?!面)|前(?!面)|使用|即食|了)"
)


# 已开封, 未开封 and 民营口腔.
_NOT_A_PLACE_BEFORE = re.compile(r"(?:[已未没刚民国医]|一经|打)$")


class RegionHit(NamedTuple):
    """A region and its place in the text; `code` is `省/市`, `省` or `some_regions`."""

    start: int
    end: int
    code: str


class _Entry(NamedTuple):
    level: str
    parent: str
    is_guarded: bool


@cache
def _gazetteer() -> dict[str, tuple[_Entry, ...]]:
    table: dict[str, tuple[_Entry, ...]] = {}
    rows = resources.files("healthnews.language").joinpath("regions.tsv").read_text("utf-8").splitlines()[1:]
    for row in rows:
        name, level, parent, guarded = row.split("\t")
        table[name] = (*table.get(name, ()), _Entry(level, parent, guarded == "1"))
    return table


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted(_gazetteer(), key=lambda name: (-len(name), name))
    return re.compile(f"(?P<name>{'|'.join(names)})(?P<suffix>{_SUFFIX})?")


@cache
def _names() -> AhoCorasick:
    return AhoCorasick(list(_gazetteer()))


def region_names() -> frozenset[str]:
    """Every name that may be a region's, guarded ones too, without 省, 市 and the like."""
    return frozenset(_gazetteer())


def may_name_region(text: str) -> bool:
    """Whether a text may name a region; in most sentences nothing does, and their clauses need not be searched."""
    return bool(_MAY_BE_SOME.search(text) or "全国" in text or _names().find_matches_as_indexes(text))


def find_regions(text: str) -> list[RegionHit]:
    """Regions in order of place; `福建厦门` is one hit (福建省/厦门)."""
    hits = [RegionHit(match.start(), match.end(), SOME_REGIONS) for match in _SOME.finditer(text)] if _MAY_BE_SOME.search(text) else []
    if "全国" in text:
        hits.extend(RegionHit(match.start(), match.end(), NATIONWIDE) for match in _ALL.finditer(text))
    if _names().find_matches_as_indexes(text):
        hits.extend(_named(text))
    return sorted(hits)


_MAY_BE_SOME = compile_led(r"地|城市|省|统筹区|市县|区域")


def _named(text: str) -> list[RegionHit]:
    hits: list[RegionHit] = []
    province: str | None = None
    last_end = -9
    for match in _pattern().finditer(text):
        name, suffix = match["name"], match["suffix"]
        if match.start() - last_end > 3:
            province = None
        entries = _gazetteer()[name]
        entry = next((e for e in entries if e.parent == province), entries[0])
        beside_province = province is not None and entry.parent == province
        if not suffix and not beside_province and (entry.is_guarded or len(entries) > 1):
            continue
        if not suffix and _NOT_A_PLACE.match(text, match.end()):
            continue
        if not suffix and _NOT_A_PLACE_BEFORE.search(text, max(0, match.start() - 2), match.start()):
            continue
        if suffix in ("区", "县") and entry.level == "province":
            continue
        if entry.level == "province":
            if name == "吉林" and suffix == "市":
                hits.append(RegionHit(match.start(), match.end(), "吉林省/吉林"))
                continue
            province, code = entry.parent, entry.parent
        else:
            province, code = entry.parent, f"{entry.parent}/{name}"
        if beside_province and hits and match.start() - hits[-1].end <= 3 and code.startswith(hits[-1].code):
            hits[-1] = RegionHit(hits[-1].start, match.end(), code)
        else:
            hits.append(RegionHit(match.start(), match.end(), code))
        last_end = match.end()
    return hits


def join_codes(codes: Iterable[str]) -> str | None:
    """Codes of one claim as one string, sorted and joined by +; None for none."""
    unique = sorted(set(codes))
    return "+".join(unique) or None


def relate_regions(a: str | None, b: str | None) -> str:
    """How two region codes relate: equal, contains, disjoint, some (one side is 部分地区), unknown (one side names none)."""
    if a == b:
        return "some" if a == SOME_REGIONS else "equal"
    if SOME_REGIONS in (a or "").split("+") or SOME_REGIONS in (b or "").split("+"):
        return "some"
    if a is None or b is None:
        return "equal" if NATIONWIDE in (a, b) else "unknown"
    if NATIONWIDE in (a, b):
        return "contains"
    pairs = [(x, y) for x in a.split("+") for y in b.split("+")]
    if any(x == y or x.startswith(f"{y}/") or y.startswith(f"{x}/") for x, y in pairs):
        return "contains"
    return "disjoint"


def display_region(code: str) -> str:
    """A region code as people write it."""
    return "、".join({SOME_REGIONS: "部分地区", NATIONWIDE: "全国"}.get(part, part.replace("/", "")) for part in code.split("+"))
