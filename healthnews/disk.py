"""A disk without room: runs stop before; and what it refuses, recognised in the words of Python, SQLite or Delta Lake."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
"""No room, no more of it for this user or in one file, or a disk that fails."""
READ_ONLY = frozenset((errno.EROFS, errno.EACCES, errno.EPERM))
"""Nobody, or not this user, may write there."""
LEAST_FREE_BYTES = 200_000_000
"""With less a run goes no further: to join small files of a table, Delta Lake writes one of up to 100 MB beside them."""
# The low byte of an extended code is the code itself. Source: https://www.sqlite.org/rescode.html
_OF_SQLITE = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_READONLY: errno.EACCES,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
}
# Rust's words for an error of the system; deltalake hands them on in its own exception.
_OF_RUST = re.compile(r"\(os error (\d+)\)")


class LowDiskError(OSError):
    """There is so little room left that a run stops in order, before the disk is full in the middle of a write."""


def free_bytes(path: Path) -> int:
    """Room for this user on the disk that a path lies on, or will lie on."""
    return shutil.disk_usage(next(place for place in (path.absolute(), *path.absolute().parents) if place.exists())).free


def require_room(*paths: Path) -> None:
    """Stop a run while there is still room; nothing of it is lost.

    Raises:
        LowDiskError: Less than `LEAST_FREE_BYTES` are free on the disk of one of the paths.
    """
    for path in paths:
        if (free := free_bytes(path)) < LEAST_FREE_BYTES:
            said = f"only {free / 1e6:,.0f} MB are free, and a run stops when it is less than {LEAST_FREE_BYTES / 1e6:,.0f} MB"
            raise LowDiskError(errno.ENOSPC, said, str(path))


def disk_refusal(error: BaseException) -> OSError | None:
    """What the disk said, where an exception, or one that it came of, is about that; None for any other."""
    for cause in _causes(error):
        if isinstance(cause, LowDiskError):
            return cause
        number = _number(cause)
        if number in FULL | READ_ONLY:
            path = cause.filename if isinstance(cause, OSError) else None
            said = f"{os.strerror(number)} ({cause})" if isinstance(cause, sqlite3.Error) else os.strerror(number)
            return OSError(number, said, path)
    return None


def _number(error: BaseException) -> int:
    """Number of the system's error that an exception tells of; 0 when it tells of none."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    if isinstance(error, sqlite3.Error):
        return _OF_SQLITE.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF, 0)
    found = _OF_RUST.search(str(error))
    return int(found[1]) if found else 0


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
