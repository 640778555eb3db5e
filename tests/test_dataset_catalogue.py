"""One article has one row and one id, however and in whatever order it is met."""

from dataclasses import replace
from datetime import datetime, timedelta

from healthnews.crawl.urls import canonical_url, host_of
from healthnews.dataset.articles import merge_articles
from healthnews.dataset.catalogue import Catalogue, Seen, SightingRow, first_ids
from healthnews.records import AliasRow, Article, ArticleRow, QualityFlag, RelatedItem
from healthnews.schema import from_table, to_table
from tests.conftest import SEEN_AT

BODY = "门诊费用先由个人账户支付,不够的部分由本人用现金补上,住院费用则按规定的比例由统筹基金报销。\n第二段补充说明。"
SNIPPET = "门诊费用先由个人账户支付,不够的部分由本人用现金补上, 住院费用则按规定的比例由统筹"


def page(title: str, url: str | None = None, body: str = BODY) -> Article:
    return Article(title=title, url=url, body=body, parser="test", parser_version="1")


def stub(title: str, url: str | None = None, snippet: str | None = SNIPPET) -> RelatedItem:
    return RelatedItem(position=1, title=title, url=url, snippet=snippet, tag="健康新闻", published_at=datetime(2026, 2, 1))


def seen(number: int, url: str | None = None, host: str | None = None) -> Seen:
    return Seen(f"c_{number}", SEEN_AT + timedelta(hours=number), canonical_url(url), host or host_of(url), f"file:{number}.txt")


def moved(number: int, asked: str, final: str) -> Seen:
    return replace(seen(number, final), moved_from=canonical_url(asked))


def rows(catalogue: Catalogue) -> list[ArticleRow]:
    changes = catalogue.take_changes()
    moved = first_ids((row.alias_id, row.article_id) for row in changes.aliases.values())
    sightings = [row for row in changes.sightings.values() if row.article_id not in moved]
    return merged(list(changes.pages.values()), sightings)


def merged(pages: list[ArticleRow], sightings: list[SightingRow]) -> list[ArticleRow]:
    return from_table(ArticleRow, merge_articles(to_table(ArticleRow, pages), to_table(SightingRow, sightings)))


def test_a_stub_upgraded_by_its_page_is_one_row_that_keeps_its_first_id() -> None:
    catalogue = Catalogue([], [])
    first = catalogue.add_stub(stub("账户的钱怎么付"), seen(1))
    second = catalogue.add_page(page("账户的钱怎么付", "https://a.example/1"), seen(2, "https://a.example/1"))
    assert first == second
    (row,) = rows(catalogue)
    assert row.record == "page"
    assert row.body == BODY
    assert row.snippet == SNIPPET
    assert (row.first_seen_at, row.last_seen_at) == (SEEN_AT + timedelta(hours=1), SEEN_AT + timedelta(hours=2))


def test_the_other_key_of_an_article_becomes_an_alias() -> None:
    catalogue = Catalogue([], [])
    article_id = catalogue.add_stub(stub("账户的钱怎么付"), seen(1))
    catalogue.add_page(page("账户的钱怎么付"), seen(2, "https://a.example/1"))
    (alias,) = catalogue.take_changes().aliases.values()
    assert alias.article_id == article_id
    assert alias.alias_id != article_id


def test_a_page_met_again_as_stub_stays_a_page() -> None:
    catalogue = Catalogue([], [])
    first = catalogue.add_page(page("账户的钱怎么付", "https://a.example/1"), seen(1, "https://a.example/1"))
    assert catalogue.add_stub(stub("账户的钱怎么付"), seen(2)) == first
    assert catalogue.add_stub(stub("另有标题", "https://a.example/1"), seen(3, "https://a.example/1")) == first
    (row,) = rows(catalogue)
    assert (row.record, row.title) == ("page", "账户的钱怎么付")


def test_equal_titles_of_different_texts_stay_apart() -> None:
    catalogue = Catalogue([], [])
    first = catalogue.add_stub(stub("最新通知", snippet="这是一条完全不同的通知,讲的是疫苗接种的时间和地点安排,与费用无关。"), seen(1))
    assert catalogue.add_page(page("最新通知", "https://a.example/1"), seen(2, "https://a.example/1")) != first


def test_equal_titles_on_two_addresses_stay_apart() -> None:
    catalogue = Catalogue([], [])
    first = catalogue.add_page(page("最新通知", "https://a.example/1"), seen(1, "https://a.example/1"))
    assert catalogue.add_page(page("最新通知", "https://b.example/1"), seen(2, "https://b.example/1")) != first


