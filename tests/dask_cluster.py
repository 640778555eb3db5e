"""A real Dask scheduler with worker processes on loopback, without web pages, on ports that are free."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
_STARTS_WITHIN = 60.0


@dataclass
class Cluster:
    """A scheduler and what was started for it.

    Attributes:
        folder: Its files and logs.
        scheduler: The scheduler's process.
        address: As `--scheduler` takes it.
        workers: The workers' processes, in the order of starting, ended ones too.
    """

    folder: Path
    scheduler: subprocess.Popen[bytes]
    address: str = ""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_worker(self, code: Path = ROOT, memory: str = "0") -> subprocess.Popen[bytes]:
        """One more worker, with the code of a folder; it registers by itself.

        Args:
            code: Folder that holds healthnews/.
            memory: Limit above which it spills to disk; 0 for none.
        """
        name = f"worker{len(self.workers)}"
        options = ["--scheduler-file", self._file, "--no-nanny", "--nthreads", "1", "--name", name, "--memory-limit", memory]
        self.workers.append(_start(self.folder, name, code, "worker", *options, "--local-directory", str(self.folder / name)))
        return self.workers[-1]

    @property
    def _file(self) -> str:
        return str(self.folder / "scheduler.json")


def _start(folder: Path, name: str, code: Path, kind: str, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", kind, "--no-dashboard", "--host", "127.0.0.1", *options]
    environment = os.environ | {"PYTHONPATH": str(code), "DASK_LOGGING__DISTRIBUTED": "warning"}
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)


@contextmanager
def running_cluster(folder: Path, workers: int = 2, memory: str = "0") -> Iterator[Cluster]:
    """A scheduler with so many workers of one thread each, ended at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scheduler.json"
    cluster = Cluster(folder, _start(folder, "scheduler", ROOT, "scheduler", "--port", "0", "--scheduler-file", str(file)))
    try:
        began = time.monotonic()
        while not file.exists():
            if cluster.scheduler.poll() is not None or time.monotonic() > began + _STARTS_WITHIN:
                raise RuntimeError(f"no scheduler: {(folder / 'scheduler.log').read_text()}")
            time.sleep(0.05)
        cluster.address = json.loads(file.read_text())["address"]
        for _ in range(workers):
            cluster.start_worker(memory=memory)
        yield cluster
    finally:
        for process in (*cluster.workers, cluster.scheduler):
            process.kill()
            process.wait()
