"""What parsing knows of archive and tables, kept from one batch to the next: a batch then costs what is new, not what is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry, Position
from healthnews.dataset import work
from healthnews.dataset.catalogue import Catalogue
from healthnews.dataset.store import Store
from healthnews.pipeline.layouts import LayoutWatch, expected_counts
from healthnews.pipeline.rows import note_id
from healthnews.pipeline.runs import Runs

_TABLES = ("captures", "revisits", "failures", "observations", "sightings", "article_aliases")
_PLACE = ("warc_file", "warc_offset")


@dataclass(slots=True)
class RowsKnown:
    """Which records of the archive have rows.

    Attributes:
        places: File and offset of each capture.
        notes: Keys of the failures that notes became.
    """

    places: set[tuple[Any, ...]] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, store: Store) -> RowsKnown:
        """As the work tables say."""
        places = {*store.column_tuples("captures", _PLACE), *store.column_tuples("revisits", _PLACE)}
        return cls(places, {row[0] for row in store.column_tuples("failures", ("failure_id",))})

    def lacks(self, entry: ArchiveEntry) -> bool:
        """Whether a record should have rows and has none."""
        if entry.record_type == "metadata":
            return note_id(entry) not in self.notes
        return entry.is_capture and entry.place not in self.places


class ParseMemory:
    """What the archive and the work tables held when parsing looked last; true as long as both are as it left them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows = RowsKnown.of(store)
        self._runs = Runs()
        self._position: Position = {}
        self._commits: dict[str, str | None] = {}
        self._catalogue: Catalogue | None = None
        self._watch: tuple[object, LayoutWatch] | None = None

    def is_true(self, archive: Archive) -> bool:
        """Whether nobody has changed the tables since, and the archive only where it ends."""
        return self._commits == _commits(self._store) and archive.goes_on_from(self._position)

    def take_pending(self, archive: Archive) -> list[tuple[ArchiveEntry, int]]:
        """Records that have no row yet, with the numbers of their runs; they count as known when they are kept in mind."""
        known, self._position = self._position, archive.position()
        new, runs = archive.entries(known), self._runs
        return [(entry, runs.number) for entry in new if not runs.take(entry) and self._rows.lacks(entry)]

    @property
    def accepted(self) -> dict[str, list[int]]:
        """By host, the runs before which its layout was accepted."""
        return self._runs.accepted

    def watch(self) -> LayoutWatch:
        """What judges layouts, made anew when it is to judge otherwise."""
        judged_by = ({host: tuple(runs) for host, runs in self.accepted.items()}, expected_counts())
        if self._watch is None or self._watch[0] != judged_by:
            self._watch = (judged_by, LayoutWatch(self._store, self.accepted))
        return self._watch[1]

    def catalogue(self) -> Catalogue:
        """Every known article."""
        if self._catalogue is None:
            self._catalogue = Catalogue(work.read(self._store, "sightings"), work.read(self._store, "article_aliases"))
        return self._catalogue

    def outdate_catalogue(self) -> None:
        """Read it anew: the tables were made anew."""
        self._catalogue = None

    def keep(self, pending: list[tuple[ArchiveEntry, int]]) -> None:
        """Keep in mind, for the next batch of this process, what is now known: all that was pending has rows."""
        self._rows.places.clear()  # all of them lie before the position
        self._rows.notes.update(note_id(entry) for entry, _ in pending if entry.record_type == "metadata")
        self._commits = _commits(self._store)
        _KEPT[self._store.folder.resolve()] = self


_KEPT: dict[Path, ParseMemory] = {}
"""Of one store at most; taken out while it is at work, so that what an error leaves half done is never believed."""


def recall(archive: Archive, store: Store) -> ParseMemory:
    """What the batch before kept in mind, if that is still true; else what the tables say."""
    kept = _KEPT.pop(store.folder.resolve(), None)
    forget()
    return kept if kept is not None and kept.is_true(archive) else ParseMemory(store)


def forget() -> None:
    """Give the memory back: no batch follows soon."""
    _KEPT.clear()


def _commits(store: Store) -> dict[str, str | None]:
    return {name: store.commit(name) for name in _TABLES}
