"""Claims beyond the lexicon: a modality and the act it governs (可以…, 不能…, 必须…), taken as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from healthnews.claims.clauses import Clause, SentenceView
from healthnews.claims.cues import OPPOSITE_MODALITY, condition_before, find_modals
from healthnews.claims.drafts import ASSERTING, Draft, manner_of, scope_of
from healthnews.claims.manner import find_manners
from healthnews.claims.marks import PEOPLE_GROUPS, things_of
from healthnews.claims.states import MAX_OBJECT_CHARS

PREDICATE = "free_act"
TOPIC = "可否与须否"
_ACT = re.compile(r"[\u4e00-\u9fff A-Za-z0-9、“”]{2,}")
_ADVERB = re.compile(
    r"^(?:直接|立即|马上|提前|适当|适量|少量|随意|随便|大量|长期|继续|同时|一起|再|先|进行|办理|随时|自行|及时|尽量|尽快|"
    r"正常|放心|自由|考虑|选择|通过[^、]{2,10}?(?=办|查|申|缴))+"
)
MAX_ADVERB_CHARS = 6
_TAIL = re.compile(r"(?:的|了|等|即可|就行|为宜|时|后)+$")


def read_free_acts(view: SentenceView) -> Iterator[Draft]:
    """One claim for each modality with an act after it."""
    for clause in view.clauses:
        modals = find_modals(clause.text)
        for i, (modality, start, end) in enumerate(modals):
            frame = clause.frame_at(start)
            if frame not in ASSERTING:
                continue
            stop = modals[i + 1][1] if i + 1 < len(modals) else len(clause.text)
            act = _ACT.match(clause.text, end, stop)
            words = _TAIL.sub("", _ADVERB.sub("", act[0].strip())) if act else ""
            if len(words) >= 2:
                yield _draft(
                    clause, modality, start, min(end + len(act[0]), len(clause.text)) if act else end, words[:MAX_OBJECT_CHARS], frame
                )


def _draft(clause: Clause, modality: str, start: int, end: int, act: str, frame: str) -> Draft:
    if frame == "debunked":
        modality = OPPOSITE_MODALITY[modality]
    negated = modality in ("forbidden", "need_not")
    return Draft(
        start=clause.start + start,
        end=clause.start + end,
        subject=things_of(clause.marks, tuple(sorted(set(clause.marks.things) - PEOPLE_GROUPS))) or "",
        predicate=PREDICATE,
        topic=TOPIC,
        pole="positive",
        is_negated=negated,
        stance=-1 if negated else 1,
        frame=frame,
        scope=scope_of(
            clause,
            sorted(clause.marks.things.get("disease", ())),
            item=act,
            condition=clause.condition or condition_before(clause.text, start) or clause.context.situation,
        ),
        modality=modality,
        manner=find_manners(clause.text, end, end + len(act) + MAX_ADVERB_CHARS),
        **manner_of(clause),  # type: ignore[arg-type]
    )
