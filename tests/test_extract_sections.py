import pytest

from healthnews.extract.sections import Line, build_sections, find_lead, heading_levels


def levels(*texts: str) -> list[int]:
    return heading_levels([Line(text) for text in texts])


def test_numbered_lines_are_headings_by_their_number() -> None:
    assert levels("一、办理条件", "1. 本地户籍", "正文。", "(二) 外地户籍", "正文。") == [1, 2, 0, 2, 0]
    assert levels("(二)外地户籍", "• 有居住证的人", "正文。") == [2, 3, 0]


def test_counted_steps_and_circled_numbers_are_headings_by_what_follows_them() -> None:
    assert levels("第一\uff0c备齐材料", "正文。", "步骤二:去窗口", "正文。", "第三步、等短信", "正文。") == [2, 0, 2, 0, 2, 0]
    assert levels("一、办法", "① 线上", "正文。", "② 线下", "正文。") == [1, 3, 0, 3, 0]
    assert levels("第一\uff0c备齐材料。", "第一次参保的人去窗口", "正文。") == [0, 0, 0]


def test_bold_lines_and_headings_of_the_markup_are_headings_without_a_number() -> None:
    lines = [Line("先说结论。"), Line("线上怎么办", bold=True), Line("打开小程序。"), Line("线下怎么办", bold=True), Line("去窗口。")]
    assert heading_levels(lines) == [0, 1, 0, 1, 0]
    ranked = [Line("办法", 2), Line("线上", 3), Line("打开小程序。"), Line("线下", 3), Line("去窗口。"), Line("结语", 2), Line("完。")]
    assert heading_levels(ranked) == [1, 2, 0, 2, 0, 1, 0]


def test_rows_of_a_table_and_items_of_a_list_are_no_headings() -> None:
    assert heading_levels([Line("项目 比例", is_item=True), Line("门诊 50%", is_item=True), Line("以窗口为准。")]) == [0, 0, 0]


def test_an_item_that_is_a_sentence_is_text() -> None:
    assert levels("一、材料", "1. 带上身份证。", "2. 核对材料 :检查是否齐全。", "办理完毕。") == [1, 0, 0, 0]


def test_items_of_a_list_are_no_headings_not_even_the_last() -> None:
    assert levels("需要带:", "1. 身份证", "2. 户口本", "3. 照片", "带齐后到窗口办理。") == [0, 0, 0, 0, 0]


def test_a_short_plain_line_after_numbered_sections_is_a_heading() -> None:
    assert levels("一、原因", "账户停用。", "处理办法", "去窗口。") == [1, 0, 1, 0]
    assert levels("处理办法", "去窗口。") == [0, 0]


def test_decimals_and_amounts_are_no_numbers_of_headings() -> None:
    assert levels("2.5倍以内", "正文。", "12.5万元", "正文。") == [0, 0, 0, 0]


def test_the_last_line_heads_nothing() -> None:
    assert levels("正文。", "一、结语") == [0, 0]


def test_headings_of_the_markup_rank_by_their_order() -> None:
    lines = [Line("概述", 2), Line("正文。"), Line("细节", 4), Line("正文。"), Line("要点", bold=True), Line("正文。")]
    assert heading_levels(lines) == [1, 0, 2, 0, 2, 0]


def test_sections_hold_every_line_once() -> None:
    lines = [Line("先说结论。"), Line("一、原因:"), Line("1. 停缴"), Line("甲。"), Line("乙。")]
    found = [(s.heading, s.level, s.text) for s in build_sections(lines)]
    assert found == [(None, 0, "先说结论。"), ("原因", 1, ""), ("停缴", 2, "甲。\n乙。")]


@pytest.mark.parametrize(
    ("texts", "lead"),
    [
        (("不会清零,可以结转", "一、原因", "正文。"), "不会清零,可以结转"),
        (("关于清零,说明如下:", "正文。"), None),
        (("关于清零,说明如下\uff1a", "正文。"), None),
        (("一、原因", "正文。"), None),
        (("1. 带上身份证。", "正文。"), None),
        (("只有这一段。",), None),
        ((), None),
    ],
)
def test_a_lead_is_a_first_paragraph_that_something_follows(texts: tuple[str, ...], lead: str | None) -> None:
    assert find_lead([Line(text) for text in texts]) == lead
