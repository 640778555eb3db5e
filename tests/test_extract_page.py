from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from healthnews.errors import PageError, ParseError
from healthnews.extract.blocks import Flat
from healthnews.extract.flatten import flatten
from healthnews.extract.page import Page, absolute_url, asks_not_to_be_indexed
from healthnews.records import RawPage

FETCHED_AT = datetime(2025, 11, 1, 4, 0, tzinfo=UTC)


def make_page(html: str, url: str = "https://example.com/a/1.html") -> Page:
    return Page(RawPage(url=url, content_type="text/html", payload=html.encode(), fetched_at=FETCHED_AT))


def flat_of(html: str, *, markers: bool = False) -> Flat:
    return flatten(make_page(html).root, markers=markers)


def texts(html: str, *, markers: bool = False) -> list[str]:
    return [block.text for block in flat_of(html, markers=markers).blocks]


def test_a_strict_selector_names_address_selector_found_and_expected() -> None:
    page = make_page("<p>一</p><p>二</p>")
    with pytest.raises(ParseError, match=r"https://example.com/a/1.html: 'p' matches 2 nodes, expected exactly 1"):
        page.one("p")
    with pytest.raises(ParseError, match="expected at most 1"):
        page.maybe("p")
    with pytest.raises(ParseError, match="at least 3"):
        page.all("p", at_least=3)
    assert page.maybe("h1") is None
    assert len(page.all("p", at_least=2)) == 2


def test_links_are_absolute_from_the_address_that_a_saved_page_names() -> None:
    page = make_page('<link rel="canonical" href="https://Example.com/x/2.html"><p>文</p>', "file:saved.html")
    assert (page.address, page.host) == ("https://Example.com/x/2.html", "example.com")
    assert page.absolute("../y.html#z") == "https://Example.com/y.html"
    assert page.absolute("javascript:void(0)") is None
    assert make_page("<p>文</p>", "file:saved.html").absolute("/y.html") is None
    assert page.absolute("http://[broken") is None


@pytest.mark.parametrize(
    ("head", "base"),
    [
        ('<base href="/b/">', "https://example.com/b/"),
        ('<BASE target="_blank"><base href="../c/">', "https://example.com/c/"),
        ('<base href="javascript:void(0)"><base href="http://b.example/d/x">', "http://b.example/d/"),
        ('<base href="http://["><base href="#top">', "https://example.com/a/"),
        ("<title>What a &lt;base> is</title>", "https://example.com/a/"),
        ('<base href="/b/"><base href="/c/">', "https://example.com/b/"),
    ],
)
def test_relative_links_are_relative_to_the_base_that_a_page_names(head: str, base: str) -> None:
    page = make_page(f'<head>{head}<link rel="canonical" href="1.html"></head><a href="2.html">x</a><a href="?p=2">x</a>')
    assert page.links()[0].url == f"{base}2.html"
    assert page.canonical_url == f"{base}1.html"
    assert page.absolute("/3.html") == base[: base.index("/", 8)] + "/3.html"
    assert page.url == page.address == "https://example.com/a/1.html"


def test_a_saved_page_without_address_has_the_links_of_its_base() -> None:
    page = make_page('<base href="http://b.example/d/"><a href="2.html">x</a>', url="file:1.html")
    assert [link.url for link in page.links()] == [page.target("2.html")] == ["http://b.example/d/2.html"]


def test_both_trees_show_the_same_page() -> None:
    page = make_page("<h1>题</h1><p>文<b>字</b></p>")
    assert page.soup.get_text() == "题文字"
    assert page.one("p").text() == "文字"


def test_blocks_end_at_block_elements_and_line_breaks_only() -> None:
    assert texts("<div>一<b>二</b><p>三<br>四</p>五 <span>六</span></div>") == ["一二", "三", "四", "五 六"]


def test_every_block_element_is_known_by_its_number_in_any_document() -> None:
    common = "div p dl dt dd h1 h6 ul ol li pre section article main header footer nav aside form fieldset blockquote center figure"
    rare = "figcaption address details summary menu dir legend hgroup search"
    for tag in f"{common} {rare}".split():
        assert texts(f"<x-a>一</x-a><{tag}>二</{tag}>三") == ["一", "二", "三"], tag
        assert flat_of(f"一<{tag}>二</{tag}>三").blocks[1].tag == tag


