"""www.zyyfy.com: news of the hospital of the Hunan academy of Chinese medicine, as seen in 2019."""

from healthnews.extract.article import Parts, build_article
from healthnews.extract.names import find_names
from healthnews.extract.nodes import lines_of, read_dates, text_of
from healthnews.extract.page import Page
from healthnews.records import Article

VERSION = "2026.11"
HOSTS = ("www.zyyfy.com", "zyyfy.com")
# The number behind this name belongs to the block on the page and differs from column to column.
_HEAD = 'div[id^="ArticleContentBlockTitle_"]'


def parse(page: Page) -> Article:
    """The Article of a news page.

    Raises:
        ParseError: Headline, text or date is not where it was.
    """
    head = lines_of(page.one(f"{_HEAD} > div.title_blow"))
    lines = lines_of(page.one("div#div_article_content"))
    parts = Parts(
        title=text_of(page.one(f"{_HEAD} > div.title")),
        lines=lines,
        dates=read_dates(page, f"{_HEAD} > div.title_blow"),
        # Who edited the text stands in its last line, behind a stroke: 编辑/….
        names=find_names(line.text for line in (*head, *lines[-1:])),
    )
    return build_article(page.address, parts, parser="zyyfy", version=VERSION)
