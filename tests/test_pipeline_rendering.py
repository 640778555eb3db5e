"""Pages whose answer is not in their HTML: told from others, rendered by a real Chromium, archived as rendered."""

import json
import socket
import time
from typing import Any

import pytest

from healthnews.crawl import browser
from healthnews.crawl.archive import Archive
from healthnews.crawl.browser import RENDERED
from healthnews.crawl.fetch import Fetcher
from healthnews.crawl.guard import Guard
from healthnews.crawl.responses import HttpResponse
from healthnews.errors import PageError, ParseError
from healthnews.extract.registry import read_page
from healthnews.pipeline import rendering
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import crawl
from healthnews.pipeline.queries import Dataset, read_status
from healthnews.records import RawPage, utc_now
from tests.answer_site import ANSWER, options, path_of
from tests.conftest import SEEN_AT
from tests.web import LOOPBACK, RawServer, Reply, Site, gaps, stalls

SHELL = "<html><head><title>问答</title><script src=/app.js></script></head><body><div id=app></div></body></html>"
JAVASCRIPT = (("Content-Type", "text/javascript"),)
SCRIPT = """
fetch('/answer.json').then(r => r.json()).then(a => {
  document.title = a.title;
  document.getElementById('app').innerHTML = '<h1>' + a.title + '</h1><p>' + a.text + '</p>';
});
new Image().src = '/seen.png';
fetch('http://169.254.169.254/latest/meta-data/');
"""


def reason_of(html: str) -> str | None:
    raw = RawPage(url="http://a.example/1.html", content_type="text/html", payload=html.encode(), fetched_at=SEEN_AT)
    try:
        read_page(raw)
    except ParseError as error:
        return error.reason
    return None


@pytest.mark.parametrize(
    "html",
    [
        SHELL,
        "<html><body><noscript>请启用JavaScript后访问</noscript><div class=x>加载中</div><script>1</script></body></html>",
        "<html><body><noscript>Please enable JavaScript.</noscript><div id=root></div><script>1</script></body></html>",
    ],
)
def test_a_shell_that_scripts_fill_is_told(html: str) -> None:
    assert reason_of(html) == "needs_rendering"


@pytest.mark.parametrize(
    "html",
    [
        "<html><body><p>no article</p></body></html>",
        "<html><body><script>track()</script><p>页面不存在</p></body></html>",
        "<html><body><div id=app></div></body></html>",
    ],
)
def test_a_page_that_is_merely_empty_is_no_shell(html: str) -> None:
    assert reason_of(html) not in (None, "needs_rendering")


def test_an_article_with_scripts_is_read_as_it_is() -> None:
    body = f"<h1>医保账户的钱</h1><p>{ANSWER * 3}</p>"
    assert reason_of(SHELL.replace("<div id=app></div>", f"<noscript>请启用JavaScript</noscript><div id=app>{body}</div>")) is None


def site_of_shells() -> dict[str, Any]:
    answer = {"title": "医保账户的钱可以取出来吗", "text": ANSWER * 3}
    return {
        "/1.html": Reply(SHELL.encode()),
        "/app.js": Reply(SCRIPT.encode(), headers=JAVASCRIPT),
        "/answer.json": Reply(json.dumps(answer).encode(), headers=(("Content-Type", "application/json"),)),
    }


def test_without_a_browser_it_is_recorded(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "can_render", lambda: False)
    with Site(site_of_shells()) as site:
        summary = crawl(folder, options(site.url("/1.html")), with_analysis=False)
    assert [(path_of(f.url), f.reason) for f in summary.failures] == [("/1.html", "needs_rendering")]


needs_browser = pytest.mark.skipif(not rendering.can_render(), reason="Playwright (healthnews[browser]) or Chromium is not installed")


@needs_browser
def test_it_is_rendered_and_archived_as_rendered(folder: DataFolder) -> None:
    with Site(site_of_shells()) as site:
        summary = crawl(folder, options(site.url("/1.html")), with_analysis=False)
        asked = site.paths()
        again = crawl(folder, options(site.url("/1.html"), refresh=True), with_analysis=False)
    (row,) = Dataset(folder).rows("articles")
    assert (row.title, summary.parsed) == ("医保账户的钱可以取出来吗", 1)
    assert ANSWER in row.body
    assert asked.count("/1.html") == 1, "what was fetched is rendered, not asked for again"
    assert "/seen.png" not in asked
    assert (again.unchanged, again.parsed) == (1, 0), "what is the same as rendered before is a revisit"
    assert records_of(folder, "/1.html").count("response") == 2
    with Archive(folder.raw) as archive:
        newest = [entry for entry in archive.entries() if entry.asked.endswith("/1.html") and entry.record_type == "response"]
        assert len(newest) == 2
        assert (archive.read_response(newest[1]).header(RENDERED) or "").startswith("Chromium")


def records_of(folder: DataFolder, path: str) -> list[str]:
    with Archive(folder.raw) as archive:
        return [entry.record_type for entry in archive.entries() if path_of(entry.asked) == path]


@needs_browser
def test_a_shell_that_stays_one_is_rendered_once(folder: DataFolder) -> None:
    routes: dict[str, Any] = {"/1.html": Reply(SHELL.encode()), "/app.js": Reply(b"document.title += Math.random()", headers=JAVASCRIPT)}
    with Site(routes) as site:
        summary = crawl(folder, options(site.url("/1.html")), with_analysis=False)
        crawl(folder, options(site.url("/1.html")), with_analysis=False)
    assert records_of(folder, "/1.html").count("response") == 2
    assert {f.reason for f in summary.failures if path_of(f.url) == "/1.html"} == {"needs_rendering"}


