"""The local Prefect server: a child process that ends with its parent, on loopback, its database under PREFECT_HOME."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from healthnews.errors import HealthnewsError, UsageError

HOST = "127.0.0.1"
_STARTUP_SECONDS = 180.0
_STOP_SECONDS = 10.0
_LOG_BYTES = 5_000_000

_WITHOUT_SCHEDULES = {
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
}
"""A server for one run now: it must not create or judge scheduled runs that nobody is there to start."""


class ServerError(HealthnewsError):
    """The local Prefect server cannot be started or reached."""


class LocalServer:
    """A Prefect server in a child process; importing Prefect takes the child 3 s, during which the parent does the same.

    Args:
        folder: Where its log goes.
        port: A port that is free; any when None.
        with_schedules: Whether it also serves the web pages and makes scheduled runs.
    """

    def __init__(self, folder: Path, port: int | None, *, with_schedules: bool) -> None:
        self.port = _free_port(port)
        self.log = folder / "server.log"
        trust_loopback()
        environment = os.environ | {"PREFECT_SERVER_API_HOST": HOST, "PREFECT_SERVER_API_PORT": str(self.port)}
        environment.pop("PREFECT_API_URL", None)
        if not with_schedules:
            environment |= _WITHOUT_SCHEDULES
        folder.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            # Its own session: Ctrl-C in a terminal must end the flows first, and they report to the server.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "healthnews.flows.server", str(self.port)],
                stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, start_new_session=True,
            )  # fmt: skip

    @property
    def url(self) -> str:
        """Address of the API."""
        return f"http://{HOST}:{self.port}/api"

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the child has not ended."""
        return self._process.poll() is None

    def wait_until_healthy(self, timeout_seconds: float = _STARTUP_SECONDS) -> None:
        """Return once the server answers; ServerError when it ends or does not within the time."""
        deadline = time.monotonic() + timeout_seconds
        while not is_healthy(self.url):
            if (code := self._process.poll()) is not None:
                raise ServerError(f"the Prefect server ended with code {code} before it answered; its log is {self.log}")
            if time.monotonic() > deadline:
                raise ServerError(f"the Prefect server did not answer within {timeout_seconds:.0f} s; its log is {self.log}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the child, by force when it does not within ten seconds."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            if self._process.stdin is not None:
                self._process.stdin.close()


@contextmanager
def server_at(url: str | None, folder: Path, port: int | None, *, with_schedules: bool) -> Iterator[tuple[str, LocalServer | None]]:
    """The server at an address, which must answer, or one of our own that lives as long as the block and is still starting.

    Raises:
        ServerError: Nothing answers at the address.
        UsageError: The port is taken.
    """
    if url is not None:
        trust_loopback()
        if not is_healthy(url):
            raise ServerError(f"no Prefect server answers at {url}; unset PREFECT_API_URL to have one started here")
        yield url, None
        return
    server = LocalServer(folder, port, with_schedules=with_schedules)
    try:
        yield server.url, server
    finally:
        server.stop()


def _free_port(port: int | None) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port or 0))
        except OSError as error:
            raise UsageError(f"port {port} of {HOST} cannot be used ({error.strerror}); choose another one with --port") from error
        return int(probe.getsockname()[1])


def is_healthy(url: str, timeout_seconds: float = 2.0) -> bool:
    """Whether a Prefect API answers at the address; asked without any proxy."""
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.hostname or HOST, parts.port, timeout=timeout_seconds)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def trust_loopback() -> None:
    """Keep an operator's proxy away from the local server: Prefect's client would ask it for 127.0.0.1."""
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in os.environ.get(name, "").split(",") if host]
        if hosts != ["*"]:
            os.environ[name] = ",".join(dict.fromkeys([*hosts, HOST, "localhost"]))


def _end_with_parent() -> None:
    """End this process when its standard input closes: the parent has gone, however it went."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_STOP_SECONDS)
    os._exit(1)


def main(port: int) -> None:
    """Serve until told to stop or orphaned."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import uvicorn

    with suppress(KeyboardInterrupt):
        uvicorn.run(
            "prefect.server.api.server:create_app", factory=True, host=HOST, port=port, log_level="warning", lifespan="on",
            timeout_graceful_shutdown=3,
        )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]))
