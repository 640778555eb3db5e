"""Crawling over real HTTP: a whole site, within its budget and depth, with a row for everything."""

import os
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from healthnews.errors import LockedError, UsageError
from healthnews.pipeline.crawling import discover, fetch_due, parse_new
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import IngestSummary, crawl, ingest
from healthnews.pipeline.queries import Dataset
from healthnews.samples.server import serve_samples
from tests.answer_site import article, options, pages, path_of
from tests.test_pipeline_ingest import digests
from tests.web import PLAIN, Reply, Site, redirect

EXPECTED = tomllib.loads((Path(__file__).parents[1] / "samples" / "expected.toml").read_text(encoding="utf-8"))


def outcomes(folder: DataFolder) -> Counter[tuple[str, str | None]]:
    return Counter((row.outcome, row.parser) for row in Dataset(folder).rows("captures"))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, DataFolder, IngestSummary]]:
    """The sample site, crawled once."""
    folder = DataFolder(tmp_path_factory.mktemp("sample") / "data")
    with serve_samples(0) as origin:
        yield origin, folder, crawl(folder, options(f"{origin}/"))


def test_the_sample_site_gives_what_it_was_written_for(sample: tuple[str, DataFolder, IngestSummary]) -> None:
    _, folder, summary = sample
    dataset = Dataset(folder)
    articles = dataset.rows("articles")
    by_path = {path_of(row.canonical_url): row for row in articles}
    assert Counter(row.record for row in articles) == {"page": EXPECTED["articles"], "stub": EXPECTED["stubs"]}
    assert {path_of(f.url): f.reason for f in summary.failures} == EXPECTED["refused"]
    assert [path for path, row in by_path.items() if row.record == "page" and row.published_at is None] == EXPECTED["without_date"]
    for path in (*EXPECTED["gbk"], *EXPECTED["sitemap_only"], *(p for chain in EXPECTED["related_only"] for p in chain)):
        assert by_path[path].record == "page", path
    assert "医保" in by_path[EXPECTED["gbk"][0]].body
    assert set(EXPECTED["redirects"]).isdisjoint(by_path), "an address that moved is no article of its own"


def test_the_sample_site_shows_its_contradictions_and_keeps_its_traps_quiet(sample: tuple[str, DataFolder, IngestSummary]) -> None:
    dataset = Dataset(sample[1])
    found = {(frozenset((path_of(row.a_url), path_of(row.b_url))), row.topic, row.type) for row in dataset.contradictions()}
    missed = {(frozenset(m["pages"]), m["about"]) for m in EXPECTED.get("missed", ())}
    wanted = {(frozenset(c["pages"]), c["about"], c["type"]) for c in EXPECTED["contradictions"]}
    assert wanted - found == {w for w in wanted if w[:2] in missed}
    meant = {pair for pair, _, _ in wanted}
    assert {pair for pair, _, _ in found} - meant == set(), "what is flagged was meant to be"


def test_the_sample_site_shows_its_copies(sample: tuple[str, DataFolder, IngestSummary]) -> None:
    dataset = Dataset(sample[1])
    clusters: dict[tuple[str, str], set[str]] = {}
    for row in dataset.duplicates():
        clusters.setdefault((row.kind, row.cluster_id), set()).add(path_of(row.url))
    for kind, groups in (("exact", EXPECTED["exact_copies"]), ("same_question", EXPECTED["same_question"] + EXPECTED["exact_copies"])):
        assert sorted(sorted(urls) for (k, _), urls in clusters.items() if k == kind) == sorted(sorted(group) for group in groups), kind


def test_a_second_crawl_of_an_unchanged_site_changes_nothing(sample: tuple[str, DataFolder, IngestSummary], folder: DataFolder) -> None:
    origin, crawled, first = sample
    shutil.copytree(crawled.root, folder.root, symlinks=True)
    before = digests(folder)
    again = crawl(folder, options(f"{origin}/"))
    refreshed = crawl(folder, options(f"{origin}/", refresh=True))
    assert (again.archived, again.unchanged) == (0, 1), "only the start address was named, hence due"
    assert refreshed.archived == 0
    assert refreshed.unchanged == first.archived
    assert refreshed.release is not None
    assert not refreshed.release.created
    assert digests(folder) == before
    assert len(list(folder.clean.glob("2*"))) == 1


def test_the_budget_ends_a_crawl_and_the_next_goes_on(folder: DataFolder) -> None:
    with Site(pages(9)) as site:
        start = site.url("/0.html")
        first = crawl(folder, options(start, budget=4))
        assert first.archived == 4
        second = crawl(folder, options(budget=100))
        asked = site.paths()
    assert second.archived == 5
    assert Counter(path for path in asked if path != "/robots.txt") == dict.fromkeys((f"/{n}.html" for n in range(9)), 1)


