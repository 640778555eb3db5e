"""A DOM flattened to ordered text blocks with their links; every element is a range of blocks."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from healthnews.language.normalise import strip_invisible

_SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "iframe",
        "svg",
        "select",
        "textarea",
        "object",
        "canvas",
        "math",
        "video",
        "audio",
        "map",
        "datalist",
        "-comment",
        "-doctype",
    ]
)
_BLOCK = frozenset(
    [
        "html",
        "body",
        "div",
        "p",
        "br",
        "hr",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "nav",
        "aside",
        "form",
        "fieldset",
        "blockquote",
        "pre",
        "center",
        "figure",
        "figcaption",
        "address",
        "details",
        "summary",
        "menu",
        "dir",
        "legend",
        "hgroup",
        "search",
    ]
)
# Edges of these are no place to split a text: they stand inside a sentence.
_PHRASING = frozenset(
    [
        "b",
        "i",
        "u",
        "s",
        "em",
        "strong",
        "font",
        "mark",
        "sub",
        "sup",
        "big",
        "strike",
        "ins",
        "del",
        "code",
        "kbd",
        "q",
        "abbr",
        "bdi",
        "bdo",
        "var",
        "samp",
        "tt",
        "wbr",
        "ruby",
        "rb",
        "nobr",
    ]
)
_SPACES = re.compile(r"\s{2,}|[^\S ]")
_BREAK_INSIDE_CHINESE = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*\r?\n\s*(?=[\u3000-\u9fff\uff00-\uffef])")
_MAX_CELL = 200
"""Longest cell, in characters, that still looks like data: longer ones come from layout tables, whose cells are blocks of their own."""


class Part(NamedTuple):
    """A stretch of a block's text with one address, or none."""

    text: str
    href: str | None


@dataclass(slots=True)
class Block:
    """One line of a page.

    Attributes:
        text: Its text on one line.
        tag: Name of the innermost block element.
        parts: The text cut where links and spans begin and end; a part's spaces are folded, not stripped.
        link_characters: How many characters are link text.
        element: Index of the innermost block element in `Flat.elements`.
        bold: All of the text is bold.
        cells: For a table row, the blocks of its cells; else empty.
    """

    text: str
    tag: str
    parts: tuple[Part, ...]
    link_characters: int
    element: int
    bold: bool = False
    cells: tuple["Block", ...] = ()


@dataclass(slots=True)
class Element:
    """A block element as a range of blocks, half-open.

    Attributes:
        tag: Its name.
        names: Class and id in lower case, joined by spaces.
        hidden: It, not an ancestor of it, is marked as not shown.
        parent: Index of the enclosing element; -1 for the root.
        start: First block.
        end: Index after the last block.
    """

    tag: str
    names: str
    hidden: bool
    parent: int
    start: int
    end: int = -1


@dataclass(frozen=True, slots=True)
class Flat:
    """A page as blocks and, in document order, the elements that hold them."""

    blocks: list[Block]
    elements: list[Element]


def fold_text(text: str) -> str:
    """Text on one line; a line break inside Chinese source text is no space."""
    if text.isspace():
        return ""
    if "\n" in text:
        text = _BREAK_INSIDE_CHINESE.sub("", text)
    return " ".join(strip_invisible(text).split())


