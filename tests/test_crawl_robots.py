"""robots.txt is asked once, read as RFC 9309 says, and obeyed."""

import gzip
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.crawl.fetch import Fetcher, Limits, Visit
from healthnews.crawl.guard import Guard
from healthnews.crawl.responses import HttpResponse
from healthnews.crawl.robots import (
    KEPT_SECONDS,
    MAX_DELAY_SECONDS,
    MAX_PARSED_BYTES,
    MAX_SITEMAPS,
    UNREACHABLE_KEPT_SECONDS,
    Robots,
    Rules,
    read_rules,
)
from healthnews.errors import PageError, UsageError
from tests.web import LOOPBACK, PLAIN, RawServer, Reply, Request, Site, floods, redirect, resets

AGENT = "healthnews/0.1 (+https://example.org/contact)"


def make_robots(clock: Callable[[], float] = time.monotonic) -> Robots:
    return Robots(Fetcher(Guard(LOOPBACK), AGENT, Limits(total_seconds=20.0)), AGENT, clock)


def rules_of(content: bytes | str) -> Rules:
    """The rules of a robots.txt with this content at https://a.example/robots.txt."""
    wire = content if isinstance(content, bytes) else content.encode()
    url = "https://a.example/robots.txt"
    answer = HttpResponse(url, 200, "OK", PLAIN, wire, datetime(2026, 3, 1, tzinfo=UTC))
    return read_rules(Visit(url, (answer,), None, is_transient=False, retry_after_seconds=None), "healthnews")


def is_open(rules: Rules, path: str) -> bool:
    try:
        rules.check(f"https://a.example{path}")
    except PageError as error:
        if error.reason != "robots":
            raise
        return False
    return True


def refusal(site: Site, robots: Robots | None = None, path: str = "/page") -> PageError | None:
    try:
        (robots or make_robots()).check(site.url(path))
    except PageError as error:
        return error
    return None


# --- what the file says


def test_what_is_forbidden_is_named_with_host_and_agent() -> None:
    rules = rules_of("User-agent: *\nDisallow: /private/")
    with pytest.raises(PageError) as caught:
        rules.check("https://a.example/private/1.html")
    assert caught.value.reason == "robots"
    assert caught.value.detail == "https://a.example/private/1.html: robots.txt of a.example forbids it to healthnews"
    assert is_open(rules, "/public/1.html")


@pytest.mark.parametrize(
    ("content", "is_expected_open"),
    [
        ("", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("Disallow: /", True),
        ("User-agent: *\nDisallow: /news\nAllow: /news/1", True),
        ("User-agent: *\nAllow: /news/\nDisallow: /news/1.html", False),
        ("User-agent: *\nDisallow: /*.html$", False),
        ("User-agent: *\nDisallow: /news/*/x", True),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("user-agent:*\r\ndisallow:/\r\n", False),
        ("User-agent: * # all\nDisallow: /news # this", False),
        ("User-agent: other\nUser-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: healthnews\nAllow: /", True),
        ("User-agent: healthnews\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: HealthNews/2.0\nDisallow: /", False),
        ("User-agent: health\nAllow: /\n\nUser-agent: *\nDisallow: /", False),
        ("User-agent: healthnews-image\nDisallow: /", True),
        ("User-agent: news\nDisallow: /", True),
        ("User-agent: other\nDisallow: /\n\nUser-agent: third\nDisallow: /", True),
        ("User-agent: healthnews\nDisallow: /a\n\nUser-agent: healthnews\nDisallow: /news", False),
        ("<html><body>Disallow: /</body></html>", True),
    ],
)
def test_the_group_that_names_us_decides_and_else_that_for_all(content: str, is_expected_open: bool) -> None:
    assert is_open(rules_of(content), "/news/1.html") == is_expected_open


def test_a_path_in_chinese_matches_its_escaped_form() -> None:
    rules = rules_of("User-agent: *\nDisallow: /健康")
    assert not is_open(rules, "/%E5%81%A5%E5%BA%B7/1.html")
    assert is_open(rules, "/%E5%8C%BB%E4%BF%9D/1.html")


def test_robots_txt_itself_is_always_open() -> None:
    assert is_open(rules_of("User-agent: *\nDisallow: /"), "/robots.txt")


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ("", None),
        ("Crawl-delay: 5", 5.0),
        ("Crawl-delay: 0.5", 0.5),
        ("Crawl-delay: 0", 0.0),
        ("Crawl-delay: 86400", MAX_DELAY_SECONDS),
        ("Crawl-delay: soon", None),
        ("Crawl-delay: -1", None),
        ("Crawl-delay: nan", None),
        ("Request-rate: 1/10", 10.0),
        ("Request-rate: 10/1m", 6.0),
        ("Request-rate: 1/" + "9" * 400 + "d", MAX_DELAY_SECONDS),
        ("Request-rate: 0/1", None),
        ("Crawl-delay: 3\nRequest-rate: 1/7", 7.0),
    ],
)
def test_the_delay_asked_for_is_told(lines: str, seconds: float | None) -> None:
    assert rules_of(f"User-agent: *\n{lines}\nDisallow: /x").delay_seconds == seconds


