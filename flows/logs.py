"""What the log of a run says of an expected error: its one sentence, without a traceback."""

from __future__ import annotations

import logging

from healthnews.errors import HealthnewsError

_LOGGERS = ("prefect.flow_runs", "prefect.task_runs")


def log_sentences() -> None:
    """Leave tracebacks to errors that nobody expected; calling it again changes nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    if record.exc_info and isinstance(record.exc_info[1], HealthnewsError):
        record.exc_info = None
    return True
