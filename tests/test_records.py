"""Records: one definition from which schema, conversion and dictionary come."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.records import TABLES, ArticleRow, QualityFlag, Scope, Section, column, stable_id
from healthnews.schema import data_dictionary, from_table, key_columns, schema, to_table


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainClaim:
    """A record with a text that recurs, at the top and within."""

    claim_id: str = column("Key.", key=True)
    predicate: str = column("Recurs.")
    scope: Scope = column("A record within.")


ROOT = Path(__file__).parents[1]


def test_the_committed_data_dictionary_is_up_to_date() -> None:
    committed = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert committed == data_dictionary(), "run `make dictionary` and commit the result"


@pytest.mark.parametrize("name", TABLES)
def test_every_table_and_column_is_described_and_has_a_key(name: str) -> None:
    record = TABLES[name]
    assert record.__doc__
    assert key_columns(record)
    assert all(field.metadata[b"description"].strip() for field in schema(record))


texts = st.text(st.characters(codec="utf-8"), max_size=30)


@given(
    title=texts,
    body=st.none() | texts,
    headings=st.lists(st.tuples(st.none() | texts, texts), max_size=3),
    tags=st.lists(texts, max_size=3),
    published=st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),
)
def test_a_row_survives_arrow(
    title: str, body: str | None, headings: list[tuple[str | None, str]], tags: list[str], published: datetime | None
) -> None:
    row = ArticleRow(
        article_id="a",
        record="page",
        title=title,
        body=body,
        sections=tuple(Section(heading=h, level=1, text=t) for h, t in headings),
        quality=(QualityFlag(flag="x", origin="body", start=0, end=1),),
        tags=tuple(tags),
        published_at=published,
        parser="p",
        parser_version="1",
        capture_id="c",
        first_seen_at=datetime(2026, 1, 1, tzinfo=UTC),
        last_seen_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert from_table(ArticleRow, to_table(ArticleRow, [row])) == [row]


def test_texts_that_recur_in_a_column_are_one_object_once_read() -> None:
    rows = [
        PlainClaim(claim_id=f"c{i}", predicate=f"p{i % 2}", scope=Scope(region=f"r{i % 3}" if i % 4 else None, item=f"i{i}"))
        for i in range(60)
    ]
    read = from_table(PlainClaim, to_table(PlainClaim, rows))
    assert read == rows
    assert len({id(row.predicate) for row in read}) == 2
    assert len({id(row.scope.region) for row in read if row.scope.region}) == 3


def test_no_rows_make_an_empty_table_of_the_full_schema() -> None:
    assert to_table(ArticleRow, []).schema.equals(schema(ArticleRow), check_metadata=True)


def test_a_wrong_type_is_refused_rather_than_written() -> None:
    row = ArticleRow(
        article_id="a", record="page", title=7, parser="p", parser_version="1", capture_id="c",  # type: ignore[arg-type]
        first_seen_at=datetime(2026, 1, 1, tzinfo=UTC), last_seen_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        to_table(ArticleRow, [row])


def test_keys_depend_on_their_parts_and_on_where_one_ends() -> None:
    assert stable_id("a", "x", "y") == stable_id("a", "x", "y")
    assert stable_id("a", "xy", "") != stable_id("a", "x", "y")
    assert stable_id("a", None) == stable_id("a", "")
