"""The demonstration: the bundled sample site, served on loopback and crawled over HTTP by the daily flow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from healthnews.errors import UsageError
from healthnews.flows.local import run_flow
from healthnews.pipeline.crawling import crawl_options
from healthnews.pipeline.folder import DataFolder, Progress, no_progress
from healthnews.pipeline.ingestion import crawl
from healthnews.pipeline.queries import fetched_origins
from healthnews.samples.server import HOST, serve_samples

PORT = 8766
_BUDGET = 500
_DEPTH = 10
"""The sample site hides some pages behind several 相关推荐 links."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What a demonstration did.

    Attributes:
        origin: Where the sample site was served.
        asked: Addresses asked for.
        is_new: False when every page was as before, so that nothing was done.
    """

    origin: str
    asked: int
    is_new: bool


def demonstrate(folder: DataFolder, port: int | None = None, *, progress: Progress = no_progress) -> Demonstration:
    """Run the whole pipeline over the sample site; a second time, ask whether any page has changed, and no more.

    Args:
        folder: Where everything goes.
        port: Port for the sample site; that of the last demonstration, else 8766, else any free one when None.
        progress: Told how far the steps have come.

    Raises:
        LockedError: Another run holds the folder.
        UsageError: The folder holds pages of other sites, or the port is taken.
    """
    origins = fetched_origins(folder)
    ours = {origin for origin in origins if origin and urlsplit(origin).hostname == HOST}
    if origins - ours:
        raise UsageError(f"{folder.root} holds pages of your own; keep the demonstration apart from them: healthnews demo --data demo")
    known = [known_port for origin in sorted(ours) if (known_port := urlsplit(origin).port)]
    with _serve(port, known) as origin:
        is_known = origin in ours
        start, allowed = [f"{origin}/"], [f"{HOST}/32"]
        if is_known:
            options = crawl_options(start=start, allow_addresses=allowed, delay_seconds=0, budget=_BUDGET, depth=_DEPTH, refresh=True)
            asked = crawl(folder, options, with_analysis=False, with_release=False, progress=progress)
            if asked.release is not None and not asked.archived:
                return Demonstration(origin, asked.unchanged, is_new=False)
        parameters = {"start": start, "allow_addresses": allowed, "delay_seconds": 0.0, "budget": _BUDGET, "depth": _DEPTH}
        done = run_flow("daily", parameters, folder.root, progress=progress)
    return Demonstration(origin, done["visited"], is_new=True)


@contextmanager
def _serve(port: int | None, known: Sequence[int]) -> Iterator[str]:
    """The sample site on the port wanted or used before; else on the usual one, or any that is free."""
    wanted = port or next(iter(known), None)
    with ExitStack() as stack:
        try:
            origin = stack.enter_context(serve_samples(wanted or PORT))
        except UsageError:
            if wanted is not None:
                raise
            origin = stack.enter_context(serve_samples(0))
        yield origin
