"""What the demonstration tells a newcomer: what came in, what repeats, what contradicts, what was refused, where it lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from healthnews.dataset.exports import contradiction_object
from healthnews.pipeline.queries import Dataset
from healthnews.records import ArticleRow, CaptureRow, DuplicateRow

if TYPE_CHECKING:
    from healthnews.flows.demo import Demonstration
    from healthnews.pipeline.folder import DataFolder
    from healthnews.terminal import Output

_KINDS = {"exact": "exact copy", "near": "near copy", "same_question": "same question", "template": "template family"}

_ROBOTS = "/robots.txt"


def report_demo(shown: Demonstration, folder: DataFolder, output: Output, seconds: float) -> None:
    """Print it; with --json the counts and the contradictions as one object."""
    dataset = Dataset(folder)
    claims, titles = dataset.claims(), dataset.titles()
    found = [contradiction_object(row, claims, titles) for row in dataset.contradictions()]
    counts = _counts(dataset) | {"new": shown.is_new, "seconds": round(seconds, 1), "release": dataset.version}
    if output.as_json:
        output.objects([counts | {"contradictions": found, "data": str(folder.root)}])
    elif not shown.is_new:
        same = f"Nothing changed: all {counts['pages']} pages of {shown.origin} are as they were ({seconds:.1f} s)."
        output.say([same, f"Release {dataset.version} stays.", "", *_next_steps(folder, dataset)])
    else:
        output.say([*_arrivals(shown, dataset, counts), *_copies(dataset, titles)])
        _draw_contradictions(found, counts, output)
        output.say([*_refusals(dataset), *_next_steps(folder, dataset), "", f"It took {seconds:.0f} s."])


def _draw_contradictions(found: Sequence[dict[str, Any]], counts: dict[str, Any], output: Output) -> None:
    """Every pair, topic by topic, the surest first; the site is always the same, so paths do."""
    topics: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        sides = {name: one[name] | {"url": urlsplit(one[name]["url"]).path} for name in ("a", "b")}
        topics.setdefault(one["topic"], []).append(one | sides)
    output.heading(f"Contradictions: {len(found)} pairs of sentences on {len(topics)} topics that cannot both be true")
    output.say([""])
    for number, one in enumerate((one for pairs in topics.values() for one in pairs), 1):
        output.contradiction(number, one)
    output.say([f"  {counts['scope_differences']} more pairs differ only in scope (region, year, insurance): no contradictions.", ""])


def _counts(dataset: Dataset) -> dict[str, Any]:
    articles: Sequence[ArticleRow] = dataset.rows("articles")
    fetched = {row.url for row in _captures(dataset) if row.status is not None and row.status < 400 and not row.url.endswith(_ROBOTS)}
    every = dataset.contradictions(with_all=True)
    return {
        "pages": len(fetched),
        "articles": sum(row.record == "page" for row in articles),
        "stubs": sum(row.record == "stub" for row in articles),
        "related_links": len(dataset.rows("related_links")),
        "listings": len({row.url for row in _captures(dataset) if row.parser == "listing"} & fetched),
        "clusters": dict(Counter(kind for kind, _ in {(row.kind, row.cluster_id) for row in dataset.duplicates()})),
        "contradictions_flagged": sum(row.status == "flagged" for row in every),
        "scope_differences": sum(row.status == "scope_difference" for row in every),
        "failures": len(dataset.rows("failures")),
    }


def _captures(dataset: Dataset) -> list[CaptureRow]:
    return dataset.rows("captures")


def _arrivals(shown: Demonstration, dataset: Dataset, counts: dict[str, Any]) -> Iterator[str]:
    moved = len({row.url for row in _captures(dataset) if row.url != row.final_url})
    undated = sum(row.record == "page" and row.published_at is None for row in dataset.rows("articles"))
    yield f"A sample site of our own, served on {shown.origin} and crawled over HTTP by the Prefect flow “daily”."
    yield ""
    yield "# What came in"
    yield f"  {counts['pages']} pages were fetched: {counts['articles']} articles, {counts['listings']} list pages and sitemaps;"
    yield f"  {moved} answered from a new address, {undated} without a date (left empty, not guessed)."
    yield f"  {counts['related_links']} 相关推荐 links; {counts['stubs']} articles are known from such links alone."
    yield ""


def _copies(dataset: Dataset, titles: dict[str, str]) -> Iterator[str]:
    clusters: dict[tuple[str, str], list[DuplicateRow]] = {}
    for row in dataset.duplicates():
        clusters.setdefault((row.kind, row.cluster_id), []).append(row)
    yield f"# Copies: {len(clusters)} clusters, marked and kept"
    # In the order of titles: ids, and whatever is ordered by them, hang on the port that the site is served on.
    told = sorted((kind, sorted({titles[row.article_id] for row in rows}), len(rows)) for (kind, _), rows in clusters.items())
    for kind, shown, count in told:
        yield f"  {_KINDS[kind]:<14} {count} × " + " = ".join(shown)
    yield ""


def _refusals(dataset: Dataset) -> Iterator[str]:
    yield "# Not used, and why"
    for row in dataset.rows("failures"):
        yield f"  {row.reason:<12} {urlsplit(row.url).path}: {row.detail.removeprefix(row.url + ': ')}"
    yield ""


def _next_steps(folder: DataFolder, dataset: Dataset) -> Iterator[str]:
    data = "" if str(folder.root) == "data" else f" --data {folder.root}"
    yield "# Where it lies"
    yield f"  {folder.clean / dataset.version}: the dataset, one Parquet file a table (articles, contradictions, claims, …)"
    yield f"  {folder.raw}: the pages as they came (WARC), from which everything can be rebuilt"
    yield ""
    yield "# Try next"
    commands = {
        f"healthnews contradictions --all{data}": "also what is only possible, and what differs in scope",
        f"healthnews topics{data}": "which side says what, and how many sources",
        "healthnews crawl --start https://… --data news": "your own site, politely",
        "healthnews schedule --data news": "the same every day at six, with a web page that shows the runs",
    }
    width = max(map(len, commands))
    yield from (f"  {command:<{width}}   {what}" for command, what in commands.items())
