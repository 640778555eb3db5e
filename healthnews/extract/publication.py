"""Which of a page's dates is the one of publication, with source, precision and confidence."""

import re
from collections.abc import Sequence, Set

from healthnews.extract.article import Dates
from healthnews.extract.blocks import Block, Flat, fold_text
from healthnews.extract.boilerplate import link_density
from healthnews.extract.dates import Dated, has_date, parse_date
from healthnews.extract.page import Page
from healthnews.extract.related import RelatedBlock

_JSON_PUBLISHED = re.compile(
    r"[\"'](?:datePublished|pubDate|publishDate|publish_time|pubtime|publishTime)[\"']\s*:\s*[\"']([^\"']{8,40})[\"']", re.I
)
_JSON_MODIFIED = re.compile(r"[\"'](?:dateModified|upDate)[\"']\s*:\s*[\"']([^\"']{8,40})[\"']")
_META_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "publishdate",
    "pubdate",
    "publish_date",
    "publish-date",
    "publication_date",
    "og:release_date",
    "weibo:article:create_at",
    "weibo: article:create_at",
    "bytedance:published_time",
    "article.created",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "firstpublishedtime",
    "parsely-pub-date",
    "sailthru.date",
    "date",
)
_META_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "lastmodified", "bytedance:updated_time")
_CUE = re.compile(r"发布|发表|时间|日期|更新|来源|來源|作者|编辑|浏览|点击|阅读|字号|发稿|刊登|posted|published|updated", re.I)
_PUBLISHED_CUE = re.compile(r"(?:发布|发表|发稿|刊发|上传|创建|添加|录入|成文|published|posted)\s*(?:时间|日期|于|on|at)?", re.I)
_NOT_PUBLISHED = re.compile(r"今天是|现在是|当前时间|北京时间|有效期|截止|注册时间|最后登录|copyright|©|版权", re.I)
_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)[-/_]?([01]\d)[-/_]?([0-3]\d)(?=[/_.\-]|\d{0,12}[/_.\-])")
_MAX_LINE = 200
_NEAR = 8
_TOLD, _META_DATE, _VISIBLE, _WEAK, _ADDRESS = 0.95, 0.9, 0.8, 0.5, 0.6


def find_dates(page: Page, flat: Flat, title_index: int | None, body: Sequence[int], related: Sequence[RelatedBlock]) -> Dates:
    """Dates of publication and change: from JSON-LD, else meta and time elements, else visible text, else the address.

    Visible dates count by their place and their words; those of link lists and running text do not.
    """
    scripts = _scripts(page)
    others = {i for block in related for i in range(block.start, block.end)}
    modified = _first(page, _JSON_MODIFIED.findall(scripts)) or _first(page, [page.metadata.get(name, "") for name in _META_MODIFIED])
    for source, confidence, texts in (
        ("json_ld", _TOLD, _JSON_PUBLISHED.findall(scripts)),
        ("meta", _META_DATE, [page.metadata.get(name, "") for name in _META_PUBLISHED]),
        ("meta", _META_DATE, _time_elements(page, flat, others)),
    ):
        if found := _first(page, texts):
            return _dates(found, source, confidence, modified)
    if visible := _visible_date(page, flat, title_index, body, others):
        return _dates(visible[0], "visible_text", visible[1], modified)
    if (named := _IN_ADDRESS.search(page.address or "")) and (found := parse_date("-".join(named.groups()), page.fetched_at)):
        return _dates(found, "url", _ADDRESS, modified)
    return Dates(modified_at=modified.moment if modified else None)


def _dates(found: Dated, source: str, confidence: float, modified: Dated | None) -> Dates:
    return Dates(
        published_at=found.moment,
        source=source,
        precision=found.precision,
        confidence=confidence,
        modified_at=modified.moment if modified else None,
    )


def _scripts(page: Page) -> str:
    return "\n".join(node.text() for node in page.dom.css('script[type="application/ld+json"]'))


def _first(page: Page, texts: Sequence[str]) -> Dated | None:
    return next((found for text in texts if text and (found := parse_date(text, page.fetched_at))), None)


def _time_elements(page: Page, flat: Flat, others: Set[int]) -> list[str]:
    """Dates of `time` elements that say they are the page's: marked so, or the only one; none that only related blocks show."""
    marked = page.dom.css("time[pubdate], time[itemprop=datePublished], [itemprop=datePublished][datetime], time.published")
    nodes = marked or page.dom.css("time[datetime]")
    if not marked and len(nodes) != 1:
        return []
    shown = fold_text(nodes[0].text()) if nodes else ""
    places = {i for i, block in enumerate(flat.blocks) if shown in block.text} if shown and others else set()
    if places and places <= others:
        return []
    return [node.attributes.get("datetime") or node.text() for node in nodes[:1]]


def _visible_date(page: Page, flat: Flat, title_index: int | None, body: Sequence[int], others: Set[int]) -> tuple[Dated, float] | None:
    best: tuple[float, int] | None = None
    for index, block in enumerate(flat.blocks):
        if index in others or len(block.text) > _MAX_LINE or not has_date(block.text) or _NOT_PUBLISHED.search(block.text):
            continue
        score = _score(block, index, title_index, body, _is_listed(flat.blocks, index))
        if score > 0 and (best is None or score > best[0]):
            best = (score, index)
    if best is None:
        return None
    text = flat.blocks[best[1]].text
    cue = _PUBLISHED_CUE.search(text)
    found = (parse_date(text[cue.end() :], page.fetched_at) if cue else None) or parse_date(text, page.fetched_at)
    return (found, _VISIBLE if best[0] >= 4 else _WEAK) if found else None


def _is_listed(blocks: Sequence[Block], index: int) -> bool:
    """Whether a date stands in a list of links: its line or a neighbour is a link and a neighbouring line is dated too."""
    if link_density(blocks[index]) > 0.4:
        return True
    around = [blocks[i] for i in range(max(0, index - 3), min(len(blocks), index + 4)) if i != index]
    return any(link_density(b) > 0.4 for b in around) and sum(has_date(b.text) for b in around if len(b.text) < _MAX_LINE) >= 1


def _score(block: Block, index: int, title_index: int | None, body: Sequence[int], listed: bool) -> float:
    first, last = body[0], body[-1]
    anchor = title_index if title_index is not None else max(0, first - _NEAR)
    score = -4.0 if listed else 0.0
    score += 2.0 if _CUE.search(block.text) else 0.0
    score += 2.0 if _PUBLISHED_CUE.search(block.text) else 0.0
    score += 1.0 if len(block.text) < 60 else -1.0
    if anchor < index < first or (index == first and len(block.text) < 60):
        score += 4.0
    elif anchor - _NEAR <= index <= anchor + _NEAR:
        score += 2.0
    elif first <= index <= last and body[min(3, len(body) - 1)] <= index <= body[max(-4, -len(body))]:
        score -= 3.0
    elif last - 3 <= index <= last + 6:
        score += 1.0
    else:
        score -= 1.0
    return score
