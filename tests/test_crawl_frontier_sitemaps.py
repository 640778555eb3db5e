"""Sitemaps on other hosts are visited for the sites that name them, and nothing else of those hosts is."""

from healthnews.crawl import frontier_sitemaps
from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Link
from healthnews.crawl.frontier_statements import Selection
from tests.frontiers import DAY, NOW, add, finish, page

ELSEWHERE = "https://maps.example/a.xml"
SITES = ("a.example", "b.example")


def name(frontier: Frontier, *urls: str, sites: tuple[str, ...] = ("a.example",)) -> int:
    return frontier.sitemaps.name(sites, [Link(url, depth=0) for url in urls], NOW, delay_seconds=0)


def claim_of_sites(frontier: Frontier, *sites: str) -> list[str]:
    selection = Selection.of(hosts=sites, besides=frontier.sitemaps.of(sites))
    urls = []
    while claims := frontier.claim_run(NOW, selection, most=1):
        urls += [claim.url for claim in claims]
    return urls


def test_a_sitemap_elsewhere_is_claimed_for_its_site_before_the_pages_and_no_other_page_of_its_host(frontier: Frontier) -> None:
    add(frontier, page(1), page(2, "maps.example"))
    assert name(frontier, ELSEWHERE, ELSEWHERE) == 1
    assert name(frontier, ELSEWHERE) == 0
    assert claim_of_sites(frontier, "b.example") == []
    assert claim_of_sites(frontier, "a.example") == [ELSEWHERE, page(1)]


def test_a_sitemap_of_two_sites_is_that_of_the_one_that_is_left(frontier: Frontier) -> None:
    name(frontier, ELSEWHERE, sites=SITES)
    assert frontier.sitemaps.sites_of(ELSEWHERE) == set(SITES)
    assert frontier.sitemaps.of(SITES) == frontier.sitemaps.of(SITES[1:]) == (ELSEWHERE,)
    assert frontier.sitemaps.of(["c.example"]) == ()


def test_what_lies_on_a_host_that_is_crawled_needs_no_name(frontier: Frontier) -> None:
    name(frontier, page(7), page(8, "b.example"))
    assert frontier.sitemaps.sites_of(page(7)) == set()
    assert frontier.sitemaps.of(SITES) == ()
    assert frontier.sitemaps.of(["a.example"]) == (page(8, "b.example"),)


def test_sitemaps_elsewhere_count_as_due_and_as_next(frontier: Frontier) -> None:
    name(frontier, ELSEWHERE)
    hosts, besides = ["a.example"], [ELSEWHERE]
    assert frontier.count_due(NOW, hosts=hosts) == 0
    assert frontier.count_due(NOW, hosts=hosts, besides=besides) == 1
    assert frontier.next_due(NOW, hosts=hosts) is None
    assert frontier.next_due(NOW, hosts=hosts, besides=besides) == NOW
    finish(frontier, ELSEWHERE, due_at=NOW + DAY, outcome="http_500")
    assert frontier.next_due(NOW, hosts=hosts, besides=besides) == NOW + DAY
    assert frontier.history.unfetched(hosts, "fetched") == []
    assert frontier.history.unfetched(hosts, "fetched", besides) == besides


def test_a_site_names_no_more_than_a_claim_can_bear(frontier: Frontier) -> None:
    name(frontier, *(page(number, "maps.example") for number in range(frontier_sitemaps.MAX_SITEMAPS_ABROAD + 1)))
    besides = frontier.sitemaps.of(["a.example"])
    assert len(besides) == frontier_sitemaps.MAX_SITEMAPS_ABROAD
    hosts = ["a.example", *(f"{number}.example" for number in range(3000))]
    assert frontier.next_due(NOW, max_depth=5, hosts=hosts, besides=besides) == NOW
    claims = frontier.claim_run(NOW, Selection.of(5, hosts, besides=besides), most=2)
    assert len(claims) == 2
