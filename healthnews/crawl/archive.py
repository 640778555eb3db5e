"""data/raw: an append-only WARC archive with a CDXJ index beside each file; it repairs itself after a kill."""

from __future__ import annotations

import hashlib
import io
import json
import mmap
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self
from urllib.parse import urlsplit

from healthnews.crawl.responses import HttpResponse
from healthnews.crawl.urls import is_web_address
from healthnews.crawl.warc import (
    WarcRecord,
    body_digest,
    parse_http_block,
    read_block,
    read_records,
    write_content,
    write_response,
    write_revisit,
    write_warcinfo,
)
from healthnews.errors import PageError

MAX_FILE_BYTES = 1_000_000_000
"""A WARC file is closed at 1 GB, the size that ISO 28500 annex C recommends."""

NOTE_TYPE = "application/vnd.healthnews.failure+json"
"""Media type of an archived note of ours: a refusal, with its reason."""
_GZIP_START = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEntry(WarcRecord):
    """One archived record, as the index knows it.

    Attributes:
        offset: Start of the record's gzip member in the file, in bytes.
        length: Length of that member, in bytes.
    """

    warc_file: str
    offset: int
    length: int

    @property
    def place(self) -> tuple[str, int]:
        """File and offset: names the record, and sorts in the order of archiving."""
        return self.warc_file, self.offset

    def to_line(self) -> str:
        """The entry as a CDXJ line."""
        fields = {
            "url": self.url,
            "mime": self.content_type,
            "type": self.record_type,
            "digest": f"sha256:{self.sha256}",
            "length": self.length,
            "offset": self.offset,
            "filename": self.warc_file,
        }
        if self.status is not None:
            fields |= {"status": str(self.status), "asked": self.asked}
        return f"{_sort_key(self.url)} {self.fetched_at:%Y%m%d%H%M%S} {json.dumps(fields, ensure_ascii=False)}\n"

    @classmethod
    def from_line(cls, line: str) -> ArchiveEntry:
        """The entry of a CDXJ line; ValueError or KeyError for a broken one."""
        _, moment, fields = line.split(" ", 2)
        values = json.loads(fields)
        return cls(
            url=values["url"],
            asked=values.get("asked", values["url"]),
            status=int(values["status"]) if "status" in values else None,
            fetched_at=datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=UTC),
            content_type=values["mime"],
            record_type=values["type"],
            sha256=values["digest"].removeprefix("sha256:"),
            warc_file=values["filename"],
            offset=values["offset"],
            length=values["length"],
        )


