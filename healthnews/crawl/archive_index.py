"""The CDXJ index of a WARC file: a line for each record, in the order of archiving; what searches it by key sorts it first."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from healthnews.crawl.urls import is_web_address
from healthnews.crawl.warc import WarcRecord

Position = Mapping[str, tuple[int, bytes]]
"""How far an archive was read: by index, in the order of archiving, the bytes of it and the last line of them."""
_LONGEST_LINE_BYTES = 1 << 17
_PORT = re.compile(r":(\d+)$")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_encode = json.JSONEncoder(ensure_ascii=False).encode


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
        return f"{_sort_key(self.url)} {self.fetched_at:%Y%m%d%H%M%S} {_encode(fields)}\n"

    @classmethod
    def from_line(cls, line: str) -> ArchiveEntry:
        """The entry of a CDXJ line; ValueError or KeyError for a broken one."""
        _, moment, fields = line.split(" ", 2)
        values = json.loads(fields)
        return cls(
            url=values["url"],
            asked=values.get("asked", values["url"]),
            status=int(values["status"]) if "status" in values else None,
            fetched_at=datetime.fromisoformat(f"{moment[:8]}T{moment[8:]}Z"),  # strptime takes twenty times as long
            content_type=values["mime"],
            record_type=values["type"],
            sha256=values["digest"].removeprefix("sha256:"),
            warc_file=values["filename"],
            offset=values["offset"],
            length=values["length"],
        )


def _sort_key(url: str) -> str:
    """SURT form of a web address, its port kept, as CDXJ readers expect; any other address as it is, without spaces."""
    if not is_web_address(url):
        return url.replace(" ", "%20")
    parts = urlsplit(url)
    host = ",".join(reversed((parts.hostname or "").split(".")))
    port = _PORT.search(parts.netloc)
    if port is not None and port[1] != _DEFAULT_PORTS[parts.scheme]:
        host += f":{port[1]}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}){parts.path or '/'}{query}".replace(" ", "%20").lower()


def index_path(warc: Path) -> Path:
    """The index beside a WARC file."""
    return warc.with_name(warc.name.removesuffix(".warc.gz") + ".cdxj")


def warc_path(index: Path) -> Path:
    """The WARC file beside an index."""
    return index.with_name(index.name.removesuffix(".cdxj") + ".warc.gz")


def last_line(index: Path, end: int | None = None) -> bytes:
    """The line that ends an index, or its first `end` bytes, with its line break; empty when no complete one does."""
    with index.open("rb") as file:
        end = file.seek(0, os.SEEK_END) if end is None else end
        file.seek(max(0, end - _LONGEST_LINE_BYTES))
        read = file.read(min(end, _LONGEST_LINE_BYTES))
    start = read.rfind(b"\n", 0, -1) + 1
    return read[start:] if read.endswith(b"\n") and (start or len(read) == end) else b""


def is_complete(warc: Path) -> bool:
    """Whether the last record that the index names ends the file, as far as its last line tells."""
    index = index_path(warc)
    try:
        last = ArchiveEntry.from_line(last_line(index).decode()) if index.exists() else None
    except (ValueError, KeyError):
        return False
    return last is not None and last.offset + last.length == warc.stat().st_size


def position_of(indexes: Sequence[Path]) -> Position:
    """The end of these indexes."""
    ends = ((index, index.stat().st_size) for index in indexes if index.exists())
    return {index.name: (size, last_line(index, size)) for index, size in ends}


def goes_on_from(indexes: Sequence[Path], position: Position) -> bool:
    """Whether the indexes begin with what was read up to a position, so that all they hold besides comes after it.

    A line names a place in the archive that no other names. Where the same one ends at the same byte, none was put in or
    taken out before it.
    """
    known = indexes[: len(position)]
    if [index.name for index in known] != list(position) or not all(index.exists() for index in known):
        return False
    are_closed = all(index.stat().st_size == position[index.name][0] for index in known[:-1])
    return are_closed and all(last_line(index, position[index.name][0]) == position[index.name][1] for index in known)


def indexed_entries(index: Path, warc_bytes: int, start: int = 0) -> tuple[list[ArchiveEntry], int, bool]:
    """Entries whose line is complete, begins at byte `start` or later, and whose record lies inside the file.

    Returns:
        The entries, where the last of their records ends, and whether they are all that the index holds.
    """
    entries: list[ArchiveEntry] = []
    end = 0
    if not index.exists():
        return entries, end, True
    with index.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        lines.seek(start)
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


def entry_of(record: WarcRecord, warc_file: str, offset: int, length: int) -> ArchiveEntry:
    """The entry of a record that lies at an offset."""
    return ArchiveEntry(**{f.name: getattr(record, f.name) for f in fields(WarcRecord)}, warc_file=warc_file, offset=offset, length=length)
