"""The steps of the pipeline as Prefect tasks: each one batch of pages or one table, over a path, never over rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from healthnews.engine import running_as_set
from healthnews.flows.logs import log_sentences
from healthnews.flows.progress import current_progress
from healthnews.flows.retries import is_transient
from healthnews.pipeline import analysis, crawling, layouts, publication
from healthnews.pipeline import reparse as reparsing
from healthnews.pipeline.crawl_options import CrawlOptions
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.run_failures import start_failures
from healthnews.settings import read_settings

RETRIES = 7
"""With waits of 1, 2, 4 … 64 s: two minutes, enough for another run's batch to end, too little to hide a fault."""

Summary = dict[str, int | str | bool | list[list[str]] | None]
"""What a flow did, as JSON."""

log_sentences()

P = ParamSpec("P")
R = TypeVar("R")


def _may_retry(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    transient = isinstance(state.data, BaseException) and is_transient(state.data)
    if transient:
        current_progress()("waiting", 0, None)
    return transient


def batch_task(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """A task over one batch of pages or one table, with the retries that all of them share.

    Nothing is cached by Prefect: every step keeps its state in the data folder and goes on from there, so a task that is
    called again after a kill does only what is left. A cached result could only be staler than the folder.
    """
    return task(
        name=name,
        retries=RETRIES,
        retry_delay_seconds=exponential_backoff(1),
        retry_jitter_factor=1.0,
        retry_condition_fn=_may_retry,
        cache_policy=NO_CACHE,
        persist_result=False,
    )


@batch_task("discover")
def discover(data: str, options: CrawlOptions) -> int:
    """Start addresses, sites and sitemaps into the frontier; how many addresses are due."""
    return crawling.discover(DataFolder(Path(data)), options, progress=current_progress())


@batch_task("fetch")
def fetch(data: str, options: CrawlOptions, limit: int) -> crawling.FetchSummary:
    """Visit at most `limit` due addresses and archive what they say."""
    return crawling.fetch_due(DataFolder(Path(data)), options, limit, progress=current_progress())


@batch_task("parse")
def parse(data: str, options: CrawlOptions) -> crawling.ParseSummary:
    """Archived pages into work tables, the links they name into the frontier."""
    with running_as_set(read_settings({})):
        return crawling.parse_new(DataFolder(Path(data)), options, progress=current_progress())


@batch_task("count what is left")
def count_left(data: str, options: CrawlOptions) -> dict[str, int]:
    """Addresses that a round which came to its end left: those whose hosts are to be left alone, and those beyond the depth."""
    return crawling.count_left(DataFolder(Path(data)), options)


@batch_task("look for failed starts")
def find_problems(data: str, options: CrawlOptions, since: datetime) -> list[list[str]]:
    """Address, reason and detail of each start address that was visited since then and could not be used."""
    return [[row.url, row.reason, row.detail] for row in start_failures(DataFolder(Path(data)), options.starts, since)]


@batch_task("look for changed layouts")
def find_alerts(data: str) -> list[list[str]]:
    """Host and sentence of each changed layout."""
    return [[alert.host, alert.text] for alert in layouts.folder_alerts(DataFolder(Path(data)))]


@batch_task("extract claims")
def extract_claims(data: str) -> int:
    """Claims of new articles; how many articles were read."""
    with running_as_set(read_settings({})):
        return analysis.extract_new_claims(DataFolder(Path(data)), progress=current_progress())


@batch_task("find duplicates")
def find_duplicates(data: str) -> dict[str, int]:
    """The duplicates table anew; clusters by kind."""
    with running_as_set(read_settings({})):
        return analysis.update_duplicates(DataFolder(Path(data)), progress=current_progress())


@batch_task("find contradictions")
def find_contradictions(data: str) -> dict[str, int]:
    """The contradictions and topics tables anew; contradictions by status."""
    return analysis.update_contradictions(DataFolder(Path(data)), progress=current_progress())


@batch_task("compare parsers")
def check_parsers(data: str) -> dict[str, int]:
    """Articles that today's parsers would read otherwise than they stand in the tables; nothing is changed."""
    with running_as_set(read_settings({})):
        found = reparsing.reparse(DataFolder(Path(data)), dry_run=True, progress=current_progress())
    return {"reparse_unchanged": found.unchanged} | {f"reparse_{kind}": found.count(kind) for kind in reparsing.KINDS}


@batch_task("analyze everything")
def analyze_fully(data: str) -> dict[str, int]:
    """Claims, duplicates and contradictions of every article anew, as if there had been none."""
    with running_as_set(read_settings({})):
        found = analysis.analyze(DataFolder(Path(data)), full=True, progress=current_progress())
    summary = {"articles_read": found.claimed} | {f"clusters_{kind}": count for kind, count in found.clusters.items()}
    return summary | {f"contradictions_{status}": count for status, count in found.contradictions.items()}


@batch_task("publish")
def make_release(data: str) -> dict[str, Any] | None:
    """A release of the tables as they stand: version, path, whether it is new, rows by table, issues, changes in words.

    None without anything to publish.
    """
    release = publication.publish(DataFolder(Path(data)), progress=current_progress())
    if release is None:
        return None
    rows = {name: table["rows"] for name, table in release.manifest["tables"].items()}
    told = publication.told_of(release)
    return {"version": release.version, "path": str(release.path), "created": release.created, "rows": rows, **told}
