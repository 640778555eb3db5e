"""datapackage.json: a release as a Frictionless Data Package (https://specs.frictionlessdata.io)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from healthnews.descriptions.texts import AUTHOR, KEYWORDS, PARQUET, SUMMARY, TITLE
from healthnews.records import TABLES
from healthnews.schema import key_columns, schema

Reference = tuple[str, str, str, str]
"""Table and column, and the table and key that its values are found in."""


def data_package(manifest: Mapping[str, Any], references: Sequence[Reference]) -> dict[str, Any]:
    """The package: a resource for each file, those in CSV with the schema that their cells are checked by.

    Args:
        manifest: Of the release.
        references: What refers to what, without exception.
    """
    resources = [_parquet(name, table) for name, table in manifest["tables"].items()]
    resources += [_csv(file, references) if file["format"] == "csv" else _file(file) for file in manifest["files"]]
    return {
        "profile": "data-package",
        "name": "healthnews",
        "title": TITLE,
        "description": SUMMARY,
        "version": manifest["version"],
        "created": manifest["created_at"],
        "keywords": list(KEYWORDS),
        "contributors": [{"title": AUTHOR, "role": "author"}],
        "licenses": [{"name": "other", "title": "See TERMS.md", "path": "TERMS.md"}],
        "resources": resources,
    }


def _parquet(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """A Parquet file; it holds its own schema, and Frictionless reads no nested ones."""
    return {
        "name": name.replace("_", "-"),
        "type": "file",
        "description": schema(TABLES[name]).metadata[b"description"].decode(),
        "path": table["file"],
        "format": "parquet",
        "mediatype": PARQUET,
        "bytes": table["bytes"],
        "hash": f"sha256:{table['sha256']}",
    }


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    name = "".join(letter if letter.isalnum() else "-" for letter in file["path"].lower())
    return {
        "name": name, "type": "file", "path": file["path"], "format": file["path"].rsplit(".", 1)[-1], "mediatype": file["media_type"],
        "bytes": file["bytes"], "hash": f"sha256:{file['sha256']}",
    }  # fmt: skip


def _csv(file: Mapping[str, Any], references: Sequence[Reference]) -> dict[str, Any]:
    name = file["table"]
    found = schema(TABLES[name])
    keys = [
        {"fields": [column], "reference": {"resource": _csv_name(parent), "fields": [key]}}
        for table, column, parent, key in references
        if table == name
    ]
    described = {
        "fields": [_field(f) for f in found],
        "primaryKey": list(key_columns(TABLES[name])),
        "missingValues": [""],
    }
    return _file(file) | {
        "name": _csv_name(name),
        "type": "table",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": described | ({"foreignKeys": keys} if keys else {}),
    }


def _csv_name(table: str) -> str:
    return f"{table.replace('_', '-')}-csv"


def _field(f: pa.Field) -> dict[str, Any]:
    """A column. Of texts none is required: by the cells of a file alone, an empty text is not told from none."""
    described: dict[str, Any] = {"name": f.name, "description": f.metadata[b"description"].decode(), **_type(f.type)}
    if not f.nullable and not pa.types.is_string(f.type):
        described["constraints"] = {"required": True}
    return described


def _type(kind: pa.DataType) -> dict[str, str]:
    if pa.types.is_timestamp(kind):
        return {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%SZ" if kind.tz else "%Y-%m-%dT%H:%M:%S"}
    if pa.types.is_list(kind):
        return {"type": "array"}
    if pa.types.is_struct(kind):
        return {"type": "object"}
    if pa.types.is_boolean(kind):
        return {"type": "boolean"}
    if pa.types.is_integer(kind):
        return {"type": "integer"}
    return {"type": "number"} if pa.types.is_floating(kind) else {"type": "string"}
