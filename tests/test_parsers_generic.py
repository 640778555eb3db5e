import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from healthnews.errors import ParseError
from healthnews.extract.registry import parse_page
from healthnews.records import Article, RawPage
from tests.markups import MARKUPS, read_dump, seed_paths

FETCHED_AT = datetime(2025, 11, 1, 4, 0, tzinfo=UTC)
OWN = Path(__file__).parent / "pages" / "m.jiusongjiankang.com" / "own.txt"
NUMBER = re.compile(r"^(?:\d+\. |• )", re.M)
PARAGRAPHS = (
    "今年起,本市参加居民医保的人在社区医院看门诊,报销比例提高到百分之六十。",
    "患者只要带上社保卡,就能在窗口当场结算,不必先垫付再报销。",
    "市医保局的工作人员说,慢性病患者一次可以开三个月的药,少跑两趟医院。",
)
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
LINKED_DATA = '{"datePublished":"2025-10-20T09:30:00+08:00"}'
RELATED = (
    "<div><h3>相关阅读</h3><ul>"
    + "".join(f"<li><a href='/n/{n}.html'>另一篇关于医保的新闻之{n}</a><span>2025-10-{n:02d}</span></li>" for n in range(1, 9))
    + "</ul></div>"
)
CHROME = "<div class='nav'><a href='/'>首页</a><a href='/n/'>新闻</a></div>"


def parse(html: str, url: str = "https://news.example.com/n/100.html") -> Article:
    return parse_page(RawPage(url=url, content_type="text/html", payload=html.encode(), fetched_at=FETCHED_AT))


def page(meta: str = "", *, head: str = "", tail: str = RELATED) -> str:
    return (
        f"<html><head><title>居民门诊报销提高了_某某新闻网</title>{head}</head><body>{CHROME}"
        f"<div class='wrap'><h1>居民门诊报销提高了</h1>"
        f"<div class='meta'>{meta}</div><div class='text'>{BODY}</div></div>{tail}"
        "<div class='footer'>版权所有 某某新闻网</div></body></html>"
    )


def test_title_and_body_come_without_the_rest_of_the_page() -> None:
    article = parse(page("2025-10-20 09:30 来源:某某日报 作者:王小明"))
    assert article.title == "居民门诊报销提高了"
    assert article.body == "\n".join(PARAGRAPHS)
    assert article.lead == PARAGRAPHS[0]


def test_a_page_of_layout_tables_without_headline_element_is_read() -> None:
    html = (
        "<html><head><title>某某新闻网</title></head><body><table><tr><td><a href=/>首页</a></td><td><a href=/n>新闻</a></td></tr></table>"
        "<table><tr><td><b>居民门诊报销提高了</b></td></tr><tr><td>2005年3月6日 10:20 某某新闻网</td></tr>"
        f"<tr><td>{'<br><br>'.join(PARAGRAPHS)}</td></tr></table>"
        "<table><tr><td>版权所有</td></tr></table></body></html>"
    )
    article = parse(html)
    assert (article.title, article.body) == ("居民门诊报销提高了", "\n".join(PARAGRAPHS))
    assert article.published_at == datetime(2005, 3, 6, 10, 20)


@pytest.mark.parametrize(
    ("head", "meta", "moment", "source"),
    [
        (f'<script type="application/ld+json">{LINKED_DATA}</script>', "", datetime(2025, 10, 20, 9, 30), "json_ld"),
        ('<meta property="article:published_time" content="2025-10-20">', "", datetime(2025, 10, 20), "open_graph"),
        ("", "<time datetime='2025-10-20T09:30'>昨天</time>", datetime(2025, 10, 20, 9, 30), "microdata"),
        ("", "发布时间:2025年10月20日", datetime(2025, 10, 20), "visible_text"),
        ("", "2025-10-20 来源:某某日报", datetime(2025, 10, 20), "visible_text"),
        ('<meta property="article:published_time" content="2026-10-20">', "2025-10-20", datetime(2025, 10, 20), "visible_text"),
        ("", "", None, "not_in_page"),
        ("", "今天是2025年10月30日", None, "not_in_page"),
    ],
)
def test_the_date_is_the_pages_own_with_its_source(head: str, meta: str, moment: datetime | None, source: str) -> None:
    article = parse(page(meta, head=head))
    assert (article.published_at, article.published_at_source) == (moment, source)
    assert (article.published_at_confidence is None) == (moment is None)


