"""Mutated pages through the whole of the extractor: none may crash it, none may take more than two seconds.

    python benchmarks/extraction_fuzz.py [--count N] [--seed S] [--quick] [--json]
    python benchmarks/extraction_fuzz.py --seed S --only NUMBER [--save FILE]

Pages are made of the project's own sample pages and, where they are at hand, the shared development pages: bit flips, cuts,
splices, tags doubled or left open, wrong charsets, NULs, entities, attributes of a megabyte, deep nesting. A page is an Article, a
Listing or a PageError with its reason; anything else is a crash. Page NUMBER of a seed is always the same page.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import SynchronizedArray
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.extraction_mutations import mutate
from benchmarks.report import Measure, print_measures
from healthnews.errors import PageError
from healthnews.extract.registry import read_page
from healthnews.records import Article, RawPage

ROOT = Path(__file__).parents[1]
DEVELOPMENT = ROOT.parent / "shared" / "benchmarks" / "extraction" / "dev" / "html"
FETCHED_AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
MAX_SECONDS = 2.0
KILL_SECONDS = 60.0
MAX_MEMORY_BYTES = 3 * 1024**3
COUNT, QUICK_COUNT = 100_000, 4_000
CONTENT_TYPES = ("text/html", "text/html", "text/html; charset=utf-8", "text/html; charset=gbk", "application/xhtml+xml", "")


@dataclass(frozen=True)
class Finding:
    """A page that is not as it should be.

    Attributes:
        kind: `crash`, `broken` (an Article that breaks its own rules) or `slow`.
        number: Which page of the seed.
        detail: What was seen.
    """

    kind: str
    number: int
    detail: str


@dataclass(frozen=True)
class Outcome:
    """What became of a share of the pages."""

    counts: Counter[str]
    findings: list[Finding]
    slowest: tuple[float, int]
    cpu_seconds: float
    peak_megabytes: float


def read_own_pages() -> list[bytes]:
    """The project's own pages, in a fixed order."""
    return [path.read_bytes() for path in sorted([*ROOT.glob("samples/site/**/*.html"), *ROOT.glob("tests/pages/*/*.html")])]


def read_pages() -> list[bytes]:
    """The pages to mutate, in a fixed order: our own, then the development pages where they are at hand."""
    return read_own_pages() + [gzip.decompress(path.read_bytes()) for path in sorted(DEVELOPMENT.glob("*.html.gz"))]


def page_of(pages: list[bytes], seed: int, number: int) -> tuple[RawPage, str]:
    """Page NUMBER of a seed, and how it was made."""
    chance = Random(f"{seed}-{number}")
    payload, place, done = mutate(pages, chance)
    url = chance.choice(("https://example.com/a/1.html", "file:page.html"))
    raw = RawPage(url=url, content_type=chance.choice(CONTENT_TYPES), payload=payload, fetched_at=FETCHED_AT)
    return raw, f"page {place}: {', '.join(done)}"


def find_faults(article: Article) -> str | None:
    """The first rule of its own that an Article breaks, if any."""
    texts = {"title": article.title, "body": article.body or ""}
    json.dumps(asdict(article), default=str, ensure_ascii=False).encode("utf-8")
    if not article.title.strip() or "\n" in article.title:
        return f"title {article.title[:60]!r}"
    if any(not line.strip() for line in texts["body"].split("\n")):
        return "an empty line in the body"
    if article.published_at and article.published_at > FETCHED_AT.replace(tzinfo=None) + timedelta(days=1):
        return f"published in the future: {article.published_at}"
    if [item.position for item in article.related] != list(range(1, len(article.related) + 1)):
        return "positions of related links"
    for flag in article.quality:
        if flag.origin in texts and not 0 <= flag.start <= flag.end <= len(texts[flag.origin]):
            return f"span of {flag.flag}: {flag.start}-{flag.end} of {len(texts[flag.origin])}"
    return None


