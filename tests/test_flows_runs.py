"""Flows run now, with a real server: what they leave, what is tried again, what a kill leaves and who clears it."""

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

import healthnews.cli
from healthnews.errors import GateError, LockedError, UsageError
from healthnews.flows import server_folder
from healthnews.flows.local import run_flow
from healthnews.flows.retries import is_transient
from healthnews.flows.server import LocalServer, is_healthy
from healthnews.pipeline import analysis
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from tests.conftest import write_dumps
from tests.prefect_server import Api, copy_database, eventually, python, recorded_url
from tests.test_flows_notify import webhook
from tests.web import Reply, Site

pytest_plugins = ["tests.prefect_fixtures"]

RUN = "import sys; from healthnews.flows.local import run_flow; print(run_flow(sys.argv[1], {}, sys.argv[2]))"


@pytest.fixture
def filled(folder: DataFolder, tmp_path: Path) -> DataFolder:
    """A data folder with articles that nobody has analysed yet."""
    ingest(folder, [str(write_dumps(tmp_path / "dumps"))], with_analysis=False, with_release=False)
    return folder


def test_the_daily_flow_crawls_analyses_and_publishes(folder: DataFolder, api: Api) -> None:
    paragraphs = ["职工医保个人账户的余额年底不会清零,可以结转到下一年继续使用。" * 3, "带上身份证到窗口查询,当天就能知道结果。" * 3]
    article = "<h1>账户的钱会清零吗</h1>" + "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = f'<!doctype html><html><meta charset="utf-8"><title>账户的钱会清零吗</title><article>{article}</article></html>'
    seen: list[str] = []
    with Site({"/a.html": Reply(page.encode())}) as site:
        gone = site.url("/gone.html")
        parameters = {
            "start": [site.url("/a.html"), gone],
            "allow_addresses": ["127.0.0.1/32"],
            "delay_seconds": 0.0,
            "budget": 20,
        }
        summary = run_flow("daily", parameters, folder.root, progress=lambda stage, done, total: seen.append(stage))

    assert summary["new"] >= 1
    assert summary["failed"] >= 1, "a page that is gone is counted, and the flow completes"
    assert (summary["waiting"], summary["beyond_depth"]) == (0, 0)
    assert [problem[:2] for problem in summary["problems"]] == [[gone, "http_404"]]
    assert summary["new_release"]
    assert (folder.clean / str(summary["release"])).is_dir()
    assert {"claims", "publish"} <= set(seen), "progress reaches whoever called"
    [run] = api.runs(folder.root)
    assert (run.flow, run.state) == ("daily", "COMPLETED")
    artifacts = {a["key"]: a for a in api.post("/artifacts/filter", artifacts={"flow_run_id": {"any_": [run.run_id]}})}
    assert (folder.clean.resolve() / str(summary["release"])).as_uri() in artifacts["release"]["data"]
    assert '"visited"' in artifacts["run-summary"]["data"]
    assert f'{{"what": "http_404", "count": "{gone}: ' in artifacts["run-summary"]["data"]
    assert '"problems"' not in artifacts["run-summary"]["data"]


