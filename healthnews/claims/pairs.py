"""Two sentences given by themselves: the verdict of `healthnews compare`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from typing import Literal, NamedTuple

from healthnews.claims.compare import Finding, compare_claims
from healthnews.claims.confidence import FLAG_THRESHOLD
from healthnews.claims.cues import is_question_title
from healthnews.claims.explain import explain, matter_of
from healthnews.claims.extract import context_of_pair, read_claims
from healthnews.claims.scope import bigrams
from healthnews.claims.wording import Lang, label_name, say, type_name
from healthnews.language.concepts import Lexicon
from healthnews.language.normalise import half_width, text_key
from healthnews.language.segment import split_sentences
from healthnews.records import ClaimRow

_CHINA = timezone(timedelta(hours=8))
VerdictLabel = Literal["contradict", "scoped_difference", "compatible", "unrelated"]

MIN_RELATED_OVERLAP = 0.12
"""Sentences without a common concept are related from this Jaccard overlap of character pairs on (seed pairs)."""
MAX_AGREEING_SCORE = 0.4
"""Score of two claims that can both be true, at most: below what is flagged."""
MAX_PAIRS = 20_000
"""Pairs of claims that are compared at most, in order of place: half a second, and far beyond what two sentences hold."""
MAX_TEXT_CHARS = 100_000
"""A longer text is read up to its last whole sentence before this, and the explanation says so: one to two seconds."""
MAX_TITLE_CHARS = 400
"""A title is read up to here, as a sentence is, so that no title can cost more than its length."""
MAX_TOPICS = 3
"""Topics that an explanation names for a side that has nothing in common with the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence to compare, with the title and date of the article it is from, if known.

    The title lends subject and scope, as it does on a page; the date places a sentence that names no time of its own.
    """

    text: str
    source_title: str | None = None
    published_at: datetime | None = None


class ClaimPair(NamedTuple):
    """A claim of each sentence, and how they stand to each other; no finding where they cannot be compared."""

    a: ClaimRow
    b: ClaimRow
    finding: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the engine makes of two sentences; `str()` of it is for reading.

    Attributes:
        label: contradict | scoped_difference | compatible | unrelated.
        score: Belief in a contradiction, 0 to 1.
        type: Kind of clash; empty when there is none.
        explanation: The reason, in the language asked for.
        a_claims: Claims read in the first sentence; their offsets point into it.
        b_claims: Claims read in the second.
        decided_by: The claim of each sentence that the verdict rests on; none when they have no claims to compare.
        lang: Language of the explanation: zh | en.
    """

    label: VerdictLabel
    score: float
    type: str
    explanation: str
    a_claims: tuple[ClaimRow, ...] = ()
    b_claims: tuple[ClaimRow, ...] = ()
    decided_by: tuple[ClaimRow, ClaimRow] | None = None
    lang: Lang = "zh"

    @property
    def heading(self) -> str:
        """Label, type and score in one line, in words too where they are not English."""
        codes: list[tuple[str, str]] = [(self.label, label_name(self.label, self.lang))]
        codes += [(self.type, type_name(self.type, self.lang))] if self.type else []
        named = (f"{code}({words})" if self.lang == "zh" else code for code, words in codes)
        return ", ".join((*named, f"{self.score:.2f}"))

    def __str__(self) -> str:
        return f"{self.heading}\n{self.explanation}"


def wall_time(published: datetime | date | str | None) -> datetime | None:
    """When something was published, as wall-clock time in China; an ISO text with another zone is converted.

    Raises:
        ValueError: A text is no ISO date or time.
    """
    if isinstance(published, str):
        published = datetime.fromisoformat(published)
    if isinstance(published, datetime):
        try:
            return published.astimezone(_CHINA).replace(tzinfo=None) if published.tzinfo else published
        except OverflowError as error:
            raise ValueError(f"{published.isoformat()} is outside the calendar") from error
    return datetime(published.year, published.month, published.day) if published else None


def compare_sentences(a: Sentence, b: Sentence, lexicon: Lexicon, lang: Lang = "zh") -> Verdict:
    """Verdict on two sentences; a contradiction outweighs a difference of scope, and that a mere agreement."""
    a_claims, b_claims = claims_of_sentence(a, "a", lexicon), claims_of_sentence(b, "b", lexicon)
    best: tuple[ClaimRow, ClaimRow, Finding] | None = None
    for left, right, finding in comparable_pairs(a_claims, b_claims, lexicon):
        if finding is not None and (best is None or _weight(finding) > _weight(best[2])):
            best = (left, right, finding)
    verdict = _verdict_on(*best, lang, lexicon) if best else _without_common_claim(a, b, a_claims, b_claims, lang, lexicon)
    told = verdict.explanation + _dates_text(a, b, lang) + "".join(_limit_text(name, side, lang) for name, side in (("A", a), ("B", b)))
    return replace(verdict, explanation=told, a_claims=tuple(a_claims), b_claims=tuple(b_claims), lang=lang)


