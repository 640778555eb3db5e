"""Near duplicates: copies, variants and template families, and the edges that say why."""

from __future__ import annotations

import random

import pytest

from healthnews.duplicates.near import Answer, Edge, NearFindings, find_near

BODY = (
    "职工医保个人账户的钱来自个人缴费和单位缴费,年底余额不会清零,可以结转到下一年继续使用。参保人可以通过国家医保服务平台、"
    "支付宝或者当地医保局的窗口查询余额,查询时需要准备身份证和社保卡。单位缴费按2%划入个人账户,退休后不再缴费仍能享受待遇。"
    "异地就医之前应当先办理备案,未备案的报销比例会降低。家庭成员之间可以共用个人账户,但需要先在平台上绑定。"
)
TITLE = "医保个人账户余额会清零吗"


def spans(edge: Edge, answers: list[Answer]) -> list[tuple[str, str]]:
    one, other = answers[edge.left].text, answers[edge.right].text
    return [(one[d.start : d.end], other[d.other_start : d.other_end]) for d in edge.differences]


def test_a_copy_with_slips_is_joined_by_an_edge_that_names_them() -> None:
    answers = [Answer(TITLE, BODY), Answer(TITLE, BODY.replace("窗口", "柜台").replace("社保卡", "社保咔"))]
    found = find_near(answers)
    assert found.groups == [[0, 1]]
    (edge,) = found.copies
    assert (edge.left, edge.right, edge.kind) == (0, 1, "copy")
    assert spans(edge, answers) == [("窗口", "柜台"), ("卡", "咔")]
    assert (found.variants, found.families, found.siblings) == ([], [], [])


def test_copies_are_joined_by_one_edge_less_than_there_are_members() -> None:
    slips = [BODY.replace(word, word[0] + other) for word, other in (("窗口", "囗"), ("平台", "抬"), ("身份证", "分证"), ("结转", "传"))]
    found = find_near([Answer(TITLE, text) for text in (BODY, *slips, BODY)])
    assert found.groups == [[0, 1, 2, 3, 4, 5]]
    assert len(found.copies) == 5
    reached = {0}
    for _ in found.copies:
        reached |= {end for edge in found.copies if reached & {edge.left, edge.right} for end in (edge.left, edge.right)}
    assert reached == {0, 1, 2, 3, 4, 5}


def test_a_family_is_joined_by_edges_that_name_its_fillers() -> None:
    places = ("菏泽", "聊城", "济南", "青岛")
    answers = [Answer(f"2025年{place}膝盖疼痛去哪家医院好", f"{place}的膝盖疼痛患者,{BODY}") for place in places]
    found = find_near(answers)
    assert found.families == [[0, 1, 2, 3]]
    assert found.groups == []
    assert len(found.siblings) == 3
    assert all(edge.kind == "sibling" and spans(edge, answers) == [(places[edge.left], places[edge.right])] for edge in found.siblings)


def test_opposite_statements_are_a_pair_of_variants_and_never_one_group() -> None:
    answers = [Answer(TITLE, BODY), Answer(TITLE, BODY.replace("不会清零", "会清零")), Answer(TITLE, BODY.replace("窗口", "柜台"))]
    found = find_near(answers)
    assert found.groups == [[0, 2]]
    assert [(edge.left, edge.right, edge.rule, spans(edge, answers)) for edge in found.variants] == [
        (0, 1, "polarity", [("不", "")]),
        (1, 2, "polarity", [("", "不")]),
    ]


def test_no_order_of_the_answers_changes_what_is_found() -> None:
    answers = written(300)
    expected = by_text(find_near(answers), answers)
    assert expected[0]
    for seed in range(3):
        shuffled = random.Random(seed).sample(answers, len(answers))
        assert by_text(find_near(shuffled), shuffled) == expected


def written(count: int) -> list[Answer]:
    """Answers that differ in place, number, polarity and slips, many of them alike."""
    rng = random.Random(5)
    answers = []
    for _ in range(count):
        text = BODY.replace("2%", rng.choice(("2%", "2.5%"))).replace("不会清零", rng.choice(("不会清零", "会清零", "不会清令")))
        place = rng.choice(("菏泽", "聊城", "济南", ""))
        cut = rng.randrange(len(text))
        answers.append(Answer(place + TITLE, text[:cut] + rng.choice("某呈忘") + text[cut + 1 :]))
    return answers


def by_text(found: NearFindings, answers: list[Answer]) -> tuple[object, ...]:
    """What was found, by what the answers say instead of where they stand."""
    groups, families = ({frozenset(answers[member] for member in group) for group in groups} for groups in (found.groups, found.families))
    edges = {
        (edge.kind, frozenset((answers[edge.left], answers[edge.right])), edge.similarity, edge.rule)
        for edge in (*found.copies, *found.variants, *found.siblings)
    }
    return groups, families, edges


@pytest.mark.parametrize("number", range(3))
def test_many_copies_among_many_siblings_stay_together(number: int) -> None:
    text = BODY + "嗯" * number
    copies = [Answer("聊城账户年底会清零吗", text + "。" * n) for n in range(90)]
    siblings = [Answer(f"{city}账户年底会清零吗", text + " " * n) for n in range(60) for city in ("菏泽", "济南", "青岛", "烟台", "潍坊")]
    assert sorted(map(len, find_near([*copies, *siblings]).groups), reverse=True) == [90, 60, 60, 60, 60, 60]
