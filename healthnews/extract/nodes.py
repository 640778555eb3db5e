"""What a site's parser reads of the nodes that its selectors found: text, lines, dates, names, related links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from selectolax.lexbor import LexborNode

from healthnews.errors import ParseError
from healthnews.extract.anchored import as_lines
from healthnews.extract.article import Dates, Names
from healthnews.extract.dates import parse_date
from healthnews.extract.flatten import flatten
from healthnews.extract.names import find_names
from healthnews.extract.page import Link, Page
from healthnews.extract.quality import is_disclaimer
from healthnews.extract.sections import Line
from healthnews.records import RelatedItem

_SELECTED = 0.95
"""Confidence of a date that stands where the site's pages have theirs; a visible date that a general rule picked has 0.8."""


def text_of(node: LexborNode) -> str:
    """The text that a reader sees of a node, on one line."""
    return " ".join(block.text for block in flatten(node).blocks)


def lines_of(*nodes: LexborNode, without: Iterable[LexborNode] = ()) -> list[Line]:
    """The text of nodes as lines of a body, a block a line, with what the markup tells of headings and lists.

    Args:
        nodes: The nodes, in the order in which their lines are wanted.
        without: Nodes inside them that are no part of the body: share bars, related blocks.
    """
    flats = [flatten(node) for node in nodes]
    lines = [line for flat in flats for line in as_lines(flat.blocks, flat)]
    for node in without:
        unwanted = [block.text for block in flatten(node).blocks]
        _remove_run(lines, unwanted)
    return lines


def _remove_run(lines: list[Line], texts: Sequence[str]) -> None:
    """Take the last run of lines with these texts out of the list; what is not body mostly stands behind it."""
    length = len(texts)
    if not length:
        return
    for start in range(len(lines) - length, -1, -1):
        if lines[start].text == texts[0] and [line.text for line in lines[start : start + length]] == texts:
            del lines[start : start + length]
            return


def take_disclaimer(lines: Sequence[Line]) -> tuple[list[Line], str | None]:
    """The lines without the last one that is a disclaimer, and its text; None where none is."""
    index = next((i for i in range(len(lines) - 1, -1, -1) if is_disclaimer(lines[i].text)), None)
    if index is None:
        return list(lines), None
    return [*lines[:index], *lines[index + 1 :]], lines[index].text


def read_dates(page: Page, selector: str) -> Dates:
    """The date of publication, the first in the one node that matches.

    Raises:
        ParseError: No node or several match, or there is no date in it, or one that lies after the capture.
    """
    text = text_of(page.one(selector))
    found = parse_date(text, page.fetched_at)
    if found is None:
        raise ParseError.of_selector(page.url, selector, repr(text[:60]), "a date that is not after the capture")
    return Dates.of(found, "visible_text", _SELECTED, text)


def meta_dates(page: Page, name: str) -> Dates:
    """The date of publication from the meta element of this name, property or itemprop, in lower case.

    Raises:
        ParseError: There is no such element, or no date in it, or one that lies after the capture.
    """
    text = page.metadata.get(name)
    found = parse_date(text, page.fetched_at) if text else None
    if text is None or found is None:
        raise ParseError.of_selector(page.url, f"meta {name}", repr(text), "a date that is not after the capture")
    return Dates.of(found, "meta", _SELECTED, text or "")


def read_names(*nodes: LexborNode | None) -> Names:
    """Author, source, editor and reviewer, each where a line of the nodes names it as such."""
    return find_names([block.text for node in nodes if node is not None for block in flatten(node).blocks])


def related_items(links: Iterable[Link]) -> tuple[RelatedItem, ...]:
    """Links as the entries of a related block, in order; those without a text (pictures) are left out."""
    titled = (link for link in links if link.text)
    return tuple(RelatedItem(position=position, title=link.text, url=link.url) for position, link in enumerate(titled, 1))
