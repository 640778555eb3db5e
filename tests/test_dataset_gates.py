"""Gates: a release that is wrong, or made of something else than the last, is refused with a report, and nothing of it is published."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from healthnews.dataset import batches
from healthnews.dataset.examination import ReleaseTables, examine_tables
from healthnews.dataset.gates import compare_profiles, mix_change
from healthnews.dataset.issues import issue_objects
from healthnews.dataset.profile import HOSTS
from healthnews.dataset.release import Options
from healthnews.dataset.versions import listed_versions, read_manifest
from healthnews.errors import GateError
from healthnews.records import TABLES, QualityFlag, RelatedLinkRow
from healthnews.schema import schema, to_table
from tests.release_tables import NOW, article, claim, edit, make_tables, publish, replaced

LATER = NOW + timedelta(days=1)
MANY = 120


def refused(clean: Path, tables: Any, **more: Any) -> list[dict[str, Any]]:
    """What a refused release was refused for."""
    with pytest.raises(GateError) as caught:
        publish(clean, tables, **more)
    return [issue for issue in caught.value.issues if issue["refuses"] and not issue["accepted"]]


def found(clean: Path, tables: Any, **more: Any) -> list[tuple[str, str, str | None, int | None]]:
    return [(issue["check"], issue["table"], issue["column"], issue["rows"]) for issue in refused(clean, tables, **more)]


def test_tables_that_fit_together_pass(tmp_path: Path) -> None:
    published = publish(tmp_path, make_tables())
    assert json.loads((published.path / "issues.json").read_text())["issues"] == []


# --- what is wrong in itself


def test_another_schema_is_refused(tmp_path: Path) -> None:
    tables = make_tables()
    topics = tables["topics"]
    assert found(tmp_path, tables | {"topics": topics.drop_columns(["sources"])}) == [("schema", "topics", None, None)]
    renamed = topics.rename_columns([{"sources": "hosts"}.get(name, name) for name in topics.column_names])
    (issue,) = refused(tmp_path, tables | {"topics": renamed})
    assert issue["found"] == "other columns: sources, hosts"


def test_a_missing_value_is_refused_where_each_row_must_have_one(tmp_path: Path) -> None:
    tables = make_tables()
    wanted = schema(RelatedLinkRow)
    nulled = tables["related_links"].set_column(3, wanted.field(3), pa.array(["t"] * 5 + [None], pa.string()))
    assert found(tmp_path, tables | {"related_links": nulled}) == [("schema", "related_links", "title", 1)]


def test_a_key_that_stands_twice_is_refused_and_named(tmp_path: Path) -> None:
    tables = make_tables()
    links = pa.concat_tables([tables["related_links"].slice(0, 1), tables["related_links"]])
    (issue,) = refused(tmp_path, tables | {"related_links": links})
    assert (issue["check"], issue["column"], issue["examples"]) == ("unique_key", "article_id, position", ("a_00000 | 1",))


def test_rows_out_of_order_are_refused(tmp_path: Path) -> None:
    tables = make_tables()
    assert found(tmp_path, tables | {"captures": tables["captures"].take([1, 0, 2, 3, 4, 5])}) == [("order", "captures", "capture_id", 1)]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("claims", "article_id", "a_gone"), ("related_links", "target_id", "a_gone"), ("articles", "capture_id", "c_gone"),
        ("duplicates", "cluster_id", "d_gone"), ("contradictions", "a_claim_id", "m_gone"), ("clusters", "representative_id", "a_gone"),
    ],
)  # fmt: skip
def test_a_reference_into_nothing_is_refused(tmp_path: Path, table: str, column: str, value: str) -> None:
    tables = make_tables()
    first = tables[table][tables[table].column_names[0]][0].as_py()
    changed = edit(
        tables, table, lambda row: replaced(**{column: value})(row) if getattr(row, tables[table].column_names[0]) == first else row
    )
    issues = refused(tmp_path, changed)
    assert [(issue["check"], issue["table"], issue["column"], issue["examples"]) for issue in issues] == [
        ("foreign_key", table, column, (value,))
    ]


def test_a_judged_contradiction_may_outlive_its_claims(tmp_path: Path) -> None:
    assert publish(tmp_path, edit(make_tables(), "contradictions", replaced(a_claim_id="m_gone", status="accepted"))).created


def test_a_claim_that_is_not_what_stands_at_its_place_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SCANNED_ROWS", 7)
    tables = make_tables(40)
    shifted = edit(tables, "claims", lambda row: replaced(start=row.start + 1)(row) if row.claim_id in ("m_00003", "m_00021") else row)
    (issue,) = refused(tmp_path, shifted)
    assert (issue["check"], issue["table"], issue["rows"], issue["examples"]) == ("span", "claims", 2, ("m_00003", "m_00021"))
    assert found(tmp_path, edit(tables, "claims", replaced(origin="snippet"))) == [("span", "claims", "sentence", 40)]


def test_a_sentence_that_stands_twice_is_looked_for_at_its_own_place(tmp_path: Path) -> None:
    row = article(1)
    twice = replaced(body=f"{row.body}\n{claim(row, 1).sentence}")(row)
    tables = edit(make_tables(2), "articles", lambda other: twice if other.article_id == row.article_id else other)
    length = len(claim(row, 1).sentence)
    for start, is_there in ((len(twice.body) - length, True), (len(twice.body) - length - 1, False)):
        moved = edit(tables, "claims", lambda one, at=start: replaced(start=at, end=at + length)(one) if one.claim_id == "m_00001" else one)
        if is_there:
            assert publish(tmp_path, moved).created
        else:
            assert found(tmp_path, moved, now=LATER) == [("span", "claims", "sentence", 1)]


def test_characters_beyond_the_basic_plane_count_as_one(tmp_path: Path) -> None:
    row = article(1)
    moved = replaced(body="\U00020000" + (row.body or ""))(row)
    tables = edit(make_tables(2), "articles", lambda other: moved if other.article_id == row.article_id else other)
    own = claim(moved, 1)
    assert publish(tmp_path, edit(tables, "claims", lambda other: own if other.claim_id == own.claim_id else other)).created


def test_a_sentence_that_is_not_its_claims_is_refused(tmp_path: Path) -> None:
    assert found(tmp_path, edit(make_tables(), "contradictions", replaced(b_sentence="别的话。"))) == [
        ("span", "contradictions", "b_sentence", 3)
    ]


def test_a_flag_outside_its_text_is_refused_and_one_of_an_excerpt_is_not(tmp_path: Path) -> None:
    inside = (QualityFlag(flag="truncated", origin="body", start=0, end=4),)
    assert publish(tmp_path, edit(make_tables(), "articles", replaced(quality=inside)), options=Options(text="excerpt")).created
    outside = (*inside, QualityFlag(flag="truncated", origin="title", start=0, end=400))
    assert found(tmp_path, edit(make_tables(), "articles", replaced(quality=outside))) == [("span", "articles", "quality", 6)]


def test_dates_of_the_future_are_refused_and_a_single_one_among_many_is_told(tmp_path: Path) -> None:
    future = replaced(published_at=datetime(2099, 1, 1))
    assert found(tmp_path, edit(make_tables(), "articles", future)) == [("date_range", "articles", "published_at", 6)]
    many = make_tables(MANY)
    published = publish(tmp_path, edit(many, "articles", lambda row: future(row) if row.article_id == "a_00007" else row))
    (issue,) = json.loads((published.path / "issues.json").read_text())["issues"]
    assert (issue["check"], issue["refuses"], issue["examples"]) == ("date_range", False, ["2099-01-01"])


@pytest.mark.parametrize(("bad", "is_refused"), [(1, False), (2, True)])
def test_a_single_date_of_few_is_no_reason_to_publish_nothing(tmp_path: Path, bad: int, is_refused: bool) -> None:
    tables = edit(
        make_tables(50), "articles", lambda row: replaced(published_at=datetime(2099, 1, 1))(row) if row.article_id < f"a_{bad:05}" else row
    )
    if is_refused:
        assert found(tmp_path, tables) == [("date_range", "articles", "published_at", bad)]
    else:
        assert publish(tmp_path, tables).created


# --- against the last release


def test_a_table_that_lost_its_rows_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, make_tables(MANY))
    assert ("row_count", "claims", None, 60) in found(tmp_path, make_tables(60), now=LATER)
    assert publish(tmp_path, make_tables(MANY - 19), now=LATER).created, "fewer lost rows are no loss"


@pytest.mark.parametrize(("before", "now", "is_refused"), [(15, 0, True), (9, 0, True), (6, 0, False), (15, 5, False), (15, 3, True)])
def test_of_a_small_table_more_is_lost_than_chance_takes(tmp_path: Path, before: int, now: int, is_refused: bool) -> None:
    tables = make_tables(20)
    publish(tmp_path, tables | {"related_links": tables["related_links"].slice(0, before)})
    fewer = tables | {"related_links": tables["related_links"].slice(0, now)}
    if is_refused:
        assert found(tmp_path, fewer, now=LATER) == [("row_count", "related_links", None, before - now)]
    else:
        assert publish(tmp_path, fewer, now=LATER).created


def test_what_only_ever_gathers_is_never_empty_again(tmp_path: Path) -> None:
    publish(tmp_path, make_tables(2))
    emptied = {name: schema(TABLES[name]).empty_table() for name in TABLES}
    assert [place for _, place, *_ in found(tmp_path, emptied, now=LATER)] == ["articles", "captures"]


def test_a_column_of_few_pages_that_was_emptied_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, make_tables(15))
    emptied = edit(make_tables(15), "articles", replaced(published_at=None))
    assert found(tmp_path, emptied, now=LATER) == [("fill_rate", "articles", "published_at", None)]


def test_fewer_flags_are_good_news(tmp_path: Path) -> None:
    flags = (QualityFlag(flag="truncated", origin="body", start=0, end=4),)
    publish(tmp_path, edit(make_tables(30), "articles", replaced(quality=flags)))
    assert publish(tmp_path, make_tables(30), now=LATER).created


def test_a_host_that_is_gone_is_refused_and_one_that_grew_is_told(tmp_path: Path) -> None:
    tables = make_tables(MANY)
    publish(tmp_path, tables)
    moved = edit(tables, "articles", lambda row: replaced(host="a.example")(row) if row.article_id > "a_00100" else row)
    assert publish(tmp_path, moved, now=LATER).created, "seven of forty are no loss"
    gone = edit(tables, "articles", replaced(host="a.example"))
    (issue,) = refused(tmp_path, gone, now=LATER + timedelta(days=1))
    assert (issue["column"], issue["rows"], issue["examples"]) == ("host", 34, ("b.example 34 → 0",))


def test_a_site_that_was_crawled_on_is_told(tmp_path: Path) -> None:
    publish(tmp_path, make_tables(MANY))
    more = [article(1000 + n, host="b.example", capture_id="c_00001") for n in range(200)]
    grown = pa.concat_tables([make_tables(MANY)["articles"], to_table(type(more[0]), more)])
    published = publish(tmp_path, make_tables(MANY) | {"articles": grown}, now=LATER)
    issues = json.loads((published.path / "issues.json").read_text())["issues"]
    assert [(issue["check"], issue["column"], issue["refuses"]) for issue in issues] == [("mix", "host", False)]


def test_a_host_that_falls_out_of_those_kept_is_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("profile", "gates"):
        monkeypatch.setattr(f"healthnews.dataset.{module}.MAX_VALUES", 2)
    tables = make_tables(MANY)
    first = edit(tables, "articles", lambda row: replaced(host="c.example")(row) if row.article_id < "a_00030" else row)
    assert publish(tmp_path, first).manifest["profile"]["mix"][HOSTS] == {"a.example": 60, "c.example": 30}
    more = [article(1000 + n, host="d.example", capture_id="c_00001") for n in range(50)]
    grown = pa.concat_tables([first["articles"], to_table(type(more[0]), more)])
    published = publish(tmp_path, first | {"articles": grown}, now=LATER)
    assert len(published.manifest["profile"]["mix"][HOSTS]) == 2
    (told,) = [issue for issue in json.loads((published.path / "issues.json").read_text())["issues"] if issue["column"] == "host"]
    assert (told["refuses"], told["examples"]) == (False, ["d.example"])


def test_a_column_that_was_emptied_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, make_tables(MANY))
    emptied = edit(make_tables(MANY), "articles", lambda row: replaced(published_at=None, tags=())(row) if row.host == "a.example" else row)
    issues = refused(tmp_path, emptied, now=LATER)
    assert [(issue["check"], issue["column"]) for issue in issues] == [("fill_rate", "published_at"), ("fill_rate", "tags")]
    assert issues[0]["found"] == "33% of pages have a value, 100% in 20260301T080000Z"


def test_a_site_that_joins_without_authors_is_told_and_one_that_loses_them_is_refused(tmp_path: Path) -> None:
    before, joined = make_tables(MANY), make_tables(3 * MANY)
    publish(tmp_path, edit(before, "articles", replaced(author="某")))
    known = set(before["articles"]["article_id"].to_pylist())
    without = edit(joined, "articles", lambda row: replaced(author="某")(row) if row.article_id in known else row)
    published = publish(tmp_path, without, now=LATER)
    issues = json.loads((published.path / "issues.json").read_text())["issues"]
    assert [(issue["check"], issue["column"], issue["refuses"]) for issue in issues] == [("fill_rate", "author", False)]
    fewer = edit(joined, "articles", lambda row: replaced(author="某")(row) if row.article_id < "a_00040" else row)
    assert ("fill_rate", "articles", "author", None) in found(tmp_path, fewer, now=LATER + timedelta(days=1))


def test_stale_judgements_and_failures_are_no_emptied_columns() -> None:
    before = {"rows": 50, "fill": {"applies_to": 1.0}}
    now = {"rows": 50, "fill": {"applies_to": 0.2}}
    for table, count in (("judgements", 0), ("failures", 0), ("clusters", 1)):
        previous = {"version": "v", "tables": {table: before}, "profile": {"tables": {table: before}, "mix": {}}}
        current = {"tables": {table: now}, "mix": {HOSTS: {}, "claims.polarity": {}}}
        assert len(list(compare_profiles(current, previous))) == count


def test_a_few_lost_values_are_no_drift(tmp_path: Path) -> None:
    publish(tmp_path, make_tables(22))
    fewer = edit(make_tables(22), "articles", replaced(lead=lambda row: row.lead if row.article_id > "a_00009" else None))
    assert publish(tmp_path, fewer, now=LATER).created


def test_stubs_do_not_thin_the_fill_rates_of_pages(tmp_path: Path) -> None:
    tables = make_tables(MANY)
    publish(tmp_path, tables)
    stubs = [article(1000 + n, record="stub", body=None, lead=None, tags=(), sections=(), capture_id="c_00001") for n in range(100)]
    more = pa.concat_tables([tables["articles"], to_table(type(stubs[0]), stubs)])
    assert publish(tmp_path, tables | {"articles": more}, now=LATER).created


def test_a_mix_that_moved_is_refused_and_a_new_host_is_told(tmp_path: Path) -> None:
    tables = make_tables(MANY)
    publish(tmp_path, tables)
    moved = edit(tables, "claims", replaced(polarity="affirmed"))
    (issue,) = refused(tmp_path, moved, now=LATER)
    assert (issue["check"], issue["column"], issue["found"]) == ("mix", "polarity", "shares moved by 0.50 since 20260301T080000Z")
    assert issue["examples"] == ("affirmed 50% → 100%", "negated 50% → 0%")
    joined = edit(tables, "articles", lambda row: replaced(host="new.example")(row) if row.article_id < "a_00010" else row)
    published = publish(tmp_path, joined, now=LATER)
    (told,) = json.loads((published.path / "issues.json").read_text())["issues"]
    assert (told["column"], told["refuses"], told["examples"]) == ("host", False, ["new.example"])


def test_the_distance_of_two_mixes() -> None:
    assert mix_change({"a": 1, "b": 1}, {"a": 2, "b": 2}) == 0
    assert mix_change({"a": 5}, {"b": 7}) == 1
    assert mix_change({"a": 3, "b": 1}, {"a": 1, "b": 1}) == pytest.approx(0.25)


def test_a_release_of_an_older_version_is_compared_by_its_rows(tmp_path: Path) -> None:
    published = publish(tmp_path, make_tables(MANY))
    old = {name: value for name, value in published.manifest.items() if name not in ("profile", "text", "formats")}
    (published.path / "manifest.json").write_text(json.dumps(old))
    assert {check for check, *_ in found(tmp_path, make_tables(60), now=LATER)} == {"row_count"}


def test_a_release_is_looked_at_again_as_when_it_was_made(tmp_path: Path) -> None:
    first = publish(tmp_path, make_tables(30))
    dropped = edit(make_tables(30), "articles", replaced(published_at=None))
    second = publish(tmp_path, dropped, Options(text="excerpt", accept_drift="no dates any more"), now=LATER)
    told = examine_tables(ReleaseTables(second.path), first.manifest, LATER, "no dates any more")
    assert [(issue.column, issue.accepted) for issue in told] == [("published_at", True)]
    assert json.loads((second.path / "issues.json").read_text())["issues"] == json.loads(json.dumps(issue_objects(told)))


# --- what a refusal leaves behind


def test_drift_that_is_accepted_is_recorded_with_its_reason(tmp_path: Path) -> None:
    publish(tmp_path, make_tables(MANY))
    published = publish(tmp_path, make_tables(60), Options(accept_drift="a.example has closed"), now=LATER)
    accepted = published.manifest["accepted_drift"]
    assert accepted["reason"] == "a.example has closed"
    assert any(text.startswith("row_count claims: 60 rows, 120 in") for text in accepted["issues"])
    assert listed_versions(tmp_path)[0]["accepted_drift"] == accepted
    after = publish(tmp_path, make_tables(61), now=LATER + timedelta(days=1))
    assert after.manifest["accepted_drift"] is None, "the new figures are those to come up to"


def test_what_is_wrong_in_itself_is_accepted_for_no_reason(tmp_path: Path) -> None:
    wrong = edit(make_tables(), "claims", replaced(article_id="a_gone"))
    assert "foreign_key" in {check for check, *_ in found(tmp_path, wrong, options=Options(accept_drift="never mind"))}


def test_a_refused_attempt_is_listed_with_its_issues_and_without_data(tmp_path: Path) -> None:
    before = publish(tmp_path, make_tables(MANY))
    with pytest.raises(GateError) as caught:
        publish(tmp_path, make_tables(60), now=LATER)
    entry = listed_versions(tmp_path)[0]
    assert (entry["status"], entry["rows"]["articles"]) == ("refused", 60)
    assert entry["issues"][0].startswith("row_count articles: 60 rows, 120 in 20260301T080000Z (50% fewer)")
    attempt = tmp_path / entry["version"]
    assert sorted(path.name for path in attempt.iterdir()) == ["index.json", "issues.json"]
    assert (read_manifest(tmp_path), (tmp_path / "latest").readlink().name) == (before.manifest, before.version)
    report = str(caught.value).splitlines()
    assert report[0].startswith("the release is refused by ")
    assert report[0].endswith("; release 20260301T080000Z stays the newest")
    assert '--accept-drift "REASON"' in report[-2]
    assert report[-1].endswith(str(attempt))
    assert publish(tmp_path, make_tables(MANY + 1), now=LATER + timedelta(days=1)).created
    assert attempt.exists(), "attempts are history"
