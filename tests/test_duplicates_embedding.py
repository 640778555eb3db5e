"""Questions in other words are found by a model that the user brings, and never merged across what a rule tells apart."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.duplicates import neighbours
from healthnews.duplicates.documents import Document
from healthnews.duplicates.embeddings import Encoder, OnnxEncoder, Vectors, load_encoder
from healthnews.duplicates.find import find_duplicates
from healthnews.duplicates.meaning import Meaning, exclude_each_other, find_alike
from healthnews.errors import UsageError
from healthnews.language.titles import canonical_question
from healthnews.pipeline.analysis import update_duplicates
from healthnews.pipeline.embedding import StoredEncoder
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from tests.conftest import SEEN_AT, dump_text
from tests.embedding_model import DIMENSIONS, write_model

STOPPED, LAPSED = "断缴医保会有后果吗", "医保停缴有没有影响"
SAME = ("断缴 停缴", "后果 影响", "胃 头", "门诊 住院", "居民 职工", "菏泽 聊城", "3 5")
LETTERS = "会不没有医保山东个月吗呢疼挂什么科看病费用怎么报销了年的"


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), SAME, vocabulary=LETTERS)


@pytest.fixture(scope="session")
def encoder(model: Path) -> OnnxEncoder:
    return load_encoder(model)


def documents(*titles: str) -> list[Document]:
    return [Document(f"d{number}", title, first_seen_at=SEEN_AT) for number, title in enumerate(titles)]


def test_titles_in_other_words_are_one_question_with_the_model_and_cosine_as_evidence(encoder: OnnxEncoder) -> None:
    titles = documents(STOPPED, LAPSED, "医保停缴有影响吗", "看病费用怎么报销")
    meaning = Meaning(encoder, 0.8)
    found = find_duplicates(titles, meaning)
    (cluster,) = found.clusters
    assert (cluster.kind, cluster.members) == ("same_question", 3)
    by_model = [edge for edge in found.edges if edge.similarity < 1]
    by_table = [edge for edge in found.edges if edge.similarity == 1]
    assert [(edge.a_article_id, edge.b_article_id) for edge in by_model] == [("d0", "d1")]
    assert [(edge.a_article_id, edge.b_article_id, edge.rule) for edge in by_table] == [("d1", "d2", "one canonical question")]
    (edge,) = by_model
    assert encoder.digest[:12] in edge.rule
    assert f"{edge.similarity:.4f}" in edge.rule
    assert [(span.kind, span.origin, span.a_text) for span in edge.differences] == [("wording", "title", STOPPED)]
    members = {row.article_id: row for row in found.members}
    assert members["d1"].similarity == members["d2"].similarity == edge.similarity
    assert "in other words" in members["d1"].reason


def test_without_a_model_the_table_alone_decides(encoder: OnnxEncoder) -> None:
    titles = documents(STOPPED, LAPSED, "医保停缴有影响吗")
    assert {row.article_id for row in find_duplicates(titles).members} == {"d1", "d2"}
    assert find_duplicates(titles[1:]) == find_duplicates(titles[1:], Meaning(encoder, 0.8))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (STOPPED, "医保停缴没有影响吗"),
        ("断缴医保会不会有后果", "医保停缴不会有影响吗"),
        ("断缴3个月医保会有后果吗", "医保停缴5个月有影响吗"),
        ("山东菏泽断缴医保会有后果吗", "医保停缴山东聊城有影响吗"),
        ("断缴居民医保会有后果吗", "职工医保停缴有影响吗"),
        ("胃疼挂什么科", "头疼挂什么科"),
        ("门诊看病费用怎么报销", "看病费用住院怎么报销"),
    ],
    ids=["negated", "negated act", "number", "place", "insurance", "sibling", "exclusive"],
)
def test_what_a_rule_tells_apart_is_two_questions_however_alike_the_model_finds_them(encoder: OnnxEncoder, one: str, other: str) -> None:
    vectors = encoder.encode([canonical_question(one), canonical_question(other)])
    assert neighbours.cosines(vectors, np.array([[0, 1]]))[0] > 0.75, "the model alone would merge them"
    assert not find_duplicates(documents(one, other), Meaning(encoder, 0.75)).members


def test_the_order_of_documents_does_not_matter(encoder: OnnxEncoder) -> None:
    titles = documents(STOPPED, LAPSED, "医保停缴有影响吗", "看病费用怎么报销", "怎么报销看病的费用", "胃疼挂什么科", "头疼挂什么科")
    once = find_duplicates(titles, Meaning(encoder, 0.8))
    assert len(once.clusters) == 2
    for seed in range(5):
        assert find_duplicates(random.Random(seed).sample(titles, len(titles)), Meaning(encoder, 0.8)) == once


@dataclass
class Plane:
    """Vectors by angle, for geometry that a model would be hard to be made to show."""

    angles: Mapping[str, float]
    digest: str = "0" * 64
    asked: list[str] = field(default_factory=list)

    def encode(self, titles: Sequence[str]) -> Vectors:
        self.asked += titles
        radians = np.radians([self.angles[title] for title in titles])
        return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_a_chain_of_near_questions_is_no_cluster() -> None:
    angles = {"甲乙丙丁": 0.0, "戊己庚辛": 20.0, "壬癸子丑": 41.0, "寅卯辰巳": 62.0}
    groups = find_alike(list(angles), Meaning(Plane(angles), 0.9))
    assert [list(group.questions) for group in groups] == [[0, 1], [2, 3]]
    closer = {title: angle / 3 for title, angle in angles.items()}
    (group,) = find_alike(list(closer), Meaning(Plane(closer), 0.9))
    assert list(group.questions) == [0, 1, 2, 3]
    assert len(group.joining) == 3
    assert len(group.cosines) == 6


def test_the_most_alike_are_joined_first() -> None:
    angles = {"甲乙丙丁": 0.0, "戊己庚辛": 20.0, "壬癸子丑": 30.0}
    (group,) = find_alike(list(angles), Meaning(Plane(angles), 0.9))
    assert list(group.questions) == [1, 2]


def test_things_that_exclude_each_other_are_told_apart_and_others_not() -> None:
    assert exclude_each_other("空腹能不能喝药", "药要等餐后再喝吗")
    assert exclude_each_other("孩子发烧吃啥药好", "老人体温升高用药")
    assert not exclude_each_other("孩子发烧吃啥药好", "小孩体温升高用药")


def scattered(count: int, seed: int = 3) -> Vectors:
    """Vectors in threes, near each other."""
    random_numbers = np.random.default_rng(seed)
    middles = np.repeat(random_numbers.standard_normal((count // 3, 32)), 3, axis=0)
    vectors = middles + 0.25 * random_numbers.standard_normal(middles.shape)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def test_no_near_pair_is_missed_below_the_limit() -> None:
    vectors = scattered(1500)
    products = vectors @ vectors.T
    expected = {(i, j) for i, j in zip(*np.nonzero(products >= 0.9), strict=True) if i < j}
    found = list(neighbours.near_pairs(vectors, 0.9))
    assert len(found) == len(set(found))
    assert {(i, j) for i, j in found if products[i, j] >= 0.9} == expected
    assert len(expected) > 500


def test_most_near_pairs_are_found_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = scattered(3000)
    exact = set(neighbours.near_pairs(vectors, 0.9))
    monkeypatch.setattr(neighbours, "EXACT", 1000)
    found = list(neighbours.near_pairs(vectors, 0.9))
    assert len(found) == len(set(found))
    assert set(found) <= exact
    assert len(found) > 0.8 * len(exact)


def test_a_question_has_a_bounded_number_of_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "NEAREST", 10)
    vectors = np.repeat(scattered(3), 100, axis=0)
    found = list(neighbours.near_pairs(vectors, 0.5))
    assert len(found) <= 10 * len(vectors)
    assert {i for i, _ in found} == set(range(len(vectors) - 1))


def test_vectors_are_of_length_one_and_depend_on_their_title_alone(encoder: OnnxEncoder) -> None:
    titles = [STOPPED, LAPSED, "看病费用怎么报销", *(LETTERS[n : n + 5] for n in range(20))]
    together = encoder.encode(titles)
    assert together.shape == (23, DIMENSIONS)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1)
    assert np.array_equal(together, np.concatenate([encoder.encode([title]) for title in titles]))
    assert encoder.encode([]).shape == (0, 0)
    assert not encoder.encode(["囍囍"]).any(), "nothing is known of it: it is near to nothing"


@pytest.mark.parametrize(
    "told",
    [
        {"graph": "onnx/model.onnx"},
        {"inputs": ("input_ids",)},
        {"integers": TensorProto.INT32},
        {"output": "token_embeddings"},
        {"output": "sentence_embedding"},
        {"output": "sentence_embedding", "files": {"modules.json": [{"type": "sentence_transformers.models.Dense"}]}},
        {"files": {"1_Pooling/config.json": {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}}},
        {"files": {"1_Pooling/config.json": {"pooling_mode": "mean", "include_prompt": True}}},
        {"files": {"tokenizer_config.json": {"model_max_length": 1e30}, "modules.json": [{"type": "a.Pooling"}, {"type": "b.Normalize"}]}},
    ],
    ids=str,
)
def test_every_layout_of_an_export_gives_the_same_vectors(tmp_path: Path, encoder: OnnxEncoder, told: Mapping[str, Any]) -> None:
    other = load_encoder(write_model(tmp_path, SAME, vocabulary=LETTERS, **told))
    assert np.allclose(other.encode([STOPPED, LAPSED]), encoder.encode([STOPPED, LAPSED]), atol=1e-6)


def test_what_the_folder_says_is_followed(tmp_path: Path, encoder: OnnxEncoder) -> None:
    def vectors(name: str, content: object) -> Vectors:
        return load_encoder(write_model(tmp_path / name, SAME, vocabulary=LETTERS, files={name: content})).encode([STOPPED])

    assert not vectors("1_Pooling/config.json", {"pooling_mode_cls_token": True}).any(), "the first token stands for nothing here"
    assert np.array_equal(vectors("sentence_bert_config.json", {"max_seq_length": 4}), encoder.encode(["断缴医"]))
    prompts = {"prompts": {"query": "有"}, "default_prompt_name": "query"}
    assert np.array_equal(vectors("config_sentence_transformers.json", prompts), encoder.encode(["有" + STOPPED]))


def test_the_digest_tells_models_apart_by_their_files(tmp_path: Path, encoder: OnnxEncoder) -> None:
    def digest(name: str, **told: Any) -> str:
        return load_encoder(write_model(tmp_path / name, told.pop("same", SAME), vocabulary=LETTERS, **told)).digest

    others = [digest("same", same=SAME[1:]), digest("pooling", files={"1_Pooling/config.json": {"pooling_mode": "cls"}})]
    assert digest("equal") == encoder.digest
    assert len({encoder.digest, *others}) == 3


def spoil(folder: Path, name: str, content: str | None) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    if content is not None:
        (folder / name).write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("model.onnx", None, "no model.onnx and no onnx/model.onnx"),
        ("model.onnx", "version https://git-lfs", "no ONNX graph"),
        ("tokenizer.json", None, "no tokenizer.json"),
        ("tokenizer.json", "{}", "no tokenizer"),
        ("1_Pooling/config.json", "{", "no JSON"),
        ("1_Pooling/config.json", "[]", "expected a dict"),
        ("1_Pooling/config.json", json.dumps({"pooling_mode_lasttoken": True}), "pooling pooling_mode_lasttoken; known are mean and cls"),
        ("1_Pooling/config.json", json.dumps({"pooling_mode": ["mean", "max"]}), r"mean \+ max"),
        ("modules.json", json.dumps([{"type": "sentence_transformers.models.Dense"}]), "layer Dense"),
    ],
)
def test_a_folder_that_is_none_of_a_model_is_refused_with_what_is_wrong(tmp_path: Path, name: str, content: str | None, said: str) -> None:
    spoil(write_model(tmp_path, SAME, vocabulary=LETTERS), name, content)
    with pytest.raises(UsageError, match=said):
        load_encoder(tmp_path)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"inputs": ("input_ids", "pixels")}, "asks for input_ids tensor.int64., pixels"),
        ({"inputs": ("attention_mask",)}, "asks for attention_mask"),
        ({"integers": TensorProto.INT64, "output": "logits"}, "gives logits; expected one of sentence_embedding"),
    ],
)
def test_a_model_of_another_kind_is_refused(tmp_path: Path, told: Mapping[str, Any], said: str) -> None:
    write_model(tmp_path, SAME, vocabulary=LETTERS, **told)
    with pytest.raises(UsageError, match=said):
        load_encoder(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        load_encoder(tmp_path / "nowhere")


def test_a_model_that_gives_no_number_is_refused_with_the_title(tmp_path: Path) -> None:
    table = np.full((100, DIMENSIONS), np.nan, np.float32)
    broken = load_encoder(write_model(tmp_path, SAME, vocabulary=LETTERS, table=table))
    with pytest.raises(UsageError, match=f"no number for “{STOPPED}”"):
        broken.encode([STOPPED])


def test_a_model_that_does_not_know_its_own_tokens_is_refused(tmp_path: Path) -> None:
    table = np.ones((5, DIMENSIONS), np.float32)
    broken = load_encoder(write_model(tmp_path, SAME, vocabulary=LETTERS, table=table))
    with pytest.raises(UsageError, match="cannot be run on"):
        broken.encode([STOPPED])


@pytest.mark.parametrize("missing", ["onnxruntime", "tokenizers"])
def test_without_the_extra_its_name_is_told(model: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError, match=rf"{missing}.*healthnews\[embedding\]"):
        load_encoder(model)


def test_the_extra_is_loaded_only_for_a_model() -> None:
    program = "import sys, healthnews.pipeline.analysis; print({'onnxruntime', 'tokenizers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "set()\n"


def test_vectors_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("healthnews.pipeline.embedding._MOST_PARTS", 3)
    plane = Plane({f"问题{n}": float(n) for n in range(40)})
    titles = list(plane.angles)
    stored: Encoder = StoredEncoder(plane, tmp_path)
    assert stored.encode([]).size == 0
    for count in range(5, 41, 5):
        asked = titles[:count][::-1]
        assert np.array_equal(stored.encode(asked), Plane(plane.angles).encode(asked))
    assert sorted(plane.asked) == sorted(titles)
    assert len(list(tmp_path.glob("*.parquet"))) <= 3
    assert stored.encode([]).size == 0


def test_the_settings_name_the_model_of_an_analysis(
    folder: DataFolder, tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, title in enumerate((STOPPED, LAPSED, "停缴医保没事吗")):
        text = dump_text(title, [f"这里说的是第{number}件事,答案要看各人的情况。"])
        (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8")
    ingest(folder, [str(tmp_path / "0.txt")], with_release=False)
    monkeypatch.setenv("HEALTHNEWS_DUPLICATES_EMBEDDING_MODEL", str(model))
    monkeypatch.setenv("HEALTHNEWS_DUPLICATES_EMBEDDING_THRESHOLD", "0.8")
    ingest(folder, [str(tmp_path / "1.txt"), str(tmp_path / "2.txt")], with_release=False)
    store = Store(folder.tables)
    (edge,) = work.read(store, "duplicate_edges")
    assert "in other words" in edge.rule
    commit = store.commit("duplicates")
    assert update_duplicates(folder) == {"same_question": 1}
    assert store.commit("duplicates") == commit, "nothing is new"
    monkeypatch.setenv("HEALTHNEWS_DUPLICATES_EMBEDDING_MODEL", "none")
    assert update_duplicates(folder) == {}
