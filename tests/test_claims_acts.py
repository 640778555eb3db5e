"""What is said of an act: before it, behind it, by its manner, by what comes of it."""

from __future__ import annotations

import pytest

from healthnews.claims.acts import value_of
from healthnews.claims.clauses import Context, view_sentence
from healthnews.claims.manner import find_manners, narrows
from healthnews.claims.pairs import Sentence, compare_sentences
from healthnews.language.concepts import load_lexicon
from healthnews.language.segment import Span

LEXICON = load_lexicon()


def value(text: str, concept: str = "may_eat") -> str | None:
    view = view_sentence(text, Span(0, len(text)), Context("a", "body"), LEXICON)
    for i, clause in enumerate(view.clauses):
        for hit in clause.hits:
            if hit.concept.id == concept:
                found = value_of(view, i, hit)
                if found is not None:
                    return found.modality
    return None


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("孕妇可以吃榴莲", "may"),
        ("孕妇不能吃榴莲", "forbidden"),
        ("不是不能吃榴莲", "may"),
        ("孕妇吃榴莲没问题", "may"),
        ("孕妇吃榴莲,问题不大", "may"),
        ("孕妇吃榴莲要不得", "forbidden"),
        ("孕妇吃榴莲会流产", "forbidden"),
        ("孕妇吃榴莲不会流产", "may"),
        ("最好不吃榴莲", "forbidden"),
        ("榴莲吃不得", "forbidden"),
        ("孕妇应当忌口,远离榴莲", "forbidden"),
        ("吃榴莲的孕妇", None),
        ("孕妇吃榴莲", None),
    ],
)
def test_an_act_is_read_with_what_is_said_of_it(text: str, modality: str | None) -> None:
    assert value(text) == modality


def test_what_is_feared_or_wished_is_no_claim() -> None:
    verdict = compare_sentences(Sentence(text="怕成瘾而不敢打胰岛素的人不少。"), Sentence(text="打胰岛素不会成瘾。"), LEXICON)
    assert verdict.label != "contradict"


@pytest.mark.parametrize(
    ("a", "b", "label"),
    [
        ("猪肝不能大量吃。", "孕妇可以吃猪肝。", "scoped_difference"),
        ("孕妇可以少量喝咖啡。", "孕妇不能喝咖啡。", "contradict"),
        ("降压药不能擅自停药。", "血压正常后降压药可以停药。", "contradict"),
    ],
)
def test_manner_sets_a_prohibition_apart(a: str, b: str, label: str) -> None:
    assert compare_sentences(Sentence(text=a), Sentence(text=b), LEXICON).label == label


def test_manners_are_found_by_name_in_a_range() -> None:
    assert find_manners("不要长期大量服用", 0, 8) == {"lasting", "excess"}
    assert find_manners("不要长期大量服用", 0, 2) == frozenset()


def test_a_permission_in_small_amounts_narrows_no_prohibition() -> None:
    assert narrows(frozenset({"lasting"}), frozenset())
    assert not narrows(frozenset({"little"}), frozenset())
    assert not narrows(frozenset(), frozenset({"lasting"}))
