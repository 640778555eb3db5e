"""From a data folder to topic pages: the right question, everything that belongs to it, files that can be opened, errors that help."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from healthnews.cli import run
from healthnews.errors import UsageError
from healthnews.language.concepts import load_lexicon
from healthnews.pipeline.explorer import Explorer, describe_scope, write_topic, write_topics
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.queries import Dataset
from healthnews.pipeline.questions import QuestionKey, choose_questions, key_of, one_question, ordered_rows
from healthnews.records import Scope, TopicRow
from tests.test_cli_compare import on_terminal
from tests.test_readme import block, without_moments

FILLER = "参保人可以带身份证到窗口查询，也可以用手机查询，当天就能看到结果。如果对结果有疑问，可以拨打当地的服务电话，工作时间都有人接听。"
OTHER_FILLER = "账户里的钱怎么用各地有各地的规定，先问清楚参保地的经办机构。单位每月申报以后，钱分两笔到账，手机上能看到明细。"
KEPT = "职工医保个人账户的余额年底不会清零，可以结转到下一年继续使用。"
CLEARED = "职工医保个人账户的余额到了年底一律清零，不能结转。"
EVIL = "<script>alert(1)</script>\u202e会清零吗"


def page(url: str, title: str, sentences: str, day: str | None = None, filler: str = FILLER, **more: Any) -> dict[str, Any]:
    return {"url": url, "title": title, "text": f"{sentences}\n{filler}"} | ({"published_at": day} if day else {}) | more


PAGES = [
    page("https://www.a.example/1", "医保账户的钱年底会怎样", KEPT, "2025-04-01"),
    page("https://m.a.example/2", "个人账户余额怎么处理", KEPT.replace("余额年底", "余额在年底"), "2025-06-01", OTHER_FILLER),
    page("https://copy.example/1", "医保账户的钱年底会怎样", KEPT, "2025-04-03"),
    page("https://b.example/1", "年底余额会作废吗", CLEARED),
    page("https://b.example/2", "到底会不会清零", f"{CLEARED}\n二、补充\n职工医保个人账户余额不会清零。", "2025-07-01", OTHER_FILLER),
    page(
        "https://c.example/1", EVIL, "福建厦门职工医保个人账户余额年底会清零。", "2025-08-01",
        related=[{"title": "泉州余额怎么算", "url": "https://c.example/9", "published_at": "2025-08-02",
                  "snippet": "泉州职工医保个人账户余额年底不会清零。需要"}],
    ),
    page("https://d.example/1", "以前怎样", "以前职工医保个人账户余额年底会清零。"),
    page("https://e.example/1", "武汉起付线", "武汉职工医保住院起付线为500元。", "2025-01-01"),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A data folder with both sides of one question, copies, a stub, an undated page, and hostile words."""
    where = tmp_path_factory.mktemp("topics")
    (where / "pages.jsonl").write_text("".join(json.dumps(one) + "\n" for one in PAGES), encoding="utf-8")
    found = DataFolder(where / "data")
    ingest(found, [str(where / "pages.jsonl")])
    return found


@pytest.fixture(scope="module")
def dataset(folder: DataFolder) -> Dataset:
    return Dataset(folder)


@pytest.fixture(scope="module")
def key(dataset: Dataset) -> QuestionKey:
    return one_question(dataset.rows("topics"), "年底清零")


def command(*arguments: str, folder: DataFolder) -> int:
    return run([*arguments, "--data", str(folder.root)])


# --- rows of the release


def test_the_release_counts_sources_dates_and_regions_of_each_side(dataset: Dataset, key: QuestionKey) -> None:
    rows: dict[str, TopicRow] = {row.side: row for row in dataset.rows("topics") if key_of(row) == key}
    kept, cleared = rows["否"], rows["是"]
    assert kept.is_contested
    assert cleared.is_contested
    assert (kept.sources, kept.articles, kept.undated, kept.weakly_dated) == (3, 5, 0, 1), "a (with its copy), b and c"
    assert (cleared.sources, cleared.articles, cleared.undated) == (2, 3, 1), "d tells of the past"
    assert kept.statements == 3
    assert {region.region for region in cleared.regions} == {"福建省/厦门", None}
    assert [count.month for count in cleared.months] == ["2025-07", "2025-08"]
    (article_id,) = kept.self_contradicting
    assert dataset.articles()[article_id].url == "https://b.example/2"


def test_a_view_agrees_with_the_row_and_quotes_verbatim(dataset: Dataset, key: QuestionKey) -> None:
    view = Explorer.of(dataset, [key]).view(key)
    articles = dataset.articles()
    rows = {row.side: row for row in dataset.rows("topics") if key_of(row) == key}
    for side in view.sides:
        row = rows[side.side]
        assert (len(side.statements), len(side.sources), side.articles) == (row.statements, row.sources, row.articles)
        for witness in (one for statement in side.statements for one in statement.witnesses):
            text = getattr(articles[witness.article_id], witness.origin)
            assert text[witness.start : witness.end] == witness.sentence
            assert witness.start <= witness.cue_start < witness.cue_end <= witness.end
    assert view.contradictions
    assert {(one.a_side, one.b_side) for one in view.contradictions} <= {("是", "否"), ("否", "是")}
    (alone,) = view.self_contradictions
    assert alone.url == "https://b.example/2"
    assert {alone.pairs[0].a.sentence, alone.pairs[0].b.sentence} == {CLEARED, "职工医保个人账户余额不会清零。"}
    copies = [one for side in view.sides for statement in side.statements for one in statement.witnesses if one.copy_of]
    assert [one.url for one in copies] == ["https://copy.example/1"]


