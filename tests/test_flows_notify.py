"""Who is told when a scheduled run did not do what it should, and what a run keeps of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from healthnews.errors import GateError
from healthnews.flows.local import run_flow
from healthnews.flows.notify import notify
from healthnews.pipeline import analysis, publication
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from tests.conftest import write_dumps
from tests.prefect_server import Api

pytest_plugins = ["tests.prefect_fixtures"]


@contextmanager
def webhook(monkeypatch: pytest.MonkeyPatch, status: int = 200) -> Iterator[list[dict[str, Any]]]:
    """A webhook on loopback, named in the settings; the messages that it got."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    monkeypatch.setenv("HEALTHNEWS_NOTIFY_WEBHOOK", f"http://127.0.0.1:{server.server_port}/hook")
    try:
        yield got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_webhook_that_fails_or_is_not_set_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    notify("daily", "daily 1", "Failed", "why", "data")
    with webhook(monkeypatch, status=500) as got:
        notify("daily", "daily 1", "Crashed", "why", "data")
    assert [(one["text"], one["refused"]) for one in got] == [("healthnews daily crashed: why", False)]
    notify("daily", "daily 1", "Failed", "the server is gone by now", "data")


@pytest.fixture
def filled(folder: DataFolder, tmp_path: Path) -> DataFolder:
    ingest(folder, [str(write_dumps(tmp_path / "dumps"))], with_release=False)
    return folder


def artifacts(api: Api, data: Path) -> dict[str, dict[str, Any]]:
    [run] = api.runs(data)
    return {a["key"]: a for a in api.post("/artifacts/filter", artifacts={"flow_run_id": {"any_": [run.run_id]}})}


def test_a_refused_release_is_told_and_its_issues_are_kept(filled: DataFolder, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("healthnews.dataset.checks.EARLIEST", datetime(2100, 1, 1))
    with webhook(monkeypatch) as got, pytest.raises(GateError, match="the release is refused"):
        run_flow("publish", {}, filled.root)
    [told] = got
    assert (told["flow"], told["state"], told["refused"]) == ("publish", "Failed", True)
    assert told["text"].startswith("healthnews publish was refused by a quality gate: the release is refused by ")
    assert "date_range" in told["message"]
    quality = artifacts(api, filled.root)["quality"]
    assert "refused the release" in quality["description"]
    assert '"date_range"' in quality["data"]


def test_the_weekly_flow_compares_parsers_recomputes_and_publishes(filled: DataFolder, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook(monkeypatch) as got:
        summary = run_flow("weekly", {}, filled.root)
    assert (summary["reparse_unchanged"], summary["reparse_changed"], summary["new_release"]) == (summary["rows_captures"], 0, True)
    assert summary["articles_read"] == summary["rows_articles"]
    assert got == []
    kept = artifacts(api, filled.root)
    assert "The first release." in kept["changes"]["data"]
    assert "The gates passed the release" in kept["quality"]["description"]


def test_a_bug_is_told_too(filled: DataFolder, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> int:
        raise ValueError("a bug")

    monkeypatch.setattr(analysis, "extract_new_claims", breaks)
    with webhook(monkeypatch) as got, pytest.raises(ValueError, match="a bug"):
        run_flow("analyze", {}, filled.root)
    assert [(one["flow"], one["refused"], one["text"]) for one in got] == [
        ("analyze", False, "healthnews analyze failed: ValueError: a bug")
    ]


def test_a_release_tells_what_its_gates_found_and_what_changed(filled: DataFolder) -> None:
    release = publication.publish(filled)
    assert release is not None
    assert publication.told_of(release)["issues"] == []
    assert "第一版" in publication.told_of(release)["changes"]
