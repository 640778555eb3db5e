"""Redirects are followed, each hop checked and kept, and not for ever."""

import pytest

from healthnews.crawl.fetch import Fetcher
from healthnews.errors import PageError
from tests.fetching import reason, visit_raw
from tests.web import Reply, Site, floods, redirect


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_kept(fetcher: Fetcher, site: Site, status: int) -> None:
    site.routes |= {"/a": redirect("b?c#d", status), "/b?c": Reply(b"x")}
    visit = fetcher.fetch(site.url("/a"))
    assert [(hop.url, hop.status) for hop in visit.hops] == [(site.url("/a"), status), (site.url("/b?c"), 200)]
    assert visit.answer is visit.hops[-1]


def test_a_redirect_that_names_no_place_is_the_last_answer(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = Reply(b"x", 302)
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), len(visit.hops)) == ("http_302", 1)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/中".encode("gbk").decode("latin-1"), "/%D6%D0"),
        ("/中".encode().decode("latin-1"), "/%E4%B8%AD"),
        ("/a b", "/a%20b"),
        ("/%D6%D0", "/%D6%D0"),
    ],
)
def test_the_bytes_of_a_location_reach_the_server_as_it_meant_them(fetcher: Fetcher, site: Site, location: str, path: str) -> None:
    site.routes |= {"/a": redirect(location), path: Reply(b"x")}
    assert fetcher.fetch(site.url("/a")).refusal is None
    assert site.paths() == ["/a", path]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_redirects_that_lead_back_are_noticed(fetcher: Fetcher, site: Site, length: int) -> None:
    site.routes |= {f"/{number}": redirect(f"/{(number + 1) % length}") for number in range(length)}
    visit = fetcher.fetch(site.url("/0"))
    assert (reason(visit), visit.is_transient, len(visit.hops)) == ("redirect_loop", False, length)


def test_redirects_without_end_are_given_up(fetcher: Fetcher, site: Site) -> None:
    site.routes |= {f"/{number}": redirect(f"/{number + 1}") for number in range(30)}
    visit = fetcher.fetch(site.url("/0"))
    assert (reason(visit), len(visit.hops), len(site.requests)) == ("too_many_redirects", 6, 6)


def test_as_many_redirects_as_allowed_are_followed(fetcher: Fetcher, site: Site) -> None:
    site.routes |= {f"/{number}": redirect(f"/{number + 1}") for number in range(5)} | {"/5": Reply(b"x")}
    assert fetcher.fetch(site.url("/0")).refusal is None


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/", "file:///etc/passwd", "javascript:alert(1)", "http://[::1"])
def test_a_redirect_to_what_is_no_web_address_is_refused(fetcher: Fetcher, site: Site, location: str) -> None:
    site.routes["/a"] = redirect(location)
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), len(visit.hops)) == ("bad_address", 1)


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data/", "http://2852039166/", "https://[::ffff:10.0.0.1]/", "//10.0.0.1/"]
)
def test_a_redirect_to_an_address_that_may_not_be_touched_is_refused(fetcher: Fetcher, site: Site, target: str) -> None:
    site.routes["/a"] = redirect(target)
    visit = fetcher.fetch(site.url("/a"))
    assert (reason(visit), visit.is_transient, len(visit.hops)) == ("blocked_address", False, 1)


def test_every_address_is_checked_before_it_is_asked(fetcher: Fetcher, site: Site) -> None:
    site.routes |= {"/a": redirect("/b"), "/b": Reply(b"x")}
    seen: list[tuple[str, int]] = []
    fetcher.fetch(site.url("/a"), check=lambda url: seen.append((url, len(site.requests))))
    assert seen == [(site.url("/a"), 0), (site.url("/b"), 1)]


def test_what_the_check_refuses_is_not_asked(fetcher: Fetcher, site: Site) -> None:
    site.routes["/a"] = redirect("/private")

    def check(url: str) -> None:
        if "private" in url:
            raise PageError("robots", f"{url}: forbidden")

    visit = fetcher.fetch(site.url("/a"), check=check)
    assert (reason(visit), len(visit.hops), site.paths()) == ("robots", 1, ["/a"])


def test_the_body_of_a_redirect_is_capped_like_any_other() -> None:
    visit = visit_raw(floods(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n", b"x" * 10_000), wire_bytes=50_000)
    assert reason(visit) == "too_large"
