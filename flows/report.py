"""What a run shows of itself in Prefect: a summary table, and a link to the release."""

from pathlib import Path

from prefect.artifacts import create_link_artifact, create_table_artifact

from healthnews.flows.steps import Summary


def show_summary(flow: str, summary: Summary) -> Summary:
    """Keep the summary as a table artifact of the run; the summary is returned."""
    rows = [{"what": what, "count": "" if count is None else str(count)} for what, count in summary.items()]
    create_table_artifact(key="run-summary", table=rows, description=f"What {flow} did")
    return summary


def show_release(version: str, path: str) -> None:
    """Link the run to the folder of its release."""
    create_link_artifact(key="release", link=Path(path).resolve().as_uri(), link_text=f"Release {version}", description=version)
