"""Local sources: every file gives pages or one reason why not."""

import gzip
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.crawl.sources import HTML, PAGE_JSON, TEXT, SourceFailure, SourceItem, SourcePage, list_files, read_file
from healthnews.crawl.urls import canonical_url, host_of, local_address
from healthnews.errors import UsageError


def read(path: Path, stdin: bytes = b"", max_bytes: int = 1000) -> list[SourceItem]:
    return list(read_file(path.name, path, io.BytesIO(stdin), max_bytes))


def test_a_folder_is_walked_in_order_without_hidden_files_and_page_assets(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.html", ".hidden/x.txt", "page_files/logo.html", ".DS_Store"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text("x", encoding="utf-8")
    assert [name for name, _ in list_files([str(tmp_path / "in")])] == ["in/a/c.html", "in/b.txt"]


def test_names_do_not_carry_the_path_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "一页.txt").write_text("x", encoding="utf-8")
    (page,) = read(tmp_path / "一页.txt")
    assert isinstance(page, SourcePage)
    assert page.url == "file:一页.txt"


@pytest.mark.parametrize(("name", "kind"), [("a.txt", TEXT), ("a.HTML", HTML), ("a.htm.gz", HTML)])
def test_the_name_tells_the_media_type(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"x") if name.endswith(".gz") else b"x")
    (page,) = read(path)
    assert page == SourcePage(local_address(name), kind, b"x")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("picture.png", b"x", "unknown_type"),
        ("big.txt", b"x" * 1001, "too_large"),
        ("bomb.txt.gz", gzip.compress(b"x" * 50_000, mtime=0), "too_large"),
        ("broken.txt.gz", b"\x1f\x8b\x08broken", "unreadable"),
        ("cut.txt.gz", gzip.compress(b"y" * 900, mtime=0)[:-6], "unreadable"),
    ],
)
def test_a_file_that_cannot_be_a_page_has_one_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    (failure,) = read(tmp_path / name)
    assert isinstance(failure, SourceFailure)
    assert failure.reason == reason
    assert name in failure.detail


def test_a_missing_path_is_a_failure_that_names_it(tmp_path: Path) -> None:
    (failure,) = read(tmp_path / "nope.txt")
    assert isinstance(failure, SourceFailure)
    assert failure.reason == "missing"


def test_each_line_is_a_page_under_its_own_address(tmp_path: Path) -> None:
    lines = [json.dumps({"url": "https://a.example/1", "title": "题", "text": "文"}), "", "{broken", json.dumps({"title": "无址"}), "[1]"]
    (tmp_path / "p.jsonl").write_text("\n".join(lines), encoding="utf-8")
    pages = read(tmp_path / "p.jsonl")
    assert [p.url for p in pages] == ["https://a.example/1", "file:p.jsonl#3", "file:p.jsonl#4", "file:p.jsonl#5"]
    assert all(isinstance(p, SourcePage) and p.content_type == PAGE_JSON for p in pages)


@pytest.mark.parametrize("url", ["https://a.example/\\r\\nX: y", "https://a.example/\\ud800", "https://a.example/" + "x" * 9000])
def test_an_address_that_no_header_can_hold_is_no_address(tmp_path: Path, url: str) -> None:
    (tmp_path / "p.jsonl").write_text(f'{{"url": "{url}", "title": "题"}}\n', encoding="utf-8")
    (page,) = read(tmp_path / "p.jsonl", max_bytes=20_000)
    assert isinstance(page, SourcePage)
    assert page.url == "file:p.jsonl#1"


def test_a_name_that_is_not_utf8_is_escaped(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xc4\xe3.txt"))
    path.write_bytes(b"x")
    (page,) = read(path)
    assert isinstance(page, SourcePage)
    assert page.url == "file:%C4%E3.txt"


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "link.txt").symlink_to("nowhere")
    failures = [item for _, path in list_files([str(tmp_path)]) for item in read(path)]
    assert [f.reason for f in failures if isinstance(f, SourceFailure)] == ["unreadable", "unreadable"]


def test_the_data_folder_is_no_source(tmp_path: Path) -> None:
    for name in ("a.txt", "data/work/x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [path.name for _, path in list_files([str(tmp_path)], excluded=tmp_path / "data")] == ["a.txt"]
    (tmp_path / "data" / "work" / "lock").touch()
    assert [path.name for _, path in list_files([str(tmp_path)])] == ["a.txt"], "nor is the data folder of another project"


def test_an_empty_source_is_refused() -> None:
    with pytest.raises(UsageError, match="empty"):
        list_files([""])


def test_a_line_that_is_too_long_is_refused_and_the_next_read(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_bytes(b"{" + b"x" * 3000 + b"}\n{}\n")
    first, second = read(tmp_path / "p.jsonl")
    assert isinstance(first, SourceFailure)
    assert second == SourcePage("file:p.jsonl#2", PAGE_JSON, b"{}")


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        ("标题\n\n正文".encode(), [TEXT]),
        (b"  <!DOCTYPE html><p>x", [HTML]),
        (b'{"title":"a"}\n{"title":"b"}', [PAGE_JSON, PAGE_JSON]),
        (b'\xef\xbb\xbf{"title":"a"}', [PAGE_JSON]),
        (b"", [TEXT]),
    ],
)
def test_standard_input_is_told_by_its_beginning(content: bytes, kinds: list[str]) -> None:
    pages = list(read_file("-", Path("-"), io.BytesIO(content), 1000))
    assert [p.content_type for p in pages if isinstance(p, SourcePage)] == kinds


@given(content=st.binary(max_size=3000), name=st.sampled_from(["a.txt", "a.jsonl", "a.html.gz", "a.ndjson.gz", "-"]))
def test_no_bytes_make_reading_fail(tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str) -> None:
    path = tmp_path_factory.mktemp("in") / name if name != "-" else Path("-")
    if name != "-":
        path.write_bytes(content)
    for item in read_file(name, path, io.BytesIO(content), 500):
        assert isinstance(item, SourceFailure) or len(item.payload) <= 500


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://User:pw@Example.COM:80/a/../b?b=2&utm_source=x&a=1#part", "http://example.com/b?a=1&b=2"),
        ("https://例子.example/%D6%D0?q=%D6%D0", "https://xn--fsqu00a.example/%D6%D0?q=%D6%D0"),
        ("file:a.txt", None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_an_address_has_one_canonical_form(url: str, expected: str | None) -> None:
    assert canonical_url(url) == expected


@given(st.text(max_size=60))
def test_canonical_form_is_stable_and_never_fails(text: str) -> None:
    once = canonical_url("http://" + text)
    assert once is None or canonical_url(once) == once
    host_of(text)
