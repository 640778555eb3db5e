"""The parsers that the settings give to sites."""

from __future__ import annotations

from collections.abc import Mapping

from healthnews.errors import UsageError
from healthnews.extract.registry import assignable_parsers
from healthnews.settings import SETTINGS_FILE, read_sites


def assigned_parsers() -> Mapping[str, str]:
    """Parser by host (with its port where the settings write one), for the sites whose entry in healthnews.toml names one.

    Raises:
        UsageError: An entry names a parser that is not there or reads no web pages.
    """
    assigned = {site.host: site.parser for site in read_sites() if site.parser is not None}
    for host, name in assigned.items():
        if name not in assignable_parsers():
            known = ", ".join(assignable_parsers())
            raise UsageError(f"{SETTINGS_FILE}: the site {host} is to be read by the parser {name!r}; known are {known}")
    return assigned