def test_the_delay_of_another_agent_is_not_ours() -> None:
    assert rules_of("User-agent: other\nCrawl-delay: 30\n\nUser-agent: *\nCrawl-delay: 2").delay_seconds == 2.0


def test_sitemaps_are_web_addresses_and_few() -> None:
    lines = [
        "Sitemap: /one.xml",
        "Sitemap: https://b.example/two.xml",
        "Sitemap: ftp://a.example/x",
        "Sitemap: http://[::1",
        "Sitemap: /one.xml",
    ]
    assert rules_of("\n".join(lines)).sitemaps == ("https://a.example/one.xml", "https://b.example/two.xml")
    many = rules_of("\n".join(f"Sitemap: /{number}.xml" for number in range(200))).sitemaps
    assert len(many) == MAX_SITEMAPS
    assert many[0] == "https://a.example/0.xml"


def test_what_is_beyond_the_cap_is_ignored() -> None:
    filler = b"# " + b"x" * (MAX_PARSED_BYTES - 100) + b"\n"
    rules = rules_of(b"User-agent: *\nDisallow: /a\n" + filler + b"#" * 200 + b"\nDisallow: /b\n")
    assert not is_open(rules, "/a")
    assert is_open(rules, "/b")


def test_a_file_of_many_agents_and_rules_is_no_burden() -> None:
    agents = "".join(f"User-agent: bot{number}\n" for number in range(12_000))
    rules = rules_of(agents + "Disallow: /x\n" * 18_000 + "User-agent: *\nDisallow: /y\n")
    assert not is_open(rules, "/y")
    assert is_open(rules, "/x")
    assert len(rules.parsed._user_agents) == 2


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    rules = rules_of(content)
    assert isinstance(is_open(rules, "/news/1.html"), bool)
    assert rules.delay_seconds is None or 0 <= rules.delay_seconds <= MAX_DELAY_SECONDS


_FIELDS = ["User-agent", "Disallow", "Allow", "Crawl-delay", "Request-rate", "Sitemap", "Visit-time", "healthnews"]
_SIGNS = [":", " ", "\n", "*", "$", "/", "%", "%e5", "1", "9" * 30, "健", "\ufeff", "#", "http://[", "\0", "\u2028", "1/0", "-", "inf"]
_WORDS = st.sampled_from(_FIELDS + _SIGNS)


@given(st.lists(_WORDS, max_size=40).map("".join))
def test_no_broken_rules_make_it_raise(content: str) -> None:
    rules = rules_of(content)
    assert isinstance(is_open(rules, "/%E5%81/1.html?a=%zz"), bool)
    assert rules.delay_seconds is None or 0 <= rules.delay_seconds <= MAX_DELAY_SECONDS
    assert all(address.startswith(("http://", "https://")) for address in rules.sitemaps)


