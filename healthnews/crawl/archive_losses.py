"""What an archive has lost: pages whose newest content lay in a WARC file that is gone, or cannot be read any more."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry, indexed_entries, warc_path
from healthnews.crawl.urls import page_key
from healthnews.errors import PageError


class Held(NamedTuple):
    """Where the content of an address lay.

    Attributes:
        url: As asked.
    """

    url: str
    warc_file: str
    sha256: str
    fetched_at: datetime


def is_content(entry: ArchiveEntry) -> bool:
    """Whether a record holds what an address gave: no revisit, redirect or note."""
    return entry.is_capture and entry.record_type != "revisit"


def missing_files(folder: Path, named: Iterable[str] = ()) -> set[str]:
    """Names of WARC files that are gone: those whose index is left, and those of the names given."""
    indexes = (index for index in folder.glob("*.cdxj") if index.stat().st_size)  # a kill may leave the empty index of a file to come
    told = {warc_path(index).name for index in indexes}
    return told.union(named) - {path.name for path in folder.glob("*.warc.gz")}


def lost_contents(folder: Path, missing: Collection[str], told: Iterable[Held] = ()) -> dict[str, Held]:
    """By page, what lay in missing files, as far as no file that is there holds the same or something newer.

    Args:
        folder: Where the archive is.
        missing: As `missing_files` names them.
        told: What is known of their contents besides their indexes.
    """
    lost: dict[str, Held] = {}
    for held in (*_left_in_indexes(folder, missing), *told):
        page = page_key(held.url)
        if page not in lost or lost[page].fetched_at < held.fetched_at:
            lost[page] = held
    pages = {url: page for page, held in lost.items() for url in (page, held.url)}
    for entry in filter(is_content, Archive.read_entries(folder) if lost else ()):
        before = lost.get(page := pages.get(entry.asked, ""))
        if before is not None and (entry.fetched_at > before.fetched_at or entry.sha256 == before.sha256):
            del lost[page]
    return lost


def _left_in_indexes(folder: Path, missing: Collection[str]) -> Iterator[Held]:
    for index in folder.glob("*.cdxj"):
        if warc_path(index).name in missing:
            for entry in filter(is_content, indexed_entries(index, sys.maxsize)[0]):
                yield Held(entry.asked, entry.warc_file, entry.sha256, entry.fetched_at)


def damaged_contents(folder: Path, is_wanted: Callable[[str], bool]) -> list[str]:
    """Pages whose newest content cannot be read, in the order of archiving; that of every wanted page is read."""
    archive = Archive(folder, is_repaired=False)
    newest = {page_key(entry.asked): entry for entry in Archive.read_entries(folder) if is_content(entry)}
    return [page for page, entry in newest.items() if is_wanted(page) and is_damaged(archive, entry)]


def is_damaged(archive: Archive, entry: ArchiveEntry) -> bool:
    """Whether a record's bytes are not those that were archived; OSError where they cannot be read at all."""
    try:
        if entry.record_type in ("response", "revisit"):
            archive.read_response(entry)
        else:
            archive.read(entry)
    except PageError:
        return True
    return False
