"""Pages of releases: everything is there, nothing is loaded, and no text of a stranger can do harm."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from healthnews.dataset.release import Options
from healthnews.errors import GateError
from healthnews.explorer.bars import WIDTH, month_columns, name_bars, round_ticks, spark_line
from healthnews.explorer.timeline import MAX_COLUMNS, timeline
from healthnews.pipeline.describing import describe_release, write_index
from healthnews.records import ContradictionRow
from tests.release_tables import CLEARS, KEEPS, NOW, edit, make_tables, publish, replaced

HOSTILE = '"><img src=x onerror=alert(2)><script>alert(1)</script></title>\u202e{{ 7*7 }}'


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release, a refused attempt, and a release whose drift was accepted."""
    where = tmp_path_factory.mktemp("clean")
    publish(where, make_tables(120), describe=describe_release)
    with pytest.raises(GateError):
        publish(where, make_tables(60), now=NOW + timedelta(days=1), describe=describe_release)
    accepted = Options(formats=("csv",), accept_drift="b.example closed")
    publish(where, make_tables(90), accepted, now=NOW + timedelta(days=2), describe=describe_release)
    write_index(where)
    return where


def page(path: Path) -> LexborHTMLParser:
    return LexborHTMLParser(path.read_text(encoding="utf-8"))


def texts(html: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in html.css(selector)]


def pages(clean: Path) -> list[Path]:
    return [path for path in sorted(clean.rglob("*.html")) if "latest" not in path.parts]


def test_the_page_of_a_release_shows_figures_charts_downloads_and_the_dictionary(clean: Path) -> None:
    html = page(clean / "latest" / "index.html")
    assert texts(html, ".figures dd") == ["90", "90", "45", "1"]
    assert texts(html, "h2") == ["各月文章", "重复组", "矛盾最多的主题", "最有把握的矛盾", "下载", "打开", "字段说明"]
    assert texts(html, ".numbers tbody tr") == [
        "2026-0145a.example 30b.example 15", "2026-0245a.example 30b.example 15", "完全相同1", "年底清零45",
    ]  # fmt: skip
    assert "a.example" in texts(html, "figcaption")[0]
    titles = texts(html, "svg title")
    assert {"2026-01\uff1aa.example 30\uff0cb.example 15", "年底清零\uff1a45", "完全相同\uff1a1"} <= set(titles)
    assert "article_id string\uff0c键" in texts(html, ".columns dt")[0]
    assert "pd.read_parquet" in texts(html, ".lines dd")[0]
    assert "b.example closed" in html.html  # type: ignore[operator]


def test_every_link_of_every_page_leads_to_a_file(clean: Path) -> None:
    assert len(pages(clean)) == 6
    for path in pages(clean):
        for node in page(path).css("a[href]:not([rel])"):
            assert (path.parent / str(node.attributes["href"])).exists(), (path, node.attributes["href"])


def test_the_surest_contradictions_stand_there_with_both_sentences_and_addresses(tmp_path: Path) -> None:
    def change(row: ContradictionRow) -> ContradictionRow:
        number = int(row.a_claim_id[2:])
        status: Any = "possible" if number == 0 else "accepted" if number == 8 else "flagged"
        urls = {"a_url": f"https://a.example/{number}.html", "b_url": "javascript:alert(1)"}
        return dataclasses.replace(row, topic=f"主题{number % 10}", score=0.5 + number / 100, status=status, **urls)

    release = publish(tmp_path, edit(make_tables(14), "contradictions", change), describe=describe_release)
    html = page(release.path / "index.html")
    assert texts(html, ".pairs .chip") == ["主题8", "主题2", "主题0"]
    assert texts(html, ".pairs > li:first-child blockquote") == [f"A{CLEARS}", f"B{KEEPS}"]
    assert texts(html, ".pairs > li:first-child .meta") == ["https://a.example/8.html", "无网址"]
    assert [node.attributes["href"] for node in html.css(".pairs a")] == [f"https://a.example/{number}.html" for number in (8, 12, 10)]


