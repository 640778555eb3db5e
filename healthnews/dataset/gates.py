"""Drift: figures of a release that differ from those of the last by more than they may."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from healthnews.dataset.issues import MAX_EXAMPLES, Issue
from healthnews.dataset.profile import HOSTS, MAX_VALUES

MAX_LOST_ROWS = 0.2
"""A table that lost a larger share of its rows since the last release was not made as before: articles and captures only ever gather."""
MAX_FILL_DROP = 0.1
"""How far the share of rows with a value may fall. A renamed class name empties a column of a whole site at once."""
_ROUNDING = 1e-6
"""How exactly a profile gives a share."""
MAX_CHANCE_LOSS = 20
"""Fewer lost rows or values are the play of a small table, or of a parser that was mended for a few pages."""
_CHANCE_DEVIATIONS = 3.0
"""Of a smaller number even less: what was counted as n varies by its root, so that of 9 all may be missed, and of 15 not more than 11."""
_GATHERED = ("articles", "captures", "judgements")
"""Tables that nothing is taken from but by hand or by a fault: none of them is ever empty again."""
MAX_MIX_CHANGE = {HOSTS: 0.25, "claims.polarity": 0.15}
"""How far a mix may move, as total variation distance (half the sum of the differences of shares, 0 to 1).

That of hosts is told and refuses nothing: a site that was crawled on is doing well, and one that lost its rows refuses by itself.
"""
MIN_MIX_ROWS = 100
_FAULTS = ("failures", "articles.quality")
"""Of these fewer are good news."""
_UNFILLED = ("failures", "judgements")
"""Tables whose columns say what befell a row: a judgement that has become stale applies to nothing any more, and that is told elsewhere."""
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


def _chance_loss(count: int) -> float:
    """How many of so many may be lost without a cause."""
    return min(MAX_CHANCE_LOSS, _CHANCE_DEVIATIONS * math.sqrt(count))


def _is_loss(before: int, now: int) -> bool:
    """Whether more is gone than a share of all and than chance takes."""
    return before - now >= _chance_loss(before) and before - now > MAX_LOST_ROWS * before


def _compare_rows(name: str, before: int, now: int, version: str) -> Iterator[Issue]:
    lost = before - now
    is_emptied = name in _GATHERED and not now and lost > 0
    if is_emptied or (name not in _FAULTS and _is_loss(before, now)):
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
    """Columns that are emptier by more than chance makes them; where no value is gone, other rows have only joined, and it is told."""
    counted = "pages" if name == "articles" else "rows"
    for column, share in now["fill"].items():
        was = before["fill"].get(column)
        if was is None or was - share <= MAX_FILL_DROP or not now[counted] or name in _UNFILLED or f"{name}.{column}" in _FAULTS:
            continue
        if (was - share) * now[counted] >= _chance_loss(round(was * now[counted])):
            lost = was * before[counted] - share * now[counted]
            yield Issue(
                check="fill_rate", table=name, column=column, refuses=lost > _ROUNDING * (before[counted] + now[counted]),
                found=f"{share:.0%} of {counted} have a value, {was:.0%} in {version}",
                expected=f"at most {MAX_FILL_DROP * 100:.0f} points less",
            )  # fmt: skip


def _compare_mixes(before: Mapping[str, Any], now: Mapping[str, Any], version: str) -> Iterator[Issue]:
    lost = []
    if hosts := before.get(HOSTS):
        lost = [host for host, count in hosts.items() if _is_loss(count, now[HOSTS].get(host, 0))]
        yield from _compare_hosts(hosts, now[HOSTS], lost, version)
    for name, most in MAX_MIX_CHANGE.items():
        old = before.get(name, {})
        # Of hosts only those known before: a site that joins moves every share, and is told above.
        new = {value: count for value, count in now[name].items() if name != HOSTS or value in old}
        if min(sum(old.values()), sum(new.values())) < MIN_MIX_ROWS or (name == HOSTS and lost):
            continue
        if (distance := mix_change(old, new)) > most:
            table, column = name.split(".")
            yield Issue(
                check="mix", table=table, column=column, refuses=name != HOSTS,
                found=f"shares moved by {distance:.2f} since {version}", expected=f"at most {most:.2f}", examples=_moved(old, new),
            )  # fmt: skip


def _compare_hosts(before: Mapping[str, int], now: Mapping[str, int], lost: Sequence[str], version: str) -> Iterator[Issue]:
    """Sites that are gone, or half gone, refuse; sites that join are told."""
    if lost:
        yield Issue(
            check="mix", table="articles", column="host", rows=sum(before[host] - now.get(host, 0) for host in lost),
            found=f"{len(lost)} hosts lost more than {MAX_LOST_ROWS:.0%} of their rows since {version}", expected="none",
            examples=tuple(f"{host or 'none'} {before[host]:,} → {now.get(host, 0):,}" for host in lost[:MAX_EXAMPLES]),
        )  # fmt: skip
    # Of many hosts the last release kept the most frequent: one that has no more rows than those may have been there.
    least = min(before.values()) if len(before) >= MAX_VALUES else 0
    if joined := [host for host in now if host not in before and now[host] > least]:
        yield Issue(
            check="mix", table="articles", column="host", refuses=False, rows=sum(now[host] for host in joined),
            found=f"{len(joined)} hosts that {version} has not", expected="to be looked at once", examples=tuple(joined[:MAX_EXAMPLES]),
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
