"""Extraction quality and speed on the shared development pages, beside the peers' recorded figures.

    python benchmarks/extraction.py [--quick] [--json] [--set DIR] [--worst N]

Title, date and body are scored by the set's own scorer. Speed is given per CPU second and, free of the machine's load, as a
multiple of parsing the same pages with BeautifulSoup and html.parser in this process; peers' figures are recorded, not run.
"""

import argparse
import gzip
import importlib.util
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from bs4 import BeautifulSoup

from healthnews.errors import PageError
from healthnews.extract.decode import decode
from healthnews.extract.page import Page
from healthnews.extract.registry import choose_parser, find_parsers
from healthnews.records import RawPage, utc_now

DEFAULT_SET = Path(__file__).parents[2] / "shared" / "benchmarks" / "extraction"
CHINESE = ("zh", "zh-meta")
COLUMNS = ("n", "title=", "title~", "date", "wrong", "none", "author", "P", "R", "F1", "<.5", "snip")
TARGETS = {("zh", "title="): 0.80, ("zh", "date"): 0.85, ("zh", "F1"): 0.90}
TARGET_SPEED = 100.0


@dataclass(frozen=True)
class Run:
    """What our parser gave for the pages, and what it took."""

    predictions: dict[str, dict[str, Any]]
    cpu_seconds: float
    reference_seconds: float
    failures: list[str]


def load_scorer(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("extraction_score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_truths(part: Path, *, quick: bool) -> list[dict[str, Any]]:
    with (part / "ground-truth.jsonl").open(encoding="utf-8") as lines:
        truths = [json.loads(line) for line in lines if line.strip()]
    return [truth for truth in truths if not quick or truth["set"] in CHINESE]


def parse_without_keywords(raw: RawPage) -> dict[str, Any]:
    """What the scorer reads; keywords are left out, no peer computes any."""
    try:
        page = Page(raw)
        article = find_parsers()[choose_parser(page)].parse(page)
    except PageError as error:
        return {"error": f"{error.reason}: {error.detail}"}
    date: datetime | None = article.published_at
    return {"title": article.title, "date": date and f"{date:%Y-%m-%d}", "author": article.author, "body": article.body}


def run_parser(truths: Iterable[dict[str, Any]], part: Path) -> Run:
    predictions: dict[str, dict[str, Any]] = {}
    failures: list[str] = []
    cpu = reference = 0.0
    fetched_at = utc_now()
    find_parsers()
    for truth in truths:
        payload = gzip.decompress((part / "html" / f"{truth['id']}.html.gz").read_bytes())
        raw = RawPage(url=truth["url"] or "file:page.html", content_type="text/html", payload=payload, fetched_at=fetched_at)
        started = time.process_time()
        prediction = parse_without_keywords(raw)
        cpu += time.process_time() - started
        if error := prediction.pop("error", None):
            failures.append(f"{truth['id']} {error}")
        predictions[truth["id"]] = prediction
        text = decode(payload).text
        started = time.process_time()
        BeautifulSoup(text, "html.parser")
        reference += time.process_time() - started
    return Run(predictions, cpu, reference, failures)


def summarise(scorer: ModuleType, truths: list[dict[str, Any]], run: Run) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    pages = scorer.score(truths, run.predictions)
    by_set: dict[str, list[Any]] = defaultdict(list)
    for page in pages.values():
        by_set[page["set"]].append(page)
    return {name: scorer.summarise(rows) for name, rows in sorted(by_set.items())}, pages


def print_tables(scores: dict[str, dict[str, Any]], peers: dict[str, Any]) -> None:
    print(f"{'set':<10}{'extractor':<20}" + "".join(f"{column:>7}" for column in COLUMNS))
    for name, ours in scores.items():
        rows = {"healthnews": ours} | {f"{peer} (recorded)": record["scores"].get(name, {}) for peer, record in peers.items()}
        for extractor, row in rows.items():
            if row:
                cells = "".join(f"{'-' if row.get(c) is None else row[c] if c == 'n' else format(row[c], '.3f'):>7}" for c in COLUMNS)
                print(f"{name:<10}{extractor[:19]:<20}{cells}")


def measure(ours: float, target: float, rivals: dict[str, float]) -> dict[str, Any]:
    peer = max(rivals, key=lambda name: rivals[name], default="none")
    theirs = rivals.get(peer)
    return {
        "ours": round(ours, 4),
        "peer": f"{peer} (recorded)",
        "theirs": theirs,
        "ratio": round(ours / theirs, 3) if theirs else None,
        "target": target,
        "holds": ours >= target,
    }


def build_measures(scores: dict[str, dict[str, Any]], run: Run, peers: dict[str, Any]) -> dict[str, Any]:
    measures = {}
    for (name, column), target in TARGETS.items():
        rivals = {peer: float(value) for peer, record in peers.items() if (value := record["scores"].get(name, {}).get(column)) is not None}
        measures[f"{name} {column}"] = measure(scores[name][column], target, rivals)
    measures["pages per CPU second"] = measure(len(run.predictions) / run.cpu_seconds, TARGET_SPEED, {})
    rivals = {peer: float(value) for peer, record in peers.items() if (value := record.get("run", {}).get("vs_ref"))}
    measures["speed, bs4+html.parser = 1"] = measure(run.reference_seconds / run.cpu_seconds, 1.0, rivals)
    return measures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the Chinese sets only")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object of measures")
    parser.add_argument("--set", type=Path, default=DEFAULT_SET, help="folder with dev/, score.py and baselines.json")
    parser.add_argument("--worst", type=int, default=0, help="list this many bodies with the lowest F1")
    arguments = parser.parse_args()
    if not (arguments.set / "score.py").exists():
        print(f"skipped: the development pages are not at {arguments.set}; name their folder with --set", file=sys.stderr)
        if arguments.json:
            print("{}")
        return 0
    part = arguments.set / "dev"
    scorer = load_scorer(arguments.set)
    truths = read_truths(part, quick=arguments.quick)
    run = run_parser(truths, part)
    scores, pages = summarise(scorer, truths, run)
    peers = json.loads((arguments.set / "baselines.json").read_text("utf-8"))["dev"]
    print_tables(scores, peers)
    for failure in run.failures:
        print(f"no article: {failure}")
    for identifier, page in sorted(((i, p) for i, p in pages.items() if "F1" in p), key=lambda pair: pair[1]["F1"])[: arguments.worst]:
        print(f"{identifier:<16} F1 {page['F1']:.3f}  P {page['P']:.3f}  R {page['R']:.3f}")
    measures = build_measures(scores, run, peers)
    for name, row in measures.items():
        verdict = "holds" if row["holds"] else "FAILS"
        print(f"{name:<28} ours {row['ours']:<8} target {row['target']:<6} {row['peer']} {row['theirs']}  {verdict}")
    if arguments.json:
        print(json.dumps(measures, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
