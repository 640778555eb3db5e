"""Where the frontier of a data folder is: its SQLite file, or the PostgreSQL database that the settings name."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from healthnews.errors import UsageError
from healthnews.pipeline.folder import DataFolder
from healthnews.settings import IN_FOLDER, OWN_SPACE, read_settings

if TYPE_CHECKING:
    from healthnews.crawl.frontier import Frontier

# Imports of the frontier stand inside the functions: SQLAlchemy takes a third of a second, and most questions need none of it.

_READ_TIMEOUT_SECONDS = 1.0
_SPACE = re.compile(r"[a-z][a-z0-9_]{0,40}")


def has_frontier(folder: DataFolder) -> bool:
    """Whether addresses may be waiting; of a database, that the settings name one."""
    return _database() is not None or folder.frontier.exists()


def open_frontier(folder: DataFolder) -> Frontier:
    """The frontier of a data folder, made when there is none.

    Raises:
        UsageError: As for `Frontier.open`.
    """
    from healthnews.crawl.frontier import Frontier

    space = _space(folder)
    if (url := _database()) is not None:
        return Frontier.open(url, space, is_shared=is_shared())
    folder.frontier.parent.mkdir(parents=True, exist_ok=True)
    return Frontier.open(folder.frontier)


@contextmanager
def frontier_to_read(folder: DataFolder) -> Iterator[Frontier]:
    """The frontier as it stands: of a file nothing is made or written, and no crawl under way is waited for."""
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    from healthnews.crawl.frontier import Frontier

    if _database() is not None:
        with open_frontier(folder) as frontier:
            yield frontier
        return
    address = f"{folder.frontier.absolute().as_uri()}?mode=ro"
    connect = partial(sqlite3.connect, address, uri=True, timeout=_READ_TIMEOUT_SECONDS)
    with Frontier(sqlalchemy.create_engine("sqlite://", creator=connect, poolclass=NullPool)) as frontier:
        yield frontier


def _database() -> str | None:
    """URL of the database that the settings name; None where the frontier is in the data folder."""
    value = read_settings({})["store.frontier"].value
    return None if value == IN_FOLDER else value


def is_shared() -> bool:
    """Whether other data folders crawl from the same frontier: what is leased there may be theirs."""
    return _database() is not None and _shared_space() is not None


def _shared_space() -> str | None:
    setting = read_settings({})["store.frontier_space"]
    if setting.value == OWN_SPACE:
        return None
    if not _SPACE.fullmatch(setting.value):
        raise UsageError(f"store.frontier_space = {setting.value!r} (from {setting.origin}): expected a name such as desk_1")
    if _database() is None:
        raise UsageError("store.frontier_space: an SQLite file is of one data folder; several share a PostgreSQL database (store.frontier)")
    return setting.value


def _space(folder: DataFolder) -> str:
    """Schema of the database: the one that is shared, else one of the data folder alone: a trial in another never meets its addresses."""
    own = hashlib.sha256(str(folder.root.resolve()).encode()).hexdigest()[:12]
    return f"healthnews_{_shared_space() or own}"
