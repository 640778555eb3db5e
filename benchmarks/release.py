"""A release of a million articles beside pyarrow writing the same tables bare; its gates, its memory, the difference of two.

python benchmarks/release.py [--quick] [--json]
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.release_data import NOW, read_tables, write_tables
from benchmarks.report import Measure, arguments, print_measures

MOST_RATIO, MOST_GATES, MOST_MB, MOST_DIFF_SECONDS = 3.0, 0.25, 2048.0, 30.0
CHANGED = 0.01


def write_bare(tables: Path, target: Path) -> None:
    """The same tables by pyarrow alone, with the same compression."""
    import pyarrow.parquet as pq

    target.mkdir(parents=True)
    for name, reader in read_tables(tables).items():
        with pq.ParquetWriter(target / f"{name}.parquet", reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)


def publish(tables: Path, clean: Path, days: int = 0) -> float:
    """A release with all that belongs to it; seconds of processor that its gates took."""
    from unittest import mock

    import pyarrow as pa

    from healthnews.dataset import release
    from healthnews.dataset.examination import Examination
    from healthnews.pipeline.describing import describe_release

    pa.array([0])  # imports pandas, which is no work of the gates
    gates_seconds = 0.0

    def timed(gate: Callable[..., Any]) -> Callable[..., Any]:
        def run(*values: Any) -> Any:
            nonlocal gates_seconds
            began = time.process_time()
            found = gate(*values)
            gates_seconds += time.process_time() - began
            return found

        return run

    # The gates as they run inside of a release: over each batch that is written, and then over what hangs together.
    with mock.patch.multiple(Examination, add=timed(Examination.add), quality=timed(Examination.quality)):
        release.publish_release(clean, read_tables(tables), {}, {}, NOW + timedelta(days=days), describe=describe_release)
    return gates_seconds


def store(tables: Path, folder: Path) -> None:
    """The work tables of a data folder that hold the same."""
    from benchmarks.release_store import write_store
    from healthnews.pipeline.folder import DataFolder

    write_store(tables, DataFolder(folder).tables)


def pipeline(folder: Path) -> float:
    """A release of a data folder, as `healthnews publish` makes it; its articles."""
    from healthnews.pipeline.folder import DataFolder
    from healthnews.pipeline.publication import publish, publish_options

    made = publish(DataFolder(folder), publish_options())
    if made is None or not made.created:
        raise SystemExit("the data folder has no release")
    return float(made.manifest["tables"]["articles"]["rows"])


def compare(clean: Path) -> None:
    """The difference of the two releases, row by row and in words."""
    from healthnews.pipeline.describing import diff_releases

    old, new = sorted(path.name for path in clean.glob("2*"))
    delta, _ = diff_releases(clean, old, new)
    if delta.num_rows == 0:
        raise SystemExit("the two releases differ in nothing")


WORK: dict[str, Callable[..., float | None]] = {
    "bare": write_bare,
    "publish": publish,
    "store": store,
    "pipeline": pipeline,
    "compare": compare,
}


def measure_once(name: str, paths: list[str]) -> None:
    """Do a piece of work in this process; print what it took as JSON."""
    arguments_: list[Any] = [Path(path) if "/" in path else int(path) for path in paths]
    wall, cpu = time.perf_counter(), time.process_time()
    part = WORK[name](*arguments_)
    taken = {
        "part": part or 0.0,
        "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip
    print(json.dumps(taken))


def measured(name: str, *values: Path | int) -> dict[str, float]:
    """What a piece of work takes in a process of its own."""
    command = [sys.executable, __file__, "--once", name, *map(str, values)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    taken: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"  {name}: {taken['wall']:.1f} s, {taken['cpu']:.1f} s of processor, {taken['peak_mb']:.0f} MB", file=sys.stderr)
    return taken


def is_resume_exact(content: bytes) -> bool:
    """Whether a download that breaks off again and again gives the same bytes."""
    from healthnews.dataset.remote import Remote

    class Breaking(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            start = int((self.headers["Range"] or "bytes=0-").split("=")[1].rstrip("-"))
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start : start + len(content) // 7 + 1])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Breaking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as where, Remote(f"http://127.0.0.1:{server.server_port}", pause_seconds=0) as remote:
        remote.fetch("x", Path(where) / "x", hashlib.sha256(content).hexdigest(), len(content))
        same = (Path(where) / "x").read_bytes() == content
    server.shutdown()
    return same


def main() -> None:
    options = arguments(__doc__)
    articles = 50_000 if options.quick else 1_000_000
    with tempfile.TemporaryDirectory() as where:
        root = Path(where)
        write_tables(root / "tables", articles)
        write_tables(root / "changed", articles, CHANGED)
        bare = measured("bare", root / "tables", root / "bare")
        ours = measured("publish", root / "tables", root / "clean", 0)
        again = measured("publish", root / "changed", root / "clean", 1)
        diff = measured("compare", root / "clean")
        measured("store", root / "tables", root / "data")
        whole = measured("pipeline", root / "data")
        if whole["part"] != articles:
            raise SystemExit(f"the release of the pipeline has {whole['part']:,.0f} articles")
        exact = is_resume_exact((root / "clean" / "latest" / "claims.parquet").read_bytes())
    ratio, share = ours["cpu"] / bare["cpu"], ours["part"] / ours["cpu"]
    peak = max(ours["peak_mb"], again["peak_mb"])
    measures = {
        "release_seconds": Measure(ours["cpu"], "pyarrow, bare", bare["cpu"], ratio, f"<= {MOST_RATIO}", ratio <= MOST_RATIO),
        "gates_share": Measure(ours["part"], "release", ours["cpu"], share, f"<= {MOST_GATES}", share <= MOST_GATES),
        "release_peak_mb": Measure(peak, "pyarrow, bare", bare["peak_mb"], peak / bare["peak_mb"], f"<= {MOST_MB:.0f} MB", peak <= MOST_MB),
        "pipeline_seconds": Measure(whole["cpu"], "tables at hand", ours["cpu"], whole["cpu"] / ours["cpu"], "", None),
        "pipeline_peak_mb": Measure(
            whole["peak_mb"], "tables at hand", ours["peak_mb"], whole["peak_mb"] / ours["peak_mb"], f"<= {MOST_MB:.0f} MB",
            whole["peak_mb"] <= MOST_MB,
        ),
        "diff_seconds": Measure(
            diff["wall"], "second release", again["wall"], diff["wall"] / again["wall"], f"<= {MOST_DIFF_SECONDS:.0f} s",
            diff["wall"] <= MOST_DIFF_SECONDS,
        ),
        "resume_exact": Measure(float(exact), "the file", 1.0, float(exact), "= 1", exact),
    }  # fmt: skip
    print(f"{articles:,} articles; seconds of processor, but for diff_seconds")
    print_measures(measures, as_json=options.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        measure_once(sys.argv[2], sys.argv[3:])
    else:
        main()
