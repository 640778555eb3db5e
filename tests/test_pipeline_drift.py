"""Drift: a changed layout is told and its pages are held back; chance, first pages and single odd pages are not."""

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.cli import run
from healthnews.dataset import work
from healthnews.dataset.observations import ObservationRow
from healthnews.errors import GateError
from healthnews.pipeline.drift import LEAST_HISTORY, LEAST_NEW, SURE, Group, Standing, chance, find_changes, judge_run
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.layouts import folder_alerts, section_of
from healthnews.pipeline.queries import Dataset, read_status
from healthnews.pipeline.reparse import reparse
from healthnews.settings import read_sites
from tests.answer_site import options
from tests.test_pipeline_ingest import digests
from tests.web import Reply, Site

HOST = "www.answers.example"
LEAST_PAGES = LEAST_HISTORY + 4


def page_html(number: int, related: int = 8, body: int = 4, date: bool = True, folder: str = "news", host: str = HOST) -> str:
    """A page of our own as a site might serve it."""
    links = "".join(f'<li><a href="/{folder}/9{number}{n}.html">关于第{n}种报销办法的问题与解答</a></li>' for n in range(related))
    dated = '<meta property="article:published_time" content="2026-02-01T08:00:00+08:00">' if date else ""
    lines = (f"第{number}个问题的第{n}段:参保人带上身份证到窗口{number}办理,一般当天就能办好,不收任何费用。" for n in range(body))
    text = "".join(f"<p>{line}</p>" for line in lines)
    block = f"<h3>相关推荐</h3><ul>{links}</ul>" if related else ""
    title = f"第{number}个问题怎么办理"
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>{dated}'
        f'<link rel="canonical" href="https://{host}/{folder}/{number}.html"></head>'
        f"<body><article><h1>{title}</h1>{text}</article>{block}</body></html>"
    )


def write_pages(where: Path, numbers: Iterable[int], **given: object) -> str:
    """A folder of such pages, to be ingested."""
    where.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (where / f"{number:04}.html").write_text(page_html(number, **given), encoding="utf-8")  # type: ignore[arg-type]
    return str(where)


def take(folder: DataFolder, source: str, **given: int) -> None:
    ingest(folder, [source], with_analysis=False, **given)  # type: ignore[arg-type]


def outcomes(folder: DataFolder) -> Counter[str]:
    return Counter(row.outcome for row in Dataset(folder).rows("captures"))


def pages_of(folder: DataFolder) -> set[str]:
    return {row.title for row in Dataset(folder).rows("articles") if row.record == "page"}


def row(number: int, run_number: int = 0, **given: object) -> ObservationRow:
    usual = ObservationRow(
        capture_id=f"c_{number:016x}", host=HOST, section="news", parser="generic", run=run_number, url=f"https://{HOST}/{number}",
        title=f"title {number}", has_date=True, has_author=True, body_characters=600, related=20, tags=3,
    )  # fmt: skip
    return replace(usual, **given)  # type: ignore[arg-type]


def test_related_links_that_vanish_are_an_alert_and_their_pages_are_held_back(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "new", range(100, 108), related=0))
    assert outcomes(folder) == {"parsed": LEAST_PAGES, "quarantined": 8}
    assert len(pages_of(folder)) == LEAST_PAGES
    failures = Dataset(folder).rows("failures")
    assert {(f.stage, f.reason) for f in failures} == {("parse", "layout_changed")}
    assert len(failures) == 8
    assert all(f"healthnews reparse --host {HOST}" in f.detail for f in failures)
    [alert] = folder_alerts(folder)
    assert (alert.host, alert.section, alert.parser, alert.held) == (HOST, "news", "generic", 8)
    assert [change.measure for change in alert.changes] == ["related"]
    assert "8 of 8 new pages have fewer than 4 related links, 0 of 24 before, usual are 8" in alert.text
    assert f"--accept-layout {HOST}" in alert.text


@pytest.mark.parametrize(("given_", "measure"), [({"date": False}, "date"), ({"body": 1}, "body"), ({"related": 1}, "related")])
def test_each_measure_is_seen_to_collapse(folder: DataFolder, tmp_path: Path, given_: dict[str, object], measure: str) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "new", range(100, 106), **given_))
    [alert] = folder_alerts(folder)
    assert [change.measure for change in alert.changes] == [measure]
    assert outcomes(folder)["quarantined"] == 6


def test_pages_that_no_parser_reads_any_more_are_an_alert(folder: DataFolder) -> None:
    with Site() as site:
        for number in range(LEAST_PAGES):
            site.routes[f"/news/{number}.html"] = Reply(page_html(number, host=site.host).encode())
        ingest(folder, [site.url(path) for path in site.routes], options=options(), with_analysis=False)
        empty = {f"/news/{number}.html": Reply(b"<html><body><h1>A title</h1></body></html>") for number in range(100, 106)}
        site.routes |= empty
        ingest(folder, [site.url(path) for path in empty], options=options(), with_analysis=False)
    [alert] = folder_alerts(folder)
    assert [change.measure for change in alert.changes] == ["errors"]
    assert "6 of 6 new pages cannot be read, 0 of 24 before" in alert.text