@pytest.mark.parametrize(
    ("flow", "start", "code", "said"),
    [
        ("ingest", "http://127.0.0.1:1/", 5, "robots_unreachable: http://127.0.0.1:1/"),
        ("daily", "http://10.0.0.1/", 3, "blocked_address: http://10.0.0.1/"),
    ],
)
def test_a_start_that_cannot_be_fetched_is_told_by_the_command_as_by_crawl(
    flow: str, start: str, code: int, said: str, folder: DataFolder, api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", flow, "--start", start, "--allow-address", "127.0.0.1/32", "--delay", "0", "--data", str(folder.root)]
    assert healthnews.cli.run(arguments) == code
    told = capsys.readouterr()
    assert said in told.err
    assert "problems" not in told.out
    assert [run.state for run in api.runs(folder.root)] == ["COMPLETED"]


def test_a_flow_that_has_nothing_new_completes_and_makes_no_release(filled: DataFolder, api: Api) -> None:
    assert run_flow("analyze", {}, filled.root)["articles_read"] > 0
    first = run_flow("publish", {}, filled.root)
    assert first["new_release"]
    assert run_flow("analyze", {}, filled.root)["articles_read"] == 0
    assert run_flow("publish", {}, filled.root) == {**first, "new_release": False}
    assert {run.state for run in api.runs(filled.root)} == {"COMPLETED"}


def failing(times: int, error: Exception, calls: list[int]) -> Any:
    """A stand-in for a step that fails so many times before it works."""

    def step(*_: object, **__: object) -> int:
        calls.append(1)
        if len(calls) <= times:
            raise error
        return 0

    return step


def test_a_transient_error_is_tried_again(filled: DataFolder, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(analysis, "extract_new_claims", failing(2, LockedError("in use by process 1"), calls))
    seen: list[str] = []
    run_flow("analyze", {}, filled.root, progress=lambda stage, done, total: seen.append(stage))
    assert len(calls) == 3
    assert "waiting" in seen
    assert [run.state for run in api.runs(filled.root)] == ["COMPLETED"]


@pytest.mark.parametrize("error", [GateError("a table is empty"), ValueError("a bug")])
def test_a_permanent_error_is_not(error: Exception, filled: DataFolder, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(analysis, "extract_new_claims", failing(9, error, calls))
    with pytest.raises(type(error), match=str(error)):
        run_flow("analyze", {}, filled.root)
    assert len(calls) == 1
    [run] = api.runs(filled.root)
    assert run.state == "FAILED"
    assert run.message is not None
    assert run.message.endswith(str(error))
    assert "\n" not in run.message


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (LockedError("held"), True),
        (sqlite3.OperationalError("database is locked"), True),
        (sqlite3.OperationalError("no such table: pages"), False),
        (requests.ConnectionError("reset"), True),
        (requests.exceptions.InvalidURL("http://"), False),
        (TimeoutError("slow"), True),
        (FileNotFoundError(2, "gone"), False),
        (OSError(28, "disk full"), False),
        (OSError("of deltalake: No space left on device (os error 28)"), False),
        (OSError(5, "a file server that stutters"), True),
        (UsageError("no"), False),
        (KeyError("bug"), False),
    ],
)
def test_only_what_may_pass_is_transient(error: Exception, expected: bool) -> None:
    assert is_transient(error) is expected


def test_a_flow_that_does_not_exist_is_a_usage_error(folder: DataFolder) -> None:
    with pytest.raises(UsageError, match="there are daily, weekly, ingest, analyze, publish"):
        run_flow("monthly", {}, folder.root)
    assert not folder.root.exists()


def states(data: Path) -> list[str]:
    """States of all runs in a folder's own database; its server need not live."""
    with closing(sqlite3.connect(server_folder(data) / "prefect.db")) as database:
        return [state for (state,) in database.execute("SELECT state_type FROM flow_run ORDER BY created")]


def test_a_killed_run_takes_its_server_with_it_and_the_next_one_marks_it_crashed(
    filled: DataFolder, server: LocalServer, tmp_path: Path
) -> None:
    copy_database(server, filled.root)
    with python(RUN, tmp_path / "first.log", "daily", str(filled.root)) as first, filled.locked():
        url = eventually(lambda: recorded_url(filled.root), "the run's own server")
        eventually(lambda: list((server_folder(filled.root) / "runs").glob("*.lock")), "the run's lock")
        first.send_signal(signal.SIGKILL)
        first.wait()
        eventually(lambda: not is_healthy(url), "the server ends with the run")
    assert states(filled.root) == ["RUNNING"]

    with python(RUN, tmp_path / "second.log", "daily", str(filled.root)) as second:
        assert second.wait() == 0, (tmp_path / "second.log").read_text()
    assert len((tmp_path / "second.log").read_text().splitlines()) == 1, "nothing but the summary is printed"
    assert states(filled.root) == ["CRASHED", "COMPLETED"]
    assert list((server_folder(filled.root) / "runs").iterdir()) == []
    assert recorded_url(filled.root) is None


def test_a_proxy_is_not_asked_for_the_local_server(folder: DataFolder, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.delenv("no_proxy", raising=False)
    assert run_flow("publish", {}, folder.root)["release"] is None
    assert os.environ["NO_PROXY"].startswith("example.org,127.0.0.1")


def test_beside_others_a_run_is_dead_only_when_it_left_its_lock(folder: DataFolder, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = api.post("/flows/", name="publish")["id"]
    state = {"type": "RUNNING", "name": "Running"}
    parameters = {"data": str(folder.root.resolve())}
    dead, unknown = (api.post("/flow_runs/", flow_id=flow, parameters=parameters, state=state)["id"] for _ in range(2))
    locks = server_folder(folder.root) / "runs"
    locks.mkdir(parents=True)
    (locks / f"{dead}.1.lock").touch()
    with webhook(monkeypatch) as told:
        run_flow("publish", {}, folder.root)
    assert [(one["state"], one["text"].split(":")[0]) for one in told] == [("Crashed", f"healthnews {told[0]['flow']} crashed")]
    assert (api.state_of(dead), api.state_of(unknown)) == ("CRASHED", "RUNNING")