def test_an_older_release_without_the_new_columns_is_still_read() -> None:
    row = TopicRow(topic="年底清零", predicate="balance_cleared", side="是", statements=1, sources=1)
    assert (row.item, row.is_contested, row.months) == ("", False, ())


# --- choosing a question


def rows_named(*names: tuple[str, str]) -> list[TopicRow]:
    return [TopicRow(topic=topic, predicate="p", item=item, side="是", statements=1, sources=1) for topic, item in names]


NAMED = rows_named(("能不能吃", ""), ("能不能吃", "西瓜"), ("能不能吃", "苹果"), ("每天吃多少", "西瓜"), ("年底清零", ""))


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("年底清零", ["年底清零"]),
        (" 年底 清零。", ["年底清零"]),
        ("清零", ["年底清零"]),
        ("能不能吃", ["能不能吃"]),
        ("能不能吃:西瓜", ["能不能吃：西瓜"]),
        ("西瓜", ["每天吃多少：西瓜", "能不能吃：西瓜"]),
        ("吃", ["每天吃多少：西瓜", "能不能吃", "能不能吃：苹果", "能不能吃：西瓜"]),
    ],
)
def test_a_question_is_found_by_its_name_or_a_part_of_it(words: str, titles: list[str]) -> None:
    assert sorted(key.title for key in choose_questions(NAMED, words)) == sorted(titles)


def test_a_topic_that_is_only_asked_of_things_names_all_of_them() -> None:
    assert len(choose_questions(rows_named(("能不能吃", "西瓜"), ("能不能吃", "苹果")), "能不能吃")) == 2


@given(st.text(max_size=10))
def test_any_words_name_questions_or_end_in_one_sentence(words: str) -> None:
    told = ""
    try:
        found = choose_questions(NAMED, words)
    except UsageError as error:
        found, told = [], str(error)
    assert found or "年底清零" in told


def test_an_error_names_some_topics_and_counts_the_rest() -> None:
    with pytest.raises(UsageError, match="and 8 more"):
        choose_questions(rows_named(*((f"主题{number}", "") for number in range(20))), "没有的")
    with pytest.raises(UsageError, match="no topics yet"):
        choose_questions([], "没有的")


def test_contested_questions_come_first_then_those_with_most_sources() -> None:
    def row(topic: str, side: str, sources: int, is_contested: bool) -> TopicRow:
        return TopicRow(topic=topic, predicate="p", side=side, statements=1, sources=sources, is_contested=is_contested)

    rows = [
        row("少", "否", 1, True),
        row("少", "是", 2, True),
        row("多", "是", 9, False),
        row("更多", "是", 5, True),
        row("更多", "否", 6, True),
    ]
    assert [(one.topic, one.side) for one in ordered_rows(rows)] == [
        ("更多", "否"),
        ("更多", "是"),
        ("少", "是"),
        ("少", "否"),
        ("多", "是"),
    ]


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope(), ""),
        (Scope(insurance="employee", population="retired"), "职工医保 · 退休人员"),
        (Scope(period="2025-01-01/2026-01-01"), "2025年"),
        (Scope(period="2025-07-01/.."), "2025-07-01起"),
        (Scope(period="../2022-01-01"), "2022-01-01前"),
        (Scope(period="2025-07-01/2025-08-01"), "2025-07-01至2025-08-01"),
        (Scope(period="present", condition="断缴后"), "现行 · 断缴后"),
    ],
)
def test_a_scope_is_said_in_words(scope: Scope, words: str) -> None:
    assert describe_scope(scope, load_lexicon()) == words


# --- files


