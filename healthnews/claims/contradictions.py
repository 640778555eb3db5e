"""All claims → pairs of statements that cannot both be true: blocking by concept and subject, then comparison."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, islice

from healthnews.claims.compare import FLAG_THRESHOLD, Finding, compare_claims
from healthnews.claims.explain import explain
from healthnews.claims.free import PREDICATE as FREE_ACT
from healthnews.claims.scope import bigrams
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.language.normalise import half_width
from healthnews.records import ClaimRow, ContradictionRow, stable_id

MAX_SIDE = 40
"""Statements of one side that a block compares: 40 × 40 pairs per block keeps the cost linear in the number of blocks."""
MAX_BLOCK_SCOPE_DIFFERENCES = 20
"""Differences of scope kept for one block; contradictions are never capped."""
MAX_BLOCK_PAIRS = 20_000
"""Pairs that one block compares at most, larger sides first: about half a second."""
MAX_FREE_KEYS = 3
"""Blocks that a free statement without a known thing enters, one for each of its first character pairs."""
MAX_SUBJECT_CHARS = 5
"""A subject known only by its words is blocked by the pairs of its last characters, where Chinese puts the head noun."""
_STATUS_ORDER = {"flagged": 0, "possible": 1, "scope_difference": 2}
_ORIGIN_ORDER = {"body": 0, "snippet": 1, "title": 2}


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """What the contradictions table says of an article.

    Attributes:
        url: Its address, if known.
        published_at: When it was published, if known.
    """

    url: str | None = None
    published_at: datetime | None = None


def find_contradictions(
    claims: Iterable[ClaimRow], articles: Mapping[str, ArticleSummary], lexicon: Lexicon | None = None
) -> list[ContradictionRow]:
    """Clashes and differences of scope between distinct statements, sorted by status, score (falling) and id.

    Equal sentences in many articles are one side, shown by one of them. The order of the claims does not matter.
    """
    lexicon = lexicon or load_lexicon()
    best: dict[tuple[str, str], ContradictionRow] = {}
    for block in _blocks(claims, lexicon):
        kept = 0
        for row in sorted(_compare_block(block, articles, lexicon), key=_order):
            if row.status == "scope_difference":
                kept += 1
                if kept > MAX_BLOCK_SCOPE_DIFFERENCES:
                    continue
            key = (row.a_statement_id, row.b_statement_id)
            if key not in best or _order(row) < _order(best[key]):
                best[key] = row
    return sorted(best.values(), key=_order)


def _order(row: ContradictionRow) -> tuple[int, float, str, str, str]:
    return _STATUS_ORDER.get(row.status, 9), -row.score, row.contradiction_id, row.a_claim_id, row.b_claim_id


def _blocks(claims: Iterable[ClaimRow], lexicon: Lexicon) -> list[list[ClaimRow]]:
    """Claims that may clash, one representative for each statement and reading, in a fixed order."""
    blocks: dict[tuple[str, str], dict[tuple[object, ...], ClaimRow]] = defaultdict(dict)
    for claim in claims:
        reading = (
            claim.statement_id,
            claim.pole,
            claim.stance,
            claim.modality,
            claim.quantity,
            claim.payer,
            claim.subject,
            claim.scope.item,
        )
        for key in _block_keys(claim, lexicon):
            known = blocks[key].get(reading)
            if known is None or _rank(claim) < _rank(known):
                blocks[key][reading] = claim
    return [sorted(blocks[key].values(), key=_rank) for key in sorted(blocks) if len(blocks[key]) > 1]


def _rank(claim: ClaimRow) -> tuple[int, str]:
    return _ORIGIN_ORDER[claim.origin], claim.claim_id


def _block_keys(claim: ClaimRow, lexicon: Lexicon) -> list[tuple[str, str]]:
    concept = lexicon.concepts.get(claim.predicate)
    is_open = claim.predicate == FREE_ACT or (concept is not None and concept.is_open)
    if not is_open:
        if concept is None or concept.subject:
            items = claim.scope.item.split("+") if concept is not None and concept.items and claim.scope.item else [""]
            keys = [(claim.predicate, item) for item in items]
            if claim.quantity is not None and claim.scope.region:
                # Amounts differ by region, so that a large block would be all differences of scope: each region gets its own as well.
                keys += [(claim.predicate, f"{item}@{claim.scope.region}") for item in items]
            return keys
        if claim.scope.item:
            return [(claim.predicate, item) for item in claim.scope.item.split("+")]
        return [(claim.predicate, pair) for pair in sorted(bigrams(claim.subject[-MAX_SUBJECT_CHARS:]))]
    things = [thing for thing in claim.subject.split("+") if thing]
    return [(claim.predicate, key) for key in things or sorted(bigrams(claim.scope.item or ""))[:MAX_FREE_KEYS]]


def _compare_block(block: list[ClaimRow], articles: Mapping[str, ArticleSummary], lexicon: Lexicon) -> Iterator[ContradictionRow]:
    for a, b in islice(_pairs(block), MAX_BLOCK_PAIRS):
        if a.statement_id == b.statement_id or half_width(a.sentence) == half_width(b.sentence):
            continue
        finding = compare_claims(a, b, lexicon)
        if finding is None or not finding.type:
            continue
        yield _row(a, b, finding, articles)


def _pairs(block: list[ClaimRow]) -> Iterator[tuple[ClaimRow, ClaimRow]]:
    """Pairs across sides: claims with one reading cannot clash, so only different readings meet, each side capped."""
    sides: dict[tuple[object, ...], list[ClaimRow]] = defaultdict(list)
    for claim in block:
        side: tuple[object, ...] = (
            claim.stance,
            claim.modality if claim.stance else None,
            claim.quantity,
            claim.payer,
            claim.pool,
            claim.quantifier == "only",
            claim.scope.period if claim.is_start else None,
        )
        if len(sides[side]) < MAX_SIDE:
            sides[side].append(claim)
    ordered = sorted(sides, key=lambda side: (-len(sides[side]), repr(side)))[:MAX_SIDE]
    for left, right in combinations(ordered, 2):
        for a in sides[left]:
            for b in sides[right]:
                yield a, b
    for side in ordered:
        if side[5]:
            yield from combinations(sides[side], 2)


def _row(a: ClaimRow, b: ClaimRow, finding: Finding, articles: Mapping[str, ArticleSummary]) -> ContradictionRow:
    if (b.statement_id, b.claim_id) < (a.statement_id, a.claim_id):
        a, b = b, a
    if finding.label == "scoped_difference":
        status = "scope_difference"
    else:
        status = "flagged" if finding.label == "contradict" and finding.score >= FLAG_THRESHOLD else "possible"
    nothing = ArticleSummary()
    return ContradictionRow(
        contradiction_id=stable_id("con", a.statement_id, b.statement_id),
        type=finding.type,
        score=finding.score,
        scope=finding.scope.code,
        topic=a.topic,
        explanation=explain(a, b, finding),
        a_claim_id=a.claim_id,
        b_claim_id=b.claim_id,
        a_statement_id=a.statement_id,
        b_statement_id=b.statement_id,
        a_sentence=a.sentence,
        b_sentence=b.sentence,
        a_url=articles.get(a.article_id, nothing).url,
        b_url=articles.get(b.article_id, nothing).url,
        status=status,  # type: ignore[arg-type]
    )
