"""Progress of the pipeline, from the task that works to whoever watches: a terminal, or the run's log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from prefect.logging import get_run_logger

from healthnews.pipeline.folder import Progress

_LOG_EVERY_SECONDS = 30.0

# A flow's parameters must be JSON, so a callback cannot be one. Prefect runs synchronous tasks in the context of their flow.
_SHOWN: ContextVar[Progress | None] = ContextVar("healthnews_progress", default=None)


@contextmanager
def showing(progress: Progress) -> Iterator[None]:
    """Let the tasks of flows called inside report to `progress`."""
    token = _SHOWN.set(progress)
    try:
        yield
    finally:
        _SHOWN.reset(token)


def current_progress() -> Progress:
    """What a task reports to: whoever watches, else its log every half minute."""
    return _SHOWN.get() or _logged()


def _logged() -> Progress:
    logger = get_run_logger()
    told_at = time.monotonic()

    def tell(stage: str, done: int, total: int | None) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _LOG_EVERY_SECONDS:
            told_at = time.monotonic()
            logger.info("%s: %d%s", stage, done, "" if total is None else f" of {total}")

    return tell
