"""Reparse: articles anew from the archive with today's parsers, and what that changed, field by field."""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from healthnews.crawl.archive import Archive
from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.errors import UsageError
from healthnews.extract.registry import find_parsers, parser_versions
from healthnews.pipeline.contents import StoredContents
from healthnews.pipeline.folder import BATCH_PAGES, DataFolder, Progress, no_progress, rare_collection
from healthnews.pipeline.frontiers import has_frontier
from healthnews.pipeline.ingestion import IngestSummary, finish_run
from healthnews.pipeline.layouts import expected_counts, folder_alerts
from healthnews.pipeline.parsing import keep_no_links, parse_pending
from healthnews.pipeline.rows import FoundLinks
from healthnews.pipeline.runs import accept_layout
from healthnews.pipeline.site_parsers import assigned_parsers
from healthnews.records import ArticleRow, CaptureRow, Content, Section
from healthnews.schema import to_plain

_NOT_COMPARED = frozenset(("parser_version", "evidence", "snippet"))
"""Columns that say how a value was found, not what it is, or that come of other pages."""
RELATED = "related"
_SHOWN = 60
_SHARED = 12
"""Characters shown of a value, and of what both values begin with before the first difference."""
Kind = Literal["changed", "new", "quarantined"]
KINDS: tuple[Kind, ...] = ("changed", "new", "quarantined")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of an article before and after, each whole."""

    name: str
    before: str
    after: str

    def shortened(self) -> tuple[str, str]:
        """Both as far as they fit on a line, from shortly before the first difference on."""
        shared = next((i for i, pair in enumerate(zip(self.before, self.after, strict=False)) if pair[0] != pair[1]), None)
        start = max(0, (min(len(self.before), len(self.after)) if shared is None else shared) - _SHARED)
        return _cut(self.before, start), _cut(self.after, start)


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """What reparsing made of an article.

    Attributes:
        kind: changed; new: a page that was no article before; quarantined: one that is none any more, or is held back.
    """

    article_id: str
    url: str | None
    title: str
    kind: Kind
    fields: tuple[FieldChange, ...] = ()


@dataclass(slots=True)
class Reparsed:
    """What reparsing came to.

    Attributes:
        unchanged: Articles that are as they were.
        changes: Those that are not, by address.
        after: Analysis and release, as of an ingest; nothing after a dry run.
    """

    unchanged: int
    changes: list[ArticleChange]
    after: IngestSummary = field(default_factory=IngestSummary)

    def count(self, kind: Kind) -> int:
        """How many articles changed so."""
        return sum(change.kind == kind for change in self.changes)

    @property
    def by_field(self) -> dict[str, int]:
        """Changed articles by field, the most first."""
        return dict(Counter(one.name for change in self.changes for one in change.fields).most_common())


def reparse(
    folder: DataFolder,
    *,
    hosts: Sequence[str] = (),
    accept: Sequence[str] = (),
    dry_run: bool = False,
    with_analysis: bool = True,
    with_release: bool = True,
    batch_pages: int = BATCH_PAGES,
    progress: Progress = no_progress,
) -> Reparsed:
    """Make the articles anew from the archive, aside, and put them in the place of the old ones when they are whole.

    A killed run leaves the old ones as they were, and is continued by the next one if the parsers are still the same.

    Args:
        folder: The data folder.
        hosts: Read only the pages of these hosts again; what is known of the others stays. All when empty.
        accept: Hosts whose held pages are as they should be; without `hosts` nothing else is done.
        dry_run: Only tell what would change.
        with_analysis: Find claims, duplicates and contradictions of what changed.
        with_release: Publish what changed.
        batch_pages: Pages between two checkpoints.
        progress: Told of each page.

    Raises:
        LockedError: Another run holds the folder.
        UsageError: There is no archive, or nothing of a host in it.
    """
    if not any(folder.raw.glob("*.warc.gz")):
        raise UsageError(f"there is no archive in {folder.raw} to read again; run `healthnews ingest SOURCE` first")
    if dry_run and accept:
        raise UsageError("--accept-layout is kept in the archive, so there is no --dry-run of it")
    with folder.locked(), rare_collection(), Archive(folder.raw) as archive:
        store = Store(folder.tables)
        _require_known(store, [*hosts, *accept])
        before = _snapshot(store)
        for host in accept:
            _accept(archive, store, host)
        if accept and not hosts:
            parse_pending(archive, store, batch_pages, progress)
            result = _compare(before, _snapshot(store))
        else:
            result = _read_again(folder, archive, store, hosts, before, dry_run, batch_pages, progress)
        if not dry_run:
            result.after.alerts = folder_alerts(folder)
            finish_run(folder, store, result.after, with_analysis, with_release, batch_pages, progress)
    return result


def _require_known(store: Store, hosts: Sequence[str]) -> None:
    urls = {row[0] for row in store.column_tuples("captures", ("canonical_url",)) if row[0]} if hosts else set()
    known = {name for url in urls for name in _hosts_of(url)}
    if unknown := [host for host in hosts if host.lower() not in known]:
        raise UsageError(f"no page of {unknown[0]!r} is in the archive; known are {', '.join(sorted(known)[:20]) or 'none'}")


def _hosts_of(url: str) -> set[str]:
    """A host may be named with its port or without."""
    parts = urlsplit(url)
    return {parts.netloc, parts.hostname or ""}


def _accept(archive: Archive, store: Store, host: str) -> None:
    held = {row.host for row in work.read(store, "observations") if row.is_held}
    found = sorted(name for name in held if host.lower() in _hosts_of(f"//{name}"))
    if not found:
        raise UsageError(f"no page of {host} is held back; `healthnews status` tells of which hosts some are")
    for name in found:
        accept_layout(archive, name)


def _read_again(
    folder: DataFolder,
    archive: Archive,
    store: Store,
    hosts: Sequence[str],
    before: _Snapshot,
    dry_run: bool,
    batch_pages: int,
    progress: Progress,
) -> Reparsed:
    wanted = {host.lower() for host in hosts}

    def is_kept(capture: CaptureRow) -> bool:
        return capture.canonical_url is None or not _hosts_of(capture.canonical_url) & wanted

    aside = _open_aside(folder, sorted(wanted))
    stored = StoredContents(store, is_kept) if wanted else None
    with _links_keeper(folder, dry_run) as keep_links:
        parse_pending(archive, aside, batch_pages, progress, keep_links, stored)
    result = _compare(before, _snapshot(aside))
    _made_for(aside.folder).unlink()
    if dry_run:
        shutil.rmtree(aside.folder, ignore_errors=True)
    else:
        store.replace_by(aside, work.ANALYSIS)
    return result


def _open_aside(folder: DataFolder, hosts: Sequence[str]) -> Store:
    """Where the new tables are made: what a killed run left of them if it was for the same, else nothing."""
    path = folder.tables.with_name(f"reparse-{folder.tables.name}")
    made_for = json.dumps({"parsers": _parsers_digest(), "hosts": hosts, "settings": repr((assigned_parsers(), expected_counts()))})
    if not _made_for(path).exists() or _made_for(path).read_text(encoding="utf-8") != made_for:
        for other in path.parent.glob("reparse-*"):
            if other.is_dir():
                shutil.rmtree(other, ignore_errors=True)
        path.mkdir(parents=True, exist_ok=True)
        _made_for(path).write_text(made_for, encoding="utf-8")
    return Store(path)


def _made_for(path: Path) -> Path:
    """Where it is noted what the tables in a folder are made for; beside it, for the tables are folded anew as a whole."""
    return path.with_name(f"{path.name}.json")


def _parsers_digest() -> str:
    """Digest of everything that decides what a page is read as: a parser is often mended without a new version."""
    digest = hashlib.sha256(json.dumps(parser_versions(), sort_keys=True).encode())
    modules = [importlib.import_module(name) for name in ("healthnews.extract", "healthnews.language")]
    folders = {Path(path) for module in modules for path in module.__path__}
    folders |= {Path(path).parent for parser in find_parsers().values() if (path := getattr(parser, "__file__", None))}
    for folder in sorted(folders):
        for source in sorted(folder.rglob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _links_keeper(folder: DataFolder, dry_run: bool) -> AbstractContextManager[Callable[[Sequence[FoundLinks]], None]]:
    """What keeps the addresses that today's parsers find and nobody knew; nothing in a folder that was never crawled."""
    if dry_run or not has_frontier(folder):
        return nullcontext(keep_no_links)
    from healthnews.pipeline.following import following_unknown

    return following_unknown(folder)


