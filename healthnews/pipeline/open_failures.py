"""What has failed and was not read since, by reason, and what can be done about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from healthnews.dataset.store import Store
from healthnews.records import CaptureRow, FailureRow

_SHELL = "needs_rendering"
_AGAIN = "`healthnews crawl --retry` asks again"
_NOTHING = "nothing to do"
_ADVICE: Sequence[tuple[str, str]] = (
    ("http_401 http_403", f"the site does not give them to us; {_NOTHING}, or write to it"),
    ("http_408 http_425 http_429 http_500 http_502 http_503 http_504", f"the server was busy or broken; {_AGAIN}"),
    ("robots", f"the site does not want them visited; {_NOTHING}"),
    ("robots_unreachable", f"without its robots.txt nothing of a host is fetched; {_AGAIN}"),
    ("connection timeout deadline incomplete no_answer dns_temporary rendering truncated bad_content_encoding", _AGAIN),
    ("postponed busy_host", "the host is left alone for a while; the next `healthnews crawl` asks again"),
    ("dns bad_address", "look at the addresses: is the host written right?"),
    ("blocked_address", "--allow-address opens a network that is yours"),
    ("other_site", "--start names the other site too, if you want it"),
    ("not_an_article bad_json", "where there is an article to read, make a parser for the site: docs/add-a-site.md"),
    ("needs_rendering", "pip install 'healthnews[browser]' and Chromium; what stays empty when rendered cannot be read"),
    ("parser_error", "mend the parser, then `healthnews reparse`"),
    ("layout_changed", "mend the parser and `healthnews reparse`, or `healthnews reparse --accept-layout HOST`"),
    ("missing_part", f"an article lacks a page of its own; {_AGAIN}"),
    ("damaged_archive", "`healthnews doctor` names the record"),
    ("title_collision", "give both pages an address (page JSON lines) to keep both"),
    ("tls bad_http bad_sitemap redirect_loop too_many_redirects", f"the site is at fault; {_NOTHING}, or write to it"),
    ("unsupported_type too_large too_deep binary empty bad_encoding", f"no page that can be read; {_NOTHING}"),
    ("internal_error", "a fault of healthnews: please report the sentence in `failures`"),
    ("missing unreadable unknown_type", "look at the files, and ingest them again"),
)
_REMEDIES: Mapping[str, str] = MappingProxyType({reason: advice for reasons, advice in _ADVICE for reason in reasons.split()})
_GONE = f"the pages are gone, or never were; {_NOTHING}"
_OTHER = "`failures` of the release has the detail"


@dataclass(frozen=True, slots=True)
class OpenFailures:
    """What failed for one reason and was not read since.

    Attributes:
        reason: As in `failures`.
        urls: Addresses, the newest failure first.
        remedy: What can be done.
    """

    reason: str
    urls: tuple[str, ...]
    remedy: str


def open_failures(fetches: Iterable[CaptureRow], failures: Iterable[FailureRow]) -> list[OpenFailures]:
    """The newest failure of each address that was not read since, by reason, the most frequent first.

    Args:
        fetches: Captures and revisits.
        failures: All that was ever recorded.
    """
    last = _last_fetches(fetches)
    newest = {row.url: row for row in sorted(failures, key=lambda row: row.failed_at)}
    urls: dict[str, list[str]] = defaultdict(list)
    for row in sorted(newest.values(), key=lambda row: row.failed_at, reverse=True):
        if _is_open(row, last.get(row.url)):
            urls[row.reason].append(row.url)
    found = [OpenFailures(reason, tuple(named), remedy_of(reason)) for reason, named in urls.items()]
    return sorted(found, key=lambda one: (-len(one.urls), one.reason))


def remedy_of(reason: str) -> str:
    """What can be done about failures of a reason."""
    return _REMEDIES.get(reason, _GONE if reason.startswith("http_4") else _OTHER)


def read_when_rendered(store: Store) -> set[tuple[str, str]]:
    """Address and digest of the shells of which a later capture, as a browser showed them, could be read: they failed for a while."""
    shells = {(url, sha256) for url, reason, sha256 in store.column_tuples("failures", ("url", "reason", "sha256")) if reason == _SHELL}
    if not shells:
        return set()
    columns = ("warc_file", "warc_offset", "url", "sha256", "outcome")
    later: dict[str, set[tuple[str, str]]] = defaultdict(set)
    read = set[tuple[str, str]]()
    for _, _, url, sha256, outcome in sorted(store.column_tuples("captures", columns, ("url", {url for url, _ in shells}))):
        read.discard((url, sha256))
        if (url, sha256) in shells:
            later[url].add((url, sha256))
        elif outcome == "parsed":
            read |= later.pop(url, set())
    return read


class _LastFetch(NamedTuple):
    at: datetime
    is_read: bool
    sha256: str


def _is_open(failure: FailureRow, last: _LastFetch | None) -> bool:
    """Whether nothing was read of the address since; of a page that was read in part (a broken sitemap) the failure is of that moment."""
    if last is None or not last.is_read:
        return True
    is_of_it = failure.sha256 == last.sha256 and failure.stage != "fetch"
    return failure.failed_at > last.at or (failure.failed_at == last.at and is_of_it)


def _last_fetches(fetches: Iterable[CaptureRow]) -> dict[str, _LastFetch]:
    """When each address was fetched last, and whether what was there then can be read."""
    last: dict[str, _LastFetch] = {}
    is_readable: dict[str, bool] = {}
    for row in sorted(fetches, key=lambda row: (row.fetched_at, row.warc_file, row.warc_offset)):
        if row.outcome in ("parsed", "quarantined"):
            is_readable[row.url] = row.outcome == "parsed"
        last[row.url] = _LastFetch(row.fetched_at, row.outcome != "failed" and is_readable.get(row.url, False), row.sha256)
    return last
