"""Runs in the archive: notes of ours that say where the pages of a run begin, and that a changed layout was accepted."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_index import ArchiveEntry
from healthnews.records import utc_now

RUN_TYPE = "application/vnd.healthnews.run+json"
ACCEPTED_TYPE = "application/vnd.healthnews.accepted-layout+json"
_RUN = "urn:healthnews:run"
_ACCEPTED = "urn:healthnews:accepted-layout:"

# They lie in the archive, among the captures that they are about: what is rebuilt from it then comes out as it was.


@dataclass(slots=True)
class Runs:
    """The notes met so far in the archive.

    Attributes:
        number: Runs that have ended; an acceptance ends one, too.
        accepted: By host, the numbers of the runs before which its layout was accepted, in order.
    """

    number: int = 0
    accepted: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def take(self, entry: ArchiveEntry) -> bool:
        """Count a note; False for any other record."""
        if entry.record_type != "metadata" or entry.content_type not in (RUN_TYPE, ACCEPTED_TYPE):
            return False
        self.number += 1
        if entry.content_type == ACCEPTED_TYPE:
            self.accepted[entry.url.removeprefix(_ACCEPTED)].append(self.number)
        return True


def begin_run(archive: Archive) -> None:
    """Note that what follows is of another run; nothing is written when nothing was fetched since the last note."""
    decisive = (e for e in archive.newest_entries() if e.is_capture or e.content_type in (RUN_TYPE, ACCEPTED_TYPE))
    newest = next(decisive, None)
    if newest is not None and newest.is_capture:
        _add_note(archive, _RUN, RUN_TYPE, {})


def accept_layout(archive: Archive, host: str) -> None:
    """Note that the pages of a host that are held back are as they should be."""
    _add_note(archive, f"{_ACCEPTED}{host}", ACCEPTED_TYPE, {"host": host})
    archive.sync()


def _add_note(archive: Archive, url: str, media_type: str, said: dict[str, str]) -> None:
    now = utc_now()
    archive.add(url, json.dumps(said | {"at": now.isoformat()}).encode(), media_type, now, "metadata")