def test_white_space_folds_and_breaks_inside_chinese_source_vanish() -> None:
    assert texts("<p>  医保\n   个人 账户&nbsp;&#8203;a\nb</p>") == ["医保个人 账户 a b"]


def test_scripts_styles_and_comments_have_no_text() -> None:
    assert texts("<body><script>a</script><style>b</style><noscript>c</noscript><!-- d --><p>文</p><template>e</template>") == ["文"]


def test_a_data_row_is_one_block_and_a_layout_row_is_not() -> None:
    assert texts("<table><tr><td>一级</td><td><p>60%</p></td></tr></table>") == ["一级 60%"]
    assert texts("<table><tr><td>导航</td><td><p>一</p><p>二</p></td></tr></table>") == ["导航", "一", "二"]
    assert texts(f"<table><tr><td>导航</td><td>{'长' * 300}</td></tr></table>") == ["导航", "长" * 300]


def test_every_element_is_a_range_of_blocks() -> None:
    flat = flat_of("<div><p>一</p><table><tr><td>二</td><td>三</td></tr></table></div><p>四</p>")
    assert all(0 <= e.start <= e.end <= len(flat.blocks) for e in flat.elements)
    div = next(e for e in flat.elements if e.tag == "div")
    assert [b.text for b in flat.blocks[div.start : div.end]] == ["一", "二 三"]


def test_list_markers_are_written_as_a_browser_shows_them() -> None:
    html = "<ol start=3><li>一<ul><li>甲</li></ul></li><li><p>二</p></li></ol>"
    assert texts(html, markers=True) == ["3. 一", "• 甲", "4. 二"]
    assert texts(html) == ["一", "甲", "二"]


def test_links_stay_with_their_part_of_the_text() -> None:
    (block,) = flat_of('<p>见<a href="/a">医保<em>卡</em></a><span>说明</span></p>').blocks
    assert [(part.text, part.href) for part in block.parts] == [("见", None), ("医保卡", "/a"), ("说明", None)]
    assert block.link_characters == 3


@pytest.mark.parametrize("html", ["<div>" * 100_000, "<ul><li>" * 60_000, "<span>" * 50_000 + "</div>" * 50_000])
def test_nesting_that_would_take_quadratic_time_is_refused(html: str) -> None:
    with pytest.raises(PageError) as caught:
        _ = make_page(html).dom
    assert caught.value.reason == "too_deep"


def test_formatting_left_open_over_a_whole_page_is_refused() -> None:
    html = "".join(f"<b id={i}>" for i in range(1900)) + "<p>文" * 20_000
    with pytest.raises(PageError) as caught:
        _ = make_page(html).dom
    assert caught.value.reason == "too_deep"


def test_deep_but_sane_nesting_is_flattened_without_recursion() -> None:
    assert texts("<div>" * 1500 + "文") == ["文"]


@pytest.mark.parametrize(
    ("page", "header", "expected"),
    [
        ('<META content="NOINDEX, follow" name=robots>', None, True),
        ("<meta name='robots' content='none'>", None, True),
        ('<meta name="robots" content="index,follow">', None, False),
        ('<meta name="description" content="noindex">', None, False),
        ("<p>name=robots noindex</p>", None, False),
        ("", "noindex", True),
        ("", "max-snippet:50", False),
    ],
)
def test_a_page_that_asks_not_to_be_indexed_is_known(page: str, header: str | None, expected: bool) -> None:
    assert asks_not_to_be_indexed(page.encode("gb18030"), header) is expected


LINK_PIECES = (
    "/",
    "//",
    ".",
    "..",
    "a",
    "B7",
    "-",
    "_",
    "%20",
    "?",
    "?x=1&y=2",
    "#top",
    ";v",
    ":",
    "http:",
    "https://",
    "b.example",
    "B.example",
    ":80",
    " ",
    "医保",
)


@given(
    st.lists(st.sampled_from(LINK_PIECES), max_size=9).map("".join),
    st.sampled_from(
        ["https://a.example/x/1.html", "http://a.example:8080/", "https://A.example/x", "https://u@a.example/", "file:page.html"]
    ),
)
@example("/a/../b", "https://a.example/x/1.html")
@example("/a?", "https://a.example/x/1.html")
@example("https://b.example/./a//b", "https://a.example/x/1.html")
def test_a_link_read_the_short_way_leads_where_joining_leads(href: str, base: str) -> None:
    joined = absolute_url(base, href)
    assert make_page("<p>正文</p>", base).absolute(href) == (joined.partition("#")[0] if joined else None)
