"""The README's example is run as it stands, and what it claims to print is what is printed."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from healthnews.cli import app
from healthnews.settings import read_settings, read_sites
from tests.test_cli_compare import on_terminal

README = Path(__file__).parents[1] / "README.md"
CHINESE = README.with_name("README.zh-CN.md")


def block(name: str, readme: Path = README) -> str:
    """The fenced block that follows a marker."""
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"no example {name!r} in the README"
    return found[1]


def test_the_settings_of_the_readme_name_a_site(tmp_path: Path) -> None:
    (tmp_path / "healthnews.toml").write_text(block("settings"), encoding="utf-8")
    (site,) = read_sites(tmp_path)
    assert (site.host, site.delay_seconds) == ("www.health-site.example", 3)
    assert read_settings({}, tmp_path)["crawl.contact"].value.startswith("https://")


def test_the_parser_of_the_readme_is_found_and_reads_its_pages(tmp_path: Path) -> None:
    (tmp_path / "health_site.py").write_text(block("parser"), encoding="utf-8")
    page = '<html><body><h1>断缴怎么办</h1><div class="answer"><p>三个月以内可以补缴。</p></div><p>别的文字</p></body></html>'
    program = f"""
import healthnews.parsers
healthnews.parsers.__path__.append({str(tmp_path)!r})
import healthnews
article = healthnews.extract({page!r}, "https://www.health-site.example/1")
print(article.parser, article.title, article.body, sep="|")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "health_site|断缴怎么办|三个月以内可以补缴。"


def without_moments(text: str) -> str:
    """The output without what differs from run to run: a release is named by the clock, a cluster by the member seen first."""
    return re.sub(r"\bd_[0-9a-f]{16}\b", "d_", re.sub(r"\d{8}T\d{6}Z(-\d+)?", "20260301T080000Z", text))


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
    assert without_moments(done.stdout) == without_moments(block("output"))


def without_scores(text: str) -> list[str]:
    """The lines without the figures that a better rule moves a little."""
    return [re.sub(r"\b0\.\d\d\b", "0.__", line.rstrip()) for line in text.strip("\n").splitlines()]


def test_the_comparison_is_drawn_as_the_readme_says(tmp_path: Path) -> None:
    _, *arguments = shlex.split(block("compare"))
    assert without_scores(on_terminal(*arguments, cwd=tmp_path, columns=80)) == without_scores(block("compared"))


def test_the_comparison_in_python_prints_what_the_readme_says(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", block("compare in python")], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert without_scores(done.stdout) == without_scores(block("compared in python"))


def test_the_chinese_readme_has_the_examples_that_are_run() -> None:
    """What the tests here run, and what it prints, stands in both word for word; but the settings have Chinese comments."""
    names = re.findall(r"<!-- example: (.*?) -->", README.read_text(encoding="utf-8"))
    assert names == re.findall(r"<!-- example: (.*?) -->", CHINESE.read_text(encoding="utf-8"))
    assert [name for name in names if block(name) != block(name, CHINESE)] == ["settings"]


def test_the_chinese_readme_says_what_is_so(tmp_path: Path) -> None:
    """Its links lead somewhere, its commands and options exist, and none is missing; its settings are read."""
    text = CHINESE.read_text(encoding="utf-8")
    assert [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if not (README.parent / link).exists()] == []
    (tmp_path / "healthnews.toml").write_text(block("settings", CHINESE), encoding="utf-8")
    assert [site.host for site in read_sites(tmp_path)] == ["www.health-site.example"]
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    told = re.findall(r"^\| `healthnews ([a-z-]+).*", text, re.MULTILINE)
    assert told == re.findall(r"^\| `healthnews ([a-z-]+).*", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"healthnews ([a-z-]+)", "\n".join(re.findall(r"`[^`]+`", text)))) <= set(group.commands)
    for row in re.findall(r"^\| `healthnews [a-z-]+.*", text, re.MULTILINE):
        name = row.split()[2].strip("`")
        known = {option for parameter in group.commands[name].params for option in parameter.opts}
        assert set(re.findall(r"`(--[a-z-]+)", row)) <= known, row


@pytest.mark.parametrize("readme", [README, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize("name", ["ingest", "crawl"])
def test_every_option_of_a_command_that_fetches_stands_in_its_row(readme: Path, name: str) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    options = {option for parameter in group.commands[name].params for option in parameter.opts if option.startswith("--")}
    (row,) = re.findall(rf"^\| `healthnews {name}\b.*", readme.read_text(encoding="utf-8"), re.MULTILINE)
    assert {option for option in options if option not in row} == {"--data", "--json", "--quiet"}, "those that every command has"
