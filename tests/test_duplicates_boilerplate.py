"""What is no part of an answer is blanked, and the answer itself never is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.duplicates.boilerplate import blank_boilerplate
from healthnews.language.normalise import half_width

ANSWER = "职工医保个人账户余额年底不清零,可以结转下一年使用;居民医保没有个人账户。"
CLOSINGS = (
    "提示:本内容不能代替面诊,如有不适请尽快就医。",
    "提示\uff1a本内容不能代替面诊\uff0c如有不适请尽快就医。",
    "温馨提示:以上信息仅供参考,具体以当地医院的意见为准。",
    "免责声明:本文所述内容不构成任何医疗建议。",
    "以上内容仅供参考,不能替代医生的诊断。",
    "(本文由AI生成,请注意甄别)",
    "本文转载自健康时报,版权归原作者所有。",
    "未经授权,不得转载。",
    "如有侵权,请联系我们删除。",
    "来源:健康时报",
    "责任编辑:张三",
    "希望以上内容对您有所帮助!",
    "如果您还有其他问题,请随时告诉我。",
)
OPENINGS = (
    "直接回答问题:",
    "直接回答\uff1a",
    "作为一个AI语言模型,我无法提供诊断,但",
    "好的,以下是针对这个问题的回答:",
    "以下是关于医保余额的详细解答:\n",
    "根据您的要求,现将内容整理如下:",
    "来源:健康时报\n",
)
ANSWERS = (
    "医疗保险的资金来源:单位缴费和个人缴费。",
    "注意:复印件不能作为报销凭证,须交原件。",
    "保健品不能代替药物治疗,擅自停药有危险。",
    "参保人应在定点医院就诊,未经转诊备案的报销比例下降20%。",
    "当然,以下情况可以报销:住院、门诊慢病。",
    "没问题,退休后仍可使用。",
    "报销比例以当地医保局公布的为准。",
)


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("between", ["", "\n", "\n\n  "])
def test_a_closing_notice_is_blanked_on_its_own_line_or_glued_behind(closing: str, between: str) -> None:
    text = ANSWER + between + closing
    assert blank_boilerplate(text) == ANSWER.ljust(len(text)) or blank_boilerplate(text).rstrip() == ANSWER


def test_a_notice_is_found_behind_a_sentence_without_its_stop() -> None:
    assert blank_boilerplate(ANSWER[:-1] + CLOSINGS[0]).rstrip() == ANSWER[:-1]


def test_several_notices_are_taken_off_one_by_one() -> None:
    assert blank_boilerplate("\n".join((ANSWER, *CLOSINGS[:8]))).rstrip() == ANSWER


@pytest.mark.parametrize("opening", OPENINGS)
def test_what_was_said_before_the_answer_is_blanked(opening: str) -> None:
    text = opening + ANSWER
    assert blank_boilerplate(text) == " " * len(opening) + ANSWER


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_looks_like_a_notice_stays(answer: str) -> None:
    assert blank_boilerplate(ANSWER + answer) == ANSWER + answer
    assert blank_boilerplate(answer + ANSWER) == answer + ANSWER


@given(st.lists(st.sampled_from([*CLOSINGS, *OPENINGS, "\n", " ", "可以。"]), max_size=6).map("".join))
def test_a_text_of_nothing_but_notices_stays_whole_or_keeps_its_length(text: str) -> None:
    blanked = blank_boilerplate(text)
    assert len(blanked) == len(text)
    assert bool(blanked.strip()) == bool(text.strip())


@given(st.text(st.sampled_from([*half_width("".join(CLOSINGS + OPENINGS)), "\n", "\ud800", "\U0001f600", "1", "."]), max_size=400))
def test_only_the_ends_are_touched_and_offsets_stay(text: str) -> None:
    blanked = blank_boilerplate(text)
    kept = blanked.strip(" ")
    assert len(blanked) == len(text)
    start = len(blanked) - len(blanked.lstrip(" ")) if kept else 0
    assert text[start : start + len(kept)] == kept


@pytest.mark.parametrize(
    "text", ["提示:" * 100_000, "以上内容" * 100_000, "*" * 400_000, "。" * 400_000, "作为一个AI" * 80_000, "来源:" * 100_000]
)
def test_a_hostile_text_is_read_at_its_ends_alone(text: str) -> None:
    assert len(blank_boilerplate(text)) == len(text)
