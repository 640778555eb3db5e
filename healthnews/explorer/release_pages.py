"""Pages about releases: what is in one, what the gates found, and which there are. One file each, without script."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from healthnews.explorer.bars import month_columns, name_bars, spark_line
from healthnews.explorer.pages import environment, style
from healthnews.explorer.printable import printable
from healthnews.explorer.timeline import timeline

MAX_ISSUES = 200
_KINDS = {"exact": "完全相同", "near": "大体相同", "same_question": "同一问题", "template": "同一模板"}
_STATUS = {"published": "已发布", "refused": "未通过检查", "failed": "出错中止", "interrupted": "中断"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file of a release."""

    path: str
    bytes: int
    sha256: str
    rows: int | None = None
    described: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table."""

    name: str
    type: str
    is_key: bool
    is_nullable: bool
    described: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A contradiction as the dataset has it: both sentences, each with its address."""

    topic: str
    a_sentence: str
    a_url: str | None
    b_sentence: str
    b_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """What the page of a release shows.

    Attributes:
        manifest: The release's.
        months: Articles by month, a count for each of `hosts`, oldest first, without a gap.
        hosts: The hosts with most articles, the last standing for all others when there are more.
        undated: Articles without a date.
        clusters: Clusters by kind.
        flagged: Contradictions that a reader should look at: flagged or accepted ones.
        topics: Topics with most flagged contradictions, and how many.
        examples: The surest contradictions, each of another topic.
        tables: The tables as files.
        files: The other files.
        dictionary: Columns by table.
        one_liners: How a table is opened, by tool.
        description: The schema.org description.
        reported: Issues that the gates reported.
    """

    manifest: Mapping[str, Any]
    months: Sequence[tuple[str, Sequence[int]]]
    hosts: Sequence[str]
    undated: int
    clusters: Sequence[tuple[str, int]]
    flagged: int
    topics: Sequence[tuple[str, int]]
    examples: Sequence[Example]
    tables: Sequence[Download]
    files: Sequence[Download]
    dictionary: Mapping[str, Sequence[Column]]
    one_liners: Mapping[str, str]
    description: Mapping[str, Any]
    reported: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityView:
    """What the page of the gates shows.

    Attributes:
        version: Of the release or of the attempt that was refused.
        is_refused: Whether it was.
        accepted: Why figures may differ from those before; None when nobody had to say so.
        issues: What was found, as JSON objects.
        versions: The releases whose figures stand beside each other, oldest first; the last is this one.
        profiles: Their figures.
    """

    version: str
    is_refused: bool
    accepted: str | None
    issues: Sequence[Mapping[str, Any]]
    versions: Sequence[str]
    profiles: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure through the releases: its name, the newest value, the one before, and a line of all."""

    name: str
    now: str
    before: str
    line: Markup


def release_page(view: ReleaseView) -> str:
    """The page of a release."""
    kinds = [(_KINDS.get(kind, kind), count) for kind, count in view.clusters]
    times, hosts = timeline(view.months), [host or "无网址" for host in view.hosts]
    unit = "年" if times.is_yearly else "月"
    return environment().get_template("release.html").render(
        view=view,
        manifest=view.manifest,
        title=f"数据集 {printable(view.manifest['version'], 40)}",
        hosts=hosts,
        times=times,
        unit=unit,
        months=month_columns(times.columns, hosts, f"各{unit}文章数的柱状图\uff0c按网站分色\uff1b数字见下表"),
        clusters=name_bars(kinds, "各类重复组数目的条形图\uff1b数字见下表"),
        topics=name_bars(view.topics, "矛盾最多的主题的条形图\uff1b数字见下表"),
        kinds=kinds,
        # A block of data, which no browser runs; only < could end it.
        description=Markup(json.dumps(view.description, ensure_ascii=False).replace("<", "\\u003c")),
        **style(),
    )  # fmt: skip


def quality_page(view: QualityView) -> str:
    """The page of what the gates found, with the figures and how they went."""
    figures = {
        "行数": [_count_figure(name, [_rows(profile, name) for profile in view.profiles]) for name in _names(view, "tables")],
        "有值的比例": [
            _share_figure(f"{table}.{column}", [_fill(profile, table, column) for profile in view.profiles])
            for table in _names(view, "tables")
            for column in (view.profiles[-1]["tables"][table]["fill"] if view.profiles else ())
        ],
    }
    shares = {name: rows for name in _names(view, "mix") if (rows := _mix_figures(view, name))}
    return (
        environment()
        .get_template("quality.html")
        .render(view=view, title=f"质量检查 {printable(view.version, 40)}", figures=figures, shares=shares, most=MAX_ISSUES, **style())
    )


def _names(view: QualityView, part: str) -> list[str]:
    return list(view.profiles[-1].get(part, {})) if view.profiles else []


def _rows(profile: Mapping[str, Any], table: str) -> int | None:
    found = profile["tables"].get(table)
    return None if found is None else found["rows"]


def _fill(profile: Mapping[str, Any], table: str, column: str) -> float | None:
    found: float | None = profile["tables"].get(table, {}).get("fill", {}).get(column)
    return found


def _mix_figures(view: QualityView, name: str, most: int = 12) -> list[Figure]:
    """Shares of the most frequent values of a column."""
    values = list(view.profiles[-1]["mix"][name])[:most]
    rows = []
    for value in values:
        shares = []
        for profile in view.profiles:
            counts = profile.get("mix", {}).get(name, {})
            shares.append(counts.get(value, 0) / sum(counts.values()) if counts else None)
        rows.append(_share_figure(value or "\uff08无\uff09", shares))
    return rows


def _count_figure(name: str, values: Sequence[int | None]) -> Figure:
    return _figure(name, values, lambda value: f"{value:,.0f}")


def _share_figure(name: str, values: Sequence[float | None]) -> Figure:
    return _figure(name, values, lambda value: f"{value:.1%}")


def _figure(name: str, values: Sequence[float | None], shown: Any) -> Figure:
    known = [value for value in values if value is not None]
    before = shown(known[-2]) if len(known) > 1 else ""
    words = printable(name, 60)
    return Figure(words, shown(known[-1]) if known else "", before, spark_line(known, f"{words} 的变化"))


def releases_page(entries: Sequence[Mapping[str, Any]]) -> str:
    """The page that lists the attempts, newest first, as versions.json has them."""
    newest = next((entry["version"] for entry in entries if entry["status"] == "published"), None)
    return environment().get_template("releases.html").render(title="数据集各版", entries=entries, newest=newest, status=_STATUS, **style())
