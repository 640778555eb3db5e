"""Clusters of duplicates drawn on a terminal, the words in which texts differ marked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.text import Text

from healthnews.explorer.printable import printable, title_text
from healthnews.pipeline.copies import ClusterView, CopiesView, Evidence, Passage
from healthnews.records import ArticleRow
from healthnews.terminal import Output

_KIND_STYLE = {"exact": "bold green", "near": "bold yellow", "same_question": "bold blue", "template": "bold magenta"}
_A, _B = "red", "cyan"
_MAX_MEMBERS = 6
_MAX_DIFFERENCES = 3
_MAX_FILLERS = 12


def draw_copies(output: Output, view: CopiesView, limit: int) -> None:
    """Draw the largest clusters and the most alike variants.

    Args:
        output: Where to.
        view: What there is.
        limit: How many of each.
    """
    for cluster in view.clusters[:limit]:
        output.draw(_cluster_lines(cluster))
    if (more := len(view.clusters) - limit) > 0:
        output.note(f"… and {more} smaller clusters: --limit 0 draws all, --json prints them.")
    if view.variants:
        output.heading("Alike, but never merged: they say different things")
        output.draw([Text()])
    for found in view.variants[:limit]:
        output.draw(_variant_lines(found))
    if (more := len(view.variants) - limit) > 0:
        output.note(f"… and {more} more pairs of variants.")


def _cluster_lines(view: ClusterView) -> Iterator[Text]:
    cluster = view.cluster
    counts = f"{cluster.members} articles, {cluster.sources} {'publisher' if cluster.sources == 1 else 'publishers'}"
    yield Text.assemble(
        (cluster.kind, _KIND_STYLE[cluster.kind]), "  ", (title_text(cluster.title), "bold"), f"  {counts}  ", (cluster.cluster_id, "dim")
    )
    if cluster.kind == "template":
        yield from _family_lines(view)
    differing: dict[str, list[Evidence]] = defaultdict(list)
    for found in view.evidence:
        for key in {found.edge.a_article_id, found.edge.b_article_id} - {cluster.representative_id}:
            differing[key].append(found)
    for row, article in view.members[:_MAX_MEMBERS]:
        mark = "*" if row.article_id == cluster.representative_id else " "
        yield Text.assemble(f" {mark} {row.similarity:.2f}  ", _place(article), ("  " + row.reason, "dim"))
        if cluster.kind == "near" and row.similarity < 1:
            for found in differing[row.article_id][:1]:
                yield from _differences(found, "        ")
    if (more := len(view.members) - _MAX_MEMBERS) > 0:
        yield Text(f"   … and {more} more", "dim")
    yield Text()


def _family_lines(view: ClusterView) -> Iterator[Text]:
    fillers = sorted({row.filler for row, _ in view.members if row.filler})
    if view.cluster.frame:
        yield Text.assemble("   frame    ", (printable(view.cluster.frame), "bold"))
    shown = "、".join(printable(filler, 20) for filler in fillers[:_MAX_FILLERS])
    more = f" and {len(fillers) - _MAX_FILLERS} more" if len(fillers) > _MAX_FILLERS else ""
    yield Text.assemble("   fillers  ", (shown, _B), more)


def _variant_lines(found: Evidence) -> Iterator[Text]:
    yield Text.assemble((found.edge.rule, "bold red"), f"  {found.edge.similarity:.2f}  ", (found.edge.edge_id, "dim"))
    yield Text.assemble(" ", ("A", f"bold {_A}"), " ", title_text(found.a.title), "  ", _place(found.a))
    yield Text.assemble(" ", ("B", f"bold {_B}"), " ", title_text(found.b.title), "  ", _place(found.b))
    yield from _differences(found, "   ")
    yield Text()


def _differences(found: Evidence, indent: str) -> Iterator[Text]:
    for one in found.differences[:_MAX_DIFFERENCES]:
        yield Text.assemble(indent, (f"{one.kind}  ", "dim"), _marked(one.a, _A), ("  |  ", "dim"), _marked(one.b, _B))
    if (more := len(found.differences) - _MAX_DIFFERENCES) > 0:
        yield Text(f"{indent}… and {more} more differences", "dim")


def _marked(passage: Passage, colour: str) -> Text:
    """A passage on one line, its own words marked; where there are none, the place."""
    words = printable(passage.words) or "∅"
    return Text.assemble((printable(passage.before), "dim"), (words, f"bold underline {colour}"), (printable(passage.behind), "dim"))


def _place(article: ArticleRow) -> Text:
    day = article.published_at.date().isoformat() if article.published_at else "undated"
    words: Sequence[str] = (day, printable(article.url or "no address", 80), article.article_id)
    return Text(" · ".join(words), "dim")
