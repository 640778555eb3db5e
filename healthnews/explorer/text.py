"""A topic page for a terminal: lines of plain text, and a trend drawn with block characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthnews.explorer.charts import Scale, find_scale
from healthnews.explorer.printable import day_text, printable, title_text
from healthnews.explorer.views import ContradictionView, SideView, StatementView, TopicView, Witness, has_trend
from healthnews.records import MonthCount

MAX_STATEMENTS = 5
"""Statements of each side; --html and --json show more."""
MAX_CONTRADICTIONS = 5
MAX_ARTICLES = 10
MAX_NAMES = 8
_LEVELS = "▁▂▃▄▅▆▇█"


def topic_lines(view: TopicView) -> Iterator[str]:
    """The page, line by line; a line that begins with `# ` is a heading, and no text of an article can begin one."""
    yield f"# {title_text(view.title)}{'  (contested)' if view.is_contested else ''}"
    yield f"{view.predicate}, release {view.release}"
    scale = find_scale([side.months for side in view.sides])
    for side in view.sides:
        yield ""
        counts = _counted(len(side.statements), "statement"), _counted(len(side.sources), "independent source")
        yield f"# {printable(side.side)}: {', '.join(counts)}"
        yield from _side_lines(side, scale)
    if scale.bins and not has_trend(view):
        yield ""
        yield "No trend can be told: reliable dates fall into fewer than three months."
    yield from _contradiction_lines(view)
    yield from _self_contradiction_lines(view)
    if view.related:
        yield ""
        yield f"Other questions of this topic: {_names([title_text(title) for title in view.related])}"


def _side_lines(side: SideView, scale: Scale) -> Iterator[str]:
    yield f"  sources   {_names([name or '(pages without a host)' for name in side.sources])}"
    yield f"  articles  {side.articles}{_dates_missing(side)}"
    if side.first_published_at:
        yield f"  dates     {day_text(side.first_published_at)} to {day_text(side.last_published_at)}"
    regions = [f"{printable(region.label)} {region.statements}" for region in side.regions if region.region]
    if regions:
        yield f"  regions   {_names(regions)}"
    if scale.bins:
        weak = "; o: dated only beside a related link" if side.weakly_dated else ""
        yield f"  by month  {_sparkline(side.months, scale)}  {scale.bins[0]} to {scale.bins[-1]}, at most {scale.peak}{weak}"
    for number, statement in enumerate(side.statements[:MAX_STATEMENTS], 1):
        yield f"  {number}. {printable(statement.witnesses[0].sentence)}"
        yield f"     {_place(statement.witnesses[0])}{_others(statement)}"
    if (more := len(side.statements) - MAX_STATEMENTS) > 0:
        yield f"  … and {_counted(more, 'statement')} more"


def _dates_missing(side: SideView) -> str:
    told = [f"{side.undated} undated"] if side.undated else []
    told += [f"{side.weakly_dated} dated only beside a related link"] if side.weakly_dated else []
    return f" ({', '.join(told)})" if told else ""


def _sparkline(months: Sequence[MonthCount], scale: Scale) -> str:
    """A character for each bin, as high as its statements; a dot for none, a lower-case o for what has only weak dates."""
    width = len(scale.bins[0])
    sure, weak = dict.fromkeys(scale.bins, 0), dict.fromkeys(scale.bins, 0)
    for count in months:
        name = (count.month or "")[:width]
        if name in sure:
            sure[name] += count.statements - count.weakly_dated
            weak[name] += count.weakly_dated
    return "".join(
        _LEVELS[round((sure[name] + weak[name]) / scale.peak * (len(_LEVELS) - 1))] if sure[name] else "o" if weak[name] else "·"
        for name in scale.bins
    )


def _place(witness: Witness) -> str:
    date = (day_text(witness.published_at) or "no date") + (" (beside a related link)" if witness.has_weak_date else "")
    parts = [title_text(witness.title), printable(witness.url or witness.article_id, 120), date, witness.regions, witness.scope]
    return " · ".join(printable(part, 120) for part in parts if part)


def _others(statement: StatementView) -> str:
    if statement.articles == 1:
        return ""
    return f" · {_counted(statement.articles, 'article')}, {_counted(len(statement.sources), 'independent source')}"


def _contradiction_lines(view: TopicView) -> Iterator[str]:
    if view.contradictions:
        yield ""
        yield f"# {_counted(len(view.contradictions), 'contradiction')}"
        for number, one in enumerate(view.contradictions[:MAX_CONTRADICTIONS], 1):
            yield f"  {number}. {one.type} {one.score:.2f} {one.contradiction_id}{' (accepted)' if one.status == 'accepted' else ''}"
            yield from _pair_lines(one)
            yield f"     {printable(one.reason)}"
        if (more := len(view.contradictions) - MAX_CONTRADICTIONS) > 0:
            yield f"  … and {more} more: healthnews contradictions --topic {printable(view.topic)}"


def _self_contradiction_lines(view: TopicView) -> Iterator[str]:
    if view.self_contradictions:
        yield ""
        count = len(view.self_contradictions)
        yield f"# {_counted(count, 'article')} that contradict{'s itself' if count == 1 else ' themselves'}"
        for one in view.self_contradictions[:MAX_ARTICLES]:
            copies = f" · and {_counted(len(one.copies), 'copy', 'copies')}" if one.copies else ""
            date = day_text(one.published_at) or "no date"
            yield f"  {title_text(one.title)} · {printable(one.url or one.article_id, 120)} · {date}{copies}"
            for pair in one.pairs[:MAX_CONTRADICTIONS]:
                yield from _pair_lines(pair, with_place=False)
        if (more := count - MAX_ARTICLES) > 0:
            yield f"  … and {_counted(more, 'article')} more"


def _pair_lines(one: ContradictionView, *, with_place: bool = True) -> Iterator[str]:
    for side, witness in ((one.a_side, one.a), (one.b_side, one.b)):
        yield f"     {printable(side)}: {printable(witness.sentence)}"
        if with_place:
            yield f"        {_place(witness)}"


def _counted(number: int, noun: str, plural: str | None = None) -> str:
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def _names(names: Sequence[str]) -> str:
    more = len(names) - MAX_NAMES
    return "、".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")
