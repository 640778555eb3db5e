"""Patterns of many alternatives that are quick to search with.

`re` tries every alternative at every character unless they all begin with plain text. Most characters begin none of them, so that a
look at the first one is several times as fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_EMPTY = (op.ASSERT, op.ASSERT_NOT, op.AT)
"""Parts of a pattern that stand for no character."""


class _UnknownStartError(Exception):
    """A pattern may begin with nothing, or with a character that cannot be listed."""


def compile_led(pattern: str) -> re.Pattern[str]:
    """The same pattern, by the characters that its matches can begin with.

    Where these cannot be told (it may begin with any character but some) it is compiled as it stands.
    """
    try:
        leads, may_be_empty = _leads(_parser.parse(pattern))
    except _UnknownStartError:
        return re.compile(pattern)
    if may_be_empty:
        return re.compile(pattern)
    return re.compile(f"(?=[{''.join(sorted(leads))}])(?:{pattern})")


def _leads(parts: Iterable[tuple[Any, Any]]) -> tuple[set[str], bool]:
    """Members of a class of the characters that a sequence of parsed parts can begin with, and whether it can be empty."""
    found: set[str] = set()
    for kind, value in parts:
        if kind in _EMPTY:
            continue
        leads, may_be_empty = _leads_of(kind, value)
        found |= leads
        if not may_be_empty:
            return found, False
    return found, True


def _leads_of(kind: Any, value: Any) -> tuple[set[str], bool]:
    if kind is op.LITERAL:
        return {re.escape(chr(value))}, False
    if kind is op.IN:
        return _members(value), False
    if kind is op.SUBPATTERN:
        return _leads(value[3])
    if kind is op.BRANCH:
        branches = [_leads(branch) for branch in value[1]]
        return set().union(*(leads for leads, _ in branches)), any(may_be_empty for _, may_be_empty in branches)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        leads, may_be_empty = _leads(value[2])
        return leads, may_be_empty or value[0] == 0
    raise _UnknownStartError


def _members(members: Iterable[tuple[Any, Any]]) -> set[str]:
    found: set[str] = set()
    for kind, value in members:
        if kind is op.LITERAL:
            found.add(re.escape(chr(value)))
        elif kind is op.RANGE:
            found.add(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        elif kind is op.CATEGORY and value in _CATEGORIES:
            found.add(_CATEGORIES[value])
        else:
            raise _UnknownStartError
    return found


_CATEGORIES = {op.CATEGORY_DIGIT: r"\d", op.CATEGORY_SPACE: r"\s", op.CATEGORY_WORD: r"\w"}
