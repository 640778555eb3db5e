"""How well the claims engine tells contradictions, beside three simple peers, and how fast it reads.

python benchmarks/claims.py [--quick] [--json] [--shared DIR] [--flags]

The labelled pairs and the seed pages are not part of the project: they are read from `../shared`.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.report import Measure, print_measures
from healthnews.claims.contradictions import ArticleSummary, find_contradictions
from healthnews.claims.extract import extract_claims
from healthnews.claims.pairs import Sentence, compare_sentences
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.language.negation import has_negator
from healthnews.language.segment import split_sentences
from healthnews.records import ArticleRow
from tests.claims_seeds import SHARED, read_seeds

MIN_OVERLAP = 0.3
"""The peers' threshold on character overlap, as the README of the labelled pairs gives it."""
TARGETS = {"precision": 0.8, "f1": 0.6, "sentences_per_second": 5000.0}


def overlap(a: str, b: str) -> float:
    """Share of the shorter sentence's characters that the other has too."""
    return len(set(a) & set(b)) / max(1, min(len(set(a)), len(set(b))))


PEERS: dict[str, Callable[[str, str], bool]] = {
    "always contradict": lambda a, b: True,
    "character overlap > .3": lambda a, b: overlap(a, b) > MIN_OVERLAP,
    "negation mismatch and overlap": lambda a, b: has_negator(a) != has_negator(b) and overlap(a, b) > MIN_OVERLAP,
}


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % Wilson interval of a proportion. Source: Wilson 1927, as in Brown, Cai and DasGupta 2001, section 3.1.1."""
    if total == 0:
        return 0.0, 1.0
    share, extra = hits / total, z * z / total
    middle, half = share + extra / 2, z * math.sqrt(share * (1 - share) / total + extra / (4 * total))
    return (middle - half) / (1 + extra), (middle + half) / (1 + extra)


def scores(says: list[bool], truth: list[bool]) -> dict[str, float]:
    """Precision, recall and F1 of one system with the counts behind them."""
    hits, flagged, expected = sum(s and t for s, t in zip(says, truth, strict=True)), sum(says), sum(truth)
    return {
        "precision": hits / max(1, flagged),
        "recall": hits / max(1, expected),
        "f1": 2 * hits / max(1, flagged + expected),
        "hits": hits,
        "flagged": flagged,
        "expected": expected,
    }


def measure_pairs(rows: list[dict[str, Any]], lexicon: Lexicon) -> dict[str, Measure]:
    """Pair measures of the engine beside the best peer of the same run."""
    truth = [row["label"] == "contradict" for row in rows]
    labels = []
    for row in rows:
        a, b = (Sentence(text=row[side]["text"], source_title=row[side]["source_title"]) for side in "ab")
        labels.append(compare_sentences(a, b, lexicon).label)
    ours = scores([label == "contradict" for label in labels], truth)
    peers = {name: scores([says(row["a"]["text"], row["b"]["text"]) for row in rows], truth) for name, says in PEERS.items()}
    for name, found in [("healthnews", ours), *peers.items()]:
        hits, flagged, expected = int(found["hits"]), int(found["flagged"]), int(found["expected"])
        p_low, p_high = wilson(hits, flagged)
        r_low, r_high = wilson(hits, expected)
        precision = f"P {found['precision']:.3f} [{p_low:.2f}, {p_high:.2f}]"
        print(f"{name:32} {precision}  R {found['recall']:.3f} [{r_low:.2f}, {r_high:.2f}]  F1 {found['f1']:.3f}")
    measures = {}
    for name in ("precision", "recall", "f1"):
        peer = max(peers, key=lambda p: peers[p][name])
        target = TARGETS.get(name)
        theirs = peers[peer][name]
        holds = None if target is None else ours[name] >= target
        measures[f"contradict_{name}"] = Measure(
            ours[name], peer, theirs, ours[name] / max(theirs, 1e-9), f">= {target}" if target else "", holds
        )
    right = sum(label == row["label"] for label, row in zip(labels, rows, strict=True)) / len(rows)
    most = max(sum(row["label"] == label for row in rows) for label in {row["label"] for row in rows}) / len(rows)
    measures["four_way_accuracy"] = Measure(right, "most frequent label", most, right / most, "", None)
    return measures


def measure_pages(articles: list[ArticleRow], lexicon: Lexicon, *, rounds: int, show: bool) -> dict[str, Measure]:
    """Reading speed over the seed pages, and what is flagged on them."""
    sentences = sum(len(split_sentences(text)) for a in articles for text in (a.title, a.body or a.snippet or ""))
    begun = time.perf_counter()
    for _ in range(rounds):
        claims = [claim for article in articles for claim in extract_claims(article, lexicon)]
    speed = rounds * sentences / (time.perf_counter() - begun)
    summaries = {article.article_id: ArticleSummary(article.url, article.published_at) for article in articles}
    rows = find_contradictions(claims, summaries, lexicon)
    flagged = [row for row in rows if row.status == "flagged"]
    if show:
        for row in flagged:
            print(f"{row.score:.2f} {row.type} {row.topic}\n    {row.a_sentence}\n    {row.b_sentence}")
    print(f"seed pages: {len(articles)} articles, {sentences} sentences, {len(claims)} claims, {len(rows)} rows, {len(flagged)} flagged")
    target = TARGETS["sentences_per_second"]
    return {
        "sentences_per_second": Measure(speed, "target", target, speed / target, f">= {target:.0f}", speed >= target),
        "seed_flags": Measure(len(flagged), "all rows", len(rows), len(flagged) / max(1, len(rows)), "", None),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds of reading, the same measures")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--flags", action="store_true", help="print what is flagged on the seed pages")
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder with seeds/ and benchmarks/claims/")
    options = parser.parse_args()
    lexicon = load_lexicon()
    lines = (options.shared / "benchmarks" / "claims" / "seeds_gold.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if not row["ambiguous"]]
    measures = measure_pairs(rows, lexicon)
    measures |= measure_pages(read_seeds(options.shared / "seeds"), lexicon, rounds=3 if options.quick else 20, show=options.flags)
    print_measures(measures, as_json=options.json)


if __name__ == "__main__":
    main()
