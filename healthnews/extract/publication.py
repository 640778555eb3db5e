"""Which of a page's dates is the one of publication, and which the one of its last change, with source, zone and confidence."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from healthnews.extract.article import Dates
from healthnews.extract.blocks import Flat
from healthnews.extract.date_lines import DateLine, Places, find_date_lines, head_range, related_dates
from healthnews.extract.dates import CHINA, Dated, DateStyle, Reading, Refusal, read_told_date
from healthnews.extract.metadata import Metadata, TimeElement, Told
from healthnews.extract.related import RelatedBlock
from healthnews.records import MAX_EVIDENCE, Evidence

_CHINESE = re.compile(r"[\u4e00-\u9fff].*?[\u4e00-\u9fff]", re.DOTALL)
_KANA = re.compile(r"[\u3040-\u30ff]")
_DAY_FIRST_LANGUAGES = (
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "pl",
    "ru",
    "uk",
    "sv",
    "da",
    "nb",
    "no",
    "cs",
    "tr",
    "en-gb",
    "en_gb",
    "en-au",
    "en_au",
    "en-nz",
    "en-ie",
    "en-in",
)
_DAY_FIRST_DOMAINS = ("de", "at", "ch", "uk", "au", "nz", "ie", "in", "fr", "es", "it")
_IN_ADDRESS = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:(?P<mark>[-/_])(?P<month>0?[1-9]|1[0-2])(?:(?P=mark)|/)(?P<day>0?[1-9]|[12]\d|3[01])(?!\d)|"
    r"[-/_]?(?P<month8>0[1-9]|1[0-2])[-/_]?(?P<day8>0[1-9]|[12]\d|3[01])(?:(?!\d)|(?=(?P<more>\d{1,12})(?!\d))))"
)
_SLASHES, _ADDRESS, _NUMBER = 0.72, 0.66, 0.5
_CLOCK_DIGITS = 6
_LEAST_TRUST = 0.3
_MARKED_TIME, _NEAR_TIME, _ONLY_TIME = 0.88, 0.86, 0.7
_FRESH = timedelta(days=1)
_ONE_DAY = timedelta(days=1)
_STALE_SHARE = 0.5
_SHOWN = 0.55
_LEAST_MINUTE = 0.55
_MODIFIED_ONLY = 0.45
_REASONS: tuple[Refusal, ...] = ("future", "ambiguous", "unreadable")


class Candidate(NamedTuple):
    """A date that may be the article's: what was read, where, how far it can be trusted, and the words."""

    dated: Dated
    source: str
    trust: float
    text: str

    @property
    def is_shown(self) -> bool:
        """Readers see it, so its day is the publisher's."""
        return self.source in ("visible_text", "url")


class _Search(NamedTuple):
    metadata: Metadata
    style: DateStyle
    fetched_at: datetime
    refusals: list[Refusal]
    told: dict[str, Reading]

    def read(self, text: str) -> Reading:
        """The date that the markup tells in these words; many pages tell it in several places."""
        if (reading := self.told.get(text)) is None:
            self.told[text] = reading = read_told_date(text, self.fetched_at, self.style)
        return reading

    def candidate(self, reading: Reading, source: str, trust: float, text: str) -> list[Candidate]:
        """The candidate that a reading makes, or none; a refusal is kept as reason."""
        if reading.refusal:
            self.refusals.append(reading.refusal)
        return [Candidate(reading.dated, source, trust, text[:MAX_EVIDENCE])] if reading.dated else []


def date_style(metadata: Metadata, sample: str) -> DateStyle:
    """How a page writes dates, from its words, its language and its domain.

    Args:
        metadata: The page's metadata.
        sample: Title and beginning of the body.
    """
    if _CHINESE.search(sample) and not _KANA.search(sample):
        return "zh"
    language = metadata.language
    if language.startswith(_DAY_FIRST_LANGUAGES):
        return "dmy"
    if language.startswith(("en-us", "en_us")):
        return "mdy"
    try:
        domain = (urlsplit(metadata.address or "").hostname or "").rpartition(".")[2]
    except ValueError:
        domain = ""
    return "dmy" if domain in _DAY_FIRST_DOMAINS else "west"


