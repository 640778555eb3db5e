"""Start-up of the command line without Prefect: --help, one file ingested, one table read, beside a bare Python."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.report import Measure, arguments, print_measures

PAGE = "医保账户的钱会清零吗\n\n职工医保个人账户的余额年底不会清零,可以结转到下一年继续使用。\n"
HELP_SECONDS = 0.4
INGEST_SECONDS = 3.0


def seconds_of(command: Callable[[], list[str]], environment: dict[str, str], runs: int) -> float:
    """Median wall-clock seconds of a command, which is made anew for each run; the first run, which compiles, does not count."""
    taken = []
    for _ in range(runs + 1):
        arguments = command()
        began = time.perf_counter()
        subprocess.run(arguments, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    runs = 3 if options.quick else 10
    numbers = count()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.txt")
        page.write_text(PAGE, encoding="utf-8")
        # As in an installation, where pip has compiled everything, whatever this shell says of bytecode.
        environment = os.environ | {"PYTHONPYCACHEPREFIX": str(Path(folder, "compiled"))}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        ours = [sys.executable, "-m", "healthnews"]
        bare = seconds_of(lambda: [sys.executable, "-c", "pass"], environment, runs)
        help_ = seconds_of(lambda: [*ours, "--help"], environment, runs)
        new = seconds_of(lambda: [*ours, "ingest", str(page), "--data", str(Path(folder, f"data{next(numbers)}"))], environment, runs)
        same = seconds_of(lambda: [*ours, "ingest", str(page), "--data", str(Path(folder, "data0"))], environment, runs)
        read = seconds_of(lambda: [*ours, "contradictions", "--data", str(Path(folder, "data0"))], environment, runs)
    peer = "python -c pass, s"
    measures = {
        "healthnews --help, s": Measure(help_, peer, bare, help_ / bare, f"<= {HELP_SECONDS} s", help_ <= HELP_SECONDS),
        "ingest of one new file, s": Measure(new, peer, bare, new / bare, f"<= {INGEST_SECONDS:g} s", new <= INGEST_SECONDS),
        "ingest of the same file again, s": Measure(same, peer, bare, same / bare, "", None),
        "contradictions, s": Measure(read, peer, bare, read / bare, "", None),
    }
    print_measures(measures, as_json=options.json)


if __name__ == "__main__":
    main()
