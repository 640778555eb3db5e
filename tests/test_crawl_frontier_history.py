"""What came of the visits that were made: what an archive lacks, and what it has that the frontier does not know."""

from datetime import datetime

from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Claim
from tests.frontiers import DAY, LATER, NOW, SECOND, add, claimed, finish, page


def test_what_was_fetched_later_than_it_knows_is_outdated(frontier: Frontier) -> None:
    add(frontier, page(1), page(2), page(3))
    finish(frontier, page(1))
    frontier.claim(NOW)
    frontier.postpone(page(3), LATER, "timeout")
    fetched = {page(1): NOW, page(2): NOW, page(3): NOW, page(4): NOW}
    assert frontier.history.outdated(fetched) == {page(2), page(4)}, "one that is to be tried again is known well enough"
    assert frontier.history.outdated({page(1): LATER}) == {page(1)}


def visit(frontier: Frontier, number: int, outcome: str, fetched_at: datetime = NOW) -> None:
    add(frontier, page(number))
    frontier.finish(page(number), fetched_at=fetched_at, outcome=outcome, due_at=LATER + DAY, sha256="ab")


def test_what_failed_at_its_last_visit_is_unfetched(frontier: Frontier) -> None:
    visit(frontier, 1, "timeout")
    visit(frontier, 2, "fetched")
    visit(frontier, 3, "timeout")
    visit(frontier, 3, "fetched")
    add(frontier, page(4))
    assert frontier.history.unfetched(["a.example"], "fetched") == [page(1)]
    assert frontier.history.unfetched(["b.example"], "fetched") == []


def test_what_was_fetched_since_a_moment_is_told_with_its_moment(frontier: Frontier) -> None:
    visit(frontier, 1, "fetched", NOW - SECOND)
    visit(frontier, 2, "fetched", NOW)
    visit(frontier, 3, "timeout", LATER)
    assert frontier.history.fetched_since(NOW, "fetched") == {page(2): NOW}


def test_what_is_forgotten_is_due_as_if_it_had_never_been_visited(frontier: Frontier) -> None:
    visit(frontier, 1, "fetched")
    visit(frontier, 2, "fetched")
    frontier.history.forget([page(1), page(9)], NOW)
    assert claimed(frontier) == Claim(page(1), 0, 0, None, False, None, None, None, None, visited_at=NOW)
    assert frontier.claim(NOW) is None
