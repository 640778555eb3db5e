"""The ingest flow: addresses into the frontier, due pages into the archive, the archive into work tables."""

from prefect import flow

from healthnews.flows import steps
from healthnews.flows.notify import notify_of_run
from healthnews.flows.report import show_summary
from healthnews.flows.runs import alive, name_run
from healthnews.flows.steps import Summary
from healthnews.pipeline.crawl_options import CrawlOptions, crawl_options
from healthnews.pipeline.crawling import FETCH_BATCH, ParseSummary
from healthnews.pipeline.parse_memory import forget
from healthnews.records import utc_now


@flow(name="ingest", flow_run_name=name_run, persist_result=False, on_failure=[notify_of_run], on_crashed=[notify_of_run])
def ingest(
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
    """Visit what is due and read it; settings that are not given come from healthnews.toml.

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
        return show_summary("ingest", ingest_steps(data, options))


def ingest_steps(data: str, options: CrawlOptions) -> Summary:
    """Fetch and parse in turn, a batch at a time, until nothing is due or the budget is spent.

    Unless the budget was spent, the summary tells how many addresses are `waiting` for hosts that are to be left alone, and how many
    lie `beyond_depth`. Its `problems` are the start addresses that could not be used, each as address, reason and detail; its `alerts`
    are the hosts whose pages do not look as they did, each with a sentence.
    """
    began_at = utc_now()
    # Parsed first: a killed run may have left pages in the archive whose links are not in the frontier yet.
    parsed = steps.parse(data, options)
    summary: dict[str, int] = {"due": steps.discover(data, options)}
    _add_parsed(summary, parsed)
    left = options.budget
    while left > 0:
        fetched = steps.fetch(data, options, min(FETCH_BATCH, left))
        _add(summary, visited=fetched.visited, new=fetched.new, unchanged=fetched.unchanged, failed=fetched.failed)
        left -= fetched.visited
        parsed = steps.parse(data, options)  # Also when nothing was visited: a start that has to wait is noted in the archive.
        _add_parsed(summary, parsed)
        if fetched.is_finished and not parsed.discovered:
            break
    forget()
    if left > 0:
        summary |= steps.count_left(data, options)
    return {**summary, "problems": steps.find_problems(data, options, began_at), "alerts": steps.find_alerts(data)}


def _add_parsed(summary: dict[str, int], parsed: ParseSummary) -> None:
    _add(summary, parsed=parsed.parsed, quarantined=parsed.quarantined, listings=parsed.listings, discovered=parsed.discovered)


def _add(summary: dict[str, int], **counts: int) -> None:
    for name, count in counts.items():
        summary[name] = summary.get(name, 0) + count
