"""What has failed and was not read since, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healthnews.pipeline.open_failures import OpenFailures

MOST_EXAMPLES = 2
"""Addresses that stand for all of one reason: the failures table has every one."""


def failure_lines(found: Sequence[OpenFailures]) -> Iterator[str]:
    """A heading, and for each reason how many addresses, what can be done, and some of them; nothing when nothing is open."""
    if found:
        yield "# not read, and what can be done"
    for one in found:
        yield f"{one.reason} {len(one.urls):,}: {one.remedy}"
        yield from (f"    {url}" for url in one.urls[:MOST_EXAMPLES])
        if (more := len(one.urls) - MOST_EXAMPLES) > 0:
            yield f"    … and {more:,} more"
