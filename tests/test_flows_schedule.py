"""The scheduler as its command calls it: a real server, a schedule of seconds, and what a kill of either process leaves."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from healthnews.errors import LockedError, UsageError
from healthnews.flows import server_folder
from healthnews.flows.schedule import serve_schedule
from healthnews.flows.server import LocalServer, is_healthy
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from tests.conftest import write_dumps
from tests.prefect_server import Api, Run, copy_database, eventually, python, recorded_url

pytest_plugins = ["tests.prefect_fixtures"]

EVERY_SECONDS = 3

# Python runs a module of this name in every process: here it notes each address beyond this machine that anything asks for.
WATCH = """
import os, sys
def note(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host = args[0] if event == "socket.getaddrinfo" else args[1][0] if isinstance(args[1], tuple) else None
        host = host.decode() if isinstance(host, bytes) else host
        if host is not None and host not in ("127.0.0.1", "::1", "localhost"):
            with open(os.environ["ASKED"], "a") as asked:
                print(event, args, file=asked)
sys.addaudithook(note)
"""
SCHEDULE = f"""
import socket, sys
from healthnews.flows.schedule import serve_schedule
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
serve_schedule(sys.argv[1], every_seconds={EVERY_SECONDS}, port=port)
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, server: LocalServer) -> DataFolder:
    """A data folder with articles, and a migrated database for a scheduler's own server."""
    root = tmp_path_factory.mktemp("schedule")
    folder = DataFolder(root / "data")
    ingest(folder, [str(write_dumps(root / "dumps"))], with_analysis=False, with_release=False)
    copy_database(server, folder.root)
    return folder


@contextmanager
def scheduler(folder: DataFolder, log: Path) -> Iterator[tuple["subprocess.Popen[bytes]", Api]]:
    """A scheduler of the folder, once its server answers."""
    with python(SCHEDULE, log, str(folder.root)) as process:

        def answers() -> str | None:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            url = recorded_url(folder.root)  # perhaps still that of a killed one
            return url if url is not None and is_healthy(url) else None

        yield process, Api(eventually(answers, "the scheduler's server"))


@pytest.fixture(scope="module")
def served(filled: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A scheduler that lives as long as the tests that leave it alive."""
    watch = tmp_path_factory.mktemp("watch")
    (watch / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(watch))
        patch.setenv("ASKED", str(filled.root.parent / "asked"))
        for name in ("CI", "GITHUB_ACTIONS"):  # Prefect is quiet there of its own accord
            patch.delenv(name, raising=False)
        with scheduler(filled, watch / "log") as (process, api):
            yield api
            process.terminate()
            assert process.wait(60) == 0
            assert not is_healthy(api.url)


def one_more(api: Api, data: Path, state: str, known: set[str]) -> Run:
    """A run in that state that was not known."""
    return eventually(lambda: next((run for run in api.runs(data, state) if run.run_id not in known), None), f"another {state} run")


def process_of(data: Path, run: Run) -> int:
    """Process of a run, by the lock that it holds."""
    [lock] = eventually(lambda: list((server_folder(data) / "runs").glob(f"{run.run_id}.*.lock")), "the lock of the run")
    return int(lock.name.split(".")[1])


def test_a_scheduled_run_starts_and_ends(filled: DataFolder, served: Api) -> None:
    run = one_more(served, filled.root, "COMPLETED", set())
    assert run.flow == "daily"
    assert (filled.clean / "latest").exists()


def test_nothing_beyond_this_machine_is_asked(filled: DataFolder, served: Api) -> None:
    one_more(served, filled.root, "COMPLETED", set())
    asked = filled.root.parent / "asked"
    assert not asked.exists(), asked.read_text(encoding="utf-8")


def test_a_killed_flow_is_marked_crashed_and_the_next_one_completes(filled: DataFolder, served: Api) -> None:
    known = {run.run_id for run in served.runs(filled.root)}
    with filled.locked():  # the flow waits for the folder until it is killed
        run = one_more(served, filled.root, "RUNNING", known)
        os.kill(process_of(filled.root, run), signal.SIGKILL)
        eventually(lambda: served.state_of(run.run_id) == "CRASHED", "the killed run is marked as crashed")
        known |= {found.run_id for found in served.runs(filled.root, "COMPLETED")}
    one_more(served, filled.root, "COMPLETED", known)


def test_a_second_scheduler_of_the_folder_is_refused(filled: DataFolder, served: Api) -> None:
    with pytest.raises(LockedError, match=r"in use by `healthnews schedule` \(process \d+\)"):
        serve_schedule(filled.root, every_seconds=EVERY_SECONDS)


def test_a_killed_scheduler_leaves_nothing_behind_that_its_successor_does_not_clear(
    tmp_path: Path, folder: DataFolder, server: LocalServer
) -> None:
    ingest(folder, [str(write_dumps(tmp_path / "dumps"))], with_analysis=False, with_release=False)
    copy_database(server, folder.root)
    with folder.locked():
        with scheduler(folder, tmp_path / "first.log") as (process, api):
            run = one_more(api, folder.root, "RUNNING", set())
            pid = process_of(folder.root, run)
            process.send_signal(signal.SIGKILL)
            process.wait()
            eventually(lambda: not is_healthy(api.url), "the server ends with its scheduler")
            eventually(lambda: not is_alive(pid), "the flow ends with its scheduler")
        with scheduler(folder, tmp_path / "second.log") as (process, api):
            eventually(lambda: api.state_of(run.run_id) == "CRASHED", "the run of the killed scheduler is marked as crashed")
            # A slot that the dead run still held would keep this one from starting.
            one_more(api, folder.root, "RUNNING", {run.run_id})
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0, (tmp_path / "second.log").read_text(encoding="utf-8")
    assert "marked as crashed" in (tmp_path / "second.log").read_text(encoding="utf-8")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked for its code does not."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return bool(listed) and not listed.startswith("Z")


def test_a_taken_port_is_said(folder: DataFolder, server: LocalServer) -> None:
    with pytest.raises(UsageError, match=rf"port {server.port} of 127\.0\.0\.1 cannot be used"):
        serve_schedule(folder.root, port=server.port)


@pytest.mark.parametrize("wrong", [{"cron": "at six"}, {"timezone": "Asia/Nowhere"}, {"every_seconds": -1.0}])
def test_a_schedule_that_means_nothing_is_refused(wrong: dict[str, str | float], folder: DataFolder, api: Api) -> None:
    with pytest.raises(UsageError, match="is no schedule"):
        serve_schedule(folder.root, **wrong)
