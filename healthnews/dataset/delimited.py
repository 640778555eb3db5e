"""CSV in two kinds: faithful for programs, and one that Excel opens by a double click without obeying what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from healthnews.dataset.exports import json_value
from healthnews.records import TABLES
from healthnews.schema import schema

MAX_CELL_CHARS = 32_767
"""What a cell of Excel holds (https://support.microsoft.com/office/excel-specifications-and-limits)."""
# What makes a spreadsheet calculate, in both widths (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = "^([=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20])"
_BREAK = "\r\n"


def write_csv(path: Path, batches: Iterator[pa.RecordBatch], table: str) -> None:
    """Rows as RFC 4180 has them, in UTF-8: texts in quotes, so that an empty text is told from none; lists and structs as JSON."""
    _write(path, batches, table, _cells, bom="")


def write_excel_csv(path: Path, batches: Iterator[pa.RecordBatch], table: str) -> None:
    """The same for Excel: with a byte-order mark, formulas disarmed by an apostrophe, long texts cut to what a cell holds."""
    _write(path, batches, table, _excel_cells, bom="\ufeff")


def _write(path: Path, batches: Iterator[pa.RecordBatch], table: str, cells: Callable[[pa.Array], pa.Array], bom: str) -> None:
    names = schema(TABLES[table]).names
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(bom + ",".join(names) + _BREAK)
        for batch in batches:
            lines = pc.binary_join_element_wise(*(cells(batch[name]) for name in names), ",")
            file.writelines(f"{line}{_BREAK}" for line in lines.to_pylist())


def _cells(column: pa.Array) -> pa.Array:
    return _filled(_as_text(column, "%Y-%m-%dT%H:%M:%S", zone="Z"), quoted=_is_text(column.type))


def _excel_cells(column: pa.Array) -> pa.Array:
    text = _as_text(column, "%Y-%m-%d %H:%M:%S", zone="")
    if _is_text(column.type):
        text = pc.replace_substring_regex(text, _FORMULA, "'\\1")
        if (pc.max(pc.utf8_length(text)).as_py() or 0) > MAX_CELL_CHARS // 2:
            text = pa.array([value and fit_cell(value) for value in text.to_pylist()], pa.string())
    return _filled(text, quoted=_is_text(column.type))


def fit_cell(text: str) -> str:
    """A text as a cell of Excel holds it, which counts units of UTF-16: what is too long ends with an ellipsis."""
    units = text.encode("utf-16-le", "surrogatepass") if len(text) > MAX_CELL_CHARS // 2 else b""
    if len(units) <= 2 * MAX_CELL_CHARS:
        return text
    return units[: 2 * (MAX_CELL_CHARS - 1)].decode("utf-16-le", "ignore") + "…"


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_nested(kind))


def _as_text(column: pa.Array, time_format: str, zone: str) -> pa.Array:
    if pa.types.is_nested(column.type):
        return pa.array([None if value is None else json_value(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_timestamp(column.type):
        text = pc.strftime(_to_seconds(column), time_format)
        return pc.binary_join_element_wise(text, zone, "") if column.type.tz else text
    return column if pa.types.is_string(column.type) else pc.cast(column, pa.string())


def _to_seconds(column: pa.Array) -> pa.Array:
    """Times without fractions of a second, unless they have some."""
    try:
        return pc.cast(column, pa.timestamp("s", column.type.tz))
    except pa.ArrowInvalid:
        return column


def _filled(text: pa.Array, *, quoted: bool) -> pa.Array:
    """Cells of text, nothing for null."""
    if quoted:
        text = pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")
    return pc.fill_null(text, "")
