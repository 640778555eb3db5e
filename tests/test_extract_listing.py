"""Pages that lead to articles are told from articles, and what they lead to is found."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.errors import PageError, ParseError
from healthnews.extract.listing import Listing, find_listing
from healthnews.extract.page import Page
from healthnews.extract.registry import parse_page, read_page
from healthnews.records import Article, RawPage
from tests.claims_seeds import SHARED
from tests.conftest import SEEN_AT

ITEMS = "".join(
    f'<li><a href="/n/{n}.html">医保账户的第{n}个常见问题怎么办</a>'
    f"<p>这里是答案的开头,说明怎么办理。后面还有</p><span>医保 2026-01-0{n}</span></li>"
    for n in range(1, 8)
)
ARTICLES = tuple(f"http://a.example/n/{n}.html" for n in range(1, 8))


def raw(text: str, content_type: str = "text/html", url: str = "http://a.example/x/") -> RawPage:
    return RawPage(url=url, content_type=content_type, payload=text.encode(), fetched_at=SEEN_AT)


def html(body: str) -> str:
    return f"<html><head><title>医保问答</title></head><body>{body}</body></html>"


def test_a_list_page_leads_to_its_next_page_its_articles_and_its_columns() -> None:
    column = '<nav><a href="/c/">健康</a><a href="/app.apk">下载</a><a href="javascript:top()">顶部</a></nav>'
    page = html(f'{column}<h1>医保问答</h1><p>这里收着大家常问的问题。</p><ul>{ITEMS}</ul><a rel="next" href="list-2.html">下一页</a>')
    assert read_page(raw(page)) == Listing(("http://a.example/x/list-2.html", *ARTICLES, "http://a.example/c/"))


def test_a_list_page_given_as_a_file_is_no_article() -> None:
    with pytest.raises(ParseError, match="list of") as refused:
        parse_page(raw(html(f"<h1>医保问答</h1><ul>{ITEMS}</ul>"), url="file:index.html"))
    assert refused.value.reason == "not_an_article"


def test_a_short_answer_with_a_long_related_block_is_an_article() -> None:
    found = read_page(raw(html(f"<h1>断缴能补吗</h1><p>可以补缴,三个月以内不影响待遇。</p><h3>相关推荐</h3><ul>{ITEMS}</ul>")))
    assert isinstance(found, Article)
    assert found.title == "断缴能补吗"
    assert len(found.related) == 7


def test_navigation_alone_makes_no_list_page() -> None:
    links = "".join(f'<a href="/c/{n}">医疗保险栏目之{n}号</a>' for n in range(9))
    assert find_listing(Page(raw(html(f"<nav>{links}</nav><h1>公告</h1><p>系统维护,请稍后再来。</p>")))) is None


@pytest.mark.parametrize(
    ("text", "content_type", "links"),
    [
        (
            '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc> http://a.example/1 </loc></url>'
            "<url><loc>/2</loc></url><url><loc>/2</loc></url></urlset>",
            "application/xml",
            ("http://a.example/1", "http://a.example/2"),
        ),
        ("<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap></sitemapindex>", "text/xml", ("http://a.example/s1.xml",)),
        ("<rss><channel><link>http://a.example</link><item><link>/1</link></item></channel></rss>", "text/xml", ("http://a.example/1",)),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="self" href="/a"/><link href="/1"/></entry></feed>',
            "application/atom+xml",
            ("http://a.example/1",),
        ),
        ("<urlset></urlset>", "text/html", ()),
    ],
)
def test_sitemaps_and_feeds_lead_to_their_entries(text: str, content_type: str, links: tuple[str, ...]) -> None:
    assert read_page(raw(text, content_type)) == Listing(links, is_index="<sitemapindex>" in text)


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-03-01T08:00:00+08:00", datetime(2026, 3, 1, tzinfo=UTC)),
        (" 2026-03-01T00:00:00Z ", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01 08:00:00", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 1, 16, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01", None),
        ("", None),
    ],
)
def test_a_sitemap_says_when_its_pages_changed(said: str, moment: datetime | None) -> None:
    found = read_page(raw(f"<urlset><url><loc>/1</loc><lastmod>{said}</lastmod></url><url><loc>/2</loc></url></urlset>", "text/xml"))
    assert isinstance(found, Listing)
    assert found.modified == ({} if moment is None else {"http://a.example/1": moment})


def test_robots_txt_leads_to_its_sitemaps_and_never_fails() -> None:
    robots = "User-agent: *\nDisallow: /x\nSITEMAP: /sitemap.xml\nSitemap: http://b.example/s.xml\n"
    assert read_page(raw(robots, "text/plain", "http://a.example/robots.txt")) == Listing(
        ("http://a.example/sitemap.xml", "http://b.example/s.xml")
    )
    for text in ("", "\x00\x01"):
        assert read_page(raw(text, "text/plain", "http://a.example/robots.txt")) == Listing(())


@pytest.mark.parametrize(
    "content",
    [
        "0; url=/home/",
        "0;URL='/home/'",
        " 3 ; Url = http://a.example/home/ ",
        '10,url="../home/"',
        "0; /home/",
        "0 url=/home/",
        "0.5;url=/home/#top",
        ";url=/home/",
    ],
)
def test_a_page_that_forwards_leads_where_it_forwards_to(content: str) -> None:
    quoted = content.replace('"', "&quot;")
    for body in ("", "<p>正在跳转</p><script></script>", '<div id="app"></div><script></script>'):
        page = f'<html><head><title>首页</title><meta http-equiv="Refresh" content="{quoted}"></head><body>{body}</body></html>'
        assert read_page(raw(page)) == Listing(("http://a.example/home/",))


@pytest.mark.parametrize(
    "head",
    [
        '<meta http-equiv="refresh" content="30; url=/home/">',
        '<meta http-equiv="refresh" content="5">',
        '<meta http-equiv="refresh" content="0; url=./#again">',
        '<meta http-equiv="refresh" content="0; url=javascript:go()">',
        '<meta http-equiv="refresh" content="now">',
        '<noscript><meta http-equiv="refresh" content="0; url=/home/"></noscript>',
        '<meta name="refresh" content="0; url=/home/">',
    ],
)
def test_a_page_that_does_not_forward_leads_nowhere(head: str) -> None:
    with pytest.raises(ParseError) as refused:
        read_page(raw(f"<html><head><title>首页</title>{head}</head><body></body></html>"))
    assert refused.value.reason == "not_an_article"
    assert isinstance(read_page(raw(f"<html><head><title>首页</title>{head}</head><body><p>医保正在改。</p></body></html>")), Article)


def test_an_article_that_forwards_is_an_article() -> None:
    text = (
        "<h1>断缴能补吗</h1><p>可以补缴,三个月以内不影响待遇。</p>"
        + "<p>先到参保地的经办大厅说明情况,再按规定办理,补缴以后待遇从下个月起恢复,断缴期间看病的钱不能报销,要自己承担。</p>"
    )
    found = read_page(raw(f'<html><head><meta http-equiv="refresh" content="5; url=/home/"></head><body>{text}</body></html>'))
    assert isinstance(found, Article)


def test_a_broken_sitemap_gives_what_it_has_and_says_so() -> None:
    found = read_page(raw("<urlset><url><loc>/1</loc></url><url><loc>/2</loc></url><url><lo", "application/xml"))
    assert isinstance(found, Listing)
    assert found.links == ("http://a.example/1", "http://a.example/2")
    assert found.problem is not None
    assert found.problem.reason == "bad_sitemap"


def test_what_is_left_out_of_an_endless_list_is_told() -> None:
    urls = "".join(f"<url><loc>/{number}</loc></url>" for number in range(50_001))
    found = read_page(raw(f"<urlset>{urls}</urlset>", "application/xml"))
    assert isinstance(found, Listing)
    assert len(found.links) == 50_000
    assert found.problem is not None
    assert found.problem.reason == "cut_listing"


def test_other_xml_is_refused() -> None:
    with pytest.raises(PageError):
        read_page(raw("<?xml version='1.0'?><data><item>x</item></data>", "application/xml"))


def test_entities_of_a_sitemap_are_not_read() -> None:
    hostile = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>/&a;</loc></url></urlset>'
    assert read_page(raw(hostile, "application/xml")) in (Listing(()), Listing(("http://a.example/",)))


@given(st.text(max_size=300), st.sampled_from(["text/html", "application/xml", "text/plain", "image/png", ""]))
def test_whatever_a_page_says_it_is_read_or_refused_with_a_reason(text: str, content_type: str) -> None:
    try:
        found: Article | Listing | None = read_page(raw(text, content_type))
    except PageError as error:
        found = None
        reason = error.reason
    assert found is not None or reason


@pytest.mark.skipif(not (SHARED / "benchmarks" / "extraction" / "dev").exists(), reason="the shared development pages are not here")
def test_no_article_of_the_development_pages_is_taken_for_a_list() -> None:
    folder = SHARED / "benchmarks" / "extraction" / "dev"
    taken = []
    for line in (folder / "ground-truth.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        payload = gzip.decompress((folder / "html" / f"{page['id']}.html.gz").read_bytes())
        url = page["url"] or "http://a.example/page"
        if find_listing(Page(RawPage(url=url, content_type="text/html", payload=payload, fetched_at=SEEN_AT))):
            taken.append(page["id"])
    assert taken == []
