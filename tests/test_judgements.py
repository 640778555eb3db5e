"""The file of judgements: nothing that was written is lost, whatever is killed, cut off, full or sent by strangers."""

import io
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.errors import UsageError
from healthnews.judgements import (
    FILE,
    MAX_LINE_BYTES,
    TORN_FILE,
    add_judgement,
    import_judgements,
    judgement_line,
    parse_judgement,
    read_judgements,
    with_id,
)
from healthnews.records import Judgement, stable_id

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def judgement(number: int = 0, **values: Any) -> Judgement:
    """A judgement on a pair of our own."""
    a, b = sorted((stable_id("stm", number, "a"), stable_id("stm", number, "b")))
    made: dict[str, Any] = {
        "judgement_id": "",
        "contradiction_id": stable_id("con", a, b),
        "a_statement_id": a,
        "b_statement_id": b,
        "a_sentence": f"第{number}种药饭前吃。",
        "b_sentence": f"第{number}种药饭后吃。",
        "verdict": "accept",
        "reason": None,
        "judged_by": "王",
        "judged_at": NOW,
        "rule": "antonym:meal_time",
        "type": "antonym",
        "topic": "服药时间",
    }
    return with_id(Judgement(**(made | values)))


texts = st.text(st.characters(codec="utf-8"), max_size=40)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=40).filter(str.strip)


@given(a=texts, b=texts, reason=st.none() | words, name=words, moment=st.datetimes(datetime(1, 1, 3), timezones=st.just(UTC)))
def test_a_judgement_survives_its_line(a: str, b: str, reason: str | None, name: str, moment: datetime) -> None:
    row = judgement(a_sentence=a, b_sentence=b, reason=reason, judged_by=name, judged_at=moment)
    line = judgement_line(row)
    assert b"\n" not in line
    assert parse_judgement(line) == row


def test_what_was_added_is_read_in_its_order(tmp_path: Path) -> None:
    rows = [add_judgement(tmp_path, judgement(n)) for n in range(3)]
    assert list(read_judgements(tmp_path).rows) == rows
    assert read_judgements(tmp_path).unreadable == ()
    assert read_judgements(tmp_path / "nowhere").rows == ()


def test_a_clock_set_back_does_not_make_a_new_judgement_the_older_one(tmp_path: Path) -> None:
    first = add_judgement(tmp_path, judgement())
    second = add_judgement(tmp_path, judgement(verdict="reject", judged_at=NOW - timedelta(days=400)))
    other = add_judgement(tmp_path, judgement(1, judged_at=NOW - timedelta(days=400)))
    assert second.judged_at > first.judged_at
    assert other.judged_at < first.judged_at


@pytest.mark.parametrize("values", [{"reason": "a\x1b[2Jb"}, {"reason": "字" * 10_001}, {"judged_by": " "}, {"a_statement_id": ""}])
def test_what_could_not_be_read_again_is_not_written(tmp_path: Path, values: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(values))):
        add_judgement(tmp_path, judgement(**values))
    assert not (tmp_path / FILE).exists()


def test_a_line_cut_off_at_any_byte_costs_no_other_and_is_set_aside(tmp_path: Path) -> None:
    kept, torn = judgement(0), judgement(1, reason="理由")
    whole = judgement_line(kept) + b"\n" + judgement_line(torn) + b"\n"
    first = len(judgement_line(kept)) + 1
    for cut in range(first, len(whole) + 1):
        (tmp_path / FILE).write_bytes(whole[:cut])
        (tmp_path / TORN_FILE).unlink(missing_ok=True)
        is_whole = cut >= len(whole) - 1
        before = read_judgements(tmp_path)
        assert list(before.rows) == ([kept, torn] if is_whole else [kept])
        assert [one.line for one in before.unreadable] == ([] if is_whole or cut == first else [2])
        new = add_judgement(tmp_path, judgement(2))
        after = read_judgements(tmp_path)
        assert list(after.rows) == [*before.rows, new]
        assert after.unreadable == ()
        aside = (tmp_path / TORN_FILE).read_bytes() if (tmp_path / TORN_FILE).exists() else b""
        assert after.set_aside == aside.count(b"\n")
        assert aside == (b"" if is_whole or cut == first else whole[first:cut] + b"\n")


def test_an_unreadable_line_is_told_with_its_number_and_stays(tmp_path: Path) -> None:
    lines = [judgement_line(judgement(0)), b"\xff\xfe", b"", b"[1]", judgement_line(judgement(1))]
    (tmp_path / FILE).write_bytes(b"\n".join(lines) + b"\n")
    add_judgement(tmp_path, judgement(2))
    found = read_judgements(tmp_path)
    assert len(found.rows) == 3
    assert [(one.line, one.reason) for one in found.unreadable] == [(2, "not UTF-8 at byte 0"), (4, "expected a JSON object, found [1]")]
    assert b"\xff\xfe\n\n[1]\n" in (tmp_path / FILE).read_bytes()


def _add_many(folder: Path, first: int) -> None:
    for number in range(first, first + 15):
        add_judgement(folder, judgement(number))


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_add_many, args=(tmp_path, first)) for first in (0, 100, 200)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    found = read_judgements(tmp_path)
    assert (len(found.rows), found.unreadable) == (45, ())


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from healthnews.judgements import add_judgement
from tests.test_judgements import judgement
for number in range(100000):
    print(add_judgement(Path({str(tmp_path)!r}), judgement(number)).judgement_id, flush=True)
