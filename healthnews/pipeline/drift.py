"""Drift: whether the pages that a run brought of a host still look as the host's pages did, and which are therefore held back."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from heapq import nsmallest
from statistics import median
from types import MappingProxyType
from typing import Any

from healthnews.dataset.observations import ObservationRow

LEAST_HISTORY = 20
"""Pages that make a history: of fewer, one kind of page among several may be all that was seen."""
LEAST_NEW = 5
"""Pages that can be a change; fewer wait for the next run, published meanwhile: a single odd page is no drift."""
MOST_HISTORY = 200
MOST_NEW = 1000
"""Pages looked at on either side: more would tell nothing new, and an old layout is to be forgotten."""
SURE = 2e-5
"""One-sided exact probability (Fisher) below which a difference is no chance: that of 5 odd pages of 5 after 20 without one
is 1 in 53,130. Two of a million pages that are as ever would be held back in each of seven measures at most."""
LEAST_ODD_SHARE = 0.5
"""A layout is another when most pages of a run show it; pages that miss something now and then are not."""
MOST_ODD_HISTORY = 0.1
"""What a tenth of the earlier pages miss already says nothing when it is missing: the site has pages of several kinds."""
COLLAPSED = 0.5
LOW_RANK = 0.05
"""A count is odd below half the median; where more than a tenth of the earlier pages lies there, below all but a twentieth of them."""

TITLE, DATE, AUTHOR, TAGS, BODY, RELATED, ERRORS = "title", "date", "author", "tags", "body", "related", "errors"
MEASURES = (TITLE, DATE, AUTHOR, TAGS, BODY, RELATED, ERRORS)
HOLDING = frozenset((TITLE, DATE, BODY, RELATED, ERRORS))
"""Measures whose change holds pages back. Without author and tags a page is still what it is: that is told, and no more."""
COUNTED = frozenset((TAGS, BODY, RELATED))
ARTICLES = "articles"
Expected = Mapping[str, tuple[int, int | None]]
"""Least and most by measure, as the settings have it: related links, tags and body characters of a page, articles of the host."""
NOTHING_EXPECTED: Expected = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Change:
    """What is other about new pages.

    Attributes:
        measure: One of `MEASURES`.
        odd: New pages that show it.
        pages: New pages looked at.
        before: Earlier pages that showed it; None where the settings, not the history, say what is expected.
        history: Earlier pages looked at.
        bound: Count that a page should reach, or for `is_excess` should not exceed; None where there is none.
        typical: Median of the earlier pages, for a count.
        holds: The pages are held back for it.
    """

    measure: str
    odd: int
    pages: int
    before: int | None
    history: int
    bound: float | None = None
    typical: float | None = None
    holds: bool = True
    is_excess: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the pages of one host, section and parser after some runs.

    Attributes:
        history: Pages that set the measure, the newest last.
        waiting: New pages, too few to be judged.
        held: Pages held back.
        changes: What the last judged run showed.
    """

    history: tuple[ObservationRow, ...] = ()
    waiting: tuple[ObservationRow, ...] = ()
    held: tuple[ObservationRow, ...] = ()
    changes: tuple[Change, ...] = ()


class Group:
    """The pages of one host, section and parser, run after run; inside a run their order is of no account.

    Args:
        expected: What the settings say of the host.
        accepted: Numbers of the runs before which somebody accepted the layout, in order.
    """

    def __init__(self, expected: Expected, accepted: Sequence[int]) -> None:
        self._expected = expected
        self._accepted = accepted
        self._standing = Standing()
        self._run = -1
        self._rows: dict[str, ObservationRow] = {}
        self._judged: Standing | None = None

    def add(self, row: ObservationRow) -> None:
        """Take a page of the newest run or of a later one."""
        if row.run != self._run:
            self._standing = self._after(row.run)
            self._run, self._rows = row.run, {}
        self._rows[row.capture_id] = row
        self._judged = None

    def now(self) -> Standing:
        """How things stand after all that was taken."""
        return self._after(math.inf)

    def _after(self, run: float) -> Standing:
        if self._judged is None:
            self._judged = judge_run(self._standing, self._rows.values(), self._expected)
        standing = self._judged
        for number in self._accepted:
            if self._run < number <= run:
                standing = accept(standing)
        return standing


