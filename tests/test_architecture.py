"""The direction of imports is enforced: ruff refuses a stage that reaches into another."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STAGES = ("crawl", "extract", "duplicates", "claims", "dataset", "explorer")


def ruff(path: Path, code: str) -> str:
    """What ruff's banned imports say of code that stood at the path."""
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", str(path), "-"]
    return subprocess.run(command, input=code, capture_output=True, text=True, check=False, cwd=ROOT).stdout


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_may_not_import_another_stage_nor_what_composes_it(stage: str) -> None:
    for other in (*(s for s in STAGES if s != stage), "pipeline", "cli", "flows", "parsers"):
        assert "TID251" in ruff(ROOT / "healthnews" / stage / "probe.py", f"from healthnews.{other} import x\nprint(x)\n"), other
    assert "TID251" not in ruff(ROOT / "healthnews" / stage / "probe.py", f"from healthnews.{stage} import x\nprint(x)\n")


@pytest.mark.parametrize("folder", ["healthnews", "healthnews/claims", "healthnews/language", "healthnews/pipeline", "parsers", "tests"])
def test_only_flows_may_import_prefect(folder: str) -> None:
    assert "TID251" in ruff(ROOT / folder / "probe.py", "import prefect\nprint(prefect)\n")
    assert "TID251" not in ruff(ROOT / "flows" / "probe.py", "import prefect\nprint(prefect)\n")


@pytest.mark.parametrize("folder", ["healthnews", "healthnews/duplicates", "healthnews/pipeline", "flows", "tests"])
def test_only_the_engine_may_import_dask_and_no_stage_the_engine(folder: str) -> None:
    assert "TID251" in ruff(ROOT / folder / "probe.py", "import dask.dataframe\nprint(dask)\n")
    assert "TID251" in ruff(ROOT / folder / "probe.py", "from distributed import Client\nprint(Client)\n")
    engine = ruff(ROOT / folder / "probe.py", "from healthnews.engine import current_engine\nprint(current_engine)\n")
    assert ("TID251" in engine) == (folder == "healthnews/duplicates")


def test_every_package_is_listed_for_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    found = {".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "healthnews").rglob("__init__.py")}
    site = ROOT / "samples" / "site"
    samples = {"healthnews.samples." + ".".join(p.relative_to(site.parent).parts) for p in (site, *site.rglob("*")) if p.is_dir()}
    assert listed == found | {"healthnews.flows", "healthnews.parsers", "healthnews.samples"} | samples


def test_no_committed_file_names_a_registry_or_a_path_of_a_machine() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "--index" not in lock
    assert "--find-links" not in lock
