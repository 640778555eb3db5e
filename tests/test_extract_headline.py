"""Titles of any page: what the document's title, Open Graph and the page's own lines say of them."""

import pytest

from healthnews.extract.content import find_container, is_thread
from healthnews.extract.headline import Title, cut_site_name, find_title
from healthnews.extract.page import Page
from healthnews.extract.related import find_related_blocks
from healthnews.records import RawPage, utc_now

TEXT = "".join(
    f"<p>{line}</p>"
    for line in (
        "今年起,本市参加居民医保的人在社区医院看门诊,报销比例提高到百分之六十。",
        "患者只要带上社保卡,就能在窗口当场结算,不必先垫付再报销。",
        "工作人员说,慢性病患者一次可以开三个月的药,少跑两趟医院。",
    )
)
TITLE = "居民门诊报销提高到六成"


def read_title(html: str) -> Title:
    page = Page(RawPage(url="https://news.example.com/1.html", content_type="text/html", payload=html.encode(), fetched_at=utc_now()))
    container = find_container(page.flat, page.furniture, find_related_blocks(page.flat), is_thread=is_thread(page))
    return find_title(page, page.flat, container)


def page(document: str, above: str, *, head: str = "") -> str:
    return f"<html><head><title>{document}</title>{head}</head><body><div><a href='/'>首页</a></div>{above}<div>{TEXT}</div></body></html>"


@pytest.mark.parametrize(
    ("document", "above"),
    [
        (f"{TITLE}_某某新闻网", f"<h1>{TITLE}</h1>"),
        (f"{TITLE} - 健康频道 - 某某网", f"<h1>某某网</h1><h2>{TITLE}</h2>"),
        (f"某某网-{TITLE}", f"<h1><a href='/'>某某网</a></h1><div class='t'>{TITLE}</div>"),
        (f"{TITLE}|某某日报", f"<h1>某某日报</h1><p><b>{TITLE}</b></p>"),
        ("某某网", f"<table><tr><td><font size=5>{TITLE}</font></td></tr><tr><td>2005年3月6日 10:20</td></tr></table>"),
        ("某某网", f"<div class='article-title'>{TITLE}</div>"),
        ("某某网", f"<div class='post-title'><a href='/1.html'>{TITLE}</a></div>"),
        ("", f"<h1>导航</h1><h1>公告</h1><div class='bt'>{TITLE}</div>"),
        ("某某网-辟谣文章", f"<ul><li><a href='/p'>辟谣文章</a></li></ul><div class='rumour-title'>{TITLE}</div>"),
        (f"{TITLE[:8]}...", f"<h2>{TITLE}</h2>"),
        (f"{TITLE}_某某网", f"<h1>某某网</h1><h1>{TITLE[:6]}<br>{TITLE[6:]}</h1>"),
        (f"{TITLE} - 医保吧 - 某某社区", f"<div>主题:{TITLE}</div>"),
        (f"{TITLE} - 医保吧 - 某某社区", f"<table><tr><td>{TITLE}</td><td>2005-09-11 18:04</td><td>楼主</td></tr></table>"),
        ("健康", f"<h1>{TITLE}</h1>"),
    ],
)
def test_the_title_is_the_line_that_shows_it(document: str, above: str) -> None:
    assert read_title(page(document, above)).text == TITLE


@pytest.mark.parametrize(
    ("document", "head", "source"),
    [
        (f"{TITLE}_某某新闻网", "", "title_element"),
        (f"某某新闻网_{TITLE}", "", "title_element"),
        ("某某网", f"<meta property='og:title' content='{TITLE}'>", "open_graph"),
    ],
)
def test_a_title_that_no_line_shows_comes_from_the_head(document: str, head: str, source: str) -> None:
    assert read_title(page(document, "", head=head)) == Title(TITLE, None, source)  # type: ignore[arg-type]


def test_the_index_is_that_of_the_line_and_the_source_its_place() -> None:
    found = read_title(page(f"{TITLE}_某某网", f"<h1>{TITLE}</h1>"))
    assert (found.index, found.source) == (1, "headline")


def test_open_graph_tells_the_sites_name_apart() -> None:
    head = "<meta property='og:title' content='关于我们'>"
    assert (
        read_title(page("关于我们 - 健康小站 | 医保 | 问答", "<h1>健康小站 | 医保 | 问答</h1><h1>关于我们</h1>", head=head)).text
        == "关于我们"
    )


def test_the_heading_of_the_comments_is_no_title() -> None:
    comments = f"<h3>15条评论:{TITLE}</h3><h3>对“{TITLE}”的回复</h3><p>写得好。</p>"
    assert read_title(page(f"{TITLE}_某某网", f"<h3>{TITLE}</h3>") + comments).text == TITLE


@pytest.mark.parametrize(
    ("title", "cut"),
    [
        (f"{TITLE}_健康_某某网", TITLE),
        (f"{TITLE} - 某某网", TITLE),
        (f"某某健康网_{TITLE}", TITLE),
        ("2024-2025年缴费标准", "2024-2025年缴费标准"),
        ("某某网", "某某网"),
        ("", ""),
    ],
)
def test_site_names_are_cut_off_in_front_and_behind(title: str, cut: str) -> None:
    assert cut_site_name(title) == cut
