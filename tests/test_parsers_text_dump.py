from datetime import UTC, datetime
from pathlib import Path

import pytest

from healthnews.errors import ParseError
from healthnews.extract.registry import parse_page
from healthnews.records import Article, RawPage
from tests.markups import read_dump, require_seeds

FETCHED_AT = datetime(2025, 11, 1, 4, 0, tzinfo=UTC)
OWN = (Path(__file__).parent / "pages" / "m.jiusongjiankang.com" / "own.txt").read_text("utf-8")


def parse(text: str) -> Article:
    return parse_page(RawPage(url="file:dump.txt", content_type="text/plain", payload=text.encode(), fetched_at=FETCHED_AT))


def test_a_dump_is_read_into_its_parts() -> None:
    article, dump = parse(OWN), read_dump(OWN)
    assert article.url is None
    assert (article.title, article.body, article.disclaimer) == (dump.title, dump.body, dump.disclaimer)
    assert article.lead == dump.lines[0]
    assert [(i.title, i.snippet, i.tag) for i in article.related] == [(i.title, i.snippet, i.tag) for i in dump.items]
    assert article.related[0].published_at == datetime(2025, 5, 1)
    assert all(item.url is None for item in article.related)
    assert (article.published_at, article.published_at_source) == (None, "not_in_page")
    assert article.quality == ()


def test_sections_follow_the_numbering() -> None:
    found = [(s.level, s.heading) for s in parse(OWN).sections]
    assert found == [
        (0, None),
        (1, "同一统筹区内"),
        (2, "不用办理转移"),
        (2, "注意空档期"),
        (1, "跨统筹区"),
        (2, "先停保再转出"),
        (2, "年限合并计算"),
        (1, "办理提醒"),
    ]


def test_an_item_without_snippet_keeps_its_place() -> None:
    text = OWN.replace(read_dump(OWN).items[1].snippet + "\n", "")
    second, third = parse(text).related[1:3]
    assert (second.snippet, second.tag, second.position) == (None, "办事指南", 2)
    assert (third.title, third.published_at) == (read_dump(OWN).items[2].title, datetime(2025, 5, 3))


@pytest.mark.parametrize("lost", ["-20", "05-20", "指南 2025-05-20", "办事指南 2025-05-20"])
def test_a_dump_cut_in_its_last_item_keeps_what_is_there(lost: str) -> None:
    article = parse(OWN.removesuffix(lost))
    last = article.related[-1]
    assert len(article.related) == 20
    assert (last.title, last.snippet, last.published_at) == (read_dump(OWN).items[-1].title, read_dump(OWN).items[-1].snippet, None)
    assert [flag.flag for flag in article.quality] == ["truncated"]


def test_a_dump_cut_in_a_snippet_keeps_title_and_beginning() -> None:
    snippet = read_dump(OWN).items[-1].snippet
    article = parse(OWN[: OWN.index(snippet) + 10])
    assert article.related[-1].snippet == snippet[:10]
    assert [flag.flag for flag in article.quality] == ["truncated"]


def test_plain_text_with_title_and_body_alone_is_an_article() -> None:
    article = parse("医保卡丢了怎么办\n\n先挂失\n\n再到窗口补办。\n")
    assert (article.title, article.body, article.lead) == ("医保卡丢了怎么办", "先挂失\n再到窗口补办。", "先挂失")
    assert (article.related, article.disclaimer) == ((), None)


def test_a_disclaimer_with_a_full_width_colon_is_taken_off() -> None:
    article = parse("题目\n\n正文一。\n\n正文二。\n\n提示\uff1a本内容不能代替医生的判断。\n相关推荐\n")
    assert (article.disclaimer, article.body) == ("提示\uff1a本内容不能代替医生的判断。", "正文一。\n正文二。")


