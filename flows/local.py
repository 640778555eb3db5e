"""Run one flow now, in this process: with the scheduler's server when there is one, else with a server of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

from healthnews.errors import UsageError
from healthnews.flows import FLOWS, home_setting, require_writable, server_folder
from healthnews.flows.server import LocalServer, server_at
from healthnews.flows.sharing import API_URL, environment, held, scheduler_url, write_record
from healthnews.pipeline.folder import Progress, no_progress

# Nothing here imports Prefect before the server's process is on its way: both import it at the same time, on two cores.

_QUIET = {
    # Errors reach the caller as exceptions, who says them in one sentence; Prefect would print each twice, with tracebacks.
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    # Nobody reads the log of a server that is gone when the run is over.
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}


def run_flow(name: str, parameters: Mapping[str, Any], data: Path | str, *, progress: Progress = no_progress) -> dict[str, Any]:
    """Run a flow over a data folder and return its summary.

    Args:
        name: One of FLOWS.
        parameters: The flow's parameters but `data`.
        data: The data folder.
        progress: Told how far the steps have come.

    Raises:
        UsageError: There is no such flow, or nobody can write to the data folder.
        LockedError: Another run keeps a server for the folder, or works on it for longer than two minutes.
        ServerError: The local server cannot be started.
        HealthnewsError: What a step of the flow raises.
    """
    if name not in FLOWS:
        raise UsageError(f"no flow {name!r}; there are {', '.join(FLOWS)}")
    require_writable(Path(data))
    root = Path(data).resolve()
    settings = home_setting(root) | {key: os.environ.get(key, value) for key, value in _QUIET.items()}
    # Imported with PREFECT_API_URL set: threads of Prefect's read the settings of the first import, and would start a server.
    with environment(settings), _server(root) as (url, own), environment({API_URL: url}):
        flow = getattr(import_module(f"healthnews.flows.{name}"), name)
        if own is not None:
            own.wait_until_healthy()
            write_record(root, f"run {name}", url)
        result: dict[str, Any] = _call(flow, {**parameters, "data": str(root)}, root, url, progress, alone=own is not None)
        return result


@contextmanager
def _server(data: Path) -> Iterator[tuple[str, LocalServer | None]]:
    """The operator's server, the scheduler's, or one of our own, for which the folder is held."""
    url = os.environ.get(API_URL) or scheduler_url(data)
    with held(data) if url is None else nullcontext(), server_at(url, server_folder(data), None, with_schedules=False) as found:
        yield found


def _call(flow: Any, parameters: dict[str, Any], data: Path, url: str, progress: Progress, *, alone: bool) -> Any:
    from prefect.events.worker import EventsWorker
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from healthnews.flows.progress import showing
    from healthnews.flows.runs import sweep

    # Also for a process that had imported Prefect already, with another address.
    with temporary_settings({PREFECT_API_URL: url}), showing(progress):
        sweep(data, alone=alone)
        try:
            return flow(**parameters)
        finally:
            # Task runs are recorded from events: they must arrive while there is a server.
            EventsWorker.drain_all(timeout=10)
