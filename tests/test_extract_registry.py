import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthnews.errors import PageError, ParseError
from healthnews.extract.registry import PAGE_JSON, assignable_parsers, find_parsers, parse_page, parser_versions, parsers_by_host
from healthnews.records import Article, RawPage
from tests.markups import MARKUPS, URL, read_dump

FETCHED_AT = datetime(2025, 11, 1, 4, 0, tzinfo=UTC)
OWN = Path(__file__).parent / "pages" / "m.jiusongjiankang.com" / "own.txt"
TYPES = ["text/html", "text/plain; charset=gbk", PAGE_JSON, "application/xhtml+xml"]
FIELDS = ["url", "title", "text", "published_at", "tags", "related", "snippet", "tag"]
INSERTED = [b"", b"<", b">", b"\x00", b"</div>", b"<table><tr>", "\ue000医".encode()]
SITES = [f"https://{host}/1.html" for host in parsers_by_host()]
ADDRESSES = [URL, "https://example.com/1.html", "file:a.html", "stdin:", *SITES]


def parse(payload: bytes, content_type: str = "text/html", url: str = "https://example.com/1.html") -> Article:
    return parse_page(RawPage(url=url, content_type=content_type, payload=payload, fetched_at=FETCHED_AT))


def test_every_parser_has_a_version_and_every_host_one_parser() -> None:
    assert set(parser_versions()) >= {"generic", "jiusongjiankang", "page_json", "text_dump"}
    assert all(version for version in parser_versions().values())
    hosts = [host for parser in find_parsers().values() for host in getattr(parser, "HOSTS", ())]
    assert len(hosts) == len(set(hosts)) == len(parsers_by_host())
    assert not {"page_json", "text_dump"} & set(assignable_parsers())
    assert set(assignable_parsers()) >= {"generic", *parsers_by_host().values()}


def test_a_type_that_no_parser_reads_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        parse("文字".encode(), "text/css")
    assert caught.value.reason == "unknown_type"


@given(st.binary(max_size=300), st.sampled_from(TYPES), st.sampled_from(ADDRESSES))
def test_any_bytes_give_an_article_or_a_page_error(payload: bytes, content_type: str, url: str) -> None:
    check(payload, content_type, url)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(sorted(MARKUPS)), st.sampled_from(TYPES), st.sampled_from(ADDRESSES))
def test_mutated_pages_give_an_article_or_a_page_error(seed: int, markup: str, content_type: str, url: str) -> None:
    chance = random.Random(seed)
    payload = bytearray(MARKUPS[markup](read_dump(OWN.read_text("utf-8"))).encode(chance.choice(["utf-8", "gb18030"])))
    for _ in range(chance.randint(0, 30)):
        start = chance.randrange(len(payload))
        end = start + chance.choice([0, 1, 3, 40, 2000])
        payload[start:end] = chance.choice([*INSERTED, bytes([chance.randrange(256)])])
        payload = payload or bytearray(b"x")
    check(bytes(payload), content_type, url)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
        max_leaves=15,
    )
)
def test_any_json_gives_an_article_or_a_page_error(value: object) -> None:
    check(json.dumps(value).encode(), PAGE_JSON, "file:pages.jsonl")


def check(payload: bytes, content_type: str, url: str) -> None:
    failure = article = None
    try:
        article = parse(payload, content_type, url)
    except PageError as error:
        failure = error
    if article is None:
        assert failure is not None
        assert failure.reason
        assert failure.detail
        return
    assert article.title
    assert article.body
    article.body.encode()
    for flag in article.quality:
        assert 0 <= flag.start <= flag.end <= len(article.body if flag.origin == "body" else article.title)


@pytest.mark.parametrize(
    "payload",
    [
        b"<div>" * 100_000 + "文".encode() + b"</div>" * 100_000,
        b"<b><i><p>" * 60_000,
        b"<table><tr><td>" * 40_000,
        b"<a href=/x>" * 100_000,
        b"<p " + b"a=1 " * 200_000 + b">",
        ("<p>" + "医保报销比例是多少,怎么办理。" * 250_000).encode(),
        ("<title>题目在这里</title>" + "<p>医保报销,2025-04-19 来源:某报" * 30_000).encode(),
        b"<" * 2_000_000,
        b"<!-- " * 200_000,
        ("<p>" + "a" * 5_000_000).encode(),
        (("x" * 50 + " - ") * 20_000).encode(),
    ],
    ids=lambda payload: f"{payload[:12]!r}",
)
@pytest.mark.parametrize("content_type", ["text/html", "text/plain"])
def test_hostile_pages_end_without_a_crash(payload: bytes, content_type: str) -> None:
    check(payload, content_type, "https://example.com/1.html")