# --- how it is fetched


def test_the_file_of_the_origin_is_fetched_as_us(site: Site) -> None:
    site.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /private", headers=PLAIN)
    robots = make_robots()
    error = refusal(site, robots, "/private/x")
    assert error is not None
    assert error.reason == "robots"
    assert site.paths() == ["/robots.txt"]
    assert site.requests[0].headers["user-agent"] == AGENT
    visit = robots.rules_for(site.url("/a")).visit
    assert [hop.url for hop in visit.hops] == [site.url("/robots.txt")]


@pytest.mark.parametrize("served", ["text/html", "application/octet-stream", "image/png", ""])
def test_its_media_type_does_not_matter(site: Site, served: str) -> None:
    site.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /", headers=(("Content-Type", served),) if served else ())
    error = refusal(site)
    assert error is not None
    assert error.reason == "robots"


def test_a_compressed_file_is_read(site: Site) -> None:
    site.routes["/robots.txt"] = Reply(gzip.compress(b"User-agent: *\nDisallow: /"), headers=(*PLAIN, ("Content-Encoding", "gzip")))
    error = refusal(site)
    assert error is not None
    assert error.reason == "robots"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_missing_file_allows_everything(site: Site, status: int) -> None:
    site.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /", status, PLAIN)
    assert refusal(site) is None
    assert site.paths() == ["/robots.txt"]


@pytest.mark.parametrize("status", [429, 500, 501, 502, 503, 504])
def test_an_unreachable_file_allows_nothing_for_now(site: Site, status: int) -> None:
    site.routes["/robots.txt"] = Reply(b"", status, PLAIN)
    error = refusal(site)
    assert error is not None
    assert error.reason == "robots_unreachable"
    assert site.url("/robots.txt") in error.detail
    assert str(status) in error.detail


def test_a_refusal_told_many_times_keeps_nothing_of_those_it_was_told_to(site: Site) -> None:
    site.routes["/robots.txt"] = Reply(b"", 503, PLAIN)
    robots = make_robots()
    first, second = refusal(site, robots), refusal(site, robots)
    assert first is not None
    assert second is not None
    assert first is not second
    assert first.detail == second.detail


def test_a_file_whose_encoding_is_broken_allows_nothing_for_now(site: Site) -> None:
    site.routes["/robots.txt"] = Reply(b"no gzip", headers=(*PLAIN, ("Content-Encoding", "gzip")))
    error = refusal(site)
    assert error is not None
    assert error.reason == "robots_unreachable"


def test_a_broken_connection_allows_nothing_for_now() -> None:
    with RawServer(resets) as server, pytest.raises(PageError, match="without robots") as caught:
        make_robots().check(server.url("/a"))
    assert caught.value.reason == "robots_unreachable"


def test_a_page_behind_an_unreachable_file_may_be_tried_later(site: Site) -> None:
    site.routes |= {"/robots.txt": Reply(b"", 503), "/a": Reply(b"x")}
    visit = Fetcher(Guard(LOOPBACK), AGENT).fetch(site.url("/a"), check=make_robots().check)
    assert visit.refusal is not None
    assert (visit.refusal.reason, visit.is_transient) == ("robots_unreachable", True)
    assert site.paths() == ["/robots.txt"]


def test_a_blocked_address_stays_what_it_is(site: Site) -> None:
    robots = Robots(Fetcher(Guard(), AGENT), AGENT)
    with pytest.raises(PageError) as caught:
        robots.check(site.url("/a"))
    assert caught.value.reason == "blocked_address"


