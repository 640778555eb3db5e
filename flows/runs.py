"""Which runs are alive: each holds a lock that the kernel releases when its process ends, however it ends."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.runtime import flow_run
from prefect.states import Crashed

from healthnews.flows import FLOWS, require_writable, server_folder
from healthnews.flows.notify import notify
from healthnews.flows.sharing import SCHEDULER_PID

_ALIVE = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
_PAGE = 200
_MESSAGE = "The process that ran this ended without a word; what it had done is kept, and the next run goes on from there."


def name_run() -> str:
    """Name of a run: its flow, and when it began."""
    return f"{flow_run.get_flow_name()} {datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S}"


def _locks(data: Path) -> Path:
    return Path(server_folder(data), "runs")


@contextmanager
def alive(data: str) -> Iterator[None]:
    """Show, for as long as the flow's body runs, that this run is alive; end with the scheduler that started it."""
    _end_with_scheduler()
    require_writable(Path(data))
    path = _locks(Path(data)) / f"{flow_run.get_id()}.{os.getpid()}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _end_with_scheduler() -> None:
    """Watch the scheduler, and end when it has gone: nobody else would end this process, and the next scheduler starts its own.

    An orphan gets another parent on Linux and macOS; elsewhere it lives on, holding the data folder's lock until it is done.
    """
    parent = os.getppid()
    if os.environ.get(SCHEDULER_PID) != str(parent):
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def sweep(data: Path, *, alone: bool) -> int:
    """Mark as crashed the runs over this data folder whose process is gone; how many there were.

    Args:
        data: The data folder.
        alone: Whether the server was just started by this process for this folder, so that no run can be on its way:
            then a run without a lock is dead. Else only a run that left its lock behind is known to be.
    """
    dead = 0
    with get_client(sync_client=True) as client:
        for run in _unfinished(client):
            if run.parameters.get("data") == str(data) and _is_dead(data, run.id, without_lock=alone):
                # Not forced: the rules that a crash sets off are what frees the deployment's slot.
                client.set_flow_run_state(run.id, Crashed(message=_MESSAGE))
                notify(run.name.partition(" ")[0], run.name, "Crashed", _MESSAGE, str(data))  # its own hooks died with it
                dead += 1
        _crash_tasks(client)
    for path in _locks(data).glob("*.lock"):
        _is_free(path)
    return dead


_OURS = FlowFilter(name=FlowFilterName(any_=list(FLOWS)))


def _in_states(states: list[StateType]) -> FlowRunFilter:
    return FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states)))


def _unfinished(client: SyncPrefectClient) -> list[FlowRun]:
    runs: list[FlowRun] = []
    while page := client.read_flow_runs(flow_filter=_OURS, flow_run_filter=_in_states(_ALIVE), limit=_PAGE, offset=len(runs)):
        runs += page
    return runs


def _crash_tasks(client: SyncPrefectClient) -> None:
    """Mark what crashed runs had under way: Prefect itself leaves such tasks as running."""
    under_way = TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_ALIVE)))
    for one in client.read_task_runs(flow_filter=_OURS, flow_run_filter=_in_states([StateType.CRASHED]), task_run_filter=under_way):
        client.set_task_run_state(one.id, Crashed(message=_MESSAGE), force=True)


def _is_dead(data: Path, run_id: UUID, *, without_lock: bool) -> bool:
    left = list(_locks(data).glob(f"{run_id}.*.lock"))
    return all(map(_is_free, left)) if left else without_lock


def _is_free(path: Path) -> bool:
    """Whether no process holds the lock; a free one is removed."""
    try:
        with FileLock(path, timeout=0):
            path.unlink(missing_ok=True)
    except Timeout:
        return False
    return True
