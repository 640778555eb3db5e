"""Where on a page an element stands: in its own matter, or in comments, a related block, a side column or a footer."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

_FOREIGN = re.compile(
    r"comment|related|recommend|sidebar|popular|trending|more-posts|more-stories|bookmark|caption|reply|(?:^|\s)(?:widget|nav|menu|footer|site-footer|page-footer)"
)
_FOREIGN_TAGS = frozenset(("aside", "footer", "nav", "figcaption"))
_MAX_NAMES = 300
_ANCESTORS = 10


class Surroundings:
    """Which elements of a page stand in comments, a related block, a side column or a footer, by the names of what holds them.

    Both answers are kept by `mem_id`: the elements that are asked about mostly stand beside each other.
    """

    def __init__(self) -> None:
        self._foreign: dict[int, bool] = {}
        self._verdicts: dict[int, bool | None] = {}

    def are_foreign(self, node: LexborNode) -> bool:
        """Whether an element stands in such a place; siblings stand where the first of them does."""
        parent = node.parent
        if parent is None:
            return False
        if (found := self._foreign.get(parent.mem_id)) is None:
            verdicts = (self._verdict(holder) for holder in ancestors(node))
            self._foreign[parent.mem_id] = found = next((verdict for verdict in verdicts if verdict is not None), False)
        return found

    def _verdict(self, holder: LexborNode) -> bool | None:
        """Whether what an element holds is foreign; None where that depends on what holds the element."""
        if holder.mem_id not in self._verdicts:
            self._verdicts[holder.mem_id] = _is_foreign_holder(holder)
        return self._verdicts[holder.mem_id]


def _is_foreign_holder(holder: LexborNode) -> bool | None:
    tag = holder.tag
    if tag in ("body", "html"):
        return False
    if tag in _FOREIGN_TAGS:
        return True
    attributes = holder.attributes
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return True if 1 < len(names) < _MAX_NAMES and _FOREIGN.search(names.lower()) else None


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """What holds an element, the innermost first, ten at most."""
    parent = node.parent
    for _ in range(_ANCESTORS):
        if parent is None:
            return
        yield parent
        parent = parent.parent
