"""data/raw: an append-only WARC archive with a CDXJ index beside each file; it repairs itself after a kill."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import BinaryIO, Literal, Self

from healthnews.crawl.archive_index import (
    ArchiveEntry,
    Position,
    entry_of,
    goes_on_from,
    index_path,
    indexed_entries,
    is_complete,
    position_of,
)
from healthnews.crawl.archive_repair import repair
from healthnews.crawl.responses import HttpResponse
from healthnews.crawl.warc import (
    WarcRecord,
    body_digest,
    parse_http_block,
    read_block,
    write_content,
    write_response,
    write_revisit,
    write_warcinfo,
)
from healthnews.errors import PageError

MAX_FILE_BYTES = 1_000_000_000
"""A WARC file is closed at 1 GB, the size that ISO 28500 annex C recommends."""

DAMAGED = "damaged_archive"
"""Reason of a record whose bytes on disk are not those of the index."""
NOTE_TYPE = "application/vnd.healthnews.failure+json"
"""Media type of an archived note of ours: a refusal, with its reason."""
_NUMBER = re.compile(r"healthnews-(\d+)")


class Archive:
    """The WARC files of one data folder, open for reading and appending.

    Opening repairs: bytes after the last complete gzip member are cut off (a truncated record reads as a valid
    empty one, and whatever is appended after it is lost) and kept aside, and records that the index lacks are indexed.
    Damage with whole records behind it is no tail: it is stepped over, told in `damages`, and left as it is.
    Of each file opening looks at the end alone; an index that is broken before is repaired when it is read.
    Only one process may have it open for writing; the pipeline's lock sees to that.

    Args:
        folder: Where they are.
        max_file_bytes: A file is closed when it is so large.
        is_repaired: False leaves everything as it is, for reading alone.

    Attributes:
        damages: Stretches found damaged on opening, each as file and byte offset.
    """

    def __init__(self, folder: Path, max_file_bytes: int = MAX_FILE_BYTES, *, is_repaired: bool = True) -> None:
        self._folder = folder
        self._max_file_bytes = max_file_bytes
        self._warc: io.BufferedWriter | None = None
        self._index: io.BufferedWriter | None = None
        self._failure: OSError | None = None
        self._is_repaired = is_repaired
        self.damages: list[tuple[str, int]] = []
        if not is_repaired:
            return
        folder.mkdir(parents=True, exist_ok=True)
        for warc in self._warc_paths():
            if not is_complete(warc):
                self._repair(warc)

    def _repair(self, warc: Path) -> None:
        self.damages += [(warc.name, offset) for offset in repair(warc)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return self._folder

    def _warc_paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.warc.gz"))

    def _flush(self) -> None:
        for file in (self._warc, self._index):
            if file is not None:
                file.flush()

    def entries(self, after: Position = MappingProxyType({})) -> Iterator[ArchiveEntry]:
        """Every record but the warcinfo ones, in the order of archiving, those just added included.

        Args:
            after: Only those behind this position, one that `goes_on_from` has just found to be true.
        """
        self._flush()
        for warc in self._warc_paths():
            start = after.get(index_path(warc).name, (0, b""))[0]
            entries, _, is_whole = indexed_entries(index_path(warc), warc.stat().st_size, start)
            if self._is_repaired and not is_whole:
                self._repair(warc)
                entries = indexed_entries(index_path(warc), warc.stat().st_size, start)[0]
            yield from entries

    def newest_entries(self) -> Iterator[ArchiveEntry]:
        """As `entries`, in the opposite order; of the files only as many are read as entries are asked for."""
        self._flush()
        for warc in reversed(self._warc_paths()):
            yield from reversed(indexed_entries(index_path(warc), warc.stat().st_size)[0])

    def position(self) -> Position:
        """The end of what was added until now."""
        self._flush()
        return position_of([index_path(warc) for warc in self._warc_paths()])

    def goes_on_from(self, position: Position) -> bool:
        """Whether everything up to a position is as it was, so that what is new comes behind it."""
        self._flush()
        return goes_on_from([index_path(warc) for warc in self._warc_paths()], position)

    @staticmethod
    def read_entries(folder: Path) -> Iterator[ArchiveEntry]:
        """Indexed records of an archive that is not opened, hence not repaired: what another run may be appending to."""
        for warc in sorted(folder.glob("*.warc.gz")):
            yield from indexed_entries(index_path(warc), warc.stat().st_size)[0]

    def add(
        self, url: str, payload: bytes, content_type: str, fetched_at: datetime, record_type: Literal["resource", "metadata"]
    ) -> ArchiveEntry:
        """Append a page that did not come over HTTP, or a note; it is safe on disk only after `sync`.

        Raises:
            ValueError: The address cannot stand in a header: it would break out of it, or no reader would take it.
        """
        return self._append(lambda file: write_content(file, url, payload, content_type, fetched_at, record_type))

    def add_response(self, response: HttpResponse, asked: str) -> ArchiveEntry:
        """Append an HTTP answer as it came; `asked` is the address that was asked first. ValueError as for `add`."""
        return self._append(lambda file: write_response(file, response, asked))

    def add_revisit(self, response: HttpResponse, asked: str, sha256: str, earlier_at: datetime) -> ArchiveEntry:
        """Append that an answer brought the content again that was fetched at `earlier_at`. ValueError as for `add`."""
        return self._append(lambda file: write_revisit(file, response, asked, sha256, earlier_at))

    def _append(self, write: Callable[[BinaryIO], WarcRecord]) -> ArchiveEntry:
        file, index, name = self._writable()
        offset = file.tell()
        try:
            record = write(file)
            # The frontier counts a page as fetched when it is told so: a kill must not find it in this process's memory alone.
            file.flush()
        except OSError as error:
            self._failure = error
            with suppress(OSError):
                self._take_back(offset)
            self._abandon()
            raise
        entry = entry_of(record, name, offset, file.tell() - offset)
        index.write(entry.to_line().encode())
        index.flush()  # who looks on meanwhile, `doctor` say, finds no record that no line names
        return entry

    def _take_back(self, offset: int) -> None:
        """Cut off the part of a record that still went to disk, and index the whole ones: nothing more is written before an opening."""
        if self._warc is not None and self._index is not None:
            self._warc.raw.truncate(offset)
            self._index.flush()

    def read(self, entry: ArchiveEntry) -> bytes:
        """The content of a record, its content encoding undone; empty for a revisit.

        Raises:
            PageError: `damaged_archive` when the bytes on disk are not those of the index; what `HttpResponse.body` raises.
        """
        if entry.record_type in ("response", "revisit"):
            return self.read_response(entry).body()
        payload = self._read_block(entry)
        if hashlib.sha256(payload).hexdigest() != entry.sha256:
            raise damage_at(entry.warc_file, entry.offset)
        return payload

    def read_response(self, entry: ArchiveEntry) -> HttpResponse:
        """An HTTP answer with its headers; PageError `damaged_archive` as for `read`."""
        try:
            response = parse_http_block(entry.url, self._read_block(entry), entry.fetched_at)
        except ValueError:
            raise damage_at(entry.warc_file, entry.offset) from None
        if entry.record_type == "response" and body_digest(response) != entry.sha256:
            raise damage_at(entry.warc_file, entry.offset)
        return response

    def _read_block(self, entry: ArchiveEntry) -> bytes:
        """The record's block as far as it can be read; what it must be, the caller knows."""
        with (self._folder / entry.warc_file).open("rb") as file:
            file.seek(entry.offset)
            member = file.read(entry.length)
        try:
            return read_block(io.BytesIO(member))
        except (OSError, ValueError, RuntimeError):
            return b""

    def sync(self) -> None:
        """Flush to disk what was added; records before index, so that the index never names what is not there."""
        for file in (self._warc, self._index):
            if file is not None:
                file.flush()
                os.fsync(file.fileno())

    def close(self) -> None:
        """Flush and close."""
        try:
            self.sync()
        finally:
            self._abandon()

    def _abandon(self) -> None:
        """Close as things are: what could not be written must not be written later, behind what others have appended meanwhile."""
        for file in (self._warc, self._index):
            if file is not None:
                file.raw.close()
        self._warc = self._index = None

    def _writable(self) -> tuple[io.BufferedWriter, io.BufferedWriter, str]:
        """The files to append to; a new pair when there is none or the last is full."""
        if self._failure is not None:
            raise OSError(self._failure.errno, self._failure.strerror, str(self._folder)) from self._failure
        if self._warc is not None and self._warc.tell() >= self._max_file_bytes:
            self.close()
        if self._warc is None or self._index is None:
            path = self._path_to_append_to()
            self._index = index_path(path).open("ab")
            self._warc = path.open("ab")
            if self._warc.tell() == 0:
                write_warcinfo(self._warc)
        return self._warc, self._index, Path(self._warc.name).name

    def _path_to_append_to(self) -> Path:
        """The last file; a new one where there is none, it is full, or one that came after it is gone and its index is left."""
        paths, indexes = self._warc_paths(), sorted(self._folder.glob("*.cdxj"))
        if paths and paths[-1].stat().st_size < self._max_file_bytes and indexes[-1:] <= [index_path(paths[-1])]:
            return paths[-1]
        number = max((int(found[1]) for path in (*paths, *indexes) if (found := _NUMBER.match(path.name))), default=0) + 1
        # The moment makes the name one that no file has had: tables may still name records of one that is gone, index and all.
        return self._folder / f"healthnews-{number:05d}-{datetime.now(UTC):%Y%m%d%H%M%S%f}.warc.gz"


def failure_note(url: str, stage: str, reason: str, detail: str, attempts: int = 1) -> bytes:
    """A refusal as it is archived: `failures` is rebuilt from it where there are no bytes to parse again."""
    note: dict[str, str | int] = {"url": url, "stage": stage, "reason": reason, "detail": detail}
    return json.dumps(note | ({"attempts": attempts} if attempts > 1 else {}), ensure_ascii=False).encode()


def damage_at(warc_file: str, offset: int) -> PageError:
    """What is to be said of a damaged stretch of the archive."""
    detail = f"{warc_file} at byte {offset}: the archived bytes are damaged; put back that file from a copy if there is one"
    return PageError(DAMAGED, detail)
