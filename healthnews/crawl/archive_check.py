"""Verifying the archive: every indexed record is read and its digest compared, every file looked for; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry, index_path
from healthnews.crawl.archive_losses import Held, is_content, is_damaged
from healthnews.crawl.archive_repair import read_member
from healthnews.crawl.urls import is_web_address, page_key

_COPY = "put back that file from a copy"
_ANEW = "without one, `healthnews crawl --retry` fetches {} anew (add --start ADDRESS for a site that is not crawled)"
_UNKNOWN = (
    "without one, delete data/work, once: the next `healthnews crawl` (--start ADDRESS for a site of no settings) fetches what they held"
)
_NOTHING_LOST = f"nothing has to be done; {_COPY} if there is one"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the archive, and what mends it.

    Attributes:
        place: File, and the byte offset where there is one.
        is_harmless: No page is lost by it.
    """

    place: str
    found: str
    remedy: str
    is_harmless: bool = False


def verify_archive(folder: Path, tell: Callable[[int], None] = lambda done: None) -> Iterator[Fault]:
    """Faults of the files of an archive: bytes that no index names, damaged records; none when there is no archive.

    Args:
        folder: Where the WARC files are; a run may be appending to them.
        tell: Called after each record with how many have been read.
    """
    archive = Archive(folder, is_repaired=False)
    damaged: list[ArchiveEntry] = []
    sizes = {path.name: path.stat().st_size for path in sorted(folder.glob("*.warc.gz"))}
    # A file begins with the record that says who wrote it; no index names that.
    ends = {name: length for name in sizes if (length := _record_length(folder / name, 0))}
    for done, entry in enumerate(Archive.read_entries(folder), 1):
        if entry.offset > (end := ends.get(entry.warc_file, entry.offset)):
            yield _unindexed_between(folder / entry.warc_file, end, entry.offset)
        ends[entry.warc_file] = entry.offset + entry.length
        try:
            if is_damaged(archive, entry):
                damaged.append(entry)
        except OSError as error:
            yield Fault(f"{entry.warc_file}:{entry.offset}", f"{entry.url}: {error.strerror}", f"make {entry.warc_file} readable")
        tell(done)
    yield from _damages(folder, damaged)
    for name, size in sizes.items():
        if size and not index_path(folder / name).exists():
            yield Fault(name, "its index is gone", "the next ingest or crawl makes it anew")
        elif size > ends.get(name, 0):
            found = f"{size - ends.get(name, 0):,} bytes at its end that the index does not name"
            yield Fault(f"{name}:{ends.get(name, 0)}", found, "the next ingest or crawl repairs or steps over them")


def _record_length(warc: Path, offset: int) -> int:
    """Bytes of the record at an offset; 0 where none can be read."""
    try:
        with warc.open("rb") as file:
            return (read_member(file, offset) or (0, b""))[0]
    except OSError:
        return 0


def _unindexed_between(warc: Path, offset: int, end: int) -> Fault:
    """That an index leaves something out before its end, where no opening looks."""
    place, size = f"{warc.name}:{offset}", end - offset
    if _record_length(warc, offset):
        remedy = f"delete {index_path(warc).name}: the next ingest or crawl makes it anew"
        return Fault(place, f"{size:,} bytes that the index does not name", remedy)
    return Fault(place, f"{size:,} bytes of which no record can be read", f"{_COPY}; {_UNKNOWN}")


def _damages(folder: Path, damaged: Collection[ArchiveEntry]) -> Iterator[Fault]:
    """Each damaged record; harmless where the page was fetched again since, or there is none in it."""
    places = {entry.place for entry in damaged}
    whole = (entry for entry in Archive.read_entries(folder) if is_content(entry) and entry.place not in places) if damaged else ()
    newest_whole = {page_key(entry.asked): entry.place for entry in whole}
    for entry in damaged:
        place, found = f"{entry.warc_file}:{entry.offset}", f"{entry.url}: the archived bytes are damaged"
        if not is_content(entry):
            yield Fault(place, f"{found}; no page is in them", _NOTHING_LOST, is_harmless=True)
        elif newest_whole.get(page_key(entry.asked), ("", 0)) > entry.place:
            yield Fault(place, f"{found}; the page was archived again since", _NOTHING_LOST, is_harmless=True)
        else:
            yield Fault(place, found, f"{_COPY}; {_ANEW.format('the page')}" if is_web_address(entry.asked) else _COPY)


def missing_faults(missing: Collection[str], lost: Collection[Held]) -> Iterator[Fault]:
    """WARC files that are gone; harmless where nothing was lost with one that was not archived again since."""
    pages = Counter(held.warc_file for held in lost if is_web_address(held.url))
    local = Counter(held.warc_file for held in lost if not is_web_address(held.url))
    for name in sorted(missing):
        anew = [_ANEW.format("its pages")] if pages[name] else []
        again = ["ingest again what came from files"] if local[name] else []
        if anew or again:
            found = f"it is gone, and with it the contents of {pages[name] + local[name]:,} addresses"
            yield Fault(name, found, "; ".join((_COPY, *anew, *again)))
        else:
            yield Fault(name, "it is gone; all that was in it was archived again since", _NOTHING_LOST, is_harmless=True)
