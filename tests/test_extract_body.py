"""The body of any page: what belongs to a text and what only stands around it."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthnews.errors import PageError, ParseError
from healthnews.extract.boilerplate import ends_article, is_boilerplate_line, is_related_heading
from healthnews.extract.furniture import CHINESE_RELATED, OTHER_RELATED
from healthnews.extract.registry import parse_page
from healthnews.records import Article, RawPage

LINES = (
    "今年起,本市参加居民医保的人在社区医院看门诊,报销比例提高到百分之六十。",
    "患者只要带上社保卡,就能在窗口当场结算,不必先垫付再报销,也不用再跑一趟。",
    "市医保局的工作人员说,慢性病患者一次可以开三个月的药,少跑两趟医院,家里人也省心。",
    "外地参保的人先在手机上备案,备案成功以后,在本市看病和本地人一样当场结算。",
)
SNIPPET = "旁的文章的摘要写得很长,讲的是别的事情,还举了许多例子和数字,一个字也不该进正文。"


def paragraphs(lines: tuple[str, ...] = LINES, element: str = "p") -> str:
    return "".join(f"<{element}>{line}</{element}>" for line in lines)


def parse(inner: str, *, url: str = "https://news.example.com/n/1.html", title: str = "居民门诊报销提高了") -> Article:
    html = f"<html><head><title>{title}_某某网</title></head><body><h1>{title}</h1>{inner}<div class='footer'>联系我们</div></body></html>"
    return parse_page(RawPage(url=url, content_type="text/html", payload=html.encode(), fetched_at=datetime(2025, 11, 1, tzinfo=UTC)))


def body(inner: str, **more: str) -> tuple[str, ...]:
    return tuple((parse(inner, **more).body or "").split("\n"))


@pytest.mark.parametrize(
    "inner",
    [
        f"<div>{paragraphs(LINES[:1])}<ul>{paragraphs(LINES[1:3], 'li')}</ul>{paragraphs(LINES[3:])}</div>",
        f"<div>{paragraphs(LINES[:1])}<blockquote>{paragraphs(LINES[1:])}</blockquote></div>",
        f"<div><div>{LINES[0]}</div><div>{paragraphs(LINES[1:])}</div></div>",
        f"<div>{paragraphs(LINES[:2])}</div><div>{paragraphs(LINES[2:])}</div>",
        f"<div class='lead'><p>{LINES[0]}</p></div><div><div><div>{paragraphs(LINES[1:])}</div></div></div>",
        f"<table><tr><td>{'<br>'.join(LINES)}</td><td><a href=/a>栏目</a><br><a href=/b>频道</a></td></tr></table>",
        "<br><br>".join(LINES),
        f"<div class='mod--space-bottom'>{paragraphs(LINES[:2])}</div><div class='mod--space-bottom'>{paragraphs(LINES[2:])}</div>",
    ],
)
def test_a_text_is_whole_wherever_its_parts_stand(inner: str) -> None:
    assert body(inner) == LINES


@pytest.mark.parametrize(
    "around",
    [
        "<figure><img src=a.jpg><figcaption>社区医院的窗口前,一位老人正在结算门诊费用。</figcaption></figure>",
        "<div class='pic'><img src=a.jpg><p class='caption'>社区医院的窗口前,一位老人正在结算。</p></div>",
        "<p>图片来源:某某社</p>",
        "<p>Photo: Some Agency</p>",
        "<div class='newsletter'><h4>订阅</h4><p>每天一封信,把当天的消息送到你的信箱里。</p></div>",
        "<div class='cookie-banner'><p>本站使用 cookie,继续浏览即表示同意,详情见隐私政策。</p></div>",
        "<div hidden><p>这里是给程序看的文字,读者看不见,也不是正文。</p></div>",
        f"<div class='box'><h4>相关阅读</h4><p><a href='/n/2.html'>旁的一篇医保新闻</a></p><p>{SNIPPET}</p></div>",
        "<div class='call'><h4>Subscribe</h4><p>Subscribe to our letter and stay smart with the best of us.</p></div>",
    ],
)
def test_what_interrupts_a_text_is_left_out_and_the_text_goes_on(around: str) -> None:
    long = tuple(f"{line}{line[:-1]},如此等等。" for line in LINES)
    assert body(f"<div>{paragraphs(long[:2])}{around}{paragraphs(long[2:])}</div>") == long


@pytest.mark.parametrize(
    "heading",
    ["相关阅读", "大家都在看", "网友评论", "发表评论(12)", "Related articles", "Don't Miss", "Ähnliche Beiträge", "Share this:", "Tags"],
)
def test_what_stands_behind_a_text_is_cut_off_by_its_heading(heading: str) -> None:
    assert body(f"<div>{paragraphs()}<h3>{heading}</h3><p>这一句话是别人写的,不是正文。</p><p>这一句也不是。</p></div>") == LINES


def test_a_text_that_the_page_holds_once_for_each_screen_is_taken_once() -> None:
    assert body(f"<div><div class='pc'>{paragraphs()}</div><div class='mobile'>{paragraphs()}</div></div>") == LINES


def test_a_refrain_stays() -> None:
    song = ("月亮出来亮汪汪,", "想起我的阿哥在深山。", "哥像月亮天上走,天上走,", "月亮出来亮汪汪,", "山下小河淌水清悠悠。")
    assert body(f"<div>{paragraphs(LINES)}{paragraphs(song)}</div>") == (*LINES, *song)


@pytest.mark.parametrize("number", [4, 30])
def test_teasers_without_a_heading_are_no_text(number: int) -> None:
    cards = "".join(
        f"<li><h4><a href='/n/{n}.html'>旁的一篇医保新闻之{n}</a></h4><div>2025-10-{n % 28 + 1:02d}</div><p>{n}:{SNIPPET}</p></li>"
        for n in range(number)
    )
    assert body(f"<div><div>{paragraphs()}</div><ul>{cards}</ul></div>") == LINES


def test_a_line_of_links_between_lines_of_text_belongs_to_it_and_a_list_of_links_does_not() -> None:
    long = tuple(line * 3 for line in LINES)
    link, links = "<p><a href='/law'>居民医保管理办法全文</a></p>", "".join(f"<p><a href='/{n}'>旁的新闻{n}</a></p>" for n in range(3))
    pointer = "<p><a href='/more'>点击查看更多医保新闻</a></p>"
    inner = f"<div>{paragraphs(long[:1])}{link}{paragraphs(long[1:2])}{links}{paragraphs(long[2:3])}{pointer}{paragraphs(long[3:])}</div>"
    assert body(inner) == (long[0], "居民医保管理办法全文", *long[1:])


POSTS = "".join(
    f"<div class='reply-item'><span class='user'>用户{n}</span><div>2025-10-0{n} 10:2{n}</div>"
    f"<div class='reply-text'>我上个月办过第{n}次,带身份证去就行。</div><div>回复</div></div>"
    for n in range(1, 4)
)


def test_a_thread_without_a_post_has_no_body() -> None:
    with pytest.raises(ParseError, match="none of them a body"):
        parse("", url="https://bbs.example.com/thread/1")


def test_the_replies_of_a_thread_are_its_text_without_names_dates_and_buttons() -> None:
    inner = f"<div><div class='post'>{paragraphs(LINES[:1])}</div><div>3个回答</div>{POSTS}</div>"
    replies = tuple(f"我上个月办过第{n}次,带身份证去就行。" for n in range(1, 4))
    assert set(replies) <= set(body(inner, url="https://bbs.example.com/thread/1"))
    assert not [line for line in body(inner, url="https://bbs.example.com/thread/1") if "2025" in line or line == "回复"]


def test_the_comments_of_an_article_are_not_its_text() -> None:
    assert body(f"<div>{paragraphs()}</div><div class='comments'><h3>评论</h3>{POSTS}</div>") == LINES


def test_rows_of_tables_lists_and_code_are_kept() -> None:
    table = "<table><tr><th>项目</th><th>比例</th></tr><tr><td>门诊</td><td>60%</td></tr></table>"
    code = "<pre>curl -v https://example.com\ncurl -v https://example.com\n</pre>"
    inner = f"<div>{paragraphs()}{table}<ul><li>身份证</li><li>社保卡</li></ul>{code}<p>以上就是全部的办法,办完以后等短信。</p></div>"
    kept = ("项目 比例", "门诊 60%", "身份证", "社保卡", "curl -v https://example.com", "curl -v https://example.com")
    assert body(inner) == (*LINES, *kept, "以上就是全部的办法,办完以后等短信。")


PIECES = st.sampled_from(
    (
        *LINES,
        *("<div>", "</div>", "<p>", "</p>", "<ul><li>", "</li></ul>", "<h3>相关推荐</h3>", "<h1>题</h1>", "<a href='/1'>旁的一篇新闻</a>"),
        *("<br>", "2025-10-01", "<td>", "<div class='comment'>", "<div class='related' hidden>", "\0", "评论", "Related", "<pre>", "<tr>"),
        *("<footer>", "<x-card>"),
    )
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(PIECES, max_size=60))
def test_any_page_is_read_or_refused_and_the_body_is_of_the_page(pieces: list[str]) -> None:
    try:
        article = parse("".join(pieces))
    except PageError:
        return
    text = "".join(pieces).replace("\0", "")
    assert all(part in text for line in (article.body or "").split("\n") for part in line.split(" ") if part in LINES)


@pytest.mark.parametrize("run", ["!", " -", "|", "评论", "0", "相关推荐", "更多"])
def test_lines_are_judged_in_linear_time(run: str) -> None:
    for text in (run * 50_000 + "x", "相关推荐" + run * 50_000 + "x"):
        assert not CHINESE_RELATED.match(text)
        assert not OTHER_RELATED.match(text)
        assert not any(judge(text) for judge in (is_related_heading, ends_article, is_boilerplate_line))
