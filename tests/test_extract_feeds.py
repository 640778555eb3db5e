"""Sitemaps and feeds are read as their publishers write them: in any charset, with bare ampersands, prefixes and bases."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.errors import PageError
from healthnews.extract.listing import Listing
from healthnews.extract.registry import read_page
from healthnews.records import Article, RawPage
from tests.conftest import SEEN_AT

ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


def listing(text: str, charset: str = "utf-8") -> Listing:
    raw = RawPage(url="http://a.example/x/feed.xml", content_type="text/xml", payload=text.encode(charset), fetched_at=SEEN_AT)
    found = read_page(raw)
    assert isinstance(found, Listing)
    return found


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "gb18030", "big5", "utf-16", "utf-8"])
def test_a_feed_of_any_charset_leads_to_its_entries(charset: str) -> None:
    items = "".join(f"<item><title>心理健康入口第{n}回</title><link>http://a.example/{n}</link></item>" for n in range(3))
    text = f'<?xml version="1.0" encoding="{charset}"?><rss version="2.0"><channel>{items}</channel></rss>'
    assert listing(text, charset) == Listing(tuple(f"http://a.example/{n}" for n in range(3)))


@pytest.mark.parametrize(
    "written", ["/1?a=1&b=2", "/1?a=1&amp;b=2", "/1?a=1&#38;b=2", "<![CDATA[/1?a=1&b=2]]>", "<![CDATA[/1?a=1]]>&<![CDATA[b=2]]>"]
)
def test_an_ampersand_is_one_however_it_is_written(written: str) -> None:
    found = listing(f"<urlset><url><loc>/0?c=3&d</loc></url><url><loc>{written}</loc></url></urlset>")
    assert found == Listing(("http://a.example/0?c=3&d", "http://a.example/1?a=1&b=2"))


@pytest.mark.parametrize(
    "text",
    [
        '<sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9"><sm:url><sm:loc>/1</sm:loc></sm:url></sm:urlset>',
        "<!-- made by hand --><urlset><url><loc>/1</loc></url></urlset>",
        '<!DOCTYPE rss [<!ELEMENT rss ANY>]>\n<!-- a --><?x y?><rss version="2.0"><channel><item><link>/1</link></item></channel></rss>',
        "<rss><channel><item><guid>http://a.example/1</guid></item></channel></rss>",
        '<rss><channel><item><link/><guid isPermaLink="true"> http://a.example/1 </guid></item></channel></rss>',
        '<rss><channel><item><link>/1</link><guid>http://a.example/?p=1</guid></item><item><guid isPermaLink="false">http://a.example/2'
        "</guid></item><item><guid>3f2a</guid></item></channel></rss>",
    ],
)
def test_a_list_is_known_by_its_root_and_an_item_by_its_link_or_its_permanent_one(text: str) -> None:
    assert listing(text) == Listing(("http://a.example/1",))


def test_addresses_of_a_feed_are_relative_to_what_it_says_and_its_next_page_comes_first() -> None:
    text = (
        f'<feed {ATOM} xml:base="/b/"><link rel="next" href="?p=2"/>'
        '<entry><link href="1.html"/><updated>2026-03-01T00:00:00Z</updated></entry>'
        '<entry xml:base="c/"><link href="2.html"/></entry><entry><link xml:base="http://b.example/" href="3.html"/></entry></feed>'
    )
    found = listing(text)
    assert found.links == ("http://a.example/b/?p=2", "http://a.example/b/1.html", "http://a.example/b/c/2.html", "http://b.example/3.html")
    assert found.modified == {"http://a.example/b/1.html": datetime(2026, 3, 1, tzinfo=UTC)}


def test_the_next_page_of_a_channel_is_named_in_atom() -> None:
    head = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="/feed?p=2"/>'
    found = listing(f"<rss><channel>{head}<item><link>/1</link></item></channel></rss>")
    assert found == Listing(("http://a.example/feed?p=2", "http://a.example/1"))


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><urlset><url><loc>/&b;</loc></url></urlset>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>/&a;</loc></url></urlset>',
    ],
)
def test_entities_of_a_list_without_declaration_are_not_read(text: str) -> None:
    assert listing(text).links in ((), ("http://a.example/",))


@pytest.mark.parametrize(
    "text",
    [
        "<urlset>" + "<![CDATA[&" * 100_000,
        "<urlset>" + "&" * 1_000_000,
        "<!--" * 100_000 + "<urlset>",
        "<urlset>" + "<url xml:base='x/'>" * 100_000,
        "<urlset " + "xml:base='" + "x/" * 500_000 + "'>" + "<url><loc>1</loc></url>" * 10_000,
    ],
    ids=["cdata", "ampersands", "comments", "depth", "base"],
)
def test_a_hostile_list_costs_no_more_than_its_size(text: str) -> None:
    raw = RawPage(url="http://a.example/x/", content_type="application/rss+xml", payload=text.encode(), fetched_at=SEEN_AT)
    with suppress(PageError):
        found = read_page(raw)
        assert isinstance(found, Listing)
        assert sum(map(len, found.links)) < 10_000_000


PIECES = (
    "<urlset>", "<s:url>", "<loc>", "</loc>", "/1?a&b", "&amp;", "<![CDATA[", "]]>", "<!--", "-->", "<!DOCTYPE a [", "]>", "<?xml ?>",
    "<item xml:base='//['>", "<guid>http://[", "<link rel='next' href='//['/>", "\0", "\ud800", "&#0;",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_whatever_stands_in_a_list_it_is_read_or_refused(pieces: list[str]) -> None:
    text = "<feed>" + "".join(pieces)
    raw = RawPage(url="http://a.example/", content_type="text/xml", payload=text.encode("utf-8", "surrogatepass"), fetched_at=SEEN_AT)
    with suppress(PageError):
        assert isinstance(read_page(raw), Article | Listing)
