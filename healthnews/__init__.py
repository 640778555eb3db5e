"""healthnews: Chinese health and medical-insurance answer pages in, a clean dataset with contradictions shown, out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

# The package of this name is imported first, so that the function below takes the name and no later import takes it back.
import healthnews.extract  # noqa: F401

if TYPE_CHECKING:
    from datetime import date, datetime

    import pandas as pd

    from healthnews.claims.pairs import Verdict
    from healthnews.records import Article

__all__ = ["compare", "extract", "load", "releases"]

# Imports stand inside the functions: `import healthnews` and `healthnews --help` must not wait for pandas or jieba.


def load(table: str, release: str = "latest", data: str | None = None) -> pd.DataFrame:
    """A table of a release as a pandas DataFrame.

    Args:
        table: Name of the table: articles, related_links, claims, contradictions, …
        release: Version of the release.
        data: The data folder, a folder of releases, or the http address of one: where its versions.json lies. HEALTHNEWS_DATA or
            healthnews.toml or `data` when not given.

    Raises:
        UsageError: There is no such table or release.
        NetworkError: The address cannot be reached, or its file is another than the release says.
    """
    from pathlib import Path
    from tempfile import TemporaryDirectory

    import pandas as pd

    from healthnews.dataset.release import table_path
    from healthnews.dataset.remote import Remote, is_address, read_remote
    from healthnews.dataset.versions import releases_folder
    from healthnews.settings import read_settings

    place = read_settings({"store.data": data})["store.data"].value
    if not is_address(place):
        return pd.read_parquet(table_path(releases_folder(Path(place)), table, release))
    with Remote(place) as remote, TemporaryDirectory(prefix="healthnews-") as folder:
        return pd.read_parquet(read_remote(remote, table, release, Path(folder)))


def releases(data: str | None = None) -> pd.DataFrame:
    """Every attempt to publish, newest first: version, created_at, status, rows of each table (rows_articles, …).

    Args:
        data: As of `load`.

    Raises:
        NetworkError: The address cannot be reached.
        UsageError: There is no such folder.
    """
    from pathlib import Path

    import pandas as pd

    from healthnews.dataset.remote import Remote, is_address
    from healthnews.dataset.versions import listed_versions, releases_folder
    from healthnews.errors import UsageError
    from healthnews.settings import read_settings

    place = read_settings({"store.data": data})["store.data"].value
    if is_address(place):
        with Remote(place) as remote:
            entries = remote.versions()
    elif not Path(place).is_dir():
        raise UsageError(f"no folder {place}; expected a data folder, a folder of releases, or the http address of one")
    else:
        entries = listed_versions(releases_folder(Path(place)))
    table = pd.json_normalize(entries, sep="_") if entries else pd.DataFrame(columns=["version", "created_at", "status"])
    return table.assign(created_at=pd.to_datetime(table["created_at"]))


def extract(html: str | bytes, url: str = "file:page.html") -> Article:
    """The article of an HTML page.

    Args:
        html: The page; bytes are decoded by what they say of their charset.
        url: Its address, which chooses the parser and completes relative links.

    Raises:
        PageError: There is no article in it; `reason` and `detail` say why.
    """
    from healthnews.extract.registry import parse_page
    from healthnews.records import RawPage, utc_now

    if isinstance(html, str):
        payload, content_type = html.encode("utf-8", "replace"), "text/html; charset=utf-8"
    else:
        payload, content_type = html, "text/html"
    return parse_page(RawPage(url=url, content_type=content_type, payload=payload, fetched_at=utc_now()))


def compare(
    a: str,
    b: str,
    *,
    title_a: str | None = None,
    title_b: str | None = None,
    published_a: datetime | date | str | None = None,
    published_b: datetime | date | str | None = None,
    lang: Literal["zh", "en"] = "zh",
) -> Verdict:
    """Whether two sentences can both be true.

    Args:
        a: The first sentence; of a longer text every sentence is read.
        b: The second.
        title_a: Title of the article that the first is from: it lends subject and scope, as on a page.
        title_b: The same of the second.
        published_a: When the first was published, as a date or in ISO form: it places a sentence that names no time of its own.
        published_b: The same of the second.
        lang: Language of the explanation; the sentences in it stay as they are.

    Returns:
        Label, score, type, explanation, and the claims read in each sentence; `print` shows the first four.

    Raises:
        ValueError: A date cannot be read, or there is no such language.
    """
    from healthnews.claims.pairs import Sentence, compare_sentences, wall_time
    from healthnews.language.concepts import load_lexicon

    if lang not in ("zh", "en"):
        raise ValueError(f"lang is {lang!r}, expected 'zh' or 'en'")
    left = Sentence(text=a, source_title=title_a, published_at=wall_time(published_a))
    right = Sentence(text=b, source_title=title_b, published_at=wall_time(published_b))
    return compare_sentences(left, right, load_lexicon(), lang)
