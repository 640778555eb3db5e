"""Which start addresses a flow's run could not use: those that it visited, whether their failure is new or was met before."""

import time
from datetime import datetime, timedelta

from healthnews.pipeline.crawl_options import CrawlOptions, crawl_options
from healthnews.pipeline.crawling import discover, fetch_due, parse_new
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.run_failures import start_failures
from healthnews.records import utc_now
from tests.answer_site import article
from tests.web import LOOPBACK, Reply, Site

BROKEN = Reply('<html><body><h1>断缴怎么办</h1><p>三个月以内可以补缴。<a href="/wenda/ind'.encode())


def options(*start: str) -> CrawlOptions:
    return crawl_options(start=start, allow_addresses=LOOPBACK, delay_seconds=0.0)


def visit(folder: DataFolder, given: CrawlOptions) -> datetime:
    """One round as a flow makes it; when it began."""
    began_at = utc_now()
    discover(folder, given)
    fetch_due(folder, given)
    parse_new(folder, given)
    return began_at


def reasons(folder: DataFolder, given: CrawlOptions, since: datetime) -> list[str]:
    return [row.reason for row in start_failures(folder, given.starts, since)]


def test_a_refusal_is_told_by_every_run_that_meets_it_and_by_no_other(folder: DataFolder) -> None:
    with Site({"/robots.txt": Reply(b"User-agent: *\nDisallow: /private/")}) as site:
        given = options(site.url("/private/1.html"))
        first = visit(folder, given)
        while utc_now() == first:  # moments are whole seconds, and this one is to be a later one
            time.sleep(0.05)
        again = visit(folder, given)
    assert reasons(folder, given, first) == ["robots"]
    assert reasons(folder, given, again) == ["robots"]
    assert reasons(folder, given, utc_now() + timedelta(hours=1)) == []


def test_a_page_that_cannot_be_read_is_told_though_it_has_not_changed(folder: DataFolder) -> None:
    with Site({"/0.html": BROKEN}) as site:
        given = options(site.url("/0.html"))
        visit(folder, given)
        again = visit(folder, given)
    assert reasons(folder, given, again) == ["truncated"]


def test_a_start_that_came_back_is_told_no_more(folder: DataFolder) -> None:
    with Site({}) as site:
        given = options(site.url("/0.html"))
        first = visit(folder, given)
        assert reasons(folder, given, first) == ["http_404"]
        site.routes["/0.html"] = article("第0号问题")
        later = visit(folder, given) + timedelta(seconds=1)
        visits = [row.reason for row in start_failures(folder, given.starts, later)]
    assert visits == []


def test_nothing_is_told_of_a_folder_without_starts(folder: DataFolder) -> None:
    assert start_failures(folder, [], utc_now()) == []
    assert not folder.root.exists()
