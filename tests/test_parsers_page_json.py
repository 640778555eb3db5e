import json
from datetime import UTC, datetime
from typing import Any

import pytest

from healthnews.errors import ParseError
from healthnews.extract.registry import PAGE_JSON, parse_page
from healthnews.records import Article, RawPage

FETCHED_AT = datetime(2025, 11, 1, 4, 0, tzinfo=UTC)
PAGE: dict[str, Any] = {
    "url": "https://example.com/a/1.html",
    "title": "医保卡丢了怎么办",
    "text": "先挂失,再补办\n\n一、挂失\n打电话即可。\n提示:本内容不能代替医生的判断。",
    "published_at": "2025-04-19 08:30",
    "tags": ["办事"],
    "related": [
        {"title": "补卡要几天", "url": "/a/2.html", "snippet": "三天 左右", "tag": "办事", "published_at": "2025-04-18"},
        {"title": "另一篇"},
    ],
}


def parse(value: Any) -> Article:
    payload = json.dumps(value, ensure_ascii=False).encode()
    return parse_page(RawPage(url="file:pages.jsonl", content_type=PAGE_JSON, payload=payload, fetched_at=FETCHED_AT))


def test_a_page_object_becomes_an_article() -> None:
    article = parse(PAGE)
    assert (article.url, article.title, article.lead) == (PAGE["url"], PAGE["title"], "先挂失,再补办")
    assert article.body == "先挂失,再补办\n一、挂失\n打电话即可。"
    assert article.disclaimer == "提示:本内容不能代替医生的判断。"
    assert (article.published_at, article.published_at_precision) == (datetime(2025, 4, 19, 8, 30), "minute")
    assert article.tags == ("办事",)
    assert [(i.title, i.snippet, i.tag, i.published_at) for i in article.related] == [
        ("补卡要几天", "三天 左右", "办事", datetime(2025, 4, 18)),
        ("另一篇", None, None, None),
    ]
    assert article.related[0].url == "https://example.com/a/2.html"


def test_optional_fields_may_be_absent_or_null() -> None:
    article = parse({"title": "题目", "text": "第一段。\n第二段。", "tags": None, "related": None, "published_at": None})
    assert (article.url, article.published_at, article.published_at_source) == (None, None, "not_in_page")


def test_half_a_surrogate_pair_does_not_reach_the_article() -> None:
    payload = b'{"title": "\\ud800\xe9\xa2\x98\xe7\x9b\xae", "text": "\\udc00\xe6\x96\x87"}'
    article = parse_page(RawPage(url="stdin:", content_type=PAGE_JSON, payload=payload, fetched_at=FETCHED_AT))
    assert (article.title, article.body) == ("?题目", "?文")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "bad_json"),
        ({**PAGE, "title": 3}, "bad_json"),
        ({**PAGE, "text": ["x"]}, "bad_json"),
        ({**PAGE, "related": [{"url": "x"}]}, "bad_json"),
        ({**PAGE, "related": "x"}, "bad_json"),
        ({**PAGE, "text": ""}, "not_an_article"),
        ({**PAGE, "title": " "}, "not_an_article"),
    ],
)
def test_a_wrong_object_is_refused_with_its_reason(value: Any, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(value)
    assert caught.value.reason == reason
