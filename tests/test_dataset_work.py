"""The tables of a release, made of the work tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthnews.dataset import work
from healthnews.dataset.catalogue import SightingRow, url_id
from healthnews.dataset.observations import PartRow
from healthnews.dataset.store import Store
from healthnews.records import AliasRow, ArticleRow
from tests.conftest import SEEN_AT

URLS = [f"https://a.example/{number}.html" for number in range(12)]


def page(url: str, capture: str = "c_1", body: str | None = None) -> ArticleRow:
    return ArticleRow(
        article_id=url_id(url), record="page", title="断缴以后", body=body or f"这是{url[-6:-5]}\u3002", url=url, parser="generic",
        parser_version="1", capture_id=capture, first_seen_at=SEEN_AT, last_seen_at=SEEN_AT,
    )  # fmt: skip


def sighting(url: str, *, is_page: bool) -> SightingRow:
    return SightingRow(
        article_id=url_id(url), first_seen_at=SEEN_AT, last_seen_at=SEEN_AT, is_page=is_page, title="断缴以后", url=url, canonical_url=url,
        host="a.example", capture_id="c_1",
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Nine pages, three of which are one article, one of which goes on in a page that is not there; two stubs; an alias."""
    store = Store(tmp_path / "tables")
    work.append(store, "pages", [page(url) for url in URLS[:9]])
    work.append(store, "pages", [page(URLS[0], "c_2", body="这是新的\u3002")])
    work.append(store, "sightings", [sighting(url, is_page=number < 9) for number, url in enumerate(URLS)])
    following = {3: URLS[1], 1: URLS[7], 5: "https://a.example/gone.html"}
    parts = [PartRow(article_id=url_id(URLS[n]), capture_id="c_1", number=1, next_url=next_url) for n, next_url in following.items()]
    work.append(store, "parts", parts)
    work.append(store, "article_aliases", [AliasRow(alias_id=url_id(URLS[11]), article_id=url_id(URLS[10]))])
    return store


@pytest.mark.parametrize("rows", [1, 2, 5, 100])
def test_articles_are_the_same_however_many_are_in_memory(store: Store, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "SCANNED_ROWS", rows)
    found = {row.article_id: row for row in work.articles(store)}
    assert list(found) == sorted(url_id(URLS[number]) for number in (0, 2, 3, 4, 5, 6, 8, 9, 10))
    texts = {number: found[url_id(URLS[number])].body for number in (0, 3, 9)}
    assert texts == {0: "这是新的\u3002", 3: "这是3\u3002\n这是1\u3002\n这是7\u3002", 9: None}
    assert [row.article_id for row in found.values() if row.quality] == [url_id(URLS[5])]
    assert work.article_rows(store).read_all().equals(work.release_table(store, "articles"))
