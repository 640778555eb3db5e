"""CHANGELOG.md of a release: what changed since the one before, in words, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

MAX_LISTED = 100
"""Entries of a list; the rest are counted, and delta.parquet has them all."""
_MAX_SENTENCE = 200
_REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "rejected": ("有人判定不矛盾", "a person rejected it"),
        "suppressed": ("所属规则多次被判错\uff0c已停用", "people refuted its rule"),
        "possible": ("评分降到阈值以下", "its score fell below the threshold"),
        "scope_difference": ("适用范围不同", "the scopes are told apart now"),
        "judgement_withdrawn": ("原判定为矛盾的人撤回了判定", "who had accepted it took that back"),
        "article_gone": ("文章已不在数据集中", "an article is gone from the dataset"),
        "article_changed": ("文章已改动\uff0c不再有这句话", "an article was changed and does not say it any more"),
        "not_read": ("该句不再被读作说法", "a sentence is not read as a claim any more"),
        "no_clash": ("按现行规则不再判为矛盾", "today's rules find no clash"),
    }
)


class Gone(Protocol):
    """A contradiction that is shown no longer."""

    @property
    def row(self) -> dict[str, Any]:
        """Its row in the release before."""

    @property
    def reason(self) -> str:
        """One of the reasons above."""

    @property
    def detail(self) -> str | None:
        """The article that it is about."""


class News(Protocol):
    """What `healthnews.dataset.news` finds."""

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by table and change."""

    @property
    def contradictions(self) -> Sequence[dict[str, Any]]:
        """New ones."""

    @property
    def gone(self) -> Sequence[Gone]:
        """Those shown no longer."""

    @property
    def articles(self) -> Sequence[dict[str, Any]]:
        """Changed ones, with `columns`."""

    @property
    def added(self) -> int:
        """New articles."""

    @property
    def deleted(self) -> Sequence[dict[str, Any]]:
        """Articles that are gone."""


def changelog(news: News, version: str, previous: str) -> str:
    """The change log of a release that has one before it."""
    lines = [f"# {version}", "", f"与上一版 `{previous}` 相比。Since `{previous}`.", ""]
    lines += ["| table | added | changed | deleted |", "|---|---:|---:|---:|"]
    lines += [f"| `{table}` | {c.get('ADD', 0):,} | {c.get('MOD', 0):,} | {c.get('DEL', 0):,} |" for table, c in news.counts.items()]
    if not news.counts:
        lines = [*lines[:4], "各表无变化。No table changed.", ""]
    sections = (
        ("新增矛盾 New contradictions", list(map(_pair, news.contradictions))),
        ("不再列出的矛盾 Contradictions gone", [_gone(gone) for gone in news.gone]),
        ("内容有变的文章 Changed articles", [_article(row) for row in news.articles]),
        ("已移除的文章 Articles gone", [_article(row) for row in news.deleted]),
    )
    for heading, entries in sections:
        lines += _section(heading, entries)
    if news.added:
        lines += ["", f"新增文章 {news.added:,} 篇。{news.added:,} new articles."]
    return "\n".join([*lines, ""])


def first_changelog(version: str) -> str:
    """That of the first release."""
    return f"# {version}\n\n第一版。The first release.\n"


def _section(heading: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        yield from ("", f"## {heading} ({len(entries):,})", "", *entries[:MAX_LISTED])
        if (more := len(entries) - MAX_LISTED) > 0:
            yield f"- … 另有 {more:,} 条\uff0c见 delta.parquet。And {more:,} more."


def _pair(row: Mapping[str, Any]) -> str:
    return f"- **{_words(row['topic'])}** ({row['type']}, {row['score']:.2f}) `{row['contradiction_id']}`\n{_sentences(row)}"


def _sentences(row: Mapping[str, Any]) -> str:
    sides = (("A", row["a_sentence"], row["a_url"]), ("B", row["b_sentence"], row["b_url"]))
    return "\n".join(f"  - {side}: “{_words(sentence)}”{f' <{url}>' if _is_plain(url) else ''}" for side, sentence, url in sides)


def _gone(gone: Gone) -> str:
    chinese, english = _REASONS[gone.reason]
    about = f" `{gone.detail}`" if gone.detail else ""
    return f"- **{_words(gone.row['topic'])}** `{gone.row['contradiction_id']}`: {chinese} · {english}{about}\n{_sentences(gone.row)}"


def _article(row: Mapping[str, Any]) -> str:
    columns = ", ".join("body" if column == "body_sha256" else column for column in row.get("columns", ()))
    address = f" <{row['url']}>" if _is_plain(row["url"]) else ""
    return f"- {_words(row['title'])} `{row['article_id']}`{address}{f': {columns}' if columns else ''}"


def _words(text: str) -> str:
    """A text of a page on one line, none of it Markdown or HTML."""
    shown = " ".join(text.split())
    shown = shown if len(shown) <= _MAX_SENTENCE else f"{shown[: _MAX_SENTENCE - 1]}…"
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|!&" else letter for letter in shown)


def _is_plain(url: str | None) -> bool:
    """Whether an address can stand between angle brackets."""
    return url is not None and url.startswith(("http://", "https://")) and not any(letter in "<> \n" for letter in url)
