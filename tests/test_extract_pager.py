"""The next page of an article: found where a link says so and the address agrees, never another article."""

import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import healthnews
from healthnews.errors import PageError
from healthnews.extract.page import Page
from healthnews.extract.pager import find_part, is_next_address
from healthnews.records import MAX_PARTS, PagePart, RawPage

TEXT = "断缴以后三个月以内可以补缴,补缴以后待遇恢复,之后重新计算等待期。" * 4


def page(pager: str, url: str = "https://a.example/news/1234.html", head: str = "") -> Page:
    markup = f"<html><head><title>断缴怎么办</title>{head}</head><body><h1>断缴怎么办</h1><p>{TEXT}</p>{pager}</body></html>"
    made = Page(RawPage(url=url, content_type="text/html", payload=markup.encode(), fetched_at=datetime(2026, 3, 1, tzinfo=UTC)))
    assert made.flat
    return made


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("/news/1234.html", "/news/1234_2.html"),
        ("/news/1234_2.html", "/news/1234_3.html"),
        ("/news/1234.shtml", "/news/1234-2.shtml"),
        ("/news/t2026_1234.html", "/news/t2026_1234_1.html"),
        ("/news/1234", "/news/1234/2"),
        ("/news/1234/", "/news/1234/2/"),
        ("/news/1234/2/", "/news/1234/3/"),
        ("/news/1234.html", "/news/1234/2.html"),
        ("/news/1234/", "/news/1234/page/2/"),
        ("/news/1234.html", "/news/1234.html?page=2"),
        ("/news/1234.html?page=2", "/news/1234.html?page=3"),
        ("/show?id=7", "/show?id=7&p=2"),
        ("/show?id=7&pageNo=9", "/show?id=7&pageNo=10"),
    ],
)
def test_an_address_that_differs_by_a_page_number_is_the_next(address: str, other: str) -> None:
    assert is_next_address(f"https://a.example{address}", f"https://a.example{other}")
    assert not is_next_address(f"https://a.example{other}", f"https://a.example{address}")
    assert not is_next_address(f"https://a.example{address}", f"https://b.example{other}")
    assert not is_next_address(f"https://a.example{address}", f"https://a.example{address}")


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("/news/1234.html", "/news/1235.html"),
        ("/news/1234.html", "/news/1234_3.html"),
        ("/news/1234.html", "/video/1234_2.html"),
        ("/news/1234_2.html", "/news/1234_4.html"),
        ("/news/1234_50.html", "/news/1234_51.html"),
        ("/show?id=7", "/show?id=8"),
        ("/show?id=7", "/show?id=7&from=2"),
        ("/show?id=7&page=2", "/show?id=8&page=3"),
        ("/news/1234.html", "/news/1234_2.html?page=2"),
        ("/news/1234.html", "/news/1234.pdf"),
    ],
)
def test_other_addresses_are_not(address: str, other: str) -> None:
    assert not is_next_address(f"https://a.example{address}", f"https://a.example{other}")


@pytest.mark.parametrize(
    "pager",
    [
        '<div class="x"><a href="1234.html">1</a> <a href="1234_2.html">2</a> <a href="1234_2.html">下一页</a></div>',
        '<p><a href="/news/1234_2.html">下一页 &gt;&gt;</a></p>',
        '<ul><li><a href="1234.html">1</a></li><li><a href="1234_2.html">2</a></li></ul>',
        '<span>[1]</span><a href="1234_2.html">[2]</a>',
        '<a href="1234_2.html">第2页</a>',
        '<a href="1234_2.html#top"><b>下页</b></a>',
        '<a href="1235.html">下一篇:别的文章</a> <a href="1234_2.html">下一頁</a>',
    ],
)
def test_a_link_that_says_next_is_followed(pager: str) -> None:
    assert find_part(page(pager)) == PagePart(number=1, next_url="https://a.example/news/1234_2.html")


def test_a_link_element_in_the_head_says_it_too() -> None:
    assert find_part(page("", head='<link href="/news/1234_2.html" rel="next">')) == PagePart(
        number=1, next_url="https://a.example/news/1234_2.html"
    )


@pytest.mark.parametrize(
    "pager",
    [
        '<a href="1235.html">下一篇:断缴之后还能报销吗</a>',
        '<a href="1235.html">下一页</a>',
        '<a href="1234_2.html">下一章</a>',
        '<a href="1234_2.html">更多答案</a>',
        '<a href="https://b.example/news/1234_2.html">下一页</a>',
        '<a href="javascript:void(0)">下一页</a><a href="#">2</a>',
        '<p>相关推荐</p><ul><li><a href="1234_2.html">断缴之后还能报销吗</a></li></ul>',
        "<p>下一页</p>",
    ],
)
def test_another_article_is_never_the_next_page(pager: str) -> None:
    assert find_part(page(pager)) is None


def test_number_and_count_are_read_where_they_are_told() -> None:
    pager = '<div>共3页 <a href="1234.html">上一页</a> <a href="1234_3.html">下一页</a></div>'
    assert find_part(page(pager, "https://a.example/news/1234_2.html")) == PagePart(
        number=2, count=3, next_url="https://a.example/news/1234_3.html"
    )
    assert find_part(page('<div>1/3 <a href="1234_2.html">下一页</a></div>')) == PagePart(
        number=1, count=3, next_url="https://a.example/news/1234_2.html"
    )
    last = '<div>3/3 <a href="1234_2.html">上一页</a></div>'
    assert find_part(page(last, "https://a.example/news/1234_3.html")) == PagePart(number=3, count=3)


def test_an_article_has_fifty_pages_at_most() -> None:
    pager = f'<a href="1234_{MAX_PARTS + 1}.html">下一页</a>'
    assert find_part(page(pager, f"https://a.example/news/1234_{MAX_PARTS}.html")) is None


def test_the_part_comes_with_the_article() -> None:
    pager = '<div><a href="1234_2.html">下一页</a></div>'
    article = healthnews.extract(
        f"<html><head><title>断缴怎么办</title></head><body><h1>断缴怎么办</h1><p>{TEXT}</p>{pager}</body></html>",
        "https://a.example/news/1234.html",
    )
    assert article.part == PagePart(number=1, next_url="https://a.example/news/1234_2.html")
    assert "下一页" not in (article.body or "")


PIECES = ("<a href=", "1234_2.html", '"', "'", ">", "</a>", "下一页", "2", "<", 'rel="next"', " ", "&amp;", "<div>", "共3页")


@given(st.lists(st.sampled_from(PIECES)))
def test_whatever_the_markup_nothing_is_raised(pieces: list[str]) -> None:
    with suppress(PageError):  # cut markup is refused before
        find_part(page("".join(pieces), head="".join(pieces)))


paths = st.text(st.characters(exclude_characters="[]"), max_size=60)


@given(paths, paths)
def test_whatever_the_addresses_nothing_is_raised(one: str, other: str) -> None:
    is_next_address(f"https://a.example/{one}", f"https://a.example/{other}")


def test_a_hostile_page_takes_no_longer_than_its_length() -> None:
    hostile = page('<a href="1234_2.html">2</a> ' * 20_000 + "<p>" + "1/" * 100_000 + "</p>", url="https://a.example/x/9_3.html")
    began = time.process_time()
    assert find_part(hostile) is None
    assert time.process_time() - began < 2
    assert not is_next_address("https://a.example/" + "_1" * 4000, "https://a.example/" + "_1-2/" * 2000)
