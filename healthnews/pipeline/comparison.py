"""Comparing given sentences: JSON lines of pairs in, verdicts out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from healthnews.claims.pairs import Sentence, compare_sentences
from healthnews.errors import UsageError
from healthnews.language.concepts import load_lexicon
from healthnews.schema import to_plain


def compare_pairs(lines: Iterable[bytes], *, explain: bool = False) -> Iterator[dict[str, Any]]:
    """The verdict on each line {"id", "a": {"text", "source_title"?, "published_at"?}, "b": {…}}.

    Args:
        lines: JSON lines in UTF-8; blank ones are skipped.
        explain: Add the claims that were read in each sentence.

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
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f'line {number}: expected {{"id", "a": {{"text"}}, "b": {{"text"}}}}: {error!r}') from error
        verdict = compare_sentences(a, b, lexicon)
        shown: dict[str, Any] = {
            "id": pair_id,
            "label": verdict.label,
            "score": verdict.score,
            "type": verdict.type,
            "explanation": verdict.explanation,
        }
        if explain:
            shown["claims"] = {"a": to_plain(verdict.a_claims), "b": to_plain(verdict.b_claims)}
        yield shown


def _sentence(side: Mapping[str, Any]) -> Sentence:
    published = side.get("published_at")
    if not isinstance(side["text"], str) or not isinstance(side.get("source_title", ""), str | None):
        raise TypeError("text or source_title is not a string")
    return Sentence(
        text=side["text"],
        source_title=side.get("source_title"),
        published_at=datetime.fromisoformat(published).replace(tzinfo=None) if published else None,
    )
