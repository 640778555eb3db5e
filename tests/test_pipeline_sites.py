"""Which sites a crawl visits: those that were named, and no other or private address."""

from pathlib import Path

import pytest

from healthnews.errors import UsageError
from healthnews.pipeline.crawl_options import crawl_options
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import crawl, ingest
from healthnews.pipeline.queries import Dataset, read_status
from tests.answer_site import article, options, pages
from tests.web import Site, redirect


def test_other_sites_are_recorded_and_not_visited(folder: DataFolder) -> None:
    with Site(pages(1)) as other, Site() as site:
        site.routes["/0.html"] = article("第0号问题", "/1.html", other.url("/0.html"))
        site.routes["/1.html"] = article("第1号问题")
        crawl(folder, options(site.url("/0.html")))
        assert other.paths() == []
    assert other.url("/0.html") in {row.url for row in Dataset(folder).rows("related_links")}


def test_loopback_is_refused_unless_it_was_allowed(folder: DataFolder) -> None:
    with Site(pages(1)) as site:
        summary = crawl(folder, crawl_options(start=[site.url("/0.html")]))
        assert site.paths() == []
    assert summary.start_failures == {"blocked_address"}
    assert "--allow-address" in summary.failures[0].detail


def test_a_redirect_to_a_private_address_is_refused_and_its_first_hop_kept(folder: DataFolder) -> None:
    with Site({"/0.html": redirect("http://169.254.169.254/latest/")}) as site:
        summary = ingest(folder, [site.url("/0.html")], options=options())
    assert [f.reason for f in summary.failures] == ["blocked_address"]
    assert read_status(folder).pending == 0


def test_a_crawl_is_not_led_off_its_site_by_a_redirect(folder: DataFolder) -> None:
    with Site(pages(1)) as other, Site({"/0.html": article("第0号问题", "/1.html"), "/1.html": redirect(other.url("/0.html"))}) as site:
        summary = crawl(folder, options(site.url("/0.html")))
        assert other.paths() == []
        assert [f.reason for f in summary.failures] == ["other_site"]
        named = ingest(folder, [site.url("/1.html")], options=options())
        assert "/0.html" in other.paths()
    assert named.failures == []


def test_the_delay_of_a_site_holds_whoever_asks(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site(pages(3)) as site:
        settings = f'[[sites]]\nhost = "{site.host}"\nstart = ["{site.url("/0.html")}"]\ndelay_seconds = 7\n'
        (tmp_path / "healthnews.toml").write_text(settings, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        assert options(site.url("/1.html")).delay_of(site.host) == 7
        assert options(site.url("/1.html"), with_sites=False).delay_of(site.host) == 0


def test_a_site_that_left_the_settings_is_left_alone(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Site(pages(4)) as site, Site(pages(1)) as other:
        settings = f'[[sites]]\nhost = "{site.host}"\nstart = ["{site.url("/0.html")}"]\ndelay_seconds = 0\n'
        (tmp_path / "healthnews.toml").write_text(settings, encoding="utf-8")
        crawl(folder, options(budget=1), with_analysis=False)
        asked = len(site.requests)
        (tmp_path / "healthnews.toml").unlink()
        crawl(folder, options(other.url("/0.html")), with_analysis=False)
        assert len(site.requests) == asked


@pytest.mark.parametrize("start", ["ftp://a.example/", "https://b.example/"])
def test_a_site_that_starts_elsewhere_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "healthnews.toml").write_text(f'[[sites]]\nhost = "a.example:443"\nstart = ["{start}"]\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"a\.example:443"):
        options()


def test_a_start_on_none_of_the_hosts_named_is_a_mistake() -> None:
    with pytest.raises(UsageError, match=r"b\.example"):
        options("https://a.example/", hosts=["b.example"])


def test_a_site_that_was_never_started_cannot_be_named(folder: DataFolder) -> None:
    with pytest.raises(UsageError, match="--start"):
        crawl(folder, options(hosts=["a.example"]))


def test_a_crawl_without_any_site_says_how_to_name_one(folder: DataFolder) -> None:
    with pytest.raises(UsageError, match="--start"):
        crawl(folder, options())


def test_only_the_site_named_is_visited(folder: DataFolder) -> None:
    with Site(pages(2)) as one, Site(pages(2)) as two:
        crawl(folder, options(one.url("/0.html"), two.url("/0.html"), budget=2, refresh=True))
        before = len(two.requests)
        crawl(folder, options(hosts=[one.host], refresh=True))
        assert len(two.requests) == before
        assert "/1.html" in one.paths()