def find_dates(
    metadata: Metadata, flat: Flat, title_index: int | None, body: Sequence[int], related: Sequence[RelatedBlock], fetched_at: datetime
) -> Dates:
    """Dates of publication and change.

    Every date that the markup tells, that a line around title or body shows, or that the address holds is weighed by its place and words;
    those that agree on a day strengthen each other. Dates of related blocks, comments and page clocks never count.

    Args:
        metadata: What the markup says.
        flat: The page's blocks.
        title_index: Block of the title, if one shows it.
        body: Blocks of the body in order, at least one.
        related: The page's related blocks.
        fetched_at: When the page was captured: nothing later is a date of the page.
    """
    others = frozenset(i for block in related for i in range(block.start, block.end))
    places = Places(title_index, body, others)
    sample = " ".join(flat.blocks[i].text[:80] for i in ([title_index] if title_index is not None else []) + list(body[:3]))
    search = _Search(metadata, date_style(metadata, sample), fetched_at, [], {})
    lines = find_date_lines(flat, places, search.style, fetched_at)
    published = [
        *_told(search, "published"),
        *_times(search, flat, places, "published"),
        *_shown(search, lines, "published"),
        *_in_address(search),
    ]
    modified = [*_told(search, "modified"), *_times(search, flat, places, "modified"), *_shown(search, lines, "modified")]
    best = _choose(published, fetched_at) or _shown_change(modified)
    changed = _choose_change(modified, best, fetched_at)
    reason = "" if best else _reason(search.refusals, flat, others)
    return _dates(best, changed, reason)


def _told(search: _Search, role: str) -> list[Candidate]:
    told: Iterable[Told] = search.metadata.told.get(role, ())  # type: ignore[call-overload]
    return [found for value in told for found in search.candidate(search.read(value.text), value.source, value.weight, value.text)]


def _times(search: _Search, flat: Flat, places: Places, role: str) -> list[Candidate]:
    """Time elements that say they are the page's, that stand beside its title, or the only one."""
    times = search.metadata.times
    if not times:
        return []
    head = [flat.blocks[i].text for i in head_range(places) if i not in places.others]
    found = []
    for element in times:
        is_near = bool(element.shown) and any(element.shown in text for text in head)
        trust = (
            _NEAR_TIME
            if is_near
            else _MARKED_TIME
            if element.role and _is_first(times, element)
            else _ONLY_TIME
            if len(times) == 1
            else 0.0
        )
        if trust and (element.role or "published") == role and not _is_elsewhere(element, flat, places):
            text = element.value or element.shown
            found += search.candidate(search.read(text), "microdata", trust, text)
            if len(found) == 1 and is_near:
                break
    return found[:2]


def _is_first(times: Sequence[TimeElement], element: TimeElement) -> bool:
    return next(other for other in times if other.role == element.role) is element


def _is_elsewhere(element: TimeElement, flat: Flat, places: Places) -> bool:
    """Whether what it shows stands in related blocks and nowhere else."""
    if not element.shown or not places.others:
        return False
    shown_in = (i for i, block in enumerate(flat.blocks) if element.shown in block.text)
    first = next(shown_in, None)
    return first in places.others and all(i in places.others for i in shown_in)


def _shown(search: _Search, lines: Sequence[DateLine], role: str) -> list[Candidate]:
    return [found for line in lines if line.role == role for found in search.candidate(line.reading, "visible_text", line.trust, line.text)]


def _in_address(search: _Search) -> list[Candidate]:
    address = search.metadata.address or ""
    path = address.partition("//")[2].partition("/")[2].partition("?")[0]
    found = next(iter(_IN_ADDRESS.finditer("/" + path)), None)
    if not found:
        return []
    month, day = found["month"] or found["month8"], found["day"] or found["day8"]
    trust = _SLASHES if found["mark"] else _NUMBER if len(found["more"] or "") > _CLOCK_DIGITS else _ADDRESS
    reading = read_told_date(f"{found['year']}-{month}-{day}", search.fetched_at, search.style)
    return search.candidate(reading._replace(refusal=None), "url", trust, found[0])


