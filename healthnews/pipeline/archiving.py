"""Archiving: what the sources hold and the archive does not, appended to it; refusals too, as notes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from healthnews.crawl.archive import NOTE_TYPE, Archive, damage_at, failure_note
from healthnews.crawl.sources import SourceFailure, SourceItem, SourcePage, list_files, read_file
from healthnews.crawl.urls import is_web_address
from healthnews.crawl.warc import body_digest
from healthnews.crawl.warc_sources import REPEATED, ForeignAnswer
from healthnews.disk import require_room
from healthnews.pipeline.folder import DataFolder, Progress
from healthnews.pipeline.runs import begin_run
from healthnews.records import utc_now

_SYNC_EVERY = 500
"""Pages between two flushes to disk: a killed run archives at most so many again."""


class Identity(NamedTuple):
    """What makes two captures the same: the bytes, what they are read as, and for web pages the address."""

    address: str
    content_type: str
    sha256: str


@dataclass(slots=True)
class Archived:
    """What archiving found.

    Attributes:
        new: Pages whose bytes were new.
        unchanged: Pages whose bytes the archive already held.
        touched: Identities of everything that the sources hold, refusals included.
    """

    new: int = 0
    unchanged: int = 0
    touched: set[Identity] = field(default_factory=set)


def identity_of(url: str, content_type: str, sha256: str) -> Identity:
    """Identity of a capture; a local file's name is no part of it."""
    return Identity(url if is_web_address(url) else "", content_type, sha256)


def archive_sources(
    archive: Archive, folder: DataFolder, sources: Sequence[str], stdin: BinaryIO, max_bytes: int, progress: Progress
) -> Archived:
    """Append to the archive what it does not hold yet."""
    known = {identity_of(entry.url, entry.content_type, entry.sha256) for entry in archive.entries()}
    result = Archived()
    files = list_files(sources, excluded=folder.root)
    repeated: list[SourceFailure] = []
    for number, (name, path) in enumerate(files, 1):
        for item in read_file(name, path, stdin, max_bytes):
            if isinstance(item, SourceFailure) and item.reason == REPEATED:
                repeated.append(item)
            else:
                _archive_item(archive, item, known, result)
        progress("archive", number, len(files))
    # What one WARC file says is as it was may lie in another one, or have been archived long ago.
    held = {identity.address for identity in known if identity.content_type != NOTE_TYPE}
    result.unchanged += sum(item.url in held for item in repeated)
    for item in (*(item for item in repeated if item.url not in held), *_damages(archive)):
        _archive_item(archive, item, known, result)
    archive.sync()
    return result


def _archive_item(archive: Archive, item: SourceItem, known: set[Identity], result: Archived) -> None:
    identity = _identity(item)
    is_page = not isinstance(item, SourceFailure)
    result.touched.add(identity)
    if identity in known:
        result.unchanged += is_page
        return
    require_room(archive.folder)
    known.add(identity)
    if is_page and not result.new:
        begin_run(archive)
    if isinstance(item, ForeignAnswer):
        archive.add_response(item.response, item.asked)
    elif isinstance(item, SourcePage):
        archive.add(item.url, item.payload, item.content_type, utc_now(), "resource")
    else:
        archive.add(item.url, _note(item), NOTE_TYPE, utc_now(), "metadata")
    result.new += is_page
    if result.new % _SYNC_EVERY == 0:
        archive.sync()


def _identity(item: SourceItem) -> Identity:
    if isinstance(item, ForeignAnswer):
        return identity_of(item.response.url, item.response.content_type, body_digest(item.response))
    if isinstance(item, SourcePage):
        return identity_of(item.url, item.content_type, hashlib.sha256(item.payload).hexdigest())
    return identity_of(item.url, NOTE_TYPE, hashlib.sha256(_note(item)).hexdigest())


def _note(item: SourceFailure) -> bytes:
    """A refusal as it is archived: as a note."""
    return failure_note(item.url, "archive", item.reason, item.detail)


def _damages(archive: Archive) -> Iterator[SourceFailure]:
    """What the archive found damaged on opening, as refusals: stepped over, and not in silence."""
    for warc_file, offset in archive.damages:
        damage = damage_at(warc_file, offset)
        yield SourceFailure(f"warc:{warc_file}#{offset}", damage.reason, damage.detail)
