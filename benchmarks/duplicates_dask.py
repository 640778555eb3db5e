"""What the search for duplicates costs on Dask with two workers, beside the same search in one process: CPU of all processes, memory.

python benchmarks/duplicates_dask.py [--quick] [--json] [--documents N] [--cache DIR] [--shared DIR]

The documents come from the generator of `../shared/benchmarks/duplicates`, 450 characters each; both searches read them from Parquet
files and end with the three tables, which must be equal. Starting (imports, compiled kernels) is measured apart.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.report import Measure, print_measures
from healthnews.duplicates.documents import Document
from healthnews.duplicates.find import find_duplicates
from healthnews.duplicates.tables import DuplicateTables, document_table, documents_of, duplicate_tables, read_documents
from healthnews.engine import running_on
from healthnews.pipeline.partitioned import PARTITION, find_in_partitions
from tests.claims_seeds import SHARED
from tests.dask_cluster import Cluster, running_cluster

MOST_CPU, MOST_WORKER_GB = 2.5, 2.0
WORKERS = 2
SHORTEST, LONGEST = 180, 800
"""Characters of an answer as the generator is asked for them: 450 on average."""
SEED = 1
PUBLISHERS = 50
_WARM = 2_500
"""Documents searched before the clock starts: enough for the compiled kernels to be loaded."""
_LEAST_PARTITIONS = 4
Figures = dict[str, Any]


def write_partitions(count: int, where: Path, shared: Path) -> list[str]:
    """Addresses of the partitions of so many documents, and before them those to warm up with; made where they are not there yet."""
    folder = where / f"{count}-{SHORTEST}-{LONGEST}-{SEED}"
    if not folder.exists():
        where.mkdir(parents=True, exist_ok=True)
        made, partial = where / f"{count}.parquet", folder.with_suffix(".partial")
        generator = shared / "benchmarks" / "duplicates" / "generate.py"
        arguments = [str(one) for one in (count, SHORTEST, LONGEST, made, SEED)]
        subprocess.run([sys.executable, str(generator), *arguments], check=True, stdout=subprocess.DEVNULL)
        partial.mkdir()
        for number, table in enumerate(_documents(made, min(PARTITION, max(_WARM, count // _LEAST_PARTITIONS)))):
            pq.write_table(table, partial / f"{number:05}.parquet", compression="zstd")
        for number in range(WORKERS):
            table = pq.read_table(partial / f"{number:05}.parquet").slice(0, _WARM)
            pq.write_table(table, partial / f"-warm{number}.parquet", compression="zstd")
        made.unlink()
        partial.rename(folder)
    return [path.resolve().as_uri() for path in sorted(folder.glob("*.parquet"))]


def _documents(path: Path, size: int) -> Iterator[pa.Table]:
    number = 0
    for batch in pq.ParquetFile(path).iter_batches(size, columns=["title", "text"]):
        rows = zip(batch["title"].to_pylist(), batch["text"].to_pylist(), strict=True)
        yield document_table(
            Document(f"a{n:09}", title, text, publisher=f"{n % PUBLISHERS}.example") for n, (title, text) in enumerate(rows, number)
        )
        number += batch.num_rows


def digest_of(found: DuplicateTables) -> str:
    """Names the tables by all that is in them."""
    digest = hashlib.sha256()
    for table in found:
        with pa.ipc.new_stream(pa.PythonFile(_Sink(digest), mode="w"), table.schema.remove_metadata()) as writer:
            writer.write_table(table.replace_schema_metadata().combine_chunks(), max_chunksize=10_000)
    return digest.hexdigest()


class _Sink:
    """A file that is only digested."""

    closed = False

    def __init__(self, digest: Any) -> None:
        self._digest = digest

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is open."""


def search_here(sources: Sequence[str]) -> DuplicateTables:
    """The search in one process, from files to tables."""
    return duplicate_tables(find_duplicates(document for source in sources for document in documents_of(read_documents(source))))


