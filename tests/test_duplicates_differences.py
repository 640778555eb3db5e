"""What a difference between two texts amounts to: another statement, or a slip of the pen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.duplicates.differences import Difference, Differences, find_differences
from healthnews.duplicates.folded import FoldedTexts
from healthnews.duplicates.statements import STATEMENTS

FRAME = "职工医保个人账户归本人所有,{}。参保人可以在手机上查询余额,也可以到窗口办理,需要带好身份证件。"
PAIRS = {
    "polarity": (
        "余额年底会清零/余额年底不会清零",
        "门诊费用能够报销/门诊费用无法报销",
        "备案以后可以报销/备案以后不可以报销",
        "断缴期间有等待期/断缴期间没有等待期",
        "这笔钱是单位交的/这笔钱不是单位交的",
        "转移时需要开证明/转移时无需开证明",
        "转移时需要开证明/转移时不需要开证明",
        "家属应当一起申请/家属不应当一起申请",
        "换药以前必须问医生/换药以前禁止问医生",
        "这家药店支持刷卡/这家药店不支持刷卡",
        "超过五十万的部分/不超过五十万的部分",
        "满十八岁的人/不满十八岁的人",
        "两种药相同/两种药不同",
        "缴费基数以上/缴费基数以下",
        "待遇将会提高/待遇将会降低",
        "饭前半小时服用/饭后半小时服用",
        "余额可以结转/余额全部清零",
        "由单位承担/由个人承担",
        "目录内的药品/目录外的药品",
        "已经参保的人/未曾参保的人",
    ),
    "number": (
        "按2%划入/按2.5%划入",
        "等待3天/等待5天",
        "等待3天/等待30天",
        "起付线500元/起付线600元",
        "起付线500元/起付线5000元",
        "报销百分之五十/报销百分之六十",
        "打三针/打五针",
        "缴满二十五年/缴满三十年",
        "等待3天/等待3周",
        "上限5元/上限5万元",
        "每次20毫克/每次20克",
        "50%由基金付/50‰由基金付",
        "血压140/90/血压130/90",
        "体温37.5/体温375",
    ),
    "date": (
        "2024年起执行/2025年起执行",
        "自2024年1月1日起/自2024年7月1日起",
        "自2024年1月1日起/自2025年7月15日起",
        "3月5日截止/3月15日截止",
        "去年开始的/今年开始的",
        "上半年到账/下半年到账",
        "年初到账/年底到账",
    ),
    "place": ("菏泽的参保人/聊城的参保人", "在山东济南就医/在江苏南京就医", "雷州市医保局/廉江市医保局", "河北的规定/湖北的规定"),
    "insurance": ("职工医保的人/居民医保的人", "参加工伤保险/参加生育保险"),
    "wording": (
        "钱归本人所有/钱归自己所有",
        "等待3天/等待三天",
        "缴费1,200元/缴费1200元",
        "报销50%/报销百分之五十",
        "等待3天/等待3日",
        "余额不会清零/余额不会清另",
        "患者都知道/不者都知道",
        "比较容易/较为容易",
        "首先需要登录/首先登录",
        "应该带好医保卡/应该带上医保卡",
        "不仅要备案/要备案",
        "有2种办法/有难种办法",
        "特别说明/区别说明",
        "山东省济南市的人/山东济南市的人",
        "一个人办理/个人办理",
    ),
    "passage": ("钱归本人所有/钱归本人所有;没有用完的部分按照规定计算利息,不会因为换了工作而消失",),
}
CASES = [(kind, pair) for kind, pairs in PAIRS.items() for pair in pairs]


def split(pair: str) -> tuple[str, str]:
    """The two sides; the mark between them stands in the middle."""
    middle = [place for place, character in enumerate(pair) if character == "/"]
    place = middle[len(middle) // 2]
    return FRAME.format(pair[:place]), FRAME.format(pair[place + 1 :])


def compared(one: str, other: str) -> Differences:
    return Differences(FoldedTexts([one, other]), np.array([0]), np.array([1]))


def told(one: str, other: str) -> set[str]:
    return {difference.kind for difference in compared(one, other).statements(0)}


@pytest.mark.parametrize(("kind", "pair"), CASES, ids=[f"{kind}: {pair}" for kind, pair in CASES])
def test_a_difference_is_of_its_kind(kind: str, pair: str) -> None:
    one, other = split(pair)
    for left, right in ((one, other), (other, one)):
        assert {difference.kind for difference in find_differences(left, right) or ()} == {kind}
        assert told(left, right) == ({kind} if kind in STATEMENTS else set())


def test_the_span_of_a_number_is_the_whole_number() -> None:
    one, other = split("按2%划入/按2.5%划入")
    (difference,) = find_differences(one, other) or []
    assert (one[difference.start : difference.end], other[difference.other_start : difference.other_end]) == ("2%", "2.5%")


def test_a_digit_or_a_negator_lost_is_a_slip_where_slips_abound() -> None:
    one = FRAME.format("缴费满25年,每年等待15天,不锈钢的器械另算")
    slips = one.replace("归本人", "旧本人").replace("查询余", "查洵余").replace("窗口", "囱口")
    assert told(one, one.replace("15天", "5天")) == {"number"}
    assert told(one, slips.replace("15天", "5天")) == set()
    assert told(one, slips.replace("不锈钢", "锈钢")) == set()


@pytest.mark.parametrize(
    "pair", ["余额会清零/余额不会清零", "按2%划入/按2.5%划入", "等待3天/等待5天", "起付线500元/起付线5000元", "菏泽的人/聊城的人"]
)
def test_a_sure_statement_stands_however_many_slips_are_beside_it(pair: str) -> None:
    one, other = split(pair)
    for right, wrong in (("归本人", "旧本人"), ("查询", "查洵"), ("窗口", "囱口"), ("身份", "生份"), ("所有", "所又"), ("办理", "办里")):
        other = other.replace(right, wrong)
    assert len(told(one, other)) == 1


def test_a_statement_that_differs_in_a_passage_moved_elsewhere_is_found() -> None:
    first, second = "年底没有用完的余额不会清零,可以结转到下一年继续使用;", "参保人可以通过手机、电话或者窗口查询自己账户里的余额;"
    assert told(FRAME.format(first + second), FRAME.format(second + first)) == set()
    assert told(FRAME.format(first + second), FRAME.format(second + first.replace("不会", "会"))) == {"polarity"}
    assert told(FRAME.format(first + second), FRAME.format(second.replace("两种", "三种") + first.replace("下一年", "下两年"))) == {
        "number"
    }


def test_texts_too_far_apart_are_not_compared() -> None:
    assert find_differences("医保" * 3_000, "账户" * 3_000) is None


def test_equal_texts_have_no_difference_though_width_case_marks_and_spaces_differ() -> None:
    assert find_differences("医保余额A\uff1a50\uff05。", "医保余额a: 50% !") == []


@given(
    st.text("医保会不2.5年\uff0c 。菏泽聊城\ud800\U0001f600职工居民以上下", max_size=40),
    st.text("医保会不2.5年\uff0c 菏泽聊城职工居民以上下", max_size=40),
)
def test_differences_are_spans_of_both_texts_in_order_and_explain_all(one: str, other: str) -> None:
    found = find_differences(one, other)
    assert found is not None
    place = other_place = 0
    for difference in found:
        assert place <= difference.start <= difference.end <= len(one)
        assert other_place <= difference.other_start <= difference.other_end <= len(other)
        place, other_place = difference.end, difference.other_end
    if not found:
        assert FoldedTexts([one]).shown(0) == FoldedTexts([other]).shown(0)


def test_what_fills_a_template_is_named_once() -> None:
    one, other = ("".join(f"{place}的医院第{n}条说明如下;" for n in range(5)) for place in ("菏泽", "聊城"))
    assert compared(one, other).distinct(0, 9) == [Difference("place", 0, 2, 0, 2)]
