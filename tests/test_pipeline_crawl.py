"""Crawling over real HTTP: politely, completely, again without change, and on after a kill."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from healthnews.crawl import robots, visits
from healthnews.crawl.archive import Archive
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Finished, Link
from healthnews.errors import LockedError, UsageError
from healthnews.pipeline.crawl_options import CrawlOptions, crawl_options
from healthnews.pipeline.crawling import discover, fetch_due, parse_new
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.following import LIST_REVISIT
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.ingestion import IngestSummary, crawl, ingest
from healthnews.pipeline.queries import Dataset, read_status
from healthnews.records import utc_now
from healthnews.samples.server import serve_samples
from healthnews.settings import read_settings
from tests.test_pipeline_ingest import digests
from tests.web import LOOPBACK, Reply, Request, Route, Site, redirect

EXPECTED = tomllib.loads((Path(__file__).parents[1] / "samples" / "expected.toml").read_text(encoding="utf-8"))
ANSWER = "医保账户的钱由本人使用,可以支付门诊费用,也可以在定点药店买药,余额查询很方便。"


def options(*start: str, **given: Any) -> CrawlOptions:
    """Options for loopback; no delay unless one is given."""
    return crawl_options(start=start, allow_addresses=LOOPBACK, **{"delay_seconds": 0.0, "depth": 10} | given)


def article(title: str, *related: str, text: str = ANSWER) -> Reply:
    links = "".join(f'<li><a href="{url}">关于第{url[1:-5]}号问题的解答</a><p>这里是它的开头。</p></li>' for url in related)
    block = f"<h3>相关推荐</h3><ul>{links}</ul>" if related else ""
    body = f"<h1>{title}</h1><p>{title}。{text * 3}</p>{block}"
    return Reply(f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode())


def pages(count: int) -> dict[str, Any]:
    """A chain of articles, each recommending the next two."""
    return {f"/{n}.html": article(f"第{n}号问题", *(f"/{m}.html" for m in (n + 1, n + 2) if m < count)) for n in range(count)}


def listed_pages(count: int) -> dict[str, Any]:
    """As `pages`, with a list of them all, so that many are due at once."""
    links = "".join(f'<li><a href="/{n}.html">第{n}号问题的解答在这里</a></li>' for n in range(count))
    return {"/": Reply(f"<html><head><title>问答</title></head><body><h1>问答</h1><ul>{links}</ul></body></html>".encode()), **pages(count)}


def outcomes(folder: DataFolder) -> Counter[tuple[str, str | None]]:
    return Counter((row.outcome, row.parser) for row in Dataset(folder).rows("captures"))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, DataFolder, IngestSummary]]:
    """The sample site, crawled once."""
    folder = DataFolder(tmp_path_factory.mktemp("sample") / "data")
    with serve_samples(0) as origin:
        yield origin, folder, crawl(folder, options(f"{origin}/"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon where nothing is said of when: that the waits grow is another test."""
    monkeypatch.setattr(visits, "_FIRST_BACK_OFF_SECONDS", 0.4)
    monkeypatch.setattr(robots, "UNREACHABLE_KEPT_SECONDS", 0.15)


def path_of(url: str | None) -> str:
    return urlsplit(url or "").path


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


def test_unchanged_visits_are_told_by_the_next_release(folder: DataFolder) -> None:
    with Site(pages(3)) as site:
        start = site.url("/0.html")
        crawl(folder, options(start))
        crawl(folder, options(start, refresh=True))
        site.routes["/2.html"] = article("第2号问题", text="内容换成了新的:断缴以后三个月以内可以补缴,补缴以后待遇恢复。")
        crawl(folder, options(start, refresh=True))
    dataset = Dataset(folder)
    unchanged = {path_of(row.url) for row in dataset.rows("captures") if row.outcome == "unchanged"}
    assert {"/0.html", "/1.html"} <= unchanged
    changed = next(row for row in dataset.rows("articles") if path_of(row.url) == "/2.html")
    assert "断缴" in changed.body
    first = next(row for row in dataset.rows("articles") if path_of(row.url) == "/0.html")
    assert first.last_seen_at == max(row.fetched_at for row in dataset.rows("captures") if path_of(row.url) == "/0.html")