class Archive:
    """The WARC files of one data folder, open for reading and appending.

    Opening repairs: bytes after the last complete gzip member are cut off (a truncated record reads as a valid
    empty one, and whatever is appended after it is lost) and kept aside, and records that the index lacks are indexed.
    Damage with whole records behind it is no tail: it is stepped over, told in `damages`, and left as it is.
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
        self.damages: list[tuple[str, int]] = []
        if not is_repaired:
            return
        folder.mkdir(parents=True, exist_ok=True)
        for warc in self._warc_paths():
            self.damages += [(warc.name, offset) for offset in _repair(warc)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _warc_paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.warc.gz"))

    def entries(self) -> Iterator[ArchiveEntry]:
        """Every record but the warcinfo ones, in the order of archiving, those just added included."""
        for file in (self._warc, self._index):
            if file is not None:
                file.flush()
        return self.read_entries(self._folder)

    @staticmethod
    def read_entries(folder: Path) -> Iterator[ArchiveEntry]:
        """Indexed records of an archive that is not opened, hence not repaired: what another run may be appending to."""
        for warc in sorted(folder.glob("*.warc.gz")):
            yield from _indexed_entries(_index_path(warc), warc.stat().st_size)[0]

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
        entry = _entry(record, name, offset, file.tell() - offset)
        index.write(entry.to_line().encode())
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
            paths = self._warc_paths()
            path = paths[-1] if paths else self._next_path(0)
            if path.exists() and path.stat().st_size >= self._max_file_bytes:
                path = self._next_path(int(path.name.removesuffix(".warc.gz").rsplit("-", 1)[1]))
            self._index = _index_path(path).open("ab")
            self._warc = path.open("ab")
            if self._warc.tell() == 0:
                write_warcinfo(self._warc)
        return self._warc, self._index, Path(self._warc.name).name

    def _next_path(self, number: int) -> Path:
        return self._folder / f"healthnews-{number + 1:05d}.warc.gz"


def _sort_key(url: str) -> str:
    """SURT form of a web address, as CDXJ readers expect; any other address as it is, without spaces."""
    if not is_web_address(url):
        return url.replace(" ", "%20")
    parts = urlsplit(url)
    host = ",".join(reversed((parts.hostname or "").split(".")))
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}){parts.path or '/'}{query}".replace(" ", "%20").lower()


def _index_path(warc: Path) -> Path:
    return warc.with_name(warc.name.removesuffix(".warc.gz") + ".cdxj")


def failure_note(url: str, stage: str, reason: str, detail: str, attempts: int = 1) -> bytes:
    """A refusal as it is archived: `failures` is rebuilt from it where there are no bytes to parse again."""
    note: dict[str, str | int] = {"url": url, "stage": stage, "reason": reason, "detail": detail}
    return json.dumps(note | ({"attempts": attempts} if attempts > 1 else {}), ensure_ascii=False).encode()


def damage_at(warc_file: str, offset: int) -> PageError:
    """What is to be said of a damaged stretch of the archive."""
    detail = f"{warc_file} at byte {offset}: the archived bytes are damaged; put back that file from a copy if there is one"
    return PageError("damaged_archive", detail)


def _repair(warc: Path) -> list[int]:
    """Make file and index whole: cut an incomplete tail, index what is not indexed; offsets of damage are returned."""
    index = _index_path(warc)
    size = warc.stat().st_size
    kept, end, is_whole = _indexed_entries(index, size)
    if is_whole and end == size:
        return []
    found, damages, whole_until = _scan_members(warc, end)
    if whole_until < size:
        _cut_tail(warc, whole_until)
    with index.open("wb") as file:
        file.writelines(entry.to_line().encode() for entry in (*kept, *found))
        os.fsync(file.fileno())
    return damages


def _cut_tail(warc: Path, offset: int) -> None:
    """Truncate the file; what is cut off is kept beside it, for it is the one thing that cannot be fetched again."""
    with warc.open("r+b") as file:
        file.seek(offset)
        warc.with_name(f"{warc.name}.cut-{offset}").write_bytes(file.read())
        file.truncate(offset)


def _indexed_entries(index: Path, warc_bytes: int) -> tuple[list[ArchiveEntry], int, bool]:
    """Entries whose line is complete and whose record lies inside the file.

    Returns:
        The entries, where the last of their records ends, and whether they are all that the index holds.
    """
    entries: list[ArchiveEntry] = []
    end = 0
    if not index.exists():
        return entries, end, True
    with index.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        for line in lines:
            try:
                entry = ArchiveEntry.from_line(line)
            except (ValueError, KeyError):
                return entries, end, False
            if not line.endswith("\n") or entry.offset + entry.length > warc_bytes:
                return entries, end, False
            entries.append(entry)
            end = entry.offset + entry.length
    return entries, end, True


def _scan_members(warc: Path, start: int) -> tuple[list[ArchiveEntry], list[int], int]:
    """Records from `start` on, offsets of damaged stretches between them, and where the last whole record ends."""
    entries: list[ArchiveEntry] = []
    damages: list[int] = []
    with warc.open("rb") as file:
        position: int | None = start
        while position is not None:
            member = _read_member(file, position)
            if member is not None:
                length, content = member
                entries += _member_entries(content, warc.name, position, length)
                start = position = position + length
            elif (position := _next_member(file, start)) is not None:
                damages.append(start)
    return entries, damages, start


def _next_member(file: BinaryIO, after: int) -> int | None:
    """Offset of the next whole WARC record behind a damaged byte; None when there is none."""
    size = os.fstat(file.fileno()).st_size
    if after + 1 >= size:
        return None
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        position = content.find(_GZIP_START, after + 1)
        while position >= 0:
            if _read_member(file, position) is not None:
                return position
            position = content.find(_GZIP_START, position + 1)
    return None


def _read_member(file: BinaryIO, start: int) -> tuple[int, bytes] | None:
    """Length in bytes and content of the WARC record at `start`; None when it is cut off or damaged."""
    file.seek(start)
    inflate = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    consumed = 0
    while chunk := file.read(1 << 16):
        try:
            parts.append(inflate.decompress(chunk))
        except zlib.error:
            return None
        consumed += len(chunk)
        if inflate.eof:
            content = b"".join(parts)
            return (consumed - len(inflate.unused_data), content) if content.startswith(b"WARC/") else None
    return None


def _member_entries(content: bytes, warc_file: str, offset: int, length: int) -> Iterator[ArchiveEntry]:
    """The record of a member as an index entry; none for a warcinfo record."""
    return (_entry(record, warc_file, offset, length) for record in read_records(io.BytesIO(content)))


def _entry(record: WarcRecord, warc_file: str, offset: int, length: int) -> ArchiveEntry:
    return ArchiveEntry(**{f.name: getattr(record, f.name) for f in fields(WarcRecord)}, warc_file=warc_file, offset=offset, length=length)
