"""What doctor finds, and what status tells of each host."""

import json
from pathlib import Path

import pytest

from healthnews.cli import run
from healthnews.crawl.archive import Archive
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.health import Finding, examine
from healthnews.pipeline.host_status import HostStatus
from healthnews.pipeline.ingestion import crawl
from healthnews.pipeline.queries import read_status
from tests.answer_site import article, options, pages
from tests.web import Reply, Site


def wrong(folder: DataFolder, what: str) -> list[Finding]:
    return [finding for finding in examine(folder) if finding.what == what and not finding.is_well]


def test_a_whole_archive_is_well_and_a_changed_byte_is_found(folder: DataFolder) -> None:
    with Site(pages(3)) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert wrong(folder, "archive") == []
    *_, entry = Archive.read_entries(folder.raw)
    path = folder.raw / entry.warc_file
    content = bytearray(path.read_bytes())
    content[entry.offset + entry.length // 2] ^= 0xFF
    path.write_bytes(content)
    (finding,) = wrong(folder, "archive")
    assert entry.url in finding.found
    assert path.read_bytes() == content, "nothing is mended by looking"


def test_bytes_that_no_index_names_are_found(folder: DataFolder) -> None:
    with Site(pages(2)) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    (path,) = folder.raw.glob("*.warc.gz")
    with path.open("ab") as file:
        file.write(b"torn")
    (finding,) = wrong(folder, "archive")
    assert "4 bytes" in finding.found


def test_doctor_tells_it_on_the_command_line(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["doctor", "--data", str(folder.root), "--quiet"]) == 0
    Path("healthnews.toml").write_text("[crawl]\nbudget_of_pages = 3\n", encoding="utf-8")
    capsys.readouterr()
    assert run(["doctor", "--data", str(folder.root), "--json", "--quiet"]) == 2
    assert "unknown setting crawl.budget_of_pages" in capsys.readouterr().err


def test_status_tells_of_each_host_what_came_of_its_visits(
    folder: DataFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with Site(pages(3)) as site:
        site.routes["/1.html"] = Reply(b"<html><body><p>no article</p></body></html>")
        site.routes["/2.html"] = Reply(b"", 404)
        start = site.url("/0.html")
        crawl(folder, options(start), with_analysis=False)
        crawl(folder, options(start), with_analysis=False)
        (host,) = read_status(folder).hosts
    assert (host.fetched, host.unchanged, host.quarantined, host.due) == (2, 1, 1, 0)
    assert set(host.failed) == {"http_404", "not_an_article"}
    assert host.last_success_at is not None
    assert run(["status", "--data", str(folder.root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hosts"][0]["failed"] == {"http_404": 1, "not_an_article": 1}


def test_what_failed_or_was_quarantined_can_be_asked_for_again(folder: DataFolder) -> None:
    with Site(pages(3)) as site:
        site.routes["/1.html"] = Reply(b"<html><body><p>no article</p></body></html>")
        site.routes["/2.html"] = Reply(b"", 404)
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        site.requests.clear()
        site.routes["/1.html"] = article("第1号问题")
        again = crawl(folder, options(retry=True), with_analysis=False)
        assert sorted(site.paths()) == ["/1.html", "/2.html"]
    assert again.parsed == 1
    assert read_status(folder).hosts[0].quarantined == 0


@pytest.mark.usefixtures("impatient")
def test_a_host_without_visits_has_only_what_is_due(folder: DataFolder) -> None:
    crawl(folder, options("http://127.0.0.1:9/"), with_analysis=False)
    (host,) = read_status(folder).hosts
    assert host == HostStatus("127.0.0.1:9", failed=host.failed, due=host.due)
    assert host.last_success_at is None
