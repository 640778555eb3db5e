from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.extract.dates import parse_date

NOW = datetime(2025, 11, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "precision"),
    [
        ("2025-04-19", datetime(2025, 4, 19), "day"),
        ("发布时间:2025年4月19日 08时30分", datetime(2025, 4, 19, 8, 30), "minute"),
        ("2025/4/19 8:05:33", datetime(2025, 4, 19, 8, 5), "minute"),
        ("2025.04.19", datetime(2025, 4, 19), "day"),
        ("20250419", datetime(2025, 4, 19), "day"),
        ("2025-04-18T16:30:00Z", datetime(2025, 4, 19, 0, 30), "minute"),
        ("2025-04-19T00:30:00+08:00", datetime(2025, 4, 19, 0, 30), "minute"),
        ("2025-04-19T00:30:00.123+0800", datetime(2025, 4, 19, 0, 30), "minute"),
        ("98-03-05", datetime(1998, 3, 5), "day"),
        ("4月19日", datetime(2025, 4, 19), "day"),
        ("12月30日 09:10", datetime(2024, 12, 30, 9, 10), "minute"),
        ("2分鐘前", datetime(2025, 11, 1, 11, 58), "minute"),
        ("3小时前", datetime(2025, 11, 1, 9, 0), "minute"),
        ("昨天", datetime(2025, 10, 31), "day"),
        ("2天前", datetime(2025, 10, 30), "day"),
    ],
)
def test_dates_are_read_as_pages_write_them(text: str, moment: datetime, precision: str) -> None:
    assert parse_date(text, NOW) == (moment, precision)


@pytest.mark.parametrize(
    "text", ["", "无", "2025-13-40", "2031-01-01", "1970-01-01", "电话13800138000", "2.5%", "3-6月", "12345202504190000"]
)
def test_what_is_no_past_date_is_none(text: str) -> None:
    assert parse_date(text, NOW) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    found = parse_date(text, NOW)
    assert found is None or found.moment.tzinfo is None
