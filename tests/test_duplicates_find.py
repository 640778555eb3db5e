"""Duplicates are marked, explained, and never merge what differs in a number, a negator, a place or an insurance type."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthnews.duplicates.documents import Document
from healthnews.duplicates.find import Duplicates, find_duplicates, find_in_texts
from healthnews.duplicates.history import find_changes
from healthnews.language.normalise import text_key
from healthnews.language.titles import canonical_question
from healthnews.records import ClusterChangeRow, ClusterRow, DuplicateEdgeRow
from tests.conftest import SEEN_AT

ANSWER = "参保人在定点医院住院,先付起付线以内的部分,超过的部分按比例由基金支付,其余由本人承担,出院时一次结清,不用自己跑窗口。"
LONG = (
    "职工医保个人账户里的钱归本人所有,年底会清零的说法并不准确,当年没有用完的余额会结转到下一年继续使用,并按规定计算利息。"
    "参保人可以用它支付门诊费、药店买药的费用,也可以为配偶、父母和子女缴纳居民医保的保费。单位缴费的2%以内划入账户,"
    "退休人员按定额划入,每月到账的时间各地不同,可以在手机上查询。如果换了工作,账户随本人转移,钱不会因为断缴而消失。"
)


def document(key: str, title: str, text: str = "", **told: object) -> Document:
    return Document(key, title, text, **{"first_seen_at": SEEN_AT, **told})  # type: ignore[arg-type]


def clusters(kind: str, *documents: Document) -> list[set[str]]:
    found: dict[str, set[str]] = {}
    for row in find_duplicates(documents).members:
        if row.kind == kind:
            found.setdefault(row.cluster_id, set()).add(row.article_id)
    return list(found.values())


def variants(found: Duplicates) -> list[DuplicateEdgeRow]:
    return [edge for edge in found.edges if edge.kind == "variant"]


def test_equal_texts_apart_from_marks_and_spaces_are_exact_duplicates() -> None:
    again = ANSWER.replace(",", ", ").replace("。", ".")
    assert clusters("exact", document("a", "住院怎么付钱", ANSWER), document("b", "住院费用的支付", again)) == [{"a", "b"}]


@pytest.mark.parametrize(
    ("old", "new", "kind", "here", "there"),
    [
        ("年底会清零", "年底不会清零", "polarity", "", "不"),
        ("缴费的2%", "缴费的2.5%", "number", "2", "2.5"),
        ("居民医保的保费", "职工医保的保费", "insurance", "居民", "职工"),
        ("账户里的钱归本人所有", "账户里的钱不归本人所有", "polarity", "", "不"),
    ],
)
def test_variants_are_kept_apart_with_the_words_that_differ(old: str, new: str, kind: str, here: str, there: str) -> None:
    other = LONG.replace(old, new)
    assert other != LONG
    found = find_duplicates([document("a", "个人账户会清零吗", LONG), document("b", "个人账户会清零吗", other)])
    assert not [row for row in found.members if row.kind in ("exact", "near")]
    (edge,) = variants(found)
    assert edge.a_article_id == "a"
    assert edge.b_article_id == "b"
    assert edge.cluster_id is None
    assert edge.similarity > 0.9
    (span,) = [span for span in edge.differences if span.kind == kind]
    assert (LONG[span.a_start : span.a_end], other[span.b_start : span.b_end]) == (span.a_text, span.b_text)
    assert here in span.a_text
    assert there in span.b_text


def test_a_repost_with_edits_is_a_near_copy_that_says_what_was_edited() -> None:
    other = LONG.replace("并不准确", "不够准确").replace("手机上", "网上") + "转发给身边的人看看吧。"
    found = find_duplicates([document("a", "个人账户会清零吗", LONG), document("b", "个人账户会清零吗?", other)])
    (cluster,) = [row for row in found.clusters if row.kind == "near"]
    assert cluster.members == 2
    (edge,) = [edge for edge in found.edges if edge.cluster_id == cluster.cluster_id]
    assert {span.a_text for span in edge.differences} >= {"手机上"} or any("手机" in span.a_text for span in edge.differences)
    assert 0.7 <= edge.similarity < 1
    similarity = {row.article_id: row.similarity for row in found.members if row.kind == "near"}
    assert sorted(similarity.values())[-1] == 1.0
    assert min(similarity.values()) == round(edge.similarity, 4)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024年起付线", "2025年起付线"),
        ("山东菏泽住院怎么付钱", "山东聊城住院怎么付钱"),
        ("职工医保住院怎么付钱", "居民医保住院怎么付钱"),
        ("住院要付钱吗", "住院不要付钱吗"),
    ],
)
def test_equal_texts_under_titles_that_differ_in_what_matters_are_variants(one: str, other: str) -> None:
    found = find_duplicates([document("a", one, ANSWER), document("b", other, ANSWER)])
    assert not found.members
    (edge,) = variants(found)
    assert [span.origin for span in edge.differences] == ["title"]
    assert edge.differences[0].kind == "question"
    assert one[edge.differences[0].a_start : edge.differences[0].a_end] == edge.differences[0].a_text


def test_short_answers_are_no_evidence_of_copying() -> None:
    assert clusters("exact", document("a", "甲能报销吗", "可以报销。"), document("b", "乙能报销吗", "可以报销。")) == []


def test_titles_that_ask_alike_are_the_same_question_stubs_too() -> None:
    found = clusters(
        "same_question", document("a", "怎样办理异地备案"), document("b", "如何办理异地备案?", ANSWER), document("c", "怎样取消异地备案")
    )
    assert found == [{"a", "b"}]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024年居民医保交多少钱", "2025年居民医保交多少钱"),
        ("医保断缴能报销吗", "医保断缴不能报销吗"),
        ("山东菏泽医保怎么查", "山东聊城医保怎么查"),
        ("职工医保怎么退费", "居民医保怎么退费"),
        ("血压2.5怎么办", "血压25怎么办"),
    ],
)
def test_titles_that_differ_in_what_matters_are_different_questions(one: str, other: str) -> None:
    assert canonical_question(one) != canonical_question(other)


CITIES = ("菏泽", "聊城", "济南", "青岛", "烟台", "潍坊")


def pages_of_a_template() -> list[Document]:
    return [document(f"p{n}", f"{city}胃痛挂什么科", LONG.replace("各地不同", f"{city}与别处不同")) for n, city in enumerate(CITIES)]


def test_pages_of_a_template_are_one_family_with_its_frame_and_fillers_and_no_copies() -> None:
    found = find_in_texts(pages_of_a_template())
    (cluster,) = found.clusters
    assert cluster.kind == "template"
    assert cluster.frame == "…胃痛挂什么科"
    assert set(cluster.fillers) == set(CITIES)
    assert cluster.members == len(CITIES)
    assert {row.filler for row in found.members} == set(CITIES)


def test_stubs_join_a_family_by_their_titles() -> None:
    stubs = [document(f"s{n}", f"{city}头痛挂什么科", publisher="a.example") for n, city in enumerate(CITIES[:3])]
    assert clusters("template", *stubs) == [{"s0", "s1", "s2"}]
    assert clusters("template", *stubs[:2]) == []
    pages = [page._replace(publisher="a.example", title=page.title.replace("胃", "头")) for page in pages_of_a_template()]
    assert clusters("template", *stubs, *pages) == [{p.article_id for p in pages}, {s.article_id for s in [*pages, *stubs]}]
    elsewhere = [stub._replace(publisher=f"{n}.example") for n, stub in enumerate(stubs)]
    assert clusters("template", *elsewhere) == []


def test_a_snippet_finds_the_page_that_it_is_the_beginning_of() -> None:
    page = document("a", "个人账户会清零吗", LONG)
    stub = document("b", "个人账户会不会清零", snippet=LONG[:45].replace(",", " ") + "...")
    found = find_duplicates([page, stub])
    (cluster,) = [row for row in found.clusters if row.kind == "near"]
    assert (cluster.representative_id, cluster.representative_reason, cluster.members) == ("a", "the only one whose page is known", 2)
    assert "snippet" in next(row.reason for row in found.members if row.article_id == "b" and row.kind == "near")


@pytest.mark.parametrize(
    "stub",
    [
        document("b", "个人账户会不会清零", snippet=LONG[3:45]),
        document("b", "个人账户会不会清零", snippet=LONG[:15]),
        document("b", "聊城个人账户会不会清零", snippet=LONG[:45]),
        document("b", "个人账户会不会清零", snippet=LONG[:40] + "而且完全作废"),
    ],
    ids=["not the beginning", "too short", "another question", "goes on otherwise"],
)
def test_a_snippet_that_is_not_the_beginning_finds_nothing(stub: Document) -> None:
    assert clusters("near", document("a", "个人账户会清零吗", LONG), stub) == []


def test_two_stubs_are_no_copies_whatever_their_snippets() -> None:
    stubs = [document(key, title, snippet=LONG[:60]) for key, title in (("a", "账户清零"), ("b", "钱会没有吗"))]
    assert not find_duplicates(stubs).members


def representative(*documents: Document) -> ClusterRow:
    (cluster,) = [row for row in find_duplicates(documents).clusters if row.kind == "exact"]
    return cluster


def test_the_reason_for_a_representative_is_the_one_that_decided() -> None:
    a, b = document("a", "甲", ANSWER), document("b", "甲", ANSWER)
    assert (representative(a, b).representative_id, representative(a, b).representative_reason) == ("a", "first seen")
    dated = b._replace(published_at=datetime(2025, 1, 1))
    assert representative(a, dated).representative_id == "b"
    assert representative(a, dated).representative_reason == "earliest dated"
    longer = b._replace(text=ANSWER.replace(",", "\uff0c "))
    assert representative(a, longer).representative_id == "b"
    assert representative(a, longer).representative_reason == "most complete"
    recommended = b._replace(recommended=3)
    assert representative(a, recommended).representative_id == "b"
    assert representative(a, recommended).representative_reason == "most recommended"


def test_sources_are_publishers() -> None:
    copies = [document(f"d{n}", "甲", ANSWER, publisher=host) for n, host in enumerate(("a.example", "a.example", "b.example"))]
    assert (representative(*copies).members, representative(*copies).sources) == (3, 2)


def later(found: Document, days: int) -> Document:
    return found._replace(first_seen_at=SEEN_AT + timedelta(days=days))


def changes(before: list[Document], after: list[Document]) -> list[ClusterChangeRow]:
    rows = find_changes(find_duplicates(before).members, find_duplicates(after).members, SEEN_AT)
    return [row for row in rows if row.kind == "exact"]


def test_an_id_stays_when_members_are_added_whatever_their_ids_and_dates() -> None:
    founder, second = document("m", "甲", ANSWER), later(document("n", "甲", ANSWER), 1)
    third = later(document("a", "甲", ANSWER, published_at=datetime(2020, 1, 1), recommended=9), 2)
    before, after = representative(founder, second), representative(founder, second, third)
    assert before.cluster_id == after.cluster_id
    assert (before.representative_id, after.representative_id) == ("m", "a")
    assert changes([founder, second], [founder, second, third]) == []


def test_what_becomes_of_clusters_is_told() -> None:
    other = LONG + ANSWER
    one = [document("a", "甲", ANSWER), later(document("b", "甲", ANSWER), 1)]
    two = [later(document("c", "乙", other), 2), later(document("d", "乙", other), 3)]
    (merged,) = changes([*one, *two], [*one, *(document._replace(text=ANSWER) for document in two)])
    assert merged.change == "merged"
    assert len(merged.other_ids) == 1
    (dissolved,) = changes(one, [one[0], one[1]._replace(text=other)])
    assert dissolved.change == "dissolved"
    assert not dissolved.other_ids
    three = [*one, later(document("e", "甲", ANSWER), 4)]
    (renamed,) = changes(three, [three[0]._replace(text=other), *three[1:]])
    assert renamed.change == "renamed"
    assert len(renamed.other_ids) == 1
    four = [*three, later(document("f", "甲", ANSWER), 5)]
    (split,) = changes(four, [*four[:2], *(document._replace(text=other) for document in four[2:])])
    assert split.change == "split"
    assert len(split.other_ids) == 1


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(10)))
def test_the_order_of_documents_does_not_matter(order: list[int]) -> None:
    documents = [
        *(document(f"a{n}", f"{'怎样' if n % 2 else '如何'}办理第{n % 3}类备案", ANSWER if n < 2 else "") for n in range(4)),
        *(document(f"b{n}", "个人账户会清零吗", LONG.replace("2%", f"{2 + n // 2}%")) for n in range(3)),
        *pages_of_a_template()[:3],
    ]
    assert find_duplicates(documents[n] for n in order) == find_duplicates(documents)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("报销 2.5%!", "报销2.5%"),
        ("3-6 个月", "3-6个月"),
        ("3--6", "36"),
        ("第3-条\u3000第-6条", "第3条第6条"),
        ("(3)", "3"),
        ("A_b\u200b·C", "abc"),
        ("……", ""),
    ],
)
def test_a_text_key_keeps_one_mark_between_digits_and_no_other(text: str, key: str) -> None:
    assert text_key(text) == key


@given(st.text(max_size=80))
def test_a_text_key_is_its_own_key(text: str) -> None:
    key = text_key(text)
    assert text_key(key) == key
