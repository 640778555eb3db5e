"""All duplicates among documents: exact and near copies, templates, same questions, and variants that are none of these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from healthnews.duplicates.clusters import Group, Link, edge_row, rows_of
from healthnews.duplicates.copies import TextGroups, find_text_groups
from healthnews.duplicates.documents import Document, in_order
from healthnews.duplicates.frames import place_frame
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


def find_duplicates(documents: Iterable[Document]) -> Duplicates:
    """Clusters of copies, of template pages and of same questions, and pairs of variants; nothing is ever removed.

    The result does not depend on the order of the documents.
    """
    ordered = in_order(documents)
    questions = [canonical_question(document.title) for document in ordered]
    found = find_text_groups(ordered, questions)
    groups = [*found.groups, *_question_groups(ordered, questions), *_frame_groups(ordered, questions)]
    return make_rows(ordered, groups, found)


def make_rows(documents: Sequence[Document], groups: Iterable[Group], found: TextGroups) -> Duplicates:
    """The rows of groups and variants."""
    result = Duplicates([], [], [edge_row(documents, None, link) for link in found.variants])
    for group in groups:
        cluster, members, edges = rows_of(documents, group)
        result.clusters.append(cluster)
        result.members.extend(members)
        result.edges.extend(edges)
    result.members.sort(key=lambda row: (row.article_id, row.cluster_id))
    result.clusters.sort(key=lambda row: row.cluster_id)
    result.edges.sort(key=lambda row: row.edge_id)
    return result


def _question_groups(documents: Sequence[Document], questions: Sequence[str]) -> Iterator[Group]:
    """Documents, stubs too, whose titles are one canonical question; copies are listed here as well: it is another kind of likeness."""
    by_question: dict[str, list[int]] = defaultdict(list)
    for index, question in enumerate(questions):
        if len(question) >= _LEAST_QUESTION:
            by_question[question].append(index)
    for members in by_question.values():
        if len(members) > 1:
            first = members[0]
            reasons = {index: _asked(documents[index].title, documents[first].title) for index in members}
            links = tuple(Link(left=first, right=index, similarity=1.0, rule=reasons[index]) for index in members[1:])
            yield Group(kind="same_question", members=members, links=links, reasons=reasons)


def _asked(title: str, first: str) -> str:
    return "same title" if title == first else "same question in other words"


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
    return Group(kind="template", members=members, links=links, reasons=dict.fromkeys(members, rule), fillers=fillers, frame=frame)
