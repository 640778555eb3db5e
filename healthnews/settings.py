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


@dataclass(frozen=True, slots=True)
class _Known:
    default: str
    meaning: str


KNOWN: Mapping[str, _Known] = {
    "store.data": _Known("data", "folder that holds raw/, work/, clean/ and judgements/"),
    "ingest.max_page_bytes": _Known("20000000", "a larger page is refused (too_large)"),
    "ingest.batch_pages": _Known("500", "pages between two checkpoints; a killed run repeats at most one batch"),
}
"""Settings this version reads, by dotted name."""

RESERVED = ("crawl", "sites", "store.frontier", "engine", "publish")
"""Sections and names that later versions read; they may stand in a file already."""


def variable_name(name: str) -> str:
    """Environment variable of a setting: store.data → HEALTHNEWS_DATA, ingest.batch_pages → HEALTHNEWS_INGEST_BATCH_PAGES."""
    return _PREFIX + name.removeprefix("store.").replace(".", "_").upper()


def whole_number(setting: Setting) -> int:
    """Value of a setting that must be a whole number from 1 to a thousand million; UsageError otherwise."""
    if not re.fullmatch(r"[0-9]{1,10}", setting.value) or not 1 <= int(setting.value) <= _LARGEST:
        raise UsageError(f"{setting.name} = {setting.value!r} (from {setting.origin}): expected a whole number from 1 to {_LARGEST}")
    return int(setting.value)


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
            settings[name] = Setting(name, known.default, "default")
        if not settings[name].value.strip():
            raise UsageError(f"{name} (from {settings[name].origin}) is empty; expected: {known.meaning}")
    return settings


def _read_file(path: Path) -> dict[str, Any]:
    """Values of the settings file by dotted name; empty when there is none."""
    if not path.exists():
        return {}
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error
    values: dict[str, Any] = {}
    for section, entries in sections.items():
        if section in RESERVED:
            continue
        if not isinstance(entries, dict):
            raise UsageError(f"{path}: {section!r} stands outside a section; expected [section] and name = value")
        values.update({f"{section}.{name}": value for name, value in entries.items()})
    if unknown := sorted(set(values) - set(KNOWN) - set(RESERVED)):
        raise UsageError(f"{path}: unknown setting {', '.join(unknown)}; known are {', '.join(KNOWN)}")
    return values