def test_articles_without_any_date_are_told(tmp_path: Path) -> None:
    undated = edit(make_tables(), "articles", replaced(published_at=None, published_at_source="not_found", host=None))
    release = publish(tmp_path, undated, describe=describe_release)
    assert "没有一篇文章有日期\uff08共 6 篇\uff09。" in texts(page(release.path / "index.html"), ".charts p")


def test_downloads_come_with_size_and_checksum(clean: Path) -> None:
    html, manifest = page(clean / "latest" / "index.html"), json.loads((clean / "latest" / "manifest.json").read_text())
    linked = [node.attributes["href"] for node in html.css(".downloads a[download]")]
    assert linked == [t["file"] for t in manifest["tables"].values()] + [f["path"] for f in manifest["files"]]
    digests = [line.removeprefix("sha256 ") for line in texts(html, ".downloads .id")]
    assert digests == [entry["sha256"] for entry in (*manifest["tables"].values(), *manifest["files"])]


def test_pages_load_nothing_and_run_nothing(clean: Path) -> None:
    for path in pages(clean):
        html = page(path)
        assert "default-src 'none'" in str(html.css_first("meta[http-equiv]").attributes["content"])  # type: ignore[union-attr]
        assert [node.attributes.get("type") for node in html.css("script")] in ([], ["application/ld+json"]), path
        assert not html.css("link, img, iframe, object, form, [style], [onclick]")
        assert not html.css("[src]")


def test_the_page_carries_its_description_for_search_engines(clean: Path) -> None:
    html = page(clean / "latest" / "index.html")
    node = html.css_first("script[type='application/ld+json']")
    assert node is not None
    assert json.loads(node.text()) == json.loads((clean / "latest" / "dataset.jsonld").read_text())


