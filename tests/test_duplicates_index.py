"""The index tells what new documents touch: taking them in bit by bit gives what all at once gives."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthnews.duplicates import keys as keys_module
from healthnews.duplicates import linked
from healthnews.duplicates.documents import Document
from healthnews.duplicates.find import Duplicates, are_alike, find_duplicates, find_in_frames, find_in_questions, find_in_texts
from healthnews.duplicates.index import Affected, DuplicateIndex
from tests.conftest import SEEN_AT

SENTENCES = (
    "职工医保个人账户里的钱归本人所有\uff0c年底不会清零\uff0c余额会结转到下一年。",
    "单位缴费的2%划入账户\uff0c退休人员按定额划入\uff0c每月到账的时间各地不同。",
    "参保人可以带身份证到窗口查询\uff0c也可以用手机查询\uff0c当天就能看到结果。",
    "如果对结果有疑问\uff0c可以拨打当地的服务电话\uff0c工作时间都有人接听。",
    "住院先付起付线以内的部分\uff0c超过的部分按比例由基金支付\uff0c其余由本人承担。",
    "平时饮食要规律\uff0c少吃辛辣油腻\uff0c戒烟限酒\uff0c按医嘱服药\uff0c不要自行停药。",
)
TITLES = (
    "账户年底会清零吗",
    "账户年底会不会清零",
    "怎样查询余额",
    "如何查询余额",
    *(f"{city}胃痛挂什么科" for city in ("菏泽", "聊城", "济南", "青岛")),
)
EDITS = (("不会清零", "会清零"), ("2%", "2.5%"), ("手机", "网上"), ("饮食", "吃饭"))


def made(number: int, seed: random.Random) -> Document:
    """A document of a small world, in which most are like some others."""
    text = "".join(SENTENCES[(seed.randrange(3) + n) % len(SENTENCES)] for n in range(4))
    old, new = seed.choice(EDITS)
    text = text.replace(old, new) if seed.random() < 0.5 else text
    title = seed.choice(TITLES)
    seen = SEEN_AT + timedelta(days=seed.randrange(5))
    if seed.random() < 0.25:
        return Document(f"d{number}", title, snippet=text[:40], publisher="a.example", first_seen_at=seen)
    return Document(f"d{number}", title, text, publisher=f"{seed.choice('ab')}.example", first_seen_at=seen, recommended=seed.randrange(4))


class Tables:
    """Rows kept as the working tables keep them: those of what is affected are put anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.documents: dict[str, Document] = {}
        self.rows = Duplicates([], [], [])

    def refresh(self, documents: Iterable[Document], removed: Sequence[str] = ()) -> Affected:
        """Take in new documents and forget some, through an index that is opened anew."""
        for key in removed:
            del self.documents[key]
        self.documents |= {document.article_id: document for document in documents}
        index = DuplicateIndex(self.folder)
        changed, gone = index.find_changed(list(self.documents.values()))
        affected = index.update(changed, gone, None, partial(are_alike, self.documents))
        sets = (affected.texts, affected.questions, affected.frames)
        new = Duplicates([], [], [])
        for find, wanted in zip((find_in_texts, find_in_questions, find_in_frames), sets, strict=True):
            new = new.joined(find(self.documents[key] for key in wanted))
        way_of = {row.cluster_id: 0 if row.basis == "text" else 1 if row.kind == "same_question" else 2 for row in self.rows.clusters}
        outdated = [wanted | affected.removed for wanted in sets]
        members = [row for row in self.rows.members if row.article_id not in outdated[way_of[row.cluster_id]]]
        left = {row.cluster_id for row in self.rows.members} - {row.cluster_id for row in self.rows.members if row not in members}
        edges = [
            edge for edge in self.rows.edges
            if {edge.a_article_id, edge.b_article_id}.isdisjoint(outdated[way_of.get(edge.cluster_id or "", 0)])
        ]  # fmt: skip
        self.rows = Duplicates(members, [row for row in self.rows.clusters if row.cluster_id in left], edges).joined(new)
        index.commit(components=new.components)
        return affected


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from((1, linked.MOST_CENTRES)))
def test_bit_by_bit_gives_what_all_at_once_gives(tmp_path_factory: pytest.TempPathFactory, number: int, centres: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linked, "MOST_CENTRES", centres)
        _grow(Tables(tmp_path_factory.mktemp("index")), random.Random(number))