_Snapshot = dict[str, tuple[ArticleRow, tuple[tuple[Any, ...], ...]]]
"""Articles that are pages, with their related links, by id."""


def _snapshot(store: Store) -> _Snapshot:
    links: dict[str, list[tuple[Any, ...]]] = {}
    if store.exists("related_links"):
        table = work.release_table(store, "related_links")
        for row in table.select(["article_id", "title", "url", "snippet", "tag", "published_at"]).to_pylist():
            article_id, *link = row.values()
            links.setdefault(article_id, []).append(tuple(link))
    pages = (row for row in work.articles(store) if row.record == "page") if store.exists("captures") else ()
    return {row.article_id: (row, tuple(links.get(row.article_id, ()))) for row in pages}


def _compare(before: _Snapshot, after: _Snapshot) -> Reparsed:
    changes = [_gone(before[article_id][0]) for article_id in before.keys() - after.keys()]
    unchanged = 0
    for article_id, (row, links) in after.items():
        if article_id not in before:
            changes.append(ArticleChange(article_id, row.url, row.title, "new"))
        elif found := tuple(_differences(*before[article_id], row, links)):
            changes.append(ArticleChange(article_id, row.url, row.title, "changed", found))
        else:
            unchanged += 1
    return Reparsed(unchanged, sorted(changes, key=lambda change: (change.url or "", change.article_id)))


def _gone(row: ArticleRow) -> ArticleChange:
    return ArticleChange(row.article_id, row.url, row.title, "quarantined")


def _differences(
    before: ArticleRow, links_before: tuple[tuple[Any, ...], ...], after: ArticleRow, links_after: tuple[tuple[Any, ...], ...]
) -> Iterator[FieldChange]:
    for f in fields(Content):
        one, other = getattr(before, f.name), getattr(after, f.name)
        if one != other and f.name not in _NOT_COMPARED:
            yield FieldChange(f.name, _text_of(one), _text_of(other))
    if links_before != links_after:
        yield FieldChange(RELATED, _text_of(links_before), _text_of(links_after))


def _text_of(value: Any) -> str:
    """A value as a line of text; what an empty one looks like is no matter of its type."""
    if value is None or value == ():
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, Section):
        return f"{value.heading or ''}: {value.text}"
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return f"{len(value)}: " + "; ".join(str(link[0]) for link in value)
    if isinstance(value, tuple):
        return f"{len(value)}: " + "; ".join(_text_of(one) for one in value)
    return value if isinstance(value, str) else str(to_plain(value))


def _cut(text: str, start: int) -> str:
    shown = " ".join(text[start : start + _SHOWN].split())
    return f"{'…' if start and text else ''}{shown}{'…' if len(text) > start + _SHOWN else ''}"
