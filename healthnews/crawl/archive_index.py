"""The CDXJ index of a WARC file: an entry for each record."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from healthnews.crawl.urls import is_web_address
from healthnews.crawl.warc import (
    WarcRecord,
)


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


def _sort_key(url: str) -> str:
    """SURT form of a web address, as CDXJ readers expect; any other address as it is, without spaces."""
    if not is_web_address(url):
        return url.replace(" ", "%20")
    parts = urlsplit(url)
    host = ",".join(reversed((parts.hostname or "").split(".")))
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}){parts.path or '/'}{query}".replace(" ", "%20").lower()


def index_path(warc: Path) -> Path:
    """The index beside a WARC file."""
    return warc.with_name(warc.name.removesuffix(".warc.gz") + ".cdxj")


def indexed_entries(index: Path, warc_bytes: int) -> tuple[list[ArchiveEntry], int, bool]:
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


def entry_of(record: WarcRecord, warc_file: str, offset: int, length: int) -> ArchiveEntry:
    """The entry of a record that lies at an offset."""
    return ArchiveEntry(**{f.name: getattr(record, f.name) for f in fields(WarcRecord)}, warc_file=warc_file, offset=offset, length=length)
