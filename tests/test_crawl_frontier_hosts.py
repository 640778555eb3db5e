"""No host is asked more often than its delay allows, nor while it is to be left alone."""

from datetime import datetime, timedelta

import pytest

from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_hosts import BREAK_AFTER
from healthnews.crawl.frontier_records import Claim
from tests.frontiers import DAY, LATER, NOW, SECOND, add, claim_all, claimed, page


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
    claimed(frontier)
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


def test_sites_that_the_settings_name_no_longer_are_dropped_and_started_ones_stay(frontier: Frontier) -> None:
    frontier.hosts.follow("named.example", 1, is_from_settings=True)
    frontier.hosts.follow("once-named.example", 1, is_from_settings=True)
    frontier.hosts.follow("started.example", 1)
    frontier.hosts.keep_settings_sites(["named.example"])
    assert {"named.example", "started.example"} <= frontier.hosts.followed()
    assert "once-named.example" not in frontier.hosts.followed()


def test_a_host_that_asks_for_it_is_left_alone(frontier: Frontier) -> None:
    add(frontier, page(1), page(2), page(3, "b.example"))
    claimed(frontier)
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


@pytest.mark.parametrize(("is_asked", "due_at"), [(False, NOW), (True, NOW + DAY)], ids=["by us", "by itself"])
def test_a_silent_host_is_asked_again_unless_it_has_said_when(frontier: Frontier, is_asked: bool, due_at: datetime) -> None:
    add(frontier, page(1))
    frontier.hosts.count_failure("a.example", NOW)
    frontier.hosts.put_off("a.example", NOW + DAY, is_asked=is_asked)
    frontier.hosts.put_off("a.example", NOW + 2 * DAY)
    frontier.hosts.ask_again(["a.example"], (), NOW)
    assert frontier.next_due(NOW) == due_at


def claim_slowly(frontier: Frontier) -> Claim:
    """Claim the first of two pages of a host with a delay of a minute."""
    frontier.hosts.set_delay("a.example", 60)
    add(frontier, page(1), page(2))
    return claimed(frontier)


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


def test_a_host_that_stays_silent_is_left_alone_longer_and_longer(frontier: Frontier) -> None:
    add(frontier, page(1))
    for number in range(1, BREAK_AFTER + 1):
        claimed(frontier, not_on=["b.example"])
        frontier.release(page(1))
        assert frontier.hosts.count_failure("a.example", NOW) == number
    assert frontier.claim(NOW) is None
    assert frontier.next_due(NOW) == NOW + timedelta(hours=1)
    frontier.hosts.count_failure("a.example", NOW)
    assert frontier.next_due(NOW) == NOW + timedelta(hours=2)
    for _ in range(40):
        frontier.hosts.count_failure("a.example", NOW)
    assert frontier.next_due(NOW) == NOW + DAY
    assert claimed(frontier, NOW + DAY).host_failures == BREAK_AFTER + 41
    frontier.hosts.forget_failures("a.example")
    assert frontier.hosts.count_failure("a.example", NOW) == 1


def test_a_silent_host_is_asked_again_on_demand_and_one_that_named_a_time_is_not(frontier: Frontier) -> None:
    for number, host in enumerate(("silent.example", "barred.example", "busy.example")):
        add(frontier, page(number, host))
        frontier.hosts.follow(host, 5)
    frontier.postpone(page(1, "barred.example"), NOW, "robots_unreachable", host_until=NOW + DAY)
    frontier.postpone(page(2, "busy.example"), NOW, "http_429", host_until=NOW + DAY)
    for _ in range(BREAK_AFTER):
        frontier.hosts.count_failure("silent.example", NOW)
    hosts = ("silent.example", "barred.example", "busy.example")
    frontier.hosts.ask_again(hosts, ("robots_unreachable",), NOW)
    assert claim_all(frontier, NOW + 4 * SECOND) == []
    assert set(claim_all(frontier, NOW + 5 * SECOND)) == {page(0, "silent.example"), page(1, "barred.example")}