def test_a_stub_of_another_host_is_another_article() -> None:
    catalogue = Catalogue([], [])
    first = catalogue.add_stub(stub("账户的钱怎么付"), seen(1, host="b.example"))
    assert catalogue.add_page(page("账户的钱怎么付"), seen(2, "https://a.example/1")) != first


def test_the_date_beside_a_link_dates_the_linked_article_with_low_confidence() -> None:
    catalogue = Catalogue([], [])
    catalogue.add_stub(stub("账户的钱怎么付"), seen(1))
    (row,) = rows(catalogue)
    assert (row.published_at, row.published_at_source, row.record) == (datetime(2026, 2, 1), "related_block", "stub")
    assert row.published_at_confidence is not None
    assert row.published_at_confidence < 0.5


def test_a_catalogue_read_back_gives_the_same_ids() -> None:
    catalogue = Catalogue([], [])
    article_id = catalogue.add_stub(stub("账户的钱怎么付"), seen(1))
    catalogue.add_page(page("账户的钱怎么付", "https://a.example/1"), seen(2, "https://a.example/1"))
    changes = catalogue.take_changes()
    sightings: list[SightingRow] = list(changes.sightings.values())
    aliases: list[AliasRow] = list(changes.aliases.values())
    again = Catalogue(sightings, aliases)
    assert again.add_page(page("账户的钱怎么付", "https://a.example/1"), seen(3, "https://a.example/1")) == article_id
    assert again.add_stub(stub("账户的钱怎么付"), seen(4)) == article_id


OLD, NEW = "https://a.example/old", "https://a.example/new"


def test_a_stub_whose_address_redirects_is_its_page_under_its_first_id() -> None:
    catalogue = Catalogue([], [])
    first = catalogue.add_stub(stub("账户的钱怎么付", OLD), seen(1, OLD))
    assert catalogue.add_page(page("账户的钱怎么付", NEW), moved(2, OLD, NEW)) == first
    assert catalogue.add_stub(stub("账户的钱怎么付", NEW), seen(3, NEW)) == first
    (row,) = rows(catalogue)
    assert (row.record, row.canonical_url) == ("page", NEW)


def test_a_redirect_between_two_known_addresses_makes_one_article_of_them() -> None:
    catalogue = Catalogue([], [])
    catalogue.add_stub(stub("账户的钱怎么付", OLD), seen(1, OLD))
    first = catalogue.add_page(page("账户的钱怎么付", NEW), seen(2, NEW))
    assert catalogue.add_page(page("账户的钱怎么付", NEW), moved(3, OLD, NEW)) == first
    assert catalogue.add_stub(stub("账户的钱怎么付", OLD), seen(4, OLD)) == first
    (row,) = rows(catalogue)
    assert row.article_id == first


def test_a_site_that_sends_all_its_old_addresses_to_one_page_has_not_moved_them() -> None:
    catalogue = Catalogue([], [])
    catalogue.add_stub(stub("账户的钱怎么付", OLD), seen(1, OLD))
    catalogue.add_page(page("本站公告", NEW), moved(2, OLD, NEW))
    assert sorted(row.record for row in rows(catalogue)) == ["page", "stub"]


def test_redirects_to_and_fro_end_in_one_id() -> None:
    catalogue = Catalogue([], [])
    ids = {
        catalogue.add_page(page("账户的钱怎么付", NEW), moved(1, OLD, NEW)),
        catalogue.add_page(page("账户的钱怎么付", OLD), moved(2, NEW, OLD)),
        catalogue.add_page(page("账户的钱怎么付", NEW), moved(3, OLD, NEW)),
    }
    assert len(ids) == 1


def test_aliases_of_aliases_lead_to_the_article() -> None:
    assert first_ids([("a", "b"), ("b", "c")]) == {"a": "c", "b": "c"}


def test_a_stub_has_the_flags_of_the_title_and_snippet_it_shows() -> None:
    catalogue = Catalogue((), ())
    flags = (QualityFlag(flag="placeholder", origin="snippet", start=0, end=3),)
    first = catalogue.add_stub(stub("账户的钱怎么付", snippet="XX省的账户可以付"), seen(1), flags)
    (row,) = merged([], list(catalogue.take_changes().sightings.values()))
    assert (row.article_id, row.quality) == (first, flags)
    catalogue.add_stub(stub("账户的钱怎么付", snippet="各省的账户都可以付"), seen(2))
    (row,) = merged([], list(catalogue.take_changes().sightings.values()))
    assert row.quality == ()
