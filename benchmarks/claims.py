"""How well the claims engine tells contradictions, beside three simple peers, and how fast it reads.

python benchmarks/claims.py [--quick] [--json] [--shared DIR] [--flags]

The blind set lies in `claims_blind`: pairs and pages written apart from engine and lexicon. The pairs of the seed pages and the
pages themselves are not part of the project: they are read from `../shared`, and left out where that is absent.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.labelled import LabelledSet, is_gold, judge_pages, judge_pairs, read_labelled, read_objects
from benchmarks.report import Measure, print_measures
from healthnews.claims.contradictions import ArticleSummary, find_contradictions
from healthnews.claims.extract import extract_claims
from healthnews.claims.pairs import Sentence, compare_sentences
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.language.negation import has_negator
from healthnews.language.segment import split_sentences
from healthnews.records import ArticleRow
from healthnews.verdicts import wilson_interval
from tests.claims_seeds import SHARED, read_seeds

MIN_OVERLAP = 0.3
"""The peers' threshold on character overlap, as the README of the labelled pairs gives it."""
SPEED_TARGET = 5000.0
GOLD_TARGETS = {"precision": 0.9, "f1": 0.85}
BLIND_TARGETS = {"f1": 0.85}
PAGE_TARGETS = {"precision": 0.92, "recall": 0.8}
MAX_PARAPHRASES_FLAGGED = 0.002


def overlap(a: str, b: str) -> float:
    """Share of the shorter sentence's characters that the other has too."""
    return len(set(a) & set(b)) / max(1, min(len(set(a)), len(set(b))))


PEERS: dict[str, Callable[[str, str], bool]] = {
    "always contradict": lambda a, b: True,
    "character overlap > .3": lambda a, b: overlap(a, b) > MIN_OVERLAP,
    "negation mismatch and overlap": lambda a, b: has_negator(a) != has_negator(b) and overlap(a, b) > MIN_OVERLAP,
}


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


def print_scores(name: str, found: dict[str, float]) -> None:
    """A line of precision and recall with their Wilson intervals."""
    hits, flagged, expected = int(found["hits"]), int(found["flagged"]), int(found["expected"])
    p_low, p_high = wilson_interval(hits, flagged)
    r_low, r_high = wilson_interval(hits, expected)
    precision = f"P {found['precision']:.3f} [{p_low:.2f}, {p_high:.2f}] ({hits}/{flagged})"
    print(f"{name:34} {precision}  R {found['recall']:.3f} [{r_low:.2f}, {r_high:.2f}] ({hits}/{expected})  F1 {found['f1']:.3f}")


def beside_best(prefix: str, ours: dict[str, float], peers: dict[str, dict[str, float]], targets: dict[str, float]) -> dict[str, Measure]:
    """Precision, recall and F1 of the engine, each beside the peer that is best at it."""
    measures = {}
    for name in ("precision", "recall", "f1"):
        peer = max(peers, key=lambda p: peers[p][name])
        target, theirs = targets.get(name), peers[peer][name]
        holds = None if target is None else ours[name] >= target
        measures[f"{prefix}_{name}"] = Measure(
            ours[name], peer, theirs, ours[name] / max(theirs, 1e-9), f">= {target}" if target else "", holds
        )
    return measures


def measure_pairs(prefix: str, rows: list[dict[str, Any]], targets: dict[str, float], lexicon: Lexicon) -> dict[str, Measure]:
    """Pair measures of the engine beside the best peer of the same run."""
    truth = [row["label"] == "contradict" for row in rows]
    labels = [verdict.label for _, verdict in judge_pairs(rows, lexicon)]
    ours = scores([label == "contradict" for label in labels], truth)
    peers = {name: scores([says(row["a"]["text"], row["b"]["text"]) for row in rows], truth) for name, says in PEERS.items()}
    print(f"{prefix}: {len(rows)} pairs")
    for name, found in [("healthnews", ours), *peers.items()]:
        print_scores(name, found)
    right = sum(label == row["label"] for label, row in zip(labels, rows, strict=True)) / len(rows)
    most = max(sum(row["label"] == label for row in rows) for label in {row["label"] for row in rows}) / len(rows)
    measures = beside_best(prefix, ours, peers, targets)
    measures[f"{prefix}_four_way_accuracy"] = Measure(right, "most frequent label", most, right / most, "", None)
    return measures


