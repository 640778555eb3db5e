"""Texts hang together when they share a band and are alike; what else is in a bucket makes no difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.duplicates import linked
from healthnews.duplicates.folded import FoldedTexts
from healthnews.duplicates.linked import Compared, link_alike

KINDS = (
    "职工医保个人账户里的钱归本人所有\uff0c年底不会清零\uff0c余额会结转到下一年继续使用。",
    "看牙要先挂口腔科的号\uff0c医生检查以后再拍片子\uff0c种植牙的费用各家医院都不一样。",
    "平时饮食要规律\uff0c少吃辛辣油腻的东西\uff0c戒烟限酒\uff0c按医嘱服药\uff0c不要自行停药。",
)


def link(kinds: list[int], bands: list[list[int]]) -> linked.Linked:
    """Link texts of some kinds, each with a slip of its own, that have these bands."""
    texts = [f"{KINDS[kind]}第{number}次" for number, kind in enumerate(kinds)]
    return link_alike(np.array(bands, np.uint64), Compared(FoldedTexts(texts)))


def test_texts_that_meet_by_chance_do_not_hang_together() -> None:
    found = link([0, 1, 0, 1, 2], [[7], [7], [7], [7], [7]])
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [(0, 2), (1, 3)]
    assert found.labels.tolist() == [0, 1, 0, 1, 4]


def test_alike_texts_without_a_band_in_common_do_not_hang_together() -> None:
    assert link([0, 0, 0], [[7, 0], [8, 9], [0, 9]]).labels.tolist() == [0, 1, 1]


def test_a_bucket_too_large_to_be_compared_whole_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linked, "MOST_CENTRES", 2)
    found = link([0, 1, 2, 0, 2, 1], [[7, 1], [7, 1], [7, 2], [7, 3], [7, 4], [5, 4]])
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [(0, 3)]
    assert found.labels.tolist() == [0, 0, 0, 0, 0, 5]


@given(st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers(0, 3), min_size=3, max_size=3)), min_size=1, max_size=12), st.data())
def test_what_a_label_holds_depends_on_nothing_else(texts: list[tuple[int, list[int]]], data: st.DataObject) -> None:
    kinds, bands = [kind for kind, _ in texts], [keys for _, keys in texts]
    every = [f"{KINDS[kind]}第{number}次" for number, kind in enumerate(kinds)]
    found = link_alike(np.array(bands, np.uint64), Compared(FoldedTexts(every)))
    label = data.draw(st.sampled_from(found.labels.tolist()))
    members = np.flatnonzero(found.labels == label)
    alone = link_alike(np.array(bands, np.uint64)[members], Compared(FoldedTexts([every[member] for member in members])))
    inside = np.isin(found.left, members)
    assert members[alone.left].tolist() == found.left[inside].tolist()
    assert members[alone.right].tolist() == found.right[inside].tolist()
    assert set(members[alone.labels].tolist()) == {label}
