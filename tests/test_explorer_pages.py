"""Topic pages: everything is there, and no text of a stranger can do harm."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from healthnews.explorer.charts import MAX_BINS, WIDTH, find_scale, month_chart
from healthnews.explorer.pages import MAX_STATEMENTS, IndexEntry, index_page, topic_page
from healthnews.explorer.printable import MAX_TITLE_CHARS, cut_at_cue, link, printable
from healthnews.explorer.text import topic_lines
from healthnews.explorer.views import (
    ContradictionView,
    RegionView,
    SelfContradictionView,
    SideView,
    StatementView,
    TopicView,
    Witness,
)
from healthnews.records import MonthCount, TopicRow

SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"\"><img src=x onerror=alert(2)>{SCRIPT}</style></title><!-- \u202e\x00\x1b[31m{{{{ 7*7 }}}} &amp; 'onload='"


def witness(text: str = "账户余额年底会清零。", **more: Any) -> Witness:
    values: dict[str, Any] = {
        "claim_id": "clm_1", "article_id": "a_1", "title": "年底会清零吗", "url": "https://a.example/1", "published_at": "2025-04-01",
        "has_weak_date": False, "origin": "body", "sentence": text, "start": 10, "end": 10 + len(text), "cue_start": 16, "cue_end": 19,
        "regions": "湖北省武汉", "scope": "职工医保", "copy_of": None,
    }  # fmt: skip
    return Witness(**(values | more))


def statement(*witnesses: Witness) -> StatementView:
    shown = witnesses or (witness(),)
    return StatementView(statement_id="stm_1", sources=("a.example", ""), articles=len(shown), contradictions=1, witnesses=shown)


def side(label: str, *statements: StatementView, months: tuple[MonthCount, ...] = (MonthCount(month="2025-04", statements=1),)) -> SideView:
    return SideView(
        side=label,
        statements=statements or (statement(),),
        sources=("a.example", ""),
        articles=3,
        undated=1,
        weakly_dated=1,
        first_published_at="2025-04-01",
        last_published_at="2025-06-01",
        regions=(
            RegionView(region="湖北省/武汉", label="湖北省武汉", statements=1, articles=1),
            RegionView(region=None, label="未注明地区", statements=1, articles=1),
        ),
        months=months,
    )


def view(*sides: SideView, **more: Any) -> TopicView:
    values: dict[str, Any] = {
        "title": "年底清零", "topic": "年底清零", "item": "", "predicate": "balance_cleared", "release": "20260301T080000Z",
        "is_contested": True, "sides": sides or (side("是"), side("否")), "contradictions": (contradiction(),),
        "self_contradictions": (self_contradiction(),), "related": (),
    }  # fmt: skip
    return TopicView(**(values | more))


def contradiction(**more: Any) -> ContradictionView:
    values: dict[str, Any] = {
        "contradiction_id": "con_1", "type": "negation", "status": "accepted", "score": 0.9, "scope": "same", "explanation": "全文",
        "reason": "冲突:年底清零", "a_side": "是", "b_side": "否", "a": witness(), "b": witness("账户余额不会清零。"),
    }  # fmt: skip
    return ContradictionView(**(values | more))


def self_contradiction(**more: Any) -> SelfContradictionView:
    values: dict[str, Any] = {
        "article_id": "a_9", "title": "两种说法", "url": None, "published_at": None, "has_weak_date": False, "copies": ("a_10",),
        "pairs": (contradiction(),),
    }  # fmt: skip
    return SelfContradictionView(**(values | more))


def texts_of(html: str, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in LexborHTMLParser(html).css(selector)]


def tags_of(html: str) -> list[str]:
    """Every element with the names of its attributes: what a text must not be able to change."""
    return [f"{node.tag} {sorted(node.attributes)}" for node in LexborHTMLParser(html).css("*")]


# --- what a page shows


def test_a_page_shows_each_side_with_its_statements_sources_dates_and_regions() -> None:
    html = topic_page(view())
    assert texts_of(html, "h1") == ["年底清零 有争议"]
    assert texts_of(html, ".side > h2") == ["是", "否"]
    assert texts_of(html, ".side:first-child .statements blockquote") == ["账户余额年底会清零。"]
    assert texts_of(html, ".side:first-child .statements mark") == ["会清零"]
    assert texts_of(html, ".side:first-child .meta a") == ["年底会清零吗"]
    assert "https://a.example/1" in {node.attributes["href"] for node in LexborHTMLParser(html).css(".side .meta a")}
    (facts,) = texts_of(html, ".side:first-child .facts")
    assert facts == "2025-04-01湖北省武汉职工医保"
    assert texts_of(html, ".side:first-child .dates") == ["2025-04-01 至 2025-06-01；1 篇无日期；1 篇的日期只见于相关推荐"]
    assert texts_of(html, ".side:first-child .sources") == ["来源：a.example、无网址的文章"]
    assert texts_of(html, ".regions tbody td") == ["湖北省武汉", "是 1否 1", "未注明地区", "是 1否 1"]
    assert len(texts_of(html, "svg.chart")) == 2


def test_a_page_shows_contradictions_with_their_reason_and_articles_that_contradict_themselves() -> None:
    html = topic_page(view())
    assert "冲突:年底清零" in texts_of(html, ".reason")[0]
    assert "经人工确认" in texts_of(html, ".reason")[0]
    assert texts_of(html, ".pairs .letter") == ["A", "B", "A", "B"]
    assert texts_of(html, ".meta.strong") == ["两种说法日期不详另有 1 篇转载"]


def test_what_is_not_there_has_no_heading() -> None:
    html = topic_page(view(contradictions=(), self_contradictions=(), is_contested=False))
    assert texts_of(html, "main > section > h2") == ["地区"]
    nowhere = replace(side("是"), regions=(RegionView(region=None, label="未注明地区", statements=1, articles=1),))
    assert "未注明地区" not in topic_page(view(nowhere))
    assert "有争议" not in html


def test_other_articles_and_wordings_of_a_statement_are_folded_away() -> None:
    html = topic_page(view(side("是", statement(witness(), witness("账户的余额年底会清零。", article_id="a_2", copy_of="a_1")))))
    assert texts_of(html, ".statements summary") == ["另有 1 篇文章这样说，共 2 个独立来源"]
    assert texts_of(html, ".witnesses blockquote") == ["账户的余额年底会清零。"]
    assert "转载" in texts_of(html, ".witnesses .facts")[0]


def test_a_weak_date_is_marked_and_a_missing_one_is_said_to_miss() -> None:
    html = topic_page(view(side("是", statement(witness(has_weak_date=True)), statement(witness(published_at=None)))))
    assert [facts[:20] for facts in texts_of(html, ".side .facts")] == ["2025-04-01（推荐栏日期）湖北省", "日期不详湖北省武汉职工医保"]


def test_a_date_with_a_time_is_shown_to_the_day() -> None:
    moment = "2025-04-01T10:20+08:00"
    html = topic_page(
        view(replace(side("是", statement(witness(published_at=moment))), first_published_at=moment, last_published_at=moment))
    )
    assert texts_of(html, ".side time") == ["2025-04-01"]
    assert texts_of(html, ".side .dates")[0].startswith("2025-04-01；")


def test_a_long_side_is_cut_and_says_how_much_is_left_out() -> None:
    html = topic_page(view(side("是", *[statement()] * (MAX_STATEMENTS + 7))))
    assert len(LexborHTMLParser(html).css(".statements > li")) == MAX_STATEMENTS
    assert "另有 7 条说法未列出" in texts_of(html, ".more")[0]


def test_two_dates_of_a_bulk_upload_are_no_trend() -> None:
    few = (
        MonthCount(month="2025-04", statements=9),
        MonthCount(month="2025-05", statements=9, weakly_dated=9),
        MonthCount(month="2025-06", statements=1),
    )
    more = (*few, MonthCount(month="2025-07", statements=1))
    assert "看不出走势" in topic_page(view(side("是", months=few)))
    assert "看不出走势" not in topic_page(view(side("是", months=more)))


def test_the_index_links_every_page_contested_ones_apart() -> None:
    def entry(title: str, is_contested: bool) -> IndexEntry:
        rows = [
            TopicRow(topic=title, predicate="p", side=label, statements=2, sources=1, is_contested=is_contested) for label in ("是", "否")
        ]
        return IndexEntry(title=title, href=f"{title}.html", rows=tuple(rows))

    html = index_page([entry("甲", True), entry("乙", False)], "unpublished")
    assert texts_of(html, "h2") == ["有争议的主题 1", "有多种说法的主题 1"]
    assert [node.attributes["href"] for node in LexborHTMLParser(html).css(".topics a")] == ["甲.html", "乙.html"]
    assert "尚未发布" in html


# --- what a stranger's text can do: nothing


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    html = topic_page(view(side(HOSTILE, statement(witness(HOSTILE, title=HOSTILE)))), index="index.html")
    assert not LexborHTMLParser(html).css("script, link, img, iframe, object, embed, base, form, [src], [style]")
    assert not re.search(r"@import|url\(", html)
    for node in LexborHTMLParser(html).css("*"):
        assert not [name for name in node.attributes if name.startswith("on")], node.tag
        assert (node.attributes.get("href") or "https://").startswith(("https://", "index.html"))


def test_the_policy_lets_in_the_style_sheet_of_the_page_and_nothing_else() -> None:
    html = topic_page(view())
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_hostile_text_is_shown_as_text_and_without_its_control_characters() -> None:
    html = topic_page(view(side("是", statement(witness(HOSTILE)))))
    (shown,) = texts_of(html, ".side .statements blockquote")
    assert SCRIPT in shown
    assert "{{ 7*7 }}" in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u200b-\u200f]", html)


filled = st.text(max_size=60).map(lambda text: f"字{text}")


@given(filled, filled, filled)
def test_no_text_changes_the_structure_of_a_page(text: str, title: str, label: str) -> None:
    def page(text: str, title: str, label: str) -> str:
        one = witness(text, title=title, regions=text, scope=title, published_at=label[:9], cue_start=0, cue_end=0)
        pairs = contradiction(a=one, b=one, reason=text, contradiction_id=title, a_side=label, b_side="否")
        sides = side(label, statement(one, witness(f"{text}二", title=text, cue_start=0, cue_end=0))), side("否")
        selves = self_contradiction(title=text, pairs=(pairs,))
        return topic_page(view(*sides, title=title, contradictions=(pairs,), self_contradictions=(selves,), related=(text,), release=label))

    assert tags_of(page(text, title, label)) == tags_of(page("字", "字", "字"))


@given(st.text(max_size=400), st.integers(1, 60))
def test_printed_text_is_short_and_shows_what_it_is(text: str, most: int) -> None:
    shown = printable(text, most)
    assert len(shown) <= most
    assert shown.isprintable() or not set(shown) & set("\n\r\t\x1b\u202e\x00")
    assert printable(shown, most) == shown


def test_a_title_of_a_megabyte_is_cut() -> None:
    html = topic_page(
        view(side("是", statement(witness(title="很长的标题" * 200_000, sentence="很长的句子" * 200_000, cue_start=0, cue_end=0))))
    )
    assert len(html) < 60_000
    assert len(texts_of(html, ".meta a")[0]) == MAX_TITLE_CHARS
    assert printable("e" + "\u0301" * 1000) == "e\u0301\u0301"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "file:///etc/passwd",
        "vbscript:x", "//a.example/x", "https:", "https:///x", "http://[", "https://a.example/\x00", "https://a.example/" + "x" * 3000, "",
        None, "https://a.example/\u202egnp.exe",
    ],
)  # fmt: skip
def test_only_an_ordinary_address_is_linked(url: str | None) -> None:
    assert link(url) is None
    html = topic_page(view(side("是", statement(witness(url=url))), contradictions=(), self_contradictions=()))
    assert not LexborHTMLParser(html).css(".side a")
    assert "年底会清零吗" in texts_of(html, ".unlinked")


def test_an_address_with_quotes_stays_inside_its_attribute() -> None:
    url = "https://a.example/?a=1&b=\"'<x>"
    html = topic_page(view(side("是", statement(witness(url=url))), contradictions=(), self_contradictions=()))
    (node,) = LexborHTMLParser(html).css(".side a")
    assert node.attributes["href"] == url
    assert sorted(node.attributes) == ["href", "rel"]


def test_telling_words_outside_of_the_sentence_mark_nothing() -> None:
    assert cut_at_cue("一二三四", 1, 2) == ("一", "二", "三四")
    assert cut_at_cue("in the end", 3, 6) == ("in ", "the", " end")
    for start, end in ((-1, 2), (3, 3), (2, 99), (9, 12)):
        assert cut_at_cue("一二三四", start, end) == ("一二三四", "", "")


# --- the chart


def months(*counts: tuple[str | None, int, int]) -> tuple[MonthCount, ...]:
    return tuple(MonthCount(month=month, statements=total, weakly_dated=weak) for month, total, weak in counts)


def test_a_chart_leaves_no_month_out_and_sides_share_its_scale() -> None:
    scale = find_scale([months(("2024-11", 1, 0)), months(("2025-02", 4, 1), (None, 2, 0))])
    assert (scale.bins, scale.peak, scale.has_undated) == (("2024-11", "2024-12", "2025-01", "2025-02"), 4, True)
    chart = LexborHTMLParser(str(month_chart(months(("2025-02", 4, 1), (None, 2, 0)), scale, "名称")))
    assert [node.text() for node in chart.css("g title")] == ["2025-02：4 条，其中 1 条的日期只见于相关推荐", "无日期：2 条"]
    heights = {node.attributes["class"]: float(node.attributes["height"] or 0) for node in chart.css("rect")}
    assert heights["sure"] == 3 * heights["weak"]
    assert heights["undated"] == 2 * heights["weak"]


def test_a_long_time_is_drawn_by_year() -> None:
    scale = find_scale([months(("2019-05", 1, 0), ("2019-07", 2, 0), ("2025-02", 1, 0))])
    assert scale.bins == tuple(str(year) for year in range(2019, 2026))
    assert scale.peak == 3


def test_dates_far_apart_do_not_make_a_bar_for_each_year_between() -> None:
    scale = find_scale([months(("0001-01", 1, 0), ("1970-01", 1, 0), ("9999-12", 1, 0))])
    assert scale.bins == ("0001", "1970", "9999")


def test_months_that_are_none_are_left_out_and_no_dates_make_no_bins() -> None:
    assert find_scale([months(("<b>", 5, 0), ("2025-13", 5, 0), (None, 3, 0))]) == find_scale([months((None, 3, 0))])
    assert month_chart((), find_scale([]), "名称") == ""


@given(st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 12), st.integers(0, 50), st.integers(0, 50)), max_size=30))
def test_every_bar_stands_inside_the_chart(dates: list[tuple[int, int, int, int]]) -> None:
    counts = months(*((f"{year:04}-{month:02}", sure + weak, weak) for year, month, sure, weak in dates))
    scale = find_scale([counts])
    assert len(scale.bins) <= MAX_BINS
    for rect in LexborHTMLParser(str(month_chart(counts, scale, "名称"))).css("rect"):
        x, y, width, height = (float(rect.attributes[name] or 0) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert x + width <= WIDTH
        assert y >= 0
        assert height > 0


# --- the terminal


def test_the_terminal_page_tells_the_same() -> None:
    lines = list(topic_lines(view(related=("能不能吃：西瓜",))))
    text = "\n".join(lines)
    assert lines[0] == "# 年底清零  (contested)"
    assert "# 是: 1 statement, 2 independent sources" in lines
    assert "  articles  3 (1 undated, 1 dated only beside a related link)" in lines
    assert "  sources   a.example、(pages without a host)" in lines
    assert "冲突:年底清零" in text
    assert "# 1 article that contradicts itself" in lines
    assert "No trend can be told" in text
    assert lines[-1].endswith("能不能吃：西瓜")


@given(filled, filled)
def test_no_text_makes_a_heading_or_moves_the_cursor(text: str, title: str) -> None:
    hostile = f"\n# {text}\x1b[2J\r\n# "
    one = witness(hostile, title=hostile + title, url=hostile, regions=hostile, scope=title)
    shown = view(side("是", statement(one, one)), contradictions=(contradiction(a=one, b=one, reason=hostile),), title=title)
    lines = list(topic_lines(shown))
    assert len(lines) == len(list(topic_lines(view(side("是", statement(witness(), witness()))))))
    assert not [line for line in lines if re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)]
    assert sum(line.startswith("# ") for line in lines) == 4
