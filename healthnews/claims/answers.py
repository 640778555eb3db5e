"""A bare answer at the head of a text (可以。 / 不能,…) read as the statement of the title that asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from healthnews.claims.clauses import Context, view_sentence
from healthnews.claims.cues import OPPOSITE_MODALITY
from healthnews.claims.drafts import ASSERTING, Draft
from healthnews.claims.free import read_free_acts
from healthnews.claims.states import read_states
from healthnews.language.concepts import Lexicon
from healthnews.language.segment import Span

_ANSWER = re.compile(
    r"(?:答案[:是]*)?(?P<no>不可以|不可|不能|不会|不行|不需要|不用|不必|无需|不是|没有|不建议|不推荐)?(?P<yes>当然可以|可以|能够|能|会|需要|必须|是的|可|要|有|报|算)?(?:的|哦)?(?=[,。.;!]|$)"
)
_ASKED = (
    (re.compile(r"可不可以|能不能|能否|可否|是否可以|是否能"), "可以"),
    (re.compile(r"会不会|是否会"), "会"),
    (re.compile(r"需不需要|要不要|用不用|是否需要|是否要|是否必须"), "需要"),
    (re.compile(r"是不是|是否"), ""),
)
_OPEN_QUESTION = re.compile(r"什么|怎么|怎样|如何|为何|哪|多少|多久|几|谁|何时|还是")
_ENDING = re.compile(r"(?:吗|呢|么)?[?\s]*$")


def opens_text(text: str, span: Span) -> bool:
    """Whether a sentence is the first of its text, where a bare answer stands."""
    return not text[: span.start].strip()


def read_answer(text: str, span: Span, context: Context, lexicon: Lexicon) -> Iterator[Draft]:
    """Claims of the title's yes-no question with the polarity of the answer; nothing when either is not of that kind."""
    answer = _ANSWER.match(text, span.start, span.end)
    if not answer or not answer[0] or not opens_text(text, span) or not context.title or _OPEN_QUESTION.search(context.title):
        return
    told = context.title
    for asked, words in _ASKED:
        told = asked.sub(words, told)
    told = _ENDING.sub("", told)
    if not told or told == context.title:
        return
    view = view_sentence(told, Span(0, len(told)), Context(context.article_id, "title", told, context.title_marks), lexicon)
    for draft in (*read_states(view, lexicon), *read_free_acts(view)):
        if draft.frame in ASSERTING:
            yield _answered(draft, Span(answer.start(), answer.end()), is_no=bool(answer["no"]))


def _answered(draft: Draft, place: Span, *, is_no: bool) -> Draft:
    draft = replace(draft, start=place.start, end=place.end, anchored="title")
    if not is_no:
        return draft
    modality = OPPOSITE_MODALITY[draft.modality] if draft.modality else None
    return replace(draft, stance=-draft.stance, is_negated=not draft.is_negated, modality=modality)
