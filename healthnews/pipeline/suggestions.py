"""Where a site's pages have their title, date, names, body and related links: selectors that hold on every frozen page of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Protocol

from selectolax.lexbor import LexborNode

from healthnews.errors import ParseError, UsageError
from healthnews.extract.dates import parse_date
from healthnews.extract.nodes import lines_of, read_names, related_items, text_of
from healthnews.extract.page import Page
from healthnews.pipeline.selectors import names_of, selectors_of, step_to
from healthnews.records import Article

_ENOUGH = 0.9
"""Share of the body's characters that its element must hold."""
_HEADLINES = ("h1", "h2", "h3", "h4", "title")
_MAX_LINE = 240
_MAX_NOISE = 12
_MAX_KEPT = 40
_MAX_NUMBERS = 3
_LEAST_RELATED = 2
_META_DATES = ("article:published_time", "pubdate", "publishdate", "datepublished", "publish_date", "og:release_date", "date")
_SPACE = re.compile(r"\s+")
_PEOPLE = ("author", "source", "editor", "reviewer")


class Reads(Protocol):
    """The generic parser, which nobody imports by name."""

    def __call__(self, page: Page) -> Article:
        """The Article of a page; ParseError when there is none."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Selectors that hold on every page that was looked at; None where the pages show nothing of the kind.

    Attributes:
        title: Of the headline, or `title` when no element shows it alone; None when og:title names it.
        body: Of the element with the text.
        without: Of elements inside it that are no part of the text.
        date: Of the element whose first date is that of publication.
        date_meta: Name of the meta element with it, where no element shows it.
        names: Of the elements that name author, source, editor or reviewer.
        related: Of the links to other articles.
    """

    title: str | None
    body: str
    without: tuple[str, ...] = ()
    date: str | None = None
    date_meta: str | None = None
    names: tuple[str, ...] = ()
    related: str | None = None


