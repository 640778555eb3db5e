"""The command that shows duplicates: clusters with their evidence, template families, variants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from healthnews.cli.options import Data, Json, Quiet, ReleaseName, app, dataset_of, open_output
from healthnews.errors import UsageError

if TYPE_CHECKING:
    from healthnews.pipeline.copies import CopiesView
    from healthnews.pipeline.queries import Dataset
    from healthnews.terminal import Output

_SHOWN = 20


@app.command()
def duplicates(
    article: Annotated[str | None, typer.Option("--article", metavar="ID", help="Only the clusters and variants of this article.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help="Only exact, near, same_question, template or variant; may be repeated."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="Draw N clusters and N variants on a terminal; 0 draws all.")] = _SHOWN,
    changes: Annotated[
        bool, typer.Option("--changes", help="Show instead which clusters were merged, split, renamed or dissolved, the newest first.")
    ] = False,
    release: ReleaseName = None,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Clusters of copies, the largest first, each with what its members differ in; and pairs that are alike but say different things.

    Kinds: exact (equal text, marks and spaces aside), near (one text with edits), same_question (one question, whatever the answers),
    template (one frame, another place or thing filled in), variant (alike, but a number, a negator, a date, a place or an insurance type
    differs: never merged). Nothing is removed from the dataset.
    """
    from healthnews.pipeline.copies import KINDS, member_objects, read_copies

    if unknown := sorted(set(kind or ()) - set(KINDS)):
        raise UsageError(f"no kind {unknown[0]!r}; there are {', '.join(KINDS)}")
    output, dataset = open_output(as_json, quiet), dataset_of(data, release)
    if changes:
        _print_changes(output, dataset)
        return
    view = read_copies(dataset, article=article, kinds=kind or KINDS)
    if output.as_json:
        output.objects(member_objects(view))
    elif output.is_terminal:
        from healthnews.cli.copies_report import draw_copies

        draw_copies(output, view, limit or max(len(view.clusters), len(view.variants)))
    else:
        _print_rows(output, view)
    output.note(f"{len(view.clusters)} clusters, {len(view.variants)} pairs of variants.")


def _print_changes(output: Output, dataset: Dataset) -> None:
    rows = dataset.cluster_changes()
    header = ("changed_at", "cluster_id", "kind", "change", "other_ids")
    output.table(header, ((f"{r.changed_at:%Y-%m-%d %H:%M}", r.cluster_id, r.kind, r.change, " ".join(r.other_ids)) for r in rows))
    output.note(f"{len(rows)} changes since data/work was made.")


def _print_rows(output: Output, view: CopiesView) -> None:
    header = ("cluster_id", "kind", "article_id", "title", "representative_id", "similarity", "reason")
    output.table(header, _rows(view))


def _rows(view: CopiesView) -> Iterable[tuple[str, ...]]:
    """A line for each member, and one for each side of a pair of variants, which stands for itself."""
    for cluster in view.clusters:
        for row, article in cluster.members:
            yield (
                row.cluster_id, row.kind, row.article_id, article.title, row.representative_id, f"{row.similarity:.2f}", row.reason,
            )  # fmt: skip
    for found in view.variants:
        words = "; ".join(f"{one.kind}: {one.a.words or '-'} / {one.b.words or '-'}" for one in found.differences)
        for own, other in ((found.a, found.b), (found.b, found.a)):
            reason = f"{found.edge.rule}, unlike {other.article_id}: {words}"
            yield found.edge.edge_id, "variant", own.article_id, own.title, own.article_id, f"{found.edge.similarity:.2f}", reason