@needs_browser
def test_a_page_that_a_browser_fails_at_again_is_tried_once_a_visit(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def fail(_: browser.Browser, answer: HttpResponse) -> HttpResponse:
        tried.append(answer.url)
        raise PageError("rendering", "the same sentence each time")

    monkeypatch.setattr(browser.Browser, "render", fail)
    with Site(site_of_shells()) as site:
        for visits in (1, 2):
            site.routes["/1.html"] = Reply(SHELL.replace("问答", f"问答{visits}").encode())
            crawl(folder, options(site.url("/1.html")), with_analysis=False)
            crawl(folder, options(site.url("/1.html")), with_analysis=False)
            assert len(tried) == visits
            while utc_now() <= Dataset(folder).rows("failures")[-1].failed_at:  # moments are whole seconds
                time.sleep(0.05)


@needs_browser
def test_a_run_renders_so_many_pages_and_the_next_goes_on(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MOST_RENDERED", 1)
    with Site(site_of_shells() | {"/2.html": Reply(SHELL.encode())}) as site:
        starts = (site.url("/1.html"), site.url("/2.html"))
        parsed = [crawl(folder, options(*starts), with_analysis=False).parsed for _ in range(2)]
    assert parsed == [1, 1]


@needs_browser
def test_what_pages_ask_for_is_a_delay_apart_and_what_they_share_asked_for_once(folder: DataFolder) -> None:
    with Site(site_of_shells() | {"/2.html": Reply(SHELL.encode())}) as site:
        crawl(folder, options(site.url("/1.html"), site.url("/2.html"), delay_seconds=0.3), with_analysis=False)
        asked = site.paths()
    assert (asked.count("/app.js"), asked.count("/answer.json")) == (1, 2)
    assert min(gaps(site.moments())) > 0.1, "less the time on the way, which a busy machine draws out"


@needs_browser
@pytest.mark.parametrize("script", ["setTimeout(() => { for (;;) {} }, 100)", "for (;;) {}"])
def test_a_script_without_end_is_killed_and_the_next_page_rendered(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr(browser, "_PAGE_SECONDS", 5.0)  # time enough for the other page, on a busy machine too
    monkeypatch.setattr(browser, "_KILLED_AFTER_SECONDS", 0.2)
    page = SHELL.replace("<script src=/app.js>", f"<script>{script}")
    with Site(site_of_shells() | {"/0.html": Reply(page.encode())}) as site:
        summary = crawl(folder, options(site.url("/0.html"), site.url("/1.html")), with_analysis=False)
    assert summary.parsed == 1
    assert ("/0.html", "rendering") in {(path_of(f.url), f.reason) for f in summary.failures} | noted(folder)


@needs_browser
def test_what_a_page_asks_for_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "_PAGE_SECONDS", 1.0)
    monkeypatch.setattr(browser, "_KILLED_AFTER_SECONDS", 0.5)
    with RawServer(stalls) as silent, open_browser() as chromium:
        calls = "".join(f"fetch('{silent.url(f'/{number}')}');" for number in range(9))
        with pytest.raises(PageError) as raised:
            chromium.render(shell(f"<script>{calls}</script>"))
    assert raised.value.reason == "rendering"
    assert silent.connections <= 2, "the time is the page's, not each request's"


@needs_browser
def test_a_page_has_no_way_round_the_fetcher() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener, open_browser() as chromium:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.1)
        script = f"""
        const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{listener.getsockname()[1]}'}}]}});
        peer.createDataChannel('x');
        peer.setLocalDescription().then(() => {{ document.title = 'asked'; }});
        """
        assert b"asked" in chromium.render(shell(f"<script>{script}</script>")).wire, "WebRTC is there"
        with pytest.raises(TimeoutError):
            listener.recv(1)


def shell(html: str) -> HttpResponse:
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return HttpResponse("http://a.example/1.html", 200, "OK", headers, f"<html><body>{html}</body></html>".encode(), SEEN_AT)


def open_browser() -> browser.Browser:
    agent = "healthnews-test"
    return browser.Browser(Fetcher(Guard(LOOPBACK), agent), lambda url, seconds: None, agent, {})


def noted(folder: DataFolder) -> set[tuple[str, str]]:
    return {(path_of(row.url), row.reason) for row in Dataset(folder).rows("failures")}


@needs_browser
def test_a_shell_that_stays_the_same_is_rendered_again_after_each_visit(folder: DataFolder) -> None:
    with Site(site_of_shells()) as site:
        first = crawl(folder, options(site.url("/1.html")), with_analysis=False)
        answer = {"title": "医保账户的钱可以取出来吗", "text": ANSWER * 4}
        site.routes["/answer.json"] = Reply(json.dumps(answer).encode(), headers=(("Content-Type", "application/json"),))
        changed, same = (crawl(folder, options(refresh=True), with_analysis=False) for _ in range(2))
    (row,) = Dataset(folder).rows("articles")
    assert ANSWER * 4 in row.body
    assert (changed.parsed, changed.unchanged, same.parsed, same.unchanged) == (1, 1, 0, 1)
    assert records_of(folder, "/1.html") == ["response", "response", "revisit", "response", "revisit", "revisit"]
    assert [summary.failures for summary in (first, changed, same)] == [[], [], []]
    status = read_status(folder)
    assert status.open_failures == []
    assert [dict(host.failed) for host in status.hosts] == [{}]
