"""croissant.json (https://docs.mlcommons.org/croissant/docs/croissant-spec.html) and the plain schema.org description of a release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from healthnews.descriptions.texts import AUTHOR, KEYWORDS, PARQUET, SUMMARY, SUMMARY_ZH, TITLE, TITLE_ZH, release_date
from healthnews.records import TABLES
from healthnews.schema import key_columns, schema

_VERSION = "http://mlcommons.org/croissant/1.0"
_TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes",
    "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated", "replace",
    "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "sc": "https://schema.org/",
    **{term: f"cr:{term}" for term in _TERMS},
}
"""As the specification gives it."""


def croissant(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The release for ML tools: its Parquet files, and a record set for each table with every column described."""
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": _VERSION,
        **_about(manifest),
        "citeAs": f"{AUTHOR}: {TITLE}, {manifest['version']}",
        "license": "TERMS.md",
        "url": "index.html",
        "distribution": [
            {
                "@type": "cr:FileObject", "@id": table["file"], "name": table["file"], "contentUrl": table["file"],
                "contentSize": f"{table['bytes']} B", "encodingFormat": "application/x-parquet", "sha256": table["sha256"],
            }
            for table in manifest["tables"].values()
        ],
        "recordSet": [_record_set(name, table["file"]) for name, table in manifest["tables"].items()],
    }  # fmt: skip


def _about(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": "healthnews",
        "description": f"{SUMMARY} {SUMMARY_ZH}",
        # Croissant asks for a version of three numbers: the day of the release, and its second.
        "version": _numbered(manifest["version"]),
        "datePublished": release_date(manifest),
        "creator": {"@type": "Organization", "name": AUTHOR},
        "keywords": list(KEYWORDS),
        "inLanguage": "zh",
    }


def _numbered(version: str) -> str:
    """20260301T080000Z-2 as 20260301.80000.2."""
    moment, _, number = version.partition("-")
    day, _, time = moment.rstrip("Z").partition("T")
    return f"{day}.{int(time or 0)}.{number or 0}"


def _record_set(name: str, file: str) -> dict[str, Any]:
    found = schema(TABLES[name])
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": found.metadata[b"description"].decode(),
        "key": [{"@id": f"{name}/{column}"} for column in key_columns(TABLES[name])],
        "field": [_field(name, file, f) for f in found],
    }


def _field(name: str, file: str, f: pa.Field) -> dict[str, Any]:
    """A column; of one that holds structs, a field for each of their parts."""
    source = {"fileObject": {"@id": file}, "extract": {"column": f.name}}
    described = _named(f"{name}/{f.name}", f)
    inner = f.type.value_type if pa.types.is_list(f.type) else f.type
    if pa.types.is_struct(inner):
        described["subField"] = [
            _named(f"{name}/{f.name}/{part.name}", part)
            | {"dataType": _data_type(part.type), "source": source | {"transform": {"jsonPath": part.name}}}
            for part in inner
        ]
    else:
        described |= {"dataType": _data_type(inner), "source": source}
    return described | ({"repeated": True} if pa.types.is_list(f.type) else {})


def _named(name: str, f: pa.Field) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": name, "name": name, "description": f.metadata[b"description"].decode()}


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "sc:DateTime"
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"


def schema_org(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The release for search engines: a schema.org Dataset with its downloads."""
    files = [(t["file"], t["bytes"], t["sha256"], PARQUET) for t in manifest["tables"].values()]
    files += [(f["path"], f["bytes"], f["sha256"], f["media_type"]) for f in manifest["files"]]
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        **_about(manifest),
        "name": TITLE,
        "alternateName": TITLE_ZH,
        "version": manifest["version"],
        "license": "TERMS.md",
        "isAccessibleForFree": True,
        "variableMeasured": list(manifest["tables"]),
        "distribution": [
            {"@type": "DataDownload", "contentUrl": path, "contentSize": f"{size} B", "sha256": digest, "encodingFormat": media}
            for path, size, digest, media in files
        ],
    }