"""
    root = Path(__file__).parents[1]
    process = subprocess.Popen([sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    told = [process.stdout.readline().strip() for _ in range(20)]
    process.send_signal(signal.SIGKILL)
    told += process.stdout.read().split()
    process.wait()
    new = add_judgement(tmp_path, judgement(200_000))
    found = read_judgements(tmp_path)
    assert set(told) <= {row.judgement_id for row in found.rows}
    assert found.rows[-1] == new
    assert found.unreadable == ()


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    add_judgement(tmp_path, judgement(0))
    before = (tmp_path / FILE).read_bytes()
    program = f"""
import resource
from pathlib import Path
from healthnews.errors import UsageError
from healthnews.judgements import add_judgement
from tests.test_judgements import judgement
resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 20}, {len(before) + 20}))
try:
    add_judgement(Path({str(tmp_path)!r}), judgement(1))
except UsageError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    assert "cannot be written to" in done.stdout
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_nobody_may_write_to_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written to"):
        add_judgement(tmp_path / "judgements", judgement())


def imported(folder: Path, content: bytes) -> tuple[int, int, list[tuple[int, str]]]:
    done = import_judgements(folder, io.BytesIO(content), NOW)
    return len(done.added), done.known, [(one.line, one.reason) for one in done.refused]


def test_an_export_is_taken_in_once(tmp_path: Path) -> None:
    rows = [add_judgement(tmp_path / "ours", judgement(n)) for n in range(3)]
    content = b"".join(judgement_line(row) + b"\r\n" for row in [*rows, rows[0]])
    assert imported(tmp_path / "theirs", b"\xef\xbb\xbf" + content) == (3, 1, [])
    assert imported(tmp_path / "theirs", content) == (0, 4, [])
    assert read_judgements(tmp_path / "theirs").rows == tuple(rows)
    assert imported(tmp_path / "nothing", b"\n\n") == (0, 0, [])
    assert not (tmp_path / "nothing").exists()


def test_a_line_without_an_id_gets_the_one_that_its_content_gives(tmp_path: Path) -> None:
    values = json.loads(judgement_line(judgement()))
    del values["judgement_id"]
    assert imported(tmp_path, json.dumps(values).encode()) == (1, 0, [])
    assert read_judgements(tmp_path).rows == (judgement(),)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verdict": "maybe"}, "expected accept, reject, unsure"),
        ({"verdict": None}, "verdict is None; expected text"),
        ({"reason": 5}, "reason is 5; expected text"),
        ({"reason": "x\x1b[31m"}, "control characters"),
        ({"reason": "x" * 10_001}, "expected 1 to 10,000 characters"),
        ({"reason": "\ud800"}, "expected text"),
        ({"judged_by": ""}, "judged_by is ''"),
        ({"judged_at": "yesterday"}, "expected a moment with its zone"),
        ({"judged_at": "2026-01-01T00:00:00"}, "expected a moment with its zone"),
        ({"judged_at": "0001-01-01T00:00:00+14:00"}, "expected a moment with its zone"),
        ({"judged_at": "2199-01-01T00:00:00Z"}, "lies in the future"),
        ({"a_statement_id": "../../etc"}, "a_statement_id is '../../etc'"),
        ({"a_statement_id": "stm_ffffffffffffffff", "b_statement_id": "stm_0000000000000000"}, "must be the smaller"),
        ({"a_statement_id": "stm_0000000000000000", "b_statement_id": "stm_0000000000000000"}, "two different ids"),
        ({"judgement_id": "jdg_0000000000000000"}, "was changed afterwards"),
        ({"a_sentence": ["x"]}, "a_sentence is ['x']"),
        ({"more": 1}, "unknown name 'more'"),
    ],
)
def test_a_line_that_is_no_judgement_is_refused_with_its_reason_and_the_rest_taken(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    values = json.loads(judgement_line(judgement())) | change
    if "judgement_id" not in change:
        del values["judgement_id"]
    added, _, refused = imported(tmp_path, json.dumps(values).encode() + b"\n" + judgement_line(judgement(1)))
    assert added == 1
    assert [line for line, _ in refused] == [1]
    assert said in refused[0][1]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"reason": ' + b"1" * 5_000 + b"}", "4300"),
        (b'{"reason": "a", "reason": "b"}', "stands in it twice"),
        (b"\x00\x00", "not JSON"),
        (b"x" * (MAX_LINE_BYTES + 1), "longer than"),
        (b"x" * (3 * MAX_LINE_BYTES), "longer than"),
        (b"{}", "contradiction_id is missing"),
        (b"null", "expected a JSON object"),
    ],
    ids=["deep", "number", "twice", "nul", "long", "longer", "empty", "null"],
)
def test_hostile_lines_are_refused_one_by_one(tmp_path: Path, line: bytes, said: str) -> None:
    added, _, refused = imported(tmp_path, line + b"\n" + judgement_line(judgement()) + b"\n")
    assert added == 1
    assert [number for number, _ in refused] == [1]
    assert said in refused[0][1]
    assert len(refused[0][1]) < 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
NAMES = [f.name for f in fields(Judgement)]


@given(line=st.binary(max_size=200))
def test_bytes_are_a_judgement_or_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_judgement(line)


@given(changes=st.dictionaries(st.sampled_from(NAMES), json_values, max_size=3), gone=st.sets(st.sampled_from(NAMES), max_size=2))
def test_an_object_is_a_judgement_that_can_be_written_or_refused(changes: dict[str, Any], gone: set[str]) -> None:
    values = {name: value for name, value in (json.loads(judgement_line(judgement())) | changes).items() if name not in gone}
    try:
        row = parse_judgement(json.dumps(values).encode())
    except ValueError:
        return
    assert parse_judgement(judgement_line(row)) == row


def test_the_id_follows_from_everything_else() -> None:
    row = judgement()
    assert with_id(row) == row
    assert with_id(replace(row, judgement_id="x")) == row
    assert with_id(replace(row, reason="x")) != row
    assert with_id(replace(row, topic="x")).judgement_id != row.judgement_id
