"""The demonstration: the bundled sample site, served on loopback and crawled over HTTP by the daily flow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from healthnews.errors import UsageError
from healthnews.flows import require_writable
from healthnews.flows.local import run_flow
from healthnews.pipeline.crawl_options import crawl_options
from healthnews.pipeline.folder import DataFolder, Progress, no_progress
from healthnews.pipeline.ingestion import crawl
from healthnews.pipeline.queries import fetched_paths
from healthnews.samples.server import HOST, sample_paths, serve_samples

PORT = 8766
_BUDGET = 500
_DEPTH = 10
"""The sample site hides some pages behind several 相关推荐 links."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What a demonstration did.

    Attributes:
        origin: Where the sample site was served.
        is_new: False when every page was as before, so that nothing was done.
    """

    origin: str
    is_new: bool


def demonstrate(folder: DataFolder, port: int | None = None, *, progress: Progress = no_progress) -> Demonstration:
    """Run the whole pipeline over the sample site; a second time, ask whether any page has changed, and no more.

    Args:
        folder: Where everything goes.
        port: Port for the sample site; that of the last demonstration, else 8766, else any free one when None.
        progress: Told how far the steps have come.

    Raises:
        LockedError: Another run holds the folder.
        UsageError: Nobody can write to the folder, it holds pages of other sites, or the port is taken.
    """
    require_writable(folder.root)
    fetched = fetched_paths(folder)
    ours = _served_before(folder) or _recognised(fetched)
    if set(fetched) - set(ours):
        raise UsageError(f"{folder.root} holds pages of your own; keep the demonstration apart from them: healthnews demo --data demo")
    with _serve(port, ours) as origin:
        _remember(folder, [*ours, origin])
        parameters: dict[str, Any] = {
            "start": [f"{origin}/"],
            "hosts": [urlsplit(origin).netloc],
            "allow_addresses": [f"{HOST}/32"],
            "delay_seconds": 0.0,
            "budget": _BUDGET,
            "depth": _DEPTH,
            "with_sites": False,
        }
        if origin in fetched:
            options = crawl_options(**parameters, refresh=True)
            asked = crawl(folder, options, with_analysis=False, with_release=False, progress=progress)
            if asked.release is not None and not asked.archived:
                return Demonstration(origin, is_new=False)
        run_flow("daily", parameters, folder.root, progress=progress)
    return Demonstration(origin, is_new=True)


def _record(folder: DataFolder) -> Path:
    return folder.root / "work" / "demo.json"


def _remember(folder: DataFolder, origins: Sequence[str]) -> None:
    """Write down where the sample site was served, the last place last, so that its pages are told from those of others."""
    _record(folder).write_text(json.dumps({"origins": list(dict.fromkeys(origins))}), encoding="utf-8")


def _served_before(folder: DataFolder) -> list[str]:
    """Where the sample site was served for this folder; nothing when that is not written down."""
    try:
        return [str(origin) for origin in json.loads(_record(folder).read_text(encoding="utf-8"))["origins"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _recognised(fetched: Mapping[str | None, set[str]]) -> list[str]:
    """The one origin whose pages the folder holds, when it is on loopback and they are the sample site's.

    data/work can be deleted, and what was written down with it.
    """
    match list(fetched.items()):
        case [(str(origin), paths)] if urlsplit(origin).hostname == HOST and paths and paths <= sample_paths():
            return [origin]
    return []


@contextmanager
def _serve(port: int | None, known: Sequence[str]) -> Iterator[str]:
    """The sample site on the port wanted or used last; else on the usual one, or any that is free."""
    wanted = port or next((urlsplit(origin).port or 80 for origin in reversed(known)), None)
    with ExitStack() as stack:
        try:
            origin = stack.enter_context(serve_samples(wanted or PORT))
        except UsageError:
            if wanted is not None:
                raise
            origin = stack.enter_context(serve_samples(0))
        yield origin.removesuffix(":80")  # as the addresses of its pages are recorded
