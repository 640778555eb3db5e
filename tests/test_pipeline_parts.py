"""Articles of several pages: fetched whole, one row, in order, whenever and in whatever order their pages come."""

import random
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.dataset.parts import Page, find_chains
from healthnews.extract import pager
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import crawl, ingest
from healthnews.pipeline.queries import Dataset
from healthnews.records import ArticleRow
from tests.answer_site import options, path_of
from tests.test_pipeline_ingest import digests
from tests.web import Reply, Site, redirect

TITLE = "断缴以后待遇怎么恢复"
PARTS = (
    "断缴以后三个月以内可以补缴,补缴以后待遇恢复,不用重新等待。",
    "超过三个月的要重新计算等待期,等待期内不能报销住院费用。",
    "灵活就业人员可以自己到窗口办理,带上身份证和银行卡就能办好。",
)


def part_path(number: int, stem: str = "/news/1234") -> str:
    return f"{stem}.html" if number == 1 else f"{stem}_{number}.html"


def part_page(number: int, of: int = 3, *, text: str | None = None, title: str = TITLE, stem: str = "/news/1234") -> Reply:
    """One page of an article, its pager below the text."""
    links = [f'<a href="{part_path(n, stem)}">{n}</a>' for n in range(1, of + 1) if n != number]
    links += [f'<a href="{part_path(number - 1, stem)}">上一页</a>'] if number > 1 else []
    links += [f'<a href="{part_path(number + 1, stem)}">下一页</a>'] if number < of else []
    sentence = text or PARTS[(number - 1) % 3]
    dated = '<meta property="article:published_time" content="2026-02-01T08:00:00+08:00">' if number == 1 else ""
    body = "".join(f"<p>第{number}页第{line}段。{sentence}</p>" for line in range(3))
    pager = f'<div class="pager">{" ".join(links)}</div>'
    markup = (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>{dated}'
        f'<meta name="keywords" content="医保,{number}号"></head><body><article><h1>{title}</h1>{body}</article>{pager}'
        f'<p><a href="/news/1235.html">下一篇:另一个问题的解答</a></p></body></html>'
    )
    return Reply(markup.encode())


def pages(of: int = 3) -> dict[str, Any]:
    return {part_path(number): part_page(number, of) for number in range(1, of + 1)}


def articles(folder: DataFolder) -> list[ArticleRow]:
    return [row for row in Dataset(folder).rows("articles") if row.record == "page"]


def visit(folder: DataFolder, *urls: str) -> None:
    ingest(folder, list(urls), options=options(), with_analysis=False)


def order_of(row: ArticleRow) -> list[int]:
    """Numbers of the pages that the lines of a body come from."""
    return [int(line[1]) for line in (row.body or "").splitlines() if line.startswith("第")]


WHOLE = [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_an_address_given_to_ingest_is_read_to_its_last_page(folder: DataFolder) -> None:
    with Site(pages()) as site:
        visit(folder, site.url(part_path(1)))
        assert [path for path in site.paths() if path != "/robots.txt"] == [part_path(n) for n in (1, 2, 3)]
    [row] = articles(folder)
    assert order_of(row) == WHOLE
    assert path_of(row.canonical_url) == part_path(1)
    assert row.published_at is not None
    assert {"1号", "2号", "3号"} <= set(row.tags)
    assert not [flag for flag in row.quality if flag.flag == "truncated"]
    assert "\n".join(section.text for section in row.sections).count("第3页") == 3
    dataset = Dataset(folder)
    assert len([c for c in dataset.rows("captures") if c.outcome == "parsed" and "/news/" in c.url]) == 3
    assert {alias.article_id for alias in dataset.rows("article_aliases")} == {row.article_id}
    assert len(dataset.rows("article_aliases")) == 2


def test_a_crawl_reads_it_whole_and_no_further_than_the_article(folder: DataFolder) -> None:
    with Site(pages(4)) as site:
        crawl(folder, options(site.url(part_path(1)), depth=0))
        assert "/news/1235.html" not in site.paths(), "the next article is none of its pages"
    [row] = articles(folder)
    assert order_of(row) == [*WHOLE, 4, 4, 4]
    assert not Dataset(folder).rows("duplicates")


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2)])
def test_the_order_in_which_pages_come_is_of_no_account(folder: DataFolder, tmp_path: Path, order: tuple[int, ...]) -> None:
    for number in order:
        source = tmp_path / f"{number}.html"
        address = f'<link rel="canonical" href="https://a.example{part_path(number)}"></head>'.encode()
        source.write_bytes(part_page(number).body.replace(b"</head>", address))
        ingest(folder, [str(source)], with_analysis=False)
    [row] = articles(folder)
    assert order_of(row) == WHOLE
    assert row.canonical_url == "https://a.example/news/1234.html"


def test_a_page_that_comes_late_or_changes_takes_its_place(folder: DataFolder) -> None:
    routes = pages()
    late = routes.pop(part_path(2))
    with Site(routes) as site:
        visit(folder, site.url(part_path(1)))
        [row] = articles(folder)
        assert order_of(row) == [1, 1, 1]
        body = row.body or ""
        assert [(flag.flag, body[flag.start : flag.end]) for flag in row.quality] == [("truncated", body.splitlines()[-1])]
        failures = {f.reason: f for f in Dataset(folder).rows("failures")}
        assert set(failures) == {"http_404", "missing_part"}
        assert path_of(failures["missing_part"].url) == part_path(2)
        site.routes[part_path(2)] = late
        visit(folder, site.url(part_path(1)))
        [row] = articles(folder)
        assert order_of(row) == WHOLE
        assert row.quality == ()
        assert [f.reason for f in Dataset(folder).rows("failures")] == ["http_404"], "what was met is history"
        site.routes[part_path(2)] = part_page(2, text="第二页换了内容,现在说的是异地就医要先备案,备案以后直接结算。")
        visit(folder, site.url(part_path(1)))
    [row] = articles(folder)
    assert order_of(row) == WHOLE
    assert "先备案" in (row.body or "")
    assert PARTS[1] not in (row.body or "")


