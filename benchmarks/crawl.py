"""Crawling beside its peers: pages per CPU-second, politeness of several worker processes, and a frontier of a million addresses.

Scrapy is looked for in this interpreter, or in the one that SCRAPY_PYTHON names. PostgreSQL is measured where it is installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.crawl_frontier import HOSTS, WORKERS, measure_politeness, measure_size
from benchmarks.report import Measure, arguments, print_measures
from tests.postgres import postgres_server

HERE = Path(__file__).parent
RATIO_TO_SCRAPY = 2.0
RATIO_TO_REQUESTS = 0.5
SHARE_OF_CEILING = 0.95
CLAIM_MILLISECONDS = 10.0
RSS_MEGABYTES = 300.0


@contextmanager
def site() -> Iterator[int]:
    """Port of the pages' server, in a process of its own."""
    command = [sys.executable, str(HERE / "crawl_server.py")]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait()


def pages_per_second(name: str, port: int, pages: int) -> float:
    """Pages per second of CPU time; 0 when the peer is not there, or did not bring every page."""
    python = os.environ.get("SCRAPY_PYTHON", sys.executable) if name == "scrapy" else sys.executable
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "warm").mkdir()
        command = [python, str(HERE / "crawl_peers.py"), name, str(port), str(pages), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"{name} could not be run: {done.stderr.strip().splitlines()[-1] if done.stderr else 'no output'}")
        return 0.0
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["pages"] == pages, f"{name}: {found['pages']} pages of {pages}"
    print(f"{name:10} {pages / found['cpu']:8.0f} pages per CPU-second, {pages / found['seconds']:8.0f} pages per second")
    return float(pages / found["cpu"])


def measure_throughput(pages: int, rounds: int) -> dict[str, Measure]:
    """Ours, archiving, beside Scrapy and bare requests that only fetch; the best of several rounds in turn."""
    best = dict.fromkeys(("ours", "scrapy", "requests"), 0.0)
    with site() as port:
        for _ in range(rounds):
            for name in best:
                best[name] = max(best[name], pages_per_second(name, port, pages))
    ours = best["ours"]
    measures = {}
    for peer, least in (("scrapy", RATIO_TO_SCRAPY), ("requests", RATIO_TO_REQUESTS)):
        ratio = ours / best[peer] if best[peer] else 0.0
        measures[f"pages per CPU-second, {peer}"] = Measure(ours, peer, best[peer], ratio, f">= {least:g}", ratio >= least)
    return measures


def politeness(place: str, space: str, name: str, seconds: float) -> dict[str, Measure]:
    """Claims of several processes beside what the delay allows; violations and double claims make it fail."""
    found = measure_politeness(place, space, seconds)
    share = found.claims / found.ceiling
    holds = share >= SHARE_OF_CEILING and found.violations == 0 and found.double_claims == 0
    print(f"{name}: {found.violations} violations, {found.double_claims} double claims")
    peer = f"ceiling, {HOSTS} hosts"
    return {f"claims, {WORKERS} workers, {name}": Measure(found.claims, peer, found.ceiling, share, f">= {SHARE_OF_CEILING}", holds)}


def size(place: str, space: str, name: str, addresses: int) -> dict[str, Measure]:
    """Time of a claim and memory of a worker."""
    found = measure_size(place, space, addresses)
    claim, rss = found["claim_p95_ms"], found["rss_mb"]
    is_quick, is_small = claim <= CLAIM_MILLISECONDS, rss <= RSS_MEGABYTES
    p50, empty = found["claim_p50_ms"], found["rss_empty_mb"]
    return {
        f"claim p95 ms, {addresses:,}, {name}": Measure(claim, "p50", p50, claim / p50, f"<= {CLAIM_MILLISECONDS:g}", is_quick),
        f"worker RSS MB, {addresses:,}, {name}": Measure(rss, "just opened", empty, rss / empty, f"<= {RSS_MEGABYTES:g}", is_small),
    }


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    pages, rounds, seconds, addresses = (2_000, 1, 5.0, 100_000) if options.quick else (10_000, 2, 20.0, 1_000_000)
    measures = measure_throughput(pages, rounds)
    with tempfile.TemporaryDirectory() as folder:
        measures |= politeness(str(Path(folder, "polite.sqlite")), "", "SQLite", seconds)
        measures |= size(str(Path(folder, "large.sqlite")), "", "SQLite", addresses)
    with postgres_server() as url:
        if url is None:
            print("PostgreSQL is not installed: not measured")
        else:
            measures |= politeness(url, "polite", "PostgreSQL", seconds)
            measures |= size(url, "large", "PostgreSQL", addresses)
    print_measures(measures, as_json=options.json)


if __name__ == "__main__":
    main()
