"""Pages whose answer is not in their HTML: what a server sends is a shell, and scripts bring the words."""

from __future__ import annotations

import re

from healthnews.errors import ParseError
from healthnews.extract.page import Page

REASON = "needs_rendering"
_MOST_SHELL_CHARACTERS = 200
"""Visible characters of a shell: a name, a menu, 加载中. A short answer of our samples has more, or is read before this is asked."""
_MOUNTS = "#app,#root,#__next,#__nuxt,#__layout,[data-reactroot],[ng-app],[ng-version],app-root,[data-server-rendered]"
_ASKS_FOR_SCRIPTS = re.compile(
    r"(?:enable|requires?|without|turn on)\s+java\s*script|java\s*script[^。.]{0,12}(?:enabled|disabled|required)"
    r"|(?:启用|开启|打开|允许|需要|支持)[^。]{0,8}java\s*script|java\s*script[^。]{0,8}(?:启用|开启|禁用|关闭)",
    re.IGNORECASE,
)


def needs_rendering(page: Page) -> bool:
    """Whether an HTML page that is no article and no list looks like a shell that scripts fill.

    It has scripts and hardly a visible word, and either an element that frameworks fill, left empty, or a line that asks for JavaScript.
    """
    if page.content_type not in ("text/html", "application/xhtml+xml", ""):
        return False
    try:
        dom = page.dom
    except ParseError:
        return False
    if dom.css_first("script") is None or dom.body is None:
        return False
    asks = any(_ASKS_FOR_SCRIPTS.search(node.text()) for node in dom.css("noscript"))
    mounts = any(len(node.text(strip=True)) <= _MOST_SHELL_CHARACTERS for node in dom.css(_MOUNTS))
    if not (asks or mounts):
        return False
    shown = sum(len(block.text) for block in page.flat.blocks)
    return shown <= _MOST_SHELL_CHARACTERS
