"""Strict selectors of a page, what a parser reads of nodes, and parsers with versions by date."""

import ast
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.errors import HealthnewsError, PageError, ParseError
from healthnews.extract import registry
from healthnews.extract.nodes import lines_of, meta_dates, read_dates, read_names, related_items, take_disclaimer, text_of
from healthnews.extract.page import Link, Page
from healthnews.extract.parser import Earlier, Parse, Parser, check_parser, version_of
from healthnews.extract.registry import choose_parser, find_parsers, parse_page, parsers_by_host
from healthnews.records import Article, RawPage

URL = "https://www.health-site.example/a/1.html"
FETCHED_AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
NEVER = cast(Parse, print)
GUIDE = Path(__file__).parents[1] / "docs" / "add-a-site.md"


def raw(html: str, url: str = URL, fetched_at: datetime = FETCHED_AT) -> RawPage:
    return RawPage(url=url, content_type="text/html; charset=utf-8", payload=html.encode(), fetched_at=fetched_at)


def page_of(html: str, url: str = URL) -> Page:
    return Page(raw(html, url))


@pytest.mark.parametrize(
    ("ask", "selector", "found", "expected"),
    [
        (lambda page: page.one("h1"), "h1", "0 nodes", "exactly 1"),
        (lambda page: page.one("p"), "p", "2 nodes", "exactly 1"),
        (lambda page: page.maybe("p"), "p", "2 nodes", "at most 1"),
        (lambda page: page.all("p.x", at_least=2), "p.x", "1 node", "at least 2"),
        (lambda page: page.links("p a", at_least=3), "p a", "1 link", "at least 3"),
        (lambda page: read_dates(page, "p.x"), "p.x", "'二'", "a date that is not after the capture"),
        (lambda page: meta_dates(page, "pubdate"), "meta pubdate", "None", "a date that is not after the capture"),
    ],
)
def test_what_a_selector_does_not_find_is_told_field_by_field(ask: Any, selector: str, found: str, expected: str) -> None:
    page = page_of('<p>一 <a href="/2.html">下一页</a><a href="javascript:x()">打印</a></p><p class="x">二</p>')
    with pytest.raises(ParseError) as caught:
        ask(page)
    error = caught.value
    assert (error.address, error.selector, error.found, error.expected) == (URL, selector, found, expected)
    assert error.reason == "not_an_article"
    assert str(error) == f"{URL}: {selector!r} matches {found}, expected {expected}."


def test_other_parse_errors_have_no_selector() -> None:
    error = ParseError("no title")
    assert (error.address, error.selector, error.found, error.expected) == (None, None, None, None)


def test_links_are_absolute_with_their_texts_and_without_those_that_lead_nowhere() -> None:
    page = page_of(
        '<ul><li><a href="2.html#top"> 断缴\n怎么办 </a></li><li><a href="#x">锚</a></li><li><a href="mailto:a@b">信</a></li></ul>'
        '<a href="//b.example/">别处</a>'
    )
    assert page.links() == [Link("https://www.health-site.example/a/2.html", "断缴 怎么办"), Link("https://b.example/", "别处")]
    assert page.links("a[href]", within=page.one("ul"), at_least=1) == page.links()[:1]


def test_a_selector_can_look_inside_a_node_and_a_list_of_selectors_finds_each_node_once() -> None:
    page = page_of("<div class=a><p class=x>一</p></div><div class=b><p>二</p></div>")
    assert text_of(page.one("p", within=page.one("div.b"))) == "二"
    assert page.maybe("h1", within=page.one("div.b")) is None
    assert [text_of(node) for node in page.all("p, p.x", at_least=2)] == ["一", "二"]


