"""Every form of a release read back by the tools that analysts use, and equal to what was published."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from healthnews.dataset.checks import parquet_path
from healthnews.dataset.delimited import MAX_CELL_CHARS, fit_cell
from healthnews.dataset.exports import json_value
from healthnews.dataset.formats import FORMATS, SAMPLE_ROWS, export_release, parse_formats
from healthnews.dataset.release import Options
from healthnews.dataset.sqlite_file import write_sqlite
from healthnews.dataset.workbook import write_workbook
from healthnews.errors import UsageError
from healthnews.records import TABLES
from tests.release_tables import NOW, edit, make_tables, publish, replaced

NASTY = (
    "", "plain", 'a "quoted", word', "line\nbreak\r\nand one more\r", '=HYPERLINK("http://x")', "+86", "-1", "@SUM(A1)", "\tTab",
    "\uff1d1", "https://a.example/\uff0c", "NULL", "null", "NA", "007", "1e5", "\U00020000\U0001f600", " spaces ", "a,b;c|d", "\\N",
    "_x000A_", "\ufeffmark", "\x01ctl\x1f", "a\x00b", "\ufffe\uffff", "\x85\u2028\x7f", "x" * 200 + "\U0001f600",
)  # fmt: skip
FORMULAS = ("=", "+", "-", "@", "\t", "\uff1d")


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    """Tables with texts that break careless writers, one in each row's title, snippet and tags."""
    made = make_tables(len(NASTY))

    def spoil(row: Any) -> Any:
        text = NASTY[int(row.article_id[2:])]
        return replaced(title=text, snippet=text or None, tags=(text, "医保"), published_at_confidence=0.1 + len(text) / 3)(row)

    return edit(made, "articles", spoil)


@pytest.fixture(scope="module")
def release(tables: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory) -> Path:
    formats = FORMATS if _has("xlsxwriter") else tuple(name for name in FORMATS if name != "xlsx")
    return publish(tmp_path_factory.mktemp("clean"), tables, Options(formats=formats)).path


def _has(module: str) -> bool:
    try:
        __import__(module)
    except ImportError:
        return False
    return True


def plain(value: Any) -> Any:
    """A value as a flat form holds it: lists and structs as JSON."""
    return json_value(value) if isinstance(value, list | dict) else value


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    return [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()]


def time_of(text: Any) -> Any:
    """A time as ISO text, read."""
    return text and datetime.fromisoformat(str(text).replace("Z", "+00:00"))


@pytest.mark.parametrize("name", TABLES)
def test_a_csv_file_holds_every_value_and_tells_an_empty_text_from_none(name: str, release: Path, tables: dict[str, pa.Table]) -> None:
    """Read by the rules of RFC 4180 alone: quotes doubled, line ends CRLF, no quotes for what is not there."""
    text = (release / "csv" / f"{name}.csv").read_bytes().decode("utf-8")
    header, *rows = _rfc4180(text)
    assert header == tables[name].column_names
    wanted = rows_of(tables[name])
    assert len(rows) == len(wanted)
    for row, expected in zip(rows, wanted, strict=True):
        for cell, (column, value) in zip(row, expected.items(), strict=True):
            kind = tables[name].schema.field(column).type
            assert _parse(cell, kind) == value, (column, cell)


def _rfc4180(text: str) -> list[list[str | None]]:
    """Cells of a file; None for one with nothing in it, not even quotes."""
    rows: list[list[str | None]] = []
    row: list[str | None] = []
    place = 0
    while place < len(text):
        if text[place] == '"':
            end = place + 1
            while text[end] != '"' or text[end : end + 2] == '""':
                end += 2 if text[end] == '"' else 1
            row.append(text[place + 1 : end].replace('""', '"'))
            place = end + 1
        else:
            end = min(found for mark in (",", "\r\n") if (found := text.find(mark, place)) >= 0)
            row.append(text[place:end] or None)
            place = end
        if text[place] == ",":
            place += 1
        else:
            assert text[place : place + 2] == "\r\n"
            rows.append(row)
            row, place = [], place + 2
    return rows


def _parse(cell: str | None, kind: pa.DataType) -> Any:
    if cell is None or pa.types.is_string(kind) or pa.types.is_nested(kind):
        return cell
    if pa.types.is_boolean(kind):
        return {"true": True, "false": False}[cell]
    if pa.types.is_timestamp(kind):
        return time_of(cell)
    return int(cell) if pa.types.is_integer(kind) else float(cell)


def test_pandas_reads_the_csv(release: Path, tables: dict[str, pa.Table]) -> None:
    articles = tables["articles"].to_pandas()
    read = pd.read_csv(
        release / "csv" / "articles.csv", keep_default_na=False, na_values={"snippet": [""]}, dtype={"title": str, "snippet": str}
    )
    assert list(read["title"]) == list(articles["title"])
    assert list(read["snippet"].dropna()) == list(articles["snippet"].dropna())
    assert list(pd.to_datetime(read["published_at"])) == list(articles["published_at"])
    assert [json.loads(tags) for tags in read["tags"]] == [list(tags) for tags in articles["tags"]]


