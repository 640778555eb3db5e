"""bynews.bjmu.edu.cn: portraits and news of Peking University Health Science Center, `/<column>/article/<YYYY-MM>/<id>.htm`, of 2005."""

import re

from healthnews.extract.article import Names, Parts, build_article
from healthnews.extract.nodes import lines_of, text_of
from healthnews.extract.page import Page
from healthnews.records import Article

VERSION = "2026.11"
HOSTS = ("bynews.bjmu.edu.cn",)
_SIGNATURE = re.compile(r"[(\uff08]\s*(?P<name>[\u4e00-\u9fff·]{2,8})\s*[)\uff09]")


def parse(page: Page) -> Article:
    """The Article of an article page. The pages have no date; who wrote it stands in brackets in the last line.

    Raises:
        ParseError: Headline or text is not where it was.
    """
    lines = lines_of(page.one("div.bt_content"))
    signature = _SIGNATURE.fullmatch(lines[-1].text) if lines else None
    parts = Parts(
        title=text_of(page.one("td.bt_title")),
        lines=lines[:-1] if signature else lines,
        names=Names(author=signature["name"] if signature else None),
    )
    return build_article(page.address, parts, parser="bjmu_news", version=VERSION)
