"""The weekly flow: what no day's run looks at. The archive read again to compare, everything recomputed, and published."""

from prefect import flow

from healthnews.flows import steps
from healthnews.flows.notify import notify_of_run
from healthnews.flows.publish import publish_steps
from healthnews.flows.report import show_summary
from healthnews.flows.runs import alive, name_run
from healthnews.flows.steps import Summary


@flow(name="weekly", flow_run_name=name_run, persist_result=False, on_failure=[notify_of_run], on_crashed=[notify_of_run])
def weekly(data: str = "data") -> Summary:
    """Tell what today's parsers would read otherwise, find claims, duplicates and contradictions anew, and publish.

    What would be read otherwise is told and left as it is: somebody should look at it before `healthnews reparse` takes it over.

    Args:
        data: The data folder.
    """
    with alive(data):
        summary: Summary = dict(steps.check_parsers(data))
        summary |= steps.analyze_fully(data)
        summary |= publish_steps(data)
        return show_summary("weekly", summary)
