"""What the tests of the flows ask a Prefect server over HTTP, and the processes they start."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from healthnews.flows import server_folder
from healthnews.flows.server import LocalServer

# A busy machine is no failure: a wait ends as soon as what is waited for is there, and this long only when it never comes.
PATIENCE_SECONDS = 240.0

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], what: str, seconds: float = PATIENCE_SECONDS) -> Found:
    """What `look` finds, as soon as it finds anything; AssertionError with `what` when it does not."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)
    return found


class Run(NamedTuple):
    """A flow run as the server tells of it."""

    run_id: str
    flow: str
    state: str
    message: str | None
    data: str


class Api:
    """A Prefect server's API, asked without Prefect."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False
        # A busy server says 503, and Prefect's own client asks again as well.
        again = Retry(total=6, backoff_factor=0.3, status_forcelist=[503], allowed_methods=None)
        self._session.mount("http://", HTTPAdapter(max_retries=again))

    def post(self, path: str, **body: Any) -> Any:
        """The answer to a POST."""
        answer = self._session.post(f"{self.url}{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def runs(self, data: Path, state: str | None = None) -> list[Run]:
        """Runs over a data folder, in a state when one is given, the oldest first."""
        names = {flow["id"]: flow["name"] for flow in self.post("/flows/filter")}
        found = self.post("/flow_runs/filter", sort="START_TIME_ASC", flow_runs={"state": {"type": {"not_any_": ["SCHEDULED"]}}})
        rows = [
            Run(r["id"], names[r["flow_id"]], r["state_type"], (r["state"] or {}).get("message"), r["parameters"].get("data", ""))
            for r in found
        ]
        return [run for run in rows if run.data == str(data.resolve()) and state in (None, run.state)]

    def state_of(self, run_id: str) -> str:
        """State of one run."""
        answer = self._session.get(f"{self.url}/flow_runs/{run_id}", timeout=30)
        answer.raise_for_status()
        return str(answer.json()["state_type"])


def back_up(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def copy_database(server: LocalServer, data: Path) -> None:
    """Give a data folder a migrated, empty database: migrating one takes 9 s."""
    target = server_folder(data)
    target.mkdir(parents=True, exist_ok=True)
    back_up(server.log.parent / "migrated.db", target / "prefect.db")


@contextmanager
def python(code: str, log: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A Python process, killed at the end if it still runs."""
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def recorded_url(data: Path) -> str | None:
    """Address of the server that a schedule or a run recorded for the data folder."""
    path = server_folder(data) / "server.json"
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError):
        return None
