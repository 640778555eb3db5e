"""Ctrl-C and SIGTERM while pages are fetched: the first lets those at hand be finished and says so, the second ends the process at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType, MappingProxyType
from typing import TYPE_CHECKING, Any, Never

import typer

if TYPE_CHECKING:
    from healthnews.terminal_progress import ProgressDisplay

TERMINATED = 128 + signal.SIGTERM
"""Exit code after SIGTERM, as a shell tells it."""
_TOLD: Mapping[int, bytes] = MappingProxyType({
    signal.SIGINT: b"finishing the pages at hand; Ctrl-C again to stop now\n",
    signal.SIGTERM: b"finishing the pages at hand; a second SIGTERM stops now\n",
})  # fmt: skip
_USUAL: Mapping[signal.Signals, Any] = MappingProxyType({signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL})


@contextmanager
def finishing_pages(display: ProgressDisplay) -> Iterator[None]:
    """Answer Ctrl-C and SIGTERM so while the block runs; a signal that is ignored or somebody else's stays so.

    To end at once loses nothing: what was not finished is due again, as after a kill.

    Raises:
        typer.Exit: With `TERMINATED`, after SIGTERM.
    """
    came = 0

    def interrupt(number: int, _frame: FrameType | None) -> Never:
        nonlocal came
        came = number
        # Not a handler of ours: threads that still fetch keep Python from leaving, whatever the main one does.
        for one in answered:
            signal.signal(one, signal.SIG_DFL)
        display.stop()
        if display.stage == "fetch":
            os.write(sys.stderr.fileno(), _TOLD[number])  # a write to sys.stderr may be what was interrupted
        raise KeyboardInterrupt

    answered = [one for one, usual in _USUAL.items() if signal.getsignal(one) is usual]
    for one in answered:
        signal.signal(one, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        if came == signal.SIGTERM:
            raise typer.Exit(TERMINATED) from None
        raise
    finally:
        for one in answered:
            signal.signal(one, _USUAL[one])
