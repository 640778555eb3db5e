"""www.kepu.gov.cn: articles of the popular-science portal, `/<column>/<YYYY-MM>/<DD>/content_<id>.html`, as seen in 2024."""

import re

from healthnews.extract.article import Parts, build_article
from healthnews.extract.nodes import lines_of, read_dates, read_names, text_of
from healthnews.extract.page import Page
from healthnews.records import Article

VERSION = "2026.11"
HOSTS = ("www.kepu.gov.cn", "kepu.gov.cn")
# Pictures stand between the paragraphs, each with a paragraph for its caption.
_CAPTION = re.compile(r"记者\s+\S{2,4}\s+摄$")
_HEAD = "div.dynamic-news > div.detil-new-title"


def parse(page: Page) -> Article:
    """The Article of an article page; what the columns beside it list is the portal's news and not related to it.

    Raises:
        ParseError: Headline, text or date is not where it was.
    """
    # The editor's line has no name of its own: it is the first element behind the text.
    editor = page.all("div#content ~ div", at_least=1)[0]
    parts = Parts(
        title=text_of(page.one(f"{_HEAD} > div")),
        lines=[line for line in lines_of(page.one("div#content")) if not _CAPTION.search(line.text)],
        dates=read_dates(page, f"{_HEAD} > ul"),
        names=read_names(page.one(_HEAD), editor),
    )
    return build_article(page.address, parts, parser="kepu_gov", version=VERSION)
