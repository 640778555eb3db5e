"""Statuses, conditional requests, and how long a server asks to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.crawl.fetch import LONGEST_WAIT_SECONDS, Fetcher, retry_after_seconds
from tests.fetching import HEAD, HTML, reason, visit_raw
from tests.web import Reply, Site, redirect, sends

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_transient_and_its_answer_kept(fetcher: Fetcher, site: Site, status: int) -> None:
    site.routes["/a"] = Reply(b"sorry", status)
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), visit.is_transient, visit.hops[0].wire, visit.answer) == (f"http_{status}", True, b"sorry", None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501, 505])
def test_a_status_that_stays_is_permanent(fetcher: Fetcher, site: Site, status: int) -> None:
    site.routes["/a"] = Reply(b"no", status, headers=(("Content-Type", "application/json"),))
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), visit.is_transient, visit.hops[0].status) == (f"http_{status}", False, status)


def test_a_refusal_names_address_and_status(fetcher: Fetcher, site: Site) -> None:
    visit = fetcher.fetch(site.url("/gone"))
    assert visit.refusal is not None
    assert visit.refusal.detail == f"{site.url('/gone')}: answered 404 Not Found, expected 200"


def test_an_unchanged_page_is_an_answer(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = lambda request: Reply(status=304) if request.headers.get("if-none-match") == '"1"' else Reply(b"x")
    visit = fetcher.fetch(site.url("/a"), etag='"1"', last_modified="Sun, 01 Mar 2026 00:00:00 GMT")
    assert visit.answer is not None
    assert (visit.answer.status, visit.answer.wire) == (304, b"")
    assert site.requests[0].headers["if-modified-since"] == "Sun, 01 Mar 2026 00:00:00 GMT"


def test_not_modified_is_no_answer_to_who_has_nothing(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(status=304)
    assert reason(fetcher.fetch(site.url("/a"))) == "http_304"


def test_conditions_go_to_the_first_address_only(fetcher: Fetcher, site: Site) -> None:
    site.routes |= {"/a": redirect("/b"), "/b": Reply(b"x")}
    assert fetcher.fetch(site.url("/a"), etag='"1"').refusal is None
    assert ["if-none-match" in request.headers for request in site.requests] == [True, False]


@pytest.mark.parametrize("etag", ["", "  ", " x", "\xa0x", "中文"])
def test_a_validator_that_cannot_be_sent_does_not_raise(fetcher: Fetcher, site: Site, etag: str) -> None:
    site.routes["/a"] = Reply(b"x")
    assert fetcher.fetch(site.url("/a"), etag=etag).asked == site.url("/a")


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("99999999999999", LONGEST_WAIT_SECONDS), ("-1", None), ("soon", None), ("", None)]
)
def test_the_wait_a_server_asks_for_is_told(fetcher: Fetcher, site: Site, value: str, seconds: float | None) -> None:
    site.routes["/a"] = Reply(b"later", 429, (("Retry-After", value),))
    assert fetcher.fetch(site.url("/a")).retry_after_seconds == seconds


def test_an_answer_that_is_used_asks_for_no_wait(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(b"x", headers=(*HTML, ("Retry-After", "7")))
    assert fetcher.fetch(site.url("/a")).retry_after_seconds is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        ("Sunday, 01-Mar-26 12:01:00 GMT", 60.0),
        ("Sun Mar  1 12:01:00 2026", 60.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2027 12:00:00 GMT", LONGEST_WAIT_SECONDS),
        ("１２", None),
        ("1.5", None),
        ("Sun, 99 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_a_wait_is_seconds_or_an_http_date(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOON) == seconds


@given(
    st.one_of(
        st.text(), st.integers().map(str), st.datetimes().map(lambda moment: format_datetime(moment.replace(tzinfo=UTC), usegmt=True))
    )
)
def test_no_wait_is_out_of_range(value: str) -> None:
    seconds = retry_after_seconds(value, NOON)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT_SECONDS


@given(st.integers(0, 3599))
def test_a_date_and_its_seconds_mean_the_same_wait(seconds: int) -> None:
    date = format_datetime(NOON + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_seconds(date, NOON) == retry_after_seconds(str(seconds), NOON) == seconds


@pytest.mark.parametrize("status", [100, 102, 103])
def test_what_a_server_says_before_its_answer_is_passed_over(status: int) -> None:
    interim = b"HTTP/1.1 %d Wait\r\nLink: </a.css>; rel=preload\r\n\r\n" % status
    visit = visit_raw(sends(interim * 2 + HEAD + b"Content-Length: 1\r\n\r\nx"))
    assert (reason(visit), visit.hops[0].status, visit.hops[0].wire) == (None, 200, b"x")


def test_a_length_that_is_said_twice_is_one_length() -> None:
    assert visit_raw(sends(HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx")).hops[0].wire == b"x"
