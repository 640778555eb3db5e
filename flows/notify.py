"""A message to a webhook when a run was refused by a gate, failed, or crashed."""

from __future__ import annotations

import logging
from typing import Any

import requests
from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow

from healthnews.settings import NO_WEBHOOK, read_settings

_TIMEOUT_SECONDS = 10
_MAX_MESSAGE = 3_000
_REFUSED = "the release is refused"
_PREFECT_SAYS = ("Flow run encountered an exception: ", "GateError: ")
"""What Prefect puts before the sentence of an error; the type of any but a refusal tells something."""

log = logging.getLogger("healthnews.notify")


def notify_of_run(flow: Flow[Any, Any], run: FlowRun, state: State[Any]) -> None:
    """Hook of the flows: tell of a run that did not complete."""
    notify(flow.name, run.name, state.name or "Failed", state.message or "", str(run.parameters.get("data")))


def notify(flow: str, run: str, state: str, message: str, data: str) -> None:
    """Send a message to the webhook of the settings, if there is one; that it cannot be sent is logged, and stops nothing.

    The JSON has `text`, which chat services show, and the parts of it: flow, run, state, message, data, refused.
    """
    webhook = read_settings({})["notify.webhook"].value
    if webhook == NO_WEBHOOK:
        return
    for words in _PREFECT_SAYS:
        message = message.removeprefix(words)
    refused = _REFUSED in message
    what = "was refused by a quality gate" if refused else state.lower()
    body = {
        "text": f"healthnews {flow} {what}: {message[:_MAX_MESSAGE]}", "flow": flow, "run": run, "state": state,
        "message": message[:_MAX_MESSAGE], "data": data, "refused": refused,
    }  # fmt: skip
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.post(webhook, json=body, timeout=_TIMEOUT_SECONDS).raise_for_status()
    except requests.RequestException as error:
        log.warning("The webhook did not take the message of %s: %s", run, error)
