import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from healthnews.errors import ParseError
from healthnews.extract.registry import parse_page
from healthnews.records import Article, RawPage
from tests.markups import MARKUPS, URL, Dump, read_dump, seed_paths, with_classes

FETCHED_AT = datetime(2025, 11, 1, 4, 0, tzinfo=UTC)
OWN = Path(__file__).parent / "pages" / "m.jiusongjiankang.com" / "own.txt"
DUMPS = [OWN, *seed_paths()]


def parse_html(html: str, url: str = URL) -> Article:
    return parse_page(RawPage(url=url, content_type="text/html; charset=utf-8", payload=html.encode(), fetched_at=FETCHED_AT))


def parse_text(text: str) -> Article:
    return parse_page(RawPage(url="file:page.txt", content_type="text/plain", payload=text.encode(), fetched_at=FETCHED_AT))


@pytest.fixture(params=DUMPS, ids=lambda path: path.stem)
def dump(request: pytest.FixtureRequest) -> Dump:
    return read_dump(request.param.read_text("utf-8"))


@pytest.mark.parametrize("markup", MARKUPS)
def test_every_markup_gives_all_related_items_whole(markup: str, dump: Dump) -> None:
    article = parse_html(MARKUPS[markup](dump))
    found = [(i.position, i.title, i.snippet, i.tag, i.published_at, i.url) for i in article.related]
    assert found == [(n, i.title, i.snippet, i.tag, datetime.fromisoformat(i.date), i.url) for n, i in enumerate(dump.items, 1)]
    assert len(found) == 20


@pytest.mark.parametrize("markup", MARKUPS)
def test_every_markup_gives_the_body_of_the_dump(markup: str, dump: Dump) -> None:
    article = parse_html(MARKUPS[markup](dump))
    assert article.title == dump.title
    assert article.body == dump.body
    assert article.disclaimer == dump.disclaimer
    assert article.parser == "jiusongjiankang"


@pytest.mark.parametrize("markup", MARKUPS)
def test_every_markup_gives_what_the_dump_gives(markup: str) -> None:
    text = OWN.read_text("utf-8")
    from_dump, from_page = parse_text(text), parse_html(MARKUPS[markup](read_dump(text)))
    assert (from_page.lead, from_page.sections, from_page.keywords) == (from_dump.lead, from_dump.sections, from_dump.keywords)
    assert from_page.published_at is None
    assert from_page.published_at_source == "not_in_page"


def test_a_saved_page_is_known_by_its_canonical_link() -> None:
    html = with_classes(read_dump(OWN.read_text("utf-8"))).replace("<head>", f'<head><link rel="canonical" href="{URL}">')
    article = parse_html(html, "file:saved.html")
    assert (article.parser, article.url) == ("jiusongjiankang", URL)
    assert article.related[0].url == "https://m.jiusongjiankang.com/health/news/4000.html"


def test_a_page_of_the_site_without_anchors_is_no_article() -> None:
    with pytest.raises(ParseError, match="expected an answer page"):
        parse_html("<title>列表</title><h1>列表</h1><p>第一页</p><p>第二页</p>")


def test_a_tag_and_date_under_the_title_are_the_pages_own() -> None:
    dump = read_dump(OWN.read_text("utf-8"))
    html = with_classes(dump).replace("</h1>", "</h1><div><span>医保问答</span> <span>2025-06-01</span></div>")
    article = parse_html(html)
    assert (article.published_at, article.published_at_source, article.tags) == (datetime(2025, 6, 1), "visible_text", ("医保问答",))
    assert article.body == dump.body


HEAD = "<html><head><title>医保断缴怎么办</title></head><body><h1>医保断缴怎么办</h1>"
ANSWER = "<h3>一、先补缴</h3><p>到窗口补缴即可。</p><p>提示:本内容不能代替面诊。</p><h2>相关推荐</h2>"


def related_item(number: int, date: str | None) -> str:
    last = f"<div>办事指南 {date}</div>" if date else ""
    return f"<li><a href='/health/news/{number}.html'>断缴以后的问题之{number}</a><p>第{number}条的摘要</p>{last}</li>"


def related_list(*dates: str | None) -> str:
    return f"<ul>{''.join(related_item(number, date) for number, date in enumerate(dates, 1))}</ul>"


def found_items(article: Article) -> list[tuple[str, str | None, str | None]]:
    return [(item.title, item.snippet, item.published_at.date().isoformat() if item.published_at else None) for item in article.related]


