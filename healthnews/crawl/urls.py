"""One canonical form of an address, so that the same page has the same key."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING_PREFIX = "utm_"


def is_web_address(url: str) -> bool:
    """Whether the text is an http or https address with a host."""
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
    if not host:
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


def host_of(url: str | None) -> str | None:
    """Host of a web address, lower case, without port; None when there is none."""
    if url is None or not is_web_address(url):
        return None
    return urlsplit(url).hostname


def local_address(name: str) -> str:
    """Address of a local file in the archive: `file:` and its name, non-ASCII letters kept readable."""
    return "file:" + "".join(c if ord(c) > 127 else quote(c, safe="/") for c in name)
