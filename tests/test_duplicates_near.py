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
    answers = written(120)
    expected = by_text(find_near(answers), answers)
    assert expected[0]
    for seed in range(2):
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


def with_slips(text: str, share: float, rng: random.Random) -> str:
    """A repost: characters exchanged, lost and put in, none of them a digit or a negator."""
    characters = list(text)
    for _ in range(max(1, round(len(text) * share))):
        place = rng.randrange(len(characters))
        if not characters[place].isdigit() and characters[place] not in "不无没未.%":
            characters[place] = rng.choice(("", rng.choice("桌椅灯窗"), characters[place] + rng.choice("桌椅灯窗")))
    return "".join(characters)


def test_reposts_with_slips_in_three_of_a_hundred_characters_stay_copies() -> None:
    rng = random.Random(3)
    answers = [Answer(TITLE, BODY), *(Answer(TITLE, with_slips(BODY, share, rng)) for share in (0.003, 0.01, 0.02, 0.03) * 3)]
    assert find_near(answers).groups == [list(range(len(answers)))]


def test_what_stands_between_two_variants_joins_but_one_of_them() -> None:
    slips = BODY.replace("结转", "结砖").replace("窗口", "囱口").replace("绑定", "邦定").replace("平台上", "平抬上")
    answers = [Answer(TITLE, BODY), Answer(TITLE, BODY.replace("2%", "3%")), Answer(TITLE, slips.replace("2%", "%"))]
    found = find_near(answers)
    assert [(edge.left, edge.right) for edge in found.variants] == [(0, 1)]
    assert sorted(map(len, found.groups)) == [2]


def test_a_copy_without_the_sentence_in_question_does_not_chain_two_that_contradict_each_other() -> None:
    rest = "".join(
        f"{word}需要先登录平台,核对姓名和证件号码以后提交申请。" for word in ("绑定家人", "查询明细", "办理转移", "申请退费", "更改单位")
    )
    one, other = BODY + rest, BODY.replace("不会清零", "会清零") + rest
    without = rest + BODY[BODY.index("参保人") :]
    for texts in ((one, without, other), (other, without, one)):
        found = find_near([Answer(TITLE, text) for text in texts])
        assert all({0, 2} - set(group) for group in found.groups)
        assert (0, 2) in [(edge.left, edge.right) for edge in found.variants]


def test_siblings_of_one_template_are_never_copies_however_many_there_are() -> None:
    answers = siblings(200)
    found = find_near(answers)
    assert found.groups == []
    assert found.families == [list(range(200))]
    assert len(found.siblings) == 199


def siblings(count: int) -> list[Answer]:
    parts, signs = "眼耳鼻口颈肩背腰腹手膝足肝胃肺", ("疼痛", "麻木", "出血", "红肿", "发热", "瘙痒", "酸胀", "僵硬", "水肿", "灼热")
    things = [f"{a}部和{b}部{sign}" for sign in signs for a in parts for b in parts if a != b]
    return [Answer(f"出现{thing}去哪家医院好", f"出现{thing}的时候,{BODY}") for thing in things[:count]]


def test_a_pair_of_siblings_is_no_family_but_a_pair_of_variants() -> None:
    found = find_near(siblings(2))
    assert (found.groups, found.families) == ([], [])
    assert [(edge.left, edge.right, edge.kind) for edge in found.variants] == [(0, 1, "sibling")]


def test_another_question_with_the_same_text_is_no_copy() -> None:
    other = Answer("灵活就业人员医保怎么缴费", BODY)
    assert find_near([Answer(TITLE, BODY), other._replace(title="菏泽" + TITLE)]).groups == []
    assert find_near([Answer("菏泽" + TITLE, BODY), Answer("聊城" + TITLE, BODY)]).groups == []


def test_texts_that_share_nothing_are_not_found() -> None:
    found = find_near([Answer(TITLE, BODY), Answer(TITLE, BODY[::-1]), Answer(TITLE, ""), Answer(TITLE, ""), Answer("", "医保")])
    assert found == NearFindings()


def test_no_answers_have_no_findings() -> None:
    assert find_near([]) == NearFindings()


# Each of these would run for minutes, or out of memory, where all pairs of something are made.
def test_a_hundred_thousand_equal_texts_are_one_group() -> None:
    text = BODY[:60]
    found = find_near([Answer(TITLE, text)] * 100_000)
    assert [len(group) for group in found.groups] == [100_000]
    assert len(found.copies) == 99_999


def test_four_thousand_siblings_in_one_component_are_one_family() -> None:
    answers = siblings(2_100) + [Answer(f"2025年{answer.title}", f"2025年{answer.text}") for answer in siblings(2_100)]
    found = find_near(answers)
    assert [len(family) for family in found.families] == [4_200]
    assert found.groups == []


def test_texts_of_one_character_repeated_are_bounded() -> None:
    answers = [Answer(TITLE, character * count) for character in "啊1 " for count in (10, 5_000, 2_000_000)]
    assert all(len(group) <= 3 for group in find_near(answers).groups)


def test_two_huge_texts_that_differ_throughout_are_given_up_in_time() -> None:
    rng = random.Random(4)
    text = "".join(rng.choices(BODY, k=400_000))
    moved = "".join(text[place : place + 2_000] for place in range(398_000, -1, -2_000))
    found = find_near([Answer(TITLE, text), Answer(TITLE, moved), Answer(TITLE, text + "。")])
    assert found.groups == [[0, 2]]


def test_half_of_many_copies_saying_the_opposite_are_two_groups() -> None:
    answers = [Answer(TITLE, BODY), Answer(TITLE, BODY.replace("不会清零", "会清零"))] * 1_500
    found = find_near(answers)
    assert [len(group) for group in found.groups] == [1_500, 1_500]


@pytest.mark.parametrize("number", range(3))
def test_many_copies_among_many_siblings_stay_together(number: int) -> None:
    text = BODY + "嗯" * number
    copies = [Answer("聊城账户年底会清零吗", text + "。" * n) for n in range(90)]
    siblings = [Answer(f"{city}账户年底会清零吗", text + " " * n) for n in range(60) for city in ("菏泽", "济南", "青岛", "烟台", "潍坊")]
    assert sorted(map(len, find_near([*copies, *siblings]).groups), reverse=True) == [90, 60, 60, 60, 60, 60]