def test_a_conditional_request_is_sent_and_a_304_is_a_revisit(folder: DataFolder) -> None:
    def answer(request: Request) -> Reply:
        if request.headers.get("if-none-match") == '"v1"':
            return Reply(status=304, headers=(("ETag", '"v1"'),))
        page = article("有版本号的页面")
        return Reply(page.body, headers=(*page.headers, ("ETag", '"v1"')))

    with Site({"/0.html": answer}) as site:
        start = site.url("/0.html")
        crawl(folder, options(start))
        again = crawl(folder, options(start))
    assert (again.archived, again.unchanged) == (0, 1)
    assert read_status(folder).pending == 0


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("has_etag", [True, False], ids=["etag", "digest"])
@pytest.mark.parametrize("outages", [1, visits.MAX_ATTEMPTS], ids=["one attempt", "a whole visit"])
def test_a_page_that_is_the_same_after_an_outage_is_not_archived_again(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, has_etag: bool, outages: int
) -> None:
    monkeypatch.setattr(visits, "_FIRST_BACK_OFF_SECONDS", 0.01)
    dead = 0
    page = article("第0号问题")

    def answer(request: Request) -> Reply:
        nonlocal dead
        if dead:
            dead -= 1
            raise ConnectionResetError  # closes without an answer
        if has_etag and request.headers.get("if-none-match") == '"v1"':
            return Reply(status=304, headers=(("ETag", '"v1"'),))
        return Reply(page.body, headers=(*page.headers, *((("ETag", '"v1"'),) if has_etag else ())))

    with Site({"/0.html": answer}) as site:
        given = options(site.url("/0.html"))
        crawl(folder, given, with_analysis=False)
        dead = outages
        crawl(folder, given, with_analysis=False)
        again = crawl(folder, given, with_analysis=False)
    assert (again.archived, again.unchanged) == (0, 1)
    answers = [entry.record_type for entry in Archive.read_entries(folder.raw) if entry.asked == site.url("/0.html") and entry.is_capture]
    assert answers.count("response") == 1


def test_an_error_page_and_a_page_of_the_same_bytes_are_two(folder: DataFolder) -> None:
    page = article("第0号问题")
    with Site({"/0.html": Reply(page.body, 404, page.headers)}) as site:
        given = options(site.url("/0.html"))
        crawl(folder, given, with_analysis=False)
        site.routes["/0.html"] = page
        assert crawl(folder, given, with_analysis=False).parsed == 1


def test_a_page_that_is_restored_keeps_its_depth(folder: DataFolder) -> None:
    with Site(pages(2)) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        with open_frontier(folder) as frontier:
            known = frontier.look_up(site.url("/1.html"))
            assert known is not None
            assert known.last_fetched_at is not None
            earlier = known.last_fetched_at - timedelta(days=1)
            frontier.finish(known.url, fetched_at=earlier, outcome="fetched", due_at=utc_now() + timedelta(days=7))
        discover(folder, options(site.url("/0.html")))
    with open_frontier(folder) as frontier:
        restored = frontier.look_up(known.url)
    assert restored is not None
    assert (restored.last_fetched_at, restored.depth) == (known.last_fetched_at, 1)


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


def test_what_robots_txt_forbids_is_never_asked_for_and_is_recorded(folder: DataFolder) -> None:
    routes = {**pages(3), "/robots.txt": Reply(b"User-agent: *\nDisallow: /1.html\n", headers=(("Content-Type", "text/plain"),))}
    with Site(routes) as site:
        summary = crawl(folder, options(site.url("/0.html")))
        assert "/1.html" not in site.paths()
        assert site.requests[0].path == "/robots.txt"
        assert site.requests[0].headers["user-agent"].startswith("healthnews/")
    assert [(path_of(f.url), f.reason, f.stage) for f in summary.failures] == [("/1.html", "robots", "fetch")]
    assert summary.start_failures == set()


