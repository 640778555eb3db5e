"""What came of the visits to each host."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from healthnews.crawl.urls import is_web_address
from healthnews.dataset.store import Store
from healthnews.pipeline.open_failures import read_when_rendered

_ROBOTS_PATH = "/robots.txt"
_BEYOND_DEPTH = "beyond_depth"
_WAITING = frozenset(("due", "leased", "postponed"))


@dataclass(slots=True)
class HostStatus:
    """What came of the visits to one host.

    Attributes:
        due: Addresses that wait for a visit, one under way and one to be tried again included; those of the frontier.
        beyond_depth: Addresses that are left out because they lie deeper than `crawl.depth`.
        fetched: Fetches that brought something new.
        unchanged: Fetches that did not.
        quarantined: Pages that could not be read, by their newest capture.
        failed: Addresses that ever failed, by reason; those that were read when they were rendered are not counted.
        last_success_at: When a page was fetched last.
    """

    host: str
    due: int = 0
    beyond_depth: int = 0
    fetched: int = 0
    unchanged: int = 0
    quarantined: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    last_success_at: datetime | None = None


def host_statuses(store: Store, frontier: dict[tuple[str, str], int]) -> list[HostStatus]:
    """What came of the visits to each host, by name."""
    hosts: dict[str, HostStatus] = {}

    def of(host: str) -> HostStatus:
        return hosts.setdefault(host, HostStatus(host))

    newest: dict[str, str] = {}
    # In the order of archiving: two fetches may be of one second.
    columns = ("warc_file", "warc_offset", "fetched_at", "url", "outcome", "status")
    for name in ("captures", "revisits"):
        fetches = (row for row in store.column_tuples(name, columns) if row[5] is not None and not row[3].endswith(_ROBOTS_PATH))
        for _, _, at, url, outcome, _ in sorted(fetches):
            host = of(urlsplit(url).netloc)
            host.fetched += outcome in ("parsed", "quarantined")
            host.unchanged += outcome == "unchanged"
            if outcome != "failed":
                host.last_success_at = max(at, host.last_success_at or at)
            if name == "captures":
                newest[url] = outcome
    for url, outcome in newest.items():
        of(urlsplit(url).netloc).quarantined += outcome == "quarantined"
    rendered = read_when_rendered(store)
    for url, reason, sha256 in store.column_tuples("failures", ("url", "reason", "sha256")):
        if is_web_address(url) and (url, sha256) not in rendered:
            of(urlsplit(url).netloc).failed[reason] += 1
    for (name, state), addresses in frontier.items():
        of(name).due += addresses if state in _WAITING else 0
        of(name).beyond_depth += addresses if state == _BEYOND_DEPTH else 0
    return [hosts[name] for name in sorted(hosts)]