def test_a_date_in_the_related_block_is_never_the_pages() -> None:
    items = (f"<div><a href='/{n}.html'>另一篇医保新闻{n}</a><p>摘要</p><p>新闻 2025-10-0{n}</p></div>" for n in range(1, 6))
    related = "<div>相关推荐</div>" + "".join(items)
    article = parse(page(tail=related))
    assert article.published_at is None
    assert [(i.title, i.tag, i.published_at) for i in article.related][:1] == [("另一篇医保新闻1", "新闻", datetime(2025, 10, 1))]
    assert len(article.related) == 5


def test_author_source_editor_and_reviewer_are_kept_apart() -> None:
    tail = "<p>责任编辑:李四 审核医生:赵主任</p>"
    article = parse(page("来源:某某日报 作者:王小明", tail=tail))
    assert (article.author, article.source, article.editor, article.reviewer) == ("王小明", "某某日报", "李四", "赵主任")
    assert parse(page("来源:某某日报", tail=tail)).author is None


def test_related_links_have_title_and_absolute_address() -> None:
    related = parse(page()).related
    assert [(i.position, i.url) for i in related] == [(n, f"https://news.example.com/n/{n}.html") for n in range(1, 9)]
    assert related[0].title == "另一篇关于医保的新闻之1"


def test_tags_disclaimer_and_ai_label_are_taken_from_where_they_stand() -> None:
    tail = "<p>温馨提示:以上内容仅供参考,不能代替看病。</p><p>本文由AI生成</p>"
    article = parse(page(head='<meta name="keywords" content="医保,门诊报销,医保">', tail=tail))
    assert article.tags == ("医保", "门诊报销")
    assert article.disclaimer == "温馨提示:以上内容仅供参考,不能代替看病。"
    assert article.ai_label == "本文由AI生成"
    assert article.body == "\n".join(PARAGRAPHS)


def test_a_page_in_gb18030_is_read() -> None:
    payload = page("2025-10-20").replace("<head>", "<head><meta charset=gb2312>").encode("gb18030")
    article = parse_page(RawPage(url="file:a.html", content_type="text/html", payload=payload, fetched_at=FETCHED_AT))
    assert (article.title, article.url) == ("居民门诊报销提高了", None)


