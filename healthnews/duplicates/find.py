"""All duplicates among documents: exact and near copies, templates, same questions, and variants that are none of these."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from healthnews.duplicates.clusters import Group, Link, edge_row, representative_of, rows_of
from healthnews.duplicates.copies import find_text_groups
from healthnews.duplicates.documents import Document, in_order
from healthnews.duplicates.frames import place_frame
from healthnews.duplicates.meaning import Meaning
from healthnews.duplicates.reworded import SAME_QUESTION, asked_alike, reworded_groups
from healthnews.language.titles import canonical_question
from healthnews.records import ClusterRow, DuplicateEdgeRow, DuplicateRow

_LEAST_QUESTION = 4
"""Characters that a canonical question must have: 医保 asks nothing."""
LEAST_FILLERS = 3
"""Things that a template must be filled with."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What was found among documents: the rows of three tables, each in the order of its key."""

    members: list[DuplicateRow]
    clusters: list[ClusterRow]
    edges: list[DuplicateEdgeRow]


def find_duplicates(documents: Iterable[Document], meaning: Meaning | None = None) -> Duplicates:
    """Clusters of copies, of template pages and of same questions, and pairs of variants; nothing is ever removed.

    The result does not depend on the order of the documents.

    Args:
        documents: All there are.
        meaning: A model that tells which questions are one in other words; without it a table of synonyms alone does.
    """
    ordered = in_order(documents)
    questions = [canonical_question(document.title) for document in ordered]
    found = find_text_groups(ordered, questions)
    templates = join_families([group for group in found.groups if group.kind == "template"], list(_frame_groups(ordered, questions)))
    copies = [group for group in found.groups if group.kind != "template"]
    return make_rows(ordered, [*copies, *templates, *_question_groups(ordered, questions, meaning)], found.variants)


def make_rows(documents: Sequence[Document], groups: Iterable[Group], variants: Iterable[Link]) -> Duplicates:
    """The rows of groups and variants."""
    result = Duplicates([], [], [edge_row(documents, None, link) for link in variants])
    for group in groups:
        cluster, members, edges = rows_of(documents, group)
        result.clusters.append(cluster)
        result.members.extend(members)
        result.edges.extend(edges)
    result.members.sort(key=lambda row: (row.article_id, row.cluster_id))
    result.clusters.sort(key=lambda row: row.cluster_id)
    result.edges.sort(key=lambda row: row.edge_id)
    return result


def _question_groups(documents: Sequence[Document], questions: Sequence[str], meaning: Meaning | None) -> Iterator[Group]:
    """Documents, stubs too, whose titles are one canonical question; copies are listed here as well: it is another kind of likeness."""
    by_question: dict[str, list[int]] = defaultdict(list)
    for index, question in enumerate(questions):
        if len(question) >= _LEAST_QUESTION:
            by_question[question].append(index)
    if meaning is not None:
        yield from reworded_groups(documents, by_question, meaning)
    for members in by_question.values():
        if len(members) > 1:
            title = documents[representative_of(documents, members)[0]].title
            reasons = {index: asked_alike(documents[index].title, title) for index in members}
            links = tuple(Link(left=members[0], right=index, similarity=1.0, rule=SAME_QUESTION) for index in members[1:])
            yield Group(kind="same_question", members=members, links=links, reasons=reasons)


def _frame_groups(documents: Sequence[Document], questions: Sequence[str]) -> Iterator[Group]:
    """Documents, stubs too, of one publisher whose titles are one frame with three places or more filled in."""
    by_frame: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for index, (document, question) in enumerate(zip(documents, questions, strict=True)):
        if found := place_frame(question):
            by_frame[document.publisher, found[0]][index] = found[1]
    for (_, frame), fillers in by_frame.items():
        if len(set(fillers.values())) >= LEAST_FILLERS:
            yield _frame_group(frame, fillers)


def _frame_group(frame: str, fillers: Mapping[int, str]) -> Group:
    members = list(fillers)
    rule = f"title of the frame “{frame}”"
    links = tuple(Link(left=members[0], right=index, similarity=1.0, rule=rule) for index in members[1:])
    reasons = dict.fromkeys(members, rule)
    return Group(kind="template", basis="title", members=members, links=links, reasons=reasons, fillers=fillers, frame=frame)


def join_families(by_text: Sequence[Group], by_title: Sequence[Group]) -> list[Group]:
    """Families of texts, each with what only its titles tell of it (stubs), and families of titles that have no text in common.

    A family of titles goes into the family of texts that it shares most members with, half of the smaller one at least.
    """
    family_of = {member: number for number, group in enumerate(by_text) for member in group.members}
    joined = list(by_text)
    alone = []
    for group in by_title:
        shared = Counter(family_of[member] for member in group.members if member in family_of)
        number, count = max(shared.items(), key=lambda item: (item[1], -item[0]), default=(-1, 0))
        if 2 * count >= min(len(group.members), len(joined[number].members) if number >= 0 else 0) > 0:
            joined[number] = _with_titles(joined[number], group, family_of)
        else:
            alone.append(group)
    return [*joined, *alone]


def _with_titles(family: Group, titles: Group, family_of: Mapping[int, int]) -> Group:
    """A family of texts with the members of a family of titles that are in no family of texts."""
    added = [member for member in titles.members if member not in family_of]
    links = [link for link in titles.links if link.right in added or link.left in added]
    return replace(
        family,
        members=sorted({*family.members, *added}),
        links=[*family.links, *links],
        reasons={**family.reasons, **{member: titles.reasons[member] for member in added}},
        fillers={**family.fillers, **titles.fillers},
        frame=titles.frame,
    )
