"""Judgements and the dataset: they hold in every rebuild and release, are seen at once, and what is stale or hidden is told."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from healthnews.errors import UsageError
from healthnews.judgements import FILE, add_judgement, read_judgements, with_id
from healthnews.pipeline.analysis import analyze, update_contradictions
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.judging import judge
from healthnews.pipeline.publication import publish
from healthnews.pipeline.queries import Dataset, read_status
from healthnews.records import ContradictionRow, JudgementRow, stable_id
from tests.conftest import dump_text, write_dumps
from tests.test_cli import run
from tests.test_pipeline_ingest import digests
from tests.test_readme import block

CITIES = ("北京市", "上海市", "天津市", "重庆市", "广州市", "深圳市")


def write_cities(where: Path) -> Path:
    """Two dumps for each city that contradict each other: as many pairs of one rule, each in a scope of its own."""
    where.mkdir()
    for city in CITIES:
        for number, words in enumerate(("的余额年底不会清零。", "的余额到了年底一律清零。")):
            text = dump_text(f"{city}账户的钱第{number}问", [f"{city}职工医保个人账户{words}"])
            (where / f"{city}{number}.txt").write_text(text, encoding="utf-8")
    return where


def flagged(folder: DataFolder) -> list[ContradictionRow]:
    return [row for row in Dataset(folder).contradictions() if row.status == "flagged"]


def judged(folder: DataFolder) -> list[JudgementRow]:
    rows: list[JudgementRow] = Dataset(folder).rows("judgements")
    return rows


def statuses(folder: DataFolder) -> dict[str, str]:
    return {row.contradiction_id: row.status for row in Dataset(folder).rows("contradictions")}


@pytest.fixture
def source(tmp_path: Path) -> str:
    return str(write_dumps(tmp_path / "in"))


def test_a_verdict_is_seen_at_once_and_makes_no_release(folder: DataFolder, source: str) -> None:
    ingest(folder, [source])
    before = digests(folder)
    (row,) = flagged(folder)
    outcome = judge(folder, row.contradiction_id, "reject", reason="另一年", judged_by="王")
    assert outcome.after is not None
    assert outcome.after.status == "rejected"
    assert statuses(folder)[row.contradiction_id] == "rejected"
    assert Dataset(folder).contradictions() == []
    assert digests(folder) == before
    assert Dataset(folder).version == "unpublished"


@pytest.mark.parametrize("how", ["ingest", "publish", "analyze"])
def test_the_next_run_releases_the_judgement_once(folder: DataFolder, source: str, how: str) -> None:
    ingest(folder, [source])
    (row,) = flagged(folder)
    judge(folder, row.contradiction_id, "accept", reason=None, judged_by="王")
    if how == "ingest":
        ingest(folder, [])
    else:
        if how == "analyze":
            assert analyze(folder).contradictions["accepted"] == 1
        release = publish(folder)
        assert release is not None
        assert release.created
    dataset = Dataset(folder, "latest")
    assert [one.status for one in dataset.contradictions()] == ["accepted"]
    (one,) = dataset.rows("judgements")
    assert (one.verdict, one.judged_by, one.applies_to, one.engine_status, one.stale) == (
        "accept", "王", row.contradiction_id, "flagged", False,
    )  # fmt: skip
    assert len(list(folder.clean.glob("2*"))) == 2
    for again in (lambda: ingest(folder, [source]), lambda: publish(folder), lambda: analyze(folder), lambda: publish(folder)):
        again()
    assert not Dataset(folder).is_unpublished
    assert len(list(folder.clean.glob("2*"))) == 2


def test_judgements_survive_every_rebuild_byte_for_byte(folder: DataFolder, source: str) -> None:
    ingest(folder, [source])
    (row,) = flagged(folder)
    judge(folder, row.contradiction_id, "reject", reason="另一年", judged_by="王")
    publish(folder)
    before = digests(folder)
    for gone in ((folder.root / "work",), (folder.clean,), (folder.root / "work", folder.clean)):
        for path in gone:
            shutil.rmtree(path)
        ingest(folder, [])
        assert digests(folder) == before
    assert analyze(folder, full=True).contradictions["rejected"] == 1
    assert update_contradictions(folder)["rejected"] == 1
    assert statuses(folder)[row.contradiction_id] == "rejected"


def test_a_judgement_needs_no_lock_and_the_run_that_holds_it_takes_it_in(folder: DataFolder, source: str) -> None:
    ingest(folder, [source])
    (row,) = flagged(folder)
    with folder.locked():
        judge(folder, row.contradiction_id, "reject", reason=None, judged_by="王")
        assert statuses(folder)[row.contradiction_id] == "rejected"


def test_a_changed_page_makes_its_judgement_stale_and_nothing_else_happens(folder: DataFolder, source: str) -> None:
    ingest(folder, [source])
    (row,) = flagged(folder)
    judge(folder, row.contradiction_id, "reject", reason=None, judged_by="王")
    page = Path(source) / "001.txt"
    page.write_text(page.read_text(encoding="utf-8").replace("到了年底一律清零", "每年年底都要清零"), encoding="utf-8")
    ingest(folder, [source])
    (new,) = flagged(folder)
    assert new.contradiction_id != row.contradiction_id
    assert [(one.stale, one.applies_to, one.is_latest) for one in judged(folder)] == [(True, None, True)]
    status = read_status(folder)
    assert (status.judgements, status.stale_judgements, status.pending_judgements) == (1, 1, 0)
    with pytest.raises(UsageError, match="is not found any more"):
        judge(folder, row.contradiction_id, "accept", reason=None, judged_by="王")


def test_a_judgement_keeps_its_pair_when_the_scope_of_a_sentence_is_read_anew(folder: DataFolder, source: str) -> None:
    ingest(folder, [source])
    (row,) = flagged(folder)
    made = judge(folder, row.contradiction_id, "reject", reason=None, judged_by="王").judgement
    (folder.judgements / FILE).unlink()
    other = stable_id("stm", "the id of another lexicon")
    sides = sorted([(other, made.a_sentence), (made.b_statement_id, made.b_sentence)])
    (a, a_sentence), (b, b_sentence) = sides
    earlier = replace(made, a_statement_id=a, b_statement_id=b, a_sentence=a_sentence, b_sentence=b_sentence)
    add_judgement(folder.judgements, with_id(replace(earlier, contradiction_id=stable_id("con", a, b))))
    assert statuses(folder)[row.contradiction_id] == "rejected"
    assert [(one.stale, one.applies_to) for one in judged(folder)] == [(False, row.contradiction_id)]


def test_the_topics_are_counted_with_what_people_judged(folder: DataFolder, source: str) -> None:
    ingest(folder, [source])
    (row,) = flagged(folder)
    counted = [topic.contradictions for topic in Dataset(folder).rows("topics") if topic.topic == row.topic]
    assert counted == [1, 1]
    judge(folder, row.contradiction_id, "reject", reason=None, judged_by="王")
    for dataset in (Dataset(folder), publish(folder) and Dataset(folder, "latest"), analyze(folder) and Dataset(folder)):
        assert dataset
        assert [topic.contradictions for topic in dataset.rows("topics") if topic.topic == row.topic] == [0, 0]
    (folder.judgements / FILE).unlink()
    assert [topic.contradictions for topic in Dataset(folder).rows("topics") if topic.topic == row.topic] == [1, 1]


def test_a_rule_that_people_keep_refuting_is_suppressed_in_plain_sight(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    ingest(folder, [str(write_cities(tmp_path / "in"))])
    rows = flagged(folder)
    assert len({row.rule for row in rows}) == 1
    assert len(rows) == len(CITIES)
    for row in rows[:4]:
        judge(folder, row.contradiction_id, "reject", reason=None, judged_by="王")
    done = run("judge", rows[4].contradiction_id, "reject", cwd=tmp_path)
    assert f"The rule {rows[0].rule} is suppressed with 1 contradictions that nobody judged: people accepted 0 of 5" in done.stderr
    for release in ([], ["--release", "latest"]):
        shown = run("contradictions", *release, cwd=tmp_path)
        assert len(shown.stdout.splitlines()) == 1
        assert "precision 0.00, between 0.00 and 0.43; `healthnews contradictions --all` shows them" in shown.stderr
        every = run("contradictions", "--all", *release, "--json", cwd=tmp_path)
        found = {one["contradiction_id"]: one["status"] for one in map(json.loads, every.stdout.splitlines())}
        assert found[rows[5].contradiction_id] == "suppressed"
        publish(folder)
    (rule,) = [one for one in map(json.loads, run("judge", "stats", "--json", cwd=tmp_path).stdout.splitlines()) if one["by"] == "rule"]
    assert (rule["name"], rule["accepted"], rule["rejected"], rule["suppressed"], rule["hidden"]) == (rows[0].rule, 0, 5, True, 1)
    assert (rule["precision"], rule["low"], round(rule["high"], 3)) == (0, 0, 0.434)
    again = run("judge", rows[5].contradiction_id, "accept", cwd=tmp_path)
    assert "is no longer suppressed: people accepted 1 of 6" in again.stderr


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an ingested data/ of two contradictions."""
    where = tmp_path_factory.mktemp("user")
    ingest(DataFolder(where / "data"), [str(write_cities(where / "in"))])
    return where


