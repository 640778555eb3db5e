from __future__ import annotations

from dataclasses import replace

from healthnews.claims.examples import check_examples
from healthnews.language.concepts import Example, Lexicon, load_lexicon

LEXICON = load_lexicon()


def with_example(concept: str, example: Example) -> Lexicon:
    concepts = {**LEXICON.concepts, concept: replace(LEXICON.concepts[concept], examples=(example,))}
    return replace(LEXICON, concepts=concepts)


def test_every_example_of_the_lexicon_is_read_by_its_own_concept() -> None:
    assert check_examples(LEXICON) == []


def test_an_example_that_lacks_its_anchor_is_named() -> None:
    problems = check_examples(with_example("filing_validity", Example("这张表有效期是6个月。", "positive")))
    assert len(problems) == 1
    assert "filing_validity" in problems[0]
    assert "这张表有效期是6个月。" in problems[0]


def test_an_example_of_the_other_pole_is_named() -> None:
    assert check_examples(with_example("has_ceiling", Example("大病报销设有封顶。", "negative")))
