"""The archive keeps what was added, whatever happens to the process."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthnews.crawl.archive import Archive
from healthnews.errors import PageError
from tests.conftest import SEEN_AT


def add(archive: Archive, number: int) -> None:
    archive.add(f"file:页面{number}.txt", f"第{number}页".encode() * 50, "text/plain", SEEN_AT, "resource")


def test_what_was_added_is_read_back(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        entry = archive.add("file:a b.txt", "正文".encode(), "text/plain", SEEN_AT, "resource")
        archive.sync()
        assert archive.read(entry) == "正文".encode()
    assert list(Archive(tmp_path).entries()) == [entry]


def test_other_tools_read_the_warc(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        add(archive, 1)
    with next(tmp_path.glob("*.warc.gz")).open("rb") as file:
        records = [(r.headers["WARC-Type"], r.verify_block_digest()) for r in ArchiveIterator(file, parse_http=False)]
    assert [kind for kind, _ in records] == ["warcinfo", "resource"]
    assert all(whole for _, whole in records)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=0, max_value=2_000), index_cut=st.integers(min_value=0, max_value=800), count=st.integers(1, 4))
def test_a_file_cut_anywhere_is_repaired_and_can_be_appended_to(
    tmp_path_factory: pytest.TempPathFactory, cut: int, index_cut: int, count: int
) -> None:
    folder = tmp_path_factory.mktemp("raw")
    with Archive(folder) as archive:
        for number in range(count):
            add(archive, number)
        before = list(archive.entries())
    warc = next(folder.glob("*.warc.gz"))
    index = next(folder.glob("*.cdxj"))
    kept_bytes = max(0, warc.stat().st_size - cut)
    with warc.open("r+b") as file:
        file.truncate(kept_bytes)
    with index.open("r+b") as file:
        file.truncate(max(0, index.stat().st_size - index_cut))
    with Archive(folder) as archive:
        whole = [entry for entry in before if entry.offset + entry.length <= kept_bytes]
        assert list(archive.entries()) == whole
        add(archive, 99)
        archive.sync()
        after = list(archive.entries())
        assert after[:-1] == whole
        assert archive.read(after[-1]) == "第99页".encode() * 50
        assert all(archive.read(entry) for entry in after)


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    with Archive(tmp_path, max_file_bytes=900) as archive:
        for number in range(6):
            add(archive, number)
        archive.sync()
        entries = list(archive.entries())
        assert len({entry.warc_file for entry in entries}) > 1
        assert [entry.url for entry in entries] == [f"file:页面{number}.txt" for number in range(6)]
        assert all(archive.read(entry) for entry in entries)


def test_a_changed_byte_is_noticed_when_read(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        entry = archive.add("file:a.txt", b"x" * 500, "text/plain", SEEN_AT, "resource")
    warc = next(tmp_path.glob("*.warc.gz"))
    content = bytearray(warc.read_bytes())
    content[entry.offset + entry.length - 12] ^= 0xFF
    warc.write_bytes(content)
    with pytest.raises(PageError, match="damaged"):
        Archive(tmp_path).read(entry)


def test_damage_in_the_middle_costs_its_record_and_no_other(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        for number in range(5):
            add(archive, number)
        before = list(archive.entries())
    warc = next(tmp_path.glob("*.warc.gz"))
    content = bytearray(warc.read_bytes())
    content[before[2].offset + 20] ^= 0xFF
    warc.write_bytes(content)
    next(tmp_path.glob("*.cdxj")).unlink()
    with Archive(tmp_path) as archive:
        assert [entry.url for entry in archive.entries()] == [before[n].url for n in (0, 1, 3, 4)]
        assert archive.damages == [(warc.name, before[2].offset)]
    assert warc.read_bytes() == bytes(content), "damage is left as it is"
    assert Archive(tmp_path).damages == [], "told once, then the index is whole"


def test_a_tail_that_is_cut_off_is_kept_aside(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        add(archive, 1)
        entry = archive.add("file:b.txt", b"x" * 300, "text/plain", SEEN_AT, "resource")
    warc = next(tmp_path.glob("*.warc.gz"))
    with warc.open("r+b") as file:
        file.truncate(entry.offset + 40)
    Archive(tmp_path)
    assert (tmp_path / f"{warc.name}.cut-{entry.offset}").stat().st_size == 40


def test_an_index_broken_in_the_middle_is_mended_when_it_is_read(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        for number in range(4):
            add(archive, number)
        before = list(archive.entries())
    index = next(tmp_path.glob("*.cdxj"))
    whole = index.read_bytes()
    index.write_bytes(whole.replace(b'"offset"', bytes(8), 1))
    assert list(Archive(tmp_path).entries()) == before
    assert index.read_bytes() == whole


def test_what_is_new_is_read_on_from_where_the_last_reading_ended(tmp_path: Path) -> None:
    with Archive(tmp_path, max_file_bytes=900) as archive:
        for number in range(5):
            add(archive, number)
        position = archive.position()
        assert archive.goes_on_from(position)
        assert list(archive.entries(position)) == []
        for number in range(5, 9):
            add(archive, number)
        assert archive.goes_on_from(position)
        assert [entry.url for entry in archive.entries(position)] == [f"file:页面{number}.txt" for number in range(5, 9)]
    with Archive(tmp_path) as archive:
        assert archive.goes_on_from(position)
        assert list(archive.newest_entries()) == list(archive.entries())[::-1]


def lose_record(folder: Path) -> None:
    """Take the second line out, as if the index had been made while that record was damaged."""
    index = min(folder.glob("*.cdxj"))
    first, _, *others = index.read_bytes().splitlines(keepends=True)
    index.write_bytes(b"".join((first, *others)))


def cut_newest(folder: Path) -> None:
    newest = max(folder.glob("*.warc.gz"))
    with newest.open("r+b") as file:
        file.truncate(newest.stat().st_size - 10)


def remove_oldest(folder: Path) -> None:
    for file in (min(folder.glob("*.warc.gz")), min(folder.glob("*.cdxj"))):
        file.unlink()


def add_older_file(folder: Path) -> None:
    oldest = min(folder.glob("*.warc.gz"))
    oldest.with_name("healthnews-00000.warc.gz").write_bytes(oldest.read_bytes())


@pytest.mark.parametrize("change", [lose_record, cut_newest, remove_oldest, add_older_file])
def test_a_changed_archive_is_not_read_on_from_a_position(tmp_path: Path, change: Callable[[Path], None]) -> None:
    with Archive(tmp_path, max_file_bytes=1_500) as archive:
        for number in range(9):
            add(archive, number)
        position = archive.position()
    change(tmp_path)
    with Archive(tmp_path) as archive:
        assert not archive.goes_on_from(position)
        for number in range(9, 20):  # nor when it has grown again
            add(archive, number)
        assert not archive.goes_on_from(position)


@pytest.mark.parametrize("url", ["https://a.example/1\r\nContent-Length: 5", "https://a.example/\ud800", "https://a.example/" + "x" * 9000])
def test_an_address_that_would_break_a_header_is_never_archived(tmp_path: Path, url: str) -> None:
    with Archive(tmp_path) as archive, pytest.raises(ValueError, match="WARC header"):
        archive.add(url, b"x", "text/plain", SEEN_AT, "resource")


def test_an_index_whose_file_is_gone_is_left_alone_and_its_number_is_not_used_again(tmp_path: Path) -> None:
    with Archive(tmp_path, max_file_bytes=900) as archive:
        for number in range(3):
            add(archive, number)
    gone = max(tmp_path.glob("*.warc.gz"))
    gone.unlink()
    stale = max(tmp_path.glob("*.cdxj"))
    lines = stale.read_bytes()
    with Archive(tmp_path, max_file_bytes=100_000) as archive:
        add(archive, 9)
        newest = list(archive.entries())[-1]
        assert archive.read(newest)
    assert stale.read_bytes() == lines
    assert newest.warc_file > gone.name


def test_a_file_never_has_the_name_of_one_that_is_gone_with_its_index(tmp_path: Path) -> None:
    names = set()
    for number in range(2):
        with Archive(tmp_path) as archive:
            add(archive, number)
        for path in tmp_path.iterdir():
            names.add(path.name)
            path.unlink()
    assert len(names) == 4


def test_the_number_of_a_new_file_follows_the_greatest_that_is_there(tmp_path: Path) -> None:
    with Archive(tmp_path, max_file_bytes=1) as archive:
        add(archive, 1)
        (tmp_path / "healthnews-00007.warc.gz").write_bytes(b"full")
        add(archive, 2)
        assert [path.name[:16] for path in sorted(tmp_path.glob("*.warc.gz"))] == [f"healthnews-{n:05d}" for n in (1, 7, 8)]


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.h.cn:8080/A?b=1", "cn,h,www:8080)/a?b=1"),
        ("http://www.h.cn:80", "cn,h,www)/"),
        ("https://www.h.cn:443/a b", "cn,h,www)/a%20b"),
        ("https://www.h.cn:80/", "cn,h,www:80)/"),
        ("http://h.cn:99999/", "cn,h:99999)/"),
    ],
)
def test_the_key_of_an_index_line_tells_origins_apart(tmp_path: Path, url: str, key: str) -> None:
    with Archive(tmp_path) as archive:
        entry = archive.add(url, b"x", "text/html", SEEN_AT, "resource")
    assert entry.to_line().split(" ")[0] == key
    assert list(Archive(tmp_path).entries()) == [entry]