def test_robots_txt_is_asked_for_once_a_day_and_heeded_by_later_runs(folder: DataFolder) -> None:
    forbidding = Reply(b"User-agent: *\nDisallow: /1.html\n", headers=(("Content-Type", "text/plain"),))
    with Site({**pages(3), "/robots.txt": forbidding}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        again = crawl(folder, options(site.url("/0.html"), refresh=True), with_analysis=False)
        assert site.paths().count("/robots.txt") == 1
        assert "/1.html" not in site.paths()
    assert [f.reason for f in again.failures] == ["robots"]


def test_other_sites_are_recorded_and_not_visited(folder: DataFolder) -> None:
    with Site(pages(1)) as other, Site() as site:
        site.routes["/0.html"] = article("第0号问题", "/1.html", other.url("/0.html"))
        site.routes["/1.html"] = article("第1号问题")
        crawl(folder, options(site.url("/0.html")))
        assert other.paths() == []
    assert other.url("/0.html") in {row.url for row in Dataset(folder).rows("related_links")}


def test_two_requests_to_a_host_are_a_delay_apart(folder: DataFolder) -> None:
    moments: list[float] = []

    def timed(reply: Reply) -> Callable[[Request], Reply]:
        def answer(_: Request) -> Reply:
            moments.append(time.monotonic())
            return reply

        return answer

    routes: dict[str, Route] = {path: timed(reply) for path, reply in {**pages(3), "/robots.txt": Reply(b"", 404)}.items()}
    with Site(routes) as site:
        crawl(folder, options(site.url("/0.html"), delay_seconds=0.3), with_analysis=False)
    assert len(moments) == 4
    assert min(later - earlier for earlier, later in pairwise(moments)) > 0.1, "less the time on the way, which a busy machine draws out"
    assert moments[-1] - moments[0] > 0.75


def test_a_redirect_waits_for_its_turn(folder: DataFolder) -> None:
    moments: list[float] = []

    def timed(reply: Reply) -> Callable[[Request], Reply]:
        def answer(_: Request) -> Reply:
            moments.append(time.monotonic())
            return reply

        return answer

    with Site({"/old.html": timed(redirect("/0.html")), "/0.html": timed(article("第0号问题"))}) as site:
        crawl(folder, options(site.url("/old.html"), delay_seconds=0.4), with_analysis=False)
    assert [later - earlier > 0.2 for earlier, later in pairwise(moments)] == [True]


def test_the_delay_holds_for_the_robots_txt_of_a_host_that_a_redirect_leads_to(folder: DataFolder) -> None:
    moments: list[float] = []

    def timed(reply: Reply) -> Callable[[Request], Reply]:
        def answer(_: Request) -> Reply:
            moments.append(time.monotonic())
            return reply

        return answer

    page = article("第0号问题")
    routes: dict[str, Route] = {path: timed(reply) for path, reply in (("/robots.txt", Reply(b"", 404)), ("/0.html", page))}
    with Site(routes) as site, Site({"/": redirect(site.url("/0.html"))}) as other:
        with open_frontier(folder) as frontier:
            frontier.hosts.follow(site.host, 0.4)
            frontier.hosts.take_turn(site.host, datetime.now(UTC), 1.0)
        asked_at = time.monotonic()
        crawl(folder, options(other.url("/")), with_analysis=False)
    assert [later - earlier > 0.2 for earlier, later in pairwise([asked_at, *moments])] == [True, True]


def test_the_delay_that_robots_txt_asks_for_is_kept_from_the_first_page_on(folder: DataFolder) -> None:
    moments: list[float] = []

    def answer(request: Request) -> Reply:
        moments.append(time.monotonic())
        if request.path == "/robots.txt":
            return Reply(b"User-agent: *\nCrawl-delay: 0.5\n", headers=(("Content-Type", "text/plain"),))
        return article("第0号问题", "/1.html") if request.path == "/0.html" else article("第1号问题")

    routes: dict[str, Route] = dict.fromkeys(("/robots.txt", "/0.html", "/1.html"), answer)
    with Site(routes) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert [later - earlier > 0.25 for earlier, later in pairwise(moments)] == [True, True]


def test_loopback_is_refused_unless_it_was_allowed(folder: DataFolder) -> None:
    with Site(pages(1)) as site:
        summary = crawl(folder, crawl_options(start=[site.url("/0.html")]))
        assert site.paths() == []
    assert summary.start_failures == {"blocked_address"}
    assert "--allow-address" in summary.failures[0].detail


def test_a_redirect_to_a_private_address_is_refused_and_its_first_hop_kept(folder: DataFolder) -> None:
    with Site({"/0.html": redirect("http://169.254.169.254/latest/")}) as site:
        summary = ingest(folder, [site.url("/0.html")], options=options())
    assert [f.reason for f in summary.failures] == ["blocked_address"]
    assert read_status(folder).pending == 0


def test_a_crawl_is_not_led_off_its_site_by_a_redirect(folder: DataFolder) -> None:
    with Site(pages(1)) as other, Site({"/0.html": article("第0号问题", "/1.html"), "/1.html": redirect(other.url("/0.html"))}) as site:
        summary = crawl(folder, options(site.url("/0.html")))
        assert other.paths() == []
        assert [f.reason for f in summary.failures] == ["other_site"]
        named = ingest(folder, [site.url("/1.html")], options=options())
        assert "/0.html" in other.paths()
    assert named.failures == []


def test_the_delay_of_a_site_holds_whoever_asks(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site(pages(3)) as site:
        settings = f'[[sites]]\nhost = "{site.host}"\nstart = ["{site.url("/0.html")}"]\ndelay_seconds = 7\n'
        (tmp_path / "healthnews.toml").write_text(settings, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        assert options(site.url("/1.html")).delay_of(site.host) == 7
        assert options(site.url("/1.html"), with_sites=False).delay_of(site.host) == 0


def test_a_site_that_left_the_settings_is_left_alone(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Site(pages(4)) as site, Site(pages(1)) as other:
        settings = f'[[sites]]\nhost = "{site.host}"\nstart = ["{site.url("/0.html")}"]\ndelay_seconds = 0\n'
        (tmp_path / "healthnews.toml").write_text(settings, encoding="utf-8")
        crawl(folder, options(budget=1), with_analysis=False)
        asked = len(site.requests)
        (tmp_path / "healthnews.toml").unlink()
        crawl(folder, options(other.url("/0.html")), with_analysis=False)
        assert len(site.requests) == asked


@pytest.mark.parametrize("start", ["ftp://a.example/", "https://b.example/"])
def test_a_site_that_starts_elsewhere_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "healthnews.toml").write_text(f'[[sites]]\nhost = "a.example:443"\nstart = ["{start}"]\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"a\.example:443"):
        options()


def test_a_start_on_none_of_the_hosts_named_is_a_mistake() -> None:
    with pytest.raises(UsageError, match=r"b\.example"):
        options("https://a.example/", hosts=["b.example"])


@pytest.mark.parametrize("by_name", [True, False])
def test_an_address_that_has_to_wait_is_told(folder: DataFolder, by_name: bool) -> None:
    with Site({"/0.html": Reply(b"later", 429, (("Retry-After", "3600"),)), "/1.html": article("第1号问题")}) as site:
        urls = [site.url("/0.html"), site.url("/1.html")]
        summary = ingest(folder, urls, options=options()) if by_name else crawl(folder, options(*urls))
        assert site.paths().count("/0.html") == 1
    waiting = {path_of(f.url) for f in summary.failures if f.reason == "postponed"}
    assert waiting == {"/0.html", "/1.html"}
    if not by_name:
        assert "postponed" in summary.start_failures


def test_list_pages_stay_due_each_day_when_they_have_not_changed(folder: DataFolder) -> None:
    items = "".join(f'<li><a href="/{n}.html">第{n}号问题的解答在这里</a></li>' for n in range(6))
    with Site({"/": Reply(f"<html><body><ul>{items}</ul></body></html>".encode()), **pages(6)}) as site:
        crawl(folder, options(site.url("/")), with_analysis=False)
        crawl(folder, options(site.url("/"), refresh=True), with_analysis=False)
        with open_frontier(folder) as frontier:
            next_due = frontier.next_due(utc_now())
        assert next_due is not None
        assert next_due - utc_now() < LIST_REVISIT + timedelta(seconds=1)
        claims = []
        with open_frontier(folder) as frontier:
            while claim := frontier.claim(utc_now() + LIST_REVISIT):
                claims.append(path_of(claim.url))
    assert claims == ["/"], "articles wait longer"


def test_a_crawl_after_data_work_is_gone_fetches_nothing_as_new(folder: DataFolder) -> None:
    with Site(pages(5)) as site:
        start = site.url("/0.html")
        crawl(folder, options(start))
        before = digests(folder)
        shutil.rmtree(folder.root / "work")
        again = crawl(folder, options(start))
    assert (again.archived, again.unchanged) == (0, 1)
    assert digests(folder).keys() == before.keys()
    assert len([row for row in Dataset(folder).rows("captures") if row.outcome == "parsed"]) == 6


@pytest.mark.usefixtures("impatient")
def test_what_a_loss_of_power_took_from_the_archive_is_asked_for_again(folder: DataFolder) -> None:
    """The frontier may be ahead of the archive then: both are flushed to disk now and then, each for itself."""

    def versioned(reply: Reply) -> Callable[[Request], Reply]:
        return lambda request: (
            Reply(status=304) if request.headers.get("if-none-match") else replace(reply, headers=(*reply.headers, ("ETag", "1")))
        )

    with Site({path: versioned(reply) for path, reply in pages(5).items()}) as site:
        given = options(*(site.url(f"/{n}.html") for n in range(5)))
        discover(folder, given)
        fetch_due(folder, given)
        *_, lost, _ = Archive.read_entries(folder.raw)
        (warc,) = folder.raw.glob("*.warc.gz")
        os.truncate(warc, lost.offset + 100)
        site.requests.clear()
        crawl(folder, options(), with_analysis=False)
        assert len(site.paths()) == 2, "two records were lost, and no other page is asked for"
    known = Counter(path_of(row.url) for row in Dataset(folder).rows("captures") if row.outcome == "parsed")
    assert known == dict.fromkeys((*(f"/{n}.html" for n in range(5)), "/robots.txt"), 1)


def test_a_robots_txt_that_fails_once_is_asked_for_again(folder: DataFolder) -> None:
    calls: list[str] = []

    def failing_once(_: Request) -> Reply:
        calls.append("robots")
        return Reply(b"", 500) if len(calls) == 1 else Reply(b"", 404)

    with Site({**pages(2), "/robots.txt": failing_once}) as site:
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert summary.parsed == 2
    assert len(calls) == 2


@pytest.mark.usefixtures("impatient")
def test_a_host_whose_robots_txt_cannot_be_had_costs_no_more_than_one_address(folder: DataFolder) -> None:
    with Site({**pages(9), "/robots.txt": Reply(b"", 500)}) as site:
        urls = [site.url(f"/{n}.html") for n in range(9)]
        summary = crawl(folder, options(*urls), with_analysis=False)
        assert set(site.paths()) == {"/robots.txt"}
        assert len(site.requests) <= 4
    assert summary.start_failures == {"robots_unreachable", "postponed"}


def test_what_robots_txt_forbids_costs_neither_budget_nor_delay(folder: DataFolder) -> None:
    robots = Reply(b"User-agent: *\nDisallow: /no\n", headers=(("Content-Type", "text/plain"),))
    links = [f"/no{n}.html" for n in range(12)]
    first = article("第0号问题", *links, "/1.html")
    with Site({"/robots.txt": robots, "/0.html": first, "/1.html": article("第1号问题")}) as site:
        summary = crawl(folder, options(site.url("/0.html"), budget=2), with_analysis=False)
        assert sorted(site.paths()) == ["/0.html", "/1.html", "/robots.txt"]
    assert Counter(f.reason for f in summary.failures) == {"robots": 12}


def test_every_fetch_has_a_row_and_equal_failures_one(folder: DataFolder) -> None:
    with Site({"/0.html": Reply(b"never", 503, (("Retry-After", "0"),))}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    dataset = Dataset(folder)
    assert outcomes(folder)["failed", None] == 3
    assert [row.reason for row in dataset.rows("failures")] == ["http_503"]


def test_a_304_that_nobody_asked_for_is_a_failure(folder: DataFolder) -> None:
    with Site(pages(1)) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        site.routes["/0.html"] = Reply(status=304, headers=())
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert summary.start_failures == {"http_304"}


def test_a_host_is_asked_for_one_page_at_a_time(folder: DataFolder) -> None:
    under_way: list[int] = []
    most: list[int] = []

    def slowly(reply: Reply) -> Callable[[Request], Reply]:
        def answer(_: Request) -> Reply:
            under_way.append(1)
            most.append(len(under_way))
            time.sleep(0.1)  # leaves time for another request to arrive
            under_way.pop()
            return reply

        return answer

    with Site({path: slowly(reply) for path, reply in pages(5).items()}) as site:
        crawl(folder, options(*(site.url(f"/{n}.html") for n in range(5))), with_analysis=False)
    assert len(most) == 5
    assert max(most) == 1


def test_a_wish_not_to_be_indexed_is_recorded(folder: DataFolder) -> None:
    page = article("第0号问题")
    with Site({"/0.html": Reply(page.body, headers=(*page.headers, ("X-Robots-Tag", "noindex")))}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert {path_of(row.url): row.noindex for row in Dataset(folder).rows("captures")} == {"/0.html": True, "/robots.txt": False}


@pytest.mark.parametrize(
    ("header", "meta"),
    [
        (("X-Robots-Tag", "noai, noimageai"), ""),
        (("TDM-Reservation", "1"), ""),
        (("X-A", "b"), '<meta name="robots" content="index, noai">'),
        (("X-A", "b"), '<meta content="1" name="tdm-reservation">'),
    ],
)
def test_a_wish_not_to_be_trained_on_is_recorded(folder: DataFolder, header: tuple[str, str], meta: str) -> None:
    page, other = article("第0号问题", "/1.html"), article("第1号问题")
    wishing = Reply(page.body.replace(b"<head>", b"<head>" + meta.encode()), headers=(*page.headers, header))
    kept = Reply(
        other.body.replace(b"<head>", b'<head><meta name="tdm-reservation" content="0">'),
        headers=(*other.headers, ("TDM-Reservation", "0")),
    )
    with Site({"/0.html": wishing, "/1.html": kept}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    said = {path_of(row.url): row.training_opt_out for row in Dataset(folder).rows("captures")}
    assert said == {"/0.html": True, "/1.html": False, "/robots.txt": False}


def test_a_wish_of_a_whole_site_is_recorded_with_its_robots_txt(folder: DataFolder) -> None:
    robots = Reply(b"User-agent: *\nContent-Signal: search=yes, ai-train=no\n", headers=(("Content-Type", "text/plain"),))
    with Site({**pages(1), "/robots.txt": robots}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    said = {path_of(row.url): row.training_opt_out for row in Dataset(folder).rows("captures")}
    assert said == {"/0.html": False, "/robots.txt": True}


def test_a_broken_sitemap_has_a_row(folder: DataFolder) -> None:
    robots = Reply(b"Sitemap: /s.xml", headers=(("Content-Type", "text/plain"),))
    broken = Reply(b"<urlset><url><loc>/1.html</loc></url><url><lo", headers=(("Content-Type", "application/xml"),))
    with Site({"/robots.txt": robots, "/s.xml": broken, "/0.html": article("第0号问题"), "/1.html": article("第1号问题")}) as site:
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert [(path_of(f.url), f.reason) for f in summary.failures] == [("/s.xml", "bad_sitemap")]
    assert summary.parsed == 2
    assert summary.listings == 1


def test_a_moved_page_is_one_article_under_its_new_address(folder: DataFolder) -> None:
    with Site(pages(1)) as site:
        site.routes["/old.html"] = redirect("/0.html", 301)
        crawl(folder, options(site.url("/old.html")))
        (row,) = Dataset(folder).rows("articles")
        assert row.canonical_url == site.url("/0.html")
        capture = next(c for c in Dataset(folder).rows("captures") if c.outcome == "parsed" and c.parser != "listing")
    assert (path_of(capture.url), path_of(capture.final_url)) == ("/old.html", "/0.html")


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_a_page_is_not_taken_for_unchanged_by_what_a_redirect_of_it_led_to(folder: DataFolder, is_forgotten: bool) -> None:
    moved = replace(article("第1号问题"), headers=(("ETag", '"1"'), ("Last-Modified", "Tue, 03 Mar 2026 08:00:00 GMT")))

    def own(request: Request) -> Reply:
        return Reply(status=304) if {"if-none-match", "if-modified-since"} & set(request.headers) else article("第0号问题")

    with Site({"/0.html": redirect("/1.html"), "/1.html": moved}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        if is_forgotten:
            shutil.rmtree(folder.root / "work")
        site.routes["/0.html"] = own
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert summary.unchanged == 0
    assert "第0号问题" in {row.title for row in Dataset(folder).rows("articles")}


def test_a_busy_server_is_asked_again_when_it_says_so(folder: DataFolder) -> None:
    calls: list[float] = []

    def busy_once(_: Request) -> Reply:
        calls.append(time.monotonic())
        return article("第0号问题") if len(calls) > 1 else Reply(b"later", 503, (("Retry-After", "1"),))

    with Site({"/0.html": busy_once}) as site:
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert summary.parsed == 1
    assert len(calls) == 2
    assert calls[1] - calls[0] >= 0.9
    assert summary.start_failures == set()


def test_a_server_that_stays_busy_is_given_up_with_a_reason(folder: DataFolder) -> None:
    busy = Reply(b"never", 503, (("Retry-After", "0"),))
    with Site({"/0.html": busy}) as site:
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
        assert site.paths().count("/0.html") == 3
    assert summary.start_failures == {"http_503"}


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_says_that_it_is_asked_too_much_is_left_alone(folder: DataFolder, impatient: None, status: int) -> None:
    moments: list[float] = []

    def busy(_: Request) -> Reply:
        moments.append(time.monotonic())
        return Reply(b"later", status)

    with Site({f"/{n}.html": busy for n in range(2)}) as site:
        crawl(folder, options(*(site.url(f"/{n}.html") for n in range(2)), budget=4), with_analysis=False)
    assert len(moments) == 4
    assert min(later - earlier for earlier, later in pairwise(moments)) > 0.2


def test_a_wait_that_a_server_asks_for_holds_for_its_host_when_a_page_is_given_up(folder: DataFolder) -> None:
    waits = iter(("0", "0", "3600"))

    def busy(_: Request) -> Reply:
        return Reply(b"later", 503, (("Retry-After", next(waits)),))

    with Site({"/0.html": busy, "/1.html": article("第1号问题")}) as site, Site({"/": redirect(site.url("/0.html"))}) as other:
        with open_frontier(folder) as frontier:
            frontier.hosts.follow(site.host, 0.0)
        crawl(folder, options(other.url("/")), with_analysis=False)
        crawl(folder, options(site.url("/1.html")), with_analysis=False)
        assert [path for path in site.paths() if path != "/robots.txt"] == ["/0.html"] * 3


def test_a_missing_page_is_a_failed_capture_and_a_missing_robots_txt_is_none(folder: DataFolder) -> None:
    with Site({"/0.html": article("第0号问题", "/9.html")}) as site:
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert [(path_of(f.url), f.reason, f.stage) for f in summary.failures] == [("/9.html", "http_404", "fetch")]
    assert outcomes(folder) == {("parsed", "listing"): 1, ("parsed", "generic"): 1, ("failed", None): 1}


def test_a_rebuild_from_the_archive_gives_the_same_bytes_and_the_crawl_goes_on(folder: DataFolder) -> None:
    with Site(pages(6)) as site:
        start = site.url("/0.html")
        crawl(folder, options(start, budget=4))
        crawl(folder, options(start, refresh=True, budget=2))
        site.routes["/0.html"] = article("第0号问题", "/1.html", text="第一页换了内容:备案以后在外地住院可以直接结算。")
        crawl(folder, options(start, budget=1))
        before = digests(folder)
        shutil.rmtree(folder.root / "work")
        ingest(folder, [])
        assert digests(folder) == before
        asked = len(site.requests)
        crawl(folder, options(start))
        again = site.paths()[asked:]
    assert {"/4.html", "/5.html"} <= set(again), "what was known and not fetched is fetched"
    assert {"/1.html", "/2.html", "/3.html"}.isdisjoint(again), "what was fetched is not due yet"


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


def test_a_site_that_was_never_started_cannot_be_named(folder: DataFolder) -> None:
    with pytest.raises(UsageError, match="--start"):
        crawl(folder, options(hosts=["a.example"]))


def test_a_crawl_without_any_site_says_how_to_name_one(folder: DataFolder) -> None:
    with pytest.raises(UsageError, match="--start"):
        crawl(folder, options())


def test_only_the_site_named_is_visited(folder: DataFolder) -> None:
    with Site(pages(2)) as one, Site(pages(2)) as two:
        crawl(folder, options(one.url("/0.html"), two.url("/0.html"), budget=2, refresh=True))
        before = len(two.requests)
        crawl(folder, options(hosts=[one.host], refresh=True))
        assert len(two.requests) == before
        assert "/1.html" in one.paths()


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


def test_the_frontier_may_be_in_postgresql_a_space_for_each_folder(
    folder: DataFolder, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTHNEWS_FRONTIER", postgres)
    with Site(pages(3)) as site:
        first = crawl(folder, options(site.url("/0.html")), with_analysis=False)
        again = crawl(folder, options(site.url("/0.html")), with_analysis=False)
        other = crawl(DataFolder(tmp_path / "other"), options(site.url("/0.html"), depth=0), with_analysis=False)
    assert (first.parsed, again.unchanged, other.parsed) == (3, 1, 1)
    assert read_status(folder).frontier == {(site.host, "done"): 3, (site.host, "gone"): 1}
    assert not folder.frontier.exists()


def test_several_crawlers_share_the_addresses_each_with_a_folder_of_its_own(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTHNEWS_FRONTIER", postgres)
    monkeypatch.setenv("HEALTHNEWS_FRONTIER_SPACE", f"desk_{os.getpid()}")
    folders = [DataFolder(tmp_path / name) for name in ("one", "two")]
    with Site(pages(12)) as first, Site(pages(12)) as second:
        urls = [site.url(f"/{n}.html") for site in (first, second) for n in range(12)]
        with open_frontier(folders[0]) as frontier:
            frontier.hosts.follow(first.host, 0.01)
            frontier.hosts.follow(second.host, 0.01)
            frontier.add([Link(url, depth=0) for url in urls], utc_now())
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda folder: fetch_due(folder, options(delay_seconds=0.01), 100), folders))
        asked = Counter(site.url(path) for site in (first, second) for path in site.paths() if path != "/robots.txt")
    assert asked == dict.fromkeys(urls, 1), "no address is given to two"
    assert sum(summary.new for summary in done) == len(urls)
    together = DataFolder(tmp_path / "together")
    sources = [str(path) for folder in folders for path in sorted(folder.raw.glob("*.warc.gz"))]
    assert ingest(together, sources, with_analysis=False).parsed == len(urls)


def test_crawlers_that_share_addresses_may_name_different_sites(tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHNEWS_FRONTIER", postgres)
    monkeypatch.setenv("HEALTHNEWS_FRONTIER_SPACE", f"sites_{os.getpid()}")
    monkeypatch.chdir(tmp_path)
    for host in ("a.example", "b.example"):
        (tmp_path / "healthnews.toml").write_text(f'[[sites]]\nhost = "{host}"\nstart = ["https://{host}/"]\n', encoding="utf-8")
        discover(DataFolder(tmp_path / host), options())
    with open_frontier(DataFolder(tmp_path / "a.example")) as frontier:
        assert frontier.hosts.followed() == {"a.example", "b.example"}


def test_a_shared_frontier_is_told_of_a_page_when_its_record_is_on_disk(
    folder: DataFolder, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTHNEWS_FRONTIER", postgres)
    monkeypatch.setenv("HEALTHNEWS_FRONTIER_SPACE", f"durable_{os.getpid()}")
    synced: dict[int, int] = {}
    told: list[bool] = []
    fsync, finish_all = os.fsync, Frontier.finish_all

    def noted_fsync(number: int) -> None:
        fsync(number)
        status = os.fstat(number)
        synced[status.st_ino] = status.st_size

    def checked_finish(frontier: Frontier, visits: Sequence[Finished]) -> None:
        files = [path.stat() for path in folder.raw.iterdir()]
        told.append(bool(files) and all(synced.get(file.st_ino) == file.st_size for file in files))
        finish_all(frontier, visits)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    with Site({**pages(2), "/1.html": Reply(b"gone", 410)}) as site:
        discover(folder, options(site.url("/0.html"), site.url("/1.html")))
        monkeypatch.setattr(Frontier, "finish_all", checked_finish)
        fetch_due(folder, options())
    assert told == [True] * 3, "robots.txt, the page and the one that is gone"


@pytest.mark.parametrize(("frontier", "space", "said"), [("", "desk", "PostgreSQL"), ("postgresql://a@b/c", "my desk", "desk_1")])
def test_a_shared_space_that_cannot_be_is_told(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, frontier: str, space: str, said: str
) -> None:
    if frontier:
        monkeypatch.setenv("HEALTHNEWS_FRONTIER", frontier)
    monkeypatch.setenv("HEALTHNEWS_FRONTIER_SPACE", space)
    with pytest.raises(UsageError, match=said):
        open_frontier(folder)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://a@b/c", "expected postgresql://"),
        ("nonsense", "expected postgresql://"),
        ("postgresql://crawl:secret@127.0.0.1:1/x", "can be reached"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed (healthnews[postgres])")
    monkeypatch.setenv("HEALTHNEWS_FRONTIER", url)
    with pytest.raises(UsageError, match=said) as refused:
        open_frontier(folder)
    assert "secret" not in str(refused.value)
    assert "secret" not in read_settings({})["store.frontier"].shown


def test_a_second_crawl_of_the_folder_at_the_same_time_is_told_who_holds_it(folder: DataFolder) -> None:
    with folder.locked(), pytest.raises(LockedError, match=str(os.getpid())):
        crawl(folder, options())


FORK_CRAWLS = """
import os, shlex, sys
from healthnews.cli import run
from healthnews.pipeline import crawling, ingestion

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os._exit(run(shlex.split(line)))
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


def test_a_crawl_killed_again_and_again_loses_nothing_and_archives_nothing_twice(folder: DataFolder) -> None:
    """The pages are small: many of them would fit into one buffer of a file that was not written out yet."""
    count = 24

    def slowly(reply: Reply) -> Callable[[Request], Reply]:
        def answer(_: Request) -> Reply:
            time.sleep(0.01)  # leaves time to be killed in
            return reply

        return answer

    slow: dict[str, Route] = {path: slowly(reply) for path, reply in listed_pages(count).items()}
    with Site(slow) as site:
        command = ["crawl", "--start", site.url("/"), "--allow-address", LOOPBACK[0], "--delay", "0", "--no-analyze", "--quiet"]
        line = shlex.join([*command, "--data", str(folder.root)]) + "\n"
        with subprocess.Popen([sys.executable, "-c", FORK_CRAWLS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
            assert starter.stdin is not None
            assert starter.stdout is not None
            for after in (2, 9, 18):
                starter.stdin.write(line)
                starter.stdin.flush()
                child = int(starter.stdout.readline())
                deadline = time.monotonic() + 60
                while len(site.requests) < after + 2 and time.monotonic() < deadline:
                    time.sleep(0.002)
                os.kill(child, signal.SIGKILL)
                assert starter.stdout.readline() == "ended\n"
            starter.stdin.close()
        crawl(folder, options(site.url("/")), with_analysis=False)
        counted = Counter(path for path in site.paths() if path not in ("/robots.txt", "/"))
    known = Counter(path_of(row.url) for row in Dataset(folder).rows("articles") if row.record == "page")
    assert known == dict.fromkeys((f"/{n}.html" for n in range(count)), 1)
    assert max(counted.values()) <= 3, "at most the pages under way are asked for again"
    answers = Counter((entry.asked, entry.sha256) for entry in Archive.read_entries(folder.raw) if entry.record_type == "response")
    assert max(answers.values()) == 1, "each version is archived once"
    assert {url for url, _ in answers} >= {site.url(f"/{n}.html") for n in range(count)}
    assert read_status(folder).pending == 0
