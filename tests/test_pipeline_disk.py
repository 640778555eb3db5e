"""A disk that is full or may not be written to: told in one sentence, nothing corrupt, and the crawl goes on afterwards."""

import errno
import os
import random
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from healthnews import disk
from healthnews.cli import run
from healthnews.crawl.archive import Archive
from healthnews.disk import LowDiskError, disk_refusal, require_room
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.health import examine
from healthnews.pipeline.ingestion import crawl
from healthnews.pipeline.queries import Dataset
from healthnews.records import utc_now
from tests.answer_site import article, options, pages, path_of
from tests.web import LOOPBACK, Reply, Request, Route, Site

COUNT = 8
ALLOWED = ("--allow-address", LOOPBACK[0], "--delay", "0")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the system refuse every write beyond so many bytes of a file, in the middle of it, as a full disk or a quota does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def large_pages() -> dict[str, Route]:
    """Articles that no gzip makes small: the archive is the first file that grows too large."""
    chance = random.Random(7)

    def large(path: str, reply: Reply) -> Reply:
        return Reply(reply.body.replace(b"</body>", f"<!-- {chance.randbytes(60_000).hex()} --></body>".encode()))

    return {path: large(path, reply) for path, reply in pages(COUNT).items()}


def is_well(folder: DataFolder) -> bool:
    return [finding for finding in examine(folder) if finding.what in ("archive", "frontier") and not finding.is_well] == []


def archived(folder: DataFolder) -> Counter[str]:
    """How often each page was archived, robots.txt left out."""
    entries = (entry for entry in Archive.read_entries(folder.raw) if entry.record_type == "response")
    return Counter(path_of(entry.asked) for entry in entries if not entry.asked.endswith("/robots.txt"))


@pytest.mark.parametrize(
    ("routes", "sizes"),
    [(large_pages, (200_000, 400_000)), (lambda: pages(COUNT), (4_000, 30_000, 120_000))],
    ids=["archive", "frontier"],
)
def test_each_time_the_disk_is_full_it_is_told_and_then_every_page_is_there_once(
    folder: DataFolder, capsys: pytest.CaptureFixture[str], routes: object, sizes: tuple[int, ...]
) -> None:
    assert callable(routes)
    with Site(routes()) as site:
        command = ["crawl", "--start", site.url("/0.html"), *ALLOWED, "--depth", "9", "--no-analyze", "--data", str(folder.root), "--quiet"]
        for size in sizes:
            with files_of_at_most(size):
                assert run(command) == 1, size
            said = capsys.readouterr().err
            assert "internal error" not in said
            assert "make room, or choose another folder with --data, and run it again to go on" in said
            assert is_well(folder) or not folder.raw.exists()
        assert run(command) == 0
    assert is_well(folder)
    assert archived(folder) == dict.fromkeys((f"/{n}.html" for n in range(COUNT)), 1)
    parsed = Counter(path_of(row.canonical_url) for row in Dataset(folder).rows("articles") if row.record == "page")
    assert parsed == archived(folder)


def test_the_part_of_a_record_that_went_to_disk_is_taken_back_and_nothing_is_written_behind_it(tmp_path: Path) -> None:
    kind, moment = "text/html", utc_now()
    content = random.Random(3).randbytes(50_000)
    with Archive(tmp_path) as archive:
        first = archive.add("http://a.example/1", content, kind, moment, "resource")
        with files_of_at_most(80_000), pytest.raises(OSError, match="File too large"):
            archive.add("http://a.example/2", content, kind, moment, "resource")
        with pytest.raises(OSError, match="File too large"):
            archive.add("http://a.example/3", b"small", kind, moment, "resource")
    (file,) = tmp_path.glob("*.warc.gz")
    assert file.stat().st_size == first.offset + first.length
    with Archive(tmp_path) as archive:
        archive.add("http://a.example/2", content, kind, moment, "resource")
        assert [entry.url[-1] for entry in archive.entries()] == ["1", "2"]
        assert archive.damages == []