def test_the_command_takes_a_part_of_an_id_and_says_what_it_did(user: Path) -> None:
    row = flagged(DataFolder(user / "data"))[0]
    first = run("judge", row.contradiction_id[4:10], "unsure", "--by", "李", "--json", cwd=user)
    told = json.loads(first.stdout)
    assert (told["contradiction_id"], told["verdict"], told["status"], told["judged_by"]) == (
        row.contradiction_id,
        "unsure",
        "flagged",
        "李",
    )
    second = run("judge", row.contradiction_id[:10], "accept", "--reason", "两句都对不上", cwd=user, HEALTHNEWS_JUDGE_NAME="赵")
    assert "status\taccepted" in second.stdout
    assert "judged_by\t赵" in second.stdout
    assert "Judged unsure by 李 on" in second.stderr
    assert "healthnews publish" in second.stderr
    history = json.loads(run("judge", row.contradiction_id, "--json", cwd=user).stdout)
    assert history["contradiction"]["status"] == "accepted"
    assert [(one["verdict"], one["reason"]) for one in history["judgements"]] == [("accept", "两句都对不上"), ("unsure", None)]
    table = run("judge", row.contradiction_id, cwd=user)
    assert len(table.stdout.splitlines()) == 3
    assert "is accepted" in table.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["con_ffffffffffffffff", "accept"], "no contradiction 'con_ffffffffffffffff'; `healthnews contradictions --all`"),
        (["con_", "accept"], "no id of a contradiction"),
        (["con_x", "accept"], "`healthnews contradictions --all` lists the ids"),
        (["exprot"], "did you mean `healthnews judge export`?"),
        (["ID", "acept"], "did you mean accept?"),
        (["ID", "yes"], "expected accept, reject, unsure"),
        (["ID", "--reason", "x"], "--reason belongs to a verdict"),
        (["stats", "--by", "x"], "--by belongs to a verdict"),
        (["export", "x"], "takes no 'x'"),
        (["import"], "healthnews judge import FILE"),
        (["import", "nowhere.jsonl"], "nowhere.jsonl: no such file"),
        (["ID", "accept", "--by", " "], "judge.name (from flag) is empty"),
        (["ID", "accept", "--reason", "a\x07b"], "reason is"),
        (["ID", "accept", "--data", "empty"], "healthnews ingest SOURCE"),
        (["stats", "--data", "empty"], "healthnews ingest SOURCE"),
    ],
)
def test_a_mistake_is_named_with_what_to_do(user: Path, arguments: list[str], said: str) -> None:
    row = Dataset(DataFolder(user / "data")).contradictions()[0]
    before = len(read_judgements(user / "data" / "judgements").rows)
    done = run("judge", *(row.contradiction_id if one == "ID" else one for one in arguments), cwd=user)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(read_judgements(user / "data" / "judgements").rows) == before