def _grow(tables: Tables, seed: random.Random) -> None:
    count = 0
    for _ in range(4):
        new = [made(count + n, seed) for n in range(seed.randrange(8))]
        count += len(new)
        known = sorted(tables.documents)
        changed = [made(int(key[1:]), seed) for key in known if seed.random() < 0.15]
        removed = [key for key in known if seed.random() < 0.15 and key not in {document.article_id for document in changed}]
        tables.refresh([*new, *changed], removed)
        assert tables.rows == find_duplicates(tables.documents.values())
        assert len(DuplicateIndex(tables.folder)) == len(tables.documents)


def test_only_what_new_documents_touch_is_looked_at(tmp_path: Path) -> None:
    tables = Tables(tmp_path)
    other = "看牙要先挂口腔科的号\uff0c医生检查以后再拍片子\uff0c种植牙的费用各家医院不同\uff0c集采以后便宜了一半\uff0c公立医院都能做。"
    tables.refresh([Document("a", "账户年底会清零吗", "".join(SENTENCES[:3])), Document("b", "种植牙多少钱", other)])
    affected = tables.refresh([Document("c", "账户的钱去哪了", "".join(SENTENCES[:3]))])
    assert affected == Affected(frozenset("ac"), frozenset("c"), frozenset("c"), frozenset())
    assert tables.refresh([]) == Affected(frozenset(), frozenset(), frozenset(), frozenset())
    assert tables.refresh([], ["a"]) == Affected(frozenset("c"), frozenset(), frozenset(), frozenset("a"))


def test_an_index_made_in_another_way_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Tables(tmp_path)
    tables.refresh([made(n, random.Random(n)) for n in range(5)])
    assert len(DuplicateIndex(tmp_path)) == 5
    assert len(DuplicateIndex(tmp_path, {"duplicates": "another table"})) == 0
    keys_module.keys_version.cache_clear()
    monkeypatch.setattr(keys_module, "canonical_question", str)
    try:
        assert len(DuplicateIndex(tmp_path)) == 0
    finally:
        keys_module.keys_version.cache_clear()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 1}'])
def test_a_manifest_that_cannot_be_read_is_an_empty_index(tmp_path: Path, damage: str) -> None:
    tables = Tables(tmp_path)
    tables.refresh([made(n, random.Random(n)) for n in range(5)])
    (tmp_path / "manifest.json").write_text(damage)
    assert len(DuplicateIndex(tmp_path)) == 0


def test_what_is_not_committed_leaves_no_trace(tmp_path: Path) -> None:
    tables = Tables(tmp_path)
    tables.refresh([made(n, random.Random(n)) for n in range(5)])
    index = DuplicateIndex(tmp_path)
    index.update([made(9, random.Random(9))], ["d1"])
    assert len(index) == 5
    (tmp_path / ".half-written").mkdir()  # what a kill leaves behind
    tables.refresh([made(10, random.Random(10))])
    assert len(DuplicateIndex(tmp_path)) == 6
    assert not (tmp_path / ".half-written").exists()


def test_segments_stay_few_and_removed_rows_go(tmp_path: Path) -> None:
    tables = Tables(tmp_path)
    for n in range(40):
        tables.refresh([made(n, random.Random(n))])
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) <= 6
    tables.refresh([], [f"d{n}" for n in range(35)])
    assert len(DuplicateIndex(tmp_path)) == 5
    assert tables.rows == find_duplicates(tables.documents.values())
