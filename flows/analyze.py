"""The analyze flow: claims of new articles, duplicates and contradictions over all of them."""

from prefect import flow

from healthnews.flows import steps
from healthnews.flows.notify import notify_of_run
from healthnews.flows.report import show_summary
from healthnews.flows.runs import alive, name_run
from healthnews.flows.steps import Summary


@flow(name="analyze", flow_run_name=name_run, persist_result=False, on_failure=[notify_of_run], on_crashed=[notify_of_run])
def analyze(data: str = "data") -> Summary:
    """Find claims, duplicates and contradictions for everything new.

    Args:
        data: The data folder.
    """
    with alive(data):
        return show_summary("analyze", analyze_steps(data))


def analyze_steps(data: str) -> Summary:
    """Claims first: contradictions compare them; duplicates need articles alone."""
    summary: Summary = {"articles_read": steps.extract_claims(data)}
    summary |= {f"clusters_{kind}": count for kind, count in steps.find_duplicates(data).items()}
    summary |= {f"contradictions_{status}": count for status, count in steps.find_contradictions(data).items()}
    return summary