@pytest.mark.parametrize(
    "text",
    ["只有一行", "长" * 300 + "\n\n正文", "题目\n\n提示:本内容不能代替医生的判断。\n相关推荐\n", "***\n\n---\n"],
)
def test_text_of_another_shape_is_no_article(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert caught.value.reason == "not_an_article"


def test_the_seed_dumps_are_read_as_their_readers_read_them() -> None:
    articles = [parse(path.read_text("utf-8")) for path in require_seeds()]
    assert [len(article.related) for article in articles] == [20] * 4
    assert all(i.title and i.snippet and i.tag and i.published_at for article in articles for i in article.related)
    first_lines = [(article.body or "").split("\n")[0] for article in articles]
    assert [article.lead for article in articles] == [first_lines[0], first_lines[1], None, first_lines[3]]
    assert [article.published_at for article in articles] == [None] * 4
    assert [len([s for s in article.sections if s.level == 1]) for article in articles] == [5, 0, 4, 0]
    assert [len([s for s in article.sections if s.level == 2]) for article in articles] == [9, 0, 5, 0]


def test_a_hint_in_the_middle_of_an_answer_is_text() -> None:
    assert "提示:转移期间不要断缴。" in (parse(OWN).body or "").split("\n")


def test_a_dump_fetched_from_the_web_keeps_its_address() -> None:
    raw = RawPage(url="https://example.com/a.txt", content_type="text/plain", payload=OWN.encode(), fetched_at=FETCHED_AT)
    assert parse_page(raw).url == "https://example.com/a.txt"


ANSWER = "断缴了怎么办\n\n可以补缴。\n\n到窗口办理。\n\n提示:本内容不能代替面诊。\n相关推荐\n\n"
FIRST, LAST = "断缴以后怎么报销", "补缴要交滞纳金吗"
FIRST_SNIPPET, LAST_SNIPPET = "看断缴多久 三个月以内补上的不受影响,超过以后要重新等待", "一般要交 各地的办法不一样,先问参保地的服务电话"
DATE = "办事指南 2025-04-22"


def related_of(*lines: str) -> list[tuple[str, str | None, str | None, datetime | None]]:
    return [(i.title, i.snippet, i.tag, i.published_at) for i in parse(ANSWER + "\n".join(lines) + "\n").related]


@pytest.mark.parametrize(
    "lines",
    [
        (FIRST, FIRST_SNIPPET, "", LAST, LAST_SNIPPET, DATE),
        (FIRST, "", FIRST_SNIPPET, "", LAST, "", LAST_SNIPPET, "", DATE),
        (FIRST, FIRST_SNIPPET, LAST, LAST_SNIPPET, DATE),
    ],
)
def test_an_item_without_date_takes_none_from_the_next(lines: tuple[str, ...]) -> None:
    assert related_of(*lines) == [(FIRST, FIRST_SNIPPET, None, None), (LAST, LAST_SNIPPET, "办事指南", datetime(2025, 4, 22))]


@pytest.mark.parametrize(
    ("lines", "snippets"),
    [
        ((FIRST, FIRST_SNIPPET, "", LAST, DATE), (FIRST_SNIPPET, None)),
        ((FIRST, "", LAST, LAST_SNIPPET, DATE), (None, LAST_SNIPPET)),
        ((FIRST, "短", "", LAST, "", DATE), ("短", None)),
        ((FIRST, "", LAST, "短", DATE), (None, "短")),
        ((FIRST, "", FIRST_SNIPPET, "", LAST, "", DATE), (FIRST_SNIPPET, None)),
        ((FIRST, "", LAST, "", LAST_SNIPPET, "", DATE), (None, LAST_SNIPPET)),
        ((FIRST, FIRST_SNIPPET, LAST, DATE), (FIRST_SNIPPET, None)),
    ],
)
def test_of_three_lines_blank_lines_or_lengths_tell_the_snippet(lines: tuple[str, ...], snippets: tuple[str | None, str | None]) -> None:
    assert related_of(*lines) == [(FIRST, snippets[0], None, None), (LAST, snippets[1], "办事指南", datetime(2025, 4, 22))]


def test_a_title_alone_before_its_date_is_an_item_without_snippet() -> None:
    found = related_of(FIRST, "", DATE, "", LAST, LAST_SNIPPET, "", DATE)
    assert found == [(FIRST, None, "办事指南", datetime(2025, 4, 22)), (LAST, LAST_SNIPPET, "办事指南", datetime(2025, 4, 22))]


def test_items_behind_the_last_date_are_kept_apart() -> None:
    found = related_of("旧卡还能用吗", "能用到年底,之后要换新卡", DATE, FIRST, FIRST_SNIPPET, LAST, LAST_SNIPPET)
    assert found[1:] == [(FIRST, FIRST_SNIPPET, None, None), (LAST, LAST_SNIPPET, None, None)]


@pytest.mark.parametrize("date", ["2999-04-22", "2025-02-30", "2025-11-20"])
def test_a_date_that_cannot_be_ends_an_item_and_is_none(date: str) -> None:
    found = related_of(FIRST, FIRST_SNIPPET, f"办事指南 {date}", LAST, LAST_SNIPPET, DATE)
    assert found == [(FIRST, FIRST_SNIPPET, "办事指南", None), (LAST, LAST_SNIPPET, "办事指南", datetime(2025, 4, 22))]


def test_a_snippet_that_begins_with_the_tag_is_a_snippet() -> None:
    found = related_of(FIRST, FIRST_SNIPPET, DATE, LAST, "办事指南里写得很清楚,一般要交")
    assert found[1] == (LAST, "办事指南里写得很清楚,一般要交", None, None)


def test_a_long_run_of_lines_without_a_date_is_read_by_twos() -> None:
    found = related_of(*(f"第{n}行" for n in range(20_001)), DATE)
    assert (len(found), found[-1][0]) == (10_001, "第20000行")
