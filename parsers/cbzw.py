"""www.cbzw.com.cn: health articles of a portal run with Discuz, `/article-<id>-<page>.html`, as seen in 2021."""

import re

from healthnews.extract.article import Names, Parts, build_article
from healthnews.extract.nodes import lines_of, read_dates, text_of
from healthnews.extract.page import Page
from healthnews.records import Article

VERSION = "2026.11"
HOSTS = ("www.cbzw.com.cn",)
_FROM = re.compile(r"来自\s*[:\uff1a]\s*(?P<name>[^|\s]{2,24})")
_HEAD = "div.vw > div.h"


def parse(page: Page) -> Article:
    """The Article of an article page; the meta author is the maker of the software.

    Raises:
        ParseError: Headline, text or date is not where it was.
    """
    source = _FROM.search(text_of(page.one(f"{_HEAD} > p.xg1")))
    parts = Parts(
        title=text_of(page.one(f"{_HEAD} > h1.ph")),
        lines=lines_of(page.one("td#article_content")),
        dates=read_dates(page, f"{_HEAD} > p.xg1"),
        names=Names(source=source["name"] if source else None),
    )
    return build_article(page.address, parts, parser="cbzw", version=VERSION)
