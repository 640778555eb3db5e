"""Local sources of pages: text dumps, HTML files, folders, page JSON lines, WARC and WACZ files, standard input."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from healthnews.crawl.urls import is_web_address, local_address
from healthnews.crawl.warc_sources import ForeignAnswer, read_answers
from healthnews.errors import UsageError

MAX_PAGE_BYTES = 20_000_000
"""A page larger than this is refused: the largest honest article page seen has 1.5 MB."""

TEXT = "text/plain"
HTML = "text/html"
PAGE_JSON = "application/vnd.healthnews.page+json"
_JSON_LINES = "json lines"
_WARC = "warc"
_WACZ = "wacz"
_KINDS = {
    ".txt": TEXT,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".jsonl": _JSON_LINES,
    ".ndjson": _JSON_LINES,
    ".warc": _WARC,
    ".wacz": _WACZ,
}
SUPPORTED = ", ".join(sorted(_KINDS)) + " (each also with .gz), folders, and - for standard input"
# A browser's “save page, complete” puts pictures and scripts there.
_ASSET_FOLDER = re.compile(r"(_files|\.files|_file)$", re.IGNORECASE)
_HTML_START = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|html|head|body|div|article|\?xml|meta|p|h1|title)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourcePage:
    """Bytes of one page, with the address and media type they are archived under."""

    url: str
    content_type: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """A source whose bytes cannot be archived, and why."""

    url: str
    reason: str
    detail: str


SourceItem = SourcePage | SourceFailure | ForeignAnswer


def list_files(sources: Sequence[str], excluded: Path | None = None) -> list[tuple[str, Path]]:
    """Every file of the sources with the name it is archived under, folders walked in sorted order.

    Names are relative to the parent of the source given, so that they do not depend on the working directory nor
    carry the path of a user's home. Left out are hidden files, asset folders, the excluded folder and any data folder of ours.

    Raises:
        UsageError: A source is empty.
    """
    files: list[tuple[str, Path]] = []
    for source in sources:
        if not source.strip():
            raise UsageError("a source is empty; give the path of a file or folder, or -")
        path = Path(source)
        if source == "-" or not path.is_dir():
            files.append((path.name or source, path))
            continue
        root = path.resolve()
        skipped = {lock.parents[1] for lock in root.rglob("work/lock")} | ({excluded.resolve()} if excluded else set())
        for file in sorted(root.rglob("*")):
            parts = file.relative_to(root).parts
            if not file.is_dir() and not _is_unwanted(parts) and skipped.isdisjoint(file.parents):
                files.append(("/".join((root.name, *parts)), file))
    return files


def _is_unwanted(parts: tuple[str, ...]) -> bool:
    """Whether a path inside a folder is hidden or lies among the assets of a saved page."""
    return any(part.startswith(".") for part in parts) or any(_ASSET_FOLDER.search(part) for part in parts[:-1])


def read_file(name: str, path: Path, stdin: BinaryIO, max_bytes: int = MAX_PAGE_BYTES) -> Iterator[SourceItem]:
    """The pages of one file, or the reason why there are none; never raises for what the file holds.

    Args:
        name: Name under which it is archived.
        path: The file; `-` for standard input.
        stdin: What is read for `-`.
        max_bytes: A page larger than this is refused.
    """
    if str(path) == "-":
        yield from _read_stdin(stdin, max_bytes)
        return
    address = local_address(name)
    kind = _KINDS.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    shown = name.encode("utf-8", "backslashreplace").decode()
    if not path.exists() and not path.is_symlink():
        yield SourceFailure(address, "missing", f"{shown}: no such file or folder")
        return
    if not path.is_file():
        yield SourceFailure(address, "unreadable", f"{shown}: not a regular file, or a link that leads nowhere")
        return
    if kind is None:
        yield SourceFailure(address, "unknown_type", f"{shown}: unknown file type; expected {SUPPORTED}")
        return
    try:
        if kind == _WACZ:
            yield from _read_wacz(address, shown, path, max_bytes)
            return
        with _open(path) as stream:
            if kind == _JSON_LINES:
                yield from _read_lines(address, shown, stream, max_bytes)
            elif kind == _WARC:
                yield from _read_warc(address, shown, stream, max_bytes)
            else:
                yield from _read_page(address, shown, kind, stream, max_bytes)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        yield SourceFailure(address, "unreadable", f"{shown}: cannot be read: {reason}")


def _open(path: Path) -> BinaryIO:
    """The file's content, its gzip undone."""
    return cast(BinaryIO, gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


def _read_warc(address: str, shown: str, stream: BinaryIO, max_bytes: int) -> Iterator[SourceItem]:
    """The pages of an archive under their own addresses, one after the other, and why other answers in it are none."""
    number, is_told = 0, False
    try:
        for item in read_answers(stream, max_bytes):
            is_told = True
            if isinstance(item, ForeignAnswer):
                number += 1
                yield item
            else:
                # Without the file's name: what is said of an address is the same in every copy of the file.
                detail = item.error.detail if item.url else f"{shown}: {item.error.detail}"
                yield SourceFailure(item.url or address, item.error.reason, detail)
    except (ValueError, RuntimeError, EOFError) as error:
        yield SourceFailure(address, "unreadable", f"{shown}: damaged after {number} pages: {error}")
        return
    if not is_told:
        yield SourceFailure(address, "empty", f"{shown}: no page in it, expected answers of type HTML, XML or text with status 200")


def _read_wacz(address: str, shown: str, path: Path, max_bytes: int) -> Iterator[SourceItem]:
    """The pages of the WARC files in a WACZ, which is a zip file (https://specs.webrecorder.net/wacz/1.1.1/)."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = sorted(name for name in packed.namelist() if name.endswith((".warc", ".warc.gz")))
            for name in names:
                with packed.open(name) as member:
                    stream = cast(BinaryIO, gzip.GzipFile(fileobj=member) if name.endswith(".gz") else member)
                    yield from _read_warc(f"{address}#{name}", f"{shown}, {name}", stream, max_bytes)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        yield SourceFailure(address, "unreadable", f"{shown}: cannot be read: {error}; expected a WACZ, a zip file with WARC files in it")
        return
    if not names:
        yield SourceFailure(address, "empty", f"{shown}: no WARC file in it, expected archive/*.warc.gz")


def _read_page(address: str, shown: str, content_type: str, stream: BinaryIO, max_bytes: int) -> Iterator[SourceItem]:
    payload = stream.read(max_bytes + 1)
    if len(payload) > max_bytes:
        yield _too_large(address, shown, max_bytes)
    else:
        yield SourcePage(address, content_type, payload)


def _too_large(address: str, shown: str, max_bytes: int) -> SourceFailure:
    return SourceFailure(address, "too_large", f"{shown}: larger than {max_bytes:,} bytes, the most a page may have")


def _read_lines(address: str, shown: str, stream: _Lines, max_bytes: int) -> Iterator[SourceItem]:
    """A page a line; a blank line is nothing, a line that is too long is skipped to its end."""
    number = 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        place = f"{address}#{number}"
        if len(line) > max_bytes:
            while line and not line.endswith(b"\n"):
                line = stream.readline(max_bytes)
            yield _too_large(place, f"{shown} line {number}", max_bytes)
        elif line.strip():
            yield SourcePage(_line_url(line) or place, PAGE_JSON, line.strip())
    if number == 0:
        yield SourcePage(address, PAGE_JSON, b"")


def _line_url(line: bytes) -> str | None:
    """The web address that a page line names; None for a line without one (the parser says what is wrong with it)."""
    try:
        url = json.loads(line).get("url")
    except (ValueError, AttributeError, RecursionError):
        return None
    return url.strip() if isinstance(url, str) and is_web_address(url.strip()) else None


def _read_stdin(stdin: BinaryIO, max_bytes: int) -> Iterator[SourceItem]:
    """Standard input: JSON lines when it starts with {, HTML when it starts with a tag, else a text dump."""
    head = stdin.read(max_bytes + 1).removeprefix(codecs.BOM_UTF8)
    address = "stdin:"
    if head.lstrip()[:1] == b"{":
        yield from _read_lines(address, "standard input", _Joined(head, stdin), max_bytes)
    else:
        yield from _read_page(address, "standard input", HTML if _HTML_START.match(head[:512]) else TEXT, io.BytesIO(head), max_bytes)


class _Lines(Protocol):
    """What can be read by lines."""

    def readline(self, limit: int, /) -> bytes: ...


class _Joined:
    """What was already read of a stream, then the rest of it, by lines."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def readline(self, limit: int, /) -> bytes:
        line = self._head.readline(limit)
        if line.endswith(b"\n") or len(line) >= limit:
            return line
        return line + self._rest.readline(limit - len(line))
