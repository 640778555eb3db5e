"""The deployments are defined in code; prefect.yaml says the same, and `prefect deploy` takes it."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from healthnews.flows.server import LocalServer
from tests.prefect_server import Api

pytest_plugins = ["tests.prefect_fixtures"]

ROOT = Path(__file__).parents[1]
CODE = """
import json
from healthnews.flows.deployments import CRON, TIMEZONE, make_deployments, make_schedule
for one in make_deployments(make_schedule(CRON, TIMEZONE, None), "data", {}):
    values = one.model_dump(mode="json")
    schedules = [{"cron": s["schedule"]["cron"], "timezone": s["schedule"]["timezone"]} for s in values["schedules"]]
    limit = {"limit": one.concurrency_limit, **(one.concurrency_options.model_dump(mode="json", exclude_none=True))}
    same = {key: values[key] for key in ("name", "entrypoint", "parameters", "tags")}
    print(json.dumps({**same, "schedules": schedules, "concurrency_limit": limit}))
"""


@functools.cache
def of_code() -> list[dict[str, Any]]:
    printed = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in printed.splitlines()]


def test_the_file_and_the_code_define_the_same_deployments(api: Api) -> None:
    in_file = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    pools = [one.pop("work_pool") for one in in_file]
    assert in_file == of_code()
    assert pools == [{"name": "healthnews"}] * len(in_file)


def prefect(*arguments: str, cwd: Path) -> None:
    environment = os.environ | {"PWD": os.fspath(cwd)}  # as a shell would have it
    command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, stdin=subprocess.DEVNULL, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prefect_deploys_the_file_and_writes_down_the_folder_it_was_called_from(tmp_path: Path, api: Api, server: LocalServer) -> None:
    api.post("/work_pools/", name="healthnews", type="process")
    prefect("deploy", "--all", "--prefect-file", str(ROOT / "prefect.yaml"), cwd=tmp_path)
    deployed = api.post("/deployments/filter", deployments={"tags": {"all_": ["healthnews"]}})
    assert {one["entrypoint"] for one in deployed} == {one["entrypoint"] for one in of_code()}
    assert {one["work_pool_name"] for one in deployed} == {"healthnews"}
    steps = [step["prefect.deployments.steps.set_working_directory"] for one in deployed for step in one["pull_steps"]]
    assert steps == [{"directory": os.fspath(tmp_path)}] * len(deployed)
    daily, weekly = sorted((one for one in deployed if one["schedules"]), key=lambda one: str(one["entrypoint"]))
    assert weekly["schedules"][0]["schedule"]["cron"] == "0 1 * * 0"
    assert daily["schedules"][0]["schedule"]["timezone"] == "Asia/Shanghai"
    assert daily["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
