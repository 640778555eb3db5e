"""Which address is claimed when: by rank, as long as its lease lasts, and again when it is due."""

from healthnews.crawl import visits
from healthnews.crawl.fetch import Limits
from healthnews.crawl.frontier import LEASE_SECONDS, Frontier
from healthnews.crawl.frontier_records import Claim, HostCount, Link
from healthnews.crawl.frontier_statements import Selection
from healthnews.crawl.politeness import LONGEST_WAIT
from tests.frontiers import DAY, LATER, NOW, SECOND, add, claim_all, claimed, finish, page, states


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
    assert frontier.claim(NOW) == Claim(page(1), 3, 0, "new", False, NOW, '"1"', "Sun", "ab", visited_at=NOW)


def test_what_is_too_deep_is_not_claimed(frontier: Frontier) -> None:
    add(frontier, Link(page(1), 3, 9), Link(page(2), 2))
    assert [frontier.count_due(NOW, max_depth=depth) for depth in (1, 2, 3)] == [0, 1, 2]
    assert claimed(frontier, max_depth=2).url == page(2)
    assert frontier.claim(NOW, max_depth=2) is None
    assert frontier.next_due(NOW, max_depth=1) is None


def test_claims_can_be_limited_to_hosts(frontier: Frontier) -> None:
    add(frontier, page(1), page(2, "b.example"))
    assert claimed(frontier, hosts=["b.example"]).url == page(2, "b.example")
    assert frontier.claim(NOW, hosts=["b.example"]) is None
    assert frontier.count_due(NOW, hosts=["a.example"]) == 1
    assert frontier.next_due(NOW, hosts=["c.example"]) is None


def test_claims_can_be_limited_to_addresses(frontier: Frontier) -> None:
    add(frontier, page(1), page(2), page(3))
    only = [page(3), page(2), page(9)]
    assert frontier.count_due(NOW, only=only) == 2
    claims = [frontier.claim(NOW, only=only) for _ in range(3)]
    assert [claim.url for claim in claims if claim] == [page(2), page(3)]
    assert frontier.next_due(NOW, only=[page(9)]) is None
    assert frontier.claim(NOW, only=[]) is None


def test_a_lease_that_ends_makes_the_address_due_again(frontier: Frontier) -> None:
    add(frontier, page(1))
    claimed(frontier, lease_seconds=300)
    assert frontier.claim(NOW + 299 * SECOND) is None
    assert frontier.count_due(NOW + 299 * SECOND) == 0
    assert frontier.next_due(NOW) == NOW + 300 * SECOND
    assert frontier.count_due(NOW + 300 * SECOND) == 1
    assert claim_all(frontier, NOW + 300 * SECOND) == [page(1)]


def test_a_lease_outlasts_the_longest_visit() -> None:
    limits = Limits()
    of_robots = (1 + limits.redirects) * LONGEST_WAIT.total_seconds() + limits.total_seconds
    of_a_hop = of_robots + LONGEST_WAIT.total_seconds()
    assert visits._RUN_SECONDS + (1 + limits.redirects) * of_a_hop + limits.total_seconds < LEASE_SECONDS


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
        claim = claimed(frontier, NOW + number * DAY)
        attempts.append(claim.attempts)
        frontier.postpone(page(1), NOW + (number + 1) * DAY, "timeout")
    assert attempts == [0, 1, 2]
    assert frontier.claim(NOW + 2 * DAY) is None
    finish(frontier, page(1), NOW + 3 * DAY)
    assert claimed(frontier, NOW + 3 * DAY).attempts == 0


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


def test_a_page_that_leads_to_others_is_known_as_such_and_due_when_it_says(frontier: Frontier) -> None:
    add(frontier, page(1), page(2))
    finish(frontier, page(1))
    frontier.mark_listing(page(1), NOW + SECOND)
    frontier.mark_listing(page(2), NOW + DAY)
    assert claim_all(frontier, NOW) == [page(2)], "one that waits for its first visit is not put off"
    claim = claimed(frontier, NOW + SECOND)
    assert (claim.url, claim.is_listing) == (page(1), True)


def test_what_waits_for_a_visit_is_unfinished(frontier: Frontier) -> None:
    add(frontier, *(page(number) for number in range(1, 5)))
    finish(frontier, page(1))
    finish(frontier, page(2), None)
    frontier.postpone(page(3), LATER, "timeout")
    assert frontier.unfinished([page(number) for number in range(6)]) == [page(3), page(4)]


def test_busy_hosts_are_passed_over(frontier: Frontier) -> None:
    add(frontier, page(1), page(2, "b.example"))
    assert claimed(frontier, not_on={"a.example"}).url == page(2, "b.example")
    assert frontier.next_due(NOW, not_on={"a.example", "b.example"}) is None


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
    claimed(frontier)
    finish(frontier, page(2))
    assert frontier.counts() == [
        HostCount("a.example", "done", 1), HostCount("a.example", "due", 1), HostCount("a.example", "leased", 1),
        HostCount("b.example", "due", 1),
    ]  # fmt: skip


def test_several_addresses_of_a_host_without_delay_are_claimed_together(frontier: Frontier) -> None:
    add(frontier, *(page(number) for number in range(5)), page(9, "b.example"))
    claims = frontier.claim_run(NOW, Selection(), most=3)
    assert [claim.url for claim in claims] == [page(0), page(1), page(2)]
    frontier.hosts.set_delay("a.example", 1)
    assert [claim.url for claim in frontier.claim_run(NOW, Selection(), most=3)] == [page(3)], "with a delay there is one turn"
    assert [claim.url for claim in frontier.claim_run(NOW, Selection(), most=3)] == [page(9, "b.example")]