class Reading:
    """A frozen page and what the generic parser makes of it; where it finds no article, headline and longest text stand in."""

    def __init__(self, page: Page, read: Reads) -> None:
        self.page = page
        try:
            self.article: Article | None = read(page)
        except ParseError:
            self.article = None

    @cached_property
    def title(self) -> str:
        """The headline."""
        if self.article is not None:
            return self.article.title
        found = (node for tag in _HEADLINES for node in self.page.dom.css(tag) if text_of(node) or node.tag == "title")
        node = next(found, None)
        return "" if node is None else text_of(node) or _SPACE.sub(" ", node.text()).strip()

    @cached_property
    def body(self) -> frozenset[str]:
        """The lines of the body."""
        if self.article is not None and self.article.body:
            return frozenset(self.article.body.split("\n"))
        lines = sorted((line.text for line in lines_of(self.page.root)), key=len, reverse=True)
        return frozenset(lines[: max(1, len(lines) // 4)])

    @cached_property
    def container(self) -> LexborNode:
        """The deepest element that holds nearly all of the body."""
        node = self.page.dom.body or self.page.root
        while inner := next((child for child in node.iter() if self.share(child) >= _ENOUGH), None):
            node = inner
        return node

    def share(self, node: LexborNode) -> float:
        """Which part of the body's characters stands in a node, 0 to 1."""
        text = _SPACE.sub("", node.text())
        sizes = {line: len(_SPACE.sub("", line)) for line in self.body}
        return sum(size for line, size in sizes.items() if _SPACE.sub("", line) in text) / max(1, sum(sizes.values()))

    def lines(self, node: LexborNode) -> list[str]:
        """The lines of a node."""
        return [line.text for line in lines_of(node)]

    def noise(self) -> list[LexborNode]:
        """Elements inside the container that hold no line of the body."""
        disclaimer = self.article.disclaimer if self.article else None
        found: list[LexborNode] = []
        open_nodes = [self.container]
        while open_nodes:
            for child in open_nodes.pop().iter():
                lines = self.lines(child)
                others = [line for line in lines if line not in self.body and line != disclaimer]
                if others and len(others) == len(lines):
                    found.append(child)
                elif others:
                    open_nodes.append(child)
        return found


def suggest(pages: Sequence[Page], read: Reads) -> Suggestion:
    """Selectors for the pages of one kind of one site.

    Args:
        pages: At least one; the more, the steadier the selectors.
        read: The generic parser.

    Raises:
        UsageError: The pages have no element in common that holds their text.
    """
    readings = [Reading(page, read) for page in pages]
    body = _first_that_holds(readings, lambda first: [first.container], _is_body)
    if body is None:
        raise UsageError(
            f"{pages[0].url} and {len(pages) - 1} more: no selector finds the text on all of them; freeze pages of one kind only,"
            " or write the parser by hand after an example in parsers/"
        )
    date = _first_that_holds(readings, _date_nodes, _is_date, most_numbers=_MAX_NUMBERS)
    return Suggestion(
        title=_title(readings),
        body=body,
        without=_without(readings, body),
        date=date,
        date_meta=None if date else _date_meta(readings),
        names=tuple(_names(readings)),
        related=_related(readings),
    )


def _first_that_holds(
    readings: Sequence[Reading],
    nodes: Callable[[Reading], Iterable[LexborNode]],
    holds: Callable[[Reading, LexborNode], bool],
    *,
    most_numbers: int | None = None,
) -> str | None:
    """The first selector of the nodes found on one page that matches, on every page, one node that is what it should be.

    One that counts elements more than `most_numbers` times would break with the next advertisement, and is left out.
    """
    for reading in readings:
        for node in nodes(reading):
            for selector in islice(selectors_of(reading.page, node), _MAX_KEPT):
                steady = most_numbers is None or selector.count(":nth-") <= most_numbers
                if steady and all(_holds(other, selector, holds) for other in readings):
                    return selector
    return None


def _holds(reading: Reading, selector: str, holds: Callable[[Reading, LexborNode], bool]) -> bool:
    found = reading.page.dom.css(selector)
    return len(found) == 1 and holds(reading, found[0])


def _is_body(reading: Reading, node: LexborNode) -> bool:
    return reading.share(node) >= _ENOUGH


def _title(readings: Sequence[Reading]) -> str | None:
    found = _first_that_holds(readings, _title_nodes, _is_title)
    return found or (None if all(reading.page.metadata.get("og:title") for reading in readings) else "title")


def _title_nodes(reading: Reading) -> list[LexborNode]:
    """Elements that show the title and nothing else: headlines first, then the outermost."""
    longest = 2 * len(reading.title) + 20
    found = [n for n in (reading.page.dom.body or reading.page.root).css("*") if n.tag not in ("script", "style")]
    shown = [node for node in found if len(node.text().strip()) <= longest and text_of(node) == reading.title]
    return sorted(shown, key=lambda node: _HEADLINES.index(node.tag) if node.tag in _HEADLINES else len(_HEADLINES))


def _is_title(reading: Reading, node: LexborNode) -> bool:
    return bool(reading.title) and text_of(node) == reading.title


def _short_nodes(reading: Reading) -> Iterator[tuple[int, LexborNode]]:
    """Elements outside the body with little text, with its length."""
    for node in (reading.page.dom.body or reading.page.root).css("*"):
        size = len(node.text())
        if 0 < size <= 3 * _MAX_LINE and node.tag not in ("script", "style", "a"):
            text = text_of(node)
            if 0 < len(text) <= _MAX_LINE and reading.body.isdisjoint(reading.lines(node)):
                yield len(text), node


def _date_nodes(reading: Reading) -> list[LexborNode]:
    """Elements whose first date is that of the article, the shortest first."""
    if reading.article is None or reading.article.published_at is None:
        return []
    found = [(size, index, node) for index, (size, node) in enumerate(_short_nodes(reading)) if _is_date(reading, node)]
    return [node for _, _, node in sorted(found, key=lambda entry: entry[:2])]


def _is_date(reading: Reading, node: LexborNode) -> bool:
    wanted = reading.article.published_at if reading.article else None
    found = parse_date(text_of(node), reading.page.fetched_at)
    return found is not None and (wanted is None or found.moment == wanted)


def _date_meta(readings: Sequence[Reading]) -> str | None:
    def has_date(reading: Reading, name: str) -> bool:
        text = reading.page.metadata.get(name)
        return text is not None and parse_date(text, reading.page.fetched_at) is not None

    return next((name for name in _META_DATES if all(has_date(reading, name) for reading in readings)), None)


def _names(readings: Sequence[Reading]) -> Iterator[str]:
    """Selectors of elements that name people, until everybody whom the articles name is named."""
    wanted = {field for reading in readings if reading.article for field in _PEOPLE if getattr(reading.article, field)}
    while wanted:
        nodes = partial(_name_nodes, wanted=wanted)
        named = _first_that_holds(readings, nodes, _says_no_other_names, most_numbers=_MAX_NUMBERS)
        if named is None:
            return
        yield named
        found = [_named(reading, node) for reading in readings for node in reading.page.dom.css(named)]
        covered = wanted.intersection(*[set().union(*found)])
        if not covered:
            return
        wanted = wanted - covered


def _named(reading: Reading, node: LexborNode) -> set[str]:
    """Fields of the article that a node names as it does."""
    found, article = read_names(node), reading.article
    return {field for field in _PEOPLE if article and getattr(article, field) and getattr(found, field) == getattr(article, field)}


def _name_nodes(reading: Reading, wanted: Set[str]) -> list[LexborNode]:
    """Elements that name wanted people, those that name the most of them first, of these the shortest."""
    found = [(len(_named(reading, node) & wanted), size, index, node) for index, (size, node) in enumerate(_short_nodes(reading))]
    ordered = sorted((entry for entry in found if entry[0]), key=lambda entry: (-entry[0], entry[1], entry[2]))
    return [node for _, _, _, node in ordered]


def _says_no_other_names(reading: Reading, node: LexborNode) -> bool:
    """Whether nobody is named otherwise than in the article."""
    found, article = read_names(node), reading.article
    return article is None or all(getattr(found, field) in (None, getattr(article, field)) for field in _PEOPLE)


def _without(readings: Sequence[Reading], body: str) -> tuple[str, ...]:
    """Selectors of what is in the body's element and not in the body; one that would take body lines away on any page is none."""
    kept: list[str] = []
    for reading in readings:
        for node in reading.noise():
            is_child = node.parent is not None and node.parent.mem_id == reading.container.mem_id
            named = [f"{body} {name}" for name in names_of(node)] + ([f"{body} > {step_to(node)}"] if is_child else [])
            for selector in named:
                if all(_takes_no_body(other, selector) for other in readings):
                    kept.append(selector)
                    break
    return tuple(dict.fromkeys(kept))[:_MAX_NOISE]


def _takes_no_body(reading: Reading, selector: str) -> bool:
    return all(reading.body.isdisjoint(reading.lines(node)) for node in reading.page.dom.css(selector))


def _related(readings: Sequence[Reading]) -> str | None:
    """Selector of the links that the generic parser took for related, where all of them stand in one element that has no others."""
    for reading in readings:
        wanted = [item.title for item in reading.article.related] if reading.article else []
        if len(wanted) < _LEAST_RELATED:
            continue
        first = next((node for node in reading.page.dom.css("a[href]") if text_of(node) == wanted[0]), None)
        holder = first.parent if first is not None else None
        while holder is not None and holder.tag not in ("body", "html", None):
            links = [item.title for item in related_items(reading.page.links(within=holder))]
            if len(links) > len(wanted):
                break
            if links == wanted:
                return next((f"{selector} a[href]" for selector in selectors_of(reading.page, holder) if ":nth-" not in selector), None)
            holder = holder.parent
    return None
