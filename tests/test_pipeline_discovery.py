"""How a crawl comes upon the pages of a site: packed sitemaps, their index, feeds, next pages; and how far it goes."""

import gzip
from collections import Counter
from datetime import timedelta

import pytest

from healthnews.cli import run
from healthnews.cli.host_lines import host_lines
from healthnews.crawl.visit_archive import FETCHED
from healthnews.extract import pager
from healthnews.pipeline.crawling import count_left, discover, fetch_due, parse_new
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.ingestion import crawl, ingest
from healthnews.pipeline.queries import Dataset, read_status
from healthnews.records import utc_now
from tests.answer_site import article, options, path_of
from tests.web import PLAIN, Reply, Route, Site, redirect

XML = (("Content-Type", "application/xml"),)
PACKED = (("Content-Type", "application/octet-stream"),)


def sitemap(*paths: str, site: Site, tag: str = "url", root: str = "urlset") -> bytes:
    return f"<{root}>{''.join(f'<{tag}><loc>{site.url(path)}</loc></{tag}>' for path in paths)}</{root}>".encode()


def listing(*paths: str, head: str = "", tail: str = "") -> Reply:
    items = "".join(f'<li><a href="{path}">关于{path[1:-5]}的常见问题解答</a></li>' for path in paths)
    return Reply(f"<html><head><title>问答</title>{head}</head><body><h1>问答</h1><ul>{items}</ul>{tail}</body></html>".encode())


def visited(folder: DataFolder) -> Counter[str]:
    return Counter(path_of(row.url) for row in Dataset(folder).rows("captures"))


def test_packed_sitemaps_and_their_index_are_read(folder: DataFolder) -> None:
    with Site({"/0.html": article("第0号问题")}) as site:
        index = sitemap("/a.php?f=gz", "/b.txt", site=site, tag="sitemap", root="sitemapindex")
        news = sitemap("/1.html", site=site).replace(b"</loc>", b"</loc><news:news><news:title>x</news:title></news:news>")
        site.routes |= {
            "/robots.txt": Reply(b"Sitemap: /index.xml.gz", headers=PLAIN),
            "/index.xml.gz": Reply(gzip.compress(index), headers=PACKED),
            "/a.php?f=gz": Reply(gzip.compress(news), headers=(("Content-Type", "application/x-gzip"),)),
            "/b.txt": Reply(f"{site.url('/2.html')}\r\n{site.url('/3.html')}\n".encode(), headers=PLAIN),
            **{f"/{n}.html": article(f"第{n}号问题") for n in (1, 2, 3)},
        }
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert (summary.parsed, summary.listings, summary.failures) == (4, 3, [])


def test_a_packed_file_that_is_no_sitemap_is_not_asked_for(folder: DataFolder) -> None:
    with Site({"/0.html": article("第0号问题", "/app.html"), "/app.html": Reply(b"\x1f\x8b", headers=PACKED)}) as site:
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert [failure.reason for failure in summary.failures] == ["unsupported_type"]


def test_a_sitemap_that_swells_beyond_all_bounds_is_refused_and_the_rest_done(folder: DataFolder) -> None:
    with Site({"/0.html": article("第0号问题", "/1.html"), "/1.html": article("第1号问题")}) as site:
        site.routes["/robots.txt"] = Reply(b"Sitemap: /s.xml.gz", headers=PLAIN)
        site.routes["/s.xml.gz"] = Reply(gzip.compress(b"<urlset>" + bytes(25_000_000), 1), headers=PACKED)
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert [(path_of(failure.url), failure.reason) for failure in summary.failures] == [("/s.xml.gz", "too_large")]
    assert summary.parsed == 2


