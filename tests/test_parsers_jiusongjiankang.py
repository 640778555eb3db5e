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