def _choose(candidates: Sequence[Candidate], fetched_at: datetime) -> Candidate | None:
    """The candidate of the day on which the most trust lies; of that day the one that also tells the minute."""
    now = fetched_at.astimezone(CHINA).replace(tzinfo=None)
    candidates = [_weigh(candidate, candidates, now) for candidate in candidates]
    groups: dict[object, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(_day(candidate, candidates), []).append(candidate)
    if not groups:
        return None
    day = max(groups, key=lambda key: _joint_trust(groups[key]))
    trust = _joint_trust(groups[day])
    if trust < _LEAST_TRUST:
        return None
    own = [candidate for candidate in groups[day] if candidate.dated.moment.date() == day] or groups[day]
    best = max(own, key=lambda candidate: candidate.trust)
    if best.dated.precision == "day":
        best = max((c for c in own if c.dated.precision == "minute" and c.trust >= _LEAST_MINUTE), key=lambda c: c.trust, default=best)
    return best._replace(trust=round(min(0.99, trust), 2))


def _weigh(candidate: Candidate, all_of_them: Sequence[Candidate], now: datetime) -> Candidate:
    """Less trust in a told date of the day of the capture where readers see another: a template that tells its own hour."""
    is_fresh = abs(now - candidate.dated.moment) <= _FRESH and not candidate.is_shown
    if is_fresh and any(other.is_shown and now - other.dated.moment > 2 * _FRESH for other in all_of_them):
        return candidate._replace(trust=candidate.trust * _STALE_SHARE)
    return candidate


def _day(candidate: Candidate, all_of_them: Sequence[Candidate]) -> object:
    """The day a candidate speaks for: a told instant may be a day beside the one that readers see, whose zone is the publisher's."""
    day = candidate.dated.moment.date()
    if candidate.is_shown or candidate.dated.precision == "day":
        return day
    shown = [other for other in all_of_them if other.is_shown and other.trust >= _SHOWN and other.dated.is_complete]
    near = [other for other in shown if abs(other.dated.moment.date() - day) <= _ONE_DAY]
    return max(near, key=lambda other: other.trust).dated.moment.date() if near else day


def _joint_trust(candidates: Sequence[Candidate]) -> float:
    """Trust in what several independent sources say: the chance that not all of them err."""
    by_source: dict[str, float] = {}
    for candidate in candidates:
        by_source[candidate.source] = max(candidate.trust, by_source.get(candidate.source, 0.0))
    doubt = 1.0
    for trust in by_source.values():
        doubt *= 1.0 - trust
    return 1.0 - doubt


def _shown_change(modified: Sequence[Candidate]) -> Candidate | None:
    """The date of change that readers see beside the title, where it is the only date that the page shows."""
    shown = [candidate for candidate in modified if candidate.is_shown and candidate.trust >= _SHOWN]
    return max(shown, key=lambda c: c.trust)._replace(trust=_MODIFIED_ONLY) if shown else None


def _choose_change(candidates: Sequence[Candidate], published: Candidate | None, fetched_at: datetime) -> Candidate | None:
    """The date of change; none that lies more than a day before publication."""
    found = _choose(candidates, fetched_at)
    if found and published and found.dated.moment < published.dated.moment - _ONE_DAY:
        return None
    return found


def _reason(refusals: Sequence[Refusal], flat: Flat, others: frozenset[int]) -> str:
    for reason in _REASONS:
        if reason in refusals:
            return reason
    return "only_in_related_block" if next(iter(related_dates(flat, others)), None) else "not_in_page"


def _dates(best: Candidate | None, changed: Candidate | None, reason: str) -> Dates:
    named = [("published_at", best), ("modified_at", changed)]
    return Dates(
        published_at=best.dated.moment if best else None,
        source=best.source if best else reason,
        precision=best.dated.precision if best else None,
        zone=best.dated.zone if best else None,
        confidence=best.trust if best else None,
        modified_at=changed.dated.moment if changed else None,
        modified_source=changed.source if changed else None,
        modified_precision=changed.dated.precision if changed else None,
        modified_zone=changed.dated.zone if changed else None,
        modified_confidence=changed.trust if changed else None,
        evidence=tuple(Evidence(field=name, source=found.source, text=found.text) for name, found in named if found),
    )
