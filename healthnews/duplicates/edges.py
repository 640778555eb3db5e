"""What is found between answers that share most of their text: the records that `near` makes and clusters are built of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from healthnews.duplicates.differences import Difference

PairKind = Literal["copy", "variant", "sibling"]


class Answer(NamedTuple):
    """A title and the text under it, boilerplate blanked."""

    title: str
    text: str


class Edge(NamedTuple):
    """Two answers that share most of their text, by their index, the smaller first.

    Attributes:
        kind: `copy`, `variant` (they say different things in the same words) or `sibling` (one template, two fillers).
        similarity: Jaccard similarity of their shingles.
        rule: Why it is of this kind.
        differences: For a variant, those that make it one; else all that there are, in order, up to `near.MAX_DIFFERENCES`,
            none where the texts are too far apart to be aligned.
    """

    left: int
    right: int
    kind: PairKind
    similarity: float
    rule: str
    differences: tuple[Difference, ...] = ()


@dataclass(slots=True)
class NearFindings:
    """What was found among answers, by their indices; every list is in order.

    Attributes:
        groups: Groups of copies, two or more in each, ascending.
        variants: The pairs that say different things in the same words, and those of kind `sibling` that are too few for a family.
        families: Siblings of one template, with three fillers or more; as `groups`.
        copies: The edges that joined the groups: one less than a group has members, and each member can be reached by them.
        siblings: Edges that join the families, likewise.
        components: Answers that must be looked at together, two or more in each, ascending: nothing that is found among them depends on
            any other answer.
    """

    groups: list[list[int]] = field(default_factory=list)
    variants: list[Edge] = field(default_factory=list)
    families: list[list[int]] = field(default_factory=list)
    copies: list[Edge] = field(default_factory=list)
    siblings: list[Edge] = field(default_factory=list)
    components: list[list[int]] = field(default_factory=list)

    def add(self, other: NearFindings) -> None:
        """Take over what was found among other answers."""
        self.groups += other.groups
        self.variants += other.variants
        self.families += other.families
        self.copies += other.copies
        self.siblings += other.siblings
        self.components += other.components

    def sort(self) -> None:
        """Bring every list into order."""
        self.groups.sort()
        self.families.sort()
        self.components.sort()
        for edges in (self.variants, self.copies, self.siblings):
            edges.sort()