def test_the_command_takes_the_common_options(user: Path) -> None:
    shown = run("judge", "--help", cwd=user, COLUMNS="200").stdout
    assert all(option in shown for option in ("--data", "--json", "--quiet", "--reason", "--by"))


def test_an_id_that_fits_several_names_them(user: Path) -> None:
    ids = [row.contradiction_id for row in Dataset(DataFolder(user / "data")).contradictions(with_all=True)]
    letters = [one[4] for one in ids]
    shared = next(letter for letter in letters if letters.count(letter) > 1)
    done = run("judge", shared, "accept", cwd=user)
    assert done.returncode == 2
    assert re.search(rf"'{shared}' fits \d+ contradictions: con_{shared}.*give more of the id", done.stderr)


def test_bytes_of_a_terminal_that_are_no_text_are_no_reason_to_stop(user: Path) -> None:
    row = flagged(DataFolder(user / "data"))[-1]
    done = run("judge", row.contradiction_id, "unsure", "--reason", "a\udcffb", "--json", cwd=user)
    assert json.loads(done.stdout)["reason"] == "a\ufffdb"


def test_an_export_carries_judgements_to_another_folder(user: Path, tmp_path: Path) -> None:
    row = flagged(DataFolder(user / "data"))[0]
    run("judge", row.contradiction_id, "reject", cwd=user)
    exported = run("judge", "export", cwd=user).stdout
    ingest(DataFolder(tmp_path / "data"), [str(user / "in")])
    (tmp_path / "mixed.jsonl").write_text(exported + '{"verdict": "accept"}\n', encoding="utf-8")
    done = run("judge", "import", "mixed.jsonl", "--json", cwd=tmp_path)
    lines = len(exported.splitlines())
    assert json.loads(done.stdout) == {"added": lines, "known": 0, "refused": 1}
    assert done.returncode == 3
    assert f"mixed.jsonl line {lines + 1}: contradiction_id is missing" in done.stderr
    assert statuses(DataFolder(tmp_path / "data"))[row.contradiction_id] == "rejected"
    again = run("judge", "import", "-", "--json", cwd=tmp_path, stdin=exported.encode())
    assert (again.returncode, json.loads(again.stdout)) == (0, {"added": 0, "known": lines, "refused": 0})
    assert run("judge", "export", cwd=tmp_path).stdout == exported
    nothing = run("judge", "import", "-", cwd=tmp_path, stdin=b"[]\n")
    assert nothing.returncode == 2


