"""`healthnews compare` and the languages of explanations, in pipes and on a real (pseudo) terminal."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from dataclasses import replace
from pathlib import Path

import pytest

import healthnews
from healthnews.dataset.exports import contradiction_object
from healthnews.pipeline.comparison import cue_in_sentence, explain_row, reason_of_object
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.queries import Dataset
from tests.conftest import write_dumps
from tests.test_cli import COMMAND, run

A, B = "河北省职工医保个人账户余额年底一律清零。", "职工医保个人账户余额年底不会清零。"
CLASH = ("职工医保住院起付线为300元。", "职工医保住院起付线不低于450元。")
HOSTILE = "账户余额\x1b]0;owned\x07会清零\u202e。"


def on_terminal(*arguments: str, cwd: Path, columns: int = 100, stdin: bytes = b"") -> str:
    """What a command draws on a terminal of so many columns, colours and styles left out."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = os.environ | {"TERM": "dumb", "COLUMNS": str(columns), "LINES": "50", "NO_COLOR": "1"}
    with subprocess.Popen([*COMMAND, *arguments], cwd=cwd, stdin=subprocess.PIPE, stdout=other, stderr=other, env=environment) as process:
        os.close(other)
        assert process.stdin
        process.stdin.write(stdin)
        process.stdin.close()
        drawn = b""
        while chunk := _read(main):
            drawn += chunk
    os.close(main)
    return drawn.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # how Linux tells that the last writer has gone
        return b""


def test_two_sentences_are_compared_as_a_table_in_a_pipe(tmp_path: Path) -> None:
    done = run("compare", *CLASH, cwd=tmp_path)
    header, row = (line.split("\t") for line in done.stdout.splitlines())
    assert header == ["label", "score", "type", "explanation"]
    assert (row[0], row[2]) == ("contradict", "numeric")
    assert f"A 称“{CLASH[0]}”,B 称“{CLASH[1]}”;冲突:起付线,数值不同(A:300元;B:不低于450元);" in row[3]
    assert done.stderr == ""
    assert not list(tmp_path.iterdir())


