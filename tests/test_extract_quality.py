import pytest

from healthnews.extract.keywords import MAX_KEYWORDS, keywords
from healthnews.extract.quality import find_ai_label, find_flags, is_disclaimer


@pytest.mark.parametrize("residue", ["直接回答问题:", "分点展开论述\uff1a", "XX省", "XX 市"])
def test_remnants_of_a_prompt_are_flagged_with_their_span(residue: str) -> None:
    body = f"打开{residue}的应用。"
    (flag,) = find_flags("题目", body)
    assert (flag.flag, body[flag.start : flag.end]) == ("prompt_residue", residue)


def test_ordinary_text_has_no_flags() -> None:
    assert find_flags("题目", "打开当地医保的应用,按MAXX区的提示办理。") == ()


def test_a_cut_page_is_flagged_at_its_end() -> None:
    (flag,) = find_flags("题目", "文字", truncated=True)
    assert (flag.flag, flag.start, flag.end) == ("truncated", 2, 2)


def test_a_body_of_page_furniture_is_flagged() -> None:
    assert [f.flag for f in find_flags("题目", "登录后查看全文\n扫码关注公众号\n正文")] == ["mostly_boilerplate"]


@pytest.mark.parametrize("label", ["本文由AI生成", "内容由人工智能生成,仅供参考", "(本文内容由 AI 辅助生成)"])
def test_an_explicit_ai_label_is_kept_as_written(label: str) -> None:
    found = find_ai_label(["别的", label])
    assert found is not None
    assert found in label


def test_a_sentence_about_ai_is_no_label() -> None:
    assert find_ai_label(["医院用人工智能读片,效率更高。", "平台由人工智能公司研发"]) is None


@pytest.mark.parametrize(
    "line", ["提示:本内容不能代替医生当面的判断,身体不舒服就去医院。", "温馨提示\uff1a以上内容仅供参考", "免责声明:本文不构成医疗建议"]
)
def test_disclaimers_are_known(line: str) -> None:
    assert is_disclaimer(line)


def test_advice_is_no_disclaimer() -> None:
    assert not is_disclaimer("提示:带上身份证。")


def test_keywords_are_few_distinct_and_the_same_every_time() -> None:
    title, body = "换单位后医保关系怎么转", "同一统筹区内不用办理医保关系转移,跨统筹区要先停保再转出,缴费年限合并计算。" * 5
    found = keywords(title, body)
    assert found == keywords(title, body)
    assert 0 < len(found) == len(set(found)) <= MAX_KEYWORDS
    assert "缴费年限" in found
    assert keywords("", "") == ()
