"""A deadline that cuts off whatever hangs on a socket: the connection, TLS, the headers or the body."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Self

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
        self._timer = threading.Timer(max(seconds, 0.0), self._strike)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()
        _current.reset(self._token)
        with self._lock:
            for opened in self._sockets:
                opened.close()
            self._sockets.clear()

    def watch(self, opened: socket.socket) -> None:
        """Take a socket under watch; TimeoutError when the time is over already."""
        with self._lock:
            if self.is_over:
                raise TimeoutError
            # A duplicate, because wrapping a socket in TLS takes its own file descriptor away.
            self._sockets.append(opened.dup())

    def _strike(self) -> None:
        with self._lock:
            self.is_over = True
            for opened in self._sockets:
                with suppress(OSError):
                    opened.shutdown(socket.SHUT_RDWR)


def watch_socket(opened: socket.socket) -> None:
    """Put a socket under the deadline of the calling thread, if there is one: requests has no way to hand it down."""
    deadline = _current.get()
    if deadline is not None:
        deadline.watch(opened)
