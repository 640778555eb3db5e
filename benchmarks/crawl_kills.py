"""A crawl is killed at random moments, again and again; then it must have every page once, as an unbroken run has.

`python benchmarks/crawl_kills.py [--kills N] [--pages N] [--seed N]`; exit code 1 when something is lost, doubled or damaged.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from healthnews.crawl.archive import Archive
from healthnews.crawl.archive_check import verify_archive
from healthnews.pipeline.crawl_options import crawl_options
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import crawl
from healthnews.pipeline.queries import Dataset

PAGE_SECONDS = 0.01
LONGEST_SECONDS = 1.2
"""A run begins, asks for some pages and parses them in less."""


def serve(pages: int, told: int) -> None:
    """A site of a list and pages that each recommend the next two, slowly; its port is told over a pipe."""
    from tests.answer_site import listed_pages
    from tests.web import Site, slowly

    with Site({path: slowly(reply, PAGE_SECONDS) for path, reply in listed_pages(pages).items()}) as site:
        os.write(told, str(site.port).encode())
        signal.pause()


def in_child(task: Callable[[], None]) -> int:
    """Run a task in a forked process, which starts at once because everything is imported; its id."""
    child = os.fork()
    if child:
        return child
    try:
        task()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def run_once(folder: Path, start: str) -> None:
    """One crawl, to its end."""
    options = crawl_options(start=[start], allow_addresses=["127.0.0.0/8"], delay_seconds=0.0, depth=1000, budget=10_000, with_sites=False)
    crawl(DataFolder(folder), options, with_analysis=False, batch_pages=10)


def finish(child: int) -> int:
    """Exit code of a child that is let run."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def found_in(folder: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Articles with their text, and captures with their outcome, by path."""
    dataset = Dataset(DataFolder(folder))
    articles = sorted((urlsplit(row.canonical_url or "").path, row.body) for row in dataset.rows("articles"))
    fetched = [row for row in dataset.rows("captures") if row.outcome != "unchanged"]
    return articles, sorted((urlsplit(row.url).path, row.outcome) for row in fetched)


def faults_of(killed: Path, unbroken: Path) -> list[str]:
    """What the killed crawl lost, doubled or damaged."""
    faults = [f"{fault.place}: {fault.found}" for fault in verify_archive(killed / "raw")]
    answers = [entry for entry in Archive.read_entries(killed / "raw") if entry.record_type == "response"]
    versions = Counter((entry.asked, entry.sha256) for entry in answers)
    faults += [f"{url}: archived {count} times" for (url, _), count in versions.items() if count > 1]
    for name, ours, theirs in zip(("articles", "captures"), found_in(killed), found_in(unbroken), strict=True):
        if ours != theirs:
            faults.append(f"{name}: {len(ours)} rows, expected the {len(theirs)} of an unbroken run; {set(ours) ^ set(theirs)}"[:500])
    return faults


def main() -> None:
    """Kill, go on, kill, and look at what there is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    read, told = os.pipe()
    server = in_child(lambda: serve(options.pages, told))
    start = f"http://127.0.0.1:{int(os.read(read, 10))}/"
    killed = 0
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for _ in range(options.kills):
                child = in_child(lambda: run_once(folder / "killed", start))
                time.sleep(draw.uniform(0.05, LONGEST_SECONDS))
                os.kill(child, signal.SIGKILL)
                killed += finish(child) == -signal.SIGKILL
            for part in ("killed", "unbroken"):
                if finish(in_child(lambda part=part: run_once(folder / part, start))) != 0:  # type: ignore[misc]
                    sys.exit("the crawl could not be ended")
            faults = faults_of(folder / "killed", folder / "unbroken")
    finally:
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
    for fault in faults:
        print(fault)
    print(f"{killed} of {options.kills} runs killed, {options.pages} pages, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
