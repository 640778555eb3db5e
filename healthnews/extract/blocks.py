"""What a page is read as: an ordered list of text blocks with their links; every element is a range of blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from healthnews.language.normalise import strip_invisible

_BREAK_INSIDE_CHINESE = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*\r?\n\s*(?=[\u3000-\u9fff\uff00-\uffef])")
_SELECTORS = re.compile("[\ufe00-\ufe0f]")
"""Variation selectors: the only characters without a glyph that `str.isprintable` lets pass."""


class Part(NamedTuple):
    """A stretch of a block's text with one address, or none."""

    text: str
    href: str | None


Piece = tuple[str, LexborNode | None, bool]
"""A text node as it stands in the DOM, the link it is in, and whether it is bold."""


class Block:
    """One line of a page.

    Whoever makes one sets all its attributes: a page has hundreds of blocks and elements, and an `__init__` with these parameters takes
    longer than all that stands in it.

    Attributes:
        text: Its text on one line.
        tag: Name of the innermost block element.
        link_characters: How many characters are link text.
        element: Index of the innermost block element in `Flat.elements`.
        bold: All of the text is bold.
        cells: For a table row, the blocks of its cells; else empty.
        pieces: The text nodes that it was made of; empty for a table row.
        cuts: Before which of the pieces links and spans begin or end.
        known_parts: Its parts, once they were asked for.
    """

    __slots__ = ("bold", "cells", "cuts", "element", "known_parts", "link_characters", "pieces", "tag", "text")
    text: str
    tag: str
    link_characters: int
    element: int
    bold: bool
    cells: tuple[Block, ...]
    pieces: Sequence[Piece]
    cuts: Sequence[int]
    known_parts: tuple[Part, ...] | None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The text cut where links and spans begin and end; a part's spaces are folded, not stripped."""
        # Made on demand: most blocks of a page are never asked.
        if self.known_parts is None:
            cells = tuple(part for cell in self.cells for part in cell.parts)
            self.known_parts = cells if self.cells else _join_pieces(self.pieces, self.cuts)
        return self.known_parts

    @property
    def address(self) -> str | None:
        """Where the first of its parts leads that has an address, as written; None where none has one."""
        # Read without making parts: most blocks that are asked this are asked nothing else.
        for cell in self.cells:
            if found := cell.address:
                return found
        for text, link, _ in self.pieces:
            if link is not None and text and not text.isspace() and (found := _address(link)):
                return found
        return None


def join_cells(cells: Sequence[Block], element: int) -> Block:
    """One block of a row's cells, told apart by a space."""
    row = Block()
    row.text = " ".join(cell.text for cell in cells)
    row.tag = "tr"
    row.link_characters = sum(cell.link_characters for cell in cells)
    row.element = element
    row.bold = False
    row.cells = tuple(cells)
    row.pieces = row.cuts = ()
    row.known_parts = None
    return row


class Element:
    """A block element as a range of blocks, half-open; whoever makes one sets all its attributes.

    Attributes:
        tag: Its name.
        parent: Index of the enclosing element; -1 for the root.
        start: First block.
        end: Index after the last block.
        node: The element itself.
        known_marks: Its marks, once they were asked for.
    """

    __slots__ = ("end", "known_marks", "node", "parent", "start", "tag")
    tag: str
    parent: int
    start: int
    end: int
    node: LexborNode
    known_marks: tuple[str, bool] | None

    @property
    def names(self) -> str:
        """Class and id in lower case, joined by spaces."""
        return self.marks[0]

    @property
    def marks(self) -> tuple[str, bool]:
        """Its names, and whether it, not an ancestor of it, is marked as not shown; read on demand."""
        if self.known_marks is None:
            attributes = self.node.attributes
            if attributes:
                names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower()
                style = attributes.get("style")
                is_hidden = "hidden" in attributes or (style is not None and "display:none" in style.replace(" ", "").lower())
                self.known_marks = names, is_hidden
            else:
                self.known_marks = "", False
        return self.known_marks


@dataclass(frozen=True, slots=True)
class Flat:
    """A page as blocks and, in document order, the elements that hold them."""

    blocks: list[Block]
    elements: list[Element]


def fold_text(text: str) -> str:
    """Text on one line; a line break inside Chinese source text is no space."""
    text = text.strip()
    # All but a few lines hold nothing more to take out: no break, no tab, no wide space, nothing without a glyph.
    if _is_plain(text):
        return " ".join(text.split()) if "  " in text else text
    if "\n" in text and not text.isascii():
        text = _BREAK_INSIDE_CHINESE.sub("", text)
    text = " ".join(text.split())
    return text if _is_plain(text) else " ".join(strip_invisible(text).split())


def _is_plain(text: str) -> bool:
    return text.isprintable() and (text.isascii() or not _SELECTORS.search(text))


def _fold_runs(text: str) -> str:
    """Every run of white space as one space, at the ends too."""
    if text.isprintable() and "  " not in text:
        return text
    folded = " ".join(text.split())
    if not folded:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{folded}{' ' if text[-1].isspace() else ''}"


def _join_pieces(pieces: Sequence[Piece], cuts: Sequence[int]) -> tuple[Part, ...]:
    if len(pieces) == 1:
        return (Part(_fold_runs(pieces[0][0]), _address(pieces[0][1])),)
    joined: list[tuple[list[str], str | None]] = []
    starts = set(cuts)
    for index, (text, link, _) in enumerate(pieces):
        href = _address(link)
        if joined and index not in starts and joined[-1][1] == href:
            joined[-1][0].append(text)
        else:
            joined.append(([text], href))
    parts = (Part(_fold_runs("".join(texts)), href) for texts, href in joined)
    return tuple(part for part in parts if not part.text.isspace() and part.text)


def _address(link: LexborNode | None) -> str | None:
    """Where a link leads, empty where it does not say; None for no link."""
    # Read on demand, as marks are: that takes longer than all else that is done for a text.
    return None if link is None else link.attributes.get("href") or ""
