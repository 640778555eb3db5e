"""The difference of two releases: every row that changed and no other, and what is worth telling of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.dataset import changes
from healthnews.dataset.changes import DELTA_SCHEMA, compare_releases, differing_rows
from healthnews.dataset.release import Options
from healthnews.pipeline.describing import describe_release, tell_difference
from healthnews.records import Quantity, Scope
from healthnews.schema import to_table
from tests.release_tables import NOW, article, edit, make_tables, publish, replaced

LATER = NOW + timedelta(days=1)


def both(where: Path, before: Any, after: Any, **more: Any) -> tuple[Path, Path]:
    """Two releases, one after the other."""
    first = publish(where, before, describe=describe_release)
    second = publish(where, after, now=LATER, describe=describe_release, **more)
    return first.path, second.path


def only(key: str, change: Any) -> Any:
    """A change of the one row whose first column is the key."""
    return lambda row: (
        change(row)
        if key in (getattr(row, "article_id", None), getattr(row, "contradiction_id", None), getattr(row, "claim_id", None))
        else row
    )


def told(delta: pa.Table) -> list[tuple[str, str, str, list[str]]]:
    return [tuple(row.values()) for row in delta.to_pylist()]


def test_rows_that_came_went_and_changed_are_told_with_their_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "SCANNED_ROWS", 4)
    before = make_tables(40)
    after = edit(make_tables(41), "articles", only("a_00017", replaced(title="另一个题目", tags=("医保",))))
    after = edit(after, "claims", only("m_00030", replaced(quantity=Quantity(low=2.5, high=None, unit="年"))))
    after = edit(after, "related_links", lambda row: None if row.article_id == "a_00003" else row)
    old, new = both(tmp_path, before, after)
    delta = compare_releases(old, new)
    assert delta.schema.equals(DELTA_SCHEMA)
    found = [row for row in told(delta) if row[0] in ("articles", "claims", "related_links")]
    assert found == [
        ("articles", "a_00040", "ADD", []),
        ("articles", "a_00017", "MOD", ["title", "tags"]),
        ("related_links", "a_00040 | 1", "ADD", []),
        ("related_links", "a_00003 | 1", "DEL", []),
        ("claims", "m_00040", "ADD", []),
        ("claims", "m_00030", "MOD", ["quantity"]),
    ]
    assert pq.read_table(new / "delta.parquet").equals(delta)


def test_equal_releases_differ_in_nothing(tmp_path: Path) -> None:
    old, new = both(tmp_path, make_tables(), make_tables(), options=Options(formats=("csv",)))
    assert compare_releases(old, new).num_rows == 0
    assert "各表无变化" in (new / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_difference_applied_to_the_old_release_gives_the_new_one(tmp_path: Path) -> None:
    old, new = both(
        tmp_path,
        make_tables(9),
        edit(make_tables(12), "articles", lambda row: replaced(author="甲")(row) if row.article_id > "a_00005" else row),
    )
    delta = compare_releases(old, new)
    for name in ("articles", "claims"):
        before, after = pq.read_table(old / f"{name}.parquet"), pq.read_table(new / f"{name}.parquet")
        key = after.column_names[0]
        touched = delta.filter(pc.equal(delta["table"], name))["key"].combine_chunks()
        kept = before.filter(pc.invert(pc.is_in(before[key], touched)))
        renewed = after.filter(pc.is_in(after[key], touched))
        assert pa.concat_tables([kept, renewed]).sort_by(key).equals(after.combine_chunks().sort_by(key)), name


STRUCTS = st.fixed_dictionaries({"a": st.one_of(st.none(), st.text(max_size=2)), "b": st.lists(st.integers(0, 1), max_size=2)})
NESTED = st.one_of(st.none(), st.lists(STRUCTS, max_size=2))


@given(st.lists(st.tuples(NESTED, NESTED), max_size=6))
def test_nested_values_differ_just_where_python_says_so(rows: list[tuple[Any, Any]]) -> None:
    kind = pa.list_(pa.struct([("a", pa.string()), ("b", pa.list_(pa.int64()))]))
    before, after = (pa.array([row[side] for row in rows], kind) for side in (0, 1))
    assert list(differing_rows(before, after)) == [a != b for a, b in rows]
    assert list(differing_rows(before.slice(1), after.slice(1))) == [a != b for a, b in rows[1:]]


# --- in words


def words(where: Path, before: Any, after: Any) -> str:
    old, new = both(where, before, after)
    return tell_difference(old, new, new.name, old.name)[1]


def gone(text: str) -> str:
    """The section of contradictions that are gone."""
    return text.partition("## 不再列出的矛盾")[2].partition("\n## ")[0]


PAIR = "x_m_00000_m_00001"


def test_a_new_contradiction_is_told_with_both_sentences(tmp_path: Path) -> None:
    before = edit(make_tables(), "contradictions", lambda row: None if row.contradiction_id == PAIR else row)
    text = words(tmp_path, before, make_tables())
    assert "## 新增矛盾 New contradictions (1)" in text
    assert (
        f"- **年底清零** (negation, 0.90) `{PAIR}`\n  - A: “账户余额到年底一律清零。”\n  - B: “账户余额年底不会清零\uff0c可以结转。”"
        in text
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("rejected", "a person rejected it"),
        ("suppressed", "people refuted its rule"),
        ("possible", "below the threshold"),
        ("scope_difference", "told apart"),
    ],
)
def test_a_contradiction_of_another_status_is_gone_and_told_why(tmp_path: Path, status: str, said: str) -> None:
    after = edit(make_tables(), "contradictions", only(PAIR, replaced(status=status)))
    assert said in gone(words(tmp_path, make_tables(), after))


def test_an_accepted_contradiction_is_no_news(tmp_path: Path) -> None:
    text = words(tmp_path, make_tables(), edit(make_tables(), "contradictions", only(PAIR, replaced(status="accepted"))))
    assert "## " not in text


def _without(tables: Any, *, claim: bool, article_body: str | None = None, whole: bool = False) -> Any:
    """Tables without the contradiction, and without the claim or the article that it was about."""
    after = edit(tables, "contradictions", lambda row: None if row.contradiction_id == PAIR else row)
    if claim:
        after = edit(after, "claims", lambda row: None if row.claim_id == "m_00001" else row)
    if article_body is not None:
        after = edit(after, "articles", only("a_00001", replaced(body=article_body, body_sha256="1" * 64)))
    if whole:
        for name in ("articles", "related_links", "duplicates"):
            after = edit(after, name, lambda row: None if row.article_id == "a_00001" else row)
    return after


def test_a_contradiction_that_is_not_there_any_more_is_told_why(tmp_path: Path) -> None:
    tables = make_tables()
    cases = {
        "an article was changed and does not say it any more `a_00001`": _without(tables, claim=True, article_body="别的话。"),
        "an article is gone from the dataset `a_00001`": _without(tables, claim=True, whole=True),
        "a sentence is not read as a claim any more `a_00001`": _without(tables, claim=True),
        "today's rules find no clash": _without(tables, claim=False),
    }
    for number, (said, after) in enumerate(cases.items()):
        text = words(tmp_path / str(number), tables, after)
        assert "不再列出的矛盾 Contradictions gone (1)" in text
        assert said in gone(text)


def test_a_claim_whose_scope_is_read_anew_ends_a_contradiction_or_gives_it_another_id(tmp_path: Path) -> None:
    elsewhere = edit(make_tables(), "claims", lambda row: replaced(scope=Scope(region="山东省"))(row) if row.claim_id == "m_00001" else row)
    without = edit(elsewhere, "contradictions", lambda row: None if row.contradiction_id == PAIR else row)
    assert "the scopes are told apart now `a_00001`" in gone(words(tmp_path / "apart", make_tables(), without))
    renamed = edit(elsewhere, "contradictions", only(PAIR, replaced(contradiction_id="x_other")))
    assert "contradictions (" not in words(tmp_path / "renamed", make_tables(), renamed)


def test_changed_and_removed_articles_are_named_and_a_later_visit_is_no_change(tmp_path: Path) -> None:
    extra = article(99, title="*删掉*的<b>文章</b>", capture_id="c_00000")
    before = make_tables()
    before = before | {"articles": pa.concat_tables([before["articles"], to_table(type(extra), [extra])])}
    after = edit(make_tables(), "articles", replaced(last_seen_at=LATER))
    after = edit(after, "articles", only("a_00002", replaced(body_sha256="2" * 64, title="新题目")))
    text = words(tmp_path, before, after)
    assert "## 内容有变的文章 Changed articles (1)\n\n- 新题目 `a_00002` <https://a.example/2.html>: title, body" in text
    assert "## 已移除的文章 Articles gone (1)\n\n- \\*删掉\\*的\\<b\\>文章\\</b\\> `a_00099`" in text
    assert "| `articles` | 0 | 6 | 1 |" in text


def test_the_first_release_says_so(tmp_path: Path) -> None:
    published = publish(tmp_path, make_tables(), describe=describe_release)
    assert "The first release." in (published.path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert not (published.path / "delta.parquet").exists()


def test_a_judgement_that_is_taken_back_is_told_so(tmp_path: Path) -> None:
    before = edit(make_tables(2), "contradictions", replaced(status="accepted", score=0.45))
    for status, words in (("possible", "who had accepted it took that back"), ("rejected", "a person rejected it")):
        old, new = both(tmp_path / status, before, edit(before, "contradictions", replaced(status=status)))
        assert words in tell_difference(old, new, "b", "a")[1]


def test_a_date_that_changed_is_no_reason_for_a_sentence_that_is_gone(tmp_path: Path) -> None:
    before = make_tables(2)
    without = before | {"contradictions": before["contradictions"].slice(0, 0)}
    without = edit(without, "claims", lambda row: None if row.claim_id == "m_00000" else row)
    for column, value, words in (
        ("published_at", NOW.replace(tzinfo=None), "a sentence is not read as a claim any more"),
        ("body_sha256", "0" * 64, "an article was changed and does not say it any more"),
    ):
        after = edit(without, "articles", only("a_00000", replaced(**{column: value})))
        old, new = both(tmp_path / column, before, after)
        assert words in tell_difference(old, new, "b", "a")[1]
