"""How a crawl treats a site: robots.txt, delays, busy servers, and wishes of publishers."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from healthnews.cli import run
from healthnews.pipeline.crawling import count_left, discover, fetch_due, parse_new
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.ingestion import crawl, ingest
from healthnews.pipeline.queries import Dataset
from tests.answer_site import article, options, pages, path_of
from tests.web import PLAIN, Reply, Request, Site, gaps, redirect


def test_what_robots_txt_forbids_is_never_asked_for_and_is_recorded(folder: DataFolder) -> None:
    routes = {**pages(3), "/robots.txt": Reply(b"User-agent: *\nDisallow: /1.html\n", headers=PLAIN)}
    with Site(routes) as site:
        summary = crawl(folder, options(site.url("/0.html")))
        assert "/1.html" not in site.paths()
        assert site.requests[0].path == "/robots.txt"
        assert site.requests[0].headers["user-agent"].startswith("healthnews/")
    assert [(path_of(f.url), f.reason, f.stage) for f in summary.failures] == [("/1.html", "robots", "fetch")]
    assert summary.start_failures == set()


def test_robots_txt_is_asked_for_once_a_day_and_heeded_by_later_runs(folder: DataFolder) -> None:
    forbidding = Reply(b"User-agent: *\nDisallow: /1.html\n", headers=PLAIN)
    with Site({**pages(3), "/robots.txt": forbidding}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        again = crawl(folder, options(site.url("/0.html"), refresh=True), with_analysis=False)
        assert site.paths().count("/robots.txt") == 1
        assert "/1.html" not in site.paths()
    assert [f.reason for f in again.failures] == ["robots"]


def test_two_requests_to_a_host_are_a_delay_apart(folder: DataFolder) -> None:
    with Site(pages(3)) as site:
        crawl(folder, options(site.url("/0.html"), delay_seconds=0.3), with_analysis=False)
    moments = site.moments()
    assert len(moments) == 4
    assert min(gaps(moments)) > 0.1, "less the time on the way, which a busy machine draws out"
    assert moments[-1] - moments[0] > 0.75


def test_a_redirect_waits_for_its_turn(folder: DataFolder) -> None:
    with Site({"/old.html": redirect("/0.html"), "/0.html": article("第0号问题")}) as site:
        crawl(folder, options(site.url("/old.html"), delay_seconds=0.4), with_analysis=False)
    assert [gap > 0.2 for gap in gaps(site.moments("/old.html", "/0.html"))] == [True]


def test_the_delay_holds_for_the_robots_txt_of_a_host_that_a_redirect_leads_to(folder: DataFolder) -> None:
    with Site({"/0.html": article("第0号问题")}) as site, Site({"/": redirect(site.url("/0.html"))}) as other:
        with open_frontier(folder) as frontier:
            frontier.hosts.follow(site.host, 0.4)
            frontier.hosts.take_turn(site.host, datetime.now(UTC), 1.0)
        asked_at = time.monotonic()
        crawl(folder, options(other.url("/")), with_analysis=False)
    assert [gap > 0.2 for gap in gaps([asked_at, *site.moments()])] == [True, True]


def test_the_delay_that_robots_txt_asks_for_is_kept_from_the_first_page_on(folder: DataFolder) -> None:
    robots_txt = Reply(b"User-agent: *\nCrawl-delay: 0.5\n", headers=PLAIN)
    with Site({"/robots.txt": robots_txt, **pages(2)}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert [gap > 0.25 for gap in gaps(site.moments())] == [True, True]


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
    robots = Reply(b"User-agent: *\nDisallow: /no\n", headers=PLAIN)
    links = [f"/no{n}.html" for n in range(12)]
    first = article("第0号问题", *links, "/1.html")
    with Site({"/robots.txt": robots, "/0.html": first, "/1.html": article("第1号问题")}) as site:
        summary = crawl(folder, options(site.url("/0.html"), budget=2), with_analysis=False)
        assert sorted(site.paths()) == ["/0.html", "/1.html", "/robots.txt"]
    assert Counter(f.reason for f in summary.failures) == {"robots": 12}


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
    robots = Reply(b"User-agent: *\nContent-Signal: search=yes, ai-train=no\n", headers=PLAIN)
    with Site({**pages(1), "/robots.txt": robots}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    said = {path_of(row.url): row.training_opt_out for row in Dataset(folder).rows("captures")}
    assert said == {"/0.html": False, "/robots.txt": True}


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
    paths = ("/0.html", "/1.html")
    with Site(dict.fromkeys(paths, Reply(b"later", status))) as site:
        crawl(folder, options(*map(site.url, paths), budget=4), with_analysis=False)
    moments = site.moments(*paths)
    assert len(moments) == 4
    assert min(gaps(moments)) > 0.2


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


@pytest.mark.parametrize("is_flow", [False, True])
def test_pages_that_lead_on_are_read_while_another_host_is_waited_for(folder: DataFolder, is_flow: bool) -> None:
    robots_txt = Reply(b"User-agent: *\nCrawl-delay: 1.5\n", headers=PLAIN)
    with Site({"/robots.txt": robots_txt, **pages(4)}) as slow, Site(pages(4)) as quick:
        given = options(*(slow.url(f"/{n}.html") for n in range(4)), quick.url("/0.html"))
        if is_flow:
            discover(folder, given)
            while not fetch_due(folder, given).is_finished or parse_new(folder, given).discovered:
                parse_new(folder, given)
        else:
            crawl(folder, given, with_analysis=False)
        assert quick.moments()[-1] < slow.moments()[-1], "the quick host does not wait until the slow one is through"
        assert (slow.paths().count("/3.html"), quick.paths().count("/3.html")) == (1, 1)
    assert {row.reason for row in Dataset(folder).rows("failures")} == set()


@pytest.mark.usefixtures("impatient")
def test_a_host_that_was_put_off_is_told_with_what_waits_and_asked_again_by_retry(
    folder: DataFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    with Site({**pages(2), "/robots.txt": Reply(b"", 500)}) as site:
        arguments = ("--allow-address", "127.0.0.0/8", "--delay", "0", "--no-analyze", "--data", str(folder.root))
        run(["crawl", "--start", site.url("/0.html"), "--start", site.url("/1.html"), *arguments])
        assert "hosts that are to be left alone: 1 addresses" in capsys.readouterr().err
        site.routes["/robots.txt"] = Reply(b"", 404)
        assert crawl(folder, options(), with_analysis=False).waiting == 1
        assert count_left(folder, options()) == {"waiting": 1, "beyond_depth": 0}
        again = crawl(folder, options(retry=True), with_analysis=False)
    assert (again.parsed, again.waiting, again.waiting_until) == (2, 0, None)
