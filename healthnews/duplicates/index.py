"""An index of documents by their keys, on disk: new documents cost what they touch, whatever the total."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.documents import Document
from healthnews.duplicates.keys import COLUMNS, FRAME, LINKS, NONE, QUESTION, Keys, digest_of, keys_of, keys_version
from healthnews.duplicates.sets import distinct, union, without

_MANIFEST = "manifest.json"
_ARRAYS = ("ids", "digests", "keys", "link_keys", "link_rows", "title_keys", "title_rows")
_BY_TITLE = (QUESTION, FRAME)

Rows = NDArray[np.int64]


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
        self._segments: list[_Segment] = []
        self._removed: Rows = np.zeros(0, np.int64)
        manifest = _read_manifest(folder / _MANIFEST)
        if manifest.get("version") == keys_version() and manifest.get("marks") == (marks or {}):
            self._segments = [_Segment.read(folder / name) for name in manifest["segments"]]
            self._removed = np.array(manifest["removed"], np.int64)

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

    def update(self, changed: Sequence[Document], removed: Collection[str] = (), keys: Keys | None = None) -> Affected:
        """Take in documents that are new or changed, forget those that are gone, and tell whose rows must be made anew.

        Nothing is written before `commit`.

        Args:
            changed: Those that are new or changed.
            removed: Ids of those that are gone.
            keys: Of the changed ones, where they are known.
        """
        outdated = self._rows_of({document.article_id for document in changed} | set(removed))
        before = [self._close(outdated), *(self._alike(outdated, column) for column in _BY_TITLE)]
        self._removed = union(self._removed, outdated)
        first = self._total()
        if changed:
            self._segments.append(_Segment.of(changed, keys_of(changed) if keys is None else keys))
        new = np.arange(first, self._total(), dtype=np.int64)
        again, *by_title = (union(new, self._still(rows)) for rows in before)
        after = [self._close(again), *(self._alike(rows, column) for rows, column in zip(by_title, _BY_TITLE, strict=True))]
        texts, questions, frames = (frozenset(self._named(rows)) for rows in after)
        return Affected(texts, questions, frames, frozenset(removed))

    def commit(self, marks: Mapping[str, str | None] | None = None) -> None:
        """Write what `update` changed: segments first, then the manifest that names them and the tables that were made with them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._merge()
        self._segments = [segment.written(self.folder) for segment in self._segments]
        manifest = {
            "version": keys_version(),
            "marks": dict(marks or {}),
            "segments": [segment.name for segment in self._segments],
            "removed": self._removed.tolist(),
        }
        aside = self.folder / f".{_MANIFEST}"
        with aside.open("w", encoding="utf-8") as file:
            json.dump(manifest, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.folder / _MANIFEST)
        for path in self.folder.iterdir():
            if path.is_dir() and path.name not in manifest["segments"]:
                shutil.rmtree(path, ignore_errors=True)

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

    def _placed(self) -> Iterable[tuple[int, _Segment]]:
        start = 0
        for segment in self._segments:
            yield start, segment
            start += len(segment)

    def _keys(self, rows: Rows) -> Keys:
        found = [segment.keys[rows[(rows >= start) & (rows < start + len(segment))] - start] for start, segment in self._placed()]
        return np.concatenate([np.zeros((0, COLUMNS), np.uint64), *found])

    def _close(self, rows: Rows) -> Rows:
        """Rows, and all that hang together with them by any link."""
        seen, frontier, used = np.sort(rows), rows, np.zeros(0, np.uint64)
        while len(frontier):
            keys = without(_own(self._keys(frontier)[:, :LINKS]), used)
            used = union(used, keys)
            found = [start + segment.find_links(keys) for start, segment in self._placed()]
            frontier = self._still(without(union(np.zeros(0, np.int64), *found), seen))
            seen = union(seen, frontier)
        return seen

    def _alike(self, rows: Rows, column: int) -> Rows:
        """Rows, and all that have the same key of this column, one of the title, as one of them."""
        keys = _own(self._keys(rows)[:, column])
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
            self._segments[-1] = self._segments[-1].joined(last, without=inside)
            self._removed = self._removed[self._removed < start]


