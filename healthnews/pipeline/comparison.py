"""Comparing given sentences: verdicts with what was read in each, as objects and as words; explanations of stored pairs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from healthnews.claims.compare import compare_claims
from healthnews.claims.explain import explain as explain_claims
from healthnews.claims.explain import explain_pair, quote, quote_claim, without_opening
from healthnews.claims.pairs import ClaimPair, Sentence, Verdict, comparable_pairs, compare_sentences, wall_time
from healthnews.claims.readings import claim_fields
from healthnews.claims.wording import Lang, field_name
from healthnews.errors import UsageError
from healthnews.language.concepts import load_lexicon
from healthnews.records import ClaimRow, ContradictionRow
from healthnews.schema import to_plain

MAX_EXPLAINED_PAIRS = 200
"""Pairs of claims that are explained one by one; of more only those of one question are, so many at most."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sentences and what the engine makes of them.

    Attributes:
        id: What the asker calls the pair; any JSON value.
        a: The first sentence.
        b: The second.
        verdict: The verdict.
    """

    id: Any
    a: Sentence
    b: Sentence
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PairReason:
    """Why a claim of the one sentence did or did not clash with one of the other.

    Attributes:
        a: Name of the first claim, A1, A2, … in order of place.
        b: Name of the second, B1, B2, …
        pair: The claims, and the finding if they can be compared.
        why: The reason in words.
    """

    a: str
    b: str
    pair: ClaimPair
    why: str

    @property
    def label(self) -> str:
        """How the claims stand to each other; empty when they cannot be compared."""
        return self.pair.finding.label if self.pair.finding else ""

    @property
    def type(self) -> str:
        """Kind of clash; empty for none."""
        return self.pair.finding.type if self.pair.finding else ""

    @property
    def score(self) -> float | None:
        """Score of the clash; None when the claims cannot be compared."""
        return self.pair.finding.score if self.pair.finding else None


def compare_two(a: Sentence, b: Sentence, *, lang: Lang = "zh") -> Comparison:
    """The verdict on two sentences."""
    return Comparison(None, a, b, compare_sentences(a, b, load_lexicon(), lang))


def compare_lines(lines: Iterable[bytes], *, lang: Lang = "zh") -> Iterator[Comparison]:
    """The verdict on each line {"id", "a": {"text", "source_title"?, "published_at"?}, "b": {…}}.

    Args:
        lines: JSON lines in UTF-8; blank ones are skipped.
        lang: Language of the explanations.

    Raises:
        UsageError: A line is not such an object.
    """
    lexicon = load_lexicon()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            pair = json.loads(line)
            a, b, pair_id = _sentence(pair["a"]), _sentence(pair["b"]), pair.get("id")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UsageError(f'line {number}: expected {{"id", "a": {{"text"}}, "b": {{"text"}}}}: {error!r}') from error
        yield Comparison(pair_id, a, b, compare_sentences(a, b, lexicon, lang))


def _sentence(side: Mapping[str, Any]) -> Sentence:
    if not isinstance(side["text"], str) or not isinstance(side.get("source_title", ""), str | None):
        raise TypeError("text or source_title is not a string")
    published = side.get("published_at") or None
    if not isinstance(published, str | None):
        raise TypeError("published_at is not a string")
    return Sentence(text=side["text"], source_title=side.get("source_title"), published_at=wall_time(published))


def comparison_object(comparison: Comparison, *, explain: bool = False) -> dict[str, Any]:
    """A comparison as `healthnews compare --json` prints it; `explain` adds the claims read and why each pair clashed or did not."""
    verdict = comparison.verdict
    shown: dict[str, Any] = {
        "id": comparison.id,
        "label": verdict.label,
        "score": verdict.score,
        "type": verdict.type,
        "explanation": verdict.explanation,
    }
    if explain:
        shown["claims"] = {"a": to_plain(verdict.a_claims), "b": to_plain(verdict.b_claims)}
        shown["pairs"] = [
            {
                "a": one.pair.a.claim_id,
                "b": one.pair.b.claim_id,
                "label": one.label or None,
                "type": one.type,
                "score": one.score,
                "why": one.why,
            }
            for one in pair_reasons(verdict)
        ]
    return shown


def named_claims(verdict: Verdict) -> dict[str, ClaimRow]:
    """The claims of both sentences by the names that explanations call them: A1, A2 and so on, B1 and so on."""
    sides = (("A", verdict.a_claims), ("B", verdict.b_claims))
    return {f"{side}{number}": claim for side, claims in sides for number, claim in enumerate(claims, 1)}


def claim_words(claim: ClaimRow, lang: Lang) -> dict[str, str]:
    """Everything that was read in a claim, in words: the code of a column → its value; empty for what is not said."""
    return claim_fields(claim, lang, load_lexicon())


def column_name(code: str, lang: Lang) -> str:
    """What a column of `claim_words` is called."""
    return field_name(code, lang)


def pair_reasons(verdict: Verdict) -> list[PairReason]:
    """Why each pair of claims did or did not clash, those first that can be compared, the surest first among them.

    Of very many pairs only such that can be compared are listed, MAX_EXPLAINED_PAIRS at most.
    """
    lexicon = load_lexicon()
    names = {claim.claim_id: name for name, claim in named_claims(verdict).items()}
    pairs = list(comparable_pairs(verdict.a_claims, verdict.b_claims, lexicon))
    if len(verdict.a_claims) * len(verdict.b_claims) <= MAX_EXPLAINED_PAIRS:
        pairs += [ClaimPair(a, b, None) for a in verdict.a_claims for b in verdict.b_claims if a.predicate != b.predicate]
    pairs.sort(key=lambda pair: (pair.finding is None, -(pair.finding.score if pair.finding else 0.0)))
    return [
        PairReason(names[pair.a.claim_id], names[pair.b.claim_id], pair, explain_pair(pair.a, pair.b, pair.finding, verdict.lang, lexicon))
        for pair in pairs[:MAX_EXPLAINED_PAIRS]
    ]


def reason_of(verdict: Verdict) -> str:
    """The explanation of a verdict without the two quotations, for where the sentences stand beside it."""
    if verdict.decided_by is None:
        return verdict.explanation
    return without_opening(verdict.explanation, *(quote_claim(claim) for claim in verdict.decided_by))


def cue_in_sentence(side: Mapping[str, Any]) -> tuple[int, int]:
    """Where the words that carry a claim stand in its sentence; `side` as `healthnews contradictions --json` prints it."""
    if side["start"] is None:
        return 0, 0
    return side["cue_start"] - side["start"], side["cue_end"] - side["start"]


def reason_of_object(found: Mapping[str, Any]) -> str:
    """The explanation of such a contradiction without its quotations."""
    quotes = (quote(side["sentence"], *cue_in_sentence(side)) for side in (found["a"], found["b"]))
    return without_opening(found["explanation"], *quotes)


def explain_row(row: ContradictionRow, claims: Mapping[str, ClaimRow], lang: Lang) -> str:
    """The explanation of a stored pair; in a language it is not stored in, made anew from its claims.

    Where that cannot be done, the stored one follows a note that says why.
    """
    if lang == "zh":
        return row.explanation
    missing = [claim_id for claim_id in (row.a_claim_id, row.b_claim_id) if claim_id not in claims]
    if missing:
        return f"[in Chinese only: {' and '.join(missing)} not among the claims] {row.explanation}"
    a, b = claims[row.a_claim_id], claims[row.b_claim_id]
    lexicon = load_lexicon()
    finding = compare_claims(a, b, lexicon)
    if finding is None or not finding.type:
        return f"[in Chinese only: the rules of today see no clash] {row.explanation}"
    return explain_claims(a, b, finding._replace(type=row.type), lang, lexicon)
