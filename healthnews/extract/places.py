"""Whether a title and its answer are about different places."""

from collections import Counter
from collections.abc import Sequence

from healthnews.language.normalise import half_width
from healthnews.language.regions import NATIONWIDE, SOME_REGIONS, RegionHit, find_regions, may_name_region

Span = tuple[int, int]

_LEAST_MENTIONS = 2
_READ_CHARACTERS = 2000
"""Where an answer says what place it is about; what comes later is an example."""
_MAIN_SHARE = 0.75
_SOON_CHARACTERS = 200


def find_place_mismatch(title: str, body: str) -> tuple[Span, Span] | None:
    """Spans of the title's place and of the first mention of the place that the answer is about, when these differ.

    Only where the title names one place that the answer never names, nor a part of it, while the answer speaks of another of the same
    level, and of hardly any third; a comparison of several places is none.
    """
    if not may_name_region(half_width(title)):
        return None
    asked = _places(find_regions(half_width(title)))
    if not asked or any(not _contains(a.code, b.code) and not _contains(b.code, a.code) for a in asked for b in asked):
        return None
    place = max(asked, key=lambda hit: hit.code.count("/"))
    if any(_short_name(part) in body for part in place.code.split("/")[-1:]):
        return None
    return _answered_elsewhere(place, half_width(body[:_READ_CHARACTERS]))


def _answered_elsewhere(place: RegionHit, body: str) -> tuple[Span, Span] | None:
    answered = _places(find_regions(body))
    if any(_contains(place.code, hit.code) for hit in answered):
        return None
    level = place.code.count("/")
    other = [hit for hit in answered if not _contains(hit.code, place.code)]
    counts = Counter("/".join(hit.code.split("/")[: level + 1]) for hit in other if hit.code.count("/") >= level)
    if not counts:
        return None
    (main, mentions), *_ = counts.most_common(1)
    if mentions < _LEAST_MENTIONS or mentions < len(other) * _MAIN_SHARE:
        return None
    first = next(hit for hit in other if _contains(main, hit.code))
    if first.start > _SOON_CHARACTERS:
        return None
    return (place.start, place.end), (first.start, first.end)


def _places(hits: Sequence[RegionHit]) -> list[RegionHit]:
    return [hit for hit in hits if hit.code not in (SOME_REGIONS, NATIONWIDE)]


def _contains(a: str, b: str) -> bool:
    return a == b or b.startswith(f"{a}/")


def _short_name(name: str) -> str:
    """Name of a region without what kind of region it is: 山东 of 山东省, 内蒙古 of 内蒙古自治区."""
    for kind in ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市"):
        if name.endswith(kind) and len(name) - len(kind) >= 2:
            return name[: -len(kind)]
    return name
