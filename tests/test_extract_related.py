"""Tags of related cards: known by their place in the card, in any markup, and even where each occurs once."""

from datetime import UTC, datetime

import pytest

from healthnews.extract.registry import parse_page
from healthnews.records import Article, RawPage

TITLES = ("复诊要带哪些东西", "外地来的老人去哪里看牙", "药盒丢了怎么补单子", "夜里发热先做哪一步")
SNIPPETS = (
    "带上证件和上次的单子,早一点出门,上午的窗口人少,下午要等一个多钟头。",
    "先问清楚哪几家门诊开着,再打电话约时间,别在门口干等。",
    "到开药的那家药房说明情况,请店员从系统里再打一张,留好底单。",
    "量一量体温,看看精神怎么样,再想要不要出门,路上多带一件衣服。",
)
TAGS = ("门诊指南", "口腔", "用药", "儿科问答")
DATES = ("2025-03-02", "2025-04-11", "2025-05-20", "2025-06-28")
GENERIC, ANSWERS = "https://news.example.com/n/1.html", "https://m.jiusongjiankang.com/health/news/1.html"

# Each has one place for title, snippet, tag and date.
CARDS = {
    "spans on a line": "<li><a href='/n/{n}.html'>{t}</a><p>{s}</p><div class='foot'><span>{g}</span> <span>{d}</span></div></li>",
    "bare spans": "<li><a href='/n/{n}.html'>{t}</a><p>{s}</p><span class='tag'>{g}</span> <span class='day'>{d}</span></li>",
    "classed divs": "<div class='card'><div class='t'><a href='/n/{n}.html'>{t}</a></div><div class='s'>{s}</div>"
    "<div class='g' id='g{n}'>{g}</div><div class='d'>{d}</div></div>",
    "bare divs": "<div><div><a href='/n/{n}.html'>{t}</a></div><div>{s}</div><div>{g}</div><div>{d}</div></div>",
    "em and time": "<section><h4><a href='/n/{n}.html'>{t}</a></h4><p>{s}</p><em>{g}</em><time>{d}</time></section>",
    "one link": "<a href='/n/{n}.html'><div>{t}</div><div>{s}</div><div><i>{g}</i><span>{d}</span></div></a>",
    "a tag that links": "<li><h4><a href='/n/{n}.html'>{t}</a></h4><p>{s}</p><div><a href='/tag/{n}'>{g}</a> <span>{d}</span></div></li>",
    "line breaks": "<a href='/n/{n}.html'>{t}</a><br>{s}<br>{g}<br>{d}<br>",
    "table rows": "<table><tr><td><a href='/n/{n}.html'>{t}</a></td><td>{s}</td><td>{g}</td><td>{d}</td></tr></table>",
    "no links": "<div><div>{t}</div><div>{s}</div><div>{g}</div><div>{d}</div></div>",
}
UNDATED = {
    "spans": "<li><a href='/n/{n}.html'>{t}</a><p>{s}</p><span class='tag'>{g}</span></li>",
    "divs": "<div class='card'><div class='t'><a href='/n/{n}.html'>{t}</a></div><div class='s'>{s}</div><div class='g'>{g}</div></div>",
    "one link": "<a href='/n/{n}.html'><div>{t}</div><div class='s'>{s}</div><div class='g'>{g}</div></a>",
}


def parse(cards: str, url: str) -> Article:
    answer = "<p>先去窗口问一问,再决定什么时候来,材料一次带齐,省得来回跑。</p><p>窗口的人会告诉你下一步,记在纸上就不会忘。</p>"
    html = f"<title>看病前的准备</title><h1>看病前的准备</h1>{answer}<p>提示:本内容不能代替面诊。</p><h2>相关推荐</h2><div>{cards}</div>"
    return parse_page(RawPage(url=url, content_type="text/html", payload=html.encode(), fetched_at=datetime(2025, 11, 1, tzinfo=UTC)))


def fill(template: str, number: int) -> str:
    return template.format(n=number + 2, t=TITLES[number], s=SNIPPETS[number], g=TAGS[number], d=DATES[number])


def found(article: Article) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(i.title, i.snippet, i.tag, f"{i.published_at:%Y-%m-%d}" if i.published_at else None) for i in article.related]


@pytest.mark.parametrize("url", [GENERIC, ANSWERS])
@pytest.mark.parametrize("markup", CARDS)
def test_a_tag_that_occurs_once_is_no_part_of_the_snippet(markup: str, url: str) -> None:
    article = parse("".join(fill(CARDS[markup], number) for number in range(4)), url)
    assert found(article) == list(zip(TITLES, SNIPPETS, TAGS, DATES, strict=True))


@pytest.mark.parametrize("markup", UNDATED)
def test_a_card_without_a_date_keeps_its_tag_apart(markup: str) -> None:
    article = parse("".join(fill(UNDATED[markup], number) for number in range(4)), ANSWERS)
    assert found(article) == [(title, snippet, tag, None) for title, snippet, tag in zip(TITLES, SNIPPETS, TAGS, strict=True)]


@pytest.mark.parametrize("url", [GENERIC, ANSWERS])
@pytest.mark.parametrize("dated", [{0}, {3}, {0, 2}, {1, 2, 3}])
@pytest.mark.parametrize("markup", ["spans on a line", "classed divs", "bare divs"])
def test_cards_with_and_without_dates_stand_side_by_side(markup: str, dated: set[int], url: str) -> None:
    cards = "".join(fill(CARDS[markup].replace("{d}", "{d}" if number in dated else ""), number) for number in range(4))
    rows = zip(TITLES, SNIPPETS, TAGS, DATES, strict=True)
    assert found(parse(cards, url)) == [(t, s, g, d if n in dated else None) for n, (t, s, g, d) in enumerate(rows)]


@pytest.mark.parametrize("url", [GENERIC, ANSWERS])
def test_a_line_before_the_date_that_is_long_elsewhere_is_a_snippet(url: str) -> None:
    template = "<div><h4><a href='/n/{n}.html'>{t}</a></h4><p>{s}</p><p>{d}</p></div>"
    cards = "".join(fill(template, number) for number in range(4)).replace(SNIPPETS[1], "先问门诊").replace(SNIPPETS[2], "再打一张")
    snippets = (SNIPPETS[0], "先问门诊", "再打一张", SNIPPETS[3])
    assert [(snippet, tag) for _, snippet, tag, _ in found(parse(cards, url))] == [(snippet, None) for snippet in snippets]


@pytest.mark.parametrize("last", ["查看详情", "{n}人看过", "真的好用!"])
def test_buttons_counters_and_sentences_are_no_tags(last: str) -> None:
    template = UNDATED["divs"].replace("{g}", last)
    assert {tag for _, _, tag, _ in found(parse("".join(fill(template, number) for number in range(4)), ANSWERS))} == {None}


def test_a_saved_page_without_an_address_keeps_its_relative_links() -> None:
    links = "<li><a href='/n/2.html'>{}</a></li><li><a href='3.html#top'>{}</a></li><li><a href='/n/2.html'>{}</a></li>".format(*TITLES)
    nowhere = f"<li><a href='javascript:go(1)'>{TITLES[2]}</a></li><li><a href='#more'>{TITLES[3]}</a></li>"
    items = [(item.position, item.title, item.url) for item in parse(f"<ul>{links}{nowhere}</ul>", "file:page.html").related]
    assert items == [(1, TITLES[0], None), (2, TITLES[1], None)]
    assert [item.url for item in parse(f"<ul>{links}</ul>", GENERIC).related] == [
        "https://news.example.com/n/2.html", "https://news.example.com/n/3.html",
    ]  # fmt: skip
