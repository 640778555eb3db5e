"""What the pages of a release show, read from its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from healthnews.dataset.checks import parquet_path, read_columns
from healthnews.dataset.issues import Issue, issue_objects
from healthnews.dataset.news import SHOWN
from healthnews.dataset.versions import published_versions, read_manifest
from healthnews.descriptions.card import one_liners
from healthnews.descriptions.croissant import schema_org
from healthnews.explorer.release_pages import Column, Download, Example, QualityView, ReleaseView
from healthnews.records import TABLES
from healthnews.schema import key_columns, schema, type_name

MAX_HOSTS = 5
MAX_TOPICS = 12
MAX_EXAMPLES = 3
MAX_HISTORY = 30
"""Releases whose figures stand beside each other."""
_OTHERS = "其他"


def release_view(folder: Path, manifest: Mapping[str, Any], issues: Sequence[Issue]) -> ReleaseView:
    """Everything that the page of a release shows."""
    months, hosts, undated = _months(folder)
    topics = _topics(folder)
    return ReleaseView(
        manifest=manifest,
        months=months,
        hosts=hosts,
        undated=undated,
        clusters=_counts(read_columns(folder, "clusters", ["kind"])["kind"]),
        flagged=sum(count for _, count in topics),
        topics=topics[:MAX_TOPICS],
        examples=_examples(folder),
        tables=[_download(name, table) for name, table in manifest["tables"].items()],
        files=[Download(path=file["path"], bytes=file["bytes"], sha256=file["sha256"]) for file in manifest["files"]],
        dictionary={name: _columns(record) for name, record in TABLES.items()},
        one_liners=one_liners(),
        description=schema_org(manifest),
        reported=len(issues),
    )


def _download(name: str, table: Mapping[str, Any]) -> Download:
    described = schema(TABLES[name]).metadata[b"description"].decode()
    return Download(path=table["file"], bytes=table["bytes"], sha256=table["sha256"], rows=table["rows"], described=described)


def _columns(record: type[Any]) -> list[Column]:
    keys = key_columns(record)
    return [
        Column(
            name=f.name, type=type_name(f.type), is_key=f.name in keys, is_nullable=f.nullable,
            described=f.metadata[b"description"].decode(),
        )
        for f in schema(record)
    ]  # fmt: skip


def _months(folder: Path) -> tuple[list[tuple[str, list[int]]], list[str], int]:
    """Articles by month, for each of the hosts with most of them and all others; the hosts; articles without a date."""
    articles = read_columns(folder, "articles", ["host", "published_at"])
    dated = articles.filter(pc.is_valid(articles["published_at"]))
    if not dated.num_rows:
        return [], [], articles.num_rows
    columns = {"month": pc.strftime(dated["published_at"], "%Y-%m"), "host": pc.fill_null(dated["host"], "")}
    grouped = pa.table(columns).group_by(["month", "host"]).aggregate([([], "count_all")]).to_pylist()
    totals = Counter[str]()
    for row in grouped:
        totals[row["host"]] += row["count_all"]
    ranked = [host for host, _ in sorted(totals.items(), key=lambda entry: (-entry[1], entry[0]))]
    hosts = ranked if len(ranked) <= MAX_HOSTS + 1 else [*ranked[:MAX_HOSTS], _OTHERS]
    place = {host: min(number, len(hosts) - 1) for number, host in enumerate(ranked)}
    months = {month: [0] * len(hosts) for month in _without_gap({row["month"] for row in grouped})}
    for row in grouped:
        months[row["month"]][place[row["host"]]] += row["count_all"]
    return list(months.items()), hosts, articles.num_rows - dated.num_rows


def _without_gap(months: set[str]) -> list[str]:
    first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (min(months), max(months)))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, last + 1)]


def _topics(folder: Path) -> list[tuple[str, int]]:
    rows = read_columns(folder, "contradictions", ["topic", "status"])
    return _counts(rows.filter(pc.is_in(rows["status"], pa.array(SHOWN)))["topic"])


def _examples(folder: Path) -> list[Example]:
    """The surest contradictions, each of another topic; sentences are read of these alone."""
    rows = read_columns(folder, "contradictions", ["contradiction_id", "topic", "status", "score"])
    rows = rows.filter(pc.is_in(rows["status"], pa.array(SHOWN)))
    order = [("status", "ascending"), ("score", "descending"), ("contradiction_id", "ascending")]  # what people accepted comes first
    found: dict[str, str] = {}
    for batch in rows.sort_by(order).to_batches(max_chunksize=1000):
        for row in batch.to_pylist():
            found.setdefault(row["topic"], row["contradiction_id"])
        if len(found) >= MAX_EXAMPLES:
            break
    chosen = list(found.values())[:MAX_EXAMPLES]
    if not chosen:
        return []
    columns = ["contradiction_id", "topic", "a_sentence", "a_url", "b_sentence", "b_url"]
    read = pq.read_table(parquet_path(folder, "contradictions"), columns=columns, filters=pc.field("contradiction_id").isin(chosen))
    by_id = {row.pop("contradiction_id"): Example(**row) for row in read.to_pylist()}
    return [by_id[key] for key in chosen]


def _counts(column: pa.ChunkedArray) -> list[tuple[str, int]]:
    counts = [(entry["values"].as_py(), entry["counts"].as_py()) for entry in pc.value_counts(column.combine_chunks())]
    return sorted(counts, key=lambda entry: (-entry[1], entry[0]))


def quality_view(clean: Path, manifest: Mapping[str, Any], issues: Sequence[Issue]) -> QualityView:
    """Everything that the page of the gates shows: their findings, and the figures of this release beside those before it."""
    history = []
    for version in published_versions(clean)[: MAX_HISTORY - 1]:
        known = read_manifest(clean, version)
        if known is not None and known.get("profile"):
            history.append((version, known["profile"]))
    history.reverse()
    if manifest.get("profile"):
        history.append((manifest["version"], manifest["profile"]))
    accepted = manifest.get("accepted_drift")
    return QualityView(
        version=manifest["version"],
        is_refused="tables" not in manifest,
        accepted=accepted["reason"] if accepted else None,
        issues=issue_objects(issues),
        versions=[version for version, _ in history],
        profiles=[profile for _, profile in history],
    )
