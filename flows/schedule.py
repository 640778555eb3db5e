"""The scheduler: one command that keeps a local Prefect server and serves the flows until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healthnews.flows import home_setting, require_writable, server_folder
from healthnews.flows.server import LocalServer, ServerError, server_at
from healthnews.flows.sharing import API_URL, SCHEDULER_PID, environment, held, write_record

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment
    from prefect.runner import Runner

# Nothing here imports Prefect before the server's process is on its way: both import it at the same time, on two cores.

NAME = "healthnews"
PORT = 4200
_POLL_SECONDS = 10.0
_WATCH_SECONDS = 2.0
_LOOP = "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS"


def serve_schedule(
    data: Path | str,
    *,
    cron: str = "0 6 * * *",
    timezone: str = "Asia/Shanghai",
    every_seconds: float | None = None,
    port: int = PORT,
    parameters: Mapping[str, Any] | None = None,
    quiet: bool = False,
) -> None:
    """Serve the daily flow on a schedule, and the others for whoever starts them, until SIGINT or SIGTERM.

    Args:
        data: The data folder; one scheduler each.
        cron: When the daily flow runs.
        timezone: Of the cron expression.
        every_seconds: Run every so many seconds instead.
        port: Of the local server, which listens on 127.0.0.1 only; unused when PREFECT_API_URL names a server.
        parameters: Of the flows, but `data`.
        quiet: Say nothing on stderr but what Prefect logs.

    Raises:
        LockedError: Another scheduler or run keeps a server for the folder.
        UsageError: Nobody can write to the data folder, the port is taken, or the schedule means nothing.
        ServerError: No server can be started or reached.
    """
    require_writable(Path(data))
    root = Path(data).resolve()
    settings = home_setting(root) | _pace(every_seconds)
    given = os.environ.get(API_URL) or None
    with (
        environment(settings),
        held(root),
        server_at(given, server_folder(root), port, with_schedules=True) as (url, own),
        environment(_shared(url)),
    ):
        from healthnews.flows.deployments import make_deployments, make_schedule, next_run

        schedule = make_schedule(cron, timezone, every_seconds)
        deployments = make_deployments(schedule, str(root), parameters or {})
        if own is not None:
            own.wait_until_healthy()
        write_record(root, "schedule", url)
        crashed = _prepare(root, alone=own is not None)
        when = f"every {every_seconds:g} s" if every_seconds is not None else f"{cron} ({timezone})"
        if not quiet:
            _tell(f"{when}, next at {next_run(schedule):%Y-%m-%d %H:%M:%S}", crashed, url, own)
        _serve(deployments, every_seconds, own)


def _pace(every_seconds: float | None) -> dict[str, str]:
    """A schedule of seconds needs a server that makes its runs as often."""
    if every_seconds is None or every_seconds >= _POLL_SECONDS:
        return {}
    return {_LOOP: os.environ.get(_LOOP, "1")}


def _shared(url: str) -> dict[str, str]:
    """What the flows' processes inherit: which server is theirs, and whose children they are."""
    return {API_URL: url, SCHEDULER_PID: str(os.getpid())}


def _prepare(data: Path, *, alone: bool) -> int:
    """Clear what a killed scheduler left as running, and have the server watch over heartbeats; how many runs were cleared."""
    from healthnews.flows.heartbeats import watch_heartbeats
    from healthnews.flows.runs import sweep

    watch_heartbeats()
    return int(sweep(data, alone=alone))


def _tell(when: str, crashed: int, url: str, own: LocalServer | None) -> None:
    lines = [f"Runs that a killed process had left as running, and that are marked as crashed now: {crashed}"] if crashed else []
    lines += [
        f"The daily flow runs {when}, the weekly one on Sundays at 01:00 (Asia/Shanghai); ingest, analyze and publish run when started.",
        f"Web pages: {url.removesuffix('/api')}",
    ]
    if own is not None:
        lines.append(f"Log of the server (process {own.pid}): {own.log}; logs of the runs: below, and on the web pages.")
    sys.stderr.writelines(f"{line}\n" for line in [*lines, "Ctrl-C ends it."])
    sys.stderr.flush()


def _serve(deployments: list[RunnerDeployment], every_seconds: float | None, own: LocalServer | None) -> None:
    from prefect.runner import Runner

    poll_seconds = min(_POLL_SECONDS, every_seconds or _POLL_SECONDS)
    runner = Runner(
        name=NAME,
        query_seconds=poll_seconds,
        # Runs of the next ten seconds are taken up together; of a schedule of seconds, all but one would find the place taken.
        prefetch_seconds=_POLL_SECONDS if poll_seconds == _POLL_SECONDS else 0,
        # Prefect would pause the schedules when it stops, and nobody would unpause them after a restart.
        pause_on_shutdown=False,
    )
    for deployment in deployments:
        runner.add_deployment(deployment)
    asyncio.run(_run_until_told(runner, own))


async def _run_until_told(runner: Runner, own: LocalServer | None) -> None:
    """Run until SIGINT or SIGTERM; flows under way are cancelled, which they survive: all they did is on disk."""
    told = asyncio.Event()
    running = asyncio.create_task(runner.start())
    await asyncio.sleep(0)  # The runner sets a handler of its own first, one that leaves its children to themselves.
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    while not (running.done() or told.is_set() or (own is not None and not own.is_running)):
        await asyncio.wait({running, asyncio.create_task(told.wait())}, timeout=_WATCH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        await runner.astop()
    with suppress(asyncio.CancelledError):
        await running
    if own is not None and not own.is_running:
        raise ServerError(f"the Prefect server has ended; its log is {own.log}")