def test_a_rebuild_from_the_archive_gives_the_same_bytes(folder: DataFolder) -> None:
    with Site(pages()) as site:
        visit(folder, site.url(part_path(3)))
        visit(folder, site.url(part_path(1)))
    before = digests(folder)
    shutil.rmtree(folder.root / "work")
    ingest(folder, [], with_analysis=False)
    assert digests(folder) == before


def test_another_title_is_another_article(folder: DataFolder) -> None:
    routes: dict[str, Any] = {part_path(1): part_page(1), part_path(2): part_page(2, 2, title="生育津贴怎样申领才对")}
    with Site(routes) as site:
        visit(folder, site.url(part_path(1)))
    assert sorted(row.title for row in articles(folder)) == sorted((TITLE, "生育津贴怎样申领才对"))
    assert all(not row.quality for row in articles(folder))


@pytest.mark.parametrize("mark", ["(2)", "_2", " 第2页", "(2/3)"])
def test_a_page_number_in_the_title_is_no_other_title(folder: DataFolder, mark: str) -> None:
    with Site({part_path(1): part_page(1, 2), part_path(2): part_page(2, 2, title=TITLE + mark)}) as site:
        visit(folder, site.url(part_path(1)))
    [row] = articles(folder)
    assert (row.title, order_of(row)) == (TITLE, [1, 1, 1, 2, 2, 2])


def test_a_server_that_ignores_the_page_number_adds_nothing(folder: DataFolder) -> None:
    same = part_page(1, 2).body.replace(b"1234_2.html", b"1234.html?page=2")
    with Site({"/news/1234.html": Reply(same), "/news/1234.html?page=2": Reply(same)}) as site:
        visit(folder, site.url(part_path(1)))
    [row] = articles(folder)
    assert order_of(row) == [1, 1, 1]


def test_what_every_page_repeats_stands_once(folder: DataFolder) -> None:
    summary = "<p>核心提示:断缴以后先补缴,再恢复待遇,办理时带上身份证。</p>".encode()
    routes: dict[str, Any] = {path: Reply(reply.body.replace(b"</h1>", b"</h1>" + summary)) for path, reply in pages().items()}
    with Site(routes) as site:
        visit(folder, site.url(part_path(1)))
    [row] = articles(folder)
    assert (row.body or "").count("核心提示") == 1
    assert order_of(row) == WHOLE


def test_a_next_page_that_moved_is_still_the_next(folder: DataFolder) -> None:
    with Site({**pages(2), part_path(2): redirect("/news/1234-b.html"), "/news/1234-b.html": part_page(2, 2)}) as site:
        visit(folder, site.url(part_path(1)))
    [row] = articles(folder)
    assert order_of(row) == [1, 1, 1, 2, 2, 2]


def test_endless_pages_end_at_the_last_that_is_allowed(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each page is a round of its own: fifty of them would take the better part of a minute.
    monkeypatch.setattr(pager, "MAX_PARTS", 8)
    with Site({part_path(n): part_page(n, n + 1) for n in range(1, 20)}) as site:
        visit(folder, site.url(part_path(1)))
        asked = [path for path in site.paths() if path.startswith("/news/")]
    assert len(asked) == 8
    assert len(articles(folder)) == 1


def test_links_on_a_later_page_are_those_of_the_article(folder: DataFolder) -> None:
    links = {"/news/7.html": "生育津贴怎样申领才对", "/news/8.html": "异地就医要不要备案"}
    items = "".join(f'<li><a href="{path}">{title}</a></li>' for path, title in links.items())
    block = f"<h3>相关推荐</h3><ul>{items}</ul>"
    last = part_page(2, 2)
    with Site({part_path(1): part_page(1, 2), part_path(2): Reply(last.body.replace(b"</body>", block.encode() + b"</body>"))}) as site:
        visit(folder, site.url(part_path(1)))
    [row] = articles(folder)
    found = Dataset(folder).rows("related_links")
    assert {link.article_id for link in found} == {row.article_id}
    assert [urlsplit(link.url).path for link in found] == list(links)


def chain(ids: str) -> list[Page]:
    """Pages a, b, c … each of which names the next."""
    return [*(Page(one, TITLE, other, f"https://a.example/{other}") for one, other in pairwise(ids)), Page(ids[-1], TITLE)]


@given(st.randoms(use_true_random=False))
def test_chains_do_not_depend_on_the_order_of_pages(shuffle: random.Random) -> None:
    known = [*chain("abcd"), *chain("xyz")]
    found = find_chains(shuffle.sample(known, len(known)))
    assert found.parts == {"a": ("b", "c", "d"), "x": ("y", "z")}
    assert found.missing == {}


def test_circles_are_cut_and_a_page_has_one_place() -> None:
    circle = [Page("a", TITLE, "b", "u:b"), Page("b", TITLE, "c", "u:c"), Page("c", TITLE, "b", "u:b")]
    assert find_chains(circle).parts == {"a": ("b", "c")}
    shared = [Page("a", TITLE, "c", "u:c"), Page("b", TITLE, "c", "u:c"), Page("c", TITLE)]
    assert find_chains(shared).parts == {"a": ("c",)}
    assert find_chains([Page("a", TITLE, "a", "u:a")]).parts == {}
