"""Questions that are one in other words, by the vectors of a model; never across what a rule tells apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.embeddings import Encoder, Vectors
from healthnews.duplicates.neighbours import cosines, near_pairs
from healthnews.duplicates.questions import SIBLING, Questions
from healthnews.language.titles import distinguishing_words

DEFAULT_THRESHOLD = 0.9
"""By the usual practice for paraphrase models; measured on none, for none is at hand here: see docs/same-questions.md."""

_EXCLUSIVE_WORDS = (
    "高/低 升,增,提高,上调/降,减,下调 左/右 前/后 内/外 急性/慢性 良性/恶性 阴性/阳性 1型,一型/2型,二型 饭前,空腹/饭后,餐后 "
    "白天,早上/晚上,夜里,夜间 男,爸爸,父亲,丈夫/女,妈妈,母亲,妻子 儿童,小孩,孩子,宝宝,婴儿,幼儿/老人,老年/孕妇,孕期,怀孕/哺乳 "
    "门诊/住院/急诊 缴,交,参保/退 转入/转出 线上,网上,手机/线下,窗口,现场 本地,当地,本市/异地,外地,跨省,跨市 开通,激活/关闭,注销 绑定/解绑 "
    "公立/私立,民营 中医,中药/西医,西药 报销/自费,自付 个人/单位,企业/统筹 "
    "原因,为什么/怎么办,怎么治,治疗/症状,表现 多少钱,费用,价格/多久,多长时间,几天 去哪,哪里,在哪/什么时候,何时 优点,好处/缺点,坏处,危害"
)
_EXCLUSIVE = tuple(tuple(frozenset(names.split(",")) for names in kinds.split("/")) for kinds in _EXCLUSIVE_WORDS.split())
"""What a question asks about one of, each with its other names: two that name different ones are two questions. Models rate these
pairs among the most alike, for their words stand in the same sentences."""


class Meaning(NamedTuple):
    """What tells that two questions mean the same: a model, and from which cosine on (above 0, up to 1)."""

    encoder: Encoder
    threshold: float = DEFAULT_THRESHOLD

    @property
    def name(self) -> str:
        """The model as evidence names it."""
        return f"model {self.encoder.digest[:12]}"

    @property
    def mark(self) -> str:
        """Names all that groups depend on besides the questions."""
        return f"{self.encoder.digest} {self.threshold!r}"


@dataclass(frozen=True, slots=True)
class Alike:
    """Questions that mean the same, by their index.

    Attributes:
        questions: Ascending; two or more.
        cosines: Of every two of them, the smaller index first.
        joining: The pairs that joined them, one less than there are questions.
    """

    questions: Sequence[int]
    cosines: Mapping[tuple[int, int], float]
    joining: Sequence[tuple[int, int]]


def find_alike(questions: Sequence[str], meaning: Meaning) -> list[Alike]:
    """Groups of questions in which every two mean the same; the result does not depend on the order of the questions.

    Two questions mean the same when the cosine of their vectors reaches the threshold, `distinguishing_words` finds the same numbers,
    negators, places and insurance types in both, they name the same where things exclude each other (门诊, 住院), and they are not
    siblings of one frame (胃痛挂什么科, 头痛挂什么科).

    Args:
        questions: Distinct canonical questions.
        meaning: The model, and from which cosine on.
    """
    in_order = sorted(range(len(questions)), key=questions.__getitem__)
    texts = [questions[index] for index in in_order]
    pairs = dict(_same_meaning(texts, meaning))
    groups = []
    for members, joining in _join_complete(pairs):
        cosines = {_pair(in_order[a], in_order[b]): pairs[a, b] for a in members for b in members if a < b}
        groups.append(Alike(sorted(in_order[m] for m in members), cosines, sorted(_pair(in_order[a], in_order[b]) for a, b in joining)))
    return sorted(groups, key=lambda group: group.questions[0])


def _same_meaning(texts: Sequence[str], meaning: Meaning) -> Iterator[tuple[tuple[int, int], float]]:
    """Pairs that mean the same; only within blocks of equal distinguishing words, which is most of what the rules ask."""
    vectors = meaning.encoder.encode(texts)
    near = _near(texts, vectors, meaning.threshold)
    relations = Questions(texts).relate(near[:, 0], near[:, 1])
    near = near[relations != SIBLING]
    for (a, b), found in zip(near.tolist(), cosines(vectors, near).tolist(), strict=True):
        if found >= meaning.threshold and not exclude_each_other(texts[a], texts[b]):
            yield (a, b), found


def _near(texts: Sequence[str], vectors: Vectors, threshold: float) -> NDArray[np.int64]:
    """Pairs of about the threshold or more within blocks of equal distinguishing words, shape (pairs, 2)."""
    blocks: dict[tuple[tuple[str, ...], ...], list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        blocks[distinguishing_words(text)].append(index)
    found = [np.zeros((0, 2), np.int64)]
    for members in blocks.values():
        block = np.array(members)
        found.append(block[np.array(list(near_pairs(vectors[block], threshold)), np.int64).reshape(-1, 2)])
    return np.concatenate(found)


def exclude_each_other(one: str, other: str) -> bool:
    """Whether both questions name one of what excludes each other, and not the same."""
    for kinds in _EXCLUSIVE:
        ours, theirs = _named(one, kinds), _named(other, kinds)
        if ours and theirs and ours != theirs:
            return True
    return False


def _named(text: str, kinds: Iterable[frozenset[str]]) -> set[int]:
    return {number for number, words in enumerate(kinds) if any(word in text for word in words)}


def _join_complete(cosines: Mapping[tuple[int, int], float]) -> list[tuple[list[int], list[tuple[int, int]]]]:
    """Groups in which every two are a pair, the most alike joined first, and the pairs that joined them.

    Complete linkage, for likeness does not carry over: from 医保断缴 by small steps of .9 one comes to 医保报销. By single linkage all
    that asks about one thing would be one cluster, and by centres two members could be such as a rule tells apart.

    Source: Defays 1977, cut at the threshold.
    """
    group_of: dict[int, list[int]] = {}
    joining: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for a, b in sorted(cosines, key=lambda pair: (-cosines[pair], pair)):
        one, other = group_of.setdefault(a, [a]), group_of.setdefault(b, [b])
        if one is other or any(_pair(x, y) not in cosines for x, y in product(one, other)):
            continue
        merged = [*one, *other]
        joining[merged[0]] = [*joining[one[0]], *(joining[other[0]]), (a, b)]
        group_of.update(dict.fromkeys(merged, merged))
    groups = {id(group): group for group in group_of.values() if len(group) > 1}
    return [(sorted(group), joining[group[0]]) for group in groups.values()]


def _pair(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
