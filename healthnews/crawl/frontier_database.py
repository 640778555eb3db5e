"""The database that the frontier's tables are in: an SQLite file, or a space of its own in a PostgreSQL database."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError

from healthnews.crawl.frontier_tables import METADATA
from healthnews.disk import disk_refusal
from healthnews.errors import UsageError

POSTGRESQL = "postgresql"
_DRIVER = "postgresql+psycopg"
_SPELLINGS = frozenset(("postgres", POSTGRESQL, _DRIVER))
_LOCK_SECONDS = 60
"""How long another writer is waited for."""
_LOCK_PAUSE = 0.02
_CONNECT_SECONDS = 10
_ADDING = 0x68656E
"""Number of the lock that those who change many rows hold one after the other."""
_OTHER_VERSION = (
    "store.frontier_space: the tables of schema {space} are of another version of healthnews; give all crawlers the same version,"
    " and a new name of the space where that is another than before"
)


def open_database(place: Path | str, space: str, *, is_shared: bool = False) -> sa.Engine:
    """The database with the frontier's tables, which are made when they are missing, and anew when they are of another version.

    Args:
        place: An SQLite file, or the URL of a PostgreSQL database.
        space: Schema of PostgreSQL that the tables are in.
        is_shared: Others may be at work on the tables.

    Raises:
        UsageError: The file is something else, the URL names no database that can be reached, its driver is not installed, or what is
            shared is of another version.
        OSError: The disk is full, or the file may not be written to.
    """
    engine = _sqlite_engine(place) if isinstance(place, Path) else _postgresql_engine(place, space)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == POSTGRESQL:
                lock_for_many(connection)
                connection.execute(sa.schema.CreateSchema(space, if_not_exists=True))
            if _is_outdated(connection, space if engine.dialect.name == POSTGRESQL else None):
                if is_shared:
                    raise UsageError(_OTHER_VERSION.format(space=space))
                METADATA.drop_all(connection)
            METADATA.create_all(connection)
    except DatabaseError as error:
        engine.dispose()
        if isinstance(place, Path) and (refusal := disk_refusal(error)) is not None:
            raise OSError(refusal.errno, refusal.strerror, str(place)) from error
        what = str(error.orig).strip()
        if isinstance(place, Path):
            detail = f"{place}: {what}, expected the frontier's SQLite database; it can be deleted and is made anew"
        else:
            detail = f"store.frontier: {what}; expected a PostgreSQL database that can be reached and written to"
        raise UsageError(detail) from error
    return engine


def lock_for_many(connection: sa.Connection) -> None:
    """Let nobody else change many rows until this transaction ends: two that lock rows in different orders wait for each other for ever.

    SQLite has one writer at a time as it is.
    """
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADDING)))


def count_anew(connection: sa.Connection) -> None:
    """Let PostgreSQL look at how many addresses there are: until then it would read them all for each claim (160 ms of 100,000)."""
    if connection.dialect.name == POSTGRESQL:
        for table in METADATA.sorted_tables:
            connection.exec_driver_sql(f"ANALYZE {table.name}")


def _postgresql_engine(url: str, space: str) -> sa.Engine:
    form = "store.frontier: expected postgresql://USER@HOST/DATABASE"
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise UsageError(form) from error
    if parsed.drivername not in _SPELLINGS:
        raise UsageError(f"{form}, found {parsed.drivername}://")
    try:
        return sa.create_engine(
            parsed.set(drivername=_DRIVER),
            connect_args={"connect_timeout": _CONNECT_SECONDS, "options": f"-csearch_path={space}"},
            pool_pre_ping=True,
        )
    except ModuleNotFoundError as error:
        raise UsageError("store.frontier: PostgreSQL needs its driver; install it with: pip install 'healthnews[postgres]'") from error


def _sqlite_engine(path: Path) -> sa.Engine:
    """An engine whose transactions take the write lock as they begin: a read that becomes a write could not wait for it."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": _LOCK_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        connection.isolation_level = None  # else sqlite3 begins transactions of its own
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous=NORMAL")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: Any) -> None:
    """Switch to write-ahead logging; where others make the same new database, SQLite refuses at once instead of waiting for them."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_LOCK_PAUSE)
        else:
            return


def _is_outdated(connection: sa.Connection, space: str | None) -> bool:
    """Whether tables have other columns than these; what those of one data folder hold is found again in its archive and tables."""
    inspector = sa.inspect(connection)
    made = [table for table in METADATA.sorted_tables if inspector.has_table(table.name, space)]
    return any({column["name"] for column in inspector.get_columns(table.name, space)} != set(table.columns.keys()) for table in made)
