"""One canonical form of an address, so that the same page has the same key."""

import os
import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING_PREFIX = "utm_"
MAX_ADDRESS_CHARACTERS = 8_000
"""Servers refuse longer request lines (RFC 9112 section 3 recommends room for 8,000), and WARC readers longer headers."""
# urlsplit drops line breaks and tabs, so they must be looked for before it.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def is_header_safe(url: str) -> bool:
    """Whether an address may stand in a header of a request or an archive: no control character, no lone surrogate, not endless."""
    return len(url) <= MAX_ADDRESS_CHARACTERS and _UNSAFE.search(url) is None


def is_web_address(url: str) -> bool:
    """Whether the text is an http or https address with a host."""
    if not is_header_safe(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in _DEFAULT_PORTS and bool(parts.hostname)
    except ValueError:
        return False


def canonical_url(url: str | None) -> str | None:
    """Canonical form of a web address; None for anything else (a local file, a broken address).

    w3lib sorts the query, normalises escapes and drops the fragment (it keeps GBK escapes as they are, where
    courlan corrupts them); then userinfo, the default port and utm_* parameters go.
    """
    if url is None or not is_web_address(url.strip()):
        return None
    try:
        parts = urlsplit(canonicalize_url(url.strip()))
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if not host or " " in host:
        return None
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    query = parts.query
    if _TRACKING_PREFIX in query:
        pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
        query = urlencode([(k, v) for k, v in pairs if not k.startswith(_TRACKING_PREFIX)], encoding="latin-1")
    return urlunsplit((parts.scheme, host, parts.path or "/", query, ""))


def page_key(url: str) -> str:
    """What names a page, whether we fetched it or another tool did."""
    return canonical_url(url) or url


def host_of(url: str | None) -> str | None:
    """Host of a web address, lower case, without port; None when there is none."""
    if url is None or not is_web_address(url):
        return None
    return urlsplit(url).hostname


def local_address(name: str) -> str:
    """Address of a local file in the archive: `file:` and its name, non-ASCII letters kept readable, stray bytes escaped."""
    return "file:" + "".join(quote(os.fsencode(c), safe="/") if ord(c) < 128 or _UNSAFE.match(c) else c for c in name)
