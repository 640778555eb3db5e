"""Words of the frontier's tests: addresses, claims, and what became of them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Claim, Link

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=1)


def page(number: int, host: str = "a.example") -> str:
    return f"https://{host}/{number}"


def add(frontier: Frontier, *links: str | Link, now: datetime = NOW, force: bool = False) -> int:
    return frontier.add([link if isinstance(link, Link) else Link(link, 0) for link in links], now, force)


def finish(frontier: Frontier, url: str, due_at: datetime | None = NOW + 7 * DAY, **known: Any) -> None:
    frontier.finish(url, **{"fetched_at": NOW, "outcome": "new", "due_at": due_at, **known})


def claimed(frontier: Frontier, now: datetime = NOW, **among: Any) -> Claim:
    """The claim that there must be."""
    claim = frontier.claim(now, **among)
    assert claim is not None
    return claim


def claim_all(frontier: Frontier, now: datetime = NOW) -> list[str]:
    """Everything that can be claimed at one moment, in the order of the claims."""
    urls = []
    while claim := frontier.claim(now):
        urls.append(claim.url)
    return urls


def states(frontier: Frontier) -> dict[str, int]:
    total = Counter[str]()
    for row in frontier.counts():
        total[row.state] += row.addresses
    return dict(total)