@dataclass(frozen=True, slots=True)
class _Segment:
    """Documents of one time, ordered by id, which never change.

    Attributes:
        ids: Article ids in UTF-8, ascending, shape (rows,).
        digests: What names the content of each, shape (rows,).
        keys: Their keys, shape (rows, COLUMNS).
        link_keys: The keys of all their links, ascending, and in `link_rows` the row of each.
        title_keys: Likewise, of questions and frames.
        name: Folder of the arrays.
        is_written: Whether it is on disk.
    """

    ids: NDArray[np.bytes_]
    digests: NDArray[np.uint64]
    keys: Keys
    link_keys: Keys
    link_rows: NDArray[np.uint32]
    title_keys: Keys
    title_rows: NDArray[np.uint32]
    name: str
    is_written: bool = False

    @classmethod
    def of(cls, documents: Sequence[Document], keys: Keys) -> _Segment:
        """A segment of new documents."""
        ids = np.array([document.article_id.encode() for document in documents], "S")
        return cls._made(ids, np.array([digest_of(document) for document in documents], np.uint64), keys)

    @classmethod
    def _made(cls, ids: NDArray[np.bytes_], digests: NDArray[np.uint64], keys: Keys) -> _Segment:
        order = np.argsort(ids, kind="stable")
        keys = keys[order]
        return cls(ids[order], digests[order], keys, *_by_key(keys[:, :LINKS]), *_by_key(keys[:, QUESTION:]), name=os.urandom(8).hex())

    @classmethod
    def read(cls, folder: Path) -> _Segment:
        """A segment on disk, mapped into memory."""
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
        return cls(**arrays, name=folder.name, is_written=True)

    def joined(self, other: _Segment, *, without: Rows) -> _Segment:
        """Both as one, without some rows, numbered through."""
        kept = np.setdiff1d(np.arange(len(self) + len(other)), without, assume_unique=True)
        return _Segment._made(
            np.concatenate([self.ids, other.ids])[kept],
            np.concatenate([self.digests, other.digests])[kept],
            np.concatenate([self.keys, other.keys])[kept],
        )

    def written(self, folder: Path) -> _Segment:
        """The same, on disk."""
        if self.is_written:
            return self
        aside = folder / f".{self.name}"
        aside.mkdir()
        for name in _ARRAYS:
            with (aside / f"{name}.npy").open("wb") as file:
                np.save(file, getattr(self, name))
                file.flush()
                os.fsync(file.fileno())
        aside.rename(folder / self.name)
        return replace(self, is_written=True)

    def __len__(self) -> int:
        return len(self.ids)

    def find_ids(self, wanted: NDArray[np.bytes_]) -> Rows:
        """Rows of these ids, which ascend."""
        return _ranges(self.ids, wanted)

    def find_links(self, keys: Keys) -> Rows:
        """Rows that have one of these link keys, which ascend."""
        return distinct(self.link_rows[_ranges(self.link_keys, keys)]).astype(np.int64)

    def find_titles(self, keys: Keys) -> Rows:
        """Rows that have one of these keys of questions or frames, which ascend."""
        return self.title_rows[_ranges(self.title_keys, keys)].astype(np.int64)


def _own(keys: Keys) -> Keys:
    """Each key once, ascending, without NONE."""
    found = distinct(keys.flatten())
    own: Keys = found[found != NONE]
    return own


def _by_key(keys: Keys) -> tuple[Keys, NDArray[np.uint32]]:
    """All keys of a segment ascending, and the row of each."""
    flat = keys.ravel()
    places = np.flatnonzero(flat != NONE)
    order = places[np.argsort(flat[places], kind="stable")]
    return flat[order], (order // keys.shape[1]).astype(np.uint32)


def _ranges(ordered: NDArray[np.generic], wanted: NDArray[np.generic]) -> Rows:
    """Places at which ascending values are one of some others, which ascend too."""
    first, last = np.searchsorted(ordered, wanted, "left"), np.searchsorted(ordered, wanted, "right")
    lengths = last - first
    begins = np.cumsum(lengths) - lengths
    places: Rows = np.repeat(first - begins, lengths) + np.arange(lengths.sum())
    return places


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
