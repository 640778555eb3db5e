"""piyao.kepuchina.cn: refutations of rumours, `/rumor/rumordetail?id=<id>`, as seen in 2024."""

import re

from selectolax.lexbor import LexborNode

from healthnews.extract.article import Parts, build_article
from healthnews.extract.dates import parse_date
from healthnews.extract.nodes import lines_of, read_dates, read_names, text_of
from healthnews.extract.page import Page
from healthnews.records import Article, RelatedItem

VERSION = "2026.11"
HOSTS = ("piyao.kepuchina.cn",)
# The portal's own notice of copyright, the last line of the text.
_NOTICE = re.compile(r"本作品为.{1,40}原创.{0,20}注明出处")


def parse(page: Page) -> Article:
    """The Article of a refutation; the document's title is the same on every page, so the headline is the only one.

    Raises:
        ParseError: Headline, text or date is not where it was.
    """
    parts = Parts(
        title=text_of(page.one("div.rumor-title")),
        lines=[line for line in lines_of(page.one("div.rumor-content")) if not _NOTICE.match(line.text)],
        dates=read_dates(page, "span.span_time"),
        names=read_names(page.maybe("div.rumor-info")),
        tags=tuple(link.text for link in page.links("div.rumor-keyword a")),
        related=_related(page),
    )
    return build_article(page.address, parts, parser="piyao_kepuchina", version=VERSION)


def _related(page: Page) -> tuple[RelatedItem, ...]:
    return tuple(_related_item(page, node, position) for position, node in enumerate(page.all("div.tj-item"), 1))


def _related_item(page: Page, node: LexborNode, position: int) -> RelatedItem:
    dated = parse_date(text_of(page.one("div.tj-item-date", within=node)), page.fetched_at)
    link = next(iter(page.links("a[href]", within=node)), None)
    return RelatedItem(
        position=position,
        title=text_of(page.one("div.tj-item-title", within=node)),
        url=link.url if link else None,
        published_at=dated.moment if dated else None,
    )