def measure_once(scheduler: str, sources: Sequence[str]) -> None:
    """Search in this process, or by a scheduler's workers, and print the figures as JSON; those of the workers are their own matter."""
    warm, rest = sources[:WORKERS], sources[WORKERS:]
    with running_on("threads" if scheduler == "here" else "dask", scheduler) as engine:
        search = search_here if scheduler == "here" else lambda given: find_in_partitions(engine, given)
        search(warm)
        print(json.dumps({"is_warm": True}), flush=True)
        sys.stdin.readline()
        begun, cpu = time.monotonic(), time.process_time()
        found = search(rest)
        cpu, seconds = time.process_time() - cpu, time.monotonic() - begun
    figures = {
        "cpu": cpu,
        "start_cpu": time.process_time() - cpu,
        "seconds": seconds,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "rows": [table.num_rows for table in found],
        "digest": digest_of(found),
    }
    print(json.dumps(figures), flush=True)
    sys.stdin.readline()


def measure(sources: Sequence[str], cluster: Cluster | None) -> Figures:
    """The figures of one search in a process of its own, with those of the cluster's processes."""
    command = [sys.executable, __file__, "--once", cluster.address if cluster else "here", *sources]
    processes = [cluster.scheduler, *cluster.workers] if cluster else []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        start = [cpu_of(process.pid) for process in processes]
        child.stdin.write("go\n")
        child.stdin.flush()
        figures: Figures = json.loads(child.stdout.readline())
        figures["of_others"] = [cpu_of(process.pid) - before for process, before in zip(processes, start, strict=True)]
        figures["start_cpu"] += sum(start)
        figures["worker_gb"] = [peak_of(worker.pid) for worker in (cluster.workers if cluster else ())]
        child.stdin.write("done\n")
    return figures


def cpu_of(process: int) -> float:
    """CPU seconds that a process has used, user and system."""
    behind_name = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(behind_name[11]) + int(behind_name[12])) / os.sysconf("SC_CLK_TCK")


def peak_of(process: int) -> float:
    """Most memory that a process has held at once, in GB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e6


def run(count: int, where: Path, shared: Path) -> dict[str, Measure]:
    """Search in both ways, print, and give the measures."""
    sources = write_partitions(count, where, shared)
    here = measure(sources, None)
    with tempfile.TemporaryDirectory() as folder, running_cluster(Path(folder), WORKERS, memory=f"{MOST_WORKER_GB:g}GB") as cluster:
        there = measure(sources, cluster)
    for name, figures in (("one process", here), (f"Dask, {WORKERS} workers", there)):
        others = ", ".join(f"{cpu:.1f}" for cpu in figures["of_others"])
        print(
            f"{name:18} {figures['seconds']:7.1f} s, CPU {figures['cpu'] + sum(figures['of_others']):7.1f} s"
            f" (client {figures['cpu']:.1f}; scheduler, workers {others or 'none'}), to start {figures['start_cpu']:.1f} s;"
            f" peak {figures['peak_gb']:.2f} GB, workers {[round(gb, 2) for gb in figures['worker_gb']]}; rows {figures['rows']}"
        )
    cpu, of_here = there["cpu"] + sum(there["of_others"]), here["cpu"]
    peak, label = max(there["worker_gb"]), f"one process, {count:,}"
    is_same = here["digest"] == there["digest"]
    return {
        "CPU_SECONDS": Measure(cpu, label, of_here, cpu / of_here, f"<= {MOST_CPU}", cpu <= MOST_CPU * of_here),
        "WORKER_GB": Measure(peak, label, here["peak_gb"], peak / here["peak_gb"], f"<= {MOST_WORKER_GB:g} GB", peak <= MOST_WORKER_GB),
        "SECONDS": Measure(there["seconds"], label, here["seconds"], there["seconds"] / here["seconds"], "", None),
        "START_CPU_SECONDS": Measure(there["start_cpu"], label, here["start_cpu"], there["start_cpu"] / here["start_cpu"], "", None),
        "SAME_ROWS": Measure(float(is_same), label, 1.0, float(is_same), "= 1", is_same),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, within 60 s")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--documents", type=int, help="how many documents")
    parser.add_argument("--cache", type=Path, help="folder that keeps the documents for the next run")
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder with benchmarks/duplicates/generate.py")
    parser.add_argument("--once", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        measure_once(options.once[0], options.once[1:])
        return
    with tempfile.TemporaryDirectory() as temporary:
        count = options.documents or (20_000 if options.quick else 1_000_000)
        print_measures(run(count, options.cache or Path(temporary), options.shared), as_json=options.json)


if __name__ == "__main__":
    main()
