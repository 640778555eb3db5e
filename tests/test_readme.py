"""The README's example is run as it stands, and what it claims to print is what is printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def block(name: str) -> str:
    """The fenced block that follows a marker."""
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"no example {name!r} in the README"
    return found[1]


def without_moments(text: str) -> str:
    """The output without what differs from run to run: the release is named by the clock."""
    return re.sub(r"\d{8}T\d{6}Z(-\d+)?", "20260301T080000Z", text)


def test_the_example_prints_what_the_readme_says(tmp_path: Path) -> None:
    command = tmp_path / "bin" / "healthnews"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m healthnews "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block("commands")],
        cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert without_moments(done.stdout) == block("output")
