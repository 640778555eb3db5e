"""Sorted segments of the index of duplicates: arrays of one time, which never change."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.documents import Document
from healthnews.duplicates.keys import LINKS, NONE, QUESTION, Keys, digest_of
from healthnews.duplicates.sets import begins, distinct, without

_ARRAYS = ("ids", "digests", "keys", "link_keys", "link_rows", "title_keys", "title_rows")

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Segment:
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
    def of(cls, documents: Sequence[Document], keys: Keys) -> Segment:
        """A segment of new documents."""
        ids = np.array([document.article_id.encode() for document in documents], "S")
        return cls._made(ids, np.array([digest_of(document) for document in documents], np.uint64), keys, np.argsort(ids, kind="stable"))

    @classmethod
    def _made(cls, ids: NDArray[np.bytes_], digests: NDArray[np.uint64], keys: Keys, order: Rows) -> Segment:
        keys = keys[order]
        return cls(ids[order], digests[order], keys, *_by_key(keys[:, :LINKS]), *_by_key(keys[:, QUESTION:]), name=os.urandom(8).hex())

    @classmethod
    def read(cls, folder: Path) -> Segment:
        """A segment on disk, mapped into memory."""
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
        return cls(**arrays, name=folder.name, is_written=True)

    def joined(self, other: Segment, *, removed: Rows) -> tuple[Segment, Rows]:
        """Both as one, without some rows, numbered through; and of each of its rows the number that it had."""
        ids = np.concatenate([self.ids, other.ids])
        kept = without(np.arange(len(ids)), removed)
        order = kept[np.argsort(ids[kept], kind="stable")]
        digests, keys = np.concatenate([self.digests, other.digests]), np.concatenate([self.keys, other.keys])
        return Segment._made(ids, digests, keys, order), order

    def written(self, folder: Path) -> Segment:
        """The same, on disk."""
        if self.is_written:
            return self
        aside = folder / f".{self.name}"
        aside.mkdir()
        for name in _ARRAYS:
            write_array(aside / f"{name}.npy", getattr(self, name))
        aside.rename(folder / self.name)
        return replace(self, is_written=True)

    def __len__(self) -> int:
        return len(self.ids)

    def find_ids(self, wanted: NDArray[np.bytes_]) -> Rows:
        """Rows of these ids, which ascend."""
        return ranges(self.ids, wanted)

    def find_links(self, keys: Keys) -> Rows:
        """Rows that have one of these link keys, which ascend."""
        return distinct(self.link_rows[ranges(self.link_keys, keys)]).astype(np.int64)

    def find_titles(self, keys: Keys) -> Rows:
        """Rows that have one of these keys of questions or frames, which ascend."""
        return self.title_rows[ranges(self.title_keys, keys)].astype(np.int64)


def write_array(path: Path, array: NDArray[Any]) -> None:
    """An array as a file that is on the disk when this returns."""
    with path.open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())


def first_places(values: Keys) -> Rows:
    """Places at which each value stands for the first time."""
    order = np.argsort(values, kind="stable")
    return np.sort(order[begins(values[order])])


def own_keys(keys: Keys) -> Keys:
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


def ranges(ordered: NDArray[np.generic], wanted: NDArray[np.generic]) -> Rows:
    """Places at which ascending values are one of some others, which ascend too."""
    return matches(ordered, wanted)[0]


def matches(ordered: NDArray[np.generic], wanted: NDArray[np.generic]) -> tuple[Rows, Rows]:
    """For each wanted value every place at which it stands among ascending ones: the places, and beside each the number of the wanted."""
    first, last = np.searchsorted(ordered, wanted, "left"), np.searchsorted(ordered, wanted, "right")
    lengths = last - first
    places: Rows = np.repeat(first - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
    return places, np.repeat(np.arange(len(wanted)), lengths)
