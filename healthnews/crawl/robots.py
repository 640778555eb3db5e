"""robots.txt by RFC 9309: fetched once per origin, parsed by protego, and asked before each page."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from protego import Protego

from healthnews.crawl.fetch import Fetcher, Visit
from healthnews.crawl.urls import is_web_address
from healthnews.errors import PageError, UsageError

MAX_PARSED_BYTES = 512 * 1024
"""What is beyond is ignored; RFC 9309 section 2.5 asks for 500 KiB at least."""
MAX_DELAY_SECONDS = 60.0
MAX_SITEMAPS = 50
KEPT_SECONDS = 86_400.0
"""Rules are asked for anew after a day. Source: RFC 9309 section 2.4."""
UNREACHABLE_KEPT_SECONDS = 1.0
"""An unreachable robots.txt is asked for again when its host's next turn comes, or when the server says."""

# What a page of the same origin would meet as well: saying that robots.txt is unreachable would hide it.
_OWN_REASONS = frozenset({"blocked_address", "dns", "tls"})
# RFC 9309 section 2.3.1.2: a file that redirects do not lead to counts as missing.
_MISSING_REASONS = frozenset({"redirect_loop", "too_many_redirects", "bad_address"})
_PRODUCT = re.compile(r"[A-Za-z_-]+")
_AGENT_LINE = re.compile(r"\s*user(?:-|\s*)agent(?:\s*:|\s)(?P<value>.*)", re.IGNORECASE)
_OTHER_AGENT = "User-agent: other"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the robots.txt of one origin says to us.

    Attributes:
        visit: The fetch of robots.txt itself.
        refusal: Why nothing of the origin may be fetched for now; None when `parsed` decides.
        delay_seconds: Time between two requests that it asks for, at most MAX_DELAY_SECONDS; None when it asks for none.
        sitemaps: Absolute addresses, at most MAX_SITEMAPS, in the order of the file.
    """

    agent_token: str
    visit: Visit
    refusal: PageError | None
    parsed: Protego
    delay_seconds: float | None
    sitemaps: tuple[str, ...]

    def check(self, url: str) -> None:
        """PageError `robots` when the address is forbidden, `robots_unreachable` or the network's own reason when nobody can tell."""
        if self.refusal is not None:
            # A new one each time: an exception keeps every frame it was raised through.
            raise PageError(self.refusal.reason, self.refusal.detail)
        if not self.parsed.can_fetch(url, self.agent_token):
            raise PageError("robots", f"{url}: robots.txt of {urlsplit(url).netloc} forbids it to {self.agent_token}")


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Rules | None = None
    expires_at: float = 0.0


class Robots:
    """The rules of every origin met in a run; safe for several threads, which wait for one fetch per origin.

    Args:
        fetcher: Fetches robots.txt.
        user_agent: Its product part, up to the first slash or space, is the name that robots.txt knows us by.
        clock: Seconds that only go up.

    Raises:
        UsageError: The user agent begins with no product name.
    """

    def __init__(self, fetcher: Fetcher, user_agent: str, clock: Callable[[], float] = time.monotonic) -> None:
        product = _PRODUCT.match(user_agent)
        if product is None:
            raise UsageError(f"user agent {user_agent!r}: expected a product name of letters first, such as healthnews/0.1")
        self.agent_token = product.group().lower()
        self._fetcher = fetcher
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: dict[str, _Slot] = {}

    def check(self, url: str) -> None:
        """Fetch the rules of the address if need be, and ask them; for `Fetcher.fetch(check=...)`."""
        self.rules_for(url).check(url)

    def remember(self, visit: Visit, age_seconds: float) -> bool:
        """Take over what an earlier run was told; False when that is more than a day old, or was that nobody can tell."""
        rules = read_rules(visit, self.agent_token)
        if rules.refusal is not None or not 0 <= age_seconds < KEPT_SECONDS:
            return False
        with self._lock:
            self._slots[visit.asked] = _Slot(rules=rules, expires_at=self._clock() + KEPT_SECONDS - age_seconds)
        return True

    def knows(self, url: str) -> bool:
        """Whether `rules_for` the address needs no request."""
        with self._lock:
            slot = self._slots.get(robots_url(url))
        return slot is not None and slot.rules is not None and self._clock() < slot.expires_at

    def rules_for(self, url: str, before_redirect: Callable[[str], None] = lambda target: None) -> Rules:
        """The rules for a web address: those of its scheme, host and port.

        Args:
            url: The address.
            before_redirect: Called with each address that robots.txt is redirected to before it is asked; what it raises as a PageError
                makes robots.txt unreachable.
        """
        address = robots_url(url)
        with self._lock:
            slot = self._slots.setdefault(address, _Slot())
        with slot.lock:
            if slot.rules is None or self._clock() >= slot.expires_at:
                visit = self._fetcher.fetch(
                    address, check=lambda target: None if target == address else before_redirect(target), accept=lambda _: True, is_cut=True
                )
                slot.rules = read_rules(visit, self.agent_token)
                is_sure = slot.rules.refusal is None
                slot.expires_at = self._clock() + (KEPT_SECONDS if is_sure else visit.retry_after_seconds or UNREACHABLE_KEPT_SECONDS)
            return slot.rules


