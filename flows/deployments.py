"""The deployments, defined once: `healthnews schedule` serves them, prefect.yaml says the same for a work pool."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Interval, Schedule
from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.types.entrypoint import EntrypointType

from healthnews.errors import UsageError
from healthnews.flows.analyze import analyze
from healthnews.flows.daily import daily
from healthnews.flows.ingest import ingest
from healthnews.flows.publish import publish
from healthnews.flows.weekly import weekly

NAME = "healthnews"
"""Name of every deployment: daily/healthnews, ingest/healthnews, …"""

CRON = "0 6 * * *"
TIMEZONE = "Asia/Shanghai"
TAGS = ["healthnews"]

# A run that finds another under way is not queued: what it would have done, the one under way or the next one does.
ONE_AT_A_TIME = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)

WEEKLY_CRON = "0 1 * * 0"
"""Sunday at one in the night: five hours before the daily flow wants the folder."""
SCHEDULED = daily
UNSCHEDULED = (ingest, analyze, publish)


def make_schedule(cron: str, timezone: str, every_seconds: float | None) -> Schedule:
    """The schedule by cron expression and time zone, or every so many seconds.

    Raises:
        UsageError: They mean nothing.
    """
    try:
        made = Cron(cron, timezone=timezone) if every_seconds is None else Interval(timedelta(seconds=every_seconds), timezone=timezone)
        next_run(made)  # Prefect would look at it only when it is sent to the server.
    except (ValueError, ZoneInfoNotFoundError) as error:
        wanted = f"cron {cron!r} in {timezone!r}" if every_seconds is None else f"every {every_seconds:g} seconds"
        raise UsageError(f"{wanted} is no schedule; expected five fields as in {CRON!r} and a time zone as {TIMEZONE!r}") from error
    return made


def next_run(schedule: Schedule) -> datetime:
    """When the schedule is due next, in its time zone; ValueError when it means nothing."""
    zone = ZoneInfo(schedule.timezone or TIMEZONE)
    made: CronSchedule | IntervalSchedule
    if schedule.cron is not None:
        made = CronSchedule(cron=schedule.cron, timezone=schedule.timezone)
    elif schedule.interval is not None:
        made = IntervalSchedule.model_validate(
            {"interval": schedule.interval, "anchor_date": schedule.anchor_date, "timezone": schedule.timezone}
        )
    else:
        raise ValueError("neither cron nor interval")
    return asyncio.run(made.get_dates(1))[0].astimezone(zone)


def make_deployments(schedule: Schedule, data: str, parameters: Mapping[str, Any]) -> list[RunnerDeployment]:
    """The scheduled flows, and those that somebody starts; each over the data folder.

    Args:
        schedule: When the daily flow runs.
        data: The data folder.
        parameters: Of the flows that crawl; a flow without such a parameter goes without it.
    """
    made = []
    schedules = {SCHEDULED: [schedule], weekly: [Cron(WEEKLY_CRON, timezone=TIMEZONE)]}
    for one in (SCHEDULED, weekly, *UNSCHEDULED):
        taken = {key: value for key, value in parameters.items() if key in one.parameters.properties}
        made.append(
            one.to_deployment(
                NAME,
                schedules=schedules.get(one, []),
                parameters={**taken, "data": data},
                concurrency_limit=ONE_AT_A_TIME,
                tags=TAGS,
                entrypoint_type=EntrypointType.MODULE_PATH,
                _sync=True,
            )
        )
    return made