def test_a_single_odd_page_and_four_of_them_are_no_drift(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "one", [100], related=0))
    take(folder, write_pages(tmp_path / "three", range(101, 104), related=0))
    assert folder_alerts(folder) == []
    assert outcomes(folder) == {"parsed": LEAST_PAGES + 4}


def test_odd_pages_of_several_runs_add_up_and_are_taken_back(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    for number in range(100, 104):
        take(folder, write_pages(tmp_path / str(number), [number], related=0))
    assert len(pages_of(folder)) == LEAST_PAGES + 4
    take(folder, write_pages(tmp_path / "last", [104], related=0))
    assert outcomes(folder) == {"parsed": LEAST_PAGES, "quarantined": 5}
    assert len(pages_of(folder)) == LEAST_PAGES


def test_the_first_pages_of_a_host_define_no_drift(folder: DataFolder, tmp_path: Path) -> None:
    source = tmp_path / "first"
    write_pages(source, range(LEAST_PAGES))
    write_pages(source, range(100, 140), related=0)
    take(folder, str(source))
    assert folder_alerts(folder) == []
    assert outcomes(folder) == {"parsed": LEAST_PAGES + 40}


def test_another_host_and_another_section_have_a_history_of_their_own(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "host", range(100, 110), related=0, host="other.example"))
    take(folder, write_pages(tmp_path / "section", range(200, 210), related=0, folder="video"))
    assert folder_alerts(folder) == []


def test_stubs_of_held_pages_are_not_published(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    before = digests(folder)["articles.parquet"]
    take(folder, write_pages(tmp_path / "new", range(100, 108), related=2))
    assert outcomes(folder)["quarantined"] == 8
    assert digests(folder)["articles.parquet"] == before


def test_a_held_page_leaves_its_earlier_version_standing(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    before = digests(folder)["articles.parquet"]
    take(folder, write_pages(tmp_path / "new", range(10), related=0))
    assert outcomes(folder)["quarantined"] == 10
    assert digests(folder)["articles.parquet"] == before


def test_drift_comes_out_the_same_from_the_archive_alone_and_in_small_batches(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "few", range(100, 103), related=0))
    take(folder, write_pages(tmp_path / "new", range(103, 109), related=0))
    before, alerts = digests(folder), folder_alerts(folder)
    for size in (500, 7):
        shutil.rmtree(folder.root / "work")
        take(folder, str(tmp_path / "old"), batch_pages=size)
        assert folder_alerts(folder) == alerts
        assert digests(folder) == before


def test_a_second_run_over_the_same_pages_changes_nothing(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    source = write_pages(tmp_path / "new", range(100, 108), related=0)
    take(folder, source)
    before, archived = digests(folder), sorted((p.name, p.stat().st_size) for p in folder.raw.iterdir())
    take(folder, source)
    assert digests(folder) == before
    assert sorted((p.name, p.stat().st_size) for p in folder.raw.iterdir()) == archived


def test_a_kill_between_holding_back_and_the_batch_loses_nothing(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "few", range(100, 103), related=0))
    source = write_pages(tmp_path / "new", range(103, 109), related=0)
    append, calls = work.append, 0

    def killed(*given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 15:
            raise KeyboardInterrupt
        append(*given)

    with monkeypatch.context() as patch:
        patch.setattr(work, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            take(folder, source)
    take(folder, source)
    assert outcomes(folder) == {"parsed": LEAST_PAGES, "quarantined": 9}
    interrupted = digests(folder)
    shutil.rmtree(folder.root / "work")
    take(folder, source)
    assert digests(folder) == interrupted


def test_an_accepted_layout_is_published_and_is_what_is_usual_from_then_on(folder: DataFolder, tmp_path: Path) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "new", range(100, 100 + LEAST_PAGES), related=0))
    found = reparse(folder, accept=[HOST], with_analysis=False)
    assert (found.count("new"), found.unchanged) == (LEAST_PAGES, LEAST_PAGES)
    assert outcomes(folder) == {"parsed": 2 * LEAST_PAGES}
    assert folder_alerts(folder) == []
    take(folder, write_pages(tmp_path / "more", range(200, 208), related=0))
    assert folder_alerts(folder) == []
    before = digests(folder)
    shutil.rmtree(folder.root / "work")
    take(folder, str(tmp_path / "old"))
    assert digests(folder) == before, "that it was accepted lies in the archive"


def test_the_alert_stands_in_status_and_in_its_json(folder: DataFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "new", range(100, 108), related=0))
    capsys.readouterr()
    assert run(["status", "--data", str(folder.root)]) == 0
    table = dict(line.split("\t", 1) for line in capsys.readouterr().out.splitlines())
    assert table["held_back"] == "8"
    assert "8 of 8 new pages have fewer than 4 related links" in table[f"drift_{HOST}"]
    assert run(["status", "--json", "--data", str(folder.root)]) == 0
    [drift] = json.loads(capsys.readouterr().out)["drift"]
    assert (drift["host"], drift["held_back"], drift["changes"][0]["measure"]) == (HOST, 8, "related")
    assert len(read_status(folder).alerts) == 1


