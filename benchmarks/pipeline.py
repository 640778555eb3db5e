"""Pages a second, peak memory and share of each stage for ingest and analysis; ten times the pages may cost eleven times.

python benchmarks/pipeline.py [--quick] [--json]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.pages import write_pages
from benchmarks.report import Measure, arguments, print_measures

MOST = 11.0


class StageClock:
    """Adds up the seconds between progress calls under the stage that reported."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()
        self._stage = "archive"

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Book the time since the last call: to the stage that ran until now."""
        now = time.perf_counter()
        self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._last
        self._last, self._stage = now, stage

    def stop(self) -> None:
        """Book the rest."""
        self(self._stage, 0, None)


def measure_once(pages: Path, data: Path) -> None:
    """Ingest in this process, warmed by a few pages; print what it took as JSON."""
    from healthnews.pipeline.folder import DataFolder
    from healthnews.pipeline.ingestion import ingest

    warm = pages.parent / "warm"
    write_pages(warm, 20, seed=7)
    ingest(DataFolder(data / "warm"), [str(warm)])
    clock = StageClock()
    wall, cpu = time.perf_counter(), time.process_time()
    summary = ingest(DataFolder(data / "measured"), [str(pages)], progress=clock)
    clock.stop()
    taken = {
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "parsed": summary.parsed,
        "claims": summary.analysis.claims if summary.analysis else 0,
        "contradictions": summary.analysis.contradictions if summary.analysis else {},
        "stages": clock.seconds,
    }
    print(json.dumps(taken))


def measure(count: int) -> dict[str, float | dict[str, float]]:
    """Measure `count` pages in a process of their own, so that peak memory is theirs alone."""
    with tempfile.TemporaryDirectory() as where:
        pages = Path(where) / "pages"
        write_pages(pages, count)
        done = subprocess.run(
            [sys.executable, __file__, "--once", str(pages), str(Path(where) / "data")], check=True, capture_output=True, text=True
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    options = arguments(__doc__)
    small, large = (200, 2_000) if options.quick else (2_000, 20_000)
    results = {count: measure(count) for count in (small, large)}
    for count, taken in results.items():
        stages = taken.pop("stages")
        assert isinstance(stages, dict)
        total = sum(stages.values())
        shares = ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in sorted(stages.items(), key=lambda s: -s[1]))
        print(f"{count:,} pages: {taken['wall_seconds']:.1f} s, {taken['peak_mb']:.0f} MB peak, {taken['claims']} claims")
        print(f"  contradictions {taken['contradictions']}; share of the time: {shares}")

    def of(count: int, name: str) -> float:
        value = results[count][name]
        assert isinstance(value, int | float)
        return float(value)

    grown = of(large, "wall_seconds") / of(small, "wall_seconds")
    cpu_grown = of(large, "cpu_seconds") / of(small, "cpu_seconds")
    label = f"itself, {small:,} pages"
    print_measures(
        {
            "SECONDS": Measure(of(large, "wall_seconds"), label, of(small, "wall_seconds"), grown, f"<= {MOST:g}", grown <= MOST),
            "CPU_SECONDS": Measure(of(large, "cpu_seconds"), label, of(small, "cpu_seconds"), cpu_grown, f"<= {MOST:g}", cpu_grown <= MOST),
            "PAGES_PER_SECOND": Measure(
                large / of(large, "wall_seconds"), label, small / of(small, "wall_seconds"), 1 / (grown * small / large), "-", None
            ),
            "PEAK_MB": Measure(of(large, "peak_mb"), label, of(small, "peak_mb"), of(large, "peak_mb") / of(small, "peak_mb"), "-", None),
        },
        as_json=options.json,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        measure_once(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
