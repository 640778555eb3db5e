"""Prefect flows, thin over healthnews.pipeline; the only place that imports Prefect, and never before the settings below are in force."""

import os
from pathlib import Path

from healthnews.errors import UsageError, cannot_write

FLOWS = ("daily", "weekly", "ingest", "analyze", "publish")
"""Names of the flows, of their modules and of their functions."""

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_COLORS": "false",
    "PREFECT_CLI_COLORS": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    # The names of block types are of use only to people who store secrets in the server; writing them costs 2 s on a fresh database.
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    # Leases in memory are lost with the server, and their slot with them; on disk they run out or are released by the next server.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}
"""What makes Prefect quiet and keeps it off the network; an operator's own value of any of them wins."""

for _name, _value in QUIET.items():
    os.environ.setdefault(_name, _value)


def server_folder(data: Path) -> Path:
    """Where Prefect's database, logs and locks of a data folder lie."""
    return data / "work" / "prefect"


def require_writable(data: Path) -> None:
    """Make the server's folder, before anything else is written to the data folder.

    Raises:
        UsageError: Nobody can write there.
    """
    folder = server_folder(data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "server.lock").touch()
    except OSError as error:
        raise cannot_write(data, error) from error


def home_setting(data: Path) -> dict[str, str]:
    """The variable that keeps Prefect's state under the data folder, away from ~/.prefect; an operator's own PREFECT_HOME wins.

    It must be in force before anything imports Prefect: `run_flow` and `serve_schedule` see to that.

    Raises:
        UsageError: PREFECT_HOME names a place where nobody can write.
    """
    given = os.environ.get("PREFECT_HOME")
    home = Path(given or server_folder(data).resolve())
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"PREFECT_HOME={home} cannot be written to: {error.strerror}; unset it, or name another folder") from error
    return {"PREFECT_HOME": str(home)}
