from __future__ import annotations

import pytest

from healthnews.claims.extract import extract_claims
from healthnews.claims.objects import named_object
from healthnews.language.concepts import load_lexicon
from healthnews.records import ClaimRow
from tests.claims_seeds import article_row

LEXICON = load_lexicon()


def eaten(sentence: str) -> list[ClaimRow]:
    claims = extract_claims(article_row("痛风病人怎么吃豆腐", body=sentence), LEXICON)
    return [claim for claim in claims if claim.predicate in ("may_eat", "eat_more")]


@pytest.mark.parametrize(
    ("sentence", "item"),
    [
        ("那天就少吃两口主食。", "主食"),
        ("同一餐要少吃火腿。", "加工肉"),
        ("晚饭多吃点蔬菜。", "蔬菜"),
        ("还可以吃。", "豆腐"),
        ("可以吃一小块。", "豆腐"),
        ("可以吃清蒸的。", "豆腐"),
        ("发作时少吃为好。", "豆腐"),
        ("能吃这些。", "豆腐"),
    ],
)
def test_a_food_that_the_sentence_names_goes_before_the_titles(sentence: str, item: str) -> None:
    assert [claim.scope.item for claim in eaten(sentence)] == [item]


@pytest.mark.parametrize(
    ("sentence", "subject"), [("少吃半碗青团。", "青团"), ("少喝几口羊杂汤。", "羊杂汤"), ("要远离臭鳜鱼。", "臭鳜鱼")]
)
def test_an_unknown_food_inherits_nothing(sentence: str, subject: str) -> None:
    assert [(claim.subject, claim.scope.item) for claim in eaten(sentence)] == [(subject, None)]


@pytest.mark.parametrize(
    ("clause", "cue", "found"),
    [
        ("可以吃三个艾窝窝", "可以吃", "艾窝窝"),
        ("可以适量吃一点肉", "可以适量", "肉"),
        ("不能吃太饱", "能吃", None),
        ("少吃多餐", "少吃", None),
        ("能吃一个拳头大小", "能吃", None),
        ("可以吃", "可以吃", None),
        ("可以适量", "可以适量", None),
    ],
)
def test_an_object_follows_its_verb(clause: str, cue: str, found: str | None) -> None:
    start = clause.index(cue)
    assert named_object(clause, start, start + len(cue)) == found
