"""The commands about releases: what they print, and the codes that they end with."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from healthnews.cli import run
from healthnews.dataset.release import Options
from healthnews.dataset.versions import newest_manifest
from healthnews.pipeline.describing import describe_release
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from tests.conftest import write_dumps
from tests.release_tables import NOW, edit, make_tables, publish, replaced

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def filled(folder: DataFolder, tmp_path: Path) -> DataFolder:
    ingest(folder, [str(write_dumps(tmp_path / "dumps"))], with_release=False)
    return folder


def test_publish_makes_the_forms_asked_for_and_says_where(filled: DataFolder, capsys: Captured) -> None:
    data = ["--data", str(filled.root)]
    assert run(["publish", "--formats", "csv,sqlite", *data]) == 0
    printed = capsys.readouterr()
    assert "csv/articles.csv\t\t" in printed.out
    assert "healthnews.sqlite\t\t" in printed.out
    assert (filled.clean / "latest" / "index.html").exists()
    assert (filled.clean / "index.html").exists()
    assert run(["publish", "--formats", "csv", *data]) == 0
    assert "already holds these tables" in capsys.readouterr().err
    assert run(["publish", "--text", "excerpt", *data]) == 0
    assert run(["validate", *data]) == 0
    assert run(["validate", "--release", "latest", *data]) == 0
    capsys.readouterr()
    latest = (filled.clean / "latest").readlink().name
    (other,) = [path.name for path in filled.clean.glob("2*") if path.name != latest]
    assert run(["diff", other, latest, *data, "--table", "articles"]) == 0
    assert "body, sections, excerpt" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["publish", "--formats", "pdf"], "no format pdf; there are csv, excel.csv, jsonl.gz, xlsx, sqlite, sample, and all"),
        (["publish", "--accept-drift", " "], "--accept-drift needs a reason"),
        (["diff", "a", "b"], "no release 'a'"),
        (["diff", "a", "b", "--table", "x"], "no table 'x'"),
        (["validate"], "there is nothing to look at"),
        (["download", "ftp://a.example"], "is no http address"),
        (["serve", "--release", "1999"], "no release '1999'"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(tmp_path: Path, capsys: Captured, arguments: list[str], said: str) -> None:
    assert run([*arguments, "--data", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_what_cannot_be_served_is_not_said_to_be_served(tmp_path: Path, capsys: Captured) -> None:
    assert run(["serve", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("healthnews: no release")


def test_a_choice_that_there_is_not_is_told_without_the_words_of_a_library(capsys: Captured) -> None:
    assert run(["lexicon", "chek"]) == 2
    assert "Invalid value for 'action': 'chek' is not one of 'check'." in capsys.readouterr().err


def test_settings_name_forms_and_text(filled: DataFolder, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("HEALTHNEWS_PUBLISH_FORMATS", "sample")
    monkeypatch.setenv("HEALTHNEWS_PUBLISH_TEXT", "excerpt")
    assert run(["publish", "--data", str(filled.root), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {file["path"].split("/")[0] for file in told["files"]} == {"sample"}
    assert "first 200 characters" in (filled.clean / "latest" / "TERMS.md").read_text()
    monkeypatch.setenv("HEALTHNEWS_PUBLISH_TEXT", "half")
    assert run(["publish", "--data", str(filled.root)]) == 2
    assert "publish.text = 'half' (from HEALTHNEWS_PUBLISH_TEXT): expected full or excerpt" in capsys.readouterr().err


def test_what_is_told_nothing_is_made_as_the_newest_release(
    filled: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    data = ["--data", str(filled.root)]
    assert run(["publish", "--text", "excerpt", "--formats", "csv", *data]) == 0
    first = newest_manifest(filled.clean)
    capsys.readouterr()
    assert run(["ingest", str(write_dumps(tmp_path / "same")), *data]) == 0
    assert newest_manifest(filled.clean) == first, "nothing new is no reason for whole texts"
    assert run(["ingest", str(write_dumps(tmp_path / "more", 6)), *data]) == 0
    second = newest_manifest(filled.clean)
    assert first is not None
    assert second is not None
    assert (second["previous"], second["text"], second["formats"]) == (first["version"], "excerpt", ["csv"])
    assert "It holds excerpts, not whole texts and csv; so will the next ones" in capsys.readouterr().err
    monkeypatch.setenv("HEALTHNEWS_PUBLISH_TEXT", "full")
    assert run(["publish", *data]) == 0
    assert (newest_manifest(filled.clean) or {})["text"] == "full"
    assert run(["publish", "--text", "excerpt", *data]) == 0
    assert (newest_manifest(filled.clean) or {})["text"] == "excerpt"


def test_a_refusal_is_code_4_with_a_report_and_the_last_release_stays(
    filled: DataFolder, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("healthnews.dataset.checks.EARLIEST", NOW.replace(tzinfo=None, year=2100))
    data = ["--data", str(filled.root)]
    assert run(["validate", *data, "--json"]) == 4
    assert json.loads(capsys.readouterr().out.splitlines()[0])["check"] == "date_range"
    assert run(["publish", *data, "--json"]) == 4
    printed = capsys.readouterr()
    assert "healthnews: the release is refused by" in printed.err
    assert "there is no release" in printed.err
    assert json.loads(printed.out.splitlines()[0])["refuses"] is True
    assert not (filled.clean / "latest").exists()
    assert "未通过检查" in (filled.clean / "index.html").read_text(encoding="utf-8")


def test_serve_says_when_whole_texts_are_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    served: list[Path] = []
    monkeypatch.setattr("healthnews.pipeline.serving.serve_releases", lambda clean, *_: served.append(clean))
    clean = DataFolder(tmp_path).clean
    publish(clean, make_tables(), options=Options(text="excerpt"))
    assert run(["serve", "--data", str(tmp_path)]) == 0
    assert "hole texts" not in capsys.readouterr().err
    whole = publish(clean, make_tables(), now=NOW + timedelta(days=1))
    publish(clean, make_tables(), options=Options(text="excerpt"), now=NOW + timedelta(days=2))
    assert run(["serve", "--data", str(tmp_path), "--quiet"]) == 0
    assert f"Whole texts are in 1 of the releases served ({whole.version})" in capsys.readouterr().err
    assert served == [clean, clean]


def test_diff_tells_in_words_and_row_by_row(tmp_path: Path, capsys: Captured) -> None:
    clean = DataFolder(tmp_path).clean
    first = publish(clean, make_tables(), describe=describe_release)
    changed = edit(make_tables(), "contradictions", replaced(status="rejected"))
    second = publish(clean, changed, now=NOW + timedelta(days=1), describe=describe_release)
    command = ["diff", first.version, "latest", "--data", str(tmp_path)]
    assert run(command) == 0
    words = capsys.readouterr().out
    assert second.version in words
    assert "a person rejected it" in words
    assert run([*command, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(row["table"], row["change"], *row["columns"]) for row in rows} == {("contradictions", "MOD", "status")}
    assert run([*command, "--table", "contradictions"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["change\tkey\tcolumns", "MOD\tx_m_00000_m_00001\tstatus"]
