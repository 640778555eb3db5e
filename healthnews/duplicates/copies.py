"""Groups by text: exact and near copies with the stubs that begin like them, templates, and variants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from healthnews.duplicates.boilerplate import blank_boilerplate
from healthnews.duplicates.clusters import Group, Link, representative_of, spans_of, title_span
from healthnews.duplicates.documents import Document, has_text
from healthnews.duplicates.edges import Answer, Edge, NearFindings
from healthnews.duplicates.folded import FoldedTexts
from healthnews.duplicates.frames import shared_frame
from healthnews.duplicates.near import EQUAL, find_near
from healthnews.duplicates.snippets import find_pages, heads_of

_BEGINS = "its snippet is the beginning of that page's text"
_BATCH = 20_000
"""Texts folded at once: 12 bytes a character."""


@dataclass(frozen=True, slots=True)
class TextGroups:
    """What texts have in common: groups, and pairs that are alike and yet say different things or answer different questions.

    Attributes:
        components: Pages whose texts must be looked at together, as of `NearFindings`.
    """

    groups: list[Group]
    variants: list[Link]
    components: list[list[int]]


def find_text_groups(documents: Sequence[Document], questions: Sequence[str]) -> TextGroups:
    """Copies, templates and variants among documents.

    Args:
        documents: In the order in which they were first seen.
        questions: Their canonical titles.
    """
    texts = {index: blank_boilerplate(document.text) for index, document in enumerate(documents) if document.is_page}
    indices = [index for index, text in texts.items() if has_text(text)]
    found = find_near([Answer(documents[index].title, texts[index]) for index in indices])
    stubs = _stubs_of(documents, texts, questions)
    links = _Links(documents, indices)
    groups = [
        *_copy_groups(links, found, stubs),
        *_families(links, found, questions),
    ]
    return TextGroups(
        list(_with_similarities(documents, texts, groups)),
        sorted(map(links.of, found.variants), key=_place),
        [[indices[member] for member in members] for members in found.components],
    )


def _place(link: Link) -> tuple[int, int]:
    return link.left, link.right


class _Links:
    """Makes links between documents of edges between answers."""

    def __init__(self, documents: Sequence[Document], indices: Sequence[int]) -> None:
        self.documents = documents
        self.indices = indices

    def of(self, edge: Edge) -> Link:
        left, right = self.indices[edge.left], self.indices[edge.right]
        spans = spans_of(self.documents[left].text, self.documents[right].text, edge.differences)
        if edge.kind == "sibling":
            spans = (title_span(self.documents[left].title, self.documents[right].title), *spans)
        return Link(left=left, right=right, similarity=edge.similarity, rule=edge.rule, differences=spans)

    def by_group(self, groups: Iterable[Sequence[int]], edges: Iterable[Edge]) -> Iterator[tuple[list[int], list[Link]]]:
        """Members and links of each group."""
        number = {member: place for place, group in enumerate(groups) for member in group}
        links: dict[int, list[Link]] = defaultdict(list)
        for edge in edges:
            links[number[edge.left]].append(self.of(edge))
        for place, group in enumerate(groups):
            yield [self.indices[member] for member in group], links[place]


def _copy_groups(links: _Links, found: NearFindings, stubs: Mapping[int, Sequence[int]]) -> Iterator[Group]:
    """Near copies, in them the exact ones, and pages with nothing but stubs that begin like them."""
    taken: set[int] = set()
    for members, edges in links.by_group(found.groups, found.copies):
        taken.update(members)
        equal = [group for group in _hanging_together(members, edges) if len(group) > 1]
        added = [(page, stub) for page in members for stub in stubs.get(page, ())]
        for group in equal:
            inner = [link for link in edges if link.rule == EQUAL and link.left in group]
            yield Group(kind="exact", members=group, links=inner, reasons=dict.fromkeys(group, EQUAL))
        if len(equal) != 1 or len(equal[0]) < len(members) or added:
            yield _near_group(members, edges, added)
    for page, beginning in stubs.items():
        if page not in taken:
            yield _near_group([page], [], [(page, stub) for stub in beginning])


def _near_group(members: Sequence[int], edges: Sequence[Link], added: Sequence[tuple[int, int]]) -> Group:
    reasons = {index: link.rule for link in sorted(edges, key=_place) for index in (link.left, link.right)}
    reasons |= {stub: _BEGINS for _, stub in added}
    begins = [Link(left=min(pair), right=max(pair), similarity=1.0, rule=_BEGINS) for pair in added]
    everyone = sorted([*members, *(stub for _, stub in added)])
    return Group(kind="near", members=everyone, links=[*edges, *begins], reasons=reasons)


def _hanging_together(members: Sequence[int], links: Iterable[Link]) -> list[list[int]]:
    """Members by equal text."""
    group_of = {member: [member] for member in members}
    for link in links:
        one, other = group_of[link.left], group_of[link.right]
        if link.rule == EQUAL and one is not other:
            one += other
            group_of |= dict.fromkeys(other, one)
    return sorted(sorted(group) for group in {id(group): group for group in group_of.values()}.values())


def _families(links: _Links, found: NearFindings, questions: Sequence[str]) -> Iterator[Group]:
    for members, edges in links.by_group(found.families, found.siblings):
        frame, fillers = shared_frame([questions[index] for index in members])
        rule = "one text, another thing filled in" + (f" in “{frame}”" if frame else "")
        yield Group(
            kind="template",
            members=members,
            links=edges,
            reasons=dict.fromkeys(members, rule),
            fillers=dict(zip(members, fillers, strict=True)),
            frame=frame,
        )


def _stubs_of(documents: Sequence[Document], texts: Mapping[int, str], questions: Sequence[str]) -> dict[int, list[int]]:
    """For each page the stubs whose snippet is its beginning."""
    heads = heads_of([texts[index] if document.is_page else document.snippet for index, document in enumerate(documents)])
    found: dict[int, list[int]] = defaultdict(list)
    for stub, page in find_pages(documents, heads, questions).items():
        found[page].append(stub)
    return dict(sorted(found.items()))


def _with_similarities(documents: Sequence[Document], texts: Mapping[int, str], groups: Sequence[Group]) -> Iterator[Group]:
    """Groups with how alike each member's text is to the representative's."""
    batch: list[Group] = []
    count = 0
    for group in groups:
        batch.append(group)
        count += len(group.members)
        if count >= _BATCH:
            yield from _measured(documents, texts, batch)
            batch, count = [], 0
    yield from _measured(documents, texts, batch)


def _measured(documents: Sequence[Document], texts: Mapping[int, str], groups: Sequence[Group]) -> Iterator[Group]:
    members = sorted({index for group in groups if group.kind != "exact" for index in group.members if index in texts})
    folded, number = FoldedTexts([texts[index] for index in members]), {index: place for place, index in enumerate(members)}
    pairs = [_pairs_to_measure(documents, group, number) for group in groups]
    similarities = iter(folded.jaccard(*(np.array([pair[side] for some in pairs for pair in some], np.int64) for side in (0, 1))).tolist())
    for group, some in zip(groups, pairs, strict=True):
        yield replace(group, similarities={members[member]: round(next(similarities), 4) for _, member in some})


def _pairs_to_measure(documents: Sequence[Document], group: Group, number: Mapping[int, int]) -> list[tuple[int, int]]:
    """The representative with each other text of a group, by their numbers; none where all texts are equal."""
    if group.kind == "exact":
        return []
    best = representative_of(documents, group.members)[0]
    return [(number[best], number[index]) for index in group.members if index != best and index in number]
