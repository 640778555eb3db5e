"""Groups of documents whose titles ask the same: in one canonical form, or in other words by a model."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import replace

from healthnews.duplicates.clusters import Group, Link, representative_of, title_span
from healthnews.duplicates.documents import Described
from healthnews.duplicates.meaning import Alike, Meaning, find_alike

SAME_QUESTION = "one canonical question"


def reworded_groups(documents: Sequence[Described], by_question: MutableMapping[str, list[int]], meaning: Meaning) -> Iterator[Group]:
    """Documents of questions that are one in other words.

    Args:
        documents: All there are.
        by_question: The documents of each canonical question, by their indices; the questions that are grouped are taken out.
        meaning: Tells which questions are one.
    """
    questions = list(by_question)
    for alike in find_alike(questions, meaning):
        yield _group(documents, {n: by_question.pop(questions[n]) for n in alike.questions}, alike, meaning)


def _group(documents: Sequence[Described], asking: dict[int, list[int]], alike: Alike, meaning: Meaning) -> Group:
    """One group.

    Args:
        documents: All there are.
        asking: The documents of each of its questions.
        alike: Its questions.
        meaning: Names the model in the evidence.
    """
    question_of = {index: number for number, members in asking.items() for index in members}
    members = sorted(question_of)
    best = representative_of(documents, members)[0]
    title, reasons, similarities = documents[best].title, {}, {}
    for index, number in question_of.items():
        if number == question_of[best]:
            reasons[index] = asked_alike(documents[index].title, title)
        else:
            similarities[index] = alike.cosines[min(number, question_of[best]), max(number, question_of[best])]
            reasons[index] = f"asks “{title}” in other words: {similarities[index]:.2f} by {meaning.name}"
    links = [Link(left=same[0], right=index, similarity=1.0, rule=SAME_QUESTION) for same in asking.values() for index in same[1:]]
    for pair in alike.joining:
        left, right = sorted((asking[pair[0]][0], asking[pair[1]][0]))
        found = alike.cosines[pair]
        rule = f"one question in other words: cosine {found:.4f} of at least {meaning.threshold:g} by {meaning.name}"
        span = replace(title_span(documents[left].title, documents[right].title), kind="wording")
        links.append(Link(left=left, right=right, similarity=found, rule=rule, differences=(span,)))
    return Group(kind="same_question", basis="title", members=members, links=links, reasons=reasons, similarities=similarities)


def asked_alike(title: str, other: str) -> str:
    """Why two titles of one canonical question are in one group."""
    return "same title" if title == other else f"same question as “{other}”"
