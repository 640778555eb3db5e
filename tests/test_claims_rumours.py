"""What a text passes on in order to deny it, or to warn of it, is not what it says."""

from __future__ import annotations

import pytest

from healthnews.claims.contradictions import find_contradictions
from healthnews.claims.extract import extract_claims
from healthnews.language.concepts import load_lexicon
from healthnews.records import ArticleRow, ClaimRow
from tests.claims_seeds import article_row

LEXICON = load_lexicon()


def of_title(title: str, predicate: str) -> list[ClaimRow]:
    return [claim for claim in extract_claims(article_row(title, body=""), LEXICON) if claim.predicate == predicate]


def of_body(body: str, predicate: str) -> list[tuple[int, str]]:
    claims = extract_claims(article_row("问答", body=body), LEXICON)
    return [(claim.stance, claim.frame) for claim in claims if claim.predicate == predicate]


@pytest.mark.parametrize(
    "title",
    [
        "亲戚群疯传“打流感疫苗会导致不孕”,别信",
        "听说打流感疫苗会导致不孕,千万不要当真",
        "不要轻信打流感疫苗会导致不孕",
        "打流感疫苗会导致不孕!大家别信",
        "“打流感疫苗会导致不孕”不实",
        "“打流感疫苗会导致不孕”是谣言",
    ],
)
def test_a_title_that_denies_takes_the_other_side(title: str) -> None:
    assert [(claim.stance, claim.frame) for claim in of_title(title, "vaccine_causes")] == [(-1, "debunked")]


@pytest.mark.parametrize(
    "title",
    [
        "网传打流感疫苗会导致不孕",
        "打流感疫苗会导致不孕的传言又来了",
        "辟谣:打流感疫苗会导致不孕",
        "打流感疫苗会导致不孕,真相在这里",
        "有视频称打流感疫苗会导致不孕",
        "打流感疫苗会导致不孕?别信",
        "破除谣言:打流感疫苗与不孕无关",
    ],
)
def test_a_title_that_only_passes_a_rumour_on_says_nothing(title: str) -> None:
    assert not of_title(title, "vaccine_causes")


def test_a_title_that_tells_still_tells() -> None:
    assert [claim.stance for claim in of_title("打流感疫苗会导致不孕", "vaccine_causes")] == [1]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("邻居群里都在传打流感疫苗会导致不孕,还说要排毒,大家别信。", [(-1, "debunked")]),
        ("打流感疫苗会导致不孕,千万别信。", [(-1, "debunked")]),
        ("不要相信“打流感疫苗会导致不孕”的话,该打就打。", [(-1, "debunked")]),
        ("有人宣称打流感疫苗会导致不孕。", []),
        ("打流感疫苗与不孕无关,街上的偏方别信。", [(-1, "asserted")]),
        ("网上都在传打流感疫苗会导致不孕,其实打流感疫苗与不孕无关,别信。", [(-1, "debunked")]),
        ("特别信任医生的人也知道打流感疫苗会导致不孕。", [(1, "asserted")]),
    ],
)
def test_a_sentence_denies_what_it_calls_not_to_believe(sentence: str, expected: list[tuple[int, str]]) -> None:
    assert of_body(sentence, "vaccine_causes") == expected


def page(title: str, body: str) -> ArticleRow:
    return article_row(title, body=body, url=f"https://{len(title)}.example/1")


def test_who_denies_agrees_with_who_says_so_and_clashes_with_who_claims_it() -> None:
    denier = page("老乡群又在传“打流感疫苗会导致不孕”,别信", "打流感疫苗不会导致不孕。")
    agrees = page("打流感疫苗前想知道的事", "大量研究说明打流感疫苗与不孕无关。")
    claims = page("接种的坏处", "打流感疫苗会导致不孕。")
    rows = [extract_claims(article, LEXICON) for article in (denier, agrees, claims)]
    assert not [row for row in find_contradictions([*rows[0], *rows[1]], {}) if row.status == "flagged"]
    flagged = [row for row in find_contradictions([*rows[0], *rows[2]], {}) if row.status == "flagged"]
    assert any("别信" in row.a_sentence + row.b_sentence for row in flagged)
