"""The daily flow: ingest, analyze and publish as one run."""

from prefect import flow

from healthnews.flows.analyze import analyze_steps
from healthnews.flows.ingest import ingest_steps
from healthnews.flows.notify import notify_of_run
from healthnews.flows.publish import publish_steps
from healthnews.flows.report import show_summary
from healthnews.flows.runs import alive, name_run
from healthnews.flows.steps import Summary
from healthnews.pipeline.crawl_options import crawl_options


@flow(name="daily", flow_run_name=name_run, persist_result=False, on_failure=[notify_of_run], on_crashed=[notify_of_run])
def daily(
    data: str = "data",
    start: list[str] | None = None,
    hosts: list[str] | None = None,
    budget: int | None = None,
    depth: int | None = None,
    delay_seconds: float | None = None,
    allow_addresses: list[str] | None = None,
    refresh: bool = False,
    with_sites: bool = True,
) -> Summary:
    """Visit what is due, find what it says twice and what contradicts, and publish it.

    The steps of the three flows run in this one: a subflow costs a second and is one more run that a kill leaves behind.

    Args:
        data: The data folder.
        start: Addresses to start from, beside those that the settings name.
        hosts: Hosts that may be visited.
        budget: Most pages visited by one run.
        depth: Links followed from a start address.
        delay_seconds: Pause between two requests to one host.
        allow_addresses: Address ranges that may be visited although they are not public, such as 127.0.0.1/32.
        refresh: Visit again what was visited already.
        with_sites: Also visit the sites that healthnews.toml names.
    """
    with alive(data):
        options = crawl_options(
            start=start or (), hosts=hosts or (), budget=budget, depth=depth, delay_seconds=delay_seconds,
            allow_addresses=allow_addresses or (), refresh=refresh, with_sites=with_sites,
        )  # fmt: skip
        summary = ingest_steps(data, options)
        summary |= analyze_steps(data)
        summary |= publish_steps(data)
        return show_summary("daily", summary)
