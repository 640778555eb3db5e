"""Every compiled loop gives what its plain form gives, on texts of any kind."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from healthnews.duplicates import alignment, groups, kernels, questions
from healthnews.duplicates.folded import jaccard_plain, shingle_set
from healthnews.duplicates.questions import Questions
from healthnews.duplicates.shingles import codes_of, fold_table, fold_with_places
from healthnews.duplicates.signatures import BANDS, NO_BAND, sign_plain
from healthnews.duplicates.traits import traits

# Full-width forms, marks between digits, astral ideographs and emoji, lone surrogates, combining and invisible characters.
CHARACTERS = (
    "医保余额会不清零年月日的了0123456789.,-:%\uff0e\uff0c\uff11 \n\u3000aZ\u00e9\u0301\ufb01\u200b\ud800\udfff\U00020000\U0001f600+\u2030"
)
TEXTS = st.lists(st.one_of(st.text(st.sampled_from(CHARACTERS), max_size=60), st.text(max_size=8)), min_size=1, max_size=12)


@given(TEXTS)
def test_signatures_are_those_of_the_plain_form(texts: list[str]) -> None:
    codes, offsets = codes_of(texts)
    bands = np.zeros((len(texts), BANDS), np.uint64)
    kernels.sign_texts(codes, offsets, fold_table(), bands)
    for row, text in enumerate(texts):
        assert np.array_equal(bands[row], sign_plain(codes_of([text])[0]))


def test_a_text_of_less_than_a_shingle_shares_no_band() -> None:
    assert (sign_plain(codes_of(["医保"])[0]) == NO_BAND).all()
    assert (sign_plain(codes_of(["医保卡"])[0]) != NO_BAND).all()


@given(TEXTS)
def test_folded_texts_shingle_sets_and_similarities_are_those_of_the_plain_forms(texts: list[str]) -> None:
    codes, offsets = codes_of(texts)
    folded, places, ends = np.empty(len(codes), np.uint32), np.empty(len(codes), np.int32), np.zeros(len(texts), np.int64)
    kernels.fold_texts(codes, offsets, fold_table(), folded, places, ends)
    starts = np.concatenate([[0], ends[:-1]])
    hashes, set_ends = np.empty(len(folded), np.uint32), np.zeros(len(texts), np.int64)
    kernels.shingle_sets(folded, starts, ends, hashes, set_ends)
    plain = [fold_with_places(codes_of([text])[0]) for text in texts]
    for row, (expected, expected_places) in enumerate(plain):
        assert np.array_equal(folded[starts[row] : ends[row]], expected)
        assert np.array_equal(places[starts[row] : ends[row]], expected_places)
        assert np.array_equal(hashes[starts[row] : set_ends[row]], shingle_set(expected))
    left, right = (side.ravel() for side in np.indices((len(texts), len(texts))))
    found = np.empty(len(left), np.float64)
    kernels.jaccard(hashes, starts, set_ends, left, right, found)
    sets = [shingle_set(expected) for expected, _ in plain]
    assert found.tolist() == [jaccard_plain(sets[a], sets[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)]


@given(TEXTS, st.integers(0, 40), st.integers(1, 30))
def test_texts_are_aligned_and_looked_over_as_by_the_plain_forms(texts: list[str], limit: int, room: int) -> None:
    folded = [fold_with_places(codes_of([text])[0])[0] for text in texts]
    ends = np.cumsum([len(codes) for codes in folded], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    left, right = (side.ravel() for side in np.indices((len(texts), len(texts))))
    arguments = np.concatenate(folded), starts, ends, left, right
    limits = np.full(len(left), limit, np.int64)
    found = []
    for rows, looks in ((alignment.align_rows, alignment.look_over), (kernels.align_rows, kernels.look_over)):
        hunks, edits, hunk_ends = np.zeros((room, 4), np.int32), np.full(len(left), -1, np.int32), np.zeros(len(left), np.int64)
        pair, filled = rows(*arguments, limits, alignment.history_of(limit), 0, 0, hunks, edits, hunk_ends)
        is_telling, slips = np.zeros(filled, np.bool_), np.zeros(pair, np.int32)
        texts_of = np.concatenate(folded), starts, ends, left[:pair], right[:pair]
        looks(*texts_of, hunks[:filled], hunk_ends, traits(), is_telling, slips)
        found.append(
            (pair, filled, hunks[:filled].tolist(), edits[:pair].tolist(), hunk_ends[:pair].tolist(), is_telling.tolist(), slips.tolist())
        )
    assert found[0] == found[1]


@given(st.lists(st.text(st.sampled_from("医保余额会不清零怎么可以吗2345年"), max_size=12), min_size=1, max_size=8))
def test_titles_are_related_as_by_the_plain_form(titles: list[str]) -> None:
    all_of, (left, right) = Questions(titles), (side.ravel() for side in np.indices((len(titles), len(titles))))
    codes, offsets = codes_of(titles)
    arguments = codes, offsets, all_of.words, all_of.cores, left, right
    plain, compiled = np.empty(len(left), np.int8), np.empty(len(left), np.int8)
    questions.relate_rows(*arguments, plain)
    kernels.relate_rows(*arguments, compiled)
    assert plain.tolist() == compiled.tolist()


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=40))
def test_pairs_are_joined_as_by_the_plain_form_and_as_sets_are(pairs: list[tuple[int, int]]) -> None:
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    found = []
    for join in (groups.join_rows, kernels.join_rows):
        parents, is_joining = np.arange(21, dtype=np.int64), np.zeros(len(pairs), np.bool_)
        join(left, right, parents, is_joining)
        found.append((parents.tolist(), is_joining.tolist()))
    assert found[0] == found[1]
    group_of = {member: {member} for member in range(21)}
    for one, other in pairs:
        joined = group_of[one] | group_of[other]
        group_of |= dict.fromkeys(joined, joined)
    assert found[0][0] == [min(group_of[member]) for member in range(21)]
    assert sum(found[0][1]) == 21 - len({min(group) for group in group_of.values()})
