"""Work tables beside the articles: how each page looked to its parser, and which page goes on with which article."""

from __future__ import annotations

from dataclasses import dataclass

from healthnews.records import column


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationRow:
    """Work table: how a page of the web looked to its parser; a changed layout shows in many of them."""

    capture_id: str = column("The capture.", key=True)
    host: str = column("Host and, where it is not the scheme's own, port.")
    section: str = column("First folder of the path, digits as #; empty for pages at the top.")
    parser: str = column("Parser that read it, or tried to.")
    run: int = column("Runs archived before that of the capture.")
    url: str = column("Canonical URL.")
    is_error: bool = column("The parser found no article.", default=False)
    title: str | None = column("Key of the title.", default=None)
    has_date: bool = column("A date of publication was found.", default=False)
    has_author: bool = column("An author was found.", default=False)
    body_characters: int = column("Length of the body.", default=0)
    related: int = column("Related links.", default=0)
    tags: int = column("Tags.", default=0)
    is_held: bool = column("Held back: the layout of its host has changed.", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """Work table: that a page is one of several of an article; it counts only while that capture is the page's newest."""

    article_id: str = column("The page, as an article of its own.", key=True)
    capture_id: str = column("Capture that says so.", key=True)
    number: int = column("Which page it is, from 1.")
    count: int | None = column("How many there are, where the page says so.", default=None)
    next_url: str | None = column("Canonical URL of the next page; null for the last.", default=None)
