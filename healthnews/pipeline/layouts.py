"""Layouts: what the work tables hold of how pages looked, judged run after run, and which pages are held back for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from healthnews.crawl.archive import Archive
from healthnews.dataset import work
from healthnews.dataset.observations import ObservationRow
from healthnews.dataset.store import Store
from healthnews.errors import PageError
from healthnews.extract.listing import Listing, is_robots
from healthnews.extract.registry import GENERIC, parsers_by_host
from healthnews.language.normalise import text_key
from healthnews.pipeline.drift import ARTICLES, NOTHING_EXPECTED, Alert, Change, Expected, Group
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.runs import Runs
from healthnews.records import Article, CaptureRow
from healthnews.schema import from_table
from healthnews.settings import read_sites

CHANGED = "layout_changed"
"""Reason for which a page is held back that its parser has read."""
_NO_PAGES = frozenset(("unknown_type", "binary", "too_large"))
"""Reasons that say that something is no page of text, which no parser can be blamed for."""
_DIGITS = re.compile(r"\d+")


def observe(
    capture: CaptureRow, content: Article | Listing | PageError | None, run: int, assigned: Mapping[str, str]
) -> ObservationRow | None:
    """How a page of the web looked; None for what is no article page, or not its first.

    Args:
        capture: Its row.
        content: What was read.
        run: Number of the run that brought it.
        assigned: Parser by host, where the settings name one.
    """
    url = capture.canonical_url
    if url is None or content is None or isinstance(content, Listing) or capture.outcome == "failed" or is_robots(capture.url):
        return None
    host, section = urlsplit(url).netloc, section_of(url)
    if isinstance(content, PageError):
        if content.reason in _NO_PAGES:
            return None
        parser = assigned.get(host) or parsers_by_host().get(urlsplit(url).hostname or "", GENERIC)
        return ObservationRow(capture_id=capture.capture_id, host=host, section=section, parser=parser, run=run, url=url, is_error=True)
    if content.part is not None and content.part.number > 1:
        return None  # the pages behind the first have no date, no author, and often nothing that is recommended
    return ObservationRow(
        capture_id=capture.capture_id, host=host, section=section, parser=content.parser, run=run, url=url, title=text_key(content.title),
        has_date=content.published_at is not None, has_author=content.author is not None, body_characters=len(content.body or ""),
        related=len(content.related), tags=len(content.tags),
    )  # fmt: skip


def section_of(url: str) -> str:
    """First folder of an address, digits as #: pages of one section look alike, those of two need not."""
    folders = urlsplit(url).path.split("/")[1:-1]
    return _DIGITS.sub("#", folders[0]) if folders else ""


def held_error(url: str) -> PageError:
    """Why a page is held back; the figures are in `healthnews status`, for they change with every page."""
    host = urlsplit(url).netloc
    detail = (
        f"{url}: the pages of its run do not look as those of {host} did before, see `healthnews status`; when the parser is mended,"
        f" `healthnews reparse --host {host}` brings them back, and `healthnews reparse --accept-layout {host}` as they are"
    )
    return PageError(CHANGED, detail)


def expected_counts() -> dict[str, Expected]:
    """What the settings expect, by host."""
    return {site.host: {name: (least, most) for name, least, most in site.expected} for site in read_sites() if site.expected}


