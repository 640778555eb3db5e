"""Dates as pages write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.extract.dates import CHINA, DateStyle, names_date, parse_date, read_date, read_told_date

NOW = datetime(2025, 11, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "precision"),
    [
        ("2025-04-19", datetime(2025, 4, 19), "day"),
        ("发布时间:2025年4月19日 08时30分", datetime(2025, 4, 19, 8, 30), "minute"),
        ("2025/4/19 8:05:33", datetime(2025, 4, 19, 8, 5), "minute"),
        ("2025.04.19", datetime(2025, 4, 19), "day"),
        ("20250419", datetime(2025, 4, 19), "day"),
        ("20250419083015", datetime(2025, 4, 19, 8, 30), "minute"),
        ("2025-04-18T16:30:00Z", datetime(2025, 4, 19, 0, 30), "minute"),
        ("2025-04-19T00:30:00+08:00", datetime(2025, 4, 19, 0, 30), "minute"),
        ("2025-04-19T00:30:00.123+0800", datetime(2025, 4, 19, 0, 30), "minute"),
        ("\uff12\uff10\uff12\uff15\uff0d\uff10\uff14\uff0d\uff11\uff19", datetime(2025, 4, 19), "day"),
        ("二〇二五年四月十九日", datetime(2025, 4, 19), "day"),
        ("二○二四年十二月三十一日", datetime(2024, 12, 31), "day"),
        ("二零二四年五月廿一日", datetime(2024, 5, 21), "day"),
        ("19 2025-04", datetime(2025, 4, 19), "day"),
        ("04-19 2025", datetime(2025, 4, 19), "day"),
        ("2025年4月19日 星期六 下午3:20", datetime(2025, 4, 19, 15, 20), "minute"),
        ("98-03-05", datetime(1998, 3, 5), "day"),
        ("4月19日", datetime(2025, 4, 19), "day"),
        ("12月30日 09:10", datetime(2024, 12, 30, 9, 10), "minute"),
        ("05-13 10:20", datetime(2025, 5, 13, 10, 20), "minute"),
        ("2分鐘前", datetime(2025, 11, 1, 11, 58), "minute"),
        ("3小时前", datetime(2025, 11, 1, 9, 0), "minute"),
        ("半年前", datetime(2025, 5, 3), "day"),
        ("昨天", datetime(2025, 10, 31), "day"),
        ("昨天 10:20", datetime(2025, 10, 31, 10, 20), "minute"),
        ("2天前", datetime(2025, 10, 30), "day"),
        ("上周五", datetime(2025, 10, 24), "day"),
    ],
)
def test_dates_are_read_as_pages_write_them(text: str, moment: datetime, precision: str) -> None:
    found = parse_date(text, NOW)
    assert found is not None
    assert (found.moment, found.precision, found.zone) == (moment, precision, "Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "style", "moment", "zone"),
    [
        ("May 13, 2024", "west", datetime(2024, 5, 13), None),
        ("13 May 2024", "west", datetime(2024, 5, 13), None),
        ("Sept. 3rd, 2021", "west", datetime(2021, 9, 3), None),
        ("13. Mai 2024, 10.20 Uhr", "dmy", datetime(2024, 5, 13, 10, 20), None),
        ("13.05.2024", "west", datetime(2024, 5, 13), None),
        ("13.05.24", "dmy", datetime(2024, 5, 13), None),
        ("13/5/2024", "west", datetime(2024, 5, 13), None),
        ("5/13/2024", "west", datetime(2024, 5, 13), None),
        ("5/6/2024", "dmy", datetime(2024, 6, 5), None),
        ("5/6/2024", "mdy", datetime(2024, 5, 6), None),
        ("5/5/2024", "west", datetime(2024, 5, 5), None),
        ("Mon, 13 May 2024 10:20:30 GMT", "west", datetime(2024, 5, 13, 10, 20), "+00:00"),
        ("Mon May 13 10:20:30 CST 2024", "west", datetime(2024, 5, 13, 10, 20), None),
        ("2024-05-13T22:20:00-05:00", "mdy", datetime(2024, 5, 13, 22, 20), "-05:00"),
        ("Mar 3, 2020 at 5:30 pm", "west", datetime(2020, 3, 3, 17, 30), None),
        ("2 hours ago", "west", datetime(2025, 11, 1, 10, 0), "+08:00"),
        ("vor 3 Tagen", "dmy", datetime(2025, 10, 29), "+08:00"),
    ],
)
def test_other_languages_keep_the_zone_that_they_write(text: str, style: DateStyle, moment: datetime, zone: str | None) -> None:
    found = parse_date(text, NOW, style)
    assert found is not None
    assert (found.moment, found.zone) == (moment, zone)


@pytest.mark.parametrize(
    "text", ["", "无", "2025-13-40", "2031-01-01", "1970-01-01", "电话13800138000", "2.5%", "3-6月", "12345202504190000", "2025年度"]
)
def test_what_is_no_past_date_is_none(text: str) -> None:
    assert parse_date(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [("2031-01-01", "future"), ("2025-11-02", "future"), ("5/6/2024", "ambiguous"), ("1970-01-01", "unreadable"), ("soon", "unreadable")],
)
def test_a_told_date_that_is_none_has_a_reason(text: str, reason: str) -> None:
    reading = read_told_date(text, NOW)
    assert (reading.dated, reading.refusal) == (None, reason)


def test_unix_seconds_are_a_date_only_where_a_date_is_told() -> None:
    told = read_told_date("1715567890", NOW).dated
    assert told is not None
    assert told.moment == datetime(2024, 5, 13, 10, 38)
    assert parse_date("1715567890", NOW) is None


def test_a_date_of_the_present_day_somewhere_on_earth_is_not_in_the_future() -> None:
    late = datetime(2025, 11, 1, 20, 0, tzinfo=UTC)
    assert parse_date("2025-11-02", late) is not None
    assert read_date("2025-11-03", late).refusal == "future"


@given(
    st.text(max_size=60) | st.text("0123456789年月日-/.: 前天周上午TZ+Mayago", max_size=40), st.sampled_from(["zh", "dmy", "mdy", "west"])
)
def test_no_text_breaks_the_parser(text: str, style: DateStyle) -> None:
    names_date(text)
    for reading in (read_date(text, NOW, style), read_told_date(text, NOW, style)):
        found = reading.dated
        assert found is None or (found.moment.tzinfo is None and found.moment.year >= 1990)
        assert found is None or found.moment <= NOW.astimezone(CHINA).replace(tzinfo=None) + timedelta(days=1)


@pytest.mark.parametrize("text", ["2" * 100_000, "2024-" * 50_000, "May " * 50_000, "1. " * 50_000, "年" * 100_000, " " * 100_000])
def test_a_hostile_text_is_read_only_in_part(text: str) -> None:
    assert read_date(text, NOW).dated is None