def test_a_list_page_leads_to_its_feed_and_its_next_page(folder: DataFolder) -> None:
    feed = b"<rss><channel><item><link>/9.html</link></item></channel></rss>"
    routes: dict[str, Route] = {f"/{n}.html": article(f"第{n}号问题") for n in range(10)}
    routes["/"] = listing(
        *(f"/{n}.html" for n in range(5)), head='<link rel="alternate" type="application/rss+xml" href="/feed">',
        tail='<a rel="next" href="/list-2">下一页</a>',
    )  # fmt: skip
    routes |= {"/feed": Reply(feed, headers=XML), "/list-2": listing(*(f"/{n}.html" for n in range(3, 9)))}
    with Site(routes) as site:
        summary = crawl(folder, options(site.url("/")), with_analysis=False)
    assert (summary.parsed, summary.listings) == (10, 3)
    assert visited(folder) == dict.fromkeys((*routes, "/robots.txt"), 1)


def test_a_start_page_that_forwards_leads_to_the_site_it_forwards_to(folder: DataFolder) -> None:
    forward = b'<html><head><meta http-equiv="refresh" content="0; url=/home/"></head><body></body></html>'
    with Site({"/": Reply(forward), "/home/": listing(*(f"/{n}.html" for n in range(5)))}) as site:
        site.routes |= {f"/{n}.html": article(f"第{n}号问题") for n in range(5)}
        summary = crawl(folder, options(site.url("/")), with_analysis=False)
    assert (summary.parsed, summary.listings, summary.failures) == (5, 2, [])


def test_what_more_pages_recommend_is_visited_first_within_the_budget(folder: DataFolder) -> None:
    routes: dict[str, Route] = {f"/{n}.html": article(f"第{n}号问题", "/rare.html", "/often.html") for n in range(1)}
    routes |= {f"/{n}.html": article(f"第{n}号问题", "/often.html") for n in range(1, 4)}
    routes |= {"/often.html": article("常见问题"), "/rare.html": article("少见问题")}
    with Site(routes) as site:
        starts = [site.url(f"/{n}.html") for n in range(4)]
        crawl(folder, options(*starts, budget=5), with_analysis=False)
    assert "/often.html" in visited(folder)
    assert "/rare.html" not in visited(folder)


def test_sitemaps_on_another_host_lead_to_the_pages_of_the_site_and_to_no_page_of_that_host(folder: DataFolder) -> None:
    numbered: dict[str, Route] = {f"/{n}.html": article(f"第{n}号问题") for n in range(3)}
    with Site(numbered) as site, Site({"/9.html": article("别处的问题")}) as elsewhere, Site() as third:
        site.routes["/robots.txt"] = Reply(f"Sitemap: {elsewhere.url('/index.xml')}".encode(), headers=PLAIN)
        index = sitemap("/a.xml", "/b.xml", site=elsewhere, tag="sitemap", root="sitemapindex")
        index = index.replace(b"</sitemapindex>", f"<sitemap><loc>{third.url('/c.xml')}</loc></sitemap></sitemapindex>".encode())
        elsewhere.routes["/index.xml"] = Reply(index, headers=XML)
        elsewhere.routes["/a.xml"] = Reply(sitemap("/1.html", site=site), headers=XML)
        mixed = sitemap("/2.html", site=site).replace(b"</urlset>", f"<url><loc>{elsewhere.url('/9.html')}</loc></url></urlset>".encode())
        elsewhere.routes["/b.xml"] = Reply(mixed, headers=XML)
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
        assert (summary.parsed, summary.listings, summary.failures) == (3, 3, [])
        assert sorted(elsewhere.paths()) == ["/a.xml", "/b.xml", "/index.xml", "/robots.txt"]
        assert third.paths() == []
        elsewhere.requests.clear()
        crawl(folder, options(refresh=True), with_analysis=False)
        assert sorted(elsewhere.paths()) == ["/a.xml", "/b.xml", "/index.xml"]


def test_a_flow_visits_a_sitemap_on_another_host_in_the_run_that_learns_of_it(folder: DataFolder) -> None:
    with Site({f"/{n}.html": article(f"第{n}号问题") for n in range(2)}) as site, Site() as elsewhere:
        site.routes["/robots.txt"] = Reply(f"Sitemap: {elsewhere.url('/s.xml')}".encode(), headers=PLAIN)
        elsewhere.routes["/s.xml"] = Reply(sitemap("/1.html", site=site), headers=XML)
        given = options(site.url("/0.html"))
        discover(folder, given)
        parsed = 0
        while True:
            fetched, found = fetch_due(folder, given), parse_new(folder, given)
            parsed += found.parsed
            if fetched.is_finished and not found.discovered:
                break
    assert parsed == 2


