"""The work tables by name, and the published tables that are read from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from types import MappingProxyType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from healthnews.dataset.articles import merge_articles, seen_again
from healthnews.dataset.batches import SCANNED_ROWS
from healthnews.dataset.catalogue import SightingRow, first_ids, url_id
from healthnews.dataset.checks import whole
from healthnews.dataset.observations import ObservationRow, PartRow
from healthnews.dataset.parts import MISSING_PART, Chains, Page, find_chains, join_parts
from healthnews.dataset.store import Store
from healthnews.records import (
    TABLES,
    AliasRow,
    ArticleRow,
    CaptureRow,
    ClaimRow,
    ClusterChangeRow,
    ClusterRow,
    ContradictionRow,
    DuplicateEdgeRow,
    DuplicateRow,
    FailureRow,
    RelatedLinkRow,
    TopicRow,
    column,
    stable_id,
)
from healthnews.schema import from_table, key_columns, schema, to_table


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysedRow:
    """Work table: the content of which an article's claims were extracted."""

    article_id: str = column("The article.", key=True)
    content_key: str = column("Digest of the text that was read and of the lexicon.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkClaimRow(ClaimRow):
    """Work table: a claim with the content it was extracted from; it counts only while that is the article's content."""

    content_key: str = column("As in the table of analysed articles.")

    @classmethod
    def of(cls, claim: ClaimRow, content_key: str) -> Self:
        """The claim with its content."""
        return cls(**{f.name: getattr(claim, f.name) for f in fields(ClaimRow)}, content_key=content_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLinkRow(RelatedLinkRow):
    """Work table: a related link with the capture it was read from; it counts only while that is the page's newest."""

    capture_id: str = column("Capture of the page.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsJudgedRow:
    """Work table: the judgements that the topics were counted with; one row."""

    digest: str = column("Digest of the judgements; empty when there were none.", key=True)


_PARTS: Mapping[str, tuple[type[Any], tuple[str, ...]]] = MappingProxyType(
    {
        "pages": (ArticleRow, ("article_id",)),
        "sightings": (SightingRow, ("article_id",)),
        "article_aliases": (AliasRow, ("alias_id",)),
        "related_links": (WorkLinkRow, ("article_id", "position", "capture_id")),
        "captures": (CaptureRow, ("capture_id",)),
        "revisits": (CaptureRow, ("capture_id",)),
        "failures": (FailureRow, ("failure_id",)),
        "observations": (ObservationRow, ("capture_id",)),
        "parts": (PartRow, ("article_id", "capture_id")),
        "analysed": (AnalysedRow, ("article_id",)),
        "claims": (WorkClaimRow, ("claim_id", "content_key")),
        "duplicates": (DuplicateRow, ("article_id", "cluster_id")),
        "clusters": (ClusterRow, ("cluster_id",)),
        "duplicate_edges": (DuplicateEdgeRow, ("edge_id",)),
        "cluster_changes": (ClusterChangeRow, ("change_id",)),
        "contradictions": (ContradictionRow, ("contradiction_id",)),
        "topics": (TopicRow, ("topic", "predicate", "item", "side")),
        "topics_judged": (TopicsJudgedRow, ("digest",)),
    }
)
"""Record and key of each work table: of two rows of one key the newer counts."""
ANALYSIS = (
    "analysed", "claims", "duplicates", "clusters", "duplicate_edges", "cluster_changes", "contradictions", "topics", "topics_judged",
)  # fmt: skip
"""Work tables that are made of the articles, not of the archive."""


@cache
def layout() -> str:
    """Name of the columns that the work tables have in this version of the program, 8 hex digits."""
    columns = {name: [(f.name, str(f.type)) for f in schema(record)] for name, (record, _) in _PARTS.items()}
    return hashlib.sha256(repr(columns).encode()).hexdigest()[:8]


def read(store: Store, name: str, by: Sequence[str] | None = None) -> list[Any]:
    """Rows of a work table, the newest of each key; `by` names other columns than those of the key."""
    record, key = _PARTS[name]
    return store.read(name, record, by or key)


def read_where(store: Store, name: str, column: str, values: Collection[str]) -> list[Any]:
    """As `read`, only rows with one of these values in a column in which all rows of a key agree."""
    record, key = _PARTS[name]
    return from_table(record, store.read_table(name, record, key, where=(column, values)))


def table(store: Store, name: str) -> pa.Table:
    """As `read`, as an Arrow table."""
    return _newest(store, name)


def _newest(store: Store, name: str, columns: Sequence[str] = ()) -> pa.Table:
    record, key = _PARTS[name]
    return store.read_table(name, record, key, columns)


def append(store: Store, name: str, rows: Sequence[Any]) -> None:
    """Add rows to a work table."""
    store.append(name, _PARTS[name][0], rows)


def replace(store: Store, name: str, rows: Sequence[Any]) -> bool:
    """Make a work table hold just these rows; False when it already did."""
    return store.replace(name, _PARTS[name][0], rows)


def replace_with(store: Store, name: str, kept: pa.Table, rows: Sequence[Any]) -> bool:
    """Make a work table hold these rows beside those kept, by key; False when it already did."""
    record, key = _PARTS[name]
    joined = pa.concat_tables([kept, to_table(record, rows)]).sort_by([(column, "ascending") for column in key])
    return store.replace_table(name, record, joined.combine_chunks())


def commits(store: Store) -> dict[str, str | None]:
    """What names the content of every work table that can change a value: equal names, nothing new to publish.

    That a page was looked at and had not changed is no news: the next release tells it, but it makes none.
    """
    return {name: store.commit(name) for name in _PARTS if name != "revisits"}


def articles(store: Store) -> list[ArticleRow]:
    """The `articles` table, by key."""
    return from_table(ArticleRow, release_table(store, "articles"))


def _article_tables(store: Store) -> Iterator[pa.Table]:
    """The `articles` table, by key, some rows at a time: with all bodies it is larger than memory."""
    chains = _chains(store)
    seen = _without_moved(_newest(store, "sightings"), first_ids(_aliases(store))).sort_by("article_id")
    seen = seen_again(seen, _newest(store, "revisits", ("canonical_url", "fetched_at")))
    members = pa.array({*chains.parts, *chains.first_of, *chains.missing}, pa.string())
    joined = _joined_articles(store, seen, chains, members)
    for pages, rows in _page_ranges(store, seen):
        merged = merge_articles(pages, rows)
        if len(members):
            merged = merged.filter(pc.invert(pc.is_in(merged["article_id"], members)))
            own = joined.filter(pc.is_in(joined["article_id"], whole(rows["article_id"])))
            merged = pa.concat_tables([merged, own]).sort_by("article_id")
        yield merged


def _joined_articles(store: Store, seen: pa.Table, chains: Chains, members: pa.Array) -> pa.Table:
    """The articles that have several pages, or should have."""
    if not len(members):
        return schema(ArticleRow).empty_table()
    record, key = _PARTS["pages"]
    rows = merge_articles(store.read_keys("pages", record, key, members), seen.filter(pc.is_in(seen["article_id"], members)))
    return to_table(ArticleRow, join_parts(from_table(ArticleRow, rows), chains))


def _page_ranges(store: Store, seen: pa.Table) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Pages and sightings of some articles at a time."""
    if seen.num_rows <= SCANNED_ROWS:
        yield _newest(store, "pages"), seen
        return
    starts = range(0, seen.num_rows, SCANNED_ROWS)
    bounds = [seen["article_id"][start - 1].as_py() for start in starts[1:]]
    for start, pages in zip(starts, store.read_ranges("pages", *_PARTS["pages"], bounds), strict=True):
        yield pages, seen.slice(start, SCANNED_ROWS)


def _aliases(store: Store) -> list[tuple[str, str]]:
    """Aliases of the catalogue: other addresses of a page."""
    return [(row.alias_id, row.article_id) for row in read(store, "article_aliases")]


def _first_ids(store: Store) -> dict[str, str]:
    """The article that each other id stands for: that of another address, or of a page behind the first."""
    return first_ids([*_aliases(store), *_chains(store).first_of.items()])


def _chains(store: Store) -> Chains:
    """Which pages are one article, as the newest version of each page says."""
    if not store.exists("parts"):
        return Chains()
    moved = first_ids(_aliases(store))
    current = _matching(_newest(store, "parts"), _newest(store, "pages", ("article_id", "capture_id")), ["article_id", "capture_id"])
    following = {moved.get(row["article_id"], row["article_id"]): row["next_url"] for row in current.to_pylist() if row["next_url"]}
    next_ids = {article_id: moved.get(key := url_id(url), key) for article_id, url in following.items()}
    sightings = _newest(store, "sightings")
    wanted = pa.array([*next_ids, *next_ids.values()], pa.string())
    known = sightings.filter(pc.and_(sightings["is_page"], pc.is_in(sightings["article_id"], wanted)))
    titles = zip(known["article_id"].to_pylist(), known["title"].to_pylist(), strict=True)
    return find_chains(Page(article_id, title, next_ids.get(article_id), following.get(article_id)) for article_id, title in titles)


def current_claims(store: Store) -> list[ClaimRow]:
    """Claims of the content that each article has now, by key."""
    return from_table(ClaimRow, release_table(store, "claims"))


def _aliases_table(store: Store) -> pa.Table:
    return to_table(AliasRow, [AliasRow(alias_id=alias_id, article_id=article_id) for alias_id, article_id in _first_ids(store).items()])


def _claims_table(store: Store) -> pa.Table:
    """Claims of the content that each article has now; what was read of a page that is held back has no article any more."""
    table = _matching(_newest(store, "claims"), _newest(store, "analysed"), ["article_id", "content_key"])
    known = table.filter(pc.is_in(table["article_id"], whole(_newest(store, "sightings", ("article_id",))["article_id"])))
    return _without_moved(known, _first_ids(store))


def _links_table(store: Store) -> pa.Table:
    """Related links of each page's newest version, their targets under the id that is theirs today."""
    moved = _first_ids(store)
    table = _matching(_newest(store, "related_links"), _newest(store, "pages", ("article_id", "capture_id")), ["article_id", "capture_id"])
    table = _links_of_whole(table, _chains(store))
    targets = pa.array([moved.get(target, target) for target in table["target_id"].to_pylist()], pa.string())
    return _without_moved(table.set_column(table.column_names.index("target_id"), table.schema.field("target_id"), targets), moved)


def _links_of_whole(table: pa.Table, chains: Chains) -> pa.Table:
    """Links with those of an article whose first page has none: they are those of the first page behind it that has some."""
    linking = set(table["article_id"].to_pylist()) if chains.parts else set()
    owners = {next((part for part in parts if part in linking), ""): first for first, parts in chains.parts.items() if first not in linking}
    if not owners:
        return table
    owned = pa.array([owners.get(article_id, article_id) for article_id in table["article_id"].to_pylist()], pa.string())
    return table.set_column(table.column_names.index("article_id"), table.schema.field("article_id"), owned)


def _failures_table(store: Store) -> pa.Table:
    """What could not be used, and pages of articles that are not there."""
    missing = _chains(store).missing
    rows = [_missing_row(row, missing[row.article_id]) for row in read(store, "sightings") if row.article_id in missing] if missing else []
    return pa.concat_tables([_newest(store, "failures"), to_table(FailureRow, rows)])


def _missing_row(first: SightingRow, url: str) -> FailureRow:
    detail = f"{url}: the next page of “{first.title}” ({first.canonical_url}) is not there; the article ends where it should begin"
    return FailureRow(
        failure_id=stable_id("f", url, "parse", MISSING_PART, first.article_id), url=url, stage="parse", reason=MISSING_PART, detail=detail,
        failed_at=first.last_seen_at,
    )  # fmt: skip


def _without_moved(table: pa.Table, moved: Mapping[str, str]) -> pa.Table:
    """Rows of articles that have not become an alias of another."""
    return table.filter(pc.invert(pc.is_in(table["article_id"], pa.array(list(moved), pa.string())))) if moved else table


def _captures_table(store: Store) -> pa.Table:
    """What was fetched, and what was fetched again and had not changed."""
    return pa.concat_tables([_newest(store, "captures"), _newest(store, "revisits")])


def _matching(table: pa.Table, current: pa.Table, columns: list[str]) -> pa.Table:
    """Rows whose values in the columns stand together in a row of `current`: what was read of an outdated version goes."""
    numbered = table.select(columns).append_column("_row", pa.array(range(table.num_rows), pa.int64()))
    found = numbered.join(current.select(columns), keys=columns, join_type="left semi")
    return table.take(found["_row"].sort())


def _articles_table(store: Store) -> pa.Table:
    return pa.concat_tables(_article_tables(store))


_MADE: Mapping[str, Callable[[Store], pa.Table]] = MappingProxyType(
    {
        "articles": _articles_table,
        "article_aliases": _aliases_table,
        "captures": _captures_table,
        "failures": _failures_table,
        "related_links": _links_table,
        "claims": _claims_table,
    }
)
"""Published tables that are more than the newest rows of the work table of that name."""


def article_rows(store: Store) -> pa.RecordBatchReader:
    """As `release_table` of the articles, the largest table, which is read as it is asked for."""
    batches = (batch for table in _article_tables(store) for batch in table.to_batches())
    return pa.RecordBatchReader.from_batches(schema(ArticleRow), batches)


def release_table(store: Store, name: str, table: pa.Table | None = None) -> pa.Table:
    """One table of a release, rows ordered by key; of the rows given, where they come from outside the work tables."""
    if table is None:
        table = _MADE[name](store) if name in _MADE else _newest(store, name)
    wanted = schema(TABLES[name])
    return table.select(wanted.names).cast(wanted).sort_by([(key, "ascending") for key in key_columns(TABLES[name])])