def test_who_listens_or_uses_the_keyboard_finds_everything(clean: Path) -> None:
    """What axe looks for on such pages: language, names of drawings, order of headings, heads of tables."""
    for path in pages(clean):
        html = page(path)
        assert html.css_first("html").attributes["lang"] == "zh-CN"  # type: ignore[union-attr]
        assert all(node.attributes.get("role") == "img" and node.attributes.get("aria-label") for node in html.css("svg"))
        levels = [int(str(node.tag)[1]) for node in html.css("h1, h2, h3")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert all(node.attributes.get("scope") in ("col", "row") for node in html.css("th"))
        assert all(node.text().strip() for node in html.css("a, h2, h3, summary"))
        ids = [node.attributes["id"] for node in html.css("[id]")]
        assert len(ids) == len(set(ids))


def test_the_page_of_the_gates_shows_figures_and_their_history(clean: Path) -> None:
    html = page(clean / "latest" / "quality.html")
    rows = {row[0]: row[1:] for row in ([cell.text().strip() for cell in line.css("th, td")] for line in html.css("tbody tr"))}
    assert rows["articles"][:2] == ["90", "120"]
    assert rows["articles.body"][:2] == ["100.0%", "100.0%"]
    assert rows["a.example"][:2] == ["66.7%", "66.7%"]
    assert len(html.css(".history .spark")) > 20
    assert texts(html, ".issues .chip") == ["已说明"] * 5
    assert "b.example closed" in texts(html, ".lede")[0]


def test_a_refused_attempt_has_a_page_that_says_so(clean: Path) -> None:
    html = page(clean / "20260302T080000Z" / "quality.html")
    assert texts(html, "h1") == ["质量检查 未通过"]
    assert texts(html, ".issues p")[1] == "60 rows, 120 in 20260301T080000Z (50% fewer); expected at most 20% fewer."


def test_the_index_lists_every_attempt(clean: Path) -> None:
    html = page(clean / "index.html")
    shown = texts(html, ".releases > li > p:first-child")
    assert shown == ["20260303T080000Z 最新", "20260302T080000Z 未通过检查 检查结果", "20260301T080000Z"]
    assert any(text.startswith("row_count articles") for text in texts(html, ".releases .meta"))


def test_texts_of_strangers_change_no_page(tmp_path: Path) -> None:
    tables = edit(make_tables(), "articles", replaced(host=HOSTILE, title=HOSTILE))
    tables = edit(tables, "contradictions", replaced(topic=HOSTILE))
    first = publish(tmp_path, tables, describe=describe_release)
    plain = publish(tmp_path / "plain", make_tables(), describe=describe_release)
    for name in ("index.html", "quality.html"):
        tags = [[f"{node.tag} {sorted(node.attributes)}" for node in page(release.path / name).css("*")] for release in (first, plain)]
        assert set(tags[0]) == set(tags[1])
        assert "\u202e" not in re.sub(r"<script.*?</script>", "", (first.path / name).read_text(), flags=re.DOTALL)


def by_month(first: int, count: int, each: int = 100) -> list[tuple[str, list[int]]]:
    return [(f"{number // 12:04}-{number % 12 + 1:02}", [each, 1]) for number in range(first * 12, first * 12 + count)]


@pytest.mark.parametrize("count", [1, 2, 35, 36])
def test_a_time_that_fits_is_shown_by_month(count: int) -> None:
    times = timeline(by_month(2020, count))
    assert (list(times.columns), times.is_yearly, times.outside) == (by_month(2020, count), False, 0)


def test_a_long_time_is_shown_by_year_and_nothing_of_it_is_lost() -> None:
    times = timeline(by_month(2015, 120))
    assert [name for name, _ in times.columns] == [str(year) for year in range(2015, 2025)]
    assert (times.columns[0], times.is_yearly, times.outside) == (("2015", [1200, 12]), True, 0)


def test_a_date_far_from_all_others_does_not_press_them_together() -> None:
    early, late = [("1970-01", [2, 0])], [("2099-12", [1, 0])]
    months = early + by_month(1971, 12 * 49, 0) + by_month(2020, 24) + by_month(2022, 12 * 77, 0) + late
    months = [(name, counts if counts[0] else [0, 0]) for name, counts in months]
    times = timeline(months)
    assert (list(times.columns), times.is_yearly, times.outside) == (by_month(2020, 24), False, 3)


def test_more_years_than_fit_are_the_newest_and_the_rest_is_told() -> None:
    times = timeline(by_month(1950, 12 * 60))
    assert (len(times.columns), times.columns[-1][0], times.outside) == (MAX_COLUMNS, "2009", 24 * 12 * 101)
    assert timeline([]).columns == ()


@pytest.mark.parametrize("peak", [1, 2, 5, 9, 24, 100, 101, 2_000_001])
def test_an_axis_goes_up_in_few_round_steps(peak: int) -> None:
    ticks = round_ticks(peak)
    step = ticks[1]
    assert ticks == list(range(0, ticks[-1] + 1, step))
    assert str(step).strip("0") in ("1", "2", "5")
    assert peak <= ticks[-1] < peak + step
    assert len(ticks) <= 5


def test_charts_stay_inside_their_frame_whatever_the_figures() -> None:
    chart = LexborHTMLParser(month_columns(by_month(1900, MAX_COLUMNS, 10**9), ["a", "b"], "x"))
    assert len(chart.css("g")) == MAX_COLUMNS
    bars = LexborHTMLParser(name_bars([("长" * 300, 10**12), ("b", 0)], "x"))
    for rect in (*chart.css("rect"), *bars.css("rect")):
        assert 0 <= float(str(rect.attributes["x"])) <= float(str(rect.attributes["x"])) + float(str(rect.attributes["width"])) <= WIDTH
        assert float(str(rect.attributes["y"])) >= 0
    for text in (*chart.css("text.tick"), *LexborHTMLParser(month_columns(by_month(2020, 1), ["a", "b"], "x")).css("text.tick")):
        half = {"middle": 0.5, "end": 1.0}[str(text.attributes["text-anchor"])] * len(text.text()) * 6
        assert half <= float(str(text.attributes["x"])) <= WIDTH
    assert month_columns([], [], "x") == name_bars([], "x") == spark_line([1], "x") == ""