def test_one_address_alone_is_no_reason_to_look_at_sitemaps(folder: DataFolder) -> None:
    with Site({"/0.html": article("第0号问题")}) as site, Site() as elsewhere:
        site.routes["/robots.txt"] = Reply(f"Sitemap: {elsewhere.url('/s.xml')}".encode(), headers=PLAIN)
        ingest(folder, [site.url("/0.html")], options=options(), with_analysis=False)
        assert elsewhere.paths() == []
        assert [found.host for found in read_status(folder).hosts] == [site.host]
        elsewhere.routes["/s.xml"] = Reply(sitemap("/0.html", site=site), headers=XML)
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        assert "/s.xml" in elsewhere.paths()


def test_a_sitemap_on_another_host_is_found_again_when_the_frontier_is_lost(folder: DataFolder) -> None:
    with Site({f"/{n}.html": article(f"第{n}号问题") for n in range(2)}) as site, Site() as elsewhere:
        site.routes["/robots.txt"] = Reply(f"Sitemap: {elsewhere.url('/s.xml')}".encode(), headers=PLAIN)
        elsewhere.routes["/s.xml"] = Reply(sitemap("/0.html", site=site), headers=XML)
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        folder.frontier.unlink()
        elsewhere.routes["/s.xml"] = Reply(sitemap("/0.html", "/1.html", site=site), headers=XML)
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        crawl(folder, options(refresh=True), with_analysis=False)
    assert visited(folder)["/1.html"] == 1


def test_a_sitemap_on_another_host_keeps_to_robots_and_guard_and_can_be_retried(folder: DataFolder) -> None:
    with Site({"/0.html": article("第0号问题"), "/1.html": article("第1号问题")}) as site, Site() as elsewhere:
        named = f"Sitemap: {elsewhere.url('/no.xml')}\nSitemap: http://169.254.169.254/s.xml\nSitemap: {elsewhere.url('/later.xml')}"
        site.routes["/robots.txt"] = Reply(named.encode(), headers=PLAIN)
        elsewhere.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /no.xml", headers=PLAIN)
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
        assert sorted(failure.reason for failure in summary.failures) == ["blocked_address", "http_404", "robots"]
        assert "/no.xml" not in elsewhere.paths()
        elsewhere.routes["/later.xml"] = Reply(b"<html><p>no", headers=XML)
        assert crawl(folder, options(retry=True), with_analysis=False).quarantined == 1
        elsewhere.routes["/later.xml"] = Reply(sitemap("/1.html", site=site), headers=XML)
        assert crawl(folder, options(retry=True), with_analysis=False).parsed == 1


def test_a_sitemap_on_another_host_that_moves_makes_no_site_of_it(folder: DataFolder) -> None:
    with Site({f"/{n}.html": article(f"第{n}号问题") for n in range(2)}) as site, Site() as elsewhere:
        site.routes["/robots.txt"] = Reply(f"Sitemap: {elsewhere.url('/s.xml')}".encode(), headers=PLAIN)
        elsewhere.routes |= {"/s.xml": redirect("/t.xml"), "/t.xml": Reply(sitemap("/1.html", site=site), headers=XML)}
        assert crawl(folder, options(site.url("/0.html")), with_analysis=False).parsed == 2
        with open_frontier(folder) as frontier:
            assert frontier.hosts.followed() == {site.host}


