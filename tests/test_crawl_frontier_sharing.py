"""No address is given to two at a time and none is lost, whatever happens, in whatever order, to however many at once."""

import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Finished, Link
from tests.conftest import Place
from tests.frontiers import LATER, NOW, SECOND, add, finish, page, states


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
