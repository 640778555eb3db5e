"""What a page's markup says of its article, which of its dates counts, and its tags."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.errors import PageError
from healthnews.extract.json_ld import parse_script, read_scripts
from healthnews.extract.metadata import Metadata, read_metadata
from healthnews.extract.page import Page
from healthnews.extract.registry import find_parsers
from healthnews.extract.tags import find_tags
from healthnews.records import Article, RawPage

TITLE = "居民医保报销比例提高五个百分点"
PARAGRAPHS = (
    "今年起,本市参加居民医保的群众在社区医院看病,报销比例提高五个百分点,起付线同时降低。",
    "市医保局表示,新办法在所有定点机构执行,群众凭社保卡就可以直接结算,不需要另外申请。",
    "跨省就医仍需要先办理备案,备案可以在手机上完成,三分钟就能办好。",
)
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
ITEMS = "".join(f"<li><a href='/a/{i}.html'>另外一条关于健康的新闻{i}号</a><span>2024-06-1{i}</span></li>" for i in range(8))
FETCHED = datetime(2024, 7, 1, 4, 0, tzinfo=UTC)
DAY = datetime(2024, 5, 13)


def raw_page(
    meta: str = "", tail: str = "", head: str = "", *, url: str = "https://news.example.com/a/123.html", lang: str = "zh"
) -> RawPage:
    html = (
        f"<html lang={lang}><head><title>{TITLE}_某某网</title>{head}</head><body><div>今天是2024年6月30日 <a href=/>首页</a></div>"
        f"<div><h1>{TITLE}</h1>{meta}<div>{BODY}</div>{tail}</div><div><h3>网友评论</h3><p>2024-06-20 11:11</p><p>说得很好</p></div>"
        f"<div><h3>热点新闻</h3><ul>{ITEMS}</ul></div><div>版权所有 2019-2024 某某网</div></body></html>"
    )
    return RawPage(url=url, content_type="text/html; charset=utf-8", payload=html.encode(), fetched_at=FETCHED)


def parse(meta: str = "", tail: str = "", head: str = "", *, url: str = "https://news.example.com/a/123.html") -> Article:
    return find_parsers()["generic"].parse(Page(raw_page(meta, tail, head, url=url)))


def linked_data(**node: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", "headline": TITLE} | node)}</script>'


@pytest.mark.parametrize(
    "meta",
    [
        "<div>发布时间\uff1a2024-05-13 10:20 来源\uff1a某某日报</div>",
        "<div>时间\uff1a2024-05-13</div>",
        "<div>2024/5/13</div>",
        "<div><b>13</b> <span>2024-05</span></div>",
        "<div><div>05-13</div><div>2024</div></div>",
        "<div><span>2024</span><span>05/13</span><span>10:20</span></div>",
        "<div>更新时间\uff1a2024-06-02 发布时间\uff1a2024-05-13</div>",
        "<div>有效期至\uff1a2025-12-31</div><div>发文日期\uff1a2024年05月13日</div>",
        "<table><tr><td>发文日期\uff1a</td><td>2024-05-13</td><td>文号\uff1a</td><td>某医保〔2024〕12号</td></tr></table>",
        "<div>楼主 李四 发表于 2024-5-13 10:20</div>",
        "<div>提问时间\uff1a2024-05-13 回答时间\uff1a2024-05-14</div>",
        "<div>24-05-13 10:20</div>",
    ],
)
def test_date_lines_of_many_forms_are_read(meta: str) -> None:
    article = parse(meta)
    assert article.published_at is not None
    assert (article.published_at.date(), article.published_at_source) == (DAY.date(), "visible_text")
    assert (article.published_at_zone, article.body) == ("Asia/Shanghai", "\n".join(PARAGRAPHS))


@pytest.mark.parametrize("signature", ["2024年5月13日", "某某市医疗保障局 2024年5月13日", "二〇二四年五月十三日"])
def test_a_notice_is_dated_by_its_signature(signature: str) -> None:
    assert parse(tail=f"<p>{signature}</p>").published_at == DAY


@pytest.mark.parametrize(
    "path", ["2024/05/13/1.html", "html/2024-05/13/content_1.htm", "2024/0513/c1.html", "20240513/1.shtml", "202405/t20240513_99.html"]
)
def test_an_address_tells_the_date_where_the_page_does_not(path: str) -> None:
    article = parse(url=f"https://news.example.com/{path}")
    assert (article.published_at, article.published_at_source) == (DAY, "url")


@pytest.mark.parametrize(
    ("meta", "head", "reason"),
    [
        ("", "", "only_in_related_block"),
        ("<div>发布时间\uff1a2024-08-13</div>", "", "future"),
        ("<div>05/06/2024</div>", "", "ambiguous"),
        ("", "<meta name=pubdate content='0000-00-00'>", "unreadable"),
    ],
)
def test_a_missing_date_has_its_reason(meta: str, head: str, reason: str) -> None:
    html = raw_page(meta, head=head).payload.decode().replace("热点新闻", "相关推荐").encode()
    page = RawPage(url="https://news.example.com/a/1.html", content_type="text/html; charset=utf-8", payload=html, fetched_at=FETCHED)
    article = find_parsers()["generic"].parse(Page(page))
    assert (article.published_at, article.published_at_source, article.published_at_zone) == (None, reason, None)


@pytest.mark.parametrize("words", ["今天是", "有效期\uff1a", "注册时间\uff1a", "截止时间\uff1a", "版权所有 "])
def test_other_dates_are_not_the_pages(words: str) -> None:
    assert parse(f"<div>{words}2024-05-13</div>").published_at is None


@pytest.mark.parametrize("told", ["2024-07-01", "2018-03-02"])
def test_a_templates_date_gives_way_to_the_one_that_readers_see(told: str) -> None:
    article = parse("<div>发布时间\uff1a2024-05-13 10:20</div>", head=f"<meta name=date content='{told}'>")
    assert article.published_at == datetime(2024, 5, 13, 10, 20)


def test_sources_that_agree_are_trusted_more() -> None:
    one, two = parse("<div>2024-05-13</div>"), parse("<div>2024-05-13</div>", head="<meta name=pubdate content='2024-05-13 10:20'>")
    assert one.published_at_confidence is not None
    assert two.published_at_confidence is not None
    assert two.published_at_confidence > one.published_at_confidence
    assert two.published_at == datetime(2024, 5, 13, 10, 20)


def test_the_date_of_change_has_its_own_source() -> None:
    head = linked_data(datePublished="2024-05-13T10:20:00+08:00", dateModified="2024-05-20T08:00:00+08:00")
    article = parse(head=head)
    assert (article.modified_at, article.modified_at_source, article.modified_at_zone) == (
        datetime(2024, 5, 20, 8),
        "json_ld",
        "Asia/Shanghai",
    )
    shown = parse("<div>发布时间\uff1a2024-05-13</div><div>更新时间\uff1a2024-06-02 09:00</div>")
    assert (shown.published_at, shown.modified_at, shown.modified_at_source) == (DAY, datetime(2024, 6, 2, 9), "visible_text")
    assert parse(head=linked_data(datePublished="2024-05-13", dateModified="2024-08-01")).modified_at is None


def test_linked_data_is_read_from_graphs_and_by_reference() -> None:
    graph = {
        "@graph": [
            {"@type": "WebSite", "name": "某某网", "datePublished": "2001-01-01"},
            {"@type": ["Article", "BlogPosting"], "headline": TITLE, "datePublished": "2024-05-13", "author": [{"@id": "#p"}]},
            {"@type": "Person", "@id": "#p", "name": "张三丰"},
            {"@type": "ItemList", "itemListElement": [{"@type": "Article", "headline": "别的", "datePublished": "2020-01-01"}]},
        ]
    }
    node = read_scripts([json.dumps(graph)], TITLE, None)[0]
    assert (node.dates, node.people["author"]) == ({"published": "2024-05-13"}, ("张三丰",))


def test_of_several_articles_only_the_pages_own_counts() -> None:
    nodes = [
        {"@type": "Article", "headline": name, "datePublished": day}
        for name, day in (("别的新闻一条", "2020-01-01"), (TITLE, "2024-05-13"))
    ]
    assert [node.dates for node in read_scripts([json.dumps(nodes)], TITLE, None)] == [{"published": "2024-05-13"}]
    assert read_scripts([json.dumps([nodes[0], nodes[0] | {"headline": "又一条新闻"}])], TITLE, None) == []


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type":"Article","datePublished":"2024-05-13",} -->',
        '//<![CDATA[\n{"@type":"Article","datePublished":"2024-05-13"}\n//]]>',
        '{"@type":"Article","description":"two\nlines","datePublished":"2024-05-13"};',
        '{"@type":"Article", broken, "datePublished":"2024-05-13"',
        '{"@context":"https://ziyuan.baidu.com/contexts/cambrian.jsonld","@id":"x","pubDate":"2024-05-13"}',
    ],
)
def test_faulty_linked_data_is_read_all_the_same(script: str) -> None:
    assert [node.dates["published"] for node in read_scripts([script], TITLE, None)] == ["2024-05-13"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["@type", "@graph", "@id", "author", "name", "datePublished", "headline", "mainEntity", "url", "keywords", "publisher"]
            ),
            inner | st.sampled_from(["Article", "WebPage", "Person", "ItemList"]),
            max_size=6,
        )
    ),
    max_leaves=30,
)


@given(json_values)
def test_no_json_breaks_the_reader(value: Any) -> None:
    for node in read_scripts([json.dumps(value)], TITLE, "https://a.example/1"):
        assert all(isinstance(text, str) for text in node.dates.values())


@given(st.binary(max_size=200) | st.text('{}[]",:@typeArticlen ', max_size=80).map(str.encode))
def test_no_script_breaks_the_reader(payload: bytes) -> None:
    parse_script(payload.decode("latin-1"))
    read_scripts([payload.decode("utf-8", "replace")], TITLE, "http://[")


def test_a_nested_script_is_refused_quickly() -> None:
    assert read_scripts(["[" * 200_000, '{"a":' * 200_000, ",  " * 100_000, '"author":' * 50_000], TITLE, None) == []


@given(st.binary(max_size=200), st.text(max_size=60))
def test_no_markup_breaks_the_reader(payload: bytes, text: str) -> None:
    value = text.encode("utf-8", "replace") + payload
    html = b"<html><script type='application/ld+json'>" + value + b"</script><time datetime='" + value + b"'>x</time></html>"
    try:
        page = Page(RawPage(url="https://a.example/1", content_type="text/html", payload=html, fetched_at=FETCHED))
        assert isinstance(read_metadata(page, text), Metadata)
    except PageError:
        return


def test_microdata_of_a_comment_is_not_the_articles() -> None:
    inner = "<span itemprop=author>路人甲</span><i itemprop=datePublished>2024-01-01</i>"
    comment = f"<div itemscope itemtype='https://schema.org/Comment'>{inner}</div>"
    own = "<div itemscope itemtype='https://schema.org/NewsArticle'><span itemprop=author>李小四</span></div>"
    metadata = read_metadata(Page(raw_page(own + comment)), TITLE)
    assert [(told.text, told.source) for told in metadata.told["author"]] == [("李小四", "microdata")]
    assert "published" not in metadata.told


def test_every_value_tells_where_it_was_read() -> None:
    article = parse("<div>2024-05-13 来源\uff1a某某日报 作者\uff1a张三丰</div>", head="<meta name=keywords content='医保,报销'>")
    found = {one.field: (one.source, one.text) for one in article.evidence}
    assert found["title"][1] == TITLE
    assert found["published_at"] == found["author"] == found["source"] == ("visible_text", "2024-05-13 来源\uff1a某某日报 作者\uff1a张三丰")
    assert found["tags"] == ("meta", "医保, 报销")
    assert all(len(one.text) <= 200 for one in article.evidence)


@pytest.mark.parametrize(
    ("head", "links", "tags"),
    [
        ("医保\uff0c报销、慢病", "", ("医保", "报销", "慢病")),
        ("医保 报销 慢病", "", ("医保", "报销", "慢病")),
        ("标签\uff1a医保,#报销,\uff21\uff22\uff23,abc", "", ("医保", "报销", "ABC")),
        ("某某网", "", ()),
        (",".join(f"词{i}号" for i in range(30)), "", ()),
        ("", "<a rel=tag href=/t/1>#医保</a><a rel='tag nofollow' href=/t/2>标签\uff1a报销</a>", ("医保", "报销")),
    ],
)
def test_tags_are_normalised_and_stuffing_is_none(head: str, links: str, tags: tuple[str, ...]) -> None:
    page = Page(raw_page(links, head=f"<meta name=keywords content='{head}'>"))
    assert find_tags(read_metadata(page, TITLE))[0] == tags
