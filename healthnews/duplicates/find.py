"""All duplicates among documents: exact and near copies, templates, same questions, and variants that are none of these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.boilerplate import blank_boilerplate
from healthnews.duplicates.clusters import Group, Link, edge_row, representative_of, rows_of
from healthnews.duplicates.copies import find_text_groups
from healthnews.duplicates.documents import Described, Document, in_order
from healthnews.duplicates.folded import FoldedTexts
from healthnews.duplicates.frames import place_frame
from healthnews.duplicates.linked import LEAST_ALIKE
from healthnews.duplicates.meaning import Meaning
from healthnews.duplicates.questions import LEAST_QUESTION
from healthnews.duplicates.reworded import SAME_QUESTION, asked_alike, reworded_groups
from healthnews.language.titles import canonical_question
from healthnews.records import ClusterRow, DuplicateEdgeRow, DuplicateRow

LEAST_FILLERS = 3
"""Things that a template must be filled with."""
_COMPARED = 10_000
"""Pairs whose texts are folded at once: 12 bytes a character."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What was found among documents: the rows of three tables, each in the order of its key.

    Attributes:
        components: For each page whose text must be looked at together with others' the page that names these, by id: the first seen.
    """

    members: list[DuplicateRow]
    clusters: list[ClusterRow]
    edges: list[DuplicateEdgeRow]
    components: dict[str, str] = field(default_factory=dict, compare=False)

    def joined(self, other: Duplicates) -> Duplicates:
        """Both, in order."""
        return Duplicates(
            sorted([*self.members, *other.members], key=_MEMBER),
            sorted([*self.clusters, *other.clusters], key=_CLUSTER),
            sorted([*self.edges, *other.edges], key=_EDGE),
            self.components | other.components,
        )


_MEMBER = attrgetter("article_id", "cluster_id")
_CLUSTER = attrgetter("cluster_id")
_EDGE = attrgetter("edge_id", "cluster_id")


def find_duplicates(documents: Iterable[Document], meaning: Meaning | None = None) -> Duplicates:
    """Clusters of copies, of template pages and of same questions, and pairs of variants; nothing is ever removed.

    The result does not depend on the order of the documents.

    Args:
        documents: All there are.
        meaning: A model that tells which questions are one in other words; without it a table of synonyms alone does.
    """
    ordered = in_order(documents)
    questions = _questions_of(ordered)
    found = _in_texts(ordered, questions).joined(make_rows(ordered, question_groups(ordered, questions, meaning), ()))
    return found.joined(make_rows(ordered, frame_groups(ordered, questions), ()))


def find_in_texts(documents: Iterable[Document]) -> Duplicates:
    """Copies, templates and variants by text; of documents that have none of the first keys in common nothing depends on the others."""
    ordered = in_order(documents)
    return _in_texts(ordered, _questions_of(ordered))


def _in_texts(ordered: Sequence[Document], questions: Sequence[str]) -> Duplicates:
    found = find_text_groups(ordered, questions)
    return replace(make_rows(ordered, found.groups, found.variants), components=named_components(ordered, found.components))


def named_components(documents: Sequence[Described], components: Iterable[Sequence[int]]) -> dict[str, str]:
    """Components of documents, given by index, as in `Duplicates`."""
    return {documents[member].article_id: documents[members[0]].article_id for members in components for member in members}


def are_alike(documents: Mapping[str, Document], pairs: Sequence[tuple[str, str]]) -> NDArray[np.bool_]:
    """For each pair of documents, by id, whether their texts hang together when they share a band."""
    found = [np.zeros(0, np.bool_)]
    for start in range(0, len(pairs), _COMPARED):
        some = pairs[start : start + _COMPARED]
        number = {key: place for place, key in enumerate(dict.fromkeys(key for pair in some for key in pair))}
        texts = FoldedTexts([blank_boilerplate(documents[key].text) for key in number])
        left, right = (np.array([number[pair[side]] for pair in some], np.int64) for side in (0, 1))
        found.append(texts.jaccard(left, right) >= LEAST_ALIKE)
    return np.concatenate(found)


def find_in_questions(documents: Iterable[Document], meaning: Meaning | None = None) -> Duplicates:
    """Same questions; nothing depends on documents with another question, unless a model compares each with each."""
    ordered = in_order(documents)
    return make_rows(ordered, question_groups(ordered, _questions_of(ordered), meaning), ())


def find_in_frames(documents: Iterable[Document]) -> Duplicates:
    """Templates by title; nothing depends on documents of another publisher or with another frame."""
    ordered = in_order(documents)
    return make_rows(ordered, frame_groups(ordered, _questions_of(ordered)), ())


def _questions_of(documents: Iterable[Described]) -> list[str]:
    return [canonical_question(document.title) for document in documents]


def make_rows(documents: Sequence[Described], groups: Iterable[Group], variants: Iterable[Link]) -> Duplicates:
    """The rows of groups and variants."""
    result = Duplicates([], [], [edge_row(documents, None, link) for link in variants])
    for group in groups:
        cluster, members, edges = rows_of(documents, group)
        result.clusters.append(cluster)
        result.members.extend(members)
        result.edges.extend(edges)
    result.members.sort(key=_MEMBER)
    result.clusters.sort(key=_CLUSTER)
    result.edges.sort(key=_EDGE)
    return result


def question_groups(documents: Sequence[Described], questions: Sequence[str], meaning: Meaning | None = None) -> Iterator[Group]:
    """Documents, stubs too, whose titles are one canonical question; copies are listed here as well: it is another kind of likeness."""
    by_question: dict[str, list[int]] = defaultdict(list)
    for index, question in enumerate(questions):
        if len(question) >= LEAST_QUESTION:
            by_question[question].append(index)
    if meaning is not None:
        yield from reworded_groups(documents, by_question, meaning)
    for members in by_question.values():
        if len(members) > 1:
            title = documents[representative_of(documents, members)[0]].title
            reasons = {index: asked_alike(documents[index].title, title) for index in members}
            links = tuple(Link(left=members[0], right=index, similarity=1.0, rule=SAME_QUESTION) for index in members[1:])
            yield Group(kind="same_question", basis="title", members=members, links=links, reasons=reasons)


def frame_groups(documents: Sequence[Described], questions: Sequence[str]) -> Iterator[Group]:
    """Documents, stubs too, of one publisher whose titles are one frame with three places or more filled in, whatever their texts.

    Pages whose texts are one template as well are listed here too: it is another kind of likeness, and stubs have no other.
    """
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
