"""A text dump's page written in many markups: the site's order of parts is certain, its elements are not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pytest

from tests.claims_seeds import SEEDS

URL = "https://m.jiusongjiankang.com/health/news/900001.html"


@dataclass(frozen=True)
class Item:
    title: str
    snippet: str
    tag: str
    date: str
    href: str

    @property
    def url(self) -> str:
        return f"https://m.jiusongjiankang.com{self.href}"


@dataclass(frozen=True)
class Dump:
    """A dump split by its blank lines alone, with no code of the project."""

    title: str
    lines: tuple[str, ...]
    disclaimer: str
    items: tuple[Item, ...]

    @property
    def body(self) -> str:
        return "\n".join(line.strip() for line in self.lines)


def read_dump(text: str) -> Dump:
    answer, _, related = text.partition("\n相关推荐\n")
    title, *lines = [line.rstrip() for line in answer.split("\n") if line.strip()]
    entries = [line.strip() for line in related.split("\n") if line.strip()]
    items = []
    for number, (name, snippet, last) in enumerate(zip(entries[::3], entries[1::3], entries[2::3], strict=True)):
        tag, date = last.split()
        items.append(Item(name, " ".join(snippet.split()), tag, date, f"/health/news/{4000 + number}.html"))
    return Dump(title, tuple(lines[:-1]), lines[-1], tuple(items))


def seed_paths() -> list[Path]:
    return sorted(SEEDS.glob("*.txt"))


def require_seeds() -> list[Path]:
    paths = seed_paths()
    if not paths:
        pytest.skip("the seed pages lie beside the repository (shared/seeds) and are absent here")
    return paths


def _paragraphs(dump: Dump, template: str = "<p>{}</p>") -> str:
    return "\n".join(template.format(escape(line.strip())) for line in dump.lines)


def with_classes(dump: Dump) -> str:
    cards = "".join(
        f'<li class="item"><a class="t" href="{i.href}">{escape(i.title)}</a><p class="desc">{escape(i.snippet)}</p>'
        f'<div class="info"><span class="tag">{i.tag}</span> <span class="date">{i.date}</span></div></li>'
        for i in dump.items
    )
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{escape(dump.title)}_九松健康</title></head><body>"
        f'<header class="top"><a href="/">首页</a><a href="/health/">健康</a></header>'
        f'<div class="article"><h1 class="title">{escape(dump.title)}</h1>'
        f'<div class="content">{_paragraphs(dump)}</div><div class="tips">{dump.disclaimer}</div></div>'
        f'<div class="related"><h3>相关推荐</h3><ul>{cards}</ul></div><footer>版权所有 备案号</footer></body></html>'
    )


def without_classes(dump: Dump) -> str:
    cards = "".join(
        f'<a href="{i.href}"><h4>{escape(i.title)}</h4><p>{escape(i.snippet)}</p><p>{i.tag} {i.date}</p></a>' for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><h1>{escape(dump.title)}</h1>{_paragraphs(dump)}"
        f"<p>{dump.disclaimer}</p><h2>相关推荐</h2>{cards}</body></html>"
    )


def layout_tables(dump: Dump) -> str:
    rows = "".join(
        f"<tr><td><a href='{i.href}'><b>{escape(i.title)}</b></a></td></tr><tr><td>{escape(i.snippet)}</td></tr>"
        f"<tr><td><font color=gray>{i.tag}&nbsp;{i.date}</font></td></tr>"
        for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)} - 九松健康</title></head><body><table width=960><tr><td>"
        f"<table><tr><td><h1>{escape(dump.title)}</h1>"
        f"</td></tr><tr><td>{_paragraphs(dump, '{}<br>')}</td></tr><tr><td>{dump.disclaimer}</td></tr></table></td></tr>"
        f"<tr><td>相关推荐</td></tr><tr><td><table>{rows}</table></td></tr></table></body></html>"
    )


def data_rows(dump: Dump) -> str:
    rows = "".join(
        f"<tr><td><a href='{i.href}'>{escape(i.title)}</a></td><td>{escape(i.snippet)}</td><td>{i.tag}</td><td>{i.date}</td></tr>"
        for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><h1>{escape(dump.title)}</h1><div>{_paragraphs(dump)}</div>"
        f"<div>{dump.disclaimer}</div><p>相关推荐:</p><table>{rows}</table></body></html>"
    )


def nested_divs(dump: Dump) -> str:
    cards = "".join(
        f"<div><div><div><a href='{i.href}'>{escape(i.title)}</a></div></div><div><div>{escape(i.snippet)}</div></div>"
        f"<div><div><div>{i.tag}</div><div>{i.date}</div></div></div></div>"
        for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><div><div><div><div><div>{escape(dump.title)}</div></div><div><div>"
        f"{_paragraphs(dump, '<div><div>{}</div></div>')}</div></div><div><div>{dump.disclaimer}</div></div></div>"
        f"<div><div><div>相关推荐</div></div><div>{cards}</div></div></div></div></body></html>"
    )


def definition_list(dump: Dump) -> str:
    cards = "".join(
        f"<dt><a href='{i.href}'>{escape(i.title)}</a></dt><dd>{escape(i.snippet)}</dd><dd>{i.tag}  {i.date}</dd>" for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><section>"
        f"<h1>{escape(dump.title)}</h1><section>{_paragraphs(dump)}</section>"
        f"<small>{dump.disclaimer}</small></section><section><strong>相关推荐</strong><dl>{cards}</dl></section></body></html>"
    )


def related_before_body(dump: Dump) -> str:
    cards = "".join(
        f"<li><a href='{i.href}'>{escape(i.title)}</a><div>{escape(i.snippet)}</div><div>{i.tag} {i.date}</div></li>" for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><nav><a href='/'>首页</a></nav>"
        f"<aside><h3>相关推荐</h3><ul>{cards}</ul></aside>"
        f"<main><h1>{escape(dump.title)}</h1>{_paragraphs(dump)}<div>{dump.disclaimer}</div></main></body></html>"
    )


def related_inside_article(dump: Dump) -> str:
    cards = "".join(
        f'<a class="card" href="{i.href}"><span>{escape(i.title)}</span>'
        f"<span>{escape(i.snippet)}</span><em>{i.tag}</em><time>{i.date}</time></a>"
        for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}|九松健康</title></head><body>"
        f"<article><header><h1>{escape(dump.title)}</h1></header>{_paragraphs(dump)}"
        f"<blockquote>{dump.disclaimer}</blockquote><div><b>相关推荐</b></div>"
        f"<div>{cards.replace('</a>', '</a><br>')}</div></article></body></html>"
    )


def minimal(dump: Dump) -> str:
    cards = "<br>".join(f"<a href={i.href}>{escape(i.title)}</a><br>{escape(i.snippet)}<br>{i.tag} {i.date}" for i in dump.items)
    return f"{escape(dump.title)}<br>{_paragraphs(dump, '{}<br>')}{dump.disclaimer}<br>相关推荐<br>{cards}"


def title_between(dump: Dump) -> str:
    cards = "".join(
        f"<section><h3><a href='{i.href}'>{escape(i.title)}</a></h3>"
        f"<p>{escape(i.snippet)}</p><footer-line>{i.tag} {i.date}</footer-line></section>"
        for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><h1>{escape(dump.title)}</h1><div><p>相关推荐</p>{cards}</div>"
        f"<div>{_paragraphs(dump)}</div><p>{dump.disclaimer}</p></body></html>"
    )


def real_lists(dump: Dump) -> str:
    """Numbers and bullets come from `ol` and `ul`; headings 一、 are `h2`; run-in headings are bold."""
    html: list[str] = []
    depth: list[str] = []
    for raw in dump.lines:
        text, indent = raw.strip(), (len(raw) - len(raw.lstrip())) // 2
        marker = re.match(r"(?:(\d+)\.|•) ", text)
        wanted = indent if marker else indent - 1
        while len(depth) > max(wanted, 0):
            html.append(f"</li></{depth.pop()}>")
        if marker:
            kind = "ol" if marker[1] else "ul"
            if len(depth) == wanted and depth:
                html.append("</li>" if depth[-1] == kind else f"</li></{depth.pop()}>")
            while len(depth) < wanted:
                depth.append(kind)
                html.append(f"<{kind} start={marker[1]}>" if marker[1] else "<ul>")
            head, colon, rest = text[marker.end() :].partition(" :")
            html.append(f"<li><p><strong>{escape(head)}</strong>{colon}{escape(rest)}</p>")
        else:
            element = "h2" if re.match("[一二三四五六七八九十]、", text) else "p"
            html.append(f"<{element}>{escape(text)}</{element}>")
    html += [f"</li></{kind}>" for kind in reversed(depth)]
    cards = "".join(
        f"<li><p><a href='{i.href}'>{escape(i.title)}</a></p><p>{escape(i.snippet)}</p><p>{i.tag}\n{i.date}</p></li>" for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><h1>{escape(dump.title)}</h1>"
        f"<article>{''.join(html)}</article>"
        f"<p>{dump.disclaimer}</p><p>相关推荐</p><ol style='list-style:none'>{cards}</ol></body></html>"
    )


def list_before_disclaimer(dump: Dump) -> str:
    cards = "".join(
        f"<li><a href='{i.href}'>{escape(i.title)}</a><p>{escape(i.snippet)}</p><span>{i.tag}</span> <span>{i.date}</span></li>"
        for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><article><h1>{escape(dump.title)}</h1>{_paragraphs(dump)}"
        f"<h3>相关推荐</h3><ul>{cards}</ul><p>{dump.disclaimer}</p></article></body></html>"
    )


def grid_with_images(dump: Dump) -> str:
    cards = "".join(
        f'<div class="col-4"><div class="card"><a href="{i.href}"><img src="/img/{n}.jpg" alt="{escape(i.title)}"></a>'
        '<div class="card-body">'
        f'<h5 class="card-title"><a href="{i.href}">{escape(i.title)}</a></h5><p class="card-text">{escape(i.snippet)}</p>'
        f'<small>{i.tag}</small><small class="muted">{i.date}</small></div></div></div>'
        for n, i in enumerate(dump.items)
    )
    return (
        f"<html><head><title>{escape(dump.title)}-九松健康</title></head><body><div class='container'><div class='row'>"
        f"<div class='col-12'><h1>{escape(dump.title)}</h1>"
        f"<div class='rich-text'>{_paragraphs(dump)}</div><p class='note'>{dump.disclaimer}</p></div></div>"
        f"<h4>相关推荐</h4><div class='row'>{cards}</div></div></body></html>"
    )


def one_division(dump: Dump) -> str:
    cards = "<br>".join(f"<a href='{i.href}'>{escape(i.title)}</a><br>{escape(i.snippet)}<br>{i.tag} {i.date}" for i in dump.items)
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><div><b>{escape(dump.title)}</b><br><br>"
        f"{_paragraphs(dump, '{}<br><br>')}{dump.disclaimer}<br><br><b>相关推荐</b><br>{cards}</div></body></html>"
    )


def sections_of_articles(dump: Dump) -> str:
    cards = "".join(
        f"<article><header><h3><a href='{i.href}'>{escape(i.title)}</a></h3></header><p>{escape(i.snippet)}</p>"
        f"<footer><span>{i.tag}</span><time datetime='{i.date}'>{i.date}</time></footer></article>"
        for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><main><article><h1>{escape(dump.title)}</h1>{_paragraphs(dump)}"
        f"<aside>{dump.disclaimer}</aside></article><section><h2>相关推荐</h2>{cards}</section></main></body></html>"
    )


def custom_elements(dump: Dump) -> str:
    cards = "".join(
        f"<x-card><a href='{i.href}'><x-title>{escape(i.title)}</x-title></a><x-text>{escape(i.snippet)}</x-text>"
        f"<x-tag>{i.tag}</x-tag><x-date>{i.date}</x-date></x-card>"
        for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><x-page>"
        f"<h1>{escape(dump.title)}</h1><x-body>{_paragraphs(dump)}</x-body>"
        f"<p>{dump.disclaimer}</p><x-related><h2>相关推荐</h2>{''.join(f'<div>{card}</div>' for card in cards.split('</x-card>') if card)}"
        "</x-related></x-page></body></html>"
    )


def bare_heading(dump: Dump) -> str:
    """The heading is a text between elements."""
    cards = "".join(
        f"<p><a href='{i.href}'>{escape(i.title)}</a></p><p>{escape(i.snippet)}</p><p>{i.tag}&nbsp;&nbsp;{i.date}</p>" for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><div id='main'><h2>{escape(dump.title)}</h2>{_paragraphs(dump)}"
        f"<p>{dump.disclaimer}</p>相关推荐{cards}</div></body></html>"
    )


def heading_in_cell(dump: Dump) -> str:
    rows = "".join(
        f"<tr><td><a href='{i.href}'>{escape(i.title)}</a><br>{escape(i.snippet)}<br>{i.tag} {i.date}</td></tr>" for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><table><tr><td>{escape(dump.title)}</td></tr>"
        f"<tr><td>{_paragraphs(dump)}</td></tr><tr><td>{dump.disclaimer}</td></tr></table>"
        f"<table><tr><td><strong>相关推荐</strong></td></tr>{rows}</table></body></html>"
    )


def wrapping_links(dump: Dump) -> str:
    cards = "".join(
        f"<li><a href='{i.href}'><div><div>{escape(i.title)}</div><div>{escape(i.snippet)}</div></div><div>{i.tag} {i.date}</div></a></li>"
        for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><div>"
        f"<h1>{escape(dump.title)}</h1>{_paragraphs(dump, '<div>{}</div>')}"
        f"<div>{dump.disclaimer}</div></div><div><h3>相关推荐</h3><ul>{cards}</ul></div></body></html>"
    )


def aria_roles(dump: Dump) -> str:
    cards = "".join(
        f"<div role='listitem'><div role='heading' aria-level='3'>"
        f"<a href='{i.href}'>{escape(i.title)}</a></div><div>{escape(i.snippet)}</div>"
        f"<div role='note'><span>{i.tag}</span> <span>{i.date}</span></div></div>"
        for i in dump.items
    )
    return (
        f"<html><head><title>{escape(dump.title)}</title></head><body><div role='main'>"
        f"<div role='heading' aria-level='1'>{escape(dump.title)}</div>"
        f"<div role='article'>{_paragraphs(dump, '<div>{}</div>')}</div><div role='note'>{dump.disclaimer}</div></div>"
        f"<div role='complementary'><div role='heading' aria-level='2'>相关推荐</div><div role='list'>{cards}</div></div></body></html>"
    )


MARKUPS: dict[str, Callable[[Dump], str]] = {
    render.__name__: render
    for render in (
        with_classes,
        without_classes,
        layout_tables,
        data_rows,
        nested_divs,
        definition_list,
        related_before_body,
        related_inside_article,
        minimal,
        title_between,
        real_lists,
        list_before_disclaimer,
        grid_with_images,
        one_division,
        sections_of_articles,
        custom_elements,
        bare_heading,
        heading_in_cell,
        wrapping_links,
        aria_roles,
    )
}
