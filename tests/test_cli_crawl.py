"""The commands that fetch and run flows, as a user types them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from healthnews.cli import run
from tests.answer_site import article, pages
from tests.command import healthnews as command
from tests.test_readme import block
from tests.web import Reply, Request, Site, free_port

LOOPBACK = ("--allow-address", "127.0.0.0/8", "--delay", "0")


def healthnews(*arguments: str, cwd: Path, columns: int = 120) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HEALTHNEWS_", "PREFECT_"))}
    return command(*arguments, cwd=cwd, environment=environment | {"COLUMNS": str(columns)})


def test_a_site_is_crawled_from_the_command_line(tmp_path: Path) -> None:
    with Site(pages(4)) as site:
        first = healthnews("crawl", "--start", site.url("/0.html"), *LOOPBACK, "--json", cwd=tmp_path)
        again = healthnews("crawl", "--start", site.url("/0.html"), *LOOPBACK, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    counts = json.loads(first.stdout)
    assert (counts["archived"], counts["parsed"], counts["articles"], counts["new_release"]) == (4, 4, 4, True)
    assert again.returncode == 0
    assert "Nothing changed" in again.stderr


def test_an_address_is_ingested_from_the_command_line(tmp_path: Path) -> None:
    with Site({"/0.html": article("第0号问题")}) as site:
        done = healthnews("ingest", site.url("/0.html"), *LOOPBACK, "--json", cwd=tmp_path)
        missing = healthnews("ingest", site.url("/0.html"), site.url("/9.html"), *LOOPBACK, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["articles"] == 1
    assert missing.returncode == 3
    assert "http_404" in missing.stderr


def test_sites_come_from_the_settings_file(tmp_path: Path) -> None:
    with Site({"/robots.txt": Reply(b"", 404), **pages(2)}) as site:
        settings = f'[crawl]\ncontact = "https://desk.example/"\n[[sites]]\nhost = "{site.host}"\nstart = ["{site.url("/0.html")}"]\n'
        (tmp_path / "healthnews.toml").write_text(settings + "delay_seconds = 0\n", encoding="utf-8")
        done = healthnews("crawl", "--allow-address", "127.0.0.0/8", "--json", cwd=tmp_path)
        agents = {request.headers["user-agent"] for request in site.requests}
    assert json.loads(done.stdout)["articles"] == 2
    assert len(agents) == 1
    assert re.fullmatch(r"healthnews/\S+ \(\+https://desk\.example/\)", agents.pop())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("crawl",), 2, "--start"),
        (("crawl", "--start", "a.example"), 2, "no web address"),
        (("crawl", "--start", "http://127.0.0.1:1/", "--allow-address", "somewhere"), 2, "CIDR"),
        (("crawl", "--start", "http://127.0.0.1:1/"), 3, "--allow-address"),
        (("crawl", "--start", "http://127.0.0.1:1/", *LOOPBACK), 5, "127.0.0.1:1"),
        (("crawl", "--site", "a.example"), 2, "--start https://a.example/"),
        (("ingest", "http://127.0.0.1:1/", *LOOPBACK), 5, "127.0.0.1:1"),
        (("ingest", "ftp://a.example/1"), 2, "http://"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_mistake_is_told_in_one_sentence_with_its_exit_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([*arguments]) == code
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("run", "analyze", "--start", "http://127.0.0.1:1/"), 2, "fetches nothing"),
        (("run", "monthly"), 2, "daily"),
        (("schedule", "--cron", "every day"), 2, "five fields"),
    ],
)
def test_a_mistake_about_flows_is_told_in_one_sentence_with_its_exit_code(
    tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = healthnews(*arguments, cwd=tmp_path)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == code


def without_seconds(text: str) -> str:
    """A report without how long it took."""
    return re.sub(r"\d+\.\d s", "… s", text)


def without_figures(line: str) -> str:
    """A line of a report without what differs from run to run."""
    return " ".join(re.sub(r"^ *\d+ |\d+ s\.|con_\w+|127\.0\.0\.1:\d+", "… ", line).split())


def test_the_demo_tells_what_the_readme_says_and_again_that_nothing_changed(tmp_path: Path) -> None:
    with Site(pages(2)) as site:
        settings = f'[[sites]]\nhost = "{site.host}"\nstart = ["{site.url("/0.html")}"]\n'
        (tmp_path / "healthnews.toml").write_text(settings, encoding="utf-8")
        # A port that no other demonstration takes between these runs; each keeps to that of the first.
        first = healthnews("demo", "--port", str(free_port()), cwd=tmp_path)
        again = healthnews("demo", cwd=tmp_path)
        asked = site.paths()
    assert first.returncode == 0, first.stderr
    told = {without_figures(line) for line in first.stdout.splitlines()}
    assert [line for line in block("demo").splitlines() if line != "…" and without_figures(line) not in told] == []
    [count] = re.findall(r"(\d+) pages were fetched", first.stdout)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith(f"Nothing changed: all {count} pages of ")
    assert asked == [], "the sites of the settings are none of its business"
    (tmp_path / "data" / "work" / "demo.json").unlink()
    third = healthnews("demo", cwd=tmp_path)
    assert without_seconds(third.stdout) == without_seconds(again.stdout), "its own pages are known without the note"
    assert len(list((tmp_path / "data" / "clean").glob("2*"))) == 1
    shutil.rmtree(tmp_path / "data" / "work")
    assert f"  {count} pages were fetched" in healthnews("demo", cwd=tmp_path).stdout


def test_the_demo_keeps_away_from_the_pages_of_another_loopback_port(tmp_path: Path) -> None:
    with Site(pages(1)) as site:
        healthnews("ingest", site.url("/0.html"), *LOOPBACK, cwd=tmp_path)
        done = healthnews("demo", cwd=tmp_path)
    shutil.rmtree(tmp_path / "data" / "work")
    again = healthnews("demo", cwd=tmp_path)
    assert (done.returncode, again.returncode) == (2, 2)
    assert "--data demo" in done.stderr
    assert "--data demo" in again.stderr


@pytest.mark.parametrize("arguments", [("demo",), ("run", "publish"), ("schedule",)])
@pytest.mark.parametrize("place", ["file", "file/within", "/proc/nowhere"])
def test_a_place_where_nobody_can_write_is_told_by_the_commands_that_run_flows(
    tmp_path: Path, arguments: tuple[str, ...], place: str
) -> None:
    (tmp_path / "file").touch()
    done = healthnews(*arguments, "--data", place, cwd=tmp_path)
    assert done.returncode == 2
    assert f"{place} cannot be written to: " in done.stderr
    assert "choose another folder with --data" in done.stderr


@contextmanager
def fetching(where: Path, *arguments: str, number: int = signal.SIGINT) -> Iterator[tuple["subprocess.Popen[str]", Event]]:
    """A command that waits for a page, and what lets the page come."""
    asked, may_answer = Event(), Event()

    def slow(request: Request) -> Reply:
        asked.set()
        may_answer.wait(60)
        return article("第0号问题")

    with Site({"/0.html": slow}) as site:
        command = [sys.executable, "-m", "healthnews", *arguments, site.url("/0.html"), *LOOPBACK]
        process = subprocess.Popen(command, cwd=where, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            assert asked.wait(60), "the page was not asked for"
            process.send_signal(number)
            yield process, may_answer
        finally:
            may_answer.set()
            process.kill()
            process.communicate(timeout=60)


@pytest.mark.parametrize("arguments", [("crawl", "--start"), ("ingest",)])
def test_ctrl_c_while_fetching_says_that_the_page_at_hand_is_finished(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with fetching(tmp_path, *arguments) as (process, may_answer):
        assert process.stderr is not None
        assert process.stderr.readline() == "finishing the pages at hand; Ctrl-C again to stop now\n"
        may_answer.set()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command again" in said
    assert "finishing" not in said


def test_sigterm_while_fetching_ends_in_order_too(tmp_path: Path) -> None:
    with fetching(tmp_path, "crawl", "--start", number=signal.SIGTERM) as (process, may_answer):
        assert process.stderr is not None
        assert process.stderr.readline() == "finishing the pages at hand; a second SIGTERM stops now\n"
        may_answer.set()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "run the same command again" in said


@pytest.mark.usefixtures("impatient")
def test_ctrl_c_a_second_time_ends_it_at_once_and_a_later_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fetching(tmp_path, "crawl", "--start") as (process, _):
        assert process.stderr is not None
        assert process.stderr.readline().startswith("finishing")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == -signal.SIGINT, "the shell's 130; the page has not come yet"
    with Site({"/0.html": article("第0号问题")}) as site:
        monkeypatch.chdir(tmp_path)
        assert run(["crawl", "--start", site.url("/0.html"), *LOOPBACK, "--no-analyze", "--quiet"]) == 0


def test_the_demo_keeps_away_from_pages_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("医保断缴怎么办\n\n断缴三个月以内可以补缴。\n", encoding="utf-8")
    healthnews("ingest", "a.txt", cwd=tmp_path)
    done = healthnews("demo", cwd=tmp_path)
    assert done.returncode == 2
    assert "--data demo" in done.stderr
