from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.language.quantities import are_disjoint, display_quantity, find_quantities, hanzi_number
from healthnews.records import Quantity


def only(text: str) -> Quantity:
    hits = find_quantities(text)
    assert len(hits) == 1, hits
    return hits[0].quantity


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "bound"),
    [
        ("起付线18,192元", 18192, 18192, "元", "exact"),
        ("等待3-6个月", 3, 6, "月", "range"),
        ("比例不低于55%", 55, None, "%", "at_least"),
        ("最高报销20万元", None, 20, "万元", "at_most"),
        ("约1.5%", 1.5, 1.5, "%", "about"),
        ("满28年", 28, None, "年", "at_least"),
        ("停药七天内", None, 7, "日", "at_most"),
        ("体温38.5℃以上", 38.5, None, "℃", "at_least"),
        ("每天不超过5克", None, 5, "g/日", "at_most"),
        ("每人395元/年", 395, 395, "元/年", "exact"),
        ("由2.8%调整为2.2%", 2.2, 2.2, "%", "exact"),
    ],
)
def test_number_unit_and_bound_are_read(text: str, low: float | None, high: float | None, unit: str, bound: str) -> None:
    quantity = only(text)
    assert (quantity.low, quantity.high, quantity.unit, quantity.bound) == (low, high, unit, bound)


@pytest.mark.parametrize("text", ["2025年4月19日", "2024年度", "3月1日起", "上午8:30", "一次性缴清", "第3条"])
def test_dates_times_and_idioms_are_no_quantities(text: str) -> None:
    assert not find_quantities(text)


def test_a_rise_by_some_percent_is_not_the_rate() -> None:
    assert only("比例提高5%").unit == "百分点"


def test_units_of_one_dimension_are_compared() -> None:
    assert not are_disjoint(only("12个月"), Quantity(low=360, high=360, unit="日"))
    assert are_disjoint(only("3天"), only("2周"))
    assert not are_disjoint(only("3天"), only("3元"))


def test_a_number_inside_a_range_does_not_clash_with_it() -> None:
    assert not are_disjoint(only("6%"), only("约5%-8%"))
    assert not are_disjoint(only("60%"), only("50%以上"))
    assert are_disjoint(only("40%"), only("50%以上"))


def test_two_different_caps_clash() -> None:
    assert are_disjoint(only("最高300元"), only("最高500元"))
    assert not are_disjoint(only("最高300元"), only("不超过300元"))


@pytest.mark.parametrize(("words", "value"), [("十五", 15), ("两", 2), ("三百二十", 320), ("半", 0.5), ("万", None)])
def test_chinese_numerals_are_read(words: str, value: float | None) -> None:
    assert hanzi_number(words) == value


@given(st.text(alphabet="约不超过0123456789.,%元年个月-至每/以上以下由调整为十二", max_size=40))
def test_quantities_never_fail_and_lie_inside_the_text(text: str) -> None:
    for hit in find_quantities(text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert display_quantity(hit.quantity)
        assert not are_disjoint(hit.quantity, hit.quantity)
