"""Where the frontier of a data folder is: its SQLite file, or the PostgreSQL database that the settings name."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from healthnews.pipeline.folder import DataFolder
from healthnews.settings import IN_FOLDER, read_settings

if TYPE_CHECKING:
    from healthnews.crawl.frontier import Frontier

# Imports of the frontier stand inside the functions: SQLAlchemy takes a third of a second, and most questions need none of it.

_READ_TIMEOUT_SECONDS = 1.0


def has_frontier(folder: DataFolder) -> bool:
    """Whether addresses may be waiting; of a database, that the settings name one."""
    return _database() is not None or folder.frontier.exists()


def open_frontier(folder: DataFolder) -> Frontier:
    """The frontier of a data folder, made when there is none.

    Raises:
        UsageError: As for `Frontier.open`.
    """
    from healthnews.crawl.frontier import Frontier

    if (url := _database()) is not None:
        return Frontier.open(url, _space(folder))
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


def _space(folder: DataFolder) -> str:
    """Schema of the database that belongs to the data folder alone: a sample site tried in another folder never meets its addresses."""
    return f"healthnews_{hashlib.sha256(str(folder.root.resolve()).encode()).hexdigest()[:12]}"
