"""The scheduler as its command calls it: a real server, a schedule of seconds, and what a kill of either process leaves."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from healthnews.errors import LockedError, UsageError
from healthnews.flows import server_folder
from healthnews.flows.schedule import serve_schedule
from healthnews.flows.server import LocalServer, is_healthy
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from tests.conftest import write_dumps
from tests.prefect_server import PATIENCE_SECONDS, Api, Run, copy_database, eventually, python, recorded_url

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


class Keeper:
    """Keeps a scheduler of the folder: starts one for whoever asks when none is alive, so that a test may kill it."""

    def __init__(self, folder: DataFolder, log: Path) -> None:
        self.folder, self.log = folder, log
        self.process: subprocess.Popen[bytes] | None = None
        self._alive = ExitStack()

    def api(self) -> Api:
        """The API of the scheduler's server, once it answers."""
        if self.process is None or self.process.poll() is not None:
            self.process = self._alive.enter_context(python(SCHEDULE, self.log, str(self.folder.root)))
        return Api(eventually(self._answers, "the scheduler's server"))

    def _answers(self) -> str | None:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
        url = recorded_url(self.folder.root)  # perhaps still that of a killed one
        return url if url is not None and is_healthy(url) else None

    def stop(self) -> None:
        """End the scheduler as systemd does, if there is one."""
        if self.process is not None and self.process.poll() is None:
            url = str(recorded_url(self.folder.root))
            self.process.terminate()
            assert self.process.wait(PATIENCE_SECONDS) == 0, self.log.read_text(encoding="utf-8")
            assert not is_healthy(url)
        self._alive.close()


@pytest.fixture(scope="module")
def keeper(filled: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeper]:
    """The scheduler of these tests."""
    watch = tmp_path_factory.mktemp("watch")
    (watch / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(watch))
        patch.setenv("ASKED", str(filled.root.parent / "asked"))
        for name in ("CI", "GITHUB_ACTIONS"):  # Prefect is quiet there of its own accord
            patch.delenv(name, raising=False)
        keeper = Keeper(filled, watch / "log")
        try:
            yield keeper
        finally:
            keeper.stop()


@pytest.fixture
def served(keeper: Keeper) -> Api:
    """Its API."""
    return keeper.api()


@contextmanager
def folder_held(folder: DataFolder) -> Iterator[None]:
    """Hold the folder as soon as no flow does: a flow that wants it waits until it is killed, or for two minutes."""
    with ExitStack() as stack:

        def take() -> bool:
            with suppress(LockedError):
                stack.enter_context(folder.locked())
                return True
            return False

        eventually(take, "the folder is free")
        yield


def one_more(api: Api, data: Path, state: str, known: set[str]) -> Run:
    """A run in that state that was not known."""
    return eventually(lambda: next((run for run in api.runs(data, state) if run.run_id not in known), None), f"another {state} run")


def processes_of(data: Path, run: Run) -> list[int]:
    """The process of a run that is under way, by the lock that it holds."""
    return [int(lock.name.split(".")[1]) for lock in (server_folder(data) / "runs").glob(f"{run.run_id}.*.lock")]


def test_a_scheduled_run_starts_and_ends(filled: DataFolder, served: Api) -> None:
    run = one_more(served, filled.root, "COMPLETED", set())
    assert run.flow == "daily"
    assert (filled.clean / "latest").exists()


def test_nothing_beyond_this_machine_is_asked(filled: DataFolder, served: Api) -> None:
    one_more(served, filled.root, "COMPLETED", set())
    asked = filled.root.parent / "asked"
    assert not asked.exists(), asked.read_text(encoding="utf-8")


def test_a_killed_flow_is_marked_crashed_and_the_next_one_completes(filled: DataFolder, served: Api) -> None:
    killed: set[str] = set()

    def kill() -> bool:
        """Kill whatever run waits for the folder, the newest or one that was under way before; whether one has crashed of it."""
        for run in served.runs(filled.root, "RUNNING"):
            for pid in processes_of(filled.root, run):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.add(run.run_id)
        return any(served.state_of(run_id) == "CRASHED" for run_id in killed)

    with folder_held(filled):
        eventually(kill, "a killed run is marked as crashed")
        known = {run.run_id for run in served.runs(filled.root, "COMPLETED")}
    one_more(served, filled.root, "COMPLETED", known)


def test_a_second_scheduler_of_the_folder_is_refused(filled: DataFolder, served: Api) -> None:
    with pytest.raises(LockedError, match=r"in use by `healthnews schedule` \(process \d+\)"):
        serve_schedule(filled.root, every_seconds=EVERY_SECONDS)


def test_a_killed_scheduler_leaves_nothing_behind_that_its_successor_does_not_clear(filled: DataFolder, keeper: Keeper) -> None:
    first = keeper.api()
    with folder_held(filled):

        def waiting() -> tuple[Run, int] | None:
            """A run that waits for the folder, and its process."""
            return next(((run, pid) for run in first.runs(filled.root, "RUNNING") for pid in processes_of(filled.root, run)), None)

        run, pid = eventually(waiting, "a run that waits for the folder")
        assert keeper.process is not None
        keeper.process.kill()
        keeper.process.wait()
        eventually(lambda: not is_healthy(first.url), "the server ends with its scheduler")
        eventually(lambda: not is_alive(pid), "the flow ends with its scheduler")
    second = keeper.api()
    eventually(lambda: second.state_of(run.run_id) == "CRASHED", "the run of the killed scheduler is marked as crashed")
    eventually(lambda: "marked as crashed" in keeper.log.read_text(encoding="utf-8"), "the successor tells of it")
    # A slot that the dead run still held would keep any other from starting.
    one_more(second, filled.root, "COMPLETED", {found.run_id for found in second.runs(filled.root, "COMPLETED")})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_runner_and_the_flows_it_has_under_way(number: signal.Signals) -> None:
    code = f"""
import asyncio, os
from healthnews.flows.schedule import _run_until_told

class Runner:
    async def start(self):
        self.stopped = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), {int(number)})
        await self.stopped.wait()
        print("ended", flush=True)

    async def astop(self):
        self.stopped.set()

asyncio.run(_run_until_told(Runner(), None))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "ended\n"


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
