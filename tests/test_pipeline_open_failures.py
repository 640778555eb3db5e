"""What `status` tells of failures: which are open, and what can be done about them."""

import json
import re
from datetime import timedelta

import pytest

from healthnews.cli import run
from healthnews.cli.failure_lines import MOST_EXAMPLES, failure_lines
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import crawl
from healthnews.pipeline.open_failures import OpenFailures, open_failures, remedy_of
from healthnews.pipeline.queries import Dataset, read_status
from healthnews.records import FailureRow
from healthnews.schema import schema
from tests.answer_site import article, options, pages
from tests.conftest import SEEN_AT
from tests.web import Reply, Site

NO_ARTICLE = Reply(b"<html><body><p>no article</p></body></html>")


def open_of(folder: DataFolder) -> dict[str, int]:
    return {one.reason: len(one.urls) for one in read_status(folder).open_failures}


def test_what_was_read_since_is_open_no_more(folder: DataFolder) -> None:
    with Site(pages(3)) as site:
        site.routes |= {"/1.html": NO_ARTICLE, "/2.html": Reply(b"", 404)}
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
        assert open_of(folder) == {"not_an_article": 1, "http_404": 1}
        site.routes["/2.html"] = article("第2号问题")
        crawl(folder, options(retry=True), with_analysis=False)
    assert open_of(folder) == {"not_an_article": 1}, "a page that is the same as when it could not be read is still not read"
    assert {row.reason for row in Dataset(folder).rows("failures")} == {"not_an_article", "http_404"}, "history stays"


def test_what_fails_after_it_was_read_is_open_and_a_later_visit_without_change_closes_it(folder: DataFolder) -> None:
    with Site(pages(1)) as site:
        start = options(site.url("/0.html"))
        crawl(folder, start, with_analysis=False)
        site.routes["/0.html"] = Reply(b"", 404)
        crawl(folder, start, with_analysis=False)
        assert open_of(folder) == {"http_404": 1}
        site.routes["/0.html"] = pages(1)["/0.html"]
        crawl(folder, start, with_analysis=False)
    assert open_of(folder) == {}


def test_an_address_counts_once_by_its_newest_failure() -> None:
    def failure(url: str, reason: str, day: int) -> FailureRow:
        moment = SEEN_AT + timedelta(days=day)
        return FailureRow(failure_id=f"{url} {day}", url=url, stage="fetch", reason=reason, detail="", failed_at=moment, sha256=str(day))

    found = open_failures([], [failure("a", "http_404", 1), failure("a", "http_503", 2), failure("b", "http_503", 3)])
    assert [(one.reason, one.urls) for one in found] == [("http_503", ("b", "a"))]


def test_every_reason_has_a_remedy_of_its_own() -> None:
    described = str(schema(FailureRow).field("reason").metadata[b"description"].decode())
    reasons = set(re.findall(r"[a-z]+(?:_[a-z0-9]+)+", described)) | {"robots", "dns", "tls"}
    assert len(reasons) > 15
    assert [reason for reason in reasons if remedy_of(reason) == remedy_of("no_such_reason")] == []


def test_status_shows_some_addresses_of_each_reason(folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    with Site({"/0.html": article("第0号问题", *(f"/{n}.html" for n in range(1, 5)))}) as site:
        crawl(folder, options(site.url("/0.html")), with_analysis=False)
    assert run(["status", "--data", str(folder.root), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["open_failures"]
    assert (found["reason"], found["addresses"], len(found["examples"])) == ("http_404", 4, MOST_EXAMPLES)
    assert run(["status", "--data", str(folder.root)]) == 0
    assert f"open_http_404\t4: {found['remedy']}" in capsys.readouterr().out


def test_nothing_open_has_no_heading() -> None:
    assert list(failure_lines([])) == []
    _, *lines = failure_lines([OpenFailures("robots", ("a", "b", "c"), "nothing to do")])
    assert lines == ["robots 3: nothing to do", "    a", "    b", "    … and 1 more"]
