"""Drift: figures of a release that differ from those of the last by more than they may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from healthnews.dataset.issues import Issue
from healthnews.dataset.profile import HOSTS

MAX_LOST_ROWS = 0.2
"""A table that lost a larger share of its rows since the last release was not made as before: articles and captures only ever gather."""
MIN_LOST_ROWS = 20
"""Fewer lost rows are the play of a small table."""
MAX_FILL_DROP = 0.1
"""How far the share of rows with a value may fall. A renamed class name empties a column of a whole site at once."""
MIN_LOST_VALUES = 20
"""Fewer lost values are the play of a small table, or of a parser that was mended for a few pages."""
MAX_MIX_CHANGE = {HOSTS: 0.25, "claims.polarity": 0.15}
"""How far a mix may move, as total variation distance (half the sum of the differences of shares, 0 to 1)."""
MIN_MIX_ROWS = 100
_FAILURES = "failures"
"""The table of which fewer rows are good news."""
_GROWN = 3.0
_MIN_GROWN_ROWS = 1_000


def compare_profiles(profile: Mapping[str, Any], previous: Mapping[str, Any]) -> Iterator[Issue]:
    """What differs from the last release by more than it may.

    Args:
        profile: Figures of the release to be.
        previous: Manifest of the last one; one of an older version of the program has rows and no other figures.
    """
    version = str(previous["version"])
    before = previous.get("profile")
    for name, table in profile["tables"].items():
        known = previous["tables"].get(name)
        if known is not None:
            yield from _compare_rows(name, known["rows"], table["rows"], version)
        if before is not None and name in before["tables"]:
            yield from _compare_fill(name, before["tables"][name], table, version)
    if before is not None:
        yield from _compare_mixes(before["mix"], profile["mix"], version)


def _compare_rows(name: str, before: int, now: int, version: str) -> Iterator[Issue]:
    lost = before - now
    if name != _FAILURES and lost >= MIN_LOST_ROWS and lost > MAX_LOST_ROWS * before:
        yield Issue(
            check="row_count", table=name, rows=lost, found=f"{now:,} rows, {before:,} in {version} ({lost / before:.0%} fewer)",
            expected=f"at most {MAX_LOST_ROWS:.0%} fewer",
        )  # fmt: skip
    elif before and now > _GROWN * before and now - before >= _MIN_GROWN_ROWS:
        yield Issue(
            check="row_count", table=name, refuses=False, rows=now - before, found=f"{now:,} rows, {before:,} in {version}",
            expected=f"at most {_GROWN:g} times as many",
        )  # fmt: skip


def _compare_fill(name: str, before: Mapping[str, Any], now: Mapping[str, Any], version: str) -> Iterator[Issue]:
    counted = "pages" if name == "articles" else "rows"
    for column, share in now["fill"].items():
        was = before["fill"].get(column)
        if was is not None and was - share > max(MAX_FILL_DROP, MIN_LOST_VALUES / max(1, now[counted])):
            yield Issue(
                check="fill_rate", table=name, column=column, found=f"{share:.0%} of {counted} have a value, {was:.0%} in {version}",
                expected=f"at most {MAX_FILL_DROP * 100:.0f} points less",
            )  # fmt: skip


def _compare_mixes(before: Mapping[str, Any], now: Mapping[str, Any], version: str) -> Iterator[Issue]:
    new_hosts = [host for host in now[HOSTS] if host not in before.get(HOSTS, {})] if before.get(HOSTS) else []
    if new_hosts:
        yield Issue(
            check="mix", table="articles", column="host", refuses=False, rows=sum(now[HOSTS][host] for host in new_hosts),
            found=f"{len(new_hosts)} hosts that {version} has not", expected="to be looked at once", examples=tuple(new_hosts[:5]),
        )  # fmt: skip
    for name, most in MAX_MIX_CHANGE.items():
        old = before.get(name, {})
        # Of hosts only those known before: a site that joins moves every share, and is told above.
        new = {value: count for value, count in now[name].items() if name != HOSTS or value in old}
        if min(sum(old.values()), sum(new.values())) < MIN_MIX_ROWS:
            continue
        if (distance := mix_change(old, new)) > most:
            table, column = name.split(".")
            yield Issue(
                check="mix", table=table, column=column, found=f"shares moved by {distance:.2f} since {version}",
                expected=f"at most {most:.2f}", examples=_moved(old, new),
            )  # fmt: skip


def mix_change(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Total variation distance of two mixes, 0 to 1."""
    totals = sum(before.values()), sum(now.values())
    return sum(abs(now.get(v, 0) / totals[1] - before.get(v, 0) / totals[0]) for v in before.keys() | now.keys()) / 2


def _moved(before: Mapping[str, int], now: Mapping[str, int]) -> tuple[str, ...]:
    """The values whose shares moved most, with both shares."""
    totals = sum(before.values()), sum(now.values())
    shares: Sequence[tuple[str, float, float]] = [
        (value, before.get(value, 0) / totals[0], now.get(value, 0) / totals[1]) for value in sorted(before.keys() | now.keys())
    ]
    shares = sorted(shares, key=lambda row: -abs(row[2] - row[1]))
    return tuple(f"{value or 'none'} {was:.0%} → {is_now:.0%}" for value, was, is_now in shares[:3])
