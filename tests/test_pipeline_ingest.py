"""Ingest: everything has one final status, a second run changes nothing, a killed one is continued."""

import hashlib
import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

import healthnews
from healthnews.errors import LockedError
from healthnews.extract.registry import parse_page
from healthnews.pipeline import ingestion, parsing, reading
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.queries import Dataset, read_status
from healthnews.records import TABLES, Article, RawPage
from tests.conftest import dump_text, write_dumps


def digests(folder: DataFolder) -> dict[str, str]:
    """Digest of every file of the newest release's tables."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder.clean / "latest").glob("*.parquet"))
        if path.stem in TABLES
    }


def test_dumps_become_articles_links_claims_and_a_release(folder: DataFolder, tmp_path: Path) -> None:
    summary = ingest(folder, [str(write_dumps(tmp_path / "in"))])
    assert (summary.archived, summary.parsed, summary.failures) == (3, 3, [])
    dataset = Dataset(folder)
    records = {row.title: row.record for row in dataset.rows("articles")}
    assert records == {**{f"第{n}个账户的钱会怎样": "page" for n in range(3)}, "第3个账户的钱会怎样": "stub"}
    assert len(dataset.rows("related_links")) == 3
    assert dataset.contradictions(), "two of the pages contradict each other"
    assert summary.release is not None
    assert summary.release.created


def test_a_second_run_over_the_same_sources_changes_nothing(folder: DataFolder, tmp_path: Path) -> None:
    source = str(write_dumps(tmp_path / "in"))
    (tmp_path / "in" / "empty.txt").write_bytes(b"")
    first = ingest(folder, [source, "no-such-file.txt"])
    before = digests(folder)
    second = ingest(folder, [source, "no-such-file.txt"])
    assert (second.archived, second.unchanged, second.parsed) == (0, 4, 0)
    assert second.release is not None
    assert not second.release.created
    assert digests(folder) == before
    assert [f.failure_id for f in second.failures] == [f.failure_id for f in first.failures]
    assert len(list(folder.clean.glob("2*"))) == 1


def test_a_rebuild_from_the_archive_gives_the_same_bytes(folder: DataFolder, tmp_path: Path) -> None:
    source = write_dumps(tmp_path / "in")
    ingest(folder, [str(source / "001.txt"), "missing.txt"])
    ingest(folder, [str(source)])
    before = digests(folder)
    shutil.rmtree(folder.root / "work")
    summary = ingest(folder, [])
    assert summary.parsed == 3
    assert digests(folder) == before


def test_tables_of_another_version_of_the_program_are_made_anew(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = str(write_dumps(tmp_path / "in"))
    with monkeypatch.context() as other:
        other.setattr("healthnews.pipeline.folder.layout", lambda: "00000000")
        ingest(folder, [source])
        outdated = folder.tables
    before = digests(folder)
    assert outdated.is_dir()
    assert len(Dataset(folder).rows("articles")) == 4, "the release can be read all the same"
    summary = ingest(folder, [source])
    assert summary.parsed == 3
    assert not outdated.exists()
    assert digests(folder) == before


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.html", b" \n\t ", "empty"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "binary"),
        ("picture.html", bytes(range(256)) * 64, "binary"),
        ("cut.txt", "标题\n\n正文的最后一个字只有一半".encode()[:-1], "truncated"),
        ("cut.html", "<html><body><h1>标题</h1><p>正文正文正文</p><div class=".encode(), "truncated"),
        ("huge.txt", b"x" * 50_000_000, "too_large"),
        ("table.xlsx", b"PK\x03\x04", "unknown_type"),
        ("broken.jsonl", b'{"title": "no end', "bad_json"),
    ],
)
def test_bad_input_is_refused_with_a_reason_and_the_rest_ingested(
    folder: DataFolder, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    source = write_dumps(tmp_path / "in")
    (source / name).write_bytes(content)
    summary = ingest(folder, [str(source)], with_analysis=False)
    (failure,) = summary.failures
    assert failure.reason == reason
    assert summary.parsed == 3
    assert [row.reason for row in Dataset(folder).rows("failures")] == [reason]


def test_a_bug_in_a_parser_costs_its_page_and_no_other(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def parse_with_bug(page: RawPage, assigned: Mapping[str, str]) -> Article:
        if page.url.endswith("001.txt"):
            raise ZeroDivisionError("a bug")
        return parse_page(page, assigned)

    monkeypatch.setattr(reading, "parse_page", parse_with_bug)
    summary = ingest(folder, [str(write_dumps(tmp_path / "in"))], with_analysis=False)
    assert [(f.reason, f.url) for f in summary.failures] == [("parser_error", "file:in/001.txt")]
    assert summary.parsed == 2


def test_gbk_bytes_in_a_page_that_says_utf8_are_read(folder: DataFolder, tmp_path: Path) -> None:
    page = "<html><head><meta charset=utf-8><title>医保账户怎么用</title></head><body><h1>医保账户怎么用</h1><p>{}</p></body></html>"
    (tmp_path / "wrong.html").write_bytes(page.format("个人账户可以支付门诊和药店的费用,余额不清零。" * 5).encode("gb18030"))
    summary = ingest(folder, [str(tmp_path / "wrong.html")], with_analysis=False)
    assert summary.failures == []
    (row,) = Dataset(folder).rows("articles")
    assert row.title == "医保账户怎么用"
    assert "个人账户可以支付门诊" in row.body
    (capture,) = Dataset(folder).rows("captures")
    assert (capture.charset, capture.charset_evidence) == ("gb18030", "scored")


def test_one_quarantined_page_has_one_capture_and_one_failure(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    ingest(folder, [str(tmp_path / "a.txt")])
    dataset = Dataset(folder)
    assert [row.outcome for row in dataset.rows("captures")] == ["quarantined"]
    assert [row.stage for row in dataset.rows("failures")] == ["parse"]
    assert read_status(folder).pending == 0


def test_page_json_lines_keep_their_address_tags_and_date(folder: DataFolder, tmp_path: Path) -> None:
    line = {
        "url": "https://a.example/1?utm_source=x",
        "title": "医保断缴怎么办",
        "text": "断缴三个月以内可以补缴。\n补缴后待遇恢复。",
        "published_at": "2026-01-05",
        "tags": ["医保"],
        "related": [{"title": "断缴后能报销吗", "url": "/2", "snippet": "断缴期间", "tag": "医保", "published_at": "2026-01-04"}],
    }
    ingest(folder, ["-"], stdin=io.BytesIO(json.dumps(line, ensure_ascii=False).encode()))
    page, stub = sorted(Dataset(folder).rows("articles"), key=lambda row: str(row.record))
    assert (page.canonical_url, page.host, page.tags, str(page.published_at)[:10]) == (
        "https://a.example/1",
        "a.example",
        ("医保",),
        "2026-01-05",
    )
    assert (stub.canonical_url, stub.published_at_source) == ("https://a.example/2", "related_block")


def test_a_new_version_of_a_page_replaces_the_old_one_and_its_links(folder: DataFolder, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        dump_text("题目一二三", ["第一版的正文,说的是门诊。"], [("甲", "摘要甲的内容"), ("乙", "摘要乙的内容")]), encoding="utf-8"
    )
    ingest(folder, [str(path)])
    path.write_text(dump_text("题目一二三", ["第二版的正文,说的是住院。"], [("丙", "摘要丙的内容")]), encoding="utf-8")
    ingest(folder, [str(path)])
    dataset = Dataset(folder)
    (page,) = (row for row in dataset.rows("articles") if row.record == "page")
    assert page.body == "第二版的正文,说的是住院。"
    assert [row.title for row in dataset.rows("related_links")] == ["丙"]
    assert len(dataset.rows("captures")) == 2
    assert {row.title for row in dataset.rows("articles")} == {"题目一二三", "甲", "乙", "丙"}


@pytest.mark.parametrize(("module", "step"), [(parsing, "append_batch"), (ingestion, "analyze_store"), (ingestion, "publish_store")])
def test_a_run_that_dies_between_steps_is_continued_without_loss_or_double_rows(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str
) -> None:
    source = str(write_dumps(tmp_path / "in", count=5))
    undisturbed = DataFolder(tmp_path / "undisturbed")
    ingest(undisturbed, [source])

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, step, die)
        with pytest.raises(KeyboardInterrupt):
            ingest(folder, [source], batch_pages=2)
    summary = ingest(folder, [source], batch_pages=2)
    assert summary.archived == 0
    for name in ("articles", "related_links", "captures", "claims", "contradictions"):
        assert len(Dataset(folder).rows(name)) == len(Dataset(undisturbed).rows(name)), name


def test_a_second_writer_is_turned_away_by_name(folder: DataFolder) -> None:
    with folder.locked(), pytest.raises(LockedError, match="in use by process"):
        ingest(folder, ["any.txt"])


def test_load_gives_a_data_frame_of_the_newest_release(folder: DataFolder, tmp_path: Path) -> None:
    ingest(folder, [str(write_dumps(tmp_path / "in"))])
    articles = healthnews.load("articles", data=str(folder.root))
    assert len(articles) == 4
    assert set(articles["record"]) == {"page", "stub"}


def test_what_is_ingested_after_the_work_folder_was_deleted_is_published(folder: DataFolder, tmp_path: Path) -> None:
    source = write_dumps(tmp_path / "in")
    ingest(folder, [str(source / "000.txt"), str(source / "001.txt")])
    shutil.rmtree(folder.root / "work")
    summary = ingest(folder, [str(source / "002.txt")])
    assert summary.release is not None
    assert summary.release.created
    assert len(healthnews.load("captures", data=str(folder.root))) == 3


def test_a_damaged_record_is_quarantined_and_the_rest_read(folder: DataFolder, tmp_path: Path) -> None:
    ingest(folder, [str(write_dumps(tmp_path / "in"))], with_analysis=False)
    capture = next(row for row in Dataset(folder).rows("captures") if row.url == "file:in/001.txt")
    warc = folder.raw / capture.warc_file
    content = bytearray(warc.read_bytes())
    content[capture.warc_offset + 25] ^= 0xFF
    warc.write_bytes(content)
    for remains in ("index", "no index"):
        shutil.rmtree(folder.root / "work")
        if remains == "no index":
            next(folder.raw.glob("*.cdxj")).unlink()
        summary = ingest(folder, [], with_analysis=False)
        assert summary.parsed == 2
        assert {row.reason for row in Dataset(folder).rows("failures")} == {"damaged_archive"}


def test_pages_of_one_title_without_address_collide_in_the_open(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, text in (("a", "职工医保个人账户的余额年底不会清零,可以结转。"), ("b", "职工医保个人账户的余额到年底一律清零,不能结转。")):
        (tmp_path / "in" / f"{name}.txt").write_text(dump_text("医保卡年底会清零吗", [text]), encoding="utf-8")
    for _ in range(2):
        summary = ingest(folder, [str(tmp_path / "in")], with_analysis=False)
        (failure,) = summary.failures
        assert (failure.reason, failure.url) == ("title_collision", "file:in/b.txt")
        assert "file:in/a.txt" in failure.detail


def test_a_page_saved_under_the_wrong_ending_is_read_under_the_right_one(folder: DataFolder, tmp_path: Path) -> None:
    wrong, right = tmp_path / "page.txt", tmp_path / "page.html"
    wrong.write_text(f"<html><body><h1>血压怎么量才准</h1><p>{'先坐着休息五分钟再量。' * 9}</p></body></html>", encoding="utf-8")
    assert [f.reason for f in ingest(folder, [str(wrong)], with_analysis=False).failures] == ["not_an_article"]
    wrong.rename(right)
    summary = ingest(folder, [str(right)], with_analysis=False)
    assert (summary.parsed, summary.failures) == (1, [])


def test_lone_surrogates_in_page_json_are_replaced(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text(
        '{"url":"https://e.example/\\ud800","title":"标题\\ud800一二三","text":"余额不清零。\\udfff","tags":["\\ud801"]}\n',
        encoding="utf-8",
    )
    summary = ingest(folder, [str(tmp_path / "s.jsonl")])
    assert summary.failures == []
    (row,) = Dataset(folder).rows("articles")
    row.title.encode()


def test_a_refused_file_alone_is_a_row_of_a_release(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    assert ingest(folder, [str(tmp_path / "table.xlsx")]).release is not None
    assert list(healthnews.load("failures", data=str(folder.root))["reason"]) == ["unknown_type"]


def test_a_run_with_nothing_but_missing_sources_makes_no_release(folder: DataFolder) -> None:
    assert ingest(folder, ["typo.txt"]).release is None
    assert not list(folder.clean.glob("2*"))
