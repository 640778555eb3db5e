"""docs/operate.md and the systemd units: commands and options exist, systemd takes the units, a back-up gives back every table."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from healthnews.cli import app
from healthnews.crawl.archive import Archive
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.judging import judge
from healthnews.pipeline.publication import publish
from healthnews.pipeline.queries import Dataset
from tests.conftest import SEEN_AT, write_dumps

ROOT = Path(__file__).parents[1]
OPERATE = ROOT / "docs" / "operate.md"
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
PROGRAM = "/srv/healthnews/.venv/bin/healthnews"

# What the documented lines ask of rsync, for machines that have none.
RSYNC = """#!/bin/sh
shift
if [ "$1" = --exclude ]; then cd "$3" && exec cp -a * "$4"; fi
exec cp -a "$@"
"""


def commands() -> list[list[str]]:
    """Commands of ours in the document, and those that the units start, without the program's name."""
    text = "\n".join([OPERATE.read_text(encoding="utf-8"), *(unit.read_text(encoding="utf-8") for unit in UNITS)])
    found = re.findall(r"(?:^ *|`|ExecStart=\S*/)healthnews ([^`\n#]*)", text, re.MULTILINE)
    return [shlex.split(line) for line in found if line.strip()]


def test_commands_and_options_of_the_document_exist() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    seen = set()
    for name, *arguments in commands():
        command = group.commands.get(name)
        assert command is not None, name
        command.make_context(name, list(arguments), resilient_parsing=True)
        known = {option for parameter in command.params for option in parameter.opts}
        assert {argument for argument in arguments if argument.startswith("--")} <= known, (name, arguments)
        seen.add(name)
    assert {"schedule", "serve", "ingest", "validate", "publish", "reparse", "status", "download"} <= seen


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    """Every option is known and every value means something; what it starts stands in for the program on the operator's machine."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    text = unit.read_text(encoding="utf-8")
    assert PROGRAM in text
    (tmp_path / unit.name).write_text(text.replace(PROGRAM, sys.executable), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(tmp_path / unit.name)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def block(name: str) -> str:
    found = re.search(rf"<!-- tried: {name} -->\n```sh\n(.*?)```", OPERATE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, name
    return found[1]


def run(code: str, where: Path, programs: Path) -> None:
    """Run lines of the document in a folder, where backup:/healthnews/ is a folder beside it."""
    code = code.replace("backup:/healthnews/", f"{where.parent}/backup/")
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-eu", "-c", code], cwd=where, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def digests(clean: Path) -> dict[str, str]:
    manifest = json.loads((clean / "latest" / "manifest.json").read_text(encoding="utf-8"))
    return {name: table["sha256"] for name, table in manifest["tables"].items()}


def test_a_back_up_gives_back_every_table_and_judgement(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "healthnews").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m healthnews "$@"\n')
    if shutil.which("rsync") is None:
        (programs / "rsync").write_text(RSYNC)
    for program in programs.iterdir():
        program.chmod(0o755)
    for name in ("first", "second", "backup"):
        (tmp_path / name).mkdir()
    folder = DataFolder(tmp_path / "first" / "data")
    ingest(folder, [str(write_dumps(tmp_path / "dumps"))], with_release=False)
    found = Dataset(folder).contradictions()[0].contradiction_id
    judge(folder, found, "reject", reason="说的是两件事", judged_by="王")
    publish(folder)
    (folder.clean / ".building").mkdir()
    (tmp_path / "backup" / "clean").mkdir()

    run(block("back up"), tmp_path / "first", programs)
    run(block("restore"), tmp_path / "second", programs)
    restored = tmp_path / "second" / "data"
    assert digests(restored / "clean") == digests(folder.clean)
    assert (restored / "judgements" / "judgements.jsonl").read_bytes() == (folder.root / "judgements" / "judgements.jsonl").read_bytes()

    shutil.rmtree(restored)
    shutil.copytree(tmp_path / "backup", restored, symlinks=True)
    ingest(DataFolder(restored), [])
    versions = [path.name for path in folder.clean.iterdir() if path.name.endswith("Z")]
    assert [path.name for path in (restored / "clean").iterdir() if path.name.endswith("Z")] == versions, "nothing new, so no release"


def test_the_index_can_be_sorted_for_tools_that_search_it(tmp_path: Path) -> None:
    with Archive(tmp_path / "data" / "raw", max_file_bytes=1) as archive:
        for url in ("http://b.example/", "http://a.example:8080/", "http://a.example/2", "http://a.example/1"):
            archive.add(url, b"x", "text/html", SEEN_AT, "resource")
        lines = [entry.to_line().encode() for entry in archive.entries()]
    run(block("sort the index"), tmp_path, tmp_path)
    assert (tmp_path / "index.cdxj").read_bytes().splitlines(keepends=True) == sorted(lines)