def measure_labelled_pages(prefix: str, labelled: LabelledSet, lexicon: Lexicon) -> dict[str, Measure]:
    """What is flagged on labelled pages, where the engine itself puts the pairs together, beside the peer on all pairs of sentences."""
    result = judge_pages(labelled, lexicon)
    hits, flagged = len(result.right), len(result.right) + len(result.wrong)
    found, expected = result.pairs
    precision, recall = hits / max(1, flagged), found / max(1, expected)
    sentences = [text[s.start : s.end] for a in labelled.articles.values() for text in (a.body or "",) for s in split_sentences(text)]
    says = PEERS["negation mismatch and overlap"]
    theirs = [is_gold(a, b, labelled) for a, b in combinations(sorted(set(sentences)), 2) if says(a, b)]
    peer_precision = sum(theirs) / max(1, len(theirs))
    peer_recall = min(1.0, sum(theirs) / max(1, expected))
    low, high = wilson_interval(hits, flagged)
    print(
        f"{prefix}: {len(labelled.articles)} pages, {flagged} flagged, P {precision:.3f} [{low:.2f}, {high:.2f}],"
        f" pairs found {found}/{expected}"
    )
    print(f"{prefix}: disagreements found {result.topics[0]}/{result.topics[1]}, traps flagged {len(result.trapped)}/{len(labelled.traps)}")
    peer = "negation mismatch and overlap"
    traps = len(result.trapped)
    return {
        f"{prefix}_precision": Measure(
            precision, peer, peer_precision, precision / max(peer_precision, 1e-9), ">= 0.92", precision >= PAGE_TARGETS["precision"]
        ),
        f"{prefix}_recall": Measure(recall, peer, peer_recall, recall / max(peer_recall, 1e-9), ">= 0.8", recall >= PAGE_TARGETS["recall"]),
        f"{prefix}_traps_flagged": Measure(traps, "all traps", len(labelled.traps), traps / max(1, len(labelled.traps)), "0", traps == 0),
    }


def measure_paraphrases(folders: list[Path], lexicon: Lexicon) -> dict[str, Measure]:
    """Share of pairs of paraphrases that are called contradictions."""
    groups = [texts for folder in folders for texts in read_labelled(folder).paraphrases]
    pairs = [pair for texts in groups for pair in combinations(texts, 2)]
    flagged = sum(compare_sentences(Sentence(text=a), Sentence(text=b), lexicon).label == "contradict" for a, b in pairs)
    peer = sum(PEERS["negation mismatch and overlap"](a, b) for a, b in pairs)
    ours, theirs = flagged / max(1, len(pairs)), peer / max(1, len(pairs))
    print(f"paraphrases: {len(pairs)} pairs, {flagged} flagged, by the peer {peer}")
    target = f"<= {MAX_PARAPHRASES_FLAGGED}"
    return {
        "paraphrases_flagged": Measure(
            ours, "negation mismatch and overlap", theirs, ours / max(theirs, 1e-9), target, ours <= MAX_PARAPHRASES_FLAGGED
        )
    }


def measure_pages(articles: list[ArticleRow], lexicon: Lexicon, *, rounds: int, show: bool) -> dict[str, Measure]:
    """Reading speed over pages (the seed pages where they are at hand), best of the rounds, and what is flagged on them."""
    sentences = sum(len(split_sentences(text)) for a in articles for text in (a.title, a.body or a.snippet or ""))
    best = math.inf
    for _ in range(rounds):
        begun = time.process_time()
        claims = [claim for article in articles for claim in extract_claims(article, lexicon)]
        best = min(best, time.process_time() - begun)
    speed = sentences / best
    summaries = {article.article_id: ArticleSummary(article.url, article.published_at) for article in articles}
    rows = find_contradictions(claims, summaries, lexicon)
    flagged = [row for row in rows if row.status == "flagged"]
    if show:
        for row in flagged:
            print(f"{row.score:.2f} {row.type} {row.topic}\n    {row.a_sentence}\n    {row.b_sentence}")
    print(f"reading: {len(articles)} articles, {sentences} sentences, {len(claims)} claims, {len(rows)} rows, {len(flagged)} flagged")
    target = SPEED_TARGET
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
    here = Path(__file__).parent
    blind = read_labelled(here / "claims_blind")
    measures = measure_pairs("blind", blind.pairs, BLIND_TARGETS, lexicon)
    measures |= measure_labelled_pages("blind_pages", blind, lexicon)
    measures |= measure_paraphrases([here / "claims_dev" / name for name in ("insurance", "health")], lexicon)
    gold = [row for row in read_objects(options.shared / "benchmarks" / "claims" / "seeds_gold.jsonl") if not row["ambiguous"]]
    articles = list(blind.articles.values())
    if gold:
        measures |= measure_pairs("gold", gold, GOLD_TARGETS, lexicon)
        articles = read_seeds(options.shared / "seeds")
    measures |= measure_pages(articles, lexicon, rounds=3 if options.quick else 20, show=options.flags)
    print_measures(measures, as_json=options.json)


if __name__ == "__main__":
    main()