@lru_cache(maxsize=1024)  # a visit asks for it several times
def robots_url(url: str) -> str:
    """Address of the robots.txt that rules over a web address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}/robots.txt"


def read_rules(visit: Visit, agent_token: str) -> Rules:
    """What a fetch of robots.txt means for our agent; no bytes and no failure make it raise."""
    text, refusal = "", None
    try:
        text = _served_text(visit)
    except PageError as error:
        refusal = error
    parsed = Protego.parse("\n".join(_own_lines(text, agent_token)))
    return Rules(
        agent_token=agent_token,
        visit=visit,
        refusal=refusal,
        parsed=parsed,
        delay_seconds=_delay_seconds(parsed, agent_token),
        sitemaps=_sitemaps(parsed, visit.asked),
    )


def _served_text(visit: Visit) -> str:
    """Text of robots.txt; empty when there is none, PageError when nobody can tell."""
    try:
        if visit.refusal is not None:
            raise visit.refusal
        return visit.hops[-1].body()[:MAX_PARSED_BYTES].decode("utf-8-sig", errors="replace")
    except PageError as error:
        status = int(error.reason.removeprefix("http_")) if error.reason.startswith("http_") else 0
        if error.reason in _MISSING_REASONS or (300 <= status < 500 and status != 429):
            return ""
        if error.reason in _OWN_REASONS:
            raise
        raise PageError("robots_unreachable", f"{error.detail}; without robots.txt nothing of its host is fetched") from error


def _own_lines(text: str, agent_token: str) -> Iterator[str]:
    """The file with the groups of other agents put together under one name.

    protego takes the name of a group for ours when ours begins with it, and gives every agent of a group its own copy
    of each rule: 500 KiB can ask for a hundred million of them. RFC 9309 section 2.2.1 compares whole product tokens.
    """
    for line in text.splitlines():
        agent = _AGENT_LINE.match(line.partition("#")[0])
        if agent is None:
            yield line
            continue
        value = agent["value"].strip().lstrip(":").strip().lower()
        product = _PRODUCT.match(value)
        if value == "*" or (product is not None and product.group() == agent_token):
            yield f"User-agent: {'*' if value == '*' else agent_token}"
        else:
            yield _OTHER_AGENT


def _delay_seconds(parsed: Protego, agent_token: str) -> float | None:
    delays = []
    if (crawl_delay := parsed.crawl_delay(agent_token)) is not None:
        delays.append(crawl_delay)
    if (rate := parsed.request_rate(agent_token)) is not None:
        # Capped as whole numbers first: the file may write numbers that no float can hold.
        delays.append(min(rate.seconds, int(MAX_DELAY_SECONDS) * rate.requests) / rate.requests)
    return min(max(delays), MAX_DELAY_SECONDS) if delays else None


def _sitemaps(parsed: Protego, base: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in parsed.sitemaps:
        try:
            address = urljoin(base, value)
        except ValueError:
            continue
        if is_web_address(address):
            found[address] = None
        if len(found) == MAX_SITEMAPS:
            break
    return tuple(found)