def test_a_page_that_its_sitemap_says_has_changed_is_asked_for_again_and_no_other(folder: DataFolder) -> None:
    now, day = utc_now(), timedelta(days=1)
    with Site({f"/{n}.html": article(f"第{n}号问题") for n in range(3)}) as site:
        site.routes["/robots.txt"] = Reply(b"Sitemap: /s.xml", headers=PLAIN)
        site.routes["/s.xml"] = Reply(sitemap("/0.html", "/1.html", "/2.html", site=site), headers=XML)
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        with open_frontier(folder) as frontier:
            for n in (1, 2):
                known = frontier.look_up(site.url(f"/{n}.html"))
                assert known is not None
                assert known.last_fetched_at is not None
                # Long enough ago that a change since is believed: moments are whole seconds, and two crawls fit into one.
                visited_at = now - day / 24
                frontier.finish(
                    known.url,
                    fetched_at=known.last_fetched_at,
                    visited_at=visited_at,
                    outcome=FETCHED,
                    due_at=now + 10 * day,
                    interval_seconds=60,
                )
            frontier.make_due([site.url("/s.xml")], now)
        told = sitemap("/1.html", "/2.html", site=site)
        for n, moment in ((1, now + day / 2), (2, now - day)):
            told = told.replace(f"/{n}.html</loc>".encode(), f"/{n}.html</loc><lastmod>{moment.isoformat()}</lastmod>".encode())
        site.routes["/s.xml"] = Reply(told, headers=XML)
        site.requests.clear()
        crawl(folder, options(), with_analysis=False)
        assert site.paths() == ["/s.xml", "/1.html"]
    assert {row.published_at for row in Dataset(folder).rows("articles")} == {None}, "it says nothing of publication"


def test_a_page_that_is_read_again_recommends_no_louder(folder: DataFolder) -> None:
    with Site({"/0.html": article("第0号问题", "/rare.html"), "/1.html": article("第1号问题", "/often.html")}) as site:
        start = [site.url("/0.html"), site.url("/1.html")]
        site.routes["/2.html"] = article("第2号问题", "/often.html")
        crawl(folder, options(*start, site.url("/2.html"), budget=3), with_analysis=False)
        for version in range(3):
            site.routes["/0.html"] = article("第0号问题", "/rare.html", text=f"第{version}版:医保断缴三个月以内可以补缴,补缴以后待遇恢复。")
            crawl(folder, options(start[0], budget=1), with_analysis=False)
        site.requests.clear()
        crawl(folder, options(budget=1), with_analysis=False)
        assert site.paths() == ["/often.html"]


def list_pages(count: int) -> dict[str, Route]:
    """Lists of six articles each, each naming the next by its number."""
    routes: dict[str, Route] = {}
    for page in range(1, count + 1):
        own = [f"/{page}0{n}.html" for n in range(6)]
        tail = f'<a rel="next" href="/list?page={page + 1}">下一页</a>' if page < count else ""
        routes["/list" if page == 1 else f"/list?page={page}"] = listing(*own, tail=tail)
        routes |= {path: article(f"第{path[1:-5]}号问题") for path in own}
    return routes


def test_the_next_page_of_a_list_is_no_link_further(folder: DataFolder) -> None:
    with Site(list_pages(5)) as site:
        summary = crawl(folder, options(site.url("/list"), depth=1), with_analysis=False)
    assert (summary.parsed, summary.listings, summary.beyond_depth) == (30, 5, 0)


def test_a_list_without_end_ends(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pager, "MAX_PARTS", 3)
    with Site(list_pages(9)) as site:
        summary = crawl(folder, options(site.url("/list"), depth=1), with_analysis=False)
    assert summary.listings == 4, "one page more as a link like any other"


def test_what_lies_deeper_than_a_crawl_goes_is_told_and_not_as_due(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEALTHNEWS_CRAWL_DEPTH", "1")
    with Site({f"/{n}.html": article(f"第{n}号问题", f"/{n + 1}.html") for n in range(6)}) as site:
        allowed = ("--allow-address", "127.0.0.0/8", "--delay", "0", "--no-analyze", "--data", str(folder.root))
        assert run(["crawl", "--start", site.url("/0.html"), *allowed]) == 0
        host = site.host
    assert "than the crawl follows: 1 addresses" in capsys.readouterr().err
    (found,) = read_status(folder).hosts
    assert (found.host, found.due, found.beyond_depth) == (host, 0, 1)
    assert count_left(folder, options(depth=1)) == {"waiting": 0, "beyond_depth": 1}
    assert any("1 lie deeper than crawl.depth" in line for line in host_lines([found], 80))
