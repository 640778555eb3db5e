"""What is put into the frontier: an address is new once, and comes the sooner the more is said for it."""

from datetime import datetime

import pytest

from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Link
from tests.frontiers import DAY, LATER, NOW, add, claim_all, claimed, finish, page


def test_an_address_is_new_once(frontier: Frontier) -> None:
    assert add(frontier, page(1), page(2), page(1)) == 2
    assert add(frontier, page(2), page(3)) == 1
    assert frontier.known() == {page(1), page(2), page(3)}


def test_many_addresses_are_added_at_once(frontier: Frontier) -> None:
    urls = [page(number) for number in range(1200)]
    assert add(frontier, *urls) == 1200
    assert add(frontier, *urls, page(1200)) == 1
    assert frontier.count_due(NOW) == 1201


def test_the_smallest_depth_counts(frontier: Frontier) -> None:
    for depth in (4, 2, 3):
        add(frontier, Link(page(1), depth))
    assert claimed(frontier).depth == 2


def test_a_page_that_more_pages_recommend_comes_first(frontier: Frontier) -> None:
    add(frontier, Link(page(1), 1, 1), Link(page(2), 1, 1), Link(page(3), 1, 1))
    add(frontier, Link(page(2), 1, 1), Link(page(3), 1, 1), Link(page(3), 1, 1))
    assert claim_all(frontier) == [page(3), page(2), page(1)]


def test_a_priority_does_not_grow_without_end(frontier: Frontier) -> None:
    for _ in range(3):
        add(frontier, Link(page(1), 0, 2_000_000_000))
    assert claim_all(frontier) == [page(1)]


def test_a_link_that_is_found_again_gives_the_priority_that_it_has_and_no_more(frontier: Frontier) -> None:
    add(frontier, Link(page(1), 1, 1), Link(page(1), 1, 1), Link(page(2), 1, at_least=3), Link(page(3), 1, 1))
    for _ in range(3):
        add(frontier, Link(page(3), 1, at_least=2), Link(page(2), 1, at_least=3))
    add(frontier, Link(page(1), 1, 1), Link(page(1), 1, 1))
    assert claim_all(frontier) == [page(1), page(2), page(3)]


@pytest.mark.parametrize(
    ("modified_after", "asked_after", "is_due"),
    [(2, 3, True), (-1, 3, False), (0.5, 0.9, False), (5, 3, False), (3.5, 3, True)],
    ids=["later than the visit", "before the visit", "too soon after it", "in the future", "a clock that goes wrong"],
)
def test_what_changed_since_its_last_visit_is_due(frontier: Frontier, modified_after: float, asked_after: float, is_due: bool) -> None:
    """The page was visited now; it was found unchanged, so its content is older."""
    add(frontier, page(1), page(2))
    for number in (1, 2):
        interval = (7 * DAY).total_seconds()
        finish(frontier, page(number), fetched_at=NOW - 5 * DAY, visited_at=NOW, interval_seconds=interval)
    found = frontier.heed_modified({page(1): NOW + modified_after * DAY, page(9): NOW + DAY}, NOW + asked_after * DAY)
    assert found == is_due
    assert claim_all(frontier, NOW + asked_after * DAY) == [page(1)] * is_due


def test_a_page_that_is_always_said_to_have_changed_and_never_has_is_asked_less_and_less(frontier: Frontier) -> None:
    add(frontier, page(1))
    interval, now, asked = 7 * DAY, NOW, 0
    for _ in range(60):
        if frontier.claim(now) is not None:
            interval, asked = min(interval * 2, 56 * DAY), asked + 1
            seconds = interval.total_seconds()
            finish(frontier, page(1), due_at=now + interval, visited_at=now, interval_seconds=seconds)
        now += DAY
        frontier.heed_modified({page(1): now}, now)
    assert asked <= 10


@pytest.mark.parametrize("due_at", [LATER, None], ids=["done", "gone"])
def test_a_known_address_keeps_its_state_unless_forced(frontier: Frontier, due_at: datetime | None) -> None:
    add(frontier, page(1))
    finish(frontier, page(1), due_at)
    assert add(frontier, page(1)) == 0
    assert frontier.claim(NOW) is None
    assert add(frontier, page(1), force=True) == 0
    assert claim_all(frontier) == [page(1)]


def test_force_does_not_take_a_leased_address_away(frontier: Frontier) -> None:
    add(frontier, page(1))
    claimed(frontier)
    add(frontier, page(1), force=True)
    assert frontier.claim(NOW) is None
