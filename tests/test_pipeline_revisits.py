"""What a crawl looks at again: pages that are the same, that moved, that were away for a while."""

import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from healthnews.crawl import back_off, visits
from healthnews.crawl.archive import Archive
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.following import LIST_REVISIT
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.ingestion import crawl
from healthnews.pipeline.queries import Dataset, read_status
from healthnews.records import utc_now
from tests.answer_site import article, options, pages, path_of
from tests.web import Reply, Request, Site, redirect


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
    monkeypatch.setattr(back_off, "_FIRST_SECONDS", 0.01)
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


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("status", [404, 500])
@pytest.mark.parametrize("is_forgotten", [False, True], ids=["known", "data/work gone"])
def test_a_page_is_known_again_behind_error_pages_and_each_of_these_is_archived_once(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, status: int, is_forgotten: bool
) -> None:
    monkeypatch.setattr(back_off, "_FIRST_SECONDS", 0.01)
    page = article("第0号问题")
    versioned = replace(page, headers=(*page.headers, ("ETag", '"v1"')))

    def answer(request: Request) -> Reply:
        return Reply(status=304) if request.headers.get("if-none-match") == '"v1"' else versioned

    with Site({"/0.html": answer}) as site:
        given = options(site.url("/0.html"))
        crawl(folder, given, with_analysis=False)
        site.routes["/0.html"] = Reply(b"<p>out of order</p>", status)
        for _ in range(2):
            crawl(folder, given, with_analysis=False)
        if is_forgotten:
            shutil.rmtree(folder.root / "work")
        site.routes["/0.html"] = answer
        site.requests.clear()
        again = crawl(folder, given, with_analysis=False)
        assert [request.headers.get("if-none-match") for request in site.requests if request.path == "/0.html"] == ['"v1"']
    assert (again.archived, again.unchanged) == (0, 1)
    kinds = Counter((e.record_type, e.status) for e in Archive.read_entries(folder.raw) if e.asked == site.url("/0.html") and e.is_capture)
    assert (kinds["response", 200], kinds["response", status]) == (1, 1)
    told = {(row.outcome, row.status) for row in Dataset(folder).rows("captures") if row.url == site.url("/0.html")}
    assert told - {("unchanged", 304)} == {("parsed", 200), ("failed", status)}, "the next release tells what was unchanged"


def test_an_error_page_and_a_page_of_the_same_bytes_are_two(folder: DataFolder) -> None:
    page = article("第0号问题")
    with Site({"/0.html": Reply(page.body, 404, page.headers)}) as site:
        given = options(site.url("/0.html"))
        crawl(folder, given, with_analysis=False)
        site.routes["/0.html"] = page
        assert crawl(folder, given, with_analysis=False).parsed == 1


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


def test_a_304_that_nobody_asked_for_is_a_failure(folder: DataFolder) -> None:
    with Site(pages(1)) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        site.routes["/0.html"] = Reply(status=304, headers=())
        summary = crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert summary.start_failures == {"http_304"}


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