def comparable_pairs(a_claims: Iterable[ClaimRow], b_claims: Iterable[ClaimRow], lexicon: Lexicon) -> Iterator[ClaimPair]:
    """Pairs of claims with one predicate, compared, in order of place; a claim made twice in the same words counts once.

    A sentence is never held against itself, whatever was read in it.
    """
    by_predicate: defaultdict[str, list[ClaimRow]] = defaultdict(list)
    for claim in _distinct(b_claims):
        by_predicate[claim.predicate].append(claim)
    pairs = ((a, b) for a in _distinct(a_claims) for b in by_predicate[a.predicate])
    compared = (ClaimPair(a, b, compare_claims(a, b, lexicon)) for a, b in islice(pairs, MAX_PAIRS))
    return (pair for pair in compared if pair.finding is None or not pair.finding.type or not _is_one_sentence(pair))


def _is_one_sentence(pair: ClaimPair) -> bool:
    return half_width(pair.a.sentence) == half_width(pair.b.sentence)


def _distinct(claims: Iterable[ClaimRow]) -> list[ClaimRow]:
    """The first of claims that differ in nothing but their place."""
    first: dict[ClaimRow, ClaimRow] = {}
    for claim in claims:
        placeless = replace(
            claim, claim_id="", start=0, end=0, cue_start=claim.cue_start - claim.start, cue_end=claim.cue_end - claim.start
        )
        first.setdefault(placeless, claim)
    return list(first.values())


def _verdict_on(left: ClaimRow, right: ClaimRow, finding: Finding, lang: Lang, lexicon: Lexicon) -> Verdict:
    """The verdict that rests on one pair; below the threshold a clash is no contradiction."""
    label, score, kind = finding.label, finding.score, finding.type
    if label == "compatible" or (label == "contradict" and score < FLAG_THRESHOLD):
        label, score, kind = "compatible", min(score, MAX_AGREEING_SCORE), ""
    explanation = explain(left, right, finding, lang, lexicon)
    return Verdict(label=label, score=score, type=kind, explanation=explanation, decided_by=(left, right))


def _weight(finding: Finding) -> tuple[int, float]:
    order = {"compatible": 0, "scoped_difference": 1, "contradict": 2}[finding.label]
    if finding.label == "contradict" and finding.score < FLAG_THRESHOLD:
        order = 0
    return order, finding.score


def claims_of_sentence(sentence: Sentence, name: str, lexicon: Lexicon) -> list[ClaimRow]:
    """Claims read in one side of a pair, in order of place, as those of an article `name`; a question that is its own title has none."""
    text, title = half_width(sentence.text[:MAX_TEXT_CHARS]), half_width((sentence.source_title or "")[:MAX_TITLE_CHARS])
    if text_key(text) == text_key(title) and is_question_title(text):
        return []
    spans = split_sentences(text)
    if len(sentence.text) > MAX_TEXT_CHARS:
        spans = spans[:-1]
    return read_claims(text, spans, context_of_pair(name, title, lexicon, sentence.published_at), lexicon, sentence.text)


def _without_common_claim(
    a: Sentence, b: Sentence, a_claims: list[ClaimRow], b_claims: list[ClaimRow], lang: Lang, lexicon: Lexicon
) -> Verdict:
    a_pairs, b_pairs = (bigrams(text_key(side.text[:MAX_TEXT_CHARS])) for side in (a, b))
    union = len(a_pairs | b_pairs)
    same_topic = {c.topic for c in a_claims} & {c.topic for c in b_claims}
    a_title, b_title = (bigrams(text_key((side.source_title or "")[:MAX_TITLE_CHARS])) for side in (a, b))
    shared = len(a_pairs & b_pairs)
    related = bool(same_topic) or (union and shared / union >= MIN_RELATED_OVERLAP) or (bool(a_title & b_title) and bool(shared))
    told = (
        say(lang, "没有可比较的冲突陈述", "nothing in them can be compared")
        if related
        else say(lang, "两句所述无关", "they speak of different things")
    )
    read = say(lang, ";", "; ").join(_read_text(side, claims, lang, lexicon) for side, claims in (("A", a_claims), ("B", b_claims)))
    return Verdict(
        label="compatible" if related else "unrelated",
        score=0.05 if related else 0.0,
        type="",
        explanation=say(lang, f"{told}:{read}", f"{told}: {read}"),
    )


def _read_text(side: str, claims: list[ClaimRow], lang: Lang, lexicon: Lexicon) -> str:
    """What a sentence was found to speak of."""
    if not claims:
        return say(lang, f"{side} 中没有读出陈述", f"no statement was read in {side}")
    topics = list(dict.fromkeys(matter_of(claim, lang, lexicon) for claim in claims))
    named = say(lang, "、", ", ").join(topics[:MAX_TOPICS]) + say(lang, "等", " and more") * (len(topics) > MAX_TOPICS)
    return say(lang, f"{side} 说的是{named}", f"{side} is about {named}")


def _dates_text(a: Sentence, b: Sentence, lang: Lang) -> str:
    """When the two were published, if both are known and on different days: rules change."""
    if a.published_at is None or b.published_at is None or a.published_at.date() == b.published_at.date():
        return ""
    left, right = a.published_at.date().isoformat(), b.published_at.date().isoformat()
    return say(lang, f";发布:A {left},B {right}", f"; published: A {left}, B {right}")


def _limit_text(name: str, sentence: Sentence, lang: Lang) -> str:
    """That a text was too long to be read to its end."""
    if len(sentence.text) <= MAX_TEXT_CHARS:
        return ""
    return say(lang, f";{name} 过长,只读了前 {MAX_TEXT_CHARS} 字", f"; of {name} only the first {MAX_TEXT_CHARS} characters were read")
