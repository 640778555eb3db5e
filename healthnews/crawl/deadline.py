"""A deadline that cuts off whatever hangs on a socket: the connection, TLS, the headers or the body."""

from __future__ import annotations

import heapq
import itertools
import socket
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Self

_MOST_LEFT = 1000
"""Deadlines whose blocks were left are cleared away when there are so many."""
_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """Shuts the sockets opened inside it when the time is over; the reader then sees a closed connection.

    A timeout of the socket does not do: it begins anew with each byte that drips in.

    Attributes:
        is_over: Whether the time was over before the block was left.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._seconds = max(seconds, 0.0)
        self._is_left = False

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        _watchdog.watch(time.monotonic() + self._seconds, self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _current.reset(self._token)
        with self._lock:
            self._is_left = True
            for opened in self._sockets:
                opened.close()
            self._sockets.clear()

    def watch(self, opened: socket.socket) -> None:
        """Take a socket under watch; TimeoutError when the time is over already."""
        with self._lock:
            if self.is_over:
                raise TimeoutError
            # A duplicate, because wrapping a socket in TLS takes its own file descriptor away; one in TLS has no `dup`.
            self._sockets.append(socket.fromfd(opened.fileno(), opened.family, opened.type))

    @property
    def is_left(self) -> bool:
        """Whether the block was left."""
        return self._is_left

    def strike(self) -> None:
        """Shut what is open, for the time is over; nothing when the block was left before."""
        with self._lock:
            if self._is_left:
                return
            self.is_over = True
            for opened in self._sockets:
                with suppress(OSError):
                    opened.shutdown(socket.SHUT_RDWR)


class _Watchdog:
    """One thread that strikes each deadline at its time; it ends when it has none to wait for, and begins anew with the next.

    A timer a fetch would be a thread a fetch, which costs a tenth of the fetch itself.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Deadline]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def watch(self, moment: float, deadline: Deadline) -> None:
        """Strike the deadline at a moment of `time.monotonic`, unless its block is left before."""
        with self._changed:
            if len(self._waiting) > _MOST_LEFT:
                self._waiting = [entry for entry in self._waiting if not entry[2].is_left]
                heapq.heapify(self._waiting)
            entry = (moment, next(self._numbers), deadline)
            heapq.heappush(self._waiting, entry)
            if self._thread is None or not self._thread.is_alive():  # a forked process has no thread but its first
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._waiting[0] is entry:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._waiting and self._waiting[0][2].is_left:
                    heapq.heappop(self._waiting)
                if not self._waiting:
                    self._thread = None
                    return
                seconds = self._waiting[0][0] - time.monotonic()
                if seconds > 0:
                    self._changed.wait(seconds)
                    continue
                _, _, deadline = heapq.heappop(self._waiting)
            deadline.strike()


_watchdog = _Watchdog()


def watch_socket(opened: socket.socket) -> None:
    """Put a socket under the deadline of the calling thread, if there is one: requests has no way to hand it down."""
    deadline = _current.get()
    if deadline is not None:
        deadline.watch(opened)