class LayoutWatch:
    """Judges the hosts of which pages arrive, with what the work tables hold of them.

    Args:
        store: The work tables.
        accepted: By host, the numbers of the runs before which its layout was accepted.
    """

    def __init__(self, store: Store, accepted: Mapping[str, Sequence[int]]) -> None:
        self._expected = expected_counts()
        self._accepted = accepted
        self._known = _known_observations(store)
        flagged = self._known.filter(self._known["is_held"])
        self._held_before: set[str] = set(flagged["capture_id"].to_pylist())
        self._hosts_of = dict(zip(flagged["capture_id"].to_pylist(), flagged["host"].to_pylist(), strict=True))
        self._groups: dict[str, dict[tuple[str, str], Group]] = {}

    def add(self, rows: Iterable[ObservationRow]) -> None:
        """Take what a batch brought."""
        for row in rows:
            _add_row(self._groups_of(row.host), row, self._expected.get(row.host, NOTHING_EXPECTED), self._accepted.get(row.host, ()))

    def look_at(self, hosts: Iterable[str]) -> None:
        """Judge hosts of which nothing came: their layout was accepted."""
        for host in hosts:
            self._groups_of(host)

    def _groups_of(self, host: str) -> dict[tuple[str, str], Group]:
        if host not in self._groups:
            self._groups[host] = {}
            expected, accepted = self._expected.get(host, NOTHING_EXPECTED), self._accepted.get(host, ())
            for row in _rows_of(self._known, host):
                _add_row(self._groups[host], row, expected, accepted)
        return self._groups[host]

    def held(self) -> set[str]:
        """Captures that are held back, of every host; pages that could not be read at all are refused for that."""
        others = {capture for capture in self._held_before if self._hosts_of[capture] not in self._groups}
        standings = (group.now() for groups in self._groups.values() for group in groups.values())
        return others | {row.capture_id for standing in standings for row in standing.held if not row.is_error}

    def held_before(self) -> set[str]:
        """Captures that the work tables hold back."""
        return self._held_before

    def settle(self, held: set[str]) -> None:
        """Note that the work tables hold back just these."""
        hosts = {row.capture_id: row.host for groups in self._groups.values() for g in groups.values() for row in g.now().held}
        self._hosts_of |= hosts
        self._held_before = set(held)


def _add_row(groups: dict[tuple[str, str], Group], row: ObservationRow, expected: Expected, accepted: Sequence[int]) -> None:
    key = row.section, row.parser
    if key not in groups:
        groups[key] = Group(expected, accepted)
    groups[key].add(row)


def _known_observations(store: Store) -> pa.Table:
    """Observations of captures whose batch was finished, by run; those of a batch that a kill cut off are made again."""
    table = work.table(store, "observations")
    captured = pa.array([row[0] for row in store.column_tuples("captures", ("capture_id",))], pa.string())
    return table.filter(pc.is_in(table["capture_id"], captured)).sort_by("run")


def _rows_of(table: pa.Table, host: str) -> list[ObservationRow]:
    return from_table(ObservationRow, table.filter(pc.equal(table["host"], host)))


def read_alerts(store: Store, accepted: Mapping[str, Sequence[int]]) -> list[Alert]:
    """What is other about the newest pages of each host, the most pages held back first."""
    expected = expected_counts()
    groups: dict[str, dict[tuple[str, str], Group]] = {}
    for row in from_table(ObservationRow, _known_observations(store)):
        _add_row(groups.setdefault(row.host, {}), row, expected.get(row.host, NOTHING_EXPECTED), accepted.get(row.host, ()))
    alerts = [
        Alert(host, section, parser, sum(not row.is_error for row in standing.held), standing.changes)
        for host, of_host in groups.items()
        for (section, parser), group in of_host.items()
        if (standing := group.now()).held or standing.changes
    ]
    alerts += _article_alerts(store, expected)
    return sorted(alerts, key=lambda alert: (-alert.held, alert.host, alert.section, alert.parser))


def folder_alerts(folder: DataFolder) -> list[Alert]:
    """As `read_alerts`, of a data folder as it stands."""
    runs = Runs()
    for entry in Archive.read_entries(folder.raw):
        runs.take(entry)
    return read_alerts(Store(folder.tables), runs.accepted)


def _article_alerts(store: Store, expected: Mapping[str, Expected]) -> list[Alert]:
    """Hosts of which more or fewer articles are known than the settings expect."""
    wanted = {host: counts[ARTICLES] for host, counts in expected.items() if ARTICLES in counts}
    if not wanted:
        return []
    columns: set[tuple[Any, ...]] = store.column_tuples("sightings", ("article_id", "canonical_url", "is_page"))
    found = Counter(urlsplit(url).netloc for _, url, is_page in columns if url and is_page)
    alerts = []
    for host, (least, most) in wanted.items():
        count = found[host]
        if host in found and (count < least or (most is not None and count > most)):
            bound = most if most is not None and count > most else least
            change = Change(ARTICLES, count, count, None, 0, bound=bound, holds=False, is_excess=count > least)
            alerts.append(Alert(host, "", "any parser", 0, (change,)))
    return alerts
