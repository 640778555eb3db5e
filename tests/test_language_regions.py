from __future__ import annotations

import pytest

from healthnews.language.regions import find_regions, relate_regions


def codes(text: str) -> list[str]:
    return [hit.code for hit in find_regions(text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2025年福建厦门参保", "福建省/厦门"),
        ("武汉规定满30年", "湖北省/武汉"),
        ("辽宁朝阳的医院", "辽宁省/朝阳"),
        ("北京朝阳区窗口", "北京市/朝阳"),
        ("中山市参保人", "广东省/中山"),
        ("湛江雷州居民", "广东省/雷州"),
        ("吉林市", "吉林省/吉林"),
        ("海南省参保", "海南省"),
        ("全国统一执行", "中国"),
        ("部分地区已经放开", "some_regions"),
    ],
)
def test_a_region_is_read_with_its_province(text: str, code: str) -> None:
    assert codes(text)[-1] == code


@pytest.mark.parametrize(
    "text",
    ["朝阳产业", "海南鸡饭很好吃", "复旦大学附属中山医院", "大同小异", "身体安康", "广州路12号", "浙江大学附属医院", "全国大部分地区"],
)
def test_a_lookalike_is_no_region(text: str) -> None:
    assert not codes(text)


def test_a_city_lies_in_its_province_and_apart_from_another() -> None:
    assert relate_regions("湖北省", "湖北省/武汉") == "contains"
    assert relate_regions("湖北省/武汉", "湖南省/长沙") == "disjoint"
    assert relate_regions(None, "湖北省") == "unknown"
    assert relate_regions("some_regions", None) == "some"
