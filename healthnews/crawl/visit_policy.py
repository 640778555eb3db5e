"""What a run of visits keeps to, and what it came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from healthnews.crawl.frontier_records import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a run of visits keeps to.

    Attributes:
        revisit: After how long an article is looked at again.
        list_revisit: The same for a page that leads to others.
        delay_seconds: Between two requests to a host that is met first by a redirect, or as the place of a sitemap.
        max_depth: Links followed from a start address; None for any number.
        hosts: Visit just these hosts; every followed one when None.
        only: Visit just these canonical URLs, followed hosts or not, and go where they redirect.
        concurrency: Hosts visited at the same time.
        is_shared: Others, with archives of their own, visit from the same frontier.
    """

    revisit: timedelta
    list_revisit: timedelta
    delay_seconds: float
    max_depth: int | None = None
    hosts: Collection[str] | None = None
    only: Collection[str] | None = None
    concurrency: int = 4
    is_shared: bool = False

    def interval(self, claim: Claim, *, is_changed: bool) -> timedelta:
        """How long a page is left alone: twice as long when it has not changed since the last visit, half as long when it has.

        A page that was never visited before has the usual interval; it stays between a seventh and eight times that. Source: the
        adaptive interval of Cho and Garcia-Molina, "Estimating frequency of change" (2003), in its simplest form.
        """
        if claim.sha256 is None or claim.interval_seconds is None:
            return self.revisit
        wanted = timedelta(seconds=claim.interval_seconds / 2 if is_changed else claim.interval_seconds * 2)
        return min(max(wanted, self.revisit / 7), self.revisit * 8)


@dataclass(slots=True)
class Visits:
    """What visits came to.

    Attributes:
        counts: new, unchanged, failed, postponed or forbidden, and how many of each.
        met: Address asked and digest of everything that came of it, the notes of refusals included.
        is_cut_short: More is due soon; what was new is to be read meanwhile.
    """

    counts: Counter[str] = field(default_factory=Counter)
    met: set[tuple[str, str]] = field(default_factory=set)
    is_cut_short: bool = False

    @property
    def visited(self) -> int:
        """Addresses asked for, each attempt counted; what robots.txt forbids is not asked for."""
        return sum(self.counts.values()) - self.counts["forbidden"]
