"""All duplicates among documents: exact and near copies, templates, same questions, and variants that are none of these."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from operator import attrgetter

from healthnews.duplicates.clusters import Group, Link, edge_row, representative_of, rows_of
from healthnews.duplicates.copies import find_text_groups
from healthnews.duplicates.documents import Described, Document, in_order
from healthnews.duplicates.frames import place_frame
from healthnews.duplicates.meaning import Meaning
from healthnews.duplicates.questions import LEAST_QUESTION
from healthnews.duplicates.reworded import SAME_QUESTION, asked_alike, reworded_groups
from healthnews.language.titles import canonical_question
from healthnews.records import ClusterRow, DuplicateEdgeRow, DuplicateRow

LEAST_FILLERS = 3
"""Things that a template must be filled with."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What was found among documents: the rows of three tables, each in the order of its key."""

    members: list[DuplicateRow]
    clusters: list[ClusterRow]
    edges: list[DuplicateEdgeRow]

    def joined(self, other: Duplicates) -> Duplicates:
        """Both, in order."""
        return Duplicates(
            sorted([*self.members, *other.members], key=_MEMBER),
            sorted([*self.clusters, *other.clusters], key=_CLUSTER),
            sorted([*self.edges, *other.edges], key=_EDGE),
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
    everything = list(documents)
    return find_in_texts(everything).joined(find_in_questions(everything, meaning))


def find_in_texts(documents: Iterable[Document]) -> Duplicates:
    """Copies, templates and variants; of documents that have none of the first keys in common nothing depends on the others."""
    ordered = in_order(documents)
    questions = [canonical_question(document.title) for document in ordered]
    found = find_text_groups(ordered, questions)
    templates = join_families([group for group in found.groups if group.kind == "template"], list(frame_groups(ordered, questions)))
    copies = [group for group in found.groups if group.kind != "template"]
    return make_rows(ordered, [*copies, *templates], found.variants)


def find_in_questions(documents: Iterable[Document], meaning: Meaning | None = None) -> Duplicates:
    """Same questions; nothing depends on documents with another question, unless a model compares each with each."""
    ordered = in_order(documents)
    return make_rows(ordered, question_groups(ordered, [canonical_question(document.title) for document in ordered], meaning), ())


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
            yield Group(kind="same_question", members=members, links=links, reasons=reasons)


def frame_groups(documents: Sequence[Described], questions: Sequence[str]) -> Iterator[Group]:
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

    Args:
        by_text: In the order of their members.
        by_title: Likewise.
    """
    chosen = choose_families([group.members for group in by_text], [group.members for group in by_title])
    taken = {member for group in by_text for member in group.members}
    alone: list[Group] = []
    joining: dict[int, list[tuple[Group, set[int]]]] = defaultdict(list)
    for group, number in zip(by_title, chosen, strict=True):
        if number is None:
            alone.append(group)
        else:
            joining[number].append((group, {member for member in group.members if member not in taken}))
    return [*(with_titles(family, joining.get(number, ())) for number, family in enumerate(by_text)), *alone]


def choose_families(by_text: Sequence[Sequence[Hashable]], by_title: Sequence[Sequence[Hashable]]) -> list[int | None]:
    """For each family of titles, by its members, which family of texts it goes into; None where it stays on its own.

    It is the one that it shares most members with, half of the smaller one at least, as it has grown until then.
    """
    family_of = {member: number for number, members in enumerate(by_text) for member in members}
    sizes = [len(members) for members in by_text]
    chosen: list[int | None] = []
    for members in by_title:
        shared = Counter(family_of[member] for member in members if member in family_of)
        number, count = max(shared.items(), key=lambda item: (item[1], -item[0]), default=(-1, 0))
        if 2 * count >= min(len(members), sizes[number] if number >= 0 else 0) > 0:
            sizes[number] += len(members) - shared.total()
            chosen.append(number)
        else:
            chosen.append(None)
    return chosen


def with_titles(family: Group, joining: Iterable[tuple[Group, AbstractSet[int]]]) -> Group:
    """A family of texts with the members of families of titles that are in no family of texts.

    Args:
        family: Of texts.
        joining: Families of titles, each with those members of it, in the order in which they join; the last names the frame.
    """
    members, frame = set(family.members), family.frame
    links, reasons, fillers = list(family.links), dict(family.reasons), dict(family.fillers)
    for titles, added in joining:
        members |= added
        links += (link for link in titles.links if link.right in added or link.left in added)
        reasons |= {member: titles.reasons[member] for member in titles.members if member in added}
        fillers |= titles.fillers
        frame = titles.frame
    return replace(family, members=sorted(members), links=links, reasons=reasons, fillers=fillers, frame=frame)
