"""A site of answer pages on loopback, and options to crawl it with."""

from typing import Any
from urllib.parse import urlsplit

from healthnews.pipeline.crawl_options import CrawlOptions, crawl_options
from tests.web import LOOPBACK, Reply

ANSWER = "医保账户的钱由本人使用,可以支付门诊费用,也可以在定点药店买药,余额查询很方便。"


def options(*start: str, **given: Any) -> CrawlOptions:
    """Options for loopback; no delay unless one is given."""
    return crawl_options(start=start, allow_addresses=LOOPBACK, **{"delay_seconds": 0.0, "depth": 10} | given)


def article(title: str, *related: str, text: str = ANSWER) -> Reply:
    links = "".join(f'<li><a href="{url}">关于第{url[1:-5]}号问题的解答</a><p>这里是它的开头。</p></li>' for url in related)
    block = f"<h3>相关推荐</h3><ul>{links}</ul>" if related else ""
    body = f"<h1>{title}</h1><p>{title}。{text * 3}</p>{block}"
    return Reply(f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode())


def pages(count: int) -> dict[str, Any]:
    """A chain of articles, each recommending the next two."""
    return {f"/{n}.html": article(f"第{n}号问题", *(f"/{m}.html" for m in (n + 1, n + 2) if m < count)) for n in range(count)}


def listed_pages(count: int) -> dict[str, Any]:
    """As `pages`, with a list of them all, so that many are due at once."""
    links = "".join(f'<li><a href="/{n}.html">第{n}号问题的解答在这里</a></li>' for n in range(count))
    return {"/": Reply(f"<html><head><title>问答</title></head><body><h1>问答</h1><ul>{links}</ul></body></html>".encode()), **pages(count)}


def path_of(url: str | None) -> str:
    return urlsplit(url or "").path
