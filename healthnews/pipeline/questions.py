"""Questions of the topics table: in which order they are shown, and which one words mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from healthnews.errors import UsageError
from healthnews.explorer.views import question_title
from healthnews.language.normalise import text_key
from healthnews.records import TopicRow, stable_id

MAX_LISTED = 12
"""Questions named in an error."""


class QuestionKey(NamedTuple):
    """Which question: of a topic more than one predicate may answer, and more than one thing may be asked about."""

    topic: str
    predicate: str
    item: str

    @property
    def title(self) -> str:
        """The question in words."""
        return question_title(self.topic, self.item)

    @property
    def file_name(self) -> str:
        """Name of its page, the same in every release."""
        return f"{stable_id('topic', *self)}.html"


def key_of(row: TopicRow) -> QuestionKey:
    """The question of a row."""
    return QuestionKey(row.topic, row.predicate, row.item)


def ordered_rows(rows: Iterable[TopicRow]) -> list[TopicRow]:
    """Rows of the topics table as a reader wants them: contested questions first, those with the most sources before others."""
    by_key: dict[QuestionKey, list[TopicRow]] = defaultdict(list)
    for row in rows:
        by_key[key_of(row)].append(row)
    ordered = sorted(
        by_key,
        key=lambda key: (
            not by_key[key][0].is_contested,
            -sum(row.sources for row in by_key[key]),
            -sum(row.statements for row in by_key[key]),
            key,
        ),
    )
    return [row for key in ordered for row in sorted(by_key[key], key=lambda row: (-row.sources, -row.statements, row.side))]


def choose_questions(rows: Sequence[TopicRow], words: str) -> list[QuestionKey]:
    """The questions that words name: the one whose title they are, else those of that topic, else those whose title holds them.

    Width, spaces and marks do not matter.

    Raises:
        UsageError: No question is named so.
    """
    keys = list(dict.fromkeys(key_of(row) for row in ordered_rows(rows)))
    wanted = text_key(words)
    same_title = [key for key in keys if text_key(key.title) == wanted]
    same_topic = [key for key in keys if text_key(key.topic) == wanted]
    found = same_title or same_topic or [key for key in keys if wanted in text_key(key.title)]
    if wanted and found:
        return found
    if not keys:
        raise UsageError("there are no topics yet: no statement was read on which one could take sides")
    raise UsageError(f"no topic {words!r}; there are {_listed(keys)}")


def one_question(rows: Sequence[TopicRow], words: str) -> QuestionKey:
    """The one question that words name; UsageError when they name none or several."""
    keys = choose_questions(rows, words)
    if len(keys) > 1:
        raise UsageError(f"{words!r} names {len(keys)} questions: {_listed(keys)}; name one of them")
    return keys[0]


def _listed(keys: Sequence[QuestionKey]) -> str:
    titles = list(dict.fromkeys(key.title for key in keys))
    more = len(titles) - MAX_LISTED
    return "、".join(titles[:MAX_LISTED]) + (f" and {more} more: `healthnews topics` lists them" if more > 0 else "")
