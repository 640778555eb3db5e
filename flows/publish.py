"""The publish flow: the work tables as a release, when they differ from the newest one."""

from prefect import flow

from healthnews.errors import GateError
from healthnews.flows import steps
from healthnews.flows.notify import notify_of_run
from healthnews.flows.report import show_changes, show_issues, show_release, show_summary
from healthnews.flows.runs import alive, name_run
from healthnews.flows.steps import Summary


@flow(name="publish", flow_run_name=name_run, persist_result=False, on_failure=[notify_of_run], on_crashed=[notify_of_run])
def publish(data: str = "data") -> Summary:
    """Make a release of the tables as they stand.

    Args:
        data: The data folder.
    """
    with alive(data):
        return show_summary("publish", publish_steps(data))


def publish_steps(data: str) -> Summary:
    """The release, or that there was nothing to publish."""
    try:
        release = steps.make_release(data)
    except GateError as error:
        show_issues(error.issues)
        raise
    if release is None:
        return {"release": None, "new_release": False}
    show_release(release["version"], release["path"])
    if release["created"]:
        show_issues(release["issues"])
        show_changes(release["changes"])
    rows = {f"rows_{name}": count for name, count in release["rows"].items()}
    return {"release": release["version"], "new_release": release["created"], **rows}
