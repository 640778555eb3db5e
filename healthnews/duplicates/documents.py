"""What the search for duplicates needs to know of an article."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

MIN_TEXT = 50
"""Characters from which on a text can be a copy: a shorter one (可以报销。) answers many questions alike."""


class Described(Protocol):
    """What the rows of clusters tell of an article, for which its text need not be at hand: a `Document`, or a `Card` of one."""

    @property
    def article_id(self) -> str: ...  # noqa: D102 as of Document
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def publisher(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str | None: ...  # noqa: D102
    @property
    def published_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def first_seen_at(self) -> datetime: ...  # noqa: D102
    @property
    def recommended(self) -> int: ...  # noqa: D102
    @property
    def is_page(self) -> bool: ...  # noqa: D102
    @property
    def characters(self) -> int: ...  # noqa: D102


class Document(NamedTuple):
    """An article, a page or a stub.

    Attributes:
        article_id: Its id.
        title: Its title.
        text: Body of a page, as it stands; empty for a stub.
        snippet: Of a stub, the beginning of the answer that a related block shows; else empty.
        publisher: Who published it; empty when unknown, and all unknown ones may be one.
        url: Its address.
        published_at: When, as far as the page itself says so.
        first_seen_at: First capture in which it was seen.
        recommended: How many pages link to it in a related block.
    """

    article_id: str
    title: str
    text: str = ""
    snippet: str = ""
    publisher: str = ""
    url: str | None = None
    published_at: datetime | None = None
    first_seen_at: datetime = datetime.min
    recommended: int = 0

    @property
    def is_page(self) -> bool:
        """Its own page was read; a snippet never counts as a text of its own."""
        return bool(self.text)

    @property
    def characters(self) -> int:
        """Length of its text."""
        return len(self.text)


class Card(NamedTuple):
    """A document without its text; attributes as of `Document`."""

    article_id: str
    title: str
    publisher: str
    url: str | None
    published_at: datetime | None
    first_seen_at: datetime
    recommended: int
    is_page: bool
    characters: int


AnyDocument = TypeVar("AnyDocument", bound=Described)


def in_order(documents: Iterable[AnyDocument]) -> list[AnyDocument]:
    """Documents as they were first seen, those of one moment by id: the order that every result is told in."""
    return sorted(documents, key=lambda document: (document.first_seen_at, document.article_id))


def has_text(text: str) -> bool:
    """Whether a text is long enough to be a copy; short answers say nothing about copying."""
    return len(text) >= MIN_TEXT and len("".join(text.split())) >= MIN_TEXT
