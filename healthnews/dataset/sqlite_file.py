"""All tables as one SQLite database, with keys, indexes and the data dictionary."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from healthnews.dataset.checks import REFERENCES
from healthnews.dataset.exports import json_value
from healthnews.records import TABLES
from healthnews.schema import key_columns, schema, type_name

DICTIONARY = "data_dictionary"


def write_sqlite(path: Path, batches: Callable[[str], Iterator[pa.RecordBatch]]) -> None:
    """Write every table: times as ISO text, truth as 0 and 1, lists and structs as JSON for SQLite's `->>`.

    Raises:
        OSError: The disk is full.
    """
    try:
        with closing(sqlite3.connect(path)) as database:
            _fill(database, batches)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error


def _fill(database: sqlite3.Connection, batches: Callable[[str], Iterator[pa.RecordBatch]]) -> None:
    # The file is thrown away when the process dies, so nothing needs a journal.
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    for name, record in TABLES.items():
        wanted = schema(record)
        database.execute(_definition(name, wanted, key_columns(record)))
        places = ", ".join("?" * len(wanted.names))
        for batch in batches(name):
            columns = [_values(batch[column]) for column in wanted.names]
            database.executemany(f"INSERT INTO {name} VALUES ({places})", zip(*columns, strict=True))
    for table, column in sorted({(table, column) for table, column, *_ in REFERENCES}):
        database.execute(f"CREATE INDEX {table}_{column} ON {table} ({column})")
    _describe(database)
    database.commit()


def _definition(name: str, wanted: pa.Schema, key: tuple[str, ...]) -> str:
    columns = [f'"{f.name}" {_sqlite_type(f.type)}{"" if f.nullable else " NOT NULL"}' for f in wanted]
    return f"CREATE TABLE {name} ({', '.join(columns)}, PRIMARY KEY ({', '.join(key)}))"


def _sqlite_type(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return "INTEGER"
    return "REAL" if pa.types.is_floating(kind) else "TEXT"


def _values(column: pa.Array) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if pa.types.is_timestamp(column.type):
        return [None if value is None else value.isoformat() for value in values]
    if pa.types.is_nested(column.type):
        return [None if value is None else json_value(value) for value in values]
    return values


def _describe(database: sqlite3.Connection) -> None:
    database.execute(f"CREATE TABLE {DICTIONARY} (table_name TEXT, column_name TEXT, type TEXT, description TEXT)")
    rows = [
        (name, f.name, type_name(f.type), f.metadata[b"description"].decode()) for name, record in TABLES.items() for f in schema(record)
    ]
    database.executemany(f"INSERT INTO {DICTIONARY} VALUES (?, ?, ?, ?)", rows)
