"""Settings and where each came from: flag, then HEALTHNEWS_*, then healthnews.toml, then the default."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from healthnews.errors import UsageError

SETTINGS_FILE = "healthnews.toml"
_PREFIX = "HEALTHNEWS_"
_LARGEST = 1_000_000_000
_LONGEST_DELAY = 3600
IN_FOLDER = "in the data folder"
OWN_SPACE = "one for each data folder"
NO_CONTACT = "none"
NO_EXCHANGE = "none"
"""Articles travel to the workers through the scheduler."""
NO_MODEL = "none"
_PASSWORD = re.compile(r"(://[^/@:\s]*:)[^/@\s]+(@)")
NO_WEBHOOK = "none"
SYSTEM_USER = "user account"


DEFAULT = "default"
"""Origin of a value that nobody has set."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is in force.

    Attributes:
        name: Dotted name, as in the file's sections: `store.data`.
        origin: `flag`, the name of the environment variable, the path of the file, or `default`.
    """

    name: str
    value: str
    origin: str

    @property
    def shown(self) -> str:
        """The value without the password that a URL may hold."""
        return _PASSWORD.sub(r"\1***\2", self.value)


@dataclass(frozen=True, slots=True)
class Site:
    """A site to crawl, from a `[[sites]]` entry of the settings file.

    Attributes:
        host: Host and, where it is not the scheme's own, port.
        start: Addresses to begin with; the home page when none are named.
        delay_seconds: Between two requests to it; None for the setting of all sites.
        parser: Name of the parser that reads its pages; None to let their host decide.
        expected: Name from `EXPECTED_COUNTS`, least and most (None for any number); empty to go by the host's history alone.
    """

    host: str
    start: tuple[str, ...]
    delay_seconds: float | None = None
    parser: str | None = None
    expected: tuple[tuple[str, int, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    default: str
    meaning: str


KNOWN: Mapping[str, _Known] = {
    "store.data": _Known("data", "folder that holds raw/, work/, clean/ and judgements/"),
    "store.frontier": _Known(
        IN_FOLDER,
        "where addresses wait to be visited: in the data folder (SQLite), or postgresql://USER@HOST/DATABASE (healthnews[postgres])",
    ),
    "store.frontier_space": _Known(OWN_SPACE, "in PostgreSQL, a name for the addresses that several data folders crawl together"),
    "ingest.max_page_bytes": _Known("20000000", "a larger page is refused (too_large)"),
    "ingest.batch_pages": _Known("500", "pages between two checkpoints; a killed run repeats at most one batch"),
    "crawl.contact": _Known(NO_CONTACT, "your address or web page; the user agent tells it to the sites you visit"),
    "crawl.user_agent": _Known("healthnews", "product name in the user agent, and what robots.txt rules are looked up for"),
    "crawl.budget": _Known("200", "pages that one crawl fetches at most"),
    "crawl.depth": _Known("5", "links followed from a start address at most"),
    "crawl.delay_seconds": _Known("2", "seconds between two requests to one host; robots.txt may ask for more"),
    "crawl.concurrency": _Known("4", "hosts visited at the same time"),
    "crawl.revisit_days": _Known(
        "7", "days until an article is looked at again: fewer once it had changed, more when it had not; list pages and sitemaps each day"
    ),
    "engine.kind": _Known("threads", "where parsing, claims and duplicates are computed: threads (this process) or dask"),
    "engine.scheduler": _Known("local", "of dask: address of a scheduler (tcp://host:8786); local starts a worker for each core"),
    "engine.exchange": _Known(
        NO_EXCHANGE, "of dask: folder that all workers can read (s3://…, file:///…), for articles on their way to them"
    ),
    "duplicates.embedding_model": _Known(NO_MODEL, "folder of a sentence-embedding model (ONNX) that tells questions in other words"),
    "duplicates.embedding_threshold": _Known("0.9", "cosine from which on two questions are one; calibrate it for your model"),
    "publish.formats": _Known(
        "parquet",
        "forms of a release beside Parquet, by comma: csv, excel.csv, jsonl.gz, xlsx, sqlite, sample; or all; if unset as before",
    ),
    "publish.text": _Known(
        "full",
        "texts in a release: full for one's own analysis, excerpt for publishing beyond one's own desk; if unset as before",
    ),
    "notify.webhook": _Known(NO_WEBHOOK, "address that gets a JSON message when a scheduled run was refused by a gate, failed or crashed"),
    "judge.name": _Known(SYSTEM_USER, "who judges, as each judgement says; by default the name of the user account"),
}
"""Settings this version reads, by dotted name."""

SITES = "sites"
_SITE_NAMES = frozenset(("host", "start", "delay_seconds", "parser", "expected"))
EXPECTED_COUNTS = ("related", "tags", "body", "articles")
"""What `expected` of a site may count: related links, tags and characters of body of a page, articles of the site."""


def variable_name(name: str) -> str:
    """Environment variable of a setting: store.data → HEALTHNEWS_DATA, ingest.batch_pages → HEALTHNEWS_INGEST_BATCH_PAGES."""
    return _PREFIX + name.removeprefix("store.").replace(".", "_").upper()


def whole_number(setting: Setting, least: int = 1) -> int:
    """Value of a setting that must be a whole number from `least` to a thousand million; UsageError otherwise."""
    if not re.fullmatch(r"[0-9]{1,10}", setting.value) or not least <= int(setting.value) <= _LARGEST:
        raise UsageError(f"{setting.name} = {setting.value!r} (from {setting.origin}): expected a whole number from {least} to {_LARGEST}")
    return int(setting.value)


def share(setting: Setting) -> float:
    """Value of a setting that must be a number above 0, up to 1; UsageError otherwise."""
    try:
        number = float(setting.value)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1:
        raise UsageError(f"{setting.name} = {setting.value!r} (from {setting.origin}): expected a number above 0, up to 1")
    return number


def seconds(setting: Setting) -> float:
    """Value of a setting that must be a number of seconds from 0 to an hour; UsageError otherwise."""
    return _seconds(setting.value, f"{setting.name} = {setting.value!r} (from {setting.origin})")


def _seconds(value: object, named: str) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    if not 0 <= number <= _LONGEST_DELAY:
        raise UsageError(f"{named}: expected a number of seconds from 0 to {_LONGEST_DELAY}")
    return number


def read_sites(folder: Path | None = None) -> tuple[Site, ...]:
    """The sites of the settings file; empty when there is none.

    Raises:
        UsageError: An entry is not what a site must be.
    """
    path = (folder or Path()) / SETTINGS_FILE
    entries = _sections(path).get(SITES, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageError(f'{path}: expected [[sites]] entries, each with host = "…"')
    return tuple(_site(path, entry) for entry in entries)


def _site(path: Path, entry: Mapping[str, Any]) -> Site:
    host = entry.get("host")
    if not isinstance(host, str) or not re.fullmatch(r"[^\s/@?#]+", host):
        raise UsageError(f'{path}: [[sites]] host = {host!r}; expected a host, such as "www.example.com"')
    if unknown := sorted(set(entry) - _SITE_NAMES):
        raise UsageError(f"{path}: unknown name {', '.join(unknown)} in the site {host}; known are {', '.join(sorted(_SITE_NAMES))}")
    start = entry.get("start", [])
    start = [start] if isinstance(start, str) else start
    if not isinstance(start, list) or not all(isinstance(url, str) and "://" in url for url in start):
        raise UsageError(f'{path}: start = {start!r} of the site {host}; expected addresses: ["https://{host}/"]')
    delay = entry.get("delay_seconds")
    parser = entry.get("parser")
    if parser is not None and (not isinstance(parser, str) or not parser.isidentifier()):
        raise UsageError(f'{path}: parser = {parser!r} of the site {host}; expected the name of a module in parsers/, such as "generic"')
    return Site(
        host=host.lower(),
        start=tuple(start) or (f"https://{host.lower()}/",),
        delay_seconds=None if delay is None else _seconds(delay, f"{path}: delay_seconds = {delay!r} of the site {host}"),
        parser=parser,
        expected=_expected(path, host, entry.get("expected", {})),
    )


def _expected(path: Path, host: str, given: object) -> tuple[tuple[str, int, int | None], ...]:
    """What is counted, least and most: `expected = { related = [10, 30], body = 200 }`."""
    form = "expected = { related = [10, 30], body = 200 }: least and most, or least alone, of " + ", ".join(EXPECTED_COUNTS)
    if not isinstance(given, dict) or not given.keys() <= set(EXPECTED_COUNTS):
        raise UsageError(f"{path}: expected = {given!r} of the site {host}; the form is {form}")
    found: list[tuple[str, int, int | None]] = []
    for name, value in given.items():
        bounds = value if isinstance(value, list) else [value]
        if not 1 <= len(bounds) <= 2 or not all(type(b) is int and 0 <= b <= _LARGEST for b in bounds) or bounds[-1] < bounds[0]:
            raise UsageError(f"{path}: expected.{name} = {value!r} of the site {host}; the form is {form}")
        found.append((name, bounds[0], bounds[1] if len(bounds) == 2 else None))
    return tuple(found)


def read_settings(flags: Mapping[str, str | None], folder: Path | None = None) -> dict[str, Setting]:
    """Every known setting with its value and origin.

    Args:
        flags: Values given on the command line by dotted name; None where the flag was not given.
        folder: Where healthnews.toml is looked for; the working directory by default.

    Raises:
        UsageError: The file is no TOML, or holds a section or a name that nobody reads.
    """
    path = (folder or Path()) / SETTINGS_FILE
    from_file = _read_file(path)
    settings = {}
    for name, known in KNOWN.items():
        variable = variable_name(name)
        if (flag := flags.get(name)) is not None:
            settings[name] = Setting(name, flag, "flag")
        elif variable in os.environ:
            settings[name] = Setting(name, os.environ[variable], variable)
        elif name in from_file:
            settings[name] = Setting(name, str(from_file[name]), str(path))
        else:
            settings[name] = Setting(name, known.default, DEFAULT)
        if not settings[name].value.strip():
            raise UsageError(f"{name} (from {settings[name].origin}) is empty; expected: {known.meaning}")
    return settings


def _sections(path: Path) -> dict[str, Any]:
    """The settings file as it stands; empty when there is none."""
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error


def _read_file(path: Path) -> dict[str, Any]:
    """Values of the settings file by dotted name, without the sites; empty when there is none."""
    values: dict[str, Any] = {}
    for section, entries in _sections(path).items():
        if section == SITES:
            continue
        if not isinstance(entries, dict):
            raise UsageError(f"{path}: {section!r} stands outside a section; expected [section] and name = value")
        values.update({f"{section}.{name}": value for name, value in entries.items()})
    if unknown := sorted(set(values) - set(KNOWN)):
        raise UsageError(f"{path}: unknown setting {', '.join(unknown)}; known are {', '.join(KNOWN)}")
    return values