def test_a_crawl_stops_in_order_while_there_is_room_and_goes_on_when_there_is_more(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    routes: dict[str, Reply] = pages(COUNT)

    def last_with_room(request: Request) -> Reply:
        monkeypatch.setattr(disk, "LEAST_FREE_BYTES", 10**18)
        return reply

    reply = routes["/3.html"]
    with Site(routes | {"/3.html": last_with_room}) as site:
        command = ["crawl", "--start", site.url("/0.html"), *ALLOWED, "--depth", "9", "--no-analyze", "--data", str(folder.root), "--quiet"]
        assert run(command) == 1
        said = capsys.readouterr().err
        assert "MB are free, and a run stops when it is less than 1,000,000,000,000 MB; nothing is lost: make room" in said
        before = archived(folder)
        assert 4 <= before.total() < COUNT, "the page that was being visited is kept"
        assert run(command) == 1, "nor does it begin"
        assert archived(folder) == before
        monkeypatch.undo()
        assert run(command) == 0
    assert archived(folder) == dict.fromkeys((f"/{n}.html" for n in range(COUNT)), 1)


def test_ingest_takes_no_file_when_there_is_little_room(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "page.html"
    source.write_bytes(article("第1号问题").body)
    with monkeypatch.context() as patch:
        patch.setattr(disk, "LEAST_FREE_BYTES", 10**18)
        assert run(["ingest", str(source), "--data", str(folder.root), "--quiet"]) == 1
    assert "MB are free" in capsys.readouterr().err
    assert not list(Archive.read_entries(folder.raw))
    assert run(["ingest", str(source), "--data", str(folder.root), "--quiet"]) == 0


# Root may write anywhere: without this capability it may not, and keeps its own folders all the same.
AS_A_USER = () if os.geteuid() else ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
CLOSED = ("", "raw/*.warc.gz", "raw/*.cdxj", "work/frontier.sqlite", "work/lock", "clean")
CRAWL_CLOSED = """
import sys
from pathlib import Path
from healthnews import disk
from healthnews.cli import run

root, places, command = Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3:]
for place in places:
    closed = next(root.glob(place)) if place else root.with_name("empty")
    mode = closed.stat().st_mode
    closed.chmod(mode & ~0o222)
    print(place, run([*command, str(closed if not place else root)]), flush=True)
    closed.chmod(mode)
"""


@pytest.mark.skipif(bool(AS_A_USER) and shutil.which("setpriv") is None, reason="root without setpriv may write anywhere")
def test_what_may_not_be_written_to_is_named_and_a_later_run_goes_on(folder: DataFolder) -> None:
    with Site(pages(9)) as site:
        start = site.url("/0.html")
        crawl(folder, options(start, budget=1), with_analysis=False)
        folder.root.with_name("empty").mkdir()
        command = ["crawl", "--start", start, *ALLOWED, "--budget", "2", "--no-analyze", "--quiet", "--data"]
        crawling = [sys.executable, "-c", CRAWL_CLOSED, str(folder.root), ",".join(CLOSED), *command]
        done = subprocess.run([*AS_A_USER, *crawling], capture_output=True, text=True, check=False, timeout=120)
        assert [line for line in done.stdout.splitlines() if line] == [f"{place} 2" for place in CLOSED], done.stderr
        told = done.stderr.splitlines()
        assert len(told) == len(CLOSED), "one sentence each"
        assert ["Permission denied" in line and "choose another folder with --data" in line for line in told] == [True] * len(CLOSED)
        crawl(folder, options(start, depth=9), with_analysis=False)
    assert is_well(folder)
    assert archived(folder) == dict.fromkeys((f"/{n}.html" for n in range(9)), 1)


@pytest.mark.parametrize(("code", "exit_code"), [(errno.ENOSPC, 1), (errno.EDQUOT, 1), (errno.EROFS, 2)])
def test_the_command_line_says_what_to_do_about_a_disk(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int, exit_code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Archive, "_append", refuse)
    with Site({"/0.html": article("第0号问题")}) as site:
        assert run(["ingest", site.url("/0.html"), *ALLOWED, "--data", str(folder.root), "--quiet"]) == exit_code
    said = capsys.readouterr().err
    assert os.strerror(code) in said
    assert "again to go on" in said
    assert "internal error" not in said


def test_a_refusal_of_the_disk_is_known_in_the_words_of_each_library(monkeypatch: pytest.MonkeyPatch) -> None:
    of_delta = OSError("Generic LocalFileSystem error\n  Unable to copy data to file\n  No space left on device (os error 28)")
    assert (found := disk_refusal(of_delta)) is not None
    assert found.errno == errno.ENOSPC
    wrapped = RuntimeError("of a library")
    wrapped.__cause__ = PermissionError(errno.EACCES, "Permission denied", "a/b")
    assert (found := disk_refusal(wrapped)) is not None
    assert found.filename == "a/b"
    monkeypatch.setattr(disk, "LEAST_FREE_BYTES", 10**18)
    with pytest.raises(LowDiskError, match="free") as low:
        require_room(Path("/nowhere/yet"))
    assert disk_refusal(low.value) is low.value
    assert disk_refusal(ConnectionRefusedError(errno.ECONNREFUSED, "refused")) is None
    assert disk_refusal(ValueError("os error 28 without brackets")) is None


def test_a_record_that_a_full_disk_cut_off_is_cut_away(folder: DataFolder) -> None:
    with Site(pages(2)) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        (warc,) = folder.raw.glob("*.warc.gz")
        with warc.open("ab") as file:
            file.write(warc.read_bytes()[-300:-20])
        again = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert again.unchanged == 1
    assert is_well(folder)
