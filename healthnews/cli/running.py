"""Commands that run Prefect flows: run, schedule, demo."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

import typer

from healthnews.cli.options import (
    AllowAddress,
    Budget,
    Data,
    Delay,
    Depth,
    Json,
    Quiet,
    Start,
    app,
    crawl_exit_code,
    folder_of,
    open_output,
    settings_of,
    tell_failures,
)
from healthnews.errors import UsageError

# Nothing of Prefect is imported before a command needs it: that takes seconds.


def _parameters(
    start: list[str] | None, budget: int | None, depth: int | None, delay: float | None, allow_addresses: list[str] | None
) -> dict[str, Any]:
    """Parameters of the flows that fetch; wrong ones are refused before anything starts."""
    from healthnews.pipeline.crawl_options import crawl_options

    crawl_options(start=start or (), budget=budget, depth=depth, delay_seconds=delay, allow_addresses=allow_addresses or ())
    return {"start": start or [], "budget": budget, "depth": depth, "delay_seconds": delay, "allow_addresses": allow_addresses or []}


@app.command()
def run(
    flow: Annotated[
        Literal["daily", "weekly", "ingest", "analyze", "publish"],
        typer.Argument(
            help="ingest: visit what is due and read it. analyze, publish: as the commands. daily: all three."
            " weekly: compare parsers, analyse everything anew, publish."
        ),
    ],
    start: Start = None,
    budget: Budget = None,
    depth: Depth = None,
    delay: Delay = None,
    allow_address: AllowAddress = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run one Prefect flow now, in this process; with the server of `healthnews schedule` when it is up, else with one of its own."""
    from healthnews.flows.local import run_flow
    from healthnews.terminal_progress import ProgressDisplay

    output, folder = open_output(as_json, quiet), folder_of(settings_of(data))
    fetches = flow in ("daily", "ingest")
    if not fetches and (start or budget or depth is not None or delay is not None or allow_address):
        raise UsageError(
            f"the flow {flow} fetches nothing; --start, --budget, --depth, --delay and --allow-address are for daily and ingest"
        )
    parameters = _parameters(start, budget, depth, delay, allow_address) if fetches else {}
    with ProgressDisplay(output) as progress:
        progress("prefect", 0, None)
        summary = run_flow(flow, parameters, folder.root, progress=progress)
    problems: list[list[str]] = summary.get("problems", [])
    tell_failures(output, [(url, reason, detail) for url, reason, detail in problems])
    for _, text in summary.get("alerts", []):
        output.problem(f"layout_changed: {text}")
    if output.as_json:
        output.objects([summary])
    else:
        output.table(("what", "count"), [(k, v) for k, v in summary.items() if v is not None and not isinstance(v, list)])
    nothing_fetched = not (summary.get("new") or summary.get("unchanged"))
    raise typer.Exit(crawl_exit_code({reason for _, reason, _ in problems}, nothing_fetched=nothing_fetched))


@app.command()
def schedule(
    cron: Annotated[str, typer.Option(metavar="CRON", help="When the daily flow runs.")] = "0 6 * * *",
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="Time zone of --cron.")] = "Asia/Shanghai",
    every: Annotated[float | None, typer.Option(metavar="SECONDS", min=1, help="Run every so many seconds instead of --cron.")] = None,
    port: Annotated[int | None, typer.Option(metavar="N", min=1, max=65535, help="Port of the local server.", show_default="4200")] = None,
    start: Start = None,
    budget: Budget = None,
    depth: Depth = None,
    delay: Delay = None,
    allow_address: AllowAddress = None,
    data: Data = None,
    quiet: Quiet = False,
) -> None:
    """Keep a local Prefect server and run the daily flow on a schedule, until Ctrl-C; its web page shows runs and lets you start one.

    One scheduler a data folder. What a killed scheduler left behind is marked as crashed, and the next run goes on from there.
    """
    from healthnews.flows.schedule import PORT, serve_schedule

    folder = folder_of(settings_of(data))
    parameters = _parameters(start, budget, depth, delay, allow_address)
    serve_schedule(
        folder.root, cron=cron, timezone=timezone, every_seconds=every, port=port or PORT, parameters=parameters, quiet=quiet
    )  # fmt: skip


@app.command()
def demo(
    port: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=65535, help="Port of the sample site.", show_default="8766, or a free one")
    ] = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The main job on the bundled sample site: served on loopback, crawled over HTTP by the daily flow, analysed, published, explained."""
    from healthnews.cli.demo_report import report_demo
    from healthnews.flows.demo import demonstrate
    from healthnews.terminal_progress import ProgressDisplay

    output, folder = open_output(as_json, quiet), folder_of(settings_of(data))
    began = time.monotonic()
    with ProgressDisplay(output) as progress:
        progress("prefect", 0, None)
        shown = demonstrate(folder, port, progress=progress)
    report_demo(shown, folder, output, time.monotonic() - began)
