"""Settings: flag before variable before file before default, and nothing unknown is accepted in silence."""

from pathlib import Path

import pytest

from healthnews.errors import UsageError
from healthnews.settings import read_settings, whole_number


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
