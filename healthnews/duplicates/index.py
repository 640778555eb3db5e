"""An index of documents by their keys, on disk: new documents cost what they touch, whatever the total."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates import linked
from healthnews.duplicates.documents import Document
from healthnews.duplicates.groups import packed, unpacked
from healthnews.duplicates.keys import (
    COLUMNS,
    FRAME,
    HEAD_KEY,
    QUESTION,
    Keys,
    component_key,
    digest_of,
    keys_of,
    keys_version,
)
from healthnews.duplicates.segments import Rows, Segment, first_places, matches, own_keys, ranges, write_array
from healthnews.duplicates.sets import are_in, distinct, union, without

_MANIFEST = "manifest.json"
_BY_TITLE = (QUESTION, FRAME)

AreAlike = Callable[[Sequence[tuple[str, str]]], NDArray[np.bool_]]
"""Tells of pairs of articles, a new one and one that was known, whether their texts are alike (`find.are_alike`)."""


@dataclass(frozen=True, slots=True)
class Affected:
    """Whose rows must be made anew, by article id: closed sets, nothing in them has to do with anything outside.

    Attributes:
        texts: For copies, templates by text and variants.
        questions: For same questions.
        frames: For templates by title.
        removed: Those that are no more.
    """

    texts: frozenset[str]
    questions: frozenset[str]
    frames: frozenset[str]
    removed: frozenset[str]


class DuplicateIndex:
    """Keys of documents in sorted segments, merged as they grow (a log-structured merge tree: O'Neil et al. 1996).

    A manifest, replaced in one step, names the segments that count: a run that is killed leaves the index as it was. One writer
    at a time, which the lock of the data folder sees to.

    Args:
        folder: Where it is kept; made when needed.
        marks: What names the tables that were made with it. An index of other tables, or one whose keys were made in another way,
            is empty.
    """

    def __init__(self, folder: Path, marks: Mapping[str, str | None] | None = None) -> None:
        self.folder = folder
        self._segments: list[Segment] = []
        self._removed: Rows = np.zeros(0, np.int64)
        self._components: Keys = np.zeros(0, np.uint64)
        self._resolved: Rows = np.zeros(0, np.int64)
        manifest = _read_manifest(folder / _MANIFEST)
        if manifest.get("version") == keys_version() and manifest.get("marks") == (marks or {}):
            self._segments = [Segment.read(folder / name) for name in manifest["segments"]]
            self._removed = np.array(manifest["removed"], np.int64)
            self._components = np.load(folder / manifest["components"])

    def __len__(self) -> int:
        return sum(map(len, self._segments)) - len(self._removed)

    def find_changed(self, documents: Sequence[Document]) -> tuple[list[Document], list[str]]:
        """Of all documents there are those that the index does not know or knows otherwise; and ids that it knows and that are no more."""
        ids, digests = self._ids(), np.concatenate([np.zeros(0, np.uint64), *(segment.digests for segment in self._segments)])
        rows = self._present()
        known = dict(zip(ids[rows].tolist(), digests[rows].tolist(), strict=True))
        changed = [document for document in documents if known.pop(document.article_id.encode(), None) != int(digest_of(document))]
        gone = set(known) - {document.article_id.encode() for document in changed}
        return changed, sorted(key.decode() for key in gone)

    def update(
        self, changed: Sequence[Document], removed: Collection[str] = (), keys: Keys | None = None, are_alike: AreAlike | None = None
    ) -> Affected:
        """Take in documents that are new or changed, forget those that are gone, and tell whose rows must be made anew.

        Nothing is written before `commit`.

        Args:
            changed: Those that are new or changed.
            removed: Ids of those that are gone.
            keys: Of the changed ones, where they are known.
            are_alike: Looks at texts; without it all that share a band with a changed one are made anew.
        """
        outdated = self._rows_of({document.article_id for document in changed} | set(removed))
        before = self._whole(union(outdated, _crowded(*self._met(outdated))))
        titles_before = [self._alike(outdated, column) for column in _BY_TITLE]
        self._removed = union(self._removed, outdated)
        first = self._total()
        if changed:
            self._segments.append(Segment.of(changed, keys_of(changed) if keys is None else keys))
        new = np.arange(first, self._total(), dtype=np.int64)
        self._components = np.concatenate([self._components, np.array([component_key(key) for key in self._named(new)], np.uint64)])
        known, (keys_met, met) = self._still(before), self._met(new)
        alike = self._alike_to(first, keys_met, met, known, are_alike)
        self._resolved = self._whole(union(new, known, _crowded(keys_met, met), alike))
        titles = [self._alike(union(new, self._still(rows)), column) for rows, column in zip(titles_before, _BY_TITLE, strict=True)]
        texts, questions, frames = (frozenset(self._named(rows)) for rows in (self._resolved, *titles))
        return Affected(texts, questions, frames, frozenset(removed))

    def commit(self, marks: Mapping[str, str | None] | None = None, components: Mapping[str, str] | None = None) -> None:
        """Write what `update` changed: segments first, then the manifest that names them and the tables that were made with them.

        Args:
            marks: What names the tables as they are now.
            components: Of the texts made anew, as in `find.Duplicates`.
        """
        named = components or {}
        self._components[self._resolved] = [component_key(named.get(key, key)) for key in self._named(self._resolved)]
        self._resolved = np.zeros(0, np.int64)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._merge()
        self._segments = [segment.written(self.folder) for segment in self._segments]
        manifest = {
            "version": keys_version(),
            "marks": dict(marks or {}),
            "segments": [segment.name for segment in self._segments],
            "removed": self._removed.tolist(),
            "components": f"components-{os.urandom(8).hex()}.npy",
        }
        write_array(self.folder / str(manifest["components"]), self._components)
        aside = self.folder / f".{_MANIFEST}"
        with aside.open("w", encoding="utf-8") as file:
            json.dump(manifest, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.folder / _MANIFEST)
        for path in self.folder.iterdir():
            if path.is_dir() and path.name not in manifest["segments"]:
                shutil.rmtree(path, ignore_errors=True)
            elif path.name not in (_MANIFEST, manifest["components"]) and path.is_file():
                path.unlink()

    def _total(self) -> int:
        return sum(map(len, self._segments))

    def _present(self) -> Rows:
        return self._still(np.arange(self._total(), dtype=np.int64))

    def _still(self, rows: Rows) -> Rows:
        return without(rows, self._removed)

    def _ids(self) -> NDArray[np.bytes_]:
        return np.concatenate([np.zeros(0, "S1"), *(segment.ids for segment in self._segments)])

    def _rows_of(self, ids: Collection[str]) -> Rows:
        """Rows of articles, without those that are removed; ids that are unknown have none."""
        wanted = np.array(sorted(key.encode() for key in ids), "S")
        found = [start + segment.find_ids(wanted) for start, segment in self._placed()]
        return self._still(np.concatenate([np.zeros(0, np.int64), *found]))

    def _named(self, rows: Rows) -> Iterable[str]:
        for start, segment in self._placed():
            inside = rows[(rows >= start) & (rows < start + len(segment))] - start
            yield from (key.decode() for key in segment.ids[inside].tolist())

    def _placed(self) -> Iterable[tuple[int, Segment]]:
        start = 0
        for segment in self._segments:
            yield start, segment
            start += len(segment)

    def _keys(self, rows: Rows) -> Keys:
        found = [segment.keys[rows[(rows >= start) & (rows < start + len(segment))] - start] for start, segment in self._placed()]
        return np.concatenate([np.zeros((0, COLUMNS), np.uint64), *found])

    def _whole(self, rows: Rows) -> Rows:
        """Rows, and all that must be looked at together with them: those of their components, and those that begin like them."""
        seen, frontier = np.sort(rows), rows
        while len(frontier):
            mates = np.flatnonzero(are_in(self._components, distinct(self._components[frontier])))
            heads = own_keys(self._keys(frontier)[:, HEAD_KEY])
            found = [start + segment.find_links(heads) for start, segment in self._placed()]
            frontier = self._still(without(union(mates, *found), seen))
            seen = union(seen, frontier)
        return self._still(seen)

    def _met(self, rows: Rows) -> tuple[Keys, Rows]:
        """Bands of some rows, and every row that is in a bucket of one of them, ordered by band."""
        keys = own_keys(self._keys(rows)[:, :HEAD_KEY])
        parts = [(np.zeros(0, np.uint64), np.zeros(0, np.int64))]
        for start, segment in self._placed():
            places = ranges(segment.link_keys, keys)
            parts.append((segment.link_keys[places], start + segment.link_rows[places].astype(np.int64)))
        found, met = (np.concatenate(column) for column in zip(*parts, strict=True))
        kept = ~are_in(met, self._removed)
        order = np.argsort(found[kept], kind="stable")
        return found[kept][order], met[kept][order]

    def _alike_to(self, first: int, keys: Keys, met: Rows, known: Rows, are_alike: AreAlike | None) -> Rows:
        """Rows that share a band with a new one and whose text is like its; of a component one is enough.

        Args:
            first: The first of the new rows, which are the last ones.
            keys: The bands of new rows, each as often as there are rows in its bucket, as of `_met`.
            met: These rows.
            known: Rows whose components are affected in any case.
            are_alike: Looks at texts.
        """
        is_new = met >= first
        places, of = matches(keys[~is_new], keys[is_new])
        pairs = distinct(packed(met[is_new][of], met[~is_new][places]))
        done = distinct(self._components[known])
        found = np.zeros(0, np.int64)
        for is_last in (False, True):
            ours, theirs = unpacked(pairs)
            left = ~are_in(self._components[theirs], done)
            ours, theirs, pairs = ours[left], theirs[left], pairs[left]
            some = np.arange(len(pairs)) if is_last else first_places(self._components[theirs])
            if len(some):
                alike = self._compare(ours[some], theirs[some], are_alike)
                found = union(found, theirs[some][alike])
                done = union(done, self._components[found])
        return found

    def _compare(self, ours: Rows, theirs: Rows, are_alike: AreAlike | None) -> NDArray[np.bool_]:
        if are_alike is None:
            return np.ones(len(ours), np.bool_)
        rows = union(ours, theirs)
        names = dict(zip(rows.tolist(), self._named(rows), strict=True))
        return are_alike([(names[one], names[other]) for one, other in zip(ours.tolist(), theirs.tolist(), strict=True)])

    def _alike(self, rows: Rows, column: int) -> Rows:
        """Rows, and all that have the same key of this column, one of the title, as one of them."""
        keys = own_keys(self._keys(rows)[:, column])
        found = [start + segment.find_titles(keys) for start, segment in self._placed()]
        return self._still(union(rows, *found))

    def _merge(self) -> None:
        """Merge the newest segments while the last is half as large as the one before: there are never many, and each row moves rarely.

        All of them, where half of the rows are removed.
        """
        is_sparse = 2 * len(self._removed) > self._total()
        while len(self._segments) > 1 and (is_sparse or 2 * len(self._segments[-1]) >= len(self._segments[-2])):
            start = self._total() - len(self._segments[-1]) - len(self._segments[-2])
            inside = self._removed[self._removed >= start] - start
            last = self._segments.pop()
            self._segments[-1], order = self._segments[-1].joined(last, removed=inside)
            self._components = np.concatenate([self._components[:start], self._components[start:][order]])
            self._removed = self._removed[self._removed < start]


def _crowded(keys: Keys, met: Rows) -> Rows:
    """Of rows by their buckets, as of `DuplicateIndex._met`, those in one so large that texts of it may never have been compared."""
    sizes = np.searchsorted(keys, keys, "right") - np.searchsorted(keys, keys, "left")
    return distinct(met[sizes > linked.MOST_CENTRES])


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
