"""Memory of the extractor over many pages: what the process holds after 10,000 pages beside what it held after 1,000.

    python benchmarks/extraction_memory.py [--count N] [--quick] [--json]

Pages are the shared development pages where they are at hand, else the project's own, each time with other numbers in every
paragraph: what remembers texts that it has seen would grow.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.report import Measure, print_measures
from healthnews.errors import PageError
from healthnews.extract.registry import parse_page
from healthnews.records import RawPage

ROOT = Path(__file__).parents[1]
DEVELOPMENT = ROOT.parent / "shared" / "benchmarks" / "extraction" / "dev" / "html"
COUNT, QUICK_COUNT = 10_000, 2_000
FIRST_SHARE = 10
"""Memory after this share of the pages (one in 10) is what the end is compared with: allocators and dictionaries are warm."""
MAX_GROWTH = 1.05


def payloads() -> list[bytes]:
    """The pages, in a fixed order."""
    if DEVELOPMENT.is_dir():
        return [gzip.decompress(path.read_bytes()) for path in sorted(DEVELOPMENT.glob("*.html.gz"))]
    return [path.read_bytes() for path in sorted(ROOT.glob("samples/site/**/*.html"))]


def fresh_pages(count: int) -> Iterator[RawPage]:
    """`count` pages, no paragraph and no address of which was there before."""
    now = datetime.now(UTC)
    for number, payload in enumerate(islice(cycle(payloads()), count)):
        changed = payload.replace(b"</p>", b" %d</p>" % number).replace(b"<br", b" %d<br" % number)
        yield RawPage(url=f"https://example.com/a/{number}.html", content_type="text/html", payload=changed, fetched_at=now)


def resident_megabytes() -> float:
    """Memory that the process holds now."""
    gc.collect()
    status = Path("/proc/self/status").read_text("ascii", "replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def measure_growth(count: int) -> tuple[float, float, float]:
    """Memory after a tenth of the pages and after all of them, MB; and CPU seconds."""
    began = time.process_time()
    first = 0.0
    for number, raw in enumerate(fresh_pages(count), 1):
        with suppress(PageError):
            parse_page(raw)
        if number == count // FIRST_SHARE:
            first = resident_megabytes()
    return first, resident_megabytes(), time.process_time() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, help=f"how many pages (default {COUNT:,}; {QUICK_COUNT:,} with --quick)")
    parser.add_argument("--quick", action="store_true", help="fewer pages, within 60 s")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    options = parser.parse_args()
    if not Path("/proc/self/status").exists():
        print("skipped: memory is read from /proc, which this system has not", file=sys.stderr)
        return 0
    count = max(FIRST_SHARE, options.count or (QUICK_COUNT if options.quick else COUNT))
    first, last, seconds = measure_growth(count)
    growth = last / first
    name = f"memory after {count} pages, MB"
    peer = f"after {count // FIRST_SHARE}, MB"
    measures = {name: Measure(last, peer, first, growth, f"<= {MAX_GROWTH} x", growth <= MAX_GROWTH)}
    print(f"{count / seconds:.0f} pages per CPU second, making the pages included")
    print_measures(measures, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
