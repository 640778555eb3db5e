"""Pages that are there to send their reader on, by a refresh that they ask the browser for."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from healthnews.errors import ParseError
from healthnews.extract.page import Page

_MAX_DELAY_SECONDS = 10
"""Whoever waits longer is meant to read the page."""
_REFRESH = re.compile(
    r"\s*+(?P<seconds>\d{0,3})(?:\.[\d.]*+)?(?:\s*+[;,]\s*+|\s++)(?:url\s*+=\s*+)?(?P<quote>[\"']?)(?P<url>[^\"']++)(?P=quote)\s*", re.I
)
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml", ""))


def find_forward(page: Page) -> str | None:
    """Absolute address that an HTML page forwards to within some seconds; None where it stays, or asks for itself anew.

    What it says to browsers without JavaScript alone is not counted. Source: HTML standard, the refresh state of http-equiv.
    """
    if page.content_type not in _HTML_TYPES:
        return None
    try:
        metas = page.dom.css("meta[http-equiv][content]")
    except ParseError:
        return None
    for meta in metas:
        if (meta.attributes.get("http-equiv") or "").strip().lower() != "refresh" or _is_without_scripts(meta):
            continue
        said = _REFRESH.fullmatch(meta.attributes.get("content") or "")
        target = page.absolute(said["url"].strip()) if said is not None and int(said["seconds"] or 0) <= _MAX_DELAY_SECONDS else None
        if target is not None and target != (page.address or "").partition("#")[0]:
            return target
    return None


def _is_without_scripts(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None and parent.tag != "noscript":
        parent = parent.parent
    return parent is not None
