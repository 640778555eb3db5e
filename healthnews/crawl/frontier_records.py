"""What is put into the frontier and what comes out of it: links, claims, finished visits, counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

LISTING_PRIORITY = 100
"""`Link.at_least` of a sitemap, and of what a page leads to that is there to lead to others."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address to be put into the frontier.

    Attributes:
        url: Canonical.
        depth: Links followed to reach it from a start address.
        priority: Higher is fetched sooner; what several links give one address is added up.
        at_least: The address has this priority in any case, however often the link is found again.
    """

    url: str
    depth: int
    priority: int = 0
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased address, with what a conditional request and a revisit record need.

    Attributes:
        attempts: How often it was postponed since the last visit that was finished.
        outcome: What that visit came to.
        is_listing: It led to others when it was read.
        last_fetched_at: When the content was fetched that it had at its last visit.
        interval_seconds: Between two visits, as it was when it was last visited; None before the first.
        host_failures: How many requests to its host brought no answer at all, one after the other.
        visited_at: When it was visited last, whatever came of it.
        refusal: What `refusal_of` says of the error page that was archived last; None when a page came since.
        refused_at: When that was archived.
        next_turn_at: Before which this claim lets nothing else be asked of its host, in seconds since 1970; None without a lease.
    """

    url: str
    depth: int
    attempts: int
    outcome: str | None
    is_listing: bool
    last_fetched_at: datetime | None
    etag: str | None
    last_modified: str | None
    sha256: str | None
    interval_seconds: float | None = None
    host_failures: int = 0
    visited_at: datetime | None = None
    refusal: str | None = None
    refused_at: datetime | None = None
    next_turn_at: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A visit that came to an end, good or bad; what is not given is forgotten, so an unchanged page hands on its claim's.

    Attributes:
        url: A known address.
        fetched_at: When the content was fetched.
        outcome: One word for the display.
        due_at: When it is due again; None for never.
        etag: Validator for the next request.
        last_modified: The same.
        sha256: Digest of the content.
        interval_seconds: Between two visits.
        visited_at: When the visit was; `fetched_at` where that is not said.
        refusal: What `refusal_of` says of the error page that was archived last.
        refused_at: When that was archived.
    """

    url: str
    fetched_at: datetime
    outcome: str
    due_at: datetime | None
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    interval_seconds: float | None = None
    visited_at: datetime | None = None
    refusal: str | None = None
    refused_at: datetime | None = None


def refusal_of(outcome: str, sha256: str) -> str:
    """What is kept of an error page, to know it again: what the visit came to, and the digest of the page."""
    return f"{outcome} {sha256}"


@dataclass(frozen=True, slots=True)
class HostCount:
    """How many addresses of a host are in a state: due, leased, postponed, done, gone, or beyond_depth where a depth was given."""

    host: str
    state: str
    addresses: int
