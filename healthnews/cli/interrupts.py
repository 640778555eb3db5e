"""Ctrl-C while pages are fetched: the first lets those at hand be finished and says so, the second ends the process at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Never

if TYPE_CHECKING:
    from healthnews.terminal import ProgressDisplay

_TOLD = b"finishing the pages at hand; Ctrl-C again to stop now\n"


@contextmanager
def finishing_pages(display: ProgressDisplay) -> Iterator[None]:
    """Answer Ctrl-C so while the block runs; nothing is changed where SIGINT is ignored or somebody else's.

    To end at once loses nothing: what was not finished is due again, as after a kill.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> Never:
        # Not a handler of ours: threads that still fetch keep Python from leaving, whatever the main one does.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        display.stop()
        if display.stage == "fetch":
            os.write(sys.stderr.fileno(), _TOLD)  # a write to sys.stderr may be what was interrupted
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