def test_depth_counts_links_from_the_start(folder: DataFolder) -> None:
    with Site({f"/{n}.html": article(f"第{n}号问题", f"/{n + 1}.html") for n in range(6)}) as site:
        crawl(folder, options(site.url("/0.html"), depth=2))
        assert set(site.paths()) == {"/robots.txt", "/0.html", "/1.html", "/2.html"}


def test_every_fetch_has_a_row_and_equal_failures_one(folder: DataFolder) -> None:
    with Site({"/0.html": Reply(b"never", 503, (("Retry-After", "0"),))}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    dataset = Dataset(folder)
    assert outcomes(folder)["failed", None] == 3
    assert [row.reason for row in dataset.rows("failures")] == ["http_503"]


def test_a_broken_sitemap_has_a_row(folder: DataFolder) -> None:
    robots = Reply(b"Sitemap: /s.xml", headers=PLAIN)
    broken = Reply(b"<urlset><url><loc>/1.html</loc></url><url><lo", headers=(("Content-Type", "application/xml"),))
    with Site({"/robots.txt": robots, "/s.xml": broken, "/0.html": article("第0号问题"), "/1.html": article("第1号问题")}) as site:
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert [(path_of(f.url), f.reason) for f in summary.failures] == [("/s.xml", "bad_sitemap")]
    assert summary.parsed == 2
    assert summary.listings == 1


def test_a_missing_page_is_a_failed_capture_and_a_missing_robots_txt_is_none(folder: DataFolder) -> None:
    with Site({"/0.html": article("第0号问题", "/9.html")}) as site:
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert [(path_of(f.url), f.reason, f.stage) for f in summary.failures] == [("/9.html", "http_404", "fetch")]
    assert outcomes(folder) == {("parsed", "listing"): 1, ("parsed", "generic"): 1, ("failed", None): 1}


@pytest.mark.parametrize("target", ["/home.html", "/1.html", "/none.html"])
def test_what_robots_txt_is_redirected_to_is_no_page_that_anybody_linked(folder: DataFolder, target: str) -> None:
    home = Reply("<html><body><p>欢迎来到本站</p></body></html>".encode())
    with Site(
        {"/robots.txt": redirect(target), "/home.html": home, "/1.html": article("第1号问题"), "/0.html": article("第0号问题")}
    ) as site:
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert (summary.failures, summary.quarantined, summary.parsed) == ([], 0, 1)
    assert outcomes(folder) == {("parsed", "listing"): 1, ("parsed", "generic"): 1}


def test_one_address_is_ingested_and_what_it_links_to_is_left_alone(folder: DataFolder) -> None:
    with Site(pages(3)) as site:
        first = ingest(folder, [site.url("/0.html#top")], options=options())
        again = ingest(folder, [site.url("/0.html")], options=options())
        assert Counter(site.paths()) == {"/robots.txt": 1, "/0.html": 2}
    assert (first.archived, first.parsed, first.failures) == (1, 1, [])
    assert (again.archived, again.unchanged) == (0, 1)
    assert again.release is not None
    assert not again.release.created


@pytest.mark.usefixtures("impatient")
def test_an_address_that_nobody_serves_is_a_recorded_failure(folder: DataFolder) -> None:
    with Site() as site:
        gone = site.url("/0.html")
    summary = ingest(folder, [gone], options=options())
    assert [f.reason for f in summary.failures] == ["robots_unreachable"]
    assert [row.reason for row in Dataset(folder).rows("failures")] == ["robots_unreachable"]


@pytest.mark.parametrize("source", ["ftp://a.example/1", "javascript://x", "http://"])
def test_an_address_that_is_not_of_the_web_is_a_mistake_of_the_caller(folder: DataFolder, source: str) -> None:
    with pytest.raises(UsageError, match="cannot be fetched"):
        ingest(folder, [source])


def test_the_steps_of_a_flow_do_what_a_crawl_does(folder: DataFolder, tmp_path: Path) -> None:
    with Site(pages(7)) as site:
        given = options(site.url("/0.html"))
        assert discover(folder, given) == 1
        visited = 0
        while (fetched := fetch_due(folder, given, 3)).visited:
            visited += fetched.visited
            parse_new(folder, given)
        assert fetched.is_finished
        other = DataFolder(tmp_path / "other")
        crawl(other, given, with_analysis=False)
    assert visited == 7
    ids = [{row.article_id for row in Dataset(one).rows("articles")} for one in (folder, other)]
    assert ids[0] == ids[1]


def test_a_second_crawl_of_the_folder_at_the_same_time_is_told_who_holds_it(folder: DataFolder) -> None:
    with folder.locked(), pytest.raises(LockedError, match=str(os.getpid())):
        crawl(folder, options())
