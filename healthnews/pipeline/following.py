"""Following: what pages lead to becomes addresses of the frontier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import LISTING_PRIORITY, Link
from healthnews.crawl.urls import canonical_url
from healthnews.extract.listing import is_robots
from healthnews.extract.pager import is_next_address
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.frontiers import open_frontier
from healthnews.pipeline.rows import FoundLinks
from healthnews.records import utc_now

LIST_REVISIT = timedelta(hours=20)
"""A list page or a sitemap is due again so soon that a daily run always looks at it."""


@contextmanager
def following_unknown(folder: DataFolder) -> Iterator[Callable[[Sequence[FoundLinks]], None]]:
    """What puts into the frontier the addresses that it does not know: those that it knows keep their rank and their turn."""
    with open_frontier(folder) as frontier:
        known = frontier.known()

        def keep(found: Sequence[FoundLinks]) -> None:
            for links in found:
                unknown = tuple(url for url in links.urls if canonical_url(url) not in known)
                following = links.following if canonical_url(links.following) not in known else None
                if unknown or following:
                    asked = frontier.look_up(canonical_url(links.asked) or "")
                    is_listing = links.is_listing and asked is not None and not asked.is_listing
                    follow_links(frontier, replace(links, urls=unknown, following=following, is_listing=is_listing, modified={}))

        yield keep


def follow_links(frontier: Frontier, found: FoundLinks) -> int:
    """Put what a page leads to into the frontier where its site is crawled; how many addresses are new.

    The sitemaps that robots.txt names belong to the site as its start pages do; so do those that an index on another host names
    on that host. A page recommended by many rises, by each of them once.
    What a sitemap says has changed since it was last visited is due.
    """
    asked = canonical_url(found.asked)
    if asked is None:
        return 0
    known = frontier.look_up(asked)
    depth = 0 if known is None or is_robots(asked) else known.depth + 1
    followed = frontier.hosts.followed()
    wanted = [url for url in dict.fromkeys(map(canonical_url, found.urls)) if url and urlsplit(url).netloc in followed]
    if found.is_listing and not is_robots(asked):
        frontier.mark_listing(asked, found.fetched_at + LIST_REVISIT)
    again = set(map(canonical_url, found.again))
    if found.is_listing:
        links = [Link(url, depth=depth, at_least=LISTING_PRIORITY) for url in wanted]
    else:
        links = [Link(url, depth=depth, priority=int(url not in again)) for url in wanted]
    if (following := canonical_url(found.following)) is not None and urlsplit(following).netloc in followed:
        # The next page of an article is no link further from the start, and wanted before other articles are.
        links.append(Link(following, depth=max(0, depth - 1), at_least=LISTING_PRIORITY))
    if found.is_listing:
        # So is the next page of a list, as far as its number tells; MAX_PARTS of them at most, so that a calendar without end ends.
        links += [Link(url, depth=max(0, depth - 1), at_least=LISTING_PRIORITY) for url in wanted if is_next_address(asked, url)]
    listed = set(wanted)
    frontier.heed_modified({url: at for link, at in found.modified.items() if (url := canonical_url(link)) in listed}, utc_now())
    named = _name_sitemaps(frontier, asked, found.urls, depth) if found.is_index and urlsplit(asked).netloc not in followed else 0
    return frontier.add(links, utc_now()) + named


def _name_sitemaps(frontier: Frontier, index: str, urls: Iterable[str], depth: int) -> int:
    """Put in the sitemaps of an index for the sites that the index is for; how many are new.

    They have to lie beside it (sitemaps.org): else one file could send every crawl to hosts that never heard of the site.
    """
    sites, host = frontier.sitemaps.sites_of(index), urlsplit(index).netloc
    beside = [Link(url, depth=depth) for url in map(canonical_url, urls) if url and urlsplit(url).netloc == host]
    return frontier.sitemaps.name(sites, beside, utc_now()) if sites else 0
