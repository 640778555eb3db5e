"""How often a page is looked at again: by how often it was found changed."""

from datetime import timedelta

import pytest

from healthnews.crawl.frontier_records import Claim
from healthnews.crawl.visit_policy import Policy

WEEK = timedelta(days=7)
POLICY = Policy(revisit=WEEK, list_revisit=timedelta(hours=20), delay_seconds=0)


def claim(interval: timedelta | None, sha256: str | None = "0") -> Claim:
    return Claim(
        url="https://a.example/1", depth=0, attempts=0, outcome="fetched", is_listing=False, last_fetched_at=None, etag=None,
        last_modified=None, sha256=sha256, interval_seconds=None if interval is None else interval.total_seconds(),
    )  # fmt: skip


def test_a_new_page_has_the_usual_interval() -> None:
    assert POLICY.interval(claim(None, None), is_changed=True) == WEEK
    assert POLICY.interval(claim(None), is_changed=False) == WEEK, "one that an older version has visited"


def test_an_unchanged_page_is_left_alone_longer_and_a_changed_one_shorter() -> None:
    assert POLICY.interval(claim(WEEK), is_changed=False) == 2 * WEEK
    assert POLICY.interval(claim(WEEK), is_changed=True) == WEEK / 2


@pytest.mark.parametrize(("is_changed", "bound"), [(True, WEEK / 7), (False, WEEK * 8)])
def test_the_interval_has_bounds(is_changed: bool, bound: timedelta) -> None:
    interval = WEEK
    for _ in range(9):
        interval = POLICY.interval(claim(interval), is_changed=is_changed)
    assert interval == bound
