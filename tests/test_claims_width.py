"""Full-width marks, letters and digits say what half-width ones say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthnews.claims.contradictions import find_contradictions
from healthnews.claims.extract import extract_claims
from healthnews.claims.pairs import Sentence, compare_sentences
from healthnews.language.concepts import load_lexicon
from healthnews.language.normalise import half_width
from healthnews.records import ArticleRow, ClaimRow
from tests.claims_own_pairs import PAIRS
from tests.claims_seeds import SEEDS, article_row, read_seeds
from tests.markups import read_dump
from tests.test_claims_extract import TEXT

LEXICON = load_lexicon()
OWN = Path(__file__).parent / "pages" / "m.jiusongjiankang.com" / "own.txt"
EVERY = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
MARKS = {ord(mark): ord(mark) + 0xFEE0 for mark in ",;:!?()"}


def own_articles() -> list[ArticleRow]:
    dump = read_dump(OWN.read_text("utf-8"))
    pairs = [article_row("问答", body=text) for _, *texts in PAIRS for text in texts]
    return [article_row(dump.title, body=dump.body), *(article_row(item.title, snippet=item.snippet) for item in dump.items), *pairs]


def widen(article: ArticleRow, table: dict[int, int]) -> ArticleRow:
    texts = {name: text and text.translate(table) for name in ("title", "body", "snippet") if (text := getattr(article, name)) is not None}
    return replace(article, **texts)


def read(article: ArticleRow) -> list[ClaimRow]:
    """Claims without the sentence, which stays as it was written."""
    claims = extract_claims(article, LEXICON)
    assert all(getattr(article, claim.origin)[claim.start : claim.end] == claim.sentence for claim in claims)
    return [replace(claim, sentence="") for claim in claims]


def same_in_both_widths(article: ArticleRow) -> int:
    claims = read(article)
    for table in (EVERY, MARKS):
        assert read(widen(article, table)) == claims
    return len(claims)


def test_own_texts_give_the_same_claims_in_both_widths() -> None:
    assert sum(same_in_both_widths(article) for article in own_articles()) > 150


@pytest.mark.skipif(not SEEDS.exists(), reason="shared/seeds is not beside this checkout")
def test_the_seed_pages_give_the_same_claims_in_both_widths() -> None:
    assert sum(same_in_both_widths(article) for article in read_seeds()) > 300


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, st.booleans())
def test_any_text_gives_the_same_claims_in_both_widths(title: str, text: str, is_page: bool) -> None:
    same_in_both_widths(article_row(title, body=text) if is_page else article_row(title, snippet=text))


def test_own_pairs_get_the_same_verdict_in_both_widths() -> None:
    for _, a, b in PAIRS:
        narrow = compare_sentences(Sentence(text=a), Sentence(text=b), LEXICON)
        wide = compare_sentences(Sentence(text=a.translate(EVERY)), Sentence(text=b.translate(MARKS)), LEXICON)
        assert (wide.label, wide.score, wide.type) == (narrow.label, narrow.score, narrow.type)


def test_one_sentence_in_two_widths_is_no_contradiction() -> None:
    sentence = "可以,量要少。"
    narrow = article_row("孕妇能不能吃螃蟹", body=sentence)
    wide = article_row("孕妇能不能不吃螃蟹", body=sentence.translate(MARKS))
    assert not find_contradictions([*extract_claims(narrow, LEXICON), *extract_claims(wide, LEXICON)], {})


def test_folding_moves_no_character() -> None:
    wide = "\uff21\uff0c\uff11\uff05\u3000\uff08\u7532\uff09\u3002"
    assert half_width(wide) == "A,1% (甲)。"
    assert len(half_width(wide)) == len(wide)
