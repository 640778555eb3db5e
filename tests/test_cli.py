"""The command line as a user meets it: real processes, real exit codes, what is on stdout and what on stderr."""

import csv
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from typer.models import CommandInfo

from healthnews.cli import app
from healthnews.crawl.frontier_records import Link
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.queries import Dataset
from healthnews.records import utc_now
from tests.command import healthnews
from tests.conftest import dump_text, write_dumps

COMMAND = [sys.executable, "-m", "healthnews"]
ROOT = Path(__file__).parents[1]


def run(*arguments: str, cwd: Path, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return healthnews(*arguments, cwd=cwd, environment=os.environ | environment, stdin=stdin)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with in/ and an ingested data/."""
    where = tmp_path_factory.mktemp("user")
    ingest(DataFolder(where / "data"), [str(write_dumps(where / "in"))])
    return where


def test_a_newcomer_gets_from_pages_to_contradictions(tmp_path: Path) -> None:
    write_dumps(tmp_path / "in")
    first = run("ingest", "in", cwd=tmp_path)
    assert first.returncode == 0
    assert "articles\t4" in first.stdout
    assert "Next: healthnews contradictions" in first.stderr
    again = run("ingest", "in", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["new_release"] is False
    assert "Nothing changed" in again.stderr


def test_contradictions_carry_verbatim_sentences_at_exact_offsets(ingested: Path) -> None:
    done = run("contradictions", "--json", cwd=ingested)
    articles = {row.article_id: row for row in Dataset(DataFolder(ingested / "data")).rows("articles")}
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found
    for one in found:
        assert {"contradiction_id", "type", "score", "scope", "topic", "explanation", "a", "b"} <= set(one)
        for side in (one["a"], one["b"]):
            assert getattr(articles[side["article_id"]], side["origin"])[side["start"] : side["end"]] == side["sentence"]


def test_a_pipe_gets_a_clean_tab_separated_table(ingested: Path) -> None:
    done = run("contradictions", "--all", cwd=ingested)
    rows = list(csv.reader(io.StringIO(done.stdout), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert rows[0][0] == "contradiction_id"
    assert {len(row) for row in rows} == {len(rows[0])}
    assert "\x1b" not in done.stdout


def test_quiet_says_nothing_on_stderr(ingested: Path) -> None:
    assert run("contradictions", "--quiet", cwd=ingested).stderr == ""


def test_extract_prints_one_article_a_page_and_writes_nothing(tmp_path: Path) -> None:
    write_dumps(tmp_path / "in", count=2)
    done = run("extract", "in", cwd=tmp_path)
    articles = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["title"] for a in articles] == ["第0个账户的钱会怎样", "第1个账户的钱会怎样"]
    assert articles[0]["related"][0]["published_at"] == "2026-02-01"
    assert articles[0]["published_at"] is None
    assert articles[0]["disclaimer"].startswith("提示")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_manifest_gives_each_article_its_id_and_address(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text(
        f"<html><body><h1>血压怎么量</h1><p>{'量血压前先坐着休息五分钟。' * 8}</p></body></html>", encoding="utf-8"
    )
    (tmp_path / "m.jsonl").write_text('{"id": "x1", "path": "p.html", "url": "https://a.example/p"}\n{"id": "x2", "path": "no.html"}\n')
    done = run("extract", "--manifest", "m.jsonl", cwd=tmp_path)
    (article,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (article["id"], article["url"], article["title"]) == ("x1", "https://a.example/p", "血压怎么量")
    assert done.returncode == 3
    assert "no.html" in done.stderr


def test_compare_answers_each_pair_of_sentences(tmp_path: Path) -> None:
    pairs = [
        {"id": 1, "a": {"text": "职工医保个人账户余额年底一律清零。"}, "b": {"text": "职工医保个人账户余额年底不会清零。"}},
        {"id": 2, "a": {"text": "感冒多喝水。"}, "b": {"text": "职工医保个人账户余额年底不会清零。"}},
    ]
    done = run("compare", "--pairs", "-", cwd=tmp_path, stdin="\n".join(json.dumps(p) for p in pairs).encode())
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(v["id"], v["label"]) for v in verdicts] == [(1, "contradict"), (2, "unrelated")]
    assert verdicts[0]["explanation"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["ingest", "nowhere.txt"], 2, "nowhere.txt: no such file or folder"),
        (["ingest", "in", "nowhere.txt"], 3, "nowhere.txt: no such file or folder"),
        (["publish", "--data", "empty"], 2, "nothing to publish"),
        (["contradictions", "--data", "empty"], 2, "healthnews ingest SOURCE"),
        (["contradictions", "--release", "1999"], 2, "no release '1999'"),
        (["duplicates", "--article", "a_none"], 2, "a_none"),
        (["compare", "--pairs", "nope.jsonl"], 2, "nope.jsonl: no such file"),
        (["extract"], 2, "--manifest"),
        (["extract", "nowhere.txt"], 2, "nowhere.txt"),
        (["extract", "--manifest", "bad.jsonl"], 2, "bad.jsonl line 1"),
        (["compare", "--pairs", "bad.jsonl"], 2, "line 1"),
        (["ingest", ""], 2, "empty"),
        (["ingest", "in", "--data", ""], 2, "store.data"),
        (["ingest", "in", "--data", "in/000.txt"], 2, "cannot be written to"),
        (["ingest", "--data", "empty"], 2, "nothing in empty"),
        (["analyze", "--data", "empty"], 2, "nothing to analyse"),
        (["nonsense"], 2, "nonsense"),
        (["ingest", "--nonsense"], 2, "--nonsense"),
    ],
)
def test_a_mistake_ends_with_its_code_and_one_sentence_that_names_it(ingested: Path, arguments: list[str], code: int, said: str) -> None:
    (ingested / "bad.jsonl").write_bytes(b'{"id": 1, "path": "in/000.txt", "url": 5}\n\xff\n')
    done = run(*arguments, cwd=ingested)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_many_failures_are_listed_up_to_a_point_and_counted_beyond(tmp_path: Path) -> None:
    for number in range(55):
        (tmp_path / f"{number:02}.pdf").touch()
    done = run("ingest", ".", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.count("unknown file type") == 50
    assert "and 5 more" in done.stderr


def test_a_folder_in_use_is_exit_code_6_and_says_by_whom(ingested: Path) -> None:
    with DataFolder(ingested / "data").locked():
        done = run("ingest", "in", cwd=ingested)
    assert done.returncode == 6
    assert f"process {os.getpid()}" in done.stderr


def test_topics_show_both_sides(ingested: Path) -> None:
    found = [json.loads(line) for line in run("topics", "--json", cwd=ingested).stdout.splitlines()]
    sides = {(row["topic"], row["side"]): row for row in found}
    assert {side for topic, side in sides if topic == "年底清零"} == {"是", "否"}
    assert all(row["statements"] >= 1 and row["sources"] == 1 for row in found)


def test_the_lexicon_has_no_entry_that_clashes_or_never_fires(tmp_path: Path) -> None:
    done = run("lexicon", "check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "problem\n")
    assert " 0 problems" in done.stderr


def test_config_says_where_each_value_came_from(tmp_path: Path) -> None:
    (tmp_path / "healthnews.toml").write_text("[ingest]\nbatch_pages = 7\n", encoding="utf-8")
    done = run("config", "--json", "--data", "elsewhere", cwd=tmp_path, HEALTHNEWS_INGEST_MAX_PAGE_BYTES="99")
    origins = {row["setting"]: (row["value"], row["from"]) for row in map(json.loads, done.stdout.splitlines())}
    assert origins["store.data"] == ("elsewhere", "flag")
    assert origins["ingest.max_page_bytes"] == ("99", "HEALTHNEWS_INGEST_MAX_PAGE_BYTES")
    assert origins["ingest.batch_pages"] == ("7", "healthnews.toml")


def test_a_terminal_without_chinese_letters_is_no_reason_to_stop(ingested: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run([*COMMAND, "contradictions", "--json"], cwd=ingested, env=environment, capture_output=True, text=True, check=True)
    assert "\\u6e05" in done.stdout


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    command = [*COMMAND, "extract", "nowhere.txt", "-"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr
    assert b"nowhere.txt" in process.stderr.readline(), "the first source is done; the second waits for standard input"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command again" in said.decode()


def test_status_counts_what_is_there(ingested: Path) -> None:
    found = json.loads(run("status", "--json", cwd=ingested).stdout)
    assert (found["rows_articles"], found["archived_pages"], found["pending"]) == (4, 3, 0)


def test_status_counts_the_addresses_that_a_crawl_has_before_it(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with folder.locked(), open_frontier(folder) as frontier:
        frontier.add([Link(f"https://a.example/{n}", depth=0) for n in range(3)], utc_now())
        with closing(sqlite3.connect(folder.frontier, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # as a crawl under way does
            found = json.loads(run("status", "--json", cwd=tmp_path).stdout)
    assert found["frontier_a.example_due"] == 3


def test_status_makes_no_frontier_and_loads_nothing_for_it(ingested: Path) -> None:
    program = "import sys; from healthnews.cli import run; run(['status', '--quiet']); print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ingested, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "False"
    assert not DataFolder(ingested / "data").frontier.exists()


def test_status_says_that_a_frontier_cannot_be_read_and_the_rest(tmp_path: Path) -> None:
    frontier = DataFolder(tmp_path / "data").frontier
    frontier.parent.mkdir(parents=True)
    frontier.write_bytes(b"no database at all" * 100)
    told = run("status", "--json", cwd=tmp_path)
    found = json.loads(told.stdout)
    assert "not a database" in found["frontier_error"]
    assert "healthnews doctor" in told.stderr
    assert found["archived_pages"] == 0


def test_a_reader_that_goes_away_is_no_error(ingested: Path) -> None:
    done = subprocess.run(
        f"{' '.join(COMMAND)} contradictions --json | true; exit ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", cwd=ingested, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert b"Broken" not in done.stderr


def test_a_run_killed_at_checkpoints_is_continued_without_loss_or_double_rows(tmp_path: Path) -> None:
    for number in range(120):
        path = tmp_path / "in" / f"{number:03}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            dump_text(
                f"第{number}个问题的答案是什么", [f"第{number}条:余额年底不会清零。"], [(f"第{number + 1}个问题的答案是什么", "摘要")]
            )
        )
    ingest(DataFolder(tmp_path / "undisturbed"), [str(tmp_path / "in")])
    for commits in (1, 3, 5):
        _kill_after(tmp_path, commits)
    assert run("ingest", "in", cwd=tmp_path).returncode == 0
    killed, whole = Dataset(DataFolder(tmp_path / "data")), Dataset(DataFolder(tmp_path / "undisturbed"))
    for name in ("articles", "related_links", "captures", "claims"):
        assert len(killed.rows(name)) == len(whole.rows(name)), name
    assert {row.article_id for row in killed.rows("articles")} == {row.article_id for row in whole.rows("articles")}
    assert len({row.sha256 for row in killed.rows("captures")}) == 120


def _kill_after(where: Path, commits: int) -> None:
    """Start an ingest and kill it with SIGKILL once the captures table has so many commits."""
    log = DataFolder(where / "data").tables / "captures" / "_delta_log"
    process = subprocess.Popen([*COMMAND, "ingest", "in", "--quiet"], cwd=where, env=os.environ | {"HEALTHNEWS_INGEST_BATCH_PAGES": "15"},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    give_up_at = time.monotonic() + 60
    while process.poll() is None and len(list(log.glob("*.json"))) < commits:
        assert time.monotonic() < give_up_at, "the ingest made no progress"
        os.sched_yield()
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_every_command_and_option_has_help() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        assert command.callback.__doc__, command.callback.__name__
    shown = run("--help", cwd=ROOT).stdout
    names = {(c.name or c.callback.__name__).replace("_", "-") for c in app.registered_commands if c.callback}
    assert all(re.search(rf"\b{name}\b", shown) for name in names)


@pytest.mark.parametrize("command", [c for c in app.registered_commands if c.callback], ids=lambda c: c.callback.__name__)
def test_the_help_of_a_command_holds_what_its_docstring_says(command: CommandInfo) -> None:
    assert command.callback is not None
    shown = " ".join(run(command.name or command.callback.__name__, "--help", cwd=ROOT, COLUMNS="200").stdout.split())
    assert " ".join((command.callback.__doc__ or "").split()) in shown
    assert "[]" not in shown


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = {(c.name or c.callback.__name__).replace("_", "-") for c in app.registered_commands if c.callback}
    assert not {name for name in names if f"healthnews {name}" not in readme}


@pytest.mark.parametrize(
    "command",
    ["ingest", "extract", "analyze", "duplicates", "contradictions", "topics", "lexicon", "compare", "publish", "status", "config"],
)
def test_every_command_takes_the_common_options(command: str) -> None:
    shown = run(command, "--help", cwd=ROOT, COLUMNS="200").stdout
    assert all(option in shown for option in ("--data", "--json", "--quiet"))
