"""What benchmarks/crawl.py runs in a process of its own: ours, bare requests on threads, or Scrapy, over the same addresses.

`python benchmarks/crawl_peers.py NAME PORT PAGES FOLDER` prints one JSON object: pages, CPU seconds, seconds.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.crawl_server import addresses

THREADS = 4
AGENT = "healthnews-benchmark/0.1"


def run_ours(urls: list[str], folder: Path) -> int:
    """Pages visited and archived, through frontier, guard and robots.txt."""
    from healthnews.crawl.archive import Archive
    from healthnews.crawl.fetch import Fetcher
    from healthnews.crawl.frontier import Frontier
    from healthnews.crawl.frontier_records import Link
    from healthnews.crawl.guard import Guard
    from healthnews.crawl.robots import Robots
    from healthnews.crawl.visit_policy import Policy
    from healthnews.crawl.visits import Visitor

    policy = Policy(revisit=timedelta(days=7), list_revisit=timedelta(hours=20), delay_seconds=0, concurrency=THREADS)
    fetcher = Fetcher(Guard(["127.0.0.0/8"]), AGENT)
    with (
        Archive(folder / "raw") as archive,
        Frontier.open(folder / "frontier.sqlite") as frontier,
    ):
        for host in {url.split("/")[2] for url in urls}:
            frontier.hosts.follow(host, 0)
        frontier.add([Link(url, 0) for url in urls], datetime.now(UTC))
        visits = Visitor(archive, frontier, fetcher, Robots(fetcher, AGENT), policy).visit_due(len(urls))
    return visits.counts["new"]


def run_requests(urls: list[str], folder: Path) -> int:
    """Pages fetched by a session a thread, and nothing else done."""
    import threading

    import requests

    local = threading.local()

    def fetch(url: str) -> int:
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.trust_env = False
        return int(local.session.get(url, timeout=20).status_code)

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(status == 200 for status in pool.map(fetch, urls))


def run_scrapy(urls: list[str], folder: Path) -> int:
    """Pages fetched with robots.txt obeyed, and given to a callback that counts them."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    found = []

    class Spider(scrapy.Spider):  # type: ignore[misc]
        name = "pages"

        async def start(self) -> Any:
            for url in urls:
                yield scrapy.Request(url)

        def parse(self, response: Any) -> None:
            found.append(len(response.body))

    process = CrawlerProcess(
        {
            "ROBOTSTXT_OBEY": True, "DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS": THREADS, "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
            "LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "USER_AGENT": AGENT, "COOKIES_ENABLED": False,
        }
    )  # fmt: skip
    process.crawl(Spider)
    process.start()
    return len(found)


RUNS = {"ours": run_ours, "requests": run_requests, "scrapy": run_scrapy}


def main() -> None:
    """Run one and print what it took; imports count for none of them."""
    name, port, pages, folder = sys.argv[1:]
    urls = addresses(int(port), int(pages))
    RUNS[name](urls[:1], Path(folder, "warm")) if name != "scrapy" else __import__("scrapy.crawler")
    began, cpu = time.perf_counter(), time.process_time()
    fetched = RUNS[name](urls, Path(folder))
    print(json.dumps({"pages": fetched, "cpu": time.process_time() - cpu, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