def accept(standing: Standing) -> Standing:
    """The held pages are what the host's pages look like from now on."""
    if not standing.held:
        return replace(standing, changes=())
    return _grown(Standing(), standing.held)


def judge_run(standing: Standing, rows: Iterable[ObservationRow], expected: Expected = NOTHING_EXPECTED) -> Standing:
    """How things stand after one more run; without rows, as before."""
    new = (*standing.waiting, *rows)
    if len(new) == len(standing.waiting):
        return standing
    is_known = len(standing.history) >= LEAST_HISTORY
    if len(new) < LEAST_NEW:
        return replace(standing, waiting=new) if is_known or expected else _grown(standing, new)
    changes = find_changes(standing.history if is_known else (), new, expected)
    if any(change.holds for change in changes):
        return replace(standing, waiting=(), held=(*standing.held, *new), changes=changes)
    return replace(_grown(standing, new), changes=changes)


def _grown(standing: Standing, new: Sequence[ObservationRow]) -> Standing:
    newest = _sample(new, MOST_HISTORY)
    return replace(standing, history=(*standing.history, *newest)[-MOST_HISTORY:], waiting=())


def _sample(rows: Sequence[ObservationRow], most: int) -> Sequence[ObservationRow]:
    """At most so many pages, by id: that is a digest, so it is a fair sample whatever the order of fetching was."""
    return nsmallest(most, rows, key=lambda row: row.capture_id)


def find_changes(history: Sequence[ObservationRow], new: Sequence[ObservationRow], expected: Expected) -> tuple[Change, ...]:
    """What is other about new pages than about earlier ones, or than the settings expect; without history the latter alone."""
    sample = _sample(new, MOST_NEW)
    found: list[Change | None] = [_change(ERRORS, [row.is_error for row in history], [row.is_error for row in sample])]
    earlier, pages = [row for row in history if not row.is_error], [row for row in sample if not row.is_error]
    for measure in MEASURES:
        if measure in expected and measure in COUNTED:
            found += _outside(measure, pages, *expected[measure])
        elif measure in COUNTED:
            found.append(_collapse(measure, earlier, pages))
        elif measure != ERRORS:
            found.append(_change(measure, _LACKS[measure](earlier), _LACKS[measure](pages)))
    return tuple(change for change in found if change is not None)


def _lack_titles(rows: Sequence[ObservationRow]) -> list[bool]:
    """Which pages have the title of another page: a title that all share is the site's name."""
    shared = Counter(title for title, _ in {(row.title, row.url) for row in rows})
    return [not row.title or shared[row.title] > 1 for row in rows]


_LACKS: Mapping[str, Callable[[Sequence[ObservationRow]], list[bool]]] = MappingProxyType(
    {
        TITLE: _lack_titles,
        DATE: lambda rows: [not row.has_date for row in rows],
        AUTHOR: lambda rows: [not row.has_author for row in rows],
    }
)


def _count_of(measure: str, row: ObservationRow) -> int:
    return {TAGS: row.tags, BODY: row.body_characters, RELATED: row.related}[measure]


def _collapse(measure: str, earlier: Sequence[ObservationRow], pages: Sequence[ObservationRow]) -> Change | None:
    """A count that fell to less than half of what it was."""
    if len(earlier) < LEAST_HISTORY:
        return None
    before, now = ([_count_of(measure, row) for row in rows] for rows in (earlier, pages))
    typical = median(before)
    bound = COLLAPSED * typical
    if sum(count < bound for count in before) > MOST_ODD_HISTORY * len(before):
        bound = sorted(before)[int(LOW_RANK * len(before))]
    change = _change(measure, [count < bound for count in before], [count < bound for count in now])
    return None if change is None else replace(change, bound=bound, typical=typical)


def _outside(measure: str, pages: Sequence[ObservationRow], least: int, most: int | None) -> list[Change | None]:
    """Counts below what the settings expect hold pages back, counts above it are told."""
    counts = [_count_of(measure, row) for row in pages]
    below, above = sum(count < least for count in counts), sum(most is not None and count > most for count in counts)
    found: list[Change | None] = []
    if below >= LEAST_NEW and below >= LEAST_ODD_SHARE * len(counts):
        found.append(Change(measure, below, len(counts), None, 0, bound=least, holds=measure in HOLDING))
    if above >= LEAST_NEW and above >= LEAST_ODD_SHARE * len(counts):
        found.append(Change(measure, above, len(counts), None, 0, bound=most, holds=False, is_excess=True))
    return found


