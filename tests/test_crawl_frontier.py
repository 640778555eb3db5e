"""No address is given to two at a time, none is lost, and no host is asked more often than its delay allows."""

import multiprocessing
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthnews.crawl import visits
from healthnews.crawl.fetch import Limits
from healthnews.crawl.frontier import LEASE_SECONDS, Frontier
from healthnews.crawl.frontier_hosts import BREAK_AFTER
from healthnews.crawl.frontier_records import Claim, Finished, HostCount, Link
from healthnews.crawl.frontier_statements import Selection
from healthnews.crawl.visits import LONGEST_WAIT
from healthnews.errors import UsageError

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=1)


Place = tuple[Path | str, str]
_numbers = count()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a new frontier may be made: a file or a database, and the space in it."""
    if request.param == "sqlite":
        return tmp_path / "frontier.sqlite", ""
    return request.getfixturevalue("postgres"), f"frontier_{next(_numbers)}"


@pytest.fixture
def frontier(place: Place) -> Iterator[Frontier]:
    """An empty frontier that follows a.example and b.example without delay."""
    with Frontier.open(*place) as opened:
        opened.hosts.follow("a.example", 0)
        opened.hosts.follow("b.example", 0)
        yield opened


def page(number: int, host: str = "a.example") -> str:
    return f"https://{host}/{number}"


def add(frontier: Frontier, *links: str | Link, now: datetime = NOW, force: bool = False) -> int:
    return frontier.add([link if isinstance(link, Link) else Link(link, 0) for link in links], now, force)


def finish(frontier: Frontier, url: str, due_at: datetime | None = NOW + 7 * DAY) -> None:
    frontier.finish(url, fetched_at=NOW, outcome="new", due_at=due_at)


def claim_all(frontier: Frontier, now: datetime = NOW) -> list[str]:
    """Everything that can be claimed at one moment, in the order of the claims."""
    urls = []
    while claim := frontier.claim(now):
        urls.append(claim.url)
    return urls


def states(frontier: Frontier) -> dict[str, int]:
    total = Counter[str]()
    for row in frontier.counts():
        total[row.state] += row.addresses
    return dict(total)


# --- adding


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
    claim = frontier.claim(NOW)
    assert claim is not None
    assert claim.depth == 2


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
        frontier.finish(page(number), fetched_at=NOW - 5 * DAY, outcome="fetched", due_at=NOW + 7 * DAY, interval_seconds=interval)
    found = frontier.heed_modified({page(1): NOW + modified_after * DAY, page(9): NOW + DAY}, NOW + asked_after * DAY)
    assert found == is_due
    assert claim_all(frontier, NOW + asked_after * DAY) == [page(1)] * is_due


def test_a_page_that_is_always_said_to_have_changed_and_never_has_is_asked_less_and_less(frontier: Frontier) -> None:
    add(frontier, page(1))
    interval, now, asked = 7 * DAY, NOW, 0
    for _ in range(60):
        if frontier.claim(now) is not None:
            interval, asked = min(interval * 2, 56 * DAY), asked + 1
            frontier.finish(page(1), fetched_at=NOW, outcome="fetched", due_at=now + interval, interval_seconds=interval.total_seconds())
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
    assert frontier.claim(NOW) is not None
    add(frontier, page(1), force=True)
    assert frontier.claim(NOW) is None


# --- claiming


def test_claims_go_by_priority_then_depth_then_discovery(frontier: Frontier) -> None:
    add(frontier, Link(page(1), 2), Link(page(2), 1), Link(page(3), 1), Link(page(4), 3, 5), Link(page(5, "b.example"), 0))
    assert claim_all(frontier) == [page(4), page(5, "b.example"), page(2), page(3), page(1)]


def test_a_claim_brings_what_a_conditional_request_needs(frontier: Frontier) -> None:
    add(frontier, Link(page(1), 3))
    frontier.finish(
        page(1),
        fetched_at=NOW,
        outcome="new",
        due_at=NOW,
        etag='"1"',
        last_modified="Sun",
        sha256="ab",
    )
    assert frontier.claim(NOW) == Claim(page(1), 3, 0, "new", False, NOW, '"1"', "Sun", "ab")


def test_what_is_too_deep_is_not_claimed(frontier: Frontier) -> None:
    add(frontier, Link(page(1), 3, 9), Link(page(2), 2))
    assert [frontier.count_due(NOW, max_depth=depth) for depth in (1, 2, 3)] == [0, 1, 2]
    claim = frontier.claim(NOW, max_depth=2)
    assert claim is not None
    assert claim.url == page(2)
    assert frontier.claim(NOW, max_depth=2) is None
    assert frontier.next_due(NOW, max_depth=1) is None


def test_claims_can_be_limited_to_hosts(frontier: Frontier) -> None:
    add(frontier, page(1), page(2, "b.example"))
    claim = frontier.claim(NOW, hosts=["b.example"])
    assert claim is not None
    assert claim.url == page(2, "b.example")
    assert frontier.claim(NOW, hosts=["b.example"]) is None
    assert frontier.count_due(NOW, hosts=["a.example"]) == 1
    assert frontier.next_due(NOW, hosts=["c.example"]) is None


def test_claims_can_be_limited_to_addresses(frontier: Frontier) -> None:
    add(frontier, page(1), page(2), page(3))
    only = [page(3), page(2), page(9)]
    assert frontier.count_due(NOW, only=only) == 2
    claimed = [frontier.claim(NOW, only=only) for _ in range(3)]
    assert [claim.url for claim in claimed if claim] == [page(2), page(3)]
    assert frontier.next_due(NOW, only=[page(9)]) is None
    assert frontier.claim(NOW, only=[]) is None


def test_a_host_is_not_asked_again_before_its_delay_has_passed(frontier: Frontier) -> None:
    frontier.hosts.follow("a.example", 5)
    add(frontier, page(1), page(2), page(3, "b.example"))
    assert claim_all(frontier) == [page(1), page(3, "b.example")]
    assert frontier.next_due(NOW) == NOW + 5 * SECOND
    assert frontier.claim(NOW + 4.9 * SECOND) is None
    assert claim_all(frontier, NOW + 5 * SECOND) == [page(2)]


def test_hosts_on_two_ports_have_two_delays(frontier: Frontier) -> None:
    for host in ("a.example:81", "a.example:82"):
        frontier.hosts.follow(host, 60)
        add(frontier, page(1, host))
    assert len(claim_all(frontier)) == 2


def waited_for(frontier: Frontier) -> timedelta:
    """How long a.example is left alone after a claim."""
    now = NOW if (due := frontier.next_due(NOW)) is None else due
    assert len(claim_all(frontier, now)) == 1
    due = frontier.next_due(now)
    assert due is not None
    return due - now


def test_what_robots_txt_asks_for_only_raises_a_delay(frontier: Frontier) -> None:
    add(frontier, *(page(number) for number in range(9)))
    frontier.hosts.follow("a.example", 5)
    frontier.hosts.set_robots_delay("a.example", 2, NOW)
    assert waited_for(frontier) == 5 * SECOND
    frontier.hosts.set_robots_delay("a.example", 9, NOW)
    assert waited_for(frontier) == 9 * SECOND


def test_what_robots_txt_asks_for_outlasts_a_new_delay_of_the_settings(frontier: Frontier) -> None:
    add(frontier, *(page(number) for number in range(9)))
    frontier.hosts.set_robots_delay("a.example", 60, NOW)
    frontier.hosts.follow("a.example", 2)
    assert waited_for(frontier) == 60 * SECOND
    assert [frontier.hosts.take_turn("a.example", LATER, 60) for _ in range(2)] == [0, 60]
    frontier.hosts.set_robots_delay("a.example", 0, LATER)
    assert waited_for(frontier) == 2 * SECOND, "it asks for none any more"


def test_requests_outside_claims_stand_in_line_with_them(frontier: Frontier) -> None:
    add(frontier, page(1), page(2))
    frontier.hosts.follow("a.example", 5)
    assert frontier.claim(NOW) is not None
    assert [frontier.hosts.take_turn("a.example", NOW, 60) for _ in range(2)] == [5, 10]
    assert frontier.next_due(NOW) == NOW + 15 * SECOND
    assert frontier.hosts.take_turn("a.example", NOW, 14) is None, "too long to wait, and no turn taken"
    assert frontier.next_due(NOW) == NOW + 15 * SECOND
    assert frontier.hosts.take_turn("never-met.example", NOW, 60) == 0


def test_following_and_setting_a_delay_lower_it_too(frontier: Frontier) -> None:
    add(frontier, *(page(number) for number in range(9)))
    frontier.hosts.follow("a.example", 5)
    frontier.hosts.follow("a.example", 3)
    assert waited_for(frontier) == 3 * SECOND
    frontier.hosts.set_delay("a.example", 1)
    assert waited_for(frontier) == SECOND


def test_a_host_that_nobody_gave_a_delay_has_one_all_the_same(frontier: Frontier) -> None:
    add(frontier, page(1, "new.example"), page(2, "new.example"))
    assert len(claim_all(frontier)) == 1


def test_only_followed_hosts_are_followed(frontier: Frontier) -> None:
    add(frontier, page(1, "new.example"))
    frontier.hosts.set_delay("slow.example", 9)
    frontier.hosts.set_robots_delay("slower.example", 9, NOW)
    hosts = ("a.example", "new.example", "slow.example", "slower.example", "no.example")
    assert frontier.hosts.followed().intersection(hosts) == {hosts[0]}
    assert [frontier.hosts.follow("new.example", 1) for _ in range(2)] == [True, False], "told the first time"
    assert "new.example" in frontier.hosts.followed()


def test_a_lease_that_ends_makes_the_address_due_again(frontier: Frontier) -> None:
    add(frontier, page(1))
    assert frontier.claim(NOW, lease_seconds=300) is not None
    assert frontier.claim(NOW + 299 * SECOND) is None
    assert frontier.count_due(NOW + 299 * SECOND) == 0
    assert frontier.next_due(NOW) == NOW + 300 * SECOND
    assert frontier.count_due(NOW + 300 * SECOND) == 1
    assert claim_all(frontier, NOW + 300 * SECOND) == [page(1)]


def test_a_lease_outlasts_the_longest_visit() -> None:
    limits = Limits()
    of_a_hop = LONGEST_WAIT.total_seconds() + 2 * limits.total_seconds  # its turn, its robots.txt, its page
    assert visits._RUN_SECONDS + (1 + limits.redirects) * of_a_hop < LEASE_SECONDS


# --- ending a claim


def test_what_is_finished_is_due_at_its_time(frontier: Frontier) -> None:
    add(frontier, page(1))
    claim_all(frontier)
    finish(frontier, page(1), NOW + DAY)
    assert frontier.next_due(NOW) == NOW + DAY
    assert frontier.claim(NOW + DAY - SECOND) is None
    assert claim_all(frontier, NOW + DAY) == [page(1)]


def test_what_is_gone_is_never_due(frontier: Frontier) -> None:
    add(frontier, page(1))
    claim_all(frontier)
    finish(frontier, page(1), None)
    assert frontier.next_due(NOW) is None
    assert frontier.claim(NOW + 10_000 * DAY) is None
    assert states(frontier) == {"gone": 1}


def test_what_is_postponed_counts_its_attempts_until_it_is_finished(frontier: Frontier) -> None:
    add(frontier, page(1))
    attempts = []
    for number in range(3):
        claim = frontier.claim(NOW + number * DAY)
        assert claim is not None
        attempts.append(claim.attempts)
        frontier.postpone(page(1), NOW + (number + 1) * DAY, "timeout")
    assert attempts == [0, 1, 2]
    assert frontier.claim(NOW + 2 * DAY) is None
    finish(frontier, page(1), NOW + 3 * DAY)
    claim = frontier.claim(NOW + 3 * DAY)
    assert claim is not None
    assert claim.attempts == 0


def test_a_host_that_asks_for_it_is_left_alone(frontier: Frontier) -> None:
    add(frontier, page(1), page(2), page(3, "b.example"))
    assert frontier.claim(NOW) is not None
    frontier.postpone(page(1), NOW + 60 * SECOND, "http_429", host_until=NOW + 60 * SECOND)
    assert claim_all(frontier) == [page(3, "b.example")]
    assert frontier.next_due(NOW) == NOW + 60 * SECOND
    assert claim_all(frontier, NOW + 60 * SECOND) == [page(1), page(2)]


def test_a_host_that_asked_for_a_long_wait_does_not_come_sooner_for_a_short_one(frontier: Frontier) -> None:
    add(frontier, page(1), page(2))
    claim_all(frontier)
    frontier.postpone(page(1), NOW, "http_429", host_until=NOW + DAY)
    frontier.postpone(page(2), NOW, "http_429", host_until=NOW + SECOND)
    assert frontier.next_due(NOW) == NOW + DAY


def test_a_late_word_does_not_undo_what_another_has_finished(frontier: Frontier) -> None:
    add(frontier, page(1))
    claim_all(frontier)
    finish(frontier, page(1), NOW + DAY)
    frontier.postpone(page(1), NOW, "timeout")
    frontier.release(page(1))
    assert states(frontier) == {"done": 1}
    assert frontier.claim(NOW) is None


def test_what_is_released_is_as_if_never_claimed(frontier: Frontier) -> None:
    add(frontier, page(1))
    frontier.postpone(page(1), NOW, "timeout")
    first = frontier.claim(NOW)
    frontier.release(page(1))
    assert first is not None
    assert frontier.claim(NOW) == first


def test_a_frontier_of_another_version_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    with Frontier.open(path) as frontier:
        frontier.add([Link(page(1), 0)], NOW)
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE hosts DROP COLUMN is_from_settings")
    with Frontier.open(path) as frontier:
        assert frontier.known() == set()
        assert frontier.hosts.follow("a.example", 1)
    with Frontier.open(path) as frontier:
        assert frontier.hosts.followed() == {"a.example"}, "one of this version is kept"


def test_tables_of_another_version_that_others_share_are_left_to_them(postgres: str) -> None:
    space = f"frontier_{next(_numbers)}"
    with Frontier.open(postgres, space, is_shared=True) as frontier:
        add(frontier, page(1))
    with Frontier.open(postgres, space, is_shared=True) as frontier, frontier._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE hosts ADD COLUMN of_another_version INTEGER")
    with pytest.raises(UsageError, match=f"{space} are of another version"):
        Frontier.open(postgres, space, is_shared=True)
    with Frontier.open(postgres, space) as frontier:
        assert frontier.known() == set(), "a frontier of one folder is made anew"


# --- planning


def test_a_page_that_leads_to_others_is_known_as_such_and_due_when_it_says(frontier: Frontier) -> None:
    add(frontier, page(1), page(2))
    finish(frontier, page(1))
    frontier.mark_listing(page(1), NOW + SECOND)
    frontier.mark_listing(page(2), NOW + DAY)
    assert claim_all(frontier, NOW) == [page(2)], "one that waits for its first visit is not put off"
    claim = frontier.claim(NOW + SECOND)
    assert claim is not None
    assert (claim.url, claim.is_listing) == (page(1), True)


def test_sites_that_the_settings_name_no_longer_are_dropped_and_started_ones_stay(frontier: Frontier) -> None:
    frontier.hosts.follow("named.example", 1, is_from_settings=True)
    frontier.hosts.follow("once-named.example", 1, is_from_settings=True)
    frontier.hosts.follow("started.example", 1)
    frontier.hosts.keep_settings_sites(["named.example"])
    assert {"named.example", "started.example"} <= frontier.hosts.followed()
    assert "once-named.example" not in frontier.hosts.followed()


def test_what_waits_for_a_visit_is_unfinished(frontier: Frontier) -> None:
    add(frontier, *(page(number) for number in range(1, 5)))
    finish(frontier, page(1))
    finish(frontier, page(2), None)
    frontier.postpone(page(3), LATER, "timeout")
    assert frontier.unfinished([page(number) for number in range(6)]) == [page(3), page(4)]


def test_busy_hosts_are_passed_over(frontier: Frontier) -> None:
    add(frontier, page(1), page(2, "b.example"))
    claim = frontier.claim(NOW, not_on={"a.example"})
    assert claim is not None
    assert claim.url == page(2, "b.example")
    assert frontier.next_due(NOW, not_on={"a.example", "b.example"}) is None


def test_a_host_that_is_put_off_is_left_alone_till_then(frontier: Frontier) -> None:
    add(frontier, page(1))
    frontier.hosts.put_off("a.example", NOW + DAY)
    assert frontier.claim(NOW) is None
    assert frontier.next_due(NOW) == NOW + DAY


def test_a_host_that_is_put_off_for_long_does_not_come_sooner(frontier: Frontier) -> None:
    add(frontier, page(1))
    frontier.hosts.put_off("a.example", NOW + DAY)
    frontier.hosts.put_off("a.example", NOW + SECOND)
    assert frontier.next_due(NOW) == NOW + DAY


def claim_slowly(frontier: Frontier) -> Claim:
    """Claim the first of two pages of a host with a delay of a minute."""
    frontier.hosts.set_delay("a.example", 60)
    add(frontier, page(1), page(2))
    claim = frontier.claim(NOW)
    assert claim is not None
    return claim


def test_the_turn_of_a_claim_that_nothing_was_asked_for_is_anothers(frontier: Frontier) -> None:
    claim = claim_slowly(frontier)
    assert frontier.next_due(NOW) == NOW + 60 * SECOND
    frontier.hosts.give_back_turn(claim, NOW + SECOND)
    assert claim_all(frontier, NOW + SECOND) == [page(2)]


def test_a_turn_that_is_given_back_undoes_nothing_that_was_said_meanwhile(frontier: Frontier) -> None:
    claim = claim_slowly(frontier)
    assert frontier.hosts.take_turn("a.example", NOW, 60) == 60
    frontier.hosts.give_back_turn(claim, NOW)
    assert frontier.next_due(NOW) == NOW + 120 * SECOND, "the turn that a redirect took stays"
    frontier.hosts.put_off("a.example", NOW + DAY)
    frontier.hosts.give_back_turn(claim, NOW)
    assert frontier.next_due(NOW) == NOW + DAY


def test_refresh_makes_what_is_done_due(frontier: Frontier) -> None:
    add(frontier, page(1), page(2), page(3, "b.example"), page(4))
    for url in (page(1), page(3, "b.example")):
        finish(frontier, url)
    finish(frontier, page(4), None)
    assert frontier.count_due(NOW) == 1
    assert frontier.refresh(NOW, ["b.example"]) == 1
    assert frontier.count_due(NOW) == 2
    assert frontier.refresh(NOW) == 1
    assert set(claim_all(frontier)) == {page(1), page(2), page(3, "b.example")}


def test_next_due_is_now_when_something_can_be_claimed_and_none_in_an_empty_frontier(frontier: Frontier) -> None:
    assert frontier.next_due(NOW) is None
    add(frontier, page(1))
    assert frontier.next_due(NOW) == NOW


def test_counts_are_by_host_and_state(frontier: Frontier) -> None:
    add(frontier, page(1), page(2), page(3), page(4, "b.example"))
    assert frontier.claim(NOW) is not None
    finish(frontier, page(2))
    assert frontier.counts() == [
        HostCount("a.example", "done", 1), HostCount("a.example", "due", 1), HostCount("a.example", "leased", 1),
        HostCount("b.example", "due", 1),
    ]  # fmt: skip


def test_the_frontier_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    with Frontier.open(path) as first:
        first.hosts.follow("a.example", 3)
        add(first, page(1), page(2))
        assert first.claim(NOW) is not None
    with Frontier.open(path) as second:
        assert "a.example" in second.hosts.followed()
        assert claim_all(second) == []
        assert claim_all(second, NOW + 3 * SECOND) == [page(2)]


def test_a_file_that_is_no_frontier_is_named(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(UsageError, match=r"frontier\.sqlite: file is not a database"):
        Frontier.open(path)


def test_several_addresses_of_a_host_without_delay_are_claimed_together(frontier: Frontier) -> None:
    add(frontier, *(page(number) for number in range(5)), page(9, "b.example"))
    claims = frontier.claim_run(NOW, Selection(), most=3)
    assert [claim.url for claim in claims] == [page(0), page(1), page(2)]
    frontier.hosts.set_delay("a.example", 1)
    assert [claim.url for claim in frontier.claim_run(NOW, Selection(), most=3)] == [page(3)], "with a delay there is one turn"
    assert [claim.url for claim in frontier.claim_run(NOW, Selection(), most=3)] == [page(9, "b.example")]


def test_a_host_that_stays_silent_is_left_alone_longer_and_longer(frontier: Frontier) -> None:
    add(frontier, page(1))
    for number in range(1, BREAK_AFTER + 1):
        assert frontier.claim(NOW, not_on=["b.example"]) is not None
        frontier.release(page(1))
        assert frontier.hosts.count_failure("a.example", NOW) == number
    assert frontier.claim(NOW) is None
    assert frontier.next_due(NOW) == NOW + timedelta(hours=1)
    frontier.hosts.count_failure("a.example", NOW)
    assert frontier.next_due(NOW) == NOW + timedelta(hours=2)
    for _ in range(40):
        frontier.hosts.count_failure("a.example", NOW)
    assert frontier.next_due(NOW) == NOW + DAY
    claim = frontier.claim(NOW + DAY)
    assert claim is not None
    assert claim.host_failures == BREAK_AFTER + 41
    frontier.hosts.forget_failures("a.example")
    assert frontier.hosts.count_failure("a.example", NOW) == 1


def test_what_was_fetched_later_than_it_knows_is_outdated(frontier: Frontier) -> None:
    add(frontier, page(1), page(2), page(3))
    finish(frontier, page(1))
    frontier.claim(NOW)
    frontier.postpone(page(3), LATER, "timeout")
    fetched = {page(1): NOW, page(2): NOW, page(3): NOW, page(4): NOW}
    assert frontier.outdated(fetched) == {page(2), page(4)}, "one that is to be tried again is known well enough"
    assert frontier.outdated({page(1): LATER}) == {page(1)}


# --- whatever happens, in whatever order


@dataclass
class Model:
    """What a frontier is expected to know, kept beside a real one."""

    delays: dict[str, float]
    now: datetime = NOW
    known: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    leases: dict[str, datetime] = field(default_factory=dict)
    asked_at: dict[str, datetime] = field(default_factory=dict)

    def claim(self, frontier: Frontier) -> str | None:
        claim = frontier.claim(self.now, lease_seconds=30)
        if claim is None:
            return None
        host = claim.url.split("/")[2]
        assert claim.url in self.known - self.gone
        assert claim.url not in self.leases or self.leases[claim.url] <= self.now, "leased to another"
        assert host not in self.asked_at or self.now - self.asked_at[host] >= timedelta(seconds=self.delays[host])
        self.leases[claim.url] = self.now + timedelta(seconds=30)
        self.asked_at[host] = self.now
        return claim.url


_HOSTS = ["a.example", "b.example", "c.example"]
_PAGES = st.builds(page, st.integers(0, 4), st.sampled_from(_HOSTS))
_STEPS = st.one_of(
    st.tuples(st.just("add"), _PAGES),
    st.tuples(st.sampled_from(["claim", "claim", "finish", "gone", "postpone", "release"]), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.integers(1, 40)),
)


def take_step(frontier: Frontier, model: Model, step: tuple[str, str | int]) -> None:
    action, value = step
    leased = sorted(model.leases)
    if isinstance(value, str):
        add(frontier, value, now=model.now)
        model.known.add(value)
    elif action == "claim":
        model.claim(frontier)
    elif action == "wait":
        model.now += value * SECOND
    elif leased:
        url = leased[value % len(leased)]
        if action == "postpone":
            frontier.postpone(url, model.now + value * SECOND, "timeout")
        elif action == "release":
            frontier.release(url)
        else:
            finish(frontier, url, None if action == "gone" else model.now + value * SECOND)
            model.gone |= {url} if action == "gone" else set()
        del model.leases[url]


@settings(max_examples=100)
@given(st.lists(_STEPS, max_size=40), st.lists(st.sampled_from([0.0, 1.0, 20.0]), min_size=3, max_size=3))
def test_no_address_is_leased_twice_at_a_time_and_none_is_lost(steps: list[tuple[str, str | int]], delays: list[float]) -> None:
    model = Model(dict(zip(_HOSTS, delays, strict=True)))
    with tempfile.TemporaryDirectory() as folder, Frontier.open(Path(folder) / "f.sqlite") as frontier:
        for host, delay in model.delays.items():
            frontier.hosts.follow(host, delay)
        for step in steps:
            take_step(frontier, model, step)
        assert frontier.known() == model.known
        assert sum(row.addresses for row in frontier.counts()) == len(model.known)
        drained = []
        while (due := frontier.next_due(model.now)) is not None:
            model.now = due
            url = model.claim(frontier)
            assert url is not None, "what is said to be due can be claimed"
            finish(frontier, url, None)
            del model.leases[url]
            drained.append(url)
        assert sorted(drained) == sorted(model.known - model.gone)


# --- several at once


def work_off(place: Place, ready: Path, worker: int, workers: int) -> list[tuple[str, float]]:
    """Claim until nothing is left, beginning when all workers are ready: each address with the moment of its claim."""
    (ready / f"ready-{worker}").touch()
    ends_at = time.monotonic() + 60
    while len(list(ready.glob("ready-*"))) < workers and time.monotonic() < ends_at:
        time.sleep(0.002)
    claimed = []
    with Frontier.open(*place) as frontier:
        while (due := frontier.next_due(datetime.now(UTC))) is not None:
            now = datetime.now(UTC)
            claim = frontier.claim(now)
            if claim is not None:
                claimed.append((claim.url, now.timestamp()))
                finish(frontier, claim.url, None)
            elif (due - now) > 2 * SECOND:
                break  # leased to another
            else:
                time.sleep(0.002)
    return claimed


def fill(place: Place) -> set[str]:
    """A frontier of four hosts, one of them with a delay."""
    urls = {page(number, f"{name}.example") for name in "abc" for number in range(40)} | {
        page(number, "slow.example") for number in range(8)
    }
    with Frontier.open(*place) as frontier:
        for name in "abc":
            frontier.hosts.follow(f"{name}.example", 0)
        frontier.hosts.follow("slow.example", 0.05)
        frontier.add([Link(url, 0) for url in sorted(urls)], NOW)
    return urls


def assert_each_once(claims: list[list[tuple[str, float]]], urls: set[str]) -> None:
    together = [claim for worker in claims for claim in worker]
    assert sorted(url for url, _ in together) == sorted(urls)
    assert sum(bool(worker) for worker in claims) > 1, "several took part"
    slow = sorted(moment for url, moment in together if "slow" in url)
    # The moment is the one the claim was made with, so the delay holds exactly; a microsecond is what a float loses.
    assert all(later - earlier >= 0.05 - 1e-6 for earlier, later in pairwise(slow))


def test_several_threads_claim_each_address_once_and_keep_the_delay(place: Place, tmp_path: Path) -> None:
    urls = fill(place)
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(work_off, [place] * 4, [tmp_path] * 4, range(4), [4] * 4))
    assert_each_once(claims, urls)


def test_those_who_finish_and_release_many_in_different_orders_do_not_lock_each_other_out(frontier: Frontier) -> None:
    urls = [page(number) for number in range(40)]
    add(frontier, *urls)

    def settle(order: int) -> None:
        ordered = urls[::order]
        for _ in range(15):
            frontier.finish_all([Finished(url=url, fetched_at=NOW, outcome="new", due_at=LATER) for url in ordered])
            frontier.release(*ordered)
            add(frontier, *(Link(url, 0, 1) for url in ordered))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(settle, [1, -1])) == [None, None]
    assert states(frontier) == {"done": 40}


def test_threads_may_share_one_frontier(frontier: Frontier) -> None:
    urls = [page(number) for number in range(200)]
    add(frontier, *urls)
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: frontier.claim(NOW), range(200)))
    assert sorted(claim.url for claim in claims if claim) == sorted(urls)


def test_several_processes_claim_each_address_once_and_keep_the_delay(place: Place, tmp_path: Path) -> None:
    urls = fill(place)
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        claims = list(pool.map(work_off, [place] * 3, [tmp_path] * 3, range(3), [3] * 3))
    assert_each_once(claims, urls)


def test_a_frontier_may_be_made_by_several_at_once(place: Place) -> None:
    with ThreadPoolExecutor(8) as pool:
        frontiers = list(pool.map(lambda _: Frontier.open(*place), range(8)))
    for frontier in frontiers:
        with frontier:
            assert frontier.known() == set()
