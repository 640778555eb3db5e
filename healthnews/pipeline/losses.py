"""What archive and work tables together say that the archive has lost."""

from __future__ import annotations

from pathlib import Path

from healthnews.crawl.archive_losses import Held, lost_contents, missing_files
from healthnews.dataset.store import Store

_HELD = ("url", "warc_file", "sha256", "fetched_at")


def archive_losses(raw: Path, store: Store) -> tuple[set[str], dict[str, Held]]:
    """Names of the WARC files that are gone, and by page the newest contents that went with them."""
    missing = missing_files(raw, (name for (name,) in store.column_tuples("captures", ("warc_file",))))
    if not missing:
        return missing, {}
    told = store.column_tuples("captures", _HELD, ("warc_file", missing))
    return missing, lost_contents(raw, missing, [Held(*row) for row in told])
