"""The publish flow: the work tables as a release, when they differ from the newest one."""

from prefect import flow

from healthnews.flows import steps
from healthnews.flows.report import show_release, show_summary
from healthnews.flows.runs import alive, name_run
from healthnews.flows.steps import Summary


@flow(name="publish", flow_run_name=name_run, persist_result=False)
def publish(data: str = "data") -> Summary:
    """Make a release of the tables as they stand.

    Args:
        data: The data folder.
    """
    with alive(data):
        return show_summary("publish", publish_steps(data))


def publish_steps(data: str) -> Summary:
    """The release, or that there was nothing to publish."""
    release = steps.make_release(data)
    if release is None:
        return {"release": None, "new_release": False}
    show_release(release["version"], release["path"])
    rows = {f"rows_{name}": count for name, count in release["rows"].items()}
    return {"release": release["version"], "new_release": release["created"], **rows}