def test_lines_of_nodes_leave_out_what_is_no_part_of_the_text() -> None:
    page = page_of(
        "<article><div class=share><a>分享</a></div><h2>一、怎么办</h2><p>先登记。</p><ul><li>带身份证</li></ul>"
        "<p>提示:以上内容仅供参考。</p>"
        "<div class=share><a>分享</a><a>收藏</a></div><script>var x</script></article>"
    )
    lines = lines_of(page.one("article"), without=page.all("div.share"))
    assert [(line.text, line.heading_rank, line.is_item) for line in lines] == [
        ("一、怎么办", 2, False),
        ("先登记。", 0, False),
        ("带身份证", 0, True),
        ("提示:以上内容仅供参考。", 0, False),
    ]
    kept, disclaimer = take_disclaimer(lines)
    assert (len(kept), disclaimer) == (3, "提示:以上内容仅供参考。")
    assert take_disclaimer(kept) == (kept, None)


def test_dates_names_and_related_links_come_from_the_nodes_that_were_named() -> None:
    page = page_of(
        '<meta name="PubDate" content="2026-02-03"><p class="by">来源:健康报 作者:王宁</p><p class="when">2026年2月4日 09:30</p>'
        '<ul><li><a href="/2.html">二</a></li><li><a href="/3.html"><img src="x.png"></a></li><li><a href="/4.html">四</a></li></ul>'
    )
    dated = read_dates(page, "p.when")
    assert (dated.published_at, dated.source, dated.precision) == (datetime(2026, 2, 4, 9, 30), "visible_text", "minute")
    assert meta_dates(page, "pubdate").published_at == datetime(2026, 2, 3)
    names = read_names(page.maybe("p.by"), page.maybe("p.editor"))
    assert (names.author, names.source, names.editor) == ("王宁", "健康报", None)
    assert [(item.position, item.title) for item in related_items(page.links("ul a"))] == [(1, "二"), (2, "四")]


@given(st.text(max_size=200), st.sampled_from(["p", "a[href]", "div > *", "h1, h1"]))
def test_any_page_answers_a_selector_or_refuses_it_with_its_address(html: str, selector: str) -> None:
    reason = None
    try:
        node = page_of(f"<body>{html}").one(selector)
        assert isinstance(text_of(node), str)
        assert isinstance(lines_of(node), list)
    except PageError as error:
        reason = error.reason
    assert reason in (None, "not_an_article", "truncated", "binary", "empty")


# --- versions by date ---------------------------------------------------------------------------------------------


