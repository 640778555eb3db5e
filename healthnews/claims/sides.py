"""Sides of a question: which question a claim answers, what it answers, and whether two answers exclude each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice, product

from healthnews.claims.scope import relate_scopes
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.language.periods import are_disjoint
from healthnews.language.quantities import display_quantity
from healthnews.records import ClaimRow, ContradictionRow, Scope

MAX_SCOPE_PAIRS = 2_000
"""Pairs of scopes looked at to see whether two sides can meet: more scopes than that of one thing have one that does."""
FREE = "free_"
"""How the predicates of statements begin that no concept of the lexicon covers: what may be done, a bare figure."""
_POOLS = {"personal_account": "进入个人账户", "pooled_fund": "进入统筹账户"}
_PAYERS = {
    "employer": "单位", "individual": "个人", "government": "政府", "fund": "基金", "insurer": "保险公司", "hospital": "医院",
    "school": "学校", "third_party": "第三方",
}  # fmt: skip


def is_past(claim: ClaimRow) -> bool:
    """Whether a claim says how it was, or how it was until some year: an unnamed period means now, and cannot overlap with that."""
    return claim.frame == "past" or are_disjoint(None, claim.scope.period)


def items_of(claim: ClaimRow, lexicon: Lexicon) -> list[str]:
    """The things of which a claim answers its question; one empty name when the question is not asked of things."""
    concept = lexicon.concepts.get(claim.predicate)
    if concept is None or concept.is_open or not concept.items or not claim.scope.item:
        return [""]
    return sorted(set(claim.scope.item.split("+")))


def side_label(claim: ClaimRow, lexicon: Lexicon | None = None) -> str:
    """The side a claim takes: 是, 否, an amount, the account that money goes to, or who pays."""
    concept = (lexicon or load_lexicon()).concepts.get(claim.predicate)
    if claim.pool:
        paid = "补贴" if claim.payer == "government" else "缴费"
        return f"{_PAYERS[claim.payer]}{paid}{_POOLS[claim.pool]}" if claim.payer in _PAYERS else _POOLS[claim.pool]
    if claim.quantity is not None:
        amount = display_quantity(claim.quantity)
        return f"{_PAYERS[claim.payer]}{amount}" if concept is not None and concept.has_payer and claim.payer in _PAYERS else amount
    if concept is not None and concept.kind == "payer" and claim.payer:
        return f"{_PAYERS.get(claim.payer, claim.payer)}{'承担' if claim.stance > 0 else '不承担'}"
    return "是" if claim.stance > 0 else "否"


def is_contested(
    by_side: Mapping[str, Sequence[ClaimRow]], rows: Iterable[ContradictionRow], *, asked_of_things: bool, lexicon: Lexicon
) -> bool:
    """Whether two sides exclude each other: a contradiction joins them, or they say the opposite of one thing within one scope."""
    sides = {claim.claim_id: label for label, members in by_side.items() for claim in members}
    for row in rows:
        if sides.get(row.a_claim_id, "") != sides.get(row.b_claim_id, "") and {row.a_claim_id, row.b_claim_id} <= sides.keys():
            return True
    scopes: dict[tuple[str, ...], dict[str, set[Scope]]] = defaultdict(lambda: defaultdict(set))
    for claim in (claim for members in by_side.values() for claim in members):
        for thing, answer in _answers(claim, asked_of_things, lexicon):
            scopes[thing][answer].add(replace(claim.scope, condition=None, item=None))
    return any(
        _can_meet(answers[one], answers[other], lexicon) for answers in scopes.values() for one, other in combinations(sorted(answers), 2)
    )


def _answers(claim: ClaimRow, asked_of_things: bool, lexicon: Lexicon) -> list[tuple[tuple[str, ...], str]]:
    """What a claim speaks of and what it says of it: of two that speak of one thing, different answers exclude each other.

    Amounts give none: whether two of them can both hold is for the comparison of claims to say.
    """
    if claim.pool:
        return [(("", claim.payer or ""), claim.pool)]
    if claim.quantity is not None or not claim.stance:
        return []
    concept = lexicon.concepts.get(claim.predicate)
    answer = "+" if claim.stance > 0 else "-"
    if concept is None or concept.is_open or concept.kind == "members":
        return [((claim.subject, item), answer) for item in (claim.scope.item or "").split("+")]
    return [(("" if asked_of_things else claim.subject, claim.payer or ""), answer)]


def _can_meet(some: set[Scope], others: set[Scope], lexicon: Lexicon) -> bool:
    """Whether a scope of the one can overlap with a scope of the other."""
    pairs = product(sorted(some, key=repr), sorted(others, key=repr))
    return any(not relate_scopes(a, b, lexicon).is_disjoint for a, b in islice(pairs, MAX_SCOPE_PAIRS))
