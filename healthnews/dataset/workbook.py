"""All tables as one Excel workbook, in which every text is a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa

from healthnews.dataset.delimited import fit_cell
from healthnews.dataset.exports import json_value
from healthnews.records import TABLES
from healthnews.schema import schema

MAX_SHEET_ROWS = 1_048_576
"""Rows of a sheet, its header among them; a longer table goes on with the next sheet."""
_ABOUT = "about"
_FIRST_YEAR = 1900
"""Excel has no earlier days."""
_OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd hh:mm",
}  # fmt: skip


class _Sheets:
    """The sheets of one table."""

    def __init__(self, workbook: Any, name: str, header: list[str], max_rows: int) -> None:
        self._workbook, self._name, self._header, self._max_rows = workbook, name, header, max_rows
        self.names: list[str] = []
        self.cut = 0
        self._next()

    def _next(self) -> None:
        number = len(self.names) + 1
        self.names.append(self._name if number == 1 else f"{self._name} ({number})")
        self._sheet = self._workbook.add_worksheet(self.names[-1])
        self._sheet.freeze_panes(1, 0)
        for place, name in enumerate(self._header):
            self._sheet.write_string(0, place, name)
        self._row = 0

    def add(self, row: Iterable[Any]) -> None:
        self._row += 1
        if self._row >= self._max_rows:
            self._next()
            self._row = 1
        for place, value in enumerate(row):
            self._write(place, value)

    def _write(self, place: int, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, place, value)
        elif isinstance(value, int | float) and isfinite(value):
            self._sheet.write_number(self._row, place, value)
        elif isinstance(value, datetime) and value.year >= _FIRST_YEAR:
            self._sheet.write_datetime(self._row, place, value.replace(tzinfo=None))
        else:
            text = json_value(value) if isinstance(value, list | dict) else str(value)
            shown = fit_cell(text)
            self.cut += shown != text
            self._sheet.write_string(self._row, place, shown)


def write_workbook(
    path: Path, batches: Callable[[str], Iterator[pa.RecordBatch]], created: datetime, max_rows: int = MAX_SHEET_ROWS
) -> None:
    """Write a sheet for each table, with one before them that says what is where.

    Nothing in it is a formula or a link, whatever the texts begin with; times are in UTC or as the pages have them.

    Args:
        path: The file.
        batches: Gives the rows of a table.
        created: Moment that the file says it was made.
        max_rows: Rows of a sheet at most, its header among them.

    Raises:
        OSError: It cannot be written.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    try:
        with xlsxwriter.Workbook(path, _OPTIONS) as workbook:
            _fill(workbook, batches, created, max_rows)
    except FileCreateError as error:  # around what it caught
        raise next((cause for cause in error.args if isinstance(cause, OSError)), error) from error


def _fill(workbook: Any, batches: Callable[[str], Iterator[pa.RecordBatch]], created: datetime, max_rows: int) -> None:
    workbook.set_properties({"title": "healthnews", "created": created.replace(tzinfo=None)})
    about = workbook.add_worksheet(_ABOUT)
    rows: list[tuple[Any, ...]] = [("table", "rows", "sheets", "cut cells", "description")]
    for name, record in TABLES.items():
        wanted = schema(record)
        sheets, count = _Sheets(workbook, name, wanted.names, max_rows), 0
        for batch in batches(name):
            count += batch.num_rows
            for row in zip(*(batch[column].to_pylist() for column in wanted.names), strict=True):
                sheets.add(row)
        rows.append((name, count, ", ".join(sheets.names), sheets.cut, wanted.metadata[b"description"].decode()))
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            about.write(number, place, value)
