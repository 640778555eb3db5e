"""Other extractors on the shared pages: run in a process of their own where they are installed, else as recorded."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DISTRIBUTIONS = {
    "trafilatura": "trafilatura",
    "trafilatura-fast": "trafilatura",
    "gne": "gne",
    "newspaper4k": "newspaper4k",
    "readability-lxml": "readability-lxml",
    "resiliparse": "resiliparse",
    "htmldate": "htmldate",
    "magic-html": "magic-html",
    "goose3": "goose3",
    "gerapy": "gerapy-auto-extractor",
}
"""Package of each peer; those that the extra `bench` leaves out (not on PyPI, or heavy) are run where someone installed them."""
TIMEOUT_SECONDS = 1800
Predictions = dict[str, dict[str, Any]]
Scores = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class PeerRun:
    """What a peer did.

    Attributes:
        version: As installed; None for recorded figures.
        predictions: By page; None for recorded figures.
        scores: Recorded scores by set; empty for a run.
        pages_per_second: Pages per CPU second of extraction alone: reading and decoding are left out.
        times_reference: Its speed, parsing the same pages with BeautifulSoup and html.parser in the same process being 1.
        peak_megabytes: Peak memory of its process.
        errors: Pages on which it raised.
    """

    version: str | None
    predictions: Predictions | None
    scores: Scores
    pages_per_second: float
    times_reference: float
    peak_megabytes: int
    errors: int


def installed_version(peer: str) -> str | None:
    """Version of a peer's package; None when it is not installed."""
    try:
        return importlib.metadata.version(DISTRIBUTIONS[peer])
    except importlib.metadata.PackageNotFoundError:
        return None


def run_peer(peer: str, runner: Path, part: Path, out: Path) -> PeerRun:
    """Run one peer over a part, with the set's own runner.

    Raises:
        RuntimeError: The peer's process failed.
    """
    command = [sys.executable, str(runner), peer, str(part), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-400:]}")
    row = json.loads(done.stdout.splitlines()[-1])
    predictions = json.loads(out.read_text("utf-8"))
    speed = row["pages"] / max(row["cpu_s"], 0.01)
    return PeerRun(installed_version(peer), predictions, {}, speed, row["vs_ref"] or 0.0, row["peak_rss_mb"], row["errors"])


def recorded_peers(baselines: dict[str, Any]) -> dict[str, PeerRun]:
    """The figures that came with the set: the whole part, another machine."""
    return {
        peer: PeerRun(
            None,
            None,
            record["scores"],
            record["run"]["pages_per_cpu_s"],
            record["run"]["vs_ref"],
            record["run"]["peak_rss_mb"],
            record["run"]["errors"],
        )
        for peer, record in baselines.items()
        if peer in DISTRIBUTIONS
    }


def run_peers(folder: Path, part: Path, work: Path, *, processes: int, leave_out: frozenset[str]) -> dict[str, PeerRun]:
    """Every peer: run if installed, else as recorded.

    Args:
        folder: The shared set, with the runner and the recorded figures.
        part: The pages.
        work: Where predictions may be written.
        processes: How many peers at once.
        leave_out: Peers that are run elsewhere.
    """
    peers = recorded_peers(json.loads((folder / "baselines.json").read_text("utf-8"))["dev"])
    names = [peer for peer in DISTRIBUTIONS if installed_version(peer) and peer not in leave_out]
    with ThreadPoolExecutor(processes) as pool:
        runs = pool.map(lambda peer: run_peer(peer, folder / "run_peers.py", part, work / f"{peer}.json"), names)
        return peers | dict(zip(names, runs, strict=True))
