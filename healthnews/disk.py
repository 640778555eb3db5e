"""What a disk refuses, recognised in the words of whichever library met it: Python, SQLite or Delta Lake."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from collections.abc import Iterator

FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
"""No room, no more of it for this user or in one file, or a disk that fails."""
READ_ONLY = frozenset((errno.EROFS, errno.EACCES, errno.EPERM))
"""Nobody, or not this user, may write there."""
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


def disk_refusal(error: BaseException) -> OSError | None:
    """What the disk said, where an exception, or one that it came of, is about that; None for any other."""
    for cause in _causes(error):
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