def test_unreadable_lines_and_what_waits_are_told_by_status(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    ingest(folder, [str(write_dumps(tmp_path / "in"))])
    (row,) = flagged(folder)
    shutil.rmtree(folder.root / "work")
    done = run("judge", row.contradiction_id, "accept", cwd=tmp_path)
    assert "once the work tables are made anew: healthnews ingest" in done.stderr
    with (folder.judgements / FILE).open("ab") as file:
        file.write(b"not a judgement\n")
    status = run("status", "--json", cwd=tmp_path)
    told = json.loads(status.stdout)
    assert (told["judgements"], told["judgements_pending"], told["judgements_unreadable"]) == (1, 1, 1)
    assert "judgements.jsonl line 2: not JSON" in status.stderr
    assert run("judge", "export", cwd=tmp_path).returncode == 3
    assert "1 of them show once" in run("judge", "stats", cwd=tmp_path).stderr
    ingest(folder, [])
    assert read_status(folder).pending_judgements == 0
    assert statuses(folder)[row.contradiction_id] == "accepted"


def test_a_folder_with_judgements_alone_has_a_status(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    ingest(folder, [str(write_dumps(tmp_path / "in"))])
    judge(folder, flagged(folder)[0].contradiction_id, "accept", reason=None, judged_by="王")
    for gone in ("work", "clean", "raw"):
        shutil.rmtree(folder.root / gone)
    status = read_status(folder)
    assert (status.judgements, status.pending_judgements) == (1, 1)


def test_the_judging_of_the_readme_prints_what_it_says(tmp_path: Path) -> None:
    command = tmp_path / "healthnews"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m healthnews "$@"\n')
    command.chmod(0o755)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block("commands") + "echo ---\n" + block("judging")],
        cwd=tmp_path, env=os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    shown = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", "2026-03-01T08:00:00+00:00", ran.stdout.split("---\n")[1])
    assert re.sub(r"jdg_[0-9a-f]{16}", "jdg_0123456789abcdef", shown) == block("judged")