@pytest.mark.parametrize(
    "html",
    ["<html></html>", "<title>题目在这里</title>", "<p> </p>", "<title>目录</title><ul><li><a href=1>一篇文章的标题</a></ul>"],
)
def test_a_page_without_running_text_is_no_article(html: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(html)
    assert caught.value.reason == "not_an_article"


@pytest.mark.parametrize("path", [OWN, *seed_paths()], ids=lambda path: path.stem)
@pytest.mark.parametrize("markup", MARKUPS)
def test_long_snippets_of_a_related_block_never_reach_the_body(markup: str, path: Path) -> None:
    dump = read_dump(path.read_text("utf-8"))
    article = parse(MARKUPS[markup](dump))
    assert article.parser == "generic"
    assert (article.title, article.disclaimer, article.published_at) == (dump.title, dump.disclaimer, None)
    # Numbers of list items are not in the markup of real lists, and this parser writes none.
    assert NUMBER.sub("", article.body or "") == NUMBER.sub("", dump.body)
    assert [(i.title, i.snippet, i.tag) for i in article.related] == [(i.title, i.snippet, i.tag) for i in dump.items]


HEADINGS = ("相关阅读", "猜你喜欢", "热门问答", "大家都在问", "更多问题", "相关问题:", "【延伸阅读】", "Related articles", "您可能还想看")


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize(
    "markup", ["with_classes", "grid_with_images", "nested_divs", "layout_tables", "wrapping_links", "list_before_disclaimer"]
)
def test_every_heading_of_recommendations_opens_a_related_block(markup: str, heading: str) -> None:
    dump = read_dump(OWN.read_text("utf-8"))
    article = parse(MARKUPS[markup](dump).replace("相关推荐", heading))
    assert NUMBER.sub("", article.body or "") == NUMBER.sub("", dump.body)
    assert [(i.position, i.title, i.url, i.snippet, i.tag) for i in article.related] == [
        (n, i.title, f"https://news.example.com{i.href}", i.snippet, i.tag) for n, i in enumerate(dump.items, 1)
    ]
    assert [f"{i.published_at:%Y-%m-%d}" for i in article.related if i.published_at] == [i.date for i in dump.items]


def test_short_sentences_that_begin_like_furniture_stay() -> None:
    lines = ("登录平台后点击查询。", "更多材料以窗口要求为准。", "微信搜索医保小程序。", "1、带上身份证", "关注当地公众号办理。")
    html = page().replace(BODY, BODY + "".join(f"<p>{line}</p>" for line in lines) + "<p>更多</p><p>点赞</p><p>上一篇:医保卡</p>")
    assert parse(html).body == "\n".join((*PARAGRAPHS, *lines))


SNIPPET = "旁的文章的摘要写得很长,讲的是别的事情,还举了许多例子和数字,一个字也不该进正文。" * 3


def related_entry(number: int, last: str, *, linked: bool, wrapped: bool = True) -> str:
    title = f"旁的医保问题之{number}"
    shown = f"<a href='/n/{number}.html'>{title}</a>" if linked else title
    entry = f"<h4>{shown}</h4><p>{SNIPPET}</p>{last}"
    return f"<div>{entry}</div>" if wrapped else entry


def date_spans(date: str) -> str:
    return f"<span>健康问答</span><span>{date}</span>"


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize(
    ("dates", "kept"),
    [
        (["2025-04-10"] * 5, ["2025-04-10"] * 5),
        (["2025-04-10"], ["2025-04-10"]),
        (["2999-04-10"] * 5, [None] * 5),
        (["2025-11-20"] * 5, [None] * 5),
    ],
)
def test_related_text_and_dates_are_never_the_pages(dates: list[str], kept: list[str | None], wrapped: bool, linked: bool) -> None:
    lasts = [f"<div>{date_spans(date)}</div>" for date in dates]
    entries = "".join(related_entry(n, last, linked=linked, wrapped=wrapped) for n, last in enumerate(lasts))
    article = parse(page(tail=f"<h2>相关推荐</h2>{entries}"))
    reason = "only_in_related_block" if dates[0] < "2100" else "not_in_page"
    assert (article.body, article.published_at, article.published_at_source) == ("\n".join(PARAGRAPHS), None, reason)
    found = [(i.title, i.snippet, i.tag, i.published_at.date().isoformat() if i.published_at else None) for i in article.related]
    assert found == [(f"旁的医保问题之{n}", SNIPPET, "健康问答", date) for n, date in enumerate(kept)]


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("dated", [4, 0])
def test_the_snippet_of_an_undated_related_item_stays_out_of_the_body(dated: int, linked: bool) -> None:
    entries = "".join(related_entry(n, date_spans("2025-04-10") if n < dated else "", linked=linked) for n in range(5))
    article = parse(page(tail=f"<h2>相关推荐</h2>{entries}"))
    assert (article.body, article.published_at) == ("\n".join(PARAGRAPHS), None)
    assert len(article.related) == (5 if dated or linked else 0)
    assert all(item.published_at is None for item in article.related[dated:])


@pytest.mark.parametrize("last", ["", "<p>健康问答 2999-04-10</p>"])
def test_lines_of_undated_related_links_without_an_element_each_stay_out_of_the_body(last: str) -> None:
    entries = "".join(related_entry(n, last, linked=True, wrapped=False) for n in range(4))
    assert parse(page(tail=f"<h2>相关推荐</h2>{entries}")).body == "\n".join(PARAGRAPHS)


def test_text_behind_a_list_of_links_inside_the_article_stays() -> None:
    links = "<p>相关阅读</p><ul><li><a href='/n/1.html'>另一篇医保的新闻</a></li><li><a href='/n/2.html'>再一篇医保的新闻</a></li></ul>"
    html = page(tail="").replace(BODY, BODY + links + "<p>窗口的工作时间是上午九点到下午五点。</p>")
    assert parse(html).body == "\n".join((*PARAGRAPHS, "窗口的工作时间是上午九点到下午五点。"))


def test_the_pages_own_date_counts_under_a_channel_named_like_a_list() -> None:
    html = page("健康频道 2025-10-20").replace("<h1>", "<div>热点新闻</div><div class='t'>").replace("</h1>", "</div>")
    article = parse(html)
    assert (article.title, article.published_at, article.body) == ("居民门诊报销提高了", datetime(2025, 10, 20), "\n".join(PARAGRAPHS))


def test_a_time_element_of_the_only_related_item_is_not_the_pages() -> None:
    entry = related_entry(1, "<time datetime='2025-04-10'>4月10日</time>", linked=True)
    assert parse(page(tail=f"<h2>相关推荐</h2>{entry}")).published_at is None