def _change(measure: str, before: Sequence[bool], now: Sequence[bool]) -> Change | None:
    """The change when most new pages are odd, hardly any earlier one was, and chance does not explain it."""
    odd, odd_before = sum(now), sum(before)
    if len(before) < LEAST_HISTORY or odd < LEAST_NEW or odd < LEAST_ODD_SHARE * len(now):
        return None
    if odd_before > MOST_ODD_HISTORY * len(before) or chance(odd, len(now), odd_before, len(before)) > SURE:
        return None
    return Change(measure, odd, len(now), odd_before, len(before), holds=measure in HOLDING)


def chance(odd: int, pages: int, odd_before: int, history: int) -> float:
    """Probability that at least `odd` of `pages` pages are odd if they are drawn from all pages alike.

    Source: Fisher's exact test, one-sided (R. A. Fisher, Statistical Methods for Research Workers, section 21.02).
    """
    every, odd_all = pages + history, odd + odd_before
    whole = _log_choices(every, pages)
    tail = range(odd, min(pages, odd_all) + 1)
    even_all = every - odd_all
    return sum(math.exp(_log_choices(odd_all, k) + _log_choices(even_all, pages - k) - whole) for k in tail if pages - k <= even_all)


def _log_choices(of: int, chosen: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)


@dataclass(frozen=True, slots=True)
class Alert:
    """What somebody should look at: the pages of a host, section and parser look other than they did.

    Attributes:
        section: First folder of their paths; empty for pages at the top.
        held: Pages held back.
        changes: What is other about them.
    """

    host: str
    section: str
    parser: str
    held: int
    changes: tuple[Change, ...] = field(default=())

    @property
    def sentences(self) -> list[str]:
        """What is other, a sentence each, with the figures."""
        return [_sentence(change) for change in self.changes]

    @property
    def advice(self) -> str:
        """What to do about it."""
        if not self.held:
            return "nothing is held back; look at a page of it"
        parser = f"parsers/{self.parser}.py" if self.parser != "generic" else f"what reads them (`healthnews new-parser {self.host}`)"
        mend = f"mend {parser} and run `healthnews reparse --host {self.host}`"
        return f"{mend}; if the pages are as they should be, run `healthnews reparse --accept-layout {self.host}`"

    @property
    def text(self) -> str:
        """The alert on one line."""
        place = f"{self.host}/{self.section}" if self.section else self.host
        held = f"; {self.held} page{'' if self.held == 1 else 's'} held back" if self.held else ""
        return f"{place}, read by {self.parser}: {'; '.join(self.sentences)}{held}: {self.advice}"


def alert_object(alert: Alert) -> dict[str, Any]:
    """An alert as JSON, with the figures."""
    named = {"host": alert.host, "section": alert.section, "parser": alert.parser, "held_back": alert.held}
    return named | {"changes": [asdict(change) for change in alert.changes], "advice": alert.advice, "text": alert.text}


_MISSING = MappingProxyType({TITLE: "have no title of their own", DATE: "have no date", AUTHOR: "name no author", ERRORS: "cannot be read"})
_COUNT_NAMES = MappingProxyType({TAGS: "tags", BODY: "characters of body", RELATED: "related links"})


def _sentence(change: Change) -> str:
    if change.measure == ARTICLES:
        return f"{change.odd} articles, expected {'at most' if change.is_excess else 'at least'} {change.bound:g}"
    here = f"{change.odd} of {change.pages} new pages"
    if change.bound is not None:
        side = "more" if change.is_excess else "fewer"
        here += f" have {side} than {change.bound:g} {_COUNT_NAMES[change.measure]}"
    else:
        here += f" {_MISSING[change.measure]}"
    if change.before is None:
        return f"{here}, against the settings"
    usual = f", usual are {change.typical:g}" if change.typical is not None else ""
    return f"{here}, {change.before} of {change.history} before{usual}"
