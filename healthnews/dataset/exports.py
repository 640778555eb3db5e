"""Rows as JSON objects in the shapes that interfaces promise, and as tab-separated text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from healthnews.records import CHINA_ZONE, Article, ClaimRow, ContradictionRow, Precision
from healthnews.schema import to_plain

_ARTICLE_COLUMNS = (
    "url", "title", "lead", "body", "sections", "published_at", "published_at_source", "published_at_precision", "author", "source",
    "reviewer", "tags", "keywords", "disclaimer", "related", "parser", "quality", "modified_at", "editor", "ai_label",
    "published_at_confidence", "parser_version", "published_at_zone", "modified_at_source", "modified_at_precision", "modified_at_zone",
    "modified_at_confidence", "evidence",
)  # fmt: skip


_CHINA_OFFSET = "+08:00"


def date_text(moment: datetime | None, precision: Precision | None = None, zone: str | None = CHINA_ZONE) -> str | None:
    """A date as the page gave it: to the day, or to the minute with its offset, without one where the zone is unknown."""
    if moment is None:
        return None
    has_time = precision == "minute" or (precision is None and (moment.hour or moment.minute))
    offset = _CHINA_OFFSET if zone == CHINA_ZONE else zone or ""
    return f"{moment:%Y-%m-%dT%H:%M}{offset}" if has_time else f"{moment:%Y-%m-%d}"


def article_object(article: Article) -> dict[str, Any]:
    """An article as `healthnews extract` prints it."""
    shown: dict[str, Any] = {name: to_plain(getattr(article, name)) for name in _ARTICLE_COLUMNS}
    shown["published_at"] = date_text(article.published_at, article.published_at_precision, article.published_at_zone)
    shown["modified_at"] = date_text(article.modified_at, article.modified_at_precision, article.modified_at_zone)
    for item in shown["related"]:
        item["published_at"] = date_text(item["published_at"])
    return shown


def contradiction_object(row: ContradictionRow, claims: Mapping[str, ClaimRow], titles: Mapping[str, str]) -> dict[str, Any]:
    """A contradiction as `healthnews contradictions --json` prints it.

    Args:
        row: The contradiction.
        claims: Claims by id; of one that is not there, sentence and address are told and the rest is null.
        titles: Titles by article id.
    """
    return {
        "contradiction_id": row.contradiction_id,
        "type": row.type,
        "rule": row.rule,
        "status": row.status,
        "score": row.score,
        "scope": row.scope,
        "topic": row.topic,
        "explanation": row.explanation,
        "a": _side(claims.get(row.a_claim_id), row.a_url, titles) | {"claim_id": row.a_claim_id, "sentence": row.a_sentence},
        "b": _side(claims.get(row.b_claim_id), row.b_url, titles) | {"claim_id": row.b_claim_id, "sentence": row.b_sentence},
    }


def _side(claim: ClaimRow | None, url: str | None, titles: Mapping[str, str]) -> dict[str, Any]:
    """Where a statement stands; of a claim that is not known only its address."""
    return {
        "claim_id": None,
        "article_id": claim and claim.article_id,
        "url": url,
        "title": claim and titles[claim.article_id],
        "sentence": None,
        "start": claim and claim.start,
        "end": claim and claim.end,
        "origin": claim and claim.origin,
        "cue_start": claim and claim.cue_start,
        "cue_end": claim and claim.cue_end,
    }


def json_line(value: Mapping[str, Any]) -> str:
    """One JSON object on one line; dates in ISO form; lone surrogates, which UTF-8 cannot hold, escaped."""
    text = json.dumps(value, ensure_ascii=False, default=_json_default)
    return text.encode("utf-8", "backslashreplace").decode()


def json_value(value: Any) -> str:
    """A list or a dict as JSON on one line, as a cell of a flat table holds it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_json_default)
    return text.encode("utf-8", "backslashreplace").decode()


def _json_default(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")


def tab_separated(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[str]:
    """Lines of a TSV table: tabs and line breaks inside a value become spaces, null becomes nothing."""
    yield "\t".join(header)
    for row in rows:
        yield "\t".join("" if v is None else " ".join(str(v).split()) for v in row)
