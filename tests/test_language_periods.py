from __future__ import annotations

import pytest

from healthnews.language.periods import are_disjoint, find_period


@pytest.mark.parametrize(
    ("text", "code", "is_start"),
    [
        ("自2025年3月1日起执行", "2025-03-01/..", True),
        ("2024年新增的服务", "2024-01-01/..", True),
        ("2022年之前的办法", "../2022-01-01", False),
        ("2024年度标准", "2024-01-01/2025-01-01", False),
        ("2024年12月的标准", "2024-12-01/2025-01-01", False),
        ("过去要跑窗口", "past", False),
        ("现行政策", "present", False),
    ],
)
def test_a_period_is_read(text: str, code: str, is_start: bool) -> None:
    period = find_period(text)
    assert period is not None
    assert (period.code, period.is_start) == (code, is_start)


def test_no_period_is_none() -> None:
    assert find_period("住院可以报销") is None


def test_past_and_present_do_not_overlap() -> None:
    assert are_disjoint("past", None)
    assert are_disjoint("past", "present")
    assert are_disjoint("2023-01-01/2024-01-01", "2025-01-01/..")
    assert not are_disjoint("2025-01-01/..", None)
    assert not are_disjoint("2023-01-01/2024-01-01", "2022-01-01/..")
