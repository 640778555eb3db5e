"""Pages made to break a parser: each becomes an Article or a recorded reason, in time and memory that its size bounds.

Nothing is timed. Every page is read in a process that is ended after `LIMIT_SECONDS`, which is long for all of them and short for
work that grows with the square of their size.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.extraction_fuzz import find_faults, read_own_pages
from benchmarks.extraction_mutations import mutate
from healthnews.errors import PageError
from healthnews.extract.registry import read_page
from healthnews.records import Article, RawPage
from tests.page_reader import FETCHED_AT, PageReader

LIMIT_SECONDS = 60.0
TITLE = "医保账户的钱会清零吗"
FIRST = "<p>" + "职工医保个人账户的余额年底不会清零,可以结转到下一年继续使用。" * 2 + "</p>"
LAST = "<p>" + "参保人换了单位以后,账户里的钱跟着人走,不会因此减少。" * 2 + "</p>"


def page(inner: str, *, title: str = TITLE, end: str = "</body></html>") -> bytes:
    head = f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{TITLE}</h1>'
    return f"{head}{FIRST}{inner}{LAST}{end}".encode()


def links(count: int) -> str:
    return "".join(f'<li><a href="/a/{n}.html">医保账户的钱会清零吗之{n}</a></li>' for n in range(count))


def dates(count: int) -> str:
    return "".join(f"<p>发布时间:2025年{n % 12 + 1}月{n % 28 + 1}日 10:20</p>" for n in range(count))


def headings(count: int) -> str:
    return "".join(f"<h2>第{n}问 如何办理</h2><p>带上证件到窗口办理第{n}件事。</p>" for n in range(count))


def attributes(count: int, separator: str = " ") -> str:
    return separator.join(f"a{n}=1" for n in range(count))


# Name: how the page is made, and what may become of it.
PAGES: dict[str, tuple[Callable[[], bytes], str]] = {
    "100,000 divs in each other": (lambda: page("<div>" * 100_000 + "</div>" * 100_000), "too_deep"),
    "100,000 divs in each other, with ends of what was never begun": (lambda: page("<div></x>" * 100_000), "too_deep"),
    "100,000 lists in each other": (lambda: page("<ul><li>" * 100_000), "too_deep"),
    "200,000 bold elements left open": (lambda: page("<b>" * 200_000), "too_deep"),
    "1,500 bold elements left open over 100,000 paragraphs": (lambda: page("<b>" * 1_500 + "<p>文" * 100_000), "too_deep"),
    "everything left open": (lambda: page("<div><p><b><table><tr><td><a href=/x><ul><li><font><h2>医保" * 5_000, end=""), "too_deep"),
    "300,000 options of one choice": (lambda: page("<select>" + "<option>医</option>" * 300_000 + "</select>"), "too_deep"),
    "an element of 300,000 attributes": (lambda: page(f"<p {attributes(300_000)}>文</p>"), "too_deep"),
    "an element of 300,000 attributes between slashes": (lambda: page(f"<p/{attributes(300_000, '/')}>文</p>"), "too_deep"),
    "100,000 attributes of as many bodies": (lambda: page("".join(f"<body a{n}=1></body>" for n in range(100_000))), "too_deep"),
    "a million elements": (lambda: page("<br>" * 1_000_000), "too_deep"),
    "NULs everywhere": (lambda: page("<p>\0\0医\0保</p>" * 50_000), "binary"),
    "a few NULs": (lambda: page("<p>账户\0余额" + "可以结转到下一年。" * 500 + "\0</p>"), "Article"),
    "a line of 20 MB": (lambda: page("<p>" + "账户余额可以结转到下一年。" * 520_000 + "</p>"), "Article"),
    "20 MB without a space": (lambda: page("a" * 20_000_000), "Article"),
    "5 MB of ampersands": (lambda: page("&" * 5_000_000), "Article"),
    "5 MB of white space": (lambda: page("<p>账户" + " \n" * 2_500_000 + "余额</p>"), "Article"),
    "attributes of 1 MB": (
        lambda: page(f'<div class="{"a " * 500_000}" id="{"b" * 1_000_000}" style="{"c:" * 500_000}">文</div>'),
        "Article",
    ),
    "an address of 1 MB": (lambda: page(f'<a href="/{"b/../" * 200_000}">医保</a>'), "Article"),
    "a title of 5 MB": (lambda: page("", title="医保账户" * 420_000), "Article"),
    "100,000 links behind 相关推荐": (lambda: page("") + f"<h3>相关推荐</h3><ul>{links(100_000)}</ul>".encode(), "Article"),
    "50,000 dates": (lambda: page(dates(50_000)), "Article"),
    "30,000 headings": (lambda: page(headings(30_000)), "Article"),
    "tables 500 deep": (lambda: page("<table><tr><td>医保</td><td>" * 500 + "文" + "</td></tr></table>" * 500), "Article"),
    "tables 500 deep around 20,000 rows": (
        lambda: page("<table><tr><td>医<p>保</td><td>" * 500 + "<table>" + "<tr><td>甲<p>乙" * 20_000 + "</table></table>" * 500),
        "Article",
    ),
    "a row of 50,000 cells": (lambda: page("<table><tr>" + "<td>甲</td>" * 50_000 + "</tr></table>"), "Article"),
    "character references that name nothing": (
        lambda: page("<p>" + "&amp;lt&#xD800;&#0;&#99999999999;&notit;&nbsp" * 20_000 + "</p>"),
        "Article",
    ),
    "JSON-LD 100,000 deep": (lambda: page("<script type='application/ld+json'>" + '[{"a":' * 100_000 + "</script>"), "Article"),
    "JSON-LD of 20,000 articles": (
        lambda: page("<script type='application/ld+json'>[" + '{"@type":"Article","datePublished":"x"},' * 20_000 + "1]</script>"),
        "Article",
    ),
    "a script left open": (lambda: page("<script>" + "var a = '<p>';" * 1_000, end=""), "truncated"),
}


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    started = PageReader(LIMIT_SECONDS)
    yield started
    started.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_an_article_or_has_a_reason(name: str, reader: PageReader) -> None:
    make, outcome = PAGES[name]
    row = reader.read(make())
    assert row["outcome"] == outcome, row
    if outcome == "Article":
        assert row["nuls"] == 0
        assert str(row["body"]).startswith("职工医保个人账户的余额年底不会清零")


def test_what_stands_behind_a_hostile_stretch_is_not_lost(reader: PageReader) -> None:
    row = reader.read(page(headings(1_000)))
    assert str(row["body_end"]).endswith("不会因此减少。")
    assert row["sections"] == 1_001


def test_a_page_that_takes_for_ever_is_ended_and_the_next_one_is_read() -> None:
    impatient = PageReader(0.0)
    with pytest.raises(TimeoutError):
        impatient.read(page(""))
    patient = PageReader(LIMIT_SECONDS)
    try:
        assert patient.read(page(""))["outcome"] == "Article"
    finally:
        patient.close()


def require_sound(payload: bytes, content_type: str = "text/html") -> None:
    """A page gives an Article that keeps its own rules, a Listing or a reason."""
    try:
        found = read_page(RawPage(url="https://example.com/a/1.html", content_type=content_type, payload=payload, fetched_at=FETCHED_AT))
    except PageError:
        return
    if isinstance(found, Article):
        assert find_faults(found) is None


NAMES = st.sampled_from(
    (
        "html",
        "head",
        "body",
        "title",
        "div",
        "p",
        "b",
        "a",
        "li",
        "ul",
        "table",
        "tr",
        "td",
        "h1",
        "h2",
        "pre",
        "article",
        "script",
        "style",
        "svg",
    )
)
ATTRIBUTES = st.sampled_from(
    ("", " class=related", " id='x", ' href="/a/1.html"', " style=display:none", " hidden", " property=og:title content=题")
)
WORDS = st.sampled_from(
    (
        TITLE,
        FIRST,
        LAST,
        "相关推荐",
        "来源:医保局",
        "2025-02-30",
        "3小时前",
        "一、",
        "&amp;",
        "&#0;",
        "\0",
        "<!--",
        "-->",
        "<",
        ">",
        "\u3000",
        "下一页",
    )
)
TAGS = st.builds(lambda slash, name, attribute: f"<{slash}{name}{attribute}>", st.sampled_from(("", "", "/")), NAMES, ATTRIBUTES)


@settings(max_examples=150)
@given(st.lists(st.one_of(TAGS, WORDS, st.text(max_size=20)), max_size=60))
def test_no_html_made_of_tags_and_words_breaks_the_parser(pieces: list[str]) -> None:
    require_sound("".join(pieces).encode("utf-8", "replace"))


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.sampled_from(("text/html", "text/html; charset=gbk", "")))
def test_no_mutated_page_breaks_the_parser(seed: int, content_type: str) -> None:
    payload, _, _ = mutate(OWN_PAGES, Random(seed))
    require_sound(payload[:200_000], content_type)


OWN_PAGES = read_own_pages()


def test_pages_to_mutate_are_at_hand() -> None:
    assert len(OWN_PAGES) > 50
    assert (Path(__file__).parents[1] / "samples" / "site").is_dir()


def test_a_title_of_megabytes_is_read_as_far_as_a_title_goes() -> None:
    words = TITLE * 200_000
    for payload in (page("", title=words), f'<title>{words}</title><meta property="og:title" content="{words}">{FIRST}{LAST}'.encode()):
        article = read_page(RawPage(url="https://example.com/1.html", content_type="text/html", payload=payload, fetched_at=FETCHED_AT))
        assert isinstance(article, Article)
        assert article.title.startswith(TITLE)
        assert len(article.title) <= 1_000
