"""Who stands behind a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.extract.bylines import read_reporters
from healthnews.extract.metadata import Metadata
from healthnews.extract.names import find_names
from healthnews.extract.person_names import split_people


def metadata(**told: str) -> Metadata:
    found = Metadata(address="https://www.example.com/a")
    found.add("author", told.get("author", ""), "meta", 0.8)
    found.add("author", told.get("json_ld", ""), "json_ld", 0.95)
    found.site_names = {told.get("site", "").casefold()} - {""}
    return found


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("作者\uff1a张三丰 来源\uff1a某某日报", "张三丰"),
        ("作者\uff1a张三丰 李四光", "张三丰, 李四光"),
        ("2024-05-13 文/张小三", "张小三"),
        ("文\uff1a眉山客", "眉山客"),
        ("执笔人\uff1a张三丰 李四光", "张三丰, 李四光"),
        ("张三丰、李四光", "张三丰, 李四光"),
        ("By Jane Doe | May 3, 2024", "Jane Doe"),
        ("ByJane Doe", "Jane Doe"),
        ("3 May 2024 by Jane Doe and John Roe", "Jane Doe, John Roe"),
        ("Von Anna Muster, 3. Mai 2024", "Anna Muster"),
        ("责任编辑\uff1a李四光", None),
        ("来源\uff1a张三丰", None),
        ("作者\uff1a佚名", None),
        ("首页 新闻 健康", None),
        ("He was bitten by the dog", None),
    ],
)
def test_an_author_is_who_the_line_names_as_such(line: str, author: str | None) -> None:
    assert find_names([line]).author == author


def test_source_editor_and_reviewer_are_kept_apart() -> None:
    names = find_names(["来源\uff1a[ 某某日报 ] 2024-05-13", "( 责任编辑\uff1a李四光 )", "审核医生\uff1a赵主任"])
    assert (names.author, names.source, names.editor, names.reviewer) == (None, "某某日报", "李四光", "赵主任")
    assert {one.field for one in names.evidence} == {"source", "editor", "reviewer"}
    english = find_names(["Medically reviewed by Jane Doe, MD", "Edited by John Roe", "By Ann Poe"])
    assert (english.author, english.editor, english.reviewer) == ("Ann Poe", "John Roe", "Jane Doe, MD")


@pytest.mark.parametrize(
    ("told", "author"),
    [
        ({"author": "Jane Doe"}, "Jane Doe"),
        ({"author": "Example"}, None),
        ({"author": "Daily Planet", "site": "Daily Planet"}, None),
        ({"author": "https://www.example.com/jane"}, None),
        ({"author": "jane@example.com"}, None),
        ({"author": "某某网络科技公司"}, None),
        ({"author": "admin"}, None),
        ({"author": "Editor", "json_ld": "By Jane Doe"}, "Jane Doe"),
        ({"json_ld": "Staff and news service reports"}, "Staff and news service reports"),
    ],
)
def test_a_told_author_is_no_site_and_no_address(told: dict[str, str], author: str | None) -> None:
    assert find_names([], metadata(**told)).author == author


def test_the_editor_of_a_template_is_not_its_author() -> None:
    assert find_names(["责任编辑\uff1a李四光"], metadata(author="李四光")).author is None


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (["本报讯(记者 张三丰 通讯员 李四光)昨日,市医保局发布通知。", "完。"], ("张三丰", "李四光")),
        (["某某报记者 张三丰 某地报道", "正文。"], ("张三丰",)),
        (["本报记者张三丰发自某地", "正文。"], ("张三丰",)),
        (["正文。", "文章到这里就结束了。\uff08张三丰\uff09"], ("张三丰",)),
        (["正文。", "文章到这里就结束了。\uff08完\uff09"], None),
        (["正文里提到记者招待会。", "结束。"], None),
    ],
)
def test_reporters_are_named_at_the_beginning_or_the_end(body: list[str], names: tuple[str, ...] | None) -> None:
    found = read_reporters(body)
    assert (found.names if found else None) == names


@given(st.text(max_size=80), st.text("作者:文/By vonab张李 、,()记者|", max_size=60))
def test_no_line_breaks_the_reader(text: str, line: str) -> None:
    split_people(text)
    find_names([text, line], metadata(author=text), [text, line])
    assert all(name.strip() for name in split_people(line))
