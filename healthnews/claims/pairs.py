"""Two sentences given by themselves: the verdict of `healthnews compare`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from healthnews.claims.compare import FLAG_THRESHOLD, Finding, compare_claims
from healthnews.claims.cues import is_question_title
from healthnews.claims.explain import explain
from healthnews.claims.extract import context_of_pair, read_claims
from healthnews.claims.scope import bigrams
from healthnews.language.concepts import Lexicon
from healthnews.language.normalise import half_width, text_key
from healthnews.language.segment import split_sentences
from healthnews.records import ClaimRow

VerdictLabel = Literal["contradict", "scoped_difference", "compatible", "unrelated"]

MIN_RELATED_OVERLAP = 0.12
"""Sentences without a common concept are related from this Jaccard overlap of character pairs on (seed pairs)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence to compare, with the title and date of the article it is from, if known."""

    text: str
    source_title: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the engine makes of two sentences.

    Attributes:
        label: contradict | scoped_difference | compatible | unrelated.
        score: Belief in a contradiction, 0 to 1.
        type: Kind of clash; empty when there is none.
        explanation: The reason, in Chinese.
        a_claims: Claims read in the first sentence.
        b_claims: Claims read in the second.
    """

    label: VerdictLabel
    score: float
    type: str
    explanation: str
    a_claims: tuple[ClaimRow, ...] = ()
    b_claims: tuple[ClaimRow, ...] = ()


def compare_sentences(a: Sentence, b: Sentence, lexicon: Lexicon) -> Verdict:
    """Verdict on two sentences; a contradiction outweighs a difference of scope, and that a mere agreement."""
    a_claims, b_claims = _claims_of(a, "a", lexicon), _claims_of(b, "b", lexicon)
    best: tuple[tuple[int, float], ClaimRow, ClaimRow, Finding] | None = None
    for left in a_claims:
        for right in b_claims:
            finding = compare_claims(left, right, lexicon)
            if finding is not None and (best is None or _weight(finding) > best[0]):
                best = (_weight(finding), left, right, finding)
    parsed = {"a_claims": tuple(a_claims), "b_claims": tuple(b_claims)}
    if best is None:
        return _without_common_claim(a, b, a_claims, b_claims)
    _, left, right, finding = best
    label: VerdictLabel = finding.label
    if label == "contradict" and finding.score < FLAG_THRESHOLD:
        label = "compatible"
    if label == "compatible":
        return Verdict(label=label, score=min(finding.score, 0.4), type="", explanation=f"{left.topic}:两句可以同真", **parsed)
    return Verdict(label=label, score=finding.score, type=finding.type, explanation=explain(left, right, finding), **parsed)


def _weight(finding: Finding) -> tuple[int, float]:
    order = {"compatible": 0, "scoped_difference": 1, "contradict": 2}[finding.label]
    if finding.label == "contradict" and finding.score < FLAG_THRESHOLD:
        order = 0
    return order, finding.score


def _claims_of(sentence: Sentence, name: str, lexicon: Lexicon) -> list[ClaimRow]:
    text, title = half_width(sentence.text), half_width(sentence.source_title or "")
    if text_key(text) == text_key(title) and is_question_title(text):
        return []
    claims = read_claims(text, split_sentences(text), context_of_pair(name, title, lexicon), lexicon)
    return [replace(claim, sentence=sentence.text[claim.start : claim.end]) for claim in claims]


def _without_common_claim(a: Sentence, b: Sentence, a_claims: list[ClaimRow], b_claims: list[ClaimRow]) -> Verdict:
    a_pairs, b_pairs = bigrams(text_key(a.text)), bigrams(text_key(b.text))
    union = len(a_pairs | b_pairs)
    same_topic = {c.topic for c in a_claims} & {c.topic for c in b_claims}
    titles = bigrams(text_key(a.source_title or "")) & bigrams(text_key(b.source_title or ""))
    related = (
        bool(same_topic) or (union and len(a_pairs & b_pairs) / union >= MIN_RELATED_OVERLAP) or (bool(titles) and bool(a_pairs & b_pairs))
    )
    return Verdict(
        label="compatible" if related else "unrelated",
        score=0.05 if related else 0.0,
        type="",
        explanation="没有可比较的冲突陈述" if related else "两句所述无关",
        a_claims=tuple(a_claims),
        b_claims=tuple(b_claims),
    )
