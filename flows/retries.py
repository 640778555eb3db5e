"""Which errors are worth another try."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator

from deltalake.exceptions import CommitFailedError

from healthnews.disk import FULL, READ_ONLY, disk_refusal
from healthnews.errors import HealthnewsError, LockedError

_PERMANENT_NUMBERS = ((FULL | READ_ONLY) - {errno.EIO}) | {errno.ENOENT, errno.ENOTDIR, errno.EISDIR}
_BUSY = ("database is locked", "database table is locked", "database is busy")


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed a little later: a lock, a busy database, a failing network or file system."""
    refusal = disk_refusal(error)
    if refusal is not None and refusal.errno in _PERMANENT_NUMBERS:
        return False
    return any(_is_transient(cause) for cause in _causes(error))


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, HealthnewsError):
        return isinstance(error, LockedError)
    if isinstance(error, sqlite3.OperationalError) or type(error).__name__ == "OperationalError":
        return any(words in str(error) for words in _BUSY)
    if isinstance(error, OSError):
        # requests derives its errors from OSError, those of a malformed address from ValueError too.
        return error.errno not in _PERMANENT_NUMBERS and not isinstance(error, ValueError)
    return isinstance(error, CommitFailedError)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised from; one for people hides what caused it, for it was meant."""
    while error is not None:
        yield error
        error = None if isinstance(error, HealthnewsError) else error.__cause__