def test_the_json_form_is_that_of_pairs(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text(json.dumps({"a": {"text": CLASH[0]}, "b": {"text": CLASH[1]}}))
    two = json.loads(run("compare", *CLASH, "--json", cwd=tmp_path).stdout)
    assert list(two) == ["id", "label", "score", "type", "explanation"]
    assert two == json.loads(run("compare", "--pairs", "pairs.jsonl", cwd=tmp_path).stdout)


def test_explain_adds_the_claims_and_why_each_pair_clashed(tmp_path: Path) -> None:
    told = json.loads(run("compare", *CLASH, "--json", "--explain", "--lang", "en", cwd=tmp_path).stdout)
    a, b = (next(claim for claim in told["claims"][side] if claim["predicate"] == "deductible") for side in "ab")
    assert CLASH[0][a["cue_start"] : a["cue_end"]] == "起付线为300元"
    assert b["quantity"] == {"low": 450.0, "high": None, "unit": "元", "bound": "at_least"}
    pair = told["pairs"][0]
    assert (pair["a"], pair["b"], pair["label"], pair["type"]) == (a["claim_id"], b["claim_id"], "contradict", "numeric")
    assert pair["why"].startswith("clash: deductible (起付线), the numbers differ (A: 300 yuan; B: at least 450 yuan)")


def test_explain_in_a_pipe_is_three_tables(tmp_path: Path) -> None:
    shown = run("compare", A, B + "住院起付线为300元。", "--explain", cwd=tmp_path).stdout
    verdict, claims, pairs = (part.splitlines() for part in shown.split("\n\n"))
    assert len(verdict) == 2
    rows = [dict(zip(claims[0].split("\t"), line.split("\t"), strict=True)) for line in claims[1:]]
    assert {"words", "subject", "predicate", "topic", "pole", "polarity", "modality", "quantifier", "hedge", "quantity", "frame"} <= set(
        rows[0]
    )
    assert {"region", "period", "insurance", "population", "condition", "setting", "item", "payer", "pool"} <= set(rows[0])
    named = {(row["claim"][0], row["topic"]): row for row in rows}
    cleared, kept, deductible = named["A", "年底清零"], named["B", "年底清零"], named["B", "起付线"]
    assert (cleared["region"], cleared["quantifier"], kept["polarity"], deductible["quantity"]) == ("河北省", "一律", "否定", "300元")
    reasons = {tuple(line.split("\t")[:2]): line.split("\t") for line in pairs[1:]}
    assert "(A:河北省;B:未说明)" in reasons[cleared["claim"], kept["claim"]][5]
    assert reasons[cleared["claim"], deductible["claim"]][2:] == ["", "", "", "说的不是一件事(A:年底清零;B:起付线)"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "sentence A is missing"),
        ([A], "sentence B is missing"),
        ([A, "  "], "sentence B is empty"),
        ([A, B, "--pairs", "x.jsonl"], "A and --pairs"),
        (["--pairs", "x.jsonl", "--title-b", "T"], "--title-b and --pairs"),
        ([A, B, "--date-a", "gestern"], "--date-a 'gestern': expected a date such as 2025-04-19"),
        ([A, B, "--lang", "de"], "--lang"),
        ([A, B, A], "unexpected extra argument"),
        (["--pairs", "deep.jsonl"], "line 1"),
        (["--pairs", "date.jsonl"], "line 1"),
    ],
)
def test_a_mistake_is_named_and_ends_with_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "deep.jsonl").write_text("[" * 100_000)
    (tmp_path / "date.jsonl").write_text('{"a": {"text": "x"}, "b": {"text": "y", "published_at": "9999-12-31T23:00:00-12:00"}}')
    done = run("compare", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_terminal_shows_both_sentences_the_reason_and_what_was_read(tmp_path: Path) -> None:
    drawn = on_terminal("compare", A, B, "--title-a", "医保答疑", "--date-a", "2025-04-19", "--explain", cwd=tmp_path)
    assert "negation(一方肯定、一方否定), 0." in drawn
    assert f"A {A}" in drawn
    assert "医保答疑 · 2025-04-19" in drawn
    assert "冲突:年底清零,一方肯定、一方否定(A:一律是,“清零”;B:否,“不会清零”)" in drawn
    assert "A 称" not in drawn, "the sentences stand above"
    assert re.search(r"读出的陈述\s+A1\s.*\n原文词语\s+清零\s.*不会清零", drawn)
    assert "A1 × B1" in drawn


def test_a_terminal_speaks_english_when_asked(tmp_path: Path) -> None:
    drawn = on_terminal("compare", A, B, "--explain", "--lang", "en", cwd=tmp_path)
    assert re.search(r"^\s*[a-z_]+, negation, 0\.\d\d\s*$", drawn, re.MULTILINE)
    assert "region may differ (A: 河北省; B: not said)" in " ".join(drawn.split())
    assert re.search(r"Claims read\s+A1\s.*\nwords\s+清零\s.*不会清零", drawn)


def test_a_terminal_draws_pairs_as_well_and_json_when_asked(tmp_path: Path) -> None:
    line = json.dumps({"id": "p-1", "a": {"text": A}, "b": {"text": ""}}).encode()
    drawn = on_terminal("compare", "--pairs", "-", "--explain", cwd=tmp_path, stdin=line)
    assert "p-1 unrelated(无关), 0.00" in drawn
    assert json.loads(on_terminal("compare", "--pairs", "-", "--json", cwd=tmp_path, stdin=line))["id"] == "p-1"


def test_a_terminal_does_not_obey_a_sentence(tmp_path: Path) -> None:
    drawn = on_terminal("compare", HOSTILE, B, "--title-a", HOSTILE, "--explain", cwd=tmp_path)
    assert "会清零" in drawn
    assert not re.search("[\x1b\x07\u202e\x9b]", drawn)


def test_a_long_text_is_drawn_around_what_is_marked(tmp_path: Path) -> None:
    text = "这一句讲的是办理时要带的材料。" * 200 + "账户余额会清零。" + "这一句讲的是办理的步骤。" * 200
    drawn = on_terminal("compare", text, B, cwd=tmp_path)
    assert "账户余额会清零。" in drawn.replace("\n", "").replace(" ", "")
    assert drawn.count("…") >= 2
    assert len(drawn) < 2500


def test_the_drawing_marks_the_words_that_carry_the_claim(tmp_path: Path) -> None:
    program = f"""
import sys, types
sys.stdout.isatty = lambda: True
from healthnews.cli import run
run(["compare", {A!r}, {B!r}])
"""
    environment = os.environ | {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    marked = re.findall(r"\x1b\[[0-9;]*\b4\b[0-9;]*m([^\x1b]*)\x1b", done.stdout)
    assert marked == ["清零", "不会清零"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an ingested data/ in which two pages contradict a third."""
    where = tmp_path_factory.mktemp("analyst")
    ingest(DataFolder(where / "data"), [str(write_dumps(where / "in"))])
    return where


def test_contradictions_explain_in_english_what_they_store_in_chinese(data: Path) -> None:
    chinese, english = (
        [json.loads(line) for line in run("contradictions", "--json", "--all", "--lang", lang, cwd=data).stdout.splitlines()]
        for lang in ("zh", "en")
    )
    assert chinese
    for zh, en in zip(chinese, english, strict=True):
        assert zh | {"explanation": ""} == en | {"explanation": ""}
        assert zh["explanation"].startswith(f"A 称“{zh['a']['sentence']}”,B 称“{zh['b']['sentence']}”;")
        assert en["explanation"].startswith(f"A says “{en['a']['sentence']}”, B says “{en['b']['sentence']}”; ")
        assert "; scope: " in en["explanation"]


def test_contradictions_give_the_reason_in_a_pipe_and_draw_it_on_a_terminal(data: Path) -> None:
    header, first, *_ = (line.split("\t") for line in run("contradictions", cwd=data).stdout.splitlines())
    row = dict(zip(header, first, strict=True))
    assert row["reason"].startswith("冲突:年底清零,")
    drawn = on_terminal("contradictions", "--lang", "en", cwd=data)
    assert "clash: balance cleared (年底清零)," in drawn
    assert "A says" not in drawn
    assert re.search(r"same scope\s+con_", drawn)
    assert re.search(r"\n\s+body · ", drawn)


def test_what_cannot_be_said_in_english_says_so_and_stays_in_chinese(data: Path) -> None:
    dataset = Dataset(DataFolder(data / "data"))
    row, claims = dataset.contradictions()[0], dataset.claims()
    gone = {claim_id: claim for claim_id, claim in claims.items() if claim_id != row.a_claim_id}
    assert explain_row(row, gone, "en") == f"[in Chinese only: {row.a_claim_id} not among the claims] {row.explanation}"
    assert explain_row(row, gone, "zh") == row.explanation
    changed = claims | {row.a_claim_id: replace(claims[row.a_claim_id], predicate="of_another_version")}
    assert explain_row(row, changed, "en").startswith("[in Chinese only: ")
    found = contradiction_object(row, gone, dataset.titles())
    assert (found["a"]["sentence"], found["a"]["start"], found["a"]["title"]) == (row.a_sentence, None, None)
    assert cue_in_sentence(found["a"]) == (0, 0)
    assert reason_of_object(found).startswith("冲突:")


def test_python_takes_titles_and_dates_and_refuses_another_language() -> None:
    found = healthnews.compare(
        "可以。", "不能。", title_a="孕妇能不能吃螃蟹", title_b="孕妇能不能吃螃蟹", published_a="2021-05-01", published_b="2025-04-19"
    )
    assert found.label == "contradict"
    assert found.explanation.endswith("发布:A 2021-05-01,B 2025-04-19")
    with pytest.raises(ValueError, match="'de'"):
        healthnews.compare(A, B, lang="de")  # type: ignore[arg-type]
