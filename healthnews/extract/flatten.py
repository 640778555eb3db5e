"""A DOM walked once, its text laid out in blocks."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from healthnews.extract.blocks import Block, Element, Flat, Piece, join_cells, make_block

_WITHOUT_TEXT = (
    "script style noscript template head iframe svg select textarea object canvas math video audio map datalist -comment -doctype"
)
_HOLDERS = (
    "html body div p li ul ol dl dt dd h1 h2 h3 h4 h5 h6 table thead tbody tfoot tr td th caption section article main "
    "header footer nav aside form fieldset blockquote pre center figure figcaption address details summary menu dir legend "
    "hgroup search"
)
# Edges of these are no place to split a text: they stand inside a sentence.
_PHRASING = "b i u s em strong font mark sub sup big strike ins del code kbd q abbr bdi bdo var samp tt wbr ruby rb nobr"
_SKIP, _PHRASE, _CUT, _BREAK, _HOLD = range(5)
"""What an element does to the text around it: it has none; nothing; a part begins and ends; a block ends; it holds blocks."""
_KINDS = (
    dict.fromkeys(_WITHOUT_TEXT.split(), _SKIP)
    | dict.fromkeys(_PHRASING.split(), _PHRASE)
    | dict.fromkeys(("br", "hr"), _BREAK)
    | dict.fromkeys(_HOLDERS.split(), _HOLD)
)
_MAX_CELL = 200
"""Longest cell, in characters, that still looks like data: longer ones come from layout tables, whose cells are blocks of their own."""


_BOLD = frozenset(("b", "strong"))
_NUMBERED = frozenset(("ol", "ul", "li"))


def flatten(root: LexborNode, *, markers: bool = False) -> Flat:
    """The text of a DOM as blocks, in document order.

    A block ends where a block element begins or ends, and at `br`. Rows of data tables are one block. Scripts, styles,
    forms' lists and embedded objects have no text.

    Args:
        root: The element to flatten.
        markers: Write the number or bullet of list items, as a browser shows them.
    """
    # One loop over all nodes with what it keeps in local names: as methods of a builder its steps took more than twice as long.
    blocks: list[Block] = []
    elements: list[Element] = []
    pieces: list[Piece] = []
    cuts: list[int] = []
    stack: list[tuple[LexborNode, str, int]] = []
    numbers = _Numbers() if markers else None
    href: str | None = None
    holder, current, bold, preformatted = "", -1, 0, 0
    node: LexborNode | None = root
    while node is not None:
        tag = node.tag or ""
        following = None
        if tag == "-text":
            text = node.text_content or ""
            if pieces or not text.isspace():
                if preformatted and "\n" in text:
                    _add_lines(text, href, bold > 0, blocks, pieces, cuts, holder, current, numbers)
                else:
                    pieces.append((text, href, bold > 0))
            if stack:
                following = node.next
        elif kind := _KINDS.get(tag, _CUT):
            if kind >= _BREAK:
                if pieces:
                    _end_block(blocks, pieces, cuts, holder, current, numbers)
                if kind == _HOLD:
                    elements.append(Element(tag, node, current, len(blocks)))
                    holder, current = tag, len(elements) - 1
                    preformatted += tag == "pre"
                    if numbers and tag in _NUMBERED:
                        numbers.enter(tag, node)
            elif kind == _CUT:
                if pieces:
                    cuts.append(len(pieces))
                if tag == "a":
                    href = node.attributes.get("href") or ""
            elif tag in _BOLD:
                bold += 1
            stack.append((node, tag, kind))
            child = node.first_child
            if child is not None:
                node = child
                continue
        elif stack:
            following = node.next
        while following is None and stack:
            node, tag, kind = stack.pop()
            if kind >= _BREAK:
                if pieces:
                    _end_block(blocks, pieces, cuts, holder, current, numbers)
                if kind == _HOLD:
                    if tag == "tr":
                        _join_row(blocks, elements, current)
                    preformatted -= tag == "pre"
                    if numbers and tag in _NUMBERED:
                        numbers.leave(tag)
                    element = elements[current]
                    if element.start == len(blocks):
                        elements.pop()  # holds nothing, nor does anything in it
                    element.end = len(blocks)
                    current = element.parent
                    holder = elements[current].tag if current >= 0 else ""
            elif kind == _CUT:
                if pieces:
                    cuts.append(len(pieces))
                if tag == "a":
                    href = None
            elif tag in _BOLD:
                bold -= 1
            if stack:
                following = node.next
        node = following
    if pieces:
        _end_block(blocks, pieces, cuts, holder, current, numbers)
    return Flat(blocks, elements)


class _Numbers:
    """Keeps count of list items, so that the numbers a reader sees are in the text."""

    def __init__(self) -> None:
        self.counters: list[int | None] = []
        self.marker = ""

    def enter(self, tag: str, node: LexborNode) -> None:
        """Begin a list or an item."""
        if tag == "ol":
            start = node.attributes.get("start") or "1"
            self.counters.append(int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1)
        elif tag == "ul":
            self.counters.append(None)
        elif self.counters:
            count = self.counters[-1]
            self.marker = "• " if count is None else f"{count}. "
            if count is not None:
                self.counters[-1] = count + 1

    def leave(self, tag: str) -> None:
        """End a list or an item."""
        if tag == "li":
            self.marker = ""
        elif self.counters:
            self.counters.pop()


def _end_block(blocks: list[Block], pieces: list[Piece], cuts: list[int], holder: str, element: int, numbers: _Numbers | None) -> None:
    """Make a block of the pieces, if there is any text in them."""
    block = make_block(tuple(pieces), tuple(cuts), holder, element)
    if block.text:
        if numbers:
            block.text = numbers.marker + block.text
            numbers.marker = ""
        blocks.append(block)
    pieces.clear()
    cuts.clear()


def _add_lines(
    text: str,
    href: str | None,
    is_bold: bool,
    blocks: list[Block],
    pieces: list[Piece],
    cuts: list[int],
    holder: str,
    element: int,
    numbers: _Numbers | None,
) -> None:
    """Text of a `pre`: each line is a block."""
    for line in text.split("\n"):
        pieces.append((line, href, is_bold))
        _end_block(blocks, pieces, cuts, holder, element, numbers)


def _join_row(blocks: list[Block], elements: list[Element], index: int) -> None:
    """Make one block of a data row: two cells or more, each of them one short block."""
    start = elements[index].start
    if len(blocks) - start < 2 or not _is_data_row(blocks, elements, index):
        return
    blocks[start:] = [join_cells(blocks[start:], index)]
    # The cells' own ranges are gone with their blocks; nothing may point behind the row.
    for inner in elements[index + 1 :]:
        inner.start = min(inner.start, start)
        inner.end = min(inner.end, start + 1)


def _is_data_row(blocks: list[Block], elements: list[Element], index: int) -> bool:
    """Whether each cell of the row is one short block."""
    holder = -1
    # Left at the first block that does not fit: rows of nested tables hold all the blocks of those within.
    for number in range(elements[index].start, len(blocks)):
        block = blocks[number]
        cell = _cell_of(elements, block.element, index)
        if cell == holder or len(block.text) > _MAX_CELL or block.cells:
            return False
        holder = cell
    return True


def _cell_of(elements: list[Element], element: int, row: int) -> int:
    while element > row and elements[element].parent != row:
        element = elements[element].parent
    return element
