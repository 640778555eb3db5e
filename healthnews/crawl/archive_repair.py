"""Repair of a WARC file and its index: what a kill left half written is cut off, what is not indexed is indexed."""

from __future__ import annotations

import io
import mmap
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from healthnews.crawl.archive_index import ArchiveEntry, entry_of, index_path, indexed_entries
from healthnews.crawl.warc import (
    read_records,
)

_GZIP_START = b"\x1f\x8b\x08"


def repair(warc: Path) -> list[int]:
    """Make file and index whole: cut an incomplete tail, index what is not indexed; offsets of damage are returned."""
    index = index_path(warc)
    size = warc.stat().st_size
    kept, end, is_whole = indexed_entries(index, size)
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


def _scan_members(warc: Path, start: int) -> tuple[list[ArchiveEntry], list[int], int]:
    """Records from `start` on, offsets of damaged stretches between them, and where the last whole record ends."""
    entries: list[ArchiveEntry] = []
    damages: list[int] = []
    with warc.open("rb") as file:
        position: int | None = start
        while position is not None:
            member = read_member(file, position)
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
            if read_member(file, position) is not None:
                return position
            position = content.find(_GZIP_START, position + 1)
    return None


def read_member(file: BinaryIO, start: int) -> tuple[int, bytes] | None:
    """Length in bytes and content of the WARC record that begins at `start`; None when it is cut off or damaged."""
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
    return (entry_of(record, warc_file, offset, length) for record in read_records(io.BytesIO(content)))