def test_polars_reads_the_csv(release: Path, tables: dict[str, pa.Table]) -> None:
    polars = pytest.importorskip("polars", reason="polars is a development dependency")
    read = polars.read_csv(release / "csv" / "articles.csv", infer_schema=False)
    for column in ("title", "body", "snippet", "url", "author"):
        assert read[column].to_list() == tables["articles"][column].to_pylist(), column


def test_duckdb_reads_the_csv_and_the_parquet_as_one(release: Path, tables: dict[str, pa.Table]) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is a development dependency")
    for name in TABLES:
        columns = [f.name for f in tables[name].schema if pa.types.is_string(f.type)]
        listed = ", ".join(f'"{column}"' for column in columns)
        csv = f"read_csv('{release}/csv/{name}.csv', header=true, all_varchar=true, allow_quoted_nulls=false)"
        wanted = [tuple(row.values()) for row in tables[name].select(columns).to_pylist()]
        assert duckdb.sql(f"SELECT {listed} FROM {csv}").fetchall() == wanted, name
        assert duckdb.sql(f"SELECT {listed} FROM '{release}/{name}.parquet'").fetchall() == wanted, name


def test_the_csv_for_excel_has_a_mark_and_no_formula(release: Path, tables: dict[str, pa.Table]) -> None:
    content = (release / "excel" / "articles.excel.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = _rfc4180(content.decode("utf-8-sig"))
    read = [dict(zip(map(str, header), row, strict=True)) for row in rows]
    for row, title in zip(read, tables["articles"]["title"].to_pylist(), strict=True):
        assert row["title"] == (f"'{title}" if title.startswith(FORMULAS) else title)
    cells = [cell for row in rows for cell in row if cell is not None]
    assert not [cell for cell in cells if cell.startswith(FORMULAS)]
    assert read[1]["published_at"] == "2026-02-02 09:30:00"
    assert list(pd.read_csv(io.BytesIO(content), encoding="utf-8-sig")["article_id"]) == tables["articles"]["article_id"].to_pylist()


def test_json_lines_hold_the_rows_as_they_are(release: Path, tables: dict[str, pa.Table]) -> None:
    for name, table in tables.items():
        with gzip.open(release / "jsonl" / f"{name}.jsonl.gz", "rt", encoding="utf-8", newline="\n") as file:
            read = [json.loads(line) for line in file]
        times = [f.name for f in table.schema if pa.types.is_timestamp(f.type)]
        assert [row | {column: time_of(row[column]) for column in times} for row in read] == table.to_pylist(), name


def test_pandas_and_duckdb_read_json_lines(release: Path, tables: dict[str, pa.Table]) -> None:
    path = release / "jsonl" / "claims.jsonl.gz"
    assert list(pd.read_json(path, lines=True)["sentence"]) == tables["claims"]["sentence"].to_pylist()
    duckdb = pytest.importorskip("duckdb", reason="duckdb is a development dependency")
    read = duckdb.sql(f"SELECT scope.region AS region FROM read_json('{path}') ORDER BY claim_id").fetchall()
    assert [region for (region,) in read] == [scope["region"] for scope in tables["claims"]["scope"].to_pylist()]


def test_sqlite_holds_every_table_with_keys_and_descriptions(release: Path, tables: dict[str, pa.Table]) -> None:
    with closing(sqlite3.connect(release / "healthnews.sqlite")) as database:
        database.row_factory = sqlite3.Row
        for name, table in tables.items():
            read = [dict(row) for row in database.execute(f"SELECT * FROM {name} ORDER BY rowid")]
            for row in read:
                for f in table.schema:
                    if pa.types.is_timestamp(f.type):
                        row[f.name] = time_of(row[f.name])
            assert read == rows_of(table), name
        (described,) = database.execute(
            "SELECT description FROM data_dictionary WHERE table_name = 'claims' AND column_name = 'end'"
        ).fetchone()
        assert described == "End of the sentence, exclusive."
        (tag,) = database.execute("SELECT tags ->> '$[1]' FROM articles LIMIT 1").fetchone()
        assert tag == "医保"
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("INSERT INTO article_aliases VALUES ('a_other', 'x')")


def sheets_of(path: Path) -> Any:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is a development dependency")
    return openpyxl.load_workbook(path, read_only=False)


@pytest.mark.skipif(not _has("xlsxwriter"), reason="xlsxwriter is not installed")
def test_a_workbook_holds_texts_as_texts(release: Path, tables: dict[str, pa.Table]) -> None:
    workbook = sheets_of(release / "healthnews.xlsx")
    assert workbook.sheetnames == ["about", *TABLES]
    for name, table in tables.items():
        sheet = workbook[name]
        assert [cell.value for cell in sheet[1]] == table.column_names
        cells = list(sheet.iter_rows(min_row=2, max_col=table.num_columns)) if table.num_rows else []
        assert len(cells) == table.num_rows
        for row, expected in zip(cells, rows_of(table), strict=True):
            for cell, (column, value) in zip(row, expected.items(), strict=True):
                assert cell.data_type not in ("f", "e"), (column, cell.value)
                assert cell.hyperlink is None
                assert _same_cell(cell.value, value), (column, cell.value, value)


def _same_cell(read: Any, value: Any) -> bool:
    from openpyxl.utils.escape import unescape

    if isinstance(value, str):  # XML knows one kind of line end, Excel no empty text
        return bool(unescape(str(read or "")).replace("\r", "") == value.replace("\r", ""))
    if isinstance(value, datetime):
        return bool(read == value.replace(tzinfo=None))
    return bool(read == (pytest.approx(value, rel=1e-15) if isinstance(value, float) else value))  # Excel keeps 15 digits


@pytest.mark.skipif(not _has("xlsxwriter"), reason="xlsxwriter is not installed")
def test_a_table_longer_than_a_sheet_goes_on_with_the_next_and_a_long_text_is_cut_and_counted(tmp_path: Path) -> None:
    made = edit(
        make_tables(7), "articles", lambda row: replaced(body="长" * (MAX_CELL_CHARS + 1))(row) if row.article_id == "a_00003" else row
    )
    write_workbook(tmp_path / "x.xlsx", lambda name: iter(made[name].to_batches()), NOW, max_rows=4)
    workbook = sheets_of(tmp_path / "x.xlsx")
    parts = [workbook[name] for name in workbook.sheetnames if name.startswith("articles")]
    assert [part.title for part in parts] == ["articles", "articles (2)", "articles (3)"]
    ids = [row[0].value for part in parts for row in part.iter_rows(min_row=2)]
    assert ids == made["articles"]["article_id"].to_pylist()
    (body,) = [row[made["articles"].column_names.index("body")].value for row in parts[1].iter_rows(min_row=2, max_row=2)]
    assert (len(body), body[-1]) == (MAX_CELL_CHARS, "…")
    about = {row[0].value: [cell.value for cell in row[1:4]] for row in workbook["about"].iter_rows(min_row=2)}
    assert about["articles"] == [7, "articles, articles (2), articles (3)", 1]


@pytest.mark.parametrize(
    ("text", "cut"), [("长" * 32_767, False), ("\U0001f600" * 16_383, False), ("\U0001f600" * 16_384, True), ("长" * 40_000, True)]
)
def test_a_cell_of_excel_holds_so_many_units_of_utf_16(text: str, cut: bool) -> None:
    fitted = fit_cell(text)
    assert (fitted != text) == cut
    assert len(fitted.encode("utf-16-le")) <= 2 * MAX_CELL_CHARS
    assert fitted.rstrip("…") == text[: len(fitted.rstrip("…"))]


def test_a_disk_that_cannot_be_written_to_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(path: Path) -> sqlite3.Connection:
        database = sqlite3.Connection(path)
        database.execute("PRAGMA max_page_count = 4")
        return database

    made = make_tables(2)
    monkeypatch.setattr(sqlite3, "connect", connect)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        write_sqlite(tmp_path / "x.sqlite", lambda name: iter(made[name].to_batches()))
    if _has("xlsxwriter"):
        with pytest.raises(FileNotFoundError):
            write_workbook(tmp_path / "none" / "x.xlsx", lambda name: iter(made[name].to_batches()), NOW)


def test_a_sample_holds_the_first_rows_of_each_table(release: Path, tmp_path: Path) -> None:
    assert len(_rfc4180((release / "sample" / "articles.csv").read_bytes().decode())) == len(NASTY) + 1
    many = make_tables(3)
    for name, table in (many | {"articles": pa.concat_tables([many["articles"]] * 400)}).items():
        pq.write_table(table, parquet_path(tmp_path, name))
    export_release(tmp_path, ("sample",), NOW)
    assert len(_rfc4180((tmp_path / "sample" / "articles.csv").read_bytes().decode())) == SAMPLE_ROWS + 1


def test_equal_tables_make_equal_files(release: Path, tables: dict[str, pa.Table], tmp_path: Path) -> None:
    wanted = tuple(name for name in FORMATS if name != "xlsx" or _has("xlsxwriter"))
    again = publish(tmp_path, tables, Options(formats=wanted))
    assert again.manifest["files"] == json.loads((release / "manifest.json").read_text())["files"]


def test_forms_are_named_by_comma() -> None:
    assert parse_formats("xlsx, csv") == ("csv", "xlsx")
    assert parse_formats("all") == FORMATS
    assert parse_formats("parquet") == ()
    with pytest.raises(UsageError, match="no format pdf; there are csv,"):
        parse_formats("csv,pdf")
