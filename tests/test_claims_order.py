"""The comparison gives the same rows whatever the order of the claims, the batches they came in, and who extracted them."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.statements import StatementWriter
from healthnews.claims import candidates, contradictions
from healthnews.claims.compare import compare_claims
from healthnews.claims.contradictions import ArticleSummary, Comparison, compare_all
from healthnews.claims.extract import extract_claims
from healthnews.language.concepts import Concept, load_lexicon
from healthnews.records import ArticleRow, ClaimRow
from tests.claims_seeds import article_row

LEXICON = load_lexicon()
ARTICLES = 90
STATEMENTS = 5


def concepts() -> list[Concept]:
    """One of every kind, so that every way of making blocks is used, with few enough of them that the blocks become large."""
    kinds = {(c.kind, c.is_open, bool(c.items)): c for _, c in sorted(LEXICON.concepts.items()) if c.examples}
    return [kinds[kind] for kind in sorted(kinds)]


def make_articles() -> list[ArticleRow]:
    """Articles of varied statements, some of which are said by many of them."""
    writer, chance = StatementWriter(LEXICON, seed=5), random.Random(5)
    shared = [writer.write_about(concept) for concept in concepts() for _ in range(3)]
    articles = []
    for number in range(ARTICLES):
        body = "".join(
            chance.choice(shared) if chance.random() < 0.3 else writer.write_about(chance.choice(concepts())) for _ in range(STATEMENTS)
        )
        articles.append(article_row(f"健康问答{number}", body=body, url=f"https://h{number % 7}.example/{number}"))
    return articles


ALL = make_articles()
SUMMARIES = {article.article_id: ArticleSummary(article.url, article.published_at) for article in ALL}


def claims_of(articles: list[ArticleRow]) -> list[ClaimRow]:
    """Claims of a batch."""
    return [claim for article in articles for claim in extract_claims(article, load_lexicon())]


CLAIMS = claims_of(ALL)


def make_caps_small(patch: pytest.MonkeyPatch) -> None:
    """Let every cap cut: what would depend on the order then shows."""
    patch.setattr(candidates, "PAIRS_A_STATEMENT", 2)
    patch.setattr(candidates, "MAX_SPEAKERS", 3)
    patch.setattr(contradictions, "MAX_BLOCK_ROWS", {"flagged": 12, "possible": 5, "scope_difference": 4})


@pytest.fixture(scope="module", autouse=True)
def _small_caps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        make_caps_small(patch)
        yield


@pytest.fixture(scope="module")
def expected(_small_caps: None) -> Comparison:
    """The comparison of the claims in the order of the articles."""
    return compare_all(CLAIMS, SUMMARIES)


def test_the_caps_cut_pairs_and_rows_of_these_articles(expected: Comparison) -> None:
    assert expected.not_compared > 1000
    assert expected.not_listed["flagged"] > 0
    assert expected.not_listed["scope_difference"] > 0
    assert {row.status for row in expected.rows} == {"flagged", "possible", "scope_difference"}


@settings(max_examples=15)
@given(order=st.randoms(use_true_random=False))
def test_any_order_of_the_claims_gives_the_same(expected: Comparison, order: random.Random) -> None:
    claims = list(CLAIMS)
    order.shuffle(claims)
    assert compare_all(iter(claims), SUMMARIES) == expected


@settings(max_examples=5)
@given(order=st.randoms(use_true_random=False), cuts=st.sets(st.integers(1, ARTICLES - 1), max_size=6))
def test_any_split_of_the_articles_into_batches_gives_the_same(expected: Comparison, order: random.Random, cuts: set[int]) -> None:
    articles = list(ALL)
    order.shuffle(articles)
    ends = [0, *sorted(cuts), ARTICLES]
    batches = [claims_of(articles[start:end]) for start, end in pairwise(ends)]
    order.shuffle(batches)
    assert compare_all((claim for batch in batches for claim in batch), SUMMARIES) == expected


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_threads_gives_the_same(expected: Comparison, workers: int) -> None:
    batches = [ALL[start : start + 8] for start in range(0, ARTICLES, 8)]
    with ThreadPoolExecutor(workers) as pool:
        claims = [claim for batch in pool.map(claims_of, batches) for claim in batch]
    assert compare_all(claims, SUMMARIES) == expected


def compare_elsewhere(articles: list[ArticleRow]) -> tuple[list[ClaimRow], Comparison, int]:
    """Claims and comparison in another process, and what a text hashes to there."""
    with pytest.MonkeyPatch.context() as patch:
        make_caps_small(patch)
        claims = claims_of(articles)
        return claims, compare_all(claims, SUMMARIES), hash("清零")


def test_other_processes_give_the_same_whatever_their_sets_are_ordered_by(expected: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    """Extraction and comparison in fresh processes, in which text hashes to other numbers."""
    hashes = set()
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            claims, found, hashed = pool.submit(compare_elsewhere, ALL).result()
        assert claims == CLAIMS
        assert found == expected
        hashes.add(hashed)
    assert len(hashes) == 2


def test_a_pool_of_processes_gives_the_same(expected: Comparison) -> None:
    batches = [ALL[start : start + 15] for start in range(0, ARTICLES, 15)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        claims = [claim for batch in pool.map(claims_of, batches) for claim in batch]
    assert compare_all(claims, SUMMARIES) == expected


def test_two_claims_compare_alike_from_both_sides() -> None:
    for a, b in combinations(CLAIMS, 2):
        if a.predicate == b.predicate:
            there, back = compare_claims(a, b, LEXICON), compare_claims(b, a, LEXICON)
            assert (there and there[:3]) == (back and back[:3])
            assert (there and there.scope.dimensions) == (back and back.scope.dimensions)


def test_a_claim_given_twice_changes_nothing_but_the_count(expected: Comparison) -> None:
    twice = compare_all([*CLAIMS, *CLAIMS], SUMMARIES)
    assert twice.rows == expected.rows
    assert twice.claims == 2 * expected.claims
