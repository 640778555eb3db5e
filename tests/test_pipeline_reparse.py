"""Reparse: articles anew from the archive, what changed told field by field, nothing lost when it is killed or run twice."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from healthnews.cli import run
from healthnews.errors import LockedError, UsageError
from healthnews.extract.registry import parse_page
from healthnews.pipeline import reading
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.ingestion import crawl, ingest
from healthnews.pipeline.layouts import folder_alerts
from healthnews.pipeline.queries import Dataset
from healthnews.pipeline.reparse import FieldChange, reparse
from healthnews.records import Article
from tests.answer_site import article, options
from tests.conftest import write_dumps
from tests.test_pipeline_drift import HOST, LEAST_PAGES, outcomes, pages_of, take, write_pages
from tests.test_pipeline_ingest import digests
from tests.web import Site


@contextmanager
def parser_that(monkeypatch: pytest.MonkeyPatch, change: Callable[[Article], Article]) -> Iterator[None]:
    """Read every page with a parser that gets something else out of it."""

    def read(*given: Any) -> Article:
        return change(parse_page(*given))

    with monkeypatch.context() as patch:
        patch.setattr(reading, "parse_page", read)
        yield


def without_author(found: Article) -> Article:
    return replace(found, author="nobody")


def test_a_mended_parser_brings_the_held_pages_back(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    with parser_that(monkeypatch, lambda found: replace(found, related=())):
        take(folder, write_pages(tmp_path / "new", range(100, 108)))
    assert outcomes(folder)["quarantined"] == 8
    found = reparse(folder, with_analysis=False)
    assert (found.unchanged, found.count("new"), found.count("changed"), found.count("quarantined")) == (LEAST_PAGES, 8, 0, 0)
    assert outcomes(folder) == {"parsed": LEAST_PAGES + 8}
    assert folder_alerts(folder) == []
    assert not Dataset(folder).rows("failures")
    assert found.after.release is not None
    assert found.after.release.created


def test_a_parser_that_is_still_broken_holds_them_back_as_before(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "new", range(100, 108), related=0))
    before = digests(folder)
    found = reparse(folder, hosts=[HOST], with_analysis=False)
    assert (found.unchanged, found.changes) == (LEAST_PAGES, [])
    assert digests(folder) == before
    assert len(folder_alerts(folder)) == 1


@pytest.mark.parametrize("batch_pages", [3, 7, 500])
def test_pages_are_held_back_whatever_the_batches(folder: DataFolder, tmp_path: Path, batch_pages: int) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "new", range(100, 108), related=0))
    before = digests(folder)
    found = reparse(folder, batch_pages=batch_pages, with_analysis=False)
    assert (found.unchanged, found.changes) == (LEAST_PAGES, [])
    assert digests(folder) == before
    assert not list((folder.root / "work").glob("reparse*"))


def test_what_changed_is_told_field_by_field(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = str(write_dumps(tmp_path / "in"))
    with parser_that(monkeypatch, lambda found: replace(found, author="nobody", body=f"{found.body}\nthe end", tags=("old",))):
        ingest(folder, [source])
    found = reparse(folder)
    assert found.count("changed") == 3
    assert found.by_field == {"body": 3, "author": 3, "tags": 3}
    [author] = [one for one in found.changes[0].fields if one.name == "author"]
    assert (author.before, author.after) == ("nobody", "")
    assert not any("the end" in row.body for row in Dataset(folder).rows("articles") if row.body)
    assert found.after.analysis is not None


def test_reparsing_changes_nothing_when_the_parsers_read_as_before(folder: DataFolder, tmp_path: Path) -> None:
    ingest(folder, [str(write_dumps(tmp_path / "in"))])
    before, releases = digests(folder), len(list(folder.clean.glob("2*")))
    for _ in range(2):
        found = reparse(folder)
        assert (found.unchanged, found.changes) == (3, [])
    assert digests(folder) == before
    assert len(list(folder.clean.glob("2*"))) == releases
    assert not list((folder.root / "work").glob("reparse*"))


def test_reparsing_gives_what_a_rebuild_gives(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    with parser_that(monkeypatch, without_author):
        take(folder, write_pages(tmp_path / "new", range(100, 104)))
        take(folder, str(write_dumps(tmp_path / "dumps")))
    reparse(folder, with_analysis=False)
    reparsed = digests(folder)
    shutil.rmtree(folder.root / "work")
    take(folder, str(tmp_path / "old"))
    assert digests(folder) == reparsed


def test_one_host_alone_is_read_again(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with parser_that(monkeypatch, without_author):
        take(folder, write_pages(tmp_path / "a", range(3)))
        take(folder, write_pages(tmp_path / "b", range(10, 14), host="other.example"))
        take(folder, str(write_dumps(tmp_path / "dumps")))
    found = reparse(folder, hosts=[HOST.upper()], with_analysis=False)
    assert (found.count("changed"), found.unchanged) == (3, 7)
    assert Counter(row.author for row in Dataset(folder).rows("articles") if row.record == "page") == {None: 3, "nobody": 7}
    assert reparse(folder, with_analysis=False).count("changed") == 7


def test_a_dry_run_tells_and_changes_nothing(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with parser_that(monkeypatch, without_author):
        take(folder, write_pages(tmp_path / "a", range(3)))
    before = {path: path.read_bytes() for path in sorted(folder.root.rglob("*")) if path.is_file() and "lock" not in path.name}
    found = reparse(folder, dry_run=True)
    assert found.by_field == {"author": 3}
    after = {path: path.read_bytes() for path in sorted(folder.root.rglob("*")) if path.is_file() and "lock" not in path.name}
    assert after == before


def test_a_killed_run_changes_nothing_and_the_next_goes_on(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with parser_that(monkeypatch, without_author):
        take(folder, write_pages(tmp_path / "a", range(10)))
    before, read = digests(folder), []

    def counted(found: Article) -> Article:
        read.append(found.title)
        if len(read) == 7:
            raise KeyboardInterrupt
        return found

    with parser_that(monkeypatch, counted):
        with pytest.raises(KeyboardInterrupt):
            reparse(folder, batch_pages=2, with_analysis=False)
        assert digests(folder) == before
        assert pages_of(folder)
        found = reparse(folder, batch_pages=2, with_analysis=False, with_release=False)
    assert found.count("changed") == 10
    assert len(read) == 7 + 4, "six pages were not read again"


def test_what_was_made_by_another_parser_is_not_gone_on_with(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take(folder, write_pages(tmp_path / "a", range(6)))
    read = []

    def counted(found: Article) -> Article:
        read.append(found.title)
        if len(read) == 4:
            raise KeyboardInterrupt
        return found

    with parser_that(monkeypatch, counted):
        with pytest.raises(KeyboardInterrupt):
            reparse(folder, batch_pages=2)
        monkeypatch.setattr("healthnews.pipeline.reparse.parser_versions", lambda: {"generic": "another"})
        reparse(folder, batch_pages=2, with_release=False)
    assert len(read) == 4 + 6


def test_a_page_that_is_no_article_any_more_is_told_as_quarantined(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    take(folder, write_pages(tmp_path / "a", range(3)))

    def broken(found: Article) -> Article:
        if found.title.startswith("第1个"):
            raise ZeroDivisionError("a bug")
        return found

    capsys.readouterr()
    with parser_that(monkeypatch, broken):
        assert run(["reparse", "--data", str(folder.root), "--json"]) == 3
    *changes, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["change"], one["title"]) for one in changes] == [("quarantined", "第1个问题怎么办理")]
    assert last["summary"]["unchanged"] == 2
    assert run(["reparse", "--data", str(folder.root), "--no-analyze"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "article_id\turl\tchange\tfield\tbefore\tafter"
    assert "\tnew\ttitle\t\t第1个问题怎么办理" in out
    assert "2 articles unchanged, 0 changed; 1 new, 0 quarantined." in err


def test_claims_of_what_is_no_article_any_more_are_gone(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest(folder, [str(write_dumps(tmp_path / "in"))])
    gone = next(row.article_id for row in Dataset(folder).rows("articles") if row.title.startswith("第0个"))
    assert gone in {row.article_id for row in Dataset(folder).rows("claims")}

    def broken(found: Article) -> Article:
        if found.title.startswith("第0个"):
            raise ZeroDivisionError("a bug")
        return found

    with parser_that(monkeypatch, broken):
        reparse(folder)
    dataset = Dataset(folder)
    assert gone not in {row.article_id for row in dataset.rows("articles")}
    assert gone not in {row.article_id for row in dataset.rows("claims")}
    assert {row.article_id for row in dataset.rows("claims")} <= {row.article_id for row in dataset.rows("articles")}
    claims = {row.claim_id for row in dataset.rows("claims")}
    assert all({row.a_claim_id, row.b_claim_id} <= claims for row in dataset.contradictions(with_all=True))


def test_two_at_once_are_refused_and_so_is_what_means_nothing(
    folder: DataFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="no archive"):
        reparse(folder)
    take(folder, write_pages(tmp_path / "a", range(3)))
    with FileLock(folder.root / "work" / "lock"):
        with pytest.raises(LockedError):
            reparse(folder)
        assert run(["reparse", "--data", str(folder.root)]) == 6
    with pytest.raises(UsageError, match=r"no page of 'nobody.example' is in the archive; known are www"):
        reparse(folder, hosts=["nobody.example"])
    with pytest.raises(UsageError, match="is held back"):
        reparse(folder, accept=[HOST])
    assert run(["reparse", "--accept-layout", HOST, "--dry-run", "--data", str(folder.root)]) == 2
    assert "healthnews:" in capsys.readouterr().err


def test_links_that_todays_parser_finds_are_crawled(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"/0.html": article("第0号问题", "/1.html"), "/1.html": article("第1号问题")}) as site:
        with monkeypatch.context() as patch:
            patch.setattr(reading, "read_page", lambda *given: replace(parse_page(*given), related=()))
            crawl(folder, options(site.url("/0.html")), with_analysis=False)
        assert "/1.html" not in site.paths()
        reparse(folder, with_analysis=False)
        with open_frontier(folder) as frontier:
            assert site.url("/1.html") in frontier.known()
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        assert "/1.html" in site.paths()


def test_values_are_shortened_to_where_they_differ() -> None:
    one, other = "a" * 100 + "before" + "c" * 100, "a" * 100 + "after" + "c" * 100
    assert FieldChange("body", one, other).shortened() == (
        f"…{'a' * 12}before{'c' * 42}…",
        f"…{'a' * 12}after{'c' * 43}…",
    )
    assert FieldChange("author", "", "name").shortened() == ("", "name")
    assert FieldChange("body", "x" * 30, "x" * 30 + "y").shortened() == (f"…{'x' * 12}", f"…{'x' * 12}y")