class _Builder:
    """Collects text of one block after another during the walk."""

    def __init__(self, *, markers: bool) -> None:
        self.blocks: list[Block] = []
        self.elements: list[Element] = []
        self.open: list[int] = []
        self.pieces: list[tuple[str, str | None, bool]] = []
        self.cuts: list[int] = []
        self.href: str | None = None
        self.bold = 0
        self.preformatted = 0
        self.markers = markers
        self.counters: list[int | None] = []
        self.marker = ""

    def add_text(self, text: str) -> None:
        if self.preformatted and "\n" in text:
            for line in text.split("\n"):
                self.pieces.append((line, self.href, self.bold > 0))
                self.flush()
        elif self.pieces or not text.isspace():
            self.pieces.append((text, self.href, self.bold > 0))

    def cut(self) -> None:
        self.cuts.append(len(self.pieces))

    def flush(self) -> None:
        """End the block in progress; white space alone makes none."""
        if not self.pieces:
            return
        text = fold_text("".join(piece[0] for piece in self.pieces))
        if text:
            parts = self._parts()
            bold = self.pieces[0][2] and all(piece[2] for piece in self.pieces if not piece[0].isspace())
            link_characters = sum([len(part.text.strip()) for part in parts if part.href is not None])
            element = self.open[-1] if self.open else -1
            tag = self.elements[element].tag if element >= 0 else ""
            self.blocks.append(Block(self.marker + text, tag, parts, link_characters, element, bold))
            self.marker = ""
        self.pieces.clear()
        self.cuts.clear()

    def _parts(self) -> tuple[Part, ...]:
        if len(self.pieces) == 1:
            return (Part(_SPACES.sub(" ", self.pieces[0][0]), self.pieces[0][1]),)
        joined: list[tuple[list[str], str | None]] = []
        cuts = set(self.cuts)
        for index, (text, href, _) in enumerate(self.pieces):
            if joined and index not in cuts and joined[-1][1] == href:
                joined[-1][0].append(text)
            else:
                joined.append(([text], href))
        parts = (Part(_SPACES.sub(" ", "".join(texts)), href) for texts, href in joined)
        return tuple(part for part in parts if not part.text.isspace() and part.text)

    def enter(self, tag: str, node: LexborNode) -> None:
        if tag in _BLOCK:
            self.flush()
            if tag not in ("br", "hr"):
                self._open_element(tag, node)
        elif tag not in _PHRASING:
            self.cut()
        if tag == "a":
            self.href = node.attributes.get("href") or ""
        elif tag in ("b", "strong"):
            self.bold += 1
        elif tag == "pre":
            self.preformatted += 1

    def _open_element(self, tag: str, node: LexborNode) -> None:
        attributes = node.attributes
        names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower() if attributes else ""
        style = (attributes.get("style") or "").replace(" ", "").lower() if attributes else ""
        hidden = "display:none" in style or "hidden" in attributes
        self.elements.append(Element(tag, names, hidden, self.open[-1] if self.open else -1, len(self.blocks)))
        self.open.append(len(self.elements) - 1)
        if self.markers:
            self._number(tag, attributes)

    def _number(self, tag: str, attributes: dict[str, str | None]) -> None:
        """Keep count of list items, so that the numbers a reader sees are in the text."""
        if tag == "ol":
            start = attributes.get("start") or "1"
            self.counters.append(int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1)
        elif tag == "ul":
            self.counters.append(None)
        elif tag == "li" and self.counters:
            count = self.counters[-1]
            self.marker = "• " if count is None else f"{count}. "
            if count is not None:
                self.counters[-1] = count + 1

    def leave(self, tag: str) -> None:
        if tag in _BLOCK:
            self.flush()
            if tag not in ("br", "hr"):
                self._close_element(tag)
        elif tag not in _PHRASING:
            self.cut()
        if tag == "a":
            self.href = None
        elif tag in ("b", "strong"):
            self.bold -= 1
        elif tag == "pre":
            self.preformatted -= 1

    def _close_element(self, tag: str) -> None:
        if self.markers and tag in ("ol", "ul") and self.counters:
            self.counters.pop()
        if tag == "li":
            self.marker = ""
        index = self.open.pop()
        element = self.elements[index]
        if tag == "tr":
            self._join_row(element, index)
        element.end = len(self.blocks)

    def _join_row(self, element: Element, index: int) -> None:
        """Make one block of a data row: two cells or more, each of them one short block."""
        cells = self.blocks[element.start :]
        holders = [self._cell_of(block.element, index) for block in cells]
        if len(cells) < 2 or len(set(holders)) < len(cells) or any(len(cell.text) > _MAX_CELL or cell.cells for cell in cells):
            return
        parts = tuple(part for cell in cells for part in cell.parts)
        links = sum(cell.link_characters for cell in cells)
        row = Block(" ".join(cell.text for cell in cells), "tr", parts, links, index, cells=tuple(cells))
        del self.blocks[element.start :]
        self.blocks.append(row)
        # The cells' own ranges are gone with their blocks; nothing may point behind the row.
        for inner in self.elements[index + 1 :]:
            inner.start = min(inner.start, element.start)
            inner.end = min(inner.end, element.start + 1)

    def _cell_of(self, element: int, row: int) -> int:
        while element > row and self.elements[element].parent != row:
            element = self.elements[element].parent
        return element


def flatten(root: LexborNode, *, markers: bool = False) -> Flat:
    """The text of a DOM as blocks, in document order.

    A block ends where a block element begins or ends, and at `br`. Rows of data tables are one block. Scripts, styles,
    forms' lists and embedded objects have no text.

    Args:
        root: The element to flatten.
        markers: Write the number or bullet of list items, as a browser shows them.
    """
    builder = _Builder(markers=markers)
    node: LexborNode | None = root
    stack: list[tuple[LexborNode, str]] = []
    while node is not None:
        tag = node.tag or ""
        child = None
        if tag == "-text":
            builder.add_text(node.text_content or "")
        elif tag not in _SKIPPED:
            builder.enter(tag, node)
            child = node.first_child
            stack.append((node, tag))
            if child is not None:
                node = child
                continue
            stack.pop()
            builder.leave(tag)
        following = node.next if stack else None
        while following is None and stack:
            node, tag = stack.pop()
            builder.leave(tag)
            following = node.next if stack else None
        node = following
    builder.flush()
    return Flat(builder.blocks, builder.elements)
