"""Golden files: what a frozen page was read as when somebody looked, and how that differs from what it is read as now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from healthnews.dataset.exports import article_object
from healthnews.errors import PageError
from healthnews.extract.registry import parse_page
from healthnews.pipeline.freezing import FrozenPage

_PINNED = (
    "url", "title", "lead", "body", "sections", "published_at", "published_at_source", "published_at_precision", "modified_at", "author",
    "source", "editor", "reviewer", "tags", "disclaimer", "ai_label", "related", "quality", "parser",
)  # fmt: skip
"""What somebody can review who looks at the page: no keywords, no confidence, no version."""
_MAX_SHOWN = 160
REVIEWED = "reviewed"


def read_now(page: FrozenPage) -> dict[str, Any]:
    """What a golden file pins of a page: its article as `healthnews extract` prints it, or why it is refused."""
    try:
        article = article_object(parse_page(page.raw))
    except PageError as error:
        return {"refused": error.reason}
    return {"article": {name: article[name] for name in _PINNED}}


def check_golden(page: FrozenPage) -> str | None:
    """What is to be done about a frozen page; None when it is read as was reviewed.

    A missing golden file is written, once: it is to be reviewed, so from then on it is only read.
    """
    golden = page.path.with_suffix(".json")
    now = read_now(page)
    if not golden.exists():
        golden.write_text(json.dumps({REVIEWED: False} | now, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        return _review(golden)
    try:
        pinned = dict(json.loads(golden.read_text(encoding="utf-8")))
        reviewed = pinned.pop(REVIEWED)
    except (ValueError, KeyError, TypeError) as error:
        return f'{golden}: no golden file: {error}; expected a JSON object with "{REVIEWED}"'
    differences = list(_differences("", pinned, now))
    if differences:
        told = "was reviewed" if reviewed is True else "was written"
        again = "" if reviewed is True else "\n(to have it written anew, delete it)"
        return f"{golden}: {page.path.name} is not read as {told}:\n" + "\n".join(differences) + again
    return None if reviewed is True else _review(golden)


def _review(golden: Path) -> str:
    return f'review me: {golden}: compare each field with the page, then set "{REVIEWED}" to true'


def _differences(name: str, pinned: object, now: object) -> Iterator[str]:
    """Lines that tell where two values differ, field by field; of texts line by line."""
    if pinned == now:
        return
    if isinstance(pinned, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*pinned, *now)):
            yield from _differences(f"{name}.{key}".lstrip("."), pinned.get(key), now.get(key))
    elif isinstance(pinned, list) and isinstance(now, list):
        yield from _differences_of_lists(name, pinned, now)
    elif isinstance(pinned, str) and isinstance(now, str) and ("\n" in pinned or "\n" in now):
        yield from _differences_of_lists(f"{name}, line", pinned.split("\n"), now.split("\n"))
    else:
        yield f"  {name}\n    golden: {_shown(pinned)}\n    now:    {_shown(now)}"


def _differences_of_lists(name: str, pinned: Sequence[object], now: Sequence[object]) -> Iterator[str]:
    """Differences entry by entry, entries that are equal at both ends left out."""
    start = 0
    while start < min(len(pinned), len(now)) and pinned[start] == now[start]:
        start += 1
    end = 0
    while end < min(len(pinned), len(now)) - start and pinned[-1 - end] == now[-1 - end]:
        end += 1
    old, new = pinned[start : len(pinned) - end], now[start : len(now) - end]
    if len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True), start + 1):
            yield from _differences(f"{name} {index}", before, after)
        return
    yield from (f"  {name} {index} is gone: {_shown(value)}" for index, value in enumerate(old, start + 1))
    yield from (f"  {name} {index} is new:  {_shown(value)}" for index, value in enumerate(new, start + 1))


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
