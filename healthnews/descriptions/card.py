"""README.md of a release: a dataset card that people read, and that `datasets.load_dataset` loads the tables by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from healthnews.descriptions.texts import DICTIONARY, SUMMARY, SUMMARY_ZH, TITLE, TITLE_ZH, release_date
from healthnews.records import TABLES
from healthnews.schema import schema


def dataset_card(manifest: Mapping[str, Any]) -> str:
    """The card: a head in YAML with a configuration for each table, then what is in the release and how to open it."""
    return "\n".join([*_head(manifest), "", *_body(manifest), ""])


def _head(manifest: Mapping[str, Any]) -> list[str]:
    lines = [
        "---",
        "language:",
        "- zh",
        "license: other",
        "license_name: see-terms",
        "license_link: TERMS.md",
        f"pretty_name: {TITLE_ZH!r}",
    ]
    lines += ["task_categories:", "- text-classification", "tags:", "- health", "- fact-checking", "- contradiction-detection"]
    lines += ["configs:"]
    for name, table in manifest["tables"].items():
        lines += [f"- config_name: {name}", "  data_files:", "  - split: train", f"    path: {table['file']}"]
        lines += ["  default: true"] if name == "articles" else []
    return [*lines, "---"]


def _body(manifest: Mapping[str, Any]) -> list[str]:
    lines = [f"# {TITLE_ZH}", "", TITLE, "", SUMMARY_ZH, "", SUMMARY, ""]
    lines += [f"- 版本 version: `{manifest['version']}` ({release_date(manifest)})"]
    if manifest.get("previous"):
        lines += [f"- 上一版 previous: `{manifest['previous']}`\uff0c变化见 what changed: [CHANGELOG.md](CHANGELOG.md), `delta.parquet`"]
    lines += ["- 条款 terms: [TERMS.md](TERMS.md)", f"- 字段说明 data dictionary: [{DICTIONARY}]({DICTIONARY})"]
    lines += ["- 质量 quality: [quality.html](quality.html), `issues.json`", "- 校验 checksums: `sha256sum --check SHA256SUMS`", ""]
    if accepted := manifest.get("accepted_drift"):
        lines += [f"> 与上一版差异较大\uff0c已说明原因。Differs from the last release by more than usual: {accepted['reason']}", ""]
    lines += ["## 数据表 Tables", "", "| table | rows | bytes | holds |", "|---|---:|---:|---|"]
    for name, table in manifest["tables"].items():
        described = schema(TABLES[name]).metadata[b"description"].decode()
        lines.append(f"| [`{name}`]({table['file']}) | {table['rows']:,} | {table['bytes']:,} | {described} |")
    if manifest["files"]:
        lines += ["", "## 其他格式 Other forms", "", "| file | bytes |", "|---|---:|"]
        lines += [f"| [{file['path']}]({file['path']}) | {file['bytes']:,} |" for file in manifest["files"]]
    return [*lines, "", "## 打开 Open", "", *one_liner_block(), "", *_notes()]


def one_liners(place: str = "") -> dict[str, str]:
    """How a table is opened, by tool, where `place` is the folder or address of the release with its slash."""
    path = f"{place}articles.parquet"
    return {
        "pandas": f'import pandas as pd; articles = pd.read_parquet("{path}")',
        "polars": f'import polars as pl; articles = pl.read_parquet("{path}")',
        "duckdb": f"import duckdb; print(duckdb.sql(\"SELECT host, count(*) FROM '{path}' GROUP BY host\"))",
        "R": f'articles <- arrow::read_parquet("{path}")',
        "datasets": f'from datasets import load_dataset; articles = load_dataset("{place or "."}", "articles")',
    }


def one_liner_block() -> list[str]:
    """The same as a fenced block."""
    return ["```text", *(f"{tool:<9} {line}" for tool, line in one_liners().items()), "```"]


def _notes() -> list[str]:
    return [
        "Offsets are half-open and count Unicode code points: `article[origin][start:end] == sentence`. A missing date is null with the",
        'reason in `published_at_source`. In CSV, lists and structs are JSON, an empty text is `""`, and nothing at all is null; the files',
        "`*.excel.csv` are for a double click in Excel: an apostrophe stands before what would be a formula, and long texts are cut. Excel",
        "still takes a text such as 3-6 for a date and 007 for a number there; in the XLSX it does not.",
    ]
