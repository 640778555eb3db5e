"""The automation that marks a run as crashed when its heartbeats stop: for runs on other machines, which no sweep of ours can see."""

from __future__ import annotations

from datetime import timedelta

from prefect.automations import Automation
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

NAME = "healthnews: crash runs without heartbeats"
WITHIN_SECONDS = 90
"""Three heartbeats, which come every 30 s (PREFECT_FLOWS_HEARTBEAT_FREQUENCY, 30 being the least that Prefect takes)."""

_BEAT = "prefect.flow-run.heartbeat"
_ENDS = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed")}


def watch_heartbeats() -> None:
    """Have the server crash runs whose heartbeats stop; an automation of that name is left as it is.

    Source: docs.prefect.io, "How to detect and respond to zombie flows".
    """
    with get_client(sync_client=True) as client:
        if not client.request("POST", "/automations/filter", json={"automations": {"name": {"any_": [NAME]}}}).json():
            Automation(**_automation().model_dump()).create()


def _automation() -> AutomationCore:
    return AutomationCore(
        name=NAME,
        description="A run that was killed sends no more heartbeats; without this it would stay Running for ever.",
        trigger=EventTrigger(
            after={_BEAT},
            expect={_BEAT, *_ENDS},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=WITHIN_SECONDS),
        ),
        actions=[ChangeFlowRunState(name=None, force=False, state=StateType.CRASHED, message=f"No heartbeat for {WITHIN_SECONDS} s.")],
    )


if __name__ == "__main__":
    watch_heartbeats()
