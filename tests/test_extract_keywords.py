"""Keywords: few, telling, the same every time, in words of the field."""

import pytest

from healthnews.extract.keywords import MAX_KEYWORDS, keywords


def test_keywords_are_few_distinct_and_the_same_every_time() -> None:
    title, body = "换单位后医保关系怎么转", "同一统筹区内不用办理医保关系转移,跨统筹区要先停保再转出,缴费年限合并计算。" * 5
    found = keywords(title, body)
    assert found == keywords(title, body)
    assert 0 < len(found) == len(set(found)) <= MAX_KEYWORDS
    assert "缴费年限" in found
    assert keywords("", "") == ()


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("糖化血红蛋白高怎么办", "糖化血红蛋白反映三个月的血糖,二甲双胍和达格列净要按医嘱吃。", {"糖化血红蛋白", "二甲双胍", "达格列净"}),
        (
            "幽门螺杆菌要不要治",
            "做一次呼气试验就知道,阳性的用四联疗法,吃铋剂和奥美拉唑。",
            {"幽门螺杆菌", "呼气试验", "四联疗法", "奥美拉唑"},
        ),
        ("HPV疫苗打几针", "九价疫苗两针或者三针,接种单位会告知。", {"HPV疫苗", "九价疫苗", "接种单位"}),
        (
            "门诊慢特病怎么认定",
            "带诊断证明到定点医疗机构申请,起付线和报销比例看参保地。",
            {"门诊慢特病", "定点医疗机构", "起付线", "报销比例"},
        ),
    ],
)
def test_words_of_the_field_are_not_cut_apart(title: str, body: str, expected: set[str]) -> None:
    assert expected <= set(keywords(title, body))


def test_a_part_of_a_better_keyword_is_left_out() -> None:
    found = keywords("个人账户怎么查", "个人账户在手机上查,个人账户的余额不清零,账户归本人。")
    assert "个人账户" in found
    assert "账户" not in found


def test_words_that_tell_nothing_are_no_keywords() -> None:
    found = keywords("怎么办", "第一次出现这种情况的时候,如果自己不知道怎么处理,可以问两个以上的医生,一定要及时进行。")
    assert not {"怎么办", "第一次", "情况", "时候", "自己", "知道", "处理", "两个", "一定", "进行"} & set(found)


def test_a_text_without_chinese_is_weighed_by_how_often_a_word_stands_in_it() -> None:
    found = keywords("Möglichkeiten der Vorsorge", "Die Vorsorge ist für alle da. Vorsorge hilft, und vorsorge kostet nichts.")
    assert found[0] == "Vorsorge"
    assert "Möglichkeiten" in found
    assert not {"der", "die", "und", "für"} & {word.casefold() for word in found}


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert "胰岛素" not in keywords("题目", "医保报销" * 1000 + "胰岛素" * 100)
