"""Verifying the archive: every indexed record is read and its digest compared; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.errors import PageError

_REMEDY = "put back that file from a copy, or visit the page again"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the archive, and what mends it.

    Attributes:
        place: File, and the byte offset where there is one.
    """

    place: str
    found: str
    remedy: str


def verify_archive(folder: Path, tell: Callable[[int], None] = lambda done: None) -> Iterator[Fault]:
    """Faults of the archive in a folder, in the order of archiving; none when there is no archive.

    Args:
        folder: Where the WARC files are; a run may be appending to them.
        tell: Called after each record with how many have been read.
    """
    archive = Archive(folder, is_repaired=False)
    ends: dict[str, int] = {}
    sizes = {path.name: path.stat().st_size for path in sorted(folder.glob("*.warc.gz"))}
    for done, entry in enumerate(Archive.read_entries(folder), 1):
        gap = entry.offset - ends.get(entry.warc_file, entry.offset)
        if gap > 0:
            yield _unindexed(entry.warc_file, ends[entry.warc_file], gap)
        ends[entry.warc_file] = entry.offset + entry.length
        if (fault := _fault_of(archive, entry)) is not None:
            yield fault
        tell(done)
    for name, size in sizes.items():
        # A file that was just begun holds nothing but the record that says who wrote it.
        if name in ends and size > ends[name]:
            yield _unindexed(name, ends[name], size - ends[name])


def _fault_of(archive: Archive, entry: ArchiveEntry) -> Fault | None:
    try:
        if entry.record_type in ("response", "revisit"):
            archive.read_response(entry)
        else:
            archive.read(entry)
    except (PageError, OSError) as error:
        return Fault(f"{entry.warc_file}:{entry.offset}", f"{entry.url}: {error}", _REMEDY)
    return None


def _unindexed(name: str, offset: int, size: int) -> Fault:
    return Fault(f"{name}:{offset}", f"{size:,} bytes that the index does not name", "the next ingest or crawl repairs or steps over them")
