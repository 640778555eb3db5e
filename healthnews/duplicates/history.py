"""What became of clusters between two analyses: merged, split, renamed, dissolved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from healthnews.records import ClusterChangeRow, ClusterKind, DuplicateRow, stable_id

Change = Literal["merged", "split", "renamed", "dissolved"]


def find_changes(before: Iterable[DuplicateRow], after: Iterable[DuplicateRow], now: datetime) -> list[ClusterChangeRow]:
    """A row for each cluster of before some of whose members are elsewhere now; none for one that has only grown or shrunk.

    Args:
        before: Members as the last analysis left them.
        after: Members as they are.
        now: The moment to note.
    """
    old, new = _members_of(before), _members_of(after)
    places: dict[tuple[ClusterKind, str], str] = {(kind, a): cluster for (kind, cluster), articles in new.items() for a in articles}
    changes = []
    for (kind, cluster), articles in sorted(old.items()):
        others = sorted({places[kind, article] for article in articles if (kind, article) in places} - {cluster})
        if (kind, cluster) in new and not others:
            continue
        change = _change(others, old, kind, is_there=(kind, cluster) in new)
        changes.append(
            ClusterChangeRow(
                change_id=stable_id("h", now.isoformat(), cluster, change, *others),
                changed_at=now,
                cluster_id=cluster,
                kind=kind,
                change=change,
                other_ids=tuple(others),
            )
        )
    return changes


def _members_of(rows: Iterable[DuplicateRow]) -> Mapping[tuple[ClusterKind, str], set[str]]:
    found: dict[tuple[ClusterKind, str], set[str]] = defaultdict(set)
    for row in rows:
        found[row.kind, row.cluster_id].add(row.article_id)
    return found


def _change(others: Sequence[str], old: Mapping[tuple[ClusterKind, str], set[str]], kind: ClusterKind, *, is_there: bool) -> Change:
    if is_there or len(others) > 1:
        return "split"
    if not others:
        return "dissolved"
    return "merged" if (kind, others[0]) in old else "renamed"
