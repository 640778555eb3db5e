"""Arrow schemas of records, conversion between the two, and the data dictionary, all read off the record's fields."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, Literal, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from healthnews.records import TABLES, Moment, WallTime

_READ_ROWS = 10_000
"""Rows that are dicts at one time while a table is read: a dict is twice the size of its record."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SCALARS: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    Moment: pa.timestamp("us", tz="UTC"),
    WallTime: pa.timestamp("us"),
}


def _arrow_type(hint: Any) -> tuple[pa.DataType, bool]:
    """Arrow type of a Python annotation, and whether it may be null."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        inner = [a for a in typing.get_args(hint) if a is not type(None)]
        return _arrow_type(inner[0])[0], True
    if origin is Literal:
        return pa.string(), False
    if origin is tuple:
        element, nullable = _arrow_type(typing.get_args(hint)[0])
        return pa.list_(pa.field("element", element, nullable)), False
    if dataclasses.is_dataclass(hint):
        return pa.struct(list(_arrow_fields(hint))), False
    return _SCALARS[hint], False


def _ordered_fields(record: Any) -> list[dataclasses.Field[Any]]:
    """Fields of a record, its key columns first."""
    return sorted(fields(record), key=lambda f: not f.metadata["key"])


def _arrow_fields(record: Any) -> Iterable[pa.Field]:
    hints = typing.get_type_hints(record, include_extras=True)
    for f in _ordered_fields(record):
        arrow_type, nullable = _arrow_type(hints[f.name])
        yield pa.field(f.name, arrow_type, nullable, metadata={"description": f.metadata["description"]})


def schema(record: type[Any]) -> pa.Schema:
    """Arrow schema of a record: key columns first, each column with its `description` in the field metadata."""
    return _schema(typing.cast(Any, record))


@cache
def _schema(record: Any) -> pa.Schema:
    described = {"description": " ".join((record.__doc__ or "").split())}
    return pa.schema(list(_arrow_fields(record)), metadata=described)


def key_columns(record: type[Any]) -> tuple[str, ...]:
    """Names of the columns that together identify a row."""
    return tuple(f.name for f in fields(record) if f.metadata["key"])


def to_plain(value: Any) -> Any:
    """A record, or a nest of them, as dicts and lists of plain values."""
    if isinstance(value, tuple | list):
        return [to_plain(v) for v in value]
    names = _field_names(typing.cast(Any, type(value)))
    return value if names is None else {name: to_plain(getattr(value, name)) for name in names}


@cache
def _field_names(kind: Any) -> tuple[str, ...] | None:
    """Names of the fields of a record; None for what is none."""
    return tuple(f.name for f in fields(kind)) if dataclasses.is_dataclass(kind) else None


Record = TypeVar("Record")


def to_table(record: type[Record], rows: Sequence[Record]) -> pa.Table:
    """Rows as an Arrow table with the record's explicit schema, whatever the rows hold."""
    arrow_schema = schema(record)
    columns = [_to_array(_column(rows, f), f.type) for f in arrow_schema]
    return pa.Table.from_arrays(columns, schema=arrow_schema)


def _column(rows: Sequence[Any], field: pa.Field) -> list[Any]:
    values = [getattr(row, field.name) for row in rows]
    return [to_plain(value) for value in values] if pa.types.is_nested(field.type) else values


def _to_array(values: list[Any], arrow_type: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, type=arrow_type)
    except UnicodeEncodeError:  # rare, so not looked for in every text: JSON may hold half a surrogate pair, Arrow may not
        return pa.array([_without_surrogates(value) for value in values], type=arrow_type)


def _without_surrogates(value: Any) -> Any:
    """A plain value with every lone surrogate replaced by U+FFFD, one for one, so that offsets stay."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(v) for v in value]
    if isinstance(value, dict):
        return {name: _without_surrogates(v) for name, v in value.items()}
    return value


@cache
def _readers(record: Any) -> dict[str, Any]:
    """For each column that is not a plain value, a function that builds its record value."""
    readers: dict[str, Any] = {}
    for name, hint in typing.get_type_hints(record, include_extras=True).items():
        readers[name] = _reader(hint)
    return readers


def _reader(hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        inner = _reader(next(a for a in typing.get_args(hint) if a is not type(None)))
        return None if inner is None else (lambda v: None if v is None else inner(v))
    if origin is tuple:
        element = _reader(typing.get_args(hint)[0])
        return tuple if element is None else (lambda v: tuple(element(x) for x in v))
    if dataclasses.is_dataclass(hint):
        return lambda v: from_plain(typing.cast(Any, hint), v)
    return None


def from_plain(record: type[Record], values: Mapping[str, Any]) -> Record:
    """The record of a dict as `to_plain` or Arrow gives it; unknown keys are an error."""
    readers = _readers(typing.cast(Any, record))
    return record(**{name: value if readers[name] is None else readers[name](value) for name, value in values.items()})


def from_table(record: type[Record], table: pa.Table) -> list[Record]:
    """Rows of an Arrow table as records, in order; a text that recurs in a column is one object in memory."""
    return list(iterate_table(record, table))


def iterate_table(record: type[Record], table: pa.Table) -> Iterator[Record]:
    """As `from_table`, one record after the other."""
    shared: dict[str, str] = {}
    recurring = [f.name for f in table.schema if _recurs(table[f.name])]
    nested = [
        (f.name, [child.name for child in f.type if _recurs(pc.struct_field(table[f.name], child.name))])
        for f in table.schema
        if pa.types.is_struct(f.type)
    ]
    for batch in table.to_batches(max_chunksize=_READ_ROWS):
        for row in batch.to_pylist():
            _share(row, recurring, shared)
            for name, children in nested:
                if row[name] is not None:
                    _share(row[name], children, shared)
            yield from_plain(record, row)


def _recurs(column: pa.ChunkedArray) -> bool:
    """Whether most values of a column of text stand in it more than once."""
    return bool(pa.types.is_string(column.type) and 2 * pc.count_distinct(column).as_py() < len(column))


def _share(row: dict[str, Any], names: Iterable[str], shared: dict[str, str]) -> None:
    for name in names:
        value = row[name]
        if value is not None:
            row[name] = shared.setdefault(value, value)


def data_dictionary() -> str:
    """The data dictionary as Markdown: every table, column, type and description."""
    lines = [
        "# Data dictionary",
        "",
        "Made from `healthnews/records.py` by `healthnews config --data-dictionary`; do not edit.",
        "Offsets count Unicode code points and are half-open. Dates without a zone are wall-clock time in China.",
    ]
    for name, record in TABLES.items():
        lines += ["", f"## {name}", "", " ".join((record.__doc__ or "").split()), ""]
        lines += ["| column | type | null | description |", "|---|---|---|---|"]
        keys = key_columns(record)
        for f in schema(record):
            described = f.metadata[b"description"].decode().replace("|", "\\|")
            marked = f"**{f.name}**" if f.name in keys else f.name
            lines.append(f"| {marked} | `{type_name(f.type)}` | {'yes' if f.nullable else 'no'} | {described} |")
    return "\n".join(lines) + "\n"


def type_name(arrow_type: pa.DataType) -> str:
    """An Arrow type as the data dictionary prints it."""
    if pa.types.is_struct(arrow_type):
        return "struct(" + ", ".join(f"{f.name} {type_name(f.type)}" for f in arrow_type) + ")"
    if pa.types.is_list(arrow_type):
        return f"list({type_name(arrow_type.value_type)})"
    return str(arrow_type)
