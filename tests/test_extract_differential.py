"""selectolax and BeautifulSoup show the same page: the same words in the same order, the same links in the same order.

*Words* are those of every text node outside scripts, styles, templates, embedded frames and `noscript`, joined as they stand and
split at white space. *Links* are the `href` of every `a` that has one, stripped. Trees are compared by nothing else: where an
element begins that HTML's rules put elsewhere (a `form` in a table, a `p` closed early) is the parsers' own affair.

What is demanded:
- words equal on every page;
- links equal on every page, or, on as many pages as `LXML_DIFFERS` says, equal to those of html5lib, which follows HTML's rules
  to the letter: lxml leaves an `a` inside an `a` where the rules close the outer one and open it anew in each block that follows.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, Tag
from selectolax.lexbor import LexborNode

from healthnews.extract.page import Page
from healthnews.records import RawPage
from tests.claims_seeds import SHARED
from tests.markups import MARKUPS, read_dump

ROOT = Path(__file__).parents[1]
DEV = SHARED / "benchmarks" / "extraction" / "dev"
SETS = {"aeb": 52, "trf-meta": 53, "wcxb": 50, "zh": 47, "zh-forum": 7, "zh-meta": 30}
LXML_DIFFERS = {"wcxb": 1}
"""Pages of a set on which lxml's links are not those that HTML's rules give."""
NOT_TEXT = frozenset(["script", "style", "template", "noscript", "iframe", "noembed", "noframes"])

Shown = tuple[list[str], list[str]]


def shown_by_lexbor(root: LexborNode | None) -> Shown:
    texts: list[str] = []
    links: list[str] = []
    waiting = [root] if root is not None else []
    while waiting:
        node = waiting.pop()
        if node.tag == "-text":
            texts.append(node.text_content or "")
        elif node.tag not in NOT_TEXT:
            href = node.attributes.get("href") if node.tag == "a" else None
            if href and href.strip():
                links.append(href.strip())
            children = list(children_of(node))
            waiting.extend(reversed(children))
    return "".join(texts).split(), links


def children_of(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def shown_by_soup(soup: BeautifulSoup) -> Shown:
    texts: list[str] = []
    links: list[str] = []
    waiting = list(reversed(soup.contents))
    while waiting:
        node = waiting.pop()
        if isinstance(node, Tag):
            if node.name not in NOT_TEXT:
                href = node.get("href") if node.name == "a" else None
                if isinstance(href, str) and href.strip():
                    links.append(href.strip())
                waiting.extend(reversed(node.contents))
        # Comments, doctypes and processing instructions are strings of their own classes.
        elif type(node) in (NavigableString, CData):
            texts.append(str(node))
    return "".join(texts).split(), links


def page_of(payload: bytes, url: str = "https://example.com/a/1.html") -> Page:
    return Page(RawPage(url=url, content_type="text/html", payload=payload, fetched_at=datetime(2025, 11, 1, tzinfo=UTC)))


def links_differ(page: Page) -> bool:
    """Whether lxml's links are others; the words must be equal, and lexbor's words and links those of html5lib where lxml's are not."""
    words, links = shown_by_lexbor(page.dom.root)
    soup_words, soup_links = shown_by_soup(page.soup)
    assert soup_words == words
    if soup_links == links:
        return False
    assert shown_by_soup(BeautifulSoup(page.text, "html5lib")) == (words, links)
    return True


def own_pages() -> list[Path]:
    found = [*ROOT.glob("samples/site/**/*.html"), *ROOT.glob("tests/pages/*/*.html")]
    return sorted(path for path in found if path.name != "broken.html")


def test_text_and_links_of_every_page_of_our_own_are_equal_on_both_trees() -> None:
    paths = own_pages()
    assert len(paths) > 50
    assert [path.name for path in paths if links_differ(page_of(path.read_bytes()))] == []


@pytest.mark.parametrize("markup", sorted(MARKUPS))
def test_text_and_links_are_equal_on_both_trees_in_every_markup_of_an_answer(markup: str) -> None:
    dump = read_dump((ROOT / "tests/pages/m.jiusongjiankang.com/own.txt").read_text("utf-8"))
    page = page_of(MARKUPS[markup](dump).encode())
    assert not links_differ(page)
    words, links = shown_by_lexbor(page.dom.root)
    assert dump.lines[0].split()[0] in "".join(words)
    assert len(links) >= len(dump.items)


def test_a_link_inside_a_link_is_where_the_trees_differ() -> None:
    page = page_of(b'<p><a href="/1">one<a href="/2">two</a></p><div>three</div>')
    assert shown_by_soup(page.soup) == shown_by_lexbor(page.dom.root)
    page = page_of(b'<div><a href="/1"><p>one</p><p>two</div><p>three')
    assert links_differ(page)
    assert shown_by_lexbor(page.dom.root) == (["onetwothree"], ["/1", "/1"])


@pytest.mark.parametrize("name", sorted(SETS))
def test_text_and_links_of_every_development_page_are_equal_on_both_trees(name: str) -> None:
    if not DEV.is_dir():
        pytest.skip(f"the development pages are not at {DEV}; they stay outside the project")
    truths = map(json.loads, (DEV / "ground-truth.jsonl").read_text("utf-8").splitlines())
    chosen = [truth for truth in truths if truth["set"] == name]
    assert len(chosen) == SETS[name]
    pages = [page_of(gzip.decompress((DEV / "html" / f"{truth['id']}.html.gz").read_bytes())) for truth in chosen]
    assert sum(links_differ(page) for page in pages) == LXML_DIFFERS.get(name, 0)