def test_redirects_are_followed_and_the_rules_hold_for_the_first_host(site: Site) -> None:
    site.routes |= {f"/{number}": redirect(f"/{number + 1}") for number in range(4)}
    site.routes |= {"/robots.txt": redirect("/0"), "/4": Reply(b"User-agent: *\nDisallow: /private", headers=PLAIN)}
    error = refusal(site, path="/private")
    assert error is not None
    assert error.reason == "robots"
    assert len(site.requests) == 6


def test_redirects_without_end_count_as_a_missing_file(site: Site) -> None:
    site.routes["/robots.txt"] = redirect("/robots.txt")
    assert refusal(site) is None
    assert len(site.requests) == 1


def test_a_file_without_end_is_read_up_to_the_cap() -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nUser-agent: *\nDisallow: /private\n"
    with RawServer(floods(start, b"# filler\n" * 1000)) as server:
        rules = make_robots().rules_for(server.url())
        with pytest.raises(PageError) as caught:
            rules.check(server.url("/private"))
        rules.check(server.url("/public"))
    assert caught.value.reason == "robots"


def test_one_fetch_serves_an_origin_however_many_threads_ask(site: Site) -> None:
    is_asked = threading.Event()

    def slow(request: Request) -> Reply:
        is_asked.wait(0.1)  # time for the other threads to ask as well
        return Reply(b"User-agent: *\nDisallow: /private", headers=PLAIN)

    site.routes["/robots.txt"] = slow
    robots = make_robots()
    with ThreadPoolExecutor(8) as pool:
        rules = list(pool.map(lambda number: robots.rules_for(site.url(f"/{number}")), range(24)))
    assert len(site.requests) == 1
    assert all(each is rules[0] for each in rules)


def test_each_port_has_a_file_of_its_own(site: Site) -> None:
    site.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /", headers=PLAIN)
    with Site() as other:
        robots = make_robots()
        assert refusal(site, robots) is not None
        assert refusal(other, robots) is None
        assert (site.paths(), other.paths()) == (["/robots.txt"], ["/robots.txt"])


@pytest.mark.parametrize(("status", "kept_seconds"), [(200, KEPT_SECONDS), (404, KEPT_SECONDS), (503, UNREACHABLE_KEPT_SECONDS)])
def test_rules_are_asked_for_anew_after_a_while(site: Site, status: int, kept_seconds: float) -> None:
    site.routes["/robots.txt"] = Reply(b"", status, PLAIN)
    now = [1000.0]
    robots = make_robots(lambda: now[0])
    robots.rules_for(site.url())
    now[0] += kept_seconds - 1
    robots.rules_for(site.url())
    assert len(site.requests) == 1
    now[0] += 1
    robots.rules_for(site.url())
    assert len(site.requests) == 2


def test_a_user_agent_without_a_product_is_no_user_agent() -> None:
    with pytest.raises(UsageError, match="product name"):
        Robots(Fetcher(Guard(), AGENT), "(mine)")


@pytest.mark.parametrize(("age_seconds", "asked"), [(0.0, 0), (KEPT_SECONDS - 1, 0), (KEPT_SECONDS, 1), (-5.0, 1)])
def test_what_an_earlier_run_was_told_holds_for_a_day(site: Site, age_seconds: float, asked: int) -> None:
    url = site.url("/robots.txt")
    answer = HttpResponse(url, 200, "OK", PLAIN, b"User-agent: *\nDisallow: /page", datetime(2026, 3, 1, tzinfo=UTC))
    robots = make_robots()
    remembered = robots.remember(Visit(url, (answer,), None, is_transient=False, retry_after_seconds=None), age_seconds)
    told = refusal(site, robots)
    assert site.paths().count("/robots.txt") == asked
    assert remembered is (asked == 0)
    assert (told is not None) is remembered


def test_that_nobody_could_tell_is_not_remembered(site: Site) -> None:
    failed = Visit(site.url("/robots.txt"), (), PageError("timeout", "no answer"), is_transient=True, retry_after_seconds=None)
    robots = make_robots()
    assert not robots.remember(failed, 0.0)
    assert refusal(site, robots) is None