def test_one_page_is_one_file_that_holds_everything(dataset: Dataset, key: QuestionKey, tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    write_topic(dataset, key, path)
    html = path.read_text(encoding="utf-8")
    parsed = LexborHTMLParser(html)
    assert [node.text() for node in parsed.css(".side > h2")] == ["否", "是"]
    assert EVIL.replace("\u202e", "") in {node.text() for node in parsed.css(".meta a")}
    assert not parsed.css("script")
    assert list(path.parent.iterdir()) == [path]


def test_the_same_release_gives_the_same_bytes(dataset: Dataset, folder: DataFolder, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_topics(Dataset(folder), tmp_path / name)
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}


def test_an_index_leads_to_every_question_with_more_than_one_side(dataset: Dataset, tmp_path: Path) -> None:
    written = write_topics(dataset, tmp_path / "site")
    assert [key.title for key, _ in written] == ["年底清零"], "of the others there is one side only"
    index = LexborHTMLParser((tmp_path / "site" / "index.html").read_text(encoding="utf-8"))
    links = [str(node.attributes["href"]) for node in index.css(".topics a")]
    assert [tmp_path / "site" / link for link in links] == [path for _, path in written]
    page = LexborHTMLParser((tmp_path / "site" / links[0]).read_text(encoding="utf-8"))
    assert [node.attributes["href"] for node in page.css(".up a")] == ["index.html"]


def test_places_that_cannot_be_written_to_are_named(dataset: Dataset, key: QuestionKey, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a folder; name a file"):
        write_topic(dataset, key, tmp_path)
    with pytest.raises(UsageError, match="is a file; name a folder"):
        write_topics(dataset, tmp_path / "file")
    with pytest.raises(UsageError, match="cannot be written"):
        write_topic(dataset, key, tmp_path / "file" / "page.html")
    with pytest.raises(UsageError, match="cannot be written"):
        write_topic(dataset, key, tmp_path / ("x" * 300))


def test_a_question_that_the_release_does_not_hold_is_named(dataset: Dataset) -> None:
    gone = QuestionKey("能不能吃", "may_eat", "西瓜")
    with pytest.raises(UsageError, match="能不能吃"):
        Explorer.of(dataset, [gone]).view(gone)


# --- the command line


def test_the_table_marks_what_is_contested(folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("topics", folder=folder) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    assert [(row["topic"], row["side"], row["contested"]) for row in rows[:2]] == [("年底清零", "否", "yes"), ("年底清零", "是", "yes")]
    assert all(row["contested"] == "" for row in rows[2:])


def test_json_gives_every_column_of_every_side(folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("topics", "--json", folder=folder) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0]["months"][0] == {"month": "2025-04", "statements": 1, "weakly_dated": 0}
    assert rows[0]["first_published_at"] == "2025-04-01"
    assert all(row["statements"] >= 1 for row in rows)


@pytest.mark.parametrize("arguments", [["年底清零"], ["--topic", "年底清零"], ["清零"], ["年底清零", "--topic", "年底清零"]])
def test_one_topic_as_json_is_one_object_with_all_of_it(
    folder: DataFolder, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert command("topics", *arguments, "--json", folder=folder) == 0
    (found,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [side["side"] for side in found["sides"]] == ["否", "是"]
    assert found["sides"][0]["statements"][0]["witnesses"][0]["sentence"]
    assert found["contradictions"]
    assert len(found["self_contradictions"]) == 1


def test_one_topic_in_a_pipe_is_a_table_of_its_statements(folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("topics", "年底清零", folder=folder) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert {len(line) for line in lines} == {len(lines[0])}
    assert {line[0] for line in lines[1:]} == {"是", "否"}


def test_pages_are_written_and_named(folder: DataFolder, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert command("topics", "年底清零", "--html", str(tmp_path / "one.html"), folder=folder) == 0
    assert capsys.readouterr().out == f"topic\tpage\n年底清零\t{tmp_path / 'one.html'}\n"
    assert command("topics", "--html", str(tmp_path / "all"), folder=folder) == 0
    said = capsys.readouterr()
    assert "index.html in a browser" in said.err
    assert (tmp_path / "all" / "index.html").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["topics", "没有的"], "no topic '没有的'; there are 年底清零"),
        (["topics", ""], "no topic ''"),
        (["topics", "年底清零", "--topic", "起付线"], "give one of them"),
        (["topics", "线", "--html", "x.html", "--release", "1999"], "no release '1999'"),
        (["topics", "--data", "nowhere"], "healthnews ingest SOURCE"),
        (["topics", "年底清零", "--html", "."], "is a folder"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    folder: DataFolder, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    rest = [] if "--data" in arguments else ["--data", str(folder.root)]
    assert run([*arguments, *rest]) == 2
    assert said in capsys.readouterr().err


def test_a_terminal_gets_a_page_without_control_characters_of_strangers(folder: DataFolder) -> None:
    program = "import sys; sys.stdout.isatty = lambda: True; from healthnews.cli import run; sys.exit(run(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", program, "topics", "年底清零", "--data", str(folder.root)],
        capture_output=True, text=True, check=True, timeout=60, env=os.environ | {"NO_COLOR": "1", "TERM": "dumb"},
    )  # fmt: skip
    assert "年底清零  (contested)" in done.stdout
    assert "1 article that contradicts itself" in done.stdout
    assert "\u202e" not in done.stdout


def test_help_and_empty_folders_load_no_template(folder: DataFolder) -> None:
    program = "import sys; from healthnews.cli import run; run(['topics', '--help']); print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "False"


def test_the_topic_is_drawn_as_the_readme_says(tmp_path: Path) -> None:
    (tmp_path / "healthnews").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m healthnews "$@"\n')
    (tmp_path / "healthnews").chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block("commands")], cwd=tmp_path, env=environment, capture_output=True, check=True, timeout=120
    )
    _, *arguments = shlex.split(block("topic"))
    drawn = on_terminal(*arguments, cwd=tmp_path, columns=120)
    lines = [line.rstrip() for line in without_moments(drawn).strip("\n").splitlines()]
    *beginning, rest = block("topic shown").splitlines()
    assert (lines[: len(beginning)], rest) == (beginning, "…")