def judge(raw: RawPage) -> tuple[str, Finding | None]:
    """What became of a page; and a finding without its number, if it is one."""
    try:
        found = read_page(raw)
    except PageError as error:
        return error.reason, None
    except Exception as error:  # that nothing else is raised is what is tested
        where = traceback.extract_tb(error.__traceback__)[-1]
        return "crash", Finding("crash", -1, f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {str(error)[:200]}")
    fault = find_faults(found) if isinstance(found, Article) else None
    return type(found).__name__, (fault and Finding("broken", -1, fault)) or None


def load_dictionaries(pages: list[bytes]) -> None:
    """Read a few pages as they are, so that what is loaded once is loaded."""
    for payload in pages[:10]:
        judge(RawPage(url="file:x.html", content_type="text/html", payload=payload, fetched_at=FETCHED_AT))


def work(seed: int, numbers: range, state: SynchronizedArray[float], report: str) -> None:
    """Read one share of the pages; what is found is appended to the report at once, since the process may be killed."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    pages = read_pages()
    load_dictionaries(pages)
    with Path(report).open("a", encoding="utf-8") as lines:
        for number in numbers:
            raw, made = page_of(pages, seed, number)
            state[0], state[1] = number, time.monotonic()
            began = time.process_time()
            outcome, finding = judge(raw)
            seconds = time.process_time() - began
            state[1] = 0.0
            row: dict[str, Any] = {"number": number, "outcome": outcome, "seconds": round(seconds, 4)}
            if seconds > MAX_SECONDS and finding is None:
                finding = Finding("slow", number, f"{seconds:.1f} s, {len(raw.payload)} bytes")
            if finding:
                row |= {"kind": finding.kind, "detail": f"{finding.detail}; {made}"}
            lines.write(json.dumps(row) + "\n")
            if finding:
                lines.flush()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        lines.write(json.dumps({"peak_megabytes": peak}) + "\n")


class Share:
    """One core's pages: a process that is started again behind a page that killed it."""

    def __init__(self, seed: int, numbers: range, report: Path) -> None:
        self.seed = seed
        self.numbers = numbers
        self.report = report
        self.context = multiprocessing.get_context("spawn")
        self.state = self.context.Array("d", 2, lock=True)
        self.findings: list[Finding] = []
        self.process = self._start()

    def _start(self) -> BaseProcess:
        self.state[0], self.state[1] = -1, 0.0
        process = self.context.Process(target=work, args=(self.seed, self.numbers, self.state, str(self.report)))
        process.start()
        return process

    def is_running(self) -> bool:
        """Look after the process: end a page that takes for ever, go on behind one that ended the process."""
        number, began = int(self.state[0]), self.state[1]
        if self.process.is_alive():
            if began and time.monotonic() - began > KILL_SECONDS:
                self.process.kill()
                self.process.join()
                return self._go_on(Finding("slow", number, f"killed after {KILL_SECONDS:.0f} s"))
            return True
        if self.process.exitcode:
            return self._go_on(Finding("crash", number, f"the process ended with {self.process.exitcode}"))
        return False

    def _go_on(self, finding: Finding) -> bool:
        self.findings.append(finding)
        if finding.number < 0:
            raise RuntimeError(f"no process could be started: {finding.detail}")
        self.numbers = range(finding.number + self.numbers.step, self.numbers.stop, self.numbers.step)
        if self.numbers:
            self.process = self._start()
        return bool(self.numbers)


def run(seed: int, count: int, processes: int) -> Outcome:
    """Read `count` pages on as many cores."""
    counts: Counter[str] = Counter()
    findings: list[Finding] = []
    slowest, cpu_seconds, peak = (0.0, -1), 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        shares = [Share(seed, range(first, count, processes), Path(folder, f"{first}.jsonl")) for first in range(processes)]
        while [share for share in shares if share.is_running()]:
            time.sleep(0.2)
        for share in shares:
            findings += share.findings
            for line in share.report.read_text("utf-8").splitlines():
                row = json.loads(line)
                if "peak_megabytes" in row:
                    peak = max(peak, row["peak_megabytes"])
                    continue
                counts[row["outcome"]] += 1
                slowest = max(slowest, (row["seconds"], row["number"]))
                cpu_seconds += row["seconds"]
                if "kind" in row:
                    findings.append(Finding(row["kind"], row["number"], row["detail"]))
    return Outcome(counts, sorted(findings, key=lambda finding: finding.number), slowest, cpu_seconds, peak)


def print_one(seed: int, number: int, save: Path | None) -> None:
    pages = read_pages()
    raw, made = page_of(pages, seed, number)
    print(f"page {number} of seed {seed}: {made}; {raw.content_type!r}, {len(raw.payload)} bytes")
    if save:
        save.write_bytes(raw.payload)
    load_dictionaries(pages)
    began = time.process_time()
    try:
        found = read_page(raw)
        print(type(found).__name__, isinstance(found, Article) and find_faults(found))
    except PageError as error:
        print(f"{error.reason}: {error.detail[:200]}")
    finally:
        print(f"{time.process_time() - began:.2f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, help=f"how many pages (default {COUNT:,}; {QUICK_COUNT:,} with --quick)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other pages")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="read this page of the seed alone, with the traceback of a crash")
    parser.add_argument("--save", type=Path, metavar="FILE", help="with --only: write the page there")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="as many at once (default: the cores)")
    parser.add_argument("--quick", action="store_true", help="fewer pages, within 60 s")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    options = parser.parse_args()
    if options.only is not None:
        print_one(options.seed, options.only, options.save)
        return 0
    count = options.count or (QUICK_COUNT if options.quick else COUNT)
    outcome = run(options.seed, count, max(1, options.processes))
    for name, number in outcome.counts.most_common():
        print(f"{name:24} {number:>8}")
    for finding in outcome.findings[:40]:
        print(f"{finding.kind} --seed {options.seed} --only {finding.number}: {finding.detail}")
    seconds, number = outcome.slowest
    print(f"slowest: {seconds:.2f} s, --seed {options.seed} --only {number}; {outcome.cpu_seconds / max(1, count) * 1000:.1f} ms a page")
    allowed = MAX_MEMORY_BYTES / 1024**2
    kinds = Counter(finding.kind for finding in outcome.findings)
    measures = {
        "mutated pages": Measure(sum(outcome.counts.values()), "asked for", count, sum(outcome.counts.values()) / count, "", None),
        "crashes": Measure(kinds["crash"], "allowed", 0, 0, "0", kinds["crash"] == 0),
        "articles that break a rule": Measure(kinds["broken"], "allowed", 0, 0, "0", kinds["broken"] == 0),
        "pages over 2 s": Measure(kinds["slow"], "allowed", 0, 0, "0", kinds["slow"] == 0),
        "slowest page, s": Measure(seconds, "allowed, s", MAX_SECONDS, seconds / MAX_SECONDS, "<= 2", seconds <= MAX_SECONDS),
        "peak memory of a process, MB": Measure(outcome.peak_megabytes, "allowed", allowed, outcome.peak_megabytes / allowed, "", None),
    }
    print_measures(measures, as_json=options.json)
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
