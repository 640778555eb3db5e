"""Which pairs of a block are compared: all of a small block, the nearest of a large one.

A block may compare `PAIRS_A_STATEMENT` pairs for each of its statements; most need fewer and are compared whole. In a larger one the
best `MAX_SPEAKERS` of every side and scope speak for the others. If that is still too much, statements meet in rounds, each of which
gives every statement a fixed number:

- with others of its own scope;
- with the best of every more general scope (武汉 with 湖北省, with 全国, with no place named; 螃蟹 with 海鲜);
- with those whose scopes differ in period and condition only;
- with those of its region;
- with its neighbours in the whole block, which shows differences of scope.

So a clash within one region, period and insurance is found however large the block is. What is left out is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from itertools import combinations, islice, product
from typing import NamedTuple

from healthnews.claims.blocking import Block, Statement
from healthnews.claims.compare import wider_things
from healthnews.language.concepts import Lexicon
from healthnews.language.quantities import comparable_interval
from healthnews.language.regions import NATIONWIDE, SOME_REGIONS
from healthnews.records import ClaimRow

PAIRS_A_STATEMENT = 20
"""Pairs that a block compares for each of its statements: 80 against 80 are compared whole."""
MAX_SPEAKERS = 40
"""Statements of one side and scope that speak in a block too large to be compared whole."""
SAME_SCOPE = 6
"""Statements that each meets in its own scope. With the four below this makes PAIRS_A_STATEMENT."""
MORE_GENERAL = 6
"""Statements of more general scopes that each meets, the nearest scope first."""
SAME_BUT_TIME = 4
"""Statements that each meets of those whose scopes differ in period and condition only."""
SAME_REGION = 2
"""Statements that each meets of its region."""
WHOLE_BLOCK = 2
"""Statements that each meets of the whole block."""
_MAX_FIRSTS = 8
"""Sides of a more general scope that a statement looks at for two to meet."""
_MAX_GENERAL = 200
"""More general scopes that are looked for: only claims that name several places, things and groups at once have more."""

Pair = tuple[Statement, Statement]
_Positions = tuple[int, int]


class Cell(NamedTuple):
    """Matter and scope of a claim: claims of one cell and different sides are the likeliest to clash."""

    matter: str
    item: str | None
    region: str | None
    insurance: str | None
    population: str | None
    setting: str | None
    payer: str | None
    period: str | None
    condition: str | None


class Candidates(NamedTuple):
    """What a block compares.

    Attributes:
        pairs: At most PAIRS_A_STATEMENT for each of its statements, none twice, in a fixed order.
        left_out: Pairs that could clash and are not compared because there are too many.
    """

    pairs: Iterator[Pair]
    left_out: int


def candidates_of(block: Block, lexicon: Lexicon) -> Candidates:
    """The pairs that a block compares: all, or those of its speakers, or the nearest of these."""
    members, sides = block.members, block.sides
    possible, budget = _count_pairs(sides, block.barred), PAIRS_A_STATEMENT * len(members)
    if possible > budget:
        members, sides = _speakers(block)
    spoken = _count_pairs(sides, block.barred)
    if spoken <= budget:
        pairs, left_out = _all_pairs(members, sides, block.barred), possible - spoken
    else:
        nearest = _nearest_pairs([cell_of(member.claim) for member in members], sides, block.barred, lexicon)
        pairs, left_out = ((members[i], members[j]) for i, j in nearest), possible - len(nearest)
    return Candidates(((a, b) for a, b in pairs if block.meets(a, b)), left_out)


def cell_of(claim: ClaimRow) -> Cell:
    """The cell of a claim: the matter of an amount is its dimension, else a subject that is more than the thing in question."""
    scope = claim.scope
    if claim.quantity is not None:
        matter, payer = comparable_interval(claim.quantity)[0], claim.payer
    else:
        matter, payer = "" if claim.subject == scope.item else claim.subject, None
    return Cell(matter, scope.item, scope.region, scope.insurance, scope.population, scope.setting, payer, scope.period, scope.condition)


def _count_pairs(sides: Sequence[int], barred: frozenset[_Positions]) -> int:
    counts = Counter(sides)
    alike = sum(count**2 for count in counts.values()) + sum(counts[i] * counts[j] for i, j in barred)
    return (len(sides) ** 2 - alike) // 2


def _all_pairs(members: Sequence[Statement], sides: Sequence[int], barred: frozenset[_Positions]) -> Iterator[Pair]:
    by_side: dict[int, list[Statement]] = defaultdict(list)
    for member, side in zip(members, sides, strict=True):
        by_side[side].append(member)
    for left, right in combinations(by_side, 2):
        if (left, right) not in barred:
            yield from product(by_side[left], by_side[right])


def _speakers(block: Block) -> tuple[list[Statement], list[int]]:
    """The best MAX_SPEAKERS of each side and cell."""
    counts: Counter[tuple[int, Cell]] = Counter()
    members: list[Statement] = []
    sides: list[int] = []
    for member, side in zip(block.members, block.sides, strict=True):
        place = side, cell_of(member.claim)
        counts[place] += 1
        if counts[place] <= MAX_SPEAKERS:
            members.append(member)
            sides.append(side)
    return members, sides


# --- rounds -------------------------------------------------------------------------------------------------------

_ROUNDS: Sequence[tuple[int, Callable[[Cell], Hashable]]] = (
    (SAME_SCOPE, lambda cell: cell),
    (SAME_BUT_TIME, lambda cell: cell[:-2]),
    (SAME_REGION, lambda cell: cell.region),
    (WHOLE_BLOCK, lambda _: None),
)


def _nearest_pairs(cells: Sequence[Cell], sides: Sequence[int], barred: frozenset[_Positions], lexicon: Lexicon) -> list[_Positions]:
    """Pairs of positions from all rounds, each once, sorted."""
    found = {_code(i, j, len(cells)) for i, j in _with_more_general(cells, sides, barred, lexicon)}
    for window, part_of in _ROUNDS:
        parts: dict[Hashable, list[int]] = defaultdict(list)
        for i, cell in enumerate(cells):
            parts[part_of(cell)].append(i)
        for part in parts.values():
            found.update(_code(i, j, len(cells)) for i, j in _neighbours(part, cells, sides, barred, window))
    return [divmod(code, len(cells)) for code in sorted(found)]


def _code(i: int, j: int, count: int) -> int:
    """Two positions below `count` as one number: a fifth of the memory of a tuple."""
    return i * count + j if i < j else j * count + i


def _neighbours(
    part: Sequence[int], cells: Sequence[Cell], sides: Sequence[int], barred: frozenset[_Positions], window: int
) -> Iterator[_Positions]:
    """Pairs of sides that can clash among members of a part that stand within a window of each other.

    They stand by matter and item, and there the best of each side before the second best of any.
    Source: the sorted neighbourhood of Hernández and Stolfo 1995, "The Merge/Purge Problem for Large Databases".
    """
    if len(part) < 2:
        return
    counts: Counter[tuple[str, str, int]] = Counter()
    places: list[tuple[str, str, int, int, int]] = []
    for i in part:
        place = cells[i].matter, cells[i].item or "", sides[i]
        counts[place] += 1
        places.append((*place[:2], counts[place], sides[i], i))
    places.sort()
    for distance in range(1, window + 1):
        for (*_, side, i), (*_, other, j) in zip(places, places[distance:], strict=False):
            if side != other and (side, other) not in barred:
                yield i, j


def _with_more_general(
    cells: Sequence[Cell], sides: Sequence[int], barred: frozenset[_Positions], lexicon: Lexicon
) -> Iterator[_Positions]:
    """Each member with the best members of other sides in every more general cell."""
    firsts: dict[Cell, dict[int, int]] = defaultdict(dict)
    for i, cell in enumerate(cells):
        if len(firsts[cell]) < _MAX_FIRSTS:
            firsts[cell].setdefault(sides[i], i)
    named = [frozenset(values) for values in zip(*firsts, strict=True)][1:]
    general = {cell: [firsts[other] for other in more_general(cell, lexicon, named) if other in firsts] for cell in list(firsts)}
    for i, cell in enumerate(cells):
        met = (j for others in general[cell] for j in _others(others, sides[i], barred))
        yield from ((i, j) for j in islice(met, MORE_GENERAL))


def _others(firsts: Mapping[int, int], side: int, barred: frozenset[_Positions]) -> Iterator[int]:
    """The best members of two other sides."""
    return islice((j for other, j in firsts.items() if other != side and (side, other) not in barred), 2)


def more_general(cell: Cell, lexicon: Lexicon, named: Sequence[Container[str | None]]) -> list[Cell]:
    """Cells of the same matter that hold wherever this one does, by the number of steps that lead there, _MAX_GENERAL at most.

    Args:
        cell: Where to start.
        lexicon: Its classes of things.
        named: For each dimension, the item first, the values that are worth asking for.
    """
    above = [
        _values_above(cell.item, wider_things(cell.item, lexicon) if cell.item else ()),
        _regions_above(cell.region),
        *(_values_above(value) for value in cell[3:]),
    ]
    options = [[value for value in values if value in asked] for values, asked in zip(above, named, strict=True)]
    steps = _steps(tuple(len(option) for option in options))
    return [Cell(cell.matter, *(option[n] for option, n in zip(options, step, strict=True))) for step in steps[1:]]


@lru_cache(1024)
def _steps(sizes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Ways to take one of each of several lists, the nearest to their beginnings first, _MAX_GENERAL of them at most."""
    start = (0,) * len(sizes)
    waiting, known = [(0, start)], {start}
    found: list[tuple[int, ...]] = []
    while waiting and len(found) < _MAX_GENERAL:
        total, step = heappop(waiting)
        found.append(step)
        for i, size in enumerate(sizes):
            further = (*step[:i], step[i] + 1, *step[i + 1 :])
            if further[i] < size and further not in known:
                known.add(further)
                heappush(waiting, (total + 1, further))
    return tuple(found)


def _regions_above(region: str | None) -> list[str | None]:
    """A region, its parts and provinces, no place named, the whole country, some regions."""
    parts = region.split("+") if region else []
    return list(dict.fromkeys([region, *parts, *(part.partition("/")[0] for part in parts), None, NATIONWIDE, SOME_REGIONS]))


def _values_above(value: str | None, wider: Sequence[str] = ()) -> list[str | None]:
    return list(dict.fromkeys([value, *(value.split("+") if value else ()), *wider, None]))
