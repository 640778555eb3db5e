from __future__ import annotations

from dataclasses import replace

import pytest

from healthnews.errors import HealthnewsError
from healthnews.language.concepts import WordIndex, _short_words, check_lexicon, expand, find_cue, load_lexicon, read_concept


def test_the_lexicon_has_no_problems() -> None:
    assert check_lexicon() == []


def test_the_lexicon_covers_the_field() -> None:
    lexicon = load_lexicon()
    assert len(lexicon.concepts) >= 60
    assert all(concept.examples for concept in lexicon.concepts.values())


def test_the_lexicon_is_read_once_and_its_version_is_a_hash() -> None:
    assert load_lexicon() is load_lexicon()
    assert len(load_lexicon().version) == 16


def test_every_state_has_words_for_its_poles() -> None:
    for concept in load_lexicon().concepts.values():
        assert concept.positive, concept.id
        if concept.kind == "amount":
            assert concept.units, concept.id


def test_a_group_expands_to_every_choice() -> None:
    assert expand("(不|未)设…账户") == ["不设…账户", "未设…账户"]


def test_a_gap_does_not_reach_over_punctuation() -> None:
    lexicon = load_lexicon()
    assert list(find_cue(lexicon, "参保人设立了自己的个人账户", "has_personal_account", "positive"))
    assert not list(find_cue(lexicon, "先设立,后来再说个人账户", "has_personal_account", "positive"))


def test_a_word_index_finds_overlapping_words_longest_first() -> None:
    index = WordIndex({"医保": ["a"], "医保卡": ["b"], "保卡": ["c"]})
    assert [(w.start, w.end, w.payload) for w in index.find("用医保卡")] == [(1, 4, "b"), (1, 3, "a"), (2, 4, "c")]


def test_an_empty_word_is_refused() -> None:
    with pytest.raises(HealthnewsError, match="empty"):
        WordIndex({"": ["x"]})


def test_a_word_of_one_character_is_named_unless_it_is_an_act_of_something() -> None:
    lexicon = load_lexicon()
    state = read_concept({"id": "x", "topic": "y", "positive": ["隔"]})
    act = read_concept({"id": "z", "topic": "y", "kind": "act", "positive": ["吃"], "items": ["food"]})
    problems = _short_words(replace(lexicon, concepts={"x": state, "z": act}))
    assert problems == ["x: the word 隔 has one character, expected two or more"]


def test_an_unknown_key_in_a_concept_is_refused() -> None:
    with pytest.raises(HealthnewsError, match="unknown keys"):
        read_concept({"id": "x", "topic": "y", "colour": "red"})
