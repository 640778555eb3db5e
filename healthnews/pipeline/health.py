"""What is wrong on this machine and in a data folder, and what mends it; nothing is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from healthnews.crawl.archive_check import missing_faults, verify_archive
from healthnews.crawl.archive_losses import Held
from healthnews.dataset.store import Store
from healthnews.disk import free_bytes
from healthnews.errors import HealthnewsError
from healthnews.pipeline.folder import DataFolder, Progress, no_progress
from healthnews.pipeline.losses import archive_losses
from healthnews.settings import IN_FOLDER, NO_CONTACT, read_settings, read_sites

_LEAST_FREE_BYTES = 2_000_000_000
"""Two WARC files: with less, a crawl may end in the middle of one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: archive, tables, disk, settings, contact, frontier or browser.
        is_well: False when something has to be done.
        found: One sentence.
        remedy: What to do, or what would make it better where it is well; empty when there is nothing.
    """

    what: str
    is_well: bool
    found: str
    remedy: str = ""


def examine(folder: DataFolder, progress: Progress = no_progress) -> list[Finding]:
    """Everything that was looked at, what is wrong included."""
    return [*_settings(), _disk(folder), _frontier(folder), _browser(), *_archive(folder, progress)]


def _settings() -> Iterator[Finding]:
    try:
        settings, sites = read_settings({}), read_sites()
    except HealthnewsError as error:
        yield Finding("settings", False, str(error), "correct healthnews.toml, or the variable that it names")
        return
    yield Finding("settings", True, f"{len(settings)} settings, {len(sites)} sites")
    if settings["crawl.contact"].value == NO_CONTACT:
        remedy = 'set contact = "https://…", or an address of yours, under [crawl] in healthnews.toml'
        yield Finding("contact", not sites, "sites are not told whom to write to", remedy)


def _disk(folder: DataFolder) -> Finding:
    there = next(path for path in (folder.root.absolute(), *folder.root.absolute().parents) if path.exists())
    if not os.access(there, os.W_OK):
        return Finding("disk", False, f"{there}: cannot be written to", "choose another folder with --data, or change its owner")
    free = free_bytes(there)
    found = f"{free / 1e9:,.1f} GB free at {there}"
    return Finding("disk", free >= _LEAST_FREE_BYTES, found, "" if free >= _LEAST_FREE_BYTES else "make room before the next crawl")


def _frontier(folder: DataFolder) -> Finding:
    from healthnews.pipeline.queries import frontier_counts

    try:
        kept_in = read_settings({})["store.frontier"].shown
        counts, error = frontier_counts(folder)
    except HealthnewsError as failure:
        return Finding("frontier", False, str(failure), "correct the settings")
    if error is not None:
        remedy = "delete it: it is made anew from the archive" if kept_in == IN_FOLDER else "start the database, or correct store.frontier"
        return Finding("frontier", False, error, remedy)
    return Finding("frontier", True, f"{sum(counts.values()):,} addresses, {kept_in}")


def _browser() -> Finding:
    from healthnews.crawl.browser import find_chromium

    chromium = find_chromium()
    if find_spec("playwright") is None or chromium is None:
        missing = "playwright" if find_spec("playwright") is None else "Chromium"
        found = f"{missing} is not installed: pages that need JavaScript are recorded as needs_rendering and not rendered"
        return Finding("browser", True, found, "pip install 'healthnews[browser]', and Chromium from your system")
    return Finding("browser", True, f"pages that need JavaScript can be rendered with {chromium}")


def _archive(folder: DataFolder, progress: Progress) -> Iterator[Finding]:
    read, is_faultless = 0, True

    def tell(done: int) -> None:
        nonlocal read
        read = done
        progress("verify", done, None)

    missing, lost = set[str](), dict[str, Held]()
    try:
        missing, lost = archive_losses(folder.raw, Store(folder.tables))
    except Exception as error:  # whichever of Arrow's and Delta Lake's errors: what is in the archive is still to be told
        found = f"the work tables cannot be read: {str(error).splitlines()[0][:200]}"
        yield Finding("tables", False, found, "delete data/work: it is made anew from the archive")
    for fault in (*verify_archive(folder.raw, tell), *missing_faults(missing, lost.values())):
        is_faultless = False
        yield Finding("archive", fault.is_harmless, f"{fault.place}: {fault.found}", fault.remedy)
    if is_faultless:
        yield Finding("archive", True, f"{read:,} records, every digest as archived" if read else "nothing is archived yet")
