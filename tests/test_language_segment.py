from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.language.segment import Span, is_heading, split_blocks, split_clauses, split_sentences

CHINESE = st.text(alphabet="医保可以不会清零报销。,;:!?、()“” \n\t1.2,34%一二三、•①(abc", max_size=120)


def words(text: str, *, flattened: bool = False) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, flattened=flattened)]


def test_a_sentence_ends_at_full_stops_and_semicolons_in_both_widths() -> None:
    assert words("先登记。再缴费;后领卡;结束") == ["先登记。", "再缴费;", "后领卡;", "结束"]


@pytest.mark.parametrize("number", ["2.5%", "18,192元", "3.0版"])
def test_a_number_is_never_cut(number: str) -> None:
    assert words(f"标准是{number}左右。") == [f"标准是{number}左右。"]
    text = f"标准是{number}左右"
    assert len(split_clauses(text, Span(0, len(text)))) == 1


@pytest.mark.parametrize("marker", ["1.", "2、", "一、", "(三)", "①", "• ", "  3. "])
def test_a_list_number_is_no_part_of_its_sentence(marker: str) -> None:
    assert words(f"{marker}先去窗口登记。") == ["先去窗口登记。"]


def test_a_closing_quotation_mark_stays_with_its_sentence() -> None:
    assert words("他说“明天来。”然后走了。") == ["他说“明天来。”", "然后走了。"]


def test_half_width_marks_between_chinese_characters_divide_clauses() -> None:
    text = "登记后缴费,缴费后领卡:三步"
    assert [text[a:b] for a, b in split_clauses(text, Span(0, len(text)))] == ["登记后缴费", "缴费后领卡", "三步"]


def test_a_flattened_snippet_gets_its_headings_back() -> None:
    text = "参保状态异常 双方都须正常参保。地区尚未开通 有的城市还没有这项服务。"
    assert words(text, flattened=True)[:2] == ["参保状态异常", "双方都须正常参保。"]


def test_bold_words_in_a_flattened_sentence_do_not_cut_it() -> None:
    assert words("退款通常在 3个工作日 到账。", flattened=True) == ["退款通常在 3个工作日 到账。"]


def test_a_short_line_without_closing_mark_is_a_heading() -> None:
    text = "缴费年限怎么算"
    assert is_heading(text, Span(0, len(text)))
    assert not is_heading("按月缴纳,年底结算。", Span(0, 10))


@given(CHINESE | st.text(max_size=80), st.booleans())
def test_sentences_and_clauses_lie_in_order_inside_the_text_and_lose_no_words(text: str, flattened: bool) -> None:
    sentences = split_sentences(text, flattened=flattened)
    position = 0
    for start, end in sentences:
        assert position <= start < end <= len(text)
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        inner = start
        for clause in split_clauses(text, Span(start, end)):
            assert inner <= clause.start < clause.end <= end
            inner = clause.end
        position = end
    kept = "".join(text[start:end] for start, end in sentences)
    if not any(mark in text for mark in ".、()()①•") and all(block.end - block.start for block in split_blocks(text)):
        assert sum(c.isalpha() for c in kept) >= sum(c.isalpha() for c in text) - sum(text.count(c) for c in "一二三")