@pytest.fixture
def with_guide_parser(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The parser with two versions of docs/add-a-site.md, found as one of ours."""
    found = re.search(r"<!-- example: versions -->\n```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    module = ModuleType("health_site")
    exec(compile(ast.parse(found[1]), "health_site.py", "exec"), module.__dict__)
    parsers = {**find_parsers(), "health_site": cast(Parser, module)}
    monkeypatch.setattr(registry, "find_parsers", lambda: parsers)
    monkeypatch.setattr(registry, "parsers_by_host", parsers_by_host.__wrapped__)
    return module


OLD = "<html><title>t</title><body><h1>断缴怎么办</h1><div class=answer><p>三个月以内可以补缴。</p></div></body></html>"
NEW = "<html><title>t</title><body><h1 class=headline>断缴怎么办</h1><article><p>三个月以内可以补缴。</p></article></body></html>"


@pytest.mark.usefixtures("with_guide_parser")
@pytest.mark.parametrize(
    ("html", "captured", "version"),
    [
        (OLD, datetime(2026, 1, 1, tzinfo=UTC), "2025.4"),
        (OLD, datetime(2026, 11, 2, 15, 59, tzinfo=UTC), "2025.4"),
        (NEW, datetime(2026, 11, 2, 16, 0, tzinfo=UTC), "2026.11"),  # midnight in Shanghai
        (NEW, datetime(2027, 5, 1, tzinfo=UTC), "2026.11"),
    ],
)
def test_a_capture_is_read_by_the_parser_of_its_day_and_says_which(html: str, captured: datetime, version: str) -> None:
    article = parse_page(raw(html, fetched_at=captured))
    assert (article.parser, article.parser_version, article.body) == ("health_site", version, "三个月以内可以补缴。")


@pytest.mark.usefixtures("with_guide_parser")
def test_old_markup_in_a_new_capture_is_refused() -> None:
    with pytest.raises(ParseError, match=r"'h1\.headline' matches 0 nodes, expected exactly 1"):
        parse_page(raw(OLD, fetched_at=datetime(2027, 1, 1, tzinfo=UTC)))


def test_the_recorded_parser_is_the_one_that_read_the_page_whatever_the_module_says(monkeypatch: pytest.MonkeyPatch) -> None:
    generic = find_parsers()["generic"]

    def parse(page: Page) -> Article:
        return generic.parse(page)

    liar = cast(Parser, SimpleNamespace(VERSION="9", parse=parse))
    monkeypatch.setattr(registry, "find_parsers", lambda: {**find_parsers(), "liar": liar})
    article = parse_page(raw("<h1>断缴怎么办</h1><p>三个月以内可以补缴,不影响待遇。</p>"), {"www.health-site.example": "liar"})
    assert (article.parser, article.parser_version) == ("liar", "9")


def test_of_several_earlier_versions_the_first_that_still_held_is_taken() -> None:
    def first(page: Page) -> Article:
        raise NotImplementedError

    def second(page: Page) -> Article:
        raise NotImplementedError

    earlier = (Earlier(date(2024, 1, 1), "1", first), Earlier(date(2025, 1, 1), "2", second))
    module = cast(Parser, SimpleNamespace(VERSION="3", parse=first, EARLIER=earlier))
    on = [datetime(2023, 6, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)]
    assert [version_of(module, Page(raw("x", fetched_at=moment)))[0] for moment in on] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "expected VERSION"),
        ({"VERSION": "1"}, "expected VERSION"),
        ({"VERSION": "1", "parse": print, "HOSTS": "a.example"}, "expected a tuple of hosts"),
        ({"VERSION": "1", "parse": print, "HOSTS": ("A.example",)}, "lower case"),
        ({"VERSION": "1", "parse": print, "HOSTS": ("https://a.example/",)}, "HOSTS"),
        (
            {"VERSION": "1", "parse": print, "EARLIER": (Earlier(date(2025, 1, 1), "b", NEVER), Earlier(date(2024, 1, 1), "a", NEVER))},
            "expected the oldest first",
        ),
    ],
)
def test_a_module_that_is_no_parser_is_refused_with_what_it_lacks(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(HealthnewsError, match=said):
        check_parser("x", cast(Parser, SimpleNamespace(**fields)))


def test_two_parsers_for_a_host_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = {name: cast(Parser, SimpleNamespace(VERSION="1", parse=print, HOSTS=("a.example",))) for name in ("one", "two")}
    monkeypatch.setattr(registry, "find_parsers", lambda: twice)
    with pytest.raises(HealthnewsError, match=r"one and two both claim the host a\.example"):
        parsers_by_host.__wrapped__()


def test_a_parser_that_cannot_be_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_site.py").write_text("import no_such_module_of_ours\n", encoding="utf-8")
    package = __import__("healthnews.parsers", fromlist=["__path__"])
    monkeypatch.setattr(package, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "healthnews.parsers.broken_site", raising=False)
    with pytest.raises(HealthnewsError, match=r"parsers/broken_site\.py cannot be imported: ModuleNotFoundError"):
        find_parsers.__wrapped__()


# --- parsers from the settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "parser"),
    [
        ("http://sister.example/1.html", "zyyfy"),
        ("http://sister.example:8080/1.html", "cbzw"),
        ("http://SISTER.example/1.html", "zyyfy"),
        ("http://other.example/1.html", "generic"),
        ("http://www.zyyfy.com/1.html", "generic"),
        ("http://www.cbzw.com.cn/1.html", "cbzw"),
        ("file:a.html", "generic"),
    ],
)
def test_the_settings_go_before_the_hosts_that_parsers_name(url: str, parser: str) -> None:
    assigned = {"sister.example": "zyyfy", "sister.example:8080": "cbzw", "www.zyyfy.com": "generic"}
    assert choose_parser(page_of("<p>x</p>", url), assigned) == parser
