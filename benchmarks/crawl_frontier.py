"""The frontier under several worker processes, and with very many addresses; for benchmarks/crawl.py."""

from __future__ import annotations

import json
import math
import multiprocessing
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Link

HOSTS = 50
WORKERS = 4
DELAY_SECONDS = 1.0
CLAIMS = 2_000
_FLOAT_SECONDS = 1e-6


@dataclass(frozen=True, slots=True)
class Politeness:
    """What several workers claimed.

    Attributes:
        ceiling: Claims that the delay allows.
        violations: Claims of a host that came too soon after the one before.
    """

    claims: int
    ceiling: int
    violations: int
    double_claims: int


def place_of(place: str) -> Path | str:
    """A file, or the URL of a database."""
    return place if "://" in place else Path(place)


def measure_politeness(place: str, space: str, seconds: float) -> Politeness:
    """Workers claim and finish for so long, from hosts with a second of delay and more addresses than they can claim."""
    now = datetime.now(UTC)
    with Frontier.open(place_of(place), space) as frontier:
        for number in range(HOSTS):
            frontier.hosts.follow(f"h{number}.example", DELAY_SECONDS)
        per_host = int(seconds / DELAY_SECONDS) + 5
        frontier.add([Link(f"https://h{h}.example/{n}", 0) for h in range(HOSTS) for n in range(per_host)], now)
    begins_at = time.time() + 8
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:
        claims = [claim for found in pool.map(work, *zip(*[(place, space, begins_at, seconds)] * WORKERS, strict=True)) for claim in found]
    moments = defaultdict(list)
    for url, moment in claims:
        moments[url.split("/")[2]].append(moment)
    gaps = [later - earlier for several in moments.values() for earlier, later in pairwise(sorted(several))]
    doubles = sum(count - 1 for count in Counter(url for url, _ in claims).values())
    ceiling = HOSTS * math.ceil(seconds / DELAY_SECONDS)
    return Politeness(len(claims), ceiling, sum(gap < DELAY_SECONDS - _FLOAT_SECONDS for gap in gaps), doubles)


def work(place: str, space: str, begins_at: float, seconds: float) -> list[tuple[str, float]]:
    """One worker: what it claimed, and when."""
    claimed = []
    with Frontier.open(place_of(place), space) as frontier:
        time.sleep(max(0.0, begins_at - time.time()))
        while time.time() < begins_at + seconds:
            now = datetime.now(UTC)
            claim = frontier.claim(now)
            if claim is None:
                due = frontier.next_due(datetime.now(UTC))
                time.sleep(max(0.001, (due - datetime.now(UTC)).total_seconds()) if due else 0.01)
                continue
            claimed.append((claim.url, now.timestamp()))
            frontier.finish(claim.url, fetched_at=now, outcome="fetched", due_at=now + timedelta(days=7))
    return claimed


def measure_size(place: str, space: str, addresses: int) -> dict[str, float]:
    """Claims from so many addresses, by a process of its own whose memory is looked at."""
    now = datetime.now(UTC)
    with Frontier.open(place_of(place), space) as frontier:
        for number in range(HOSTS):
            frontier.hosts.follow(f"h{number}.example", 0.0)
        for start in range(0, addresses, 20_000):
            end = min(start + 20_000, addresses)
            frontier.add([Link(f"https://h{n % HOSTS}.example/health/news/{n}.html", 1, n % 7) for n in range(start, end)], now)
    done = subprocess.run([sys.executable, __file__, place, space], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Claim, wait and finish as a worker does, and print what it took."""
    place, space = sys.argv[1:]
    claims = []
    with Frontier.open(place_of(place), space) as frontier:
        empty = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for _ in range(CLAIMS):
            began = time.perf_counter()
            claim = frontier.claim(datetime.now(UTC), max_depth=5)
            claims.append((time.perf_counter() - began) * 1000)
            assert claim is not None
            now = datetime.now(UTC)
            frontier.finish(claim.url, fetched_at=now, outcome="fetched", due_at=now + timedelta(days=7))
        frontier.next_due(datetime.now(UTC), max_depth=5)
        frontier.count_due(datetime.now(UTC), max_depth=5, most=100)
    p95 = statistics.quantiles(claims, n=20)[-1]
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"claim_p50_ms": statistics.median(claims), "claim_p95_ms": p95, "rss_mb": rss, "rss_empty_mb": empty}))


if __name__ == "__main__":
    main()
