"""What is worth telling of the difference of two releases: contradictions that came and went, and articles that changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from healthnews.dataset.checks import read_columns

SHOWN = ("flagged", "accepted")
"""A contradiction of another status is none that a reader sees."""
CONTENT = frozenset(("title", "body_sha256", "snippet", "published_at", "record"))
"""Columns of an article of which a reader would say that it changed; the digest stands for the body, which an excerpt has not."""

Reason = Literal[
    "rejected", "suppressed", "possible", "scope_difference", "judgement_withdrawn", "article_gone", "article_changed", "not_read",
    "no_clash",
]  # fmt: skip
"""Why a contradiction is shown no longer: a person rejected it; its rule was refuted; its score fell; the scopes are told apart now; who
had accepted it took that back; an article is gone, or does not say it any more; the sentence is not read as a claim any more; the two are
not found to clash any more."""
_TEXTS = {"body": "body_sha256", "title": "title", "snippet": "snippet"}
"""The column that changes with the text that a claim was read in, by its origin."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A contradiction that is shown no longer; `detail` names the article where the reason is about one."""

    row: dict[str, Any]
    reason: Reason
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What changed, for readers.

    Attributes:
        counts: Rows by table and change.
        contradictions: Rows of contradictions that are shown now and were not before.
        gone: Those that were shown before.
        articles: Articles whose content changed, with `columns`.
        added: Articles that are new: their number.
        deleted: Articles that are gone, by id and title.
    """

    counts: dict[str, dict[str, int]]
    contradictions: tuple[dict[str, Any], ...]
    gone: tuple[Gone, ...]
    articles: tuple[dict[str, Any], ...]
    added: int
    deleted: tuple[dict[str, Any], ...]


def find_news(old: Path, new: Path, delta: pa.Table) -> News:
    """Read what is worth telling from two releases and their difference."""
    counts: dict[str, dict[str, int]] = {}
    for row in delta.group_by(["table", "change"]).aggregate([([], "count_all")]).sort_by("table").to_pylist():
        counts.setdefault(row["table"], {})[row["change"]] = row["count_all"]
    before = {row["contradiction_id"]: row for row in _touched(old, delta, "contradictions", "contradiction_id", _PAIR)}
    after = {row["contradiction_id"]: row for row in _touched(new, delta, "contradictions", "contradiction_id", _PAIR)}
    fresh = [row for key, row in after.items() if _is_shown(row) and not _is_shown(before.get(key))]
    lost = [row for key, row in before.items() if _is_shown(row) and not _is_shown(after.get(key))]
    # Of a claim whose scope is read anew the statement has another id, and so has every contradiction of it.
    kept = {_claims_of(row) for row in fresh} & {_claims_of(row) for row in lost}
    fresh, lost = ([row for row in rows if _claims_of(row) not in kept] for rows in (fresh, lost))
    changed = _changed_articles(delta)
    articles = {row["article_id"]: row for row in _touched(new, delta, "articles", "article_id", _ARTICLE)}
    return News(
        counts=counts,
        contradictions=tuple(sorted(fresh, key=lambda row: (-row["score"], row["contradiction_id"]))),
        gone=tuple(_explain(old, new, lost, after, changed)),
        articles=tuple({**articles[key], "columns": columns} for key, columns in changed.items() if key in articles),
        added=counts.get("articles", {}).get("ADD", 0),
        deleted=tuple(_deleted(old, delta)),
    )


_PAIR = ("contradiction_id", "status", "score", "type", "topic", "a_claim_id", "b_claim_id", "a_sentence", "b_sentence", "a_url", "b_url")
_ARTICLE = ("article_id", "title", "url")


def _is_shown(row: dict[str, Any] | None) -> bool:
    return row is not None and row["status"] in SHOWN


def _claims_of(row: dict[str, Any]) -> frozenset[str]:
    return frozenset((row["a_claim_id"], row["b_claim_id"]))


def _keys(delta: pa.Table, table: str, change: str | None = None) -> pa.Array:
    chosen = pc.equal(delta["table"], table)
    if change is not None:
        chosen = pc.and_(chosen, pc.equal(delta["change"], change))
    return delta.filter(chosen)["key"].combine_chunks()


def _touched(folder: Path, delta: pa.Table, table: str, key: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows of a table that the difference is about, as a release has them."""
    rows = read_columns(folder, table, columns)
    return list(rows.filter(pc.is_in(rows[key], _keys(delta, table))).to_pylist())


def _changed_articles(delta: pa.Table) -> dict[str, list[str]]:
    """Columns of content that differ, by article."""
    rows = delta.filter(pc.and_(pc.equal(delta["table"], "articles"), pc.equal(delta["change"], "MOD")))
    found = zip(rows["key"].to_pylist(), rows["columns"].to_pylist(), strict=True)
    return {key: told for key, columns in found if (told := [column for column in columns if column in CONTENT])}


def _deleted(old: Path, delta: pa.Table) -> list[dict[str, Any]]:
    rows = read_columns(old, "articles", _ARTICLE)
    return list(rows.filter(pc.is_in(rows["article_id"], _keys(delta, "articles", "DEL"))).to_pylist())


def _explain(
    old: Path, new: Path, lost: list[dict[str, Any]], after: dict[str, dict[str, Any]], changed: dict[str, list[str]]
) -> Iterator[Gone]:
    """Each contradiction that is shown no longer, with the reason."""
    named = pa.array([row[side] for row in lost for side in ("a_claim_id", "b_claim_id")], pa.string())
    claims, left = (_claims(folder, named) for folder in (old, new))
    owners = {claim_id: row["article_id"] for claim_id, row in claims.items()}
    articles = _present(new, "articles", "article_id", pa.array(list(owners.values()), pa.string()))
    for row in lost:
        now = after.get(row["contradiction_id"])
        if now is not None:
            is_withdrawn = row["status"] == "accepted" and now["status"] != "rejected"
            yield Gone(row, "judgement_withdrawn" if is_withdrawn else now["status"])
            continue
        lost_claims = [row[side] for side in ("a_claim_id", "b_claim_id") if row[side] not in left]
        missing = [owners.get(claim, "") for claim in lost_claims]
        if gone := [article for article in missing if article not in articles]:
            yield Gone(row, "article_gone", gone[0])
        elif edited := [owners[claim] for claim in lost_claims if _is_edited(claims.get(claim), changed)]:
            yield Gone(row, "article_changed", edited[0])
        elif missing:
            yield Gone(row, "not_read", missing[0])
        elif moved := [claim for claim in sorted(_claims_of(row)) if claim in claims and claims[claim]["scope"] != left[claim]["scope"]]:
            yield Gone(row, "scope_difference", owners[moved[0]])
        else:
            yield Gone(row, "no_clash")


def _is_edited(claim: dict[str, Any] | None, changed: dict[str, list[str]]) -> bool:
    """Whether the text changed that a claim was read in."""
    return claim is not None and _TEXTS[claim["origin"]] in changed.get(claim["article_id"], ())


def _claims(folder: Path, wanted: pa.Array) -> dict[str, dict[str, Any]]:
    """Article, origin and scope of some claims that a release has."""
    claims = read_columns(folder, "claims", ["claim_id", "article_id", "origin", "scope"])
    return {row["claim_id"]: row for row in claims.filter(pc.is_in(claims["claim_id"], wanted)).to_pylist()}


def _present(folder: Path, table: str, key: str, values: pa.Array) -> set[str]:
    found = read_columns(folder, table, [key])[key]
    return set(found.filter(pc.is_in(found, values)).to_pylist())
