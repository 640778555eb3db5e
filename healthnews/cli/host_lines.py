"""What came of the visits to each host, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from healthnews.pipeline.host_status import HostStatus

_COLUMNS = ("due", "fetched", "unchanged", "failed", "quarantined", "last success UTC")
_MOMENT = "%Y-%m-%d %H:%M"
_WIDTHS = tuple(max(7, len(name)) for name in _COLUMNS)
_GAP = 1
_LEAST_HOST = 12


def host_lines(hosts: Sequence[HostStatus], width: int) -> Iterator[str]:
    """A heading and, for each host, its counts; under them the reasons of its failures, the most frequent first, and what was left out.

    A host that is too long for its column has a line of its own: none is cut off, none is broken.

    Args:
        hosts: In the order of the lines.
        width: Cells of the terminal; a Chinese character takes two.
    """
    names = [_shown(host.host) for host in hosts]
    room = max(width - sum(_WIDTHS) - _GAP * len(_WIDTHS), _LEAST_HOST)
    first = min(max((cell_len(name) for name in names), default=0), room)
    yield _line("# host", first + 2, _COLUMNS)
    for host, name in zip(hosts, names, strict=True):
        counts = (host.due, host.fetched, host.unchanged, host.failed.total(), host.quarantined)
        last = f"{host.last_success_at:{_MOMENT}}" if host.last_success_at else "never"
        if cell_len(name) > first:
            yield name
            name = ""
        yield _line(name, first, [*map(str, counts), last])
        reasons = sorted(host.failed.items(), key=lambda item: (-item[1], item[0]))
        yield from _wrapped([f"{reason} {count}" for reason, count in reasons], width)
        if host.beyond_depth:
            yield from _wrapped([f"{host.beyond_depth} lie deeper than crawl.depth and are left out"], width)


def _line(name: str, first: int, values: Sequence[str]) -> str:
    cells = (f"{'':{_GAP}}{value:>{width}}" for value, width in zip(values, _WIDTHS, strict=True))
    return name + " " * (first - cell_len(name)) + "".join(cells)


def _wrapped(words: Sequence[str], width: int) -> Iterator[str]:
    """Reasons in lines that fit, none broken."""
    line = ""
    for number, word in enumerate(words, 1):
        word += "," if number < len(words) else ""
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = ""
        line = f"{line} {word}" if line else f"    {word}"
    if line:
        yield line


def _shown(host: str) -> str:
    """The host as people write it: a name that DNS carries in ASCII (xn--…) in its own letters."""
    name, colon, port = host.partition(":")
    try:
        return name.encode("ascii").decode("idna") + colon + port
    except UnicodeError:
        return host
