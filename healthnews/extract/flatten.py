"""A DOM walked once, its text laid out in blocks."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from healthnews.extract.blocks import Block, Element, Flat, Piece, fold_text, join_cells

_SKIP, _PHRASE, _BOLD, _CUT, _LINK, _BREAK, _HOLD, _LIST, _PREFORMATTED, _ROW = range(10)
"""What an element does to the text around it: it has none; nothing, or makes it bold; a part begins and ends, of a link or not; a block
ends; the others hold blocks."""
_TAGS = {
    _SKIP: "script style noscript template head iframe svg select textarea object canvas math video audio map datalist",
    # Edges of these are no place to split a text: they stand inside a sentence.
    _PHRASE: "i u s em font mark sub sup big strike ins del code kbd q abbr bdi bdo var samp tt wbr ruby rb nobr",
    _BOLD: "b strong",
    _LINK: "a",
    _BREAK: "br hr",
    _HOLD: "html body div p dl dt dd h1 h2 h3 h4 h5 h6 table thead tbody tfoot td th caption section article main header footer nav aside "
    "form fieldset blockquote center figure figcaption address details summary menu dir legend hgroup search",
    _LIST: "ul ol li",
    _PREFORMATTED: "pre",
    _ROW: "tr",
}
# Lexbor's numbers of tags, the same in all documents, are read and looked up in two thirds of the time that names take.
_SAMPLE = LexborHTMLParser("text<!--comment-->")
_NUMBERS = {node.tag: node.tag_id for node in _SAMPLE.css("body")[0].traverse(include_text=True)}
_TEXT = _NUMBERS["-text"]
_NAMES = {_SAMPLE.create_node(tag).tag_id: tag for tags in _TAGS.values() for tag in tags.split()}
_KINDS = {_SAMPLE.create_node(tag).tag_id: kind for kind, tags in _TAGS.items() for tag in tags.split()} | {_NUMBERS["-comment"]: _SKIP}
_MAX_CELL = 200
"""Longest cell, in characters, that still looks like data: longer ones come from layout tables, whose cells are blocks of their own."""


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
    stack: list[tuple[LexborNode, int]] = []
    numbers = _Numbers() if markers else None
    link: LexborNode | None = None
    current, bold, preformatted = -1, 0, 0
    node: LexborNode | None = root
    while True:
        while node is not None:
            tag_id = node.tag_id
            if tag_id == _TEXT:
                text = node.text_content or ""
                if pieces or not text.isspace():
                    if preformatted and "\n" in text:
                        for line in text.split("\n"):
                            pieces.append((line, link, bold > 0))
                            _end_block(blocks, pieces, cuts, elements, current, numbers)
                            pieces, cuts = [], []
                    else:
                        pieces.append((text, link, bold > 0))
            elif kind := _KINDS.get(tag_id, _CUT):
                if kind >= _BREAK:
                    if pieces:
                        _end_block(blocks, pieces, cuts, elements, current, numbers)
                        pieces, cuts = [], []
                    if kind >= _HOLD:
                        element = Element()
                        element.tag = _NAMES[tag_id]
                        element.parent = current
                        element.start = len(blocks)
                        element.node = node
                        element.known_marks = None
                        current = len(elements)
                        elements.append(element)
                        if kind == _PREFORMATTED:
                            preformatted += 1
                        elif numbers and kind == _LIST:
                            numbers.enter(_NAMES[tag_id], node)
                elif kind >= _CUT:
                    if pieces:
                        cuts.append(len(pieces))
                    if kind == _LINK:
                        link = node
                elif kind == _BOLD:
                    bold += 1
                stack.append((node, kind))
                node = node.first_child
                continue
            node = node.next if stack else None
        if not stack:
            break
        node, kind = stack.pop()
        if kind >= _BREAK:
            if pieces:
                _end_block(blocks, pieces, cuts, elements, current, numbers)
                pieces, cuts = [], []
            if kind >= _HOLD:
                if kind == _ROW:
                    _join_row(blocks, elements, current)
                elif kind == _PREFORMATTED:
                    preformatted -= 1
                elif numbers and kind == _LIST:
                    numbers.leave(elements[current].tag)
                element = elements[current]
                if element.start == len(blocks):
                    elements.pop()  # holds nothing, nor does anything in it
                element.end = len(blocks)
                current = element.parent
        elif kind >= _CUT:
            if pieces:
                cuts.append(len(pieces))
            if kind == _LINK:
                link = None
        elif kind == _BOLD:
            bold -= 1
        # What follows the root is none of it.
        node = node.next if stack else None
    if pieces:
        _end_block(blocks, pieces, cuts, elements, current, numbers)
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


def _end_block(
    blocks: list[Block], pieces: list[Piece], cuts: list[int], elements: list[Element], current: int, numbers: _Numbers | None
) -> None:
    """Make a block of the pieces, which are its own from then on, if there is any text in them."""
    shown = [piece for piece in pieces if not piece[0].isspace()] if len(pieces) > 1 else pieces
    if len(shown) == 1:
        raw, link, bold = shown[0]
        text = fold_text(raw)
        characters = 0 if link is None else len(text)
    else:
        text = fold_text("".join([piece[0] for piece in pieces]))
        bold = all(piece[2] for piece in shown)
        if all(piece[1] is not None for piece in pieces):
            characters = len(text)
        else:
            characters = sum([len(fold_text(raw)) for raw, link, _ in shown if link is not None])
    if text:
        if numbers:
            text, numbers.marker = numbers.marker + text, ""
        block = Block()
        block.text = text
        block.tag = elements[current].tag if current >= 0 else ""
        block.link_characters = characters
        block.element = current
        block.bold = bold
        block.cells = ()
        block.pieces = pieces
        block.cuts = cuts
        block.known_parts = None
        blocks.append(block)


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
