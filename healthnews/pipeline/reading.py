"""What archived records hold: their bytes are taken from the archive here, and read by the engine, wherever that runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.crawl.responses import HttpResponse
from healthnews.engine import Engine
from healthnews.errors import PageError
from healthnews.extract.listing import Listing, robots_listing
from healthnews.extract.page import Page, asks_not_to_be_indexed, opts_out_of_training
from healthnews.extract.registry import parse_page, read_page
from healthnews.extract.reservations import reserves_training
from healthnews.pipeline.rows import holds_robots, status_error
from healthnews.records import Article, RawPage


class Stored(NamedTuple):
    """A record's bytes, and all that it takes to read them.

    Attributes:
        is_fetched: It was fetched from the web.
        robots: Its X-Robots-Tag.
        reservation: Its TDM-Reservation.
        is_robots: It came when robots.txt was asked for, whatever it is: a home page perhaps, which nobody linked.
    """

    url: str
    content_type: str
    payload: bytes
    fetched_at: datetime
    is_fetched: bool
    robots: str | None
    reservation: str | None = None
    is_robots: bool = False


class Reading(NamedTuple):
    """What a record holds; whether it says noindex; the charset of a page, and what spoke for it; whether it opts out of training."""

    content: Article | Listing | PageError
    noindex: bool = False
    charset: str | None = None
    charset_evidence: str | None = None
    training_opt_out: bool = False


class Read(NamedTuple):
    """A record's answer, where it is one, and what it holds."""

    response: HttpResponse | None
    reading: Reading


def read_records(
    archive: Archive, entries: Iterable[ArchiveEntry | None], assigned: Mapping[str, str], engine: Engine
) -> Iterator[Read | None]:
    """What each record holds, in order; None for None.

    Args:
        archive: Where the records are.
        entries: The records.
        assigned: Parser by host, where the settings name one.
        engine: What reads them, perhaps some ahead of those asked for.
    """
    taken: deque[tuple[HttpResponse | None, PageError | None]] = deque()

    def take() -> Iterator[Stored | None]:
        for entry in entries:
            response, stored = (None, None) if entry is None else _take(archive, entry)
            taken.append((response, stored if isinstance(stored, PageError) else None))
            yield stored if isinstance(stored, Stored) else None

    for reading in engine.map(partial(read_stored, assigned=assigned), take()):
        response, error = taken.popleft()
        found = reading or (Reading(error) if error is not None else None)
        yield None if found is None else Read(response, found)


def _take(archive: Archive, entry: ArchiveEntry) -> tuple[HttpResponse | None, Stored | PageError]:
    """A record's answer and its bytes, or why there are none."""
    response: HttpResponse | None = None
    try:
        if entry.status is None:
            payload = archive.read(entry)
        else:
            response = archive.read_response(entry)
            if (refused := status_error(entry)) is not None:
                return response, refused
            payload = response.content()
    except PageError as error:
        return response, error
    robots, reservation = (response.header("x-robots-tag"), response.header("tdm-reservation")) if response else (None, None)
    is_fetched = entry.status is not None
    return response, Stored(
        entry.url, entry.content_type, payload, entry.fetched_at, is_fetched, robots, reservation, is_fetched and holds_robots(entry)
    )


def read_stored(stored: Stored | None, assigned: Mapping[str, str]) -> Reading | None:
    """What a record's bytes hold, or why they hold nothing; a parser's bug costs its page and no other."""
    if stored is None:
        return None
    noindex, charset, evidence, opts_out = False, None, None, False
    try:
        noindex = asks_not_to_be_indexed(stored.payload, stored.robots)
        opts_out = opts_out_of_training(stored.payload, stored.robots, stored.reservation)
        raw = RawPage(url=stored.url, content_type=stored.content_type, payload=stored.payload, fetched_at=stored.fetched_at)
        if stored.is_robots:
            reserved = reserves_training(stored.payload.decode("utf-8-sig", "replace"))
            return Reading(robots_listing(raw), noindex, training_opt_out=reserved)
        page = Page(raw)
        charset, evidence = page.decoded.charset, page.decoded.evidence
        content: Article | Listing | PageError = read_page(page, assigned) if stored.is_fetched else parse_page(page, assigned)
    except PageError as error:
        content = error
    except Exception as error:
        content = PageError("parser_error", f"{stored.url}: the parser failed with {type(error).__name__}: {error}")
    return Reading(content, noindex, charset, evidence, opts_out)
