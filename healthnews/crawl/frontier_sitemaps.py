"""Sitemaps that lie on another host than the pages they name: a site lends its sitemaps a place elsewhere, and says so in robots.txt."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import insert, select

from healthnews.crawl.frontier_database import lock_for_many
from healthnews.crawl.frontier_links import add_links, merge_links
from healthnews.crawl.frontier_records import LISTING_PRIORITY, Link
from healthnews.crawl.frontier_tables import DEFAULT_DELAY_SECONDS, SITEMAPS, chunks, ensure_hosts, host_authority

MAX_SITEMAPS_ABROAD = 1000
"""Sitemaps on other hosts that one crawl looks at: each claim names them."""


class FrontierSitemaps:
    """Sitemaps on other hosts, of one database; safe for several threads and processes, as the frontier is.

    Source: sitemaps.org, "Sitemaps & Cross Submits": whoever can write a site's robots.txt may name its sitemap wherever that is.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def name(self, sites: Collection[str], links: Iterable[Link], now: datetime, delay_seconds: float = DEFAULT_DELAY_SECONDS) -> int:
        """Put in sitemaps that lie on another host than the sites that name them, in their robots.txt or an index.

        Args:
            sites: Hosts whose pages they are said to name.
            links: The sitemaps.
            now: When.
            delay_seconds: Between two requests to a host that is new.

        Returns:
            How many addresses are new.
        """
        merged, added = merge_links(replace(link, at_least=LISTING_PRIORITY) for link in links), 0
        if not merged:
            return 0
        with self._engine.begin() as connection:
            lock_for_many(connection)
            for urls in chunks(list(merged)):
                ensure_hosts(connection, map(host_authority, urls), delay_seconds)
                added += add_links(connection, [merged[url] for url in urls], now.timestamp())
                rows = {(url, site) for url in urls for site in sites if host_authority(url) != site}
                named = select(SITEMAPS.c.url, SITEMAPS.c.site).where(SITEMAPS.c.url.in_(urls))
                new = sorted(rows - {(row.url, row.site) for row in connection.execute(named)})
                if new:
                    connection.execute(insert(SITEMAPS), [{"url": url, "site": site} for url, site in new])
        return added

    def of(self, sites: Collection[str]) -> tuple[str, ...]:
        """The sitemaps of these hosts that lie on none of them, in order, `MAX_SITEMAPS_ABROAD` at most."""
        with self._engine.begin() as connection:
            named = connection.execute(select(SITEMAPS.c.url, SITEMAPS.c.site).order_by(SITEMAPS.c.url)).all()
        abroad = dict.fromkeys(row.url for row in named if row.site in sites and host_authority(row.url) not in sites)
        return tuple(abroad)[:MAX_SITEMAPS_ABROAD]

    def sites_of(self, url: str) -> frozenset[str]:
        """The hosts whose sitemap the address is though it lies elsewhere."""
        with self._engine.begin() as connection:
            return frozenset(connection.scalars(select(SITEMAPS.c.site).where(SITEMAPS.c.url == url)))
