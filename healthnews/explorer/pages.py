"""Topic pages as HTML: one file each, without script, nothing loaded from elsewhere, every text escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from healthnews.explorer.charts import Scale, find_scale, month_chart
from healthnews.explorer.printable import cut_at_cue, day_text, link, month_label, printable, title_text
from healthnews.explorer.views import SideView, TopicView, Witness, has_trend
from healthnews.records import TopicRow

MAX_STATEMENTS = 60
"""Statements of each side on a page; what is left out is counted, and --json holds it."""
MAX_WITNESSES = 40
MAX_CONTRADICTIONS = 60
MAX_ARTICLES = 60
MAX_REGIONS = 60
MAX_SOURCES = 30
_ORIGINS = {"body": "正文", "title": "标题", "snippet": "推荐摘要"}
UNPUBLISHED = "unpublished"
"""Version of tables that no release holds yet."""
_NO_HOST = "无网址的文章"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """A question in the index.

    Attributes:
        href: Address of its page, relative to the index.
        rows: Its sides.
    """

    title: str
    href: str
    rows: tuple[TopicRow, ...]


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A region and, for each side that speaks of it, the side's place among the sides, its name and how many statements."""

    label: str
    sides: tuple[tuple[int, str, int], ...]


def topic_page(view: TopicView, index: str | None = None) -> str:
    """The page of a question.

    Args:
        view: What it shows.
        index: Address of the page that lists all topics, relative to this one.
    """
    scale = find_scale([side.months for side in view.sides])
    return environment().get_template("topic.html").render(
        view=view,
        index=index,
        title=title_text(view.title),
        charts=[_chart(side, scale) for side in view.sides],
        scale=scale,
        has_trend=has_trend(view),
        regions=find_regions(view.sides),
        most={
            "statements": MAX_STATEMENTS, "witnesses": MAX_WITNESSES, "contradictions": MAX_CONTRADICTIONS, "articles": MAX_ARTICLES,
            "regions": MAX_REGIONS, "sources": MAX_SOURCES,
        },
        **style(),
    )  # fmt: skip


def index_page(entries: Sequence[IndexEntry], release: str) -> str:
    """The page that lists the questions, in the order given, contested ones apart."""
    parts = [
        ("有争议的主题", [entry for entry in entries if entry.rows[0].is_contested]),
        ("有多种说法的主题", [entry for entry in entries if not entry.rows[0].is_contested]),
    ]
    return environment().get_template("index.html").render(title="主题", parts=parts, release=release, **style())


def find_regions(sides: Sequence[SideView]) -> list[RegionRow]:
    """For each region what the sides say of it, those with the most statements first, what names none last; nothing when none is named."""
    totals: dict[str | None, int] = {}
    found: dict[str | None, list[tuple[int, str, int]]] = {}
    labels: dict[str | None, str] = {}
    for number, side in enumerate(sides):
        for region in side.regions:
            totals[region.region] = totals.get(region.region, 0) + region.statements
            found.setdefault(region.region, []).append((number, side.side, region.statements))
            labels[region.region] = region.label
    if found.keys() <= {None}:
        return []
    ordered = sorted(found, key=lambda region: (region is None, -totals[region], region or ""))
    return [RegionRow(labels[region], tuple(found[region])) for region in ordered]


def _chart(side: SideView, scale: Scale) -> Markup:
    return month_chart(side.months, scale, f"“{printable(side.side, 40)}”一方各月的说法条数")


@cache
def environment() -> Environment:
    """Templates that escape everything; a name that is missing is an error, never an empty place."""
    environment = Environment(
        loader=PackageLoader("healthnews.explorer", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "printable": printable, "title_text": title_text, "link": link, "origin": _ORIGINS.get, "month_label": month_label, "day": day_text,
        "source": lambda name: printable(name, 80) or _NO_HOST, "cut": _cut, "release": _release,
    }  # fmt: skip
    return environment


def _release(version: str) -> str:
    return "尚未发布的数据" if version == UNPUBLISHED else f"发布版本 {printable(version, 40)} "


def _cut(witness: Witness) -> tuple[str, str, str]:
    return cut_at_cue(witness.sentence, witness.cue_start - witness.start, witness.cue_end - witness.start)


@cache
def style() -> dict[str, Markup]:
    """The style sheet and the policy that lets a browser load nothing but it."""
    style = resources.files("healthnews.explorer").joinpath("style.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "style": Markup(style),
        "policy": Markup(f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"),
    }