@pytest.mark.parametrize(
    ("head", "lead", "tags"),
    [
        ("<p>可以补缴,越早越好。</p><p>办事指南 2025-04-19</p>", "可以补缴,越早越好。", ("办事指南",)),
        ("<p>办事指南 2025-04-19</p><p>可以补缴,越早越好。</p>", "可以补缴,越早越好。", ("办事指南",)),
        ("<div>办事指南</div><div>2025-04-19</div><p>可以补缴,越早越好。</p>", "可以补缴,越早越好。", ("办事指南",)),
        ("<p>可以补缴</p><p>2025-04-19</p>", "可以补缴", ()),
        ("<p>可以补缴</p><div>办事指南</div><div>2025-04-19</div>", "可以补缴", ("办事指南",)),
    ],
)
def test_only_the_tag_and_date_leave_the_head_of_the_body(head: str, lead: str, tags: tuple[str, ...]) -> None:
    article = parse_html(HEAD + head + ANSWER + related_list("2025-05-01", "2025-05-02"))
    assert (article.lead, article.published_at, article.tags) == (lead, datetime(2025, 4, 19), tags)
    assert article.body == f"{lead}\n一、先补缴\n到窗口补缴即可。"


def test_a_date_line_that_lies_ahead_is_neither_text_nor_date() -> None:
    article = parse_html(HEAD + "<p>可以补缴。</p><p>办事指南 2999-04-19</p>" + ANSWER + related_list("2025-05-01"))
    assert (article.lead, article.published_at) == ("可以补缴。", None)
    assert "2999" not in (article.body or "")


@pytest.mark.parametrize(
    ("dates", "kept"),
    [
        (("2025-05-01", "2025-05-02", None), ("2025-05-01", "2025-05-02", None)),
        ((None, "2025-05-02", None), (None, "2025-05-02", None)),
        ((None, None, None), (None, None, None)),
        (("2999-05-01", "2999-05-02", "2999-05-03"), (None, None, None)),
        (("2026-05-01", "2025-05-02", "2025-02-30"), (None, "2025-05-02", None)),
    ],
)
@pytest.mark.parametrize("wrapped", [True, False])
def test_an_item_without_a_date_is_an_item(dates: tuple[str | None, ...], kept: tuple[str | None, ...], wrapped: bool) -> None:
    related = related_list(*dates)
    related = related if wrapped else re.sub("</?(?:ul|li)>", "", related.replace("<a ", "<p><a ").replace("</a>", "</a></p>"))
    article = parse_html(HEAD + "<p>可以补缴。</p>" + ANSWER + related + "<div>备案的一行字</div><div>联系我们的一行字</div>")
    assert found_items(article) == [(f"断缴以后的问题之{n}", f"第{n}条的摘要", date) for n, date in enumerate(kept, 1)]
    assert [item.url for item in article.related] == [f"https://m.jiusongjiankang.com/health/news/{n}.html" for n in (1, 2, 3)]
    assert article.body == "可以补缴。\n一、先补缴\n到窗口补缴即可。"


@pytest.mark.parametrize("dates", [(None, None), ("2025-05-01", None)])
def test_undated_items_before_the_body_stay_out_of_it(dates: tuple[str | None, ...]) -> None:
    body = "<div><p>可以补缴。</p><p>到窗口补缴即可。</p></div><p>提示:本内容不能代替面诊。</p>"
    article = parse_html(f"{HEAD}<div><p>相关推荐</p>{related_list(*dates)}</div>{body}")
    assert [date for *_, date in found_items(article)] == list(dates)
    assert article.body == "可以补缴。\n到窗口补缴即可。"


def test_buttons_and_the_links_at_the_foot_are_no_related_items() -> None:
    foot = "<a href='/health/'>点击查看更多</a><div><a href='/about.html'>关于我们这个网站</a></div>"
    article = parse_html(HEAD + "<p>可以补缴。</p>" + ANSWER + related_list("2025-05-01", "2025-05-02") + foot)
    assert len(article.related) == 2


@pytest.mark.parametrize("parser_url", [URL, "https://news.example.com/n/1.html"])
@pytest.mark.parametrize("markup", MARKUPS)
def test_every_markup_keeps_items_whose_dates_lie_ahead(markup: str, parser_url: str) -> None:
    dump = read_dump(OWN.read_text("utf-8"))
    ahead = replace(dump, items=tuple(replace(item, date="2999-01-01") for item in dump.items))
    article = parse_html(MARKUPS[markup](ahead), parser_url)
    assert [(i.title, i.snippet, i.tag, i.published_at) for i in article.related] == [(i.title, i.snippet, i.tag, None) for i in dump.items]
    assert re.sub(r"^(?:\d+\. |• )", "", article.body or "", flags=re.M) == re.sub(r"^(?:\d+\. |• )", "", dump.body, flags=re.M)
    assert article.published_at is None


@pytest.mark.parametrize("parser_url", [URL, "https://news.example.com/n/1.html"])
@pytest.mark.parametrize("markup", MARKUPS)
def test_every_markup_of_links_that_scripts_follow_keeps_them_out_of_the_body(markup: str, parser_url: str) -> None:
    dump = read_dump(OWN.read_text("utf-8"))
    article = parse_html(re.sub("<a [^>]*>", "<a>", MARKUPS[markup](dump)), parser_url)
    assert [(i.title, i.snippet, i.url) for i in article.related] == [(i.title, i.snippet, None) for i in dump.items]
    assert re.sub(r"^(?:\d+\. |• )", "", article.body or "", flags=re.M) == re.sub(r"^(?:\d+\. |• )", "", dump.body, flags=re.M)