def test_expected_counts_of_the_settings_hold_from_the_first_page_on(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "healthnews.toml").write_text(
        f'[[sites]]\nhost = "{HOST}"\nexpected = {{ related = [10, 30], body = [1, 50], articles = [100, 200] }}\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    assert read_sites()[0].expected == (("related", 10, 30), ("body", 1, 50), ("articles", 100, 200))
    take(folder, write_pages(tmp_path / "few", range(LEAST_NEW - 1)))
    assert outcomes(folder) == {"parsed": LEAST_NEW - 1}
    with pytest.raises(GateError, match="row_count articles"):
        take(folder, write_pages(tmp_path / "more", range(100, 106)))
    assert outcomes(folder)["quarantined"] == LEAST_NEW - 1 + 6
    texts = [alert.text for alert in folder_alerts(folder)]
    assert "10 of 10 new pages have fewer than 10 related links, against the settings" in texts[0]
    assert "10 of 10 new pages have more than 50 characters of body, against the settings" in texts[0]


def test_vanished_authors_are_told_and_nothing_is_held_back_for_them() -> None:
    history = [row(n) for n in range(30)]
    standing = judge_run(Standing(history=tuple(history)), [row(n, 1, has_author=False) for n in range(100, 110)])
    assert [(change.measure, change.holds) for change in standing.changes] == [("author", False)]
    assert not standing.held


def test_a_title_that_all_pages_share_is_the_name_of_the_site() -> None:
    changes = find_changes([row(n) for n in range(30)], [row(n, title="the site") for n in range(100, 110)], {})
    assert [change.measure for change in changes] == ["title"]


def test_what_a_site_often_lacks_says_nothing_when_it_is_missing() -> None:
    history = [row(n, has_date=n % 3 > 0, related=(n % 4) * 5) for n in range(200)]
    assert find_changes(history, [row(n, has_date=False, related=0) for n in range(300, 310)], {}) == ()


def test_the_least_that_counts_is_five_of_five_after_twenty() -> None:
    assert chance(5, 5, 0, 20) == pytest.approx(1 / 53_130)
    assert chance(5, 5, 0, 20) < SURE < chance(4, 4, 0, 20)
    assert chance(0, 7, 3, 20) == pytest.approx(1)


@given(st.integers(0, 40), st.integers(0, 30), st.randoms(use_true_random=False))
def test_the_order_of_the_pages_of_a_run_is_of_no_account(odd: int, usual: int, shuffle: random.Random) -> None:
    pages = [row(n, 1, related=0) for n in range(100, 100 + odd)] + [row(n, 1) for n in range(200, 200 + usual)]
    other = shuffle.sample(pages, len(pages))
    standings = []
    for new in (pages, other):
        group = Group({}, [])
        for one in [row(n) for n in range(LEAST_HISTORY)] + new:
            group.add(one)
        standings.append(group.now())
    assert {r.capture_id for r in standings[0].held} == {r.capture_id for r in standings[1].held}
    assert {r.capture_id for r in standings[0].history} == {r.capture_id for r in standings[1].history}
    assert standings[0].changes == standings[1].changes


def test_after_a_fault_of_the_site_the_pages_are_judged_by_the_old_history() -> None:
    group = Group({}, [])
    for one in [*(row(n) for n in range(30)), *(row(n, 1, related=0) for n in range(100, 110)), *(row(n, 2) for n in range(200, 210))]:
        group.add(one)
    assert len(group.now().held) == 10
    assert len(group.now().history) == 40
    assert group.now().changes == ()


@pytest.mark.parametrize(
    ("url", "section"),
    [
        ("https://a.example/1.html", ""),
        ("https://a.example/health/news/1.html", "health"),
        ("https://a.example/2026/03/x.html", "#"),
        ("https://a.example/", ""),
    ],
)
def test_a_section_is_the_first_folder(url: str, section: str) -> None:
    assert section_of(url) == section


def test_a_changed_layout_stands_in_the_artifact_of_the_run(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from healthnews.flows import report

    tables: list[list[dict[str, str]]] = []
    monkeypatch.setattr(report, "create_table_artifact", lambda *, table, **_: tables.append(table))
    take(folder, write_pages(tmp_path / "old", range(LEAST_PAGES)))
    take(folder, write_pages(tmp_path / "new", range(100, 108), related=0))
    report.show_summary("ingest", {"parsed": 0, "problems": [], "alerts": [[alert.host, alert.text] for alert in folder_alerts(folder)]})
    assert [row["what"] for row in tables[0]] == ["parsed", "layout_changed"]
    assert "8 of 8 new pages have fewer than 4 related links" in tables[0][1]["count"]
