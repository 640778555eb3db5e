"""Descriptions of a release are what the standards ask for: their own tools check them, and load the tables by them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from healthnews.dataset.release import Options
from healthnews.descriptions.card import one_liners
from healthnews.pipeline.describing import describe_release
from healthnews.records import TABLES
from tests.release_tables import make_tables, publish


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(
        tmp_path_factory.mktemp("clean"), make_tables(), Options(formats=("csv", "jsonl.gz", "sample")), describe=describe_release
    ).path


def described(release: Path, name: str) -> Any:
    return json.loads((release / name).read_text(encoding="utf-8"))


def test_the_card_names_each_table_and_file(release: Path) -> None:
    card = (release / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlanguage:\n- zh\n")
    manifest = described(release, "manifest.json")
    for path in [t["file"] for t in manifest["tables"].values()] + [f["path"] for f in manifest["files"]]:
        assert f"]({path})" in card
    linked = [part.split(")")[0] for part in card.split("](")[1:]]
    made_with_the_page = {"CHANGELOG.md", "quality.html"}
    assert all((release / path).exists() for path in linked if path not in made_with_the_page)


def test_the_card_loads_the_tables_without_a_network(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="datasets is a development dependency")
    for name in ("articles", "claims"):
        loaded = datasets.load_dataset(str(release), name, cache_dir=str(tmp_path), split="train")
        assert loaded.to_pandas().equals(pq.read_table(release / f"{name}.parquet").to_pandas()), name


def test_the_data_package_is_valid_with_its_data(release: Path) -> None:
    frictionless = pytest.importorskip("frictionless", reason="frictionless is a development dependency")
    report = frictionless.validate(str(release / "datapackage.json"))
    assert report.valid, report.flatten(["title", "message"])
    assert report.stats["tasks"] == 4 * len(TABLES)


def test_the_data_package_finds_a_file_that_was_changed(release: Path, tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless", reason="frictionless is a development dependency")
    package = described(release, "datapackage.json")
    (csv,) = [resource for resource in package["resources"] if resource["name"] == "claims-csv"]
    csv["schema"].pop("foreignKeys")
    path = tmp_path / csv["path"]
    path.parent.mkdir()
    path.write_bytes((release / csv["path"]).read_bytes().replace("一律".encode(), "大多".encode()))
    (tmp_path / "datapackage.json").write_text(json.dumps(package | {"resources": [csv]}))
    assert not frictionless.validate(str(tmp_path / "datapackage.json")).valid


def test_croissant_validates_and_loads(release: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is a development dependency")
    dataset = mlcroissant.Dataset(jsonld=str(release / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    for name in ("articles", "claims", "contradictions"):
        table = pq.read_table(release / f"{name}.parquet")
        rows = list(dataset.records(record_set=name))
        assert len(rows) == table.num_rows
        for column in (f.name for f in table.schema if pa.types.is_string(f.type)):
            read = [row[f"{name}/{column}"] for row in rows]
            assert [value.decode() if isinstance(value, bytes) else value for value in read] == table[column].to_pylist(), column
    (row,) = [row for row in dataset.records(record_set="articles") if row["articles/article_id"] == b"a_00003"]
    assert [tag.decode() for tag in row["articles/tags"]] == ["医保", "账户"]


def test_the_description_for_search_engines_names_every_download(release: Path) -> None:
    found = described(release, "dataset.jsonld")
    assert (found["@context"], found["@type"]) == ("https://schema.org/", "Dataset")
    for download in found["distribution"]:
        path = release / download["contentUrl"]
        assert download["contentSize"] == f"{path.stat().st_size} B"
    assert len(found["distribution"]) == 4 * len(TABLES)


def test_the_citation_gives_version_and_day(release: Path) -> None:
    lines = (release / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    assert {"cff-version: 1.2.0", "type: dataset", 'version: "20260301T080000Z"', "date-released: 2026-03-01"} <= set(lines)


def test_the_terms_say_whose_the_texts_are(release: Path, tmp_path: Path) -> None:
    full = (release / "TERMS.md").read_text(encoding="utf-8")
    excerpt = publish(tmp_path, make_tables(), Options(text="excerpt"), describe=describe_release).path
    assert "for your own analysis" in full
    terms = (excerpt / "TERMS.md").read_text(encoding="utf-8")
    assert "first 200 characters" in terms
    assert "文章的权利属于各发布者\uff08见 host、source、url\uff09" in terms


@pytest.mark.parametrize("tool", ["pandas", "polars", "duckdb"])
def test_the_one_liners_open_the_release(release: Path, tool: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip(tool, reason=f"{tool} is a development dependency")
    names: dict[str, Any] = {}
    exec(one_liners(f"{release}/")[tool], names)
    assert "a.example" in capsys.readouterr().out if tool == "duckdb" else len(names["articles"]) == 6
