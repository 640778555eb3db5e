"""No request goes out before its host's turn, those that nobody claimed included."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from healthnews.crawl.archive import Archive
from healthnews.crawl.fetch import Fetcher
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.guard import Guard
from healthnews.crawl.politeness import Politeness, StoppedError
from healthnews.crawl.robots import Robots
from healthnews.crawl.visit_archive import VisitArchive
from healthnews.errors import PageError
from tests.web import LOOPBACK, PLAIN, Reply, Route, Site, gaps, redirect

AGENT = "healthnews-tests/0.1"
DELAY = 0.3
RULES = Reply(b"User-agent: *\nDisallow: /private/", headers=PLAIN)


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    with Frontier.open(tmp_path / "frontier.sqlite") as opened:
        yield opened


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def politeness(tmp_path: Path, frontier: Frontier, stop: threading.Event) -> Iterator[Politeness]:
    robots = Robots(Fetcher(Guard(LOOPBACK), AGENT), AGENT)
    with Archive(tmp_path / "raw") as archive:
        yield Politeness(robots, frontier, VisitArchive(archive, frontier, is_shared=False), stop, 0.0)


def test_each_redirect_of_a_robots_txt_waits_for_its_turn(politeness: Politeness, frontier: Frontier) -> None:
    routes: dict[str, Route] = {"/robots.txt": redirect("/r1"), "/r1": redirect("/r2"), "/r2": RULES}
    with Site(routes) as site:
        frontier.hosts.follow(site.host, DELAY)
        politeness.take_turn(site.url("/page"))
        ended = time.monotonic()
        with pytest.raises(PageError, match="forbids"):
            politeness.take_turn(site.url("/private/page"))
    assert site.paths() == ["/robots.txt", "/r1", "/r2"]
    assert min(gaps([*site.moments(), ended])) > DELAY * 0.9


def test_a_robots_txt_elsewhere_is_asked_for_in_the_turn_of_that_host(politeness: Politeness, frontier: Frontier) -> None:
    with Site({"/rules": RULES}) as other, Site({"/robots.txt": redirect(other.url("/rules"))}) as site:
        frontier.hosts.follow(other.host, DELAY)
        frontier.hosts.take_turn(other.host, datetime.now(UTC), 0)
        began = time.monotonic()
        politeness.take_turn(site.url("/page"))
    [asked_at] = other.moments()
    assert asked_at - began > DELAY * 0.9


def test_a_host_that_must_not_be_asked_for_long_makes_the_robots_txt_that_leads_there_unreachable(
    politeness: Politeness, frontier: Frontier
) -> None:
    with Site({"/rules": RULES}) as other, Site({"/robots.txt": redirect(other.url("/rules"))}) as site:
        frontier.hosts.follow(other.host, 0)
        frontier.hosts.put_off(other.host, datetime.now(UTC) + timedelta(hours=1))
        with pytest.raises(PageError) as caught:
            politeness.take_turn(site.url("/page"))
    assert caught.value.reason == "robots_unreachable"
    assert "left alone" in caught.value.detail
    assert not other.requests


def test_a_run_that_is_ended_waits_no_longer(politeness: Politeness, frontier: Frontier, stop: threading.Event) -> None:
    with Site({"/robots.txt": RULES}) as site:
        frontier.hosts.follow(site.host, 60)
        frontier.hosts.take_turn(site.host, datetime.now(UTC), 0)
        stop.set()
        with pytest.raises(StoppedError):
            politeness.take_turn(site.url("/page"))
        assert not site.requests


@pytest.mark.parametrize(
    "robots", [redirect("/robots.txt"), redirect("/rules"), RULES, Reply(b"", 404)], ids=["loop", "moved", "there", "none"]
)
def test_a_robots_txt_is_never_due_as_a_page(politeness: Politeness, frontier: Frontier, robots: Reply) -> None:
    with Site({"/robots.txt": robots, "/rules": RULES}) as site:
        frontier.hosts.follow(site.host, 0)
        politeness.take_turn(site.url("/page"))
        assert frontier.count_due(datetime.now(UTC) + timedelta(days=400)) == 0
        assert frontier.known() == {site.url("/robots.txt")}
