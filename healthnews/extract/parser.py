"""What a parser module offers, and which of its versions reads a page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Protocol

from healthnews.errors import HealthnewsError
from healthnews.extract.dates import CHINA
from healthnews.extract.page import Page
from healthnews.records import Article

Parse = Callable[[Page], Article]
"""Reads one page; raises ParseError where the page is not what the parser expects."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """How a site's pages were read before its markup changed, for captures of that time.

    Attributes:
        until: The first day, Asia/Shanghai, of which captures no longer look so.
        version: The version that is recorded with what it reads.
        parse: Reads them.
    """

    until: date
    version: str
    parse: Parse


class Parser(Protocol):
    """What a parser module offers.

    A site parser also has `HOSTS`, the hosts that it reads, in lower case. One whose site has changed also has `EARLIER`, the
    versions of before, oldest first.
    """

    VERSION: str

    def parse(self, page: Page) -> Article:
        """The Article of a page."""


def version_of(parser: Parser, page: Page) -> tuple[str, Parse]:
    """Version and function of a parser for a page: those of the day on which it was captured."""
    earlier: Sequence[Earlier] = getattr(parser, "EARLIER", ())
    if earlier:
        captured_on = page.fetched_at.astimezone(CHINA).date()
        for edition in earlier:
            if captured_on < edition.until:
                return edition.version, edition.parse
    return parser.VERSION, parser.parse


def check_parser(name: str, parser: Parser) -> None:
    """Refuse a module that is no parser, with what it lacks: it would fail page by page.

    Raises:
        HealthnewsError: It has no `VERSION` or `parse`, or hosts that are no lower-case names, or versions out of order.
    """
    if not isinstance(getattr(parser, "VERSION", None), str) or not callable(getattr(parser, "parse", None)):
        raise HealthnewsError(f"parsers/{name}.py: expected VERSION, a string, and parse(page); a module without them begins with _")
    hosts = getattr(parser, "HOSTS", ())
    if isinstance(hosts, str) or any(not isinstance(host, str) or host != host.strip().lower() or "/" in host for host in hosts):
        raise HealthnewsError(f'parsers/{name}.py: HOSTS is {hosts!r}, expected a tuple of hosts in lower case: ("www.example.com",)')
    days = [edition.until for edition in getattr(parser, "EARLIER", ())]
    if any(later <= day for day, later in pairwise(days)):
        raise HealthnewsError(f"parsers/{name}.py: the days in EARLIER are {', '.join(map(str, days))}, expected the oldest first")
