"""Parsing alone: sources or a manifest in, articles out, nothing written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from healthnews.crawl.sources import SourceFailure, SourceItem, list_files, read_file
from healthnews.errors import PageError, UsageError
from healthnews.extract.registry import parse_page
from healthnews.pipeline.site_parsers import assigned_parsers
from healthnews.records import Article, RawPage, utc_now

Extracted = tuple[str | None, Article | PageError]
"""Id of the manifest line (None without a manifest), and the article or why there is none."""


def extract_sources(sources: Sequence[str], stdin: BinaryIO) -> Iterator[Extracted]:
    """The article of every page of the sources, in their order."""
    assigned = assigned_parsers()
    for name, path in list_files(sources):
        for item in read_file(name, path, stdin):
            yield None, _extract_item(item, assigned)


def extract_manifest(manifest: Path) -> Iterator[Extracted]:
    """The article of every line {"id", "path", "url"} of a manifest.

    Raises:
        UsageError: The manifest is missing or a line of it is not such an object.
    """
    if not manifest.is_file():
        raise UsageError(f"{manifest}: no such file")
    assigned = assigned_parsers()
    for number, line in enumerate(manifest.read_bytes().splitlines(), 1):
        if line.strip():
            page_id, path, url = _manifest_line(manifest, number, line)
            items = list(read_file(path.name, path, BytesIO()))
            yield from ((page_id, _extract_item(item, assigned, url)) for item in items)


def _manifest_line(manifest: Path, number: int, line: bytes) -> tuple[str, Path, str | None]:
    try:
        values = json.loads(line)
        url = values.get("url")
        if url is not None and not isinstance(url, str):
            raise TypeError("url is not a string")
        return str(values["id"]), manifest.parent / values["path"], url
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f'{manifest} line {number}: expected {{"id", "path", "url"}}, found {line[:80].decode("utf-8", "replace")!r}'
        ) from error


def _extract_item(item: SourceItem, assigned: Mapping[str, str], url: str | None = None) -> Article | PageError:
    if isinstance(item, SourceFailure):
        return PageError(item.reason, item.detail)
    try:
        raw = RawPage(url=url or item.url, content_type=item.content_type, payload=item.payload, fetched_at=utc_now())
        return parse_page(raw, assigned)
    except PageError as error:
        return PageError(error.reason, with_address(error.detail, url or item.url))


def with_address(detail: str, address: str) -> str:
    """A sentence that says what page it is about; most do already."""
    return detail if address.removeprefix("file:") in detail else f"{address}: {detail}"
