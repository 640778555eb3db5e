"""What a run shows of itself in Prefect: a summary table, and a link to the release."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from healthnews.flows.steps import Summary
from healthnews.pipeline.extraction import with_address


def show_summary(flow: str, summary: Summary) -> Summary:
    """Keep the summary as a table artifact of the run; the summary is returned."""
    rows = [{"what": what, "count": "" if count is None else str(count)} for what, count in summary.items() if not isinstance(count, list)]
    rows += [{"what": reason, "count": with_address(detail, url)} for url, reason, detail in problems_of(summary)]
    rows += [{"what": "layout_changed", "count": text} for _, text in alerts_of(summary)]
    create_table_artifact(key="run-summary", table=rows, description=f"What {flow} did")
    return summary


def problems_of(summary: Summary) -> list[list[str]]:
    """Address, reason and detail of each start address that could not be used."""
    problems = summary.get("problems")
    return problems if isinstance(problems, list) else []


def alerts_of(summary: Summary) -> list[list[str]]:
    """Host and sentence of each changed layout."""
    alerts = summary.get("alerts")
    return alerts if isinstance(alerts, list) else []


def show_issues(issues: Sequence[Mapping[str, Any]]) -> None:
    """Keep what the gates found as a table artifact: drift among it, and why a release was refused."""
    columns = ("check", "table", "column", "refuses", "accepted", "rows", "found", "expected")
    rows = [{name: str(issue[name]) if issue[name] is not None else "" for name in columns} for issue in issues]
    refused = sum(issue["refuses"] and not issue["accepted"] for issue in issues)
    told = f"{refused} checks refused the release" if refused else f"The gates passed the release and reported {len(rows)} findings"
    create_table_artifact(key="quality", table=rows, description=told)


def show_changes(changes: str) -> None:
    """Keep what changed since the last release, new contradictions first, as the release tells it."""
    create_markdown_artifact(key="changes", markdown=changes, description="What changed since the last release")


def show_release(version: str, path: str) -> None:
    """Link the run to the folder of its release."""
    create_link_artifact(key="release", link=Path(path).resolve().as_uri(), link_text=f"Release {version}", description=version)
