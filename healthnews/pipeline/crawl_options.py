"""What a crawl keeps to: given on the command line or by a flow, else from the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version as installed_version
from urllib.parse import urlsplit

from healthnews.crawl.guard import Guard
from healthnews.crawl.urls import canonical_url
from healthnews.errors import UsageError
from healthnews.settings import NO_CONTACT, Site, read_settings, read_sites, seconds, whole_number


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """What a crawl keeps to.

    Attributes:
        start: Addresses to begin with; their hosts are crawled from now on.
        hosts: Visit only these sites; all that are known when empty.
        budget: Most pages to ask for.
        depth: Most links from a start address to a page.
        delay_seconds: Between two requests to one host; robots.txt may ask for more.
        allow_addresses: Networks that may be touched although they are not public.
        refresh: Look at every known page again.
        retry: Ask again for the pages that failed or were quarantined.
        sites: Those of the settings; None when these are left alone.
    """

    start: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    budget: int = 200
    depth: int = 5
    delay_seconds: float = 2.0
    allow_addresses: tuple[str, ...] = ()
    refresh: bool = False
    retry: bool = False
    user_agent: str = "healthnews"
    concurrency: int = 4
    revisit_days: int = 7
    sites: tuple[Site, ...] | None = ()

    def delay_of(self, host: str) -> float:
        """Seconds between two requests to a host: what its entry in the settings says, else what holds for all."""
        own = next((site.delay_seconds for site in self.sites or () if site.host == host), None)
        return self.delay_seconds if own is None else own

    @property
    def starts(self) -> list[str]:
        """Canonical addresses that a crawl begins with, those of the settings included."""
        return canonical_addresses([*self.start, *(url for site in self.sites or () for url in site.start)])


def crawl_options(
    *,
    start: Sequence[str] = (),
    hosts: Sequence[str] = (),
    budget: int | None = None,
    depth: int | None = None,
    delay_seconds: float | None = None,
    allow_addresses: Sequence[str] = (),
    refresh: bool = False,
    retry: bool = False,
    with_sites: bool = True,
) -> CrawlOptions:
    """Options as given, what is not given from the settings; `with_sites` False leaves the sites of the settings alone.

    Raises:
        UsageError: A setting is no number, an address no web address, a network no network, a site none that could be visited.
    """
    flags = {"crawl.budget": budget, "crawl.depth": depth, "crawl.delay_seconds": delay_seconds}
    settings = read_settings({name: None if value is None else str(value) for name, value in flags.items()})
    if wrong := [url for url in start if canonical_url(url) is None]:
        raise UsageError(f"{wrong[0]!r} is no web address; expected http://… or https://…")
    Guard(allow_addresses)
    if hosts and (wrong := [url for url in start if urlsplit(canonical_url(url) or "").netloc not in {host.lower() for host in hosts}]):
        raise UsageError(f"{wrong[0]} is on none of the hosts that are to be visited ({', '.join(hosts)})")
    return CrawlOptions(
        start=tuple(start),
        hosts=tuple(host.lower() for host in hosts),
        budget=whole_number(settings["crawl.budget"]),
        depth=whole_number(settings["crawl.depth"], least=0),
        delay_seconds=seconds(settings["crawl.delay_seconds"]),
        allow_addresses=tuple(allow_addresses),
        refresh=refresh,
        retry=retry,
        user_agent=user_agent(settings["crawl.user_agent"].value, settings["crawl.contact"].value),
        concurrency=whole_number(settings["crawl.concurrency"]),
        revisit_days=whole_number(settings["crawl.revisit_days"]),
        sites=tuple(map(_canonical_site, read_sites())) if with_sites else None,
    )


def _canonical_site(site: Site) -> Site:
    """The site with its host as canonical URLs name it; UsageError when a start address is of another host, or of none."""
    hosts = {urlsplit(canonical_url(f"{scheme}://{site.host}/") or "").netloc for scheme in ("http", "https")}
    start = tuple(canonical_url(address) or "" for address in site.start)
    if wrong := [address for address, url in zip(site.start, start, strict=True) if not url or urlsplit(url).netloc not in hosts]:
        raise UsageError(
            f"healthnews.toml: the site {site.host} is to start at {wrong[0]!r}; expected http or https addresses of that host"
        )
    return replace(site, host=urlsplit(start[0]).netloc, start=start)


def user_agent(product: str, contact: str) -> str:
    """The user agent that says who asks, in the form of RFC 9110: product/version (contact)."""
    named = f"{product}/{installed_version('healthnews')}"
    return named if contact == NO_CONTACT else f"{named} (+{contact})"


def canonical_addresses(urls: Sequence[str]) -> list[str]:
    """Canonical forms of web addresses; what is none is left out."""
    return [url for url in map(canonical_url, urls) if url is not None]
