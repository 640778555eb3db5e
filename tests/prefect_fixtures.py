"""One real Prefect server for all tests of the flows; nothing of it lies in ~/.prefect."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from healthnews.flows.server import LocalServer
from tests.prefect_server import Api, back_up


@pytest.fixture(scope="session")
def quick_start(pytestconfig: pytest.Config) -> Iterator[None]:
    """Compiled modules for the processes of these tests, whatever the environment says: without, each takes 7 s to import Prefect."""
    prefect = find_spec("prefect")
    is_compiled = prefect is not None and prefect.cached is not None and Path(prefect.cached).exists()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PYTHONDONTWRITEBYTECODE", "PREFECT_HOME", "PREFECT_API_URL"):
            patch.delenv(name, raising=False)
        if not is_compiled and pytestconfig.cache is not None:
            patch.setenv("PYTHONPYCACHEPREFIX", str(pytestconfig.cache.mkdir("compiled")))
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, quick_start: None) -> Iterator[LocalServer]:
    """A server that lives as long as the tests do."""
    home = tmp_path_factory.mktemp("prefect")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        started = LocalServer(home, None, with_schedules=True)
    try:
        started.wait_until_healthy()
        back_up(home / "prefect.db", home / "migrated.db")
        yield started
    finally:
        started.stop()


@pytest.fixture
def api(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The shared server, in force for the flows of the test."""
    monkeypatch.setenv("PREFECT_API_URL", server.url)
    monkeypatch.setenv("PREFECT_HOME", str(server.log.parent))
    return Api(server.url)
