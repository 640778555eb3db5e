"""One server a data folder: who holds it, where it is, and the environment by which Prefect finds it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from healthnews.errors import LockedError
from healthnews.flows import server_folder
from healthnews.flows.server import is_healthy

API_URL = "PREFECT_API_URL"
SCHEDULER_PID = "HEALTHNEWS_SCHEDULER_PID"
"""Environment variable by which a scheduler tells its flow processes whose children they are."""


def _record(data: Path) -> Path:
    return Path(server_folder(data), "server.json")


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Be the one process that keeps a server, or a schedule, for the data folder.

    Raises:
        LockedError: Another process does.
    """
    folder = server_folder(data)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "server.lock", timeout=0):
            try:
                yield
            finally:
                _record(data).unlink(missing_ok=True)
    except Timeout:
        raise LockedError(f"{data} is in use by {_holder(data)}; wait for it to end, or choose another folder with --data") from None


def _holder(data: Path) -> str:
    try:
        found = json.loads(_record(data).read_text(encoding="utf-8"))
        return f"`healthnews {found['command']}` (process {found['pid']})"
    except (OSError, ValueError, KeyError):
        return "another `healthnews run` or `healthnews schedule`"


def write_record(data: Path, command: str, url: str) -> None:
    """Say for others who holds the folder, and where its server is; to be called once it answers."""
    _record(data).write_text(json.dumps({"command": command, "pid": os.getpid(), "url": url}), encoding="utf-8")


def scheduler_url(data: Path) -> str | None:
    """Address of the server that a schedule of this data folder keeps, if it answers.

    The record may be left over from a killed schedule and its port be another's by now: only a held lock makes it true.
    """
    try:
        with FileLock(server_folder(data) / "server.lock", timeout=0):
            return None
    except Timeout:
        pass
    except OSError:
        return None
    try:
        found = json.loads(_record(data).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(found["url"]) if found["command"] == "schedule" and is_healthy(found["url"]) else None


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for as long as the block runs; Prefect's settings read them when first imported."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
