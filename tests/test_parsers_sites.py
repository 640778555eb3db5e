"""Site parsers read the real page that they were written for at least as well as the generic one; the pages stay where they are."""

import gzip
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from benchmarks.extraction import load_scorer
from healthnews.dataset.exports import article_object
from healthnews.errors import PageError, ParseError
from healthnews.extract.listing import Listing
from healthnews.extract.page import Page
from healthnews.extract.registry import GENERIC, choose_parser, find_parsers, parse_page, read_page
from healthnews.records import RawPage
from tests.claims_seeds import SHARED

EXTRACTION = SHARED / "benchmarks" / "extraction"
FETCHED_AT = datetime(2025, 11, 1, 4, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A page of the development set, an address of its host, and what is not in its ground truth."""

    page_id: str
    parser: str
    url: str
    names: Mapping[str, str | None]
    tags: tuple[str, ...] = ()
    related: int = 0


def names(author: str | None = None, source: str | None = None, editor: str | None = None) -> dict[str, str | None]:
    return {"author": author, "source": source, "editor": editor, "reviewer": None}


CASES = (
    Case("gne-zyyfy-1", "zyyfy", "http://www.zyyfy.com/show.php?id=1", names("医技药剂党支部", "本站原创", "苏芳")),
    Case(
        "mgc-83bd4dfc",
        "piyao_kepuchina",
        "https://piyao.kepuchina.cn/rumor/rumordetail?id=agqQ",
        names(source="科普中国-科学原理"),
        ("子弹", "相对论"),
        3,
    ),
    Case(
        "mgc-4e55eac4",
        "kepu_gov",
        "http://www.kepu.gov.cn/politics/2023-12/01/content_1755244.html",
        names(source="新华社", editor="毛梦囡"),
    ),
    Case("zhm-4fa9dfe4", "bjmu_news", "http://bynews.bjmu.edu.cn/200502/article/2005-07/4651.htm", names("袁源")),
    Case("zhm-47f387e6", "cbzw", "http://www.cbzw.com.cn/article-1-1.html", names(source="互联网")),
)
each_case = pytest.mark.parametrize("case", CASES, ids=[case.parser for case in CASES])


@cache
def truths() -> Mapping[str, dict[str, Any]]:
    path = EXTRACTION / "dev" / "ground-truth.jsonl"
    if not path.exists():
        pytest.skip("the development pages lie beside the repository (shared/benchmarks/extraction) and are absent here")
    return {truth["id"]: truth for truth in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


def raw_page(case: Case) -> RawPage:
    truths()
    payload = gzip.decompress((EXTRACTION / "dev" / "html" / f"{case.page_id}.html.gz").read_bytes())
    return RawPage(url=case.url, content_type="text/html", payload=payload, fetched_at=FETCHED_AT)


def body_score(body: str | None, truth: str) -> float:
    """F1 of a body by the development set's own scorer."""
    return float(load_scorer(EXTRACTION).score_page({"body": truth}, {"body": body})["F1"])


def test_every_site_parser_of_a_page_seen_in_the_development_set_is_tried_here() -> None:
    general = {GENERIC, "page_json", "text_dump", "jiusongjiankang"}
    assert {case.parser for case in CASES} == set(find_parsers()) - general


@each_case
def test_the_host_chooses_the_parser_and_the_parser_reads_its_page(case: Case) -> None:
    page, truth = raw_page(case), truths()[case.page_id]
    article = parse_page(page)
    shown = article_object(article)
    assert (article.parser, article.parser_version) == (case.parser, find_parsers()[case.parser].VERSION)
    assert article.title == truth["title"]
    assert (shown["published_at"] or "")[:10] == (truth["date"] or "")
    assert {name: shown[name] for name in case.names} == case.names
    assert article.tags == case.tags
    assert len(article.related) == case.related
    assert all(item.url for item in article.related)


@each_case
def test_the_body_is_at_least_as_good_as_that_of_the_generic_parser(case: Case) -> None:
    page = raw_page(case)
    own, general = parse_page(page), parse_page(page, {Page(page).host or "": GENERIC})
    assert (own.parser, general.parser) == (case.parser, GENERIC)
    truth = truths()[case.page_id]["body"]
    if truth:
        assert body_score(own.body, truth) >= body_score(general.body, truth)
    else:  # its body is not annotated: the two readings have to agree, but for a line such as the photographer's
        assert body_score(own.body, general.body or "") > 0.95


@each_case
def test_a_page_without_its_headline_is_refused_with_selector_and_address(case: Case) -> None:
    page = raw_page(case)
    title = truths()[case.page_id]["title"]
    decoded = Page(page).text
    changed = replace(page, payload=decoded.replace(title, "").encode(), content_type="text/html; charset=utf-8")
    with pytest.raises(ParseError):
        parse_page(changed)
    without_markup = f"<html><head><title>{title}</title></head><body><p>别的版面。</p></body></html>".encode()
    with pytest.raises(ParseError) as caught:
        parse_page(replace(page, payload=without_markup, content_type="text/html; charset=utf-8"))
    assert caught.value.address == case.url
    assert caught.value.selector
    assert (caught.value.found, caught.value.expected) == ("0 nodes", "exactly 1") or case.parser == "kepu_gov"


@each_case
def test_a_damaged_page_gives_an_article_or_a_page_error(case: Case) -> None:
    page, chance = raw_page(case), random.Random(case.page_id)
    for _ in range(40):
        payload = bytearray(page.payload)
        for _ in range(chance.randint(1, 12)):
            start = chance.randrange(len(payload))
            payload[start : start + chance.choice([0, 1, 30, 2000])] = chance.choice(
                [b"", b"<", b">", b"</div>", b"<table>", b"2031-01-01"]
            )
        try:
            article = parse_page(replace(page, payload=bytes(payload)))
        except PageError as error:
            assert error.detail, case  # noqa: PT017 either outcome is right
        else:
            assert article.title
            assert article.body


@each_case
def test_a_list_page_of_the_site_still_leads_to_its_articles(case: Case) -> None:
    items = "".join(f'<li><a href="/n/{n}.html">医保账户的第{n}个常见问题怎么办</a></li>' for n in range(9))
    html = f'<meta charset="utf-8"><h1>问答</h1><ul>{items}</ul>'
    found = read_page(RawPage(url=case.url, content_type="text/html", payload=html.encode(), fetched_at=FETCHED_AT))
    assert isinstance(found, Listing)
    assert len(found.links) == 9


@each_case
def test_settings_can_give_a_site_another_parser(case: Case) -> None:
    page = Page(raw_page(case))
    assert choose_parser(page) == case.parser
    assert choose_parser(page, {page.host or "": "generic"}) == "generic"
