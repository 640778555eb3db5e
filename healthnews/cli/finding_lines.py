"""What `doctor` looked at, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healthnews.pipeline.health import Finding

_MARKS = {True: "ok", False: "WRONG"}


def finding_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each thing that was looked at, and one for what to do about it, where there is something: none is broken."""
    width = max((len(finding.what) for finding in findings), default=0)
    for finding in findings:
        yield f"{_MARKS[finding.is_well]:<5}  {finding.what:<{width}}  {finding.found}"
        if finding.remedy:
            yield f"{'':<5}  {'':<{width}}  → {finding.remedy}"
