"""Pages of releases: everything is there, nothing is loaded, and no text of a stranger can do harm."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from healthnews.dataset.release import Options
from healthnews.errors import GateError
from healthnews.explorer.bars import MAX_COLUMNS, WIDTH, month_columns, name_bars, spark_line
from healthnews.pipeline.describing import describe_release, write_index
from tests.release_tables import NOW, edit, make_tables, publish, replaced

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
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
    assert texts(html, "h2") == ["各月文章", "矛盾最多的主题", "重复组", "下载", "打开", "字段说明"]
    assert "a.example" in texts(html, "figcaption")[0]
    titles = texts(html, "svg title")
    assert {"2026-01\uff1aa.example 30\uff0cb.example 15", "年底清零\uff1a45", "完全相同\uff1a1"} <= set(titles)
    assert "article_id string\uff0c键" in texts(html, ".columns dt")[0]
    assert "pd.read_parquet" in texts(html, ".lines dd")[0]
    assert "b.example closed" in html.html  # type: ignore[operator]


def test_every_link_of_every_page_leads_to_a_file(clean: Path) -> None:
    assert len(pages(clean)) == 6
    for path in pages(clean):
        for node in page(path).css("a[href]"):
            assert (path.parent / str(node.attributes["href"])).exists(), (path, node.attributes["href"])


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


def test_charts_stay_inside_their_frame_whatever_the_figures() -> None:
    months = [(f"{1900 + number // 12}-{number % 12 + 1:02}", [number, 10**9]) for number in range(100)]
    chart = LexborHTMLParser(month_columns(months, ["a", "b"], "x"))
    assert len(chart.css("g")) == MAX_COLUMNS
    bars = LexborHTMLParser(name_bars([("长" * 300, 10**12), ("b", 0)], "x"))
    for rect in (*chart.css("rect"), *bars.css("rect")):
        assert 0 <= float(str(rect.attributes["x"])) <= float(str(rect.attributes["x"])) + float(str(rect.attributes["width"])) <= WIDTH
        assert float(str(rect.attributes["y"])) >= 0
    assert month_columns([], [], "x") == name_bars([], "x") == spark_line([1], "x") == ""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_page_fits_a_phone(clean: Path, tmp_path: Path) -> None:
    """Drawn 360 pixels wide, no part of a page is wider: a page that measures itself says so in its title."""
    assert CHROMIUM is not None
    for name in ("latest/index.html", "latest/quality.html", "index.html"):
        html = (clean / name).read_text(encoding="utf-8")
        html = re.sub(r"<meta http-equiv[^>]*>", "", html).replace("<details>", "<details open>")
        frame = tmp_path / "frame.html"
        (tmp_path / "page.html").write_text(html, encoding="utf-8")
        measure = "const page = this.contentDocument.documentElement; document.title = page.scrollWidth - page.clientWidth"
        frame.write_text(f'<iframe src="page.html" width="360" height="900" onload="{measure}"></iframe>')
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom", frame.as_uri()],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert "<title>0</title>" in done.stdout, (name, done.stdout[:300])
