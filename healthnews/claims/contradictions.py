"""All claims → pairs of statements that cannot both be true: blocking, comparison, and the best rows of each block.

How few pairs are compared, and which, is told in `healthnews.claims.blocking`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from healthnews.claims.blocking import Block, Statement, blocks, distinct_statements, rank
from healthnews.claims.candidates import Pair, candidates_of, cell_of
from healthnews.claims.compare import Finding, compare_claims
from healthnews.claims.confidence import FLAG_THRESHOLD
from healthnews.claims.explain import explain
from healthnews.claims.figures import PREDICATE as FREE_FIGURE
from healthnews.claims.flows import PREDICATE as MONEY_FLOW
from healthnews.claims.free import PREDICATE as FREE_ACT
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.language.normalise import half_width
from healthnews.records import ClaimRow, ContradictionRow, stable_id

Status = Literal["flagged", "possible", "scope_difference"]
MAX_BLOCK_ROWS: Mapping[Status, int] = {"flagged": 300, "possible": 60, "scope_difference": 20}
"""Rows of each status that one block lists, the best of every pair of scopes first; topics count all statements."""
_STATUS_ORDER = {"flagged": 0, "possible": 1, "scope_difference": 2}


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """What the contradictions table says of an article.

    Attributes:
        url: Its address, if known.
        published_at: When it was published, if known.
        host: Host of its publisher, if known; else that of its address counts.
        has_weak_date: Its date was read beside a related link, not on its own page.
    """

    url: str | None = None
    published_at: datetime | None = None
    host: str | None = None
    has_weak_date: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """A block that was too large to be compared, or listed, whole.

    Attributes:
        topic: Its topic, in words.
        predicate: Its concept.
        matter: The thing, or the characters of the object, that its statements share; empty for the whole concept.
        statements: Statements in it.
        not_compared: Pairs of different sides that were not compared.
        not_listed: Findings that have no row, by status.
    """

    topic: str
    predicate: str
    matter: str
    statements: int
    not_compared: int
    not_listed: Mapping[str, int]


@dataclass(slots=True)
class Comparison:
    """What was found, and how much of it was looked at.

    Attributes:
        rows: Sorted by status, score (falling) and id.
        claims: Claims that could be compared.
        statements: Distinct ones, by sentence, scope and reading.
        compared: Pairs that were compared.
        cuts: Blocks that were cut, the largest loss of pairs first.
    """

    rows: list[ContradictionRow]
    claims: int = 0
    statements: int = 0
    compared: int = 0
    cuts: list[Cut] = field(default_factory=list)

    @property
    def not_compared(self) -> int:
        """Pairs of different sides left out because their blocks were too large; what a pair of blocks shares counts twice."""
        return sum(cut.not_compared for cut in self.cuts)

    @property
    def not_listed(self) -> dict[str, int]:
        """Findings left out of the rows, by status."""
        total: Counter[str] = Counter()
        for cut in self.cuts:
            total.update(cut.not_listed)
        return dict(sorted(total.items()))


def find_contradictions(
    claims: Iterable[ClaimRow], articles: Mapping[str, ArticleSummary], lexicon: Lexicon | None = None
) -> list[ContradictionRow]:
    """Clashes and differences of scope, sorted by status, score (falling) and id: the rows of `compare_all`."""
    return compare_all(claims, articles, lexicon).rows


def compare_all(
    claims: Iterable[ClaimRow],
    articles: Mapping[str, ArticleSummary],
    lexicon: Lexicon | None = None,
    *,
    wanted: Iterable[tuple[str, str]] = (),
) -> Comparison:
    """Clashes and differences of scope between distinct statements.

    Equal sentences in many articles are one side, shown by one of them. The claims may be an iterator: only one of each statement is
    kept in memory. Their order does not matter, and those of a concept that the lexicon does not have are passed over. `wanted` are
    pairs of statement ids that are compared and listed whatever is cut: those that were judged.
    """
    lexicon = lexicon or load_lexicon()
    known = {*lexicon.concepts, FREE_ACT, FREE_FIGURE, MONEY_FLOW}
    found = distinct_statements(claim for claim in claims if claim.predicate in known)
    every = [statement for readings in found.values() for statement in readings]
    result = Comparison([], sum(statement.claims for statement in every), len(every))
    kept: list[_Clash] = []
    for block in blocks(every, lexicon):
        candidates = candidates_of(block, lexicon)
        compared, clashes = _compare(candidates.pairs, lexicon)
        result.compared += compared
        listed = _best(clashes)
        kept += listed
        if candidates.left_out or len(listed) < len(clashes):
            result.cuts.append(_cut(block, candidates.left_out, clashes, listed))
    for a_id, b_id in wanted:
        kept += _compare(((a, b) for a in found.get(a_id, ()) for b in found.get(b_id, ())), lexicon)[1]
    result.rows = _rows(kept, articles)
    result.cuts.sort(key=lambda cut: (-cut.not_compared, cut.predicate, cut.matter))
    return result


class _Clash(NamedTuple):
    """What is wrong between two statements, in the order of their ids: the finding names A and B in words."""

    a: Statement
    b: Statement
    finding: Finding
    status: Status


def _compare(pairs: Iterable[Pair], lexicon: Lexicon) -> tuple[int, list[_Clash]]:
    """How many pairs were compared, and what was found."""
    compared = 0
    clashes = []
    for a, b in pairs:
        if a.claim.statement_id == b.claim.statement_id or _are_equal(a.claim.sentence, b.claim.sentence):
            continue
        if (b.claim.statement_id, b.claim.claim_id) < (a.claim.statement_id, a.claim.claim_id):
            a, b = b, a
        compared += 1
        finding = compare_claims(a.claim, b.claim, lexicon, is_sought=True)
        if finding is not None and finding.type:
            clashes.append(_Clash(a, b, finding, _status_of(finding)))
    return compared, clashes


def _are_equal(a: str, b: str) -> bool:
    """Whether two sentences differ in width at most."""
    return len(a) == len(b) and half_width(a) == half_width(b)


def _status_of(finding: Finding) -> Status:
    if finding.label == "scoped_difference":
        return "scope_difference"
    return "flagged" if finding.label == "contradict" and finding.score >= FLAG_THRESHOLD else "possible"


def _cut(block: Block, left_out: int, clashes: list[_Clash], listed: list[_Clash]) -> Cut:
    missing = Counter(clash.status for clash in clashes)
    missing.subtract(clash.status for clash in listed)
    return Cut(
        topic=block.members[0].claim.topic,
        predicate=block.predicate,
        matter=block.key,
        statements=len(block.members),
        not_compared=left_out,
        not_listed={status: count for status, count in sorted(missing.items()) if count},
    )


# --- rows ---------------------------------------------------------------------------------------------------------


def _best(clashes: list[_Clash]) -> list[_Clash]:
    """The clashes of a block that get a row."""
    return [clash for status, most in MAX_BLOCK_ROWS.items() for clash in _spread([c for c in clashes if c.status == status], most)]


def _spread(clashes: list[_Clash], most: int) -> list[_Clash]:
    """The best by score, but every pair of scopes has its first before any has its second, equal scopes before others."""
    if len(clashes) <= most:
        return clashes
    counts: Counter[frozenset[object]] = Counter()
    turns: list[tuple[int, int, int, _Clash]] = []
    for clash in sorted(clashes, key=lambda c: (-c.finding.score, rank(c.a), rank(c.b))):
        where = frozenset((cell_of(clash.a.claim)[:-1], cell_of(clash.b.claim)[:-1]))
        turns.append((counts[where], len(where), len(turns), clash))
        counts[where] += 1
    return [clash for *_, clash in sorted(turns)[:most]]


def _rows(clashes: Iterable[_Clash], articles: Mapping[str, ArticleSummary]) -> list[ContradictionRow]:
    """A row for each pair of statements, sorted; of several clashes of one pair the best is shown."""
    best: dict[tuple[str, str], ContradictionRow] = {}
    for clash in clashes:
        row = _row(clash, articles)
        key = (row.a_statement_id, row.b_statement_id)
        if key not in best or _order(row) < _order(best[key]):
            best[key] = row
    return sorted(best.values(), key=_order)


def _order(row: ContradictionRow) -> tuple[int, float, str, str, str]:
    return _STATUS_ORDER.get(row.status, 9), -row.score, row.contradiction_id, row.a_claim_id, row.b_claim_id


def _row(clash: _Clash, articles: Mapping[str, ArticleSummary]) -> ContradictionRow:
    a, b, finding = clash.a.claim, clash.b.claim, clash.finding
    nothing = ArticleSummary()
    return ContradictionRow(
        contradiction_id=stable_id("con", a.statement_id, b.statement_id),
        type=finding.type,
        rule=f"{finding.type}:{a.predicate}",
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
        status=clash.status,
    )
