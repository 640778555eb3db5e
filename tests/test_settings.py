"""Settings: flag before variable before file before default, and nothing unknown is accepted in silence."""

from pathlib import Path

import pytest

from healthnews.errors import UsageError
from healthnews.settings import Site, read_settings, read_sites, seconds, share, whole_number


def test_each_source_of_a_setting_beats_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def now(flag: str | None = None) -> tuple[str, str]:
        setting = read_settings({"store.data": flag}, tmp_path)["store.data"]
        return setting.value, setting.origin

    monkeypatch.delenv("HEALTHNEWS_DATA", raising=False)
    assert now() == ("data", "default")
    (tmp_path / "healthnews.toml").write_text('[store]\ndata = "from-file"\n', encoding="utf-8")
    assert now() == ("from-file", str(tmp_path / "healthnews.toml"))
    monkeypatch.setenv("HEALTHNEWS_DATA", "from-variable")
    assert now() == ("from-variable", "HEALTHNEWS_DATA")
    assert now("from-flag") == ("from-flag", "flag")


@pytest.mark.parametrize(
    ("content", "said"),
    [("[store]\ndatta = 1\n", "store.datta"), ("[store\n", "not valid TOML"), ("data = 1\n", "outside a section")],
)
def test_a_file_that_cannot_be_meant_is_refused_with_what_is_wrong(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "healthnews.toml").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        read_settings({}, tmp_path)


def test_settings_of_later_versions_may_stand_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "healthnews.toml").write_text('[crawl]\ncontact = "me@example"\n[[sites]]\nhost = "a.example"\n', encoding="utf-8")
    assert read_settings({}, tmp_path)["store.data"].origin == "default"


def test_a_number_that_is_none_is_refused_with_its_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHNEWS_INGEST_BATCH_PAGES", "many")
    with pytest.raises(UsageError, match="HEALTHNEWS_INGEST_BATCH_PAGES"):
        whole_number(read_settings({})["ingest.batch_pages"])


def test_sites_are_read_with_what_is_not_said_filled_in(tmp_path: Path) -> None:
    (tmp_path / "healthnews.toml").write_text(
        '[[sites]]\nhost = "WWW.a.example"\n\n'
        '[[sites]]\nhost = "b.example:8080"\nstart = ["http://b.example:8080/list/"]\ndelay_seconds = 0.5\n',
        encoding="utf-8",
    )
    assert read_sites(tmp_path) == (
        Site(host="www.a.example", start=("https://www.a.example/",)),
        Site(host="b.example:8080", start=("http://b.example:8080/list/",), delay_seconds=0.5),
    )
    assert read_sites(tmp_path / "elsewhere") == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[sites]\nhost = "a"\n', r"\[\[sites\]\]"),
        ("[[sites]]\n", "host"),
        ('[[sites]]\nhost = "https://a.example/"\n', "expected a host"),
        ('[[sites]]\nhost = "a.example"\nstarts = "x"\n', "starts"),
        ('[[sites]]\nhost = "a.example"\nstart = ["/"]\n', "expected addresses"),
        ('[[sites]]\nhost = "a.example"\nexpected = 3\n', "least and most"),
        ('[[sites]]\nhost = "a.example"\nexpected = { links = 3 }\n', "related, tags, body, articles"),
        ('[[sites]]\nhost = "a.example"\nexpected = { related = [30, 10] }\n', "expected.related"),
        ('[[sites]]\nhost = "a.example"\nexpected = { related = [] }\n', "expected.related"),
        ('[[sites]]\nhost = "a.example"\nexpected = { body = "200" }\n', "expected.body"),
        ('[[sites]]\nhost = "a.example"\ndelay_seconds = "soon"\n', "number of seconds"),
        ('[[sites]]\nhost = "a.example"\ndelay_seconds = -1\n', "number of seconds"),
    ],
)
def test_a_site_that_cannot_be_meant_is_refused_with_what_is_wrong(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "healthnews.toml").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        read_sites(tmp_path)


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf", "3601"])
def test_a_delay_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match=r"crawl\.delay_seconds"):
        seconds(read_settings({"crawl.delay_seconds": value})["crawl.delay_seconds"])


@pytest.mark.parametrize("value", ["90%", "0", "-0.5", "nan", "1.01"])
def test_a_share_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match=r"duplicates\.embedding_threshold"):
        share(read_settings({"duplicates.embedding_threshold": value})["duplicates.embedding_threshold"])
    assert share(read_settings({"duplicates.embedding_threshold": "0.85"})["duplicates.embedding_threshold"]) == 0.85
