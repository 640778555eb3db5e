"""Pages in a real browser: none is wider than a screen, and axe finds nothing, whatever the texts are like."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from healthnews.dataset.release import Options
from healthnews.errors import GateError
from healthnews.explorer.pages import IndexEntry, index_page, topic_page
from healthnews.pipeline.describing import describe_release, write_index
from healthnews.records import ArticleRow, ContradictionRow, TopicRow
from tests.browser import DESK, PHONE, axe_findings, chromium, open_page, overflow
from tests.release_tables import NOW, edit, make_tables, publish
from tests.test_explorer_pages import contradiction, self_contradiction, side, statement, view, witness

LONG = "很长的句子" * 60 + "averyverylongwordwithoutanyspaces" * 9
PAGES = ("latest/index.html", "latest/quality.html", "20260302T080000Z/quality.html", "index.html", "topic.html", "topics.html")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Releases, a refused attempt and topics whose texts are as long as they may be."""
    where = tmp_path_factory.mktemp("clean")
    accepted = Options(formats=("csv",), accept_drift=LONG)
    publish(where, awkward(make_tables(120)), describe=describe_release)
    with pytest.raises(GateError):
        publish(where, awkward(make_tables(60)), now=NOW + timedelta(days=1), describe=describe_release)
    publish(where, awkward(make_tables(90)), accepted, now=NOW + timedelta(days=2), describe=describe_release)
    write_index(where)
    (where / "topic.html").write_text(long_topic(), encoding="utf-8")
    (where / "topics.html").write_text(long_index(), encoding="utf-8")
    return where


def awkward(tables: Any) -> Any:
    """Ten years of articles from eight hosts of long names and from none; topics of long names."""

    def change(row: ArticleRow) -> ArticleRow:
        number = int(row.article_id[2:])
        host = f"www.very-long-name-number-{number % 9}.of-health-answers.example" if number % 9 else None
        return dataclasses.replace(row, host=host, published_at=datetime(2016 + number % 10, 1 + number % 12, 3))

    def rename(row: ContradictionRow) -> ContradictionRow:
        return dataclasses.replace(row, topic=f"{LONG[:40]}{int(row.a_claim_id[2:]) % 17}")

    return edit(edit(tables, "articles", change), "contradictions", rename)


def long_topic() -> str:
    one = witness(LONG, title=LONG, regions="湖北省武汉" * 9, scope="x" * 90, url=f"https://a.example/{'x' * 400}")
    sides = [side(label * 9, statement(one, one)) for label in ("是", "否", "单位缴费进入统筹账户", "四", "五", "六")]
    pairs = contradiction(a=one, b=one, a_side="是" * 9, b_side="否" * 9, contradiction_id="x" * 200, reason=LONG)
    selves = self_contradiction(title=LONG)
    return topic_page(view(*sides, title="年底清零" * 12, contradictions=(pairs,), self_contradictions=(selves,)), index="topics.html")


def long_index() -> str:
    entries = []
    for title, is_contested in (("年底清零" * 12, True), ("退休年限", False)):
        rows = [
            TopicRow(topic=title, predicate="p", side=label * 4, statements=2, sources=1, is_contested=is_contested)
            for label in "是否三四五六七八九"
        ]
        entries.append(IndexEntry(title=title, href="topic.html", rows=tuple(rows)))
    return index_page(entries, "20260301T080000Z")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_every_screen_and_axe_finds_nothing(name: str, clean: Path, browser: Any) -> None:
    for width, scheme in ((DESK, "light"), (PHONE, "dark")):
        page = open_page(browser, clean / name, width, scheme)
        assert (overflow(page), axe_findings(page)) == (0, []), f"{width} pixels wide, {scheme}"
        page.close()


def test_axe_finds_what_is_wrong(tmp_path: Path, browser: Any) -> None:
    wrong = '<!doctype html><html><title>x</title><main><h1>x</h1><h3>y</h3><p style="color:#bbb">pale</p><table><th></th></table></main>'
    (tmp_path / "wrong.html").write_text(wrong, encoding="utf-8")
    page = open_page(browser, tmp_path / "wrong.html", PHONE)
    assert {found.partition(":")[0] for found in axe_findings(page)} >= {"html-has-lang", "color-contrast", "heading-order"}
    page.close()
